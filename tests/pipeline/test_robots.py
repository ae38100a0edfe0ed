"""Whose robots.txt is heeded, and that it says nothing about whether an article is still there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime

from aggregator.model.fetch import BARRED, Failed
from aggregator.model.source import Kind, Select
from tests.making import NOW, a_source
from tests.pipeline.house import House, item, rss

LISTING = '<ul><li><a href="https://antara.example.id/a">Kapal tiba</a></li></ul>'
SELECT = Select(item="li", title="a", link="a@href")


def asked(house: House) -> dict[str, bool]:
    """Return the addresses that were asked for, and whether robots.txt was to be heeded."""
    return {request.url: request.robots for request in house.fetcher.asked}


def test_listings_and_pages_are_for_people_and_feeds_for_programs(house: House) -> None:
    listing = a_source("antara", kind=Kind.HTML, select=SELECT, article=True)
    house.use(listing, a_source("kawat"))
    house.say("antara", LISTING)
    house.say("kawat", rss(item()))
    house.collect()
    assert asked(house) == {
        listing.url: True,
        "https://antara.example.id/a": True,
        house.sources["kawat"].url: False,
    }


def test_the_operator_may_decide_otherwise(house: House) -> None:
    house.use(a_source("antara", kind=Kind.HTML, select=SELECT, article=True, robots=False))
    house.say("antara", LISTING)
    house.collect()
    assert set(asked(house).values()) == {False}


def test_an_article_that_must_not_be_asked_for_is_not_gone(house: House) -> None:
    names = ("a", "b", "c", "d")
    dates = {name: format_datetime(NOW - timedelta(hours=hour)) for hour, name in enumerate(names, 1)}
    posts = {
        name: item(name, link=f"https://antara.example.id/{name}", date=date) for name, date in dates.items()
    }
    house.use(replace(a_source("antara"), gate=None))
    house.say("antara", rss(*posts.values()))
    house.collect()
    barred = Failed(error=f"{BARRED}antara.example.id asks us not to read /b", at=NOW)
    house.documents["https://antara.example.id/b"] = barred
    for _ in range(4):
        house.later(minutes=15)
        house.say("antara", rss(*(posts[name] for name in "acd"), title=f"{house.now}"))
        house.collect()
    assert "https://antara.example.id/b" in asked(house)
    assert {story.shown.key for story in house.stories()} == {f"id:{name}" for name in names}
