"""The database: SQLAlchemy Core in, domain types out."""

from __future__ import annotations

from aggregator.store.engine import Database
from aggregator.store.items import ItemReader
from aggregator.store.publications import PublicationShelf
from aggregator.store.sources import SourceRegister
from aggregator.store.transaction import Writer


class SqlStore(SourceRegister, ItemReader, PublicationShelf, Writer):
    """The ``Store`` port over SQLite or PostgreSQL. Thread-safe."""


def open_store(url: str) -> SqlStore:
    """Open the database at ``url`` and bring its schema up to date.

    Raises:
        ConfigError: ``url`` names no database that we can speak to.
        StoreError: the database does not answer, or is of a newer version of this program.
    """
    store = SqlStore(Database(url))
    try:
        store.database.upgrade()
    except BaseException:
        store.close()
        raise
    return store


__all__ = ["SqlStore", "open_store"]
