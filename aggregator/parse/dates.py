"""Read a date text into the interval of instants that it can mean.

Feed libraries read "14:30:00 WIB" as 14:30 UTC and Indonesian months not at all, so every date is read
here, from the source's own words. Our readers are exact: they search a text for one shape of date, let
labels stand around it, and say None (no date) rather than guess. Only text with a month's name and a year
in a shape that they do not know goes on to dateparser, which costs a hundred times as much.

Pure: the time of the response and the source's zone are arguments.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from aggregator.model.item import Precision, Reading, ZoneOrigin
from aggregator.parse.dates_clock import (
    Clock,
    Zone,
    clock_after,
    clock_before,
    clock_of,
    reading,
    zone_at,
)
from aggregator.parse.dates_relative import relative
from aggregator.rules.timestamps import PLAUSIBLE_FROM, PLAUSIBLE_UNTIL

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

LONGEST = 200  #: characters; a longer text is not a date with a label but prose
_LONGEST_LAST_RESORT = 60  #: characters; dateparser's cost grows with the text

_MONTHS = (
    *("jan januari january", "feb peb februari pebruari february", "mar mrt maret march", "apr april"),
    *("mei may", "jun juni june", "jul juli july", "agu agt ags aug agustus august"),
    *("sep sept september", "okt oct oktober october", "nov nop november nopember"),
    "des dec desember december",
)
_MONTH = {name: number for number, names in enumerate(_MONTHS, start=1) for name in names.split()}
_PIVOT = 50  # RFC 2822, 4.3: two-digit years below it are of this century

_FLAGS = re.ASCII | re.IGNORECASE | re.VERBOSE
_NAMES = "|".join(sorted(_MONTH, key=len, reverse=True))
# A label may be glued on: "LogistikNovember 20, 2024", but "Damar 20, 2024" is not in March.
_MONTH_NAME = rf"(?-i:(?<![A-Za-z])|(?<=[a-z])(?=[A-Z])) (?P<month>{_NAMES})"
_YEAR_FIRST = re.compile(
    r"(?<![0-9])(?P<year>\d{4}) (?P<sep>[-/.]) (?P<month>\d{1,2}) (?P=sep) (?P<day>\d{1,2}) (?![0-9])", _FLAGS
)
_DAY_FIRST = re.compile(
    r"""(?<![0-9])(?P<day>\d{1,2}) (?P<sep>[-/.]) (?P<month>\d{1,2}) (?P=sep)
        (?P<year>\d{4}|(?<=/)\d\d) (?![0-9])""",
    _FLAGS,
)
# A two-digit year counts only before a time or at the end: "20 Nov 14:30" names no year.
_DAY_NAME = re.compile(
    rf"""(?<![0-9])(?P<day>\d{{1,2}})(?:st|nd|rd|th)? [\s.,/-]{{0,3}} (?P<month>{_NAMES})(?![a-z])
        [\s.,/'-]{{0,3}} (?P<year>\d{{4}}(?![0-9]) | (?:19|20)\d\d(?=\d\d[:.]\d\d)
            | \d\d(?=,?\s\d{{1,2}}[:.]\d\d|$))""",
    _FLAGS,
)
_NAME_DAY = re.compile(
    rf"{_MONTH_NAME}\.?\s (?P<day>\d{{1,2}})(?:st|nd|rd|th)? (?:,\s?|\s) (?P<year>\d{{4}})(?![0-9])", _FLAGS
)
_YEAR_LAST = re.compile(  # C's asctime, date(1), Java's Date.toString
    rf"""{_MONTH_NAME}\s (?P<day>\d{{1,2}}) (?P<clock>\s\d\d:\d\d(?::\d\d)?)
        (?:\s[a-z]{{1,5}}|\s(?:GMT|UTC)?[+-]\d\d:?\d\d)? \s(?P<year>\d{{4}})(?![0-9])""",
    _FLAGS,
)
_BASIC = re.compile(
    r"""(?P<year>(?:19|20|21)\d\d)(?P<month>\d\d)(?P<day>\d\d)
        (?:T?(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)?)?(?![0-9])""",
    _FLAGS,
)
_SHAPES = (_YEAR_FIRST, _DAY_NAME, _DAY_FIRST, _YEAR_LAST, _NAME_DAY)
_EPOCH = re.compile(r"(\d{9,10})(?:\.\d{1,9})?|(\d{12,13})", re.ASCII)
_EPOCH_FROM, _EPOCH_UNTIL = PLAUSIBLE_FROM.timestamp(), PLAUSIBLE_UNTIL.timestamp()
# A number goes before the month, or else "November 2024 (11)", a month's archive, would be a day.
_LAST_RESORT_SHAPE = re.compile(
    rf"(?=.*(?<![0-9])(?:19|20)\d\d(?![0-9])) .*[0-9].*(?<![a-z])(?:{_NAMES})(?![a-z])", _FLAGS
)
_IN_PATH = re.compile(
    r"""/(?P<year>(?:19|20|21)\d\d) (?:
            (?P<sep>[/-]) (?P<month>\d{1,2}) (?P=sep) (?P<day>\d{1,2})
            | (?P<month2>\d\d) (?P<day2>\d\d) (?:\d{6})? )
        (?=[/-]|$)""",
    re.ASCII | re.VERBOSE,
)
# What content systems put into dates for looks: dashes, a curly apostrophe, and marks of no width.
_TYPOGRAPHY = str.maketrans(
    dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")
    | {"\u2019": "'"}
    | dict.fromkeys("\u200b\u200e\u200f\ufeff", "")
)


def read(text: str, *, zone: tzinfo, base: datetime, zones: Mapping[str, str] = {}) -> Reading | None:
    """Return the interval that a source's date text means (docs/timestamps.md, rules 2 to 4); None: no date.

    Never raises, whatever the text. Instants are whole seconds: a fraction is cut off.

    Args:
        text: as the source wrote it, with labels, weekdays (never trusted) and white space.
        zone: the source's, for a date that names no zone or one that nobody knows.
        base: the time of the response (its ``Date`` less its ``Age``; aware, UTC): what "2 hours ago" and
            "kemarin" are relative to.
        zones: abbreviations that are ambiguous elsewhere (IST, CST, BST) to ``+HH:MM``, for this source.
    """
    text = text.strip()
    if len(text) > LONGEST:
        return None
    if not text.isascii():
        text = text.translate(_TYPOGRAPHY)
    text = " ".join(text.split())
    if not text:
        return None
    local = Zone(zone, ZoneOrigin.SOURCE)
    try:
        return (
            _number(text, local, zones)
            or _calendar(text, local, zones)
            or relative(text, local, base, zones)
            or _anything(text, local, zones)
        )
    except (ValueError, OverflowError):  # shaped like a date, and no calendar, clock or zone has it
        return None


def day_in_url(url: str) -> str:
    """Return the day that a link's path names, as ``YYYY-MM-DD``; empty: it names none.

    Known are ``/2024/11/20/slug``, ``/2024-11-20-slug``, ``/20241120/`` and ``/20241120143000-slug``. Days
    that no calendar has, or before 1990 or after 2200, are none.
    """
    match = _IN_PATH.search(url.partition("#")[0].partition("?")[0])
    if match is None:
        return ""
    try:
        day = date(
            int(match["year"]), int(match["month"] or match["month2"]), int(match["day"] or match["day2"])
        )
    except ValueError:
        return ""
    return day.isoformat() if PLAUSIBLE_FROM.date() <= day < PLAUSIBLE_UNTIL.date() else ""


def _number(text: str, local: Zone, zones: Mapping[str, str]) -> Reading | None:
    """Read epoch seconds or milliseconds, else ISO 8601's basic format (``20241120T143000Z``)."""
    if not text[0].isdigit():
        return None
    if match := _EPOCH.fullmatch(text):
        seconds = int(match[1]) if match[1] else int(match[2]) // 1000
        if _EPOCH_FROM <= seconds < _EPOCH_UNTIL:
            instant = datetime.fromtimestamp(seconds, UTC)
            return Reading(earliest=instant, latest=instant, precision=Precision.SECOND, zone=ZoneOrigin.NONE)
    match = _BASIC.match(text)
    if match is None:
        return None
    clock = None
    if match["hour"] is not None:
        precision = Precision.MINUTE if match["second"] is None else Precision.SECOND
        beside, _ = zone_at(text, match.end(), zones)
        clock = clock_of(
            int(match["hour"]), int(match["minute"]), int(match["second"] or 0), precision, beside
        )
    return _dated(text, match, clock, local, zones)


