"""Which stories a feed takes up, in which order, and which archive document each is in (decision 21).

A feed's *roll* numbers its stories in the order in which it took them up. An archive document has a row of
places; once it is full, none of them is given to another story.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    Boolean,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from aggregator.model.feed import ArchiveDocument, Top
from aggregator.rules.select import choice, gained
from aggregator.store import tables
from aggregator.store.archives import ARCHIVED, HOLDING, OF, TOP, TOP_UNTIL, fill, last_archived
from aggregator.store.codec import item_of
from aggregator.store.engine import Room, wrote
from aggregator.store.items import chunks
from aggregator.store.journal import Telling
from aggregator.store.tables import Instant

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Insert, Select

    from aggregator.model.feed import Feed, FeedName
    from aggregator.model.item import Item
    from aggregator.model.partner import Subscription
    from aggregator.model.source import SourceId
    from aggregator.model.story import StoryId

LOOK_BACK = 10_000  # stories, the newest, among which a feed that picks finds its first ones
AT_ONCE = 500  # stories whose texts are in memory together
NEVER = -1  # before every mark
RANDOM_BITS = 20  # of 63

_story, _place = tables.stories.c, tables.places.c
_roll, _archive, _change = tables.rolls.c, tables.archives.c, tables.changes.c


def _is_out(*, few: bool = True) -> ColumnElement[bool]:
    """Return the condition that a story is published, and has a copy that stands from one of ``sources``.

    Where it is not asked of a ``few`` stories, the copies are what to begin with.
    """
    item = tables.items.c
    sources: BindParameter[Any] = bindparam("sources", expanding=True)
    # A story has few copies, and a feed many sources: the copies are read, not looked for by each source.
    source = item.source_id.concat("") if few else item.source_id
    stands = and_(source.in_(sources), item.withdrawn_at.is_(None))
    copy: ColumnElement[bool] = exists().where(item.story_id == _story.id, stands)
    if not few:
        copy = _story.id.in_(select(item.story_id).where(stands))
    return and_(_story.out_at.is_not(None), _story.deleted_at.is_(None), copy)


def _candidates(*, first: bool = False) -> ColumnElement[bool]:
    """Return the condition that a story may be taken up, and changed since the feed last looked.

    ``first``: it never did.
    """
    backfill = or_(bindparam("backfill", type_=Boolean), _story.backfill.is_(False))
    if first:
        return and_(_is_out(few=False), backfill)
    return and_(_story.mark > bindparam("seen"), _is_out(), backfill)


def _append(candidates: ColumnElement[bool], *among: ColumnElement[bool]) -> Insert:
    """Return the statement that gives the candidates without a place one, in their order."""
    placed = exists().where(_place.feed == OF, _place.story_id == _story.id).correlate(tables.stories)
    order = func.row_number().over(order_by=(_story.out_at, _story.published_at, _story.id))
    top = func.coalesce(TOP.scalar_subquery(), 0)
    after = case((top > ARCHIVED, top), else_=ARCHIVED)  # the last place of an archive may be free again
    fresh = select(OF.label("feed"), order + after, _story.id, _story.published_at).where(
        candidates, ~placed, *among
    )
    return insert(tables.places).from_select(["feed", "number", "story_id", "published_at"], fresh)


def _shown() -> Select[Any]:
    """Return the query for the stories of a roll that readers may see, each with its mark."""
    rows = select(_story.id, _story.mark).join(tables.places, _place.story_id == _story.id)
    return rows.where(_place.feed == OF, _is_out())


# Built once: they are asked for every feed that is published, and building them costs more than asking.
_HEAD = select(func.max(_story.mark))
_STANDING = select(
    _roll.choice, _roll.seen, _roll.news, _roll.lost, func.coalesce(_HEAD.scalar_subquery(), 0)
).where(_roll.feed == OF)
_LEAVE = update(tables.rolls).where(_roll.feed == OF)
_CANDIDATES = select(_story.id).where(_candidates())
_FIRST = (
    select(_story.id)
    .where(_candidates(first=True))
    .order_by(_story.published_at.desc(), _story.id)
    .limit(bindparam("limit"))
)
_CHANGED = select(_story.id).where(_story.mark > bindparam("seen"))
_FOLLOW = (
    update(tables.places)
    .where(_place.feed == OF, _place.story_id.in_(_CHANGED))
    .values(published_at=select(_story.published_at).where(_story.id == _place.story_id).scalar_subquery())
)
_APPEND, _APPEND_FIRST = _append(_candidates()), _append(_candidates(first=True))
_APPEND_AMONG = _append(_is_out(), _story.id.in_(bindparam("among", expanding=True)))
_NEWEST = _shown().order_by(_place.published_at.desc(), _place.story_id).limit(bindparam("limit"))
_BEYOND = _shown().where(_place.number > bindparam("last"))
_INSIDE = (
    _shown()
    .where(_place.number > bindparam("first"), _place.number <= bindparam("last"))
    .order_by(_story.published_at.desc(), _story.id)
)
_then = tables.changes.alias("then")  # the last change of a story that was told by an instant
_UNTIL = bindparam("until", type_=Instant)
_ITS_FEED = _then.c.feed.concat("")  # else SQLite looks through all changes of the feed for each story
_AS_OF = (
    select(_story.id, _then.c.mark, _then.c.mark == _story.mark)
    .join(tables.places, _place.story_id == _story.id)
    .join(_then, and_(_then.c.story_id == _place.story_id, _ITS_FEED == OF))
    .where(_place.feed == OF, _is_out(), ~_then.c.gone, _then.c.at <= _UNTIL)
    .where(or_(_then.c.superseded_at.is_(None), _then.c.superseded_at > _UNTIL))
    .order_by(_place.published_at.desc(), _place.story_id)
    .limit(bindparam("limit"))
)
_TOLD_THEN = (
    select(_change.serial)
    .where(_change.feed == OF, _change.at <= _UNTIL)
    .order_by(_change.serial.desc())
    .limit(1)
    .scalar_subquery()
)
_NEXT = (
    select(_change.at)
    .where(_change.feed == OF, _change.serial > func.coalesce(_TOLD_THEN, -1))
    .order_by(_change.serial)
    .limit(1)
)
_TELLING = Telling(_is_out())
_EPOCH_BITS = 62


class _Standing(NamedTuple):
    """How a feed's roll was left."""

    choice: str = ""
    seen: int = NEVER
    news: int = 0
    lost: bool = False


