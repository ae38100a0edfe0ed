"""``opml import`` and ``opml export``."""

from __future__ import annotations

import os
import stat
from datetime import UTC, datetime
from difflib import ndiff
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from aggregator.cli import app
from aggregator.settings import load
from tests.cli.commands import Commands, command
from tests.validity import opml

if TYPE_CHECKING:
    from pathlib import Path

LIST = """\
<opml version="1.1"><body>
<outline text="Logistik"><outline text="Pelabuhan" xmlUrl="https://pelabuhan.example.id/feed/"/>
<outline text="Kapal &amp; Kereta" xmlUrl="https://kapal.example.id/?a=1&amp;b=2"/></outline>
<outline text="Teknologi"><outline text="No" xmlUrl="https://no.example.id/rss"/>
<outline text="Lagi" xmlUrl="http://NO.example.id/rss/"/><outline text="Naskah" xmlUrl="javascript:alert(1)"/>
</outline><outline text="Kosong"/></body></opml>
"""
NO_ADDRESS = "must be an http:// or https:// address, such as https://www.example.id/feed/"
THERE = """\
# ours
service:
  timezone: Asia/Jakarta  # theirs
  base_url: https://feeds.example.id
database: {{url: "sqlite:///{folder}/x.db"}}
categories:
  logistik:
    # by hand
    sources:
      - {{id: kawat, url: "https://kawat.example.id/feed/", headers: {{X-Key: rahasia}}}}
"""


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    path = tmp_path / "other.opml"
    path.write_text(LIST, encoding="utf-8")
    return path


@pytest.fixture
def ours(tmp_path: Path) -> Commands:
    """Return the commands with a small configuration of their own."""
    path = tmp_path / "ours.yaml"
    path.write_text(THERE.format(folder=tmp_path), encoding="utf-8")
    return Commands(path)


def sources(path: Path) -> dict[str, list[str]]:
    return {each.id: [source.id for source in each.sources] for each in load(path, {}).categories}


def test_without_a_configuration_the_part_of_one_is_printed(
    tmp_path: Path, listed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    printed = command("opml", "import", listed)
    assert printed.exit_code == 0
    assert printed.stderr.splitlines() == [
        "not taken over: 'Kosong': it has no address of a feed (xmlUrl)",
        "not taken over: 'Lagi': http://NO.example.id/rss/ is there already, as 'no'",
        f"not taken over: 'Naskah': its address {NO_ADDRESS}",
        f"{listed}: 3 new sources, printed, and written nowhere",
    ]
    path = tmp_path / "new.yaml"
    path.write_text(f"service: {{timezone: Asia/Jakarta}}\n{printed.stdout}", encoding="utf-8")
    checked = command("check", "-c", path)
    assert checked.stdout == f"{path}: 2 categories, 3 sources, 6 feeds, no mistakes\n"
    assert sources(path) == {"logistik": ["pelabuhan", "kapal-kereta"], "teknologi": ["no"]}


def test_what_is_printed_can_be_appended(ours: Commands, listed: Path) -> None:
    text = ours.path.read_text(encoding="utf-8")
    printed = ours("opml", "import", listed)
    assert printed.exit_code == 0
    assert printed.stdout.splitlines()[0] == f"# {ours.path}, below line 9, `sources:` of logistik"
    assert f"# {ours.path}, below line 6, `categories:`" in printed.stdout.splitlines()
    assert ours.path.read_text(encoding="utf-8") == text
    ours.path.write_text(text + printed.stdout, encoding="utf-8")
    assert ours("check").exit_code == 0
    assert sources(ours.path) == {"logistik": ["kawat", "pelabuhan", "kapal-kereta"], "teknologi": ["no"]}
    again = ours("opml", "import", listed)
    assert (again.exit_code, again.stdout) == (0, "")
    assert again.stderr.endswith(": 0 new sources, printed, and written nowhere\n")


def test_what_is_written_leaves_all_other_lines(ours: Commands, listed: Path) -> None:
    text = ours.path.read_text(encoding="utf-8")
    ours.path.chmod(0o640)
    link = ours.path.with_name("link.yaml")
    link.symlink_to(ours.path)
    written = Commands(link)("opml", "import", listed, "--write")
    assert (written.exit_code, written.stdout) == (0, "")
    assert written.stderr.endswith(f": 3 new sources, written to {link}\n")
    assert ours("check").exit_code == 0
    assert sources(ours.path) == {"teknologi": ["no"], "logistik": ["pelabuhan", "kapal-kereta", "kawat"]}
    changed = ours.path.read_text(encoding="utf-8").splitlines()
    assert [line for line in ndiff(text.splitlines(), changed) if line.startswith("-")] == []
    assert link.is_symlink()
    assert stat.S_IMODE(ours.path.stat().st_mode) == 0o640
    assert [path.name for path in ours.path.parent.glob(".*")] == []
    before = ours.path.read_bytes()
    assert ours("opml", "import", listed, "--write").exit_code == 0
    assert ours.path.read_bytes() == before


def test_what_cannot_be_written_changes_nothing(ours: Commands, listed: Path, tmp_path: Path) -> None:
    text = ours.path.read_text(encoding="utf-8")
    flow = text.partition("categories:")[0] + "categories: {a: {sources: [{id: b, url: 'https://b.id/f'}]}}\n"
    ours.path.write_text(flow, encoding="utf-8")
    refused = ours("opml", "import", listed, "--write")
    assert refused.exit_code == 2
    assert refused.stderr.endswith(
        f"{ours.path}: `categories:` is not written in lines of its own: leave out --write\n"
    )
    assert ours.path.read_text(encoding="utf-8") == flow
    printed = ours("opml", "import", listed)
    assert printed.stdout.startswith(
        f"# {ours.path}, in `categories:`, which is not written in lines of its own\n"
    )
    # A line break that only YAML knows, or a file that cannot be any longer.
    shifted = THERE.format(folder=tmp_path).replace("# ours", "# ours\u2028# \u2028")
    full = THERE.format(folder=tmp_path) + "#" * 999_600
    for text in (shifted, full):
        ours.path.write_text(text, encoding="utf-8")
        assert ours("check").exit_code == 0
        refused = ours("opml", "import", listed, "--write")
        assert refused.exit_code == 2
        assert refused.stderr.endswith(": leave out --write\n")
        assert ours.path.read_text(encoding="utf-8") == text
    assert "would not be right with these lines" in refused.stderr
    assert [path.name for path in tmp_path.glob(".*")] == []


def test_a_folder_that_takes_no_files(ours: Commands, listed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    text = ours.path.read_text(encoding="utf-8")
    monkeypatch.setattr("shutil.copymode", full)
    refused = ours("opml", "import", listed, "--write")
    assert refused.exit_code == 2
    assert "cannot be written: No space left on device; leave out --write" in refused.stderr
    assert ours.path.read_text(encoding="utf-8") == text


def test_all_can_go_into_one_category(ours: Commands, listed: Path) -> None:
    assert ours("opml", "import", listed, "--category", "baru", "--write").exit_code == 0
    assert sources(ours.path)["baru"] == ["pelabuhan", "kapal-kereta", "no"]
    for name in ("all", "Besar"):
        refused = ours("opml", "import", listed, "--category", name)
        assert refused.exit_code == 2
        assert f"--category: '{name}' " in refused.stderr


def test_a_list_can_come_through_a_pipe(ours: Commands) -> None:
    arguments = ["opml", "import", "-", "-c", str(ours.path)]
    piped = CliRunner().invoke(app, arguments, input=LIST)
    assert piped.exit_code == 0
    assert piped.stderr.endswith("-: 3 new sources, printed, and written nowhere\n")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (None, "cannot be read: No such file or directory"),
        (b"<html></html>", "it is no OPML: its first element is 'html'"),
        (b"<!DOCTYPE opml><opml/>", "it has a document type declaration"),
    ],
)
def test_a_file_that_is_no_list(body: bytes | None, told: str, ours: Commands, tmp_path: Path) -> None:
    path = tmp_path / "broken.opml"
    if body is not None:
        path.write_bytes(body)
    refused = ours("opml", "import", path)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert refused.stderr.startswith(f"{path}: {told}")


