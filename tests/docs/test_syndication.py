"""docs/syndication.md is true: its examples run, and understand what the service sends."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import time_machine

from aggregator.model.partner import Partner, Terms, Webhook
from aggregator.pipeline.deliver import PostOffice, letters, trial
from aggregator.pipeline.moderate import take_down
from aggregator.pipeline.versions import write_versions
from aggregator.rules import retries
from aggregator.store import open_store
from tests.making import NOW, SITE
from tests.pipeline.house import House, item, rss

if TYPE_CHECKING:
    from collections.abc import Callable

    from aggregator.model.fetch import Post

PAGE = (Path(__file__).parents[2] / "docs" / "syndication.md").read_text(encoding="utf-8")
SECRET = re.findall(r'SECRET = "(whsec_\w+)"', PAGE)[0]
WEBHOOK = Webhook(url="https://warta.example.id/hook", secrets=(SECRET,))
WARTA = Partner(id="warta", title="Warta", feeds=("all",), terms=Terms(), webhook=WEBHOOK)


def examples(language: str, heading: str) -> list[str]:
    """Return the blocks below a heading."""
    section = re.split(r"^#+ ", PAGE.partition(f"# {heading}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
    found = re.findall(rf"^```{language}\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    assert found, heading
    return found


def run(text: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(compile(text, "docs/syndication.md", "exec"), names)  # noqa: S102 # it is our own
    return names


@pytest.mark.parametrize("text", examples("python", "Check the signature"), ids=["library", "by hand"])
def test_a_signature_is_checked(text: str) -> None:
    checked: Callable[[bytes, dict[str, str]], Any] = run(text)["checked"]
    post = trial(WARTA, WEBHOOK, now=NOW, site=SITE)
    both = trial(WARTA, replace(WEBHOOK, secrets=("A" * 32, SECRET)), now=NOW, site=SITE)
    other = trial(WARTA, replace(WEBHOOK, secrets=("A" * 32,)), now=NOW, site=SITE)
    with time_machine.travel(NOW, tick=False):
        for good in (post, both):
            message = checked(good.body, dict(good.headers))
            assert (message["type"], message["test"]) == ("item.new", True)
        assert checked(post.body + b" ", dict(post.headers)) is None
        assert checked(other.body, dict(other.headers)) is None
    with time_machine.travel(NOW + timedelta(minutes=6), tick=False):
        assert checked(post.body, dict(post.headers)) is None


@pytest.fixture
def sent(tmp_path: Path) -> list[tuple[str, dict[str, Any]]]:
    """Return what a webhook is sent while two stories come, one changes and one is taken down."""
    store = open_store(f"sqlite:///{tmp_path}/aggregator.db")
    house = House(store)
    house.partners = (WARTA,)
    office = PostOffice(
        store=store,
        partners={"warta": WARTA},
        extents={feed.name: feed.extent for feed in house.feeds},
        site=SITE,
    )
    found: list[Post] = []

    def publish() -> None:
        house.publish()
        write_versions({"all": False}, {}, press=house.press)
        due, _ = store.owed({"warta": 9}, now=house.now, lease=timedelta(days=9))
        found.extend(letter.post for letter in letters(due, now=house.now, office=office))
        store.drop_deliveries(due)
        house.later(hours=1)

    for titles in (("satu", "dua"), ("satu", "tiga")):
        house.say("antara", rss(*(item(str(number), title) for number, title in enumerate(titles))))
        house.collect("antara")
        publish()
    [story] = [story for story in house.stories("antara") if story.shown.title == "satu"]
    take_down(story.id, now=house.now, store=store)
    publish()
    store.close()
    return [(post.headers["webhook-id"], json.loads(post.body)) for post in found]


def test_each_message_is_taken_once(
    sent: list[tuple[str, dict[str, Any]]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    [text] = examples("python", "Take each message once")
    names = run(text)
    kinds = [message["type"] for _, message in sent]
    assert kinds == ["item.new", "item.new", "item.updated", "item.removed"]
    for name, message in [*sent, sent[0]]:  # the first once more: it does not come back by that
        names["take"](name, message)
    post = trial(WARTA, WEBHOOK, now=NOW, site=SITE)
    names["take"](post.headers["webhook-id"], json.loads(post.body))
    rows = names["database"].execute("SELECT title FROM items").fetchall()
    names["database"].close()
    assert rows == [("tiga",)]


def test_a_message_looks_as_it_is_shown(sent: list[tuple[str, dict[str, Any]]]) -> None:
    [text] = examples("json", "Webhooks")
    shown = json.loads(text)
    [updated] = [message for _, message in sent if message["type"] == shown["type"]]
    assert list(updated) == list(shown)
    assert list(updated["data"]) == list(shown["data"])
    assert {type(value) for value in updated["data"].values()} == {
        type(each) for each in shown["data"].values()
    }
    [removed] = [message for _, message in sent if message["type"] == "item.removed"]
    assert removed["data"].keys() == {"id", "change"}


def test_the_waits_are_those_that_are_named() -> None:
    row = next(line for line in PAGE.splitlines() if line.startswith("| anything else"))
    seconds = [int(number) for number in re.findall(r"\d+", row)]
    assert seconds == [int(retries.FIRST.total_seconds()) << step for step in range(4)]
    assert "up to an hour, for a day" in row
    assert timedelta(hours=1) == retries.LONGEST
    assert timedelta(days=1) == retries.GIVE_UP
