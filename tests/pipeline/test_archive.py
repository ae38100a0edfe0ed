"""The whole past of a feed, read as a partner reads it: from its address back to the oldest document."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import feedparser
import pytest

from aggregator.model.feed import ARCHIVE, Extent
from aggregator.model.source import Retention
from aggregator.pipeline.archive import archive
from aggregator.pipeline.moderate import take_down
from aggregator.pipeline.rebuild import rebuild
from aggregator.pipeline.tidy import tidy
from tests.making import SITE, a_feed
from tests.pipeline.house import House, item, rss

if TYPE_CHECKING:
    from collections.abc import Collection

    from aggregator.model.feed import Publication

ROOT = f"{SITE.base_url}/feeds/"


def ask(house: House, address: str) -> Publication:
    """Return what is served at ``address``; archive documents are rendered when they are asked for."""
    name, _, suffix = address.removeprefix(ROOT).rpartition(".")
    feed, _, number = name.partition(ARCHIVE)
    if number:
        assert archive(house.feed(feed), int(number), now=house.now, press=house.press)
    publication = house.store.publication(name, suffix)
    assert publication is not None
    return publication


def atoms(house: House, name: str, suffix: str = "atom") -> list[Any]:
    """Return the feed and its archive documents, the newest first, by following their links."""
    found: list[Any] = []
    address = f"{ROOT}{name}.{suffix}"
    while address:
        read = feedparser.parse(ask(house, address).body)
        assert not read.bozo
        links = {link.rel: link.href for link in read.feed.links}
        assert links["self"] == address
        assert ("fh_archive" in read.feed) == (links.get("current") == f"{ROOT}{name}.atom") == bool(found)
        found.append(read)
        address = links.get("prev-archive", "")
    return found


def past(house: House, name: str) -> tuple[list[str], list[list[str]]]:
    """Return the ids of a feed's entries, and of those of its archive documents, the oldest first."""
    current, *archived = ([entry.id for entry in read.entries] for read in atoms(house, name))
    return current, archived[::-1]


def published(house: House, name: str) -> set[str]:
    """Return the ids of all stories that a feed ought to have."""
    return {story.id for story in house.store.latest(house.feed(name).sources, limit=9999)}


def dated(number: int) -> str:
    return f"Wed, 20 Nov 2024 {number // 60:02}:{number % 60:02}:00 +0000"


def say(house: House, source: str, *numbers: int, words: str = "Isi.", edited: Collection[int] = ()) -> None:
    """Let ``source`` have items with these numbers, dated in their order, and collect it."""
    link = f"https://{source}.example.id/"
    house.say(
        source,
        rss(
            *(
                item(
                    f"{source}-{number}", f"Kabar {number}", link=f"{link}{number}",
                    date=dated(number), body=f"<p>{'Ralat.' if number in edited else words}</p>",
                )
                for number in numbers
            )
        ),
    )  # fmt: skip
    house.collect(source)


@pytest.fixture
def small(house: House) -> House:
    """A house whose feeds hold five stories; nothing is suspect in it."""
    house.use(*(replace(source, gate=None) for source in house.sources.values()))
    house.feeds = [replace(feed, limit=5, backfill=True) for feed in house.feeds]
    return house


def test_the_whole_past_can_be_read_at_any_time_each_story_once(small: House) -> None:
    """Stories come, in any order of dates, are edited, taken back and down: nothing is missing or twice."""
    chance = random.Random(7)  # noqa: S311 # a game of chance that is the same every time
    numbers: dict[str, list[int]] = {"kawat": [], "tempo": []}
    settled: dict[int, set[str]] = {}
    gone: set[str] = set()
    for _ in range(14):
        for source, mine in numbers.items():
            mine.extend(chance.sample(range(1000), chance.randint(0, 5)))
            say(small, source, *mine[-12:], words=chance.choice(["Isi.", "Isi baru.", "Isi lain."]))
            small.later(minutes=7)
        small.publish()
        current, archived = past(small, "logistik")
        everything = [story for document in archived for story in document]
        assert len(everything) == len(set(everything))
        assert len(current) == len(set(current)) <= 5
        assert {*everything, *current} == published(small, "logistik")
        assert all(len(document) <= 5 for document in archived)
        for number, document in enumerate(archived, 1):
            assert settled.setdefault(number, set(document)) - gone == set(document)
        if everything:
            victim = chance.choice(everything)
            take_down(victim, now=small.now, store=small.store)
            gone.add(victim)
            small.publish()
            current, archived = past(small, "logistik")
            assert victim not in {*current, *(story for document in archived for story in document)}
    assert len(settled) > 5
    assert len(gone) > 5


def test_json_leads_through_the_same_past(small: House) -> None:
    say(small, "kawat", *range(23))
    small.publish()
    address, found = f"{ROOT}logistik.json", []
    while address:
        read = json.loads(ask(small, address).body)
        assert read["feed_url"] == address
        found.append([entry["id"] for entry in read["items"]])
        address = read.get("next_url", "")
    current, archived = past(small, "logistik")
    assert found == [current, *archived[::-1]]
    assert len(found) == 5


def test_rss_leads_to_the_archive_too(small: House) -> None:
    say(small, "kawat", *range(5))
    small.publish()
    read = feedparser.parse(ask(small, f"{ROOT}logistik.rss").body)
    assert [link.href for link in read.feed.links if link.rel == "prev-archive"] == [
        f"{ROOT}logistik/archive/1.atom"
    ]


