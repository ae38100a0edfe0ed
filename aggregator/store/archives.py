"""Archive documents: rows of places of a feed's roll (``rolls``), and their stored bytes (decision 21)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import BindParameter, Text, and_, bindparam, delete, func, select, update

from aggregator.model.feed import ARCHIVE, archive_name
from aggregator.store import tables
from aggregator.store.engine import Room
from aggregator.store.items import chunks

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection

    from aggregator.model.feed import Feed, FeedName
    from aggregator.model.story import StoryId

_place, _archive = tables.places.c, tables.archives.c
OF: BindParameter[str] = bindparam("of", type_=Text)  #: a feed; not "feed", which is the column's

# Built once: they are asked for every feed that is published, and building them costs more than asking.
TOP = select(func.max(_place.number)).where(_place.feed == OF)
TOP_UNTIL = TOP.where(_place.number <= bindparam("last"))
_LAST = (
    select(_archive.number, _archive.last)
    .where(_archive.feed == OF)
    .order_by(_archive.number.desc())
    .limit(1)
)
#: The last place of the last archive document; 0: there is none.
ARCHIVED = func.coalesce(_LAST.with_only_columns(_archive.last).scalar_subquery(), 0)
_FULL = (
    select(_place.number)
    .where(_place.feed == OF, _place.number > bindparam("last"))
    .order_by(_place.number)
    .offset(bindparam("others"))
    .limit(1)
)
#: The archive document of the highest place up to ``last`` that is taken; none: NULL.
HOLDING = select(func.min(_archive.number)).where(
    _archive.feed == OF, _archive.last >= TOP_UNTIL.scalar_subquery()
)


class Archives(Room):
    """Keeps the archive documents of all feeds."""

    def close_archive(self, feed: Feed, *, at: datetime) -> int:
        """Let all stories of ``feed`` that are in no archive document yet be one; return its number.

        Where there are none, the number of the last document.
        """
        with self.database.writing() as connection:
            number, last = last_archived(connection, feed.name)
            top = connection.execute(TOP, {"of": feed.name}).scalar() or 0
            if top <= last:
                return number
            _put_archive(connection, feed.name, number + 1, top, at)
            return number + 1

    def shed_archives(self, *, keep: int) -> None:
        """Remove the stored bytes of all archive documents but the newest ``keep`` of each feed.

        And what is known of those that lost all their stories, but for the last number.
        """
        newest = select(_archive.feed, func.max(_archive.number)).group_by(_archive.feed)
        name = tables.editions.c.feed
        printed = select(name).where(name.contains(ARCHIVE))
        with self.database.writing() as connection:
            last = dict(connection.execute(newest).all())
            first = {feed: _drop_empty(connection, feed, number) for feed, number in last.items()}
            old, gone = [], []
            for document in connection.execute(printed).scalars():
                feed, _, number = document.rpartition(ARCHIVE)
                if int(number) < first.get(feed, 0):
                    gone.append(document)
                elif int(number) <= last.get(feed, 0) - keep:
                    old.append(document)
            _shed(connection, old)
            for some in chunks(gone):
                connection.execute(delete(tables.editions).where(name.in_(some)))


def lose(connection: Connection, stories: Collection[StoryId]) -> None:
    """Let the feeds know that ``stories``, which are about to be removed, are no longer theirs."""
    blot_out(connection, stories)
    for some in chunks(stories):
        theirs = select(_place.feed).where(_place.story_id.in_(some))
        connection.execute(update(tables.rolls).where(tables.rolls.c.feed.in_(theirs)).values(lost=True))


def blot_out(connection: Connection, stories: Collection[StoryId]) -> None:
    """Remove the stored bytes of every archive document that has one of ``stories``: it is made anew."""
    for some in chunks(stories):
        query = (
            select(_place.feed, func.min(_archive.number))
            .join(tables.archives, and_(_archive.feed == _place.feed, _archive.last >= _place.number))
            .where(_place.story_id.in_(some))
            .group_by(_place.feed, _place.number)
        )
        _shed(connection, {archive_name(feed, number) for feed, number in connection.execute(query)})


def _drop_empty(connection: Connection, feed: FeedName, last: int) -> int:
    """Forget the documents before the first place of ``feed``, but for ``last``; return the first left."""
    lowest = connection.execute(select(func.min(_place.number)).where(_place.feed == feed)).scalar()
    before = _archive.number < last
    if lowest is not None:
        before = and_(before, _archive.last < lowest)
    connection.execute(delete(tables.archives).where(_archive.feed == feed, before))
    return connection.execute(select(func.min(_archive.number)).where(_archive.feed == feed)).scalar() or 0


def _shed(connection: Connection, names: Collection[FeedName]) -> None:
    """Remove the stored bytes of these archive documents; what they had, and since when, stays known."""
    edition, publication = tables.editions.c, tables.publications.c
    for some in chunks(names):
        connection.execute(delete(tables.publications).where(publication.feed.in_(some)))
        connection.execute(update(tables.editions).where(edition.feed.in_(some)).values(basis=""))


def fill(connection: Connection, feed: Feed, at: datetime) -> None:
    """Let as many places be archive documents as make full ones."""
    number, last = last_archived(connection, feed.name)
    others = feed.archive_size - 1
    while full := connection.execute(_FULL, {"of": feed.name, "last": last, "others": others}).scalar():
        number, last = number + 1, full
        _put_archive(connection, feed.name, number, last, at)


def _put_archive(connection: Connection, feed: FeedName, number: int, last: int, at: datetime) -> None:
    row = {"feed": feed, "number": number, "last": last, "full_at": at}
    connection.execute(tables.archives.insert(), row)


def last_archived(connection: Connection, feed: FeedName) -> tuple[int, int]:
    """Return the number of the last archive document of ``feed``, and its last place; 0, 0: there is none."""
    row = connection.execute(_LAST, {"of": feed}).one_or_none()
    return (row.number, row.last) if row else (0, 0)
