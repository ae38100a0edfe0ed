"""What labels say that count back from the response: Wednesday, 20 November 2024, 15:00 in Jakarta."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model.item import Precision, Reading, ZoneOrigin
from aggregator.parse import dates
from aggregator.parse.dates import read

JAKARTA = ZoneInfo("Asia/Jakarta")
BASE = datetime(2024, 11, 20, 8, 0, tzinfo=UTC)

SECOND, MINUTE, HOUR, DAY = Precision.SECOND, Precision.MINUTE, Precision.HOUR, Precision.DAY
NAME, SOURCE, NONE = ZoneOrigin.ABBREVIATION, ZoneOrigin.SOURCE, ZoneOrigin.NONE
REST = {
    SECOND: timedelta(0),
    MINUTE: timedelta(seconds=59),
    HOUR: timedelta(minutes=59, seconds=59),
    DAY: timedelta(hours=23, minutes=59, seconds=59),
}

# text, earliest and latest before the base
RELATIVE: list[tuple[str, timedelta, timedelta]] = [
    ("2 hours ago", timedelta(hours=3), timedelta(hours=1.5)),
    ("2 Hours Ago", timedelta(hours=3), timedelta(hours=1.5)),
    ("1 hour ago", timedelta(hours=2), timedelta(hours=0.5)),
    ("an hour ago", timedelta(hours=2), timedelta(hours=0.5)),
    ("about an hour ago", timedelta(hours=2), timedelta(hours=0.5)),
    ("2h ago", timedelta(hours=3), timedelta(hours=1.5)),
    ("2 hour(s) ago", timedelta(hours=3), timedelta(hours=1.5)),
    ("Logistik2 hours ago", timedelta(hours=3), timedelta(hours=1.5)),
    ("Logistika day ago", timedelta(days=2), timedelta(days=0.5)),
    ("Liga 1 | 2 jam lalu", timedelta(hours=3), timedelta(hours=1.5)),
    ("2 hours ago by Redaksi", timedelta(hours=3), timedelta(hours=1.5)),
    ("1 day ago", timedelta(days=2), timedelta(days=0.5)),
    ("5 mins ago", timedelta(minutes=6), timedelta(minutes=4.5)),
    ("3 weeks ago", timedelta(weeks=4), timedelta(weeks=2.5)),
    ("1 month ago", timedelta(days=60), timedelta(days=15)),
    ("2 years ago", timedelta(days=1095), timedelta(days=547.5)),
    ("30 seconds ago", timedelta(seconds=31), timedelta(seconds=29.5)),
    ("0 menit yang lalu", timedelta(minutes=1), timedelta(0)),
    ("2 jam yang lalu", timedelta(hours=3), timedelta(hours=1.5)),
    ("2 jam yg lalu", timedelta(hours=3), timedelta(hours=1.5)),
    ("2 jam silam", timedelta(hours=3), timedelta(hours=1.5)),
    ("dua jam lalu", timedelta(hours=3), timedelta(hours=1.5)),
    ("5 mnt lalu", timedelta(minutes=6), timedelta(minutes=4.5)),
    ("sejam lalu", timedelta(hours=2), timedelta(hours=0.5)),
    ("sejam", timedelta(hours=2), timedelta(hours=0.5)),
    ("semenit yang lalu", timedelta(minutes=2), timedelta(0)),
    ("1 min ago", timedelta(minutes=2), timedelta(0)),
    ("2j lalu", timedelta(hours=3), timedelta(hours=1.5)),
    ("setengah jam lalu", timedelta(minutes=31), timedelta(minutes=29.5)),
    ("half an hour ago", timedelta(minutes=31), timedelta(minutes=29.5)),
    ("sebulan lalu", timedelta(days=60), timedelta(days=15)),
    ("sekitar 2 jam yang lalu", timedelta(hours=3), timedelta(hours=1.5)),
    ("60 mins ago", timedelta(minutes=61), timedelta(minutes=59.5)),
    ("24 jam yang lalu", timedelta(hours=25), timedelta(hours=23.5)),
    ("Ruang Sujud3 days ago", timedelta(days=4), timedelta(days=2.5)),
    ("Sportechment 1 week ago", timedelta(weeks=2), timedelta(weeks=0.5)),
    ("2 hari yang lalu", timedelta(days=3), timedelta(days=1.5)),
    ("Published 2 hours ago on November 20, 2024", timedelta(hours=3), timedelta(hours=1.5)),
    ("1 hour ago on November 20, 2024 by Budi", timedelta(hours=2), timedelta(hours=0.5)),
    ("15 hours ago on November 20, 2024", timedelta(hours=15), timedelta(hours=14.5)),  # since its midnight
    ("sehari lalu", timedelta(days=2), timedelta(days=0.5)),
    ("seminggu", timedelta(weeks=2), timedelta(weeks=0.5)),
    ("sepekan lalu", timedelta(weeks=2), timedelta(weeks=0.5)),
    ("3 bulan lalu", timedelta(days=120), timedelta(days=75)),
    ("2 jam 5 menit yang lalu", timedelta(minutes=126), timedelta(minutes=124.5)),
    ("2 jam dan 5 menit yang lalu", timedelta(minutes=126), timedelta(minutes=124.5)),
    ("2 hours, 5 minutes ago", timedelta(minutes=126), timedelta(minutes=124.5)),
    ("less than a minute ago", timedelta(minutes=1), timedelta(0)),
    ("kurang dari 5 menit yang lalu", timedelta(minutes=5), timedelta(0)),
    ("baru saja", timedelta(minutes=1), timedelta(0)),
    ("Beritabaru saja", timedelta(minutes=1), timedelta(0)),
    ("just now", timedelta(minutes=1), timedelta(0)),
    ("beberapa detik yang lalu", timedelta(minutes=1), timedelta(0)),
    ("a few seconds ago", timedelta(minutes=1), timedelta(0)),
    ("an hour and 5 minutes ago", timedelta(minutes=66), timedelta(minutes=64.5)),
]

# In Jakarta the base is 15:00 on the 20th.
DAY_WORDS: list[tuple[str, str, Precision, ZoneOrigin]] = [
    ("kemarin 10:15", "2024-11-19T03:15:00Z", MINUTE, SOURCE),
    ("Kemarin, pukul 10.15 WIB", "2024-11-19T03:15:00Z", MINUTE, NAME),
    ("yesterday at 10:15", "2024-11-19T03:15:00Z", MINUTE, SOURCE),
    ("10:15 kemarin", "2024-11-19T03:15:00Z", MINUTE, SOURCE),
    ("Logistikkemarin 10:15", "2024-11-19T03:15:00Z", MINUTE, SOURCE),
    ("yesterday", "2024-11-18T17:00:00Z", DAY, SOURCE),
    ("kemarin dulu", "2024-11-17T17:00:00Z", DAY, SOURCE),
    ("kemarin lusa 10:15", "2024-11-18T03:15:00Z", MINUTE, SOURCE),
    ("the day before yesterday, 10:15", "2024-11-18T03:15:00Z", MINUTE, SOURCE),
    ("2 hari lalu pukul 10.15 WITA", "2024-11-18T02:15:00Z", MINUTE, NAME),
    ("3 days ago, 10:15", "2024-11-17T03:15:00Z", MINUTE, SOURCE),
    ("kemarin pukul 7 malam", "2024-11-19T12:00:00Z", HOUR, SOURCE),
    ("kemarin", "2024-11-18T17:00:00Z", DAY, SOURCE),
    ("hari ini 10:15", "2024-11-20T03:15:00Z", MINUTE, SOURCE),
    ("Hari ini, 10:15:20", "2024-11-20T03:15:20Z", SECOND, SOURCE),
    ("today 10:15 WIT", "2024-11-20T01:15:00Z", MINUTE, NAME),
    ("hari ini", "2024-11-19T17:00:00Z", DAY, SOURCE),
]

NO_DATE = [
    *(
        "-5 hours ago",
        "lusa",
        "kemarin 25:00",
        "minggu lalu",
        "5 menit",
        "2 jam lagi",
        "in 2 hours",
        "1.5 hours ago",
    ),
    *("tiga puluh lima menit lalu", "twenty five minutes ago", "5 setengah jam lalu", "1 1/2 hours ago"),
    *("beberapa jam yang lalu", "puluhan tahun lalu", "2,5 jam lalu", "9999 tahun yang lalu"),
]


def say(text: str) -> Reading | None:
    """Return what ``text`` says, without what the absolute dates' tests look at."""
    reading = read(text, zone=JAKARTA, base=BASE)
    return reading and replace(reading, offset=None, likely=None)


