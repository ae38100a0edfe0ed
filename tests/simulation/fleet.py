"""Sources with every habit of dating, watched as the service watches them: which are found to be wrong?

Each publishes for some days, is asked every ten or fifteen minutes, and writes its dates as it does. They
are read by the real readers and judged by the real auditor.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from aggregator.model.item import Candidate, Claim, Origin
from aggregator.parse.dates import read
from aggregator.rules.audit import observe, remember, verdict
from tests.making import a_source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aggregator.model.source import Residual, Source
    from aggregator.rules.audit import Verdict

START = datetime(2024, 10, 25, tzinfo=UTC)  # two days before Europe's clocks are set back
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
WIB, WITA, WIT = ZoneInfo("Asia/Jakarta"), ZoneInfo("Asia/Makassar"), ZoneInfo("Asia/Jayapura")
BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
ITEMS = 60


@dataclass(frozen=True)
class Habit:
    """How a source dates and when its items show."""

    name: str
    write: Callable[[datetime], str]  #: an instant as the source writes it
    late: Callable[[random.Random], timedelta]  #: from its date to when it shows
    zone: ZoneInfo = WIB  #: the configured zone
    shift: timedelta | None = None  #: what is wrong with it in truth; None: nothing


@dataclass
class Watched:
    """What came of watching a source."""

    habit: Habit
    observed: int = 0  #: items that counted
    found_after: int | None = None  #: items that had counted at the first verdict
    verdicts: set[Verdict] = field(default_factory=set)


def rfc822(zone: ZoneInfo) -> Callable[[datetime], str]:
    return lambda at: format_datetime(at.astimezone(zone))


def labelled(zone: ZoneInfo, label: str) -> Callable[[datetime], str]:
    return lambda at: f"{at.astimezone(zone):%a, %d %b %Y %H:%M:%S} {label}"


def bare(zone: ZoneInfo, form: str = "%Y-%m-%d %H:%M:%S") -> Callable[[datetime], str]:
    return lambda at: f"{at.astimezone(zone):{form}}"


def within(least: float, most: float) -> Callable[[random.Random], timedelta]:
    return lambda drawn: drawn.uniform(least, most) * MINUTE


PROMPT = within(0, 4)
SLOW_CACHE = within(0, 15)


def innocent() -> Iterator[Habit]:
    """Yield the habits of those that write no wrong zone."""
    yield Habit("prompt, +0700", rfc822(WIB), PROMPT)
    yield Habit("prompt, WIB", labelled(WIB, "WIB"), PROMPT)
    yield Habit("prompt, WITA", labelled(WITA, "WITA"), PROMPT)
    yield Habit("prompt, GMT", labelled(ZoneInfo("UTC"), "GMT"), PROMPT)
    yield Habit("prompt, no zone", bare(WIB), PROMPT)
    yield Habit("prompt, no zone, Berlin through the change of clocks", bare(BERLIN), PROMPT, BERLIN)
    yield Habit("prompt, minutes only", bare(WIB, "%d/%m/%Y %H:%M"), PROMPT)
    yield Habit("behind a slow cache", rfc822(WIB), SLOW_CACHE)
    yield Habit("late by minutes to hours", rfc822(WIB), within(5, 300))
    yield Habit("late by one to two hours, no zone", bare(WITA), within(60, 120), WITA)
    yield Habit("late by half a day, more or less", rfc822(WIB), within(300, 900))
    yield Habit("an hour late, to the minute", rfc822(WIB), within(60, 64))
    yield Habit("three hours late, to the minute, no zone", bare(WIB), within(180, 184))
    yield Habit("in hourly batches", rfc822(WIB), within(0, 60))
    yield Habit("its clock runs fast", rfc822(WIB), within(-14, -2))
    yield Habit("dated when it is planned to show", rfc822(WIB), within(-45, 5))
    yield Habit("a calendar of events", rfc822(WIB), within(-3 * 24 * 60, 0))


def guilty() -> Iterator[Habit]:
    """Yield the habits of those that do."""
    yield Habit("WIB as UTC", labelled(WIB, "+0000"), PROMPT, shift=7 * HOUR)
    yield Habit("WIB as GMT", labelled(WIB, "GMT"), SLOW_CACHE, shift=7 * HOUR)
    yield Habit("WIB as Z", bare(WIB, "%Y-%m-%dT%H:%M:%SZ"), PROMPT, shift=7 * HOUR)
    yield Habit("WITA as UTC", labelled(WITA, "UTC"), PROMPT, shift=8 * HOUR)
    yield Habit("WIT as WIB", labelled(WIT, "WIB"), PROMPT, shift=2 * HOUR)
    yield Habit("no zone, WITA read as WIB", bare(WITA), PROMPT, WIB, shift=HOUR)
    yield Habit("no zone, WIB read as UTC", bare(WIB), PROMPT, ZoneInfo("UTC"), shift=7 * HOUR)
    yield Habit("no zone, WIB read as New York's", bare(WIB), PROMPT, NEW_YORK, shift=11 * HOUR)
    yield Habit("no zone, India's read as UTC", bare(ZoneInfo("Asia/Kolkata")), PROMPT, ZoneInfo("UTC"),
                shift=5.5 * HOUR)  # fmt: skip
    yield Habit("UTC as WIB", labelled(ZoneInfo("UTC"), "WIB"), PROMPT, shift=-7 * HOUR)
    yield Habit("UTC as +0700", labelled(ZoneInfo("UTC"), "+0700"), PROMPT, shift=-7 * HOUR)
    yield Habit("no zone, UTC read as WIB", bare(ZoneInfo("UTC")), PROMPT, WIB, shift=-7 * HOUR)
    yield Habit("no zone, WIB read as WIT", bare(WIB), PROMPT, WIT, shift=-2 * HOUR)
    yield Habit("no zone, WIB read as WITA", bare(WIB), PROMPT, WITA, shift=-HOUR)
    yield Habit("no zone, New York's read as WIB", bare(NEW_YORK), PROMPT, WIB, shift=-11 * HOUR)


def watch(habit: Habit, *, seed: int, every: timedelta) -> Watched:
    """Watch a source with ``habit`` until it has brought ``ITEMS`` items; return what was found."""
    drawn = random.Random(f"{habit.name} {seed}")  # noqa: S311 # no secret
    source = a_source("watched", timezone=habit.zone)
    watched = Watched(habit)
    residuals: tuple[Residual, ...] = ()
    for first_seen, absent_at, instant in _sightings(habit, drawn, every):
        residual = _residual(habit.write(instant), source, first_seen, absent_at)
        if residual is None:
            continue
        watched.observed += 1
        residuals = remember(residuals, [residual])
        if (wrong := verdict(residuals, source)) is not None:
            watched.verdicts.add(wrong)
            watched.found_after = watched.found_after or watched.observed
    return watched


def _sightings(
    habit: Habit, drawn: random.Random, every: timedelta
) -> Iterator[tuple[datetime, datetime, datetime]]:
    """Yield for each item when it was first seen, the collect before that, and when it was published."""
    shows = []
    instant = START
    for _ in range(ITEMS):
        instant += drawn.expovariate(1 / 40) * MINUTE
        shows.append((instant + habit.late(drawn), instant))
    collect = START + drawn.uniform(0, 10) * MINUTE
    for shown_at, published in sorted(shows):
        while collect < shown_at:
            before, collect = collect, collect + every + drawn.uniform(-20, 50) * timedelta(seconds=1)
        if collect > START + every:
            yield collect.replace(microsecond=0), before.replace(microsecond=0), published


def _residual(text: str, source: Source, first_seen: datetime, absent_at: datetime) -> Residual | None:
    reading = read(text, zone=source.timezone, base=first_seen)
    candidate = Candidate(claim=Claim(origin=Origin.PUBLISHED, text=text), reading=reading)
    return observe([candidate], source, first_seen=first_seen, absent_at=absent_at)


def fleet() -> Iterator[Watched]:
    """Watch 200 sources: every habit in turn, at a pace of ten or fifteen minutes."""
    habits = [*innocent(), *guilty()]
    for number in range(200):
        habit = habits[number % len(habits)]
        yield watch(habit, seed=number, every=(10 + 5 * (number % 2)) * MINUTE)
