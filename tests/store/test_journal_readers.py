"""Whatever happens, and whenever somebody reads: the reader ends with what is published, told once."""

from __future__ import annotations

import shutil
import tempfile
import threading
from contextlib import closing
from datetime import timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.model.partner import ChangeKind
from aggregator.rules.cursor import Fault, Place, after, fault
from aggregator.store import open_store
from tests.making import NOW, a_feed, a_source
from tests.store.test_journal import restore
from tests.store.test_rolls import delete, join, put, remove, touch

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.model.feed import Feed
    from aggregator.store import SqlStore

SOURCES = ("antara", "kawat")
WEEK, LONG = timedelta(days=7), timedelta(days=90)


class Reader:
    """Keeps what it was told, as a partner does."""

    def __init__(self, store: SqlStore, name: str = "all") -> None:
        self.store = store
        self.name = name
        self.place = Place()
        self.known: dict[str, int] = {}  #: by story, its mark
        self.told: set[tuple[str, int, ChangeKind]] = set()
        self.behind = False  #: the last page was not the last one
        self.unsure = False  #: and something was forgotten since

    def read(self, limit: int, until: datetime | None = None) -> bool:
        """Read a page; return whether there is more."""
        place = self.place
        page = self.store.page(self.name, place, limit=limit, until=until)
        if page is None:
            assert place == Place()
            return False
        if wrong := fault(place, page.journal):
            assert wrong is Fault.EXPIRED
            self.__init__(self.store, self.name)  # type: ignore[misc] # it begins anew
            return True
        for each in page.told:
            change = each.change
            seen = (change.story, change.mark, change.kind)
            assert self.unsure or seen not in self.told, "nothing is told twice"
            self.told.add(seen)
            known = change.story in self.known
            if change.kind is ChangeKind.REMOVED:
                # While it reads, page by page, it may be told of what it was too late to see.
                assert known or self.unsure or until or change.serial > place.began > 0
                self.known.pop(change.story, None)
            else:
                assert self.unsure or known is (change.kind is ChangeKind.UPDATED), "new comes first, once"
                self.known[change.story] = change.mark
        self.place = after(place, page.journal, upto=page.upto, more=page.more)
        assert self.place.serial >= place.serial
        self.behind = page.more
        if not page.more:
            self.unsure = False
        return page.more

    def read_all(self) -> None:
        while self.read(7):
            pass


STORIES = st.sampled_from("abcdefgh")
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), STORIES, st.sampled_from(SOURCES)),
        st.tuples(st.sampled_from(["touch", "delete", "restore", "remove", "join"]), STORIES),
        st.tuples(st.just("choose"), st.sampled_from([("antara",), ("kawat",), SOURCES])),
        st.tuples(st.just("pick"), st.sets(STORIES, max_size=3)),
        st.tuples(st.just("take up")),
        st.tuples(st.just("read"), st.integers(1, 4), st.sampled_from([0, 1])),
        st.tuples(st.just("wait"), st.sampled_from([1, 30, 24 * 8, 24 * 91])),
        st.tuples(st.just("shed")),
    ),
    max_size=60,
)


@cache
def empty() -> Path:
    """Return a database with tables and nothing else."""
    path = Path(tempfile.mkdtemp(prefix="aggregator-journal-")) / "empty.db"
    with closing(open_store(f"sqlite:///{path}")) as store:
        store.enroll([a_source(name) for name in SOURCES])
    return path


