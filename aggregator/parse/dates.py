"""Read a date text into the interval of instants that it can mean.

Feed libraries read "14:30:00 WIB" as 14:30 UTC and Indonesian months not at all, so every date is read
here, from the source's own words. Our readers are exact: they search a text for one shape of date, let
labels stand around it, and say None (no date) rather than guess. Only text with a month's name and a year
in a shape that they do not know goes on to dateparser, which costs a hundred times as much.

The readers are asked in this order: ``_plain`` (what nearly all write), ``_number`` (the epoch and ISO 8601's
other forms), ``_calendar`` (a date among words), ``relative`` (dates_relative.py), ``_anything``
(dateparser). Other alphabets are first put into ours (dates_foreign.py).

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
    zone_named,
)
from aggregator.parse.dates_foreign import latin
from aggregator.parse.dates_relative import relative, within
from aggregator.rules.timestamps import PLAUSIBLE_FROM, PLAUSIBLE_UNTIL

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

LONGEST = 200  #: characters; a longer text is not a date with a label but prose
_LONGEST_LAST_RESORT = 60  #: characters; dateparser's cost grows with the text

_MONTHS = (
    *("jan januari january", "feb peb februari pebruari february", "mar mrt maret march", "apr april"),
    *("mei may", "jun juni june", "jul juli july", "agu agt ags aug agustus august augusztus"),
    *("sep sept september szeptember", "okt oct oktober october", "nov nop november nopember"),
    "des dec desember december",
)
_MONTH = {name: number for number, names in enumerate(_MONTHS, start=1) for name in names.split()}
_PIVOT = 50  # RFC 2822, 4.3: two-digit years below it are of this century

_FLAGS = re.ASCII | re.IGNORECASE | re.VERBOSE
_NAMES = "|".join(sorted(_MONTH, key=len, reverse=True))
# A label may be glued on: "LogistikNovember 20, 2024", but "Damar 20, 2024" is not in March.
_GLUED = re.compile(rf"(?-i:(?<=[a-z])(?=[A-Z]))({_NAMES})$", re.ASCII | re.IGNORECASE)
# RFC 822, 5, as RFC 2822, 3.3 amends it, RFC 3339, 5.6, and what people write: whole, with nothing around.
_CLOCK = r"""(\d{1,2})[:.](\d\d)(?:[:.](\d\d)(?:[.,]\d+)?)? (?:\s?([ap])\.?m\.?)?
    (?:\s?((?:GMT|UTC)?[+-]\d\d:?\d\d|(?:GMT|UTC)[+-]\d\d?|[a-z]{1,4}))?"""
_AFTER_DAY = rf"(?:[\s,|/-]{{1,3}}(?:pukul\s|jam\s|at\s)?{_CLOCK})?"
_PLAIN = tuple(
    re.compile(pattern + tail, _FLAGS)
    for pattern, tail in (
        (r"(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)", rf"(?:[t\s]{_CLOCK})?"),
        (r"(?:[a-z']{2,9},?\s)?(?P<d>\d{1,2})\s(?P<m>[a-z]{3,9})\s(?P<y>\d{4})", _AFTER_DAY),
        (r"(?:[a-z']{2,9},?\s)?(?P<m>[a-z]{3,9})\s(?P<d>\d{1,2}),?\s(?P<y>\d{4})", _AFTER_DAY),
        (r"(?:[a-z']{2,9},?\s)?(?P<d>\d{1,2})[/-](?P<m>\d{1,2})[/-](?P<y>\d{4})", _AFTER_DAY),
    )
)
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
    r"""(?<![0-9])(?P<day>\d{1,2})(?:st|nd|rd|th)? [\s.,/-]{0,3} (?P<month>[a-z]{3,10}+)
        [\s.,/'-]{0,3} (?P<year>\d{4}(?![0-9]) | (?:19|20)\d\d(?=\d\d[:.]\d\d)
            | \d\d(?=,?\s\d{1,2}[:.]\d\d|$))""",
    _FLAGS,
)
_NAME_DAY = re.compile(
    r"""(?<![a-z])(?P<month>[a-z]{3,}+)\.?\s (?P<day>\d{1,2})(?:st|nd|rd|th)? (?:,\s?|\s)
        (?P<year>\d{4})(?![0-9])""",
    _FLAGS,
)
_YEAR_LAST = re.compile(  # C's asctime, date(1), Java's Date.toString
    r"""(?<![a-z])(?P<month>[a-z]{3,}+)\s (?P<day>\d{1,2}) (?P<clock>\s\d\d:\d\d(?::\d\d)?)
        (?:\s[a-z]{1,5}|\s(?:GMT|UTC)?[+-]\d\d:?\d\d)? \s(?P<year>\d{4})(?![0-9])""",
    _FLAGS,
)
_YEAR_NAME = re.compile(
    r"""(?<![0-9])(?P<year>(?:19|20)\d\d)[\s.,-]{1,3} (?P<month>[a-z]{3,10}+)
        [\s.,-]{1,3} (?P<day>\d{1,2})(?![0-9])""",
    _FLAGS,
)
_BASIC = re.compile(
    r"""(?P<year>(?:19|20|21)\d\d)(?P<dash>-?)(?P<month>\d\d)(?P=dash)(?P<day>\d\d)
        (?:T?(?P<hour>\d\d)(?P<minute>\d\d)(?:(?P<second>\d\d)(?:[.,]\d+)?)?)?(?![0-9])""",
    _FLAGS,
)
_OTHER_ISO = re.compile(  # a day of a week or of a year
    r"(?P<year>(?:19|20|21)\d\d)-?(?:W(?P<week>\d\d)-?(?P<weekday>[1-7])|(?P<ordinal>\d{3}))", re.ASCII
)
_DIGITS = re.compile(r"[0-9][^0-9]*[0-9][^0-9]*[0-9]")  # no day of the calendar has fewer
_SHAPES = (_YEAR_FIRST, _DAY_FIRST, _DAY_NAME, _YEAR_LAST, _NAME_DAY, _YEAR_NAME)
# "/Date(1732087800000+0700)/" is how .NET writes JSON; the offset only says how to show it.
_EPOCH = re.compile(
    r"@?(\d{9,10})(?:\.\d{1,9})? | (?:/Date\()?(\d{12,13})(?:[+-]\d{4})?(?:\)/)?", re.ASCII | re.VERBOSE
)
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
# "Diperbarui 20/11/2024 16:00 | Terbit 19/11/2024 08:00": the second is meant.
_UPDATE_FIRST = re.compile(
    r"(?:diperbarui|diubah|updated|modified)[^a-z].*?\d.*?"
    r"(?P<then>(?:di)?terbit(?:kan)?|tayang|dipublikasikan|published|posted)[^a-z].*\d",
    re.ASCII | re.IGNORECASE,
)
# The day in the Islamic calendar that many Indonesian sites put beside the other.
_HIJRI = re.compile(r"[\s|/(,-]*\d{1,2}\s[a-z'` -]{4,24}\s1[34]\d\d\s?H?\b", re.ASCII | re.IGNORECASE)
# What content systems put into dates for looks: dashes, a curly apostrophe, and marks of no width.
_TYPOGRAPHY = str.maketrans(
    dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")
    | {"\u2019": "'"}
    | dict.fromkeys("\u200b\u200e\u200f\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069", "")
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
    local = Zone(zone, ZoneOrigin.SOURCE)
    try:
        if found := _plain(text, local, zones):
            return found
        if not text.isascii():
            text = latin(text.translate(_TYPOGRAPHY))
        text = " ".join(text.split())
        if not text:
            return None
        if update := _UPDATE_FIRST.search(text):
            text = text[update.start("then") :]
        return (
            _number(text, local, zones)
            or _calendar(text, local, base, zones)
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


def _plain(text: str, local: Zone, zones: Mapping[str, str]) -> Reading | None:
    """Read the forms that nearly every feed and listing writes, where nothing else stands around them."""
    if text[4:5] == "-":
        match = _PLAIN[0].fullmatch(text)
    else:
        match = _PLAIN[1].fullmatch(text) or _PLAIN[2].fullmatch(text) or _PLAIN[3].fullmatch(text)
    if match is None:
        return None
    *_, hour, minute, second, half, written = match.groups()
    iso = text[4:5] == "-"
    if written and written[0] == "-" and second is None and not iso:
        return None  # "09:00-11:00" may be a span
    month, zone = _month(match["m"]), zone_named(written, zones) if written else None
    if month is None or (written and zone is None):
        return None  # those who know more words decide
    day = date(int(match["y"]), month, int(match["d"]))
    if hour is None:
        return reading(day, None, local)
    precision = Precision.MINUTE if second is None else Precision.SECOND
    return reading(day, clock_of(int(hour), int(minute), int(second or 0), precision, zone, half=half), local)


def _month(written: str) -> int | None:
    """Return the number of a month, however it is written; None: it is none."""
    if written.isdigit():
        return int(written)
    month = _MONTH.get(written.lower())
    if month is None and (glued := _GLUED.search(written)):
        return _MONTH[glued[1].lower()]
    return month


def _number(text: str, local: Zone, zones: Mapping[str, str]) -> Reading | None:
    """Read epoch seconds or milliseconds, else what ISO 8601 has besides RFC 3339's form."""
    if not text[0].isdigit() and text[0] not in "@/":
        return None
    if match := _EPOCH.fullmatch(text):
        seconds = int(match[1]) if match[1] else int(match[2]) // 1000
        if _EPOCH_FROM <= seconds < _EPOCH_UNTIL:
            instant = datetime.fromtimestamp(seconds, UTC)
            return Reading(
                earliest=instant,
                latest=instant,
                precision=Precision.SECOND,
                zone=ZoneOrigin.NONE,
                offset=timedelta(0),
            )
    if match := _OTHER_ISO.fullmatch(text):
        year = int(match["year"])
        if match["week"]:
            return reading(date.fromisocalendar(year, int(match["week"]), int(match["weekday"])), None, local)
        day = date(year, 1, 1) + timedelta(days=int(match["ordinal"]) - 1)
        return reading(day, None, local) if day.year == year else None
    match = _BASIC.match(text)
    if match is None or (match["dash"] and match["hour"] is None):
        return None
    clock = None
    if match["hour"] is not None:
        precision = Precision.MINUTE if match["second"] is None else Precision.SECOND
        beside, _ = zone_at(text, match.end(), zones)
        clock = clock_of(
            int(match["hour"]), int(match["minute"]), int(match["second"] or 0), precision, beside
        )
    return _dated(text, match, clock, local, zones)


