"""What is owed to partners' webhooks, and what became of it (decision 24).

A delivery is written down in the transaction that tells of the change. Of each partner and story only the
oldest one is tried: the order is that of their ids.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import (
    Integer,
    Text,
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

from aggregator.model.partner import ChangeKind, Delivery, Hook
from aggregator.store import tables
from aggregator.store.engine import Room
from aggregator.store.items import chunks
from aggregator.store.tables import Instant

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime, timedelta

    from sqlalchemy import Connection, Row

    from aggregator.model.feed import FeedName
    from aggregator.model.partner import Attempt, PartnerId, Subscription
    from aggregator.model.story import StoryId

_change, _delivery, _hook = tables.changes.c, tables.deliveries.c, tables.partners.c
_other = tables.changes.alias("other")  # the last change of the same story in another feed
_older, _newer = tables.deliveries.alias("older"), tables.deliveries.alias("newer")
_PENDING = _delivery.due_at.is_not(None)
_COLUMNS = ("partner", "story_id", "mark", "kind", "at", "due_at")


def owe(
    connection: Connection,
    subscription: Subscription,
    *,
    since: tuple[FeedName, int],
    at: datetime,
    now: datetime,
) -> None:
    """Let the changes of a feed after a serial, all of ``at``, be delivered to a partner: each story's once.

    A story that is in several of its feeds is told of by the first that changed, and is removed when the
    last of them has let go of it. What it said before is told no more then; where that is all that the
    partner was to be told of it, nothing is.
    """
    feed, told = since
    elsewhere = and_(
        _other.c.story_id == _change.story_id,
        _other.c.feed.concat("").in_([name for name in subscription.feeds if name != feed]),
        _other.c.superseded_at.is_(None),
        ~_other.c.gone,
    )
    news = and_(_change.feed == feed, _change.serial > told)
    left = and_(_change.gone, ~exists().where(elsewhere))
    untried = and_(
        _delivery.partner == subscription.partner,
        _PENDING,
        _delivery.attempts == 0,
        _delivery.kind != ChangeKind.REMOVED,
    )
    unheard = exists().where(
        untried,
        _delivery.story_id == _change.story_id,
        _delivery.kind == ChangeKind.NEW,
        _delivery.tried_at.is_(None),
    )
    kind = case(
        (_change.gone, ChangeKind.REMOVED),
        (and_(_change.came == _change.serial, ~exists().where(elsewhere)), ChangeKind.NEW),
        else_=ChangeKind.UPDATED,
    )
    owed = select(
        bindparam("partner", subscription.partner, type_=Text),
        _change.story_id,
        _change.mark,
        kind,
        bindparam("since", at, type_=Instant),
        bindparam("due", now + subscription.delay, type_=Instant),
    ).where(
        news,
        or_(
            and_(left, ~unheard),
            and_(~_change.gone, ~exists().where(elsewhere, _other.c.mark == _change.mark)),
        ),
    )
    connection.execute(insert(tables.deliveries).from_select(_COLUMNS, owed))
    # What is under way is left to whoever sends it: what follows waits for that.
    withdrawn = connection.execute(select(_change.story_id).where(news, left)).scalars().all()
    for some in chunks(withdrawn):
        connection.execute(delete(tables.deliveries).where(untried, _delivery.story_id.in_(some)))


_OVERTAKEN = exists().where(
    _newer.c.story_id == _delivery.story_id,
    _newer.c.partner == _delivery.partner,
    _newer.c.id > _delivery.id,
    _newer.c.due_at.is_not(None),
)
_FIRST = (
    select(tables.deliveries, _OVERTAKEN.label("overtaken"))
    .where(
        _delivery.partner == bindparam("whose", type_=Text),
        _PENDING,
        ~exists().where(
            _older.c.story_id == _delivery.story_id,
            _older.c.partner == _delivery.partner,
            _older.c.id < _delivery.id,
            _older.c.due_at.is_not(None),
        ),
    )
    .order_by(_delivery.due_at, _delivery.id)
    .limit(bindparam("most", type_=Integer))
)


class _Look(NamedTuple):
    """What is there for some partners."""

    due: dict[int, Delivery]
    next_at: dict[PartnerId, datetime]  #: when the next one is due, besides these


#: Many at once, and so built once.
_TRIED = (
    update(tables.deliveries)
    .where(_delivery.id == bindparam("delivery"))
    .values(
        due_at=bindparam("again_at"),
        ended_at=bindparam("over_at"),
        error=bindparam("why"),
        tried_at=bindparam("first_at"),
    )
)
_UNTRIED = (
    update(tables.deliveries)
    .where(_delivery.id == bindparam("delivery"))
    .values(due_at=bindparam("again_at"), attempts=_delivery.attempts - 1)
)
_NOTED = select(_hook.partner).where(or_(_hook.failing_at.is_not(None), _hook.asked_until.is_not(None)))


def _conclusion(attempt: Attempt) -> dict[str, Any]:
    return {
        "delivery": attempt.delivery.id,
        "again_at": attempt.again_at,
        "over_at": None if attempt.again_at else attempt.at,
        "why": attempt.error,
        "first_at": attempt.delivery.tried_at,
    }


class Deliveries(Room):
    """Keeps what is owed to partners' webhooks."""

    def owed(
        self, most: Mapping[PartnerId, int], *, now: datetime, lease: timedelta
    ) -> tuple[list[Delivery], dict[PartnerId, datetime]]:
        """Return what is to be delivered now, and of each partner when the next one is due besides that.

        Of each partner as many as ``most`` says, the longest due first. Nobody else gets the same ones before
        ``lease`` is over: until then they have to be concluded.
        """
        with self.database.reading() as connection:
            look = _look(connection, most, now)
        if look.due:
            with self.database.writing() as connection:
                look = _look(connection, most, now)  # somebody may have been faster
                for some in chunks(look.due):
                    claimed = update(tables.deliveries).where(_delivery.id.in_(some))
                    connection.execute(claimed.values(due_at=now + lease, attempts=_delivery.attempts + 1))
                carried = _carried(connection, {each.story for each in look.due.values()})
        deliveries = [replace(each, feeds=carried[each.story]) for each in look.due.values()]
        return deliveries, look.next_at

    def conclude(self, attempts: Collection[Attempt], *, give_up: timedelta) -> dict[PartnerId, int]:
        """Note how attempts to deliver ended; return how many others have failed by that, where any have.

        Where nothing was sent, it counts as none. While every attempt of a partner's fails for as long as
        ``give_up``, all that should have been delivered for so long has failed.
        """
        ended: defaultdict[PartnerId, list[Attempt]] = defaultdict(list)
        for each in attempts:
            if each.tried:
                ended[each.delivery.partner].append(each)
        with self.database.writing() as connection:
            for statement, tried in ((_TRIED, True), (_UNTRIED, False)):
                if rows := [_conclusion(each) for each in attempts if each.tried == tried]:
                    connection.execute(statement, rows)
            noted = set(connection.execute(_NOTED).scalars())
            lost = {
                partner: self._judge(connection, partner, theirs, give_up=give_up)
                for partner, theirs in ended.items()
                if partner in noted or any(each.error for each in theirs)
            }
        return {partner: count for partner, count in lost.items() if count}

    def _judge(
        self, connection: Connection, partner: PartnerId, ended: Sequence[Attempt], *, give_up: timedelta
    ) -> int:
        """Note since when all attempts fail; return how many deliveries have failed by that."""
        last = ended[-1]
        asked = max((each.asked_until for each in ended if each.asked_until), default=None)
        if asked:
            self._put_hook(connection, partner, asked_until=asked)
        if not last.error:
            theirs = update(tables.partners).where(_hook.partner == partner)
            connection.execute(theirs.where(_hook.failing_at.is_not(None)).values(failing_at=None))
            connection.execute(theirs.where(_hook.asked_until <= last.at).values(asked_until=None))
            return 0
        since = next(each.at for each in ended if each.error)
        statement = self.database.dialect.insert(tables.partners).values(partner=partner, failing_at=since)
        anew = any(not each.error for each in ended)
        new = statement.excluded.failing_at
        first = new if anew else func.coalesce(_hook.failing_at, new)
        connection.execute(
            statement.on_conflict_do_update(index_elements=["partner"], set_={"failing_at": first})
        )
        long_ago = last.at - give_up
        failing = exists().where(_hook.partner == partner, _hook.failing_at <= long_ago)
        over = func.coalesce(_delivery.tried_at, _delivery.due_at) <= long_ago
        failed = update(tables.deliveries).where(_delivery.partner == partner, _PENDING, over, failing)
        return connection.execute(failed.values(due_at=None, ended_at=last.at, error=last.error)).rowcount

    def drop_deliveries(self, deliveries: Collection[Delivery]) -> None:
        """Forget deliveries that there is nothing to tell by any more.

        What was to tell of a new story is told by the next one of it.
        """
        with self.database.writing() as connection:
            for each in deliveries:
                connection.execute(delete(tables.deliveries).where(_delivery.id == each.id))
                if each.kind is ChangeKind.NEW:
                    theirs = (_newer.c.story_id == each.story, _newer.c.partner == each.partner)
                    following = select(func.min(_newer.c.id)).where(*theirs, _newer.c.due_at.is_not(None))
                    meant = update(tables.deliveries).where(_delivery.id == following.scalar_subquery())
                    changed = meant.where(_delivery.kind == ChangeKind.UPDATED)
                    connection.execute(changed.values(kind=ChangeKind.NEW))

    def hooks(self) -> dict[PartnerId, Hook]:
        """Return how webhooks have behaved; one that is not named never did anything of note."""
        query = select(tables.partners)
        noted = or_(*(each.is_not(None) for each in (_hook.failing_at, _hook.asked_until, _hook.stopped_at)))
        with self.database.reading() as connection:
            return {row.partner: hook_of(row) for row in connection.execute(query.where(noted))}

    def stop(self, partner: PartnerId, url: str, *, at: datetime) -> None:
        """Note that the webhook of ``partner`` at ``url`` wants no more."""
        with self.database.writing() as connection:
            self._put_hook(connection, partner, stopped_at=at, stopped_url=url)

    def resume(self, partner: PartnerId, *, now: datetime) -> None:
        """Deliver to ``partner`` again, from now on, and at once what was put off."""
        with self.database.writing() as connection:
            fresh = {"failing_at": None, "asked_until": None, "stopped_at": None, "stopped_url": ""}
            self._put_hook(connection, partner, **fresh)
            # It has another day: nobody knows why it failed before, and that is over.
            put_off = (_delivery.partner == partner, _delivery.error != "", _delivery.due_at > now)
            meant = update(tables.deliveries).where(*put_off)
            connection.execute(meant.values(due_at=now, tried_at=now))

    def _put_hook(self, connection: Connection, partner: PartnerId, **values: datetime | str | None) -> None:
        statement = self.database.dialect.insert(tables.partners).values(partner=partner, **values)
        connection.execute(statement.on_conflict_do_update(index_elements=["partner"], set_=values))

    def replay(self, subscription: Subscription, *, since: datetime, now: datetime) -> int:
        """Let what changed since then be delivered again; return how many stories that are.

        Each story by the last of its changes that the partner may know. A story of which something still
        waits to be delivered is left to that.
        """
        with self.database.writing() as connection:
            waiting = and_(_delivery.partner == subscription.partner, _PENDING)
            busy = set(connection.execute(select(_delivery.story_id).where(waiting)).scalars())
            rows = [
                {
                    "partner": subscription.partner,
                    "story_id": row.story_id,
                    "mark": row.mark,
                    "kind": kind,
                    "at": row.at,
                    "due_at": now,
                    "tried_at": now,
                }
                for row, kind in _told(connection, subscription, since, now - subscription.delay)
                if row.story_id not in busy
            ]
            if rows:
                connection.execute(insert(tables.deliveries), rows)
        return len(rows)

    def shed_deliveries(
        self,
        *,
        keep: Collection[PartnerId],
        delivered_before: datetime,
        failed_before: datetime,
        stopped_before: datetime,
    ) -> None:
        """Forget what was delivered, or failed, by then, and all of other partners than those to ``keep``.

        What should have been delivered by ``stopped_before``, to a webhook that wants no more, has failed.
        """
        stopped = select(_hook.partner).where(_hook.stopped_at.is_not(None))
        never_will = and_(_PENDING, _delivery.due_at <= stopped_before, _delivery.partner.in_(stopped))
        error = case((_delivery.error == "", "its webhook wants no more"), else_=_delivery.error)
        failed = update(tables.deliveries).where(never_will)
        over = or_(
            and_(_delivery.error == "", _delivery.ended_at <= delivered_before),
            _delivery.ended_at <= failed_before,
            _delivery.partner.not_in(keep),
        )
        with self.database.writing() as connection:
            connection.execute(failed.values(due_at=None, ended_at=_delivery.due_at, error=error))
            connection.execute(delete(tables.deliveries).where(over))


