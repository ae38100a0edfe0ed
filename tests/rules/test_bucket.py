"""How many requests a bucket gives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model.partner import Rate
from aggregator.rules.bucket import SKEW, Bucket, take

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = (timedelta(seconds=seconds) for seconds in (1, 60, 3600, 86_400))
HOURLY = Rate(count=60, period=HOUR)

rates = st.builds(Rate, count=st.integers(1, 10_000), period=st.sampled_from([SECOND, MINUTE, HOUR, DAY]))
spans = st.one_of(
    st.timedeltas(timedelta(), 2 * DAY), st.timedeltas(timedelta(), SECOND), st.just(timedelta())
)
asked = st.lists(st.tuples(spans, st.integers(0, 200)), min_size=1, max_size=60)


def test_a_new_bucket_is_full_and_fills_up_steadily() -> None:
    bucket, taken, next_at = take(None, HOURLY, 100, NOW)
    assert (taken, next_at - NOW) == (60, timedelta(minutes=1, microseconds=1))
    bucket, taken, next_at = take(bucket, HOURLY, 1, NOW + timedelta(seconds=45))
    assert (taken, next_at - NOW) == (0, timedelta(minutes=1, microseconds=1))
    bucket, taken, next_at = take(bucket, HOURLY, 5, NOW + timedelta(minutes=3, seconds=30))
    assert (taken, next_at - NOW) == (3, timedelta(minutes=4, microseconds=1))
    assert take(bucket, HOURLY, 100, NOW + 2 * HOUR)[1] == 60


def test_where_something_is_left_there_is_more_at_once() -> None:
    assert take(None, HOURLY, 59, NOW) == (Bucket(1, NOW), 59, NOW)
    assert take(None, HOURLY, 0, NOW) == (Bucket(60, NOW), 0, NOW)
    assert take(None, HOURLY, -5, NOW)[1] == 0


def test_another_rate_holds_at_once() -> None:
    full = Bucket(60, NOW)
    for at in (NOW, NOW - SECOND, NOW + SECOND):
        assert take(full, Rate(count=2, period=HOUR), 100, at)[1] == 2
    assert take(Bucket(0, NOW), Rate(count=3600, period=HOUR), 100, NOW + 10 * SECOND)[1] == 10


def test_a_clock_that_is_a_little_behind_gains_nothing_and_loses_nothing() -> None:
    bucket = Bucket(0, NOW)
    for _ in range(100):  # two machines take turns
        bucket, taken, _ = take(bucket, HOURLY, 1, NOW - SKEW)
        assert (bucket.at, taken) == (NOW, 0)
        bucket, taken, _ = take(bucket, HOURLY, 1, NOW)
        assert taken == 0
    assert take(bucket, HOURLY, 5, NOW + MINUTE)[1] == 1


@pytest.mark.parametrize("back", [2 * SKEW, HOUR, 3650 * DAY])
def test_a_clock_that_is_set_back_is_followed(back: timedelta) -> None:
    bucket, taken, next_at = take(Bucket(0, NOW), HOURLY, 1, NOW - back)
    assert (taken, next_at - (NOW - back)) == (0, timedelta(minutes=1, microseconds=1))
    assert take(bucket, HOURLY, 1, next_at)[1] == 1


@given(rates, asked)
def test_never_more_than_the_rate_in_any_window(rate: Rate, asked: list[tuple[timedelta, int]]) -> None:
    bucket, now, given = None, NOW, []
    for span, wanted in asked:
        now += span
        bucket, taken, next_at = take(bucket, rate, wanted, now)
        assert 0 <= taken <= wanted
        assert next_at >= now
        given.append((now, taken))
    for first, (start, _) in enumerate(given):
        total = 0
        for at, taken in given[first:]:
            total += taken
            assert total <= rate.count + (at - start) / rate.period * rate.count + 1e-6


@given(rates, asked)
def test_who_waits_until_then_gets_one(rate: Rate, asked: list[tuple[timedelta, int]]) -> None:
    bucket, now = None, NOW
    for span, wanted in asked:
        now += span
        bucket, _, next_at = take(bucket, rate, wanted, now)
        assert take(bucket, rate, 1, next_at)[1] == 1


@given(
    rates,
    st.lists(st.tuples(st.timedeltas(-3 * DAY, 3 * DAY), st.integers(0, 200)), min_size=1, max_size=60),
)
def test_whatever_the_clock_does_nothing_is_gained_but_by_its_going_forward(
    rate: Rate, asked: list[tuple[timedelta, int]]
) -> None:
    bucket, total, clocks = None, 0, [NOW]
    for offset, wanted in asked:
        clocks.append(NOW + offset)
        bucket, taken, _ = take(bucket, rate, wanted, clocks[-1])
        assert 0 <= bucket.tokens <= rate.count
        total += taken
    forward = sum((max(after - before, timedelta()) for before, after in pairwise(clocks[1:])), timedelta())
    assert total <= rate.count + forward / rate.period * rate.count + 1e-6
