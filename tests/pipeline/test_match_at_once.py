"""Comparing texts, where something else happens to the stories meanwhile (docs/duplicates.md, C)."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, cast

from aggregator.model.source import Duplicates
from aggregator.pipeline.match import match
from tests.making import a_source
from tests.pipeline.house import House, item, rss

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from aggregator.ports import Store, Transaction

TITLE = "Kapal tiba di Tanjung Priok"
LONG = f"<p>{' '.join(f'kata{number}' for number in range(100))}</p>"


class Interrupted:
    """A store whose next writing transaction lets another process go first."""

    def __init__(self, house: House, other: Callable[[], object]) -> None:
        self._store = house.store
        self._others = [other]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """Open a writing transaction, after the other one."""
        while self._others:
            self._others.pop()()
        with self._store.writing() as transaction:
            yield transaction


def merging(house: House) -> None:
    """Let all sources merge what is alike."""
    sources = (a_source(name, "news", duplicates=Duplicates.MERGE) for name in ("antara", "kawat", "tempo"))
    house.use(*sources)


def tell(house: House, source: str, *names: str) -> None:
    """Let ``source`` tell these, an hour apart, the newest first; ``long`` is what others copy."""
    entries = []
    for hours, name in enumerate(names, 1):
        long = name == "long"
        date = format_datetime(house.now - timedelta(hours=hours))
        link = f"https://{source}.example.id/{name}"
        title, body = (TITLE, LONG) if long else (name, "<p>Isi.</p>")
        entries.append(item(name, title, link=link, date=date, body=body))
    house.say(source, rss(*entries))
    assert house.collect(source)[source].result == "fetched"


def test_two_processes_may_compare_the_same_texts_at_once(house: House) -> None:
    merging(house)
    tell(house, "antara", "long")
    tell(house, "kawat", "long")
    store = cast("Store", Interrupted(house, house.match))
    assert match(now=house.now, store=store, sources=house.sources) == 0  # the other one did it
    [story] = house.stories()
    assert len(story.copies) == 2
