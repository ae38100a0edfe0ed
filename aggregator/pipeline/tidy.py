"""Tidy: let go of what is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from aggregator.model.source import Retention
    from aggregator.ports import Store


def tidy(retentions: Collection[Retention], *, now: datetime, store: Store) -> int:
    """Remove the items whose time is over by ``retentions``; return how many.

    What a source still names stays, however old; so does a story any of whose copies stays.
    """
    return store.forget(retentions, now=now)
