"""When a source is asked next."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model.fetch import Failed, NotModified
from aggregator.model.item import Dates, Pace, Precision
from aggregator.model.source import Move, Residual, SourceState
from aggregator.rules import rhythm
from aggregator.rules.schedule import JITTER, LEEWAY, LONGEST, NEVER, NOMINAL, is_gone, next_fetch
from tests.making import a_source

NOW = datetime(2024, 11, 20, 7, 30, tzinfo=UTC)  # a Wednesday
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
QUARTER = 15 * MINUTE
OK = NotModified(at=NOW)
#: Asked when it was due, and nothing else is known of it.
IN_TURN = SourceState(id="antara", next_at=NOW)


def failed(retry_after: timedelta | None = None, status: int = 503) -> Failed:
    return Failed(error=f"status {status}", at=NOW, retry_after=retry_after, status=status)


def wait_after_failure(every: timedelta | None, outcome: Failed, failures: int = 1) -> timedelta:
    return next_fetch(a_source(every=every), IN_TURN, outcome, failures=failures, now=NOW) - NOW


def wait(
    answer: NotModified = OK, *, every: timedelta = QUARTER, most: timedelta | None = None, **known: Any
) -> timedelta:
    """Return the wait after an answer of a source of which so much is known."""
    state = replace(IN_TURN, **known)
    source = a_source(every=every, every_max=most)
    return next_fetch(source, state, answer, failures=0, now=NOW) - NOW


def dead() -> str:
    """Return the rhythm of a source that was watched for a month and brought nothing."""
    return rhythm.learn("", a_source(), (), seen_at=NOW - timedelta(days=30), absent_at=None)


class TestAnswers:
    @pytest.mark.parametrize("minutes", [1, 10, 15, 60])
    def test_it_is_due_again_just_in_time_for_the_next_tick(self, minutes: int) -> None:
        every = timedelta(minutes=minutes)
        assert every - timedelta(seconds=2) < wait(every=every) < every

    def test_a_very_short_pace_keeps_nearly_its_length(self) -> None:
        assert wait(every=timedelta(seconds=5)) >= timedelta(seconds=4)

    def test_on_a_cron_it_is_due_whenever_that_fires(self) -> None:
        assert next_fetch(a_source(every=None), IN_TURN, OK, failures=0, now=NOW) == NOW

    def test_nothing_is_known_so_it_is_asked_at_its_fastest_pace(self) -> None:
        assert wait(most=HOUR) == QUARTER - LEEWAY

    def test_one_that_died_is_asked_at_its_slowest(self) -> None:
        assert wait(most=HOUR, rhythm=dead()) == HOUR - LEEWAY

    def test_the_rhythm_does_not_matter_where_both_paces_are_the_same(self) -> None:
        assert wait(most=QUARTER, rhythm=dead()) == QUARTER - LEEWAY

    def test_a_zone_that_is_to_be_mended_is_first_watched_at_the_fastest_pace(self) -> None:
        residual = Residual(
            dated=NOW, seen_at=NOW, gap=QUARTER, offset=timedelta(0), zoneless=False, mark="a"
        )
        source = a_source(learn_zone=True, every_max=HOUR)
        state = SourceState(id="antara", next_at=NOW, rhythm=dead())
        assert next_fetch(source, state, OK, failures=0, now=NOW) - NOW == QUARTER - LEEWAY
        state = SourceState(id="antara", next_at=NOW, rhythm=dead(), residuals=(residual,) * 8)
        assert next_fetch(source, state, OK, failures=0, now=NOW) - NOW == HOUR - LEEWAY


class TestWishes:
    @pytest.mark.parametrize(
        ("fresh_for", "expected"),
        [
            pytest.param(timedelta(0), QUARTER - LEEWAY, id="never faster"),
            pytest.param(40 * MINUTE, 40 * MINUTE, id="heeded"),
            pytest.param(timedelta(days=365), HOUR - LEEWAY, id="a network's year does not silence it"),
        ],
    )
    def test_what_is_fresh_is_not_asked_for(self, fresh_for: timedelta, expected: timedelta) -> None:
        assert wait(NotModified(at=NOW, fresh_for=fresh_for), most=HOUR) == expected

    @pytest.mark.parametrize(
        ("ttl", "expected"),
        [
            (None, QUARTER - LEEWAY), (MINUTE, QUARTER - LEEWAY), (40 * MINUTE, 40 * MINUTE),
            (timedelta(days=7), HOUR - LEEWAY),
        ],
    )  # fmt: skip
    def test_the_document_asks_for_time(self, ttl: timedelta | None, expected: timedelta) -> None:
        assert wait(most=HOUR, pace=Pace(every=ttl)) == expected

    @pytest.mark.parametrize(
        ("pace", "hours"),
        [
            pytest.param(Pace(skip_hours=frozenset({5, 9})), None, id="not now"),
            pytest.param(Pace(skip_hours=frozenset({7, 8})), 1.5, id="two hours"),
            pytest.param(Pace(skip_hours=frozenset(range(24)) - {7, 21}), None, id="this hour is left"),
            pytest.param(Pace(skip_hours=frozenset(range(24)) - {21}), 13.5, id="one hour is left"),
            pytest.param(Pace(skip_hours=frozenset(range(24))), None, id="none: nothing can be done"),
            pytest.param(Pace(skip_days=frozenset({2})), 16.5, id="a day"),
            pytest.param(Pace(skip_days=frozenset({2, 3}), skip_hours=frozenset({0, 1})), 42.5, id="both"),
            pytest.param(Pace(skip_days=frozenset({3}), skip_hours=frozenset(range(7, 24))), 40.5, id="over"),
            pytest.param(Pace(skip_days=frozenset(range(7))), None, id="no day: nothing can be done"),
        ],
    )
    def test_hours_and_days_at_which_nothing_comes_are_skipped(self, pace: Pace, hours: float | None) -> None:
        expected = QUARTER - LEEWAY if hours is None else hours * HOUR
        assert wait(most=timedelta(days=3), pace=pace) == expected
        assert wait(most=HOUR, pace=pace) == min(expected, HOUR - LEEWAY), "no longer than the operator says"

    @given(
        fresh_for=st.none() | st.timedeltas(timedelta(0)),
        pace=st.builds(
            Pace,
            every=st.none() | st.timedeltas(timedelta(0)),
            skip_hours=st.frozensets(st.integers(0, 23)),
            skip_days=st.frozensets(st.integers(0, 6)),
        ),
        ago=st.lists(st.integers(0, 100_000), max_size=9),
        paces=st.tuples(st.integers(1, 100_000), st.integers(0, 1_000_000)),
    )
    def test_the_operator_has_the_last_word(
        self, fresh_for: timedelta | None, pace: Pace, ago: list[int], paces: tuple[int, int]
    ) -> None:
        every, more = paces
        dates = [NOW - timedelta(seconds=seconds) for seconds in ago]
        news = [Dates(published=at, updated=at, precision=Precision.SECOND) for at in dates]
        waited = wait(
            NotModified(at=NOW, fresh_for=fresh_for),
            every=timedelta(seconds=every),
            most=timedelta(seconds=every + more),
            pace=pace,
            rhythm=rhythm.learn("", a_source(), news, seen_at=NOW, absent_at=None),
        )
        assert every - 1 <= waited.total_seconds() <= every + more


class TestFailures:
    @pytest.mark.parametrize(("failures", "factor"), [(1, 1), (2, 2), (3, 4), (4, 8)])
    def test_each_doubles_the_wait_more_or_less(self, failures: int, factor: int) -> None:
        waited = wait_after_failure(QUARTER, failed(), failures)
        assert max(1, factor * (1 - JITTER)) * QUARTER <= waited <= factor * QUARTER

    def test_neighbours_that_failed_together_do_not_come_back_together(self) -> None:
        waits = {next_fetch(a_source(f"s{n}"), IN_TURN, failed(), failures=5, now=NOW) for n in range(20)}
        assert len(waits) == 20
        assert max(waits) - min(waits) > 30 * MINUTE

    def test_on_a_cron_they_count_in_quarters_of_an_hour(self) -> None:
        assert NOMINAL < wait_after_failure(None, failed(), 2) <= NOMINAL * 2

    def test_retry_after_is_kept_to_when_it_is_longer(self) -> None:
        assert wait_after_failure(QUARTER, failed(3 * HOUR)) == 3 * HOUR

    def test_a_server_may_wish_for_years_and_gets_a_day(self) -> None:
        assert wait_after_failure(QUARTER, failed(timedelta(days=4000))) == LONGEST

    @given(
        st.integers(1, 1000),
        st.integers(1, 100_000),
        st.none() | st.timedeltas(timedelta(0), timedelta(days=9999)),
    )
    def test_the_wait_never_grows_beyond_a_day_nor_below_the_pace_or_what_was_asked_for(
        self, failures: int, seconds: int, retry_after: timedelta | None
    ) -> None:
        every = timedelta(seconds=seconds)
        waited = wait_after_failure(every, failed(retry_after), failures)
        assert every - timedelta(seconds=1) <= waited <= max(LONGEST, every)
        assert waited >= min(retry_after or timedelta(0), LONGEST)


class TestGone:
    def test_a_source_that_is_gone_is_not_asked_again(self) -> None:
        for every in (QUARTER, None):
            source = a_source(every=every)
            assert next_fetch(source, IN_TURN, failed(status=410), failures=1, now=NOW) == NEVER

    @pytest.mark.parametrize("status", [404, 503])
    def test_others_may_come_back(self, status: int) -> None:
        assert wait_after_failure(QUARTER, failed(status=status), 1000) <= LONGEST

    def test_a_new_address_that_is_gone_says_nothing_of_the_configured_one(self) -> None:
        state = SourceState(id="antara", next_at=NOW, move=Move(followed="https://new.id/"))
        assert not is_gone(state, failed(status=410))
        assert is_gone(SourceState(id="antara", move=Move(url="https://new.id/")), failed(status=410))


class TestSpread:
    def waits(self, next_at: datetime | None, **changes: Any) -> list[timedelta]:
        state = SourceState(id="", next_at=next_at)
        sources = [a_source(f"s{n}", **changes) for n in range(1000)]
        return [next_fetch(source, state, OK, failures=0, now=NOW) - NOW for source in sources]

    @pytest.mark.parametrize(
        "next_at",
        [
            pytest.param(None, id="the first time"),
            pytest.param(NOW + MINUTE, id="by force"),
            pytest.param(NOW - HOUR, id="long after they were due"),
        ],
    )
    def test_a_thousand_that_were_asked_together_are_not_so_again(self, next_at: datetime | None) -> None:
        waits = self.waits(next_at)
        minutes = [int(waited / MINUTE) for waited in waits]
        assert min(waits) >= QUARTER - LEEWAY
        assert max(waits) < 2 * QUARTER
        assert all(40 < minutes.count(minute) < 100 for minute in range(15, 29))
        assert waits == self.waits(next_at), "each at its own place, always"

    def test_in_turn_they_keep_their_distance(self) -> None:
        assert set(self.waits(NOW - MINUTE)) == {QUARTER - LEEWAY}

    def test_of_a_long_interval_a_quarter_of_an_hour_is_enough(self) -> None:
        assert max(self.waits(None, every=6 * HOUR)) < 6 * HOUR + QUARTER
