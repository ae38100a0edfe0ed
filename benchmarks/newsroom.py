"""What a pass over the sample newsroom costs: the whole service, from request to published bytes.

    make bench

Each line is what ``aggregator run --force --json`` says of itself, so the start of the process is
not in it: first a collect into an empty database, then passes that find nothing new. CPU seconds
are those of the service alone; the newsroom runs in this process. Machines are noisy: the line
that begins with "median" is the one to quote.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from aggregator.app import system_clock
from aggregator.demo.newsroom import Newsroom
from aggregator.demo.server import NewsroomServer

ROUNDS = 5
SHOWN = ("fetched", "not_modified", "items_new", "duplicates", "feeds_published", "seconds", "cpu_seconds")


def main() -> None:
    """Run the rounds and print their figures."""
    first: list[dict[str, Any]] = []
    again: list[dict[str, Any]] = []
    with NewsroomServer(Newsroom(), clock=system_clock) as server, as_file(files("aggregator.demo")) as demo:
        for _ in range(ROUNDS):
            with tempfile.TemporaryDirectory() as folder:
                first.append(one_pass(demo / "demo.yaml", server.url, Path(folder)))
                again.append(one_pass(demo / "demo.yaml", server.url, Path(folder)))
    for name, passes in (("first collect", first), ("again", again)):
        for report in passes:
            print(name, json.dumps({key: report[key] for key in SHOWN}))
        print(f"median {name}: {statistics.median(report['cpu_seconds'] for report in passes)} CPU seconds")


def one_pass(config: Path, newsroom: str, folder: Path) -> dict[str, Any]:
    """Return the report of one ``aggregator run`` with its database in ``folder``."""
    environ = {**os.environ, "NEWSROOM": newsroom, "AGGREGATOR_DATABASE_URL": f"sqlite:///{folder}/bench.db"}
    command = [sys.executable, "-m", "aggregator", "run", "-c", str(config), "--force", "--json"]
    run = subprocess.run(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    report: dict[str, Any] = json.loads(run.stdout)
    return report


if __name__ == "__main__":
    main()