def test_a_configuration_that_is_named_has_to_be_there(listed: Path) -> None:
    assert command("opml", "import", listed, "-c", "/nowhere.yaml").exit_code == 2


def test_a_terminal_obeys_nothing_in_a_list(ours: Commands, tmp_path: Path) -> None:
    path = tmp_path / "evil.opml"
    path.write_text(
        '<opml><body><outline text="&#x1b;[2J\u202e\u009b31m" xmlUrl="no"/></body></opml>', "utf-8"
    )
    told = ours("opml", "import", path)
    assert told.exit_code == 0
    assert all(line.isprintable() for line in told.output.splitlines())


def test_sources_are_handed_on_without_secrets(ours: Commands) -> None:
    changed = datetime(2024, 11, 20, 7, 30, tzinfo=UTC).timestamp()
    os.utime(ours.path, (changed, changed))
    handed = ours("opml", "export")
    assert handed.exit_code == 0
    assert "rahasia" not in handed.output
    assert handed.stderr == "kawat: without its headers, which may be secret\n"
    assert (
        '<outline type="rss" text="kawat" title="kawat" xmlUrl="https://kawat.example.id/feed/"'
        in handed.stdout
    )
    assert "<dateModified>Wed, 20 Nov 2024 07:30:00 +0000</dateModified>" in handed.stdout
    assert opml.check(handed.stdout.encode()) == []
    assert ours("opml", "export").stdout == handed.stdout


def test_what_was_collected_names_sources_and_their_pages(commands: Commands, tmp_path: Path) -> None:
    commands("run")
    path = tmp_path / "ours.opml"
    handed = commands("opml", "export", "-o", path)
    assert (handed.exit_code, handed.stdout) == (0, "")
    body = path.read_bytes()
    assert b"htmlUrl=" in body
    assert opml.check(body, now=datetime(9000, 1, 1, tzinfo=UTC)) == []
    refused = commands("opml", "export", "-o", tmp_path / "no" / "ours.opml")
    assert refused.exit_code == 2
    assert "cannot be written: No such file or directory; name another place" in refused.stderr


def test_our_own_feeds_are_handed_on_when_they_are_wanted(commands: Commands) -> None:
    fresh = commands("opml", "export", "--feeds")
    commands("run")
    handed = commands("opml", "export", "--feeds")
    assert handed.exit_code == fresh.exit_code == 0
    names = [row["name"] for row in commands.json("feeds", "--sources")]
    assert [line for line in handed.stdout.splitlines() if "xmlUrl" in line] == [
        line for line in fresh.stdout.splitlines() if "xmlUrl" in line
    ]
    assert handed.stdout.count("<outline ") == len(names)
    assert opml.check(handed.stdout.encode(), now=datetime(9000, 1, 1, tzinfo=UTC)) == []


def test_what_is_handed_on_is_there_already(ours: Commands, tmp_path: Path) -> None:
    path = tmp_path / "ours.opml"
    ours("opml", "export", "-o", path)
    again = ours("opml", "import", path)
    assert (again.exit_code, again.stdout) == (0, "")
    assert (
        "not taken over: 'kawat': https://kawat.example.id/feed/ is there already, as 'kawat'" in again.stderr
    )
