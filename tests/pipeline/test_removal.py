"""Edits, withdrawals and takedowns as a feed reader sees them (docs/duplicates.md, D and E).

Every test here reads the published bytes: RSS and Atom by feedparser, deleted entries by lxml.
"""

from __future__ import annotations

import calendar
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import feedparser
import pytest
from lxml import etree

from aggregator.model.fetch import Failed
from aggregator.pipeline.moderate import take_down
from aggregator.rules.removal import FEW
from tests.making import NOW
from tests.pipeline.house import House, item, rss

if TYPE_CHECKING:
    import time
    from collections.abc import Collection

AT = "{http://purl.org/atompub/tombstones/1.0}"
LINK = "https://antara.example.id/kapal"
HOURS = {"baru": 1, "kapal": 2, "lama": 3, "arsip": 4}  #: ago, of the items of a document


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An entry as a reader sees it."""

    id: str
    title: str
    link: str
    published: datetime
    updated: datetime


def post(source: str, name: str, *, title: str = "", guid: str = "", body: str = "<p>Isi.</p>") -> str:
    """Return an item of ``source``; the one named kapal has the same address in every source."""
    link = f"{LINK}?utm_source={source}" if name == "kapal" else f"https://{source}.example.id/{name}"
    date = format_datetime(NOW - timedelta(hours=HOURS[name]))
    return item(guid or f"{source}-{name}", title or f"{name} {source}", link=link, date=date, body=body)


def say(house: House, source: str, *names: str) -> None:
    """Let ``source`` have a document of these items, the newest first, and collect it."""
    house.say(source, rss(*(post(source, name) for name in names)))
    house.collect(source)


def opened(house: House, *sources: str) -> str:
    """Publish a story with a copy of each of ``sources``, which all have news around it; return its id."""
    for source in sources:
        say(house, source, "baru", "kapal", "lama")
        house.publish()
    house.later(minutes=15)
    return next(entry.id for entry in entries(house).values() if entry.link.startswith(LINK))


def body(house: House, feed: str, suffix: str) -> bytes:
    publication = house.store.publication(feed, suffix)
    assert publication is not None
    return publication.body


def entries(house: House, feed: str = "all", suffix: str = "atom") -> dict[str, Seen]:
    """Publish, and return what a reader finds in a feed, by id."""
    house.publish()
    read = feedparser.parse(body(house, feed, suffix))
    assert not read.bozo
    found = {
        entry.id: Seen(
            id=entry.id,
            title=entry.title,
            link=entry.link,
            published=instant(entry.published_parsed),
            updated=instant(entry.get("updated_parsed", entry.published_parsed)),
        )
        for entry in read.entries
    }
    assert len(found) == len(read.entries)
    return found


def instant(parsed: time.struct_time) -> datetime:
    return datetime.fromtimestamp(calendar.timegm(parsed), UTC)


def everywhere(house: House) -> dict[str, set[str]]:
    """Publish, and return in which feeds each id is: ``all.rss``, ``news.json`` and so on."""
    house.publish()
    found: dict[str, set[str]] = {}
    for feed in house.feeds:
        for suffix in ("rss", "atom"):
            for name in entries(house, feed.name, suffix):
                found.setdefault(name, set()).add(f"{feed.name}.{suffix}")
        for entry in json.loads(body(house, feed.name, "json"))["items"]:
            found.setdefault(entry["id"], set()).add(f"{feed.name}.json")
    return found


def deleted(house: House, feed: str = "all") -> dict[str, datetime]:
    """Publish, and return the ids that the Atom feed says are deleted, and since when."""
    house.publish()
    tree = etree.fromstring(body(house, feed, "atom"))
    return {
        element.get("ref"): datetime.fromisoformat(element.get("when"))
        for element in tree.iter(f"{AT}deleted-entry")
    }


def kinds(house: House, story: str) -> list[str]:
    return [decision.kind for decision in house.store.decisions(story)]


class TestEdits:
    def test_an_edit_of_the_shown_copy_moves_its_text_and_its_date(self, house: House) -> None:
        story = opened(house, "antara", "kawat")
        before = entries(house)
        document = rss(
            post("antara", "baru"), post("antara", "kapal", title="Kapal dikoreksi"), post("antara", "lama")
        )
        house.say("antara", document)
        house.collect("antara")
        after = entries(house)
        assert after.keys() == before.keys()
        assert (after[story].title, after[story].updated) == ("Kapal dikoreksi", house.now)
        assert after[story].published == before[story].published
        assert entries(house, suffix="rss")[story].title == "Kapal dikoreksi"
        assert kinds(house, story) == ["edited"]

    def test_an_edit_of_another_copy_makes_no_edition(self, house: House) -> None:
        story = opened(house, "antara", "kawat")
        before = body(house, "all", "atom")
        document = rss(
            post("kawat", "baru"), post("kawat", "kapal", title="Kapal disunting"), post("kawat", "lama")
        )
        house.say("kawat", document)
        assert house.collect("kawat")["kawat"].items_updated == 1
        assert house.publish() == {}
        assert body(house, "all", "atom") == before
        assert kinds(house, story) == ["edited unseen"]


class TestWithdrawals:
    def test_another_copy_that_is_taken_back_takes_only_its_credit_along(self, house: House) -> None:
        story = opened(house, "antara", "kawat")
        before = entries(house)[story]
        assert b"utm_source=kawat" in body(house, "all", "atom")
        say(house, "kawat", "baru", "lama")
        assert entries(house)[story] == before
        assert b"utm_source=kawat" not in body(house, "all", "atom")
        assert story not in entries(house, "logistik")
        assert story in entries(house, "news")
        assert kinds(house, story) == ["withdrawn"]

    def test_the_next_copy_takes_over_under_the_same_id(self, house: House) -> None:
        story = opened(house, "antara", "kawat", "tempo")
        before = entries(house)[story]
        say(house, "antara", "baru", "lama")
        after = entries(house)[story]
        assert (after.id, after.published) == (before.id, before.published)
        assert (after.title, after.updated) == ("kapal kawat", house.now)
        assert kinds(house, story) == ["withdrawn", "promoted"]
        assert deleted(house) == {}
        house.later(minutes=15)
        say(house, "kawat", "baru", "lama")
        assert entries(house)[story].title == "kapal tempo"
        assert story not in entries(house, "news")

    def test_the_last_copy_takes_the_entry_along(self, house: House) -> None:
        story = opened(house, "antara", "kawat")
        assert everywhere(house)[story] == {
            f"{feed}.{suffix}" for feed in ("all", "news", "logistik") for suffix in ("rss", "atom", "json")
        }
        say(house, "antara", "baru", "lama")
        entries(house)
        house.later(minutes=15)
        say(house, "kawat", "baru", "lama")
        assert story not in everywhere(house)
        assert deleted(house) == deleted(house, "news") == deleted(house, "logistik") == {story: house.now}
        assert kinds(house, story)[-2:] == ["withdrawn", "deleted"]
        assert len(entries(house)) == 4  # its neighbours stay

    def test_atom_says_so_for_seven_days(self, house: House) -> None:
        story = opened(house, "antara")
        say(house, "antara", "baru", "lama")
        gone = house.now
        assert deleted(house) == {story: gone}
        house.later(days=7, minutes=-1)
        assert deleted(house) == {story: gone}
        house.later(days=1)
        assert deleted(house) == {}
        assert story not in everywhere(house)
        assert b"tombstones" not in body(house, "all", "atom")

    @pytest.mark.parametrize("days", [0, 3, 30])
    def test_it_comes_back_under_the_same_id_and_date(self, house: House, days: int) -> None:
        story = opened(house, "antara", "kawat")
        before = entries(house)[story]
        say(house, "antara", "baru", "lama")
        say(house, "kawat", "baru", "lama")
        assert story in deleted(house)
        house.later(days=days, minutes=15)
        say(house, "kawat", "baru", "kapal", "lama")
        after = entries(house)[story]
        assert (after.id, after.published) == (before.id, before.published)
        assert (after.title, after.updated) == ("kapal kawat", house.now)
        assert deleted(house) == {}
        assert "named again" in kinds(house, story)
        assert story not in entries(house, "news")

    def test_a_copy_of_another_source_brings_it_back_too(self, house: House) -> None:
        story = opened(house, "antara")
        say(house, "antara", "baru", "lama")
        assert story in deleted(house)
        house.later(minutes=15)
        say(house, "kawat", "baru", "kapal", "lama")
        assert entries(house)[story].title == "kapal kawat"
        assert deleted(house) == {}

    def test_nobody_is_told_of_the_end_of_what_nobody_saw(self, house: House) -> None:
        say(house, "antara", "baru", "kapal", "lama")
        house.later(minutes=15)
        say(house, "antara", "baru", "lama")
        assert deleted(house) == {}
        assert len(entries(house)) == 2


class TestPages:
    def without(self, house: House) -> str:
        """Publish a story and let it vanish from inside its document; return its id."""
        story = opened(house, "antara")
        house.say("antara", rss(post("antara", "baru"), post("antara", "lama")))
        return story

    def look(self, house: House, story: str) -> bool:
        """Collect once more; tell whether the story is still there."""
        house.collect("antara")
        there = story in entries(house)
        house.later(minutes=15)
        return there

    @property
    def page(self) -> str:
        return f"{LINK}?utm_source=antara"

    def test_a_page_that_is_there_keeps_its_story_and_is_asked_for_once(self, house: House) -> None:
        story = self.without(house)
        house.documents[self.page] = "<html>Kapal tiba</html>"
        assert [self.look(house, story) for _ in range(4)] == [True] * 4
        assert [request.url for request in house.fetcher.asked].count(self.page) == 1

    def test_a_page_that_cannot_be_had_keeps_it_until_the_second_look(self, house: House) -> None:
        story = self.without(house)
        house.documents[self.page] = Failed(error="timed out", at=NOW)
        assert [self.look(house, story) for _ in range(3)] == [True, False, False]
        assert [request.url for request in house.fetcher.asked].count(self.page) == 2

    def test_and_for_good_if_it_answers_by_then(self, house: House) -> None:
        story = self.without(house)
        house.documents[self.page] = Failed(error="status 503", at=NOW, status=503)
        assert self.look(house, story)
        house.documents[self.page] = "<html>Kapal tiba</html>"
        assert [self.look(house, story) for _ in range(3)] == [True] * 3

    @pytest.mark.parametrize("status", [401, 403, 405, 451])
    def test_a_page_that_is_refused_to_us_is_there(self, house: House, status: int) -> None:
        story = self.without(house)
        house.documents[self.page] = Failed(error=f"status {status}", at=NOW, status=status)
        assert [self.look(house, story) for _ in range(3)] == [True] * 3
        assert [request.url for request in house.fetcher.asked].count(self.page) == 1

    @pytest.mark.parametrize("status", [429, 500, 503])
    def test_a_server_in_trouble_proves_nothing(self, house: House, status: int) -> None:
        story = self.without(house)
        house.documents[self.page] = Failed(error=f"status {status}", at=NOW, status=status)
        assert [self.look(house, story) for _ in range(3)] == [True] * 3
        del house.documents[self.page]
        house.say("antara", rss(post("antara", "baru", body="<p>Isi lain.</p>"), post("antara", "lama")))
        assert not self.look(house, story)

    @pytest.mark.parametrize("status", [404, 410])
    def test_a_page_that_is_gone_says_so_at_once(self, house: House, status: int) -> None:
        story = self.without(house)
        house.documents[self.page] = Failed(error=f"status {status}", at=NOW, status=status)
        assert [self.look(house, story) for _ in range(2)] == [False, False]

    @pytest.mark.parametrize(
        ("target", "there"), [("https://antara.example.id/", False), ("https://antara.example.id/a", True)]
    )
    def test_a_page_that_leads_to_the_front_page_is_gone(
        self, house: House, target: str, *, there: bool
    ) -> None:
        story = self.without(house)
        house.redirects[self.page] = target
        house.documents[target] = "<html>Depan</html>"
        assert self.look(house, story) is there

    def test_an_item_that_is_back_by_the_second_look_was_never_gone(self, house: House) -> None:
        story = self.without(house)
        house.documents[self.page] = Failed(error="timed out", at=NOW)
        assert self.look(house, story)
        say(house, "antara", "baru", "kapal", "lama")
        assert [self.look(house, story) for _ in range(3)] == [True] * 3
        assert "withdrawn" not in kinds(house, story)


class TestNoWithdrawals:
    def leaves(self, house: House, document: str) -> set[str]:
        """Collect what ``antara`` has now; return the titles that are published no longer."""
        before = {entry.title for entry in entries(house).values()}
        house.later(minutes=15)
        house.say("antara", document)
        house.collect("antara")
        after = {entry.title for entry in entries(house).values()}
        assert (deleted(house) != {}) == (before > after)
        return before - after

    def long(self, names: Collection[int], *, undated: bool = False) -> str:
        """Return a document of numbered items, in this order; the higher number is the newer."""
        items = []
        for name in names:
            date = "" if undated else format_datetime(NOW - timedelta(hours=99 - name))
            items.append(item(f"g{name}", f"n{name}", link=f"https://antara.example.id/n{name}", date=date))
        return rss(*items)

    def start(self, house: House, names: Collection[int], *, undated: bool = False) -> None:
        house.feeds = [feed for feed in house.feeds if feed.name == "all"]
        house.say("antara", self.long(names, undated=undated))
        house.collect("antara")

    def test_items_that_fall_off_the_end(self, house: House) -> None:
        self.start(house, range(20, 0, -1))
        assert self.leaves(house, self.long(range(25, 5, -1))) == set()

    @pytest.mark.parametrize(
        ("page", "left"),
        [
            pytest.param(None, {"n20"}, id="gone"),
            pytest.param("<html>Kapal</html>", set(), id="there"),
            pytest.param(Failed(error="timed out", at=NOW), set(), id="silent: it was an old copy, perhaps"),
        ],
    )
    def test_the_newest_goes_only_with_its_page_and_the_oldest_never(
        self, house: House, page: str | Failed | None, left: set[str]
    ) -> None:
        self.start(house, range(20, 0, -1))
        if page:
            house.documents["https://antara.example.id/n20"] = page
        assert self.leaves(house, self.long(range(19, 1, -1))) == left

    @pytest.mark.parametrize("descending", [True, False])
    def test_unlike_those_between(self, house: House, *, descending: bool) -> None:
        order = range(20, 0, -1) if descending else range(1, 21)
        self.start(house, order)
        assert self.leaves(house, self.long([name for name in order if name not in (7, 8)])) == {"n7", "n8"}

    def test_a_document_that_is_not_in_the_order_of_dates(self, house: House) -> None:
        shuffled = [3, 11, 7, 1, 9, 5, 12, 2, 8, 10, 4, 6]
        self.start(house, shuffled)
        assert self.leaves(house, self.long([name for name in shuffled if name != 7])) == set()

    def test_one_item_on_top_that_is_pinned_there_and_then_is_not(self, house: House) -> None:
        self.start(house, [5, *range(30, 10, -1)])
        assert self.leaves(house, self.long(range(31, 11, -1))) == set()

    def test_an_undated_document(self, house: House) -> None:
        house.feeds = [feed for feed in house.feeds if feed.name == "all"]
        self.start(house, range(9, 0, -1), undated=True)
        stored = len(house.stories())
        house.later(minutes=15)
        house.say("antara", self.long([9, 8, 2, 1], undated=True))
        house.collect("antara")
        assert len(house.stories()) == stored == 9

    def test_very_many_at_once(self, house: House) -> None:
        names = range(20, 0, -1)
        self.start(house, names)
        missing = range(5, 5 + FEW + 3)
        assert self.leaves(house, self.long([name for name in names if name not in missing])) == set()
        house.say("antara", self.long([*names]))
        collected = house.collect("antara")["antara"]
        assert collected.faults == ()

    def test_and_that_is_said(self, house: House) -> None:
        self.start(house, range(20, 0, -1))
        house.say("antara", self.long([20, 19, 18, 2, 1]))
        [fault] = house.collect("antara")["antara"].faults
        assert "15 items vanished at once" in fault

    def test_but_a_few_of_a_short_document_may(self, house: House) -> None:
        self.start(house, range(7, 0, -1))
        assert self.leaves(house, self.long([7, 1])) == {f"n{name}" for name in range(2, 7)}

    def test_an_empty_document(self, house: House) -> None:
        self.start(house, range(7, 0, -1))
        assert self.leaves(house, self.long([])) == set()

    def test_a_source_that_fails(self, house: House) -> None:
        self.start(house, range(7, 0, -1))
        house.say("antara", Failed(error="status 404", at=NOW, status=404))
        house.collect("antara")
        assert len(entries(house)) == 7


class TestTakedowns:
    def test_it_leaves_every_feed_at_once(self, house: House) -> None:
        story = opened(house, "antara", "kawat")
        take_down(story, now=house.now, store=house.store)
        assert story not in everywhere(house)
        assert deleted(house) == deleted(house, "logistik") == {story: house.now}
        assert kinds(house, story)[-1] == "taken down"

    def test_nothing_that_its_sources_say_brings_it_back(self, house: House) -> None:
        story = opened(house, "antara", "kawat")
        take_down(story, now=house.now, store=house.store)
        gone = house.now
        house.later(hours=1)
        house.say("antara", rss(post("antara", "kapal", title="Disunting")))
        house.collect("antara")
        say(house, "kawat", "baru", "lama")
        assert story not in everywhere(house)
        say(house, "kawat", "baru", "kapal", "lama")
        assert story not in everywhere(house)
        assert deleted(house) == {story: gone}

    def test_a_copy_that_comes_later_does_not_either(self, house: House) -> None:
        story = opened(house, "antara")
        take_down(story, now=house.now, store=house.store)
        house.later(hours=1)
        say(house, "kawat", "baru", "kapal", "lama")
        assert story not in everywhere(house)
        assert {entry.title for entry in entries(house).values()} == {
            "baru antara", "lama antara", "baru kawat", "lama kawat",
        }  # fmt: skip
        house.later(days=8)
        say(house, "tempo", "baru", "kapal", "lama")
        assert story not in everywhere(house)
        assert deleted(house) == {}

    def test_nor_does_a_new_id(self, house: House) -> None:
        story = opened(house, "antara")
        take_down(story, now=house.now, store=house.store)
        house.later(hours=1)
        document = rss(
            post("antara", "baru"), post("antara", "kapal", guid="lain-lagi"), post("antara", "lama")
        )
        house.say("antara", document)
        house.collect("antara")
        assert {entry.title for entry in entries(house).values()} == {"baru antara", "lama antara"}
        assert everywhere(house).keys().isdisjoint({story})

    def test_nor_is_it_said_twice(self, house: House) -> None:
        story = opened(house, "antara")
        say(house, "antara", "baru", "lama")
        gone = deleted(house)[story]
        house.later(days=2)
        take_down(story, now=house.now, store=house.store)
        assert deleted(house) == {story: gone}

    def test_of_what_was_never_published_nobody_is_told(self, house: House) -> None:
        say(house, "antara", "baru", "kapal", "lama")
        [standing] = house.store.stories_named("antara-kapal", "")
        take_down(standing.id, now=house.now, store=house.store)
        assert deleted(house) == {}
        assert standing.id not in everywhere(house)


def test_the_life_of_a_story_as_a_reader_sees_it(house: House) -> None:
    """Ids that change, an edit, withdrawals, a return, a takedown: never another id, never a new entry."""
    story = opened(house, "antara", "kawat")
    ids = set(entries(house))
    published = entries(house)[story].published
    editions = []

    def seen(*, there: bool) -> None:
        now = entries(house)
        assert set(now) | {story} == ids
        assert (story in now) is there
        assert (story in deleted(house)) is not there
        assert all(entry.published == published for entry in now.values() if entry.id == story)
        assert set(entries(house, suffix="rss")) == set(now)
        editions.append(body(house, "all", "atom"))
        house.later(minutes=15)

    def antara(*items: str) -> None:
        house.say("antara", rss(post("antara", "baru"), *items, post("antara", "lama")))
        house.collect("antara")

    seen(there=True)
    antara(post("antara", "kapal", guid="https://antara.example.id/?p=12"))
    seen(there=True)
    assert editions[-1] == editions[-2]
    antara(post("antara", "kapal", guid="urn:baru:12", title="Kapal dikoreksi"))
    seen(there=True)
    assert entries(house)[story].title == "Kapal dikoreksi"
    antara()
    seen(there=True)
    assert entries(house)[story].title == "kapal kawat"
    say(house, "kawat", "baru", "lama")
    seen(there=False)
    antara(post("antara", "kapal", guid="urn:baru:12"))
    seen(there=True)
    assert entries(house)[story].title == "kapal antara"
    take_down(story, now=house.now, store=house.store)
    seen(there=False)
    antara(post("antara", "kapal", guid="antara-kapal", title="Kapal lagi"))
    say(house, "kawat", "baru", "kapal", "lama")
    seen(there=False)
