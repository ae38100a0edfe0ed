"""How much of an item is seen, and where a link's parameters go."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from aggregator.model.feed import Extent, Part
from aggregator.model.partner import Partner, Terms
from aggregator.rules.portion import Portion, most, portion, with_parameters

ITEM: dict[str, Any] = {
    "id": "tag:1",
    "url": "https://a.example.id/1",
    "title": "Kapal tiba",
    "summary": "Ringkas < panjang.",
    "content_html": "<p>Isi berita.</p>",
    "authors": [{"name": "Sari"}],
    "also": [],
}


def a_partner(**changes: Any) -> Partner:
    terms = {name: changes.pop(name) for name in ("extent", "parts", "delay") if name in changes}
    return Partner(id="warta", title="Warta", feeds=("all",), terms=Terms(**terms), **changes)


@pytest.mark.parametrize(
    ("feed", "contract", "expected"),
    [
        (Extent.FULL, None, Extent.FULL),
        (Extent.FULL, Extent.SUMMARY, Extent.SUMMARY),
        (Extent.SUMMARY, None, Extent.SUMMARY),
        (Extent.SUMMARY, Extent.FULL, Extent.FULL),
        (Extent.NONE, Extent.SUMMARY, Extent.SUMMARY),
        (Extent.SUMMARY, Extent.NONE, Extent.NONE),
    ],
)
def test_what_a_contract_says_goes_before_what_the_feed_shows(
    feed: Extent, contract: Extent | None, expected: Extent
) -> None:
    assert portion(feed, a_partner(extent=contract)).extent is expected


def test_who_has_no_contract_sees_what_the_feed_shows() -> None:
    assert portion(Extent.SUMMARY, None) == Portion(extent=Extent.SUMMARY)
    assert portion(Extent.FULL, None).is_whole


def test_a_delay_alone_cuts_nothing() -> None:
    assert portion(Extent.FULL, a_partner(delay=timedelta(hours=1))).is_whole


def test_what_is_whole_stays_as_it_is() -> None:
    assert Portion().of(ITEM) == ITEM


@pytest.mark.parametrize(
    ("extent", "without"),
    [(Extent.SUMMARY, {"content_html"}), (Extent.NONE, {"content_html", "summary"})],
)
def test_what_is_not_seen_has_no_name(extent: Extent, without: set[str]) -> None:
    seen = Portion(extent=extent).of(ITEM)
    assert ITEM.keys() - seen.keys() == without
    assert seen == {name: ITEM[name] for name in seen}


def test_only_the_listed_parts_are_seen_with_what_always_is() -> None:
    seen = Portion(parts=frozenset({Part.SUMMARY})).of(ITEM)
    assert list(seen) == ["id", "url", "title", "summary"]
    assert not Portion(parts=frozenset({Part.SUMMARY})).is_whole


def test_a_teaser_is_made_of_the_text_where_there_is_none() -> None:
    seen = Portion(extent=Extent.SUMMARY).of(ITEM | {"summary": ""})
    assert seen["summary"] == "Isi berita."
    seen = Portion(extent=Extent.SUMMARY).of(ITEM | {"summary": "panjang " * 90})
    assert len(seen["summary"]) <= 300
    assert seen["summary"].endswith("…")


def test_a_summary_that_is_not_in_the_contract_is_not_made() -> None:
    assert "summary" not in Portion(extent=Extent.SUMMARY, parts=frozenset({Part.IMAGE})).of(ITEM)


def test_parameters_of_a_partner_are_in_the_link() -> None:
    seen = portion(Extent.FULL, a_partner(link_parameters=(("utm_source", "warta"),))).of(ITEM)
    assert seen == ITEM | {"url": "https://a.example.id/1?utm_source=warta"}


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.id", "https://a.id?s=w%20a&t=%26"),
        ("https://a.id/?", "https://a.id/?s=w%20a&t=%26"),
        ("https://a.id/?b=1&c", "https://a.id/?b=1&c&s=w%20a&t=%26"),
        ("https://a.id/?s=x&b=%2F&%73=y", "https://a.id/?b=%2F&s=w%20a&t=%26"),
        ("https://a.id/#kedua?s=1", "https://a.id/?s=w%20a&t=%26#kedua?s=1"),
        ("", ""),
    ],
)
def test_parameters_stand_before_the_fragment_in_place_of_their_namesakes(url: str, expected: str) -> None:
    assert with_parameters(url, (("s", "w a"), ("t", "&"))) == expected


def test_without_parameters_a_link_stays_as_it_is() -> None:
    assert with_parameters("https://a.id/?a=1#b", ()) == "https://a.id/?a=1#b"


@pytest.mark.parametrize(
    ("extents", "expected"),
    [
        ([], Extent.NONE),
        ([Extent.NONE], Extent.NONE),
        ([Extent.NONE, Extent.SUMMARY], Extent.SUMMARY),
        ([Extent.SUMMARY, Extent.FULL, Extent.NONE], Extent.FULL),
    ],
)
def test_of_several_feeds_the_one_that_shows_the_most_counts(extents: list[Extent], expected: Extent) -> None:
    assert most(extents) is expected
