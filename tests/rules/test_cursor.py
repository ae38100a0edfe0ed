"""How far somebody has read: what is spelled is read again, and nothing else is."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model.partner import Journal
from aggregator.rules.cursor import SPELLING, Fault, Place, after, fault, place_of, spelled

NUMBERS = st.integers(0, 2**63 - 1)
JOURNAL = Journal(epoch=7, told=20, horizon=5)


@given(epoch=NUMBERS, serial=NUMBERS, since=NUMBERS, began=NUMBERS)
def test_a_place_is_spelled_and_read(epoch: int, serial: int, since: int, began: int) -> None:
    place = Place(epoch, max(serial, since), min(serial, since), began)
    assert place_of(spelled(place)) == place
    assert re.fullmatch(SPELLING, spelled(place))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A" * 42,
        "A" * 44,
        "A" * 42 + "=",
        "A" * 42 + "B",  # the last bits are none of the numbers
        "_" * 43,  # numbers that no journal has
        "A" * 42 + "\n",
        "٣" * 43,
        spelled(Place(7, 3, 4)),
    ],
)
def test_what_spells_no_place_is_none(text: str) -> None:
    assert place_of(text) is None


@given(text=st.text(st.characters(codec="ascii"), min_size=43, max_size=43))
def test_no_place_is_spelled_in_two_ways(text: str) -> None:
    place = place_of(text)
    assert place is None or spelled(place) == text


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        pytest.param(Place(), None, id="nothing was read"),
        pytest.param(Place(8, 0), None, id="nothing was read, of a journal that began anew since"),
        pytest.param(Place(7, 20), None, id="all was read"),
        pytest.param(Place(7, 5), None, id="what is forgotten was read"),
        pytest.param(Place(7, 4), Fault.EXPIRED, id="it was not"),
        pytest.param(Place(7, 21), Fault.FOREIGN, id="ahead"),
        pytest.param(Place(8, 9), Fault.FOREIGN, id="another journal"),
    ],
)
def test_where_reading_can_go_on(place: Place, expected: Fault | None) -> None:
    assert fault(place, JOURNAL) is expected


def test_where_reading_goes_on() -> None:
    first = after(Place(), JOURNAL, upto=10, more=True)
    assert first == Place(7, 10, 0, began=20)
    later = Journal(epoch=7, told=30, horizon=5)
    second = after(first, later, upto=25, more=True)
    assert second == Place(7, 25, 0, began=20), "when it began stays"
    assert after(second, later, upto=30, more=False) == Place(7, 30, since=30)
