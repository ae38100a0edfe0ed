from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from dataclasses import fields
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
import typer

from aggregator.app import system_clock
from aggregator.cli import passes
from aggregator.export import Exported
from aggregator.model.report import Report
from aggregator.store import open_store
from aggregator.store.dialects import sqlite
from tests.cli.commands import Commands, program
from tests.fetch.raw import RawServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEYS = [
    "sources", "fetched", "not_modified", "unchanged", "failed", "items_new", "items_updated", "duplicates",
    "feeds_published", "seconds", "cpu_seconds", "errors", "items_held",
]  # fmt: skip
SOURCES = [
    "portal-news", "kawat-mitra", "portal-logistik", "zona-keliru", "portal-sujud", "portal-sportechment",
    "kadang-sibuk",
]  # fmt: skip


def test_a_pass_a_second_one_and_a_forced_one(commands: Commands) -> None:
    first = commands.json("run")
    assert list(first) == KEYS == [field.name for field in fields(Report)]
    assert (first["sources"], first["fetched"], first["failed"], first["errors"]) == (7, 7, 0, {})
    assert first["items_new"] > 100
    assert 0 < first["duplicates"] < first["items_new"]
    assert first["feeds_published"] == 6
    assert first["seconds"] > 0 < first["cpu_seconds"]

    second = commands.json("run")
    assert second["sources"] == second["fetched"] == second["feeds_published"] == 0
    assert "nothing is due" in commands("run").stdout

    forced = commands.json("run", "--force")
    assert (forced["sources"], forced["not_modified"]) == (7, 7)
    assert forced["items_new"] == forced["items_updated"] == forced["feeds_published"] == 0


def test_progress_is_plain_lines_on_stderr(commands: Commands) -> None:
    ended = program("run", "--json", "-c", commands.path)
    assert ended.returncode == 0
    assert json.loads(ended.stdout)["sources"] == 7
    lines = ended.stderr.splitlines()
    assert sorted(line.partition(":")[0] for line in lines) == sorted(SOURCES)
    assert all(" new, " in line for line in lines)
    assert "\x1b" not in ended.stderr
    again = program("run", "--force", "-c", commands.path)
    assert sorted(again.stderr.splitlines()) == [f"{source}: not modified" for source in sorted(SOURCES)]
    assert again.stdout.startswith("7 sources: 0 fetched, 7 not modified, 0 unchanged, 0 failed; ")


def test_only_a_category_only_a_source(commands: Commands) -> None:
    assert commands.json("run", "--category", "logistik")["sources"] == 2
    assert commands.json("run", "--category", "logistik", "--source", "portal-sujud")["sources"] == 1
    assert commands.json("run", "--source", "portal-sujud", "--source", "portal-news")["sources"] == 1
    assert sorted(commands.json("run", "--dry-run")) == ["kadang-sibuk", "kawat-mitra", "portal-sportechment"]


def test_what_is_not_configured_is_a_mistake(commands: Commands) -> None:
    ended = commands("run", "--source", "kawat", "--category", "olahraga")
    assert ended.exit_code == 2
    assert ended.stdout == ""
    assert ended.stderr.splitlines() == [
        "no category 'olahraga' is configured",
        "no source 'kawat' is configured",
    ]


def test_a_dry_run_asks_nobody(commands: Commands) -> None:
    listed = commands("run", "--dry-run")
    assert listed.exit_code == 0
    assert sorted(listed.stdout.split()) == sorted(SOURCES)
    assert {row["result"] for row in commands.json("sources")} == {"new"}
    commands("run")
    assert commands("run", "--dry-run").stdout == "nothing is due\n"
    assert commands.json("run", "--dry-run", "--force") == SOURCES


def test_a_failing_source_costs_only_itself(commands: Commands, one_is_busy: str) -> None:
    ended = commands("run", "--json")
    assert ended.exit_code == 1
    report = json.loads(ended.stdout)
    assert report["errors"] == {one_is_busy: "status 503 Service Unavailable"}
    assert (report["failed"], report["fetched"]) == (1, 6)
    assert f"{one_is_busy}: failed: status 503 Service Unavailable" in ended.stderr.splitlines()
    rows = {row["id"]: row for row in commands.json("sources")}
    failed = rows.pop(one_is_busy)
    assert (failed["failures"], failed["items"], failed["result"]) == (1, 0, "failed")
    assert all(row["items"] > 0 for row in rows.values())


@pytest.fixture
def server() -> Iterator[RawServer]:
    with closing(RawServer()) as running:
        yield running


def one_source(folder: Path, url: str) -> Commands:
    path = folder / "one.yaml"
    path.write_text(
        "service: {timezone: Asia/Jakarta}\n"
        f"database: {{url: 'sqlite:///{folder}/one.db'}}\n"
        "fetch: {allow_private_networks: [127.0.0.0/8]}\n"
        f"categories: {{news: {{sources: [{{id: one, url: '{url}'}}]}}}}\n",
        encoding="utf-8",
    )
    return Commands(path)


