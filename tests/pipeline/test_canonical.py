"""An article's page tells that two addresses are one story (docs/duplicates.md, B)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.making import a_source
from tests.pipeline.house import House, item, rss

if TYPE_CHECKING:
    from collections.abc import Mapping

WWW, MOBILE = "https://www.kabar.co.id/kapal", "https://m.kabar.co.id/kapal"
DAY = "20 Nov 2024"  # a date that a page may better, so that the page is asked for


def page(canonical: str) -> str:
    return f'<!DOCTYPE html><html><head><link rel="canonical" href="{canonical}"></head></html>'


def stories(house: House, pages: Mapping[str, str], links: tuple[str, str] = (WWW, MOBILE)) -> int:
    """Return how many stories two sources with these links make, when their pages name these addresses."""
    house.use(a_source("antara", "news", article=True), a_source("kawat", "logistik", article=True))
    house.documents |= {url: page(canonical) for url, canonical in pages.items()}
    house.say("antara", rss(item("a", link=links[0], date=DAY)))
    house.say("kawat", rss(item("k", link=links[1], date=DAY)))
    house.collect("antara")
    house.collect("kawat")
    return len(house.stories())


def test_addresses_of_one_page_are_one_story(house: House) -> None:
    assert stories(house, {MOBILE: WWW}) == 1
    [story] = house.stories()
    assert story.shown.link == WWW
    assert [copy.link for copy in story.others] == [MOBILE]  # what is published is the publisher's own


def test_without_that_they_are_two(house: House) -> None:
    assert stories(house, {}) == 2


@pytest.mark.parametrize("first", [WWW, MOBILE])
def test_two_that_name_each_other_are_one(house: House, first: str) -> None:
    second = MOBILE if first == WWW else WWW
    assert stories(house, {WWW: MOBILE, MOBILE: WWW}, (first, second)) == 1


def test_two_sites_that_name_each_other_stay_two(house: House) -> None:
    other = "https://lain.co.id/kapal"
    assert stories(house, {WWW: other, other: WWW}, (WWW, other)) == 2


def test_a_front_page_and_another_site_are_no_canonical_address(house: House) -> None:
    pages = {WWW: "https://www.kabar.co.id/", MOBILE: "https://lain.co.id/"}
    assert stories(house, pages) == 2
    assert {story.shown.canonical_url for story in house.stories()} == {WWW, MOBILE}


def test_a_section_that_all_pages_name_is_the_address_of_none(house: House) -> None:
    section = "https://www.kabar.co.id/ekonomi"
    house.use(a_source("antara", "news", article=True))
    links = [f"https://www.kabar.co.id/{number}" for number in range(4)]
    house.documents |= {link: page(section) for link in links}
    for count in (2, 4):  # at once, and one collect after another
        items = [item(link[-1], f"Berita ke-{link[-1]}", link=link, date=DAY) for link in links[:count]]
        house.say("antara", rss(*items))
        house.collect("antara")
        house.later(minutes=20)
    assert len(house.stories()) == 4


def test_the_address_that_a_page_named_is_known_the_next_time(house: House) -> None:
    assert stories(house, {MOBILE: WWW}) == 1
    house.later(minutes=20)
    house.say("kawat", rss(item("k-baru", link=MOBILE, date=DAY)))
    assert house.collect("kawat")["kawat"].items_new == 0
    assert len(house.stories()) == 1
