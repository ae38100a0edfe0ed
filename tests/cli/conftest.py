"""The commands on the sample newsroom, whose clock stands still, and on a database of their own."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

import pytest

from aggregator.demo.newsroom import Newsroom
from aggregator.demo.server import NewsroomServer
from tests.cli.commands import Clock, Commands, configuration

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOGGERS = ("", "alembic", "apscheduler", "uvicorn", "uvicorn.error", "uvicorn.access")


@pytest.fixture(autouse=True)
def untouched_logging() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in LOGGERS]
    before = [(logger, logger.level, logger.handlers[:], logger.propagate) for logger in loggers]
    yield
    for logger, level, handlers, propagate in before:
        logger.setLevel(level)
        logger.handlers[:] = handlers
        logger.propagate = propagate


@pytest.fixture(scope="module", autouse=True)
def no_settings_from_outside() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AGGREGATOR_")]:
            patch.delenv(name)
        yield


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def newsroom(clock: Clock) -> Iterator[NewsroomServer]:
    with NewsroomServer(Newsroom(pace=clock.pace), clock=clock) as server:
        yield server


@pytest.fixture
def one_is_busy(clock: Clock) -> Iterator[str]:
    """Make one source of the newsroom answer 503 during the test; return its id."""
    clock.to_a_busy_minute()
    yield "kadang-sibuk"
    clock.reset()


@pytest.fixture
def commands(tmp_path: Path, newsroom: NewsroomServer) -> Commands:
    """Return the commands, with a configuration of the newsroom's seven sources and an empty database."""
    return Commands(configuration(tmp_path, newsroom.url))
