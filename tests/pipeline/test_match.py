"""Near-duplicate texts: reported or merged, before anything is published (docs/duplicates.md, C)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from itertools import product
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from aggregator.model.item import JoinedBy
from aggregator.model.source import Duplicates
from aggregator.model.story import Held
from aggregator.pipeline.match import AT_ONCE
from aggregator.pipeline.moderate import release, take_down
from aggregator.store import tables, texts
from tests.making import NOW, a_source
from tests.pipeline.house import House, item, rss

if TYPE_CHECKING:
    from aggregator.model.feed import Entry

TITLE = "Pelabuhan menambah dua jalur truk"
PROSE = (
    "warga setempat mengatakan bahwa jalan menuju pasar sudah lama rusak dan belum pernah diperbaiki sejak "
    "musim hujan tahun lalu sehingga pedagang sayur harus memutar lewat desa tetangga yang lebih jauh untuk "
    "membawa hasil panen mereka ke kota sementara pemerintah daerah berjanji akan mulai mengaspal ruas itu "
    "begitu anggaran perubahan disetujui oleh dewan pada rapat berikutnya bulan depan kata seorang pejabat "
    "dinas pekerjaan umum yang ditemui di kantornya setelah meninjau lokasi bersama camat dan beberapa "
    "tokoh masyarakat"
)
WORDS = PROSE.split()
TEXT = f"<p>{' '.join(WORDS)}.</p>"
ALIKE = f"<p>{' '.join(WORDS[:60])} lalu {' '.join(reversed(WORDS[60:]))}.</p>"  #: more than half of it


def use(house: House, **modes: Duplicates) -> None:
    """Be configured with a source for each name."""
    house.use(*(a_source(name, name, duplicates=mode) for name, mode in modes.items()))


def merging(house: House, *names: str) -> None:
    use(house, **dict.fromkeys(names or ("antara", "kawat"), Duplicates.MERGE))


def say(
    house: House, source: str, *, title: str = TITLE, body: str = TEXT, hours: float = 1, name: str = "1"
) -> None:
    """Collect one item from ``source``."""
    date = format_datetime(house.now - timedelta(hours=hours))
    link = f"https://{source}.example.id/{name}"
    house.say(source, rss(item(f"{source}-{name}", title, link=link, body=body, date=date)))
    house.collect(source)


def entries(house: House, feed: str = "all") -> list[Entry]:
    """Publish, and return the entries of a feed that is rendered anew."""
    return list(house.publish()[feed].entries)


def documents(house: House, feed: str = "all") -> list[dict[str, object]]:
    """Return the items of a feed as JSON."""
    publication = house.store.publication(feed, "json")
    assert publication is not None
    found: list[dict[str, object]] = json.loads(publication.body)["items"]
    return found


class TestModes:
    @pytest.mark.parametrize(("one", "other"), list(product(Duplicates, Duplicates)))
    def test_both_sources_must_want_it(self, house: House, one: Duplicates, other: Duplicates) -> None:
        use(house, antara=one, kawat=other)
        say(house, "antara", hours=2)
        say(house, "kawat")
        merged = house.match()
        found = entries(house)
        related = [entry.related for entry in found if entry.related]
        if one is other is Duplicates.MERGE:
            assert (merged, len(found), len(related)) == (1, 1, 0)
        elif Duplicates.OFF in (one, other):
            assert (merged, len(found), len(related)) == (0, 2, 0)
        else:
            assert (merged, len(found), len(related)) == (0, 2, 2)

    def test_what_is_off_keeps_no_text(self, house: House) -> None:
        use(house, antara=Duplicates.OFF)
        say(house, "antara")
        assert house.store.unmatched(9) == []

    def test_equal_addresses_are_one_story_whatever_the_mode(self, house: House) -> None:
        use(house, antara=Duplicates.OFF, kawat=Duplicates.OFF)
        link = "https://antara.example.id/kapal"
        for name in ("antara", "kawat"):
            house.say(name, rss(item(name, TITLE, link=link)))
        house.collect()
        assert len(entries(house)) == 1


class TestMerge:
    def test_a_copy_is_published_once_under_the_older_id(self, house: House) -> None:
        merging(house)
        say(house, "antara", hours=3)
        [first] = entries(house)
        house.later(minutes=15)
        say(house, "kawat", hours=5)
        [entry] = entries(house)
        assert (entry.id, entry.published, entry.link) == (first.id, first.published, first.link)
        assert [label.term for label in entry.categories] == ["antara", "kawat"]
        assert [credit.link for credit in entry.via] == ["https://kawat.example.id/1"]
        assert entry.updated == first.updated
        [story] = house.stories("kawat")
        how = story.others[0].joined
        assert how is not None
        assert (how.by, how.source, how.key, how.settled) == (JoinedBy.TEXT, "antara", "id:antara-1", True)
        assert "1.00 alike" in how.detail
        assert house.store.story(story.slug) == story
        with house.store.database.reading() as connection:
            assert connection.execute(select(func.count()).select_from(tables.stories)).scalar_one() == 1

    def test_of_two_that_nobody_saw_the_best_copy_is_shown_under_the_first_id(self, house: House) -> None:
        house.use(
            a_source("antara", duplicates=Duplicates.MERGE),
            a_source("kawat", duplicates=Duplicates.MERGE, priority=5),
        )
        say(house, "antara", hours=1)
        say(house, "kawat", hours=2)
        [entry] = entries(house)
        assert entry.id.endswith("antara/antara-1")
        assert entry.link == "https://kawat.example.id/1"
        assert entry.published == house.now - timedelta(hours=2)

    def test_many_copies_are_one_story(self, house: House) -> None:
        names = [f"s{number}" for number in range(6)]
        merging(house, *names)
        for name in names:
            say(house, name)
        assert house.match() == 5
        [entry] = entries(house)
        assert len(entry.via) == 5

    def test_two_items_of_one_source_never_are(self, house: House) -> None:
        merging(house)
        date = format_datetime(NOW - timedelta(hours=1))
        twins = [item(str(number), TITLE, body=TEXT, date=date) for number in (1, 2)]
        house.say("antara", rss(*twins))
        house.collect("antara")
        assert house.match() == 0
        assert len(entries(house)) == 2
        say(house, "kawat")
        assert house.match() == 1  # with one of the two
        found = entries(house)
        assert sorted(len(entry.via) for entry in found) == [0, 1]

    def test_not_even_through_a_third(self, house: House) -> None:
        merging(house)
        say(house, "antara", name="1")
        say(house, "kawat")
        [before] = entries(house)
        house.later(minutes=15)
        dates = [format_datetime(house.now - timedelta(minutes=minutes)) for minutes in (1, 75)]
        twins = [
            item(f"antara-{n}", TITLE, body=TEXT, date=date) for n, date in zip((2, 1), dates, strict=True)
        ]
        house.say("antara", rss(*twins))
        house.collect("antara")
        assert house.match() == 0
        newer, older = entries(house)
        assert older.id == before.id
        assert newer.via == ()

    def test_what_is_published_is_never_merged(self, house: House) -> None:
        use(house, antara=Duplicates.REPORT, kawat=Duplicates.REPORT)
        say(house, "antara")
        say(house, "kawat")
        before = {entry.id for entry in entries(house)}
        merging(house)
        house.later(minutes=15)
        say(house, "kawat", body=TEXT + "<p>Ralat.</p>")
        assert house.match() == 0
        assert {entry.id for entry in entries(house)} == before
        assert len(before) == 2

    def test_an_edit_that_makes_a_copy_of_a_published_story_merges_nothing(self, house: House) -> None:
        merging(house)
        say(house, "antara")
        say(house, "kawat", body=f"<p>{' '.join(reversed(WORDS))}</p>")
        assert len(entries(house)) == 2
        house.later(minutes=15)
        say(house, "kawat", hours=1.25)
        assert house.match() == 0
        assert len(house.stories()) == 2

    def without(self, house: House) -> None:
        """Let antara publish the story and take it back from between its neighbours."""
        merging(house)
        posts = [
            item(
                name,
                title,
                link=f"https://antara.example.id/{name}",
                body=body,
                date=format_datetime(NOW - timedelta(hours=hours)),
            )
            for hours, (name, title, body) in enumerate(
                [("baru", "Baru", "<p>Isi.</p>"), ("1", TITLE, TEXT), ("lama", "Lama", "<p>Isi.</p>")], 1
            )
        ]
        house.say("antara", rss(*posts))
        house.collect("antara")
        house.publish()
        house.later(minutes=15)
        house.say("antara", rss(posts[0], posts[2]))
        house.collect("antara")

    def test_a_copy_brings_back_a_story_that_was_taken_back(self, house: House) -> None:
        self.without(house)
        assert TITLE not in [entry.title for entry in entries(house)]
        house.later(minutes=15)
        say(house, "kawat")
        assert house.match() == 1
        [entry] = [entry for entry in entries(house) if entry.title == TITLE]
        assert (entry.id.rpartition("/")[2], entry.link) == ("1", "https://kawat.example.id/1")
        assert entry.updated == house.now

    def test_what_was_taken_back_before_it_was_compared_joins_nothing(self, house: House) -> None:
        merging(house)
        say(house, "kawat")
        house.publish()
        date = format_datetime(NOW - timedelta(hours=2))
        around = [item(name, name, link=f"https://antara.example.id/{name}", date=format_datetime(
            NOW - timedelta(hours=hours)
        )) for name, hours in (("baru", 1), ("lama", 3))]  # fmt: skip
        house.say("antara", rss(around[0], item("1", TITLE, body=TEXT, date=date), around[1]))
        house.collect("antara")
        house.say("antara", rss(*around))
        house.collect("antara")
        assert house.match() == 0
        assert [len(entry.via) for entry in entries(house)] == [0, 0, 0]

    def test_but_none_that_the_operator_took_down(self, house: House) -> None:
        merging(house)
        say(house, "antara")
        [entry] = entries(house)
        take_down(entry.id, now=house.now, store=house.store)
        house.later(minutes=15)
        say(house, "kawat")
        assert house.match() == 1
        assert entries(house) == []

    def test_a_story_and_its_copies_come_along(self, house: House) -> None:
        merging(house, "antara", "kawat", "tempo")
        say(house, "antara")
        house.publish()
        link = "https://kawat.example.id/1"
        for name in ("kawat", "tempo"):
            house.say(
                name, rss(item(name, TITLE, link=link, body=TEXT if name == "kawat" else "<p>Isi.</p>"))
            )
        house.collect("kawat", "tempo")
        assert house.match() == 1
        [entry] = entries(house)
        assert {credit.title for credit in entry.via} == {"Kabar"}
        assert len(entry.via) == 2

    def test_the_gate_comes_before_the_merger(self, house: House) -> None:
        """What is held may be an archive come back: it joins nothing until it is let out."""
        house.use(
            a_source("antara", duplicates=Duplicates.MERGE, gate=0),
            a_source("kawat", duplicates=Duplicates.MERGE),
        )
        say(house, "antara", title="Awal", body="<p>Isi.</p>", name="0")
        house.publish()
        say(house, "kawat")
        house.publish()
        house.later(hours=2)
        say(house, "antara", hours=48)
        assert house.match() == 0
        house.publish()
        assert house.store.held() == {"antara": 1}
        assert release("antara", now=house.now, store=house.store) == 1
        assert len(entries(house)) == 3


class TestReport:
    def test_related_stories_are_named_in_the_entry_and_in_json(self, house: House) -> None:
        use(house, antara=Duplicates.REPORT, kawat=Duplicates.REPORT)
        say(house, "antara", hours=3)
        say(house, "kawat", body=ALIKE, title="Truk mengantre di pelabuhan")
        newer, older = entries(house)
        [there], [back] = newer.related, older.related
        assert (there.id, back.id) == (older.id, newer.id)
        assert (there.title, there.link) == (TITLE, "https://antara.example.id/1")
        assert 0.5 <= there.likeness == back.likeness < 0.85
        assert there.page == older.page
        assert [document["_related"] for document in documents(house)] == [
            [
                {
                    "id": other.id,
                    "title": other.title,
                    "url": other.link,
                    "page": other.page,
                    "likeness": other.likeness,
                }
            ]
            for other in (there, back)
        ]

    def test_so_are_near_ones_where_copies_are_merged(self, house: House) -> None:
        merging(house)
        say(house, "antara", hours=3)
        say(house, "kawat", body=ALIKE, title="Truk mengantre di pelabuhan")
        assert house.match() == 0
        assert [len(entry.related) for entry in entries(house)] == [1, 1]

    def test_a_story_without_relatives_says_nothing_of_them(self, house: House) -> None:
        use(house, antara=Duplicates.REPORT, kawat=Duplicates.REPORT)
        say(house, "antara")
        say(house, "kawat", body=f"<p>{' '.join(reversed(WORDS))}</p>")
        house.publish()
        assert all("_related" not in document for document in documents(house))

    def test_an_entry_that_is_out_already_names_a_relative_that_comes_later(self, house: House) -> None:
        use(house, antara=Duplicates.REPORT, kawat=Duplicates.REPORT)
        say(house, "antara", hours=3)
        [before] = entries(house)
        house.later(hours=1)
        say(house, "kawat")
        assert set(house.publish()) == {"all", "antara", "kawat"}
        [document] = documents(house, "antara")
        assert document["_related"]
        assert document["date_modified"] == before.updated.isoformat()

    def test_a_relative_that_is_withdrawn_is_named_no_longer(self, house: House) -> None:
        use(house, antara=Duplicates.REPORT, kawat=Duplicates.REPORT)
        say(house, "antara", hours=3)
        say(house, "kawat")
        newer, _ = entries(house)
        with house.store.writing() as transaction:
            [story] = transaction.stories([newer.id]).values()
            transaction.put_stories([replace(story, deleted_at=house.now)])
            transaction.touch([story.id], at=house.now)
        [entry] = entries(house)
        assert entry.related == ()


class TestWaiting:
    def test_a_story_is_held_until_its_text_is_compared(self, house: House) -> None:
        merging(house)
        say(house, "antara", hours=30)
        say(house, "kawat", title="Lain sama sekali")
        assert len(house.store.waiting(house.now)) == 1
        [text] = house.store.unmatched(9)
        assert text.source == "kawat"
        with house.store.writing() as transaction:
            [name] = transaction.stories_at([text.row]).values()
            [story] = transaction.stories([name]).values()
        assert (story.held, story.out_at) == (Held.MATCH, None)
        assert house.match() == 0
        assert story.id in house.store.waiting(house.now)
        assert house.store.unmatched(9) == []
        assert len(entries(house)) == 2

    def test_one_that_shares_nothing_with_another_never_waits(self, house: House) -> None:
        merging(house)
        say(house, "antara")
        assert house.store.unmatched(9) == []
        assert len(house.store.waiting(house.now)) == 1

    def test_where_nothing_is_merged_nothing_waits(self, house: House) -> None:
        use(house, antara=Duplicates.REPORT)
        say(house, "antara")
        assert len(house.store.waiting(house.now)) == 1

    def test_a_short_text_is_not_compared(self, house: House) -> None:
        merging(house)
        say(house, "antara", body="<p>Isi.</p>")
        assert house.store.unmatched(9) == []
        assert len(entries(house)) == 1

    def test_nor_is_a_text_of_short_words_that_only_looks_long(self, house: House) -> None:
        merging(house)
        for name in ("antara", "kawat"):
            say(house, name, body=f"<p>{' '.join(WORDS[:47])}</p>")
        assert house.match() == 0
        assert len(entries(house)) == 2

    def test_comparing_twice_does_nothing(self, house: House) -> None:
        merging(house)
        say(house, "antara")
        say(house, "kawat")
        assert (house.match(), house.match()) == (1, 0)
        entries(house)
        assert house.publish() == {}

    def test_what_readers_saw_of_a_source_that_is_no_longer_configured_is_not_shown_anew(
        self, house: House
    ) -> None:
        merging(house)
        say(house, "antara")
        [before] = entries(house)
        merging(house, "kawat")
        say(house, "kawat")
        assert [entry.id for entry in entries(house, "kawat")] == [before.id]


class TestWindow:
    @pytest.mark.parametrize(("hours", "entries_"), [(70, 1), (74, 2)])
    def test_only_texts_of_three_days_are_compared(self, house: House, hours: int, entries_: int) -> None:
        merging(house)
        say(house, "antara", hours=0)
        house.publish()
        house.later(hours=hours)
        say(house, "kawat", hours=0)
        assert len(entries(house)) == entries_

    def test_what_is_older_when_it_comes_is_not_compared(self, house: House) -> None:
        merging(house)
        say(house, "antara", hours=73)
        assert house.store.unmatched(9) == []
        say(house, "kawat", hours=1)
        assert len(entries(house)) == 2

    def test_fingerprints_do_not_outlive_it(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(texts, "LEAST_EXPIRED", 1)
        merging(house)
        say(house, "antara", hours=0)
        house.publish()
        house.later(hours=74)
        say(house, "kawat", hours=0, body=f"<p>{' '.join(reversed(WORDS))}</p>")
        house.publish()
        with house.store.database.reading() as connection:
            prints = connection.execute(select(tables.fingerprints.c.item_id)).scalars().all()
            rows = connection.execute(select(tables.bands.c.item_id)).scalars().all()
        assert set(rows) == set(prints)
        assert len(prints) == 1


def test_more_texts_than_are_compared_in_one_go(house: House) -> None:
    """Copies find each other over the border of two batches as inside one."""
    merging(house)
    size = AT_ONCE + 20
    bodies = [f"<p>{' '.join(f'kata{number}x{place}' for place in range(60))}</p>" for number in range(size)]
    titles = [f"Judul {'abcdefghij'[number % 10] * (number // 10 + 1)} baru" for number in range(size)]
    date = format_datetime(NOW - timedelta(hours=1))
    for source in ("antara", "kawat"):
        items = [
            item(
                f"{source}-{number}",
                title,
                body=body,
                date=date,
                link=f"https://{source}.example.id/{number}",
            )
            for number, (title, body) in enumerate(zip(titles, bodies, strict=True))
        ]
        house.say(source, rss(*items))
        house.collect(source)
    assert house.match() == size
    assert house.store.unmatched(9) == []
    assert {len(story.copies) for story in house.stories()} == {2}
