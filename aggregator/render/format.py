"""What a format of ours is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from aggregator.model.feed import Edition


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A way to write a feed down."""

    suffix: str  #: of its addresses, without the dot
    media_type: str  #: for the ``Content-Type`` header, with its charset
    render: Callable[[Edition], bytes]  #: UTF-8; equal editions give equal bytes
