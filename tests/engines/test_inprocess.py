"""The engine ticks, and goes on ticking, whatever becomes of a tick."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
from apscheduler.triggers.date import DateTrigger

from aggregator.app import system_clock
from aggregator.engines.inprocess import LATE, LONGEST_TICK, InProcess, Late
from aggregator.errors import StoreError
from aggregator.model.report import Report
from tests.making import JAKARTA, a_category, a_source

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from aggregator.app import App
    from aggregator.model.source import Category, Source

SOON = 15  # seconds: how long a test waits before it gives up
QUICK = timedelta(milliseconds=20)


@dataclass
class FakeApp:
    """What an engine sees of the service."""

    categories: Collection[Category]
    on_tick: Callable[[str, int], None] = lambda _category, _count: None
    collected_before: bool = False
    ticks: list[str] = field(default_factory=list)
    running: int = 0
    closed: threading.Event = field(default_factory=threading.Event)
    on_tidy: Callable[[], int] = lambda: 0
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def __post_init__(self) -> None:
        self.settings = SimpleNamespace(categories=tuple(self.categories), timezone=JAKARTA)
        self.fetcher = self.reader = SimpleNamespace(close=self.closed.set)

    def clock(self) -> datetime:
        return system_clock()

    def tick(self, category: str) -> Report:
        with self._changed:
            self.ticks.append(category)
            count = len(self.ticks)
            self.running += 1
            self._changed.notify_all()
        try:
            self.on_tick(category, count)
        finally:
            with self._changed:
                self.running -= 1
        return Report()

    def tidy(self) -> int:
        return self.on_tidy()

    def never_collected(self, sources: Sequence[Source]) -> bool:
        assert sources
        return not self.collected_before

    def wait_for(self, count: int) -> None:
        """Wait until there have been so many ticks."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.ticks) >= count, SOON), self.ticks


@contextmanager
def started(app: FakeApp) -> Iterator[InProcess]:
    engine = InProcess(cast("App", app))
    engine.start()
    try:
        yield engine
    finally:
        engine.stop()


def slow(name: str) -> Category:
    """Return a category that ticks at the start, and then not during a test."""
    return a_category(name, a_source(f"{name}-source", name))


def quick(name: str) -> Category:
    return a_category(name, a_source(f"{name}-source", name, every=QUICK))


def on_cron(name: str, cron: str = "0 0 29 2 *") -> Category:
    source = a_source(f"{name}-source", name, every=None)
    return replace(a_category(name, source), every=None, cron=cron)


def next_run(engine: InProcess, job: str) -> datetime:
    found = engine._scheduler.get_job(job).next_run_time
    assert isinstance(found, datetime)
    return found


def test_every_category_ticks_once_at_the_start() -> None:
    app = FakeApp([slow("news"), slow("logistik")])
    with started(app) as engine:
        app.wait_for(2)
        for job in ("news", "logistik"):
            wait = next_run(engine, job) - system_clock()
            assert timedelta(seconds=30) < wait <= LONGEST_TICK, "then at its pace, or each minute"
    assert sorted(app.ticks) == ["logistik", "news"]


def test_no_two_categories_tick_together() -> None:
    app = FakeApp([slow("news"), slow("logistik"), slow("warta")])
    with started(app) as engine:
        app.wait_for(1)
        times = sorted(next_run(engine, name) for name in ("news", "logistik", "warta"))
        app.wait_for(3)
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert min(gaps) >= timedelta(seconds=0.9)


@pytest.mark.parametrize("name", ["news", "logistik", "warta"])
def test_a_cron_fires_within_half_a_minute_after_its_time(name: str) -> None:
    app = FakeApp([on_cron(name, "0 6 * * *")], collected_before=True)
    with started(app) as engine:
        job = engine._scheduler.get_job(name)
        first = next_run(engine, name).astimezone(JAKARTA)
        second = job.trigger.get_next_fire_time(first, first)
    assert (first.hour, first.minute) == (6, 0)
    assert first.second < LATE
    assert second - first == timedelta(days=1)


def test_a_cron_that_never_fires_again_stays_so() -> None:
    once = DateTrigger(system_clock())
    late = Late(once, timedelta(seconds=5))
    first = late.get_next_fire_time(None, system_clock())
    assert first is not None
    assert late.get_next_fire_time(first, first) is None


