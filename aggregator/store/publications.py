"""The rendered editions, as the web serves them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select, update

from aggregator.model.feed import ARCHIVE, Publication
from aggregator.store import tables
from aggregator.store.archives import OF
from aggregator.store.engine import Room
from aggregator.store.items import chunks

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy import Insert, ScalarSelect

    from aggregator.model.feed import FeedName
    from aggregator.store.engine import Database

MOST_REMEMBERED = 48  # editions of a feed: half a day of one in a quarter of an hour

_edition, _publication, _instance = tables.editions.c, tables.publications.c, tables.instances.c
#: The number of the next edition. There is one writer, so numbers are committed in their order.
_NEXT_SERIAL = select(func.coalesce(func.max(_edition.serial), 0) + 1).scalar_subquery()

# Built once: they are asked for every feed that is published, and building them costs more than asking.
_CLEAR = delete(tables.publications).where(_publication.feed == OF)
_PRINT = insert(tables.publications)
_NEWEST = select(func.coalesce(func.max(_instance.number), 0)).where(_instance.feed == OF).scalar_subquery()
_REMEMBER = insert(tables.instances).values(feed=OF, number=_NEWEST + 1)
_LET_GO = delete(tables.instances).where(_instance.feed == OF, _instance.number <= _NEWEST - MOST_REMEMBERED)


class PublicationShelf(Room):
    """Keeps the current edition of every feed in every format."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._note, self._put = self._upsert(), self._upsert(serial=_NEXT_SERIAL)

    def _upsert(self, **made: ScalarSelect[int]) -> Insert:
        statement = self.database.dialect.insert(tables.editions).values(made)
        meant = {name: statement.excluded[name] for name in ("basis", "content_hash", "changed_at", *made)}
        upsert: Insert = statement.on_conflict_do_update(index_elements=["feed"], set_=meant)
        return upsert

    def editions(
        self, feeds: Collection[FeedName] | None = None
    ) -> dict[FeedName, tuple[str, str, datetime]]:
        """Return ``basis``, content hash and instant of the last change of ``feeds``.

        None stands for all but archive documents.
        """
        column = tables.editions.c
        query = select(column.feed, column.basis, column.content_hash, column.changed_at)
        chosen = ~column.feed.contains(ARCHIVE) if feeds is None else column.feed.in_(feeds)
        query = query.where(chosen)
        with self.database.reading() as connection:
            return {
                feed: (basis, content_hash, changed_at)
                for feed, basis, content_hash, changed_at in connection.execute(query)
            }

    def put_edition(
        self,
        feed: FeedName,
        *,
        basis: str,
        content_hash: str,
        changed_at: datetime,
        publications: Sequence[Publication] | None,
        entries: bytes | None = None,
    ) -> None:
        """Store a feed's edition; ``publications=None`` keeps the bytes and notes only the new ``basis``.

        ``entries``, a digest of each, are remembered of the last editions, for ``instances``.
        """
        edition = {"feed": feed, "basis": basis, "content_hash": content_hash, "changed_at": changed_at}
        with self.database.writing() as connection:
            if publications is None:
                connection.execute(self._note, edition)
                return
            connection.execute(self._put, edition)
            connection.execute(_CLEAR, {"of": feed})
            columns = tables.publications.c.keys()
            rows = [{name: getattr(printed, name) for name in columns} for printed in publications]
            if rows:
                connection.execute(_PRINT, rows)
            if entries is not None:
                etags = " ".join(printed.etag for printed in publications)
                connection.execute(_REMEMBER, {"of": feed, "etags": etags, "entries": entries})
                connection.execute(_LET_GO, {"of": feed})

    def instances(self, feed: FeedName) -> list[tuple[str, bytes]]:
        """Return ETags (a space between) and entries of the last editions of ``feed``, newest first."""
        column = tables.instances.c
        query = select(column.etags, column.entries).where(column.feed == feed)
        with self.database.reading() as connection:
            rows = connection.execute(query.order_by(column.number.desc()))
            return [(etags, entries) for etags, entries in rows]

    def drop_editions(self, keep: Collection[FeedName]) -> None:
        """Remove the publications, rolls and archives of feeds that are no longer configured."""
        kept, column, roll = set(keep), tables.editions.c, tables.rolls.c.feed
        with self.database.reading() as connection:
            printed = connection.execute(select(column.feed)).scalars()
            stale = [name for name in printed if name.partition(ARCHIVE)[0] not in kept]
            unrolled = set(connection.execute(select(roll)).scalars()) - kept
        if not stale and not unrolled:
            return
        with self.database.writing() as connection:
            serial = connection.execute(select(_NEXT_SERIAL)).scalar_one()
            for some in chunks(stale):
                connection.execute(delete(tables.editions).where(column.feed.in_(some)))
            for some in chunks(unrolled):
                connection.execute(delete(tables.rolls).where(roll.in_(some)))
            # Numbers never come again, also when the newest edition goes: others have read up to there.
            first = select(func.min(column.feed)).scalar_subquery()
            connection.execute(update(tables.editions).where(column.feed == first).values(serial=serial))

    def renewed(self, since: int) -> dict[FeedName, int]:
        """Return the numbers of the editions that are newer than the one with number ``since``."""
        column = tables.editions.c
        query = select(column.feed, column.serial).where(column.serial > since)
        with self.database.reading() as connection:
            return dict(connection.execute(query).all())

    def publication(self, feed: FeedName, suffix: str) -> Publication | None:
        """Return the current bytes of a feed in a format."""
        column = tables.publications.c
        query = select(tables.publications).where(column.feed == feed, column.suffix == suffix)
        with self.database.reading() as connection:
            row = connection.execute(query).mappings().one_or_none()
        return Publication(**row) if row else None

    def sizes(self) -> dict[FeedName, dict[str, int]]:
        """Return how many bytes the documents of each feed have, by suffix; not those of archives."""
        column = tables.publications.c
        query = select(column.feed, column.suffix, func.length(column.body))
        found: dict[FeedName, dict[str, int]] = {}
        with self.database.reading() as connection:
            for feed, suffix, size in connection.execute(query.where(~column.feed.contains(ARCHIVE))):
                found.setdefault(feed, {})[suffix] = size
        return found
