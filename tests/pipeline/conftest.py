"""A small newsroom without sockets: documents by address, a clock that a test moves, a real store."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from aggregator.store import open_store
from tests.pipeline.house import House

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with closing(open_store(f"sqlite:///{tmp_path}/aggregator.db")) as store:
        yield House(store)
