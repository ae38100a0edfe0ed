"""The configuration's documents say what the program does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aggregator.settings import schema
from aggregator.settings.load import OVERRIDES
from aggregator.settings.reference import reference

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("path", "made"),
    [
        pytest.param(ROOT / "docs" / "configuration.md", reference(), id="page"),
        pytest.param(
            ROOT / "config" / "aggregator.schema.json",
            json.dumps(schema(), indent=2, ensure_ascii=False) + "\n",
            id="schema",
        ),
    ],
)
def test_what_is_made_from_the_settings_is_up_to_date(
    path: Path, made: str, pytestconfig: pytest.Config
) -> None:
    if pytestconfig.getoption("accept"):
        path.write_text(made, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == made, "run this test with --accept and review the diff"


def test_the_page_names_every_key_and_variable() -> None:
    page = reference()
    made = schema()
    keys = {key for part in (made, *made["$defs"].values()) for key in part["properties"]}
    assert {key for key in keys if f"| `{key}` |" not in page} == set()
    assert {variable for variable in OVERRIDES if f"| `{variable}` |" not in page} == set()
