"""Tidy: let go of what is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from aggregator.model.source import Source
    from aggregator.ports import Store


def tidy(sources: Iterable[Source], *, now: datetime, store: Store) -> int:
    """Remove the items that left their source's document longer than ``keep`` ago; return how many.

    What a source still names stays, however old; so does a story any of whose copies stays.
    """
    return store.forget({source.id: now - source.keep for source in sources})