def _calendar(text: str, local: Zone, zones: Mapping[str, str]) -> Reading | None:
    """Read the first date in ``text`` with the time beside it, by the shapes that we know exactly."""
    for shape in _SHAPES:
        match = shape.search(text)
        if match is not None:
            clock = clock_after(text, match.start("clock"), zones) if shape is _YEAR_LAST else None
            return _dated(text, match, clock, local, zones)
    return None


def _dated(
    text: str, match: re.Match[str], clock: Clock | None, local: Zone, zones: Mapping[str, str]
) -> Reading:
    """Put the matched day together with ``clock``, else with the time that stands beside it, if any."""
    year = int(match["year"])
    if len(match["year"]) == 2:  # noqa: PLR2004 - RFC 2822, 4.3
        year += 2000 if year < _PIVOT else 1900
    month = _MONTH.get(match["month"].lower()) or int(match["month"])
    day = date(year, month, int(match["day"]))
    if clock is None:
        clock = clock_after(text, match.end(), zones) or clock_before(text, match.start(), zones)
    if clock is None:
        return reading(day, None, zone_at(text, match.end(), zones)[0] or local)
    return reading(day, clock, local)


def _anything(text: str, local: Zone, zones: Mapping[str, str]) -> Reading | None:
    """Ask dateparser about a text that names a month and a year in an order that is new to us."""
    if len(text) > _LONGEST_LAST_RESORT or not _LAST_RESORT_SHAPE.match(text):
        return None
    head, _, _ = text.rpartition(" ")
    beside, end = zone_at(text, len(head), zones)
    if beside is not None and end == len(text):
        text = head
    found = _last_resort(text)
    if found is None:
        return None
    naive, precision = found
    clock = None
    if precision is not Precision.DAY:
        since_midnight = timedelta(hours=naive.hour, minutes=naive.minute, seconds=naive.second)
        clock = Clock(since_midnight, precision, beside)
    return reading(naive.date(), clock, beside or local)


@lru_cache(maxsize=1024)
def _last_resort(text: str) -> tuple[datetime, Precision] | None:
    """Return dateparser's local time for a text without a zone, and how fine it is."""
    from dateparser.date import DateDataParser  # noqa: PLC0415 - 0.3 s, which most processes never need

    parser = DateDataParser(
        languages=["id", "en"],
        settings={
            "DATE_ORDER": "DMY",
            "PARSERS": ["absolute-time"],
            "RELATIVE_BASE": datetime(2000, 1, 1),  # noqa: DTZ001 - naive by its interface; no part is taken from it
            "REQUIRE_PARTS": ["day", "month", "year"],
            "RETURN_TIME_AS_PERIOD": True,
            "STRICT_PARSING": True,
        },
    )
    try:
        found = parser.get_date_data(text)
    except Exception:  # noqa: BLE001 - it names no errors of its own, and a strange date must not cost the item
        return None
    instant: datetime | None = found.date_obj
    if (
        instant is None or instant.tzinfo is not None
    ):  # a zone that its table knows and ours does not is a guess
        return None
    if found.period != "time":
        return instant, Precision.DAY
    return instant, Precision.SECOND if re.search(r"\d[:.]\d\d[:.]\d\d", text) else Precision.MINUTE
