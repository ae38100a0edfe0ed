"""Single values: how they are read, and how they are spelled again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.settings import values
from aggregator.settings.cron import cron
from aggregator.settings.values import SettingError


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("90s", 90), ("15m", 900), ("6h", 21_600), ("1d", 86_400), (" 1s ", 1), ("05m", 300)],
)
def test_durations(written: str, seconds: int) -> None:
    assert values.duration(written) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "written", ["", "15", 15, "1.5h", "-1h", "0s", "1h30m", "1w", "3651d", "999999999d", None, True, []]
)
def test_what_is_no_duration(written: object) -> None:
    with pytest.raises(SettingError):
        values.duration(written)


@given(st.integers(min_value=1, max_value=3650 * 86_400))
def test_a_duration_is_spelled_as_it_is_read(seconds: int) -> None:
    span = timedelta(seconds=seconds)
    assert values.duration(values.spell_duration(span)) == span


@pytest.mark.parametrize("written", ["90d", "36h", 1, 500, 1_000_000])
def test_what_is_kept_is_spelled_as_it_is_read(written: object) -> None:
    assert values.spell_keep(values.keep(written)) == written


def test_a_number_without_a_unit_is_how_many_are_kept() -> None:
    assert values.keep(" 500 ") == 500
    assert values.keep("90d") == timedelta(days=90)


@pytest.mark.parametrize("written", [0, -1, "0", "5x", "0d", 1_000_001, "1" * 5000, True, 1.5, None, [], ""])
def test_what_is_neither_an_age_nor_a_number_is_not_kept(written: object) -> None:
    with pytest.raises(SettingError):
        values.keep(written)


def test_gates() -> None:
    assert [values.gate(written) for written in ("off", 1, "20", 10_000)] == ["off", 1, 20, 10_000]


@pytest.mark.parametrize("written", [0, -1, 10_001, "on", "yes", "", False, True, None, 1.5, []])
def test_what_is_no_gate(written: object) -> None:
    with pytest.raises(SettingError, match="must be 'off' or a whole number from 1 to 10000, not "):
        values.gate(written)


@pytest.mark.parametrize("written", ["p", "P", "id", "Page", "p*", "pa*", "I*", "page*"])
def test_a_parameter_that_tells_articles_apart_is_never_dropped(written: str) -> None:
    with pytest.raises(SettingError, match="tells articles apart"):
        values.parameter(written)


@pytest.mark.parametrize("written", ["ref", "ad_*", "pk_*", "page_from", "idx*"])
def test_a_parameter_may_begin_like_one_that_does(written: str) -> None:
    assert values.parameter(written) == written


@pytest.mark.parametrize(
    ("written", "number"),
    [("512KB", 512_000), ("10MB", 10_000_000), ("1GB", 10**9), ("4MiB", 4 * 2**20), ("2 KiB", 2048)],
)
def test_sizes(written: str, number: int) -> None:
    assert values.size(written) == number
    assert values.size(values.spell_size(number)) == number


@pytest.mark.parametrize("written", ["10", 10, "10M", "10mb", "999KB1", "0MB", "2GB", "-1MB", None])
def test_what_is_no_size(written: object) -> None:
    with pytest.raises(SettingError):
        values.size(written)


def test_spelled_in_the_largest_unit() -> None:
    assert [values.spell_size(number) for number in (10**9, 1500 * 1000, 2**20, 3 * 2**10)] == [
        "1GB",
        "1500KB",
        "1MiB",
        "3KiB",
    ]
    assert [values.spell_duration(timedelta(seconds=each)) for each in (86_400, 5400, 61)] == [
        "1d",
        "90m",
        "61s",
    ]


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("127.0.0.1:8080", ("127.0.0.1", 8080)),
        ("[::1]:80", ("::1", 80)),
        ("localhost:0", ("localhost", 0)),
        ("0.0.0.0:65535", ("0.0.0.0", 65_535)),  # a value to be read, nothing listens
    ],
)
def test_listen(written: str, address: tuple[str, int]) -> None:
    assert values.listen(written) == address
    assert values.spell_listen(address) == written


@pytest.mark.parametrize(
    "written", ["8080", ":8080", "a:b", "::1:80", "a:65536", "http://a:80", "a:80/", 8080]
)
def test_what_is_no_host_and_port(written: object) -> None:
    with pytest.raises(SettingError):
        values.listen(written)


@pytest.mark.parametrize(
    ("host", "alone"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("10.0.0.1", False),
        ("a.id", False),
    ],
)
def test_loopback(host: str, alone: bool) -> None:  # noqa: FBT001 # a table's column
    assert values.is_loopback(host) is alone


@pytest.mark.parametrize("written", ["Asia/Jakarta", "UTC", "America/Argentina/Buenos_Aires"])
def test_zones(written: str) -> None:
    assert values.zone(written).key == written


@pytest.mark.parametrize(
    "written",
    [
        "wit",
        "Asia",
        "../Asia/Jakarta",
        "/etc/passwd",
        "localtime",
        "posix/Asia/Jakarta",
        "right/UTC",
        "+07:00",
        "x" * 300,
    ],
)
def test_what_is_no_zone_is_refused(written: str) -> None:
    with pytest.raises(SettingError, match="is not an IANA time zone"):
        values.zone(written)


@pytest.mark.parametrize(
    ("written", "network"),
    [("10.0.0.0/8", "10.0.0.0/8"), ("127.0.0.1", "127.0.0.1/32"), ("fc00::/7", "fc00::/7")],
)
def test_networks(written: str, network: str) -> None:
    assert str(values.network(written)) == network


def test_a_whole_number_is_read_from_a_variables_text_too() -> None:
    assert values.whole(" 12 ", least=1, most=20) == 12
    for wrong in ("1.5", "", "twelve", 1.5, True, None, 21, 0, "1" * 5000):
        with pytest.raises(SettingError):
            values.whole(wrong, least=1, most=20)


@pytest.mark.parametrize(
    "written",
    [
        "* * * * *",
        "*/10 6-22 * * *",
        "0,30 8-18/2 1,15 jan-jun mon-fri",
        "0 0 29 2 *",
        "0 0 31 2 mon",  # the weekday alone will do
        "0 0 * * 0",
        "0 0 * * 7",
        "0 0 * * fri-sun",
        "5 4 * * 5-7",
    ],
)
def test_cron(written: str) -> None:
    assert cron(written.upper()) == written
    assert cron(f"  {written}  ") == written


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("* * * *", "must have five fields"),
        ("@hourly", "must have five fields"),
        (5, "must have five fields"),
        ("60 * * * *", "minute '60': must be from 0 to 59"),
        ("* * 0 * *", "day of the month '0': must be from 1 to 31"),
        ("* * * 13 *", "month '13': must be from 1 to 12"),
        ("* * * * 8", "weekday '8': must be from 0 to 7"),
        ("* * * mon *", "month 'mon': must be from 1 to 12"),
        ("*/0 * * * *", r"minute '\*/0': stands for nothing"),
        ("30-10 * * * *", "minute '30-10': stands for nothing"),
        ("5/10 * * * *", "minute '5/10': a step needs a range"),
        ("1,,2 * * * *", "minute '': must be"),
        ("-1 * * * *", "minute '-1': must be"),
        ("? * * * *", r"minute '\?': must be"),
        ("* * L * *", "day of the month 'l': must be from"),
        ("0 0 30 2 *", "never comes"),
        ("0 0 31 feb,apr *", "never comes"),
        ("0" * 5000 + " * * * *", "must be"),
    ],
)
def test_what_is_no_cron(written: object, message: str) -> None:
    with pytest.raises(SettingError, match=message):
        cron(written)


def test_did_you_mean() -> None:
    assert values.did_you_mean("TIMEZON", ["title", "timezone"]) == "; did you mean 'timezone'?"
    assert values.did_you_mean("xyz", ["title", "timezone"]) == ""
    assert values.did_you_mean("a" * 100_000, ["title"]) == ""


@pytest.mark.parametrize(
    ("written", "tag"), [("id", "id"), ("en-GB", "en-GB"), ("ban", "ban"), (" ID ", "ID"), ("in", "id")]
)
def test_languages_are_the_tags_that_stories_have(written: str, tag: str) -> None:
    assert values.language(written) == tag


@pytest.mark.parametrize("written", ["항구", "порт", "Θεός", "ميناء", "Việt Nam"])
def test_words_of_scripts_with_spaces_are_searched(written: str) -> None:
    assert values.phrase(written) == written


@pytest.mark.parametrize(
    "written", ["新闻", "ニュース", "ﾆｭｰｽ", "ข่าว", "ຂ່າວ", "သတင်း", "ព័ត៌មាន", "ꦏꦧꦂ", "ᬓᬩᬃ", "𠮷野家", "JR東日本*"]
)
def test_words_of_scripts_without_spaces_are_not(written: str) -> None:
    with pytest.raises(SettingError, match="cannot be searched: its script puts no spaces between words"):
        values.phrase(written)
