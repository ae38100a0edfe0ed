"""Which stories are over: every copy of theirs left its document long ago, or is not among the newest."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from sqlalchemy import and_, func, select

from aggregator.store import tables
from aggregator.store.items import chunks

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from aggregator.model.source import Retention
    from aggregator.model.story import StoryId


def over(connection: Connection, retentions: Collection[Retention], *, now: datetime) -> list[StoryId]:
    """Return the stories all of whose copies may go.

    Args:
        connection: an open transaction.
        retentions: how long, or how many, items of which sources are kept. An item of a source that is in
            none of them is no longer asked for; it may go once it is older than the longest age of all.
        now: our clock; aware, UTC.
    """
    may_go = Counter(story for stories in _may_go(connection, retentions, now) for story in stories)
    ended: list[StoryId] = []
    item, taken = tables.items.c, tables.stories.c
    for some in chunks(may_go):
        counted = (
            select(item.story_id, func.count())
            .join(tables.stories, taken.id == item.story_id)
            .where(item.story_id.in_(some), taken.taken_down.is_(False), taken.told_until.is_(None))
            .group_by(item.story_id)
        )
        ended += [story for story, count in connection.execute(counted) if count == may_go[story]]
    return ended


def _may_go(
    connection: Connection, retentions: Collection[Retention], now: datetime
) -> Iterator[list[StoryId]]:
    """Yield the stories of the items that may go, a story once for each such item."""
    item = tables.items.c
    ages = [kept.age for kept in retentions if kept.age]
    configured = [source for kept in retentions for source in kept.sources]
    for kept in retentions:
        mine = item.source_id.in_(kept.sources)
        yield _stories(connection, and_(mine, item.gone_at.is_not(None), _beyond(kept, now)))
    if ages:
        oldest = now - max(ages)
        orphan = item.source_id.not_in(configured)
        yield _stories(connection, and_(orphan, item.updated_at < oldest, item.first_seen_at < oldest))


def _beyond(kept: Retention, now: datetime) -> ColumnElement[bool]:
    item = tables.items.c
    if kept.age is not None:
        return item.gone_at < now - kept.age
    newest = (
        select(item.id)
        .where(item.source_id.in_(kept.sources))
        .order_by(item.published_at.desc(), item.id.desc())
        .limit(kept.newest)
    )
    return item.id.not_in(newest)


def _stories(connection: Connection, condition: ColumnElement[bool]) -> list[StoryId]:
    return list(connection.execute(select(tables.items.c.story_id).where(condition)).scalars())
