"""How many answers a second one core gives of a feed of 100 KB, and what memory that takes.

    python -m benchmarks.serving [rounds]

Beside us a bare ASGI application under the same uvicorn, which sends the same header fields and the same
bytes and decides nothing; and nginx with the compressed file ready, where it is installed. The servers have
one core, the load (wrk, or where it is missing a small client of ours) has another. Each server is asked in
turn, round after round, and medians count: machines are noisy. Where others use the cores as well, answers by
the second of processor time that a server used say more than those by the second on the wall.
"""

from __future__ import annotations

import asyncio
import getpass
import hashlib
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import uvicorn

from aggregator.app import system_clock
from aggregator.cli.memory import tune
from aggregator.coding import CODINGS
from aggregator.model.feed import Feed, Publication, Site
from aggregator.observe import Metrics
from aggregator.store import SqlStore, open_store
from aggregator.web import build
from aggregator.web.server import server
from benchmarks.fleet.documents import Document, Entry, rss
from benchmarks.fleet.prose import story

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUNDS = 5
SECONDS = 2
CONNECTIONS = 32
MANY = 10_000  #: feeds
FEED_BYTES, SMALL_BYTES = 100_000, 20_000
CHANGED = datetime(2024, 11, 20, 9, 0, 5, tzinfo=UTC)
SITE = Site(title="Kabar", base_url="https://feeds.example.id", language="id", tag_date="2024-01-01")
PATH = "/feeds/all.rss"
CORES = sorted(os.sched_getaffinity(0))
TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Measure all servers and print the figures."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    body = document(FEED_BYTES, "all")
    sizes(body)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "body").write_bytes(body)
        publish(folder / "one", body, 1)
        publish(folder / "many", body, MANY)
        servers = {"ours": ("ours", folder / "one"), f"ours, {MANY} feeds": ("ours", folder / "many")}
        servers["bare ASGI"] = ("bare", folder)
        if shutil.which("nginx"):
            servers["nginx"] = ("nginx", folder)
        figures: dict[tuple[str, int], list[tuple[float, float]]] = {}
        for _ in range(rounds):
            for name, (kind, place) in servers.items():
                with running(kind, place) as (pid, port):
                    for status, figure in ask(pid, port).items():
                        figures.setdefault((name, status), []).append(figure)
        report(figures)
        memory(folder / "one", 1)
        memory(folder / "many", MANY)


def report(figures: dict[tuple[str, int], list[tuple[float, float]]]) -> None:
    """Print the medians, and their ratios to those of bare ASGI."""
    medians = {
        case: [statistics.median(each) for each in zip(*values, strict=True)]
        for case, values in figures.items()
    }
    for (name, status), (wall, cpu) in medians.items():
        walls, cpus = medians["bare ASGI", status]
        print(
            f"{status} {name:20} {wall:8.0f} a second ({wall / walls:.2f} of bare ASGI), "
            f"{cpu:8.0f} a second of its processor time ({cpu / cpus:.2f})"
        )


def sizes(body: bytes) -> None:
    """Print what each coding makes of ``body``."""
    for coding, encode in CODINGS.items():
        seconds = []
        for _ in range(5):
            started = time.process_time()
            size = len(encode(body))
            seconds.append(time.process_time() - started)
        print(f"{coding:8} {size:7} bytes in {min(seconds) * 1e3:.1f} ms")


