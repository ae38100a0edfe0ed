"""Entries are written once for all the feeds that carry them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from aggregator.model.story import Story
from aggregator.pipeline import compose
from aggregator.pipeline.compose import Composer
from aggregator.render.printable import printable_entry
from aggregator.rules import select
from tests.making import NOW, SITE, an_item
from tests.pipeline.house import House, item, rss

if TYPE_CHECKING:
    from aggregator.model.feed import Entry


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The titles of the entries that were written, each time."""
    titles: list[str] = []

    def watch(entry: Entry, language: str) -> Entry:
        titles.append(entry.title)
        return printable_entry(entry, language)

    monkeypatch.setattr(compose, "printable_entry", watch)
    return titles


def test_an_entry_is_written_once_for_all_feeds_and_once_more_when_it_changes(
    house: House, written: list[str]
) -> None:
    link = "https://kawat.example.id/1"
    house.say("kawat", rss(item("1", "Satu", link=link), item("2", "Dua", link=f"{link}2")))
    house.collect("kawat")
    assert set(house.publish()) == {"all", "news", "logistik"}
    assert sorted(written) == ["Dua", "Satu"]
    house.say("kawat", rss(item("1", "Satu lagi", link=link), item("2", "Dua", link=f"{link}2")))
    house.later(hours=1)
    house.collect("kawat")
    assert set(house.publish()) == {"all", "logistik"}
    assert written[2:] == ["Satu lagi"]


def test_what_was_not_asked_for_longest_is_forgotten_first(written: list[str]) -> None:
    one, two, three = (an_entry(title) for title in ("satu", "dua", "tiga"))
    size = sum(map(len, Composer("id").compose(one).texts.values()))
    composer = Composer("id", room_bytes=size * 2 + size // 2)
    written.clear()
    for entry in (one, two, one, three, one, two):
        composer.compose(entry)
    assert written == ["satu", "dua", "tiga", "dua"]


def test_an_entry_that_is_larger_than_the_room_is_written_nevertheless() -> None:
    composer = Composer("id", room_bytes=10)
    assert b"satu" in composer.compose(an_entry("satu")).texts["rss"]
    assert composer.compose(an_entry("satu")) == composer.compose(an_entry("satu"))


def an_entry(title: str) -> Entry:
    story = Story(id=title, slug=title, published=NOW, updated=NOW, shown=an_item())
    shown = select.entry(story, site=SITE, sources={}, categories={}, states={})
    return replace(shown, title=title)
