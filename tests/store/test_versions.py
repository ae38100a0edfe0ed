"""What stories said under a mark is kept, and given while they are published."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from aggregator.ports.partners import Version
from aggregator.store import tables
from tests.making import NOW, a_source
from tests.store.test_rolls import ALL, delete, put, remove, take_up, touch

if TYPE_CHECKING:
    from aggregator.store import SqlStore

SAID = Version(item=b'{"id":"a"}', entry=None)
WHOLE = Version(item=b'{"id":"a"}', entry=b"[]")


@pytest.fixture(autouse=True)
def _sources(store: SqlStore) -> None:
    store.enroll([a_source("antara"), a_source("kawat")])


def mark(store: SqlStore, story: str) -> int:
    column = tables.stories.c
    with store.database.reading() as connection:
        found: int = connection.execute(select(column.mark).where(column.id == story)).scalar_one()
    return found


def unwritten(
    store: SqlStore, *, after: int = 0, limit: int = 9, entries: bool = False
) -> tuple[list[str], int]:
    found, upto = store.unwritten(ALL.name, after=after, limit=limit, entries=entries)
    assert all(number == mark(store, story) for story, number in found)
    return [story for story, _ in found], upto


def test_what_is_kept_is_given(store: SqlStore) -> None:
    put(store, "a", "b")
    a, b = ("a", mark(store, "a")), ("b", mark(store, "b"))
    store.put_versions({a: SAID, b: WHOLE})
    assert store.versions([a, b, ("a", 7)]) == {a: SAID, b: WHOLE}
    assert store.versions([]) == {}


def test_an_entry_that_was_written_down_stays(store: SqlStore) -> None:
    put(store, "a")
    key = ("a", mark(store, "a"))
    for version, kept in ((SAID, SAID), (WHOLE, WHOLE), (SAID, WHOLE)):
        store.put_versions({key: version})
        assert store.versions([key]) == {key: kept}


def test_what_is_no_longer_its_mark_is_not_kept(store: SqlStore) -> None:
    put(store, "a")
    before = ("a", mark(store, "a"))
    touch(store, "a")
    store.put_versions({before: SAID})
    assert store.versions([before]) == {}


def test_earlier_versions_stay_beside_later_ones(store: SqlStore) -> None:
    put(store, "a")
    first = ("a", mark(store, "a"))
    store.put_versions({first: SAID})
    touch(store, "a")
    second = ("a", mark(store, "a"))
    store.put_versions({second: WHOLE})
    assert store.versions([first, second]) == {first: SAID, second: WHOLE}


def test_what_a_story_said_that_was_taken_back_is_never_given(store: SqlStore) -> None:
    put(store, "a", "b")
    keys = [("a", mark(store, "a")), ("b", mark(store, "b"))]
    store.put_versions(dict.fromkeys(keys, SAID))
    delete(store, "a")
    remove(store, "b")
    assert store.versions(keys) == {}
    store.put_versions({("a", mark(store, "a")): SAID})
    assert store.versions([("a", mark(store, "a"))]) == {}


def test_what_is_not_written_down_is_found_once(store: SqlStore) -> None:
    put(store, "a", "b", "c")
    assert unwritten(store) == ([], 0), "no feed tells of them yet"
    take_up(store)
    assert unwritten(store, limit=2) == (["a", "b"], 2)
    assert unwritten(store, after=2) == (["c"], 3)
    assert unwritten(store, after=3) == ([], 3)
    store.put_versions({("b", mark(store, "b")): SAID})
    assert unwritten(store) == (["a", "c"], 3)
    assert unwritten(store, entries=True) == (["a", "b", "c"], 3)
    store.put_versions({("b", mark(store, "b")): WHOLE})
    assert unwritten(store, entries=True) == (["a", "c"], 3)


def test_what_changed_since_or_is_gone_cannot_be_written_down(store: SqlStore) -> None:
    put(store, "a", "b", "c")
    take_up(store)
    touch(store, "a")
    delete(store, "b")
    assert unwritten(store) == (["c"], 3)
    take_up(store)
    assert unwritten(store) == (["c", "a"], 5)


def test_what_stories_said_no_longer_names_one_that_was_taken_back(store: SqlStore) -> None:
    put(store, "a", "b", "c")
    with store.writing() as transaction:
        [a, b, c] = transaction.connection.execute(select(tables.items.c.id).order_by("id")).scalars()
        transaction.put_texts(
            (), [(b, a, 0.5, ""), (c, a, 0.5, "")], matched=(), expired_before=NOW - timedelta(days=9)
        )
    key = ("a", mark(store, "a"))
    named = Version(item=b'{"id":"a","related":[{"id":"b"},{"id":"c"}]}', entry=b"[]")
    store.put_versions({key: named})
    touch(store, "b", "c")
    assert store.versions([key]) == {key: named}
    delete(store, "b")
    assert store.versions([key])[key].item == b'{"id":"a","related":[{"id":"c"}]}'
    assert mark(store, "a") != key[1], "it changed with them"