class _Look(NamedTuple):
    """Where candidates are found."""

    asked: dict[str, Any]  #: parameters of the query
    first: bool  #: all that there are, rather than those that changed


class _Picked(NamedTuple):
    """What a feed that picks thinks of its candidates."""

    accepted: list[StoryId]
    refused: list[StoryId]


class Rolls(Room):
    """Keeps the rolls of all feeds, and reads from them what a feed shows."""

    def take_up(
        self,
        feed: Feed,
        *,
        at: datetime,
        carries: Callable[[Item], bool],
        subscriptions: Collection[Subscription] = (),
    ) -> int:
        """Bring the roll of ``feed`` up to date; return a number that changes with its stories.

        Looks only at stories that changed since it last looked; of sources that are new to it, and where it
        chooses otherwise than before, at all. A feed that picks looks at the newest 10,000 of those, and
        keeps what ``carries`` accepts by the copy that is shown. What changed by that is told (``journal``),
        and is owed to ``subscriptions``.
        """
        chosen = choice(feed)
        with self.database.reading() as connection:
            row = connection.execute(_STANDING, {"of": feed.name}).one_or_none()
            *left, head = row or (_head(connection),)
            standing = _Standing(*left)
            if (standing.choice, standing.seen, standing.lost) == (chosen, head, False):
                return standing.news
            sources = gained(standing.choice, chosen)
            looks = list(_looks(feed, standing.seen, sources))
            picked = _pick(connection, looks, carries) if feed.picks else None
        with self.database.writing() as connection:
            if row is None:
                epoch = secrets.randbits(_EPOCH_BITS)
                first = {"feed": feed.name, "epoch": epoch, **_Standing()._asdict()}
                statement = self.database.dialect.insert(tables.rolls).on_conflict_do_nothing()
                connection.execute(statement, first)
            changed = standing.lost or standing.choice != chosen
            if picked:
                only = picked.accepted if sources is None else None
                changed |= _strike(connection, feed.name, picked.refused, only=only)
            if standing.seen != NEVER:  # else there is nothing in it whose date could have moved
                changed |= wrote(connection, _FOLLOW, {"of": feed.name, "seen": standing.seen}) > 0
            if _place_all(connection, looks, picked):
                changed = True
                fill(connection, feed, at)
            told = _TELLING.tell(
                connection,
                {"of": feed.name, "sources": feed.sources, "seen": standing.seen},
                whole=standing.lost or standing.choice != chosen,
                at=at,
                subscriptions=subscriptions,
            )
            news = max(standing.news + 1, head) if changed else standing.news
            now = _Standing(chosen, head, news)
            connection.execute(_LEAVE, {"of": feed.name, "told": told, **now._asdict()})
        return news

    def top(self, feed: Feed) -> Top:
        """Return what ``feed`` shows: the newest of its roll, and what that leaves out."""
        asked: dict[str, Any] = {"of": feed.name, "sources": feed.sources}
        with self.database.reading() as connection:
            _, asked["last"] = last_archived(connection, feed.name)
            newest = connection.execute(_NEWEST, {**asked, "limit": feed.limit}).all()
            beyond = connection.execute(_BEYOND, asked).scalars()
            return Top(
                stories=tuple((story, mark) for story, mark in newest),
                left_out=set(beyond).difference(story for story, _ in newest),
                previous=connection.execute(HOLDING, asked).scalar() or 0,
            )

    def stories_in(self, feed: Feed) -> int:
        """Return how many stories of the roll of ``feed`` readers may see, in it or in its archive."""
        query = select(func.count()).select_from(_shown().subquery())
        with self.database.reading() as connection:
            return connection.execute(query, {"of": feed.name, "sources": feed.sources}).scalar() or 0

    def as_of(self, feed: Feed, *, until: datetime) -> list[tuple[StoryId, int, bool]]:
        """Return what ``feed`` shows, newest first, of what was told of its roll by ``until``.

        Each story comes with the mark that it had then, and whether it still has it. What left the roll or
        was taken back since is not among them.
        """
        asked = {"of": feed.name, "sources": feed.sources, "until": until, "limit": feed.limit}
        with self.database.reading() as connection:
            rows = connection.execute(_AS_OF, asked)
            return [(story, mark, bool(stands)) for story, mark, stands in rows]

    def told_after(self, feed: FeedName, instant: datetime) -> datetime | None:
        """Return when a change of a feed's roll was first told after ``instant``; None: not yet."""
        with self.database.reading() as connection:
            return connection.execute(_NEXT, {"of": feed, "until": instant}).scalar()

    def archive(self, feed: Feed, number: int) -> ArchiveDocument | None:
        """Return what archive document ``number`` of ``feed`` is made of; None: there is none.

        One that lost all its stories by age is none; one whose stories were all taken back is empty.
        """
        rows = select(_archive.number, _archive.last, _archive.full_at).where(
            _archive.feed == feed.name, _archive.number.in_((number - 1, number))
        )
        with self.database.reading() as connection:
            found = {row.number: row for row in connection.execute(rows)}
            if number not in found:
                return None
            first = found[number - 1].last if number - 1 in found else 0
            inside = {"of": feed.name, "first": first, "last": found[number].last}
            if (connection.execute(TOP_UNTIL, inside).scalar() or 0) <= first:
                return None
            stories = connection.execute(_INSIDE, {**inside, "sources": feed.sources})
            return ArchiveDocument(
                number=number,
                full_at=found[number].full_at,
                previous=connection.execute(HOLDING, {"of": feed.name, "last": first}).scalar() or 0,
                stories=tuple((story, mark) for story, mark in stories),
            )


