"""Entries are written once for all the feeds that carry them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from aggregator.model.feed import Extent
from aggregator.model.story import Story
from aggregator.pipeline import compose
from aggregator.pipeline.compose import Composer
from aggregator.render.printable import printable_entry
from aggregator.rules import select
from tests.making import NOW, SITE, an_item
from tests.pipeline.house import House, item, rss

if TYPE_CHECKING:
    from aggregator.model.feed import Entry
    from aggregator.pipeline.compose import Key


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


def test_a_source_that_calls_itself_otherwise_changes_all_of_its_entries(house: House) -> None:
    house.say("kawat", rss(item("1", "Satu")))
    house.collect("kawat")
    [before] = house.publish()["logistik"].entries
    house.say("kawat", rss(item("1", "Satu"), item("2", "Dua"), title="Kawat Baru"))
    house.later(hours=1)
    house.collect("kawat")
    [_, after] = sorted(house.publish()["logistik"].entries, key=lambda entry: entry.title)
    assert (before.source.title, after.source.title) == ("Kabar", "Kawat Baru")


def test_what_was_not_asked_for_longest_is_forgotten_first() -> None:
    satu, dua, tiga = (key("satu"), key("dua"), key("tiga"))
    size = sum(map(len, Composer("id").compose(satu, an_entry("satu")).texts.values()))
    composer = Composer("id", room_bytes=size * 2 + size // 2)
    for each in (satu, dua):
        composer.compose(each, an_entry(each[0]))
    assert composer.recall(satu)
    composer.compose(tiga, an_entry("tiga"))
    assert [bool(composer.recall(each)) for each in (satu, dua, tiga)] == [True, False, True]


def test_two_that_write_the_same_at_once_take_its_room_once() -> None:
    satu, dua = (key("satu"), key("dua"))
    size = sum(map(len, Composer("id").compose(satu, an_entry("satu")).texts.values()))
    composer = Composer("id", room_bytes=size * 2 + size // 2)
    for each in (satu, satu, satu, satu, dua):  # neither had found it when it asked
        composer.compose(each, an_entry(each[0]))
    assert composer.recall(satu)
    assert composer.recall(dua)


def test_an_entry_that_is_larger_than_the_room_is_written_nevertheless() -> None:
    composer = Composer("id", room_bytes=10)
    assert b"satu" in composer.compose(key("satu"), an_entry("satu")).texts["rss"]
    assert composer.recall(key("satu")) is None


def key(story: str) -> Key:
    return (story, 1, (), Extent.FULL, False, None, False)


def an_entry(title: str) -> Entry:
    story = Story(id=title, slug=title, published=NOW, updated=NOW, shown=an_item())
    shown = select.entry(story, site=SITE, sources={}, categories={}, states={})
    return replace(shown, title=title)
