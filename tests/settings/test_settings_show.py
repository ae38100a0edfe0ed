"""What is shown of settings: the effective configuration and its JSON Schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from aggregator.settings import Settings, effective, schema, starter
from aggregator.settings.document import read

if TYPE_CHECKING:
    from collections.abc import Callable

    Loads = Callable[..., Settings]

CONFIG = Path(__file__).parents[2] / "config"


@pytest.fixture
def shown(tmp_path: Path) -> Callable[..., dict[str, Any]]:
    def shown(text: str, environ: dict[str, str] | None = None) -> dict[str, Any]:
        path = tmp_path / "shown.yaml"
        path.write_text(text, encoding="utf-8")
        return effective(path, environ or {})

    return shown


Shown = "Callable[..., dict[str, Any]]"

SECRETS = """\
service: {timezone: Asia/Jakarta}
database: {url: "postgresql+psycopg://me:p@ss/w0rd@db/x?sslpassword=hush&connect_timeout=3"}
categories:
  news:
    title: News
    cron: "0 6 * * *"
    language: id
    sources:
      - id: one
        url: https://one.example.id/feed?api_key=${TOKEN}&page=2
        headers: {Authorization: "Bearer ${TOKEN}"}
        timezone: UTC
  more: {sources: [{id: two, url: "https://two.example.id/", every: 1h}]}
feeds: {some: {categories: [more]}, one: {sources: [one]}}
"""


def test_secrets_are_masked(shown: Callable[..., dict[str, Any]]) -> None:
    told = shown(SECRETS, {"TOKEN": "hush"})
    assert told["database"] == {"url": "postgresql+psycopg://me:***@db/x?sslpassword=***&connect_timeout=3"}
    (one,) = told["categories"]["news"]["sources"]
    assert one["url"] == "https://one.example.id/feed?api_key=***&page=2"
    assert one["headers"] == {"Authorization": "***"}
    assert "hush" not in json.dumps(told)
    assert "w0rd" not in json.dumps(told)


def test_what_is_inherited_is_filled_in(shown: Callable[..., dict[str, Any]]) -> None:
    told = shown(SECRETS, {"TOKEN": "hush", "AGGREGATOR_LISTEN": "127.0.0.1:9"})
    assert told["service"]["listen"] == "127.0.0.1:9"
    assert told["service"]["base_url"] == "http://127.0.0.1:9"
    news, more = told["categories"]["news"], told["categories"]["more"]
    assert (news["cron"], news["limit"], "every" in news) == ("0 6 * * *", 50, False)
    assert (news["sources"][0]["language"], news["sources"][0]["timezone"]) == ("id", "UTC")
    assert "every" not in news["sources"][0]
    assert (more["title"], more["every"], more["sources"][0]["every"]) == ("more", "15m", "1h")
    assert (more["sources"][0]["timezone"], more["keep"]) == ("Asia/Jakarta", "90d")
    assert (news["sources"][0]["article"], news["sources"][0]["zone_fix"]) == (False, "off")
    assert (news["sources"][0]["gate"], news["sources"][0]["duplicates"]) == (20, "report")
    rest = {"content": "full", "source_line": False, "limit": 100}
    assert told["feeds"] == {
        "all": {"categories": "*", "title": "News", "description": "News"} | rest,
        "some": {"categories": ["more"], "title": "some", "description": "some · News"} | rest,
        "one": {"sources": ["one"], "title": "one", "description": "one · News"} | rest,
    }


@pytest.mark.parametrize("written", ["off", "auto", "+07:00", "-09:30", "+00:00", "Europe/Berlin"])
def test_what_is_done_about_zones_is_shown_as_written(
    shown: Callable[..., dict[str, Any]], written: str
) -> None:
    told = shown(
        "service: {timezone: Asia/Jakarta}\n"
        f"defaults: {{zone_fix: {written}}}\n"
        "categories: {news: {sources: [{id: one, url: 'https://one.example.id/'}]}}\n"
    )
    assert told["defaults"]["zone_fix"] == written
    assert told["categories"]["news"]["sources"][0]["zone_fix"] == written
    assert shown(json.dumps(told)) == told


KEPT = """\
service: {timezone: Asia/Jakarta, tracking: [ad_*]}
defaults: {keep: 1000, gate: off, duplicates: merge, robots: ignore}
categories:
  one:
    keep: 500
    gate: 3
    robots: respect
    tracking: [from]
    sources:
      - {id: a, url: "https://a.example.id/", tracking: [ref]}
      - {id: b, url: "https://b.example.id/", keep: 7d, gate: off, duplicates: off, robots: ignore}
  two: {sources: [{id: c, url: "https://c.example.id/"}]}
"""


PARTNERS = """\
service: {timezone: Asia/Jakarta}
categories: {one: {sources: [{id: a, url: "https://a.example.id/"}]}}
partners:
  warta:
    key: ${TOKEN}
    feeds: [all, source/a]
    content: none
    fields: [image, authors]
    delay: 1h
    link_parameters: {utm_source: kabar}
    rate: 60/h
    expires: 2027-01-01T18:00+07:00
    webhook: {url: "https://warta.example.id/", secret: [one, two]}
  gema: {key: [one, two], feeds: "*", expires: 2027-01-01}
