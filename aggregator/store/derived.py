"""What follows from items, and can be made anew."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update

from aggregator.ports import Kin
from aggregator.store import tables
from aggregator.store.codec import item_of
from aggregator.store.items import chunks
from aggregator.store.rolls import next_mark

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection

    from aggregator.model.item import Item
    from aggregator.model.story import StoryId


def kin(connection: Connection) -> list[Kin]:
    """Return how all items came into their stories, in the order in which they were stored."""
    item = tables.items.c
    query = select(item.id, item.source_id, item.key, item.joined).order_by(item.id)
    return [
        Kin(row, source, key, _like(joined) if joined else None)
        for row, source, key, joined in connection.execute(query)
    ]


def _like(joined: str) -> tuple[str, str]:
    _, source, key, *_ = json.loads(joined)
    return source, key


def items_at(connection: Connection, rows: Collection[int]) -> dict[int, Item]:
    """Return these items whole, by row."""
    found: dict[int, Item] = {}
    for some in chunks(rows):
        query = select(tables.items).where(tables.items.c.id.in_(some))
        found |= {row["id"]: item_of(row) for row in connection.execute(query).mappings()}
    return found


def stories_out(connection: Connection, stories: Collection[StoryId]) -> dict[StoryId, datetime | None]:
    """Return when those of ``stories`` that are stored were first published; None: they were not yet."""
    column = tables.stories.c
    found: dict[StoryId, datetime | None] = {}
    for some in chunks(stories):
        query = select(column.id, column.out_at).where(column.id.in_(some))
        found |= dict(connection.execute(query).all())
    return found


def takedowns(connection: Connection, stories: Collection[StoryId]) -> dict[StoryId, datetime]:
    """Return when the operator took down those of ``stories`` that were."""
    column = tables.takedowns.c
    found: dict[StoryId, datetime] = {}
    for some in chunks(stories):
        query = select(column.story_id, column.at).where(column.story_id.in_(some))
        found |= dict(connection.execute(query).all())
    return found


def derive_anew(connection: Connection, stories: Collection[StoryId], *, compare_since: datetime) -> None:
    """Remove all stories but ``stories``, and all fingerprints and relations; look at every feed again."""
    for table in (tables.fingerprints, tables.bands, tables.relations):
        connection.execute(delete(table))
    standing = set(connection.execute(select(tables.stories.c.id)).scalars())
    for some in chunks(standing - set(stories)):
        connection.execute(delete(tables.stories).where(tables.stories.c.id.in_(some)))
    again = update(tables.items).where(tables.items.c.published_at >= compare_since)
    connection.execute(again.values(unmatched=True))
    connection.execute(update(tables.sources).values(revision=tables.sources.c.revision + 1))
    connection.execute(update(tables.stories).values(mark=next_mark(connection)))
    connection.execute(update(tables.rolls).values(lost=True))
