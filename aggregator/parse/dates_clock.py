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
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

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

# Indonesia's zones, Universal Time, what RFC 822, 5.1 defines for the United States, and what means one zone
# only wherever it is written. IST, CST, BST, AST and their like each name several zones, so only a source's
# configuration can say which: they are left out on purpose.
_HOURS = {
    0: "Z UT UTC GMT WET",
    1: "CET WEST",
    2: "CEST EET SAST",
    3: "EEST MSK",
    7: "WIB ICT",
    8: "WITA SGT MYT HKT AWST",
    9: "WIT JST KST",
    9.5: "ACST",
    10: "AEST",
    10.5: "ACDT",
    11: "AEDT",
    12: "NZST",
    13: "NZDT",
    -4: "EDT",
    -5: "EST CDT",
    -6: "MDT",
    -7: "MST PDT",
    -8: "PST AKDT",
    -9: "AKST",
    -10: "HST",
}
_ABBREVIATIONS = {
    name: timezone(timedelta(hours=hours)) for hours, names in _HOURS.items() for name in names.split()
}
_WIDEST = timedelta(hours=14)  # no civil zone is farther from UTC
_NOON = 12  # the last hour that a twelve-hour clock shows
_HOUR_ONLY = 2  # digits of an offset that names no minutes

_FLAGS = re.ASCII | re.IGNORECASE | re.VERBOSE
_TIME = r"(?P<hour>\d{1,2}) (?:[:.](?P<minute>\d\d) (?:[:.](?P<second>\d\d) (?:[.,]\d+|:\d\d(?!\d))?)?)?"
_HALF = r"""(?![0-9]|[.:/][0-9])
    (?:\s?(?P<half>[ap])\.?m(?:(?=wi[bt])|(?![a-z]))\.? | \s(?P<part>pagi|siang|sore|malam)(?![a-z]))?"""
