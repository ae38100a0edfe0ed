"""What a new item costs as the archive grows: to insert it, and to compare its text with those stored.

    python -m benchmarks.archive [SIZES…]

Fills an SQLite store with 10 thousand, 100 thousand and 1 million items, in two ways. *90 days*: so long has
the archive grown, and the texts of its last 72 hours are compared, as in a service. *All near*: all of it is
of the last 72 hours, the worst that can be. Then it stores and compares new items of 400 words in batches, as
a service does, and as many texts leave the window as enter it; 5 % are copies of an item of another source.
Times are CPU time, means of enough batches for what is written to be moved from the log to the file and for
what is too old to be taken away; each store is built and measured by a process of its own.

Stored texts are 400 random shingles, and the items that they stand for have a short content: what is not like
a new item is never read whole.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import resource
import sqlite3
import statistics
import struct
import sys
import tempfile
import time
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from aggregator.model.item import Candidate, Claim, Dates, Item, Origin, Precision, Reading, ZoneOrigin
from aggregator.model.source import Duplicates, Source
from aggregator.pipeline import match
from aggregator.rules.cluster import found
from aggregator.rules.similarity import BANDS, WINDOW, Fingerprint, fingerprint
from aggregator.store import SqlStore, open_store
from aggregator.store.codec import item_row
from aggregator.store.engine import Database
from aggregator.store.tables import EPOCH, MICROSECOND
from benchmarks.corpus import Newsroom

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from aggregator.model.story import Neighbour, Text
    from aggregator.store.transaction import SqlTransaction

SIZES = (10_000, 100_000, 1_000_000)
SPANS = {"90 days": timedelta(days=90), "all near": WINDOW}
END = datetime(2024, 11, 20, tzinfo=UTC)
ROUNDS, ROUND, BATCH, COPIES = 7, 5, 100, 5  # rounds, batches of one, items and copies of one batch
WORDS = 400
NAMES = [f"source-{number:02}" for number in range(50)]
SOURCES = {
    name: Source(
        id=name,
        category="news",
        url=f"https://{name}.example.id/feed/",
        timezone=ZoneInfo("Asia/Jakarta"),
        every=timedelta(minutes=15),
        duplicates=Duplicates.MERGE if int(name[-2:]) % 2 else Duplicates.REPORT,
    )
    for name in NAMES
}
QUIET = "source-quiet"  # has only the oldest few items of the archive
STEPS = ("read", "fingerprint", "look up", "write")

FILL = """
    CREATE TEMP TABLE n AS
        WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < :size)
        SELECT n, CASE WHEN n <= 20 THEN 'source-quiet' ELSE printf('source-%02d', n % 50) END AS source,
            printf('https://source-%02d.example.id/news/%d', n % 50, n) AS link,
            :end - (:size - n) * :step AS at FROM n;
    INSERT INTO stories (id, slug, published_at, updated_at, shown_source, shown_key, backfill, out_at)
        SELECT link, lower(hex(randomblob(8))), at, at, source, 'id:' || link, 0, at FROM n;
    INSERT INTO items (id, source_id, key, story_id, upstream_id, canonical_url, link, title, summary,
            content, details, dates, published_at, updated_at, first_seen_at, gone_at,
            raw_hash, revisions)
        SELECT n, source, 'id:' || link, link, link, link, link, 'Berita nomor ' || n, '',
            '<p>Isi berita.</p>', :details, :dates, at, at, at, CASE WHEN n + 2000 < :size THEN at END,
            lower(hex(randomblob(16))), 0 FROM n;
    INSERT INTO aliases (item_id, number)
        SELECT n, random() FROM n UNION ALL SELECT n, random() FROM n UNION ALL SELECT n, random() FROM n;
    INSERT INTO fingerprints (item_id, published_at, bands, shingles)
        SELECT n, at, randomblob(8 * :bands), randomblob(4 * :shingles) FROM n WHERE at >= :end - :window;
    INSERT INTO relations (item_id, other_id, likeness, reason)
        SELECT n, n - 1, 0.6, 'texts: 0.60 alike, under 0.85' FROM n WHERE n % 20 = 0;
    CREATE TEMP TABLE band (band INTEGER, item_id INTEGER);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What was measured of one store."""

    near: int  #: stored texts inside the window
    insert: float  #: µs of CPU an item
    match: float
    steps: dict[str, float]  #: of the match
    wall: float  #: µs an item, insert and match
    merged: int
    start_bytes: int  #: resident, once the program is loaded
    peak_bytes: int
    bytes_each: float  #: of the database, an item
    queries: dict[str, float]  #: ms of CPU of what every pass asks


def main() -> None:
    """Print the tables."""
    sizes = [int(each) for each in sys.argv[1:]] or SIZES
    rows: dict[tuple[int, str], Figures] = {}
    print(f"µs of CPU for an item of {WORDS} words, mean of {ROUNDS * ROUND} batches of {BATCH}\n")
    steps = "".join(f"{step:>12}" for step in STEPS)
    print(
        f"    stored  archive      texts  insert  match:{steps}    wall  MB start   peak  bytes/item  merged"
    )
    for size in sizes:
        for name in SPANS:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder, "archive.db")
                _apart(build, path, size, name)
                row = rows[size, name] = _apart(measure, path, size, name)
            parts = "".join(f"{row.steps[step]:12.0f}" for step in STEPS)
            print(
                f"{size:10,}  {name:8} {row.near:9,} {row.insert:7.0f} {row.match:7.0f}{parts}"
                f" {row.wall:7.0f} {row.start_bytes / 1e6:9.0f} {row.peak_bytes / 1e6:6.0f}"
                f" {row.bytes_each:11.0f} {row.merged:7}",
                flush=True,
            )
    print("\nms of CPU of what a pass asks of the archive of 90 days")
    print(" " * 34 + "".join(f"{size:>12,}" for size in sizes))
    for query in rows[sizes[0], "90 days"].queries:
        print(f"{query:34}" + "".join(f"{rows[size, '90 days'].queries[query]:12.2f}" for size in sizes))


def _apart(function: Callable[..., Any], *arguments: object) -> Any:
    """Call ``function`` in a new process, whose peak of memory is its own."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def build(path: Path, size: int, name: str) -> None:
    """Fill a new store at ``path`` with ``size`` published items."""
    with closing(open_store(f"sqlite:///{path}")) as store:
        store.enroll([*SOURCES.values(), replace(SOURCES[NAMES[0]], id=QUIET)])
    example = item_row(an_item("", "", END, number=0, source=NAMES[0]), "")
    values: dict[str, object] = {column: f"'{example[column]}'" for column in ("details", "dates")}
    values |= {"size": size, "step": SPANS[name] // size // MICROSECOND, "shingles": WORDS, "bands": BANDS}
    values |= {"end": (END - EPOCH) // MICROSECOND, "window": WINDOW // MICROSECOND}
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for pragma in ("synchronous=OFF", "cache_size=-2000000", "temp_store=MEMORY"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("BEGIN")
        for statement in FILL.split(";"):
            text = statement
            for key, value in values.items():
                text = text.replace(f":{key}", str(value))
            connection.execute(text)
        prints = connection.execute("SELECT item_id, bands FROM fingerprints")
        connection.executemany(
            "INSERT INTO band VALUES (?, ?)",
            ((band, row) for row, packed in prints for band in struct.unpack(f"<{BANDS}q", packed)),
        )
        connection.execute("INSERT INTO bands (band, item_id) SELECT * FROM band ORDER BY band, item_id")
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


class Watched(SqlStore):
    """A store that counts the CPU seconds of each step of a match."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.spent: defaultdict[str, float] = defaultdict(float)

    @contextmanager
    def spending(self, step: str) -> Iterator[None]:
        """Count what the block takes."""
        self.spent[step] -= time.process_time()
        yield
        self.spent[step] += time.process_time()

    def unmatched(self, limit: int) -> list[Text]:
        """Answer, and count."""
        with self.spending("read"):
            return super().unmatched(limit)

    def sharing(self, bands: Collection[int], *, before: int) -> dict[int, list[int]]:
        """Answer, and count."""
        with self.spending("look up"):
            return super().sharing(bands, before=before)

    def neighbours(self, rows: Collection[int], since: datetime) -> dict[int, Neighbour]:
        """Answer, and count."""
        with self.spending("look up"):
            return super().neighbours(rows, since)

    def texts(self, rows: Collection[int]) -> dict[int, Text]:
        """Answer, and count."""
        with self.spending("look up"):
            return super().texts(rows)

    @contextmanager
    def writing(self) -> Iterator[SqlTransaction]:
        """Open a transaction, and count."""
        with self.spending("write"), super().writing() as transaction:
            yield transaction


def measure(path: Path, size: int, name: str) -> Figures:
    """Store and compare new items, batch by batch."""
    batches = list(_batches(size, SPANS[name]))
    with closing(Watched(Database(f"sqlite:///{path}"))) as store:
        near = _count(path, "fingerprints")
        start = _resident()
        _watch_fingerprint(store)
        inserts, matches, walls, merged = [], [], [], 0
        steps: list[dict[str, float]] = []
        for items in batches:
            wall, before = time.perf_counter(), time.process_time()
            with store.writing() as transaction:
                stories = [found(item, item.upstream_id, source=SOURCES[item.source]) for item in items]
                transaction.put_stories(stories)
                transaction.put_items((story.shown, story.id) for story in stories)
            between = time.process_time()
            store.spent = defaultdict(float)
            merged += match.match(now=items[-1].first_seen, store=store, sources=SOURCES)
            matches.append(time.process_time() - between)
            inserts.append(between - before)
            walls.append(time.perf_counter() - wall)
            steps.append(dict(store.spent))
            with store.writing() as transaction:
                waiting = store.waiting(items[-1].first_seen)
                transaction.let_out(waiting, at=items[-1].first_seen)
        return Figures(
            near=near,
            insert=_mean(inserts),
            match=_mean(matches),
            steps={step: _mean([spent[step] for spent in steps]) for step in STEPS},
            wall=_mean(walls),
            merged=merged,
            start_bytes=start,
            peak_bytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            bytes_each=path.stat().st_size / (size + len(batches) * BATCH),
            queries=_queries(store, batches[-1]),
        )


def _queries(store: SqlStore, newest: list[Item]) -> dict[str, float]:
    """Return the ms of what every pass asks, besides the match."""
    now, last = newest[-1].first_seen, newest[-1]
    latest = [story.id for story in store.latest(NAMES, limit=50)]
    with store.writing() as transaction:
        asked: dict[str, Callable[[], object]] = {
            "waiting": lambda: store.waiting(now),
            "suspects": lambda: store.suspects(now),
            "told": lambda: store.told(now),
            "held": store.held,
            "deleted, all sources": lambda: store.deleted(NAMES),
            "latest 50 of all sources": lambda: store.latest(NAMES, limit=50),
            "latest 50 of one source": lambda: store.latest(NAMES[:1], limit=50),
            "latest 50 of one that fell silent": lambda: store.latest([QUIET], limit=50),
            "relations of 50 stories": lambda: store.relations(latest),
            "known, 50 keys": lambda: store.known(last.source, [each.key for each in newest[:50]]),
            "named, 150 aliases": lambda: store.named(last.source, range(150)),
            "absent": lambda: store.absent(last.source, present=(), since=END - WINDOW),
            "missing": lambda: store.missing(NAMES),
            "awaiting a page": lambda: store.awaiting_page(last.source, since=END - WINDOW, limit=10),
            "unmatched": lambda: store.unmatched(200),
            "stories by 50 addresses": lambda: transaction.stories_by_url(
                [each.link for each in newest[:50]]
            ),
        }
        return {name: _cost(question) for name, question in asked.items()}


def _cost(question: Callable[[], object]) -> float:
    costs = []
    for _ in range(5):
        before = time.process_time()
        question()
        costs.append(time.process_time() - before)
    return statistics.median(costs) * 1e3


def _batches(size: int, span: timedelta) -> Iterator[list[Item]]:
    """Yield batches of new items, as far apart as those in the archive."""
    chance = random.Random(size)  # noqa: S311 # the same at every run
    room = Newsroom(chance)
    number, before = size, list[Item]()
    for _ in range(1 + ROUNDS * ROUND):  # the first is not counted: it warms up, and has no copies
        batch = []
        for place in range(BATCH):
            number += 1
            at = END + span / size * (number - size)
            event = room.event()
            title, words = room.title(event), list[str]()
            while len(words) < WORDS:
                words += room.sentence(event).split()
            source = chance.choice(NAMES)
            item = an_item(
                title, f"<p>{escape(' '.join(words[:WORDS]))}</p>", at, number=number, source=source
            )
            if before and place < COPIES:
                old = before[place + COPIES]
                content = f"{old.content}<p>Baca juga: berita {number}.</p>"
                others = [name for name in NAMES if name != old.source]
                item = an_item(old.title, content, at, number=number, source=chance.choice(others))
            batch.append(item)
        chance.shuffle(batch)
        yield batch
        before = batch


def an_item(title: str, content: str, at: datetime, *, number: int, source: str) -> Item:
    """Return a new item as it is stored before its text is compared."""
    link = f"https://{source}.example.id/news/{number}"
    reading = Reading(
        earliest=at, latest=at, precision=Precision.SECOND, zone=ZoneOrigin.OFFSET, offset=timedelta(hours=7)
    )
    claim = Claim(origin=Origin.PUBLISHED, text=f"{at:%a, %d %b %Y %H:%M:%S} +0000")
    dates = Dates(
        published=at,
        updated=at,
        candidates=(Candidate(claim=claim, reading=reading),),
        chosen=0,
        precision=Precision.SECOND,
        zone=ZoneOrigin.OFFSET,
        earliest=at,
        latest=at,
    )
    return Item(
        source=source,
        key=f"id:{link}",
        upstream_id=link,
        canonical_url=link,
        link=link,
        title=title,
        summary="",
        content=content,
        authors=(),
        categories=("Nasional", "Ekonomi"),
        enclosures=(),
        image=f"https://{source}.example.id/images/{number}.jpg",
        language="id",
        comments="",
        rights="",
        first_seen=at,
        dates=dates,
        raw_hash=f"{number:032}",
        unmatched=True,
    )


def _watch_fingerprint(store: Watched) -> None:
    def counted(html: str) -> Fingerprint | None:
        with store.spending("fingerprint"):
            return fingerprint(html)

    setattr(match, "fingerprint", counted)  # noqa: B010 # the checker wants names to stay what they are


def _mean(batches: list[float]) -> float:
    return statistics.fmean(batches[1:]) / BATCH * 1e6


def _count(path: Path, table: str) -> int:
    with closing(sqlite3.connect(path)) as connection:
        count: int = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 # ours
        return count


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main()
