"""Items that are missing from inside their document (docs/duplicates.md, E)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.rules.removal import FEW, Absence, Page, Place, Sight, is_mass, judge, window
from tests.making import NOW

HOUR = timedelta(hours=1)


def sight(hours: float, *, seen: float | None = None) -> Sight:
    """Return the sight of an item published, and first seen, so many hours from now."""
    return Sight(NOW + hours * HOUR, NOW + (hours if seen is None else seen) * HOUR)


def sights(*hours: float) -> list[Sight]:
    return [sight(each) for each in hours]


class TestWindow:
    @pytest.mark.parametrize(
        ("hours", "ends"),
        [
            pytest.param([5, 4, 3], (3, 5), id="newest first"),
            pytest.param([3, 4, 5], (3, 5), id="oldest first"),
            pytest.param([5, 5, 3, 3], (3, 5), id="equal dates"),
            pytest.param([4, 4], (4, 4), id="all at once"),
            pytest.param([5, 4], (4, 5), id="two"),
            pytest.param([1, 9, 8, 7, 6, 5], (5, 9), id="one pinned to the top"),
            pytest.param([1, 2, 19, 18, 17, 16, 15, 14, 13, 12], (12, 19), id="two pinned of ten"),
        ],
    )
    def test_it_reaches_from_the_oldest_to_the_newest_that_is_in_order(
        self, hours: list[float], ends: tuple[float, float]
    ) -> None:
        found = window(sights(*hours))
        assert found is not None
        assert (found.oldest, found.newest) == tuple(NOW + end * HOUR for end in ends)

    @pytest.mark.parametrize(
        "hours",
        [
            pytest.param([], id="empty"),
            pytest.param([5], id="one item has no inside"),
            pytest.param([1, 2, 9, 8, 7, 6], id="two pinned of six"),
            pytest.param([5, 1, 4, 2, 6, 3], id="in no order"),
        ],
    )
    def test_there_is_none_of_a_document_that_is_not_in_the_order_of_dates(self, hours: list[float]) -> None:
        assert window(sights(*hours)) is None

    def test_it_holds_what_lies_between_others(self) -> None:
        found = window(sights(9, 7, 5))
        assert found is not None
        assert {hour: found.place(sight(hour)) for hour in (4, 5, 6, 7, 8, 9, 10)} == {
            **dict.fromkeys((4, 5)),
            **dict.fromkeys((6, 7, 8), Place.INSIDE),
            **dict.fromkeys((9, 10), Place.ABOVE),
        }

    def test_it_does_not_hold_what_was_seen_before_all_that_is_older(self) -> None:
        """Where dates jump, what fell off the end may look younger than what is left."""
        found = window([sight(9, seen=30), sight(5, seen=20)])
        assert found is not None
        assert found.place(sight(7, seen=19)) is None
        assert found.place(sight(7, seen=20)) is Place.INSIDE
        assert found.place(sight(10, seen=19)) is None

    @given(st.lists(st.integers(0, 50), min_size=2, unique=True))
    def test_of_an_ordered_document_it_holds_every_item_but_its_ends(self, hours: list[int]) -> None:
        for ordered in (sights(*sorted(hours)), sights(*sorted(hours, reverse=True))):
            found = window(ordered)
            assert found is not None
            inside = {each for each in ordered if found.place(each) is Place.INSIDE}
            assert inside == set(ordered) - {min(ordered), max(ordered)}

    @given(st.lists(st.integers(0, 20)))
    def test_whatever_the_order_it_holds_nothing_outside_the_document_s_dates(self, hours: list[int]) -> None:
        found = window(sights(*hours))
        if found:
            assert found.place(sight(min(hours))) is None
            assert found.place(sight(21)) is not Place.INSIDE


@pytest.mark.parametrize(
    ("missing", "present", "expected"),
    [
        pytest.param(FEW, 0, False, id="a few may always vanish"),
        pytest.param(6, 0, True, id="all of them"),
        pytest.param(6, 14, False, id="six of twenty"),
        pytest.param(6, 13, True, id="six of nineteen"),
        pytest.param(0, 0, False, id="none"),
    ],
)
def test_how_many_at_once_are_no_withdrawals(missing: int, present: int, *, expected: bool) -> None:
    assert is_mass(missing, present) is expected


@pytest.mark.parametrize(
    ("page", "place", "first", "then"),
    [
        (Page.GONE, Place.INSIDE, Absence.WITHDRAWN, Absence.WITHDRAWN),
        (Page.GONE, Place.ABOVE, Absence.WITHDRAWN, Absence.WITHDRAWN),
        (Page.THERE, Place.INSIDE, Absence.LISTED_NO_MORE, Absence.LISTED_NO_MORE),
        (Page.THERE, Place.ABOVE, Absence.LISTED_NO_MORE, Absence.LISTED_NO_MORE),
        (Page.SILENT, Place.INSIDE, Absence.OPEN, Absence.WITHDRAWN),
        (Page.SILENT, Place.ABOVE, Absence.UNKNOWN, Absence.UNKNOWN),
        (Page.UNASKED, Place.INSIDE, Absence.UNKNOWN, Absence.OPEN),
        (Page.UNASKED, Place.ABOVE, Absence.UNKNOWN, Absence.OPEN),
    ],
)
def test_what_an_absence_means(page: Page, place: Place, first: Absence, then: Absence) -> None:
    assert judge(page, place, missed_before=False) is first
    assert judge(page, place, missed_before=True) is then
