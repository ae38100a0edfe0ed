"""Content coding and conditional requests, as RFC 9110 has them."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from aggregator.coding import CODINGS, QUICK, brotli, zstd
from aggregator.web.serving import preferred

if TYPE_CHECKING:
    from tests.web.newsroom import Newsroom

FEED = "/feeds/all.rss"
BEFORE, AT, AFTER = (
    "Wed, 20 Nov 2024 09:00:04 GMT",
    "Wed, 20 Nov 2024 09:00:05 GMT",
    "Wed, 20 Nov 2024 09:00:06 GMT",
)


WAYS = pytest.mark.parametrize("warm", [False, True], ids=["first asked for", "at hand"])
UNDO = {"gzip": gzip.decompress, "br": brotli.decompress, "zstd": zstd.decompress, "identity": bytes}


@pytest.mark.parametrize(
    ("accept_encoding", "coding"),
    [
        ("", "identity"),
        ("gzip", "gzip"),
        ("GZIP", "gzip"),
        ("x-gzip", "gzip"),
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, zstd", "zstd"),
        ("br;q=0.5, gzip", "gzip"),
        ("br;q=0.5, gzip;q=0.5, zstd;q=0.7", "zstd"),
        ("*", "br"),
        ("br;q=0, *", "zstd"),
        ("gzip, *;q=0.1", "gzip"),
        ("*;q=0", "identity"),
        ("gzip;q=0", "identity"),
        ("gzip; q=0.000", "identity"),
        ("identity", "identity"),
        ("identity, gzip", "gzip"),
        ("identity;q=0.5, gzip;q=1.0", "gzip"),
        ("identity;q=1, gzip;q=0.5", "identity"),
        ("identity;q=0", "identity"),
        ("identity;q=0, compress", "identity"),
        ("gzip;q=2", "identity"),
        ("gzip;q=nan", "identity"),
        ("gzip;level=9", "identity"),
        ("gzipped", "identity"),
        (" gzip\t;\tQ=1 ", "gzip"),
        (",,gzip,", "gzip"),
        ("gzip" + "," * 1000, "identity"),
    ],
)
def test_accept_encoding(accept_encoding: str, coding: str) -> None:
    assert preferred({b"accept-encoding": accept_encoding.encode()}) == coding


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("path", [FEED, "/feeds.opml", "/feed/atom/", "/", "/assets/site.css"])
@WAYS
def test_each_coding_holds_the_same_bytes(newsroom: Newsroom, path: str, coding: str, *, warm: bool) -> None:
    plain = newsroom.ask(path)
    response = newsroom.ask(path, headers={"Accept-Encoding": coding}, warm=warm)
    sent = response.extensions["sent"]
    assert response.headers.get("content-encoding", "identity") == coding
    assert response.headers["content-length"] == str(len(sent))
    assert UNDO[coding](sent) == plain.content


@WAYS
def test_each_coding_has_its_own_strong_tag(newsroom: Newsroom, *, warm: bool) -> None:
    stored = newsroom.store.publications["all", "rss"].etag
    tags = {
        coding: newsroom.ask(FEED, headers={"Accept-Encoding": coding}, warm=warm).headers["etag"]
        for coding in CODINGS
    }
    ours = {coding: f'{stored[:-1]}-{coding}"' for coding in CODINGS if coding != "identity"}
    assert tags == {"identity": stored, **ours}
    for asked in CODINGS:
        for coding, tag in tags.items():
            headers = {"Accept-Encoding": asked, "If-None-Match": tag}
            status = 304 if asked == coding else 200
            assert newsroom.ask(FEED, headers=headers, warm=warm).status_code == status


@WAYS
def test_lists_may_come_in_several_fields(newsroom: Newsroom, *, warm: bool) -> None:
    first = [("Accept-Encoding", "br;q=0.1"), ("Accept-Encoding", "gzip")]
    tag = newsroom.ask(FEED, headers=first, warm=warm).headers["etag"]
    assert tag.endswith('-gzip"')
    tags = [("If-None-Match", '"other"'), ("If-None-Match", tag)]
    assert newsroom.ask(FEED, headers=[*first, *tags], warm=warm).status_code == 304


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
@WAYS
def test_conditional_requests(
    newsroom: Newsroom, headers: dict[str, str], status: int, method: str, *, warm: bool
) -> None:
    etag = newsroom.store.publications["all", "rss"].etag
    asked = {name: value.replace("ETAG", etag) for name, value in headers.items()}
    response = newsroom.ask(FEED, method, asked, warm=warm)
    assert response.status_code == status
    assert response.headers["etag"] == etag
    assert response.headers["last-modified"] == AT
    assert response.headers["vary"] == "Accept-Encoding"
    if status == 304:
        assert response.content == b""
        assert "content-length" not in response.headers
        assert "content-type" not in response.headers


@WAYS
def test_head_is_get_without_the_body(newsroom: Newsroom, *, warm: bool) -> None:
    for path in (FEED, "/feed/", "/feeds.opml", "/", "/status", "/assets/site.css"):
        head, get = newsroom.ask(path, "HEAD", warm=warm), newsroom.ask(path, warm=warm)
        assert head.content == b""
        assert head.headers == get.headers


def test_pages_and_assets_can_be_revalidated_too(newsroom: Newsroom) -> None:
    for path in ("/", "/c/news/", "/items/satu", "/status", "/assets/site.css", "/assets/icon.svg"):
        first = newsroom.ask(path, headers={"Accept-Encoding": "gzip"})
        assert first.status_code == 200
        assert first.headers["content-encoding"] == "gzip"
        again = {"Accept-Encoding": "gzip", "If-None-Match": first.headers["etag"]}
        assert newsroom.ask(path, headers=again).status_code == 304


@pytest.mark.parametrize("coding", CODINGS)
def test_what_is_compressed_quickly_is_the_same_in_fewer_bytes(coding: str) -> None:
    body = b"<item>Kapal tiba di Tanjung Priok</item>" * 1000
    packed = QUICK[coding](body)
    assert UNDO[coding](packed) == body
    assert QUICK.keys() == CODINGS.keys()
    assert QUICK[coding](body) == packed
    assert coding == "identity" or len(packed) < len(body) / 10