def hook_of(row: Row[Any]) -> Hook:
    """Return how a partner's webhook has behaved, of its row of ``partners``."""
    return Hook(
        failing_at=row.failing_at,
        asked_until=row.asked_until,
        stopped_at=row.stopped_at,
        stopped_url=row.stopped_url,
    )


def _look(connection: Connection, most: Mapping[PartnerId, int], now: datetime) -> _Look:
    """Find what is due, as it will be once it is claimed."""
    look = _Look({}, {})
    for partner, count in most.items():
        rows = connection.execute(_FIRST, {"whose": partner, "most": count + 1}).all()
        for place, row in enumerate(rows):
            if row.due_at > now or place == count:
                look.next_at[partner] = row.due_at
                break
            look.due[row.id] = Delivery(
                id=row.id,
                partner=partner,
                story=row.story_id,
                mark=row.mark,
                kind=ChangeKind(row.kind),
                at=row.at,
                tried_at=row.tried_at or now,
                attempts=row.attempts + 1,
                overtaken=row.overtaken,
            )
    return look


def _carried(connection: Connection, stories: Collection[StoryId]) -> dict[StoryId, frozenset[FeedName]]:
    """Return which feeds carry each of ``stories`` now."""
    found: dict[StoryId, set[FeedName]] = {story: set() for story in stories}
    for some in chunks(stories):
        last = and_(_change.story_id.in_(some), _change.superseded_at.is_(None), ~_change.gone)
        for story, feed in connection.execute(select(_change.story_id, _change.feed).where(last)):
            found[story].add(feed)
    return {story: frozenset(feeds) for story, feeds in found.items()}


