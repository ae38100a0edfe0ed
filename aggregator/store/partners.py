"""Partners' keys, what they have taken, and what they may still take (decision 24).

What is counted here is written by the service every few seconds for all partners at once; a bucket is
written each time something is taken out of it, so that a restart or a second process does not forget it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Text, and_, bindparam, case, delete, func, insert, literal, or_, select

from aggregator.model.partner import Lag, Owed, PartnerState, Use
from aggregator.ports.partners import ALL
from aggregator.rules.bucket import Bucket, take
from aggregator.store import tables
from aggregator.store.deliveries import hook_of
from aggregator.store.engine import Room
from aggregator.store.tables import Instant

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from aggregator.model.partner import Cursor, PartnerId, Rate

_key, _partner, _cursor = tables.partner_keys.c, tables.partners.c, tables.partner_cursors.c
_delivery, _change, _roll = tables.deliveries.c, tables.changes.c, tables.rolls.c
COUNTERS = ("fetches", "unmodified", "refused", "bytes", "items")


class PartnerBook(Room):
    """Keeps what is known of partners besides their contracts."""

    def put_key(self, partner: PartnerId, digest: str, *, at: datetime) -> bool:
        """Let a new key be valid, and of the partner's others only the newest; tell whether one ended so."""
        others = select(_key.hash).where(_key.partner == partner).order_by(_key.made_at.desc(), _key.hash)
        with self.database.writing() as connection:
            ended = connection.execute(others).scalars().all()[1:]
            connection.execute(delete(tables.partner_keys).where(_key.hash.in_(ended)))
            connection.execute(insert(tables.partner_keys).values(hash=digest, partner=partner, made_at=at))
        return bool(ended)

    def keys(self) -> dict[str, tuple[PartnerId, datetime]]:
        """Return whose each valid key is, and when it was made, by what it is known by."""
        query = select(_key.hash, _key.partner, _key.made_at)
        with self.database.reading() as connection:
            return {row.hash: (row.partner, row.made_at) for row in connection.execute(query)}

    def use(self, uses: Mapping[PartnerId, Use]) -> None:
        """Add what partners have taken since it was last said."""
        if not uses:
            return
        table = tables.partners
        statement = self.database.dialect.insert(table)
        grown = {name: table.c[name] + statement.excluded[name] for name in COUNTERS}
        newer = or_(_partner.fetched_at.is_(None), _partner.fetched_at < statement.excluded.fetched_at)
        grown["fetched_at"] = case((newer, statement.excluded.fetched_at), else_=_partner.fetched_at)
        statement = statement.on_conflict_do_update(index_elements=["partner"], set_=grown)
        rows = [
            {"partner": partner, "fetched_at": use.fetched_at}
            | {name: getattr(use, name) for name in COUNTERS}
            for partner, use in sorted(uses.items())
        ]
        with self.database.writing() as connection:
            connection.execute(statement, rows)

    def lease(self, partner: PartnerId, rate: Rate, wanted: int, *, now: datetime) -> tuple[int, datetime]:
        """Take up to ``wanted`` requests out of a partner's bucket (``rules.bucket``).

        Returns:
            How many it may make, and from when on there is one more.
        """
        query = select(_partner.tokens, _partner.tokens_at).where(_partner.partner == partner)
        with self.database.writing() as connection:
            row = connection.execute(query).one_or_none()
            before = Bucket(row.tokens, row.tokens_at) if row and row.tokens_at is not None else None
            left, granted, next_at = take(before, rate, wanted, now)
            statement = self.database.dialect.insert(tables.partners).values(
                partner=partner, tokens=left.tokens, tokens_at=left.at
            )
            new = {"tokens": statement.excluded.tokens, "tokens_at": statement.excluded.tokens_at}
            connection.execute(statement.on_conflict_do_update(index_elements=["partner"], set_=new))
        return granted, next_at

    def put_cursors(self, cursors: Iterable[Cursor]) -> None:
        """Remember how far partners have read; of feeds that have no roll any more, nothing."""
        rows = [
            {"of": each.feed, "whose": each.partner, "last": each.serial, "instant": each.at}
            for each in cursors
        ]
        if not rows:
            return
        known = select(
            bindparam("whose", type_=Text),
            _roll.feed,
            bindparam("last", type_=BigInteger),
            bindparam("instant", type_=Instant),
        ).where(_roll.feed == bindparam("of", type_=Text))
        statement = self.database.dialect.insert(tables.partner_cursors).from_select(
            ["partner", "feed", "serial", "at"], known
        )
        new = {"serial": statement.excluded.serial, "at": statement.excluded.at}
        statement = statement.on_conflict_do_update(index_elements=["partner", "feed"], set_=new)
        with self.database.writing() as connection:
            connection.execute(statement, rows)

    def partner_states(self, known: Mapping[PartnerId, datetime] = ALL) -> dict[PartnerId, PartnerState]:
        """Return what is known of each partner that anything is known of, configured or not.

        ``known``: of those who are told everything later than others, until when they have been.
        """
        states: defaultdict[PartnerId, PartnerState] = defaultdict(PartnerState)
        with self.database.reading() as connection:
            for row in connection.execute(select(tables.partners)):
                use = Use(fetched_at=row.fetched_at, **{name: getattr(row, name) for name in COUNTERS})
                states[row.partner] = PartnerState(use=use, hook=hook_of(row))
            for partner, made_at in connection.execute(_MADE):
                keys = (*states[partner].keys_made_at, made_at)
                states[partner] = replace(states[partner], keys_made_at=keys)
            for row in connection.execute(_LAGS):
                lag = Lag(feed=row.feed, behind=max(row.behind, 0), since=row.since, read_at=row.at)
                if row.since and (until := known.get(row.partner)):
                    lag = _lag_until(connection, lag, row.serial, until)
                states[row.partner] = replace(states[row.partner], lags=(*states[row.partner].lags, lag))
            for partner, owed in _owed(connection):
                states[partner] = replace(states[partner], owed=owed)
        return dict(states)

    def outstanding(self) -> dict[PartnerId, Owed]:
        """Return what waits to be delivered to each partner, and what was given up; nothing else."""
        with self.database.reading() as connection:
            waiting = {row.partner: row[1] for row in connection.execute(_WAITING)}
            failed = {row.partner: row[1] for row in connection.execute(_FAILED)}
        return {
            partner: Owed(waiting=waiting.get(partner, 0), failed=failed.get(partner, 0))
            for partner in waiting.keys() | failed.keys()
        }

    def drop_partners(self, *, keep: Collection[PartnerId]) -> None:
        """Forget the keys, cursors and deliveries of all other partners. What they have taken stays known."""
        with self.database.writing() as connection:
            for table in (tables.partner_keys, tables.partner_cursors, tables.deliveries):
                connection.execute(delete(table).where(table.c.partner.not_in(list(keep))))


