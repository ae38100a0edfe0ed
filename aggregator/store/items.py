"""Reading items and stories."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import bindparam, exists, func, or_, select

from aggregator.model.item import Known
from aggregator.rules.aliases import url_alias
from aggregator.store import tables
from aggregator.store.codec import item_of, story_of
from aggregator.store.engine import Room

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import BindParameter, ColumnElement, Connection, RowMapping, Select

    from aggregator.model.item import Item
    from aggregator.model.source import SourceId
    from aggregator.model.story import Story, StoryId

T = TypeVar("T")

MOST_NAMED = 4  # items of one source with one alias: of a title that comes every day only the newest matter
MOST_VALUES = 5_000  # in one IN (…): SQLite takes 32,766 parameters, PostgreSQL 65,535


def _known() -> Select[Any]:
    column = tables.items.c
    told = (column.raw_hash, column.published_at, column.first_seen_at, column.dates, column.withdrawn_at)
    return select(column.key, *told).where(
        column.source_id == bindparam("source"), column.key.in_(bindparam("keys", expanding=True))
    )


def _named() -> Select[Any]:
    alias, item = tables.aliases.c, tables.items.c
    place = func.row_number().over(partition_by=alias.number, order_by=alias.item_id.desc())
    ranked = (
        select(alias.number, alias.item_id, place.label("place"))
        .join(tables.items, item.id == alias.item_id)
        .where(alias.number.in_(bindparam("numbers", expanding=True)), item.source_id == bindparam("source"))
        .subquery()
    )
    return (
        select(ranked.c.number, tables.items)
        .join(tables.items, item.id == ranked.c.item_id)
        .where(ranked.c.place <= MOST_NAMED)
        .order_by(ranked.c.number, ranked.c.place)
    )


def _buried() -> Select[Any]:
    number = tables.tombstones.c.number
    return select(number).where(number.in_(bindparam("numbers", expanding=True)))


def _present() -> Select[Any]:
    column = tables.items.c
    return select(column.id, column.key, column.dates).where(
        column.source_id == bindparam("source"),
        column.gone_at.is_(None),
        column.published_at > bindparam("since"),
    )


# Built once: they are asked for every document that changed, and building them costs more than asking.
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_STORIES = select(tables.stories).where(tables.stories.c.id.in_(_IDS))
_ITEMS = select(tables.items).where(tables.items.c.id.in_(_IDS)).order_by(tables.items.c.id)
_COPIES = (
    select(tables.items)
    .where(tables.items.c.story_id.in_(bindparam("stories", expanding=True)))
    .order_by(tables.items.c.source_id, tables.items.c.key)
)
_KNOWN, _NAMED, _BURIED, _PRESENT = _known(), _named(), _buried(), _present()


class ItemReader(Room):
    """Answers what is stored."""

    def known(self, source: SourceId, keys: Collection[str]) -> dict[str, Known]:
        """Return what is stored of those ``keys`` of ``source`` that are stored."""
        found: dict[str, Known] = {}
        with self.database.reading() as connection:
            for some in chunks(keys):
                rows = connection.execute(_KNOWN, {"source": source, "keys": some})
                for key, raw_hash, published, first_seen, dates, withdrawn_at in rows:
                    found[key] = Known(
                        key=key,
                        raw_hash=raw_hash,
                        published=published,
                        first_seen=first_seen,
                        dated=is_dated(dates),
                        withdrawn=withdrawn_at is not None,
                    )
        return found

    def named(self, source: SourceId, numbers: Collection[int]) -> dict[int, list[Item]]:
        """Return stored items of ``source`` by the number of each alias of theirs among ``numbers``.

        Of many items with one alias only the newest few.
        """
        found: dict[int, list[Item]] = {}
        with self.database.reading() as connection:
            for some in chunks(numbers):
                for row in connection.execute(_NAMED, {"source": source, "numbers": some}).mappings():
                    found.setdefault(row["number"], []).append(item_of(row))
        return found

    def buried(self, numbers: Collection[int]) -> set[int]:
        """Return those of ``numbers`` under which a removed item is remembered."""
        with self.database.reading() as connection:
            return {
                number
                for some in chunks(numbers)
                for number in connection.execute(_BURIED, {"numbers": some}).scalars()
            }

    def absent(self, source: SourceId, *, present: Collection[str], since: datetime) -> list[Item]:
        """Return the items of ``source`` dated after ``since`` that its document has just lost."""
        with self.database.reading() as connection:
            lost = [
                row_id
                for row_id, key, dates in connection.execute(_PRESENT, {"source": source, "since": since})
                if key not in present and is_dated(dates)
            ]
            return _items(connection, lost)

    def missing(self, sources: Collection[SourceId]) -> dict[SourceId, list[Item]]:
        """Return the items of ``sources`` that an earlier collect missed, and that are not judged yet."""
        column = tables.items.c
        query = select(column.id).where(column.source_id.in_(sources), column.missing.is_(True))
        found: dict[SourceId, list[Item]] = {}
        with self.database.reading() as connection:
            for item in _items(connection, connection.execute(query).scalars().all()):
                found.setdefault(item.source, []).append(item)
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
        self,
        sources: Collection[SourceId],
        *,
        limit: int,
        backfill: bool = True,
        before: tuple[datetime, StoryId] | None = None,
    ) -> list[Story]:
        """Return the newest ``limit`` published stories with a living copy from ``sources``.

        Newest first, then by id; without ``backfill`` the undated backlog of a source's first collect is
        left out, with ``before`` all that does not come behind a story published then, with that id. The
        copies are all copies, of other sources too.
        """
        column = tables.stories.c
        query = (
            select(tables.stories)
            .where(has_copy(sources, living=True), column.out_at.is_not(None), column.deleted_at.is_(None))
            .order_by(column.published_at.desc(), column.id)
            .limit(limit)
        )
        if not backfill:
            query = query.where(column.backfill.is_(False))
        if before is not None:
            published, name = before  # the first condition is where the index is entered
            behind = or_(column.published_at < published, column.id > name)
            query = query.where(column.published_at <= published, behind)
        with self.database.reading() as connection:
            return stories_of(connection, connection.execute(query).mappings().all())

    def stories(self, ids: Collection[StoryId]) -> dict[StoryId, Story]:
        """Return the stories with these ids, with all their copies."""
        with self.database.reading() as connection:
            return stories_by_id(connection, ids)

    def stories_named(self, name: str, canonical_url: str) -> list[Story]:
        """Return the stories that ``name`` may mean: by id, page, address, or key of one of their copies."""
        if not name:
            return []  # many items have no upstream id
        story, item = tables.stories.c, tables.items.c
        meant = [item.key == name, item.upstream_id == name, item.link == name]
        if canonical_url:
            known = select(tables.aliases.c.item_id).where(
                tables.aliases.c.number == url_alias(canonical_url).number
            )
            meant += [item.canonical_url == canonical_url, item.id.in_(known)]
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
        for row in connection.execute(_COPIES, {"stories": some}).mappings():
            copies[row["story_id"]].append(item_of(row))
    return [story_of(row, copies[row["id"]]) for row in rows]


def stories_by_id(connection: Connection, ids: Collection[StoryId]) -> dict[StoryId, Story]:
    """Return the stories with these ids, with all their copies."""
    found: dict[StoryId, Story] = {}
    for some in chunks(ids):
        rows = connection.execute(_STORIES, {"ids": some}).mappings().all()
        found.update((story.id, story) for story in stories_of(connection, rows))
    return found


def has_copy(sources: Collection[SourceId] | BindParameter[Any], *, living: bool) -> ColumnElement[bool]:
    """Return the condition that a story has a copy from one of ``sources``."""
    item = tables.items.c
    # A story has few copies, and a feed many sources: read the copies, do not look for each of the sources.
    source = item.source_id.concat("")
    copy = exists().where(item.story_id == tables.stories.c.id, source.in_(sources))
    return copy.where(item.withdrawn_at.is_(None)) if living else copy


def is_dated(dates: str) -> bool:
    """Tell whether the ``dates`` column of an item says that its source gave it a date."""
    return '"chosen"' in dates


def _items(connection: Connection, row_ids: Sequence[int]) -> list[Item]:
    found: list[Item] = []
    for some in chunks(row_ids):
        found += (item_of(row) for row in connection.execute(_ITEMS, {"ids": some}).mappings())
    return found


def chunks(values: Collection[T]) -> Iterator[list[T]]:
    """Yield ``values`` in lists short enough for one ``IN``."""
    ordered = list(values)
    for start in range(0, len(ordered), MOST_VALUES):
        yield ordered[start : start + MOST_VALUES]
