"""Feeds as partners read them: cut, with parameters in their links, and after a while."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import feedparser
import pytest
from sqlalchemy import delete

from aggregator.model.feed import Extent, Part
from aggregator.model.partner import Terms
from aggregator.model.source import Duplicates
from aggregator.pipeline import compose, entries
from aggregator.pipeline.moderate import take_down
from aggregator.pipeline.tidy import tidy
from aggregator.pipeline.versions import read_by, write_versions
from aggregator.render.printable import printable_entry
from aggregator.rules.terms import filled, variant, variants
from aggregator.store import tables
from tests.making import a_partner, a_source
from tests.pipeline.house import House, item, rss
from tests.pipeline.test_match import ALIKE, TEXT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aggregator.model.feed import Entry
    from aggregator.model.partner import Partner

LONG = "<p>" + "kata " * 200 + "</p>"
HOUR = timedelta(hours=1)
SUFFIXES = ("rss", "atom", "json")
LATE = a_partner("gema", "all", terms=Terms(delay=2 * HOUR))


class Newsroom:
    """A house with partners."""

    def __init__(self, house: House, *partners: Partner) -> None:
        self.house = house
        self.partners = partners
        self.open = list(house.feeds)
        house.feeds = [*self.open, *variants(self.open, partners)]
        self.written: dict[str, int] = {}

    def say(self, *items: str, source: str = "antara") -> set[str]:
        """Let a source have these items; return the feeds that changed."""
        self.house.say(source, rss(*items))
        self.house.collect(source)
        return self.publish()

    def publish(self) -> set[str]:
        changed = set(self.house.publish())
        press = self.house.press
        self.written = write_versions(read_by(self.partners), self.written, press=press)
        return changed

    def later(self, **duration: float) -> set[str]:
        self.house.later(**duration)
        return self.publish()

    def body(self, partner: Partner | None, suffix: str = "json", name: str = "all") -> bytes:
        feed = next(feed for feed in self.open if feed.name == name)
        of = variant(feed, partner).name if partner else name
        publication = self.house.store.publication(of, suffix)
        assert publication is not None
        return filled(publication.body, partner.link_parameters if partner else (), escaped=suffix != "json")

    def items(self, partner: Partner | None, name: str = "all") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.body(partner, name=name))["items"]
        return found

    def titles(self, partner: Partner | None) -> list[str]:
        return [each["title"] for each in self.items(partner)]


def story(number: int, title: str = "", **changes: Any) -> str:
    day = f"Wed, 20 Nov 2024 {13 - number:02}:00:00 WIB"
    return item(str(number), title or f"Kabar {number}", **({"date": day} | changes))


class TestTerms:
    def test_ids_dates_and_addresses_are_those_of_the_feed(self, house: House) -> None:
        partner = a_partner("warta", "all", terms=Terms(extent=Extent.SUMMARY))
        newsroom = Newsroom(house, partner)
        newsroom.say(*(story(number, body=LONG) for number in range(3)))
        theirs, ours = newsroom.items(partner), newsroom.items(None)
        for name in ("id", "url", "title", "date_published", "date_modified", "_source", "_dates"):
            assert [each.get(name) for each in theirs] == [each.get(name) for each in ours]
        assert all(len(each["content_html"]) < 400 for each in theirs)
        for suffix in ("rss", "atom"):
            here, there = (feedparser.parse(newsroom.body(who, suffix)) for who in (partner, None))
            assert here.feed.get("id") == there.feed.get("id")
            assert here.feed.links == there.feed.links
            assert [entry.id for entry in here.entries] == [entry.id for entry in there.entries]

    @pytest.mark.parametrize("suffix", SUFFIXES)
    def test_a_feed_with_archives_has_none_for_partners(self, house: House, suffix: str) -> None:
        partner = a_partner("warta", "all")
        house.feeds = [replace(house.feed("all"), limit=2)]
        newsroom = Newsroom(house, partner)
        newsroom.say(*(story(number) for number in range(5)))
        assert b"/archive/" in newsroom.body(None, suffix)
        theirs = newsroom.body(partner, suffix)
        assert b"/archive/" not in theirs
        assert b"~" not in theirs
        assert b"https://feeds.example.id/feeds/all." in theirs

    def test_what_is_left_out_is_in_no_format(self, house: House) -> None:
        partner = a_partner("warta", "all", terms=Terms(parts=frozenset({Part.SUMMARY})))
        newsroom = Newsroom(house, partner)
        newsroom.say(
            story(1, more="<author>rahasia@k.id (Rahasia)</author><category>rahasia</category>"
                  '<enclosure url="https://k.id/rahasia.mp3" type="audio/mpeg" length="1"/>')
        )  # fmt: skip
        assert all(b"ahasia" in newsroom.body(None, suffix) for suffix in SUFFIXES)
        assert not any(b"ahasia" in newsroom.body(partner, suffix) for suffix in SUFFIXES)

    def test_entries_that_are_the_same_are_written_once(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        written: list[str] = []

        def watch(entry: Entry, language: str) -> Entry:
            written.append(entry.title)
            return printable_entry(entry, language)

        monkeypatch.setattr(compose, "printable_entry", watch)
        newsroom = Newsroom(house, a_partner("warta", "all", "news"), a_partner("gema", "all"))
        assert newsroom.say(story(1), story(2)) >= {"all", "news"}
        assert sorted(written) == ["Kabar 1", "Kabar 2"]

    def test_each_is_made_once_for_all_who_have_them_and_kept(self, house: House) -> None:
        terms = Terms(extent=Extent.NONE)
        newsroom = Newsroom(
            house, *(a_partner(f"p{number}", "all", "logistik", terms=terms) for number in range(9))
        )
        assert len(house.feeds) == 3 + 2
        newsroom.say(story(1))
        house.store.drop_editions([feed.name for feed in house.feeds])
        assert newsroom.later(hours=1) == set()
        assert newsroom.titles(newsroom.partners[0]) == ["Kabar 1"]

    def test_deleted_stories_are_told(self, house: House) -> None:
        partner = a_partner("warta", "all")
        newsroom = Newsroom(house, partner)
        newsroom.say(story(1))
        [entry] = newsroom.items(partner)
        take_down(entry["id"], now=house.now, store=house.store)
        newsroom.publish()
        assert f'deleted-entry ref="{entry["id"]}"'.encode() in newsroom.body(partner, "atom")


class TestLinks:
    PARTNER = a_partner("warta", "all", link_parameters=(("utm_source", "warta"), ("m", "a&b")))

    @pytest.mark.parametrize("suffix", SUFFIXES)
    def test_the_link_of_every_entry_has_the_parameters_and_nothing_else_changes(
        self, house: House, suffix: str
    ) -> None:
        newsroom = Newsroom(house, self.PARTNER)
        newsroom.say(
            story(1, link="https://antara.example.id/1"),
            story(2, link="https://antara.example.id/?p=2&q=x#top"),
            story(3, link="https://antara.example.id/3?a=%26", body="<p>\ufdd0 a &amp; b</p>"),
        )
        theirs, ours = newsroom.body(self.PARTNER, suffix), newsroom.body(None, suffix)
        assert "\ufdd0".encode() not in theirs
        links = [
            "https://antara.example.id/1?utm_source=warta&m=a%26b",
            "https://antara.example.id/?p=2&q=x&utm_source=warta&m=a%26b#top",
            "https://antara.example.id/3?a=%26&utm_source=warta&m=a%26b",
        ]
        assert sorted(_links(theirs, suffix)) == sorted(links)
        added = "utm_source=warta&amp;m=a%26b" if suffix != "json" else "utm_source=warta&m=a%26b"
        ampersand = "&" if suffix == "json" else "&amp;"
        stripped = theirs.replace(f"{ampersand}{added}".encode(), b"").replace(f"?{added}".encode(), b"")
        assert stripped == ours


def _links(body: bytes, suffix: str) -> list[str]:
    if suffix == "json":
        return [each["url"] for each in json.loads(body)["items"]]
    return [entry.link for entry in feedparser.parse(body).entries]


class TestDelay:
    def test_a_story_appears_when_its_time_has_come_with_its_true_dates(self, house: House) -> None:
        newsroom = Newsroom(house, LATE)
        newsroom.say(story(1))
        assert (newsroom.titles(None), newsroom.titles(LATE)) == (["Kabar 1"], [])
        assert newsroom.later(hours=1, minutes=59) == set()
        assert newsroom.titles(LATE) == []
        assert newsroom.later(minutes=1) == {variant(house.feed("all"), LATE).name}
        assert newsroom.items(LATE) == newsroom.items(None)
        assert newsroom.later(hours=9) == set()

    def test_so_does_every_later_change_to_it(self, house: House) -> None:
        newsroom = Newsroom(house, LATE)
        newsroom.say(story(1, "Pertama", body="<p>Satu.</p>"))
        before = newsroom.items(None)
        newsroom.later(hours=1)
        newsroom.say(story(1, "Kedua", body="<p>Dua.</p>"))
        newsroom.later(hours=1)
        assert newsroom.titles(None) == ["Kedua"]
        assert newsroom.items(LATE) == before
        newsroom.say(story(1, "Ketiga", body="<p>Tiga.</p>"))
        newsroom.later(hours=1)
        assert newsroom.titles(LATE) == ["Kedua"]
        newsroom.later(hours=1)
        assert newsroom.items(LATE) == newsroom.items(None)
        assert newsroom.titles(LATE) == ["Ketiga"]

    def test_what_is_remembered_of_an_edit_is_not_told_early(self, house: House) -> None:
        """Also after a restart, when nothing is remembered."""
        newsroom = Newsroom(house, LATE)
        newsroom.say(story(1, "Pertama"))
        newsroom.later(hours=1)
        newsroom.say(story(1, "Kedua"))
        house.composer = compose.Composer("id")
        newsroom.later(hours=1)
        assert newsroom.titles(LATE) == ["Pertama"]

    def test_what_a_copy_said_that_was_taken_back_is_not_remembered(self, house: House) -> None:
        def say(source: str, *numbers: int) -> None:
            day = "Wed, 20 Nov 2024 {:02}:00:00 WIB"
            posts = [
                item(
                    f"{source}-{number}",
                    f"Kapal {number} {source}",
                    link=f"https://antara.example.id/{number + 10}",
                    date=day.format(9 - number),
                )
                for number in numbers
            ]
            house.say(source, rss(*posts))
            house.collect(source)
            newsroom.publish()

        newsroom = Newsroom(house, LATE)
        say("kawat", 1, 2, 3)
        say("antara", 1, 2, 3)
        newsroom.later(hours=2)
        assert "Kapal 2 kawat" in newsroom.titles(LATE)
        say("kawat", 1, 3)
        assert newsroom.titles(LATE) == ["Kapal 1 kawat", "Kapal 3 kawat"]
        newsroom.later(hours=2)
        assert newsroom.titles(LATE) == newsroom.titles(None)
        assert "Kapal 2 antara" in newsroom.titles(LATE)

    def test_what_is_removed_is_so_at_once(self, house: House) -> None:
        newsroom = Newsroom(house, LATE)
        newsroom.say(story(1), story(2), story(3))
        newsroom.later(hours=2)
        newsroom.say(story(1), story(2, "Disunting"), story(3))
        for each in newsroom.items(None)[:2]:
            take_down(each["id"], now=house.now, store=house.store)
        newsroom.publish()
        assert newsroom.titles(LATE) == newsroom.titles(None) == ["Kabar 3"]

    def test_what_came_and_went_in_between_never_appears(self, house: House) -> None:
        newsroom = Newsroom(house, LATE)
        newsroom.say(story(1), story(2))
        take_down(newsroom.items(None)[0]["id"], now=house.now, store=house.store)
        newsroom.publish()
        for _ in range(3):
            newsroom.later(hours=1)
        assert newsroom.titles(LATE) == ["Kabar 2"]

    def test_the_window_is_that_of_then(self, house: House) -> None:
        house.feeds = [replace(house.feed("all"), limit=2)]
        newsroom = Newsroom(house, LATE)
        newsroom.say(story(5), story(4))
        newsroom.later(hours=2)
        newsroom.say(*(story(number) for number in (5, 4, 3, 2)))
        assert newsroom.titles(None) == ["Kabar 2", "Kabar 3"]
        assert newsroom.titles(LATE) == ["Kabar 4", "Kabar 5"]
        newsroom.later(hours=2)
        assert newsroom.titles(LATE) == ["Kabar 2", "Kabar 3"]

    def test_stories_that_are_alike_are_named_when_they_are_shown_themselves(self, house: House) -> None:
        modes = {"duplicates": Duplicates.REPORT}
        house.use(a_source("antara", "news", **modes), a_source("kawat", "logistik", **modes))
        newsroom = Newsroom(house, LATE)
        newsroom.say(story(2, "Kapal tiba", body=TEXT))
        newsroom.later(hours=1)
        newsroom.say(story(1, "Rahasia besok", link="https://kawat.example.id/1", body=ALIKE), source="kawat")
        newsroom.later(hours=1)
        assert [each["_related"][0]["title"] for each in newsroom.items(None)] == [
            "Kapal tiba",
            "Rahasia besok",
        ]
        assert newsroom.titles(LATE) == ["Kapal tiba"]
        assert b"Rahasia" not in newsroom.body(LATE)
        newsroom.later(hours=1)
        assert newsroom.items(LATE) == newsroom.items(None)

    def test_with_other_terms_beside_it(self, house: House) -> None:
        terms = Terms(delay=HOUR, extent=Extent.NONE, parts=frozenset({Part.IMAGE}))
        partner = a_partner("warta", "all", terms=terms, link_parameters=(("r", "w"),))
        newsroom = Newsroom(house, partner, LATE)
        newsroom.say(story(1, "Pertama"))
        newsroom.say(story(1, "Kedua"))
        newsroom.later(hours=1)
        [entry] = newsroom.items(partner)
        assert entry["url"].endswith("?r=w")
        assert "Isi" not in str(entry)
        assert newsroom.titles(LATE) == []

    def test_what_was_not_written_down_is_shown_if_it_is_still_so(self, house: House) -> None:
        """As where there was no partner yet."""
        newsroom = Newsroom(house, LATE)
        newsroom.say(story(1), story(2))
        newsroom.later(hours=1)
        newsroom.say(story(1), story(2, "Disunting"))
        with house.store.database.writing() as connection:
            connection.execute(delete(tables.versions))
        house.composer = compose.Composer("id")
        newsroom.later(hours=1)
        assert newsroom.titles(LATE) == ["Kabar 1"]
        newsroom.later(hours=1)
        assert newsroom.titles(LATE) == newsroom.titles(None)

    def test_an_edit_in_that_very_moment_is_not_told(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        newsroom = Newsroom(house, LATE)
        newsroom.say(story(1, "Pertama"))
        with house.store.database.writing() as connection:
            connection.execute(delete(tables.versions))
        house.composer = compose.Composer("id")
        house.later(hours=2)
        told = entries._told

        def while_it_is_edited(stories: Iterable[str], *others: Any) -> Any:
            house.say("antara", rss(story(1, "Kedua")))
            house.collect("antara")
            return told(list(stories), *others)

        monkeypatch.setattr(entries, "_told", while_it_is_edited)
        house.feeds = [feed for feed in house.feeds if feed.delay]
        newsroom.publish()
        assert newsroom.titles(LATE) == []

    def test_what_was_said_before_an_edit_is_kept_as_long_as_somebody_is_late(self, house: House) -> None:
        slow = a_partner("slow", "all", terms=Terms(delay=timedelta(days=20)))
        newsroom = Newsroom(house, slow)
        newsroom.say(story(1, "Pertama"))
        newsroom.later(days=11)
        newsroom.say(story(1, "Kedua"))
        newsroom.later(days=9)
        house.composer = compose.Composer("id")
        for days in range(11):
            tidy([], now=house.now, store=house.store, late=timedelta(days=20))
            newsroom.publish()
            assert newsroom.titles(slow) == ["Pertama"], days
            house.later(days=1)
        newsroom.publish()
        assert newsroom.titles(slow) == ["Kedua"]
        house.later(days=8)
        tidy([], now=house.now, store=house.store, late=timedelta(days=20))
        newsroom.publish()
        assert newsroom.titles(slow) == ["Kedua"]

    def test_a_second_process_has_nothing_to_do(self, house: House) -> None:
        newsroom = Newsroom(house, LATE)
        newsroom.say(story(1))
        newsroom.later(hours=2)
        before = house.store.editions()
        house.composer = compose.Composer("id")
        assert newsroom.publish() == set()
        assert house.store.editions() == before
