"""The database: SQLAlchemy Core in, domain types out."""

from __future__ import annotations

from sqlalchemy import make_url

from aggregator.store.archives import Archives
from aggregator.store.deliveries import Deliveries
from aggregator.store.dialects import dialect
from aggregator.store.engine import VERSIONS, Database
from aggregator.store.items import ItemReader
from aggregator.store.journal import Changes
from aggregator.store.ledger import Ledger
from aggregator.store.partners import PartnerBook
from aggregator.store.publications import PublicationShelf
from aggregator.store.rolls import Rolls
from aggregator.store.sources import SourceRegister
from aggregator.store.texts import TextShelf
from aggregator.store.transaction import Writer
from aggregator.store.versions import VersionShelf


class SqlStore(
    SourceRegister,
    ItemReader,
    Ledger,
    TextShelf,
    Rolls,
    Changes,
    VersionShelf,
    Deliveries,
    Archives,
    PublicationShelf,
    PartnerBook,
    Writer,
):
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


def peek(url: str) -> SqlStore | None:
    """Open the database at ``url`` as it is; None where there is none yet, or one of another version.

    Raises:
        ConfigError: ``url`` names no database that we can speak to.
        StoreError: the database does not answer.
    """
    address = make_url(url)
    if not dialect(address.get_backend_name()).there(address):
        return None
    store = SqlStore(Database(url))
    try:
        current = store.database.version() == VERSIONS[-1]
    except BaseException:
        store.close()
        raise
    if current:
        return store
    store.close()
    return None


__all__ = ["SqlStore", "open_store", "peek"]
