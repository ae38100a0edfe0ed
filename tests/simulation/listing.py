"""A listing page whose only dates are labels, under a clock that is moved: what we publish, and the truth.

The scripts are those of real sites: WordPress' ``human_time_diff`` rounds, most others cut off, moment.js
rounds with words for the smallest amounts. A page says what its script says at that instant.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import escape
from typing import TYPE_CHECKING

from aggregator.model.source import Kind, Select
from tests.making import a_source
from tests.pipeline.house import House

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from aggregator.store import SqlStore

START = datetime(2024, 11, 20, 1, 0, tzinfo=UTC)
SHOWN = 20
MINUTE, HOUR, DAY, WEEK = 60, 3600, 86400, 604800
UNITS = ((WEEK, "week", "minggu"), (DAY, "day", "hari"), (HOUR, "hour", "jam"), (MINUTE, "min", "menit"))


def wordpress(seconds: int) -> str:
    """Return the label that WordPress makes: rounded, 1 at least, in Indonesian."""
    length, _, word = next((unit for unit in UNITS if seconds >= unit[0]), UNITS[-1])
    return f"{max((2 * seconds + length) // (2 * length), 1)} {word} yang lalu"


def flooring(seconds: int) -> str:
    """Return the label of a script that counts whole units only, in English."""
    if seconds < MINUTE:
        return "just now"
    length, word, _ = next(unit for unit in UNITS if seconds >= unit[0])
    count = seconds // length
    return f"Logistik{count} {word}{'s' if count > 1 else ''} ago"


def moment(seconds: int) -> str:
    """Return the label that moment.js makes: rounded, and in words for one of a unit."""
    minutes, hours = round(seconds / MINUTE), round(seconds / HOUR)
    if seconds < 45:
        return "a few seconds ago"
    if minutes < 45:
        return "a minute ago" if minutes <= 1 else f"{minutes} minutes ago"
    if hours < 22:
        return "an hour ago" if hours <= 1 else f"{hours} hours ago"
    return "a day ago" if seconds < 36 * HOUR else f"{round(seconds / DAY)} days ago"


SCRIPTS: dict[str, Callable[[int], str]] = {"wordpress": wordpress, "flooring": flooring, "moment": moment}


@dataclass
class Replay:
    """What was published of each article in the course of it."""

    truth: dict[str, datetime] = field(default_factory=dict)  #: by link
    published: dict[str, list[datetime]] = field(default_factory=dict)  #: each instant it was published under
    intervals: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)  #: as narrowed in the end
    out_of_order: int = 0
    later_than_seen: int = 0

    @property
    def moved(self) -> list[str]:
        """The articles whose instant was not always the same."""
        return [link for link, instants in self.published.items() if len(instants) > 1]

    @property
    def errors(self) -> list[float]:
        """How many minutes each published instant is from the truth, the smallest first."""
        return sorted(
            abs((self.published[link][0] - self.truth[link]).total_seconds()) / 60 for link in self.published
        )


def articles(seed: int, hours: int) -> dict[str, datetime]:
    """Return articles of half a day before ``START`` and of ``hours`` after it, one every half hour or so."""
    drawn = random.Random(seed)  # noqa: S311 # no secret
    at = START - timedelta(hours=12)
    found: dict[str, datetime] = {}
    while at < START + timedelta(hours=hours):
        at += timedelta(seconds=drawn.randint(5 * MINUTE, 70 * MINUTE))
        found[f"https://listing.example.id/{len(found):03}-kabar"] = at
    return found


def page(truth: dict[str, datetime], now: datetime, script: Callable[[int], str]) -> str:
    """Return the listing as it is at ``now``, newest first."""
    out = [(at, link) for link, at in truth.items() if at <= now]
    rows = (
        f'<li><a href="{link}">{escape(link[-9:])}</a><i>{script(int((now - at).total_seconds()))}</i></li>'
        for at, link in sorted(out, reverse=True)[:SHOWN]
    )
    return f"<ul>{''.join(rows)}</ul>"


def replay(
    store: SqlStore,
    script: Callable[[int], str],
    *,
    hours: int = 48,
    every: timedelta = timedelta(minutes=10),
    seed: int = 1,
    pauses: Iterable[int] = (),
) -> Replay:
    """Collect a listing every ``every``, but for the steps ``pauses``, and return what was published."""
    house = House(store)
    house.etags = False
    house.use(a_source("listing", kind=Kind.HTML, select=Select(item="li", title="a", date="i")))
    seen, skipped = Replay(truth=articles(seed, hours)), set(pauses)
    for step in range(int(timedelta(hours=hours) / every)):
        house.now = START + step * every
        if step in skipped:
            continue
        house.say("listing", page(seen.truth, house.now, script))
        house.collect()
        stories = house.stories()
        for story in stories:
            instants = seen.published.setdefault(story.shown.link, [])
            if story.published not in instants:
                instants.append(story.published)
            seen.later_than_seen += story.published > story.shown.first_seen
            dates = story.shown.dates
            if dates.earliest and dates.latest:
                seen.intervals[story.shown.link] = (dates.earliest, dates.latest)
        order = [seen.truth[story.shown.link] for story in stories]
        seen.out_of_order += order != sorted(order, reverse=True)
    return seen
