"""Reading items and stories."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import exists, or_, select

from aggregator.model.item import Known
from aggregator.model.story import Story
from aggregator.store import tables
from aggregator.store.codec import item_of
from aggregator.store.engine import Room

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, RowMapping

    from aggregator.model.item import Item
    from aggregator.model.source import SourceId

MOST_VALUES = 5_000  # in one IN (…): SQLite takes 32,766 parameters, PostgreSQL 65,535


class ItemReader(Room):
    """Answers what is stored."""

    def known(self, source: SourceId, keys: Collection[str]) -> dict[str, Known]:
        """Return what is stored of those ``keys`` of ``source`` that are stored."""
        column = tables.items.c
        found: dict[str, Known] = {}
        with self.database.reading() as connection:
            for some in chunks(keys):
                query = select(column.key, column.raw_hash, column.gone_at).where(
                    column.source_id == source, column.key.in_(some)
                )
                for key, raw_hash, gone_at in connection.execute(query):
                    found[key] = Known(key=key, raw_hash=raw_hash, gone=gone_at is not None)
        return found

    def awaiting_page(self, source: SourceId, *, since: datetime, limit: int) -> list[Item]:
        """Return the newest ``limit`` items of ``source`` whose page is yet to be looked at.

        Only of those that its document still names and that were first seen at ``since`` or later.
        """
        column = tables.items.c
        query = (
            select(tables.items)
            .where(
                column.source_id == source,
                column.awaits_page.is_(True),
                column.first_seen_at >= since,
                column.gone_at.is_(None),
            )
            .order_by(column.published_at.desc(), column.id)
            .limit(limit)
        )
        with self.database.reading() as connection:
            return [item_of(row) for row in connection.execute(query).mappings()]

    def latest(
        self, sources: Collection[SourceId], *, limit: int, now: datetime, backfill: bool = True
    ) -> list[Story]:
        """Return the newest ``limit`` stories with a copy from ``sources``, newest first, then by id.

        Stories held until after ``now`` are left out; without ``backfill`` also the undated backlog of
        a source's first collect. The copies are all copies, of other sources too.
        """
        column = tables.stories.c
        has_copy = exists().where(tables.items.c.story_id == column.id, tables.items.c.source_id.in_(sources))
        query = (
            select(tables.stories)
            .where(has_copy, or_(column.hold_until.is_(None), column.hold_until <= now))
            .order_by(column.published_at.desc(), column.id)
            .limit(limit)
        )
        if not backfill:
            query = query.where(column.backfill.is_(False))
        with self.database.reading() as connection:
            return stories_of(connection, connection.execute(query).mappings().all())

    def stories_named(self, name: str, canonical_url: str) -> list[Story]:
        """Return the stories that ``name`` may mean: by id, page, address, or key of one of their copies."""
        if not name:
            return []  # many items have no upstream id
        story, item = tables.stories.c, tables.items.c
        meant = [item.key == name, item.upstream_id == name, item.link == name]
        if canonical_url:
            meant.append(item.canonical_url == canonical_url)
        copies = select(item.story_id).where(or_(*meant))
        query = select(tables.stories).where(or_(story.id == name, story.slug == name, story.id.in_(copies)))
        with self.database.reading() as connection:
            rows = connection.execute(query.order_by(story.published_at.desc(), story.id)).mappings().all()
            return stories_of(connection, rows)

    def story(self, slug: str) -> Story | None:
        """Return the story whose page is ``/items/{slug}``."""
        query = select(tables.stories).where(tables.stories.c.slug == slug)
        with self.database.reading() as connection:
            found = stories_of(connection, connection.execute(query).mappings().all())
        return found[0] if found else None


def stories_of(connection: Connection, rows: Sequence[RowMapping]) -> list[Story]:
    """Return the stories that ``rows`` of their table keep, in that order, with all their copies."""
    copies: dict[str, list[Item]] = {row["id"]: [] for row in rows}
    for some in chunks(copies):
        query = select(tables.items).where(tables.items.c.story_id.in_(some))
        for row in connection.execute(
            query.order_by(tables.items.c.source_id, tables.items.c.key)
        ).mappings():
            copies[row["story_id"]].append(item_of(row))
    return [_story(row, copies[row["id"]]) for row in rows]


def _story(row: RowMapping, copies: list[Item]) -> Story:
    key = (row["shown_source"], row["shown_key"])
    shown = next(item for item in copies if (item.source, item.key) == key)
    return Story(
        id=row["id"],
        slug=row["slug"],
        published=row["published_at"],
        updated=row["updated_at"],
        shown=shown,
        others=tuple(item for item in copies if item is not shown),
    )


def chunks(values: Collection[str]) -> Iterator[list[str]]:
    """Yield ``values`` in lists short enough for one ``IN``."""
    ordered = list(values)
    for start in range(0, len(ordered), MOST_VALUES):
        yield ordered[start : start + MOST_VALUES]
