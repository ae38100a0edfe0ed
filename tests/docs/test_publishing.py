"""docs/publishing.md is true: what it says maps somewhere is there in a full entry."""

from __future__ import annotations

import json
import re
from dataclasses import fields, is_dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, get_args, get_type_hints
from xml.etree import ElementTree as ET

import pytest

from aggregator.model import item as model
from aggregator.model.feed import Edition
from aggregator.model.item import ParsedItem, Text
from aggregator.render import FORMATS
from tests.making import BESIDE
from tests.render.conftest import FEED, FULL, SITE

PAGE = Path(__file__).parents[2] / "docs" / "publishing.md"
SPAN = re.compile(r"`([^`]+)`")
STEP = re.compile(r"(?:(?P<prefix>\w+):)?(?P<tag>\w+)(?:\[(?P<rel>\w+)\])?(?:@(?P<attribute>[\w:]+))?")
PREFIXES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "georss": "http://www.georss.org/georss",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "podcast": "https://podcastindex.org/namespace/1.0",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "thr": "http://purl.org/syndication/thread/1.0",
    "xml": "http://www.w3.org/XML/1998/namespace",
}
#: The model's name of what a published entry calls otherwise, or has made of it.
OURS = {"id", "dates"}


class Row(NamedTuple):
    """A row of the table, its cells as they stand there."""

    source: str
    model: str
    rss: str
    atom: str
    json: str


def table() -> list[Row]:
    section = PAGE.read_text(encoding="utf-8").partition("## What maps where")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| ")][1:]
    return [Row(*(cell.strip() for cell in row.strip("|").split("|"))) for row in rows]


ROWS = table()


@cache
def document(suffix: str) -> Any:
    entry = replace(FULL, **BESIDE, comments="https://k.id/1#c")
    edition = Edition(site=SITE, feed=FEED, id="urn:f", updated=FULL.updated, entries=(entry,))
    body = FORMATS[suffix].render(edition)
    if suffix == "json":
        return json.loads(body)["items"][0]
    root = ET.fromstring(body)  # noqa: S314 - of our own making
    return root.find("channel/item" if suffix == "rss" else "{*}entry")


def found(node: ET.Element, path: str, default: str) -> bool:
    """Return whether there is what a path of the table names, below ``node`` or, for ``entry``, in it."""
    nodes = [node]
    for step in path.split("/"):
        match = STEP.fullmatch(step)
        assert match, f"{step!r} is no step of a path"
        space = PREFIXES[match["prefix"]] if match["prefix"] else default
        tag = f"{{{space}}}{match['tag']}" if space else match["tag"]
        if step.startswith("entry"):
            kids = nodes
        else:  # media:content lies in a media:group as well as beside it
            kids = [kid for one in nodes for kid in (one.iter(tag) if one is node else one.findall(tag))]
        nodes = [kid for kid in kids if not match["rel"] or kid.get("rel") == match["rel"]]
        if attribute := match["attribute"]:
            prefix, _, local = attribute.rpartition(":")
            name = f"{{{PREFIXES[prefix]}}}{local}" if prefix else local
            nodes = [kid for kid in nodes if kid.get(name)]
    return bool(nodes)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.model)
def test_rss_and_atom_have_what_the_table_says(row: Row) -> None:
    for suffix, cell, default in (("rss", row.rss, ""), ("atom", row.atom, PREFIXES["atom"])):
        for path in SPAN.findall(cell):
            assert found(document(suffix), path, default), f"{suffix} has no {path}"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.model)
def test_json_feed_has_what_the_table_says(row: Row) -> None:
    for path in SPAN.findall(row.json):
        values = [document("json")]
        for step in path.split("."):
            name, listed, _ = step.partition("[]")
            values = [value[name] for value in values if name in value]
            if listed:
                values = [one for value in values for one in value]
        assert values, f"JSON Feed has no {path}"


def paths(kind: Any, before: str = "") -> set[str]:
    """Return the fields of a dataclass of the model, those of what they hold after a dot."""
    named = set()
    for field in fields(kind):
        hint = get_type_hints(kind, vars(model))[field.name]
        inner = next((one for one in (hint, *get_args(hint)) if is_dataclass(one) and one is not Text), None)
        name = f"{before}{field.name}"
        deeper = inner and field.name not in {"dates", "podcast"}  # told as a whole
        named |= paths(inner, f"{name}.") if deeper else {name}
    return named


def test_the_table_tells_of_every_field_that_an_item_may_have() -> None:
    assert sorted(name for row in ROWS for name in SPAN.findall(row.model)) == sorted(paths(ParsedItem))


def test_an_entry_has_them_all() -> None:
    assert {field.name for field in fields(ParsedItem)} - OURS <= {field.name for field in fields(FULL)}
