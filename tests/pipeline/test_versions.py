"""What stories say is written down for partners, once for each of their changes."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select

from aggregator.model.feed import Entry
from aggregator.model.partner import Partner, Terms
from aggregator.model.records import decode
from aggregator.pipeline import versions
from aggregator.pipeline.tidy import tidy
from aggregator.pipeline.versions import read_by, spelled, tell, write_versions
from aggregator.rules.cursor import Place
from aggregator.store import tables
from tests.pipeline.house import item, rss

if TYPE_CHECKING:
    from tests.pipeline.house import House


@pytest.fixture(autouse=True)
def _news(house: House) -> None:
    house.say("antara", rss(*(item(str(number), f"Kapal {number}") for number in range(1, 6))))
    house.collect("antara")
    house.publish()


def said(house: House, feed: str = "all") -> list[dict[str, Any]]:
    """Return what the changes of a feed say, as far as it is written down."""
    page = house.store.page(feed, Place(), limit=99)
    assert page is not None
    return [json.loads(told.item) for told in page.told if told.item]


def test_the_feeds_that_partners_read_are_theirs_together() -> None:
    def partner(delay: int, *feeds: str) -> Partner:
        return Partner(id="a", title="", feeds=feeds, terms=Terms(delay=timedelta(hours=delay)))

    assert read_by([]) == {}
    assert read_by([partner(0, "all", "news"), partner(1, "news", "other"), partner(0, "other")]) == {
        "all": False,
        "news": True,
        "other": True,
    }


def test_what_stories_say_is_written_down_in_batches(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "AT_ONCE", 2)
    assert said(house) == []
    done = write_versions({"all": False, "news": False}, {}, press=house.press)
    assert done == {"all": 5, "news": 5}
    assert [each["title"] for each in said(house)] == [f"Kapal {number}" for number in range(1, 6)]
    assert said(house, "news") == said(house)
    with house.store.database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(tables.versions)).scalar() == 5


def test_what_they_said_before_stays(house: House) -> None:
    done = write_versions({"all": False}, {}, press=house.press)
    house.later(hours=1)
    house.say("antara", rss(item("1", "Kapal satu")))
    house.collect("antara")
    house.publish()
    done = write_versions({"all": False}, done, press=house.press)
    assert done == {"all": 6}
    titles = [each["title"] for each in said(house)]
    assert (titles[0], titles[-1]) == ("Kapal 1", "Kapal satu")


def test_what_a_copy_said_that_was_taken_back_is_no_longer_read(house: House) -> None:
    def say(source: str, *numbers: int) -> None:
        day = "Wed, 20 Nov 2024 {:02}:00:00 WIB"
        house.say(source, rss(*(post(source, number, day.format(9 - number)) for number in numbers)))
        house.collect(source)
        house.publish()

    def post(source: str, number: int, date: str) -> str:
        link = f"https://antara.example.id/{number + 10}"
        return item(f"{source}-{number}", f"Kapal {number} {source}", link=link, date=date)

    say("kawat", 1, 2, 3)
    say("antara", 1, 2, 3)
    done = write_versions({"all": False}, {}, press=house.press)
    assert "Kapal 2 kawat" in [each["title"] for each in said(house)]
    house.later(minutes=15)
    say("kawat", 1, 3)
    write_versions({"all": False}, done, press=house.press)
    titles = [each["title"] for each in said(house)]
    assert "Kapal 2 kawat" not in titles
    assert titles.count("Kapal 2 antara") == 1
    assert "Kapal 1 kawat" in titles


def test_an_entry_is_kept_where_a_contract_has_a_delay(house: House) -> None:
    write_versions({"all": True}, {}, press=house.press)
    stories = house.stories()
    entries = tell(stories, press=house.press)
    page = house.store.page("all", Place(), limit=99)
    assert page is not None
    kept = house.store.versions([(told.change.story, told.change.mark) for told in page.told])
    assert len(kept) == len(stories)
    for (story, _), version in kept.items():
        assert version.entry is not None
        assert decode(version.entry, Entry) == entries[story]
        assert version.item == spelled(entries[story], press=house.press)


def test_what_is_told_no_longer_goes_with_the_rest(house: House) -> None:
    done = write_versions({"all": False}, {}, press=house.press)
    house.later(hours=1)
    house.say("antara", rss(item("1", "Kapal satu")))
    house.collect("antara")
    house.publish()
    write_versions({"all": False}, done, press=house.press)
    for days, left in ((7, 6), (1, 5)):
        house.later(days=days - 0.01)
        tidy((), now=house.now, store=house.store)
        assert len(said(house)) == left