_AFTER = re.compile(
    rf"[\s,.;:|/•·()@_-]* (?:(?P<word>pukul|pkl|jam|at|t|wib|wita|wit)[\s.:,]*)? {_TIME} {_HALF}", _FLAGS
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
            (?P<sign>\+|-)
            (?P<digits>\d{1,2}:\d\d|\d{3,4}|\d{1,2})(?![0-9]|:(?!00(?!\d)))
        | (?P<place>[a-z]{2,}/[a-z_/+-]{2,30}[0-9]{0,2})
        | (?P<name>[a-z]{1,5})(?![a-z])
        | (?P<zero>0000)$
    )""",
    _FLAGS,
)
_SECONDS = re.compile(r":\d\d:\d\d(?:\.\d+)?$", re.ASCII)
_SPAN = re.compile(r"\s?-\s?\d{1,2}[:.]\d\d(?!\d)", re.ASCII)  # "09:00-11:00" ends at eleven
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
    zone, _ = _zone_behind(match, text, zones)
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
        zone, end = _zone_behind(match, text[:position], zones)
        if _BETWEEN.fullmatch(text, end, position):
            return _clock(match, zone)
    return None


def _zone_behind(clock: re.Match[str], text: str, zones: Mapping[str, str]) -> tuple[Zone | None, int]:
    """Return the zone of a time of day and where that ends; of a span, "09:00-11:00 WIB", that of its end."""
    position = clock.end()
    if clock["second"] is None and text[clock.start("hour") - 1 : clock.start("hour")] not in {"T", "t"}:
        span = _SPAN.match(text, position)
        if span is not None:
            position = span.end()
    return zone_at(text, position, zones)


def zone_at(text: str, position: int, zones: Mapping[str, str]) -> tuple[Zone | None, int]:
    """Return the zone written at ``position`` and where it ends; None, ``position`` where none is.

    ``zones`` maps a source's ambiguous abbreviations to ``+HH:MM`` and goes before our own table.

    Raises:
        ValueError: an offset farther from UTC than any zone is.
    """
    match = _ZONE.match(text, position)
    if match is None:
        return None, position
    if match["zero"] is not None:
        return Zone(UTC, ZoneOrigin.OFFSET), match.end()
    if match["place"] is not None and (zone := _placed(match["place"])):
        return zone, match.end()
    if match["digits"] is None:
        name = match["name"] or match["place"].partition("/")[0]
        zone = _named(name.upper(), zones)
        return zone, match.start("name" if match["name"] else "place") + len(name) if zone else position
    digits = match["digits"]
    # "14:30 -10" may be anything; "14:30-10", "14:30:00 -10", "GMT-10" and a "+7" at the end are offsets.
    if len(digits) <= _HOUR_ONLY and match["universal"] is None and match.start("sign") != position:
        last = match["sign"] == "+" and match.end() == len(text)
        if not last and not _SECONDS.search(text, 0, position):
            return None, position
    return _offset_zone(f"{match['sign']}{digits}"), match.end()


def zone_named(written: str, zones: Mapping[str, str]) -> Zone | None:
    """Return the zone of an abbreviation, or of an offset such as ``+0700``, ``+07:00`` or ``GMT+7``.

    None: letters that name no zone we know.

    Raises:
        ValueError: an offset farther from UTC than any zone is.
    """
    if written.isalpha():
        return _named(written.upper(), zones)
    return _offset_zone(written)


@lru_cache(maxsize=256)
def _offset_zone(written: str) -> Zone:
    sign = "-" if "-" in written else "+"
    digits = written.rpartition(sign)[2].replace(":", "")
    hours, minutes = (digits, "0") if len(digits) <= _HOUR_ONLY else (digits[:-2], digits[-2:])
    return Zone(_offset(sign, int(hours), int(minutes)), ZoneOrigin.OFFSET)


def reading(day: date, clock: Clock | None, zone: Zone, *, relative: bool = False) -> Reading:
    """Return the interval that ``day`` is, or ``clock`` on it; a zone of the clock's goes before ``zone``.

    A local time that a change of clocks repeats is its first occurrence; one that it skips is read with the
    offset from before the change.

    Raises:
        OverflowError: the interval lies outside the years 1 to 9999 in UTC.
    """
    if clock is not None:
        return at(
            datetime.combine(day, time.min) + clock.since_midnight,
            clock.precision,
            clock.zone or zone,
            relative=relative,
        )
    offset = datetime.combine(day, time.min, zone.tz).utcoffset() or _NO_TIME
    offset_at_end = datetime.combine(day, _LAST_SECOND, zone.tz).utcoffset() or _NO_TIME
    earliest = datetime.combine(day, time.min, UTC) - offset
    latest = earliest + (_DAY + offset - offset_at_end)
    return Reading(
        earliest=earliest,
        latest=max(earliest, latest),
        precision=Precision.DAY,
        zone=zone.origin,
        relative=relative,
        offset=offset,
    )


def at(local: datetime, precision: Precision, zone: Zone, *, relative: bool = False) -> Reading:
    """Return the interval that a naive ``local`` time in ``zone`` is.

    Raises:
        OverflowError: the interval lies outside the years 1 to 9999 in UTC.
    """
    earliest, offset = _utc(local, zone.tz)
    return Reading(
        earliest=earliest,
        latest=earliest + _REST[precision] if precision is not Precision.SECOND else earliest,
        precision=precision,
        zone=zone.origin,
        relative=relative,
        offset=offset,
    )


_NO_TIME = timedelta(0)
_LAST_SECOND = time(23, 59, 59, fold=1)  # the later one, where a change of clocks repeats it
_DAY = timedelta(hours=23, minutes=59, seconds=59)
_REST = {
    Precision.MINUTE: timedelta(seconds=59),
    Precision.HOUR: timedelta(minutes=59, seconds=59),
}


def _utc(local: datetime, tz: tzinfo) -> tuple[datetime, timedelta]:
    """Return a naive local time's instant, and how far ahead of UTC that zone's clocks were."""
    offset = local.replace(tzinfo=tz).utcoffset() or _NO_TIME
    return local.replace(tzinfo=UTC) - offset, offset


def _names_a_time(match: re.Match[str], word: str | None) -> bool:
    """Tell "pukul 14" and "2 pm" from the 14 of "14 komentar"."""
    return any(match.group("minute", "half", "part")) or (word or "").lower() in _HOUR_WORDS


_HOUR_WORDS = {"pukul", "pkl", "jam"}
#: Hours that Indonesians call morning, noon, afternoon and night; an hour outside is taken as it stands.
_PARTS = {"pagi": (0, 11), "siang": (10, 15), "sore": (14, 19), "malam": (18, 23)}


def _clock(match: re.Match[str], zone: Zone | None) -> Clock:
    hour, minute, second, half, part = match.group("hour", "minute", "second", "half", "part")
    number = int(hour)
    if part is not None and number <= _NOON:
        least, most = _PARTS[part.lower()]
        twelve = number % _NOON
        # Neither: "12 malam" is midnight, "1 malam" one in the night.
        number = next((each for each in (twelve, twelve + _NOON) if least <= each <= most), twelve)
    precision = Precision.SECOND if second else Precision.MINUTE if minute else Precision.HOUR
    return clock_of(number, int(minute or 0), int(second or 0), precision, zone, half=half)


def clock_of(
    hour: int, minute: int, second: int, precision: Precision, zone: Zone | None, *, half: str | None = None
) -> Clock:
    """Return a checked time of day; 24:00:00 (ISO 8601) and a leap second (RFC 3339, 5.7) are times too.

    ``half`` is the ``a`` or ``p`` of a twelve-hour clock, in either case.

    Raises:
        ValueError: no clock shows it.
    """
    if half in {"p", "P"}:
        hour += _NOON if hour < _NOON else 0
    elif half is not None:
        if hour > _NOON:
            raise ValueError(f"no clock shows {hour} a.m.")
        hour %= _NOON
    if hour > 24 or minute > 59 or second > 60 or (hour == 24 and minute + second > 0):  # noqa: PLR2004 - a clock's own figures
        raise ValueError(f"no clock shows {hour}:{minute}:{second}")
    return Clock(timedelta(hours=hour, minutes=minute, seconds=second), precision, zone)


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
def _placed(name: str) -> Zone | None:
    """Return the zone of an IANA name, such as ``Asia/Jakarta``."""
    try:
        return Zone(ZoneInfo(name), ZoneOrigin.ABBREVIATION)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a directory, such as America/Argentina
        return None


@lru_cache(maxsize=256)
def _offset(sign: str, hours: int, minutes: int) -> timezone:
    ahead = timedelta(hours=hours, minutes=minutes)
    if minutes > 59 or ahead > _WIDEST:  # noqa: PLR2004 - a clock's own figure
        raise ValueError(f"no zone is {hours} h {minutes} min from UTC")
    return timezone(-ahead if sign == "-" else ahead)
