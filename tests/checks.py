"""Every check, then every test: what ``make test`` runs.

All of it runs even where something fails, so that one look shows everything; the exit status
is 1 if anything failed. Arguments go to pytest: ``python -m tests.checks -k dates``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
NONE_CHOSEN = 5  # pytest's exit status where arguments chose no test

CHECKS: Mapping[str, Sequence[str | Path]] = {
    "ruff check": [BIN / "ruff", "check", "--quiet", "."],
    "ruff format": [BIN / "ruff", "format", "--check", "--quiet", "."],
    "mypy --strict": [BIN / "mypy", "--no-error-summary"],
    "import-linter": [BIN / "lint-imports", "--no-cache"],
    "deptry": [BIN / "deptry", "."],
}
#: The inner rooms are covered by their own tests, line by line and branch by branch. Of the others
#: `make coverage` asks 90 %, and not this: to count takes two thirds as long again as to run.
COVERED = {"rules": "aggregator/rules/*", "model": "aggregator/model/*"}
INNER = tuple(f"tests/{room}" for room in COVERED)
REPORT = (
    *(BIN / "coverage", "report", "--skip-covered", "--fail-under=100"),
    f"--include={','.join(COVERED.values())}",
)
#: A whole day in the newsroom is long, and full of dates: it passes where the first user is.
DAY = "tests/e2e/test_newsroom_shift.py"
#: Where dates are read, decided and told, partly by others' code. Ours alone could not ask for the machine's
#: zone: ruff lets no naive instant pass.
DATES = (
    DAY,
    "tests/cli/test_cli_items.py",
    "tests/cli/test_cli_trial.py",
    "tests/cli/test_cli_why.py",
    "tests/demo",
    "tests/engines/test_cron.py",
    "tests/engines/test_inprocess.py",
    "tests/model",
    "tests/parse",
    "tests/pipeline",
    "tests/render",
    "tests/rules",
    "tests/simulation/test_fleet.py",
    "tests/web/test_history.py",
    "tests/web/test_pages.py",
    "tests/web/test_pages_dates.py",
    "tests/web/test_serving.py",
)
#: A file stays on one worker, with what it sets up; in which order they come, tests/conftest.py says.
PYTEST = (sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadfile", "--no-loadscope-reorder")
RUNS: Mapping[str, tuple[str, Sequence[str]]] = {  # dates must not depend on the machine's zone
    "rules and model": ("UTC", (*INNER, "--cov", "--cov-report=")),
    "all else": ("UTC", [f"--ignore={path}" for path in (*INNER, DAY)]),
    "what has to do with dates": ("Asia/Jakarta", DATES),
}


def main() -> int:
    """Run everything and return the exit status."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        passed = dict(zip(CHECKS, pool.map(passes, CHECKS, CHECKS.values()), strict=True))
    for name, (zone, options) in RUNS.items():
        command = [*PYTEST, *options, *sys.argv[1:]]
        run = f"pytest, {name}, TZ={zone}"
        passed[run] = passes(run, command, TZ=zone)
    if len(sys.argv) == 1:
        passed["coverage"] = passes("coverage of rules and model", REPORT)
    failed = [name for name, good in passed.items() if not good]
    print(f"\nFAILED: {', '.join(failed)}" if failed else "\nall checks and tests passed", flush=True)
    return 1 if failed else 0


def passes(name: str, command: Sequence[str | Path], **environment: str) -> bool:
    """Run ``command``, print what it says if it fails (pytest's always), and tell whether it passed."""
    started = time.perf_counter()
    loud = name.startswith("pytest")
    run = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **environment},
        check=False,
        text=True,
        stdout=None if loud else subprocess.PIPE,
        stderr=None if loud else subprocess.STDOUT,
    )
    if run.returncode and run.stdout:
        print(run.stdout, flush=True)
    good = not run.returncode or (loud and run.returncode == NONE_CHOSEN and len(sys.argv) > 1)
    seconds = time.perf_counter() - started
    print(f"{'ok' if good else 'FAILED':6} {name} ({seconds:.0f} s)", flush=True)
    return good


if __name__ == "__main__":
    sys.exit(main())
