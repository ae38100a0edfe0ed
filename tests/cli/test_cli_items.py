"""``why``: an item's date, explained."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from aggregator.settings import load
from aggregator.store import open_store

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.commands import Commands


@pytest.fixture
def told(commands: Commands) -> dict[str, Any]:
    """Return an item of a collected newsroom that no other source carries, as its JSON feed has it."""
    commands("run")
    commands("publish")
    return next(item for item in feed(commands, "source/portal-news") if "_via" not in item)


def feed(commands: Commands, name: str) -> list[dict[str, Any]]:
    settings = load(commands.path, {})
    with closing(open_store(settings.database_url)) as store:
        publication = store.publication(name, "json")
    assert publication is not None
    items: list[dict[str, Any]] = json.loads(publication.body)["items"]
    return items


def test_an_item_is_explained_by_whatever_names_it(commands: Commands, told: dict[str, Any]) -> None:
    [story] = commands.json("why", told["id"])
    assert story["published"] == told["date_published"]
    [copy] = story["copies"]
    assert copy["source"] == "portal-news"
    assert (copy["shown"], copy["dates_the_story"]) == (True, True)
    assert copy["first_seen"] == told["_dates"]["first_seen"]
    assert copy["considered"][copy["chosen"]]["text"].endswith(" WIB")
    assert copy["considered"] == told["_dates"]["considered"]
    for name in (
        story["slug"],
        f"/items/{story['slug']}",
        f"http://127.0.0.1:8080/items/{story['slug']}",
        told["url"],
        f"{told['url']}/?utm_source=x",
        copy["key"],
        copy["key"].removeprefix("id:"),
    ):
        assert commands.json("why", name) == [story], name


def test_a_person_reads_sentences(commands: Commands, told: dict[str, Any]) -> None:
    said = commands("why", told["id"]).stdout
    assert said.startswith(f"{told['title']}\n  published ")
    assert f"  id {told['id']}\n" in said
    text = told["_dates"]["considered"][0]["text"]
    assert (
        f"Ruang Berita wrote “{text}”: the publication date in its feed, with its time zone beside it."
        in said
    )
    assert f"\n    * {text!r}, the publication date in its feed: " in said
    assert "\n    First seen here: " in said


def test_every_copy_is_explained(commands: Commands) -> None:
    commands("run")
    both = next(item for item in feed(commands, "all") if item.get("_via"))
    [story] = commands.json("why", both["id"])
    assert "kawat-mitra" in {copy["source"] for copy in story["copies"]}
    assert sum(copy["dates_the_story"] for copy in story["copies"]) == 1
    assert "(the story has another copy's date)" in commands("why", both["id"]).stdout


def test_a_label_is_explained_as_a_span(commands: Commands) -> None:
    commands("run")
    commands("publish")
    item = feed(commands, "source/portal-logistik")[0]
    [story] = commands.json("why", item["id"])
    [copy] = story["copies"]
    assert copy["earliest"] < copy["published"] < copy["latest"]
    assert "the date that its page shows: between " in commands("why", item["id"]).stdout


@pytest.mark.parametrize(
    "name",
    ["https://nowhere.example.id/1", "", "/items/", "%", "'; DROP TABLE items; --", "\udcff", "\x1b[2J"],
)
def test_what_is_not_stored_is_said_to_be_so(commands: Commands, told: dict[str, Any], name: str) -> None:
    said = commands("why", name)
    assert said.exit_code == 2
    assert "no such item is stored: give its id" in said.stderr
    assert commands.json("why", told["id"])


def test_a_long_name_is_not_echoed_whole(commands: Commands, told: dict[str, Any]) -> None:
    assert told
    assert len(commands("why", "x" * 10_000).stderr) < 400


def test_where_nothing_is_stored_nothing_is_made(commands: Commands, tmp_path: Path) -> None:
    said = commands("why", "x")
    assert said.exit_code == 2
    assert said.stderr.startswith("nothing is stored yet")
    assert not (tmp_path / "aggregator.db").exists()
