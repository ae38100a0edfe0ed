"""The readable pages under what hostile sources and askers write."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from aggregator.model.item import (
    Enclosure,
    Person,
)
from tests.making import a_feed
from tests.web.markup import HOSTILE, PAGES, Elements
from tests.web.newsroom import NOW, make_dates, make_item, make_story

if TYPE_CHECKING:
    from aggregator.errors import StoreError
    from tests.web.newsroom import Newsroom


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
