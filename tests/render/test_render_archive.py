"""The way into the past of a feed: RFC 5005 in Atom and RSS, ``next_url`` in JSON Feed."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import feedparser

from aggregator.render import FORMATS

if TYPE_CHECKING:
    from aggregator.model.feed import Edition

ATOM, HISTORY = "{http://www.w3.org/2005/Atom}", "{http://purl.org/syndication/history/1.0}"
BASE = "https://kabar.example.id/feeds/logistik"


def parsed(edition: Edition, suffix: str) -> ET.Element:
    return ET.fromstring(FORMATS[suffix].render(edition))  # noqa: S314 # our own


def links(edition: Edition, suffix: str) -> dict[str, str]:
    document = parsed(edition, suffix)
    parent = document if suffix == "atom" else document.find("channel")
    assert parent is not None
    found = [(link.get("rel", ""), link.get("href", "")) for link in parent.findall(f"{ATOM}link")]
    assert len(found) == len(dict(found))
    return dict(found)


def is_archive(edition: Edition) -> bool:
    return len(parsed(edition, "atom").findall(f"{HISTORY}archive")) == 1


def test_a_feed_without_a_past_leads_nowhere(edition: Edition) -> None:
    assert {*links(edition, "atom")} == {"self", "alternate"}
    assert {*links(edition, "rss")} == {"self"}
    assert "next_url" not in json.loads(FORMATS["json"].render(edition))
    assert not is_archive(edition)
    assert HISTORY[1:-1].encode() not in FORMATS["atom"].render(edition)


def test_a_feed_leads_to_its_newest_archive_document(edition: Edition) -> None:
    edition = replace(edition, previous=7)
    for suffix in ("atom", "rss"):
        assert links(edition, suffix)["self"] == f"{BASE}.{suffix}"
        assert links(edition, suffix)["prev-archive"] == f"{BASE}/archive/7.atom"
        assert feedparser.parse(FORMATS[suffix].render(edition)).feed.link == edition.home
    assert json.loads(FORMATS["json"].render(edition))["next_url"] == f"{BASE}/archive/7.json"
    assert not is_archive(edition)


def test_an_archive_document_says_so_and_leads_to_an_older_one_and_back(edition: Edition) -> None:
    edition = replace(edition, archive=7, previous=5)
    assert is_archive(edition)
    assert links(edition, "atom") == {
        "self": f"{BASE}/archive/7.atom",
        "current": f"{BASE}.atom",
        "prev-archive": f"{BASE}/archive/5.atom",
        "alternate": edition.home,
    }
    told = json.loads(FORMATS["json"].render(edition))
    assert (told["feed_url"], told["next_url"]) == (f"{BASE}/archive/7.json", f"{BASE}/archive/5.json")
    assert parsed(edition, "atom").findtext(f"{ATOM}id") == edition.id


def test_the_oldest_archive_document_leads_back_only(edition: Edition) -> None:
    edition = replace(edition, archive=1)
    assert {*links(edition, "atom")} == {"self", "current", "alternate"}
    assert "next_url" not in json.loads(FORMATS["json"].render(edition))
