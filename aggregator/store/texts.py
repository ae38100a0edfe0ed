"""The texts inside the window of comparison: their fingerprints, and who shares a band with whom."""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, func, select, update

from aggregator.model.story import Neighbour, Text
from aggregator.rules.similarity import BANDS, longer, unpack
from aggregator.store import tables
from aggregator.store.bulk import insert_all
from aggregator.store.engine import Room
from aggregator.store.items import chunks

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from aggregator.model.story import StoryId
    from aggregator.rules.similarity import Fingerprint
    from aggregator.store.dialects import Dialect

MOST_IN_BAND = 150  # a template has hundreds a day: room for 100 that come together, and 50 before
LEAST_EXPIRED, MOST_EXPIRED = 1_000, 2_000  # fingerprints taken away at once: others want to write, too
_BANDS = Struct(f"<{BANDS}q")
#: What ``_text`` takes, in that order.
_TOLD = tuple(tables.items.c["id", "source_id", "key", "title", "content", "summary", "published_at"])


class TextShelf(Room):
    """Answers what is alike."""

    def unmatched(self, limit: int) -> list[Text]:
        """Return the oldest ``limit`` items whose text is yet to be compared."""
        column = tables.items.c
        query = select(*_TOLD).where(column.unmatched.is_(True)).order_by(column.id).limit(limit)
        with self.database.reading() as connection:
            return [_text(columns) for columns in connection.execute(query)]

    def sharing(self, bands: Collection[int], *, before: int) -> dict[int, list[int]]:
        """Return the rows of the newest items in each of these ``bands``, of those with a row ``before``."""
        column = tables.bands.c
        found: dict[int, list[int]] = {}
        place = func.row_number().over(partition_by=column.band, order_by=column.item_id.desc())
        with self.database.reading() as connection:
            for some in chunks(bands):
                ranked = select(column.band, column.item_id, place.label("place")).where(
                    column.band.in_(some), column.item_id < before
                )
                inner = ranked.subquery()
                query = select(inner.c.band, inner.c.item_id).where(inner.c.place <= MOST_IN_BAND)
                for band, row in connection.execute(query):
                    found.setdefault(band, []).append(row)
        return found

    def neighbours(self, rows: Collection[int], since: datetime) -> dict[int, Neighbour]:
        """Return those of these items that were published at ``since`` or later, by row."""
        prints, item = tables.fingerprints.c, tables.items.c
        found: dict[int, Neighbour] = {}
        with self.database.reading() as connection:
            for some in chunks(rows):
                query = (
                    select(prints.item_id, item.source_id, prints.shingles, prints.bands)
                    .join(tables.items, item.id == prints.item_id)
                    .where(prints.item_id.in_(some), prints.published_at >= since)
                )
                for row, source, shingles, bands in connection.execute(query):
                    found[row] = Neighbour(row, source, unpack(shingles), _BANDS.unpack(bands))
        return found

    def texts(self, rows: Collection[int]) -> dict[int, Text]:
        """Return the texts of these items, by row."""
        found: dict[int, Text] = {}
        with self.database.reading() as connection:
            for some in chunks(rows):
                query = select(*_TOLD).where(tables.items.c.id.in_(some))
                found |= {text.row: text for text in map(_text, connection.execute(query))}
        return found


def _text(columns: Sequence[Any]) -> Text:
    row, source, key, title, content, summary, published = columns
    return Text(row, source, key, title, longer(content, summary), published)


def crowded(connection: Connection, dialect: Dialect, bands: Collection[int]) -> set[int]:
    """Return those of these ``bands`` that a text is found in."""
    band = tables.bands.c.band
    return set(connection.execute(select(band).where(dialect.among(band, bands)).distinct()).scalars())


def put_fingerprints(
    connection: Connection, dialect: Dialect, prints: Sequence[tuple[int, datetime, Fingerprint]]
) -> None:
    """Keep fingerprints by row; those that are there already stay."""
    insert_all(
        connection,
        dialect.insert(tables.fingerprints).on_conflict_do_nothing(),
        [
            {
                "item_id": row,
                "published_at": published,
                "bands": _BANDS.pack(*found.bands),
                "shingles": found.packed,
            }
            for row, published, found in prints
        ],
    )
    rows = [{"band": band, "item_id": row} for row, _, found in prints for band in found.bands]
    insert_all(connection, dialect.insert(tables.bands).on_conflict_do_nothing(), rows)


def put_matched(connection: Connection, matched: Collection[int]) -> None:
    """Note that the texts of these items, by row, have been compared."""
    for some in chunks(matched):
        done = update(tables.items).where(tables.items.c.id.in_(some))
        connection.execute(done.values(unmatched=False))


def put_relations(connection: Connection, relations: Iterable[tuple[int, int, float, str]]) -> None:
    """Keep which item is like which other, how much, and why it is not the same."""
    rows = [
        {"item_id": row, "other_id": other, "likeness": likeness, "reason": reason}
        for row, other, likeness, reason in relations
    ]
    if rows:
        connection.execute(tables.relations.insert(), rows)


def expire(connection: Connection, before: datetime) -> None:
    """Take away the fingerprints of items that were published ``before``, once there are many of them.

    Bands lie scattered: many that go together share the pages that have to be written for it.
    """
    column = tables.fingerprints.c
    old = column.published_at < before
    enough = (
        select(column.item_id).where(old).order_by(column.published_at).offset(LEAST_EXPIRED - 1).limit(1)
    )
    if connection.execute(enough).first():
        gone = select(column.item_id, column.bands).where(old).limit(MOST_EXPIRED)
        erase(connection, dict(connection.execute(gone).all()))


def erase(connection: Connection, prints: Mapping[int, bytes]) -> None:
    """Take away fingerprints, by row, with their bands, packed as they are kept."""
    if not prints:
        return
    column = tables.bands.c
    gone = delete(tables.bands).where(column.band == bindparam("b"), column.item_id == bindparam("i"))
    connection.execute(
        gone,
        [{"b": band, "i": row} for row, packed in prints.items() for band in _BANDS.unpack(packed)],
    )
    for some in chunks(prints):
        connection.execute(delete(tables.fingerprints).where(tables.fingerprints.c.item_id.in_(some)))


def like_removed(connection: Connection, stories: Collection[StoryId]) -> tuple[set[StoryId], set[StoryId]]:
    """Return those of ``stories`` that were taken back, and the stories that are like one of them."""
    story, item, relation = tables.stories.c, tables.items.c, tables.relations.c
    removed: set[StoryId] = set()
    found: set[StoryId] = set()
    for some in chunks(stories):
        gone = select(story.id).where(story.id.in_(some), story.deleted_at.is_not(None))
        names = list(connection.execute(gone).scalars())
        removed.update(names)
        mine = select(item.id).where(item.story_id.in_(names))
        for one, other in ((relation.item_id, relation.other_id), (relation.other_id, relation.item_id)):
            like = select(item.story_id).join(tables.relations, item.id == other).where(one.in_(mine))
            if names:
                found.update(connection.execute(like).scalars())
    return removed, found.difference(removed)
