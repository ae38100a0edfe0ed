"""Two days of a listing that only says "2 hours ago", collected every ten minutes."""

from __future__ import annotations

import statistics
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from aggregator.store import open_store
from tests.simulation.listing import SCRIPTS, SHOWN, START, Replay, replay

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aggregator.store import SqlStore

MINUTE = timedelta(minutes=1)
TEN = 10 * MINUTE


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    with closing(open_store(f"sqlite:///{tmp_path}/replay.db")) as opened:
        yield opened


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
def test_every_instant_is_near_the_truth_and_none_moves(store: SqlStore, script: object) -> None:
    seen = replay(store, script)  # type: ignore[arg-type] # one of SCRIPTS
    assert len(seen.published) >= 80
    assert seen.moved == []
    assert seen.out_of_order == seen.later_than_seen == 0
    assert seen.errors[-1] <= 60
    assert statistics.median(seen.errors) <= 15
    fresh = [
        abs(seen.published[link][0] - truth)
        for link, truth in seen.truth.items()
        if truth > START and link in seen.published
    ]
    assert max(fresh) <= TEN  # what comes between two collects


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
def test_what_labels_leave_in_the_end_holds_the_truth(store: SqlStore, script: object) -> None:
    seen = replay(store, script, hours=30)  # type: ignore[arg-type] # likewise
    widths = {}
    for link, (earliest, latest) in seen.intervals.items():
        assert earliest - MINUTE <= seen.truth[link] <= latest + MINUTE, link
        widths[link] = (latest - earliest) / MINUTE
    backlog = [width for link, width in widths.items() if seen.truth[link] < START]
    assert len(backlog) >= SHOWN - 1
    assert max(backlog) <= 90  # as wide as a label is
    assert statistics.median(backlog) <= 75  # narrowed by the labels that followed
    assert statistics.median(widths.values()) <= 10


def test_an_outage_costs_what_was_published_in_it_no_more_than_a_backlog(store: SqlStore) -> None:
    seen: Replay = replay(store, SCRIPTS["wordpress"], hours=24, pauses=range(30, 60))
    assert seen.moved == []
    assert seen.out_of_order == 0
    assert seen.errors[-1] <= 60


def test_a_slower_pace_is_no_less_right(store: SqlStore) -> None:
    seen = replay(store, SCRIPTS["flooring"], hours=48, every=timedelta(minutes=45), seed=2)
    assert seen.moved == []
    assert seen.errors[-1] <= 60
