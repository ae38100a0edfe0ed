"""How many looks the adaptive pace saves, and what that costs in delay.

    python -m benchmarks.pace [SEED [SCHEDULED]]

Lets sources with made-up rhythms publish for a year, and asks each as the service would: the real rules
(``rules.schedule``, ``rules.rhythm``) learn from nothing but what a look shows, and name the next one; a
tick a minute asks. Beside it stands a fixed pace of a quarter of an hour, all phases counted. Delays are
minutes from an item's publication to the look that finds it. ``SCHEDULED`` is the share of the larger
sources' items that editors schedule for the full hour, the half or a quarter (0.35); with 0 every minute is
as likely as any other. The figures compare one version of the rules with another, and are no promise for
the news of a given day.
"""

from __future__ import annotations

import random
import sys
import time
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias
from zoneinfo import ZoneInfo

from aggregator.model.fetch import NotModified
from aggregator.model.item import Dates, Precision
from aggregator.model.source import Source, SourceState
from aggregator.rules.rhythm import learn
from aggregator.rules.schedule import next_fetch

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

ZONE, OFFSET = ZoneInfo("Asia/Jakarta"), 7 * 3_600
MINUTE, HOUR, DAY = 60, 3_600, 86_400
START = int(datetime(2024, 1, 1, tzinfo=UTC).timestamp())
BEFORE, YEAR = 28 * DAY, 365 * DAY  # there is something in the first document
DOCUMENT = 30  # items that a document holds
EVERY, SLOWEST = timedelta(minutes=15), timedelta(hours=1)

Draw: TypeAlias = random.Random
Publishes: TypeAlias = "Callable[[Draw], list[float]]"

WORK = (*[0.05] * 6, 0.5, 1, 1.4, 1.6, 1.6, 1.4, 1, 1.2, 1.5, 1.5, 1.3, 1, 0.8, 0.6, 0.5, 0.3, 0.2, 0.1)
CLOCK = (
    0.5,
    *[0.4] * 3,
    0.5,
    0.7,
    0.9,
    1.1,
    1.3,
    1.4,
    1.4,
    1.3,
    1.2,
    1.2,
    *[1.3] * 4,
    1.2,
    1.2,
    1.1,
    1,
    0.8,
    0.6,
)
FASTING = (*[0.1] * 3, 2.5, 2.5, 1, *[0.1] * 3, 1, 1, 0.1, 0.1, 0.7, 0.1, 0.1, 1, 2, 2, 0.1, 1, 1, 0.6, 0.1)
NIGHT = (2, 1.5, 1, *[0.02] * 17, 1, 1.5, 2, 2)
MATCHES = (*[0.05] * 13, 0.3, 0.5, 1.5, 2, 2, 2, 1.5, 2, 2, 1, 0.05)
WORKDAYS, WEEKEND = (1, 1, 1, 1, 1, 0.35, 0.25), (0.1, 0.1, 0.1, 0.1, 0.2, 1, 1)
OFFICE, ALIKE = (1, 1, 1, 1, 1, 0.02, 0), (1,) * 7
FAST = range(70, 100)  # days of the year


