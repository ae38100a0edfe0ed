from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from aggregator.model.fetch import Failed
from aggregator.model.partner import ChangeKind, Delivery
from aggregator.rules.retries import GIVE_UP, LONGEST, next_attempt, next_probe
from tests.making import NOW

SECOND, MINUTE, HOUR, DAY = (timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days"))
FAILED = Failed(error="status 500", at=NOW)
DELIVERY = Delivery(
    id=1, partner="warta", story="a", mark=1, kind=ChangeKind.NEW, at=NOW, tried_at=NOW, attempts=1
)


def after(delivery: Delivery, failed: Failed = FAILED) -> timedelta:
    at = next_attempt(delivery, failed)
    assert at is not None
    return at - failed.at


@pytest.mark.parametrize(
    ("attempts", "longest"),
    [(1, 5 * SECOND), (2, 10 * SECOND), (3, 20 * SECOND), (7, 320 * SECOND), (11, HOUR), (99, HOUR)],
)
def test_each_wait_is_twice_as_long_and_a_little_less(attempts: int, longest: timedelta) -> None:
    waits = {after(replace(DELIVERY, attempts=attempts, id=number)) for number in range(100)}
    assert len(waits) > 50
    assert longest * 0.75 <= min(waits) < max(waits) <= longest


def test_who_says_when_to_come_again_is_heeded() -> None:
    assert after(DELIVERY, replace(FAILED, retry_after=MINUTE)) == MINUTE
    assert after(DELIVERY, replace(FAILED, retry_after=SECOND)) > 3 * SECOND


def test_after_a_day_it_has_failed() -> None:
    late = replace(FAILED, at=NOW + GIVE_UP)
    assert next_attempt(DELIVERY, late) is None
    assert next_attempt(replace(DELIVERY, attempts=30), replace(late, at=late.at - SECOND)) is not None


def test_all_attempts_of_a_day() -> None:
    delivery, at, times = DELIVERY, NOW, 0
    while found := next_attempt(delivery, replace(FAILED, at=at)):
        delivery, at, times = replace(delivery, attempts=delivery.attempts + 1), found, times + 1
        assert times < 50
    assert times > 30
    assert DAY <= at - NOW <= DAY + LONGEST


def test_a_partner_is_probed_after_as_long_as_it_has_been_failing() -> None:
    waits = [
        next_probe("warta", replace(FAILED, at=NOW + since), failing_at=NOW) - NOW - since
        for since in (timedelta(), 5 * SECOND, MINUTE, HOUR, DAY)
    ]
    for wait, longest in zip(waits, (5 * SECOND, 5 * SECOND, MINUTE, HOUR, HOUR), strict=True):
        assert longest * 0.75 <= wait <= longest
    asked = replace(FAILED, retry_after=2 * HOUR)
    assert next_probe("warta", asked, failing_at=NOW) == NOW + 2 * HOUR
