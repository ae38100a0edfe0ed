"""Content coding and conditional requests, as RFC 9110 has them."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from aggregator.web.serving import prefers_gzip

if TYPE_CHECKING:
    from tests.web.newsroom import Newsroom

FEED = "/feeds/all.rss"
BEFORE, AT, AFTER = (
    "Wed, 20 Nov 2024 09:00:04 GMT",
    "Wed, 20 Nov 2024 09:00:05 GMT",
    "Wed, 20 Nov 2024 09:00:06 GMT",
)


@pytest.mark.parametrize(
    ("accept_encoding", "wanted"),
    [
        ("", False),
        ("gzip", True),
        ("GZIP", True),
        ("x-gzip", True),
        ("br, gzip;q=0.5", True),
        ("*", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000", False),
        ("gzip;q=0, *", False),
        ("*;q=0", False),
        ("identity", False),
        ("identity;q=0.5, gzip;q=1.0", True),
        ("identity;q=1, gzip;q=0.5", False),
        ("gzip;q=2", False),
        ("gzip;q=nan", False),
        ("gzip;level=9", False),
        ("gzipped", False),
    ],
)
def test_accept_encoding(accept_encoding: str, *, wanted: bool) -> None:
    assert prefers_gzip(accept_encoding) is wanted


def test_bytes_are_served_as_they_were_stored(newsroom: Newsroom) -> None:
    stored = newsroom.store.publications["all", "rss"]
    plain = newsroom.ask(FEED)
    assert plain.content == stored.body
    assert plain.headers["etag"] == stored.etag
    assert "content-encoding" not in plain.headers
    zipped = newsroom.ask(FEED, headers={"Accept-Encoding": "gzip"})
    assert zipped.headers["content-encoding"] == "gzip"
    assert zipped.headers["content-length"] == str(len(stored.gzipped))
    assert zipped.content == gzip.decompress(stored.gzipped)


def test_each_coding_has_its_own_strong_tag(newsroom: Newsroom) -> None:
    plain = newsroom.ask(FEED).headers["etag"]
    zipped = newsroom.ask(FEED, headers={"Accept-Encoding": "gzip"}).headers["etag"]
    assert zipped == f'{plain[:-1]}-gzip"'
    assert newsroom.ask(FEED, headers={"If-None-Match": zipped}).status_code == 200
    both = {"If-None-Match": zipped, "Accept-Encoding": "gzip"}
    assert newsroom.ask(FEED, headers=both).status_code == 304


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"If-None-Match": "ETAG"}, 304, id="the tag"),
        pytest.param({"If-None-Match": "W/ETAG"}, 304, id="weak comparison"),
        pytest.param({"If-None-Match": '"one", W/"two,three" ,ETAG'}, 304, id="in a list"),
        pytest.param({"If-None-Match": "*"}, 304, id="any"),
        pytest.param({"If-None-Match": " * "}, 304, id="any, with space"),
        pytest.param({"If-None-Match": '"other"'}, 200, id="another tag"),
        pytest.param({"If-None-Match": "unquoted"}, 200, id="no tag at all"),
        pytest.param({"If-None-Match": '"other"', "If-Modified-Since": AFTER}, 200, id="tags outrank dates"),
        pytest.param({"If-None-Match": "ETAG", "If-Modified-Since": BEFORE}, 304, id="also the other way"),
        pytest.param({"If-Modified-Since": BEFORE}, 200, id="changed since"),
        pytest.param({"If-Modified-Since": AT}, 304, id="not changed since"),
        pytest.param({"If-Modified-Since": AFTER}, 304, id="not changed since later"),
        pytest.param({"If-Modified-Since": "Wed, 20 Nov 2024 09:00:05 -0000"}, 304, id="no zone is UTC"),
        pytest.param({"If-Modified-Since": "yesterday"}, 200, id="not a date"),
        pytest.param({"If-Modified-Since": "Wed, 99 Nov 99999 09:00:05 GMT"}, 200, id="no such date"),
        pytest.param({}, 200, id="unconditional"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_conditional_requests(newsroom: Newsroom, headers: dict[str, str], status: int, method: str) -> None:
    etag = newsroom.store.publications["all", "rss"].etag
    asked = {name: value.replace("ETAG", etag) for name, value in headers.items()}
    response = newsroom.ask(FEED, method, asked)
    assert response.status_code == status
    assert response.headers["etag"] == etag
    assert response.headers["last-modified"] == AT
    assert response.headers["vary"] == "Accept-Encoding"
    if status == 304:
        assert response.content == b""
        assert "content-length" not in response.headers
        assert "content-type" not in response.headers


def test_head_is_get_without_the_body(newsroom: Newsroom) -> None:
    for path in (FEED, "/feed/", "/feeds.opml", "/", "/status", "/assets/site.css"):
        head, get = newsroom.ask(path, "HEAD"), newsroom.ask(path)
        assert head.content == b""
        assert head.headers == get.headers


def test_pages_and_assets_can_be_revalidated_too(newsroom: Newsroom) -> None:
    for path in ("/", "/c/news/", "/items/satu", "/status", "/assets/site.css", "/assets/icon.svg"):
        first = newsroom.ask(path, headers={"Accept-Encoding": "gzip"})
        assert first.status_code == 200
        assert first.headers["content-encoding"] == "gzip"
        again = {"Accept-Encoding": "gzip", "If-None-Match": first.headers["etag"]}
        assert newsroom.ask(path, headers=again).status_code == 304
