"""When a source is asked next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model.fetch import Failed, NotModified
from aggregator.model.source import Source
from aggregator.rules.schedule import LONGEST, NOMINAL, next_fetch

NOW = datetime(2024, 11, 20, 7, 30, tzinfo=UTC)
OK = NotModified(at=NOW)


def source(every: timedelta | None) -> Source:
    return Source(
        id="s", category="c", url="https://k.id/", timezone=ZoneInfo("Asia/Jakarta"), every=every
    )  # fmt: skip


def failed(retry_after: timedelta | None = None) -> Failed:
    return Failed(error="status 503", at=NOW, retry_after=retry_after)


@pytest.mark.parametrize("minutes", [1, 10, 15, 60])
def test_a_success_is_due_again_just_in_time_for_the_next_tick(minutes: int) -> None:
    every = timedelta(minutes=minutes)
    assert (
        NOW + every - timedelta(seconds=2) < next_fetch(source(every), OK, failures=0, now=NOW) < NOW + every
    )


def test_a_very_short_pace_keeps_nearly_its_length() -> None:
    every = timedelta(seconds=5)
    assert next_fetch(source(every), OK, failures=0, now=NOW) >= NOW + every * 0.8


def test_a_source_on_a_cron_is_due_whenever_that_fires() -> None:
    assert next_fetch(source(None), OK, failures=0, now=NOW) == NOW


@pytest.mark.parametrize(("failures", "factor"), [(1, 1), (2, 2), (3, 4), (4, 8)])
def test_failures_double_the_wait(failures: int, factor: int) -> None:
    every = timedelta(minutes=15)
    assert next_fetch(source(every), failed(), failures=failures, now=NOW) == NOW + every * factor


def test_failures_of_a_cron_source_count_in_quarters_of_an_hour() -> None:
    assert next_fetch(source(None), failed(), failures=2, now=NOW) == NOW + NOMINAL * 2


def test_retry_after_is_kept_to_when_it_is_longer() -> None:
    asked = failed(timedelta(hours=3))
    assert next_fetch(source(timedelta(minutes=15)), asked, failures=1, now=NOW) == NOW + timedelta(hours=3)


def test_a_server_may_wish_for_years_and_gets_a_day() -> None:
    asked = failed(timedelta(days=4000))
    assert next_fetch(source(timedelta(minutes=15)), asked, failures=1, now=NOW) == NOW + LONGEST


@given(
    st.integers(1, 1000),
    st.integers(1, 100_000),
    st.none() | st.timedeltas(timedelta(0), timedelta(days=9999)),
)
def test_the_wait_never_grows_beyond_a_day_nor_below_the_pace(
    failures: int, seconds: int, retry_after: timedelta | None
) -> None:
    every = timedelta(seconds=seconds)
    wait = next_fetch(source(every), failed(retry_after), failures=failures, now=NOW) - NOW
    assert every - timedelta(seconds=1) <= wait <= max(LONGEST, every)
