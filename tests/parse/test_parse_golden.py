"""One tiny document for each case.

To add a case, drop in a document and run ``pytest --accept``; review the diff. A listing carries its
selectors in a comment on its first line.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from aggregator.errors import ParseError
from aggregator.model.source import Select
from aggregator.parse.syndication import parse

FOLDER = Path(__file__).parent / "cases"
CASES = sorted(path for path in FOLDER.iterdir() if not path.name.endswith(".expected.json"))
URL = "https://kabar.example.id/feed/"
CONTENT_TYPES = {".xml": "application/rss+xml", ".json": "application/feed+json", ".html": "text/html"}
SELECT = re.compile(rb"<!--select (.*?)-->")


def read(case: Path) -> dict[str, Any]:
    body = case.read_bytes()
    select = SELECT.match(body)
    try:
        document = parse(
            body,
            url=URL,
            content_type=CONTENT_TYPES[case.suffix],
            select=Select(**json.loads(select[1])) if select else None,
        )
    except ParseError as error:
        return {"error": str(error)}
    return {name: value for name, value in brief(asdict(document)).items() if value}


def brief(value: Any) -> Any:
    """Leave out what is empty, so that a golden shows what a document says."""
    if isinstance(value, dict):
        if set(value) == {"value", "html"}:
            return {"html" if value["html"] else "text": value["value"]} if value["value"] else ""
        return {key: short for key, one in value.items() if (short := brief(one))}
    if isinstance(value, list | tuple):
        return [brief(one) for one in value]
    return value


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Path, pytestconfig: pytest.Config) -> None:
    actual = json.dumps(read(case), indent=2, ensure_ascii=False) + "\n"
    golden = case.with_name(case.name + ".expected.json")
    if pytestconfig.getoption("accept"):
        golden.write_text(actual, encoding="utf-8")
    assert actual == golden.read_text(encoding="utf-8")


def test_every_golden_has_its_document() -> None:
    assert {path.name.removesuffix(".expected.json") for path in FOLDER.iterdir()} == {c.name for c in CASES}
