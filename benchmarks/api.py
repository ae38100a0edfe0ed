"""How many pages of the API one core gives a second, at the start of a long feed, at its end, and on the way.

    python -m benchmarks.api [items] [rounds]

A feed of a million stories that partners read, each written down in about 1.5 KB. The server has one core,
the reader another. A page has 100 changes. *Walking* is what a partner does that begins: each page is asked
for by the ``next`` of the one before, by several readers at once, each from a place of its own.
"""

from __future__ import annotations

import asyncio
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from aggregator.app import system_clock
from aggregator.cli.memory import tune
from aggregator.model.feed import Feed, Site
from aggregator.observe import Metrics
from aggregator.render.jsonfeed import encode
from aggregator.rules.cursor import Place, spelled
from aggregator.store import open_store
from aggregator.store.tables import EPOCH, MICROSECOND
from aggregator.web import build
from aggregator.web.server import server
from benchmarks.fleet.prose import story
from benchmarks.serving import CHANGED, CORES, pinned, processor_seconds, resident

if TYPE_CHECKING:
    from collections.abc import Iterator

ITEMS, ROUNDS = 1_000_000, 3
PAGE, READERS, SECONDS = 100, 8, 5
EPOCH_NUMBER = 7  # of the feed's journal
TEXTS, CONTENT = 1_000, 900  # different ones; characters of each
SITE = Site(title="Kabar", base_url="https://feeds.example.id", language="id", tag_date="2024-01-01")
FEED = Feed(name="all", title="Kabar", description="", sources=("x",), limit=50, page="/")


