"""What pages say of themselves to machines: to readers aloud, search engines, feed readers."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest

from aggregator.web.readers import ways
from tests.web.markup import HOSTILE, PAGES, Elements
from tests.web.newsroom import NOW, make_item, make_story

if TYPE_CHECKING:
    from tests.web.newsroom import Newsroom

BASE = "https://feeds.example.id"


def change(newsroom: Newsroom, **changes: Any) -> None:
    """Change the copy that the first story shows."""
    story = newsroom.store.stories[0]
    newsroom.store.stories[0] = replace(story, shown=replace(story.shown, **changes))


@pytest.mark.parametrize("path", [*PAGES, "/nothing"])
def test_nothing_may_be_loaded_but_our_own_style_and_pictures(newsroom: Newsroom, path: str) -> None:
    policy = newsroom.ask(path).headers["content-security-policy"]
    directives = dict(part.split(" ", 1) for part in policy.split("; "))
    assert directives == {
        "default-src": "'none'", "style-src": "'self'", "img-src": "'self' https: http:",
        "base-uri": "'none'", "form-action": "'none'", "frame-ancestors": "'self'",
    }  # fmt: skip


@pytest.mark.parametrize("path", [*PAGES, "/nothing"])
def test_pages_are_in_order(newsroom: Newsroom, path: str) -> None:
    change(newsroom, content="<h5>Lima</h5><h2>Dua</h2>")
    elements = Elements(newsroom.ask(path).text)
    levels = [int(tag[1]) for tag, _ in elements.found if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    ids = [attributes["id"] for _, attributes in elements.found if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in elements.found:
        assert attributes.get("aria-labelledby", "content") in ids
    assert [len(elements.all(tag)) for tag in ("header", "main", "footer")][1] == 1
    assert elements.all("a")[0] == {"class": "skip", "href": "#content"}


@pytest.mark.parametrize("path", PAGES)
def test_pictures_come_late_and_tell_nobody_where_they_are_seen(newsroom: Newsroom, path: str) -> None:
    change(
        newsroom, image="https://img.example.id/a.jpg", content='<p><img src="https://img.example.id/b"></p>'
    )
    pictures = Elements(newsroom.ask(path).text).all("img")
    assert bool(pictures) is (path != "/status")
    for picture in pictures:
        assert picture["loading"] == "lazy"
        assert picture["referrerpolicy"] == "no-referrer"
        assert picture["alt"] == ""


@pytest.mark.parametrize(
    ("path", "canonical", "kind"),
    [
        ("/", f"{BASE}/", "website"),
        ("/c/logistik/", f"{BASE}/c/logistik/", "website"),
        ("/c/logistik", f"{BASE}/c/logistik/", "website"),
        ("/items/satu", f"{BASE}/items/satu", "article"),
    ],
)
def test_a_page_can_be_shared(newsroom: Newsroom, path: str, canonical: str, kind: str) -> None:
    change(newsroom, link="")
    elements = Elements(newsroom.ask(path).text)
    assert elements.link("canonical") == [elements.meta["og:url"]] == [canonical]
    assert elements.meta["og:type"] == kind
    assert elements.meta["og:locale"] == "id_ID"
    assert elements.meta["og:site_name"] == "Kabar Nusantara"
    assert elements.meta["og:title"]
    assert elements.meta["og:description"] == elements.meta["description"] != ""


def test_a_story_is_shared_with_its_dates_and_its_picture(newsroom: Newsroom) -> None:
    elements = Elements(newsroom.ask("/items/satu").text)
    assert elements.link("canonical") == ["https://pelabuhan.example.id/kapal-tiba/"]  # whose text it is
    assert elements.meta["og:url"] == f"{BASE}/items/satu"
    assert elements.meta["og:title"] == "Kapal tiba"
    assert elements.meta["description"] == "Ringkasan & pokok kabar."
    assert elements.meta["article:published_time"] == "2024-11-20T07:30:00Z"
    assert elements.meta["article:section"] == "Logistik"
    assert elements.meta["article:tag"] == "Pelabuhan"
    assert not {"article:modified_time", "og:image"} & elements.meta.keys()
    change(newsroom, image="https://img.example.id/a.jpg")
    story = newsroom.store.stories[0]
    newsroom.store.stories[0] = replace(story, updated=story.published + timedelta(hours=1))
    meta = Elements(newsroom.ask("/items/satu").text).meta
    assert meta["og:image"] == "https://img.example.id/a.jpg"
    assert meta["article:modified_time"] == "2024-11-20T08:30:00Z"


def test_every_feed_can_be_subscribed_to_at_one_click(newsroom: Newsroom) -> None:
    for path, feeds in (("/", ("all", "news", "logistik", "ruang-sujud")), ("/c/logistik/", ("logistik",))):
        page = newsroom.ask(path).text
        targets = {element["href"] for element in Elements(page).all("a")}
        for feed in feeds:
            url = f"{BASE}/feeds/{feed}.rss"
            assert f"<code>{url}</code>" in page
            assert {way.href for way in ways(url, "")} <= targets
            assert {f"/feeds/{feed}.{suffix}" for suffix in ("rss", "atom", "json")} <= targets
    assert "feedly" not in newsroom.ask("/items/satu").text


def test_a_feed_is_named_to_readers_so_that_it_stays_one_value() -> None:
    url = "https://x.example/a b/feeds/ü&c=1#d?e.rss"
    found = ways(url, "Here")
    assert [way.name for way in found] == [
        "Feedly",
        "Inoreader",
        "NewsBlur",
        "The Old Reader",
        "Feedbin",
        "Here",
    ]
    for way in found[:-1]:
        address, separator, value = way.href.rpartition("https%3A%2F%2F")
        assert address.startswith("https://")
        assert re.fullmatch(r"[A-Za-z0-9._~%-]+", value)
        assert unquote(separator + value) == url
    assert found[-1].href == f"feed:{url}"


@pytest.mark.parametrize(
    ("site", "language", "page", "told"),
    [
        ("id", "en", "id", "en"),
        ("id", "id-ID", "id", None),
        ("id", "", "id", None),
        ("en-GB", "id", "en", "id"),
        ("su", "", "en", "su"),  # Sundanese stories on a page with English words
        ("id", HOSTILE, "id", None),
        ("id", "bukan bahasa", "id", None),
    ],
)
def test_another_language_is_marked_where_it_is_used(
    newsroom: Newsroom, site: str, language: str, page: str, told: str | None
) -> None:
    newsroom.site = replace(newsroom.site, language=site)
    for number, story in enumerate(newsroom.store.stories):
        newsroom.store.stories[number] = replace(story, shown=replace(story.shown, language=language))
    for path in ("/", "/c/logistik/", "/items/satu"):
        elements = Elements(newsroom.ask(path).text)
        assert elements.all("html") == [{"lang": page}]
        marked = [attributes for _, attributes in elements.found if attributes.get("dir") == "auto"]
        assert marked
        assert {attributes.get("lang") for attributes in marked} == {told}


def test_the_zone_of_all_times_is_spelled_out(newsroom: Newsroom) -> None:
    for path in [*PAGES, "/nothing"]:
        assert "Semua jam dalam WIB (Waktu Indonesia Barat, UTC+07:00)." in newsroom.ask(path).text


def test_older_stories_are_behind_a_link(newsroom: Newsroom) -> None:
    newsroom.store.stories = [
        make_story(
            f"s{number:02}", make_item("pelabuhan", f"Kapal {number:02}", NOW - timedelta(hours=number // 2))
        )
        for number in range(70)
    ]
    seen: list[str] = []
    path, pages = "/c/logistik/", 0
    while path:
        response = newsroom.ask(path)
        assert response.status_code == 200
        elements, pages = Elements(response.text), pages + 1
        seen += re.findall(r"<h2[^>]*><a[^>]*>Kapal (\d\d)</a>", response.text)
        assert ("Sebelum " in response.text) is (pages > 1)
        assert ('href="/c/logistik/"><span aria-hidden="true">←</span> Kabar terbaru' in response.text) is (
            pages > 1
        )
        assert elements.link("canonical") == [BASE + path]
        [path] = elements.link("next") or [""]
        assert not path or path in {element["href"] for element in elements.all("a")}
    assert pages == 3
    assert seen == [f"{number:02}" for number in range(70)]  # each once, in order, also those of one instant


@pytest.mark.parametrize(
    "place",
    ["", "x", "1", "~", "1~", "~a", "9" * 18 + "~a", "1" * 30 + "~a", "1~%00", "1~a%20b", "1~" + "a" * 3000],
)
def test_a_place_that_is_none_has_no_page(newsroom: Newsroom, place: str) -> None:
    assert newsroom.ask(f"/c/logistik/?before={place}").status_code == 404


def test_behind_the_last_story_there_is_nothing(newsroom: Newsroom) -> None:
    response = newsroom.ask("/c/logistik/?before=-1~a")
    assert response.status_code == 200
    assert "Belum ada kabar di rubrik ini." in response.text
    assert Elements(response.text).link("next") == []


def test_a_category_of_many_sources_names_some(newsroom: Newsroom) -> None:
    category = newsroom.categories[1]
    sources = tuple(
        replace(category.sources[0], id=f"s{number}", title=f"Sumber {number}.") for number in range(130)
    )
    newsroom.categories[1] = replace(category, sources=sources)
    page = newsroom.ask("/c/logistik/").text
    assert "Sumber 99." in page
    assert "Sumber 100." not in page
    assert "dan 30 lagi" in page


@pytest.mark.parametrize(
    ("path", "asked"), [("/", 3), ("/c/logistik/", 2), ("/items/dua", 1), ("/status", 3)]
)
def test_only_those_sources_are_asked_for_that_the_page_names(
    newsroom: Newsroom, path: str, asked: int
) -> None:
    newsroom.ask(path)
    assert len(newsroom.store.asked_for) == asked
