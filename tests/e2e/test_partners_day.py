"""A day of three partners: one asks the API, one is told by webhook, one reads a feed.

Three sources bring, copy, edit and take back stories, under a clock that the test moves; the operator takes
some down; the service is killed twice, once while it collects and once while it delivers. At the end each of
the partners has exactly what is published.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, NamedTuple
from xml.etree import ElementTree as ET

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

START = datetime(2026, 11, 20, 1, tzinfo=UTC)
STEP = timedelta(minutes=30)
STEPS = 48
KILLED_COLLECTING, KILLED_DELIVERING = 17, 33  # steps
PATIENCE = 60.0  # seconds that anything may take on a busy machine
SOURCES = {"antara": "nasional", "kawat": "logistik", "tempo": "logistik"}
KEYS = {name: f"ak_{name}_0123456789abcdefghij" for name in ("asks", "told", "reads")}
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 # of this test
ATOM = "{http://www.w3.org/2005/Atom}"
DELETED = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"


class Seen(NamedTuple):
    """What a partner has of a story."""

    title: str
    content: str
    published: datetime
    updated: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A story as one source has it now."""

    number: int
    at: datetime
    name: str
    path: str
    version: int = 0

    @property
    def title(self) -> str:
        return f"Kapal {self.number} tiba di pelabuhan" + f", versi {self.version}" * bool(self.version)

    @property
    def text(self) -> str:
        dice = random.Random(self.number)  # noqa: S311 # the same words in every copy
        words = " ".join(f"kata{dice.randrange(5000)}" for _ in range(120))
        return f"<p>{words}</p>" + "<p>Diperbarui.</p>" * self.version


@dataclass(slots=True)
class World:
    """What the sources have, and what they took back."""

    dice: random.Random
    posts: dict[str, dict[int, Post]] = field(default_factory=lambda: {name: {} for name in SOURCES})
    count: int = 0
    did: set[str] = field(default_factory=set)

    def happen(self, now: datetime) -> None:
        """Let one thing happen, if it can."""
        source = self.dice.choice(sorted(SOURCES))
        mine = self.posts[source]
        deed = self.dice.choice(["new", "new", "new", "copy", "merge", "edit", "edit", "drop"])
        if deed == "new" or not mine:
            self.count += 1
            at = now - timedelta(minutes=self.dice.randrange(25))
            path = f"/{source}/a/{self.count}"
            mine[self.count] = Post(number=self.count, at=at, name=f"{source}-{self.count}", path=path)
            return
        post = self.dice.choice(list(mine.values()))
        other = self.dice.choice([name for name in sorted(SOURCES) if name != source])
        match deed:
            case "copy" if post.number not in self.posts[other]:  # at the same address
                self.posts[other][post.number] = replace(post, name=f"{other}-{post.number}")
            case "merge" if post.number not in self.posts[other]:  # the same text at another address
                path = f"/{other}/a/{post.number}"
                self.posts[other][post.number] = replace(post, name=f"{other}-{post.number}", path=path)
            case "edit":
                mine[post.number] = replace(post, version=post.version + 1)
            case "drop" if inside := self._inside(source):
                del mine[self.dice.choice(inside)]
            case _:
                return
        self.did.add(deed)

    def _inside(self, source: str) -> list[int]:
        dates = [post.at for post in self.posts[source].values()]
        return [number for number, post in self.posts[source].items() if min(dates) < post.at < max(dates)]

    def feed(self, source: str, base: str) -> str:
        items = "".join(
            f"<item><title>{post.title}</title><link>{base}{post.path}</link>"
            f'<guid isPermaLink="false">{post.name}</guid><pubDate>{format_datetime(post.at)}</pubDate>'
            f"<description>{escape(post.text)}</description></item>"
            for post in sorted(self.posts[source].values(), key=lambda post: post.at, reverse=True)
        )
        return (
            f'<rss version="2.0"><channel><title>{source}</title><link>{base}/</link>{items}</channel></rss>'
        )


