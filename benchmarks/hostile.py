"""How much hostile servers delay the news of a healthy neighbour: one pass with them beside one without.

    python -m benchmarks.hostile

A figure is the time from the start of a pass into an empty database until the items of the healthy
source are saved. All servers run in this process, the service in one of its own. Machines are
noisy: of each figure the median of several rounds counts, and rounds with and without take turns.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from contextlib import closing
from typing import TYPE_CHECKING, Any

from tests.app.hostile_service import NEIGHBOUR
from tests.app.test_hostile_service import HEALTHY, STRANGERS
from tests.fetch.hostile import HostileServer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.fetch.hostile import Row

ROUNDS = 5
TIMEOUT = "5s"


def main() -> None:
    """Run the rounds and print their figures."""
    figures: dict[str, list[float]] = {"alone": [], "among hostile servers": []}
    for _ in range(ROUNDS):
        for name, strangers in zip(figures, ((), STRANGERS), strict=True):
            [report] = one_run(strangers)["passes"]
            seconds = report["sources"][NEIGHBOUR]["seconds"]
            figures[name].append(seconds)
            print(f"{name}: {seconds * 1e3:.1f} ms of a pass of {report['seconds']:.1f} s", flush=True)
    alone, among = (statistics.median(each) for each in figures.values())
    print(f"median alone {alone * 1e3:.1f} ms, among {len(STRANGERS)} hostile servers {among * 1e3:.1f} ms")
    print(f"ratio {among / alone:.2f}")


def one_run(strangers: Iterable[Row]) -> dict[str, Any]:
    """Return what the service says of one pass into an empty database."""
    with (
        closing(HostileServer([HEALTHY, *strangers])) as server,
        tempfile.TemporaryDirectory() as folder,
    ):
        wish = {
            "folder": folder,
            "passes": 1,
            "timeout": TIMEOUT,
            "neighbour": server.url(HEALTHY),
            "strangers": {row.name: server.url(row) for row in strangers},
        }
        run = subprocess.run(
            [sys.executable, "-m", "tests.app.hostile_service"],
            input=json.dumps(wish).encode(),
            env={**os.environ, "SSL_CERT_FILE": server.trust(folder)},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=True,
        )
        answer: dict[str, Any] = json.loads(run.stdout)
        return answer


if __name__ == "__main__":
    main()
