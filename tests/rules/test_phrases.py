"""Words and phrases in texts."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.rules.phrases import any_of, folded, spelled
from aggregator.rules.plain import plain


@pytest.mark.parametrize(
    ("phrase", "text", "there"),
    [
        pytest.param("kapal", "Kapal tiba", True, id="whatever the case"),
        pytest.param("kapal", "PERKAPALAN", False, id="whole words only"),
        pytest.param("kapal", "Kapal-kapal tiba", True, id="a hyphen ends a word"),
        pytest.param("kapal", "Kapal.", True, id="punctuation is none of it"),
        pytest.param("tanjung priok", "di Tanjung  Priok", True, id="a phrase"),
        pytest.param("tanjung priok", "Priok, Tanjung", False, id="in its order"),
        pytest.param("kapal*", "Kapalnya tiba", True, id="any ending"),
        pytest.param("kapal*", "Kapal", True, id="no ending"),
        pytest.param("kapal*", "perkapalan", False, id="but no other beginning"),
        pytest.param("tanjung pri*", "Tanjung Priok", True, id="the last word may end otherwise"),
        pytest.param("cafe", "Café", True, id="an accent in the text"),
        pytest.param("Café", "CAFE", True, id="an accent in the word"),
        pytest.param("cafe\u0301", "caf\u00e9", True, id="composed or not"),
        pytest.param("strasse", "Straße", True, id="letters that are two"),
        pytest.param("I\u015eIK", "\u0131\u015f\u0131k", False, id="a dotless i is another letter"),
        pytest.param("istanbul", "İstanbul", True, id="a dotted capital"),
        pytest.param("pelabuhan", "pela\u00adbuhan", True, id="a soft hyphen"),
        pytest.param("covid-19", "Covid 19", True, id="punctuation of the phrase"),
        pytest.param("5g", "5G", True, id="digits"),
        pytest.param("a_b", "a b", True, id="an underscore is no letter"),
    ],
)
def test_any_of(phrase: str, text: str, *, there: bool) -> None:
    assert any_of([phrase], folded(text)) is there
    assert any_of(["zzz", phrase], folded(text)) is there


def test_no_phrase_is_in_no_text() -> None:
    assert not any_of(["kapal"], folded(""))
    assert not any_of([], folded("kapal"))


@pytest.mark.parametrize("phrase", ["", "...", "*", "\u0301", "_"])
def test_what_has_no_word_is_spelled_as_nothing(phrase: str) -> None:
    assert spelled(phrase) == ""


def test_markup_is_no_text_and_blocks_are_apart() -> None:
    assert folded(plain("<p>Ka<b>pal</b></p><p>tiba&nbsp;di <a href='laut'>Priok</a></p>")) == (
        " kapal tiba di priok "
    )


@given(text=st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert folded(folded(text)) == folded(text)
    assert folded(text) == folded(unicodedata.normalize("NFD", text))


@given(words=st.lists(st.text(st.characters(categories=["L", "N"]), min_size=1), min_size=1))
def test_every_word_of_a_text_is_found_in_it(words: list[str]) -> None:
    text = folded(" ".join(words))
    assert all(any_of([word], text) for word in words if spelled(word))
