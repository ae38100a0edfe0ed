"""What the room offers, and that nothing of the machine's enters the bytes."""

from __future__ import annotations

import json
import locale
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
import time_machine

from aggregator.model.item import Enclosure
from aggregator.render import FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aggregator.model.feed import Edition


@pytest.fixture(params=["Asia/Jakarta", "America/St_Johns"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The machine's own zone."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", request.param)
        time.tzset()
        yield request.param
    time.tzset()


def bodies(edition: Edition) -> dict[str, bytes]:
    return {suffix: found.render(edition) for suffix, found in FORMATS.items()}


def test_every_format_is_found_by_its_suffix() -> None:
    assert {suffix: found.media_type for suffix, found in FORMATS.items()} == {
        "rss": "application/rss+xml; charset=utf-8",
        "atom": "application/atom+xml; charset=utf-8",
        "json": "application/feed+json; charset=utf-8",
    }
    assert all(found.suffix == suffix for suffix, found in FORMATS.items())


def test_the_room_opens_without_loading_feedgen() -> None:
    loaded = (
        "import sys, aggregator.render; print([name for name in ('feedgen', 'lxml') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_no_clock_enters_the_bytes(edition: Edition) -> None:
    with time_machine.travel(datetime.fromisoformat("2024-11-20T10:00:00+00:00"), tick=False):
        first = bodies(edition)
    with time_machine.travel(datetime.fromisoformat("2031-02-03T04:05:06+00:00"), tick=False):
        assert bodies(edition) == first


@pytest.mark.usefixtures("zone")
def test_no_zone_of_the_machine_enters_the_bytes(edition: Edition) -> None:
    elsewhere = {suffix: found.render(edition) for suffix, found in FORMATS.items()}
    assert b"Wed, 20 Nov 2024 07:30:00 +0000" in elsewhere["rss"]
    assert b"<published>2024-11-20T07:30:00." in elsewhere["atom"]
    assert b"2024-11-20T07:30:00+00:00" in elsewhere["json"]


@pytest.mark.parametrize("year", [1, 999, 2024, 9999])
@pytest.mark.parametrize("month", range(1, 13))
def test_rss_writes_dates_as_the_standard_library_does(year: int, month: int, edition: Edition) -> None:
    for day in (1, 9, 10, 28):
        at = datetime(year, month, day, 3, 14, 59, tzinfo=UTC)
        written = FORMATS["rss"].entry(replace(edition.entries[0], published=at))
        assert f"<pubDate>{format_datetime(at)}</pubDate>".encode() in written


@pytest.mark.parametrize("size", [0, 2**64, 10**30])
def test_a_number_of_any_size_is_written(size: int, edition: Edition) -> None:
    file = Enclosure(url="https://x.example/a", length=size)
    written = FORMATS["json"].entry(replace(edition.entries[0], enclosures=(file,)))
    [attachment] = json.loads(written)["attachments"]
    assert attachment["size_in_bytes"] == size


def test_json_leaves_no_second_copy_with_the_text_that_it_wrote(edition: Edition) -> None:
    text = "<p>“Kapal” tiba.</p>" * 100
    before = sys.getsizeof(text)
    FORMATS["json"].entry(replace(edition.entries[0], content=text))
    assert sys.getsizeof(text) == before


def test_the_process_keeps_its_locale(edition: Edition, monkeypatch: pytest.MonkeyPatch) -> None:
    """feedgen's own way to write a date would change it for every thread."""

    def refuse(*_: Any) -> NoReturn:
        pytest.fail("the locale belongs to the process")

    monkeypatch.setattr(locale, "setlocale", refuse)
    assert b"Nov 2024" in FORMATS["rss"].render(edition)


def test_instants_of_another_zone_are_told_in_utc(edition: Edition) -> None:
    jakarta = timezone(timedelta(hours=7))
    moved = replace(
        edition,
        updated=edition.updated.astimezone(jakarta),
        entries=tuple(
            replace(
                entry,
                published=entry.published.astimezone(jakarta),
                updated=entry.updated.astimezone(jakarta),
            )
            for entry in edition.entries
        ),
    )
    assert bodies(moved) == bodies(edition)


@pytest.mark.parametrize("suffix", ["rss", "atom", "json"])
def test_a_naive_instant_is_a_bug_of_ours_and_is_loud(suffix: str, edition: Edition) -> None:
    with pytest.raises(ValueError, match="has no zone"):
        FORMATS[suffix].render(replace(edition, updated=edition.updated.replace(tzinfo=None)))
