"""Two that write at once: one waits, or is told clearly; nothing is half-written."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from aggregator.errors import StoreError
from aggregator.model.source import SourceState
from aggregator.store import open_store
from aggregator.store.dialects import sqlite
from tests.making import a_source

if TYPE_CHECKING:
    from pathlib import Path

    from aggregator.store import SqlStore


def test_writers_of_two_connections_lose_no_count(store: SqlStore, url: str) -> None:
    store.enroll([a_source()])
    turns = 20

    def count(mine: SqlStore) -> None:
        for _ in range(turns):
            with mine.writing() as transaction:
                failures = mine.states()["antara"].failures
                transaction.put_states([SourceState(id="antara", failures=failures + 1)])

    with closing(open_store(url)) as other:
        threads = [threading.Thread(target=count, args=[each]) for each in (store, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert store.states()["antara"].failures == 2 * turns


def test_a_locked_sqlite_file_is_told_clearly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0)
    path = tmp_path / "x.db"
    with closing(open_store(f"sqlite:///{path}")) as store, closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match=r"locked \(another program holds it"):
            store.enroll([a_source()])
        other.rollback()
        store.enroll([a_source()])
        assert set(store.states()) == {"antara"}
