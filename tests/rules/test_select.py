"""What a feed shows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from aggregator.model.feed import ArchiveDocument, Entry, Label
from aggregator.model.item import Original
from aggregator.model.source import SourceState
from aggregator.rules.cluster import found
from aggregator.rules.select import archive_basis, basis, carries, choice, entry, gained, state
from tests.making import BESIDE, NOW, SITE, a_category, a_feed, a_source, an_item

if TYPE_CHECKING:
    from aggregator.model.story import Story

SOURCES = {
    "antara": a_source("antara", "news", title="Antara"),
    "kawat": a_source("kawat", "logistik", language="en"),
}
CATEGORIES = {
    "news": a_category("news", SOURCES["antara"]),
    "logistik": a_category("logistik", SOURCES["kawat"]),
}
STATES = {
    "kawat": SourceState(
        id="kawat", url="https://kawat.example.id/feed/", title="Kawat", home="https://kawat.id/"
    )
}


def shown(story: Story) -> Entry:
    return entry(story, site=SITE, sources=SOURCES, categories=CATEGORIES, states=STATES)


def test_an_entry_has_the_categories_of_all_copies_ours_first_each_once() -> None:
    story = found(an_item(categories=("Pelabuhan", "NEWS")), "x")
    story = replace(story, others=(an_item("kawat", "id:2", categories=("pelabuhan", "Kapal")),))
    assert shown(story).categories == (
        Label(term="news", label="News", scheme="https://feeds.example.id/c/"),
        Label(term="logistik", label="Logistik", scheme="https://feeds.example.id/c/"),
        Label(term="Pelabuhan", label="Pelabuhan"),
        Label(term="Kapal", label="Kapal"),
    )


def test_every_other_copy_is_credited() -> None:
    story = replace(
        found(an_item(), "x"), others=(an_item("kawat", "id:2"), an_item("kawat", "id:3", link=""))
    )
    found_entry = shown(story)
    assert (found_entry.source.title, found_entry.source.feed_url) == (
        "Antara",
        "https://antara.example.id/feed/",
    )
    assert [(credit.title, credit.link, credit.home) for credit in found_entry.via] == [
        ("Kawat", "https://kawat.example.id/2", "https://kawat.id/")
    ]


def test_a_source_that_is_no_longer_configured_is_still_credited() -> None:
    story = found(an_item("gone", "id:1", language=""), "x")
    assert shown(story).source.title == "gone"
    assert shown(story).categories == ()
    assert shown(story).language == ""


def test_an_entry_has_what_the_shown_copy_brings_beside_the_news() -> None:
    found_entry = shown(found(an_item(**BESIDE), "x"))
    assert {name: getattr(found_entry, name) for name in BESIDE} == BESIDE


@pytest.mark.parametrize(
    "named",
    [
        Original(title="Kawat", feed_url="https://kawat.example.id/feed/"),
        Original(id="https://kawat.example.id/feed/"),
        Original(home="https://kawat.id/"),
    ],
)
def test_a_source_that_names_itself_has_it_from_no_other(named: Original) -> None:
    assert shown(found(an_item("kawat", original=named), "x")).original is None


def test_an_id_that_is_none_is_not_told() -> None:
    named = Original(title="Asal", home="https://asal.id/", id="asal")
    assert shown(found(an_item(original=named), "x")).original == replace(named, id="")


def test_another_feed_without_addresses_is_another() -> None:
    assert shown(found(an_item("gone", original=Original(title="Asal")), "x")).original


def test_the_source_s_language_stands_in() -> None:
    assert shown(found(an_item("kawat", "id:1", language=""), "x")).language == "en"


def test_the_page_s_address_is_made_of_the_slug() -> None:
    story = found(an_item(), "x")
    assert shown(story).page == f"https://feeds.example.id/items/{story.slug}"


def test_basis_changes_with_sources_definition_site_and_version_only() -> None:
    feed = a_feed("all", "antara", "kawat")
    one = basis(feed, SITE, {"antara": 1, "kawat": 1, "other": 1}, version="1")
    assert one == basis(feed, SITE, {"antara": 1, "kawat": 1, "other": 2}, version="1")
    assert one != basis(feed, SITE, {"antara": 1, "kawat": 2}, version="1")
    assert one != basis(replace(feed, title="Lain"), SITE, {"antara": 1, "kawat": 1}, version="1")
    assert one != basis(feed, replace(SITE, title="Lain"), {"antara": 1, "kawat": 1}, version="1")
    assert one != basis(feed, SITE, {"antara": 1, "kawat": 1}, version="2")


@pytest.mark.parametrize(
    ("choice", "item", "carried"),
    [
        pytest.param({}, {}, True, id="everything"),
        pytest.param({"language": "id"}, {"language": "id-ID"}, True, id="a language's varieties"),
        pytest.param({"language": "id-ID"}, {"language": "id"}, False, id="a variety is not its language"),
        pytest.param({"language": "ID"}, {"language": "id"}, True, id="whatever the case"),
        pytest.param({"language": "i"}, {"language": "id"}, False, id="a beginning is none"),
        pytest.param({"language": "en"}, {"language": ""}, True, id="the source's stands in"),
        pytest.param({"words": ("kapal",)}, {"title": "Kapal"}, True, id="in the title"),
        pytest.param({"words": ("kapal",)}, {"summary": "<p>kapal</p>"}, True, id="in the summary"),
        pytest.param({"words": ("truk", "kapal")}, {"content": "<p>kapal</p>"}, True, id="in the content"),
        pytest.param(
            {"words": ("p", "href")}, {"content": '<p><a href="x">y</a></p>'}, False, id="no markup"
        ),
        pytest.param({"words": ("satu dua",)}, {"title": "satu", "summary": "dua"}, False, id="across texts"),
        pytest.param({"without": ("kapal",)}, {"title": "Kapal"}, False, id="a word too many"),
        pytest.param({"without": ("kapal",)}, {"title": "Truk"}, True, id="no word too many"),
        pytest.param(
            {"words": ("truk",), "without": ("kapal",)}, {"title": "Truk, kapal"}, False, id="both words"
        ),
        pytest.param({"language": "en", "words": ("truk",)}, {"title": "Kapal"}, False, id="both or none"),
    ],
)
def test_what_a_feed_carries(choice: dict[str, Any], item: dict[str, Any], *, carried: bool) -> None:
    blank: dict[str, Any] = {"title": "", "summary": "", "content": "", "language": ""}
    shown = an_item("kawat", **(blank | item))
    assert carries(a_feed("x", "kawat", **choice), shown, source=SOURCES["kawat"], site=SITE) is carried


def test_a_story_without_a_language_is_in_the_service_s() -> None:
    shown = an_item("gone", language="")
    assert carries(a_feed("x", "gone", language="id"), shown, source=None, site=SITE)
    assert not carries(a_feed("x", "gone", language="en"), shown, source=None, site=SITE)
    assert carries(a_feed("x", "antara", language="id"), shown, source=SOURCES["antara"], site=SITE)


def test_what_a_feed_chooses_by_is_compared() -> None:
    feed = a_feed("x", "kawat", "antara", words=("kapal",))
    assert choice(feed) == choice(replace(feed, sources=("antara", "kawat"), title="Lain", limit=3))
    assert gained(choice(feed), choice(feed)) == ()
    assert gained(choice(feed), choice(replace(feed, sources=("antara", "tempo", "bisnis")))) == (
        "bisnis",
        "tempo",
    )
    assert gained("", choice(feed)) is None
    for change in ({"words": ("truk",)}, {"without": ("x",)}, {"language": "id"}, {"backfill": False}):
        assert gained(choice(feed), choice(replace(feed, **change))) is None


def test_what_an_edition_is_made_from_is_told_by_its_stories() -> None:
    feed = a_feed("all", "antara")
    one = state(feed, SITE, 7, version="1")
    assert one == state(feed, SITE, 7, version="1")
    assert len({one, state(feed, SITE, 8, version="1"), state(feed, SITE, 7, version="2")}) == 3


def test_what_an_archive_document_is_made_from_is_told_by_its_stories_and_their_marks() -> None:
    feed = a_feed("all", "antara")
    document = ArchiveDocument(number=2, full_at=NOW, previous=1, stories=(("x", 3),))
    one = archive_basis(feed, SITE, document, version="1")
    assert one == archive_basis(feed, SITE, replace(document), version="1")
    assert one != archive_basis(feed, SITE, replace(document, stories=(("x", 4),)), version="1")
