"""What 200 partners cost that read their own variants of 20 feeds, beside the collects that change these.

    python -m benchmarks.partners [seconds]

The whole service runs on one core: it collects 40 sources, each with something new every four minutes, and
publishes 20 feeds for five kinds of readers: everybody, and partners under four kinds of terms, one with a
delay. Each of 200 partners has parameters of its own in its links, and a rate. They are offered 2,000
requests a second, from the other core: three quarters ask with the entity tag of what they had last. Half
have their key in the address, half in a header. Then wrk, where it is installed, asks for all 4,000
documents in turn, each with its current entity tag, as fast as it can. Where others use the cores as well,
answers by the second of processor time say more than those by the second on the wall.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import uvloop
import yaml

from aggregator.app import App, system_clock
from aggregator.cli.memory import tune
from aggregator.cli.site import site_of
from aggregator.pipeline import publish
from aggregator.pipeline.compose import Composer
from aggregator.settings import load
from aggregator.web.server import server
from benchmarks.fleet.documents import Document, Entry, rss
from benchmarks.fleet.prose import story
from benchmarks.serving import CORES, pinned, processor_seconds, resident

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS = 60
PARTNERS, FEEDS, SOURCES = 200, 20, 40
OFFERED = 2_000  #: requests a second
CONNECTIONS = 100
PLAIN = 0.25  #: of the requests: without an entity tag
ITEMS = 30  #: of a source's document
NEWS_SECONDS = 240  #: between two new items of a source
PASS_SECONDS = 10
DELAY_SECONDS = 30
TERMS: tuple[dict[str, Any], ...] = (
    {},
    {"content": "summary"},
    {"content": "none", "fields": ["image", "categories"]},
    {"delay": f"{DELAY_SECONDS}s"},
)


def main() -> None:
    """Measure, and print the figures."""
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    with tempfile.TemporaryDirectory() as temporary, listening() as sources, listening() as service:
        folder = Path(temporary)
        (folder / "sources.json").write_text(json.dumps(sources.getsockname()[1]))
        with running("sources", folder, sources, CORES[-1]):
            configure(folder, sources.getsockname()[1], rate="1500/m")
            with running("serve", folder, service, CORES[0]) as pid:
                readers = Readers(service.getsockname()[1])
                asyncio.run(readers.warm())
                print(f"{resident(pid):.0f} MB after each partner had each feed once")
                before, started = processor_seconds(pid), time.perf_counter()
                os.sched_setaffinity(0, {CORES[-1]})
                uvloop.run(readers.offer(seconds))
                os.sched_setaffinity(0, CORES)
                report(readers, time.perf_counter() - started, processor_seconds(pid) - before, resident(pid))
            told(folder)
            if shutil.which("wrk"):
                configure(folder, sources.getsockname()[1], rate="500000/s", collects=False)
                with running("serve", folder, service, CORES[0]) as pid:
                    readers = Readers(service.getsockname()[1])
                    asyncio.run(readers.warm())
                    fastest(readers, folder, pid)
                    print(f"{resident(pid):.0f} MB at the end")


def key(partner: int) -> str:
    """Return a partner's key."""
    return f"key-of-partner-number-{partner:03}"


def configure(folder: Path, port: int, *, rate: str, collects: bool = True) -> None:
    """Write the service's configuration."""
    names = [f"c{number:02}" for number in range(FEEDS)]
    data = {
        "service": {"timezone": "Asia/Jakarta", "base_url": "https://feeds.example.id"},
        "database": {"url": f"sqlite:///{folder}/aggregator.db"},
        "fetch": {"allow_private_networks": ["127.0.0.0/8"], "per_domain_rate": 100},
        "categories": {
            name: {
                "sources": [
                    {"id": f"s{place}", "url": f"http://127.0.0.1:{port}/{place}"}
                    for place in range(number, SOURCES, FEEDS)
                ]
            }
            for number, name in enumerate(names)
        },
        "partners": {
            f"p{number:03}": {
                "key": key(number),
                "feeds": names,
                "rate": rate,
                "link_parameters": {"utm_source": f"p{number:03}", "utm_medium": "feed"},
                **TERMS[number % len(TERMS)],
            }
            for number in range(PARTNERS)
        },
    }
    (folder / "aggregator.yaml").write_text(yaml.safe_dump(data), encoding="utf-8")
    (folder / "collects").write_text(str(int(collects)))


@contextmanager
def listening() -> Iterator[socket.socket]:
    """Open a socket that listens."""
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        yield listener


