"""Learn when a source publishes, and say when it is worth asking it.

What is kept of a source is small: how many items it brings, and how they are spread over the days of the
week, the hours of the day and the five minutes of the hour. The rate at a given time is the product of the
four. News of just now make more of them likelier for a while; a long silence makes them less so.

A source is asked as soon as so many items are expected to wait that another minute of waiting costs more than
it saves in looks. For a steady rate that is the square root rule of economic order quantities: four times the
news, half the wait. For news that come at nine it is shortly after nine. The figures were found by simulation
(``benchmarks/pace.py``).

Pure. Days and hours are those of the source's zone. Inside here, instants are seconds since 1970.
"""

from __future__ import annotations

from binascii import a2b_base64, b2a_base64
from datetime import timedelta
from math import exp, sqrt
from struct import Struct
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

from aggregator.model.item import Precision

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from aggregator.model.item import Dates
    from aggregator.model.source import Source

SLOT, HOUR, DAY, WEEK = 300, 3_600, 86_400, 604_800  # seconds
DAYS, HOURS, SLOTS = 7, 24, 12  # of a week, a day, an hour

WORTH = 0.1  #: a look is worth as much as an item that waits so long, in units of the fastest pace
MEMORY = 28 * DAY  #: an item that is so old counts about a third
EVEN = 2.0  #: so many items, evenly spread, are assumed before anything is known of days and hours
UNKNOWN = 3.0  #: so many items at the fastest pace are assumed before anything is known of the rate
TRUST = 4.0  #: when so many items have failed to appear, half as many are expected as before
ECHO = 0.3  #: so many more items does an item announce
FADING = HOUR  #: most of them within so long
PEAK = 1.6  #: five minutes that bring so many times their share of an hour's news are waited for
VAGUE = 2 * HOUR  #: an item without a time of its own says something if it came between two looks so near

_ALL = DAYS + HOURS + SLOTS
_FULL = 65_535  # a share of one
_FORM = Struct(f"<IIIfff{_ALL}H")
_HEAD = 6
_FINE = (Precision.SECOND, Precision.MINUTE)


class _Rhythm(NamedTuple):
    since: float  #: since when the source is watched
    at: float  #: when the rest was brought up to date
    last: float  #: when its newest item appeared
    weight: float  #: its items, the older ones counting less
    vague: float  #: those of them that do not say at which time they were published
    echo: float  #: its items of the last hour or so
    shares: tuple[int, ...]  #: of all items: those of each day, then of each hour, then of each slot