def ask(pid: int, port: int) -> dict[int, tuple[float, float]]:
    """Return how many answers with status 200 and 304 a server gives, by the second and by its own second."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{PATH}", headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request) as response:
        assert response.headers["Content-Encoding"] == "gzip"  # noqa: S101 # else all figures are of something else
        etag = response.headers["ETag"]
    found = {}
    for status, headers in ((200, {}), (304, {"If-None-Match": etag})):
        before, started = processor_seconds(pid), time.perf_counter()
        count = load(port, {"Accept-Encoding": "gzip", **headers})
        wall, cpu = time.perf_counter() - started, processor_seconds(pid) - before
        found[status] = (count / wall, count / cpu)
    return found


def load(port: int, headers: dict[str, str]) -> int:
    """Ask on many connections for some seconds; return how many answers came."""
    url = f"http://127.0.0.1:{port}{PATH}"
    if not shutil.which("wrk"):
        return asyncio.run(asked(port, headers))
    fields = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
    with pinned(CORES[-1]):
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", *fields, url]
        printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "Non-2xx" not in printed.replace("Non-2xx or 3xx responses: 0", "")  # noqa: S101 # likewise
    match = re.search(r"(\d+) requests in", printed)
    assert match is not None  # noqa: S101 # wrk says so
    return int(match[1])


async def asked(port: int, headers: dict[str, str]) -> int:
    """Do what wrk does, with streams."""
    fields = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    request = f"GET {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\n{fields}\r\n".encode()
    end, count = time.perf_counter() + SECONDS, 0

    async def client() -> None:
        nonlocal count
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while time.perf_counter() < end:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"(?i)content-length: (\d+)", head)
            if length and not head.startswith(b"HTTP/1.1 304"):
                await reader.readexactly(int(length[1]))
            count += 1
        writer.close()

    await asyncio.gather(*(client() for _ in range(CONNECTIONS)))
    return count


def memory(folder: Path, feeds: int) -> None:
    """Print the service's memory before and after many requests, and after each feed was asked for."""
    with running("ours", folder) as (pid, port):
        fresh = resident(pid)
        load(port, {"Accept-Encoding": "gzip"})
        first = resident(pid)
        count = sum(load(port, {"Accept-Encoding": "gzip"}) for _ in range(5))
        print(f"{feeds} feeds: {fresh:.0f} MB at the start, {first:.0f} MB after the first load,", end=" ")
        print(f"{resident(pid):.0f} MB after {count} requests more", end="")
        if feeds > 1:
            asyncio.run(each(port, feeds))
            print(f", {resident(pid):.0f} MB after each feed was asked for", end="")
        print()


async def each(port: int, feeds: int) -> None:
    """Ask for every feed once, in gzip and in br."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for number in range(1, feeds):
        for coding in ("gzip", "br"):
            head = f"GET /feeds/source/s{number}.rss HTTP/1.1\r\nHost: x\r\nAccept-Encoding: {coding}\r\n\r\n"
            writer.write(head.encode())
            answer = await reader.readuntil(b"\r\n\r\n")
            assert answer.startswith(b"HTTP/1.1 200")  # noqa: S101 # else it is no measurement
            length = re.search(rb"content-length: (\d+)", answer)
            await reader.readexactly(int(length[1]) if length else 0)
    writer.close()


def resident(pid: int) -> float:
    """Return the resident memory of a process, in MB."""
    match = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(encoding="utf-8"))
    return int(match[1]) * 1024 / 1e6 if match else 0.0


def processor_seconds(pid: int) -> float:
    """Return the processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def document(size: int, seed: str) -> bytes:
    """Return an RSS document of about ``size`` bytes."""
    chance = Random(seed)  # noqa: S311 # prose is no secret
    entries: list[Entry] = []
    while True:
        link = f"https://portal.example.id/{seed}/{len(entries)}/"
        published = CHANGED - timedelta(minutes=7 * len(entries))
        entries.append(Entry(story=story(chance, seed), link=link, guid=link, published=published))
        text = rss(Document(title="Kabar", site="https://portal.example.id", entries=entries)).encode()
        if len(text) >= size:
            return text


def feeds_of(count: int) -> list[Feed]:
    """Return the combined feed, and as many of single sources as are missing to ``count``."""
    names = ["all", *(f"source/s{number}" for number in range(1, count))]
    return [Feed(name=name, title=name, description="", sources=("x",), limit=50, page="/") for name in names]


def publish(folder: Path, body: bytes, count: int) -> None:
    """Fill a database with so many published feeds, in RSS: one with ``body``, the others smaller."""
    folder.mkdir()
    small = document(SMALL_BYTES, "small")
    with closing(open_store(f"sqlite:///{folder}/aggregator.db")) as store:
        for feed in feeds_of(count):
            text = body if feed.name == "all" else small.replace(b"portal", feed.name[7:].encode())
            store.put_edition(
                feed.name, basis="b", content_hash="c", changed_at=CHANGED, publications=[printed(feed, text)]
            )


def printed(feed: Feed, body: bytes) -> Publication:
    """Return ``body`` as a publication."""
    etag = f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'
    media_type = "application/rss+xml; charset=utf-8"
    return Publication(
        feed=feed.name, suffix="rss", media_type=media_type, body=body, etag=etag, changed_at=CHANGED
    )


@contextmanager
def pinned(core: int) -> Iterator[None]:
    """Let what is started meanwhile run on one core only."""
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, CORES)


