"""Write entries down once for all the feeds that carry them, and remember those of the last feeds."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from aggregator.render import FORMATS
from aggregator.render.printable import printable_entry
from aggregator.rules.terms import mark

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aggregator.model.feed import Entry, Extent, Part
    from aggregator.model.source import Front, SourceId
    from aggregator.model.story import Relation, StoryId

    # A story, its mark, what is like it, and how its feed shows it.
    Key: TypeAlias = tuple[StoryId, int, tuple[Relation, ...], Extent, bool, tuple[Part, ...] | None, bool]

ROOM_BYTES = 12_000_000  # the entries of some twenty feeds


class Composed(NamedTuple):
    """An entry in every format."""

    entry: Entry
    texts: Mapping[str, bytes]  #: by the formats' suffixes
    digest: bytes  #: of all texts


class Composer:
    """Remembers what it wrote: a story that is still the same is neither read nor written again.

    Thread-safe.
    """

    def __init__(self, language: str, *, room_bytes: int = ROOM_BYTES) -> None:
        """Write for a site in ``language``, and keep about ``room_bytes`` of texts."""
        self._language = language
        self._room_bytes = room_bytes
        self._kept: OrderedDict[Key, Composed] = OrderedDict()  # the one not asked for longest comes first
        self._names: Mapping[SourceId, tuple[str, str, str]] = {}
        self._lock = threading.Lock()

    def meet(self, fronts: Mapping[SourceId, Front]) -> None:
        """Take notice of what the sources are called; if one is called otherwise now, forget everything."""
        names = {source: (front.url, front.title, front.home) for source, front in fronts.items()}
        with self._lock:
            if names != self._names:
                self._names = names
                self._room_bytes += sum(map(_size, self._kept.values()))
                self._kept.clear()

    def recall(self, key: Key) -> Composed | None:
        """Return what was written of a story, if it is still remembered."""
        with self._lock:
            found = self._kept.get(key)
            if found:
                self._kept.move_to_end(key)
            return found

    def compose(self, key: Key, entry: Entry, *, marked: bool = False) -> Composed:
        """Write ``entry`` down in every format, and remember it under ``key``.

        ``marked``: its link with a mark where a partner's parameters go.

        Raises:
            ValueError: an instant is naive, which is a bug of ours.
        """
        ready = printable_entry(entry, self._language)
        if marked:
            ready = replace(ready, link=mark(ready.link))
        texts = {suffix: form.entry(ready) for suffix, form in FORMATS.items()}
        digest = hashlib.blake2b(b"".join(texts.values()), digest_size=16).digest()
        composed = Composed(entry, texts, digest)
        with self._lock:
            if before := self._kept.pop(key, None):  # another thread was faster
                self._room_bytes += _size(before)
            self._kept[key] = composed
            self._room_bytes -= _size(composed)
            while self._room_bytes < 0:
                _, oldest = self._kept.popitem(last=False)
                self._room_bytes += _size(oldest)
        return composed


def _size(composed: Composed) -> int:
    return sum(map(len, composed.texts.values()))