@pytest.mark.parametrize(
    ("text", "ago"),
    [
        ("2 jam yang lalu", timedelta(hours=2)),
        ("sejam", timedelta(hours=1)),
        ("2 jam 5 menit yang lalu", timedelta(minutes=125)),
        ("half an hour ago", timedelta(minutes=30)),
        ("baru saja", timedelta(0)),
        ("less than a minute ago", timedelta(0)),
    ],
)
def test_a_label_is_most_likely_what_it_says(text: str, ago: timedelta) -> None:
    reading = read(text, zone=JAKARTA, base=BASE)
    assert reading is not None
    assert reading.likely == BASE - ago


@pytest.mark.parametrize("text", ["kemarin", "kemarin 10:15", "20 November 2024"])
def test_days_and_clocks_have_no_likeliest_instant(text: str) -> None:
    reading = read(text, zone=JAKARTA, base=BASE)
    assert reading is not None
    assert reading.likely is None


@pytest.mark.parametrize(
    "text", ["2 days ago on November 18, 2024", "2 hours ago on November 18, 2024", "18 November 2024"]
)
def test_a_label_that_adds_nothing_to_a_day_leaves_it(text: str) -> None:
    reading = say(text)
    assert reading is not None
    assert (reading.precision, reading.relative) == (DAY, False)


