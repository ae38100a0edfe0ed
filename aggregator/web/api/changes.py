"""Pages of changes: bytes that are ready put together; written on the spot where they are not."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple

from aggregator.model.partner import ChangeKind
from aggregator.render.item import removed, shown, told
from aggregator.rules.cursor import Fault, Place, after, fault, spelled
from aggregator.web.api.problems import faulty

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime

    from aggregator.model.feed import FeedName
    from aggregator.model.story import Story, StoryId
    from aggregator.ports import Store
    from aggregator.ports.partners import Told
    from aggregator.rules.portion import Portion

    Written = Callable[[Collection[Story]], dict[StoryId, bytes]]

ROOM_BYTES = 8_000_000  # some thousand items
_ALONE = b'"related":[]'  # what names another story is not kept: that one may be taken back


class Read(NamedTuple):
    """A page, ready to be sent."""

    body: bytes
    changes: int  #: how many there are in it
    place: Place  #: behind them


class Pages:
    """Puts pages together. Thread-safe."""

    def __init__(self, store: Store, written: Written, *, room_bytes: int = ROOM_BYTES) -> None:
        """Read from ``store``; ``written`` returns what stories say now, where that was not written down."""
        self._store = store
        self._written = written
        self._room_bytes = room_bytes
        self._kept: OrderedDict[tuple[StoryId, int], bytes] = OrderedDict()
        self._lock = threading.Lock()

    def page(
        self, feed: FeedName, place: Place, portion: Portion, *, limit: int, until: datetime | None
    ) -> Read:
        """Return the next ``limit`` changes of a feed, of those until an instant (None: of all).

        Raises:
            ProblemError: reading cannot go on at ``place``.
            StoreError: the database cannot be used.
        """
        page = self._store.page(feed, place, limit=limit, until=until)
        if page is None:
            if place.serial:
                raise faulty(Fault.FOREIGN)
            return _read([], Place(), more=False)
        if wrong := fault(place, page.journal):
            raise faulty(wrong)
        items = self._items(page.told)
        texts = [
            told(shown(item, portion), each.change.kind)
            for each in page.told
            if (item := items.get(each.change.serial))
        ]
        return _read(texts, after(place, page.journal, upto=page.upto, more=page.more), more=page.more)

    def item(self, story: Story, mark: int | None = None) -> bytes | None:
        """Return what a story said under a mark, and without one what it says now; None: it is not published.

        What was not written down under a mark is told as it is now.
        """
        if mark is not None and (kept := self._store.versions([(story.id, mark)])):
            return kept[story.id, mark].item
        return self._written([story]).get(story.id)

    def _items(self, changes: Sequence[Told]) -> dict[int, bytes]:
        """Return what is told of changes, by serial. What was not written down, and has changed, is not."""
        found: dict[int, bytes] = {}
        missing: dict[StoryId, list[Told]] = {}
        for each in changes:
            change = each.change
            if change.kind is ChangeKind.REMOVED:
                found[change.serial] = removed(change.story)
            elif each.item is not None:
                found[change.serial] = each.item
            elif kept := self._recall((change.story, change.mark)):
                found[change.serial] = kept
            elif change.kind is ChangeKind.NEW or not each.superseded:
                missing.setdefault(change.story, []).append(each)
        if missing:
            now = self._written(self._store.stories(list(missing)).values())
            for story, item in now.items():
                for each in missing[story]:
                    found[each.change.serial] = item
                    if not each.superseded and _ALONE in item:
                        self._keep((story, each.change.mark), item)
        return found

    def _recall(self, key: tuple[StoryId, int]) -> bytes | None:
        with self._lock:
            if found := self._kept.get(key):
                self._kept.move_to_end(key)
            return found

    def _keep(self, key: tuple[StoryId, int], item: bytes) -> None:
        with self._lock:
            self._room_bytes += len(self._kept.pop(key, b""))
            self._kept[key] = item
            self._room_bytes -= len(item)
            while self._room_bytes < 0:
                _, oldest = self._kept.popitem(last=False)
                self._room_bytes += len(oldest)


def _read(texts: Sequence[bytes], place: Place, *, more: bool) -> Read:
    body = b'{"items":[%b],"next":"%b","more":%b}' % (
        b",".join(texts),
        spelled(place).encode(),
        b"true" if more else b"false",
    )
    return Read(body, len(texts), place)
