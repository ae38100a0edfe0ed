"""The auditor on 200 simulated sources: it finds what is wrong, soon, and blames nobody else."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.simulation.fleet import MINUTE, fleet, guilty, innocent, watch

if TYPE_CHECKING:
    from tests.simulation.fleet import Habit, Watched


@pytest.fixture(scope="module")
def watched() -> list[Watched]:
    return list(fleet())


def test_every_wrong_zone_is_found_within_eight_items_and_named_rightly(watched: list[Watched]) -> None:
    wrong = [each for each in watched if each.habit.shift is not None]
    assert len(wrong) >= 80
    for each in wrong:
        assert each.found_after is not None, each.habit.name
        assert each.found_after <= 8, each.habit.name
        assert {verdict.shift for verdict in each.verdicts} == {each.habit.shift}, each.habit.name


def test_nobody_else_is_blamed(watched: list[Watched]) -> None:
    innocents = [each for each in watched if each.habit.shift is None]
    assert len(innocents) >= 100
    assert Counter(each.habit.name for each in innocents if each.verdicts) == Counter()


@pytest.mark.parametrize("habit", list(innocent()), ids=lambda habit: habit.name)
def test_nor_over_many_more_items(habit: Habit) -> None:
    for seed in range(1000, 1020):
        assert watch(habit, seed=seed, every=10 * MINUTE).verdicts == set()


@pytest.mark.parametrize("habit", list(guilty()), ids=lambda habit: habit.name)
def test_what_is_wrong_stays_found(habit: Habit) -> None:
    for seed in range(1000, 1010):
        each = watch(habit, seed=seed, every=15 * MINUTE)
        assert {verdict.shift for verdict in each.verdicts} == {habit.shift}
        assert each.observed >= 50
