"""The readable pages."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from aggregator.model.item import (
    Enclosure,
    Flag,
)
from tests.web.markup import PAGES, Elements
from tests.web.newsroom import NOW, make_dates, make_item, make_story

if TYPE_CHECKING:
    from tests.web.newsroom import Newsroom


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
    assert len(offered) == len(links) == 4 * 3 + 1
    assert ("/feeds/all.rss", "application/rss+xml") in offered
    assert ("/feeds/logistik.json", "application/feed+json") in offered
    assert ("/feeds.opml", "text/x-opml") in offered
    assert "Semua kabar (Atom)" in {link["title"] for link in links}


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


def test_a_held_story_has_no_page_yet(newsroom: Newsroom) -> None:
    later = NOW + timedelta(hours=1)
    item = make_item("pelabuhan", "Besok", NOW, dates=make_dates(NOW, hold_until=later))
    newsroom.store.stories.append(make_story("besok", item))
    newsroom.now = later
    assert newsroom.ask("/items/besok").status_code == 404
    newsroom.store.stories[-1] = replace(newsroom.store.stories[-1], out_at=later)
    assert newsroom.ask("/items/besok").status_code == 200


def test_a_base_address_with_a_path_prefixes_our_links(newsroom: Newsroom) -> None:
    newsroom.site = replace(newsroom.site, base_url="https://example.id/kabar")
    for path in PAGES:
        for element in Elements(newsroom.ask(path).text).all("a"):
            assert element["href"].startswith(("/kabar/", "#", "https://", "feed:https://")), path


def test_dates_do_not_depend_on_the_machines_zone(newsroom: Newsroom) -> None:
    newsroom.now = datetime(2024, 11, 20, 17, 30, tzinfo=UTC)  # half past midnight on Thursday in Jakarta
    assert "Kamis, 21 November 2024" in newsroom.ask("/").text
