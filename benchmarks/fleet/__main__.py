"""What it costs to collect a fleet of feeds: our service, and others beside it in the same run.

    python -m benchmarks.fleet [--feeds 1000] [--rounds 3] [--tls] [--peers reader,script]
    python -m benchmarks.fleet --serve      # only serve, for measuring by hand

Each round begins with an empty database, collects into it, and then has three more passes: nothing changed
and the server says so (304); 10 % of the feeds changed; nothing changed and the server has no validators.
Every pass is a process of its own. *CPU* is what it says of itself, its start not counted; *all of it* is
what the system counted for it and for what it started, less a start that asks nobody; the two should agree.
*Peak* is the resident memory of its largest process. Figures are medians over the rounds. Machines are noisy
and servers differ: compare what one run printed, not two runs of different days.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aggregator.app import system_clock
from benchmarks.fleet.configuration import configuration
from benchmarks.fleet.corpus import Fleet
from benchmarks.fleet.server import FleetServer

if TYPE_CHECKING:
    from collections.abc import Sequence

OURS = "aggregator"
CASES = {
    "first": "first collect",
    "same": "nothing changed, 304",
    "changed": "10 % of feeds changed",
    "blind": "nothing changed, no validators",
}
STARTS = 3  # of which the median is taken off
KEPT = {
    OURS: "SELECT count(*) FROM items",
    "reader": "SELECT count(*) FROM entries",
    "script": "SELECT count(*) FROM items",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one pass cost."""

    cpu: float  #: seconds, as it says itself
    whole: float  #: seconds, as the system says, less a start
    wall: float  #: seconds
    peak: float  #: MB
    kept: int  #: items in its database afterwards
    failed: int  #: feeds


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A fleet that is served, and where to measure."""

    fleet: Fleet
    server: FleetServer
    folder: Path

    def prepare(self) -> None:
        """Write the fleet, its configuration and the list of its addresses; serve it."""
        self.server.serve()
        names = [self.fleet.name(number) for number in range(self.fleet.feeds)]
        addresses = {name: self.server.url(number, name) for number, name in enumerate(names)}
        (self.folder / "fleet.yaml").write_text(configuration(addresses))
        (self.folder / "addresses.txt").write_text("\n".join(addresses.values()))

    def environment(self, database: Path) -> dict[str, str]:
        """Return the environment of a pass: no proxy, our database, and whom to believe over TLS."""
        environ = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
        environ["AGGREGATOR_DATABASE_URL"] = f"sqlite:///{database}"
        if self.server.authority.exists():
            environ["SSL_CERT_FILE"] = environ["REQUESTS_CA_BUNDLE"] = str(self.server.authority)
        return environ

    def round(self, who: str, cases: Sequence[str]) -> dict[str, Cost]:
        """Return what each case cost ``who``, beginning with an empty database."""
        costs = {}
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            database = Path(folder) / "bench.db"
            self.server.serve()
            self._run(self._start(who, database, first=True), database)
            start = self._start(who, database)
            idle = statistics.median(self._run(start, database)[1] for _ in range(STARTS))
            for case in CASES:
                if case not in (*cases, "first"):
                    continue
                if case == "changed":
                    self.server.serve(edition="changed")
                elif case == "blind":
                    self.server.serve(edition="changed" if "changed" in cases else "steady", validators=False)
                report, whole, peak = self._run(self._pass(who, database), database)
                with closing(sqlite3.connect(database)) as connection:
                    (kept,) = connection.execute(KEPT[who]).fetchone()
                costs[case] = Cost(
                    cpu=report["cpu_seconds"],
                    whole=whole - idle,
                    wall=report["seconds"],
                    peak=peak,
                    kept=kept,
                    failed=report["failed"],
                )
                print(who, case, costs[case], file=sys.stderr)
        return costs

    def _pass(self, who: str, database: Path) -> list[str]:
        if who == OURS:
            return ["aggregator", "run", "-c", str(self.folder / "fleet.yaml"), "--json", "--force"]
        return self._peer(who, "update", database)

    def _start(self, who: str, database: Path, *, first: bool = False) -> list[str]:
        """Return a pass that asks nobody; ``first``: that makes the database."""
        if who == OURS:
            return [*self._pass(who, database)[:-1], "--dry-run"]
        return self._peer(who, "subscribe" if first else "start", database)

    def _peer(self, who: str, what: str, database: Path) -> list[str]:
        return [f"benchmarks.fleet.peer_{who}", what, str(database), str(self.folder / "addresses.txt")]

    def _run(self, command: list[str], database: Path) -> tuple[Any, float, float]:
        """Run it; return what it printed (JSON), the CPU seconds of all of it, and its peak in MB."""
        measure = Path(__file__).with_name("measure.py")
        done = subprocess.run(
            [sys.executable, "-S", str(measure), sys.executable, "-m", *command],
            env=self.environment(database),
            capture_output=True,
            check=False,
        )
        if done.returncode:  # for aggregator 1 means that a source failed
            sys.stderr.write(done.stderr.decode(errors="replace")[-2_000:])
        *printed, counted = done.stdout.splitlines()
        usage = json.loads(counted)
        return json.loads(b"\n".join(printed) or b"{}"), usage["cpu_seconds"], usage["peak_bytes"] / 1e6


def table(costs: dict[str, dict[str, list[Cost]]], fleet: Fleet) -> str:
    """Return the medians as Markdown; ``costs`` are those of the rounds by case and who."""
    lines = [
        "| case | who | CPU s | times ours | all of it | wall s | peak MB | items kept | failed |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    due = sum(fleet.counts)
    for case, by_who in costs.items():
        due += sum(map(fleet.added, range(fleet.feeds))) if case == "changed" else 0
        ours = statistics.median(each.cpu for each in by_who[OURS]) if OURS in by_who else 0
        for who, rounds in by_who.items():
            cpu, whole, wall, peak = (
                statistics.median(getattr(each, figure) for each in rounds)
                for figure in ("cpu", "whole", "wall", "peak")
            )
            kept, failed = min(each.kept for each in rounds), max(each.failed for each in rounds)
            times = f"{cpu / ours:.1f}" if ours else "-"
            lines.append(
                f"| {CASES[case]} | {who} | {cpu:.2f} | {times} | {whole:.2f} | {wall:.2f} | {peak:.0f} "
                f"| {kept:,} of {due:,} | {failed} |"
            )
    return "\n".join(lines)


def main() -> None:
    """Measure what the command line asks for, and print the table."""
    chosen = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))  # so that the server ends as well
    cases = [case for case in CASES if case in chosen.cases.split(",")]
    costs: dict[str, dict[str, list[Cost]]] = {case: defaultdict(list) for case in cases}
    fleet = Fleet(feeds=chosen.feeds, now=system_clock())
    with tempfile.TemporaryDirectory(prefix="fleet-") as folder:
        fleet.write(Path(folder))
        with FleetServer(Path(folder), feeds=chosen.feeds, tls=chosen.tls, own=chosen.own) as server:
            bench = Bench(fleet=fleet, server=server, folder=Path(folder))
            bench.prepare()
            if chosen.serve:
                _wait(bench)
                return
            for _ in range(chosen.rounds):
                for who in filter(None, chosen.who.split(",")):
                    for case, cost in bench.round(who, cases).items():
                        if case in costs:
                            costs[case][who].append(cost)
            print(
                f"{chosen.feeds:,} feeds, {sum(fleet.counts):,} items, {'TLS' if chosen.tls else 'plain'}, "
                f"served by {server.software}; median of {chosen.rounds}\n"
            )
    print(table(costs, fleet))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fleet")
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tls", action="store_true", help="over TLS, with certificates of our own")
    parser.add_argument("--own", action="store_true", help="our own server, although nginx is there")
    parser.add_argument("--peers", default="reader,script", help="who is measured beside us; may be empty")
    parser.add_argument("--only", help="who is measured, and nobody else: aggregator, reader, script")
    parser.add_argument("--cases", default=",".join(CASES), help="which are shown (default: %(default)s)")
    parser.add_argument("--serve", action="store_true", help="only serve, until Ctrl-C")
    chosen = parser.parse_args()
    chosen.who = chosen.only or f"{OURS},{chosen.peers}"
    return chosen


def _wait(bench: Bench) -> None:
    """Serve until a line or Ctrl-C comes; say how to collect, and let the edition be changed."""
    said = bench.environment(bench.folder / "bench.db")
    wanted = ("AGGREGATOR_DATABASE_URL", "SSL_CERT_FILE")
    stated = " ".join(f"{key}={said[key]}" for key in wanted if key in said)
    print(f"{stated} aggregator run --force --json -c {bench.folder / 'fleet.yaml'}", flush=True)
    print("lines to send: steady, changed, blind (the edition of before, without validators)", flush=True)
    edition = "steady"
    for line in sys.stdin:
        word = line.strip()
        edition = word if word in ("steady", "changed") else edition
        bench.server.serve(edition=edition, validators=word != "blind")
        print(f"serving {edition}{' without validators' if word == 'blind' else ''}", flush=True)


if __name__ == "__main__":
    main()
