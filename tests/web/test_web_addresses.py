"""Which addresses a site has, and where its documents lead."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aggregator.rules.ids import slug
from aggregator.web.addresses import Addresses
from tests.making import SITE, a_category, a_feed


def addresses(base_url: str = SITE.base_url) -> Addresses:
    return Addresses(
        site=replace(SITE, base_url=base_url),
        categories=[a_category("news")],
        feeds=[a_feed("all"), a_feed("source/antara")],
    )


def test_what_a_site_begins_with() -> None:
    assert list(addresses().first()) == [
        "/feeds/all.rss", "/feeds/all.atom", "/feeds/all.json",
        "/feeds/source/antara.rss", "/feeds/source/antara.atom", "/feeds/source/antara.json",
        "/feeds.opml", "/", "/c/news/",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("link", "address"),
    [
        pytest.param("/items/abc", "/items/abc", id="a story"),
        pytest.param("/items/abc#why", "/items/abc", id="a place in it"),
        pytest.param("https://feeds.example.id/items/abc", "/items/abc", id="in full"),
        pytest.param("/assets/site.css?v=12345678", "/assets/site.css", id="named anew with each change"),
        pytest.param("/c/ruang%20sujud/", "/c/ruang sujud/", id="encoded"),
        pytest.param("/feeds/all.rss", "/feeds/all.rss", id="a feed"),
        pytest.param(
            "/feeds/source/antara/archive/12.atom", "/feeds/source/antara/archive/12.atom", id="more"
        ),
        pytest.param("/feeds.opml", "/feeds.opml", id="the list of feeds"),
        pytest.param("/", "/", id="the front page"),
        pytest.param("/status", None, id="how the service is"),
        pytest.param("/c/news/?before=1~x", None, id="an answer to a question"),
        pytest.param("/api/v1/items", None, id="for programs"),
        pytest.param("/items/a/b", None, id="no address of ours"),
        pytest.param("#content", None, id="the page itself"),
        pytest.param("items/abc", None, id="relative: we write none"),
        pytest.param("//feeds.example.id/items/abc", None, id="without a scheme"),
        pytest.param("https://feeds.example.id.evil.id/items/abc", None, id="a longer host"),
        pytest.param("http://feeds.example.id/items/abc", None, id="another scheme"),
    ],
)
@pytest.mark.parametrize("attribute", ["href", "src"])
def test_where_a_page_leads(link: str, address: str | None, attribute: str) -> None:
    page = f'<!doctype html><p>/items/text <a class="x" {attribute}="{link}">x</a>'
    assert set(addresses().linked("/", page.encode())) == ({address} if address else set())


def test_below_a_path_addresses_are_those_that_the_service_knows() -> None:
    page = b'<a href="/kabar/items/abc">x</a> <a href="/items/xyz">y</a> <a href="/kabarlain/items/z">'
    assert list(addresses("https://example.id/kabar").linked("/", page)) == ["/items/abc"]


def test_a_feed_leads_to_its_archives_and_to_the_pages_of_its_stories() -> None:
    feed = b"""<?xml version='1.0' encoding='UTF-8'?>
        <feed xmlns="http://www.w3.org/2005/Atom">
        <id>tag:feeds.example.id,2024-01-01:feed/all</id>
        <link rel="prev-archive" href="https://feeds.example.id/feeds/all/archive/3.atom"/>
        <entry><id>https://a.example.id/?p=1&amp;q</id><source><id>https://a.example.id/feed/</id></source>
        <content>src="/items/theirs"</content></entry>
        <entry><id>tag:feeds.example.id,2024-01-01:antara/2</id></entry></feed>"""
    assert list(addresses().linked("/feeds/all.atom", feed)) == [
        "/feeds/all/archive/3.atom",
        f"/items/{slug('https://a.example.id/?p=1&q')}",
        f"/items/{slug('tag:feeds.example.id,2024-01-01:antara/2')}",
    ]


def test_a_feed_in_json_leads_to_stories_that_are_alike() -> None:
    feed = b'{"items":[{"_related":[{"page":"https://feeds.example.id/items/abc"}]}]}'
    assert list(addresses().linked("/feeds/all.json", feed)) == ["/items/abc"]