def next_mark(connection: Connection) -> int:
    """Return the mark of stories that change now: higher than any so far, also of stories that are gone.

    Its last bits are random: a story that is told anew must not meet its old mark.
    """
    seen = connection.execute(select(func.max(_roll.seen))).scalar() or 0
    count = max(seen, _head(connection)) >> RANDOM_BITS
    return ((count + 1) << RANDOM_BITS) + secrets.randbits(RANDOM_BITS)


def _head(connection: Connection) -> int:
    return connection.execute(_HEAD).scalar() or 0


def _looks(feed: Feed, seen: int, sources: tuple[SourceId, ...] | None) -> Iterator[_Look]:
    """Yield where ``feed`` finds its candidates, whose ``sources`` are new to it (None: all are)."""
    asked = {"of": feed.name, "sources": feed.sources, "backfill": feed.backfill}
    if sources is None:
        yield _Look(asked, first=True)
        return
    yield _Look({**asked, "seen": seen}, first=False)
    if sources:
        yield _Look({**asked, "sources": sources}, first=True)


def _pick(connection: Connection, looks: Iterable[_Look], carries: Callable[[Item], bool]) -> _Picked:
    """Ask which of the candidates a feed carries."""
    item = tables.items.c
    found: list[StoryId] = []
    for look in looks:
        query = _FIRST if look.first else _CANDIDATES
        found += connection.execute(query, {**look.asked, "limit": LOOK_BACK}).scalars()
    picked = _Picked([], [])
    for start in range(0, len(found), AT_ONCE):
        shown = (
            select(tables.items)
            .join(tables.stories, and_(_story.shown_source == item.source_id, _story.shown_key == item.key))
            .where(_story.id.in_(found[start : start + AT_ONCE]))
        )
        for row in connection.execute(shown).mappings():
            judged = picked.accepted if carries(item_of(row)) else picked.refused
            judged.append(row["story_id"])
    return picked


def _strike(
    connection: Connection, feed: FeedName, refused: Collection[StoryId], *, only: list[StoryId] | None
) -> bool:
    """Take the ``refused`` from the roll, or all but ``only`` these; return whether any were in it."""
    if only is not None:
        standing = connection.execute(select(_place.story_id).where(_place.feed == feed)).scalars()
        refused = set(standing).difference(only)
    struck = 0
    for some in chunks(refused):
        statement = delete(tables.places).where(_place.feed == feed, _place.story_id.in_(some))
        struck += wrote(connection, statement, {})
    return struck > 0


def _place_all(connection: Connection, looks: Sequence[_Look], picked: _Picked | None) -> bool:
    """Give the candidates (of a feed that picks, the accepted ones) places; tell whether there were any."""
    if picked is None:
        came = [wrote(connection, _APPEND_FIRST if look.first else _APPEND, look.asked) for look in looks]
    else:
        came = [
            wrote(connection, _APPEND_AMONG, {**looks[0].asked, "among": some})
            for some in chunks(picked.accepted)
        ]
    return any(came)