"""


def test_what_is_kept_and_held_is_shown_as_it_takes_effect(
    shown: Callable[..., dict[str, Any]], loads: Loads
) -> None:
    told = shown(KEPT)
    one, two = told["categories"]["one"], told["categories"]["two"]
    assert (one["keep"], two["keep"]) == (500, 1000)
    assert [source.get("keep") for source in (*one["sources"], *two["sources"])] == [None, "7d", None]
    assert [source["gate"] for source in (*one["sources"], *two["sources"])] == [3, "off", "off"]
    assert [source["duplicates"] for source in (*one["sources"], *two["sources"])] == [
        "merge",
        "off",
        "merge",
    ]
    assert [source["robots"] for source in (*one["sources"], *two["sources"])] == [
        "respect",
        "ignore",
        "ignore",
    ]
    assert [source["tracking"] for source in one["sources"]] == [["from", "ref"], ["from"]]
    assert shown(json.dumps(told)) == told
    first, again = loads(KEPT), loads(json.dumps(told))
    assert (again.retentions, again.categories) == (first.retentions, first.categories)


def test_the_effective_configuration_is_one_that_loads_to_the_same(
    shown: Callable[..., dict[str, Any]], loads: Loads
) -> None:
    told = shown(starter())
    again = loads(json.dumps(told))
    assert shown(json.dumps(told)) == told
    assert [feed.name for feed in again.feeds] == ["all", "news", "source/antara"]


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(schema())


def test_every_key_is_described() -> None:
    made = schema()
    for part in (made, *made["$defs"].values()):
        assert part["additionalProperties"] is False
        for name, described in part["properties"].items():
            assert described.get("description") or "$ref" in described, name


@pytest.mark.parametrize(
    "text", [starter(), (CONFIG / "aggregator.yaml").read_text(encoding="utf-8"), SECRETS, KEPT, PARTNERS]
)
def test_the_schema_accepts_what_loads(text: str) -> None:
    data = read(text.encode(), {"TOKEN": "${TOKEN}"}, name="x").data
    assert [error.message for error in Draft202012Validator(schema()).iter_errors(data)] == []


@pytest.mark.parametrize(
    "part",
    [
        {"servce": {}},
        {"defaults": {"every": 15}},
        {"defaults": {"every": "15"}},
        {"defaults": {"limit": 0}},
        {"defaults": {"keep": 0}},
        {"defaults": {"keep": "5x"}},
        {"defaults": {"gate": "on"}},
        {"defaults": {"gate": 10_001}},
        {"defaults": {"duplicates": "merg"}},
        {"engine": "queue"},
        {"feeds": {"Bad Name": {}}},
        {"feeds": {"${X}": {}}},
        {"feeds": {"x": {"words": []}}},
        {"feeds": {"x": {"sources": []}}},
        {"feeds": {"x": {"content": "short"}}},
        {"fetch": {"max_bytes": "10"}},
        {"partners": {"x": {}}},
        {"partners": {"x": {"feeds": "all"}}},
        {"partners": {"x": {"feeds": ["all"], "key": ["a", "b", "c"]}}},
        {"partners": {"x": {"feeds": ["all"], "fields": ["title"]}}},
        {"partners": {"x": {"feeds": ["all"], "rate": "60"}}},
        {"partners": {"x": {"feeds": ["all"], "delay": -1}}},
        {"partners": {"x": {"feeds": ["all"], "webhook": {"secret": "x"}}}},
    ],
)
def test_the_schema_refuses_what_does_not_load(part: dict[str, Any]) -> None:
    data = {
        "service": {"timezone": "UTC"},
        "categories": {"a": {"sources": [{"id": "a", "url": "http://a/"}]}},
    }
    assert Draft202012Validator(schema()).is_valid(data)
    assert not Draft202012Validator(schema()).is_valid({**data, **part})


def test_the_schema_accepts_variables_where_numbers_and_durations_stand() -> None:
    data = {
        "service": {"timezone": "${ZONE}", "base_url": "${SITE}"},
        "defaults": {"every": "${EVERY:-15m}", "limit": "${LIMIT}", "keep": "${KEEP}", "gate": "${GATE}"},
        "categories": {"a": {"sources": [{"id": "a", "url": "${FEED}"}]}},
    }
    assert Draft202012Validator(schema()).is_valid(data)


def test_defaults_in_the_schema_are_spelled_as_in_a_file() -> None:
    parts = schema()["$defs"]
    assert parts["FetchConfig"]["properties"]["timeout"]["default"] == "30s"
    assert parts["FetchConfig"]["properties"]["max_bytes"]["default"] == "10MB"
    assert parts["ServiceConfig"]["properties"]["listen"]["default"] == "127.0.0.1:8080"
    assert parts["FeedConfig"]["properties"]["content"]["default"] == "full"
