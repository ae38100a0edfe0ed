"""What a peer has to do to be measured beside us; each is a module of its own, and a process of its own.

    python -m benchmarks.fleet.peer_script subscribe|start|update DATABASE ADDRESSES

``subscribe`` makes the database and enters the addresses (a file with one a line); ``update`` asks them all
and prints what that cost, as ``aggregator run --json`` does: without the start of the process; ``start`` does
everything of ``update`` but that.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


def serve(
    subscribe: Callable[[str, Iterable[str]], None],
    prepare: Callable[[str], Callable[[], int]],
    arguments: Sequence[str] | None = None,
) -> None:
    """Do what the command line says; ``prepare`` opens and returns what updates and counts the failed."""
    what, database, addresses = arguments or sys.argv[1:]
    if what == "subscribe":
        subscribe(database, Path(addresses).read_text().split())
        return
    update = prepare(database)
    if what == "update":
        started, cpu = time.perf_counter(), time.process_time()
        failed = update()
        seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu
        print(json.dumps({"seconds": seconds, "cpu_seconds": cpu_seconds, "failed": failed}))
