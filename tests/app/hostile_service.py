"""The whole service among hostile servers, as a program of its own: so its memory is only its own.

Run by ``test_hostile_service`` and by ``benchmarks/hostile.py``, with what is to be done on standard
input; says on standard output what became of it.
"""

from __future__ import annotations

import json
import resource
import sys
import threading
import time
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aggregator.app import App
from aggregator.cli.memory import tune
from aggregator.settings import load
from tests.making import NOW

if TYPE_CHECKING:
    from aggregator.model.report import Collected

NEIGHBOUR = "neighbour"
FORMATS = ("rss", "atom", "json")


class Clock:
    """Goes on from ``NOW`` when it is told to."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def main() -> None:
    """Make as many passes as are wished for, and print what became of every source."""
    tune()
    wish = json.load(sys.stdin)
    path = Path(wish["folder"], "aggregator.yaml")
    path.write_text(configuration(wish), encoding="utf-8")
    clock, before = Clock(), opened()
    with closing(App(load(path, {}), clock=clock)) as app:
        passes = []
        for _ in range(wish["passes"]):
            passes.append(one_pass(app))
            clock.now += timedelta(hours=1)
        answer: dict[str, Any] = {
            "peak_bytes": peak_bytes(),  # before all that is published is gathered here
            "passes": passes,
            "items": app.store.counts(),
            "published": {name: published(app, f"source/{name}") for name in app.sources},
        }
    answer |= {"opened": opened() - before, "threads": threads()}
    json.dump(answer, sys.stdout)


def configuration(wish: dict[str, Any]) -> str:
    """Return the configuration that is wished for."""
    lines = [
        "service: {timezone: Asia/Jakarta, base_url: 'https://feeds.example.id'}",
        f"database: {{url: 'sqlite:///{wish['folder']}/aggregator.db'}}",
        f"fetch: {{allow_private_networks: [127.0.0.0/8], timeout: {wish['timeout']}, per_host: 16}}",
        "categories:",
        f"  {NEIGHBOUR}: {{sources: [{{id: {NEIGHBOUR}, url: '{wish['neighbour']}'}}]}}",
    ]
    if wish["strangers"]:
        lines += ["  strangers:", "    sources:"]
        lines += [f"      - {{id: {name}, url: '{url}'}}" for name, url in wish["strangers"].items()]
    return "\n".join(lines)


def one_pass(app: App) -> dict[str, Any]:
    """Collect from everybody; return what each brought, and the seconds until it was saved."""
    brought: dict[str, dict[str, Any]] = {}
    started = time.perf_counter()

    def told(collected: Collected) -> None:
        brought[collected.source] = {
            "result": collected.result,
            "error": collected.error,
            "new": collected.items_new,
            "updated": collected.items_updated,
            "seconds": time.perf_counter() - started,
        }

    app.run(list(app.sources), force=True, progress=told)
    return {"sources": brought, "seconds": time.perf_counter() - started}


def published(app: App, feed: str) -> dict[str, str]:
    """Return what is published of a feed, by format."""
    editions = ((suffix, app.publisher.publication(feed, suffix)) for suffix in FORMATS)
    return {suffix: edition.body.decode() for suffix, edition in editions if edition}


def threads() -> list[str]:
    """Return the threads that still run, but for the first."""
    return [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]


def opened() -> int:
    """Return how many files and sockets are open."""
    return len(list(Path("/dev/fd").iterdir()))


def peak_bytes() -> int:
    """Return the most memory that this process had at once.

    Linux counts the memory of the process that started us into ``ru_maxrss``; its ``VmHWM`` is ours alone.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        line = next(line for line in status.read_text("ascii").splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main()
