"""Which instant an item is published under. First seen: Wednesday, 20 November 2024, 08:00 UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model.item import Candidate, Claim, Dates, Flag, Origin, Precision, Reading, ZoneOrigin
from aggregator.model.source import Future
from aggregator.rules.timestamps import LEEWAY, PLAUSIBLE_FROM, PLAUSIBLE_UNTIL, settle

SEEN = datetime(2024, 11, 20, 8, 0, tzinfo=UTC)
HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
DAY = timedelta(days=1)


def exact(
    instant: datetime, origin: Origin = Origin.PUBLISHED, zone: ZoneOrigin = ZoneOrigin.OFFSET
) -> Candidate:
    return within(instant, instant, origin, Precision.SECOND, zone)


def minute(instant: datetime, origin: Origin = Origin.PUBLISHED) -> Candidate:
    return within(instant, instant + 59 * SECOND, origin, Precision.MINUTE, ZoneOrigin.SOURCE)


def day(midnight: datetime, origin: Origin = Origin.URL) -> Candidate:
    return within(midnight, midnight + DAY - SECOND, origin, Precision.DAY, ZoneOrigin.SOURCE)


def label(earliest: datetime, latest: datetime, origin: Origin = Origin.TEXT) -> Candidate:
    return within(earliest, latest, origin, Precision.HOUR, ZoneOrigin.NONE, relative=True)


def within(
    earliest: datetime,
    latest: datetime,
    origin: Origin,
    precision: Precision,
    zone: ZoneOrigin,
    *,
    relative: bool = False,
) -> Candidate:
    reading = Reading(earliest=earliest, latest=latest, precision=precision, zone=zone, relative=relative)
    return Candidate(claim=Claim(origin=origin, text="as written"), reading=reading)


def unreadable(origin: Origin = Origin.PUBLISHED) -> Candidate:
    return Candidate(claim=Claim(origin=origin, text="segera"), reading=None)


def decide(
    *candidates: Candidate,
    place: int = 0,
    absent_at: datetime | None = SEEN - 15 * MINUTE,
    first_collect: bool = False,
    future: Future = Future.CLAMP,
) -> Dates:
    return settle(
        candidates,
        first_seen=SEEN,
        place=place,
        absent_at=absent_at,
        first_collect=first_collect,
        future=future,
    )


# rule 1: which of several dates


@pytest.mark.parametrize(
    ("candidates", "chosen", "published", "flags"),
    [
        pytest.param([exact(SEEN - HOUR)], 0, SEEN - HOUR, (), id="the only one"),
        pytest.param(
            [exact(SEEN - 2 * HOUR, Origin.TEXT), exact(SEEN - HOUR)],
            1,
            SEEN - HOUR,
            (),
            id="the better ranked",
        ),
        pytest.param(
            [exact(SEEN - HOUR, Origin.CREATED), exact(SEEN - 2 * HOUR)],
            1,
            SEEN - 2 * HOUR,
            (),
            id="by origin",
        ),
        pytest.param(
            [exact(SEEN - 2 * HOUR, zone=ZoneOrigin.SOURCE), exact(SEEN - HOUR)],
            1,
            SEEN - HOUR,
            (),
            id="a zone in the text is better than one in the configuration",
        ),
        pytest.param(
            [exact(SEEN - HOUR), exact(SEEN - 2 * HOUR)], 0, SEEN - HOUR, (), id="the first of equals"
        ),
        pytest.param(
            [day(SEEN - 8 * HOUR, Origin.PUBLISHED), minute(SEEN - HOUR, Origin.TEXT)],
            1,
            SEEN - HOUR,
            (),
            id="the more precise of those that agree",
        ),
        pytest.param(
            [label(SEEN - 3 * HOUR, SEEN - 1.5 * HOUR), day(SEEN - 8 * HOUR)],
            0,
            SEEN - 1.5 * HOUR,
            (),
            id="a label inside the link's day",
        ),
        pytest.param(
            [label(SEEN - 3 * HOUR, SEEN - 1.5 * HOUR, Origin.PUBLISHED), exact(SEEN - DAY, Origin.TEXT)],
            1,
            SEEN - DAY,
            (Flag.CONFLICT,),
            id="a label is the last resort",
        ),
        pytest.param(
            [exact(SEEN - 7 * HOUR), exact(SEEN - HOUR, Origin.CREATED)],
            0,
            SEEN - 7 * HOUR,
            (Flag.CONFLICT,),
            id="over two hours apart",
        ),
        pytest.param(
            [exact(SEEN - 3 * HOUR), exact(SEEN - HOUR, Origin.CREATED)],
            0,
            SEEN - 3 * HOUR,
            (),
            id="two hours apart",
        ),
        pytest.param(
            [exact(SEEN - HOUR), exact(SEEN - 7 * HOUR, Origin.UPDATED)],
            0,
            SEEN - HOUR,
            (Flag.CONFLICT,),
            id="updated long before it was published",
        ),
        pytest.param(
            [exact(SEEN - HOUR, Origin.UPDATED), day(SEEN - 56 * HOUR)],
            0,
            SEEN - HOUR,
            (),
            id="updated long after the link's day",
        ),
    ],
)
def test_the_choice(
    candidates: list[Candidate], chosen: int, published: datetime, flags: tuple[Flag, ...]
) -> None:
    dates = decide(*candidates)
    assert (dates.chosen, dates.published, dates.flags) == (chosen, published, flags)
    assert dates.candidates == tuple(candidates)


def test_the_provenance_is_that_of_the_chosen_date() -> None:
    dates = decide(unreadable(), minute(SEEN - HOUR))
    assert (dates.chosen, dates.precision, dates.zone) == (1, Precision.MINUTE, ZoneOrigin.SOURCE)
    assert (dates.earliest, dates.latest) == (SEEN - HOUR, SEEN - HOUR + 59 * SECOND)


# rule 4: relative labels


@pytest.mark.parametrize(
    ("absent_at", "earliest", "latest"),
    [
        pytest.param(None, SEEN - 2 * HOUR, SEEN - HOUR, id="no collect before"),
        pytest.param(SEEN - 5 * HOUR, SEEN - 2 * HOUR, SEEN - HOUR, id="an old collect rules nothing out"),
        pytest.param(
            SEEN - 1.5 * HOUR, SEEN - 1.5 * HOUR, SEEN - HOUR, id="it was not there half an hour ago"
        ),
        pytest.param(SEEN - 15 * MINUTE, SEEN - 2 * HOUR, SEEN - HOUR, id="all ruled out: the label it is"),
    ],
)
def test_a_label_is_narrowed_by_the_collect_before(
    absent_at: datetime | None, earliest: datetime, latest: datetime
) -> None:
    dates = decide(label(SEEN - 2 * HOUR, SEEN - HOUR), absent_at=absent_at)
    assert (dates.earliest, dates.latest, dates.published) == (earliest, latest, latest)


def test_a_label_is_cut_off_at_our_clock() -> None:
    dates = decide(label(SEEN - MINUTE, SEEN + MINUTE), absent_at=None)
    assert (dates.latest, dates.published, dates.flags) == (SEEN, SEEN, ())


def test_a_label_by_a_clock_ahead_of_ours_is_now() -> None:
    dates = decide(label(SEEN + 5 * HOUR, SEEN + 6 * HOUR), future=Future.HOLD)
    assert (dates.published, dates.hold_until) == (SEEN, None)


def test_labels_keep_the_order_of_the_listing() -> None:
    published = [
        decide(label(SEEN - 3 * HOUR, SEEN - 2 * HOUR), place=place).published for place in range(30)
    ]
    assert published == [SEEN - 2 * HOUR - place * SECOND for place in range(30)]


def test_yesterday_is_a_label_too() -> None:
    midnight = SEEN - 32 * HOUR
    yesterday = within(
        midnight, midnight + DAY - SECOND, Origin.TEXT, Precision.DAY, ZoneOrigin.SOURCE, relative=True
    )
    assert decide(yesterday, place=3).published == midnight + DAY - 4 * SECOND


def test_yesterday_at_a_quarter_past_ten_is_no_label() -> None:
    at = SEEN - 29 * HOUR
    clock = within(at, at + 59 * SECOND, Origin.TEXT, Precision.MINUTE, ZoneOrigin.SOURCE, relative=True)
    assert decide(clock, place=3).published == at


# rule 6: the future


@pytest.mark.parametrize("future", Future)
def test_a_little_ahead_is_now(future: Future) -> None:
    dates = decide(exact(SEEN + LEEWAY), future=future)
    assert (dates.published, dates.hold_until, dates.flags) == (SEEN, None, ())


def test_far_ahead_is_now_and_flagged() -> None:
    dates = decide(exact(SEEN + LEEWAY + SECOND))
    assert (dates.published, dates.hold_until, dates.flags) == (SEEN, None, (Flag.FUTURE,))
    assert (dates.chosen, dates.earliest) == (0, SEEN + LEEWAY + SECOND)


def test_far_ahead_is_held_where_the_source_wishes() -> None:
    at = SEEN + 7 * HOUR
    dates = decide(exact(at), exact(SEEN - HOUR, Origin.UPDATED), future=Future.HOLD)
    assert (dates.published, dates.updated, dates.hold_until) == (at, at, at)


def test_a_day_ahead_begins_at_its_midnight() -> None:
    assert decide(day(SEEN + 9 * HOUR), future=Future.HOLD).hold_until == SEEN + 9 * HOUR


# rule 8: days


@pytest.mark.parametrize(
    ("midnight", "published"),
    [
        pytest.param(SEEN - 8 * HOUR, SEEN, id="today: now"),
        pytest.param(SEEN - 24 * HOUR, SEEN - SECOND, id="until a second ago: its last second"),
        pytest.param(
            SEEN - 56 * HOUR, SEEN - 32 * HOUR - SECOND, id="the day before yesterday: its last second"
        ),
    ],
)
def test_we_first_saw_it_held_inside_the_day(midnight: datetime, published: datetime) -> None:
    dates = decide(day(midnight), place=7)
    assert (dates.published, dates.precision) == (published, Precision.DAY)


# rules 9 and 10: no date, or none to be believed


@pytest.mark.parametrize(
    ("candidates", "flags"),
    [
        pytest.param([], (), id="no claim"),
        pytest.param([unreadable()], (Flag.UNREADABLE,), id="not to be read"),
        pytest.param([exact(datetime(1970, 1, 1, tzinfo=UTC))], (Flag.IMPLAUSIBLE,), id="unix zero"),
        pytest.param([exact(PLAUSIBLE_FROM - SECOND)], (Flag.IMPLAUSIBLE,), id="1989"),
        pytest.param([exact(PLAUSIBLE_UNTIL)], (Flag.IMPLAUSIBLE,), id="2200"),
        pytest.param([exact(PLAUSIBLE_UNTIL), unreadable()], (Flag.UNREADABLE, Flag.IMPLAUSIBLE), id="both"),
    ],
)
def test_undated(candidates: list[Candidate], flags: tuple[Flag, ...]) -> None:
    dates = decide(*candidates, place=4)
    assert dates.published == dates.updated == SEEN - 4 * SECOND
    assert (dates.chosen, dates.precision, dates.zone) == (None, Precision.NONE, ZoneOrigin.NONE)
    assert dates.flags == flags
    assert decide(*candidates, first_collect=True).flags == (*flags, Flag.BACKFILL)


def test_what_is_not_believed_leaves_the_others() -> None:
    dates = decide(exact(datetime(1970, 1, 1, tzinfo=UTC)), unreadable(), exact(SEEN - HOUR, Origin.TEXT))
    assert (dates.chosen, dates.published) == (2, SEEN - HOUR)
    assert dates.flags == (Flag.UNREADABLE, Flag.IMPLAUSIBLE)


def test_dated_items_of_a_new_source_are_no_backlog() -> None:
    assert decide(exact(PLAUSIBLE_FROM), first_collect=True).flags == ()


# rule 12: updated


@pytest.mark.parametrize(
    ("updates", "updated"),
    [
        pytest.param([], SEEN - 5 * HOUR, id="never"),
        pytest.param([exact(SEEN - HOUR, Origin.UPDATED)], SEEN - HOUR, id="since"),
        pytest.param(
            [exact(SEEN - HOUR, Origin.UPDATED), exact(SEEN - 2 * HOUR, Origin.UPDATED)],
            SEEN - HOUR,
            id="twice",
        ),
        pytest.param([exact(SEEN - 6 * HOUR, Origin.UPDATED)], SEEN - 5 * HOUR, id="before it was published"),
        pytest.param([exact(SEEN + SECOND, Origin.UPDATED)], SEEN - 5 * HOUR, id="in the future"),
        pytest.param([day(SEEN - 8 * HOUR, Origin.UPDATED)], SEEN - 5 * HOUR, id="perhaps, that day"),
        pytest.param([unreadable(Origin.UPDATED)], SEEN - 5 * HOUR, id="not to be read"),
        pytest.param([exact(SEEN - HOUR, Origin.CREATED)], SEEN - 5 * HOUR, id="another kind of date"),
    ],
)
def test_updated(updates: list[Candidate], updated: datetime) -> None:
    dates = decide(exact(SEEN - 5 * HOUR), *updates)
    assert (dates.published, dates.updated) == (SEEN - 5 * HOUR, updated)


def test_a_long_lived_story_is_no_conflict() -> None:
    assert decide(exact(SEEN - 50 * DAY), exact(SEEN - HOUR, Origin.UPDATED)).flags == ()


# what no example can say

INSTANTS = st.timedeltas(-65 * 365 * DAY, 275 * 365 * DAY).map(lambda ahead: SEEN + ahead)
READINGS = st.builds(
    lambda earliest, length, precision, zone, relative: Reading(
        earliest=earliest, latest=earliest + length, precision=precision, zone=zone, relative=relative
    ),
    INSTANTS | st.timedeltas(-3 * DAY, 3 * DAY).map(lambda ahead: SEEN + ahead),
    st.timedeltas(timedelta(0), 2 * DAY),
    st.sampled_from(Precision),
    st.sampled_from(ZoneOrigin),
    st.booleans(),
)
CANDIDATES = st.lists(
    st.builds(
        Candidate,
        claim=st.builds(Claim, origin=st.sampled_from(Origin), text=st.just("as written")),
        reading=st.none() | READINGS,
    ),
    max_size=5,
)
PLACES = st.integers(0, 500)
ABSENT = st.none() | st.timedeltas(timedelta(0), 3 * DAY).map(lambda ago: SEEN - ago)


@given(
    candidates=CANDIDATES,
    place=PLACES,
    absent_at=ABSENT,
    first_collect=st.booleans(),
    future=st.sampled_from(Future),
)
def test_nothing_runs_ahead_of_our_clock(
    candidates: list[Candidate],
    place: int,
    absent_at: datetime | None,
    future: Future,
    *,
    first_collect: bool,
) -> None:
    dates = decide(*candidates, place=place, absent_at=absent_at, first_collect=first_collect, future=future)
    if dates.hold_until is None:
        assert dates.updated <= SEEN
    else:
        assert future is Future.HOLD
        assert dates.published == dates.updated == dates.hold_until > SEEN + LEEWAY
    assert dates.published <= dates.updated
    assert dates.candidates == tuple(candidates)


@given(candidates=CANDIDATES, place=PLACES, absent_at=ABSENT, future=st.sampled_from(Future))
def test_settling_twice_changes_nothing(
    candidates: list[Candidate], place: int, absent_at: datetime | None, future: Future
) -> None:
    """Our own feed, collected by another of us at the same instant, keeps its dates."""
    once = decide(*candidates, place=place, absent_at=absent_at, future=future)
    again = decide(exact(once.published), place=place, absent_at=absent_at, future=future)
    assert (again.published, again.hold_until) == (once.published, once.hold_until)
    assert again.flags == ()


@given(candidates=CANDIDATES, place=PLACES)
def test_a_place_further_down_is_never_later(candidates: list[Candidate], place: int) -> None:
    assert decide(*candidates, place=place + 1).published <= decide(*candidates, place=place).published
