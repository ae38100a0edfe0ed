"""What is kept, and that what was removed does not come back (docs/duplicates.md, A)."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest

from aggregator.model.source import Duplicates, Retention
from aggregator.pipeline.moderate import take_down
from aggregator.pipeline.tidy import tidy
from tests.making import NOW, a_source
from tests.pipeline.house import House, item, rss

if TYPE_CHECKING:
    from collections.abc import Iterable

WEEK = timedelta(days=7)
LONG = f"<p>{' '.join(f'kata{number}' for number in range(80))}</p>"


def document(
    names: Iterable[int | str], *, prefix: str = "g", undated: bool = False, body: str = "<p>Isi.</p>"
) -> str:
    """Return a document of these items, each an hour older than the one before."""
    items = []
    for hours, name in enumerate(names, 1):
        date = "" if undated else format_datetime(NOW - timedelta(hours=hours))
        link = f"https://antara.example.id/{name}"
        items.append(item(f"{prefix}{name}", f"Judul {name}", link=link, date=date, body=body))
    return rss(*items)


def collect(house: House, text: str) -> int:
    """Let antara answer with ``text``; return how many items were new."""
    house.say("antara", text)
    return house.collect("antara")["antara"].items_new


def titles(house: House) -> list[str]:
    """Publish, and return the titles of the feed of antara."""
    house.publish()
    return sorted(story.shown.title for story in house.store.latest(["antara"], limit=99))


def forget(house: House, **kept: object) -> int:
    """Tidy by one rule for antara."""
    retention = Retention(sources=("antara",), **kept)  # type: ignore[arg-type] # its fields
    return tidy([retention], now=house.now, store=house.store)


def buried(house: House, *, body: str = "<p>Isi.</p>") -> None:
    """Let three items be published, leave their document, and be removed; a fourth stays."""
    house.use(a_source("antara", gate=None))
    collect(house, document([1, 2, 3], body=body))
    house.publish()
    house.later(days=1)
    collect(house, document(["tetap"]))
    house.publish()
    house.later(days=8)
    assert forget(house, age=WEEK) == 3
    assert titles(house) == ["Judul tetap"]


class TestKeeping:
    def test_by_age_what_left_its_document_long_ago(self, house: House) -> None:
        house.use(a_source("antara"))
        collect(house, document([1, 2, 3]))
        house.later(days=30)
        collect(house, document([1, 2]))
        house.later(days=5)
        collect(house, document([1]))
        house.later(days=3)
        assert forget(house, age=WEEK) == 1
        assert titles(house) == ["Judul 1", "Judul 2"]
        house.later(days=5)
        assert forget(house, age=WEEK) == 1
        assert titles(house) == ["Judul 1"]

    def test_by_number_the_newest_and_what_is_in_the_document(self, house: House) -> None:
        house.use(a_source("antara"))
        collect(house, document(range(10)))
        assert forget(house, newest=3) == 0
        house.later(minutes=15)
        collect(house, document([0, 1]))
        assert forget(house, newest=3) == 7
        assert titles(house) == ["Judul 0", "Judul 1", "Judul 2"]
        assert forget(house, newest=3) == 0

    def test_a_copy_of_another_source_keeps_the_whole_story(self, house: House) -> None:
        collect(house, document([1]))
        house.say("kawat", rss(item("k1", "Salinan", link="https://antara.example.id/1")))
        house.collect("kawat")
        house.later(days=1)
        collect(house, document([2]))
        house.later(days=8)
        both = [Retention(sources=("antara", "kawat"), age=WEEK)]
        assert tidy(both, now=house.now, store=house.store) == 0
        house.say("kawat", rss(item("k2", "Lain", link="https://kawat.example.id/2")))
        house.collect("kawat")
        house.later(days=8)
        assert tidy(both, now=house.now, store=house.store) == 2

    def test_what_goes_by_age_is_not_said_to_be_deleted(self, house: House) -> None:
        buried(house)
        house.publish()
        publication = house.store.publication("all", "atom")
        assert publication is not None
        assert b"deleted-entry" not in publication.body

    def test_texts_go_with_their_items(self, house: House) -> None:
        house.use(a_source("antara", duplicates=Duplicates.MERGE))
        collect(house, document([1], body=LONG))
        house.publish()
        house.later(hours=1)
        collect(house, document([2]))
        house.later(hours=2)
        assert forget(house, age=timedelta(hours=1)) == 1
        house.use(*(a_source(name, duplicates=Duplicates.MERGE) for name in ("antara", "kawat")))
        house.say("kawat", document([1], body=LONG).replace("antara.example.id", "kawat.example.id"))
        house.collect("kawat")
        assert house.match() == 0
        assert len(house.stories("kawat")) == 1


class TestTombstones:
    @pytest.mark.parametrize("undated", [False, True])
    def test_what_was_removed_and_is_named_again_does_not_come_back(
        self, house: House, *, undated: bool
    ) -> None:
        buried(house)
        assert collect(house, document(["tetap", 1, 2, 3], undated=undated)) == 0
        assert titles(house) == ["Judul tetap"]
        house.later(minutes=15)
        assert collect(house, document([3, 2, 1, "tetap"], undated=undated)) == 0
        assert titles(house) == ["Judul tetap"]

    def test_nor_under_another_id_while_it_is_dated_as_it_was(self, house: House) -> None:
        buried(house)
        assert collect(house, document(["tetap", 1, 2, 3], prefix="baru-")) == 0
        assert titles(house) == ["Judul tetap"]

    def test_nor_under_another_address_with_the_same_text(self, house: House) -> None:
        buried(house)
        moved = document([1, 2, 3], prefix="baru-").replace("example.id/", "example.id/berita/")
        assert collect(house, moved) == 0
        assert titles(house) == ["Judul tetap"]

    def test_news_at_an_old_address_is_news(self, house: House) -> None:
        """A page that is written anew every week, such as a market's prices."""
        buried(house)
        date = format_datetime(house.now - timedelta(minutes=5))
        fresh = item("baru", "Harga pekan ini", link="https://antara.example.id/1", date=date)
        assert collect(house, rss(fresh)) == 1
        assert titles(house) == ["Harga pekan ini", "Judul tetap"]

    def test_another_source_may_tell_it(self, house: House) -> None:
        buried(house)
        house.use(*house.sources.values(), a_source("kawat"))
        house.say("kawat", document([1]))
        assert house.collect("kawat")["kawat"].items_new == 1

    def test_an_item_that_is_named_again_before_it_is_removed_stays(self, house: House) -> None:
        house.use(a_source("antara"))
        collect(house, document([1, 2]))
        house.later(days=1)
        collect(house, document([2]))
        house.later(days=6)
        collect(house, document([2, 1]))
        house.later(days=8)
        assert forget(house, age=WEEK) == 0
        assert titles(house) == ["Judul 1", "Judul 2"]

    def test_what_the_operator_took_down_is_never_removed_and_never_comes_back(self, house: House) -> None:
        house.use(a_source("antara"))
        collect(house, document([1, 2]))
        house.publish()
        [story] = house.store.stories_named("g1", "")
        take_down(story.id, now=house.now, store=house.store)
        house.later(days=1)
        collect(house, document([2]))
        house.later(days=30)
        assert forget(house, age=WEEK) == 0
        assert forget(house, newest=1) == 0
        collect(house, document([1, 2]))
        assert titles(house) == ["Judul 2"]
