"""``sources`` and ``healthcheck``, and the bar that ``run`` shows on a terminal."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from contextlib import closing, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from aggregator.model.source import Move
from aggregator.rules.cluster import found
from aggregator.rules.schedule import NEVER
from tests.fetch.raw import RawServer
from tests.making import an_item

if TYPE_CHECKING:
    from tests.cli.commands import Commands

KEYS = [
    "id", "category", "url", "moved_to", "result", "last_at", "last_ok_at", "next_at", "failures", "error",
    "items", "held", "advice", "remedy",
]  # fmt: skip


def test_sources_as_json(commands: Commands) -> None:
    fresh = commands.json("sources")
    assert [list(row) for row in fresh] == [KEYS] * 7
    assert {(row["result"], row["last_at"], row["items"]) for row in fresh} == {("new", None, 0)}
    commands("run")
    for row in commands.json("sources"):
        asked, due = datetime.fromisoformat(row["last_at"]), datetime.fromisoformat(row["next_at"])
        assert asked.utcoffset() == timedelta(0)
        assert timedelta(minutes=14) < due - asked < timedelta(minutes=75)
        assert (row["result"], row["failures"], row["error"]) == ("fetched", 0, "")


def test_sources_as_a_table(commands: Commands, one_is_busy: str) -> None:
    commands("run")
    listed = commands("sources")
    assert listed.exit_code == 0
    head, *rows = listed.stdout.splitlines()
    assert head.split() == [
        "source",
        "category",
        "result",
        "items",
        "held",
        "last",
        "asked",
        "next",
        "due",
        "failures",
        "error",
        "advice",
    ]
    assert len(rows) == 7
    [failed] = [row for row in rows if row.split()[0] == one_is_busy]
    assert failed.rstrip().endswith("status 503 Service Unavailable")


def test_a_source_that_writes_a_wrong_zone_is_listed_with_what_mends_it(commands: Commands) -> None:
    commands("run")
    assert {row["advice"] for row in commands.json("sources")} == {""}
    commands.convict("zona-keliru")
    [row] = [row for row in commands.json("sources") if row["advice"]]
    assert (row["id"], row["remedy"]) == ("zona-keliru", "zone_fix: Asia/Jakarta")
    assert "7 h ahead of the clock" in row["advice"]
    assert "write `zone_fix: Asia/Jakarta` under `id: zona-keliru`" in commands("sources").stdout


def test_a_source_that_moved_or_is_gone_is_listed_with_what_to_do(commands: Commands) -> None:
    commands("run")
    with commands.store() as store:
        states = store.states()
        moved = replace(states["portal-news"], move=Move(followed="https://new.example.id/feed"))
        gone = replace(states["zona-keliru"], next_at=NEVER, result="gone")
        with store.writing() as transaction:
            transaction.put_states([moved, gone])
    rows = {row["id"]: row for row in commands.json("sources")}
    assert rows["portal-news"]["moved_to"] == "https://new.example.id/feed"
    assert (rows["zona-keliru"]["next_at"], rows["zona-keliru"]["result"]) == (None, "gone")
    listed = commands("sources").stdout
    assert "moved for good: write `url: https://new.example.id/feed` under `id: portal-news`" in listed
    assert "to ask once more: aggregator run --force --source zona-keliru" in listed


def test_a_source_with_held_stories_is_listed_with_what_lets_them_out(commands: Commands) -> None:
    commands("run")
    with commands.store() as store, store.writing() as transaction:
        transaction.put_stories([found(an_item("portal-news", "id:x", held=True), "tag:x")])
    assert {row["id"]: row["held"] for row in commands.json("sources") if row["held"]} == {"portal-news": 1}
    listed = commands("sources").stdout
    assert "1 held back; if they are news, let them out: aggregator release portal-news" in listed


def test_healthcheck_without_a_service(commands: Commands) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
    told = commands("healthcheck", AGGREGATOR_LISTEN=address)
    assert told.exit_code == 1
    assert told.stdout == ""
    assert told.stderr.startswith(f"http://{address}/readyz: ")


def test_healthcheck_asks_whether_it_is_ready(commands: Commands) -> None:
    with closing(RawServer()) as server:
        server.say("/readyz", b'{"database": "ok"}')
        told = commands("healthcheck", AGGREGATOR_LISTEN=server.host)
        assert (told.exit_code, told.stdout) == (0, '{"database": "ok"}\n')
        server.say("/readyz", b"{}", status="503 Service Unavailable")
        told = commands("healthcheck", AGGREGATOR_LISTEN=server.host)
        assert (told.exit_code, told.stdout) == (1, "")
        assert told.stderr == f"http://{server.host}/readyz: status 503 Service Unavailable\n"
        server.hold("/readyz")
        told = commands("healthcheck", "--timeout", "0.1", AGGREGATOR_LISTEN=server.host)
        assert told.exit_code == 1


def on_a_terminal(*arguments: str) -> tuple[subprocess.Popen[bytes], bytes, str]:
    """Run the program with a terminal for its stderr; return it ended, its stdout and what was shown."""
    ours, its = os.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "aggregator", *arguments],
        stdout=subprocess.PIPE,
        stderr=its,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
    ) as process:
        os.close(its)
        shown = b""
        with suppress(OSError):  # how a terminal says that nobody is left
            while data := os.read(ours, 4096):
                shown += data
        os.close(ours)
        stdout, _ = process.communicate(timeout=60)
    return process, stdout, shown.decode()


def test_run_shows_a_bar_on_a_terminal(commands: Commands, one_is_busy: str) -> None:
    process, stdout, shown = on_a_terminal("run", "--json", "-c", str(commands.path))
    assert process.returncode == 1
    assert json.loads(stdout)["sources"] == 7
    assert "collecting" in shown
    assert "━" in shown
    assert "7/7" in shown
    assert f"{one_is_busy}: failed: status 503 Service Unavailable" in shown
    assert "portal-news: " not in shown, "the bar says it"
