"""What partners read: editions for their terms, in their links their parameters, from bytes made once."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from aggregator.model.feed import Extent, archive_name
from aggregator.model.partner import Rate, Terms
from aggregator.rules.terms import mark
from aggregator.store import open_store
from aggregator.web.counting import kind_of
from aggregator.web.words import INDONESIAN
from tests.making import a_partner
from tests.web.contracts import KEY, WAYS, ask_for, read_by, sign
from tests.web.newsroom import CHANGED, NOW, make_publication

if TYPE_CHECKING:
    from pathlib import Path

    from aggregator.errors import StoreError
    from tests.web.newsroom import Newsroom

ways = pytest.mark.parametrize("way", WAYS)
warmth = pytest.mark.parametrize("warm", [False, True], ids=["first asked for", "at hand"])
SUFFIXES = ("rss", "atom", "json")
OTHER_KEY = KEY[::-1]
LINKS = ("https://k.id/1", "https://k.id/2?a=1&b=2", "https://k.id/3#x", "https://k.id/4?utm_source=k#x")
WITH_PARAMETERS = [
    "https://k.id/1?utm_source=warta&x=a%20%26%20b",
    "https://k.id/2?a=1&b=2&utm_source=warta&x=a%20%26%20b",
    "https://k.id/3?utm_source=warta&x=a%20%26%20b#x",
    "https://k.id/4?utm_source=warta&x=a%20%26%20b#x",
]
PARAMETERS = (("utm_source", "warta"), ("x", "a & b"))


@ways
@warmth
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_edition_for_its_terms(newsroom: Newsroom, way: str, suffix: str, *, warm: bool) -> None:
    partner = a_partner("warta", "source/pelabuhan", key=KEY, terms=Terms(extent=Extent.SUMMARY))
    sign(newsroom, partner)
    edition = newsroom.store.publications[read_by(newsroom, partner, "source/pelabuhan"), suffix]
    answer = ask_for(newsroom, way, f"source/pelabuhan.{suffix}", warm=warm)
    assert (answer.status_code, answer.content) == (200, edition.body)
    assert dict(answer.headers) == {
        "etag": edition.etag,
        "x-content-type-options": "nosniff",
        "cache-control": "private, max-age=60",
        "vary": "Accept-Encoding, Authorization",
        "referrer-policy": "no-referrer",
        "link": f'<https://feeds.example.id/feeds/source/pelabuhan.{suffix}>; rel="self"',
        "last-modified": "Wed, 20 Nov 2024 09:00:05 GMT",
        "content-type": edition.media_type,
        "content-length": str(len(edition.body)),
    }


@ways
@warmth
def test_what_the_partner_has_already(newsroom: Newsroom, way: str, *, warm: bool) -> None:
    sign(newsroom, a_partner("warta", "all", key=KEY))
    whole = ask_for(newsroom, way)
    for asked in (
        {"If-None-Match": whole.headers["etag"]},
        {"If-Modified-Since": whole.headers["last-modified"]},
    ):
        answer = ask_for(newsroom, way, headers=asked, warm=warm)
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["cache-control"] == "private, max-age=60"


@ways
@warmth
def test_compressed_and_head(newsroom: Newsroom, way: str, *, warm: bool) -> None:
    sign(newsroom, a_partner("warta", "all", key=KEY))
    plain = ask_for(newsroom, way)
    answer = ask_for(newsroom, way, headers={"Accept-Encoding": "gzip"}, warm=warm)
    assert gzip.decompress(answer.extensions["sent"]) == plain.content
    assert answer.headers["etag"] == plain.headers["etag"][:-1] + '-gzip"'
    head = ask_for(newsroom, way, method="HEAD", warm=warm)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers == plain.headers


@ways
def test_what_is_at_hand_is_answered_before_any_routing(newsroom: Newsroom, way: str) -> None:
    """Also where nobody else reads that feed."""
    sign(newsroom, a_partner("warta", "all", key=KEY))
    first = ask_for(newsroom, way)
    newsroom.application()._app = None  # type: ignore[assignment] # nobody is to be asked
    again = ask_for(newsroom, way)
    assert (again.content, again.headers) == (first.content, first.headers)
    assert ask_for(newsroom, way, headers={"If-None-Match": first.headers["etag"]}).status_code == 304
    assert ask_for(newsroom, way, method="HEAD").headers == first.headers


@ways
def test_deltas_are_for_others(newsroom: Newsroom, way: str) -> None:
    sign(newsroom, a_partner("warta", "all", key=KEY))
    for warm in (False, True):
        answer = ask_for(newsroom, way, headers={"A-IM": "feed", "If-None-Match": '"0a"'}, warm=warm)
        assert answer.status_code == 200
        assert "im" not in answer.headers


@pytest.mark.parametrize("alias", ["/feed/", "/feed/atom", "/category/logistik/feed/"])
def test_a_key_is_known_at_the_aliases_too(newsroom: Newsroom, alias: str) -> None:
    sign(newsroom, a_partner("warta", "all", "logistik", key=KEY))
    for _ in range(2):
        answer = newsroom.ask(alias, headers={"Authorization": f"Bearer {KEY}"})
        assert answer.headers["cache-control"] == "private, max-age=60"
    assert newsroom.ask(alias).headers["cache-control"].startswith("public")


def test_a_preflight_and_other_methods(newsroom: Newsroom) -> None:
    sign(newsroom, a_partner("warta", "all", key=KEY))
    assert ask_for(newsroom, "Authorization", method="OPTIONS").status_code == 204
    for method in ("OPTIONS", "POST", "DELETE"):
        assert ask_for(newsroom, "own address", method=method, warm=True).status_code == 405


def test_what_everybody_reads_varies_where_there_are_partners(newsroom: Newsroom) -> None:
    assert newsroom.ask("/feeds/all.rss").headers["vary"] == "Accept-Encoding"
    sign(newsroom, a_partner("warta", "all", key=KEY))
    ask_for(newsroom, "Authorization")
    for warm in (False, True):
        answer = newsroom.ask("/feeds/all.rss", warm=warm)
        assert answer.headers["vary"] == "Accept-Encoding, Authorization"
        assert answer.content == newsroom.store.publications["all", "rss"].body


def test_archive_documents_are_the_same_to_everybody(newsroom: Newsroom) -> None:
    sign(newsroom, a_partner("warta", "all", key=KEY))
    name = archive_name("all", 1)
    newsroom.store.publications[name, "atom"] = make_publication(name, "atom")
    answer = ask_for(newsroom, "Authorization", f"{name}.atom")
    assert answer.headers["cache-control"] == "public, max-age=86400"
    assert ask_for(newsroom, "own address", f"{name}.atom").status_code == 403


def test_no_address_names_an_edition_for_terms(newsroom: Newsroom) -> None:
    partner = a_partner("warta", "all", key=KEY)
    sign(newsroom, partner)
    name = f"{read_by(newsroom, partner)}.rss"
    assert newsroom.ask(f"/feeds/{name}").status_code == 404
    assert [ask_for(newsroom, way, name).status_code for way in WAYS] == [403, 404]


@ways
def test_what_is_not_rendered_yet(newsroom: Newsroom, way: str) -> None:
    partner = a_partner("warta", "all", key=KEY)
    sign(newsroom, partner)
    edition = newsroom.store.publications.pop((read_by(newsroom, partner), "rss"))
    answer = ask_for(newsroom, way)
    assert (answer.status_code, answer.text) == (503, INDONESIAN.not_yet)
    assert answer.headers["cache-control"] == "no-store"
    newsroom.store.publications[edition.feed, "rss"] = edition
    publish(newsroom, edition.feed)
    assert ask_for(newsroom, way).content == edition.body


def publish(newsroom: Newsroom, name: str) -> None:
    newsroom.store.serials[name] = max(newsroom.store.serials.values(), default=0) + 1
    newsroom.application().shelf.refresh()


@ways
def test_while_the_database_does_not_answer(
    newsroom: Newsroom, way: str, broken_database: StoreError, caplog: pytest.LogCaptureFixture
) -> None:
    sign(newsroom, a_partner("warta", "all", key=KEY))
    newsroom.store.error = broken_database
    assert ask_for(newsroom, way).status_code == 503
    newsroom.store.error = None
    assert ask_for(newsroom, way).status_code == 200
    newsroom.store.error = broken_database
    assert ask_for(newsroom, way).status_code == 200  # from memory
    assert KEY not in caplog.text


class TestSharing:
    def test_equal_terms_are_answered_with_the_same_bytes(self, newsroom: Newsroom) -> None:
        terms = Terms(extent=Extent.NONE)
        sign(
            newsroom,
            a_partner("warta", "all", key=KEY, terms=terms),
            a_partner("gema", "all", key=OTHER_KEY, terms=terms),
        )
        answers = [ask_for(newsroom, way, key=key) for key in (KEY, OTHER_KEY) for way in WAYS for _ in "12"]
        assert len({answer.content for answer in answers}) == 1
        assert newsroom.store.asked == 1

    def test_other_terms_are_answered_with_others(self, newsroom: Newsroom) -> None:
        sign(
            newsroom,
            a_partner("warta", "all", key=KEY),
            a_partner("gema", "all", key=OTHER_KEY, terms=Terms(extent=Extent.NONE)),
        )
        one, other = (ask_for(newsroom, "own address", key=key) for key in (KEY, OTHER_KEY))
        assert one.content != other.content

    @ways
    def test_an_edition_is_loaded_once_for_each_change(self, newsroom: Newsroom, way: str) -> None:
        partner = a_partner("warta", "all", key=KEY, link_parameters=PARAMETERS)
        sign(newsroom, partner)
        for _ in range(5):
            whole = ask_for(newsroom, way)
            ask_for(newsroom, way, headers={"If-None-Match": whole.headers["etag"]})
        assert newsroom.store.asked == 1
        name = read_by(newsroom, partner)
        newsroom.store.publications[name, "rss"] = make_publication(name, "rss", b"<another/>")
        publish(newsroom, "all")
        assert ask_for(newsroom, way).content == whole.content
        publish(newsroom, name)
        assert [ask_for(newsroom, way).content for _ in range(3)] == [b"<another/>"] * 3
        assert newsroom.store.asked == 2

    def test_one_rendered_on_demand_is_loaded_again_when_its_source_changed(self, newsroom: Newsroom) -> None:
        newsroom.feeds = [replace(feed, on_demand=True) for feed in newsroom.feeds]
        sign(newsroom, a_partner("warta", "news", key=KEY))
        ask_for(newsroom, "own address", "news.rss")
        newsroom.store.source_revisions["kawat"] = 1
        newsroom.application().shelf.refresh()
        ask_for(newsroom, "own address", "news.rss")
        assert newsroom.store.asked == 2


class TestLinkParameters:
    @pytest.fixture
    def marked(self, newsroom: Newsroom) -> Newsroom:
        partners = [
            a_partner("warta", "all", key=KEY, link_parameters=PARAMETERS),
            a_partner("gema", "all", key=OTHER_KEY, link_parameters=(("r", "gema"),)),
        ]
        sign(newsroom, *partners)
        name = read_by(newsroom, partners[0])
        for suffix, body in documents().items():
            newsroom.store.publications[name, suffix] = make_publication(name, suffix, body)
        return newsroom

    @ways
    @warmth
    @pytest.mark.parametrize("suffix", SUFFIXES)
    def test_are_in_every_link(self, marked: Newsroom, way: str, suffix: str, *, warm: bool) -> None:
        answer = ask_for(marked, way, f"all.{suffix}", warm=warm)
        assert links(answer.content, suffix) == WITH_PARAMETERS
        assert "\ufdd0" not in answer.text

    @ways
    def test_have_entity_tags_of_their_own(self, marked: Newsroom, way: str) -> None:
        one, other = (ask_for(marked, way, key=key) for key in (KEY, OTHER_KEY))
        assert one.headers["etag"] != other.headers["etag"]
        asked = {"If-None-Match": one.headers["etag"]}
        assert ask_for(marked, way, headers=asked).status_code == 304
        assert ask_for(marked, way, key=OTHER_KEY, headers=asked).status_code == 200


def documents() -> dict[str, bytes]:
    marked = [mark(link) for link in LINKS]
    escaped = [link.replace("&", "&amp;") for link in marked]
    return {
        "rss": "".join(("<r>", *(f"<link>{link}</link>" for link in escaped), "</r>")).encode(),
        "atom": "".join(("<r>", *(f'<link href="{link}"/>' for link in escaped), "</r>")).encode(),
        "json": json.dumps({"items": [{"url": link} for link in marked]}, ensure_ascii=False).encode(),
    }


def links(body: bytes, suffix: str) -> list[str]:
    if suffix == "json":
        return [item["url"] for item in json.loads(body)["items"]]
    return [link.text or link.attrib["href"] for link in ET.fromstring(body).iter("link")]  # noqa: S314 # our own


class TestKeysStaySecret:
    def test_in_answers_logs_and_the_database(
        self,
        newsroom: Newsroom,
        tmp_path: Path,
        caplog: pytest.LogCaptureFixture,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        caplog.set_level(logging.DEBUG)
        answers = []
        with closing(open_store(f"sqlite:///{tmp_path}/aggregator.db")) as store:
            sign(
                newsroom,
                a_partner("warta", "all", "news", key=KEY, rate=Rate(count=40, period=timedelta(days=1))),
                a_partner("gema", "all", key=OTHER_KEY, expires=NOW),
            )
            for method in ("lease", "use", "keys"):
                setattr(newsroom.store, method, getattr(store, method))
            for key in (KEY, OTHER_KEY, KEY + "x"):
                for way in WAYS:
                    for name in ("all.rss", "all.xml", "logistik.atom", "not/there.rss", "x/archive/1.rss"):
                        answers += [
                            ask_for(newsroom, way, name, key=key, warm=warm) for warm in (False, True)
                        ]
                paths = (
                    f"/p/{key}",
                    f"/p/{key}/",
                    f"//p/{key}/all.rss",
                    f"/P/{key}/all.rss",
                    f"/p/{key}/%0a",
                )
                answers += [newsroom.ask(path, method) for path in paths for method in ("GET", "POST")]
            newsroom.store.error = ValueError("a bug")
            answers += [ask_for(newsroom, way, "news.rss") for way in WAYS]
            asyncio.run(newsroom.application()._gate.flush())
        assert {answer.status_code for answer in answers} == {200, 403, 404, 405, 429, 500}
        said = [answer.text + repr(answer.headers) for answer in answers]
        said += [caplog.text, *capsys.readouterr()]
        kept = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
        for key in (KEY, OTHER_KEY):
            assert not any(key in text for text in said)
            assert not any(key.encode() in content for content in kept)
        assert "404: GET '/p…'" in caplog.text

    @warmth
    def test_requests_are_counted_by_their_kind(self, newsroom: Newsroom, *, warm: bool) -> None:
        sign(newsroom, a_partner("warta", "all", key=KEY))
        for way in WAYS:
            ask_for(newsroom, way, warm=warm)
        ask_for(newsroom, "own address", "news.rss")
        shown = newsroom.ask("/metrics").text
        count = "2.0" if warm else "1.0"
        assert f'aggregator_http_requests_total{{kind="partner",status="200"}} {count}' in shown
        assert f'aggregator_http_requests_total{{kind="feed",status="200"}} {count}' in shown
        assert 'aggregator_http_requests_total{kind="partner",status="403"} 1.0' in shown
        assert kind_of("/p/x/y") == "partner"


def test_what_changed_is_when_the_edition_did(newsroom: Newsroom) -> None:
    sign(newsroom, a_partner("warta", "all", key=KEY, link_parameters=PARAMETERS))
    answer = ask_for(newsroom, "own address")
    assert answer.headers["last-modified"] == CHANGED.strftime("%a, %d %b %Y %H:%M:%S GMT")
