"""Write entries down once for all the feeds that carry them, and remember those of the last feeds."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple

from aggregator.render import FORMATS
from aggregator.render.printable import printable_entry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aggregator.model.feed import Entry

ROOM_BYTES = 12_000_000  # the entries of some twenty feeds


class Composed(NamedTuple):
    """An entry in every format."""

    texts: Mapping[str, bytes]  #: by the formats' suffixes
    digest: bytes  #: of all texts


class Composer:
    """Remembers what it wrote: an entry that is still the same is looked up, and not written again.

    Not thread-safe.
    """

    def __init__(self, language: str, *, room_bytes: int = ROOM_BYTES) -> None:
        """Write for a site in ``language``, and keep about ``room_bytes`` of texts."""
        self._language = language
        self._room_bytes = room_bytes
        self._kept: OrderedDict[Entry, Composed] = OrderedDict()  # the one not asked for longest comes first

    def compose(self, entry: Entry) -> Composed:
        """Return ``entry`` in every format.

        Raises:
            ValueError: an instant is naive, which is a bug of ours.
        """
        if kept := self._kept.get(entry):
            self._kept.move_to_end(entry)
            return kept
        ready = printable_entry(entry, self._language)
        texts = {suffix: form.entry(ready).encode() for suffix, form in FORMATS.items()}
        digest = hashlib.blake2b(b"".join(texts.values()), digest_size=16).digest()
        composed = self._kept[entry] = Composed(texts, digest)
        self._room_bytes -= _size(composed)
        while self._room_bytes < 0:
            _, oldest = self._kept.popitem(last=False)
            self._room_bytes += _size(oldest)
        return composed


def _size(composed: Composed) -> int:
    return sum(map(len, composed.texts.values()))
