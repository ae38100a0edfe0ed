"""Publishing: once for each change, and the same bytes otherwise."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from aggregator.model.source import Retention
from aggregator.pipeline.tidy import tidy
from tests.making import NOW, a_source
from tests.pipeline.house import House, item, rss

if TYPE_CHECKING:
    from pathlib import Path

    from aggregator.model.feed import Publication


def publications(house: House) -> dict[tuple[str, str], Publication]:
    found = {}
    for feed in house.feeds:
        for suffix in ("rss", "atom", "json"):
            publication = house.store.publication(feed.name, suffix)
            assert publication is not None
            found[feed.name, suffix] = publication
    return found


def test_every_feed_is_published_at_the_start_even_empty(house: House) -> None:
    assert set(house.publish()) == {"all", "news", "logistik"}
    assert len(publications(house)) == 9


def test_an_unchanged_feed_is_not_rendered_again_and_keeps_its_date(house: House) -> None:
    house.say("antara", rss(item()))
    house.collect("antara")
    house.publish()
    before = publications(house)
    house.later(hours=1)
    assert house.publish() == {}
    house.collect("antara")
    assert house.publish() == {}
    assert publications(house) == before


def test_every_document_and_every_state_of_it_has_a_tag_of_its_own(house: House) -> None:
    house.publish()
    seen = publications(house)
    bodies = {publication.etag: publication.body for publication in seen.values()}
    assert len(bodies) == 9
    for title in ("Satu", "Dua", "Satu"):
        house.say("antara", rss(item("1", title)))
        house.later(minutes=1)
        house.collect("antara")
        house.publish()
        for key, publication in publications(house).items():
            assert (publication.etag == seen[key].etag) == (publication.body == seen[key].body)
            assert bodies.setdefault(publication.etag, publication.body) == publication.body
        seen = publications(house)
    assert len(bodies) == 9 + 3 * 6  # the third category changed never


def test_a_change_touches_only_the_feeds_that_carry_it(house: House) -> None:
    house.publish()
    house.say("kawat", rss(item("1", link="https://kawat.example.id/1")))
    house.later(minutes=1)
    house.collect("kawat")
    assert set(house.publish()) == {"all", "logistik"}


def test_a_change_outside_a_feed_s_window_makes_no_edition(house: House) -> None:
    house.feeds = [replace(house.feed("all"), limit=1)]
    house.say("antara", rss(item("2", date="Wed, 20 Nov 2024 14:00:00 WIB")))
    house.collect("antara")
    house.publish()
    house.say("antara", rss(item("2"), item("1", date="Wed, 20 Nov 2024 13:00:00 WIB")))
    house.later(minutes=5)
    assert house.collect("antara")["antara"].items_new == 1
    # It leads to one more archive document, and has what it had.
    assert [entry.id[-2:] for entry in house.publish()["all"].entries] == ["/2"]
    before = house.store.publication("all", "rss")
    house.say("antara", rss(item("2"), item("1", "Ralat", date="Wed, 20 Nov 2024 13:00:00 WIB")))
    house.later(minutes=5)
    assert house.collect("antara")["antara"].items_updated == 1
    assert house.publish() == {}
    assert house.store.publication("all", "rss") == before
    assert house.publish() == {}


def test_dates_of_editions_and_entries_are_in_order(house: House) -> None:
    house.say("antara", rss(item("1"), item("2", date="Wed, 20 Nov 2024 13:00:00 WIB")))
    house.collect("antara")
    house.later(minutes=3)
    edition = house.publish()["all"]
    assert edition.updated == NOW + timedelta(minutes=3)
    published = [entry.published for entry in edition.entries]
    assert published == sorted(published, reverse=True)
    assert all(entry.published <= entry.updated <= edition.updated for entry in edition.entries)


def test_a_new_title_of_a_feed_makes_an_edition(house: House) -> None:
    house.publish()
    house.feeds = [replace(feed, title="Judul baru") for feed in house.feeds]
    assert set(house.publish()) == {"all", "news", "logistik"}


def test_a_database_built_anew_publishes_the_same_ids(house: House, tmp_path: Path) -> None:
    from aggregator.store import open_store  # noqa: PLC0415 # a second one, only here

    house.say("antara", rss(item("12"), item("https://antara.example.id/?p=13")))
    house.collect("antara")
    ids = [entry.id for entry in house.publish()["all"].entries]
    other = House(open_store(f"sqlite:///{tmp_path}/other.db"))
    other.documents = house.documents
    other.collect("antara")
    assert [entry.id for entry in other.publish()["all"].entries] == ids
    assert set(ids) == {"https://antara.example.id/?p=13", "tag:feeds.example.id,2024-01-01:antara/12"}
    other.store.close()


def test_tidy_lets_go_of_what_left_its_source_long_ago(house: House) -> None:
    house.use(a_source("antara"))
    retentions = [Retention(sources=("antara",), age=timedelta(days=7))]
    house.say("antara", rss(item("1"), item("2")))
    house.collect("antara")
    house.later(days=30)
    house.say("antara", rss(item("2")))
    house.collect("antara")
    assert tidy(retentions, now=house.now, store=house.store) == 0
    assert len(house.publish()["news"].entries) == 2
    house.later(days=8)
    assert tidy(retentions, now=house.now, store=house.store) == 1
    assert [story.shown.key for story in house.stories()] == ["id:2"]
    assert [entry.title for entry in house.publish()["news"].entries] == ["Kapal tiba"]
