"""Which address a source is asked at."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from aggregator.model.fetch import Failed
from aggregator.model.source import Move, SourceState
from aggregator.rules.moves import LOST, address, announced, lost
from tests.making import NOW, a_source

OLD, NEW, NEWER = a_source().url, "https://new.example.id/feed/", "https://newer.example.id/feed/"
DAY = timedelta(days=1)


def told(*sightings: tuple[float, str], move: Move | None = None) -> Move | None:
    """Return what is remembered after answers that named a new address, or none, on these days."""
    for day, moved_to in sightings:
        move = announced(a_source(), move, moved_to, NOW + day * DAY)
    return move


def asked(move: Move | None, **changes: Any) -> str:
    return address(a_source(**changes), SourceState(id="antara", move=move))


def failed(status: int | None) -> Failed:
    return Failed(error="?", at=NOW, status=status)


def test_a_new_address_is_believed_after_ten_sightings_and_a_week() -> None:
    sightings = [(day * 7 / 9, NEW) for day in range(10)]
    assert asked(told(*sightings[:-1])) == OLD
    assert asked(told(*sightings)) == NEW


def test_many_sightings_in_a_few_days_are_not_enough() -> None:
    assert asked(told(*[(hour / 24, NEW) for hour in range(100)])) == OLD


def test_a_week_with_few_sightings_is_not_enough() -> None:
    assert asked(told(*[(day, NEW) for day in range(0, 9 * 7, 7)])) == OLD


@pytest.mark.parametrize("other", ["", NEWER, OLD])
def test_an_answer_that_says_otherwise_begins_the_count_anew(other: str) -> None:
    before = [(day, NEW) for day in range(9)]
    after = [(20 + day, NEW) for day in range(9)]
    assert asked(told(*before, (10, other), *after)) == OLD
    assert told(*before, (10, "")) is None


def test_the_new_address_may_move_on() -> None:
    move = Move(followed=NEW)
    assert told((0, ""), move=move) == move
    on_the_way = told(*[(day, NEWER) for day in range(9)], move=move)
    assert asked(on_the_way) == NEW
    assert told((9, ""), move=on_the_way) == move
    assert told((9, NEWER), move=on_the_way) == Move(followed=NEWER)


def test_a_new_address_that_only_fails_is_given_up() -> None:
    move = Move(followed=NEW)
    for status in (404, 410, None):
        assert lost(move, failed(status), failures=LOST - 1) == move
        assert lost(move, failed(status), failures=LOST) is None
    for status in (429, 500, 503):
        assert lost(move, failed(status), failures=1000) == move, "something is there"


def test_without_a_new_address_there_is_nothing_to_give_up() -> None:
    announcing = Move(url=NEW, since=NOW, count=3)
    assert lost(None, failed(404), failures=LOST) is None
    assert lost(announcing, failed(404), failures=LOST) == announcing


def test_headers_that_may_be_secret_are_not_carried_to_another_host() -> None:
    move, secret = Move(followed=NEW), {"Authorization": "Bearer x"}
    assert asked(move, headers=secret) == OLD
    assert asked(Move(followed=OLD + "rss"), headers=secret) == OLD + "rss"
