"""``partners``, ``partners new-key``, and what ``check`` says of partners."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, update

from aggregator.app import system_clock
from aggregator.model.partner import Cursor, Use
from aggregator.rules.keys import digest
from aggregator.store import tables
from tests.making import a_feed

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.commands import Commands

KEYS = [
    "id", "title", "feeds", "expires", "expired", "last_fetch_at", "fetches", "unmodified",
    "unmodified_share", "refused", "bytes", "items", "cursors", "deliveries", "webhook", "stopped_at",
    "failing_at", "keys",
]  # fmt: skip
HOOK = "https://warta.example.id/hook"
PARTNERS = f"""
partners:
  warta:
    title: Warta Kota
    key: abcdefghijklmnopqrstuvwxyz
    feeds: [all, logistik]
    expires: 2020-01-01
    webhook: {{url: "{HOOK}", secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw}}
  gema: {{feeds: "*"}}
"""
NOW = system_clock().replace(microsecond=0)
HOUR = timedelta(hours=1)


@pytest.fixture
def agreed(commands: Commands) -> Commands:
    """Return the commands, with two partners in the configuration."""
    commands.path.write_text(commands.path.read_text(encoding="utf-8") + PARTNERS, encoding="utf-8")
    return commands


def test_partners_that_nothing_is_known_of(agreed: Commands) -> None:
    warta, gema = agreed.json("partners")
    assert (list(warta), list(gema)) == (KEYS, KEYS)
    assert (warta["id"], warta["title"], warta["feeds"]) == ("warta", "Warta Kota", ["all", "logistik"])
    assert (warta["expires"], warta["expired"]) == ("2020-01-01T17:00:00+00:00", True)
    assert (gema["expires"], gema["expired"], len(gema["feeds"]) > 7) == (None, False, True)
    assert (warta["webhook"], gema["webhook"]) == ("active", "none")
    assert (warta["keys"], gema["keys"]) == ([{"configured": True, "made_at": None}], [])
    for row in (warta, gema):
        assert (row["fetches"], row["unmodified_share"], row["last_fetch_at"]) == (0, None, None)
        assert (row["cursors"], row["deliveries"]["waiting"]) == ([], 0)


def test_what_partners_have_taken_and_what_is_owed_to_them(agreed: Commands) -> None:
    with agreed.store() as store:
        store.take_up(a_feed("all"), at=NOW - HOUR, carries=bool)
        use = Use(fetches=8, unmodified=6, refused=1, bytes=1_500_000, items=40, fetched_at=NOW)
        store.use({"warta": use, "gone": use})
        store.put_cursors([Cursor(partner="warta", feed="all", serial=3, at=NOW)])
        owed = {"partner": "warta", "mark": 1, "kind": "new", "at": NOW - HOUR}
        with store.database.writing() as connection:
            connection.execute(update(tables.rolls).values(told=5))
            connection.execute(
                insert(tables.deliveries),
                [
                    {**owed, "story_id": "a", "due_at": NOW, "error": ""},
                    {**owed, "story_id": "b", "due_at": None, "error": "status 500"},
                    {**owed, "story_id": "c", "due_at": None, "error": ""},
                ],
            )
    warta, _ = agreed.json("partners")
    assert (warta["fetches"], warta["unmodified"], warta["unmodified_share"]) == (8, 6, 0.75)
    assert (warta["bytes"], warta["items"], warta["last_fetch_at"]) == (1_500_000, 40, NOW.isoformat())
    assert warta["cursors"] == [{"feed": "all", "behind": 2, "since": None, "read_at": NOW.isoformat()}]
    assert warta["deliveries"] == {
        "waiting": 1,
        "delivered": 1,
        "failed": 1,
        "oldest_waiting_at": (NOW - HOUR).isoformat(),
    }
    listed = agreed("partners")
    head, row, other = listed.stdout.splitlines()
    assert re.split(r"\s{2,}", head.strip()) == [
        "partner", "feeds", "expires", "last fetch", "fetches", "304", "refused", "bytes", "items", "behind",
        "waiting", "failed", "webhook", "keys",
    ]  # fmt: skip
    assert re.split(r"\s{2,}", row.strip()) == [
        "warta", "all, logistik", "2020-01-01T17:00:00+00:00 (over)", NOW.isoformat(), "8", "75%", "1",
        "1.5 MB", "40", "2 in all", "1", "1", "active", "configured",
    ]  # fmt: skip
    assert re.split(r"\s{2,}", other.strip())[:2] == ["gema", "*"]
    assert other.rstrip().endswith("none: aggregator partners new-key gema")


@pytest.mark.parametrize(("url", "webhook"), [(HOOK, "stopped"), ("https://before.example.id/", "active")])
def test_a_webhook_stays_stopped_until_it_is_at_another_address(
    agreed: Commands, url: str, webhook: str
) -> None:
    with agreed.store() as store:
        store.use({"warta": Use()})
        with store.database.writing() as connection:
            connection.execute(update(tables.partners).values(stopped_at=NOW, stopped_url=url))
    warta, _ = agreed.json("partners")
    assert (warta["webhook"], warta["stopped_at"] is not None) == (webhook, webhook == "stopped")


def test_a_webhook_that_takes_nothing_is_told_of(agreed: Commands) -> None:
    with agreed.store() as store:
        store.use({"warta": Use()})
        with store.database.writing() as connection:
            connection.execute(update(tables.partners).values(failing_at=NOW))
    warta, _ = agreed.json("partners")
    assert (warta["webhook"], warta["failing_at"]) == ("failing", NOW.isoformat())


def test_without_partners_there_is_nothing_to_list(commands: Commands) -> None:
    assert commands.json("partners") == []
    listed = commands("partners")
    assert (listed.exit_code, listed.stdout) == (0, "")
    assert listed.stderr == "no partners are configured; docs/partners.md says how\n"


def test_a_new_key_is_printed_once_and_only_its_hash_is_kept(agreed: Commands) -> None:
    made = [agreed("partners", "new-key", "gema") for _ in range(3)]
    keys = [result.stdout.strip() for result in made]
    for key, result in zip(keys, made, strict=True):
        assert result.exit_code == 0
        assert re.fullmatch(r"ak_[A-Za-z0-9_-]{43}", key)
        assert result.stdout == f"{key}\n"
        assert key not in result.stderr
        assert "/p/KEY/all.rss" in result.stderr
    assert ["no longer valid" in result.stderr for result in made] == [False, False, True]
    with agreed.store() as store:
        known = store.keys()
        written = b"".join(file.read_bytes() for file in agreed.path.parent.glob("aggregator.db*"))
    assert digest(keys[2]).encode() in written
    assert not any(key.encode() in written for key in keys)
    assert set(known) == {digest(keys[1]), digest(keys[2])}
    assert {partner for partner, _ in known.values()} == {"gema"}
    _, gema = agreed.json("partners")
    assert [(key["configured"], key["made_at"] is not None) for key in gema["keys"]] == [(False, True)] * 2
    assert re.search(r" [0-9]+[sm], [0-9]+[sm]$", agreed("partners").stdout.splitlines()[2].rstrip())


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("wartha", "no partner 'wartha' is configured; did you mean 'warta'?\n"),
        ("\x1b[2J", "no partner '\\\\x1b[2J' is configured; aggregator partners lists them\n"),
    ],
)
def test_a_key_for_nobody(agreed: Commands, name: str, told: str) -> None:
    result = agreed("partners", "new-key", name)
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", told)


def test_options_before_the_command_are_refused_rather_than_ignored(agreed: Commands) -> None:
    for option in (("-c", agreed.path), ("--json",)):
        result = agreed("partners", *option, "new-key", "gema")
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr == "write options behind the command: aggregator partners new-key …\n"
    assert agreed("partners", "new-key", "gema", "-c", agreed.path).exit_code == 0


def test_check_counts_partners_and_says_who_can_read_nothing(agreed: Commands, tmp_path: Path) -> None:
    told = agreed("check")
    assert (told.exit_code, told.stdout.endswith("2 partners, no mistakes\n")) == (0, True)
    over = "partners.warta: its contract is over since 2020-01-01T17:00:00+00:00\n"
    assert told.stderr == over + (
        "partners.gema: has no key yet; make one: aggregator partners new-key gema\n"
    )
    assert agreed.json("check")["partners"] == 2
    assert not (tmp_path / "aggregator.db").exists(), "to check makes no database"
    agreed("partners", "new-key", "gema")
    assert agreed("check").stderr == over


def test_check_says_nothing_of_keys_where_the_database_does_not_answer(
    agreed: Commands, tmp_path: Path
) -> None:
    (tmp_path / "aggregator.db").write_text("no database " * 100)
    told = agreed("check")
    assert (told.exit_code, "has no key" in told.stderr) == (0, False)
