"""Which stories a feed takes up, in which order, and which archive document each is in (decision 21).

A feed's *roll* numbers its stories in the order in which it took them up. An archive document has a row of
places; once it is full, none of them is given to another story.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import and_, bindparam, delete, exists, func, insert, literal, select, update

from aggregator.model.feed import ARCHIVE, ArchiveDocument, archive_name
from aggregator.rules.select import choice
from aggregator.store import tables
from aggregator.store.codec import item_of
from aggregator.store.engine import Room
from aggregator.store.items import chunks, has_copy

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Select

    from aggregator.model.feed import Feed, FeedName
    from aggregator.model.item import Item
    from aggregator.model.story import StoryId

LOOK_BACK = 10_000  # stories, the newest, among which a feed that picks finds its first ones
AT_ONCE = 500  # stories whose texts are in memory together
NEVER = -1  # before every mark
RANDOM_BITS = 20  # of 63


class _Standing(NamedTuple):
    """How a feed's roll was left."""

    choice: str
    seen: int
    news: int
    lost: bool


class _Picked(NamedTuple):
    """What a feed that picks thinks of its candidates."""

    accepted: list[StoryId]
    refused: list[StoryId]


class Rolls(Room):
    """Keeps the rolls of all feeds, and reads from them what a feed shows."""

    def take_up(self, feed: Feed, *, at: datetime, carries: Callable[[Item], bool]) -> int:
        """Bring the roll of ``feed`` up to date; return a number that changes with its stories.

        Looks only at stories that changed since it last looked. A feed whose choice is new looks at all
        stories of its sources; one that picks, at the newest 10,000, of which it keeps those that
        ``carries`` accepts by the copy that is shown.
        """
        chosen = choice(feed)
        with self.database.reading() as connection:
            head = _head(connection)
            standing = _standing(connection, feed.name)
            same = standing.choice == chosen
            seen = standing.seen if same else NEVER
            if seen == head and not standing.lost:
                return standing.news
            picked = _picked(connection, feed, seen, carries) if feed.picks else None
        with self.database.writing() as connection:
            if standing.seen == NEVER:
                row = {"feed": feed.name, "choice": "", "seen": NEVER, "news": 0, "lost": False}
                statement = self.database.dialect.insert(tables.rolls).on_conflict_do_nothing()
                connection.execute(statement, row)
            changed = standing.lost or not same
            if picked:
                changed |= _strike(connection, feed.name, picked.refused if same else None, picked.accepted)
            changed |= _follow(connection, feed.name, standing.seen)
            fresh = _fresh(feed, seen)
            for some in chunks(picked.accepted) if picked else [None]:
                among = fresh if some is None else fresh.where(tables.stories.c.id.in_(some))
                changed |= _append(connection, feed, among)
            _fill(connection, feed, at)
            news = max(standing.news + 1, head) if changed else standing.news
            values = {"choice": chosen, "seen": head, "news": news, "lost": False}
            connection.execute(update(tables.rolls).where(tables.rolls.c.feed == feed.name).values(values))
        return news

    def newest(self, feed: Feed) -> list[tuple[StoryId, int]]:
        """Return the stories that ``feed`` shows, each with its mark: the newest of its roll, then by id."""
        place = tables.places.c
        query = _shown(feed).order_by(place.published_at.desc(), place.story_id).limit(feed.limit)
        with self.database.reading() as connection:
            return list(_marked(connection, query))

    def unarchived(self, feed: Feed) -> set[StoryId]:
        """Return the stories of ``feed`` that are in no full archive document yet."""
        with self.database.reading() as connection:
            beyond = tables.places.c.number > _last_archived(connection, feed.name)[1]
            query = _shown(feed).with_only_columns(tables.stories.c.id).where(beyond)
            return set(connection.execute(query).scalars())

    def close_archive(self, feed: Feed, *, at: datetime) -> None:
        """Let all stories of ``feed`` that are in no archive document yet be one, though it is not full."""
        with self.database.writing() as connection:
            number, last = _last_archived(connection, feed.name)
            column = tables.places.c
            top = connection.execute(select(func.max(column.number)).where(column.feed == feed.name)).scalar()
            if top is not None and top > last:
                _put_archive(connection, feed.name, number + 1, top, at)

    def last_archive(self, feed: FeedName) -> int:
        """Return the number of the newest archive document of ``feed`` that has a story; 0: there is none."""
        with self.database.reading() as connection:
            return _at_or_before(connection, feed, _last_archived(connection, feed)[1])

    def archive(self, feed: Feed, number: int) -> ArchiveDocument | None:
        """Return what archive document ``number`` of ``feed`` is made of; None: there is none.

        One that lost all its stories by age is none; one whose stories were all taken back is empty.
        """
        column, place, story = tables.archives.c, tables.places.c, tables.stories.c
        rows = select(column.number, column.last, column.full_at).where(
            column.feed == feed.name, column.number.in_((number - 1, number))
        )
        with self.database.reading() as connection:
            found = {row.number: row for row in connection.execute(rows)}
            if number not in found:
                return None
            first = found[number - 1].last if number - 1 in found else 0
            inside = and_(place.number > first, place.number <= found[number].last)
            any_place = exists().where(place.feed == feed.name, inside)
            if not connection.execute(select(any_place)).scalar():
                return None
            query = _shown(feed).where(inside)
            newest = query.order_by(story.published_at.desc(), story.id)
            return ArchiveDocument(
                number=number,
                full_at=found[number].full_at,
                previous=_at_or_before(connection, feed.name, first),
                stories=_marked(connection, newest),
            )

    def shed_archives(self, *, keep: int) -> None:
        """Remove the stored bytes of all archive documents but the newest ``keep`` of each feed."""
        newest = select(tables.archives.c.feed, func.max(tables.archives.c.number))
        name = tables.publications.c.feed
        printed = select(name).where(name.contains(ARCHIVE)).distinct()
        with self.database.writing() as connection:
            last = dict(connection.execute(newest.group_by(tables.archives.c.feed)).all())
            old = []
            for document in connection.execute(printed).scalars():
                feed, _, number = document.rpartition(ARCHIVE)
                if int(number) <= last.get(feed, 0) - keep:
                    old.append(document)
            _shed(connection, old)


