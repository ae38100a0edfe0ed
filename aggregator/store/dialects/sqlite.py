"""SQLite: a file, write-ahead log, one writer at a time."""

from __future__ import annotations

import json
import sqlite3
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, create_engine, event, func, select
from sqlalchemy.dialects.sqlite import insert

from aggregator.errors import ConfigError
from aggregator.store.dialects import Dialect

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import URL, ColumnElement, Connection

BUSY_SECONDS = 10  # how long a writer of another process is waited for
#: A batch of items changes a thousand pages of 4 KiB here and there: aliases and bands have random keys. They
#: are to fit in memory until it is committed, and what several batches change is moved to the file once.
CACHED_KIB, LOGGED_PAGES = 8 * 1024, 4_000


def _among(column: ColumnElement[Any], values: Collection[Any]) -> ColumnElement[bool]:
    return column.in_(select(func.json_each(json.dumps(list(values))).table_valued("value").c.value))


def _engine(url: URL) -> Engine:
    """Return an engine on the file that ``url`` names; its folder is made where it is missing."""
    if not url.database or url.database == ":memory:":
        raise ConfigError("database.url: name a file, such as sqlite:///var/aggregator.db")
    try:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"database.url: cannot make the folder of {url.database}: {error.strerror}"
        ) from error
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS}, pool_use_lifo=True)
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    return engine


def _configure(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # sqlite3 begins transactions too late by itself: see _begin
    for pragma in (
        f"busy_timeout={BUSY_SECONDS}000",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        f"cache_size=-{CACHED_KIB}",
        f"wal_autocheckpoint={LOGGED_PAGES}",
    ):
        connection.execute(f"PRAGMA {pragma}")
    _log_ahead(connection)


def _log_ahead(connection: Any) -> None:
    """Turn the write-ahead log on. Of two that do so to a new file one is refused, whatever the timeout."""
    for _ in range(BUSY_SECONDS * 20):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
            time.sleep(0.05)
        else:
            return
    connection.execute("PRAGMA journal_mode=WAL")


def _begin(connection: Connection) -> None:
    # A transaction that reads first and writes later cannot wait for another writer: it would fail
    # at once, busy_timeout or not (SQLite, "BEGIN IMMEDIATE"). So a writer says so from the start.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _lock(_connection: Connection) -> None:
    """Do nothing: ``BEGIN IMMEDIATE`` holds the lock already."""


def _there(url: URL) -> bool:
    return bool(url.database) and Path(url.database or "").is_file()


DIALECT = Dialect(insert=insert, among=_among, engine=_engine, lock=_lock, there=_there)
