"""The ids that we publish (docs/duplicates.md, D)."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model.feed import Site
from aggregator.rules.ids import feed_id, mint, mint_for, slug
from tests.making import an_item

SITE = Site(title="Kabar", base_url="https://feeds.example.id:8443", language="id", tag_date="2024-01-01")


def minted(upstream_id: str, *, own_id: bool = True) -> str:
    return mint(upstream_id, key=f"id:{upstream_id}", own_id=own_id, source="bumn", site=SITE)


@pytest.mark.parametrize(
    "iri",
    [
        "https://kabar.id/?p=12",
        "http://kabar.id/2024/11/a",
        "urn:uuid:0b6e2c7e-6a53-4d8c-8a5b-0d7f0e6b9a11",
        "tag:kabar.id,2024:12",
    ],
)
def test_a_globally_unique_iri_stays(iri: str) -> None:
    assert minted(iri) == iri


@pytest.mark.parametrize(
    ("upstream_id", "expected"),
    [
        ("12", "tag:feeds.example.id,2024-01-01:bumn/12"),
        ("post 12", "tag:feeds.example.id,2024-01-01:bumn/post%2012"),
        ("https://kabar.id", "tag:feeds.example.id,2024-01-01:bumn/https://kabar.id"),
        ("https://Kabar.id/a", "tag:feeds.example.id,2024-01-01:bumn/https://Kabar.id/a"),
        ("https://kabar.id?p=1", "tag:feeds.example.id,2024-01-01:bumn/https://kabar.id%3Fp%3D1"),
        ("https://kabar.id/a[1]", "tag:feeds.example.id,2024-01-01:bumn/https://kabar.id/a%5B1%5D"),
        ("urn:uuid:12", "tag:feeds.example.id,2024-01-01:bumn/urn:uuid:12"),
        ("tag:Kabar.id,2024:12", "tag:feeds.example.id,2024-01-01:bumn/tag:Kabar.id%2C2024:12"),
        ("https://kabar.id/a b", "tag:feeds.example.id,2024-01-01:bumn/https://kabar.id/a%20b"),
        ("https://kabar.id/é", "tag:feeds.example.id,2024-01-01:bumn/https://kabar.id/%C3%A9"),
    ],
)
def test_anything_else_becomes_a_tag_of_ours(upstream_id: str, expected: str) -> None:
    assert minted(upstream_id) == expected


def test_an_id_that_does_not_stand_alone_is_not_used_as_it_is() -> None:
    assert minted("https://kabar.id/?p=1", own_id=False).startswith(
        "tag:feeds.example.id,2024-01-01:bumn/id:https"
    )


def test_a_long_id_is_shortened_and_still_tells_apart() -> None:
    one, two = minted("x" * 10_000), minted("x" * 10_001)
    assert one != two
    assert len(one) < 100


@given(st.text())
def test_every_minted_id_is_an_iri_without_spaces_and_bounded(upstream_id: str) -> None:
    found = minted(upstream_id)
    assert re.fullmatch(r"(https?|urn|tag):[!-~]+", found, re.IGNORECASE)
    assert len(found) < 700


def test_a_feed_has_one_id_in_every_format() -> None:
    assert feed_id("source/bumn", SITE) == "tag:feeds.example.id,2024-01-01:feed/source/bumn"


def test_a_slug_is_short_stable_and_of_letters_and_digits() -> None:
    assert slug("https://kabar.id/1") == slug("https://kabar.id/1") != slug("https://kabar.id/2")
    assert re.fullmatch(r"[a-z2-7]{16}", slug("https://kabar.id/1"))


def test_a_story_has_the_id_of_the_item_that_founds_it() -> None:
    iri = "urn:uuid:0b6e2c7e-6a53-4d8c-8a5b-0d7f0e6b9a11"
    assert mint_for(an_item("bumn", f"id:{iri}", upstream_id=iri), SITE) == iri
    other = an_item("bumn", "url:kabar.id/1", upstream_id=iri)
    assert mint_for(other, SITE) == "tag:feeds.example.id,2024-01-01:bumn/url:kabar.id/1"