class Server:
    """The sources' site, and the webhook of the partner that is told."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.told: dict[str, Seen] = {}
        self.delivered: list[tuple[str, str]] = []  # webhook-id and type, as they were taken
        self.reached = threading.Event()  # by a delivery while ``hold`` was set
        self.hold = False
        self.lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            """Answers from ``outer``."""

            def do_GET(self) -> None:
                with outer.lock:
                    body = outer.get(self.path)
                self.send_response(HTTPStatus.OK if body else HTTPStatus.NOT_FOUND)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if outer.hold:
                    outer.reached.set()
                    time.sleep(PATIENCE)  # until the sender is no more
                with outer.lock:
                    outer.take(dict(self.headers.items()), body)
                self.send_response(HTTPStatus.NO_CONTENT)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def get(self, path: str) -> bytes:
        source, _, file = path.strip("/").partition("/")
        if file == "feed":
            return self.world.feed(source, self.url).encode()
        live = {post.path for posts in self.world.posts.values() for post in posts.values()}
        return b"<p>Kapal tiba.</p>" if path in live else b""

    def take(self, headers: dict[str, str], body: bytes) -> None:
        message = json.loads(body)
        # The scheme's own library looks at the clock, which is not the one of this day.
        named = {name.lower(): value for name, value in headers.items()}
        sent = datetime.fromtimestamp(int(named["webhook-timestamp"]), UTC)
        signed = Webhook(SECRET).sign(named["webhook-id"], sent, body.decode())
        assert signed in named["webhook-signature"].split()
        self.delivered.append((named["webhook-id"], message["type"]))
        apply(self.told, message["data"], removed=message["type"] == "item.removed")

    def close(self) -> None:
        self.http.shutdown()
        self.http.server_close()


def apply(held: dict[str, Seen], item: dict[str, Any], *, removed: bool) -> None:
    if removed:
        held.pop(item["id"], None)
    else:
        held[item["id"]] = Seen(
            item["title"],
            item["content_html"],
            datetime.fromisoformat(item["date_published"]),
            datetime.fromisoformat(item["date_modified"]),
        )


class Service:
    """The program, which can be killed and started again."""

    def __init__(self, config: Path) -> None:
        self._config = config
        self.now = START
        self._process: subprocess.Popen[str]
        self.url = ""

    def start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.day", str(self._config), self.now.isoformat()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.url = f"http://127.0.0.1:{self._answer()['port']}"

    def kill(self) -> None:
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.wait(PATIENCE)
        self._close()

    def end(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        assert self._process.wait(PATIENCE) == 0
        self._close()

    def _close(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe and not pipe.closed:
                pipe.close()

    def say(self, **command: Any) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def do(self, **command: Any) -> dict[str, Any]:
        self.say(**command)
        return self._answer()

    def later(self, by: timedelta) -> None:
        self.now += by
        self.do(do="clock", at=self.now.isoformat())


class Asks:
    """The partner that keeps a cursor."""

    def __init__(self) -> None:
        self.held: dict[str, Seen] = {}
        self.cursor = ""
        self.changes: list[tuple[str, str]] = []

    def ask(self, url: str, *, limit: int) -> None:
        more = True
        while more:
            query = {"feed": "all", "limit": str(limit)} | ({"after": self.cursor} if self.cursor else {})
            headers = {"Authorization": f"Bearer {KEYS['asks']}"}
            answer = httpx.get(f"{url}/api/v1/items", params=query, headers=headers, timeout=PATIENCE)
            assert answer.status_code == HTTPStatus.OK, answer.text
            page = answer.json()
            for item in page["items"]:
                self.changes.append((item["id"], item["change"]))
                apply(self.held, item, removed=item["change"] == "removed")
            self.cursor, more = page["next"], page["more"]


class Reads:
    """The partner that reads a feed, and does as it says."""

    def __init__(self) -> None:
        self.held: dict[str, Seen] = {}
        self.etag = ""

    def read(self, url: str) -> None:
        headers = {"If-None-Match": self.etag} if self.etag else {}
        address = f"{url}/p/{KEYS['reads']}/all.atom"
        answer = httpx.get(address, headers=headers, timeout=PATIENCE)
        if answer.status_code == HTTPStatus.NOT_MODIFIED:
            return
        assert answer.status_code == HTTPStatus.OK, answer.text
        self.etag = answer.headers["ETag"]
        root = ET.fromstring(answer.content)  # noqa: S314 # our own document
        for entry in root.iter(f"{ATOM}entry"):
            said = {child.tag: child.text or "" for child in entry}
            self.held[said[f"{ATOM}id"]] = Seen(
                said[f"{ATOM}title"],
                said.get(f"{ATOM}content") or said[f"{ATOM}summary"],
                instant(said[f"{ATOM}published"]),
                instant(said[f"{ATOM}updated"]),
            )
        for gone in root.iter(DELETED):
            self.held.pop(gone.attrib["ref"], None)


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(microsecond=0)  # a fraction only orders


def published(url: str) -> dict[str, Seen]:
    """Return what everybody can read."""
    feed = httpx.get(f"{url}/feeds/all.json", timeout=PATIENCE).json()
    held: dict[str, Seen] = {}
    for item in feed["items"]:
        apply(held, item, removed=False)
    return held


def configuration(folder: Path, url: str) -> Path:
    categories: dict[str, list[str]] = {}
    for source, category in SOURCES.items():
        categories.setdefault(category, []).append(f"{{id: {source}, url: '{url}/{source}/feed'}}")
    path = folder / "aggregator.yaml"
    path.write_text(
        f"""
