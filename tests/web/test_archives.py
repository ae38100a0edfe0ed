"""Archive documents, and deltas for those who have an earlier edition."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import feedparser
import pytest

from aggregator.model.feed import Edition
from aggregator.render import FORMATS
from aggregator.rules.cluster import found
from aggregator.rules.delta import mark
from aggregator.rules.select import entry
from tests.making import SITE, a_feed, an_item
from tests.web.newsroom import CHANGED, make_publication

if TYPE_CHECKING:
    import httpx

    from aggregator.model.feed import Publication
    from tests.web.newsroom import Newsroom


def archive(newsroom: Newsroom, name: str = "logistik/archive/1", suffix: str = "atom") -> Publication:
    publication = make_publication(name, suffix)
    newsroom.store.publications[name, suffix] = publication
    return publication


@pytest.mark.parametrize("suffix", ["atom", "json"])
@pytest.mark.parametrize("feed", ["logistik", "all", "source/pelabuhan"])
def test_an_archive_document_is_served_and_may_be_kept_for_a_day(
    newsroom: Newsroom, feed: str, suffix: str
) -> None:
    publication = archive(newsroom, f"{feed}/archive/12", suffix)
    response = newsroom.ask(f"/feeds/{feed}/archive/12.{suffix}")
    assert (response.status_code, response.content) == (200, publication.body)
    assert response.headers["cache-control"] == "public, max-age=86400"
    assert response.headers["etag"] == publication.etag
    assert response.headers["link"] == (
        f'<https://feeds.example.id/feeds/{feed}/archive/12.{suffix}>; rel="self"'
    )
    again = newsroom.ask(f"/feeds/{feed}/archive/12.{suffix}", headers={"If-None-Match": publication.etag})
    assert again.status_code == 304
    packed = newsroom.ask(f"/feeds/{feed}/archive/12.{suffix}", headers={"Accept-Encoding": "gzip"})
    assert (packed.headers["content-encoding"], packed.content) == ("gzip", publication.body)


NO_DOCUMENTS = [
    "/feeds/logistik/archive/0.atom",
    "/feeds/logistik/archive/-1.atom",
    "/feeds/logistik/archive/+1.atom",
    "/feeds/logistik/archive/2.atom",
    "/feeds/logistik/archive/999999.atom",
    "/feeds/logistik/archive/9999999999999999999999.atom",
    "/feeds/logistik/archive/01.atom",
    "/feeds/logistik/archive/1_0.atom",
    "/feeds/logistik/archive/1e0.atom",
    "/feeds/logistik/archive/1.0.atom",
    "/feeds/logistik/archive/%201.atom",
    "/feeds/logistik/archive/1%20.atom",
    "/feeds/logistik/archive/1%0A.atom",
    "/feeds/logistik/archive/1%00.atom",
    "/feeds/logistik/archive/%EF%BC%91.atom",
    "/feeds/logistik/archive/%D9%A1.atom",
    "/feeds/logistik/archive/.atom",
    "/feeds/logistik/archive/1",
    "/feeds/logistik/archive/1.",
    "/feeds/logistik/archive/1.rss",
    "/feeds/logistik/archive/1.xml",
    "/feeds/logistik/archive/1.ATOM",
    "/feeds/logistik/archive/1.atom/",
    "/feeds/logistik/archive/1.atom/..",
    "/feeds/logistik/archive/1.atom/../../../etc/passwd",
    "/feeds/logistik/archive/../1.atom",
    "/feeds/logistik/archive/archive/1.atom",
    "/feeds/logistik/archive/1/archive/1.atom",
    "/feeds/logistik/archive",
    "/feeds/logistik/archive/",
    "/feeds/archive/1.atom",
    "/feeds//archive/1.atom",
    "/feeds/nothing/archive/1.atom",
    "/feeds/source/nothing/archive/1.atom",
    "/feeds/LOGISTIK/archive/1.atom",
]


@pytest.mark.parametrize("path", NO_DOCUMENTS)
def test_what_is_no_document_is_not_there_and_nothing_leaks(newsroom: Newsroom, path: str) -> None:
    archive(newsroom)
    response = newsroom.ask(path)
    assert response.status_code == 404
    assert "nothing" not in response.text
    assert "passwd" not in response.text
    assert "Traceback" not in response.text
    assert response.headers["content-type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    "path",
    [
        "/feeds/logistik/archive/\uff11.atom",
        "/feeds/logistik/archive/1.atom/..",
        "/feeds/../feeds/logistik/archive/2.atom",
        "/feeds/logistik/archive/1\n.atom",
        "/feeds/logistik\n/archive/1.atom",
        "/feeds/\udcff/archive/1.atom",
    ],
)
def test_nor_is_what_no_browser_would_ask_for(newsroom: Newsroom, path: str) -> None:
    archive(newsroom)
    status, body = newsroom.ask_raw(path)
    assert status == 404
    assert b"Traceback" not in body


TRICK = '</item>\n    <item>\n</entry>\n  <entry>,{"id": "]}'
ENTRIES = [
    entry(
        found(an_item(title=f"{name} {TRICK}", content=TRICK), f"tag:x,2024:{name}"),
        site=SITE,
        sources={},
        categories={},
        states={},
    )
    for name in ("tiga", "dua", "satu")
]
OLD = '"00ff00"'


def feed(newsroom: Newsroom, suffix: str, *known: int, name: str = "logistik") -> Publication:
    """Publish three entries, after an edition that had those of them whose places are ``known``."""
    edition = Edition(
        site=SITE, feed=a_feed(name), id="tag:x,2024:x", updated=CHANGED, entries=tuple(ENTRIES)
    )
    publication = make_publication(name, suffix, FORMATS[suffix].render(edition))
    newsroom.store.publications[name, suffix] = publication
    marks = [mark(bytes([place] * 16)) for place in range(len(ENTRIES))]
    newsroom.store.earlier[name] = [
        (f'"abc" {publication.etag}', b"".join(marks)),
        (f'{OLD} "ddd"', b"".join(marks[place] for place in known)),
    ]
    return publication


def ids(response: httpx.Response, suffix: str) -> list[str]:
    if suffix == "json":
        return [item["id"] for item in json.loads(response.content)["items"]]
    read = feedparser.parse(response.content)
    assert not read.bozo
    return [entry.id for entry in read.entries]


@pytest.mark.parametrize("suffix", ["rss", "atom", "json"])
@pytest.mark.parametrize(
    ("known", "told"),
    [
        pytest.param((2,), ["tag:x,2024:tiga", "tag:x,2024:dua"], id="two new ones"),
        pytest.param((0, 2), ["tag:x,2024:dua"], id="one in the middle"),
        pytest.param((0, 1, 2), [], id="none, for one went"),
        pytest.param((), ["tag:x,2024:tiga", "tag:x,2024:dua", "tag:x,2024:satu"], id="all"),
    ],
)
def test_who_has_an_edition_is_told_what_is_new(
    newsroom: Newsroom, suffix: str, known: tuple[int, ...], told: list[str]
) -> None:
    publication = feed(newsroom, suffix, *known)
    response = newsroom.ask(f"/feeds/logistik.{suffix}", headers={"A-IM": "feed", "If-None-Match": OLD})
    assert response.status_code == 226
    assert "content-location" not in response.headers, "what is new is not the feed"
    assert ids(response, suffix) == told
    assert response.headers["im"] == "feed"
    assert response.headers["etag"] == publication.etag
    assert response.headers["cache-control"] == "no-store, im"
    assert response.headers["vary"] == "Accept-Encoding, A-IM, If-None-Match"
    assert response.headers["content-type"] == publication.media_type
    assert int(response.headers["content-length"]) == len(response.content)
    assert "content-encoding" not in response.headers


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"A-IM": "vcdiff, feed;q=0.5"}, id="among others"),
        pytest.param({"A-IM": " FEED "}, id="whatever the case"),
        pytest.param({"If-None-Match": 'W/"00ff00"'}, id="a weak tag"),
        pytest.param({"If-None-Match": '"00ff00-gzip"'}, id="of packed bytes"),
        pytest.param({"If-None-Match": '"1", "00ff00-br", "2"'}, id="among other tags"),
        pytest.param({"If-None-Match": '"ddd"'}, id="of another format"),
        pytest.param({"Accept-Encoding": "gzip"}, id="who takes gzip"),
    ],
)
def test_a_delta_can_be_asked_for_in_many_ways(newsroom: Newsroom, headers: dict[str, str]) -> None:
    feed(newsroom, "atom", 1, 2)
    asked = {"A-IM": "feed", "If-None-Match": OLD} | headers
    response = newsroom.ask("/feeds/logistik.atom", headers=asked)
    assert (response.status_code, ids(response, "atom")) == (226, ["tag:x,2024:tiga"])


@pytest.mark.parametrize(
    ("headers", "method"),
    [
        pytest.param({"A-IM": "vcdiff"}, "GET", id="another manipulation"),
        pytest.param({"A-IM": "feed;q=0"}, "GET", id="not wanted"),
        pytest.param({"A-IM": "feeds"}, "GET", id="another word"),
        pytest.param({"If-None-Match": '"0123"'}, "GET", id="a tag that is forgotten"),
        pytest.param({"If-None-Match": "nonsense"}, "GET", id="no tag"),
        pytest.param({"If-None-Match": ""}, "GET", id="an empty one"),
        pytest.param({}, "HEAD", id="only the head"),
    ],
)
def test_otherwise_the_whole_feed_is_given(newsroom: Newsroom, headers: dict[str, str], method: str) -> None:
    publication = feed(newsroom, "atom", 1, 2)
    asked = {"A-IM": "feed", "If-None-Match": OLD} | headers
    response = newsroom.ask("/feeds/logistik.atom", method, headers=asked)
    assert response.status_code == 200
    assert response.content == (b"" if method == "HEAD" else publication.body)
    assert "im" not in response.headers


def test_who_says_nothing_of_what_it_has_gets_the_whole_feed(newsroom: Newsroom) -> None:
    publication = feed(newsroom, "atom", 1, 2)
    assert newsroom.ask("/feeds/logistik.atom", headers={"A-IM": "feed"}).content == publication.body


@pytest.mark.parametrize("coding", ["", "-gzip", "-br"])
def test_who_has_the_current_edition_is_told_so(newsroom: Newsroom, coding: str) -> None:
    publication = feed(newsroom, "atom", 1)
    tag = f'{publication.etag[:-1]}{coding}"'
    response = newsroom.ask("/feeds/logistik.atom", headers={"A-IM": "feed", "If-None-Match": tag})
    assert (response.status_code, response.content) == (304, b"")
    assert "content-length" not in response.headers


@pytest.mark.parametrize("coding", ["", "-gzip", "-br"])
def test_who_has_the_current_edition_of_a_feed_at_hand_costs_no_look_into_the_database(
    newsroom: Newsroom, coding: str
) -> None:
    publication = feed(newsroom, "atom", 1)
    newsroom.ask("/feeds/logistik.atom")
    asked = {"A-IM": "feed", "If-None-Match": f'{publication.etag[:-1]}{coding}"'}
    newsroom.store.error = ZeroDivisionError("nobody should ask")
    response = newsroom.ask("/feeds/logistik.atom", headers=asked)
    assert response.status_code == 304
    assert response.headers["etag"] == publication.etag
    assert response.headers["cache-control"] == "no-store, im"


def test_earlier_editions_are_looked_up_once_for_each_change(newsroom: Newsroom) -> None:
    feed(newsroom, "atom", 1, 2)
    asked = {"A-IM": "feed", "If-None-Match": OLD}
    first, again = (newsroom.ask("/feeds/logistik.atom", headers=asked) for _ in range(2))
    assert (first.status_code, first.content) == (226, again.content)
    assert newsroom.store.asked == 2  # the feed, and what is remembered of earlier ones
    publication = feed(newsroom, "atom", 2)
    newsroom.store.serials["logistik"] = 1
    newsroom.application().shelf.refresh()
    changed = newsroom.ask("/feeds/logistik.atom", headers=asked)
    assert (changed.status_code, changed.headers["etag"]) == (226, publication.etag)
    assert len(ids(changed, "atom")) == 2
    assert newsroom.store.asked == 4


def test_a_feed_not_yet_published_has_no_deltas(newsroom: Newsroom) -> None:
    newsroom.store.publications.clear()
    asked = {"A-IM": "feed", "If-None-Match": OLD}
    assert newsroom.ask("/feeds/logistik.atom", headers=asked).status_code == 503


def test_archive_documents_know_no_deltas(newsroom: Newsroom) -> None:
    archive(newsroom)
    newsroom.store.earlier["logistik/archive/1"] = [(OLD, b"")]
    asked = {"A-IM": "feed", "If-None-Match": OLD}
    assert newsroom.ask("/feeds/logistik/archive/1.atom", headers=asked).status_code == 200


def test_a_delta_of_100_kb_of_tags_costs_nothing_special(newsroom: Newsroom) -> None:
    feed(newsroom, "atom", 1)
    asked = {"A-IM": "feed", "If-None-Match": ", ".join(['"abcdef"'] * 10_000)}
    assert newsroom.ask("/feeds/logistik.atom", headers=asked).status_code == 200


@pytest.mark.parametrize("suffix", FORMATS)
def test_all_entries_are_the_document_and_none_the_empty_one(suffix: str) -> None:
    full = Edition(site=SITE, feed=a_feed(), id="tag:x", updated=CHANGED, entries=tuple(ENTRIES), previous=3)
    form, empty = FORMATS[suffix], replace(full, entries=())
    assert form.only(form.render(full), {0, 1, 2}) == form.render(full)
    assert form.only(form.render(full), set()) == form.render(empty)
    assert form.only(form.render(empty), {0, 1}) == form.render(empty)
    assert form.only(form.render(full), {1}) == form.render(replace(full, entries=(ENTRIES[1],)))
