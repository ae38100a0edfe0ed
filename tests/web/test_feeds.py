"""The addresses that answer with a feed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from aggregator.web.feeds import FORMATS

if TYPE_CHECKING:
    from aggregator.errors import StoreError
    from tests.web.newsroom import Newsroom


WAYS = pytest.mark.parametrize("warm", [False, True], ids=["first asked for", "at hand"])


@pytest.mark.parametrize("name", ["all", "logistik", "source/pelabuhan"])
@pytest.mark.parametrize("suffix", FORMATS)
@WAYS
def test_every_feed_in_every_format(newsroom: Newsroom, name: str, suffix: str, *, warm: bool) -> None:
    response = newsroom.ask(f"/feeds/{name}.{suffix}", warm=warm)
    assert response.status_code == 200
    assert response.content == newsroom.store.publications[name, suffix].body
    assert response.headers["content-type"] == f"{FORMATS[suffix]}; charset=utf-8"
    assert response.headers["cache-control"] == "public, max-age=60, stale-while-revalidate=300"
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["content-length"] == str(len(response.content))
    assert response.headers["link"] == f'<https://feeds.example.id/feeds/{name}.{suffix}>; rel="self"'
    assert response.headers["content-location"] == f"https://feeds.example.id/feeds/{name}.{suffix}"


@pytest.mark.parametrize(
    ("alias", "address"),
    [
        ("/feed/", "/feeds/all.rss"),
        ("/feed", "/feeds/all.rss"),
        ("/feed/atom/", "/feeds/all.atom"),
        ("/feed/atom", "/feeds/all.atom"),
        ("/category/logistik/feed/", "/feeds/logistik.rss"),
        ("/category/logistik/feed", "/feeds/logistik.rss"),
        ("/category/ruang-sujud/feed/atom/", "/feeds/ruang-sujud.atom"),
        ("/category/ruang-sujud/feed/atom", "/feeds/ruang-sujud.atom"),
    ],
)
@WAYS
def test_aliases_are_the_same_answer(newsroom: Newsroom, alias: str, address: str, *, warm: bool) -> None:
    one, other = newsroom.ask(alias, warm=warm), newsroom.ask(address, warm=warm)
    assert one.status_code == 200
    assert one.content == other.content
    assert one.headers == other.headers
    assert one.headers["content-location"] == f"https://feeds.example.id{address}"


@WAYS
def test_what_is_not_modified_is_at_its_own_address(newsroom: Newsroom, *, warm: bool) -> None:
    known = newsroom.ask("/feed/", warm=warm).headers["etag"]
    for headers in ({"If-None-Match": known}, {"If-None-Match": known, "A-IM": "feed"}):
        response = newsroom.ask("/feed/", headers=headers, warm=warm)
        assert response.status_code == 304
        assert response.headers["content-location"] == "https://feeds.example.id/feeds/all.rss"


@WAYS
def test_accept_changes_nothing(newsroom: Newsroom, *, warm: bool) -> None:
    for accept in ("text/html", "application/json", "image/png;q=0", "*/*;q=0"):
        response = newsroom.ask("/feeds/all.rss", headers={"Accept": accept}, warm=warm)
        assert response.headers["content-type"] == "application/rss+xml; charset=utf-8"


def test_a_media_type_without_charset_gets_one(newsroom: Newsroom) -> None:
    stored = newsroom.store.publications["all", "rss"]
    newsroom.store.publications["all", "rss"] = replace(stored, media_type="application/rss+xml")
    assert newsroom.ask("/feeds/all.rss").headers["content-type"] == "application/rss+xml; charset=utf-8"


@pytest.mark.parametrize(
    "path",
    [
        "/feeds/nothing.rss",
        "/feeds/all.xml",
        "/feeds/all",
        "/feeds/.rss",
        "/feeds/",
        "/feeds",
        "/feeds/all.rss/",
        "/feeds/source/nothing.rss",
        "/category/nothing/feed/",
        "/feed/rdf/",
    ],
)
def test_an_unknown_feed_says_where_the_feeds_are(newsroom: Newsroom, path: str) -> None:
    response = newsroom.ask(path)
    assert response.status_code == 404
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["access-control-allow-origin"] == "*"
    assert "https://feeds.example.id/feeds.opml" in response.text


def test_a_feed_that_is_stored_but_no_longer_configured_is_not_served(newsroom: Newsroom) -> None:
    newsroom.feeds = [feed for feed in newsroom.feeds if feed.name != "logistik"]
    assert newsroom.ask("/feeds/logistik.rss").status_code == 404


def test_a_feed_not_yet_published_asks_for_patience(newsroom: Newsroom) -> None:
    newsroom.store.publications.clear()
    for path in ("/feeds/all.rss", "/feed/", "/feeds.opml"):
        response = newsroom.ask(path)
        assert response.status_code == 503
        assert response.headers["retry-after"] == "2"
        assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "BREW"])
@pytest.mark.parametrize("path", ["/feeds/all.rss", "/feed/", "/feeds.opml"])
@WAYS
def test_feeds_can_only_be_read(newsroom: Newsroom, method: str, path: str, *, warm: bool) -> None:
    response = newsroom.ask(path, method, warm=warm)
    assert response.status_code == 405
    assert {verb.strip() for verb in response.headers["allow"].split(",")} == {"GET", "HEAD", "OPTIONS"}
    assert response.headers["content-type"].startswith("text/plain")


@WAYS
def test_scripts_of_other_sites_may_ask_with_headers_of_their_own(newsroom: Newsroom, *, warm: bool) -> None:
    asked = {"Origin": "https://reader.example", "Access-Control-Request-Headers": "if-modified-since"}
    response = newsroom.ask("/feeds/all.rss", "OPTIONS", asked, warm=warm)
    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["access-control-allow-headers"] == "*"
    assert response.headers["access-control-allow-methods"] == "GET, HEAD"


def test_opml_lists_every_feed(newsroom: Newsroom) -> None:
    response = newsroom.ask("/feeds.opml")
    assert response.headers["content-type"] == "text/x-opml; charset=utf-8"
    assert response.headers["last-modified"] == "Wed, 20 Nov 2024 09:00:05 GMT"
    assert response.headers["access-control-allow-origin"] == "*"
    listed = [outline.get("xmlUrl") for outline in ET.fromstring(response.content).iter("outline")]  # noqa: S314 (ours)
    assert listed == [f"https://feeds.example.id/feeds/{feed.name}.rss" for feed in newsroom.feeds]
    again = newsroom.ask("/feeds.opml", headers={"If-None-Match": response.headers["etag"]})
    assert again.status_code == 304


def test_a_database_that_does_not_answer_is_said_in_a_line(
    newsroom: Newsroom, broken_database: StoreError
) -> None:
    newsroom.store.error = broken_database
    response = newsroom.ask("/feeds/all.rss")
    assert response.status_code == 503
    assert response.headers["retry-after"] == "5"
    assert response.headers["content-type"].startswith("text/plain")
    assert "sqlite" not in response.text