class Newsroom:
    """Does what is asked of it, where that can be done."""

    def __init__(self, store: SqlStore) -> None:
        self.store = store
        self.now = NOW
        self.feed: Feed = a_feed("all", *SOURCES, limit=99)
        self.refused: set[str] = set()
        self.there: dict[str, set[str]] = {}  #: the sources of each story
        self.deleted: set[str] = set()
        self.readers = [Reader(store), Reader(store)]

    def do(self, what: str, *given: object) -> None:
        getattr(self, what.replace(" ", "_"))(*given)

    def put(self, story: str, source: str) -> None:
        if story not in self.there:
            self.there[story] = {source}
            put(self.store, story, source=source)

    def touch(self, story: str) -> None:
        if story in self.there:
            touch(self.store, story)

    def delete(self, story: str) -> None:
        if story in self.there and story not in self.deleted:
            self.deleted.add(story)
            delete(self.store, story)

    def restore(self, story: str) -> None:
        if story in self.deleted:
            self.deleted.remove(story)
            restore(self.store, story)

    def remove(self, story: str) -> None:
        """Let a story go by age, of which readers are told nothing."""
        if self.there.pop(story, None):
            self.deleted.discard(story)
            remove(self.store, story)
            self.take_up()
            for reader in self.readers:
                reader.read_all()  # what it knows of it is its own affair from here
                reader.known.pop(story, None)
                reader.told = {seen for seen in reader.told if seen[0] != story}

    def join(self, story: str) -> None:
        for source in SOURCES:
            if story in self.there and source not in self.there[story]:
                self.there[story].add(source)
                join(self.store, story, source)

    def choose(self, sources: tuple[str, ...]) -> None:
        self.feed = a_feed("all", *sources, limit=99, words=self.feed.words)

    def pick(self, refused: set[str]) -> None:
        """Let the feed be about words from now on, and some stories without them."""
        self.refused = refused
        self.feed = a_feed("all", *self.feed.sources, limit=99, words=("".join(sorted(refused)) or "x",))

    def take_up(self) -> None:
        self.store.take_up(self.feed, at=self.now, carries=lambda item: item.upstream_id not in self.refused)

    def read(self, limit: int, who: int) -> None:
        self.readers[who].read(limit, until=self.now - timedelta(hours=2) if who else None)

    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    def shed(self) -> None:
        self.store.shed_changes(superseded_before=self.now - WEEK, gone_before=self.now - LONG)
        for reader in self.readers:
            reader.unsure |= reader.behind


@given(steps=STEPS)
@settings(max_examples=60)
def test_a_reader_ends_with_what_is_published(steps: list[tuple[str, *tuple[object, ...]]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(empty(), f"{folder}/aggregator.db")
        with closing(open_store(f"sqlite:///{folder}/aggregator.db")) as store:
            newsroom = Newsroom(store)
            for step in steps:
                newsroom.do(*step)
            newsroom.take_up()
            published = dict(store.top(newsroom.feed).stories)
            for reader in newsroom.readers:
                reader.read_all()
                assert reader.known == published
                assert not reader.read(9)
                assert reader.known == published


def test_nothing_is_missed_while_two_write_at_once(url: str) -> None:
    """Each writer has connections of its own, as two processes have; so has the reader."""
    feed = a_feed("all", *SOURCES, limit=9_999)
    with closing(open_store(url)) as store:
        store.enroll([a_source(name) for name in SOURCES])
    ended: list[str] = []

    def write(name: str) -> None:
        chance = Random(name)  # noqa: S311 # no secret
        with closing(open_store(url)) as store:
            for number in range(25):
                put(store, f"{name}{number}", source=name)
                for story in chance.sample(range(number + 1), min(3, number)):
                    touch(store, f"{name}{story}")
                if number % 5 == 4:
                    delete(store, f"{name}{chance.randrange(number)}")
                store.take_up(feed, at=NOW, carries=lambda _: True)
        ended.append(name)

    writers = [threading.Thread(target=write, args=[name]) for name in SOURCES]
    with closing(open_store(url)) as store:
        reader = Reader(store)
        for writer in writers:
            writer.start()
        while any(writer.is_alive() for writer in writers):
            reader.read(3)
        for writer in writers:
            writer.join()
        assert sorted(ended) == sorted(SOURCES)
        store.take_up(feed, at=NOW, carries=lambda _: True)
        reader.read_all()
        assert reader.known == dict(store.top(feed).stories)
        assert len(reader.known) > 30
