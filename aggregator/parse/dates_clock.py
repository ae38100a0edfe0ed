"""Read the part of a date text that says a time of day and a zone.

Kept apart from the calendar because absolute dates ("20 Nov 2024, 14.30 WIB") and day words
("kemarin 14.30 WIB") share it. Nothing here guesses: letters that name no zone we know name none,
and numbers that no clock shows raise ValueError.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from aggregator.model.item import Precision, Reading, ZoneOrigin

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

WEEKDAYS = (
    *("senin", "selasa", "rabu", "kamis", "jumat", "jum'at", "sabtu", "minggu", "ahad"),
    *("sen", "sel", "rab", "kam", "jum", "sab", "min", "ahd"),
    *("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    *("mon", "tue", "tues", "wed", "thu", "thur", "thurs", "fri", "sat", "sun"),
)

# Indonesia's zones, Universal Time, and what RFC 822, 5.1 defines for the United States. IST, CST and BST
# each name several zones, so only a source's configuration can say which: they are left out on purpose.
_HOURS = {
    0: "Z UT UTC GMT",
    7: "WIB",
    8: "WITA",
    9: "WIT",
    -4: "EDT",
    -5: "EST CDT",
    -6: "MDT",
    -7: "MST PDT",
    -8: "PST",
}
_ABBREVIATIONS = {
    name: timezone(timedelta(hours=hours)) for hours, names in _HOURS.items() for name in names.split()
}
_WIDEST = timedelta(hours=14)  # no civil zone is farther from UTC
_NOON = 12  # the last hour that a twelve-hour clock shows
_HOUR_ONLY = 2  # digits of an offset that names no minutes

_FLAGS = re.ASCII | re.IGNORECASE | re.VERBOSE
_TIME = r"(?P<hour>\d{1,2}) (?:[:.](?P<minute>\d\d) (?:[:.](?P<second>\d\d) (?:[.,]\d+)?)?)?"
_HALF = r"(?![0-9]|[.:/][0-9]) (?:\s?(?P<half>[ap])\.?m(?![a-z])\.?)?"
_AFTER = re.compile(
    rf"[\s,;:|/•·(@_-]* (?:(?P<word>pukul|pkl|jam|at|t|wib|wita|wit)[\s.:,]*)? {_TIME} {_HALF}", _FLAGS
)
_BEFORE = re.compile(rf"(?<![0-9:./-]) {_TIME} {_HALF}", _FLAGS)
_BETWEEN = re.compile(
    rf"[\s,;|/•·)-]* (?:(?:{'|'.join(sorted(WEEKDAYS, key=len, reverse=True))})(?![a-z])[\s,.-]*)?"
    r"(?:(?:on|pada|tanggal|tgl)\b[\s.]*)?",
    _FLAGS,
)
_ZONE = re.compile(
    r"""\s?[,(]?\s? (?:
        (?P<universal>UTC|GMT|UT)?\s?
            (?P<sign>\+|-(?!\d\d[:.]\d\d\s?WI))  # "09:00-11:00 WIB" ends at eleven
            (?P<digits>\d{1,2}:\d\d|\d{3,4}|\d{1,2})(?![0-9:])
        | (?P<name>[a-z]{1,5})(?![a-z])
    )""",
    _FLAGS,
)
_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)", re.ASCII)


class Zone(NamedTuple):
    """A zone and how we know it."""

    tz: tzinfo
    origin: ZoneOrigin


class Clock(NamedTuple):
    """A time of day as written, checked; ``zone`` is None where none is written beside it."""

    since_midnight: timedelta
    precision: Precision
    zone: Zone | None


def clock_after(text: str, position: int, zones: Mapping[str, str]) -> Clock | None:
    """Return the time of day that follows ``position``, with nothing but separators between.

    Raises:
        ValueError: what follows is shaped like a time, and no clock shows it.
    """
    match = _AFTER.match(text, position)
    if match is None or not _names_a_time(match, match["word"]):
        return None
    zone, _ = zone_at(text, match.end(), zones)
    if zone is None and match["word"] and match["word"].upper() in _ABBREVIATIONS:
        zone = Zone(_ABBREVIATIONS[match["word"].upper()], ZoneOrigin.ABBREVIATION)
    return _clock(match, zone)


def clock_before(text: str, position: int, zones: Mapping[str, str]) -> Clock | None:
    """Return the time of day that ends at ``position``, with a zone, a weekday and separators between.

    Raises:
        ValueError: what stands there is shaped like a time, and no clock shows it.
    """
    for match in _BEFORE.finditer(text, 0, position):
        if not _names_a_time(match, None):
            continue
        zone, end = zone_at(text[:position], match.end(), zones)
        if _BETWEEN.fullmatch(text, end, position):
            return _clock(match, zone)
    return None


def zone_at(text: str, position: int, zones: Mapping[str, str]) -> tuple[Zone | None, int]:
    """Return the zone written at ``position`` and where it ends; None, ``position`` where none is.

    ``zones`` maps a source's ambiguous abbreviations to ``+HH:MM`` and goes before our own table.

    Raises:
        ValueError: an offset farther from UTC than any zone is.
    """
    match = _ZONE.match(text, position)
    if match is None:
        return None, position
    if match["name"] is not None:
        zone = _named(match["name"].upper(), zones)
        return zone, match.end() if zone else position
    digits = match["digits"]
    # "14:30 -10" may be anything; "14:30-10" and "GMT-10" are offsets.
    if len(digits) <= _HOUR_ONLY and match["universal"] is None and match.start("sign") != position:
        return None, position
    hours, minutes = (digits, "0") if len(digits) <= _HOUR_ONLY else (digits[:-2].rstrip(":"), digits[-2:])
    return Zone(_offset(match["sign"], int(hours), int(minutes)), ZoneOrigin.OFFSET), match.end()


def reading(day: date, clock: Clock | None, zone: Zone, *, relative: bool = False) -> Reading:
    """Return the interval that ``day`` is, or ``clock`` on it; a zone of the clock's goes before ``zone``.

    A local time that a change of clocks repeats is its first occurrence; one that it skips is read with the
    offset from before the change.

    Raises:
        OverflowError: the interval lies outside the years 1 to 9999 in UTC.
    """
    if clock is None:
        earliest = _utc(datetime.combine(day, time.min), zone.tz)
        latest = max(
            earliest, _utc(datetime.combine(day, time(23, 59, 59), zone.tz).replace(fold=1), zone.tz)
        )
        return Reading(
            earliest=earliest, latest=latest, precision=Precision.DAY, zone=zone.origin, relative=relative
        )
    zone = clock.zone or zone
    earliest = _utc(datetime.combine(day, time.min) + clock.since_midnight, zone.tz)
    return Reading(
        earliest=earliest,
        latest=earliest + _REST[clock.precision],
        precision=clock.precision,
        zone=zone.origin,
        relative=relative,
    )


_REST = {
    Precision.SECOND: timedelta(0),
    Precision.MINUTE: timedelta(seconds=59),
    Precision.HOUR: timedelta(minutes=59, seconds=59),
}


def _utc(local: datetime, tz: tzinfo) -> datetime:
    return local.replace(tzinfo=tz).astimezone(UTC)


def _names_a_time(match: re.Match[str], word: str | None) -> bool:
    """Tell "pukul 14" and "2 pm" from the 14 of "14 komentar"."""
    return match["minute"] is not None or match["half"] is not None or (word or "").lower() in _HOUR_WORDS


_HOUR_WORDS = {"pukul", "pkl", "jam"}


def _clock(match: re.Match[str], zone: Zone | None) -> Clock:
    hour, minute, second = int(match["hour"]), int(match["minute"] or 0), int(match["second"] or 0)
    half = match["half"]
    if half in {"p", "P"}:
        hour += _NOON if hour < _NOON else 0
    elif half is not None:
        if hour > _NOON:
            raise ValueError(f"no clock shows {match[0]!r}")
        hour %= _NOON
    return clock_of(hour, minute, second, _precision(match), zone)


def clock_of(hour: int, minute: int, second: int, precision: Precision, zone: Zone | None) -> Clock:
    """Return a checked time of day; 24:00:00 (ISO 8601) and a leap second (RFC 3339, 5.7) are times too.

    Raises:
        ValueError: no clock shows it.
    """
    if hour > 24 or minute > 59 or second > 60 or (hour == 24 and minute + second > 0):  # noqa: PLR2004 - a clock's own figures
        raise ValueError(f"no clock shows {hour}:{minute}:{second}")
    return Clock(timedelta(hours=hour, minutes=minute, seconds=second), precision, zone)


def _precision(match: re.Match[str]) -> Precision:
    if match["second"] is not None:
        return Precision.SECOND
    return Precision.HOUR if match["minute"] is None else Precision.MINUTE


def _named(name: str, zones: Mapping[str, str]) -> Zone | None:
    if zones:
        configured = next((offset for key, offset in zones.items() if key.upper() == name), "")
        if match := _OFFSET.fullmatch(configured):
            return Zone(_offset(match[1], int(match[2]), int(match[3])), ZoneOrigin.ABBREVIATION)
    tz = _ABBREVIATIONS.get(name)
    if tz is None:
        return None
    return Zone(tz, ZoneOrigin.OFFSET if name == "Z" else ZoneOrigin.ABBREVIATION)


@lru_cache(maxsize=256)
def _offset(sign: str, hours: int, minutes: int) -> timezone:
    ahead = timedelta(hours=hours, minutes=minutes)
    if minutes > 59 or ahead > _WIDEST:  # noqa: PLR2004 - a clock's own figure
        raise ValueError(f"no zone is {hours} h {minutes} min from UTC")
    return timezone(-ahead if sign == "-" else ahead)