def _told(
    connection: Connection, subscription: Subscription, since: datetime, until: datetime
) -> Iterator[tuple[Row[Any], ChangeKind]]:
    """Yield what is to be told of each story by its last change of ``since`` to ``until``, oldest first."""
    # What was the last change then: none that was known by then took its place.
    last = and_(
        _change.feed.in_(subscription.feeds),
        _change.at <= until,
        or_(_change.superseded_at.is_(None), _change.superseded_at > until),
    )
    news = select(_change.story_id).where(last, _change.at >= since)
    query = select(tables.changes).where(last, _change.story_id.in_(news))
    stories: defaultdict[StoryId, list[Row[Any]]] = defaultdict(list)
    for row in connection.execute(query.order_by(_change.at, _change.mark, _change.serial)):
        stories[row.story_id].append(row)
    for rows in stories.values():
        standing = [row for row in rows if not row.gone]
        # Of several feeds the first that had what all of them have now.
        row = next((row for row in standing if row.mark == standing[-1].mark), rows[-1])
        if row.at >= since:
            yield row, _kind(gone=row.gone, came=row.came == row.serial and row is rows[0])


def _kind(*, gone: bool, came: bool) -> ChangeKind:
    if gone:
        return ChangeKind.REMOVED
    return ChangeKind.NEW if came else ChangeKind.UPDATED
