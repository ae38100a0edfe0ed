"""The feeds of the fleet: from one seed, the same bytes on every machine.

Of every ten feeds seven are RSS 2.0, two Atom and one RDF. Each has 20 to 40 items, 30.33 on average, and
about 90 KB; it brings out one to eight a day, the newest within the last hours. One feed of twenty is an
agency; a twentieth of all items are copies of what agencies wrote, under the address and id of the site that
copied them, a third of these with a link to the original. In 1,000 feeds 12 are ill-formed, mildly, as real
ones are: a tolerant parser reads all of their items.

One feed of ten has a second edition, in which one or two new items are on top and as many old ones are gone.
"""

from __future__ import annotations

import gzip
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, partial
from multiprocessing import get_context
from random import Random
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from benchmarks.fleet.documents import FAULTS, WRITERS, Document, Entry
from benchmarks.fleet.prose import story

if TYPE_CHECKING:
    from pathlib import Path

FEWEST, MOST, MEAN = 20, 40, 30.33  # items of a feed
FORMATS = ("rss", "rss", "atom", "rss", "rss", "rdf", "rss", "atom", "rss", "rss")
ZONES = [ZoneInfo(name) for name in ("Asia/Jakarta", "Asia/Jakarta", "UTC", "Asia/Makassar")]
AGENCIES = 20  # one feed of so many is one
COPIED, LINKED = 1 / 19, 1 / 3  # of the items of other feeds; of these, those that link to the original
CHANGED = 10  # one feed of so many has a second edition
ILL_FORMED, DAMAGED = 83, 6  # one feed of so many is; the place of the item at fault


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """A number of feeds; everything about them follows from the seed, their number and ``now``."""

    feeds: int
    now: datetime  #: aware; when the feeds were last built
    seed: int = 5

    @cached_property
    def counts(self) -> list[int]:
        """How many items each feed has; together 30.33 times the feeds, so 30,330 of 1,000."""
        chance = self._chance("counts")
        counts = [chance.randint(FEWEST, MOST) for _ in range(self.feeds)]
        missing = round(MEAN * self.feeds) - sum(counts)
        step = 1 if missing > 0 else -1
        while missing:
            chosen = chance.randrange(self.feeds)
            if FEWEST <= counts[chosen] + step <= MOST:
                counts[chosen] += step
                missing -= step
        return counts

    def added(self, number: int) -> int:
        """Return how many items are new in the second edition of a feed; 0 if it has none."""
        return self._chance("added", number).randint(1, 2) if number % CHANGED == 3 else 0

    def name(self, number: int) -> str:
        """Return the name of a feed: that of its file, and of its source where it is collected."""
        return f"feed-{number:05}"

    def ill_formed(self, number: int) -> bool:
        """Return whether the document of a feed is not XML."""
        return number % ILL_FORMED == ILL_FORMED // 2

    def document(self, number: int, *, changed: bool = False) -> bytes:
        """Return the document of a feed; ``changed``: its second edition."""
        entries = self.entries(number, changed=changed)
        document = Document(title=f"Kabar {number} & Rekan", site=_site(number), entries=entries)
        written = "rss" if self.ill_formed(number) else FORMATS[number % len(FORMATS)]
        text = WRITERS[written](document)
        if self.ill_formed(number):
            place = DAMAGED + (self.added(number) if changed else 0)  # the same item in both editions
            text = _damaged(text, place, *FAULTS[number // ILL_FORMED % len(FAULTS)])
        return text.encode()

    def entries(self, number: int, *, changed: bool = False) -> list[Entry]:
        """Return what is in a feed, the newest first."""
        ages, added = self._ages(number), self.added(number) if changed else 0
        fresh = [
            self._entry(number, -1 - index, ages[0] * (added - index) / (added + 1)) for index in range(added)
        ]
        steady = [self._entry(number, index, age) for index, age in enumerate(ages[: len(ages) - added])]
        return [*fresh[::-1], *steady]

    def _ages(self, number: int) -> list[timedelta]:
        """Return how old the items of a feed are, the newest first."""
        chance = self._chance("ages", number)
        gap = 24 * 60 / chance.uniform(1, 8)  # minutes
        age, ages = chance.uniform(20, min(gap, 5 * 60)), []
        for _ in range(self.counts[number]):
            ages.append(timedelta(minutes=round(age)))
            age += gap * chance.uniform(0.2, 1.8)
        return ages

    def _entry(self, number: int, index: int, age: timedelta) -> Entry:
        chance = self._chance("entry", number, index)
        whose, which = number, index
        if number % AGENCIES and index >= 0 and chance.random() < COPIED:
            whose, which = self._original(chance, age)
        slug = f"{whose}-{which % 10_000}"
        article = self._article(number, index)
        return Entry(
            story=story(self._chance("story", whose, which), slug),
            link=self._article(whose, which) if whose != number and chance.random() < LINKED else article,
            guid=f"{_site(number)}/?p={1_000 + index % 10_000}",
            published=(self.now - age).replace(microsecond=0).astimezone(ZONES[number % len(ZONES)]),
        )

    def _original(self, chance: Random, age: timedelta) -> tuple[int, int]:
        """Return the feed and the place of an item of an agency that is about as old as ``age``."""
        agency = chance.randrange(0, self.feeds, AGENCIES)
        ages = self._ages(agency)
        return agency, min(range(len(ages)), key=lambda index: abs(ages[index] - age))

    def _chance(self, *about: object) -> Random:
        return Random(f"{self.seed} {about}")  # noqa: S311 - the same at every run

    def _article(self, number: int, index: int) -> str:
        return f"{_site(number)}/berita/{index % 10_000}-{number * 7919 % 100_003}/"

    def write(self, folder: Path) -> None:
        """Write every feed, plain and packed: ``steady/feed-00007.xml``, ``.xml.gz``, and ``changed/…``.

        What has no second edition is in both. Files are as old as the fleet's ``now``.
        """
        for edition in ("steady", "changed"):
            (folder / edition).mkdir(parents=True)
        with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
            for _ in pool.map(partial(self._write, folder), range(self.feeds), chunksize=20):
                pass

    def _write(self, folder: Path, number: int) -> None:
        name = self.name(number)
        files = _save(folder / "steady" / f"{name}.xml", self.document(number), self.now)
        if self.added(number):
            later = self.now + timedelta(seconds=1)
            _save(folder / "changed" / f"{name}.xml", self.document(number, changed=True), later)
        else:
            for file in files:
                os.link(file, folder / "changed" / file.name)


def _site(number: int) -> str:
    return f"https://situs-{number:05}.example.id"


def _damaged(text: str, place: int, sound: str, broken: str) -> str:
    """Return ``text`` with ``sound`` broken in the item at ``place``, the first being 1."""
    parts = text.split("<item>")
    parts[place] = parts[place].replace(sound, broken, 1)
    return "<item>".join(parts)


def _save(path: Path, body: bytes, at: datetime) -> list[Path]:
    packed = path.with_name(f"{path.name}.gz")
    path.write_bytes(body)
    packed.write_bytes(gzip.compress(body, compresslevel=6, mtime=0))
    for each in (path, packed):
        os.utime(each, (at.timestamp(), at.timestamp()))
    return [path, packed]