def test_the_same_bytes_again_are_unchanged(server: RawServer, tmp_path: Path) -> None:
    feed = b"<rss><channel><item><guid>1</guid><title>Kapal tiba</title></item></channel></rss>"
    commands = one_source(tmp_path, server.say("/feed", feed))
    assert commands.json("run")["fetched"] == 1
    again = commands.json("run", "--force")
    assert (again["unchanged"], again["items_new"]) == (1, 0)


def test_what_a_server_says_cannot_command_the_terminal(server: RawServer, tmp_path: Path) -> None:
    commands = one_source(tmp_path, server.say("/feed", b"no feed \x1b[2J\x9b31m \xe2\x80\xae at all"))
    ended = commands("run")
    assert ended.exit_code == 1
    listed = commands("sources")
    for text in (ended.output, listed.output):
        assert "no feed" in text
        assert all(line.isprintable() for line in text.splitlines())


def test_a_locked_database(commands: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0)
    commands("db", "upgrade")
    with closing(sqlite3.connect(tmp_path / "aggregator.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        ended = commands("run")
        assert ended.exit_code == 1
        [line] = ended.stderr.splitlines()
        assert line.startswith(f"database sqlite:///{tmp_path}/aggregator.db: database is locked")
        assert "another program holds it" in line
    assert commands.json("run")["sources"] == 7, "nothing was half-written"


def test_publish_exports_the_bytes_that_are_served(commands: Commands, tmp_path: Path) -> None:
    commands("run")
    site = tmp_path / "site"
    first = commands("publish", "--to", site)
    assert first.exit_code == 0, first.output
    said = re.fullmatch(
        rf"7 feeds published\n(\d+) files written, 0 removed, 0 unchanged under {site}\n", first.stdout
    )
    assert said
    files = {str(path.relative_to(site)): path for path in site.rglob("*") if path.is_file()}
    assert len(files) == int(said[1]) + 1, "the manifest among them"
    assert {"index.html", "feeds.opml.gz", "c/logistik/index.html", "assets/site.css"} <= set(files)
    feeds = {name: path for name, path in files.items() if re.fullmatch(r"feeds/.*\.(rss|atom|json)", name)}
    assert len([name for name in feeds if "/archive/" not in name]) == 39
    assert "feeds/all/archive/1.atom" in feeds
    with closing(open_store(f"sqlite:///{tmp_path}/aggregator.db")) as store:
        for name, path in feeds.items():
            feed, _, suffix = name.removeprefix("feeds/").rpartition(".")
            publication = store.publication(feed, suffix)
            assert publication is not None, name
            assert path.read_bytes() == publication.body
            assert path.stat().st_mtime == publication.changed_at.timestamp()
    before = {name: (path.stat().st_ino, path.stat().st_mtime_ns) for name, path in files.items()}
    with time_machine.travel(system_clock() + timedelta(hours=1)):  # pages say how old a story is
        again = commands("publish", "--to", f"file://{site}")
    assert (
        again.stdout == f"0 feeds published\n0 files written, 0 removed, {said[1]} unchanged under {site}\n"
    )
    assert {name: (path.stat().st_ino, path.stat().st_mtime_ns) for name, path in files.items()} == before


def test_publish_names_what_is_in_its_way(commands: Commands, tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / "feeds.opml").write_text("by hand")
    ended = commands("publish", "--to", site)
    assert ended.exit_code == 1
    assert "  feeds.opml: no export of this site wrote what is there" in ended.stderr.splitlines()
    assert (site / "feeds.opml").read_text() == "by hand"
    assert (site / "feeds" / "all.rss").exists()


def test_publish_names_addresses_that_failed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended:
        passes._tell(Exported(written=2, unanswered=["/ (503)"]), "site")
    assert ended.value.exit_code == 1
    said = capsys.readouterr()
    assert said.out == "2 files written, 0 removed, 0 unchanged under site\n"
    assert said.err.splitlines()[1:] == ["  / (503)"]


def test_publish_before_anything_was_collected(commands: Commands, tmp_path: Path) -> None:
    ended = commands("publish", "--to", tmp_path / "site")
    assert ended.exit_code == 0
    feed = json.loads((tmp_path / "site" / "feeds" / "all.json").read_bytes())
    assert feed["items"] == []


def test_publish_says_that_it_cannot_write(commands: Commands, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ended = commands("publish", "--to", tmp_path / "file" / "site")
    assert ended.exit_code == 1
    [line] = ended.stderr.splitlines()
    assert line.startswith(str(tmp_path / "file"))
    assert "cannot be written" in line
    assert "--to needs a folder" in line


def test_publish_knows_no_other_place(commands: Commands) -> None:
    ended = commands("publish", "--to", "gs://bucket/site")
    assert ended.exit_code == 2
    assert ended.stderr.startswith("--to gs://bucket/site: cannot be written to; write a folder")


@pytest.mark.parametrize(
    ("to", "said"), [("", "--to is empty, as a variable is"), ("/", "--to /: is the root of the file system")]
)
def test_publish_takes_nothing_and_everything_for_mistakes(commands: Commands, to: str, said: str) -> None:
    ended = commands("publish", "--to", to)
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert ended.stderr.startswith(said)
