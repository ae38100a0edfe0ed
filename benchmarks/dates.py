"""How right dates are, and what reading them costs.

    python -m benchmarks.dates

Prints, from the project's own tables and simulations: how many date texts each reader reads and how many
microseconds one takes; how far the published instants of a replayed listing are from the truth; which of 200
simulated sources are found to write a wrong zone. The last two are the same on every machine.
"""

from __future__ import annotations

import statistics
import tempfile
import timeit
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from aggregator.parse import dates
from aggregator.store import open_store
from tests.parse import test_dates, test_dates_relative
from tests.simulation.fleet import fleet
from tests.simulation.listing import SCRIPTS, replay

if TYPE_CHECKING:
    from collections.abc import Iterable

ZONE = ZoneInfo("Asia/Jakarta")
BASE = datetime(2024, 11, 20, 8, 0, tzinfo=UTC)
READERS = ("_plain", "_number", "_calendar", "relative", "_anything")
REPEATS, CALLS = 5, 2_000


def main() -> None:
    """Print all of it."""
    readers()
    listings()
    auditor()


def texts() -> list[str]:
    """Return every date text of the tests' tables, and each month in each zone of Indonesia."""
    words = [f"9 {month} 2024 14.30 {zone}" for month in test_dates.MONTHS for zone in test_dates.ZONES] + [
        f"{day}, 20 Nov 2024 14:30" for day in test_dates.WEEKDAYS
    ]
    tables: Iterable[Iterable[Any]] = (
        *(test_dates.ABSOLUTE, test_dates.LAST_RESORT),
        *(test_dates_relative.RELATIVE, test_dates_relative.DAY_WORDS),
    )
    return [row[0] for table in tables for row in table] + words


def readers() -> None:
    """Print which reader reads how many texts, and how long each takes."""
    counts: Counter[str] = Counter()
    costs: dict[str, list[float]] = {}
    for text in texts():
        reader = _reader_of(text)
        counts[reader] += 1
        costs.setdefault(reader, []).append(_microseconds(text))
    total = counts.total()
    print(f"{total} date texts, read by")
    for reader in READERS:
        share = f"{counts[reader]:4} ({counts[reader] / total:5.1%})"
        print(f"  {reader:10} {share}  {_spread(costs.get(reader, [0.0]))}")
    nothing = [text for text in test_dates.NO_DATE if len(text) <= dates.LONGEST]
    print(f"  no date    {len(nothing):4}          {_spread(map(_microseconds, nothing))}")


def _microseconds(text: str) -> float:
    timer = timeit.Timer(lambda: dates.read(text, zone=ZONE, base=BASE))
    return min(timer.repeat(REPEATS, CALLS)) / CALLS * 1e6


def _spread(costs: Iterable[float]) -> str:
    found = sorted(costs)
    return f"median {statistics.median(found):5.1f} µs, slowest {found[-1]:5.1f} µs"


def _reader_of(text: str) -> str:
    """Return the reader that reads ``text``: the last one that is asked."""
    asked: list[str] = []
    originals = {name: getattr(dates, name) for name in READERS}
    try:
        for name, original in originals.items():

            def noted(*arguments: Any, name: str = name, original: Any = original) -> Any:
                asked.append(name)
                return original(*arguments)

            setattr(dates, name, noted)
        dates.read(text, zone=ZONE, base=BASE)
    finally:
        for name, original in originals.items():
            setattr(dates, name, original)
    return asked[-1]


def listings() -> None:
    """Print how far the instants of a listing that only says "2 hours ago" are from the truth."""
    print("48 hours of a listing, collected every 10 minutes; minutes from the truth")
    for name, script in SCRIPTS.items():
        with (
            tempfile.TemporaryDirectory() as folder,
            closing(open_store(f"sqlite:///{folder}/x.db")) as store,
        ):
            seen = replay(store, script)
        errors = seen.errors
        spread = ", ".join(f"p{part} {errors[len(errors) * part // 100]:.1f}" for part in (50, 75, 90, 95))
        print(f"  {name:10} {len(errors)} articles, {len(seen.moved)} moved; {spread}, max {errors[-1]:.1f}")


def auditor() -> None:
    """Print what the auditor finds in 200 simulated sources."""
    watched = list(fleet())
    wrong = [each for each in watched if each.habit.shift is not None]
    found = [each for each in wrong if {verdict.shift for verdict in each.verdicts} == {each.habit.shift}]
    blamed = [each for each in watched if each.habit.shift is None and each.verdicts]
    after = Counter(each.found_after for each in found)
    print(f"{len(watched)} simulated sources, {sum(each.observed for each in watched)} items that counted")
    print(f"  {len(wrong)} write a wrong zone: {len(found)} found, with the right remedy")
    print(
        f"  after so many items: {', '.join(f'{items}: {count}' for items, count in sorted(after.items()))}"
    )
    print(f"  {len(watched) - len(wrong)} do not: {len(blamed)} blamed")


if __name__ == "__main__":
    main()
