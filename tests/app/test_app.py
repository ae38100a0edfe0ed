"""The app: what a pass does when others run beside it, and what it counts."""

from __future__ import annotations

import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from importlib.resources import as_file, files
from typing import TYPE_CHECKING

import pytest

from aggregator.app import App
from aggregator.demo.newsroom import Newsroom, Section
from aggregator.demo.server import NewsroomServer
from aggregator.errors import StoreError
from aggregator.settings import load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aggregator.model.report import Collected

NEWSROOM = Newsroom(pace=timedelta(days=30))
MINUTES = [datetime(2024, 11, 20, 7, minute, tzinfo=UTC) for minute in range(10)]
#: A minute in which every source of the newsroom answers.
QUIET = next(minute for minute in MINUTES if not NEWSROOM.busy(Section.KADANG_SIBUK, minute))


class Clock:
    def __init__(self) -> None:
        self.now = QUIET

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(tmp_path: Path, clock: Clock) -> Iterator[App]:
    with (
        NewsroomServer(NEWSROOM, clock=clock) as server,
        as_file(files("aggregator.demo") / "demo.yaml") as config,
    ):
        database = f"sqlite:///{tmp_path}/aggregator.db"
        settings = load(config, {"NEWSROOM": server.url, "AGGREGATOR_DATABASE_URL": database})
        with closing(App(settings, clock=clock)) as made:
            yield made


def metric(app: App, line: str) -> float:
    exposition, _ = app.metrics.exposition()
    [value] = [row.split()[-1] for row in exposition.decode().splitlines() if row.startswith(f"{line} ")]
    return float(value)


def test_a_tick_collects_what_is_due_in_its_category_and_publishes(app: App) -> None:
    report = app.tick("news")
    assert (report.sources, report.fetched, report.failed) == (2, 2, 0)
    assert report.items_new > 30
    assert report.feeds_published == len(app.settings.feeds)
    assert app.ticked_at == QUIET
    again = app.tick("news")
    assert (again.sources, again.feeds_published) == (0, 0)


def test_a_source_that_another_pass_is_collecting_is_left_to_it(app: App) -> None:
    everything = list(app.sources)
    begun, others = threading.Event(), threading.Event()
    asked: list[int] = []

    def hold(_: Collected) -> None:
        begun.set()
        assert others.wait(20)

    first = threading.Thread(target=lambda: app.run(everything, progress=hold))
    first.start()
    assert begun.wait(20)
    report = app.run(everything, force=True, expect=asked.append)
    others.set()
    first.join()
    assert asked == [0]
    assert report.sources == 0
    assert app.run(everything, force=True).sources == len(everything)


def test_a_pass_that_cannot_be_saved_leaves_its_sources_free_and_due(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked() -> None:
        raise StoreError("database is locked")

    with monkeypatch.context() as patch:
        patch.setattr(app.store, "writing", locked)
        with pytest.raises(StoreError):
            app.run(list(app.sources))
    assert app.run(list(app.sources)).fetched == len(app.sources)


def test_a_failing_source_is_named_and_costs_only_itself(app: App, clock: Clock) -> None:
    reports = []
    for _ in range(4):
        reports.append(app.run(list(app.sources), force=True))
        clock.now += timedelta(minutes=1)
    [busy] = [report for report in reports if report.failed]
    assert busy.errors == {"kadang-sibuk": "status 503 Service Unavailable"}
    assert busy.sources - busy.failed == len(app.sources) - 1


def test_events_and_states_are_counted(app: App, clock: Clock) -> None:
    report = app.run(list(app.sources))
    assert metric(app, 'aggregator_fetch_total{result="fetched"}') == 7
    assert metric(app, 'aggregator_items_total{outcome="new"}') == report.items_new
    assert metric(app, 'aggregator_items_total{outcome="duplicate"}') == report.duplicates > 0
    assert metric(app, "aggregator_fetch_duration_seconds_sum") > 0
    assert metric(app, "aggregator_fetch_bytes_total") > 50_000
    assert metric(app, 'aggregator_feed_last_changed_timestamp_seconds{feed="all"}') == QUIET.timestamp()
    assert metric(app, 'aggregator_sources{status="fetched"}') == 7
    assert metric(app, "aggregator_due_lag_seconds") == 0
    clock.now += timedelta(minutes=1)
    assert 50 < metric(app, "aggregator_due_lag_seconds") < 60


def test_metrics_outlive_a_database_that_does_not_answer(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object) -> None:
        raise StoreError("disk full")

    app.run(list(app.sources))
    metric(app, "aggregator_due_lag_seconds")
    monkeypatch.setattr(app.store, "states", gone)
    assert metric(app, 'aggregator_sources{status="fetched"}') == 7


def test_tidy_drops_feeds_that_are_no_longer_configured_and_old_items(app: App, clock: Clock) -> None:
    app.run(list(app.sources))
    store = app.store
    store.put_edition("former", basis="", content_hash="", changed_at=QUIET, publications=[])
    before = sum(store.counts().values())
    clock.now += timedelta(days=3)  # every story has left its document
    app.run(list(app.sources))
    assert app.tidy() == 0
    assert "former" not in store.editions()
    clock.now += timedelta(days=91)
    assert app.tidy() >= before
    assert app.publish() > 0