def main() -> None:
    """Measure and print the figures."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else ITEMS
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else ROUNDS
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        started = time.perf_counter()
        fill(folder, count)
        size = sum(file.stat().st_size for file in folder.iterdir()) / 1e9
        print(f"{count} items: {size:.1f} GB of database in {time.perf_counter() - started:.0f} s")
        figures: dict[str, list[tuple[float, float]]] = {}
        with running(folder) as (pid, port):
            for _ in range(rounds):
                for name, places in places_of(count).items():
                    figures.setdefault(name, []).append(measured(pid, port, places, walk=name == "walking"))
            memory = resident(pid)
    for name, values in figures.items():
        wall, cpu = (statistics.median(each) for each in zip(*values, strict=True))
        print(f"{name:10} {wall:7.0f} pages a second, {cpu:7.0f} a second of its processor time")
    print(f"{memory:.0f} MB of memory")


def places_of(count: int) -> dict[str, list[int]]:
    """Return where readers begin: serials of the feed's journal."""
    return {
        "start": [0] * READERS,
        "end": [count - PAGE] * READERS,
        "walking": [count * reader // READERS for reader in range(READERS)],
    }


def fill(folder: Path, count: int) -> None:
    """Fill a database with a feed of so many stories."""
    chance = Random("api")  # noqa: S311 # prose is no secret
    said = [item(chance) for _ in range(TEXTS)]
    now = (CHANGED - EPOCH) // MICROSECOND
    with closing(open_store(f"sqlite:///{folder}/aggregator.db")) as store:
        plain = store.database.engine.raw_connection()
        with closing(plain):
            execute = plain.cursor().executemany
            plain.cursor().execute("PRAGMA synchronous=OFF")
            plain.cursor().execute("BEGIN")
            execute(
                "INSERT INTO rolls (feed, choice, seen, news, lost, epoch, told, horizon) "
                "VALUES ('all', '', 0, 1, 0, ?, ?, 0)",
                [(EPOCH_NUMBER, count)],
            )
            stories, changes, versions = [], [], []
            for number in range(1, count + 1):
                name = f"tag:feeds.example.id,2024-01-01:x/{number:08}"
                stories.append((name, f"s{number}", now, now, f"k{number}", now, number))
                changes.append((number, name, number, number, now))
                versions.append((name, number, said[number % TEXTS].replace(b"$", name.encode())))
                if len(stories) == 10_000 or number == count:
                    execute(
                        "INSERT INTO stories (id, slug, published_at, updated_at, shown_source, shown_key, "
                        "backfill, out_at, mark) VALUES (?, ?, ?, ?, 'x', ?, 0, ?, ?)",
                        stories,
                    )
                    execute(
                        "INSERT INTO changes (feed, serial, story_id, mark, came, at, gone) "
                        "VALUES ('all', ?, ?, ?, ?, ?, 0)",
                        changes,
                    )
                    execute("INSERT INTO versions (story_id, mark, item) VALUES (?, ?, ?)", versions)
                    for rows in (stories, changes, versions):
                        rows.clear()
            plain.cursor().execute("COMMIT")


def item(chance: Random) -> bytes:
    """Return an item of some length, with ``$`` in place of its id."""
    told = story(chance, "api")
    return encode(
        {
            "id": "$",
            "url": "https://portal.example.id/2024/11/20/kabar/",
            "title": told.title,
            "summary": told.summary,
            "content_html": told.content[:CONTENT],
            "date_published": CHANGED,
            "date_modified": CHANGED,
            "authors": [{"name": "Sari"}],
            "categories": ["Logistik"],
            "language": "id",
            "attachments": [],
            "source": {"id": "x", "title": "Portal", "url": "https://portal.example.id/"},
            "also": [],
            "related": [],
        }
    )


def measured(pid: int, port: int, places: list[int], *, walk: bool) -> tuple[float, float]:
    """Return how many pages readers get from these places, by the second and by the server's own."""
    before, started = processor_seconds(pid), time.perf_counter()
    with pinned(CORES[-1]):
        count = asyncio.run(read(port, places, walk=walk))
    wall, cpu = time.perf_counter() - started, processor_seconds(pid) - before
    return count / wall, count / cpu


async def read(port: int, places: list[int], *, walk: bool) -> int:
    """Read from these places for some seconds; return how many pages came."""
    end, count = time.perf_counter() + SECONDS, 0

    async def reader(place: int) -> None:
        nonlocal count
        after = first = spelled(Place(EPOCH_NUMBER if place else 0, place))
        incoming, outgoing = await asyncio.open_connection("127.0.0.1", port, limit=2**22)
        while time.perf_counter() < end:
            outgoing.write(
                f"GET /api/v1/items?limit={PAGE}&after={after} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
            )
            head = await incoming.readuntil(b"\r\n\r\n")
            length = re.search(rb"content-length: (\d+)", head)
            body = await incoming.readexactly(int(length[1]) if length else 0)
            tail = re.search(rb'"next":"([^"]+)","more":(true|false)}$', body[-80:])
            assert tail is not None, head  # noqa: S101 # else it is no measurement
            if walk:
                after = tail[1].decode() if tail[2] == b"true" else first
            count += 1
        outgoing.close()

    await asyncio.gather(*map(reader, places))
    return count


@contextmanager
def running(folder: Path) -> Iterator[tuple[int, int]]:
    """Run the server on the first core; yield its process and port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        command = [sys.executable, "-m", "benchmarks.api", "serve", str(folder), str(listener.fileno())]
        with pinned(CORES[0]):
            process = subprocess.Popen(command, pass_fds=[listener.fileno()], stderr=subprocess.DEVNULL)
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/items?limit=1", timeout=60).close()
        yield process.pid, port
    finally:
        process.terminate()
        process.wait()


def serve(folder: Path, listener: socket.socket) -> None:
    """Be the server, until ended."""
    tune()
    with closing(open_store(f"sqlite:///{folder}/aggregator.db")) as store:
        application = build(
            site=SITE,
            categories=[],
            feeds=[FEED],
            timezone=ZoneInfo("Asia/Jakarta"),
            store=store,
            publication=store.publication,
            take_up=lambda _name: None,
            written=lambda _stories: {},
            clock=system_clock,
            metrics=Metrics(),
            pulse=lambda: None,
        )
        server(application).run(sockets=[listener])


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1] == "serve":
        serve(Path(sys.argv[2]), socket.socket(fileno=int(sys.argv[3])))
    else:
        main()
