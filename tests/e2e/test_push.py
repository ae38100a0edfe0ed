"""Webhooks of the real service, which is killed while it sends: nothing is lost, and in order."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import defaultdict
from contextlib import closing, contextmanager
from datetime import UTC, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from standardwebhooks import Webhook

from aggregator.app import system_clock
from aggregator.store import open_store
from tests.cli.commands import command
from tests.fetch.raw import RawServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 # the specification's
SOON = 60  # seconds: how long a test waits before it gives up
STORIES = 12
#: The service as it is, but for how long it waits for an answer that its predecessor did not live to see.
PROGRAM = """
from datetime import timedelta
from aggregator.engines import courier
courier.LEASE, courier.LULL = timedelta(seconds=2), 0.5
from aggregator.cli import main
main()
"""


class Receiver:
    """A partner's server: believes what is signed, and keeps it in the order in which it came."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.messages: list[dict[str, Any]] = []
        self.disbelieved: list[str] = []
        self.at: dict[
            int, Callable[[], None]
        ] = {}  # what happens before the request of that number is answered
        self._count = 0
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                if receiver.take(body, dict(self.headers)):
                    self.send_response(204)
                    self.end_headers()
                else:
                    self.close_connection = True

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                """Whoever was killed does not wait for an answer."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def take(self, body: bytes, headers: dict[str, str]) -> bool:
        """Take a message, if nothing happens before; return whether it is answered."""
        with self._changed:
            self._count += 1
            happens = self.at.pop(self._count, None)
            if happens:
                happens()
                return False
            try:
                self.messages.append(Webhook(SECRET).verify(body, headers))
            except Exception as error:  # noqa: BLE001 # whatever it is, it is shown
                self.disbelieved.append(repr(error))
            self._changed.notify_all()
        return True

    def after(self, requests: int, happens: Callable[[], None]) -> None:
        """Let something happen in the midst of one of the next requests."""
        with self._changed:
            self.at[self._count + requests] = happens

    def wait_for(self, condition: Callable[[], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(condition, SOON), self.messages[-3:]

    def holds(self) -> dict[str, str]:
        """Return the title of each story, as a partner that keeps them has it by now."""
        held: dict[str, str] = {}
        for message in self.messages:
            item = message["data"]
            if message["type"] == "item.removed":
                held.pop(item["id"], None)
            else:
                held[item["id"]] = item["title"]
        return held

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def document(version: int) -> bytes:
    """Return a feed whose stories are at this version; each version has one more."""
    dated = format_datetime(system_clock().astimezone(UTC) - timedelta(minutes=1))
    items = "".join(
        f"<item><guid isPermaLink='false'>{number}</guid><title>Kapal {number}, versi {version}</title>"
        f"<link>https://portal.example.id/{number}</link><pubDate>{dated}</pubDate></item>"
        for number in range(STORIES + version)
    )
    return f"<rss version='2.0'><channel><title>Portal</title>{items}</channel></rss>".encode()


@contextmanager
def service(path: Path) -> Iterator[subprocess.Popen[bytes]]:
    arguments = [sys.executable, "-c", PROGRAM, "serve", "--config", str(path)]
    with subprocess.Popen(arguments, stderr=subprocess.DEVNULL, env=dict(os.environ)) as process:
        try:
            yield process
        finally:
            process.kill()


def test_killed_at_any_instant_it_loses_nothing(tmp_path: Path) -> None:
    with closing(RawServer()) as source, closing(Receiver()) as receiver:
        path = tmp_path / "aggregator.yaml"
        database = f"sqlite:///{tmp_path}/aggregator.db"
        path.write_text(
            f"""
service: {{timezone: Asia/Jakarta, base_url: "https://feeds.example.id", listen: "127.0.0.1:0"}}
database: {{url: "{database}"}}
fetch: {{allow_private_networks: [127.0.0.0/8], per_domain_rate: 1000}}
defaults: {{every: 1s, every_max: 1s}}
categories: {{news: {{sources: [{{id: portal, url: "{source.url("/feed")}"}}]}}}}
partners: {{warta: {{feeds: [all, news], webhook: {{url: "{receiver.url}", secret: {SECRET}}}}}}}
""",
            encoding="utf-8",
        )
        for version, requests in enumerate((1, 4, 9, 14)):
            source.say("/feed", document(version))
            with service(path) as process:
                receiver.after(requests, process.kill)
                assert process.wait(SOON) == -signal.SIGKILL
        [gone] = [name for name, title in receiver.holds().items() if title.startswith("Kapal 3,")]
        assert command("takedown", gone, AGGREGATOR_CONFIG=str(path)).exit_code == 0
        last = 9
        source.say("/feed", document(last))
        wanted = {f"Kapal {number}, versi {last}" for number in range(STORIES + last) if number != 3}
        with service(path) as process:
            receiver.wait_for(lambda: set(receiver.holds().values()) == wanted)
            process.send_signal(signal.SIGINT)
            assert process.wait(SOON) == 0
        assert receiver.disbelieved == []
        with closing(open_store(database)) as store:
            published = {story.id: story.shown.title for story in store.latest(["portal"], limit=99)}
        assert receiver.holds() == published
    told: defaultdict[str, list[int]] = defaultdict(list)
    for message in receiver.messages:
        if message["type"] != "item.removed":
            told[message["data"]["id"]].append(int(message["data"]["title"].rpartition(" ")[2]))
    assert len(told) == STORIES + last
    assert all(versions == sorted(versions) for versions in told.values())
