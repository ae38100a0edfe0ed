"""The rendered editions, as the web serves them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select, update

from aggregator.model.feed import ARCHIVE, Publication
from aggregator.store import tables
from aggregator.store.engine import Room
from aggregator.store.items import chunks

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from aggregator.model.feed import FeedName

MOST_REMEMBERED = 48  # editions of a feed: half a day of one in a quarter of an hour


class PublicationShelf(Room):
    """Keeps the current edition of every feed in every format."""

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
        edition: dict[str, object] = {
            "feed": feed,
            "basis": basis,
            "content_hash": content_hash,
            "changed_at": changed_at,
        }
        insert = self.database.dialect.insert(tables.editions)
        with self.database.writing() as connection:
            if publications is not None:
                edition["serial"] = _next_serial(connection)
            connection.execute(insert.on_conflict_do_update(index_elements=["feed"], set_=edition), edition)
            if publications is None:
                return
            connection.execute(delete(tables.publications).where(tables.publications.c.feed == feed))
            for publication in publications:
                row = {name: getattr(publication, name) for name in tables.publications.c.keys()}  # noqa: SIM118 # a column collection is no dict
                connection.execute(tables.publications.insert(), row)
            if entries is not None:
                _remember(connection, feed, " ".join(each.etag for each in publications), entries)

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
            serial = _next_serial(connection)
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


def _next_serial(connection: Connection) -> int:
    """Return the number of the next edition. There is one writer, so numbers are committed in their order."""
    newest = connection.execute(select(func.max(tables.editions.c.serial))).scalar()
    return (newest or 0) + 1


def _remember(connection: Connection, feed: FeedName, etags: str, entries: bytes) -> None:
    column = tables.instances.c
    last = connection.execute(select(func.max(column.number)).where(column.feed == feed)).scalar() or 0
    row = {"feed": feed, "number": last + 1, "etags": etags, "entries": entries}
    connection.execute(tables.instances.insert(), row)
    over = delete(tables.instances).where(column.feed == feed, column.number <= last + 1 - MOST_REMEMBERED)
    connection.execute(over)
