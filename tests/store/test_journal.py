"""What changes in a feed is told in order, once, and exactly."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, insert, text, update

from aggregator.ports.partners import Version
from aggregator.rules.cursor import Place
from aggregator.store import tables
from tests.making import NOW, a_feed, a_source
from tests.store.test_rolls import ALL, delete, join, put, remove, touch
from tests.store.test_versions import mark

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from aggregator.model.feed import Feed
    from aggregator.model.item import Item
    from aggregator.model.partner import Journal
    from aggregator.store import SqlStore

HOUR = timedelta(hours=1)
NEWS = a_feed("news", "kawat", limit=3)
Said = list[tuple[str, str]]


@pytest.fixture(autouse=True)
def _sources(store: SqlStore) -> None:
    store.enroll([a_source("antara"), a_source("kawat")])


def take_up(store: SqlStore, feed: Feed = ALL, *, at: datetime = NOW, without: Collection[str] = ()) -> None:
    def carries(item: Item) -> bool:
        return item.upstream_id not in without

    store.take_up(feed, at=at, carries=carries)


def restore(store: SqlStore, *stories: str) -> None:
    """Let stories be named again that were taken back."""
    with store.writing() as transaction:
        meant = update(tables.stories).where(tables.stories.c.id.in_(stories))
        transaction.connection.execute(meant.values(deleted_at=None, told_until=None))
        transaction.touch(stories, at=NOW)


def read(
    store: SqlStore,
    after: int = 0,
    *,
    feed: Feed = ALL,
    since: int = 0,
    began: int = 0,
    limit: int = 99,
    until: datetime | None = None,
) -> Said:
    page = store.page(feed.name, Place(0, after, since, began), limit=limit, until=until)
    assert page is not None
    return [(told.change.kind.value, told.change.story) for told in page.told]


def upto(
    store: SqlStore, after: int = 0, *, limit: int = 99, until: datetime | None = None
) -> tuple[int, bool]:
    page = store.page(ALL.name, Place(0, after), limit=limit, until=until)
    assert page is not None
    return page.upto, page.more


def journal(store: SqlStore, feed: Feed = ALL) -> Journal:
    found = store.standing(feed.name)
    assert found is not None
    return found[0]


class TestTelling:
    def test_a_feed_that_never_took_up_anything_has_no_changes(self, store: SqlStore) -> None:
        assert store.standing("all") is None
        assert store.page("all", Place(), limit=9) is None
        take_up(store)
        assert read(store) == []
        assert upto(store) == (0, False)

    def test_what_comes_changes_and_leaves_is_told_in_its_order(self, store: SqlStore) -> None:
        put(store, "a", "b")
        take_up(store)
        assert read(store) == [("new", "a"), ("new", "b")]
        touch(store, "a")
        take_up(store)
        assert read(store, 2) == [("updated", "a")]
        delete(store, "b")
        take_up(store)
        assert read(store, 3) == [("removed", "b")]
        assert journal(store).told == 4
        take_up(store)
        assert journal(store).told == 4

    def test_what_left_before_it_was_read_was_never_there(self, store: SqlStore) -> None:
        put(store, "a", "b")
        take_up(store)
        delete(store, "a")
        take_up(store)
        assert read(store) == [("new", "b")]
        assert upto(store) == (3, False)
        assert read(store, 1) == [("new", "b"), ("removed", "a")]
        assert read(store, 1, began=2) == [("new", "b"), ("removed", "a")]
        assert read(store, 1, began=3) == [("new", "b")], "it was gone when the reader began"
        assert read(store, 1, since=1, began=3) == [("new", "b"), ("removed", "a")]

    def test_a_feed_tells_of_its_own_stories_in_its_own_numbers(self, store: SqlStore) -> None:
        put(store, "a")
        put(store, "b", source="kawat")
        for feed in (ALL, NEWS):
            take_up(store, feed)
        assert read(store) == [("new", "a"), ("new", "b")]
        assert read(store, feed=NEWS) == [("new", "b")]
        join(store, "a", "kawat")
        for feed in (ALL, NEWS):
            take_up(store, feed)
        assert read(store, 2) == [("updated", "a")]
        assert read(store, 1, feed=NEWS) == [("new", "a")]
        assert journal(store).epoch != journal(store, NEWS).epoch

    def test_what_a_feed_no_longer_picks_leaves(self, store: SqlStore) -> None:
        picking = a_feed("all", "antara", words=("kapal",), limit=3)
        put(store, "a", "b")
        take_up(store, picking)
        touch(store, "a")
        take_up(store, picking, without="a")
        assert read(store, 2) == [("removed", "a")]

    def test_what_a_feed_chooses_otherwise_comes_and_leaves(self, store: SqlStore) -> None:
        put(store, "a")
        put(store, "b", source="kawat")
        take_up(store, a_feed("all", "antara"))
        assert read(store) == [("new", "a")]
        take_up(store)
        assert read(store, 1) == [("new", "b")]
        take_up(store, a_feed("all", "kawat"))
        assert read(store, 2) == [("removed", "a")]

    def test_what_is_named_again_is_new_again(self, store: SqlStore) -> None:
        put(store, "a")
        take_up(store)
        delete(store, "a")
        take_up(store)
        restore(store, "a")
        take_up(store)
        assert read(store, 1) == [("removed", "a"), ("new", "a")]
        assert read(store) == [("new", "a")]
        delete(store, "a")
        take_up(store)
        # Who knew it before it left the first time learns that it left; who never did, nothing.
        assert read(store, 1) == [("removed", "a")]
        assert read(store, 3) == [("removed", "a")]
        assert read(store) == read(store, 2) == []

    def test_what_goes_by_age_goes_in_silence(self, store: SqlStore) -> None:
        put(store, "a", "b")
        take_up(store)
        remove(store, "a")
        assert read(store) == [("new", "b")]
        take_up(store)
        assert read(store) == [("new", "b")]
        assert read(store, 1) == [("new", "b")]
        assert journal(store).told == 2

    def test_what_is_no_more_after_a_rebuild_has_left(self, store: SqlStore) -> None:
        put(store, "a", "b")
        take_up(store)
        with store.writing() as transaction:
            transaction.derive_anew(["b"], compare_since=NOW)
        take_up(store)
        assert sorted(read(store, 2)) == [("removed", "a"), ("updated", "b")]

    def test_no_change_is_of_before_an_earlier_one_when_the_clock_goes_back(self, store: SqlStore) -> None:
        for name, at in (("a", NOW), ("b", NOW - 5 * HOUR), ("c", NOW + HOUR)):
            put(store, name)
            take_up(store, at=at)
        page = store.page("all", Place(), limit=9)
        assert page is not None
        assert [told.change.at for told in page.told] == [NOW, NOW, NOW + HOUR]
        assert read(store, until=NOW) == [("new", "a"), ("new", "b")]


class TestPages:
    def test_pages_follow_each_other(self, store: SqlStore) -> None:
        put(store, *"abcde")
        take_up(store)
        after, seen, more = 0, [], True
        while more:
            seen.append([story for _, story in read(store, after, limit=2)])
            after, more = upto(store, after, limit=2)
        assert seen == [["a", "b"], ["c", "d"], ["e"]]
        assert upto(store, 3, limit=2) == (5, False)
        assert upto(store, 5, limit=2) == (5, False)

    def test_earlier_changes_stay_beside_later_ones(self, store: SqlStore) -> None:
        put(store, "a", "b")
        take_up(store)
        touch(store, "a")
        take_up(store)
        page = store.page("all", Place(), limit=9)
        assert page is not None
        assert [told.superseded for told in page.told] == [True, False, False]
        assert [told.stands for told in page.told] == [False, True, True]

    def test_who_reads_late_is_told_first_of_what_was_written_down(self, store: SqlStore) -> None:
        put(store, "a", "b")
        take_up(store)
        before = mark(store, "a")
        touch(store, "a")
        take_up(store, at=NOW + HOUR)
        assert read(store) == [("new", "a"), ("new", "b"), ("updated", "a")]
        for delay, kind in ((HOUR, "updated"), (2 * HOUR, "new")):
            page = store.page("all", Place(0, 2, 2), limit=9, until=NOW + 9 * HOUR, delay=delay)
            assert page is not None
            assert [told.change.kind for told in page.told] == [kind]
        with store.database.writing() as connection:
            said = {"story_id": "a", "mark": before, "item": b"{}"}
            connection.execute(insert(tables.versions).values(said))
        assert read(store) == [("new", "a"), ("new", "b"), ("updated", "a")]

    def test_a_change_comes_with_what_the_story_said_then(self, store: SqlStore) -> None:
        put(store, "a")
        take_up(store)
        store.put_versions({("a", mark(store, "a")): Version(b"first", None)})
        touch(store, "a")
        take_up(store)
        page = store.page("all", Place(), limit=9)
        assert page is not None
        assert [told.item for told in page.told] == [b"first", None]

    def test_a_page_ends_before_what_was_taken_back_until_the_feed_notices(self, store: SqlStore) -> None:
        put(store, "a", "b", "c")
        take_up(store)
        delete(store, "b")
        assert read(store) == [("new", "a")]
        assert upto(store) == upto(store, limit=1) == (1, False)
        take_up(store)
        assert read(store, 1) == [("new", "c")]

    def test_what_is_told_later_is_so_until_then(self, store: SqlStore) -> None:
        put(store, "a")
        take_up(store)
        touch(store, "a")
        put(store, "b")
        take_up(store, at=NOW + HOUR)
        assert read(store, until=NOW - HOUR) == []
        assert upto(store, until=NOW - HOUR) == (0, False)
        assert read(store, until=NOW) == [("new", "a")]
        assert upto(store, until=NOW) == upto(store, limit=1, until=NOW) == (1, False)
        assert read(store, 1, until=NOW + HOUR) == [("updated", "a"), ("new", "b")]
        assert upto(store, until=NOW + HOUR) == (3, False)


class TestShedding:
    def shed(self, store: SqlStore, *, hours: int = 9, gone: int = 0) -> None:
        store.shed_changes(superseded_before=NOW + hours * HOUR, gone_before=NOW + gone * HOUR)

    def test_what_was_superseded_is_forgotten_and_the_next_is_new(self, store: SqlStore) -> None:
        put(store, "a", "b")
        take_up(store)
        touch(store, "a")
        take_up(store, at=NOW + HOUR)
        touch(store, "a")
        take_up(store, at=NOW + 2 * HOUR)
        self.shed(store, hours=1)
        assert read(store) == [("new", "b"), ("new", "a"), ("updated", "a")]
        self.shed(store)
        assert read(store) == [("new", "b"), ("new", "a")]

    def test_who_knew_a_story_is_told_that_it_changed(self, store: SqlStore) -> None:
        put(store, "a", "b")
        take_up(store)
        touch(store, "a")
        take_up(store)
        self.shed(store)
        assert read(store, 2, since=2) == [("updated", "a")]
        assert read(store, 2, since=0) == [("new", "a")]

    def test_who_knew_a_story_is_told_that_it_left_whatever_is_forgotten(self, store: SqlStore) -> None:
        put(store, "a", "b")
        take_up(store)
        touch(store, "a")
        take_up(store)
        self.shed(store)
        delete(store, "a")
        take_up(store, at=NOW + HOUR)
        assert read(store, 2) == [("removed", "a")]
        assert read(store) == [("new", "b")]
        restore(store, "a")
        take_up(store, at=NOW + HOUR)
        self.shed(store)
        assert read(store, 2) == [("removed", "a"), ("new", "a")]

    def test_what_left_is_forgotten_later_and_moves_the_horizon(self, store: SqlStore) -> None:
        put(store, "a", "b")
        take_up(store)
        delete(store, "a")
        take_up(store, at=NOW + HOUR)
        self.shed(store)
        assert journal(store).horizon == 0
        self.shed(store, gone=1)
        assert journal(store).horizon == 3
        assert read(store, 2) == []
        self.shed(store, gone=1)
        assert journal(store).horizon == 3

    def test_versions_go_with_the_last_change_that_names_them(self, store: SqlStore) -> None:
        put(store, "a")
        take_up(store)
        first = ("a", mark(store, "a"))
        store.put_versions({first: Version(b"first", None)})
        touch(store, "a")
        take_up(store)
        second = ("a", mark(store, "a"))
        store.put_versions({second: Version(b"second", None)})
        self.shed(store, hours=-1)
        assert store.versions([first, second]).keys() == {first, second}
        self.shed(store)
        assert store.versions([first, second]).keys() == {second}


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)  # the other plans by what it has counted
def test_no_step_of_telling_looks_at_all_changes_of_a_feed(store: SqlStore) -> None:
    asked: list[tuple[str, Any]] = []

    @event.listens_for(store.database.engine, "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    put(store, "a", "b")
    take_up(store)
    touch(store, "a")
    delete(store, "b")
    asked.clear()
    take_up(store)
    read(store)
    event.remove(store.database.engine, "before_cursor_execute", note)
    meant = [(statement, parameters) for statement, parameters in asked if "changes" in statement]
    assert len(meant) == 6
    with store.database.reading() as connection:
        for statement, parameters in meant:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            for step in (row[3] for row in plan):
                whole = re.fullmatch(
                    r"(SCAN|SEARCH) (changes|last|other|places|stories)\b(.*\(feed=\?\).*)?", step
                )
                assert not whole or "ORDER BY changes.serial DESC" in statement, step
    with store.database.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM changes")).scalar() == 3
