"""What is remembered of sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, or_, select, update

from aggregator.model.source import Front, SourceState
from aggregator.store import tables
from aggregator.store.codec import state_of, state_row
from aggregator.store.engine import Room

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from aggregator.model.source import Source, SourceId


class SourceRegister(Room):
    """Reads and enrols sources' states."""

    def enroll(self, sources: Sequence[Source]) -> None:
        """Give every source a state; one whose address changed is due at once, without validators."""
        known = self.states([source.id for source in sources])
        new = [source for source in sources if source.id not in known]
        moved = [source for source in sources if source.id in known and known[source.id].url != source.url]
        if not new and not moved:
            return
        fresh = state_row(SourceState(id="", url=""))
        with self.database.writing() as connection:
            if new:
                insert = self.database.dialect.insert(tables.sources).on_conflict_do_nothing()
                rows = [{**fresh, "id": source.id, "url": source.url, "revision": 0} for source in new]
                connection.execute(insert, rows)
            for source in moved:
                reset = {"url": source.url, "next_at": None, "etag": "", "last_modified": "", "body_hash": ""}
                reset["last_ok_at"] = None  # what a new address has is a backlog again
                reset |= {"move": "", "pace": "", "rhythm": ""}
                where = tables.sources.c.id == source.id
                connection.execute(update(tables.sources).where(where).values(failures=0, **reset))

    def states(self, sources: Collection[SourceId] | None = None) -> dict[SourceId, SourceState]:
        """Return what is remembered of these sources (None: of all that were ever enrolled)."""
        query = select(tables.sources)
        if sources is not None:
            query = query.where(tables.sources.c.id.in_(sources))
        with self.database.reading() as connection:
            return {row["id"]: state_of(row) for row in connection.execute(query).mappings()}

    def due(self, sources: Collection[SourceId], now: datetime) -> list[SourceId]:
        """Return those of ``sources`` with ``next_at <= now`` or never asked, the longest overdue first."""
        column = tables.sources.c
        query = (
            select(column.id)
            .where(column.id.in_(sources), or_(column.next_at.is_(None), column.next_at <= now))
            .order_by(column.next_at.is_not(None), column.next_at, column.id)
        )
        with self.database.reading() as connection:
            return list(connection.execute(query).scalars())

    def counts(self) -> dict[SourceId, int]:
        """Return how many items are stored of each source."""
        query = select(tables.items.c.source_id, func.count()).group_by(tables.items.c.source_id)
        with self.database.reading() as connection:
            return dict(connection.execute(query).all())

    def fronts(self, sources: Collection[SourceId] | None = None) -> dict[SourceId, Front]:
        """Return what feeds say of ``sources`` (None: of all), and when that last changed."""
        query = select(tables.sources.c.id, *(tables.sources.c[name] for name in Front._fields))
        if sources is not None:
            query = query.where(tables.sources.c.id.in_(sources))
        with self.database.reading() as connection:
            return {name: Front(*front) for name, *front in connection.execute(query)}

    def stamp(self) -> int:
        """Return a number that grows with every revision of a source: while it stays, no feed changes."""
        with self.database.reading() as connection:
            return int(connection.execute(select(func.sum(tables.sources.c.revision))).scalar() or 0)