def _calendar(text: str, local: Zone, base: datetime, zones: Mapping[str, str]) -> Reading | None:
    """Read the first date in ``text`` with the time beside it, by the shapes that we know exactly."""
    if not _DIGITS.search(text):
        return None
    found = next(
        ((shape, match) for shape in _SHAPES for match in shape.finditer(text) if _month(match["month"])),
        None,
    )
    if found is None:
        return None
    shape, match = found
    clock = None
    if shape is _YEAR_LAST:
        clock = clock_after(text, match.start("clock"), zones)
        if clock and clock.zone is None:
            clock = clock._replace(zone=zone_at(text, match.end(), zones)[0])
    dated = _dated(text, match, clock, local, zones)
    # "Published 2 hours ago on November 20, 2024" says both.
    return within(text, dated, base) if dated.precision is Precision.DAY else dated


def _dated(
    text: str, match: re.Match[str], clock: Clock | None, local: Zone, zones: Mapping[str, str]
) -> Reading:
    """Put the matched day together with ``clock``, else with the time that stands beside it, if any."""
    year = int(match["year"])
    if len(match["year"]) == 2:  # noqa: PLR2004 - RFC 2822, 4.3
        year += 2000 if year < _PIVOT else 1900
    day = date(year, _month(match["month"]) or 0, int(match["day"]))
    end = match.end()
    if clock is None:
        if "H" in text and (hijri := _HIJRI.match(text, end)):
            end = hijri.end()
        clock = clock_after(text, end, zones) or clock_before(text, match.start(), zones)
    if clock is None:
        return reading(day, None, zone_at(text, end, zones)[0] or local)
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
