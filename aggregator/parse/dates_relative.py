"""Read what a listing says relative to now: "2 jam yang lalu", "yesterday 10:15", "baru saja".

The base is the response's own time, an argument. A label of n units is an interval, because scripts that
round (WordPress' ``human_time_diff``) and scripts that floor write the same
words (docs/timestamps.md, rule 4).
Bare amounts ("5 menit", which may be a reading time) are not dates.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from aggregator.model.item import Precision, Reading, ZoneOrigin
from aggregator.parse.dates_clock import Zone, clock_after, clock_before, reading, zone_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_UNITS = (
    (timedelta(seconds=1), Precision.MINUTE, "detik dtk seconds second secs sec s"),
    (timedelta(minutes=1), Precision.MINUTE, "menit mnt minutes minute mins min m"),
    (timedelta(hours=1), Precision.HOUR, "jam j hours hour hrs hr h"),
    (timedelta(days=1), Precision.DAY, "hari days day d"),
    (timedelta(weeks=1), Precision.DAY, "minggu pekan mgg weeks week wks wk w"),
    (timedelta(days=30), Precision.DAY, "bulan bln months month mos mo"),
    (timedelta(days=365), Precision.DAY, "tahun thn years year yrs yr y"),
)
_UNIT = {word: (length, precision) for length, precision, words in _UNITS for word in words.split()}
_NUMBERS = (
    *("a an satu one se", "dua two", "tiga three", "empat four", "lima five", "enam six"),
    *("tujuh seven", "delapan eight", "sembilan nine", "sepuluh ten", "sebelas eleven"),
)
_NUMBER = {word: number for number, words in enumerate(_NUMBERS, start=1) for word in words.split()}
_MINUTE = timedelta(minutes=1)  # how long "just now" lasts; scripts say "1 minute ago" after it


def _any(words: Iterable[str]) -> str:
    """Return a pattern for one of ``words``, the longest that fits."""
    return "|".join(sorted(words, key=len, reverse=True))


_FLAGS = re.ASCII | re.IGNORECASE
# Not the 5 of "1.5", the five of "twenty five" or "tiga puluh lima", nor the a of "beberapa jam".
_AMOUNT = (
    r"(?:(?<![0-9-])(?<![0-9][.,/])\d{1,4} ?|se|(?<!half )an? (?=second|min|hour|hr|day|week|month|year)"
    rf"|(?<!ty[ -])(?<!puluh )(?:{_any(_NUMBER.keys() - {'a', 'an', 'se'})}) )"
    rf"(?:{_any(_UNIT)})(?![a-z])(?:\(s\))?"
)
_PAST_WORD = re.compile("ago|lalu|silam", _FLAGS)
_PAST = r"(?:ago|(?:(?:yang|yg) )?(?:lalu|silam))(?![a-z])"
_AGO = re.compile(
    rf"(?P<under>less than |kurang dari )?(?P<amounts>{_AMOUNT}(?:,? ?(?:(?:dan|and) )?{_AMOUNT}){{0,2}})"
    rf" ?{_PAST}",
    _FLAGS,
)
_HALF_HOUR = re.compile(rf"(?:half an hour|(?<!lima )(?<![0-9] )setengah jam) {_PAST}", _FLAGS)
_BARE = re.compile(r"(?P<under>)(?P<amounts>se(?:detik|menit|jam|hari|minggu|pekan|bulan|tahun))", _FLAGS)
_PART = re.compile(rf"(\d+|se|(?:{_any(_NUMBER)})(?= )) ?({_any(_UNIT)})(?![a-z])", _FLAGS)
_JUST_NOW = re.compile(
    r"baru (?:saja|aja)|barusan|(?:beberapa (?:saat|detik)|sesaat) (?:(?:yang|yg) )?lalu"
    r"|just now|moments? ago|(?<![0-9] )(?<![0-9])seconds ago",
    _FLAGS,
)
_DAY_WORD = re.compile(
    r"(?:(?P<before>kemar[ie]n (?:dulu|lusa)|day before yesterday)|(?P<yesterday>kemar[ie]n|yesterday)"
    r"|hari ini|today)(?![a-z])",
    _FLAGS,
)


def relative(text: str, zone: Zone, base: datetime, zones: Mapping[str, str]) -> Reading | None:
    """Return what ``text`` (its white space single blanks) says relative to ``base`` (aware, UTC), else None.

    A label of n units is ``[base - (n + 1) units, base - (n - ½) units]``, all that rounding and flooring can
    mean by it, and most likely ``base - n units``; months have 30 days and years 365. Day words with a clock
    name one minute of one day in ``zone``.

    Raises:
        ValueError: a clock shows no such time. OverflowError: before the year 1.
    """
    if _PAST_WORD.search(text):
        if match := _AGO.search(text):
            return _days_ago(text, match, zone, base, zones) or _ago(match, base)
        if _HALF_HOUR.search(text):
            half = timedelta(minutes=30)
            return _interval(base - half - _MINUTE, base - half, base - half + _MINUTE / 2, Precision.MINUTE)
    if match := _BARE.fullmatch(text):
        return _ago(match, base)
    if match := _DAY_WORD.search(text):
        days = 2 if match["before"] else 1 if match["yesterday"] else 0
        return _on_day(text, match, _Days(days, base, zone), zones)
    if _JUST_NOW.search(text):
        return _interval(base - _MINUTE, base, base, Precision.MINUTE)
    return None


def within(text: str, day: Reading, base: datetime) -> Reading:
    """Return what a label in ``text`` leaves of ``day``, or ``day`` where it has none or denies it."""
    match = _AGO.search(text) if _PAST_WORD.search(text) else None
    if match is None:
        return day
    label = _ago(match, base)
    earliest, latest = max(day.earliest, label.earliest), min(day.latest, label.latest)
    if earliest > latest or label.precision is Precision.DAY:
        return day
    return replace(label, earliest=earliest, latest=latest)


def _days_ago(
    text: str, match: re.Match[str], zone: Zone, base: datetime, zones: Mapping[str, str]
) -> Reading | None:
    """Return the minute that "2 hari lalu pukul 10.15" names; None: there is no clock, or no whole days."""
    parts = _PART.findall(match["amounts"])
    if len(parts) != 1 or _UNIT[parts[0][1].lower()][0] != timedelta(days=1):
        return None
    if clock_after(text, match.end(), zones) is None:
        return None
    return _on_day(text, match, _Days(_count(parts[0][0]), base, zone), zones)


class _Days(NamedTuple):
    """So many days before ``base``, by the calendar of ``zone``."""

    number: int
    base: datetime
    zone: Zone


def _on_day(text: str, match: re.Match[str], ago: _Days, zones: Mapping[str, str]) -> Reading:
    """Return the day that ``match`` names, at the time that stands beside it, if any."""
    clock = clock_after(text, match.end(), zones) or clock_before(text, match.start(), zones)
    zone = (clock.zone if clock else zone_at(text, match.end(), zones)[0]) or ago.zone
    day = ago.base.astimezone(zone.tz).date() - timedelta(days=ago.number)
    return reading(day, clock, zone, relative=True)


def _ago(label: re.Match[str], base: datetime) -> Reading:
    parts = [(_count(number), _UNIT[word.lower()]) for number, word in _PART.findall(label["amounts"])]
    total = sum((number * length for number, (length, _) in parts), timedelta(0))
    unit, precision = min(unit for _, unit in parts)
    if label["under"]:
        return _interval(base - total, base, base, precision)
    # Programs that know no seconds call the first of them "1 minute".
    latest = base if total == _MINUTE else min(base, base - total + unit / 2)
    return _interval(base - total - unit, base - total, latest, precision)


def _count(number: str) -> int:
    return _NUMBER.get(number.lower()) or int(number)


def _interval(earliest: datetime, likely: datetime, latest: datetime, precision: Precision) -> Reading:
    return Reading(
        earliest=earliest,
        latest=latest,
        precision=precision,
        zone=ZoneOrigin.NONE,
        relative=True,
        likely=likely,
    )