def next_mark(connection: Connection) -> int:
    """Return the mark of stories that change now: higher than any so far, also of stories that are gone.

    Its last bits are random: a story that is told anew must not meet its old mark.
    """
    seen = connection.execute(select(func.max(tables.rolls.c.seen))).scalar() or 0
    count = max(seen, _head(connection)) >> RANDOM_BITS
    return ((count + 1) << RANDOM_BITS) + secrets.randbits(RANDOM_BITS)


def lose(connection: Connection, stories: Collection[StoryId]) -> None:
    """Let the feeds know that ``stories``, which are about to be removed, are no longer theirs."""
    blot_out(connection, stories)
    place = tables.places.c
    for some in chunks(stories):
        theirs = select(place.feed).where(place.story_id.in_(some))
        connection.execute(update(tables.rolls).where(tables.rolls.c.feed.in_(theirs)).values(lost=True))


def blot_out(connection: Connection, stories: Collection[StoryId]) -> None:
    """Remove the stored bytes of every archive document that has one of ``stories``: it is made anew."""
    place, archive = tables.places.c, tables.archives.c
    for some in chunks(stories):
        query = (
            select(place.feed, func.min(archive.number))
            .join(tables.archives, and_(archive.feed == place.feed, archive.last >= place.number))
            .where(place.story_id.in_(some))
            .group_by(place.feed, place.number)
        )
        _shed(connection, {archive_name(feed, number) for feed, number in connection.execute(query)})


def _shed(connection: Connection, names: Collection[FeedName]) -> None:
    """Remove the stored bytes of these archive documents; what they had, and since when, stays known."""
    edition, publication = tables.editions.c, tables.publications.c
    for some in chunks(names):
        connection.execute(delete(tables.publications).where(publication.feed.in_(some)))
        connection.execute(update(tables.editions).where(edition.feed.in_(some)).values(basis=""))


def _head(connection: Connection) -> int:
    return connection.execute(select(func.max(tables.stories.c.mark))).scalar() or 0


def _standing(connection: Connection, feed: FeedName) -> _Standing:
    column = tables.rolls.c
    query = select(column.choice, column.seen, column.news, column.lost).where(column.feed == feed)
    row = connection.execute(query).one_or_none()
    return _Standing(*row) if row else _Standing("", NEVER, 0, False)  # noqa: FBT003 # the last field


def _candidates(feed: Feed, seen: int) -> ColumnElement[bool]:
    """Return the condition that a story of the feed's sources is published, and changed after ``seen``."""
    story = tables.stories.c
    conditions = [
        story.mark > seen,
        story.out_at.is_not(None),
        story.deleted_at.is_(None),
        has_copy(feed.sources, living=True),
    ]
    if not feed.backfill:
        conditions.append(story.backfill.is_(False))
    return and_(*conditions)


def _fresh(feed: Feed, seen: int) -> Select[Any]:
    """Return the query for the candidates that have no place yet, in the order of their places."""
    story, place = tables.stories.c, tables.places.c
    placed = exists().where(place.feed == feed.name, place.story_id == story.id).correlate(tables.stories)
    order = func.row_number().over(order_by=(story.out_at, story.published_at, story.id))
    return select(literal(feed.name), order + bindparam("top"), story.id, story.published_at).where(
        _candidates(feed, seen), ~placed
    )


