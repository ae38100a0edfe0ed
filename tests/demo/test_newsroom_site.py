from __future__ import annotations

import re
import time
from datetime import datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urlsplit

import pytest
from selectolax.lexbor import LexborHTMLParser

from aggregator.demo.newsroom import Newsroom, Section
from aggregator.demo.site import BY_PATH, CHANNELS, answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aggregator.demo.site import Reply

    Ask: TypeAlias = Callable[..., Reply]

DOCUMENTS = tuple(BY_PATH)
DATED = tuple(path for path in DOCUMENTS if path != "/logistik/")


@pytest.fixture(params=["Asia/Jakarta", "America/Los_Angeles", "Pacific/Kiritimati"])
def elsewhere(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The machine's own zone is another one."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", request.param)
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("elsewhere")
def test_the_machines_zone_changes_no_byte(ask: Ask, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = ("/", *DOCUMENTS)
    there = [ask(path, now) for path in paths]
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    assert [ask(path, now) for path in paths] == there


def test_every_section_has_one_document() -> None:
    assert sorted(channel.section for channel in CHANNELS) == sorted(Section)


@pytest.mark.parametrize("path", DOCUMENTS)
def test_the_same_clock_gives_the_same_bytes_after_a_restart(path: str, now: datetime) -> None:
    first, second = (
        answer(Newsroom(seed=9), path, now=now, base="http://127.0.0.1:1", conditions={}) for _ in range(2)
    )
    assert first == second


@pytest.mark.parametrize("path", DATED)
def test_ids_do_not_depend_on_the_port(path: str, newsroom: Newsroom, now: datetime) -> None:
    documents = [
        answer(newsroom, path, now=now, base=f"http://127.0.0.1:{port}", conditions={}).body.decode()
        for port in (8090, 9999)
    ]
    ids = [re.findall(r"<(?:guid|id)[^>]*>([^<]+)<|\"id\": \"([^\"]+)\"", document) for document in documents]
    assert len(ids[0]) >= 17
    assert ids[0] == ids[1]


@pytest.mark.parametrize("path", DOCUMENTS)
def test_an_unchanged_document_is_not_sent_again(path: str, ask: Ask, now: datetime) -> None:
    whole = ask(path)
    etag = whole.headers["ETag"]
    assert whole.status == 200
    for tags in (etag, f"W/{etag}", f'"x", {etag}', "*"):
        again = ask(path, now, {"If-None-Match": tags})
        assert (again.status, again.body) == (304, b"")
        assert again.headers["ETag"] == etag
    assert ask(path, now, {"If-None-Match": '"x"'}) == whole


@pytest.mark.parametrize("path", DATED)
def test_a_document_is_dated_by_its_last_change(
    path: str, ask: Ask, newsroom: Newsroom, now: datetime
) -> None:
    dated = ask(path).headers["Last-Modified"]
    changed_at = newsroom.changed_at(BY_PATH[path].section, now)
    assert dated == format_datetime(changed_at, usegmt=True)
    assert ask(path, now, {"If-Modified-Since": dated}).status == 304
    earlier = format_datetime(changed_at - timedelta(seconds=1), usegmt=True)
    assert ask(path, now, {"If-Modified-Since": earlier}).status == 200
    assert ask(path, now, {"If-Modified-Since": dated, "If-None-Match": '"x"'}).status == 200
    for nonsense in ("yesterday", "Wed, 20 Nov 2034 07:30:00 -0000"):
        assert ask(path, now, {"If-Modified-Since": nonsense}).status == 200


@pytest.mark.parametrize("path", DATED)
def test_validators_move_with_the_bytes(path: str, ask: Ask, now: datetime) -> None:
    replies = [ask(path, now + timedelta(seconds=second)) for second in range(0, 58, 2)]
    assert len({reply.body for reply in replies}) > 1
    for earlier, later in pairwise(replies):
        same = earlier.body == later.body
        assert (earlier.headers["ETag"] == later.headers["ETag"]) == same
        if not same:
            assert earlier.headers["Last-Modified"] != later.headers["Last-Modified"]


def test_the_listing_has_no_date_because_its_labels_age(ask: Ask, now: datetime) -> None:
    assert "Last-Modified" not in ask("/logistik/").headers
    much_later = format_datetime(now + timedelta(days=1), usegmt=True)
    assert ask("/logistik/", now, {"If-Modified-Since": much_later}).status == 200


def test_kadang_sibuk_asks_to_come_back_later_each_fourth_minute(ask: Ask, now: datetime) -> None:
    replies = [ask("/kadang-sibuk/feed/", now + timedelta(minutes=minute)) for minute in range(4)]
    assert sorted(reply.status for reply in replies) == [200, 200, 200, 503]
    busy = next(reply for reply in replies if reply.status == 503)
    assert busy.headers["Retry-After"] == "5"
    assert "ETag" not in busy.headers


def test_every_link_of_every_document_leads_to_a_page(ask: Ask, newsroom: Newsroom, now: datetime) -> None:
    for channel in CHANNELS:
        for story in newsroom.stories(channel.section, now):
            reply = ask(urlsplit(channel.link(story, "")).path)
            assert reply.status == 200
            heading = LexborHTMLParser(reply.body).css_first("h1")
            assert heading is not None
            assert heading.text() == story.text.title


def test_a_withdrawn_page_is_gone_for_good(ask: Ask, newsroom: Newsroom, now: datetime) -> None:
    story = next(each for each in newsroom.stories(Section.NEWS, now) if each.withdrawn_at)
    assert story.withdrawn_at is not None
    assert ask(story.path, story.withdrawn_at - timedelta(seconds=1)).status == 200
    assert ask(story.path, story.withdrawn_at).status == 410
    assert ask(story.path, story.withdrawn_at + timedelta(days=365)).status == 410


@pytest.mark.parametrize("path", ["/x", "/gambar/1.png", "/berita/1371100/lain", "/news/feed", ""])
def test_other_addresses_are_not_found(path: str, ask: Ask) -> None:
    assert ask(path).status == 404


def test_the_front_page_names_every_document(ask: Ask) -> None:
    links = [a.attributes["href"] for a in LexborHTMLParser(ask("/").body).css("a")]
    assert set(DOCUMENTS) <= set(links)