@contextmanager
def running(kind: str, folder: Path) -> Iterator[tuple[int, int]]:
    """Run a server on the first core; yield the process that answers, and its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        if kind == "nginx":
            listener.close()
            command = nginx(folder, port)
        else:
            command = [sys.executable, "-m", "benchmarks.serving", kind, str(folder), str(listener.fileno())]
        with pinned(CORES[0]):
            process = subprocess.Popen(
                command, pass_fds=() if kind == "nginx" else [listener.fileno()], stderr=subprocess.DEVNULL
            )
    try:
        until_it_answers(port)
        yield process.pid, port
    finally:
        process.terminate()
        process.wait()


def until_it_answers(port: int) -> None:
    """Return when the server answers."""
    for _ in range(600):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}{PATH}", timeout=60).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("a server does not answer")


def nginx(folder: Path, port: int) -> list[str]:
    """Return the command that serves the compressed file with nginx, as one process."""
    site = folder / "nginx" / "feeds"
    site.mkdir(parents=True, exist_ok=True)
    body = (folder / "body").read_bytes()
    (site / "all.rss").write_bytes(body)
    (site / "all.rss.gz").write_bytes(CODINGS["gzip"](body))
    folder.chmod(0o755)  # its worker is another user
    spare = "".join(
        f"{kind}_temp_path {folder}/spare; " for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = f"user {getpass.getuser()};" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"""{user} daemon off; master_process off; pid {folder}/nginx.pid; error_log stderr error;
        events {{ worker_connections 1024; }}
        http {{
          types {{ application/rss+xml rss; }} access_log off; {spare}
          root {folder}/nginx; gzip_static on; gzip_vary on; keepalive_requests 100000000;
          open_file_cache max=100; sendfile on; tcp_nopush on;
          server {{ listen 127.0.0.1:{port};
            add_header Cache-Control "public, max-age=60, stale-while-revalidate=300";
            add_header Access-Control-Allow-Origin "*"; add_header X-Content-Type-Options nosniff; }}
        }}""",
        encoding="utf-8",
    )
    return ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")]


def serve(kind: str, folder: Path, listener: socket.socket) -> None:
    """Be a server, until ended."""
    tune()
    if kind == "bare":
        options = uvicorn.Config(
            bare((folder / "body").read_bytes()),
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            lifespan="off",
        )
        uvicorn.Server(options).run(sockets=[listener])
        return
    with closing(open_store(f"sqlite:///{folder}/aggregator.db")) as store:
        server(application(store)).run(sockets=[listener])


def application(store: SqlStore) -> Any:
    """Return our application over ``store``."""
    return build(
        site=SITE,
        categories=[],
        feeds=feeds_of(len(store.editions())),
        timezone=ZoneInfo("Asia/Jakarta"),
        store=store,
        publication=store.publication,
        take_up=lambda _name: None,
        written=lambda _stories: {},
        clock=system_clock,
        metrics=Metrics(),
        pulse=lambda: None,
    )


def bare(body: bytes) -> Any:
    """Return an application that sends what ours does, and decides nothing."""
    packed = CODINGS["gzip"](body)
    unmodified = [
        (b"etag", b'"0123456789abcdef0123456789abcdef-gzip"'),
        (b"vary", b"Accept-Encoding"),
        (b"x-content-type-options", b"nosniff"),
        (b"cache-control", b"public, max-age=60, stale-while-revalidate=300"),
        (b"access-control-allow-origin", b"*"),
        (b"content-location", b"https://feeds.example.id/feeds/all.rss"),
        (b"link", b'<https://feeds.example.id/feeds/all.rss>; rel="self"'),
        (b"last-modified", b"Wed, 20 Nov 2024 09:00:05 GMT"),
    ]
    fields = [
        *unmodified,
        (b"content-type", b"application/rss+xml; charset=utf-8"),
        (b"content-encoding", b"gzip"),
        (b"content-length", b"%d" % len(packed)),
    ]

    async def answers(scope: Any, _receive: Any, send: Any) -> None:
        if any(name == b"if-none-match" for name, _ in scope["headers"]):
            await send({"type": "http.response.start", "status": 304, "headers": unmodified})
            await send({"type": "http.response.body"})
        else:
            await send({"type": "http.response.start", "status": 200, "headers": fields})
            await send({"type": "http.response.body", "body": packed})

    return answers


if __name__ == "__main__":
    if len(sys.argv) > 2:
        serve(sys.argv[1], Path(sys.argv[2]), socket.socket(fileno=int(sys.argv[3])))
    else:
        main()
