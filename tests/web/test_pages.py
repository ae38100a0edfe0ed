"""The readable pages, with what sources write in them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from aggregator.model.item import (
    Candidate,
    Claim,
    Enclosure,
    Flag,
    Later,
    Origin,
    Person,
    Precision,
    Reading,
    Upgrade,
    ZoneOrigin,
)
from aggregator.model.source import Move, Residual
from aggregator.rules.audit import mark
from aggregator.rules.schedule import NEVER
from tests.making import a_feed
from tests.web.newsroom import NOW, make_dates, make_item, make_story

if TYPE_CHECKING:
    from aggregator.errors import StoreError
    from tests.web.newsroom import Newsroom

PAGES = ["/", "/c/logistik/", "/items/satu", "/status"]
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>'


class Elements(HTMLParser):
    """Collects every start tag with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.found if name == tag]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_safe_and_complete(newsroom: Newsroom, path: str) -> None:
    response = newsroom.ask(path)
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["content-security-policy"].startswith(
        "default-src 'none'; style-src 'self'; img-src"
    )
    assert response.headers["referrer-policy"] == "no-referrer"
    assert response.headers["x-content-type-options"] == "nosniff"
    elements = Elements(response.text)
    assert not elements.all("script")
    assert not any("style" in attributes for _, attributes in elements.found)
    assert elements.all("html") == [{"lang": "id"}]
    assert len(elements.all("h1")) == len(elements.all("main")) == len(elements.all("title")) == 1
    assert all("alt" in image for image in elements.all("img"))
    assert all(
        re.fullmatch(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?", time["datetime"]) for time in elements.all("time")
    )


@pytest.mark.parametrize("path", PAGES)
def test_every_link_of_ours_leads_somewhere(newsroom: Newsroom, path: str) -> None:
    elements = Elements(newsroom.ask(path).text)
    targets = {element.get("href", "") for tag in ("a", "link") for element in elements.all(tag)}
    ours = {target for target in targets if target.startswith("/")}
    assert ours
    for target in ours:
        assert newsroom.ask(target).status_code == 200, target


def test_the_front_page_offers_the_combined_and_every_category_feed(newsroom: Newsroom) -> None:
    links = [link for link in Elements(newsroom.ask("/").text).all("link") if link["rel"] == "alternate"]
    offered = {(link["href"], link["type"]) for link in links}
    assert len(offered) == 4 * 3
    assert ("/feeds/all.rss", "application/rss+xml") in offered
    assert ("/feeds/logistik.json", "application/feed+json") in offered


def test_the_front_page_shows_every_category_with_its_stories(newsroom: Newsroom) -> None:
    page = newsroom.ask("/").text
    for words in (
        "Kapal tiba",
        "Rapat warga",
        "Kajian subuh",
        "Kabar Pelabuhan",
        "Kawat Nusantara",
        "Ruang Sujud",
    ):
        assert words in page
    assert "Ringkasan &amp; pokok kabar." in page
    assert "https://feeds.example.id/feeds/logistik.rss" in page
    assert 'http-equiv="refresh"' not in page


def test_a_story_with_a_picture_right_behind_the_newest_leads(newsroom: Newsroom) -> None:
    second = newsroom.store.stories[1]
    picture = replace(second.shown, image="https://img.example.id/a.jpg")
    newsroom.store.stories[1] = replace(second, shown=picture)
    page = newsroom.ask("/").text
    assert page.index("Rapat warga") < page.index("Kapal tiba")
    [image] = Elements(page).all("img")[:1]
    assert image == {
        "src": "https://img.example.id/a.jpg", "alt": "", "loading": "lazy", "decoding": "async",
        "referrerpolicy": "no-referrer",
    }  # fmt: skip


def test_the_front_page_of_the_first_seconds_says_so_and_comes_back(newsroom: Newsroom) -> None:
    newsroom.store.stories.clear()
    response = newsroom.ask("/")
    assert "Belum ada kabar." in response.text
    assert 'http-equiv="refresh"' in response.text
    assert response.headers["cache-control"] == "no-store"


def test_the_backlog_of_a_new_source_does_not_lead(newsroom: Newsroom) -> None:
    newsroom.feeds[0] = replace(newsroom.feeds[0], backfill=False)
    old = make_item("ruang", "Arsip lama", NOW, dates=make_dates(NOW, chosen=None, flags=(Flag.BACKFILL,)))
    newsroom.store.stories.insert(0, make_story("arsip", old))
    page = newsroom.ask("/").text
    assert page.index("Kapal tiba") < page.index("Arsip lama")


def test_without_a_combined_feed_the_front_page_still_has_all_categories(newsroom: Newsroom) -> None:
    newsroom.feeds = newsroom.feeds[1:]
    assert "Kajian subuh" in newsroom.ask("/").text


def test_a_story_outlives_its_source_in_the_configuration(newsroom: Newsroom) -> None:
    newsroom.categories = newsroom.categories[1:]
    page = newsroom.ask("/items/dua").text
    assert "Rapat warga" in page
    assert "Kawat Nusantara" in page
    assert 'href="/c/news/"' not in page


def test_category_page(newsroom: Newsroom) -> None:
    page = newsroom.ask("/c/logistik/").text
    assert "Kapal tiba" in page
    assert "Rapat warga" not in page
    assert "/feeds/source/pelabuhan.atom" in page
    assert newsroom.ask("/c/logistik").text == page


def test_story_page(newsroom: Newsroom) -> None:
    page = newsroom.ask("/items/satu").text
    assert "<h1" in page
    assert "<p>Isi kabar.</p><p>Baris <em>kedua</em>.</p>" in page
    assert "Rabu, 20 November 2024 14.30 WIB" in page
    assert 'datetime="2024-11-20T07:30:00Z"' in page
    assert "Oleh Sari" in page
    assert "Diperbarui" not in page
    assert 'href="https://pelabuhan.example.id/kapal-tiba/"' in page  # the original
    assert 'href="https://kawat.example.id/kapal-tiba/"' in page  # the other copy
    assert 'href="/c/news/"' in page
    assert "Wed, 20 Nov 2024 14:30:00 WIB”: tanggal terbit di feed-nya" in page


def test_an_edited_story_says_when(newsroom: Newsroom) -> None:
    story = newsroom.store.stories[0]
    newsroom.store.stories[0] = replace(story, updated=story.published + timedelta(minutes=5))
    page = newsroom.ask("/items/satu").text
    assert re.search(r"Diperbarui <time [^>]*>Rabu, 20 November 2024 14\.35 WIB</time>", page)


def test_a_story_without_content_shows_its_summary_and_its_files(newsroom: Newsroom) -> None:
    files = (Enclosure(url="https://cdn.example.id/siaran.mp3?x=1", type="audio/mpeg"),)
    bare = make_item("pelabuhan", "", NOW, content="", enclosures=files, image="https://img.example.id/a.jpg")
    newsroom.store.stories[0] = make_story("satu", bare)
    page = newsroom.ask("/items/satu").text
    assert "<p>Ringkasan &amp; <b>pokok</b> kabar.</p>" in page
    assert ">siaran.mp3</a>" in page
    assert 'class="story-image" src="https://img.example.id/a.jpg"' in page
    assert ">pelabuhan.example.id//</h1>" in page  # no title: its address


def test_in_english(newsroom: Newsroom) -> None:
    newsroom.site = replace(newsroom.site, language="en-GB")
    page = newsroom.ask("/items/satu").text
    assert "Wednesday, 20 November 2024, 14:30 WIB" in page
    assert "Why this date?" in page
    assert "By Sari" in page
    assert "2 hours ago" in newsroom.ask("/").text


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


@pytest.mark.parametrize(
    ("language", "changes", "hours", "zoneless", "words"),
    [
        pytest.param(
            "en",
            {},
            7,
            False,
            "Its dates run 7 hours ahead of the clock: they are marked +00:00, and are really those of "
            "+07:00. To mend it, write under “id: kawat”: <code>zone_fix: Asia/Jakarta</code>",
            id="proven",
        ),
        pytest.param(
            "en", {"learn_zone": True}, 7, False, "New stories are mended by themselves.", id="mended"
        ),
        pytest.param(
            "en",
            {},
            -7,
            True,
            "they name no zone and were read in Asia/Jakarta. Either it publishes that late, or its clock",
            id="suggested",
        ),
        pytest.param(
            "en",
            {"zone_fix": ZoneInfo("Europe/Paris")},
            7,
            False,
            "they were read in Europe/Paris, as zone_fix says, and are really those of",
            id="a remedy that was wrong",
        ),
        pytest.param(
            "id", {}, 7, False, "Tanggalnya 7 jam mendahului waktu sekarang: ditandai +00:00", id="Indonesian"
        ),
    ],
)
def test_the_status_page_says_which_source_writes_a_wrong_zone(
    newsroom: Newsroom, language: str, changes: dict[str, Any], hours: int, words: str, *, zoneless: bool
) -> None:
    newsroom.site = replace(newsroom.site, language=language)
    [category, *others] = newsroom.categories
    [source, *rest] = category.sources
    source = replace(source, **changes)
    newsroom.categories = [replace(category, sources=(source, *rest)), *others]
    seen = tuple(
        Residual(
            dated=NOW + hours * HOUR + number * HOUR / 6,
            seen_at=NOW + number * HOUR / 6,
            gap=HOUR / 6,
            offset=0 * HOUR if hours > 0 else 7 * HOUR,
            zoneless=zoneless,
            mark=mark(source),
        )
        for number in range(8)
    )
    assert "advice" not in newsroom.ask("/status").text
    state = replace(newsroom.store.source_states[source.id], residuals=seen)
    newsroom.store.source_states[source.id] = state
    assert words in newsroom.ask("/status").text


def test_a_source_that_has_moved_is_named_without_the_path_of_its_new_address(newsroom: Newsroom) -> None:
    state = newsroom.store.source_states["pelabuhan"]
    assert state.move is None
    announced = replace(state, move=Move(url="https://baru.example.id/feed?key=hush", since=NOW, count=9))
    newsroom.store.source_states["pelabuhan"] = announced
    assert "baru.example.id" not in newsroom.ask("/status").text
    newsroom.store.source_states["pelabuhan"] = replace(
        state, move=Move(followed="https://baru.example.id/feed?key=hush")
    )
    page = newsroom.ask("/status").text
    assert "Pindah seterusnya ke baru.example.id" in page
    assert "<code>aggregator sources</code>" in page
    assert "hush" not in page


def test_a_source_that_is_gone_is_never_due(newsroom: Newsroom) -> None:
    state = newsroom.store.source_states["pelabuhan"]
    newsroom.store.source_states["pelabuhan"] = replace(state, next_at=NEVER, result="gone", failures=1)
    page = newsroom.ask("/status").text
    assert "Tiada lagi" in page
    assert "<code>aggregator run --force --source pelabuhan</code>" in page
    assert "9999" not in page


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


def test_a_held_story_has_no_page_yet(newsroom: Newsroom) -> None:
    later = NOW + timedelta(hours=1)
    item = make_item("pelabuhan", "Besok", NOW, dates=make_dates(NOW, hold_until=later))
    newsroom.store.stories.append(make_story("besok", item))
    newsroom.now = later
    assert newsroom.ask("/items/besok").status_code == 404
    newsroom.store.stories[-1] = replace(newsroom.store.stories[-1], out_at=later)
    assert newsroom.ask("/items/besok").status_code == 200


def test_what_sources_write_is_never_markup(newsroom: Newsroom) -> None:
    item = make_item(
        "pelabuhan", HOSTILE, NOW, summary="&lt;script&gt;alert(1)&lt;/script&gt;", content="<p>aman</p>",
        authors=(Person(name=HOSTILE),), categories=(HOSTILE,), language=HOSTILE,
        link="javascript:alert(1)", image=f"https://img.example.id/{HOSTILE}",
        enclosures=(Enclosure(url="javascript:alert(2)"),), dates=make_dates(NOW, text=HOSTILE),
    )  # fmt: skip
    other = make_item("kawat", HOSTILE, NOW, link="data:text/html,x")
    newsroom.store.stories[0] = make_story("satu", item, other)
    state = newsroom.store.source_states["pelabuhan"]
    newsroom.store.source_states["kawat"] = replace(
        state,
        id="kawat",
        title=HOSTILE,
        home="javascript:alert(3)",
        error=HOSTILE,
        failures=1,
        result=HOSTILE,
    )
    for path in PAGES:
        page = newsroom.ask(path).text
        elements = Elements(page)
        assert not elements.all("script"), path
        assert not any("onerror" in attributes for _, attributes in elements.found)
        for _, attributes in elements.found:
            for name in ("href", "src"):
                assert not attributes.get(name, "").startswith(("javascript:", "data:")), path
    assert "alert(1)" in newsroom.ask("/items/satu").text  # shown, as text


def test_addresses_that_are_no_web_addresses_are_not_linked(newsroom: Newsroom) -> None:
    for link in (
        "",
        "ftp://x.example/",
        "https://[broken/",
        "https:///nohost",
        "https://x.example/\x00",
        "/relative",
    ):
        newsroom.store.stories[0] = make_story("satu", make_item("pelabuhan", "Kapal", NOW, link=link))
        response = newsroom.ask("/items/satu")
        assert response.status_code == 200
        assert "Baca di" not in response.text


def test_a_hostile_category_name_is_escaped_in_addresses(newsroom: Newsroom) -> None:
    category = newsroom.categories[0]
    newsroom.categories[0] = replace(category, id='a"/../b', title=HOSTILE)
    newsroom.feeds.append(a_feed('a"/../b', "kawat", title=HOSTILE))
    page = newsroom.ask("/").text
    assert not Elements(page).all("script")
    assert 'a"/../b' not in page


def test_status(newsroom: Newsroom) -> None:
    page = newsroom.ask("/status").text
    rows = re.findall(r'<tr role="row" class="is-(\w+)">(.*?)</tr>', page, re.DOTALL)
    assert [state for state, _ in rows] == ["bad", "good", "new"]
    wire, port, mosque = (row for _, row in rows)
    assert "Kawat Nusantara" in wire
    assert "status 503 from kawat.example.id" in wire
    assert "Gagal" in wire
    assert "30 menit lalu" in wire
    assert "sekarang" in wire
    assert "7 menit lagi" in port
    assert "Membawa dokumen baru" in port
    assert "Belum pernah dikumpulkan" in mosque
    assert "secret" not in page


def test_a_base_address_with_a_path_prefixes_our_links(newsroom: Newsroom) -> None:
    newsroom.site = replace(newsroom.site, base_url="https://example.id/kabar")
    for element in Elements(newsroom.ask("/").text).all("a"):
        assert element["href"].startswith(("/kabar/", "#"))


@pytest.mark.parametrize(
    "path", ["/nothing", "/c/nothing/", "/items/nothing", "/items/a.b", "/assets/../x", "/c/"]
)
def test_no_page(newsroom: Newsroom, path: str) -> None:
    response = newsroom.ask(path)
    assert response.status_code == 404
    assert "Tidak ada halaman di alamat ini" in response.text
    assert response.headers["content-security-policy"].startswith("default-src 'none'")


@pytest.mark.parametrize(
    "path",
    [
        "/feeds/../../etc/passwd", "/feeds/..\\..\\x.rss", "/feeds/all.rss\x00", "/feeds/\x00.rss",
        "/items/\x00", "/items/../status", "/assets/../pages.py", "/assets/pages.py", "/assets/site.css\x00",
        "/c/\ud7ff/", "//", "/c/\r\nSet-Cookie: a=b/", "/feeds/" + "a" * 10_000 + ".rss",
        "/items/" + "a" * 10_000, "/" + "%" * 10_000,
    ],
    ids=lambda path: repr(path[:24]),
)  # fmt: skip
def test_path_tricks_find_nothing(newsroom: Newsroom, path: str) -> None:
    status, body = newsroom.ask_raw(path)
    assert status == 404
    assert b"Traceback" not in body
    assert len(body) < 5_000


@pytest.mark.parametrize("path", ["/feeds/..%2f..%2fall.rss", "/items/%00", "/feeds/%c3%28.rss", "/c/..%2f/"])
def test_encoded_path_tricks_find_nothing(newsroom: Newsroom, path: str) -> None:
    assert newsroom.ask(path).status_code == 404


@pytest.mark.parametrize("path", ["/", "/items/satu", "/status"])
def test_pages_can_only_be_read(newsroom: Newsroom, path: str) -> None:
    response = newsroom.ask(path, "POST")
    assert response.status_code == 405
    assert "GET" in response.headers["allow"]
    assert "hanya dapat dibaca" in response.text


def test_a_database_that_does_not_answer(newsroom: Newsroom, broken_database: StoreError) -> None:
    newsroom.store.error = broken_database
    response = newsroom.ask("/")
    assert response.status_code == 503
    assert response.headers["retry-after"] == "5"
    assert "sqlite" not in response.text


def test_a_mistake_of_ours_shows_nothing_of_how_we_are_made(newsroom: Newsroom) -> None:
    newsroom.store.error = ZeroDivisionError("secret of the house")
    for path in ("/", "/feeds/all.rss"):
        response = newsroom.ask(path)
        assert response.status_code == 500
        assert "Ada yang salah di sini" in response.text
        for word in ("secret", "Traceback", "ZeroDivision", "starlette", "0.1.0"):
            assert word not in response.text.lower()


def test_dates_do_not_depend_on_the_machines_zone(newsroom: Newsroom) -> None:
    newsroom.now = datetime(2024, 11, 20, 17, 30, tzinfo=UTC)  # half past midnight on Thursday in Jakarta
    assert "Kamis, 21 November 2024" in newsroom.ask("/").text
