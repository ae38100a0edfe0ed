"""Decide how many requests a partner may make: a bucket of tokens that fills up steadily.

Clocks may be set back, and those of two machines differ a little: whatever they say, a bucket gains no more
than its rate for the time by which the clock went forward.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.model.partner import Rate

#: So far ahead of ours may another machine's clock be. Further ahead, ours was set back.
SKEW = timedelta(minutes=1)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Bucket:
    """How many tokens there were at an instant (aware, UTC); not always a whole number."""

    tokens: float
    at: datetime


def take(bucket: Bucket | None, rate: Rate, wanted: int, now: datetime) -> tuple[Bucket, int, datetime]:
    """Take up to ``wanted`` tokens at ``now``.

    Returns:
        The bucket after that, how many were taken, and from when on (``now``, or later) there is one more.
    """
    filled = _filled(bucket, rate, now) if bucket else Bucket(rate.count, now)
    taken = min(max(wanted, 0), int(filled.tokens))
    left = Bucket(filled.tokens - taken, filled.at)
    if left.tokens >= 1:
        return left, taken, now
    # Rounded up, and a microsecond more, lest the token lack its last billionth then.
    wait = ceil((1 - left.tokens) * (rate.period / _MICROSECOND) / rate.count) + 1
    return left, taken, max(now, left.at + wait * _MICROSECOND)


def _filled(bucket: Bucket, rate: Rate, now: datetime) -> Bucket:
    ahead = bucket.at - now
    gained = max(-ahead / rate.period * rate.count, 0)
    # A clock that was set back for good is followed; else nothing were gained until it is that late again.
    at = bucket.at if timedelta() < ahead <= SKEW else now
    return Bucket(min(bucket.tokens + gained, rate.count), at)
