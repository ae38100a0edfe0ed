"""``init``, ``check``, ``config`` and ``db``."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.commands import Commands, command, program

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]


def test_init_writes_what_check_accepts(tmp_path: Path) -> None:
    path = tmp_path / "new" / "news.yaml"
    written = command("init", path)
    assert written.exit_code == 0
    assert f"aggregator check -c {path}" in written.stdout
    checked = command("check", "-c", path)
    assert checked.exit_code == 0
    assert checked.stdout == f"{path}: 1 categories, 1 sources, 3 feeds, no mistakes\n"
    assert "#" in path.read_text(encoding="utf-8")


def test_init_overwrites_nothing(tmp_path: Path) -> None:
    path = tmp_path / "news.yaml"
    path.write_text("mine", encoding="utf-8")
    refused = command("init", path)
    assert refused.exit_code == 2
    assert refused.stderr == f"{path}: exists already, and was left as it is; name another\n"
    assert path.read_text(encoding="utf-8") == "mine"


def test_init_says_that_it_cannot_write(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "news.yaml"
    refused = command("init", path)
    assert refused.exit_code == 2
    [line] = refused.stderr.splitlines()
    assert line.startswith(f"{path}: cannot be written: ")


def test_check_reports_every_mistake_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "news.yaml"
    path.write_text(
        "service: {timezone: Asia/Jakrta}\n"
        "categories:\n"
        "  news:\n"
        "    evry: 5m\n"
        "    sources: [{id: one, url: ftp://one.example.id/}]\n",
        encoding="utf-8",
    )
    for arguments in (["check"], ["check", "--json"], ["run"], ["sources"], ["config", "show"]):
        checked = command(*arguments, "-c", path)
        assert checked.exit_code == 2
        assert checked.stdout == ""
        places = [re.match(r"(.+):(\d+):(\d+): (\S+): .", line) for line in checked.stderr.splitlines()]
        assert [place and place.groups() for place in places] == [
            (str(path), "1", "21", "service.timezone"),
            (str(path), "4", "5", "categories.news.evry"),
            (str(path), "5", "30", "categories.news.sources[0].url"),
        ]
        assert "every" in checked.stderr
        assert "Asia/Jakarta" in checked.stderr


def test_check_names_a_file_that_is_not_there_and_what_to_do(tmp_path: Path) -> None:
    ended = program("check", "-c", tmp_path / "none.yaml")
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert ended.stderr.startswith(f"{tmp_path / 'none.yaml'}: there is no such file")
    assert "aggregator init" in ended.stderr


def test_check_as_json(commands: Commands) -> None:
    assert commands.json("check") == {"categories": 4, "sources": 7, "feeds": 13}


def test_check_online_has_a_line_for_each_source(commands: Commands, one_is_busy: str) -> None:
    checked = commands("check", "--online")
    assert checked.exit_code == 1
    lines = dict(line.split(": ", 1) for line in checked.stdout.splitlines())
    assert len(lines) == 7
    assert lines.pop(one_is_busy) == "status 503 Service Unavailable"
    assert all(
        re.fullmatch(r"\d+ items, newest 202\d-\d\d-\d\dT[\d:]+\+00:00", line) for line in lines.values()
    )
    assert not commands.path.with_name("aggregator.db").exists(), "it stores nothing"


def test_check_online_as_json(commands: Commands) -> None:
    rows = commands.json("check", "--online")
    assert len(rows) == 7
    assert {frozenset(row) for row in rows} == {
        frozenset({"source", "url", "items", "newest", "ahead", "faults", "error", "advice"})
    }
    assert all(row["items"] and not row["error"] for row in rows)


def test_check_online_says_which_sources_write_a_wrong_zone(commands: Commands, tmp_path: Path) -> None:
    told = commands("check", "--online")
    assert "zona-keliru: its dates" not in told.stdout
    assert not (tmp_path / "aggregator.db").exists(), "it stores nothing, not even an empty database"
    commands("run")
    commands.convict("zona-keliru")
    told = commands("check", "--online")
    assert told.exit_code == 0
    assert (
        "zona-keliru: its dates run 7 h ahead of the clock; they are marked +00:00, and are really those of "
        "+07:00: write `zone_fix: Asia/Jakarta` under `id: zona-keliru`, or `zone_fix: auto`\n"
    ) in told.stdout


def test_config_show_is_effective_and_tells_no_secrets(tmp_path: Path) -> None:
    path = tmp_path / "news.yaml"
    path.write_text(
        "service: {timezone: Asia/Jakarta}\n"
        "categories:\n"
        "  news:\n"
        "    sources:\n"
        "      - {id: one, url: 'https://one.example.id/?api_key=RAHASIA', headers: {X-Key: '${KEY}'}}\n",
        encoding="utf-8",
    )
    database = "postgresql+psycopg://u:RAHASIA@localhost/x"
    shown = command(
        "config", "show", "-c", path, KEY="RAHASIA", AGGREGATOR_DATABASE_URL=database,
        AGGREGATOR_LISTEN="127.0.0.1:9999",
    )  # fmt: skip
    assert shown.exit_code == 0
    assert "RAHASIA" not in shown.output
    told = json.loads(shown.stdout)
    assert told["database"]["url"] == "postgresql+psycopg://u:***@localhost/x"
    assert told["service"]["listen"] == "127.0.0.1:9999"
    [source] = told["categories"]["news"]["sources"]
    assert source["headers"] == {"X-Key": "***"}
    assert source["timezone"] == "Asia/Jakarta"


def test_config_schema_is_the_shipped_one() -> None:
    shown = command("config", "schema")
    assert shown.exit_code == 0
    assert shown.stdout == (ROOT / "config" / "aggregator.schema.json").read_text(encoding="utf-8")


def test_db_upgrade_twice(commands: Commands) -> None:
    first, second = commands("db", "upgrade"), commands("db", "upgrade")
    assert first.exit_code == second.exit_code == 0
    assert re.fullmatch(r"sqlite:///\S+/aggregator\.db: brought up to date \(\d+\)\n", first.stdout)
    assert ": was up to date (" in second.stdout


def garbage(database: Path) -> str:
    database.write_bytes(b"no database at all " * 500)
    return f"sqlite:///{database}"


def folder(database: Path) -> str:
    database.mkdir()
    return f"sqlite:///{database}"


def nobody(_database: Path) -> str:
    return "postgresql+psycopg://u:RAHASIA@127.0.0.1:1/news"


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        pytest.param(garbage, "file is not a database", id="corrupt"),
        pytest.param(folder, "unable to open database file (make its folder exist", id="a folder"),
        pytest.param(nobody, "start the server, or correct database.url", id="no server"),
    ],
)
@pytest.mark.parametrize("asked", ["run", "serve", "sources", "publish", "db upgrade"])
def test_a_database_that_cannot_be_used(
    commands: Commands, tmp_path: Path, make: Callable[[Path], str], reason: str, asked: str
) -> None:
    # In this process also `serve`: it never gets to the point where it would listen to signals.
    address = make(tmp_path / "other.db")
    ended = commands(*asked.split(), AGGREGATOR_DATABASE_URL=address)
    assert ended.exit_code == 1
    [line] = ended.stderr.splitlines()
    assert line.startswith("database ")
    assert reason in line
    assert "RAHASIA" not in line


def test_a_folder_of_the_database_that_cannot_be_made(commands: Commands, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ended = commands("run", AGGREGATOR_DATABASE_URL=f"sqlite:///{tmp_path}/file/x.db")
    assert ended.exit_code == 2
    assert "database.url: cannot make the folder" in ended.stderr