@pytest.fixture(autouse=True)
def exact_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no text reach dateparser."""

    def refuse(text: str) -> None:
        raise AssertionError(f"{text!r} reached dateparser")

    monkeypatch.setattr(dates, "_last_resort", refuse)


@pytest.mark.parametrize(("text", "earliest", "latest"), RELATIVE)
def test_relative(text: str, earliest: timedelta, latest: timedelta) -> None:
    reading = say(text)
    assert reading is not None
    assert (BASE - reading.earliest, BASE - reading.latest) == (earliest, latest)
    assert reading.relative
    assert reading.zone is NONE


@pytest.mark.parametrize(
    ("text", "precision"),
    [
        *(("just now", MINUTE), ("9 seconds ago", MINUTE), ("5 menit lalu", MINUTE), ("2 jam lalu", HOUR)),
        *(("2 jam 5 menit lalu", MINUTE), ("1 hari lalu", DAY), ("2 weeks ago", DAY), ("2 tahun lalu", DAY)),
    ],
)
def test_a_label_is_as_precise_as_its_smallest_unit(text: str, precision: Precision) -> None:
    reading = say(text)
    assert reading is not None
    assert reading.precision is precision


@pytest.mark.parametrize(("text", "instant", "precision", "zone"), DAY_WORDS)
def test_day_words(text: str, instant: str, precision: Precision, zone: ZoneOrigin) -> None:
    earliest = datetime.fromisoformat(instant)
    assert say(text) == Reading(
        earliest=earliest, latest=earliest + REST[precision], precision=precision, zone=zone, relative=True
    )


def test_a_day_word_means_the_day_of_the_zone_that_is_named() -> None:
    """At 17:30 UTC it is the 21st in Jakarta and still the 20th in London."""
    late = datetime(2024, 11, 20, 17, 30, tzinfo=UTC)
    for text, instant in (
        ("kemarin 10:15", "2024-11-20T03:15:00Z"),
        ("kemarin 10:15 GMT", "2024-11-19T10:15:00Z"),
    ):
        reading = read(text, zone=JAKARTA, base=late)
        assert reading is not None
        assert reading.earliest == datetime.fromisoformat(instant)


@pytest.mark.parametrize("text", NO_DATE)
def test_no_date(text: str) -> None:
    assert say(text) is None


@given(number=st.integers(0, 500), unit=st.sampled_from([("menit", 60), ("hours", 3600), ("hari", 86400)]))
def test_rounding_and_flooring_scripts_are_both_right(number: int, unit: tuple[str, int]) -> None:
    """Whatever instant a script makes this label from, the reading holds it."""
    word, seconds = unit
    reading = say(f"{number} {word} {'ago' if word == 'hours' else 'yang lalu'}")
    assert reading is not None
    for elapsed in (number - 0.5, number, number + 0.49, number + 0.99):
        instant = BASE - timedelta(seconds=max(0, elapsed) * seconds)
        assert reading.earliest <= instant <= reading.latest
