"""Collects, edits, merges, takedowns, another choice: who follows by cursor ends with what is out."""

from __future__ import annotations

import json
import shutil
import tempfile
from contextlib import closing
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.store import open_store
from tests.pipeline.house import item, rss
from tests.web.api_newsroom import ApiHouse

SOURCES = ("antara", "kawat", "tempo")
#: News that several sources may tell in the same words: then it is one story.
NEWS = {
    number: "".join(
        f"<p>Kapal {name} tiba di pelabuhan pada pagi ke-{number} membawa {number}{number} peti kemas berisi "
        f"beras dari {place}, kata petugas {name} yang berjaga di dermaga {place} sejak malam sebelumnya.</p>"
        for place in ("Surabaya", "Makassar", "Belawan")
    )
    for number, name in enumerate(("Anggrek", "Bakung", "Cempaka", "Dahlia"))
}
TOLD = st.lists(
    st.tuples(st.sampled_from(sorted(NEWS)), st.integers(0, 2)),  # which, and how it is called now
    min_size=1,
    max_size=4,
    unique_by=lambda told: told[0],
)
STEP = st.one_of(
    st.tuples(st.just("say_some"), st.sampled_from(SOURCES), TOLD),
    st.tuples(st.just("say_some"), st.sampled_from(SOURCES), TOLD),
    st.tuples(st.just("take_some_down"), st.integers(0, 9)),
    st.tuples(st.just("choose"), st.sampled_from([("antara",), ("kawat", "tempo"), SOURCES])),
    st.tuples(st.just("pick"), st.sampled_from([(), ("anggrek",), ("bakung", "dahlia")])),
    st.tuples(st.just("write_down"), st.just("all")),
)
#: After each step: whether it is published, and how many changes are read, if any.
STEPS = st.lists(st.tuples(STEP, st.booleans(), st.integers(0, 3)), min_size=8, max_size=30)


class Life(ApiHouse):
    """A newsroom that is read while it lives."""

    def say_some(self, source: str, told: list[tuple[int, int]]) -> None:
        self.later(minutes=20)
        some = [
            item(
                f"{source}-{number}",
                f"Kapal ke-{number} tiba{' lagi' * edited}",
                link=f"https://{source if number % 2 else 'antara'}.example.id/{number}",  # or the same
                body=NEWS[number],
            )
            for number, edited in told
        ]
        self.say(source, rss(*some))
        self.collect(source)

    def take_some_down(self, place: int) -> None:
        if stories := self.stories():
            self.take_down(stories[place % len(stories)].id)

    def choose(self, sources: tuple[str, ...]) -> None:
        self._change(sources=sources)

    def pick(self, words: tuple[str, ...]) -> None:
        self._change(words=words)

    def _change(self, **changes: Any) -> None:
        self.feeds[0] = replace(self.feeds[0], **changes)
        self._built = None


class Follower:
    """Follows the combined feed, as a partner does."""

    def __init__(self, life: Life) -> None:
        self.life = life
        self.next = ""
        self.known: dict[str, dict[str, Any]] = {}
        self.began = False  #: and has not come to an end

    def read(self, limit: int) -> bool:
        page = self.life.page(self.next, limit=limit)
        for told in page["items"]:
            known = self.known.pop(told["id"], None)
            if told["change"] == "removed":
                assert known or self.began
                continue
            assert (told["change"] == "updated") is bool(known)
            self.known[told["id"]] = {**told, "change": ""}
        self.next = page["next"]
        self.began = more = page["more"]
        return bool(more)


@cache
def empty() -> Path:
    path = Path(tempfile.mkdtemp(prefix="aggregator-life-")) / "empty.db"
    open_store(f"sqlite:///{path}").close()
    return path


@given(steps=STEPS)
@settings(max_examples=25)
def test_who_follows_ends_with_what_is_out(steps: list[tuple[tuple[Any, ...], bool, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(empty(), f"{folder}/aggregator.db")
        with closing(open_store(f"sqlite:///{folder}/aggregator.db")) as store:
            life = Life(store)
            follower = Follower(life)
            for (what, *given_), publishes, reads in steps:
                getattr(life, what)(*given_)
                if publishes:
                    life.publish()
                if reads:
                    follower.read(reads)
            life.later(minutes=20)
            life.publish()
            while follower.read(2):
                pass
            out = [story for story, _ in store.top(replace(life.feeds[0], limit=99)).stories]
            said = life.items_of(store.stories(out).values())
            published = {name: json.loads(text) for name, text in said.items()}
            assert follower.known.keys() == published.keys()
            for name, kept in follower.known.items():
                # Of a story that is like it, another title is no news of its own; that it is gone, is.
                assert [other["id"] for other in kept.pop("related")] == [
                    other["id"] for other in published[name].pop("related")
                ]
                assert kept == {"change": "", **published[name]}
