"""The service as a program of its own whose day is told to it: so that it can be killed at any instant.

Takes commands on standard input, a line of JSON each, and answers each with a line. Its clock stands until it
is set: ``{"do": "clock", "at": "2026-11-20T08:00:00+00:00"}``.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from aggregator.app import App
from aggregator.cli.site import site_of
from aggregator.engines.courier import Courier
from aggregator.settings import load
from aggregator.web.server import server


class Clock:
    """Stands until it is set; callable as the service's."""

    def __init__(self) -> None:
        self.now = datetime.fromisoformat(sys.argv[2])

    def __call__(self) -> datetime:
        return self.now


def main() -> None:
    """Serve the configuration that is named, at a free port, until standard input ends."""
    clock = Clock()
    listener = socket.create_server(("127.0.0.1", 0))
    with listener, closing(App(load(Path(sys.argv[1]), {}), clock=clock)) as app:
        site, courier = site_of(app), Courier(app)
        app.publisher.listeners.append(site.shelf.refresh)
        web = server(site)
        serving = threading.Thread(target=web.run, kwargs={"sockets": [listener]})
        serving.start()
        courier.start()
        answer({"port": listener.getsockname()[1]})
        for line in sys.stdin:
            answer(obey(app, clock, json.loads(line)))
        web.should_exit = True
        serving.join()
        courier.stop()


def obey(app: App, clock: Clock, command: dict[str, Any]) -> dict[str, Any]:
    """Do what is said; return what came of it."""
    match command["do"]:
        case "clock":
            clock.now = datetime.fromisoformat(command["at"])
        case "collect":
            report = app.run(list(app.sources), force=True)
            return {"new": report.items_new, "updated": report.items_updated, "merged": report.duplicates}
        case "take down":
            app.take_down(command["story"])
    return {}


def answer(words: dict[str, Any]) -> None:
    """Say it in a line."""
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