_MADE = select(_key.partner, _key.made_at).order_by(_key.partner, _key.made_at, _key.hash)
_SINCE = (
    select(_change.at)
    .where(_change.feed == _cursor.feed, _change.serial > _cursor.serial)
    .order_by(_change.serial)
    .limit(1)
    .scalar_subquery()
)
_LAGS = (
    select(
        _cursor.partner,
        _cursor.feed,
        _cursor.at,
        _cursor.serial,
        (_roll.told - _cursor.serial).label("behind"),
        _SINCE.label("since"),
    )
    .join(tables.rolls, _roll.feed == _cursor.feed)
    .order_by(_cursor.partner, _cursor.feed)
)
_LAST_KNOWN = (
    select(_change.serial)
    .where(_change.feed == bindparam("of", type_=Text), _change.at <= bindparam("until", type_=Instant))
    .order_by(_change.serial.desc())
    .limit(1)
)


def _lag_until(connection: Connection, lag: Lag, serial: int, until: datetime) -> Lag:
    """Return how far somebody is behind who has read up to a serial, and may read what was told by then."""
    last = connection.execute(_LAST_KNOWN, {"of": lag.feed, "until": until}).scalar() or 0
    behind = max(last - serial, 0)
    return replace(lag, behind=behind, since=lag.since if behind else None)


_WAITS = _delivery.due_at.is_not(None)


def _sum(condition: Any) -> Any:
    return func.sum(case((condition, literal(1)), else_=literal(0)))


_OWED = select(
    _delivery.partner,
    _sum(_WAITS).label("waiting"),
    _sum(and_(~_WAITS, _delivery.error == "")).label("delivered"),
    _sum(and_(~_WAITS, _delivery.error != "")).label("failed"),
    func.min(case((_WAITS, _delivery.at))).label("oldest_at"),
).group_by(_delivery.partner)


_COUNT = select(_delivery.partner, func.count()).group_by(_delivery.partner)
_WAITING, _FAILED = _COUNT.where(_WAITS), _COUNT.where(tables.failed)


def _owed(connection: Connection) -> Iterable[tuple[PartnerId, Owed]]:
    for row in connection.execute(_OWED):
        yield (
            row.partner,
            Owed(waiting=row.waiting, delivered=row.delivered, failed=row.failed, oldest_at=row.oldest_at),
        )
