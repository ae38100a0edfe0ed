"""What differs between databases: one file each, with one ``DIALECT``."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from aggregator.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from sqlalchemy import URL, ColumnElement, Connection, Engine

NAMES = ("sqlite", "postgresql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How to speak to one kind of database."""

    insert: Callable[..., Any]  #: an ``INSERT`` that knows ``on_conflict_do_update``
    #: The condition that a column has one of many values, which are one parameter, however many they are.
    among: Callable[[ColumnElement[Any], Collection[Any]], ColumnElement[bool]]
    engine: Callable[[URL], Engine]  #: an engine with the right settings for every connection
    lock: Callable[[Connection], None]  #: make the open transaction the only writing one
    there: Callable[[URL], bool]  #: tell whether there is a database, or a server to ask for it


def dialect(name: str) -> Dialect:
    """Return the dialect for SQLAlchemy's backend ``name``.

    Raises:
        ConfigError: it is none of ``NAMES``.
    """
    if name not in NAMES:
        raise ConfigError(f"database.url: {name} is not supported; use one of {', '.join(NAMES)}")
    found: Dialect = import_module(f"{__name__}.{name}").DIALECT
    return found