def _picked(connection: Connection, feed: Feed, seen: int, carries: Callable[[Item], bool]) -> _Picked:
    """Ask which of the candidates ``feed`` carries."""
    story, item = tables.stories.c, tables.items.c
    query = select(story.id).where(_candidates(feed, seen))
    if seen == NEVER:
        query = query.order_by(story.published_at.desc(), story.id).limit(LOOK_BACK)
    found = list(connection.execute(query).scalars())
    picked = _Picked([], [])
    for start in range(0, len(found), AT_ONCE):
        shown = (
            select(tables.items)
            .join(tables.stories, and_(story.shown_source == item.source_id, story.shown_key == item.key))
            .where(story.id.in_(found[start : start + AT_ONCE]))
        )
        for row in connection.execute(shown).mappings():
            judged = picked.accepted if carries(item_of(row)) else picked.refused
            judged.append(row["story_id"])
    return picked


def _strike(
    connection: Connection, feed: FeedName, refused: Collection[StoryId] | None, accepted: Collection[StoryId]
) -> bool:
    """Take the ``refused`` (None: all but the ``accepted``) from the roll; return whether any were in it."""
    place = tables.places.c
    if refused is None:
        standing = connection.execute(select(place.story_id).where(place.feed == feed)).scalars()
        refused = set(standing).difference(accepted)
    struck = 0
    for some in chunks(refused):
        statement = delete(tables.places).where(place.feed == feed, place.story_id.in_(some))
        struck += connection.execute(statement).rowcount
    return struck > 0


def _follow(connection: Connection, feed: FeedName, seen: int) -> bool:
    """Let the places of stories that changed have their present dates; return whether there were any."""
    story, place = tables.stories.c, tables.places.c
    mine = select(story.published_at).where(story.id == place.story_id).scalar_subquery()
    changed = select(story.id).where(story.mark > seen)
    statement = update(tables.places).where(place.feed == feed, place.story_id.in_(changed))
    return connection.execute(statement.values(published_at=mine)).rowcount > 0


def _append(connection: Connection, feed: Feed, fresh: Select[Any]) -> bool:
    place = tables.places.c
    top = connection.execute(select(func.max(place.number)).where(place.feed == feed.name)).scalar() or 0
    top = max(top, _last_archived(connection, feed.name)[1])  # the last place may be free again, and is not
    columns = ["feed", "number", "story_id", "published_at"]
    statement = insert(tables.places).from_select(columns, fresh)
    options = {"preserve_rowcount": True}  # else it is only known of updates and deletes
    return connection.execute(statement, {"top": top}, execution_options=options).rowcount > 0


def _fill(connection: Connection, feed: Feed, at: datetime) -> None:
    """Let as many places be archive documents as make full ones."""
    place = tables.places.c
    number, last = _last_archived(connection, feed.name)
    while True:
        query = (
            select(place.number)
            .where(place.feed == feed.name, place.number > last)
            .order_by(place.number)
            .offset(feed.archive_size - 1)
            .limit(1)
        )
        full = connection.execute(query).scalar()
        if full is None:
            return
        number, last = number + 1, full
        _put_archive(connection, feed.name, number, last, at)


def _put_archive(connection: Connection, feed: FeedName, number: int, last: int, at: datetime) -> None:
    row = {"feed": feed, "number": number, "last": last, "full_at": at}
    connection.execute(tables.archives.insert(), row)


def _last_archived(connection: Connection, feed: FeedName) -> tuple[int, int]:
    """Return the number of the last archive document of ``feed``, and its last place; 0, 0: there is none."""
    column = tables.archives.c
    query = select(column.number, column.last).where(column.feed == feed).order_by(column.number.desc())
    row = connection.execute(query.limit(1)).one_or_none()
    return (row.number, row.last) if row else (0, 0)


def _at_or_before(connection: Connection, feed: FeedName, last: int) -> int:
    """Return the archive document of the highest place up to ``last`` that is taken; 0: none is."""
    place, archive = tables.places.c, tables.archives.c
    query = select(func.max(place.number)).where(place.feed == feed, place.number <= last)
    top = connection.execute(query).scalar()
    if top is None:
        return 0
    holding = select(func.min(archive.number)).where(archive.feed == feed, archive.last >= top)
    return connection.execute(holding).scalar() or 0


def _shown(feed: Feed) -> Select[Any]:
    """Return the query for the stories of the roll of ``feed`` that are published and not taken back."""
    story, place = tables.stories.c, tables.places.c
    return (
        select(tables.stories)
        .join(tables.places, place.story_id == story.id)
        .where(
            place.feed == feed.name,
            story.out_at.is_not(None),
            story.deleted_at.is_(None),
            has_copy(feed.sources, living=True),
        )
    )


def _marked(connection: Connection, stories: Select[Any]) -> tuple[tuple[StoryId, int], ...]:
    """Return the ids of these stories, each with its mark."""
    story = tables.stories.c
    rows = connection.execute(stories.with_only_columns(story.id, story.mark))
    return tuple((row.id, row.mark) for row in rows)
