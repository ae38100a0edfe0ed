"""Why a story is dated as it is, as its page says it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from aggregator.model.item import (
    Candidate,
    Claim,
    Flag,
    Later,
    Origin,
    Precision,
    Reading,
    Upgrade,
    ZoneOrigin,
)
from tests.web.newsroom import NOW, make_dates, make_item, make_story

if TYPE_CHECKING:
    from tests.web.newsroom import Newsroom


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"chosen": None}, "tidak memberi tanggal yang dapat dipakai"),
        ({"zone": ZoneOrigin.SOURCE}, "menurut zona waktu sumber"),
        ({"precision": Precision.DAY}, "(tepat sampai hari)"),
        ({"flags": (Flag.CONFLICT, Flag.UNREADABLE)}, "bertentangan. Ada tanggal yang tidak terbaca."),
    ],
)
def test_why_this_date(newsroom: Newsroom, changes: dict[str, Any], words: str) -> None:
    item = make_item("pelabuhan", "Kapal tiba", NOW, dates=make_dates(NOW, **changes))
    newsroom.store.stories[0] = make_story("satu", item)
    assert words in newsroom.ask("/items/satu").text


def label(earliest: datetime, latest: datetime) -> Candidate:
    reading = Reading(
        earliest=earliest, latest=latest, precision=Precision.HOUR, zone=ZoneOrigin.NONE, relative=True
    )
    return Candidate(claim=Claim(origin=Origin.TEXT, text="2 hours ago"), reading=reading)


HOUR = timedelta(hours=1)


DAY = Candidate(
    claim=Claim(origin=Origin.URL, text="2024-11-20"),
    reading=Reading(
        earliest=datetime(2024, 11, 19, 17, tzinfo=UTC),
        latest=datetime(2024, 11, 20, 16, 59, 59, tzinfo=UTC),
        precision=Precision.DAY,
        zone=ZoneOrigin.SOURCE,
        offset=7 * HOUR,
    ),
)


UNREAD = Candidate(claim=Claim(origin=Origin.UPDATED, text="<b>segera</b>"), reading=None)


def test_every_date_that_was_considered_is_shown(newsroom: Newsroom) -> None:
    newsroom.site = replace(newsroom.site, language="en")
    span = label(NOW - 3 * HOUR, NOW - 1.5 * HOUR)
    dates = make_dates(NOW - 2 * HOUR, candidates=(span, DAY, UNREAD), chosen=0, zone=ZoneOrigin.NONE)
    newsroom.store.stories[0] = make_story("satu", make_item("pelabuhan", "Kapal", NOW, dates=dates))
    page = newsroom.ask("/items/satu").text
    assert (
        "<strong>taken</strong> <q>2 hours ago</q>, the date that its page shows: between Wednesday, "
        "20 November 2024, 13:30 WIB and 15:00 WIB"
    ) in page
    assert (
        "<li><q>2024-11-20</q>, the day in the article&#39;s address: Wednesday, 20 November 2024</li>"
        in page
    )
    assert "<q>&lt;b&gt;segera&lt;/b&gt;</q>, the date of the last change in its feed: no date" in page
    assert "First seen here: Wednesday, 20 November 2024, 14:30 WIB." in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param(
            {
                "candidates": (label(NOW - 3 * HOUR, NOW - HOUR),),
                "earliest": NOW - 2 * HOUR,
                "latest": NOW - HOUR,
            },
            "By all that is known, it was published between Wednesday, 20 November 2024, 14:30",
            id="narrowed",
        ),
        pytest.param(
            {
                "candidates": (label(NOW - 3 * HOUR, NOW - HOUR),),
                "earliest": NOW - 2 * HOUR,
                "latest": NOW - 2 * HOUR + timedelta(seconds=40),
            },
            "By all that is known, it was published Wednesday, 20 November 2024, 14:30 WIB.",
            id="narrowed to a minute",
        ),
        pytest.param(
            {"candidates": (label(NOW - 30 * HOUR, NOW - HOUR),)},
            "between Tuesday, 19 November 2024, 10:30 WIB and Wednesday, 20 November 2024, 15:30 WIB",
            id="over midnight",
        ),
        pytest.param(
            {"zone": ZoneOrigin.LEARNED, "earliest": NOW - 7 * HOUR, "latest": NOW - 7 * HOUR},
            "The source marks its times 7 hours too late; that was put right.",
            id="mended",
        ),
        pytest.param(
            {"upgrade": Upgrade(at=NOW, before=NOW - HOUR)},
            "16:30 WIB it was published as of Wednesday, 20 November 2024, 15:30 WIB; then the better date",
            id="upgraded",
        ),
        pytest.param(
            {"later": (Later(at=NOW, candidate=UNREAD),)},
            "20 November 2024, 16:30 WIB the source also wrote “&lt;b&gt;segera&lt;/b&gt;”, which changed",
            id="later",
        ),
        pytest.param(
            {"flags": (Flag.FUTURE,), "earliest": NOW + 7 * HOUR},
            "That was still to come when the story was first seen here",
            id="not believed",
        ),
    ],
)
def test_what_happened_to_a_date_is_told(newsroom: Newsroom, changes: dict[str, Any], words: str) -> None:
    newsroom.site = replace(newsroom.site, language="en")
    item = make_item("pelabuhan", "Kapal", NOW, dates=make_dates(NOW, **changes))
    newsroom.store.stories[0] = make_story("satu", item)
    assert words in newsroom.ask("/items/satu").text


@pytest.mark.parametrize("instant", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
@pytest.mark.parametrize("zone", ["Asia/Jakarta", "America/New_York"])
def test_the_ends_of_time_are_no_dates_on_a_page(newsroom: Newsroom, instant: datetime, zone: str) -> None:
    newsroom.zone = ZoneInfo(zone)
    reading = Reading(earliest=instant, latest=instant, precision=Precision.SECOND, zone=ZoneOrigin.OFFSET)
    dates = make_dates(NOW, candidates=(replace(DAY, reading=reading),), chosen=None)
    newsroom.store.stories[0] = make_story("satu", make_item("pelabuhan", "Kapal", NOW, dates=dates))
    assert "hari yang tertera di alamat artikel: bukan tanggal" in newsroom.ask("/items/satu").text


def test_a_date_that_was_not_believed_is_not_shown_as_taken(newsroom: Newsroom) -> None:
    dates = make_dates(NOW, flags=(Flag.FUTURE,), earliest=NOW + 7 * HOUR, latest=NOW + 7 * HOUR)
    newsroom.store.stories[0] = make_story("satu", make_item("pelabuhan", "Kapal", NOW, dates=dates))
    assert "<strong>dipakai</strong>" not in newsroom.ask("/items/satu").text
    item = make_item("pelabuhan", "Kapal", NOW, dates=make_dates(NOW))
    newsroom.store.stories[0] = make_story("satu", item)
    assert "<strong>dipakai</strong>" in newsroom.ask("/items/satu").text


def test_a_better_date_alone_is_no_update(newsroom: Newsroom) -> None:
    dates = make_dates(NOW - HOUR, updated=NOW, upgrade=Upgrade(at=NOW, before=NOW))
    item = make_item("pelabuhan", "Kapal", NOW, dates=dates)
    for revisions, told in ((0, False), (1, True)):
        newsroom.store.stories[0] = make_story("satu", replace(item, revisions=revisions))
        assert ("Diperbarui" in newsroom.ask("/items/satu").text) is told


def test_the_date_is_explained_by_the_copy_that_gave_it(newsroom: Newsroom) -> None:
    story = newsroom.store.stories[0]
    earlier = story.published - timedelta(hours=1)
    copy = replace(story.others[0], dates=make_dates(earlier, text="20/11/2024 13:30"))
    newsroom.store.stories[0] = replace(story, published=earlier, others=(copy,))
    assert "Kawat Nusantara menulis “20/11/2024 13:30”" in newsroom.ask("/items/satu").text


def test_every_kind_of_date_has_its_words(newsroom: Newsroom) -> None:
    for origin in Origin:
        dates = make_dates(NOW, flags=tuple(Flag))
        candidate = dates.candidates[0]
        claim = replace(candidate.claim, origin=origin)
        item = make_item(
            "pelabuhan", "A", NOW, dates=replace(dates, candidates=(replace(candidate, claim=claim),))
        )
        newsroom.store.stories[0] = make_story("satu", item)
        for language in ("id", "en"):
            newsroom.site = replace(newsroom.site, language=language)
            assert newsroom.ask("/items/satu").status_code == 200
