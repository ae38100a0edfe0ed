from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import feedparser
import pytest
from selectolax.lexbor import LexborHTMLParser

from aggregator.demo.documents import age
from aggregator.demo.newsroom import Newsroom, Section

if TYPE_CHECKING:
    from collections.abc import Callable

    from aggregator.demo.site import Reply

    Ask: TypeAlias = Callable[..., Reply]

BASE = "http://127.0.0.1:8090"
RSS = {
    "/news/feed/": Section.NEWS,
    "/wire/feed/": Section.WIRE,
    "/zona-keliru/feed/": Section.ZONA_KELIRU,
    "/kadang-sibuk/feed/": Section.KADANG_SIBUK,
}


def without_tracking(url: str) -> str:
    parts = urlsplit(url)
    kept = [(name, value) for name, value in parse_qsl(parts.query) if not name.startswith("utm_")]
    return urlunsplit(parts._replace(query=urlencode(kept)))


@pytest.mark.parametrize(("path", "section"), RSS.items())
def test_rss_is_well_formed_and_complete(
    path: str, section: Section, ask: Ask, newsroom: Newsroom, now: datetime
) -> None:
    reply = ask(path)
    assert reply.headers["Content-Type"] == "application/rss+xml; charset=utf-8"
    document = feedparser.parse(reply.body)
    assert not document.bozo
    assert document.version == "rss20"
    assert document.feed.language == "id-ID"
    stories = newsroom.stories(section, now)
    assert [entry.title for entry in document.entries] == [story.text.title for story in stories]
    assert len({entry.id for entry in document.entries}) == len(stories)
    for entry, story in zip(document.entries, stories, strict=True):
        assert without_tracking(entry.link) == BASE + story.path
        assert entry.author == story.text.author
        assert [tag.term for tag in entry.tags] == list(story.text.tags)
        assert story.text.paragraphs[-1] in entry.content[0].value
        assert entry.comments == f"{BASE}{story.path}#comments"
        assert entry.enclosures[0].type == "image/svg+xml"
        assert int(entry.enclosures[0].length) == len(ask(urlsplit(entry.enclosures[0].href).path).body)


@pytest.mark.parametrize(
    ("path", "manner"),
    [
        pytest.param("/news/feed/", ("%a, %d %b %Y %H:%M:%S WIB", 7), id="News says WIB"),
        pytest.param("/wire/feed/", ("%a, %d %b %Y %H:%M:%S +0700", 7), id="the wire has an offset"),
        pytest.param("/kadang-sibuk/feed/", ("%a, %d %b %Y %H:%M:%S GMT", 0), id="true GMT"),
        pytest.param("/zona-keliru/feed/", ("%a, %d %b %Y %H:%M:%S +0000", 7), id="local time, called UTC"),
    ],
)
def test_each_source_has_its_manner_of_dates(
    path: str, manner: tuple[str, int], ask: Ask, newsroom: Newsroom, now: datetime
) -> None:
    form, hours = manner
    written = [entry.published for entry in feedparser.parse(ask(path).body).entries]
    local = [story.published + timedelta(hours=hours) for story in newsroom.stories(RSS[path], now)]
    assert written == [at.strftime(form) for at in local]


def test_the_wires_copies_are_the_same_addresses_with_tracking(ask: Ask) -> None:
    wire = feedparser.parse(ask("/wire/feed/").body).entries
    own = {entry.link for entry in feedparser.parse(ask("/news/feed/").body).entries}
    own |= {
        a.attributes["href"]
        for a in LexborHTMLParser(ask("/logistik/").body).css("li.mvp-blog-story-wrap > a")
    }
    assert all("utm_source=" in entry.link and "utm_medium=" in entry.link for entry in wire)
    assert not {entry.link for entry in wire} & own
    assert 12 <= len({without_tracking(entry.link) for entry in wire} & own) <= 28
    news_ids = {entry.id for entry in feedparser.parse(ask("/news/feed/").body).entries}
    assert not news_ids & {entry.id for entry in wire}


def test_atom_is_well_formed_with_local_offsets(ask: Ask, newsroom: Newsroom, now: datetime) -> None:
    reply = ask("/ruang-sujud/feed/atom/")
    assert reply.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    document = feedparser.parse(reply.body)
    assert not document.bozo
    assert document.version == "atom10"
    stories = newsroom.stories(Section.RUANG_SUJUD, now)
    for entry, story in zip(document.entries, stories, strict=True):
        assert entry.id == f"tag:portal.example,2020:ruang-sujud/{story.number}"
        assert entry.link == BASE + story.path
        assert entry.published.endswith("+07:00")
        assert datetime.fromisoformat(entry.published) == story.published
        assert datetime.fromisoformat(entry.updated) == story.updated
        assert entry.summary == story.text.lead
        assert story.text.paragraphs[0] in entry.content[0].value.replace("&#x27;", "'")
    changed_at = newsroom.changed_at(Section.RUANG_SUJUD, now)
    assert datetime.fromisoformat(document.feed.updated) == changed_at


