"""A newsroom, an instant, and ways to ask it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from aggregator.demo.newsroom import Newsroom
from aggregator.demo.site import Reply, answer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

BASE = "http://127.0.0.1:8090"
NOW = datetime(2024, 11, 20, 7, 30, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def newsroom() -> Newsroom:
    return Newsroom(seed=1, pace=timedelta(seconds=6))


@pytest.fixture
def ask(newsroom: Newsroom) -> Callable[..., Reply]:
    def ask(path: str, now: datetime = NOW, conditions: Mapping[str, str] | None = None) -> Reply:
        return answer(newsroom, path, now=now, base=BASE, conditions=conditions or {})

    return ask
