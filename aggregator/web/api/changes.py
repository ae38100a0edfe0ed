"""Pages of changes: bytes that are ready put together; written on the spot where they are not."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from aggregator.model.partner import ChangeKind
from aggregator.render.item import removed, shown, told
from aggregator.rules.cursor import Fault, Place, after, fault, spelled
from aggregator.web.api.memory import Memory
from aggregator.web.api.problems import faulty
from aggregator.web.serving import document

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from aggregator.model.feed import FeedName
    from aggregator.model.partner import Change, Journal
    from aggregator.model.story import Story, StoryId
    from aggregator.ports import Store
    from aggregator.ports.partners import Told
    from aggregator.rules.portion import Portion
    from aggregator.web.serving import Document

    #: A page is the same for the same feed, place, portion and limit, while there is no news; for a minute.
    Sight = tuple[FeedName, Place, Portion, int, tuple[Journal, int], datetime]
    Written = Callable[[Collection[Story]], dict[StoryId, bytes]]

ROOM_BYTES = 8_000_000  # some thousand items
PAGES_BYTES = 8_000_000  # some pages of 500 items, or many small ones
CODED = 2  # times its bytes: what a page takes with what it was compressed to
JSON = "application/json"
_ALONE = b'"related":[]'  # what names another story is not kept: that one may be taken back


class Read(NamedTuple):
    """A page, ready to be sent."""

    ready: Document
    changes: int  #: how many there are in it
    place: Place  #: behind them


class Pages:
    """Puts pages together. Thread-safe."""

    def __init__(self, store: Store, written: Written, *, room_bytes: int = ROOM_BYTES) -> None:
        """Read from ``store``; ``written`` returns what stories say now, where that was not written down."""
        self._store = store
        self._written = written
        self._kept: Memory[tuple[StoryId, int], bytes] = Memory(room_bytes)
        self._pages: Memory[Sight, Read] = Memory(PAGES_BYTES)

    def page(
        self, feed: FeedName, place: Place, portion: Portion, *, limit: int, now: datetime, delay: timedelta
    ) -> Read:
        """Return the next ``limit`` changes of a feed, of those that were told ``delay`` ago.

        Raises:
            ProblemError: reading cannot go on at ``place``.
            StoreError: the database cannot be used.
        """
        if delay:  # each moment is another one
            return self._read(feed, place, portion, limit=limit, until=now - delay, delay=delay)
        standing = self._store.standing(feed)  # of before the page
        if standing is None:
            return self._read(feed, place, portion, limit=limit)
        # What goes by age does not change it.
        sight = feed, place, portion, limit, standing, now.replace(second=0, microsecond=0)
        read = self._pages.get(sight)
        if read is None:
            read = self._read(feed, place, portion, limit=limit)
            self._pages.put(sight, read, CODED * len(read.ready.body))
        return read

    def _read(
        self,
        feed: FeedName,
        place: Place,
        portion: Portion,
        *,
        limit: int,
        until: datetime | None = None,
        delay: timedelta = timedelta(),
    ) -> Read:
        page = self._store.page(feed, place, limit=limit, until=until, delay=delay)
        if page is None:
            if place.serial:
                raise faulty(Fault.FOREIGN)
            return _page([], Place(), more=False)
        if wrong := fault(place, page.journal):
            raise faulty(wrong)
        items = self._items(page.told, delayed=bool(delay))
        texts = [
            told(shown(item, portion), each.change.kind)
            for each in page.told
            if (item := items.get(each.change.serial))
        ]
        return _page(texts, after(place, page.journal, upto=page.upto, more=page.more), more=page.more)

    def item(self, story: Story) -> bytes | None:
        """Return what a story says now; None: it is not published."""
        return self._written([story]).get(story.id)

    def item_as_of(self, story: StoryId, mark: int) -> bytes | None:
        """Return what a story said under a mark; None: that is not known, or not to be told any more."""
        if kept := self._store.versions([(story, mark)]):
            return kept[story, mark].item
        item = self._written(self._store.stories([story]).values()).get(story)
        return item if self._store.marks([story]).get(story) == mark else None

    def _items(self, changes: Sequence[Told], *, delayed: bool) -> dict[int, bytes]:
        """Return what is told of changes, by serial.

        What was not written down is told as it is now, by the change with which it came and by the last one;
        to who reads with a delay only by the last, and where it is the same as then.
        """
        found: dict[int, bytes] = {}
        missing: dict[StoryId, list[Change]] = {}
        for each in changes:
            change = each.change
            if change.kind is ChangeKind.REMOVED:
                found[change.serial] = removed(change.story)
            elif each.item is not None:
                found[change.serial] = each.item
            elif each.stands and (kept := self._kept.get((change.story, change.mark))):
                found[change.serial] = kept
            elif _is_told_as_now(each, delayed=delayed):
                missing.setdefault(change.story, []).append(change)
        return found | self._as_now(missing, delayed=delayed) if missing else found

    def _as_now(self, changes: Mapping[StoryId, Sequence[Change]], *, delayed: bool) -> dict[int, bytes]:
        """Return what stories say now, by the serials of their changes."""
        found: dict[int, bytes] = {}
        now = self._written(self._store.stories(list(changes)).values())
        marks = self._store.marks(list(now))  # read last: whose is the same still was so before
        for story, item in now.items():
            for change in changes[story]:
                same = marks.get(story) == change.mark
                if same or not delayed:
                    found[change.serial] = item
                if same and _ALONE in item:
                    self._kept.put((story, change.mark), item, len(item))
        return found


def _is_told_as_now(told: Told, *, delayed: bool) -> bool:
    return not told.superseded or (told.change.kind is ChangeKind.NEW and not delayed)


def _page(texts: Sequence[bytes], place: Place, *, more: bool) -> Read:
    body = b'{"items":[%b],"next":"%b","more":%b}' % (
        b",".join(texts),
        spelled(place).encode(),
        b"true" if more else b"false",
    )
    return Read(document(body, JSON, quick=True), len(texts), place)