def hourly(
    curve: tuple[float, ...],
    scale: float,
    days: tuple[float, ...] = WORKDAYS,
    *,
    scheduled: float = 0.0,
    fasting: tuple[float, ...] = (),
) -> Publishes:
    """Publish at a rate for each hour of the day (``curve``, an hour) and day of the week."""

    def publishes(draw: Draw) -> list[float]:
        times: list[float] = []
        for hour in range(START - BEFORE, START + YEAR, HOUR):
            local = hour + OFFSET
            month = fasting if fasting and (hour - START) // DAY in FAST else curve
            rate = month[local // HOUR % 24] * scale * days[(local // DAY + 3) % 7]
            passed = draw.expovariate(rate) if rate else 1.0
            while passed < 1:
                times.append(hour + minute(draw, scheduled))
                passed += draw.expovariate(rate)
        return times

    return publishes


def minute(draw: Draw, scheduled: float) -> float:
    """Return how long after the full hour an item appears, in seconds."""
    if draw.random() < scheduled:
        return draw.choice((0, 0, 0, 30, 30, 15, 45)) * MINUTE + draw.uniform(0, 40)
    return draw.uniform(0, HOUR)


def at(hour: float, days: Collection[int], late: float) -> Publishes:
    """Publish at ``hour`` on these days of the week, some ``late`` seconds after it, and not always."""

    def publishes(draw: Draw) -> list[float]:
        return [
            day - OFFSET + hour * HOUR + abs(draw.gauss(0, late))
            for day in range(START - BEFORE, START + YEAR, DAY)
            if (day // DAY + 3) % 7 in days and draw.random() > 0.05
        ]

    return publishes


def until(day: int, other: Publishes) -> Publishes:
    """Publish as ``other`` does, and die."""
    return lambda draw: [when for when in other(draw) if when < START + day * DAY]


def breaking(other: Publishes) -> Publishes:
    """Publish as ``other`` does, and forty times a year 25 items in a few hours."""

    def publishes(draw: Draw) -> list[float]:
        times = other(draw)
        for _ in range(40):
            when = draw.uniform(START, START + YEAR - DAY)
            for _ in range(25):
                when += draw.expovariate(1 / (8 * MINUTE))
                times.append(when)
        return times

    return publishes


def rhythms(scheduled: float) -> list[tuple[str, int, Publishes]]:
    """Return the rhythms, each with how many of 40 sources have it."""
    return [
        ("wire, day and night", 2, hourly(CLOCK, 6, (1, 1, 1, 1, 1, 0.7, 0.6), scheduled=scheduled)),
        ("large portal", 3, hourly(WORK, 4, scheduled=scheduled)),
        ("portal with office hours", 7, hourly(WORK, 0.9, scheduled=scheduled)),
        ("institution, working days", 7, hourly(WORK, 0.18, OFFICE)),
        ("portal, other hours in Ramadan", 2, hourly(WORK, 1, scheduled=scheduled, fasting=FASTING)),
        ("portal with breaking news", 2, breaking(hourly(WORK, 0.4, scheduled=scheduled))),
        ("night shift", 1, hourly(NIGHT, 1, ALIKE, scheduled=scheduled)),
        ("sports at the weekend", 2, hourly(MATCHES, 1, WEEKEND)),
        ("column, daily at 09:00", 3, at(9, range(7), 2 * MINUTE)),
        ("letter, working days at 06:30", 2, at(6.5, range(5), 5 * MINUTE)),
        ("weekly, Thursdays at 10:00", 2, at(10, (3,), 15 * MINUTE)),
        ("blog, some a week", 4, hourly(WORK, 0.022, ALIKE)),
        ("blog, one a month", 1, hourly(WORK, 0.0017, ALIKE)),
        ("died in April", 2, until(100, hourly(WORK, 0.5, scheduled=scheduled))),
    ]


@dataclass
class Tally:
    """What looking at some sources cost and brought."""

    sources: int = 0
    looks: int = 0
    delays: list[float] = field(default_factory=list)  #: seconds
    fixed: list[float] = field(default_factory=list)  #: likewise, at a fixed pace

    def add(self, other: Tally) -> None:
        """Count what another has counted."""
        self.sources += other.sources
        self.looks += other.looks
        self.delays += other.delays
        self.fixed += other.fixed

    def line(self, name: str) -> str:
        """Return a line of the table."""
        looks = self.looks / (self.sources * YEAR / EVERY.total_seconds())
        delays = [
            f"{part(some, share):6.1f}" for some in (self.fixed, self.delays) for share in (0.5, 0.9, 0.99)
        ]
        items = len(self.delays) / self.sources / 365
        fixed, adaptive = "".join(delays[:3]), "".join(delays[3:])
        return f"{name:32}{self.sources:3}{items:10.2f}{looks:8.0%}  {fixed}  {adaptive}"


def part(delays: list[float], share: float) -> float:
    """Return the delay in minutes that so large a share of items does not exceed."""
    return sorted(delays)[int(share * len(delays))] / MINUTE if delays else 0.0


def main() -> None:
    """Print the table."""
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    scheduled = float(sys.argv[2]) if len(sys.argv) > 2 else 0.35
    print(f"A year, `every: 15m`, `every_max: 1h`, seed {seed}, {scheduled:.0%} of items scheduled.")
    print(f"{'':53}  delay, every 15 min    delay, adaptive")
    print(f"{'rhythm':32}of 40 a day   looks      50%   90%   99%     50%   90%   99%")
    began, cpu, whole = time.perf_counter(), time.process_time(), Tally()
    for name, count, publishes in rhythms(scheduled):
        tally = Tally()
        for number in range(count):
            tally.add(watch(f"{seed} {name} {number}", publishes))
        print(tally.line(name))
        whole.add(tally)
    print(whole.line("all"))
    each = (time.process_time() - cpu) / whole.looks * 1e6
    print(f"{time.perf_counter() - began:.0f} s, {each:.0f} µs of CPU a look, the simulation included")


def watch(name: str, publishes: Publishes) -> Tally:
    """Ask a source for a year, as often as the rules say."""
    draw = random.Random(name)  # noqa: S311 - the same at every run
    items = sorted(publishes(draw))
    source = Source(id=name, category="c", url="https://k.id/", timezone=ZONE, every=EVERY, every_max=SLOWEST)
    tick = draw.uniform(0, MINUTE)
    now, seen = START + tick, 0
    state = SourceState(id=name)
    tally = Tally(1)
    while now < START + YEAR:
        asked_at = datetime.fromtimestamp(now, UTC)
        there = bisect_right(items, now, seen)
        if there > seen or not state.rhythm:
            first = seen if state.last_ok_at else max(0, there - DOCUMENT)
            news = [dated(when) for when in items[first:there]]
            rhythm = learn(state.rhythm, source, news, seen_at=asked_at, absent_at=state.last_ok_at)
            state = replace(state, rhythm=rhythm)
            tally.delays += [now - when for when in items[seen:there] if when >= START]
        seen = there
        tally.looks += 1
        due = next_fetch(source, state, NotModified(at=asked_at), failures=0, now=asked_at)
        state = replace(state, next_at=due, last_ok_at=asked_at)
        ticks = -((START + tick - due.timestamp()) // MINUTE)
        now = START + tick + ticks * MINUTE
    pace = EVERY.total_seconds()
    tally.fixed = [
        (pace * phase / 8 - when) % pace for when in items[bisect_left(items, START) :] for phase in range(8)
    ]
    return tally


def dated(when: float) -> Dates:
    """Return the dates of an item that says when it was published."""
    instant = datetime.fromtimestamp(when, UTC)
    return Dates(published=instant, updated=instant, precision=Precision.SECOND)


if __name__ == "__main__":
    main()