def test_a_story_too_old_for_the_feed_is_in_an_archive_document_at_once(small: House) -> None:
    say(small, "kawat", *range(100, 107))
    small.publish()
    before = past(small, "logistik")
    say(small, "tempo", 1)
    small.later(minutes=5)
    assert set(small.publish()) == {"all", "logistik"}
    current, archived = past(small, "logistik")
    assert current == before[0]
    assert archived[:-1] == before[1]
    assert any(story.endswith("tempo-1") for story in archived[-1])


def test_a_full_document_never_changes(small: House) -> None:
    say(small, "kawat", *range(7))
    small.publish()
    before = ask(small, f"{ROOT}logistik/archive/1.atom")
    assert before.changed_at == small.now
    say(small, "kawat", *range(50))
    small.later(hours=9)
    small.publish()
    assert ask(small, f"{ROOT}logistik/archive/1.atom") == before
    small.store.shed_archives(keep=0)
    assert small.store.publication("logistik/archive/1", "atom") is None
    assert ask(small, f"{ROOT}logistik/archive/1.atom") == before


def test_an_edit_is_made_where_the_story_stands(small: House) -> None:
    say(small, "kawat", *range(11))
    small.publish()
    before = [ask(small, f"{ROOT}logistik/archive/{number}.atom") for number in (1, 2)]
    small.later(hours=1)
    say(small, "kawat", *range(11), edited=range(3))
    small.publish()
    first, second = (ask(small, f"{ROOT}logistik/archive/{number}.atom") for number in (1, 2))
    assert second == before[1]
    assert first.body.count(b"Ralat") == 3
    assert (first.etag != before[0].etag, first.changed_at) == (True, small.now)
    small.store.shed_archives(keep=0)
    small.later(hours=1)
    assert ask(small, f"{ROOT}logistik/archive/1.atom") == first


def test_a_takedown_leaves_nothing_of_the_story_behind(small: House) -> None:
    say(small, "kawat", *range(11))
    say(small, "tempo", 900, words="Rahasia.")
    small.publish()
    _, archived = past(small, "all")
    [victim] = [story.id for story in small.store.latest(["tempo"], limit=9)]
    documents = ["all.atom", "all.json", *(f"all/archive/{n}.atom" for n in range(1, len(archived) + 1))]
    assert any(b"Rahasia" in ask(small, ROOT + document).body for document in documents)
    small.later(hours=1)
    take_down(victim, now=small.now, store=small.store)
    small.publish()
    for document in documents:
        assert b"Rahasia" not in ask(small, ROOT + document).body


def test_what_is_no_longer_kept_is_no_longer_in_the_archive(small: House) -> None:
    say(small, "kawat", *range(12))
    small.publish()
    assert len(past(small, "logistik")[1]) == 2
    small.later(days=1)
    say(small, "kawat", *range(5, 12))
    small.later(days=9)
    week = Retention(sources=("kawat",), age=timedelta(days=7))
    assert tidy([week], now=small.now, store=small.store) == 5
    small.publish()
    current, archived = past(small, "logistik")
    assert [story.rpartition("-")[2] for story in archived[0]] == ["9", "8", "7", "6", "5"]
    assert not archive(small.feed("logistik"), 1, now=small.now, press=small.press)
    assert {*current, *archived[0]} == published(small, "logistik")


def test_telling_all_stories_again_changes_no_document(small: House) -> None:
    say(small, "kawat", *range(23))
    small.publish()
    before = past(small, "logistik")
    bodies = [ask(small, f"{ROOT}logistik/archive/{number}.atom").body for number in range(1, 5)]
    rebuild(now=small.now, site=SITE, store=small.store, sources=small.sources)
    small.later(hours=1)
    small.publish()
    assert past(small, "logistik") == before
    assert [ask(small, f"{ROOT}logistik/archive/{number}.atom").body for number in range(1, 5)] == bodies


def test_a_feed_of_words_has_its_own_past(small: House) -> None:
    port = a_feed(
        "port", *small.sources, words=("pelabuhan",), limit=5, extent=Extent.SUMMARY, source_line=True
    )
    small.feeds.append(port)
    say(small, "kawat", *range(20), words="Di Pelabuhan.")
    say(small, "tempo", *range(100, 120), words="Di tempat lain.")
    small.publish()
    current, archived = past(small, "port")
    assert {*current, *(story for document in archived for story in document)} == {
        story.id for story in small.store.latest(["kawat"], limit=99)
    }
    assert len(archived) == 4
    for address in (f"{ROOT}port.atom", f"{ROOT}port/archive/2.atom"):
        read = feedparser.parse(ask(small, address).body)
        assert all("Di Pelabuhan." in entry.summary and "Sumber" in entry.summary for entry in read.entries)
        assert not any("content" in entry for entry in read.entries)


def test_news_that_a_feed_does_not_carry_makes_no_edition_of_it(small: House) -> None:
    small.feeds.append(a_feed("port", *small.sources, words=("pelabuhan",)))
    say(small, "kawat", 1, words="Pelabuhan.")
    assert "port" in small.publish()
    small.later(minutes=5)
    say(small, "tempo", 2, words="Lain.")
    assert "port" not in small.publish()
    small.later(minutes=5)
    say(small, "tempo", 2, words="Kini di pelabuhan.")
    assert "port" in small.publish()


def test_an_edition_that_was_not_stored_is_made_next_time(
    small: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(small, "kawat", 1)
    small.publish()
    say(small, "kawat", 1, 2)
    with monkeypatch.context() as patched:
        patched.setattr(small.store, "put_edition", _break)
        with pytest.raises(ConnectionError):
            small.publish()
    assert len(small.publish()["logistik"].entries) == 2


def _break(*_: Any, **__: Any) -> None:
    raise ConnectionError("the machine went down")
