"""How much hostile servers delay the news of a healthy neighbour.

    python -m benchmarks.hostile

A figure is the time from the start of a pass into an empty database until the items of the neighbour
are saved: alone, in the company of as many healthy servers as there are hostile ones, and among the
hostile ones. The service, the neighbour and all others are three processes, so that what the hostile
ones do is not paid for by the neighbour's own server. Machines are noisy: of each figure the
median of several rounds counts, and the cases take turns.
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
from tests.fetch.hostile import HostileServer, Row, feed, gives, said

if TYPE_CHECKING:
    from collections.abc import Iterable

ROUNDS = 5
TIMEOUT = "5s"
COMPANY = [
    Row(f"healthy-{number}", "is healthy", said(feed(f"healthy-{number}")), gives())
    for number in range(len(STRANGERS))
]
CASES: dict[str, Iterable[Row]] = {"alone": (), "in healthy company": COMPANY, "among hostile": STRANGERS}


def main() -> None:
    """Run the rounds and print their figures."""
    figures: dict[str, list[float]] = {name: [] for name in CASES}
    for _ in range(ROUNDS):
        for name, others in CASES.items():
            answer = one_run(others)
            [report] = answer["passes"]
            seconds = report["sources"][NEIGHBOUR]["seconds"]
            figures[name].append(seconds)
            print(
                f"{name}: {seconds * 1e3:.1f} ms of a pass of {report['seconds']:.1f} s, "
                f"{answer['peak_bytes'] / 1e6:.0f} MB",
                flush=True,
            )
    medians = {name: statistics.median(each) for name, each in figures.items()}
    for name, median in medians.items():
        print(f"median {name}: {median * 1e3:.1f} ms")
    hostile = medians["among hostile"]
    for name in ("alone", "in healthy company"):
        print(f"ratio to {name}: {hostile / medians[name]:.2f}")


def one_run(others: Iterable[Row]) -> dict[str, Any]:
    """Return what the service says of one pass into an empty database."""
    neighbour = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.hostile", NEIGHBOUR], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with (
        neighbour,
        closing(HostileServer(others)) as server,
        tempfile.TemporaryDirectory() as folder,
    ):
        assert neighbour.stdout is not None  # noqa: S101 # it is a pipe
        wish = {
            "folder": folder,
            "passes": 1,
            "timeout": TIMEOUT,
            "neighbour": neighbour.stdout.readline().decode().strip(),
            "strangers": {row.name: server.url(row) for row in others},
        }
        run = subprocess.run(
            [sys.executable, "-m", "tests.app.hostile_service"],
            input=json.dumps(wish).encode(),
            env={**os.environ, "SSL_CERT_FILE": server.trust(folder)},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=True,
        )
        neighbour.communicate()  # closes its standard input, which ends it
        answer: dict[str, Any] = json.loads(run.stdout)
        return answer


def neighbour() -> None:
    """Be the neighbour: say where, and serve until nobody holds our standard input any more."""
    with closing(HostileServer([HEALTHY])) as server:
        print(server.url(HEALTHY), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    neighbour() if sys.argv[1:] == [NEIGHBOUR] else main()
