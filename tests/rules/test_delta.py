"""What is new to who has an earlier edition."""

from __future__ import annotations

import pytest

from aggregator.rules.delta import MARK_BYTES, mark, news


def marks(entries: str) -> bytes:
    return b"".join(mark(entry.encode().ljust(16, b".")) for entry in entries)


INSTANCES = [
    ('"3r" "3a"', marks("dcX")),
    ('"2r" "2a"', marks("cba")),
    ('"1r" "1a"', marks("ba")),
]


@pytest.mark.parametrize(
    ("known", "places"),
    [
        pytest.param({'"2a"'}, {0, 2}, id="new and changed ones"),
        pytest.param({'"1r"'}, {0, 1, 2}, id="all"),
        pytest.param({'"3a"'}, set(), id="none"),
        pytest.param({'"2r"', '"1r"', '"0"'}, {0, 2}, id="since the newest that it has"),
        pytest.param({'"0"'}, None, id="forgotten"),
        pytest.param(set(), None, id="nothing"),
    ],
)
def test_what_is_new(known: set[str], places: set[int] | None) -> None:
    assert news(INSTANCES, current='"3r"', known=frozenset(known)) == places


def test_an_edition_that_is_not_remembered_itself_is_given_whole() -> None:
    assert news(INSTANCES, current='"4r"', known=frozenset({'"3r"'})) is None
    assert news([], current='"4r"', known=frozenset({'"4r"'})) is None


def test_an_entry_that_went_is_no_news() -> None:
    instances = [('"2"', marks("ba")), ('"1"', marks("cba"))]
    assert news(instances, current='"2"', known=frozenset({'"1"'})) == set()


def test_a_mark_is_short() -> None:
    assert len(mark(bytes(16))) == MARK_BYTES
