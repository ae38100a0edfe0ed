"""The changes of every feed's roll, in the order in which they were committed (decision 24).

They are told when a feed takes stories up, in the same transaction, and numbered there. There is one
writing transaction at a time, of all processes, and it holds its lock until it is committed: so no change
ever becomes visible behind one with a higher number.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    and_,
    bindparam,
    case,
    delete,
    exists,
    false,
    func,
    insert,
    literal_column,
    null,
    or_,
    select,
    true,
    update,
)

from aggregator.model.partner import Change, ChangeKind, Journal
from aggregator.ports.partners import Page, Told
from aggregator.store import tables
from aggregator.store.archives import OF
from aggregator.store.deliveries import owe
from aggregator.store.engine import Room, wrote
from aggregator.store.items import chunks
from aggregator.store.tables import Instant

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection, Insert, Row, Select

    from aggregator.model.feed import FeedName
    from aggregator.model.partner import Subscription
    from aggregator.model.story import StoryId
    from aggregator.rules.cursor import Place

_story, _place, _roll = tables.stories.c, tables.places.c, tables.rolls.c
_change, _delivery = tables.changes.c, tables.deliveries.c
_version = tables.versions.c
_last = tables.changes.alias("last")  # the last change of a story
_other = tables.changes.alias("other")  # another change of the same story
_said = tables.versions.alias("said")  # what it said then
TOLD = bindparam("told", type_=BigInteger)
AT = bindparam("instant", type_=Instant)
SEEN = bindparam("seen", type_=BigInteger)


def _in(feed: ColumnElement[str]) -> ColumnElement[bool]:
    """Return the condition that a row, which is found by its story, is of the feed.

    A story is in few feeds, and a feed has many stories: an index by feed is not to be used.
    """
    return feed.concat("") == OF


_number = func.row_number().over(order_by=(_story.mark, _story.out_at, _story.published_at, _story.id)) + TOLD


def _stands(carried: ColumnElement[bool], *changed: ColumnElement[bool]) -> Insert:
    """Return the statement that tells of stories that came, or changed, of those that are ``carried``."""
    of_feed = _in(_place.feed) if changed else _place.feed == OF
    known = and_(_in(_last.c.feed), _last.c.story_id == _story.id, _last.c.superseded_at.is_(None))
    came = case((or_(_last.c.serial.is_(None), _last.c.gone), _number), else_=_last.c.came)
    query = (
        select(
            OF.label("feed"), _number, _story.id, _story.mark, came, AT.label("at"), literal_column("false")
        )
        .select_from(tables.places)
        .join(tables.stories, _story.id == _place.story_id)
        .outerjoin(_last, known)
        .where(of_feed, carried, *changed)
        .where(or_(_last.c.serial.is_(None), _last.c.gone, _last.c.mark != _story.mark))
    )
    return insert(tables.changes).from_select(
        ["feed", "serial", "story_id", "mark", "came", "at", "gone"], query
    )


def _left(carried: ColumnElement[bool], *among: ColumnElement[bool]) -> Insert:
    """Return the statement that tells of stories that left: told of before, and no longer ``carried``."""
    of_feed = _in(_last.c.feed) if among else _last.c.feed == OF
    held = exists().where(
        _place.feed == OF, _place.story_id == _last.c.story_id, _story.id == _place.story_id, carried
    )
    number = func.row_number().over(order_by=_last.c.serial) + TOLD
    # What it was is known by its present mark; of a story that is no more, by its last one.
    mark = select(_story.mark).where(_story.id == _last.c.story_id).scalar_subquery()
    query = select(
        OF.label("feed"),
        number,
        _last.c.story_id,
        func.coalesce(mark, _last.c.mark),
        _last.c.came,
        AT.label("at"),
        literal_column("true"),
    ).where(of_feed, _last.c.superseded_at.is_(None), ~_last.c.gone, ~held, *among)
    return insert(tables.changes).from_select(
        ["feed", "serial", "story_id", "mark", "came", "at", "gone"], query
    )


class Telling:
    """Tells what changed in rolls; ``carried`` is the condition that readers may see a story of a roll."""

    def __init__(self, carried: ColumnElement[bool]) -> None:
        changed = _story.mark > SEEN
        touched = _last.c.story_id.in_(select(tables.stories.c.id).where(tables.stories.c.mark > SEEN))
        # Built once: they are asked for every feed that is published.
        self._some = (_left(carried, touched), _stands(carried, changed))
        self._all = (_left(carried), _stands(carried))

    def tell(
        self,
        connection: Connection,
        asked: dict[str, Any],
        *,
        whole: bool,
        at: datetime,
        subscriptions: Collection[Subscription],
    ) -> int:
        """Write down what changed in a roll since its stories had the mark ``asked["seen"]``.

        ``whole``: look at all of its stories. ``asked`` are the parameters of ``carried``, and ``of``, the
        feed. Who has a subscription is to be told of it. Return the number of the last change: with that
        the roll is to be left.
        """
        feed: FeedName = asked["of"]
        before: int
        before, last = connection.execute(_BEFORE, asked).one()
        now, at = at, max(at, last) if last else at  # a clock may go back
        leaving, standing = self._all if whole else self._some
        left = before + wrote(connection, leaving, {**asked, "told": before, "instant": at})
        told = left + wrote(connection, standing, {**asked, "told": left, "instant": at})
        if told == before:
            return told
        if left > before:
            connection.execute(_FORGET, {"of": feed, "told": before})
        if before:
            connection.execute(_SUPERSEDE, {"of": feed, "told": before, "instant": at})
        for subscription in subscriptions:
            if feed in subscription.feeds:
                owe(connection, subscription, since=(feed, before), at=at, now=now)
        return told


_LAST_AT = select(_change.at).where(_change.feed == OF).order_by(_change.serial.desc()).limit(1)
_BEFORE = select(_roll.told, _LAST_AT.scalar_subquery()).where(_roll.feed == OF)
_fresh = tables.changes.alias("fresh")
_NEWS = select(_fresh.c.story_id).where(_fresh.c.feed == OF, _fresh.c.serial > TOLD)
#: What a story said that has left is told to nobody any more; that it had left before, is.
_FORGET = delete(tables.changes).where(
    _change.story_id.in_(_NEWS.where(_fresh.c.gone)),
    _in(_change.feed),
    _change.serial + 0 <= TOLD,
    ~_change.gone,
)
_SUPERSEDE = (
    update(tables.changes)
    .where(
        _change.story_id.in_(_NEWS),
        _in(_change.feed),
        _change.serial + 0 <= TOLD,
        _change.superseded_at.is_(None),
    )
    .values(superseded_at=AT)
)


def forget(connection: Connection, stories: Collection[StoryId]) -> None:
    """Let changes of ``stories``, which go by age, be told no more: that is no news about them."""
    for some in chunks(stories):
        connection.execute(delete(tables.changes).where(_change.story_id.in_(some)))


def _page() -> Select[Any]:
    """Return the query for a page: one statement, so that all of it is of one state of the database."""
    some = select(tables.changes).where(_change.feed == OF, _change.serial > bindparam("after"))
    listed = some.order_by(_change.serial).limit(bindparam("limit")).subquery("listed")
    known = and_(_other.c.story_id == listed.c.story_id, _in(_other.c.feed))
    before = and_(known, _other.c.serial >= listed.c.came, _other.c.serial < listed.c.serial)
    said = and_(_said.c.story_id == _other.c.story_id, _said.c.mark == _other.c.mark)
    after, since, began = (bindparam(name, type_=BigInteger) for name in ("after", "since", "began"))
    # Behind the reader, and not overtaken already when it came by.
    read = and_(_other.c.serial <= after, or_(_other.c.serial <= since, listed.c.serial > began))
    read_at = select(func.min(_other.c.at)).where(before, read).scalar_subquery()
    first = listed.c.serial == listed.c.came
    stands = and_(_story.out_at.is_not(None), _story.deleted_at.is_(None))
    version = and_(_version.story_id == listed.c.story_id, _version.mark == listed.c.mark)
    return (
        select(
            *(_roll.epoch, _roll.told, _roll.horizon),
            *(listed.c[name] for name in ("serial", "story_id", "mark", "came", "at", "gone")),
            listed.c.superseded_at.is_not(None).label("superseded"),
            case((first, false()), else_=exists().where(before)).label("earlier"),
            case((first, false()), else_=exists().where(before, said)).label("earlier_said"),
            case((first, null()), else_=read_at).label("read_at"),
            func.coalesce(_story.mark == listed.c.mark, false()).label("same"),
            func.coalesce(stands, false()).label("stands"),
            _version.item,
        )
        .select_from(tables.rolls)
        .outerjoin(listed, true())
        .outerjoin(tables.stories, _story.id == listed.c.story_id)
        .outerjoin(tables.versions, version)
        .where(_roll.feed == OF)
        .order_by(listed.c.serial)
    )


_PAGE = _page()
_STAMP = select(func.sum(tables.sources.c.revision)).scalar_subquery().label("stamp")
_STANDING = select(_roll.epoch, _roll.told, _roll.horizon, _STAMP).where(_roll.feed == OF)


class Changes(Room):
    """Reads the changes of feeds."""

    def standing(self, feed: FeedName) -> tuple[Journal, int] | None:
        """Return how far the changes of ``feed`` go, and the ``stamp``; None: it never took up anything."""
        with self.database.reading() as connection:
            row = connection.execute(_STANDING, {"of": feed}).one_or_none()
        if row is None:
            return None
        return Journal(epoch=row.epoch, told=row.told, horizon=row.horizon), int(row.stamp or 0)

    def page(
        self,
        feed: FeedName,
        place: Place,
        *,
        limit: int,
        until: datetime | None = None,
        delay: timedelta = timedelta(),
    ) -> Page | None:
        """Return the next ``limit`` changes of ``feed`` behind a place; None: it never took up anything.

        That a story left is not told to who cannot have known it. With ``until`` only what was committed by
        then, for who reads everything so much later. A page ends before a story that was taken back, until
        the feed has noticed that.
        """
        asked = {"of": feed, "after": place.serial, "since": place.since, "began": place.began}
        with self.database.reading() as connection:
            rows = connection.execute(_PAGE, {**asked, "limit": limit + 1}).all()
        if not rows:
            return None
        told: list[Told] = []
        upto, more = max(rows[0].told, place.serial), False
        for count, row in enumerate(rows):
            if row.serial is None:
                break
            if (until is not None and row.at > until) or not (row.gone or row.stands):
                upto = row.serial - 1
                break
            if count == limit:
                upto, more = rows[count - 1].serial, True
                break
            if not (row.gone and _is_unknown(row, place)):
                change = _change_of(row, place, delay)
                told.append(Told(change, item=row.item, superseded=row.superseded, stands=row.same))
        journal = Journal(epoch=rows[0].epoch, told=rows[0].told, horizon=rows[0].horizon)
        return Page(journal, told, upto, more)

    def told_of(self, story: StoryId, feeds: Collection[FeedName], *, until: datetime) -> dict[FeedName, int]:
        """Return which of ``feeds`` carried ``story`` then, by what they told, each with its mark there."""
        query = select(_change.feed, _change.mark, _change.gone).where(
            _change.story_id == story, _change.feed.concat("").in_(feeds), _change.at <= until
        )
        with self.database.reading() as connection:
            rows = connection.execute(query.order_by(_change.serial)).all()
        last = {row.feed: row for row in rows}
        return {row.feed: row.mark for row in last.values() if not row.gone}

    def shed_changes(self, *, superseded_before: datetime, gone_before: datetime) -> None:
        """Forget changes that a later one took the place of by then, and stories that had left by then.

        Who read last before what is forgotten of stories that left is behind the journal's ``horizon``.
        """
        over = and_(_change.superseded_at <= superseded_before, ~_change.gone)
        lost = and_(_change.gone, _change.at <= gone_before)
        with self.database.writing() as connection:
            horizon = select(_change.feed, func.max(_change.serial)).where(lost).group_by(_change.feed)
            for feed, serial in connection.execute(horizon).all():
                meant = update(tables.rolls).where(_roll.feed == feed, _roll.horizon < serial)
                connection.execute(meant.values(horizon=serial))
            connection.execute(delete(tables.changes).where(or_(over, lost)))
            unread = ~exists().where(_change.story_id == _version.story_id, _change.mark == _version.mark)
            owed = exists().where(
                _delivery.story_id == _version.story_id,
                _delivery.mark == _version.mark,
                _delivery.due_at.is_not(None),
            )
            connection.execute(delete(tables.versions).where(unread, ~owed))


def _is_unknown(row: Row[Any], place: Place) -> bool:
    """Tell whether a reader cannot have known a story that left: it came later, or was gone when it began."""
    passed: bool = row.came <= place.serial
    return not passed or place.since < row.came < row.serial <= place.began


def _is_first(row: Row[Any], place: Place, delay: timedelta) -> bool:
    """Tell whether a reader was told of no earlier change of a story, all of them being forgotten or unsaid.

    What was not written down is not told to who reads with a delay once another change has followed: it came
    by too late.
    """
    if not delay:
        first: bool = row.came > place.since and not row.earlier
        return first
    if row.earlier_said:
        return False
    if row.read_at is None:
        known: bool = row.came > place.since
        return known
    late: bool = row.read_at + delay > row.at
    return late


def _change_of(row: Row[Any], place: Place, delay: timedelta) -> Change:
    kind = ChangeKind.UPDATED
    if row.gone:
        kind = ChangeKind.REMOVED
    elif row.serial == row.came or _is_first(row, place, delay):
        kind = ChangeKind.NEW
    return Change(serial=row.serial, story=row.story_id, mark=row.mark, kind=kind, at=row.at)
