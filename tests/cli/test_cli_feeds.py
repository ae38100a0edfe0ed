"""``feeds``: what is published, how much is in it, and since when."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.commands import Commands

KEYS = [
    "name", "title", "rss", "atom", "json", "on_demand", "entries", "limit", "stories", "changed_at",
    "age_seconds", "bytes",
]  # fmt: skip


def test_feeds_as_json(commands: Commands) -> None:
    fresh = commands.json("feeds")
    assert [list(row) for row in fresh] == [KEYS] * len(fresh)
    assert {(row["entries"], row["stories"], row["changed_at"], row["age_seconds"]) for row in fresh} == {
        (0, 0, None, None)
    }
    commands("run")
    with commands.store() as store:
        for row in commands.json("feeds"):
            documents = {
                suffix: found for suffix in row["bytes"] if (found := store.publication(row["name"], suffix))
            }
            assert row["bytes"] == {suffix: len(found.body) for suffix, found in documents.items()}
            assert row["entries"] == len(json.loads(documents["json"].body)["items"]) > 0
            assert row["stories"] >= row["entries"] <= row["limit"]
            assert row["rss"].endswith(f"/feeds/{row['name']}.rss")
            changed_at = datetime.fromisoformat(row["changed_at"])
            assert changed_at == documents["atom"].changed_at
            assert changed_at.utcoffset() == timedelta(0)
            assert 0 <= row["age_seconds"] < 60
    assert any(row["stories"] > row["entries"] for row in commands.json("feeds")), "more than is shown"


def test_feeds_of_single_sources_are_listed_when_they_are_wanted(commands: Commands) -> None:
    few, all_of_them = commands.json("feeds"), commands.json("feeds", "--sources")
    assert {row["on_demand"] for row in few} == {False}
    single = [row for row in all_of_them if row not in few]
    assert {row["name"] for row in single} == {f"source/{row['id']}" for row in commands.json("sources")}
    assert {row["on_demand"] for row in single} == {True}
    assert few == all_of_them[: len(few)]


def test_feeds_of_partners_are_none_of_ours(commands: Commands) -> None:
    before = commands.json("feeds", "--sources")
    text = commands.path.read_text(encoding="utf-8")
    key = "0123456789-0123456789-0123456789"
    partners = f"\npartners:\n  warta: {{key: {key}, feeds: [all], content: summary}}\n"
    commands.path.write_text(text + partners, encoding="utf-8")
    assert commands("run").exit_code == 0
    after = commands.json("feeds", "--sources")
    assert [row["name"] for row in after] == [row["name"] for row in before]


def test_feeds_as_a_table(commands: Commands) -> None:
    commands("run")
    listed = commands("feeds", "--sources")
    assert listed.exit_code == 0
    head, *rows = listed.stdout.splitlines()
    assert " ".join(head.split()) == "feed title address entries stories last change age size rendered"
    assert len(rows) == len(commands.json("feeds", "--sources"))
    assert "/feeds/all.{rss,atom,json}" in rows[0]
    assert rows[0].rstrip().endswith("at every change")
    assert rows[-1].rstrip().endswith("when asked for")
    assert "kB" in rows[0]


def test_feeds_without_a_configuration(commands: Commands) -> None:
    assert commands("feeds", "-c", "/nowhere.yaml").exit_code == 2
