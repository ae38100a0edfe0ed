"""Rolls: which stories a feed took up, in their order, and the archive documents that they fill."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, select, update

from aggregator.model.feed import Publication, archive_name
from aggregator.rules.cluster import found
from aggregator.store import rolls, tables
from tests.making import NOW, a_feed, a_source, an_item

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from aggregator.model.feed import Feed
    from aggregator.model.item import Item
    from aggregator.store import SqlStore

HOUR = timedelta(hours=1)
ALL = a_feed("all", "antara", "kawat", limit=3)


@pytest.fixture(autouse=True)
def _sources(store: SqlStore) -> None:
    store.enroll([a_source("antara"), a_source("kawat")])


def put(store: SqlStore, *names: str, source: str = "antara", out: bool = True, **changes: Any) -> None:
    """Store a story of one item for each name, in the order of their dates, and let them out."""
    items = [
        an_item(source, f"id:{name}", **({"published": NOW + HOUR * place} | changes))
        for place, name in enumerate(names)
    ]
    with store.writing() as transaction:
        transaction.put_stories(found(item, item.upstream_id) for item in items)
        transaction.put_items((item, item.upstream_id) for item in items)
        transaction.touch(names, at=NOW)
        if out:
            transaction.let_out(names, at=NOW)


def join(store: SqlStore, story: str, source: str) -> None:
    """Let another source have a copy of ``story``."""
    item = an_item(source, f"id:{story}")
    with store.writing() as transaction:
        transaction.put_items([(item, story)])
        transaction.touch([story], at=NOW)


def touch(store: SqlStore, *stories: str) -> None:
    with store.writing() as transaction:
        transaction.touch(stories, at=NOW)


def delete(store: SqlStore, *stories: str) -> None:
    """Let these stories be taken back."""
    with store.writing() as transaction:
        meant = update(tables.stories).where(tables.stories.c.id.in_(stories))
        transaction.connection.execute(meant.values(deleted_at=NOW, told_until=NOW + HOUR))
        transaction.touch(stories, at=NOW)


def remove(store: SqlStore, *stories: str) -> None:
    """Let these stories go by age."""
    with store.writing() as transaction:
        transaction.bury(stories, at=NOW)


def take_up(store: SqlStore, feed: Feed = ALL, *, words: Collection[str] = (), at: datetime = NOW) -> int:
    def carries(item: Item) -> bool:
        return item.title in words

    return store.take_up(feed, at=at, carries=carries)


def shown(store: SqlStore, feed: Feed = ALL) -> list[str]:
    return [story for story, _ in store.top(feed).stories]


def documents(store: SqlStore, feed: Feed = ALL) -> list[list[str]]:
    """Return the stories of all archive documents, the oldest first, found as a reader finds them."""
    found, number = [], store.top(feed).previous
    while number:
        document = store.archive(feed, number)
        assert document is not None
        assert document.number == number > document.previous
        found.append(sorted(story for story, _ in document.stories))
        number = document.previous
    return found[::-1]


def places(store: SqlStore, feed: Feed = ALL) -> list[tuple[int, str]]:
    column = tables.places.c
    query = select(column.number, column.story_id).where(column.feed == feed.name).order_by(column.number)
    with store.database.reading() as connection:
        return [(number, story) for number, story in connection.execute(query)]


class TestTakingUp:
    def test_what_is_out_gets_its_place_once_in_the_order_of_dates(self, store: SqlStore) -> None:
        put(store, "a", "b", "c", "d")
        take_up(store)
        take_up(store)
        assert places(store) == [(1, "a"), (2, "b"), (3, "c"), (4, "d")]
        assert shown(store) == ["d", "c", "b"]

    def test_all_that_readers_may_see_is_counted_whatever_is_shown(self, store: SqlStore) -> None:
        assert store.stories_in(ALL) == 0
        put(store, "a", "b", "c", "d", "e")
        take_up(store)
        assert (len(shown(store)), store.stories_in(ALL)) == (3, 5)
        delete(store, "a", "e")
        assert store.stories_in(ALL) == 3
        assert store.stories_in(a_feed("all", "kawat")) == 0

    def test_later_ones_come_behind_whatever_their_date(self, store: SqlStore) -> None:
        put(store, "b")
        take_up(store)
        put(store, "a", published=NOW - 9 * HOUR)
        take_up(store)
        assert [story for _, story in places(store)] == ["b", "a"]
        assert shown(store) == ["b", "a"]

    def test_what_is_not_out_of_another_source_or_deleted_gets_none(self, store: SqlStore) -> None:
        put(store, "a", out=False)
        put(store, "b", source="kawat")
        put(store, "c", "d")
        delete(store, "c")
        take_up(store, a_feed("one", "antara"))
        assert shown(store, a_feed("one", "antara")) == ["d"]
        assert len(places(store, a_feed("one", "antara"))) == 1

    def test_what_a_source_joins_later_comes_into_its_feed_then(self, store: SqlStore) -> None:
        feed = a_feed("wire", "kawat")
        put(store, "a")
        put(store, "b", source="kawat")
        take_up(store, feed)
        join(store, "a", "kawat")
        take_up(store, feed)
        assert places(store, feed) == [(1, "b"), (2, "a")]

    def test_a_feed_without_backfill_leaves_it_out(self, store: SqlStore) -> None:
        feed = a_feed("all", "antara", backfill=False)
        put(store, "a", "b")
        with store.database.writing() as connection:
            meant = update(tables.stories).where(tables.stories.c.id == "a")
            connection.execute(meant.values(backfill=True))
        take_up(store, feed)
        assert shown(store, feed) == ["b"]

    def test_a_story_that_is_dated_anew_moves_and_keeps_its_place(self, store: SqlStore) -> None:
        put(store, "a", "b")
        take_up(store)
        with store.database.writing() as connection:
            meant = update(tables.stories).where(tables.stories.c.id == "a")
            connection.execute(meant.values(published_at=NOW + 5 * HOUR))
        touch(store, "a")
        take_up(store)
        assert shown(store) == ["a", "b"]
        assert places(store) == [(1, "a"), (2, "b")]

    def test_a_place_in_a_document_is_never_given_twice(self, store: SqlStore) -> None:
        put(store, "a", "b", "c")
        take_up(store)
        remove(store, "c")
        put(store, "d")
        take_up(store)
        assert places(store) == [(1, "a"), (2, "b"), (4, "d")]
        assert documents(store) == [["a", "b"]]

    def test_a_feed_that_gains_a_source_takes_its_past_up_behind(self, store: SqlStore) -> None:
        put(store, "a", "b", "c")
        put(store, "x", source="kawat", published=NOW - HOUR)
        small = a_feed("all", "antara", limit=3)
        take_up(store, small)
        before = documents(store, small)
        take_up(store, ALL)
        assert documents(store) == before == [["a", "b", "c"]]
        assert places(store)[-1] == (4, "x")

    def test_a_feed_that_loses_a_source_no_longer_shows_its_stories(self, store: SqlStore) -> None:
        put(store, "a", "b")
        put(store, "x", source="kawat")
        take_up(store)
        small = a_feed("all", "antara", limit=3)
        take_up(store, small)
        assert shown(store, small) == ["b", "a"]
        assert documents(store, small) == [["a", "b"]]


class TestNews:
    def test_nothing_new_is_no_news(self, store: SqlStore) -> None:
        put(store, "a")
        first = take_up(store)
        assert take_up(store) == first
        put(store, "b", out=False)
        assert take_up(store) == first

    @pytest.mark.parametrize("what", [touch, delete, remove])
    def test_a_story_that_changes_or_goes_is_news(self, store: SqlStore, what: Any) -> None:
        put(store, "a", "b")
        seen = {take_up(store)}
        for story in ("b", "a"):
            what(store, story)
            news = take_up(store)
            assert news not in seen
            seen.add(news)
            assert take_up(store) == news

    def test_a_new_story_and_a_new_choice_are_news(self, store: SqlStore) -> None:
        first = take_up(store)
        put(store, "a")
        second = take_up(store)
        third = take_up(store, a_feed("all", "antara"))
        assert len({first, second, third}) == 3

    def test_what_happens_in_other_feeds_is_none(self, store: SqlStore) -> None:
        feed = a_feed("wire", "kawat")
        put(store, "x", source="kawat")
        put(store, "a")
        first = take_up(store, feed)
        touch(store, "a")
        remove(store, "a")
        assert take_up(store, feed) == first

    def test_marks_grow_also_when_the_highest_is_gone(self, store: SqlStore) -> None:
        put(store, "a")
        put(store, "b")
        first = take_up(store)
        remove(store, "b")
        take_up(store)
        put(store, "c")
        assert take_up(store) > first
        assert shown(store) == ["a", "c"]


class TestPicking:
    PORT = a_feed("port", "antara", words=("kapal",), limit=3)

    def test_only_what_is_carried_gets_a_place(self, store: SqlStore) -> None:
        put(store, "a", "b", title="Kapal")
        put(store, "c", title="Truk")
        take_up(store, self.PORT, words=["Kapal"])
        assert shown(store, self.PORT) == ["b", "a"]

    def test_an_edit_may_bring_a_story_in_or_out(self, store: SqlStore) -> None:
        put(store, "a", title="Kapal")
        put(store, "b", title="Truk")
        take_up(store, self.PORT, words=["Kapal"])
        put(store, "a", title="Truk")
        put(store, "b", title="Kapal")
        take_up(store, self.PORT, words=["Kapal"])
        assert places(store, self.PORT) == [(1, "b")]

    def test_an_edit_of_what_it_does_not_carry_is_no_news(self, store: SqlStore) -> None:
        put(store, "a", title="Kapal")
        put(store, "b", title="Truk")
        first = take_up(store, self.PORT, words=["Kapal"])
        put(store, "b", title="Truk lain")
        assert take_up(store, self.PORT, words=["Kapal"]) == first

    def test_other_words_keep_the_places_of_what_stays(self, store: SqlStore) -> None:
        put(store, "a", "b", title="Kapal")
        put(store, "c", title="Truk")
        take_up(store, self.PORT, words=["Kapal"])
        put(store, "a", title="Truk")
        other = a_feed("port", "antara", words=("kapal", "truk"), limit=3)
        take_up(store, other, words=["Kapal", "Truk"])
        assert places(store, other)[:2] == [(1, "a"), (2, "b")]
        last = a_feed("port", "antara", words=("truk",), limit=3)
        take_up(store, last, words=["Truk"])
        assert [story for _, story in places(store, last)] == ["a", "c"]

    def test_a_source_that_it_gains_is_looked_through_too(self, store: SqlStore) -> None:
        put(store, "a", title="Kapal")
        put(store, "x", title="Kapal", source="kawat")
        take_up(store, self.PORT, words=["Kapal"])
        put(store, "b", title="Kapal")
        put(store, "a", title="Truk")
        wider = a_feed("port", "antara", "kawat", words=("kapal",), limit=3)
        take_up(store, wider, words=["Kapal"])
        assert sorted(shown(store, wider)) == ["b", "x"]

    def test_the_first_look_back_is_bounded(self, store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(rolls, "LOOK_BACK", 2)
        monkeypatch.setattr(rolls, "AT_ONCE", 1)
        put(store, "a", "b", "c", title="Kapal")
        take_up(store, self.PORT, words=["Kapal"])
        assert shown(store, self.PORT) == ["c", "b"]
        put(store, "d", "e", "f", title="Kapal")
        take_up(store, self.PORT, words=["Kapal"])
        assert len(places(store, self.PORT)) == 5

    def test_only_what_it_had_taken_up_is_said_to_be_deleted(self, store: SqlStore) -> None:
        put(store, "a", title="Kapal")
        put(store, "b", title="Truk")
        take_up(store, self.PORT, words=["Kapal"])
        delete(store, "a", "b")
        assert [story for story, _ in store.deleted(["antara"])] == ["a", "b"]
        assert [story for story, _ in store.deleted(["antara"], roll="port")] == ["a"]


class TestArchives:
    def test_documents_fill_from_the_oldest(self, store: SqlStore) -> None:
        put(store, *"abcdefgh")
        take_up(store)
        assert documents(store) == [["a", "b", "c"], ["d", "e", "f"]]
        assert store.top(ALL).left_out == set()
        put(store, "i")
        take_up(store)
        assert documents(store)[-1] == ["g", "h", "i"]
        put(store, "y", "z", published=NOW - 99 * HOUR)
        take_up(store)
        assert store.top(ALL).left_out == {"y", "z"}

    def test_there_is_no_other_document(self, store: SqlStore) -> None:
        put(store, *"abc")
        take_up(store)
        assert store.archive(ALL, 1)
        assert [store.archive(ALL, number) for number in (-1, 0, 2, 999_999_999)] == [None] * 4
        assert store.archive(a_feed("other", "antara"), 1) is None
        assert store.top(a_feed("other", "antara")).previous == 0

    def test_a_full_document_gains_nothing_and_keeps_what_is_edited(self, store: SqlStore) -> None:
        put(store, *"abc")
        put(store, "x", source="lain")
        take_up(store)
        join(store, "x", "kawat")
        touch(store, "a")
        put(store, "y", published=NOW - 99 * HOUR)
        take_up(store)
        assert documents(store) == [["a", "b", "c"]]

    def test_what_was_taken_back_is_not_in_it_and_returns_to_its_place(self, store: SqlStore) -> None:
        put(store, *"abc")
        take_up(store)
        delete(store, "b")
        take_up(store)
        assert documents(store) == [["a", "c"]]
        delete(store, "a", "c")
        assert documents(store) == [[]]
        with store.database.writing() as connection:
            connection.execute(update(tables.stories).values(deleted_at=None))
        assert documents(store) == [["a", "b", "c"]]

    def test_a_document_that_lost_everything_by_age_is_passed_over(self, store: SqlStore) -> None:
        put(store, *"abcdefghi")
        take_up(store)
        remove(store, *"def")
        assert documents(store) == [["a", "b", "c"], ["g", "h", "i"]]
        assert store.archive(ALL, 2) is None
        remove(store, *"abc")
        assert documents(store) == [["g", "h", "i"]]
        remove(store, *"ghi")
        assert documents(store) == []
        put(store, *"jkl")
        take_up(store)
        assert documents(store) == [["j", "k", "l"]]
        assert store.top(ALL).previous == 4

    def test_what_waits_can_be_closed_early(self, store: SqlStore) -> None:
        put(store, *"ab")
        assert store.close_archive(ALL, at=NOW) == 0
        take_up(store)
        assert store.close_archive(ALL, at=NOW) == 1
        assert store.close_archive(ALL, at=NOW) == 1
        assert documents(store) == [["a", "b"]]
        put(store, *"cdef")
        take_up(store)
        assert documents(store) == [["a", "b"], ["c", "d", "e"]]

    def test_another_size_changes_only_what_comes(self, store: SqlStore) -> None:
        put(store, *"abcd")
        take_up(store)
        smaller = a_feed("all", "antara", "kawat", limit=1)
        take_up(store, smaller)
        put(store, "e")
        take_up(store, smaller)
        assert documents(store, smaller) == [["a", "b", "c"], ["d"], ["e"]]

    def test_it_says_since_when_it_is_full_and_when_its_stories_change(self, store: SqlStore) -> None:
        put(store, *"abc")
        take_up(store)
        before = store.archive(ALL, 1)
        assert before is not None
        assert before.full_at == NOW
        assert store.archive(ALL, 1) == before
        touch(store, "b")
        after = store.archive(ALL, 1)
        assert after is not None
        assert [story for story, mark in after.stories if (story, mark) not in before.stories] == ["b"]


def printed(store: SqlStore, *numbers: int) -> None:
    """Store bytes for these archive documents of ``all``."""
    for number in numbers:
        name = archive_name("all", number)
        publication = Publication(
            feed=name, suffix="atom", media_type="x", body=b"x", etag='"x"', changed_at=NOW
        )
        store.put_edition(name, basis="b", content_hash="c", changed_at=NOW, publications=[publication])


def standing(store: SqlStore, numbers: Sequence[int]) -> list[int]:
    """Return for which of these archive documents of ``all`` there are bytes."""
    return [number for number in numbers if store.publication(archive_name("all", number), "atom")]


class TestBytes:
    def test_a_takedown_leaves_no_bytes_of_documents_behind(self, store: SqlStore) -> None:
        put(store, *"abcdef")
        take_up(store)
        printed(store, 1, 2)
        with store.writing() as transaction:
            transaction.take_down("b", at=NOW)
        assert standing(store, [1, 2]) == [2]
        assert store.editions(["all/archive/1"])["all/archive/1"] == ("", "c", NOW)

    def test_nor_does_a_story_that_goes_by_age(self, store: SqlStore) -> None:
        put(store, *"abcdefg")
        take_up(store)
        printed(store, 1, 2)
        remove(store, "f", "g")
        assert standing(store, [1, 2]) == [1]

    def test_bytes_of_old_documents_go_and_can_be_made_anew(self, store: SqlStore) -> None:
        put(store, *"abcdefghi")
        take_up(store)
        printed(store, 1, 2, 3)
        store.shed_archives(keep=2)
        assert standing(store, [1, 2, 3]) == [2, 3]
        store.shed_archives(keep=9)
        assert standing(store, [1, 2, 3]) == [2, 3]

    def test_documents_that_lost_all_their_stories_are_forgotten(self, store: SqlStore) -> None:
        put(store, *"abcdefghi")
        take_up(store)
        printed(store, 1, 2, 3)
        remove(store, *"abcef")
        store.shed_archives(keep=9)
        names = [archive_name("all", number) for number in (1, 2, 3)]
        assert set(store.editions(names)) == set(names[1:])
        assert documents(store) == [["d"], ["g", "h", "i"]]
        remove(store, *"dghi")
        store.shed_archives(keep=9)
        assert set(store.editions(names)) == {names[2]}
        put(store, *"jkl")
        take_up(store)
        assert documents(store) == [["j", "k", "l"]]
        assert store.top(ALL).previous == 4

    def test_archive_documents_stay_while_their_feed_is_configured(self, store: SqlStore) -> None:
        put(store, *"abc")
        take_up(store)
        printed(store, 1)
        assert set(store.editions()) == set()
        store.drop_editions(["all"])
        assert standing(store, [1]) == [1]
        assert documents(store) == [["a", "b", "c"]]
        store.drop_editions(["other"])
        assert standing(store, [1]) == []
        assert documents(store) == []
        assert places(store) == []


class TestInstances:
    def edition(self, store: SqlStore, etag: str, entries: bytes | None) -> None:
        publications = [
            Publication(
                feed="all",
                suffix=suffix,
                media_type="x",
                body=b"x",
                etag=f'"{etag}{suffix}"',
                changed_at=NOW,
            )
            for suffix in ("atom", "rss")
        ]
        store.put_edition(
            "all", basis="b", content_hash=etag, changed_at=NOW, publications=publications, entries=entries
        )

    def test_the_last_editions_are_remembered_the_newest_first(self, store: SqlStore) -> None:
        self.edition(store, "1", b"a")
        self.edition(store, "2", b"")
        self.edition(store, "3", None)
        store.put_edition("all", basis="c", content_hash="3", changed_at=NOW, publications=None)
        assert store.instances("all") == [('"2atom" "2rss"', b""), ('"1atom" "1rss"', b"a")]
        assert store.instances("other") == []

    def test_only_so_many(self, store: SqlStore) -> None:
        for number in range(60):
            self.edition(store, str(number), b"a")
        found = store.instances("all")
        assert len(found) == 48
        assert found[0][0] == '"59atom" "59rss"'

    def test_with_the_feed_they_go(self, store: SqlStore) -> None:
        self.edition(store, "1", b"a")
        store.drop_editions([])
        assert store.instances("all") == []


class TestAsOf:
    """What a feed showed some time ago, of what it may still show."""

    def test_what_was_told_by_then(self, store: SqlStore) -> None:
        assert (as_of(store, 0), store.told_after("all", NOW)) == ({}, None)
        put(store, "a", "b")
        take_up(store)
        put(store, "c")
        take_up(store, at=NOW + HOUR)
        assert as_of(store, -1) == {}
        assert as_of(store, 0) == as_of(store, 0.9) == {"b": True, "a": True}
        assert as_of(store, 1) == {"b": True, "a": True, "c": True}
        after = [store.told_after("all", NOW + HOUR * hours) for hours in (-1, 0, 0.9, 1)]
        assert after == [NOW, NOW + HOUR, NOW + HOUR, None]
        assert store.told_after("news", NOW) is None

    def test_in_the_version_of_then(self, store: SqlStore) -> None:
        put(store, "a")
        take_up(store)
        [(_, first)] = store.top(ALL).stories
        for hours in (1, 2):
            touch(store, "a")
            take_up(store, at=NOW + HOUR * hours)
        [(_, last)] = store.top(ALL).stories
        marks = [store.as_of(ALL, until=NOW + HOUR * hours)[0][1] for hours in range(3)]
        assert marks[0] == first
        assert marks[2] == last
        assert len(set(marks)) == 3
        assert [as_of(store, hours) for hours in range(3)] == [{"a": False}, {"a": False}, {"a": True}]

    def test_what_changed_and_was_not_told_yet_does_not_say_the_same_any_more(self, store: SqlStore) -> None:
        put(store, "a")
        take_up(store)
        touch(store, "a")
        assert as_of(store, 0) == {"a": False}

    def test_what_left_is_gone_from_every_instant(self, store: SqlStore) -> None:
        put(store, "a", "b", "c")
        take_up(store)
        delete(store, "a")
        assert as_of(store, 0) == {"c": True, "b": True}  # before any feed noticed
        take_up(store, at=NOW + HOUR)
        remove(store, "b")
        take_up(store, at=NOW + HOUR * 2)
        assert as_of(store, 0) == as_of(store, 2) == {"c": True}

    def test_what_came_back_is_there_from_then_on(self, store: SqlStore) -> None:
        feed = a_feed("kapal", "antara", words=("Kapal",))
        put(store, "a", title="Kapal")
        take_up(store, feed, words=["Kapal"])
        touch(store, "a")
        take_up(store, feed, at=NOW + HOUR)
        assert as_of(store, 1, feed) == {}
        touch(store, "a")
        take_up(store, feed, words=["Kapal"], at=NOW + HOUR * 2)
        assert [as_of(store, hours, feed) for hours in range(3)] == [{}, {}, {"a": True}]

    def test_the_newest_as_many_as_the_feed_holds(self, store: SqlStore) -> None:
        put(store, "a", "b", "c", "d", "e")
        take_up(store)
        put(store, "f", published=NOW + HOUR * 9)
        take_up(store, at=NOW + HOUR)
        assert list(as_of(store, 0)) == ["e", "d", "c"]
        assert list(as_of(store, 1)) == ["f", "e", "d"]

    def test_other_feeds_have_their_own_instants(self, store: SqlStore) -> None:
        other = a_feed("other", "antara")
        put(store, "a")
        take_up(store)
        take_up(store, other, at=NOW + HOUR)
        assert (as_of(store, 0), as_of(store, 0, other)) == ({"a": True}, {})

    def test_only_the_changes_of_the_stories_on_top_are_looked_at(self, store: SqlStore) -> None:
        put(store, "a")
        take_up(store)
        asked: list[tuple[str, Any]] = []

        @event.listens_for(store.database.engine, "before_cursor_execute")
        def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_others: Any) -> None:
            asked.append((statement, values))

        store.as_of(ALL, until=NOW)
        [(statement, values)] = [each for each in asked if "changes" in each[0]]
        if store.database.url.get_backend_name() == "sqlite":
            connection = store.database.engine.raw_connection()
            with closing(connection):
                steps = [
                    str(step)
                    for step in connection.cursor().execute(f"EXPLAIN QUERY PLAN {statement}", values)
                ]
            assert any("then USING INDEX ix_changes_story (story_id=?)" in step for step in steps)
            assert any("places USING COVERING INDEX ix_places_newest (feed=?)" in step for step in steps)
            assert not any("TEMP B-TREE" in step or "SCAN" in step for step in steps)


def as_of(store: SqlStore, hours: float, feed: Feed = ALL) -> dict[str, bool]:
    """Return the stories that were shown then, each with whether it says the same now."""
    return {story: stands for story, _, stands in store.as_of(feed, until=NOW + HOUR * hours)}