def test_it_ticks_at_the_pace_of_its_quickest_source() -> None:
    app = FakeApp([a_category("news", a_source("a"), a_source("b", every=QUICK))])
    with started(app):
        app.wait_for(3)


def test_a_category_on_a_cron_ticks_at_the_start_when_it_has_nothing_yet() -> None:
    app = FakeApp([on_cron("news")])
    with started(app) as engine:
        app.wait_for(1)
        following = next_run(engine, "news").astimezone(JAKARTA)
        assert (following.month, following.day, following.hour) == (2, 29, 0)
    assert app.ticks == ["news"]


def test_a_category_on_a_cron_waits_for_it_when_it_has_something() -> None:
    app = FakeApp([on_cron("news"), slow("logistik")], collected_before=True)
    with started(app) as engine:
        app.wait_for(1)
        assert next_run(engine, "news").astimezone(JAKARTA).day == 29
    assert app.ticks == ["logistik"]


def test_stop_ends_a_tick_that_waits_for_a_slow_source() -> None:
    app = FakeApp([quick("news")])
    app.on_tick = lambda _category, _count: cast("None", app.closed.wait(SOON))
    engine = InProcess(cast("App", app))
    engine.start()
    app.wait_for(1)
    stopping = threading.Thread(target=engine.stop)
    stopping.start()
    stopping.join(SOON)
    assert not stopping.is_alive()
    assert app.running == 0
    ticks = len(app.ticks)
    engine._tick("news")
    engine._tidy()
    assert len(app.ticks) == ticks, "what comes late does nothing"


def test_stop_may_come_twice_or_before_the_start() -> None:
    app = FakeApp([slow("news")])
    engine = InProcess(cast("App", app))
    engine.stop()
    engine.stop()
    assert app.closed.is_set()
    assert app.ticks == []


@pytest.mark.parametrize(
    ("error", "level", "message"),
    [
        pytest.param(
            StoreError("database x: it is locked"),
            "ERROR",
            "category news: database x: it is locked; its sources stay due",
            id="the database",
        ),
        pytest.param(
            ZeroDivisionError("oops"),
            "ERROR",
            "category news: a bug in the aggregator: please report it",
            id="a bug",
        ),
    ],
)
def test_what_goes_wrong_in_a_tick_is_logged_and_the_next_one_comes(
    caplog: pytest.LogCaptureFixture, error: Exception, level: str, message: str
) -> None:
    def fail_once(_category: str, count: int) -> None:
        if count == 1:
            raise error

    app = FakeApp([quick("news")], on_tick=fail_once)
    with started(app):
        app.wait_for(3)
    logged = [record for record in caplog.records if record.name == "aggregator.engines.inprocess"]
    assert [(record.levelname, record.getMessage()) for record in logged] == [(level, message)]
    assert bool(logged[0].exc_info) is not isinstance(error, StoreError), "a bug comes with its traceback"


def test_one_category_that_hangs_does_not_hold_up_another() -> None:
    gate, hanging = threading.Event(), threading.Event()

    def hang(category: str, _count: int) -> None:
        if category == "slow":
            hanging.set()
            gate.wait(SOON)

    app = FakeApp([slow("slow"), quick("news")], on_tick=hang)
    with started(app):
        assert hanging.wait(SOON)
        app.wait_for(len(app.ticks) + 2)
        assert app.running >= 1
        gate.set()


def test_it_tidies_each_day_and_soon_after_the_start() -> None:
    app = FakeApp([slow("news")])
    with started(app) as engine:
        assert timedelta() < next_run(engine, "tidy") - system_clock() <= LONGEST_TICK
        assert engine._scheduler.get_job("tidy").trigger.interval == timedelta(days=1)


@pytest.mark.parametrize("error", [StoreError("database x: it is locked"), ZeroDivisionError("oops")])
def test_what_goes_wrong_in_tidying_is_logged(caplog: pytest.LogCaptureFixture, error: Exception) -> None:
    def fail() -> int:
        raise error

    InProcess(cast("App", FakeApp([slow("news")], on_tidy=fail)))._tidy()
    [record] = caplog.records
    assert record.levelname == "ERROR"
    assert record.getMessage().startswith("tidy: ")
