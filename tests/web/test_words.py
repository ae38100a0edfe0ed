"""How instants are said, and that both languages say everything."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from string import Formatter
from zoneinfo import ZoneInfo

import pytest

import aggregator.web
from aggregator.web.cards import http
from aggregator.web.moments import length, moment, zone_in_full
from aggregator.web.words import ENGLISH, INDONESIAN, Words, words_for

NOW = datetime(2024, 11, 20, 7, 30, tzinfo=UTC)


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("field", fields(Words), ids=lambda field: field.name)
def test_both_languages_say_the_same(field: object) -> None:
    name = getattr(field, "name", "")
    english, indonesian = getattr(ENGLISH, name), getattr(INDONESIAN, name)
    assert type(english) is type(indonesian)
    if isinstance(english, str):
        assert places(english) == places(indonesian)
        assert english.strip()
        assert indonesian.strip()
    elif isinstance(english, dict):
        assert english.keys() == indonesian.keys()
        assert all(places(english[key]) == places(indonesian[key]) for key in english)
    else:
        assert len(english) == len(indonesian)


def test_no_word_is_kept_that_is_never_said() -> None:
    room = Path(aggregator.web.__file__).parent
    texts = [
        path.read_text(encoding="utf-8")
        for pattern in ("*.py", "templates/*.html")
        for path in room.glob(pattern)  # not words/: what is only there is not said
    ]
    unsaid = [
        field.name for field in fields(Words) if not any(f"words.{field.name}" in text for text in texts)
    ]
    assert unsaid == []


@pytest.mark.parametrize(
    ("language", "words"),
    [("id", INDONESIAN), ("id-ID", INDONESIAN), ("ID_id", INDONESIAN), ("in", INDONESIAN),
     ("en", ENGLISH), ("ido", ENGLISH), ("", ENGLISH), ("su", ENGLISH)],
)  # fmt: skip
def test_words_for(language: str, words: Words) -> None:
    assert words_for(language) is words


@pytest.mark.parametrize(
    ("since", "english", "indonesian"),
    [
        (timedelta(0), "just now", "baru saja"),
        (timedelta(seconds=59), "just now", "baru saja"),
        (timedelta(seconds=60), "1 minute ago", "1 menit lalu"),
        (timedelta(minutes=59, seconds=59), "59 minutes ago", "59 menit lalu"),
        (timedelta(hours=1), "1 hour ago", "1 jam lalu"),
        (timedelta(hours=47), "1 day ago", "1 hari lalu"),
        (timedelta(days=6, hours=23), "6 days ago", "6 hari lalu"),
        (timedelta(days=7), "13 Nov 2024", "13 Nov 2024"),
        (timedelta(days=-100), "28 Feb 2025", "28 Feb 2025"),
        (timedelta(seconds=-1), "in a moment", "sebentar lagi"),
        (timedelta(minutes=-5), "in 5 minutes", "5 menit lagi"),
    ],
)
def test_age(since: timedelta, english: str, indonesian: str) -> None:
    zone = ZoneInfo("Asia/Jakarta")
    assert moment(NOW - since, now=NOW, zone=zone, words=ENGLISH).age == english
    assert moment(NOW - since, now=NOW, zone=zone, words=INDONESIAN).age == indonesian


@pytest.mark.parametrize(
    ("zone", "full"),
    [
        ("Asia/Jakarta", "Rabu, 20 November 2024 14.30 WIB"),
        ("Asia/Makassar", "Rabu, 20 November 2024 15.30 WITA"),
        ("Asia/Jayapura", "Rabu, 20 November 2024 16.30 WIT"),
        ("UTC", "Rabu, 20 November 2024 07.30 UTC"),
        ("America/Sao_Paulo", "Rabu, 20 November 2024 04.30 UTC-03"),
    ],
)
def test_the_zone_is_spelled_out(zone: str, full: str) -> None:
    assert moment(NOW, now=NOW, zone=ZoneInfo(zone), words=INDONESIAN).full == full


@pytest.mark.parametrize(
    ("zone", "english", "indonesian"),
    [
        ("Asia/Jakarta", "WIB (Western Indonesia Time, UTC+07:00)", "WIB (Waktu Indonesia Barat, UTC+07:00)"),
        (
            "Asia/Makassar",
            "WITA (Central Indonesia Time, UTC+08:00)",
            "WITA (Waktu Indonesia Tengah, UTC+08:00)",
        ),
        (
            "Asia/Jayapura",
            "WIT (Eastern Indonesia Time, UTC+09:00)",
            "WIT (Waktu Indonesia Timur, UTC+09:00)",
        ),
        ("Europe/Paris", "CET (Europe/Paris, UTC+01:00)", "CET (Europe/Paris, UTC+01:00)"),
        ("America/Sao_Paulo", "UTC-03 (America/Sao Paulo)", "UTC-03 (America/Sao Paulo)"),
        ("UTC", "UTC", "UTC"),
    ],
)
def test_a_zone_in_full(zone: str, english: str, indonesian: str) -> None:
    assert zone_in_full(ZoneInfo(zone), now=NOW, words=ENGLISH) == english
    assert zone_in_full(ZoneInfo(zone), now=NOW, words=INDONESIAN) == indonesian


def test_brief_is_the_time_of_today_and_the_day_before_that() -> None:
    zone = ZoneInfo("Asia/Jakarta")
    assert moment(NOW, now=NOW, zone=zone, words=INDONESIAN).brief == "14.30 WIB"
    yesterday = NOW - timedelta(hours=15)
    assert moment(yesterday, now=NOW, zone=zone, words=INDONESIAN).brief == "19 Nov 2024"


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://a.example/x?y=1#z", True),
        ("HTTP://a.example", True),
        ("javascript:alert(1)", False),
        (" https://a.example", False),
        ("https://a.example/\n", False),
        ("https:///x", False),
        ("https://[::1", False),
        ("//a.example", False),
        ("", False),
    ],
)
def test_http(url: str, *, kept: bool) -> None:
    assert http(url) == (url if kept else "")


@pytest.mark.parametrize(
    ("span", "english", "indonesian"),
    [
        (timedelta(hours=7), "7 hours", "7 jam"),
        (timedelta(hours=-1), "1 hour", "1 jam"),
        (timedelta(hours=5, minutes=30), "5 hours 30 minutes", "5 jam 30 menit"),
        (timedelta(minutes=1), "1 minute", "1 menit"),
    ],
)
def test_length(span: timedelta, english: str, indonesian: str) -> None:
    assert length(span, ENGLISH) == english
    assert length(span, INDONESIAN) == indonesian
