"""Write many rows at once, at little more than the database's own cost."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

from aggregator.store.tables import EPOCH, MICROSECOND, Instant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Insert


def insert_all(connection: Connection, statement: Insert, rows: Sequence[dict[str, Any]]) -> None:
    """Execute an ``INSERT`` for all ``rows``, which have the same columns, and are used up.

    SQLAlchemy would look at every value of every row on its way to the driver, which costs as much as
    writing it. All types of ours but one are the driver's own; instants are turned into numbers here.
    """
    if not rows:
        return
    compiled = statement.compile(dialect=connection.dialect, column_keys=list(rows[0]))
    for column in statement.table.columns:
        if isinstance(column.type, Instant) and (name := column.name) in rows[0]:
            for row in rows:
                if (value := row[name]) is not None:
                    row[name] = (value - EPOCH) // MICROSECOND
    names = getattr(compiled, "positiontup", None)
    values = list(map(itemgetter(*names), rows)) if names else list(rows)
    connection.exec_driver_sql(str(compiled), values)
