"""Every check, then every test: what ``make test`` runs.

All of it runs even where something fails, so that one look shows everything; the exit status
is 1 if anything failed. Arguments go to pytest: ``python -m tests.checks -k dates``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent

CHECKS: Mapping[str, Sequence[str | Path]] = {
    "ruff check": [BIN / "ruff", "check", "--quiet", "."],
    "ruff format": [BIN / "ruff", "format", "--check", "--quiet", "."],
    "mypy --strict": [BIN / "mypy", "--no-error-summary"],
    "import-linter": [BIN / "lint-imports", "--no-cache"],
    "deptry": [BIN / "deptry", "."],
}
#: The inner rooms are covered line by line and branch by branch; the rest may not fall below.
COVERED = {"aggregator/rules/*": 100, "aggregator/model/*": 100, "aggregator/*": 90}
#: What no zone can touch: talk with servers, children and browsers; configurations, prose, checks of feeds
#: themselves; and what is long and made of parts that run here. And of the store one database will do:
#: instants are whole numbers in both.
ZONELESS = (
    "tests/app/test_hostile_service.py",
    "tests/benchmarks",
    "tests/cli/test_cli_service.py",
    "tests/docs",
    "tests/e2e/test_embed_browser.py",
    "tests/e2e/test_pages_browser.py",
    "tests/e2e/test_partners_day.py",
    "tests/e2e/test_push.py",
    "tests/engines/test_courier.py",
    "tests/export",
    "tests/fetch",
    "tests/sandbox",
    "tests/settings",
    "tests/simulation/test_listing_replay.py",
    "tests/validity",
    "tests/web/test_api_life.py",
    "tests/web/test_api_schema.py",
)
ELSEWHERE = (*(f"--ignore={path}" for path in ZONELESS), "-k", "not postgresql")


def main() -> int:
    """Run everything and return the exit status."""
    failed = [name for name, command in CHECKS.items() if not passes(name, command)]
    for zone in ("UTC", "Asia/Jakarta"):  # dates must not depend on the machine's zone
        tests = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-n",
            "2",
            "--dist",
            "loadgroup",
            *(["--cov", "--cov-report="] if zone == "UTC" else ELSEWHERE),
            *sys.argv[1:],
        ]
        if not passes(f"pytest, TZ={zone}", tests, TZ=zone):
            failed.append(f"pytest, TZ={zone}")
    if len(sys.argv) == 1:
        for files, least in COVERED.items():
            only = [f"--include={files}", f"--fail-under={least}"]
            report: list[str | Path] = [BIN / "coverage", "report", "--skip-covered", *only]
            if not passes(f"coverage of {files} at least {least} %", report):
                failed.append(f"coverage of {files}")
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
    seconds = time.perf_counter() - started
    print(f"{'ok' if not run.returncode else 'FAILED':6} {name} ({seconds:.0f} s)", flush=True)
    return not run.returncode


if __name__ == "__main__":
    sys.exit(main())
