"""Stories are told again from the items alone: the same ids, the same dates, the same bytes."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from aggregator.model.source import Duplicates
from aggregator.pipeline.moderate import take_down
from aggregator.pipeline.rebuild import rebuild
from aggregator.render import FORMATS
from tests.making import SITE, a_source
from tests.pipeline.house import House, item, rss

if TYPE_CHECKING:
    from aggregator.model.story import Story

LONG = " ".join(f"kata{number} pelabuhan{number % 7}" for number in range(60))
DERIVED = ("relations", "bands", "fingerprints", "aliases", "stories")


def throw_away(house: House) -> None:
    """Empty every table that is derived from the items."""
    with closing(sqlite3.connect(house.store.database.url.database or "")) as connection:
        for table in DERIVED:
            connection.execute(f"DELETE FROM {table}")  # noqa: S608 # our own names
        connection.commit()


def told(story: Story) -> tuple[Any, ...]:
    """Return what readers would notice of a story."""
    copies = (story.shown, *story.others)
    return (
        story.id,
        story.slug,
        story.published,
        story.updated,
        [(copy.source, copy.key, copy.withdrawn_at) for copy in copies],
        story.deleted_at,
        story.taken_down,
        story.held,
    )


def everything(house: House) -> dict[str, tuple[Any, ...]]:
    with house.store.database.reading() as connection:
        ids = list(connection.execute(text("SELECT id FROM stories")).scalars())
    stories = [story for name in ids for story in house.store.stories_named(name, "")]
    return {story.id: told(story) for story in stories}


def published(house: House) -> dict[tuple[str, str], bytes]:
    found = {
        (feed.name, suffix): house.store.publication(feed.name, suffix)
        for feed in house.feeds
        for suffix in FORMATS
    }
    return {name: publication.body for name, publication in found.items() if publication}


def a_life(house: House) -> None:
    """Let copies join by address, id and text; let an id change, dates get better, news go and come back."""
    house.use(
        a_source("antara", "news", duplicates=Duplicates.MERGE),
        a_source("kawat", "logistik", duplicates=Duplicates.MERGE),
        a_source("tempo", "logistik", duplicates=Duplicates.MERGE, priority=5),
    )
    shared = "https://antara.example.id/kapal"
    guid = "https://antara.example.id/?p=7"
    house.say("kawat", rss(
        item("k1", link=f"{shared}?utm_source=k", date="Wed, 20 Nov 2024 13:00:00 WIB"),
        item("k2", "Tanpa tanggal", date=""),
        item("k3", "Truk antre di Merak", link="https://kawat.example.id/truk", body=f"<p>{LONG}</p>"),
    ))  # fmt: skip
    old = item("a0", "Tua sekali", date="Wed, 20 Nov 2024 07:00:00 WIB")
    warehouse = item(guid, "Gudang", link="https://antara.example.id/g")
    house.say("antara", rss(item("a1", link=shared), warehouse, old))
    house.collect()
    house.publish()
    house.later(minutes=20)
    house.say("tempo", rss(
        item(guid, "Gudang", link="https://tempo.example.id/g", date="Wed, 20 Nov 2024 14:40:00 WIB"),
        item("t2", "Truk antre di Merak", link="https://tempo.example.id/truk", body=f"<p>{LONG}</p>",
             date="Wed, 20 Nov 2024 14:45:00 WIB"),
        item("t0", "Paling tua", date="Wed, 20 Nov 2024 09:00:00 WIB"),
    ))  # fmt: skip
    house.collect()
    house.publish()
    house.later(minutes=20)
    house.say("kawat", rss(
        item("k2", "Tanpa tanggal", date="Wed, 20 Nov 2024 14:00:00 WIB"),
        item("k3-baru", "Truk antre di Merak", link="https://kawat.example.id/truk", body=f"<p>{LONG}!</p>"),
        item("k0", "Tua", date="Wed, 20 Nov 2024 08:00:00 WIB"),
    ))  # fmt: skip
    house.say("antara", rss(item("a1", "Kapal tiba, dikoreksi", link=shared), old))
    house.collect()
    house.publish()
    house.later(minutes=20)
    house.say("antara", rss(item("a9", "Baru", date="Wed, 20 Nov 2024 15:20:00 WIB"), old))
    house.collect()
    house.publish()


def again(house: House) -> tuple[int, int]:
    return rebuild(now=house.now, site=SITE, store=house.store, sources=house.sources)


def test_a_rebuilt_database_has_the_same_stories_and_the_same_bytes(house: House) -> None:
    a_life(house)
    before, bytes_before = everything(house), published(house)
    kinds = {copy.joined.by for story in house.stories() for copy in story.copies if copy.joined}
    assert {str(kind) for kind in kinds} == {"url", "id", "text"}  # else this test would test little
    assert any(story.shown.leads_since for story in house.stories())
    assert any(copy.dates.upgrade for story in house.stories() for copy in story.copies)
    throw_away(house)
    assert everything(house) == {}
    stories, items = again(house)
    assert (stories, items) == (len(before), sum(house.store.counts().values()))
    assert everything(house) == before
    house.publish()
    assert published(house) == bytes_before


def test_what_was_thrown_away_works_again(house: House) -> None:
    a_life(house)
    count = len(house.stories())
    throw_away(house)
    again(house)
    house.say(
        "antara", rss(item("x", link="https://kawat.example.id/truk", date="Wed, 20 Nov 2024 15:30:00 WIB"))
    )
    house.collect("antara")
    assert len(house.stories()) == count  # it joins by its address
    assert house.store.relations([house.stories()[0].id]) == {}


def test_what_was_taken_down_stays_so(house: House) -> None:
    a_life(house)
    story = house.stories()[0]
    take_down(story.id, now=house.now, store=house.store)
    throw_away(house)
    again(house)
    assert story.id not in {each.id for each in house.stories()}
    [kept] = house.store.stories_named(story.id, "")
    assert (kept.taken_down, kept.deleted_at) == (True, house.now)


def test_what_is_held_back_stays_so(house: House) -> None:
    house.use(a_source("antara", "news", gate=1))
    house.say("antara", rss(item("1")))
    house.collect()
    house.publish()
    house.later(minutes=20)
    house.say("antara", rss(item("1"), *(item(f"x{n}", f"Lama {n}", date="") for n in range(3))))
    house.collect()
    house.publish()
    assert house.store.held() == {"antara": 3}
    throw_away(house)
    again(house)
    house.publish()
    assert house.store.held() == {"antara": 3}
    assert len(house.stories()) == 1


def test_what_was_never_out_is_not_let_out(house: House) -> None:
    """It was taken down, or waits: a rebuild between collecting and publishing lets none past the gate."""
    house.say("antara", rss(item("1"), item("2", "Lain")))
    house.collect()
    bad = "tag:feeds.example.id,2024-01-01:antara/1"
    take_down(bad, now=house.now, store=house.store)
    again(house)
    [taken] = house.store.stories_named(bad, "")
    [waiting] = house.store.stories_named("id:2", "")
    assert (taken.out_at, taken.taken_down, waiting.out_at) == (None, True, None)
    assert [story.id for story in house.stories()] == [waiting.id]


@pytest.mark.parametrize("lost", ["target", "itself"])
def test_an_item_whose_copy_is_lost_founds_a_story(house: House, lost: str) -> None:
    a_life(house)
    [joined] = [
        copy for story in house.stories() for copy in story.copies if copy.joined and copy.joined.by == "id"
    ]
    assert joined.joined
    where = (joined.joined.source, joined.joined.key) if lost == "target" else (joined.source, joined.key)
    with house.store.writing() as transaction:
        [stored] = transaction.items(*_one(where)).values()
        name = transaction.stories_of(*_one(where))[where[1]]
        own = replace(joined.joined, source=where[0], key="id:nowhere")
        transaction.put_items([(replace(stored, joined=own), name)])
    again(house)
    assert sum(len(story.copies) for story in house.stories()) <= sum(house.store.counts().values())
    assert any(
        copy.key == where[1] and copy is story.shown for story in house.stories() for copy in story.copies
    )


def _one(where: tuple[str, str]) -> tuple[str, list[str]]:
    return where[0], [where[1]]
