"""How soon a partner's webhook has what a source brought: two healthy partners, a slow and a dead one beside.

    python -m benchmarks.push [SECONDS]

The real service asks a source every second, which has five stories more every three. A figure is the time
from when the source first answered with a story until a partner has its message: collecting, publishing and
delivering together.
"""

from __future__ import annotations

import json
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import format_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aggregator.app import system_clock

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

SECONDS = 90.0
STORIES, PERIOD = 5, 3.0  # so many more in so many seconds
SHOWN = 60  # stories of the source's document
HEALTHY = {"quick": 0.0, "steady": 0.3}  # seconds that each takes for a message
SLOW, DEAD = "slow", "dead"
SLOW_SECONDS = 10.0
_clock = time.monotonic
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 # of this benchmark


@dataclass
class World:
    """The source, and what the partners took."""

    started: float = field(default_factory=_clock)
    began: datetime = field(default_factory=system_clock)
    shown: dict[int, float] = field(default_factory=dict)  #: when the source first answered with a story
    taken: dict[str, dict[int, float]] = field(default_factory=lambda: {name: {} for name in HEALTHY})

    def document(self) -> bytes:
        """Return what the source has now."""
        count = int((_clock() - self.started) / PERIOD + 1) * STORIES
        return (
            "<rss version='2.0'><channel><title>Pelabuhan</title>"
            + "".join(map(self._item, range(max(0, count - SHOWN), count)))
            + "</channel></rss>"
        ).encode()

    def _item(self, number: int) -> str:
        date = format_datetime(self.began + timedelta(seconds=number * PERIOD / STORIES))
        return (
            f"<item><guid isPermaLink='false'>{number}</guid><title>Kapal {number}</title>"
            f"<link>https://pelabuhan.example.id/{number}</link><pubDate>{date}</pubDate></item>"
        )

    def answered(self, document: bytes) -> None:
        """Note that the source answered with ``document``."""
        at = _clock()
        for number in range(document.count(b"<item>")):
            last = int((at - self.started) / PERIOD + 1) * STORIES
            self.shown.setdefault(last - 1 - number, at)

    def take(self, partner: str, message: dict[str, Any]) -> None:
        """Note that ``partner`` has a message."""
        self.taken[partner].setdefault(int(message["data"]["title"].split()[-1]), _clock())


def main() -> None:
    """Run the service and print each healthy partner's figures."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    world = World()
    with _server(world) as server, tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "aggregator.yaml")
        config.write_text(_configuration(folder, f"http://127.0.0.1:{server.server_port}"), encoding="utf-8")
        command = [sys.executable, "-m", "aggregator", "serve", "-c", str(config)]
        service = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            time.sleep(seconds)
        finally:
            service.send_signal(signal.SIGINT)
            service.wait()
        server.shutdown()
    for partner, taken in world.taken.items():
        waits = sorted(at - world.shown[number] for number, at in taken.items())
        print(f"{partner}: {len(waits)} of {len(world.shown)} stories, {_summary(waits)}")


def _summary(waits: Sequence[float]) -> str:
    p95 = statistics.quantiles(waits, n=20)[-1]
    return f"median {statistics.median(waits):.2f} s, p95 {p95:.2f} s, longest {waits[-1]:.2f} s"


def _server(world: World) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        """The source by GET, a partner by POST."""

        def do_GET(self) -> None:
            document = world.document()
            self._answer(HTTPStatus.OK, document)
            world.answered(document)

        def do_POST(self) -> None:
            message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            partner = self.path.strip("/")
            if partner in HEALTHY:
                world.take(partner, message)
                time.sleep(HEALTHY[partner])
            if partner == SLOW:
                time.sleep(SLOW_SECONDS)
            self._answer(HTTPStatus.SERVICE_UNAVAILABLE if partner == DEAD else HTTPStatus.NO_CONTENT, b"")

        def _answer(self, status: HTTPStatus, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def _configuration(folder: str, url: str) -> str:
    lines = [
        "service: {timezone: Asia/Jakarta, base_url: 'https://feeds.example.id', listen: '127.0.0.1:0'}",
        f"database: {{url: 'sqlite:///{folder}/aggregator.db'}}",
        "fetch: {allow_private_networks: [127.0.0.0/8]}",
        "defaults: {every: 1s, every_max: 1s}",
        f"categories: {{news: {{sources: [{{id: pelabuhan, url: '{url}/feed'}}]}}}}",
        "partners:",
    ]
    lines += (
        f"  {partner}: {{feeds: [all], webhook: {{url: '{url}/{partner}', secret: {SECRET}}}}}"
        for partner in (*HEALTHY, SLOW, DEAD)
    )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
