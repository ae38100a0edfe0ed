"""What a format of ours is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aggregator.render.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from aggregator.model.feed import Edition


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A way to write a feed down."""

    suffix: str  #: of its addresses, without the dot
    media_type: str  #: for the ``Content-Type`` header, with its charset
    write: Callable[[Edition], bytes]  #: of a ``printable`` edition; UTF-8; equal editions give equal bytes

    def render(self, edition: Edition) -> bytes:
        """Return any edition in this format."""
        return self.write(printable(edition))
