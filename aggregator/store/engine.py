"""Connections: where the database is, how a transaction begins, and what its errors mean to a person."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import inspect, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from aggregator.errors import ConfigError, StoreError
from aggregator.store import tables
from aggregator.store.dialects import dialect

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import Connection

MIGRATIONS = Path(__file__).parent / "migrations"


#: Versions of the schema that we know, in their order.
VERSIONS = tuple(sorted(path.stem.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py")))
#: As alembic makes it.
_VERSION = (
    "CREATE TABLE alembic_version"
    " (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
)


class Database:
    """One database: opens transactions, translates errors."""

    def __init__(self, url: str) -> None:
        try:
            self.url = make_url(url)
        except ArgumentError as error:
            raise ConfigError(
                "database.url: not a database address, such as sqlite:///var/aggregator.db"
            ) from error
        self.dialect = dialect(self.url.get_backend_name())
        self.engine = self.dialect.engine(self.url)
        self._writer = threading.Lock()

    @property
    def name(self) -> str:
        """The address for a person: without the password."""
        return self.url.render_as_string(hide_password=True)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a transaction that only reads.

        Raises:
            StoreError: the database does not answer.
        """
        with self._translated(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open the one writing transaction, of all threads and processes; committed unless the block raises.

        Raises:
            StoreError: the database does not answer or stays locked; nothing was written.
        """
        with self._writer, self._translated(), self.engine.connect() as plain:
            connection = plain.execution_options(writes=True)
            with connection.begin():
                self.dialect.lock(connection)
                yield connection

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            cause = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
            advice = {
                "locked": "another program holds it: stop that, or wait",
                "unable to open": "make its folder exist and be writable",
                "no such table": "run: aggregator db upgrade",
                "does not exist": "create the database, or run: aggregator db upgrade",
                "disk": "free some space",
                "readonly": "make it writable",
                "connection": "start the server, or correct database.url",
            }
            hint = next((words for sign, words in advice.items() if sign in cause), "")
            raise StoreError(f"database {self.name}: {cause}{f' ({hint})' if hint else ''}") from error

    def version(self) -> str:
        """Return the schema's version in the database, "" where there is none yet."""
        with self.reading() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return ""
            return connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or ""

    def upgrade(self) -> bool:
        """Bring the schema up to date; return whether there was anything to do.

        Raises:
            StoreError: it was made by a newer version of this program.
        """
        version = self.version()
        if version == VERSIONS[-1]:
            return False
        if version and version not in VERSIONS:
            raise StoreError(
                f"database {self.name}: its schema is {version}, newer than ours ({VERSIONS[-1]}): "
                "run a newer aggregator"
            )
        if version or not self._build():
            self._migrate()
        return True

    def _build(self) -> bool:
        """Make all tables at once, as the migrations would; False: another process has begun already."""
        with self.writing() as connection:
            if inspect(connection).get_table_names():
                return False
            tables.metadata.create_all(connection)
            connection.execute(text(_VERSION))
            connection.execute(
                text("INSERT INTO alembic_version VALUES (:version)"), {"version": VERSIONS[-1]}
            )
        return True

    def _migrate(self) -> None:
        from alembic import command  # noqa: PLC0415 # slow to import, and seldom needed
        from alembic.config import Config  # noqa: PLC0415 # likewise

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        with self.writing() as connection:  # the lock: of two processes that start, one migrates
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def close(self) -> None:
        """Give the connections back. Idempotent."""
        self.engine.dispose()


def wrote(connection: Connection, statement: Any, values: Mapping[str, Any]) -> int:
    """Execute a statement that writes; return how many rows it wrote."""
    options = {"preserve_rowcount": True}  # else it is only known of updates and deletes
    return connection.execute(statement, values, execution_options=options).rowcount


class Room:
    """What each part of the store stands on."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def check(self) -> None:
        """Raise StoreError unless the database answers and its schema is ours."""
        if not self.database.version():
            raise StoreError(
                f"database {self.database.name}: it has no tables yet: run: aggregator db upgrade"
            )

    def close(self) -> None:
        """Give the connections back. Idempotent."""
        self.database.close()
