"""Old items that come back as new ones, and when they are too many (docs/duplicates.md, F)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model.item import Dates
from aggregator.rules.gate import LEEWAY, MASS_SHARE, Suspect, is_mass_change, is_suspect, too_many
from tests.making import NOW

HOUR = timedelta(hours=1)
DATED = Dates(published=NOW, updated=NOW, chosen=0, earliest=NOW, latest=NOW + HOUR)


def waiting(*sources: str) -> list[Suspect]:
    """Return a waiting story of each of ``sources``."""
    return [
        Suspect(story=f"tag:{number}", source=source, key=f"id:{number}")
        for number, source in enumerate(sources)
    ]


@pytest.mark.parametrize(
    ("dates", "since", "expected"),
    [
        pytest.param(replace(DATED, chosen=None), None, False, id="undated, at the first look"),
        pytest.param(replace(DATED, chosen=None), NOW, True, id="undated"),
        pytest.param(DATED, NOW, False, id="dated since"),
        pytest.param(DATED, NOW + HOUR, False, id="may just be since"),
        pytest.param(DATED, NOW + 2 * HOUR, True, id="dated before"),
        pytest.param(DATED, NOW + HOUR + LEEWAY, False, id="dated a little before"),
        pytest.param(DATED, None, False, id="dated, at the first look"),
        pytest.param(DATED, NOW - 99 * HOUR, False, id="dated ahead of our clock"),
    ],
)
def test_what_is_suspect(dates: Dates, since: datetime | None, *, expected: bool) -> None:
    assert is_suspect(dates, since) is expected


@pytest.mark.parametrize(
    ("suspects", "document", "gate", "expected"),
    [
        pytest.param(10, 10, 20, False, id="half the gate"),
        pytest.param(11, 11, 20, True, id="over half the gate"),
        pytest.param(11, 36, 20, True, id="over three in ten"),
        pytest.param(12, 40, 20, False, id="three in ten"),
        pytest.param(3, 3, 5, True, id="an odd gate"),
        pytest.param(2, 2, 5, False, id="under half of an odd gate"),
        pytest.param(1, 1, 0, True, id="a closed gate"),
        pytest.param(0, 0, 0, False, id="nothing at a closed gate"),
        pytest.param(999, 999, None, False, id="no gate"),
    ],
)
def test_what_is_a_mass_change(suspects: int, document: int, gate: int | None, *, expected: bool) -> None:
    assert is_mass_change(suspects, document, gate) is expected


def test_suspects_are_stopped_where_there_are_more_than_the_gate_of_their_source() -> None:
    suspects = waiting(*["antara"] * 3, *["kawat"] * 2)
    assert too_many(suspects, {"antara": 2, "kawat": 2}) == suspects[:3]
    assert too_many(suspects, {"antara": 3, "kawat": 2}) == []


def test_a_gate_that_is_off_lets_all_through_and_a_source_that_is_not_configured_none() -> None:
    assert too_many(waiting(*["antara"] * 500), {"antara": None}) == []
    assert len(too_many(waiting("gone"), {"antara": None})) == 1


@given(
    st.lists(st.builds(Suspect, story=st.text(), source=st.sampled_from("abc"), key=st.text())),
    st.dictionaries(st.sampled_from("abc"), st.none() | st.integers(0, 5)),
)
def test_the_suspects_of_a_source_pass_together_or_not_at_all(
    stories: list[Suspect], gates: dict[str, int | None]
) -> None:
    stopped = too_many(stories, gates)
    for source in "abc":
        suspects = [each for each in stories if each.source == source]
        gate = gates.get(source, 0)
        expected = suspects if gate is not None and len(suspects) > gate else []
        assert [each for each in stopped if each.source == source] == expected


@given(st.integers(0, 300), st.integers(0, 300), st.integers(0, 100))
def test_a_mass_change_is_a_good_part_of_the_document(suspects: int, more: int, gate: int) -> None:
    if is_mass_change(suspects, suspects + more, gate):
        assert suspects > MASS_SHARE * (suspects + more)
        assert 2 * suspects > gate