@contextmanager
def running(part: str, folder: Path, listener: socket.socket, core: int) -> Iterator[int]:
    """Run a part of this on one core; yield its process."""
    command = [sys.executable, "-m", "benchmarks.partners", part, str(folder), str(listener.fileno())]
    with pinned(core):
        process = subprocess.Popen(command, pass_fds=[listener.fileno()])
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait()


class Readers:
    """All partners, and what each had last."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.tags: dict[tuple[int, int], str] = {}
        self.statuses: Counter[int] = Counter()
        self.bytes = 0
        self.seconds: list[float] = []
        self._chance = Random(7)  # noqa: S311 # who asks for what is no secret

    async def warm(self) -> None:
        """Let each partner have each feed once, when there are all of them."""
        reader, writer = await self._connect()
        for place in range(PARTNERS * FEEDS):
            while await self._ask(reader, writer, place % PARTNERS, place // PARTNERS, plain=True) == 503:  # noqa: ASYNC110 # it does not say when it is ready
                await asyncio.sleep(0.2)
        writer.close()

    async def offer(self, seconds: int) -> None:
        """Ask at an even pace; how long an answer takes counts from when it should have been asked for."""
        self.statuses.clear()
        self.seconds.clear()
        self.bytes = 0
        start = time.perf_counter() + 0.5
        await asyncio.gather(*(self._connection(number, start, seconds) for number in range(CONNECTIONS)))

    async def _connection(self, number: int, start: float, seconds: int) -> None:
        reader, writer = await self._connect()
        chance = self._chance
        for turn in range(seconds * OFFERED // CONNECTIONS):
            due = start + (turn * CONNECTIONS + number) / OFFERED
            if (wait := due - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            partner, feed = chance.randrange(PARTNERS), chance.randrange(FEEDS)
            await self._ask(reader, writer, partner, feed, plain=chance.random() < PLAIN)
            self.seconds.append(time.perf_counter() - due)
        writer.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        for _ in range(600):
            try:
                return await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 20)
            except OSError:
                await asyncio.sleep(0.1)
        raise SystemExit("the service does not answer")

    async def _ask(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        partner: int,
        feed: int,
        *,
        plain: bool,
    ) -> int:
        tag = None if plain else self.tags.get((partner, feed))
        writer.write(request(partner, feed, tag))
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        status = int(head[9:12])
        length = re.search(r"content-length: (\d+)", head)
        size = int(length[1]) if length and status != 304 else 0
        await reader.readexactly(size)
        self.statuses[status] += 1
        self.bytes += size
        if etag := re.search(r"etag: (\S+)", head):
            self.tags[partner, feed] = etag[1]
        return status


def request(partner: int, feed: int, tag: str | None) -> bytes:
    """Return a request as it is sent."""
    path, fields = f"/p/{key(partner)}/c{feed:02}.rss", "Accept-Encoding: gzip\r\n"
    if partner % 2:
        path, fields = f"/feeds/c{feed:02}.rss", f"{fields}Authorization: Bearer {key(partner)}\r\n"
    if tag:
        fields += f"If-None-Match: {tag}\r\n"
    return f"GET {path} HTTP/1.1\r\nHost: feeds.example.id\r\n{fields}\r\n".encode()


def report(readers: Readers, seconds: float, cpu: float, memory: float) -> None:
    """Print what came of the offered requests."""
    took = statistics.quantiles(readers.seconds, n=1000)
    count = sum(readers.statuses.values())
    print(
        f"{count / seconds:.0f} requests a second for {seconds:.0f} s: "
        + ", ".join(f"{number} with {status}" for status, number in sorted(readers.statuses.items()))
        + f", {readers.bytes / 1e6:.0f} MB"
    )
    print(
        f"answered in {took[499] * 1e3:.1f} ms (median), {took[949] * 1e3:.1f} (95 %), {took[989] * 1e3:.1f} "
        f"(99 %), {took[998] * 1e3:.0f} (99.9 %)"
    )
    print(f"{cpu / seconds:.0%} of the core, collects included; {memory:.0f} MB")


def told(folder: Path) -> None:
    """Print what the service counted."""
    counted = json.loads((folder / "counted.json").read_text())
    print(", ".join(f"{name}: {value}" for name, value in counted.items()))


def fastest(readers: Readers, folder: Path, pid: int) -> None:
    """Print how many 304s a second the service gives at most, of all documents in turn."""
    script = folder / "requests.lua"
    lines = [request(partner, feed, tag).decode() for (partner, feed), tag in sorted(readers.tags.items())]
    Random(7).shuffle(lines)  # noqa: S311 # likewise
    texts = ",\n".join(json.dumps(line) for line in lines)
    script.write_text(
        f"local all = {{{texts}}}\nlocal at = 0\n"
        "function request() at = at % #all + 1; return all[at] end\n"
        "local seen = {}\nfunction response(status) end\n",
        encoding="utf-8",
    )
    port = readers.port
    command = ["wrk", "-t1", "-c32", "-d5s", "-s", str(script), f"http://127.0.0.1:{port}/"]
    for _ in range(3):
        before, started = processor_seconds(pid), time.perf_counter()
        with pinned(CORES[-1]):
            printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        match = re.search(r"(\d+) requests in .*, ([\d.]+\w+) read", printed)
        assert match is not None  # noqa: S101 # wrk says so
        count, wall = int(match[1]), time.perf_counter() - started
        cpu = processor_seconds(pid) - before
        print(
            f"304: {count / wall:.0f} a second, {count / cpu:.0f} a second of its processor time ({match[2]})"
        )


def serve(folder: Path, listener: socket.socket) -> None:
    """Be the service, until ended; write down what was counted."""
    tune()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # to write down what was counted
    counted = watched()
    settings = load(folder / "aggregator.yaml", {})
    with closing(App(settings)) as app:
        site = site_of(app)
        app.publisher.listeners.append(site.shelf.refresh)
        ended = threading.Event()
        names = list(app.sources)

        def collects() -> None:
            app.run(names, force=True)
            while not ended.wait(PASS_SECONDS):
                if (folder / "collects").read_text() == "1":
                    counted["collects"] += 1
                    counted["feeds published"] += app.run(names, force=True, hurry=False).feeds_published

        passes = threading.Thread(target=collects, name="collects")
        passes.start()
        try:
            server(site).run(sockets=[listener])
        except KeyboardInterrupt:
            pass
        finally:
            ended.set()
            passes.join()
            (folder / "counted.json").write_text(json.dumps(counted))


def watched() -> Counter[str]:
    """Count renders, by whether a request waited for them, and what was taken from the database."""
    counted: Counter[str] = Counter({"renders on the request path": 0, "renders beside it": 0})

    def count(owner: Any, name: str) -> None:
        before = getattr(owner, name)

        def counting(*args: Any, **kwargs: Any) -> Any:
            thread = threading.current_thread().name
            asked = thread == "MainThread" or thread.startswith("asyncio")
            counted["renders on the request path" if asked else "renders beside it"] += 1
            return before(*args, **kwargs)

        setattr(owner, name, counting)

    count(publish, "printed")
    count(Composer, "compose")
    return counted


class Sources(asyncio.Protocol):
    """Answers with a document of each source that has something new now and then."""

    began = system_clock()

    def connection_made(self, transport: Any) -> None:
        """Begin."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer a request, which comes in one piece."""
        match = re.match(rb"GET /(\d+)[ /]", data)
        if match is None:
            self._transport.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            return
        number = int(match[1])
        passed = (system_clock() - self.began).total_seconds() + number * NEWS_SECONDS / SOURCES
        body = document(number, int(passed) // NEWS_SECONDS)
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nContent-Length: {len(body)}\r\n\r\n"
        self._transport.write(head.encode() + body)


def document(number: int, edition: int, made: dict[tuple[int, int], bytes] = {}) -> bytes:  # noqa: B006 # remembered
    """Return what a source says when it has had so many new items."""
    if (number, edition) not in made:
        chance = Random(f"{number}")  # noqa: S311 # prose is no secret
        start = Sources.began - timedelta(minutes=5)
        entries = [
            Entry(
                story=story(chance, f"s{number}"),
                link=f"https://s{number}.example.id/{place}/",
                guid=f"https://s{number}.example.id/{place}/",
                published=start
                + timedelta(seconds=place - ITEMS if place >= ITEMS else -600 * (ITEMS - place)),
            )
            for place in range(ITEMS + edition)
        ]
        newest = entries[::-1][:ITEMS]
        text = rss(Document(title=f"Sumber {number}", site=f"https://s{number}.example.id", entries=newest))
        made[number, edition] = text.encode()
    return made[number, edition]


async def answering(listener: socket.socket) -> None:
    """Be the sources, until ended."""
    listening_server = await asyncio.get_running_loop().create_server(Sources, sock=listener)
    await listening_server.serve_forever()


if __name__ == "__main__":
    if len(sys.argv) > 2:
        part, where, fileno = sys.argv[1:]
        passed = socket.socket(fileno=int(fileno))
        if part == "serve":
            serve(Path(where), passed)
        else:
            asyncio.run(answering(passed))
    else:
        main()