def test_json_feed_has_version_1_1_and_modified_dates(ask: Ask, newsroom: Newsroom, now: datetime) -> None:
    reply = ask("/sportechment/feed.json")
    assert reply.headers["Content-Type"] == "application/feed+json"
    document = json.loads(reply.body)
    assert document["version"] == "https://jsonfeed.org/version/1.1"
    assert document["feed_url"] == f"{BASE}/sportechment/feed.json"
    stories = newsroom.stories(Section.SPORTECHMENT, now)
    for item, story in zip(document["items"], stories, strict=True):
        assert item["id"] == str(story.number)
        assert item["url"] == BASE + story.path
        assert item["authors"] == [{"name": story.text.author}]
        assert item["tags"] == list(story.text.tags)
        assert item["attachments"][0]["mime_type"] == "image/svg+xml"
        assert datetime.fromisoformat(item["date_published"]) == story.published
        assert datetime.fromisoformat(item["date_modified"]) == story.updated


def test_the_listing_is_wordpress_markup_with_ages(ask: Ask, newsroom: Newsroom, now: datetime) -> None:
    reply = ask("/logistik/")
    assert reply.headers["Content-Type"] == "text/html; charset=utf-8"
    items = LexborHTMLParser(reply.body).css("ul.mvp-blog-story-list > li.mvp-blog-story-wrap")
    stories = newsroom.stories(Section.LOGISTIK, now)
    assert len(items) == len(stories) == 20
    dates = []
    for item, story in zip(items, stories, strict=True):
        texts = {part: item.css_first(part) for part in ("h2", "p", "span.mvp-cd-cat", "span.mvp-cd-date")}
        assert [node.text() for node in texts.values() if node] == [
            story.text.title, story.text.lead, "Logistik", age(story, now),
        ]  # fmt: skip
        link, image = item.css_first("a"), item.css_first("img")
        assert link is not None
        assert image is not None
        assert link.attributes["href"] == BASE + story.path
        assert ask(urlsplit(image.attributes["src"] or "").path).status == 200
        dates.append(age(story, now))
    assert any(date.endswith("hours ago") for date in dates)
    assert any(date.endswith("jam yang lalu") for date in dates)


@pytest.mark.parametrize(
    ("old", "english", "indonesian"),
    [
        (timedelta(seconds=0), "1 second ago", "1 detik yang lalu"),
        (timedelta(seconds=59), "59 seconds ago", "59 detik yang lalu"),
        (timedelta(seconds=60), "1 min ago", "1 menit yang lalu"),
        (timedelta(seconds=89), "1 min ago", "1 menit yang lalu"),
        (timedelta(seconds=90), "2 mins ago", "2 menit yang lalu"),
        (timedelta(minutes=59, seconds=59), "60 mins ago", "60 menit yang lalu"),
        (timedelta(hours=1), "1 hour ago", "1 jam yang lalu"),
        (timedelta(minutes=89), "1 hour ago", "1 jam yang lalu"),
        (timedelta(minutes=90), "2 hours ago", "2 jam yang lalu"),
        (timedelta(minutes=149), "2 hours ago", "2 jam yang lalu"),
        (timedelta(minutes=150), "3 hours ago", "3 jam yang lalu"),
        (timedelta(hours=23, minutes=59), "24 hours ago", "24 jam yang lalu"),
        (timedelta(days=1), "1 day ago", "1 hari yang lalu"),
        (timedelta(days=6, hours=23), "7 days ago", "7 hari yang lalu"),
        (timedelta(days=15), "2 weeks ago", "2 minggu yang lalu"),
    ],
)
def test_age_rounds_as_wordpress_does(
    old: timedelta, english: str, indonesian: str, newsroom: Newsroom, now: datetime
) -> None:
    story = newsroom.stories(Section.LOGISTIK, now)[0]
    assert age(replace(story, number=10), story.published + old) == english
    assert age(replace(story, number=30), story.published + old) == indonesian


def test_an_article_says_its_date_in_json_ld_and_in_words(
    ask: Ask, newsroom: Newsroom, now: datetime
) -> None:
    for story in newsroom.stories(Section.LOGISTIK, now):
        page = LexborHTMLParser(ask(story.path).body)
        script = page.css_first('script[type="application/ld+json"]')
        assert script is not None
        linked = json.loads(script.text())
        assert linked["@type"] == "NewsArticle"
        assert linked["headline"] == story.text.title
        assert linked["author"][0]["name"] == story.text.author
        published = datetime.fromisoformat(linked["datePublished"])
        assert published.utcoffset() == timedelta(hours=7)
        assert published.astimezone(UTC) == story.published
        meta = page.css_first("article p.meta")
        assert meta is not None
        assert f"Published {age(story, now)} on November " in meta.text()
        assert story.text.author in meta.text()
        comments = page.css_first("#comments")
        assert comments is not None
        assert len(comments.css("blockquote")) == len(story.text.remarks)