class _Profile(NamedTuple):
    """How many times the mean rate there is at a given time."""

    shares: tuple[int, ...]
    known: float  # the weight of what was seen, for a share of one unit
    even: float  # the weight of what is assumed

    def slot(self, local: float) -> float:
        return self.shares[DAYS + HOURS + int(local // SLOT) % SLOTS] * self.known * SLOTS + self.even

    def rest(self, local: float) -> float:
        """Return how long, in seconds, what comes from now to the end of the hour would take."""
        slot = int(local // SLOT) % SLOTS
        gone = local % SLOT
        share = sum(self.shares[DAYS + HOURS + slot :]) - self.shares[DAYS + HOURS + slot] * gone / SLOT
        return share * self.known * HOUR + self.even * ((SLOTS - slot) * SLOT - gone)

    def hour(self, local: float) -> float:
        """Return the factor of the day and the hour together."""
        begun = int(local // HOUR)
        return self.hours(begun // HOURS, begun % HOURS, begun % HOURS + 1)

    def hours(self, day: int, begun: int, ended: int) -> float:
        """Return the sum of these hours' factors on a day (since 1970, a Thursday)."""
        some = sum(self.shares[DAYS + begun : DAYS + ended]) * self.known * HOURS + self.even * (
            ended - begun
        )
        return some * (self.shares[(day + 3) % DAYS] * self.known * DAYS + self.even)


def learn(
    text: str, source: Source, news: Sequence[Dates], *, seen_at: datetime, absent_at: datetime | None
) -> str:
    """Return the rhythm after new items.

    Args:
        text: the rhythm before; empty: there is none yet.
        source: as configured; its zone counts.
        news: the dates of the items that are new, each item once.
        seen_at: our clock at this look.
        absent_at: our clock at the look before, which did not have them; None: this is the first look.
    """
    if text and not news:
        return text
    at = seen_at.timestamp()
    times, vague = _appeared(news, at, absent_at.timestamp() if absent_at else None)
    before = _read(text) if text else _Rhythm(min(times, default=at), at, 0, 0, 0, 0, (0,) * _ALL)
    shift = _local(seen_at, source) - at
    counts = [0.0] * _ALL
    for time in times:
        weight = exp((time - at) / MEMORY)
        local = int(time + shift)
        counts[(local // DAY + 3) % DAYS] += weight
        counts[DAYS + local // HOUR % HOURS] += weight
        counts[DAYS + HOURS + local // SLOT % SLOTS] += weight
    fade = _faded(before.at, at, MEMORY)
    had, came = before.weight * fade, sum(counts[:DAYS])
    whole = had + came or 1.0
    after = _Rhythm(
        since=before.since,
        at=at,
        last=max(before.last, *times) if times else before.last,
        weight=had + came,
        vague=before.vague * fade + vague,
        echo=before.echo * _faded(before.at, at, FADING) + sum(exp((time - at) / FADING) for time in times),
        shares=tuple(
            round((share * had + count * _FULL) / whole)
            for share, count in zip(before.shares, counts, strict=True)
        ),
    )
    return _write(after)


def wait(text: str, source: Source, *, now: datetime, least: timedelta, most: timedelta) -> timedelta:
    """Return how long to wait from ``now`` on, from ``least`` to ``most``.

    A source whose items do not say at which time they were published is asked at its fastest pace: only our
    looks tell (docs/decisions/0018-pace.md). So is one of which nothing is known.
    """
    if not text:
        return least
    rhythm = _read(text)
    if rhythm.vague > rhythm.weight / 2:
        return least
    at, local = now.timestamp(), _local(now, source)
    floor, ceiling = least.total_seconds(), most.total_seconds()
    count = rhythm.weight * _faded(rhythm.at, at, MEMORY)
    profile = _Profile(rhythm.shares, count / (count + EVEN) / _FULL, EVEN / (count + EVEN))
    rate = _rate(count, at - rhythm.since, floor)
    missing = rate * _busy(profile, local - (at - rhythm.last), local) if rhythm.last else 0.0
    rate *= TRUST / (TRUST + missing)
    echo = ECHO * rhythm.echo * _faded(rhythm.at, at, FADING)
    due = _due(profile, local, rate, echo, floor=floor, ceiling=ceiling)
    return least if due <= floor else min(timedelta(seconds=due), most)


def _faded(then: float, at: float, span: int) -> float:
    """Return what is left at ``at`` of what counted one ``then``. A clock set back revives nothing."""
    return exp(min(then - at, 0.0) / span)


def _rate(count: float, age: float, floor: float) -> float:
    """Return items a second: those that were counted over the time in which they were.

    ``UNKNOWN`` items are added, over a time for which the fastest pace would have been right.
    """
    watched = MEMORY * (1 - exp(-max(age, 0.0) / MEMORY))
    return (count + UNKNOWN) / (watched + UNKNOWN * floor / (2 * WORTH))


def _due(profile: _Profile, local: float, rate: float, echo: float, *, floor: float, ceiling: float) -> float:
    """Return after how many seconds it is worth asking, at ``ceiling`` in any case."""
    enough = sqrt(2 * WORTH * floor * rate)
    began = 0.0
    while began < min(ceiling, WEEK):
        ended = began + HOUR - (local + began) % HOUR
        pace = rate * profile.hour(local + began)
        news = pace * profile.rest(local + began) + echo * (exp(-began / FADING) - exp(-ended / FADING))
        if news >= enough:
            while enough > 0:
                ended = began + SLOT - (local + began) % SLOT
                enough -= pace * (ended - began) * profile.slot(local + began)
                enough -= echo * (exp(-began / FADING) - exp(-ended / FADING))
                began = ended
            return _past_peak(profile, local, max(began, floor))
        enough -= news
        began = ended
    return ceiling


def _past_peak(profile: _Profile, local: float, due: float) -> float:
    """Return ``due``, or the end of the busiest five minutes of the hour where they are just ahead."""
    begun = due - (local + due) % SLOT
    for start in (begun + SLOT, begun):
        if profile.slot(local + start + 1) >= PEAK:
            return start + SLOT
    return due


def _busy(profile: _Profile, start: float, end: float) -> float:
    """Return how long, in seconds at the mean rate, what comes from ``start`` to ``end`` would take."""
    if end - start > WEEK:
        return end - start
    hour, last = int(start // HOUR), int(end // HOUR)  # finer than that it does not matter
    total: float = 0.0
    while hour < last:
        begun = hour % HOURS
        until = min(last, hour - begun + HOURS)
        total += profile.hours(hour // HOURS, begun, begun + until - hour)
        hour = until
    return total * HOUR


def _appeared(news: Sequence[Dates], at: float, absent_at: float | None) -> tuple[list[float], int]:
    """Return when the items appeared, as far as that is known, and how many looks brought vague ones.

    A date is believed when the look before did not have the item yet. Else (a late item, a wrong zone, no
    time) it came at some time between the two looks: all of those at once, for they tell no more than one.
    """
    times: list[float] = []
    late = vague = 0
    for dates in news:
        published = dates.published.timestamp()
        fine = dates.precision in _FINE
        vague |= not fine
        if fine and (at - MEMORY if absent_at is None else absent_at) <= published <= at:
            times.append(published)
        else:
            late = 1
    if late and absent_at is not None and 0 <= at - absent_at <= VAGUE:
        times.append((at + absent_at) / 2)
    return times, int(vague)


def _local(now: datetime, source: Source) -> int:
    """Return what the source's clocks show, up to five minutes late: no two sources' slots end together."""
    offset = now.astimezone(source.timezone).utcoffset() or timedelta(0)
    return int(now.timestamp() + offset.total_seconds()) - crc32(source.id.encode()) % SLOT


def _read(text: str) -> _Rhythm:
    since, at, last, count, vague, echo, *shares = _FORM.unpack(a2b_base64(text))
    return _Rhythm(since, at, last, count, vague, echo, tuple(shares))


def _write(rhythm: _Rhythm) -> str:
    since, at, last, *more, shares = rhythm
    packed = _FORM.pack(int(since), int(at), int(last), *more, *shares)
    return b2a_base64(packed, newline=False).decode()
