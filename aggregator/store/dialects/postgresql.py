"""PostgreSQL, through psycopg 3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, any_, bindparam, create_engine, text
from sqlalchemy.dialects.postgresql import ARRAY, insert

from aggregator.errors import ConfigError
from aggregator.store.dialects import Dialect

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import URL, ColumnElement, Connection

WRITER = 0x61676772  # names our advisory lock: one writing transaction at a time, whatever the process


def _among(column: ColumnElement[Any], values: Collection[Any]) -> ColumnElement[bool]:
    return column == any_(bindparam(None, list(values), type_=ARRAY(column.type)))


def _engine(url: URL) -> Engine:
    try:
        return create_engine(url.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    except ModuleNotFoundError as error:
        raise ConfigError(
            "database.url: PostgreSQL needs the extra: pip install 'aggregator[postgres]'"
        ) from error


def _lock(connection: Connection) -> None:
    connection.execute(text("SELECT pg_advisory_xact_lock(:name)"), {"name": WRITER})


def _there(_url: URL) -> bool:
    return True


DIALECT = Dialect(insert=insert, among=_among, engine=_engine, lock=_lock, there=_there)
