"""Read what a listing says relative to now: "2 jam yang lalu", "yesterday 10:15", "baru saja".

The base is the response's own time, an argument. A label of n units is an interval, because scripts that
round (WordPress' ``human_time_diff``) and scripts that floor write the same
words (docs/timestamps.md, rule 4).
Bare amounts ("5 menit", which may be a reading time) are not dates.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from aggregator.model.item import Precision, Reading, ZoneOrigin
from aggregator.parse.dates_clock import clock_after, clock_before, reading, zone_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from aggregator.parse.dates_clock import Zone

_UNITS = (
    (timedelta(seconds=1), Precision.MINUTE, "detik dtk seconds second secs sec s"),
    (timedelta(minutes=1), Precision.MINUTE, "menit mnt minutes minute mins min m"),
    (timedelta(hours=1), Precision.HOUR, "jam hours hour hrs hr h"),
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
_MOMENT = timedelta(minutes=1)  # how long "just now" lasts; scripts say "1 minute ago" after it


def _any(words: Iterable[str]) -> str:
    """Return a pattern for one of ``words``, the longest that fits."""
    return "|".join(sorted(words, key=len, reverse=True))


_FLAGS = re.ASCII | re.IGNORECASE
# Not the 5 of "1.5", the five of "twenty five" or "tiga puluh lima", nor the a of "beberapa jam".
_AMOUNT = (
    r"(?:(?<![0-9])(?<![0-9][.,/])\d{1,4} ?|se|(?<!half )an? (?=second|min|hour|hr|day|week|month|year)"
    rf"|(?<!ty[ -])(?<!puluh )(?:{_any(_NUMBER.keys() - {'a', 'an', 'se'})}) )"
    rf"(?:{_any(_UNIT)})(?![a-z])(?:\(s\))?"
)
_AGO = re.compile(
    rf"(?P<under>less than |kurang dari )?(?P<amounts>{_AMOUNT}(?:,? ?(?:(?:dan|and) )?{_AMOUNT}){{0,2}})"
    r" ?(?:ago|(?:(?:yang|yg) )?(?:lalu|silam))(?![a-z])",
    _FLAGS,
)
_BARE = re.compile(r"se(?:detik|menit|jam|hari|minggu|pekan|bulan|tahun)", _FLAGS)
_PART = re.compile(rf"(\d+|se|(?:{_any(_NUMBER)})(?= )) ?({_any(_UNIT)})(?![a-z])", _FLAGS)
_JUST_NOW = re.compile(
    r"baru (?:saja|aja)|barusan|(?:beberapa (?:saat|detik)|sesaat) (?:(?:yang|yg) )?lalu"
    r"|just now|moments? ago|(?<![0-9] )(?<![0-9])seconds ago",
    _FLAGS,
)
_DAY_WORD = re.compile(r"(?:(?P<yesterday>kemar[ie]n|yesterday)|hari ini|today)(?![a-z]| lusa| dulu)", _FLAGS)


def relative(text: str, zone: Zone, base: datetime, zones: Mapping[str, str]) -> Reading | None:
    """Return what ``text`` (its white space single blanks) says relative to ``base`` (aware, UTC), else None.

    A label of n units is ``[base - (n + 1) units, base - (n - ½) units]``, what rounding and flooring have in
    common; months have 30 days and years 365. Day words with a clock name one minute of one day in ``zone``.

    Raises:
        ValueError: a clock shows no such time. OverflowError: before the year 1.
    """
    match = _AGO.search(text)
    if match is not None:
        return _ago(match["amounts"], base, under=match["under"] is not None)
    if _BARE.fullmatch(text):
        return _ago(text, base, under=False)
    if _JUST_NOW.search(text):
        return _interval(base - _MOMENT, base, Precision.MINUTE)
    match = _DAY_WORD.search(text)
    if match is None:
        return None
    clock = clock_after(text, match.end(), zones) or clock_before(text, match.start(), zones)
    zone = (clock.zone if clock else zone_at(text, match.end(), zones)[0]) or zone
    day = base.astimezone(zone.tz).date() - timedelta(days=1 if match["yesterday"] else 0)
    return reading(day, clock, zone, relative=True)


def _ago(amounts: str, base: datetime, *, under: bool) -> Reading:
    parts = [(number.lower(), _UNIT[word.lower()]) for number, word in _PART.findall(amounts)]
    total = sum(
        ((_NUMBER.get(number) or int(number)) * length for number, (length, _) in parts), timedelta(0)
    )
    unit, precision = min(unit for _, unit in parts)
    if under:
        return _interval(base - total, base, precision)
    return _interval(base - total - unit, min(base, base - total + unit / 2), precision)


def _interval(earliest: datetime, latest: datetime, precision: Precision) -> Reading:
    return Reading(earliest=earliest, latest=latest, precision=precision, zone=ZoneOrigin.NONE, relative=True)
