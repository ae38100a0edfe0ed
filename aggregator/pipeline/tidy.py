"""Tidy: let go of what is over."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from aggregator.model.source import Retention
    from aggregator.ports import Store

SUPERSEDED = timedelta(days=7)  #: how long a change is told beside the later ones of its story
GONE = timedelta(days=90)  #: how long it is told that a story left


def tidy(
    retentions: Collection[Retention], *, now: datetime, store: Store, late: timedelta = timedelta()
) -> int:
    """Remove the items whose time is over by ``retentions``; return how many.

    What a source still names stays, however old; so does a story any of whose copies stays. Changes that
    are told no longer go, too (decision 24); some are told so much ``late``.
    """
    store.shed_changes(superseded_before=now - SUPERSEDED - late, gone_before=now - GONE)
    return store.forget(retentions, now=now)