service: {{timezone: Asia/Jakarta, base_url: 'https://feeds.example.id', language: id}}
database: {{url: 'sqlite:///{folder}/aggregator.db'}}
fetch: {{allow_private_networks: [127.0.0.0/8], per_host: 16}}
defaults: {{duplicates: merge, gate: off, limit: 1000, robots: ignore}}
categories: {{{", ".join(f"{name}: {{sources: [{', '.join(of)}]}}" for name, of in categories.items())}}}
feeds: {{all: {{limit: 1000}}}}
partners:
  asks: {{key: {KEYS["asks"]}, feeds: [all]}}
  told: {{key: {KEYS["told"]}, feeds: [all, logistik], webhook: {{url: '{url}/told', secret: {SECRET}}}}}
  reads: {{key: {KEYS["reads"]}, feeds: [all]}}
""",
        encoding="utf-8",
    )
    return path


@pytest.fixture
def server() -> Iterator[Server]:
    with closing(Server(World(random.Random(7)))) as running:  # noqa: S311 # the same day at every run
        yield running


def until(told: Server, expected: dict[str, Seen]) -> None:
    """Wait until the deliveries have come."""
    deadline = time.monotonic() + PATIENCE
    while told.told != expected and time.monotonic() < deadline:
        time.sleep(0.05)


def test_three_partners_hold_what_is_published_after_a_day(server: Server, tmp_path: Path) -> None:
    world, service = server.world, Service(configuration(tmp_path, server.url))
    asks, reads, dice = Asks(), Reads(), random.Random(11)  # noqa: S311 # likewise
    down: set[str] = set()
    service.start()
    for step in range(STEPS):
        with server.lock:
            for _ in range(dice.randrange(2, 6)):
                world.happen(service.now)
        if step == KILLED_COLLECTING:
            service.say(do="collect")
            time.sleep(0.05)
            service.kill()
            service.start()
        if step == KILLED_DELIVERING:
            server.hold = True
        service.do(do="collect")
        if step == KILLED_DELIVERING:
            assert server.reached.wait(PATIENCE)
            service.kill()
            server.hold = False
            service.start()
        if step % 11 == 10:
            story = dice.choice(sorted(published(service.url)))
            down.add(story)
            service.do(do="take down", story=story)
        if dice.random() < 0.4:
            asks.ask(service.url, limit=dice.choice([1, 3, 100]))
        if dice.random() < 0.4:
            reads.read(service.url)
        service.later(STEP)

    expected = published(service.url)
    asks.ask(service.url, limit=7)
    reads.read(service.url)
    until(server, expected)
    assert asks.held == expected
    assert reads.held == expected
    assert server.told == expected
    service.end()

    assert len(expected) > STEPS
    assert down.isdisjoint(expected)
    assert world.did == {"copy", "merge", "edit", "drop"}
    once = [change for change in asks.changes if change[1] == "new"]
    assert len(once) == len(set(once))
    assert {kind for _, kind in asks.changes} == {"new", "updated", "removed"}
    assert {kind for _, kind in server.delivered} == {"item.new", "item.updated", "item.removed"}
