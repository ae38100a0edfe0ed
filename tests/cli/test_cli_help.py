from __future__ import annotations

import subprocess
import sys

from tests.cli.commands import command, program

COMMANDS = (
    "init", "check", "serve", "run", "publish", "test", "sources", "feeds", "demo", "healthcheck", "config",
    "db", "partners", "opml",
)  # fmt: skip
HEAVY = (
    "sqlalchemy", "alembic", "feedparser", "lxml", "dateparser", "apscheduler", "starlette", "uvicorn",
    "pydantic", "pycurl", "yaml", "jinja2", "structlog", "prometheus_client", "selectolax", "nh3", "feedgen",
)  # fmt: skip


def test_help_names_every_command() -> None:
    result = command("--help")
    assert result.exit_code == 0
    named = {line.strip("│ ").split(" ")[0] for line in result.stdout.splitlines()}
    assert set(COMMANDS) <= named


def test_every_command_explains_itself() -> None:
    for name in (
        *COMMANDS,
        "config show",
        "config schema",
        "db upgrade",
        "partners new-key",
        "opml import",
        "opml export",
    ):
        result = command(*name.split(), "--help")
        assert result.exit_code == 0, name
        assert "Usage" in result.stdout


def test_help_imports_nothing_heavy() -> None:
    code = f"""
import sys
from aggregator.cli import main
try:
    main()
except SystemExit as end:
    assert not end.code
print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)
"""
    ended = subprocess.run(
        [sys.executable, "-c", code, "--help"], capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.stderr == "[]\n"
    assert "Commands" in ended.stdout


def test_the_program_and_the_module_are_the_same() -> None:
    ended = program("no-such-command")
    assert ended.returncode == 2
    assert "no-such-command" in ended.stderr
    assert ended.stdout == ""
