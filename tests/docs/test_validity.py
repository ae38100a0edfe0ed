"""What docs/publishing.md says of our checks is true."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from aggregator.model.item import Person
from aggregator.render.printable import clean, printable_entry
from aggregator.rules.iris import web
from aggregator.rules.languages import tag
from tests.docs.test_docs import cells, code, section
from tests.render.conftest import LINKLESS
from tests.rules.test_ids import minted
from tests.validity import (
    atom,
    choices,
    jsonfeed,
    opml,
    rss,
    test_validity_atom,
    test_validity_jsonfeed,
    test_validity_opml,
    test_validity_rss,
)

if TYPE_CHECKING:
    from tests.validity.breaking import Break

SECTION = section("docs/publishing.md", "Validity")
FORMATS: dict[str, tuple[Any, list[Break]]] = {
    "RSS 2.0": (rss.RULES, test_validity_rss.BROKEN),
    "Atom 1.0": (atom.RULES, test_validity_atom.BROKEN),
    "JSON Feed 1.1": (jsonfeed.RULES, test_validity_jsonfeed.BROKEN),
    "OPML 2.0": (opml.RULES, test_validity_opml.BROKEN),
}


def test_the_number_of_checks_is_true() -> None:
    told = {row[0]: (row[2], row[3]) for row in cells(SECTION) if len(row) == 4}
    assert told == {
        name: (str(len(rules.named)), str(len(broken))) for name, (rules, broken) in FORMATS.items()
    }


def test_every_choice_is_told_and_has_its_reason() -> None:
    kept = section("docs/decisions/0023-what-validators-warn-of.md", "Choice")
    told = [code(row[0]) for row in cells(SECTION) if len(row) == 3]
    assert {*told} == choices.rules.choices
    assert {*re.findall(r"`([a-z]+(?:_[a-z]+)+)`", kept)} == choices.rules.choices


@pytest.mark.parametrize(
    ("row", "published"),
    [
        (0, web("https://kabar.id/é?a[]=1")),
        (1, web("https://ops:secret@kabar.id:443/feed")),
        (3, tag("id_ID")),
        (7, minted("4711").replace("feeds.example.id,2024-01-01:bumn", "…:source")),
        (9, clean("\x93")),
    ],
)
def test_what_is_mended_is_mended_so(row: int, published: str) -> None:
    mended = [row for row in cells(SECTION) if len(row) == 2]
    assert code(mended[row][1]) == published


def test_an_author_with_an_address_is_told_apart() -> None:
    entry = printable_entry(replace(LINKLESS, authors=(Person(name="Sari <sari@kabar.id>"),)), "id")
    assert entry.authors == (Person(name="Sari", email="sari@kabar.id"),)
