"""Read when a feed asks to be read again: RSS ``ttl``, ``skipHours``, ``skipDays``, and ``sy:updatePeriod``.

Sources: RSS 2.0 (https://www.rssboard.org/rss-specification#ltttlgtSubelementOfLtchannelgt,
https://www.rssboard.org/skip-hours-days) and the syndication module of RSS 1.0
(https://web.resource.org/rss/1.0/modules/syndication/).
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from aggregator.model.item import Pace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LONGEST = timedelta(days=7)  #: news that is asked for more seldom is none

_PERIODS = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(days=7),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}
_DAYS = {day: number for number, day in enumerate(("mon", "tues", "wednes", "thurs", "fri", "satur", "sun"))}
_HOURS_OF_DAY = 24
_HOURS = {form for hour in range(_HOURS_OF_DAY + 1) for form in (f"{hour}", f"{hour:02}")}
_DIGITS_MAX = 6  # of a number that may mean something
_HEAD_MAX = (
    100_000  # characters before the first entry, and behind the last, in which skipHours are looked for
)
_SKIP = {name: re.compile(f"<skip{name}s[\\s>]", re.IGNORECASE) for name in ("hour", "day")}
_SKIP_END = re.compile("</skip", re.IGNORECASE)
_ENTRY = re.compile(r"<(?:\w{1,20}:)?(?:item|entry)[\s>]")
_LISTED = re.compile(r"<(?:hour|day)(?:\s[^<>]*+)?+>([^<]*+)<", re.IGNORECASE)


def pace(feed: Mapping[str, object], *, hours: Iterable[str], days: Iterable[str]) -> Pace:
    """Return when a feed asks to be read again.

    Of ``ttl`` and the update period the longer counts. A number that is none, zero or negative counts as
    not given, and so does a ``ttl`` over ``LONGEST``: some write seconds. A period over that is cut to it.
    Hours and days that would leave none are not believed.

    Args:
        feed: ``ttl``, ``sy_updateperiod`` and ``sy_updatefrequency`` as feedparser names them.
        hours: what ``skipHours`` lists, 0 to 23 in GMT; 24 stands for 0, as it did in RSS 0.91.
        days: what ``skipDays`` lists, in English.
    """
    minutes = _number(feed.get("ttl"))
    every = [timedelta(minutes=minutes)] if minutes and timedelta(minutes=minutes) <= LONGEST else []
    period, frequency = feed.get("sy_updateperiod"), feed.get("sy_updatefrequency")
    if period or frequency:  # each has a default, which holds where the other is given
        length = _PERIODS.get(period.strip().lower() if isinstance(period, str) else "daily")
        times = _number(frequency) if frequency else 1
        if length and times:
            every.append(min(length / times, LONGEST))
    skipped_hours = {int(hour) % _HOURS_OF_DAY for hour in map(str.strip, hours) if hour in _HOURS}
    skipped_days = {_DAYS[name] for day in days if (name := day.strip().lower().removesuffix("day")) in _DAYS}
    return Pace(
        every=max(every, default=None),
        skip_hours=frozenset(skipped_hours if len(skipped_hours) < _HOURS_OF_DAY else ()),
        skip_days=frozenset(skipped_days if len(skipped_days) < len(_DAYS) else ()),
    )


def skipped(text: str, name: str) -> list[str]:
    """Return what ``skipHours`` (``name`` is ``"hour"``) or ``skipDays`` (``"day"``) of a document list.

    feedparser keeps but the last of them. They are looked for before the first entry and after the last.
    """
    first = _ENTRY.search(text)
    last = max(text.rfind("</item>"), text.rfind("</entry>"), 0)
    for part in (text[: first.start() if first else None][:_HEAD_MAX], text[last:][-_HEAD_MAX:]):
        if start := _SKIP[name].search(part):
            end = _SKIP_END.search(part, start.end())
            return _LISTED.findall(part, start.end(), end.start() if end else len(part))
    return []


def _number(text: object) -> int:
    """Return a whole number above zero; 0 for what is none."""
    digits = text.strip() if isinstance(text, str) else ""
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= _DIGITS_MAX else 0
