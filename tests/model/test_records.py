"""What is written down as a record comes out as it was, or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from aggregator.model import records
from aggregator.model.item import (
    Article,
    Claim,
    Enclosure,
    Origin,
    Pace,
    ParsedDocument,
    ParsedItem,
    Person,
    Text,
)
from aggregator.model.outline import Outline
from tests.making import BESIDE, NOW


@dataclass(frozen=True, slots=True, kw_only=True)
class _Dated:
    at: datetime | timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Nest:
    """Holds others of its kind."""

    pair: tuple[int, str]
    inside: tuple[Nest, ...] = ()

    at: datetime | None = None


ITEM = ParsedItem(
    id="a \ud800 b",
    title=Text(value="Kapal 🚢 <sandar>", html=False),
    authors=(Person(name="Sari"),),
    categories=("laut", "kapal"),
    enclosures=(Enclosure(url="https://kabar.example.id/a.mp3", length=12), Enclosure(url="")),
    dates=(Claim(origin=Origin.TEXT, text="kemarin"),),
)
PACE = Pace(every=timedelta(hours=1, microseconds=1), skip_hours=frozenset({0, 23}), skip_days=frozenset({6}))
DOCUMENT = ParsedDocument(
    title="\x00", items=(ITEM, ParsedItem()), faults=("tidak rapi",), cut=True, pace=PACE
)
ARTICLE = Article(claims=(Claim(origin=Origin.META, text="2024"),), canonical="")


@pytest.mark.parametrize(
    "value",
    [
        ITEM,
        ParsedItem(**BESIDE),
        DOCUMENT,
        ParsedDocument(),
        ARTICLE,
        Nest(pair=(1, "a"), at=NOW),
        Outline(url="https://kabar.example.id/feed/", folder=("Berita", "Laut")),
        "teks",
    ],
)
def test_what_is_written_is_read(value: Any) -> None:
    assert records.decode(records.encode(value), type(value)) == value


def test_what_is_read_has_its_own_types_again() -> None:
    document = records.decode(records.encode(DOCUMENT), ParsedDocument)
    assert isinstance(document.items[0].dates[0].origin, Origin)
    assert isinstance(document.pace.skip_hours, frozenset)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{}",
        b"[]",
        b'["meta", "2024", ""]',
        b'["nowhere", "2024"]',
        b'["meta", 2024]',
        b'["meta", null]',
        b'["meta", ["2024"]]',
        b'["meta", "\xff"]',
        b"\x80\x04N.",
    ],
)
def test_what_is_of_another_type_is_refused(payload: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        records.decode(payload, Claim)


@pytest.mark.parametrize(
    "payload",
    [
        b"[[1],[],null]",
        b'[[1,"a","b"],[],null]',
        b'[["a",1],[],null]',
        b'[[1,"a"],[1],null]',
        b'[[1,"a"],[],"x"]',
    ],
)
def test_a_pair_has_two_members_each_of_its_type(payload: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        records.decode(payload, Nest)


def test_what_has_no_form_is_refused_at_once() -> None:
    with pytest.raises(TypeError, match="no form"):
        records.decode(b"[null]", _Dated)
