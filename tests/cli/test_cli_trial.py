"""``test URL``: what an address would bring."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.cli.commands import Commands, command
from tests.fetch.raw import RawServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aggregator.demo.server import NewsroomServer

LISTING = (
    "container=ul.mvp-blog-story-list", "item=li.mvp-blog-story-wrap", "title=h2", "link=a@href",
    "date=span.mvp-cd-date", "category=span.mvp-cd-cat", "summary=p", "image=img@src",
)  # fmt: skip


@pytest.fixture
def server() -> Iterator[RawServer]:
    with closing(RawServer()) as running:
        yield running


@pytest.mark.parametrize(
    ("path", "count", "why"),
    [
        pytest.param("/news/feed/", 18, "published says 'Wed, 20 Nov 2024", id="RSS"),
        pytest.param("/ruang-sujud/feed/atom/", 20, "published says '2024-11-20T", id="Atom"),
        pytest.param("/sportechment/feed.json", 20, "published says '2024-11-20T", id="JSON Feed"),
    ],
)
def test_a_feed(newsroom: NewsroomServer, path: str, count: int, why: str) -> None:
    url = f"{newsroom.url}{path}"
    told = command("test", url, "--allow-private")
    assert told.exit_code == 0
    head, *rest = told.stdout.splitlines()
    assert head.endswith(f": {count} items")
    assert rest[0] == ""
    assert rest[2].startswith("  2024-11-20 ")
    assert " +0700  because " in rest[2]
    assert why in rest[2]

    data = json.loads(command("test", url, "--allow-private", "--json").stdout)
    assert list(data) == ["url", "title", "error", "faults", "items"]
    assert data["error"] == ""
    assert len(data["items"]) == count
    first = data["items"][0]
    assert list(first) == [
        "key", "title", "link", "published", "updated", "why", "canonical_url", "categories",
    ]  # fmt: skip
    assert first["title"] == rest[1]
    assert first["key"] == rest[4].strip()
    assert first["published"].endswith("+00:00")
    assert why in first["why"]


def test_a_listing_needs_selectors(newsroom: NewsroomServer) -> None:
    url = f"{newsroom.url}/logistik/"
    selectors = [argument for part in LISTING for argument in ("--select", part)]
    told = command("test", url, "--allow-private", *selectors)
    assert told.exit_code == 0
    assert told.stdout.splitlines()[0].endswith(": 20 items")
    assert "text says " in told.stdout
    without = command("test", url, "--allow-private")
    assert without.exit_code == 1
    assert without.stdout == ""
    assert "select" in without.stderr


def test_a_zone_for_dates_that_name_none(server: RawServer) -> None:
    feed = b"<rss><channel><item><guid>1</guid><pubDate>20 Nov 2024 14:30</pubDate></item></channel></rss>"
    url = server.say("/feed", feed)
    published = []
    for zone in ([], ["--timezone", "Asia/Jayapura"]):
        data = json.loads(command("test", url, "--allow-private", "--json", *zone).stdout)
        published.append(data["items"][0]["published"])
    assert published == ["2024-11-20T07:30:00+00:00", "2024-11-20T05:30:00+00:00"]


def test_a_private_address_is_refused_with_advice(newsroom: NewsroomServer) -> None:
    url = f"{newsroom.url}/news/feed/"
    told = command("test", url)
    assert told.exit_code == 1
    assert told.stdout == ""
    assert told.stderr.startswith(f"{url}: 127.0.0.1 is not a public address")
    assert "fetch.allow_private_networks" in told.stderr
    assert "--allow-private" in told.stderr
    data = command("test", url, "--json")
    assert data.exit_code == 1
    assert "--allow-private" in json.loads(data.stdout)["error"]


def test_a_configuration_may_allow_it_or_not(
    commands: Commands, newsroom: NewsroomServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"{newsroom.url}/news/feed/"
    assert commands("test", url).exit_code == 0
    text = commands.path.read_text(encoding="utf-8")
    commands.path.write_text(text.replace("[127.0.0.0/8]", "[]"), encoding="utf-8")
    assert commands("test", url).exit_code == 1
    assert commands("test", url, "--allow-private").exit_code == 0
    monkeypatch.setenv("AGGREGATOR_CONFIG", str(commands.path))
    assert command("test", url, "--allow-private").exit_code == 0


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param(b"{}", "JSON", id="some JSON"),
        pytest.param(b"", "empty", id="empty"),
        pytest.param(b"Not a feed \x1b[2J\xe2\x80\xae", "begins", id="text"),
    ],
)
def test_what_is_no_feed(server: RawServer, body: bytes, reason: str) -> None:
    url = server.say("/feed", body)
    told = command("test", url, "--allow-private")
    assert told.exit_code == 1
    assert told.stdout == ""
    [line] = told.stderr.splitlines()
    assert line.startswith(f"{url}: ")
    assert reason in line
    assert line.isprintable()


def test_an_address_that_answers_otherwise(server: RawServer) -> None:
    url = server.say("/gone", status="410 Gone")
    told = command("test", url, "--allow-private")
    assert told.exit_code == 1
    assert told.stderr == f"{url}: status 410 Gone\n"


def test_titles_cannot_command_the_terminal(server: RawServer) -> None:
    item = {"id": "1\u001b[2J\u202e", "title": "Kapal\u001b[31m tiba\u0007", "url": "https://a.example.id/1"}
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "\u001b]0;x\u0007Kabar", "items": [item]}
    url = server.say("/feed", json.dumps(feed).encode())
    told = command("test", url, "--allow-private")
    assert told.exit_code == 0
    assert "tiba" in told.stdout
    assert all(line.isprintable() for line in told.stdout.splitlines())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["--timezone", "WIB"], "--timezone WIB: 'WIB' is not an IANA time zone", id="zone"),
        pytest.param(["--timezone", "Asia/Jakrta"], "did you mean", id="misspelled zone"),
        pytest.param(["--select", "li.story"], "--select li.story: write PART=SELECTOR", id="no part"),
        pytest.param(
            ["--select", "titel=h2"], "--select titel: write PART=SELECTOR, PART one of item", id="unknown"
        ),
        pytest.param(["--select", "item="], "--select item: write PART=SELECTOR", id="no selector"),
        pytest.param(["--select", "title=h2"], "item=SELECTOR", id="no item"),
        pytest.param(["-c", "/nowhere/none.yaml"], "there is no such file", id="configuration"),
    ],
)
def test_mistakes_of_the_one_who_asks(server: RawServer, arguments: list[str], message: str) -> None:
    told = command("test", server.say("/feed", b""), "--allow-private", *arguments)
    assert told.exit_code == 2
    assert told.stdout == ""
    assert message in told.stderr
    assert server.heads == [], "nobody was asked"


def test_a_selector_that_is_none(server: RawServer) -> None:
    url = server.say("/list", b"<html><body><ul><li>a</li></ul></body></html>")
    told = command("test", url, "--allow-private", "--select", "item=li[")
    assert told.exit_code == 1
    assert "'select.item: li[' is no valid CSS selector" in told.stderr
