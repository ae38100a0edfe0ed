"""Where what we publish is read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aggregator.model.feed import MOST_ARCHIVED, Edition
from tests.making import NOW, SITE, a_feed

EDITION = Edition(site=SITE, feed=a_feed("logistik"), id="tag:x", updated=NOW, entries=())
BASE = SITE.base_url


def test_an_edition_and_the_page_of_its_feed_have_addresses() -> None:
    assert EDITION.url("rss") == EDITION.current("rss") == f"{BASE}/feeds/logistik.rss"
    assert EDITION.home == f"{BASE}{EDITION.feed.page}"
    assert EDITION.name == "logistik"


def test_an_archive_document_has_an_address_of_its_own() -> None:
    third = replace(EDITION, archive=3, previous=2)
    assert third.name == "logistik/archive/3"
    assert third.url("atom") == f"{BASE}/feeds/logistik/archive/3.atom"
    assert third.current("atom") == f"{BASE}/feeds/logistik.atom"
    assert third.older("atom") == f"{BASE}/feeds/logistik/archive/2.atom"
    assert replace(third, previous=0).older("atom") == ""


def test_what_stands_for_another_feed_is_read_at_its_address() -> None:
    cut = replace(EDITION, feed=a_feed("logistik@1", roll="logistik"))
    assert cut.url("json") == f"{BASE}/feeds/logistik.json"


@pytest.mark.parametrize(("limit", "size"), [(20, 20), (MOST_ARCHIVED + 1, MOST_ARCHIVED)])
def test_an_archive_document_holds_no_more_than_the_feed(limit: int, size: int) -> None:
    assert a_feed("all", limit=limit).archive_size == size


@pytest.mark.parametrize("choice", [{"language": "id"}, {"words": ("kapal",)}, {"without": ("iklan",)}])
def test_a_feed_that_wants_only_some_stories_picks(choice: dict[str, object]) -> None:
    assert a_feed("all", **choice).picks
    assert not a_feed("all").picks
