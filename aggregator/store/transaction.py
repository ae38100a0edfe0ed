"""Writing: everything that becomes visible together."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, select, update

from aggregator.model.item import Flag
from aggregator.store import tables
from aggregator.store.codec import item_of, item_row, state_row
from aggregator.store.engine import Room
from aggregator.store.items import chunks, stories_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from aggregator.model.item import Item
    from aggregator.model.source import SourceId, SourceState
    from aggregator.model.story import Story, StoryId
    from aggregator.store.dialects import Dialect


class Writer(Room):
    """Opens writing transactions."""

    @contextmanager
    def writing(self) -> Iterator[SqlTransaction]:
        """Open the one writing transaction; others wait. Rolled back when the block raises."""
        with self.database.writing() as connection:
            yield SqlTransaction(connection, self.database.dialect)

    def release(self, now: datetime) -> int:
        """Let out the stories whose ``hold_until`` has come; return how many."""
        waiting = select(tables.stories.c.id).where(tables.stories.c.hold_until <= now)
        with self.database.reading() as connection:
            due = list(connection.execute(waiting).scalars())
        if due:
            with self.writing() as transaction:
                transaction.touch(due)
                transaction.let_out(due)
        return len(due)

    def forget(self, keep_until: Mapping[SourceId, datetime]) -> int:
        """Remove items gone from their source's document since before its instant; return how many.

        A story goes when every one of its copies may go.
        """
        column = tables.items.c
        over: dict[StoryId, int] = {}
        with self.writing() as transaction:
            connection = transaction.connection
            for source, instant in keep_until.items():
                old = select(column.story_id).where(column.source_id == source, column.gone_at < instant)
                for story in connection.execute(old.distinct()).scalars().all():
                    copies = connection.execute(
                        select(column.source_id, column.gone_at).where(column.story_id == story)
                    ).all()
                    if all(gone_at and gone_at < keep_until.get(copy, gone_at) for copy, gone_at in copies):
                        over[story] = len(copies)
            transaction.remove(over)
        return sum(over.values())


class SqlTransaction:
    """The ``Transaction`` port over one open connection."""

    def __init__(self, connection: Connection, dialect: Dialect) -> None:
        self.connection = connection
        self._dialect = dialect

    def items(self, source: SourceId, keys: Collection[str]) -> dict[str, Item]:
        """Return the stored items of ``source`` with these keys."""
        column = tables.items.c
        found: dict[str, Item] = {}
        for some in chunks(keys):
            query = select(tables.items).where(column.source_id == source, column.key.in_(some))
            found |= {row["key"]: item_of(row) for row in self.connection.execute(query).mappings()}
        return found

    def stories_of(self, source: SourceId, keys: Collection[str]) -> dict[str, StoryId]:
        """Return the story of each of these items."""
        column = tables.items.c
        found: dict[str, StoryId] = {}
        for some in chunks(keys):
            query = select(column.key, column.story_id).where(
                column.source_id == source, column.key.in_(some)
            )
            found |= dict(self.connection.execute(query).all())
        return found

    def stories_by_url(self, canonical_urls: Collection[str]) -> dict[str, StoryId]:
        """Return the story that carries each of these canonical URLs (the oldest, if several)."""
        column = tables.items.c
        found: dict[str, StoryId] = {}
        for some in chunks(canonical_urls):
            query = select(column.canonical_url, column.story_id).where(column.canonical_url.in_(some))
            for url, story in self.connection.execute(query.order_by(column.id)):
                found.setdefault(url, story)
        return found

    def stories(self, ids: Collection[StoryId]) -> dict[StoryId, Story]:
        """Return the stories with these ids, with all their copies."""
        found: dict[StoryId, Story] = {}
        for some in chunks(ids):
            rows = self.connection.execute(
                select(tables.stories).where(tables.stories.c.id.in_(some))
            ).mappings()
            found |= {story.id: story for story in stories_of(self.connection, rows.all())}
        return found

    def put_stories(self, stories: Iterable[Story]) -> None:
        """Insert or replace the stories' own rows (not their items)."""
        rows = [
            {
                "id": story.id,
                "slug": story.slug,
                "published_at": story.published,
                "updated_at": story.updated,
                "shown_source": story.shown.source,
                "shown_key": story.shown.key,
                "hold_until": story.hold_until,
                "backfill": Flag.BACKFILL in story.shown.dates.flags,
            }
            for story in stories
        ]
        if rows:
            insert = self._dialect.insert(tables.stories)
            changed = {name: insert.excluded[name] for name in rows[0] if name not in ("id", "slug")}
            self.connection.execute(insert.on_conflict_do_update(index_elements=["id"], set_=changed), rows)

    def put_items(self, items: Iterable[tuple[Item, StoryId]]) -> None:
        """Insert or replace items, each in its story. An item's ``gone`` mark is taken away."""
        rows = [item_row(item, story) for item, story in items]
        if rows:
            insert = self._dialect.insert(tables.items)
            changed = {name: insert.excluded[name] for name in rows[0] if name not in ("source_id", "key")}
            statement = insert.on_conflict_do_update(index_elements=["source_id", "key"], set_=changed)
            self.connection.execute(statement, rows)

    def mark_gone(self, source: SourceId, *, present: Collection[str], at: datetime) -> None:
        """Mark the items of ``source`` that its document no longer names, and unmark those it names again."""
        column = tables.items.c
        here = select(column.id, column.key).where(column.source_id == source, column.gone_at.is_(None))
        named = set(present)
        left = [row_id for row_id, key in self.connection.execute(here) if key not in named]
        if left:
            statement = update(tables.items).where(column.id == bindparam("row_id")).values(gone_at=at)
            self.connection.execute(statement, [{"row_id": row_id} for row_id in left])
        for some in chunks(present):
            back = update(tables.items).where(
                column.source_id == source, column.key.in_(some), column.gone_at.is_not(None)
            )
            self.connection.execute(back.values(gone_at=None))

    def put_states(self, states: Iterable[SourceState]) -> None:
        """Replace what is remembered of these sources, all fields but ``revision``."""
        rows = [state_row(state) for state in states]
        if rows:
            values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in rows[0] if name != "id"}
            statement = (
                update(tables.sources).where(tables.sources.c.id == bindparam("new_id")).values(values)
            )
            self.connection.execute(statement, [{f"new_{name}": row[name] for name in row} for row in rows])

    def touch(self, stories: Collection[StoryId]) -> None:
        """Count up ``revision`` of every source that has a copy of one of ``stories``."""
        column = tables.items.c
        sources: set[str] = set()
        for some in chunks(stories):
            sources |= set(
                self.connection.execute(
                    select(column.source_id).where(column.story_id.in_(some)).distinct()
                ).scalars()
            )
        for some in chunks(sorted(sources)):
            counted = update(tables.sources).where(tables.sources.c.id.in_(some))
            self.connection.execute(counted.values(revision=tables.sources.c.revision + 1))

    def let_out(self, stories: Collection[StoryId]) -> None:
        """Take the ``hold_until`` of these stories away."""
        for some in chunks(stories):
            self.connection.execute(
                update(tables.stories).where(tables.stories.c.id.in_(some)).values(hold_until=None)
            )

    def remove(self, stories: Collection[StoryId]) -> None:
        """Remove these stories with all their items; the feeds that carried them are rendered anew."""
        self.touch(stories)
        for some in chunks(stories):
            self.connection.execute(delete(tables.items).where(tables.items.c.story_id.in_(some)))
            self.connection.execute(delete(tables.stories).where(tables.stories.c.id.in_(some)))
