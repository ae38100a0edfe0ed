"""What a format of ours is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aggregator.render.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from aggregator.model.feed import Edition, Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A way to write a feed down: each entry by itself, and what stands around them.

    An entry looks the same in every feed that carries it, so it is written once for all of them.
    """

    suffix: str  #: of its addresses, without the dot
    media_type: str  #: for the ``Content-Type`` header, with its charset
    frame: Callable[[Edition], tuple[str, str]]  #: what stands before and after a printable edition's entries
    entry: Callable[[Entry], bytes]  #: a printable entry, in UTF-8
    only: Callable[[bytes, Collection[int]], bytes]  #: a document with only the entries at these places
    between: str = ""  #: what stands between two entries

    def join(self, frame: tuple[str, str], entries: Iterable[bytes]) -> bytes:
        """Return the document with a ``frame`` and entries that are written already; all in UTF-8."""
        before, after = frame
        return b"".join((before.encode(), self.between.encode().join(entries), after.encode()))

    def render(self, edition: Edition) -> bytes:
        """Return any edition in this format; equal editions give equal bytes."""
        ready = printable(edition)
        return self.join(self.frame(ready), map(self.entry, ready.entries))
