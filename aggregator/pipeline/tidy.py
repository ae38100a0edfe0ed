"""Tidy: let go of what is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from aggregator.model.source import Retention
    from aggregator.ports import Store


def tidy(retentions: Iterable[Retention], *, now: datetime, store: Store) -> int:
    """Remove the items that left their source's document longer ago than ``retentions`` say; return how many.

    What a source still names stays, however old; so does a story any of whose copies stays.
    """
    return store.forget(
        {source: now - each.age for each in retentions if each.age for source in each.sources}
    )
