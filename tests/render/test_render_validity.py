"""Whatever is published is valid by the rules of ``tests/validity``, and carries all that it can."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.model.feed import Deleted
from aggregator.model.item import Enclosure, Episode, PodcastTag
from aggregator.model.outline import Outline
from aggregator.parse import podcast
from aggregator.parse.html import sanitise
from aggregator.parse.podcast_tags import TAGS
from aggregator.render import FORMATS
from aggregator.render.opml import opml, subscriptions
from aggregator.render.printable import printable
from tests.render.editions import editions, feeds, instants, sites
from tests.validity import atom, choices, jsonfeed, rss
from tests.validity import opml as outlines

if TYPE_CHECKING:
    from aggregator.model.feed import Edition, Feed, Site

CHECKS: Any = MappingProxyType({"rss": rss, "atom": atom, "json": jsonfeed})
ATOM = "{http://www.w3.org/2005/Atom}"
MP3 = Enclosure(url="https://x.example/a.mp3", type="audio/mpeg")
OGG = Enclosure(url="https://x.example/a.ogg", type="audio/ogg")
HARMLESS = sanitise(
    '<bdo dir="rtl">a</bdo><video src="https://x.example/a.mp4"></video>', base="https://x.example/"
)
EARLY = datetime(1969, 7, 20, 20, 17, tzinfo=UTC)


def found(edition: Edition, suffix: str) -> Any:
    form = FORMATS[suffix]
    return CHECKS[suffix].check(form.render(edition), url=edition.url(suffix), content_type=form.media_type)


def faults(edition: Edition, suffix: str) -> Any:
    return [fault for fault in found(edition, suffix) if not fault.chosen]


def carried(edition: Edition, suffix: str) -> list[tuple[str, str]]:
    """Return what a plain reader finds of each entry: its id and its link."""
    body = FORMATS[suffix].render(edition)
    if suffix == "json":
        return [(item["id"], item["url"]) for item in json.loads(body)["items"]]
    root = ET.fromstring(body)  # noqa: S314 - of our own making
    if suffix == "rss":
        return [(item.findtext("guid", ""), item.findtext("link", "")) for item in root.iter("item")]
    alternate = f"{ATOM}link[@rel='alternate']"
    return [
        (entry.findtext(f"{ATOM}id", ""), link.attrib["href"])
        for entry in root.iter(f"{ATOM}entry")
        if (link := entry.find(alternate)) is not None
    ]


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_sample_edition_is_valid(suffix: str, edition: Edition) -> None:
    assert found(edition, suffix) == []


#: What a source may send of which the W3C's service warns, and as what.
CHOSEN: list[tuple[dict[str, Any], dict[str, str]]] = [
    (
        {"podcast": (PodcastTag(name="season", text="2"),)},
        dict.fromkeys(("rss", "atom"), "namespaces_are_known_to_the_service"),
    ),
    ({"episode": Episode(season=2), "enclosures": (MP3,)}, {"rss": "itunes_items_have_a_show"}),
    (
        {"episode": Episode(season=2), "enclosures": (OGG,)},
        {"rss": "itunes_items_have_a_show itunes_files_can_be_played"},
    ),
    ({"content": HARMLESS}, dict.fromkeys(("rss", "atom"), "html_is_known_to_the_service")),
    ({"published": EARLY}, dict.fromkeys(("rss", "atom"), "dates_are_of_the_web")),
    ({"title": "CafÃ©"}, dict.fromkeys(("rss", "atom"), "texts_are_encoded_once")),
    ({"enclosures": (replace(OGG, url="http://lokal/a"),)}, {"rss": "addresses_are_plain"}),
    ({"link": "http://[2001:db8::1]/"}, dict.fromkeys(("rss", "atom"), "addresses_are_plain")),
    ({"id": "https://x.example/caf%E9"}, {"atom": "ids_are_normal_text"}),
    ({"language": "bjn"}, dict.fromkeys(("rss", "atom"), "languages_have_two_letters")),
    ({"content": "a" * choices.LONGEST}, dict.fromkeys(("rss", "atom"), "documents_are_short")),
]


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize(("changes", "expected"), CHOSEN, ids=range(len(CHOSEN)))
def test_what_validators_warn_of_is_what_we_chose(
    suffix: str, changes: dict[str, Any], expected: dict[str, str], edition: Edition
) -> None:
    entry = replace(edition.entries[-1], **changes)
    kinds = {fault.rule for fault in found(replace(edition, entries=(entry,)), suffix)}
    assert kinds == {*expected.get(suffix, "").split()}


def test_deleted_entries_and_the_oldest_archive_are_chosen(edition: Edition) -> None:
    gone = Deleted(id="tag:a.example,2024:1", at=edition.updated)
    assert {fault.rule for fault in found(replace(edition, deleted=(gone,)), "atom")} == {
        "namespaces_are_known_to_the_service"
    }
    assert found(replace(edition, deleted=(gone,)), "rss") == []
    oldest = replace(edition, archive=1)
    assert {fault.rule for fault in found(oldest, "atom")} == {"archives_have_neighbours"}
    assert found(replace(oldest, archive=2, previous=1), "atom") == []


@pytest.mark.parametrize("suffix", FORMATS)
@settings(max_examples=40)
@given(edition=editions)
def test_editions_of_hostile_items_are_valid_and_lose_no_item(suffix: str, edition: Edition) -> None:
    assert faults(edition, suffix) == []
    ready = printable(edition)
    assert carried(edition, suffix) == [(entry.id, entry.link) for entry in ready.entries]
    assert [entry.id for entry in ready.entries] == [entry.id for entry in edition.entries]


@pytest.mark.parametrize("suffix", ["rss", "atom"])
@settings(max_examples=20)
@given(edition=editions)
def test_feedparser_reads_hostile_editions_whole(suffix: str, edition: Edition) -> None:
    found = feedparser.parse(FORMATS[suffix].render(edition))
    assert not found.bozo, found.get("bozo_exception")
    assert [entry.id for entry in found.entries] == [entry.id for entry in edition.entries]


@pytest.mark.parametrize("suffix", ["rss", "atom"])
@pytest.mark.parametrize("name", sorted(podcast.AT_THE_TOP))
def test_every_element_of_podcasts_is_valid_with_all_that_it_may_have(
    suffix: str, name: str, edition: Edition
) -> None:
    entry = replace(edition.entries[0], podcast=(a_tag(name),))
    assert faults(replace(edition, entries=(entry,)), suffix) == []


def a_tag(name: str) -> PodcastTag:
    """Return an element with every attribute, and with every element that may be inside."""
    row = TAGS[name]
    samples = {"type": "audio/mpeg", "length": "1", "language": "id"}
    return PodcastTag(
        name=row.name,
        text="4" if row.needed == "text" or name == "podcast_contentlink" else "",
        attributes=tuple(
            (one, samples.get(one, f"https://x.example/{one}")) for one in row.attributes.values()
        ),
        inside=tuple(map(a_tag, sorted(row.inside))),
    )


@settings(max_examples=40)
@given(site=sites, feed=feeds, at=instants)
def test_the_list_of_feeds_is_valid(site: Site, feed: Feed, at: datetime) -> None:
    assert outlines.check(opml(site, [feed], changed_at=at), content_type="text/x-opml; charset=utf-8") == []


@settings(max_examples=40)
@given(titles=st.lists(st.text(), min_size=1, max_size=4), at=instants)
def test_a_list_of_subscriptions_is_valid(titles: list[str], at: datetime) -> None:
    listed = [
        Outline(url=f"https://x.example/{number}", title=title, folder=tuple(titles[:number]))
        for number, title in enumerate(titles)
    ]
    assert outlines.check(subscriptions(titles[0], listed, changed_at=at)) == []
