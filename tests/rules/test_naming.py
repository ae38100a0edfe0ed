"""Names that titles make."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.rules.naming import LONGEST, free_name, name_of
from aggregator.settings.values import NAME


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Kabar Pelabuhan", "kabar-pelabuhan"),
        ("  Ekonomi & Bisnis / Pasar  ", "ekonomi-bisnis-pasar"),
        ("Jay's Blog", "jays-blog"),
        ("Café Straße Øst Łódź", "cafe-strasse-ost-lodz"),
        ("\u0130stanbul I\u015f\u0131k", "istanbul-isik"),
        ("3D", "3d"),
        ("細雪", ""),
        ("細 A", ""),
        ("", ""),
        ("kata " * 20, "kata-kata-kata-kata-kata-kata-kata-kata"),
        ("a" * 50, "a" * LONGEST),
    ],
)
def test_a_title_makes_a_name(title: str, name: str) -> None:
    assert name_of(title) == name


def test_a_name_that_is_taken_gets_a_number() -> None:
    assert free_name("news", {"tech"}) == "news"
    assert free_name("news", {"news"}) == "news-2"
    assert free_name("news", {"news", "news-2"}) == "news-3"


@given(st.text())
def test_whatever_a_title_makes_is_a_name_that_makes_itself(title: str) -> None:
    name = name_of(title)
    assert not name or re.fullmatch(NAME, name)
    assert name_of(name) == name
