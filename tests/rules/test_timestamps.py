"""Which instant an item is published under. First seen: Wednesday, 20 November 2024, 08:00 UTC."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model.item import (
    Candidate,
    Claim,
    Dates,
    Flag,
    Later,
    Origin,
    Precision,
    Reading,
    Upgrade,
    ZoneOrigin,
)
from aggregator.model.source import Future
from aggregator.rules.timestamps import (
    LEEWAY,
    MOST_LATER,
    PLAUSIBLE_FROM,
    PLAUSIBLE_UNTIL,
    Mend,
    disbelieved,
    exact,
    is_exact,
    is_final,
    reconsider,
    settle,
)

SEEN = datetime(2024, 11, 20, 8, 0, tzinfo=UTC)
HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
DAY = timedelta(days=1)


def clock(
    instant: datetime, origin: Origin = Origin.PUBLISHED, zone: ZoneOrigin = ZoneOrigin.OFFSET
) -> Candidate:
    return within(instant, instant, origin, Precision.SECOND, zone)


def minute(instant: datetime, origin: Origin = Origin.PUBLISHED) -> Candidate:
    return within(instant, instant + 59 * SECOND, origin, Precision.MINUTE, ZoneOrigin.SOURCE)


def day(midnight: datetime, origin: Origin = Origin.URL) -> Candidate:
    return within(midnight, midnight + DAY - SECOND, origin, Precision.DAY, ZoneOrigin.SOURCE)


def label(
    earliest: datetime, latest: datetime, origin: Origin = Origin.TEXT, likely: datetime | None = None
) -> Candidate:
    made = within(earliest, latest, origin, Precision.HOUR, ZoneOrigin.NONE, relative=True)
    assert made.reading is not None
    return replace(made, reading=replace(made.reading, likely=likely))


def within(
    earliest: datetime,
    latest: datetime,
    origin: Origin,
    precision: Precision,
    zone: ZoneOrigin,
    *,
    relative: bool = False,
) -> Candidate:
    reading = Reading(
        earliest=earliest,
        latest=latest,
        precision=precision,
        zone=zone,
        relative=relative,
        offset=None if zone is ZoneOrigin.NONE else timedelta(0),
    )
    # Two dates that are read alike are written alike here, as nothing else tells claims apart.
    return Candidate(claim=Claim(origin=origin, text=f"{earliest} to {latest}"), reading=reading)


def unreadable(origin: Origin = Origin.PUBLISHED) -> Candidate:
    return Candidate(claim=Claim(origin=origin, text="segera"), reading=None)


def decide(
    *candidates: Candidate,
    place: int = 0,
    absent_at: datetime | None = SEEN - 15 * MINUTE,
    first_collect: bool = False,
    future: Future = Future.CLAMP,
    mend: Mend | None = None,
    seen: datetime = SEEN,
) -> Dates:
    return settle(
        candidates,
        first_seen=seen,
        place=place,
        absent_at=absent_at,
        first_collect=first_collect,
        future=future,
        mend=mend,
    )


# rule 1: which of several dates


@pytest.mark.parametrize(
    ("candidates", "chosen", "published", "flags"),
    [
        pytest.param([clock(SEEN - HOUR)], 0, SEEN - HOUR, (), id="the only one"),
        pytest.param(
            [clock(SEEN - 2 * HOUR, Origin.TEXT), clock(SEEN - HOUR)],
            1,
            SEEN - HOUR,
            (),
            id="the better ranked",
        ),
        pytest.param(
            [clock(SEEN - HOUR, Origin.CREATED), clock(SEEN - 2 * HOUR)],
            1,
            SEEN - 2 * HOUR,
            (),
            id="by origin",
        ),
        pytest.param(
            [clock(SEEN - 2 * HOUR, zone=ZoneOrigin.SOURCE), clock(SEEN - HOUR)],
            1,
            SEEN - HOUR,
            (),
            id="a zone in the text is better than one in the configuration",
        ),
        pytest.param(
            [clock(SEEN - HOUR), clock(SEEN - 2 * HOUR)], 0, SEEN - HOUR, (), id="the first of equals"
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
            [label(SEEN - 3 * HOUR, SEEN - 1.5 * HOUR, Origin.PUBLISHED), clock(SEEN - DAY, Origin.TEXT)],
            1,
            SEEN - DAY,
            (Flag.CONFLICT,),
            id="a label is the last resort",
        ),
        pytest.param(
            [clock(SEEN - 7 * HOUR), clock(SEEN - HOUR, Origin.CREATED)],
            0,
            SEEN - 7 * HOUR,
            (Flag.CONFLICT,),
            id="over two hours apart",
        ),
        pytest.param(
            [clock(SEEN - 3 * HOUR), clock(SEEN - HOUR, Origin.CREATED)],
            0,
            SEEN - 3 * HOUR,
            (),
            id="two hours apart",
        ),
        pytest.param(
            [clock(SEEN - HOUR), clock(SEEN - 7 * HOUR, Origin.UPDATED)],
            0,
            SEEN - HOUR,
            (Flag.CONFLICT,),
            id="updated long before it was published",
        ),
        pytest.param(
            [clock(SEEN - HOUR, Origin.UPDATED), day(SEEN - 56 * HOUR)],
            0,
            SEEN - HOUR,
            (),
            id="updated long after the link's day",
        ),
        pytest.param(
            [clock(SEEN - HOUR, zone=ZoneOrigin.SOURCE), clock(SEEN - 2 * HOUR, Origin.JSON_LD)],
            1,
            SEEN - 2 * HOUR,
            (),
            id="the article's page before a feed that names no zone",
        ),
        pytest.param(
            [clock(SEEN - 2 * HOUR, Origin.JSON_LD), clock(SEEN - HOUR)],
            1,
            SEEN - HOUR,
            (),
            id="a feed that names its zone before the article's page",
        ),
        pytest.param(
            [clock(SEEN - HOUR), clock(SEEN - 2 * HOUR, Origin.WORDPRESS)],
            1,
            SEEN - 2 * HOUR,
            (),
            id="what WordPress has recorded before all",
        ),
        pytest.param(
            [label(SEEN - 3 * HOUR, SEEN - HOUR), clock(SEEN - 30 * MINUTE, Origin.MODIFIED)],
            0,
            SEEN - HOUR,
            (),
            id="a label before a date of change alone",
        ),
        pytest.param(
            [clock(SEEN - 30 * MINUTE, Origin.MODIFIED)],
            0,
            SEEN - 30 * MINUTE,
            (),
            id="a date of change where there is nothing else",
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


@pytest.mark.parametrize(
    ("absent_at", "published"),
    [
        pytest.param(None, SEEN - 2 * HOUR, id="what it says"),
        pytest.param(SEEN - 1.75 * HOUR, SEEN - 1.75 * HOUR, id="or as near to it as a collect allows"),
        pytest.param(SEEN - 10 * MINUTE, SEEN - 2 * HOUR, id="a collect that denies all of it is not heard"),
    ],
)
def test_a_label_is_taken_at_its_word(absent_at: datetime | None, published: datetime) -> None:
    two_hours = label(SEEN - 3 * HOUR, SEEN - 1.5 * HOUR, likely=SEEN - 2 * HOUR)
    assert decide(two_hours, absent_at=absent_at).published == published


def test_a_label_stays_inside_the_day_that_the_link_names() -> None:
    midnight = SEEN - 90 * MINUTE
    dates = decide(label(SEEN - 3 * HOUR, SEEN - HOUR, likely=SEEN - 2 * HOUR), day(midnight), absent_at=None)
    assert (dates.chosen, dates.earliest, dates.published) == (0, midnight, midnight)


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
    dates = decide(clock(SEEN + LEEWAY), future=future)
    assert (dates.published, dates.hold_until, dates.flags) == (SEEN, None, ())


def test_far_ahead_is_now_and_flagged() -> None:
    dates = decide(clock(SEEN + LEEWAY + SECOND))
    assert (dates.published, dates.hold_until, dates.flags) == (SEEN, None, (Flag.FUTURE,))
    assert (dates.chosen, dates.earliest) == (0, SEEN + LEEWAY + SECOND)


def test_another_date_is_taken_where_the_best_is_too_far_ahead() -> None:
    dates = decide(clock(SEEN + 7 * HOUR), label(SEEN - 3 * HOUR, SEEN - HOUR), absent_at=None)
    assert (dates.chosen, dates.published, dates.flags) == (1, SEEN - HOUR, (Flag.FUTURE,))
    assert not disbelieved(dates)
    assert disbelieved(decide(clock(SEEN + 7 * HOUR)))


def test_what_is_dated_ahead_on_a_first_collect_is_backlog() -> None:
    ahead = clock(SEEN + 7 * HOUR)
    assert decide(ahead, first_collect=True).flags == (Flag.FUTURE, Flag.BACKFILL)
    assert decide(ahead, clock(SEEN - HOUR, Origin.TEXT), first_collect=True).flags == (Flag.FUTURE,)
    assert decide(clock(SEEN + MINUTE), first_collect=True).flags == ()


def test_what_is_not_believed_keeps_the_order_of_the_document() -> None:
    ahead = [decide(clock(SEEN + 7 * HOUR - place * MINUTE), place=place).published for place in range(5)]
    assert ahead == [SEEN - place * SECOND for place in range(5)]


def test_far_ahead_is_held_where_the_source_wishes() -> None:
    at = SEEN + 7 * HOUR
    dates = decide(clock(at), clock(SEEN - HOUR, Origin.UPDATED), future=Future.HOLD)
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
    assert (decide(day(midnight)).published, decide(day(midnight)).precision) == (published, Precision.DAY)
    assert decide(day(midnight), place=7).published == published - 7 * SECOND


def test_a_day_that_has_just_begun_is_not_left_for_the_sake_of_order() -> None:
    assert decide(day(SEEN - 3 * SECOND), place=7).published == SEEN - 3 * SECOND


# rules 9 and 10: no date, or none to be believed


@pytest.mark.parametrize(
    ("candidates", "flags"),
    [
        pytest.param([], (), id="no claim"),
        pytest.param([unreadable()], (Flag.UNREADABLE,), id="not to be read"),
        pytest.param([clock(datetime(1970, 1, 1, tzinfo=UTC))], (Flag.IMPLAUSIBLE,), id="unix zero"),
        pytest.param([clock(PLAUSIBLE_FROM - SECOND)], (Flag.IMPLAUSIBLE,), id="1989"),
        pytest.param([clock(PLAUSIBLE_UNTIL)], (Flag.IMPLAUSIBLE,), id="2200"),
        pytest.param([clock(PLAUSIBLE_UNTIL), unreadable()], (Flag.UNREADABLE, Flag.IMPLAUSIBLE), id="both"),
    ],
)
def test_undated(candidates: list[Candidate], flags: tuple[Flag, ...]) -> None:
    dates = decide(*candidates, place=4)
    assert dates.published == dates.updated == SEEN - 4 * SECOND
    assert (dates.chosen, dates.precision, dates.zone) == (None, Precision.NONE, ZoneOrigin.NONE)
    assert dates.flags == flags
    assert decide(*candidates, first_collect=True).flags == (*flags, Flag.BACKFILL)


def test_what_is_not_believed_leaves_the_others() -> None:
    dates = decide(clock(datetime(1970, 1, 1, tzinfo=UTC)), unreadable(), clock(SEEN - HOUR, Origin.TEXT))
    assert (dates.chosen, dates.published) == (2, SEEN - HOUR)
    assert dates.flags == (Flag.UNREADABLE, Flag.IMPLAUSIBLE)


def test_dated_items_of_a_new_source_are_no_backlog() -> None:
    assert decide(clock(PLAUSIBLE_FROM), first_collect=True).flags == ()


# rule 12: updated


@pytest.mark.parametrize(
    ("updates", "updated"),
    [
        pytest.param([], SEEN - 5 * HOUR, id="never"),
        pytest.param([clock(SEEN - HOUR, Origin.UPDATED)], SEEN - HOUR, id="since"),
        pytest.param(
            [clock(SEEN - HOUR, Origin.UPDATED), clock(SEEN - 2 * HOUR, Origin.UPDATED)],
            SEEN - HOUR,
            id="twice",
        ),
        pytest.param([clock(SEEN - 6 * HOUR, Origin.UPDATED)], SEEN - 5 * HOUR, id="before it was published"),
        pytest.param([clock(SEEN + SECOND, Origin.UPDATED)], SEEN - 5 * HOUR, id="in the future"),
        pytest.param([day(SEEN - 8 * HOUR, Origin.UPDATED)], SEEN - 5 * HOUR, id="perhaps, that day"),
        pytest.param([unreadable(Origin.UPDATED)], SEEN - 5 * HOUR, id="not to be read"),
        pytest.param([clock(SEEN - HOUR, Origin.CREATED)], SEEN - 5 * HOUR, id="another kind of date"),
    ],
)
def test_updated(updates: list[Candidate], updated: datetime) -> None:
    dates = decide(clock(SEEN - 5 * HOUR), *updates)
    assert (dates.published, dates.updated) == (SEEN - 5 * HOUR, updated)


def test_a_long_lived_story_is_no_conflict() -> None:
    assert decide(clock(SEEN - 50 * DAY), clock(SEEN - HOUR, Origin.UPDATED)).flags == ()


@pytest.mark.parametrize(
    ("midnight", "other", "chosen"),
    [
        pytest.param(
            clock(SEEN - 8 * HOUR), label(SEEN - 3 * HOUR, SEEN - HOUR), 1, id="a label of that day"
        ),
        pytest.param(clock(SEEN - 8 * HOUR), clock(SEEN - HOUR, Origin.TEXT), 1, id="a time of that day"),
        pytest.param(clock(SEEN - 8 * HOUR), day(SEEN - 8 * HOUR), 0, id="the day itself"),
        pytest.param(clock(SEEN - 8 * HOUR), clock(SEEN - 40 * HOUR, Origin.TEXT), 0, id="another day"),
        pytest.param(clock(SEEN - 8 * HOUR), clock(SEEN - HOUR, Origin.UPDATED), 0, id="a change that day"),
        pytest.param(clock(SEEN - 7 * HOUR), clock(SEEN - HOUR, Origin.TEXT), 0, id="one o'clock is a time"),
    ],
)
def test_a_midnight_may_be_a_mere_day(midnight: Candidate, other: Candidate, chosen: int) -> None:
    assert decide(midnight, other, absent_at=None).chosen == chosen


def test_a_date_of_change_does_not_tell_the_hour_of_publication() -> None:
    changed = clock(SEEN - HOUR, Origin.MODIFIED)
    dates = decide(day(SEEN - 8 * HOUR, Origin.JSON_LD), label(SEEN - 3 * HOUR, SEEN - 2 * HOUR), changed)
    assert (dates.chosen, dates.published) == (1, SEEN - 2 * HOUR)


@pytest.mark.parametrize(
    ("dates", "is_it"),
    [
        (decide(clock(SEEN - HOUR)), True),
        (decide(clock(SEEN - HOUR, Origin.WORDPRESS)), True),
        (decide(clock(SEEN - HOUR, zone=ZoneOrigin.SOURCE)), False),
        (decide(clock(SEEN - HOUR, Origin.TEXT)), False),
        (decide(day(SEEN - 8 * HOUR, Origin.PUBLISHED)), False),
        (decide(clock(SEEN + HOUR)), False),
        (decide(), False),
    ],
)
def test_a_feed_s_exact_date_with_a_zone_is_final(dates: Dates, *, is_it: bool) -> None:
    assert is_final(dates) is is_it
    assert not is_it or is_exact(dates)


def test_words_that_are_read_otherwise_by_now_are_kept_as_they_are_read_now() -> None:
    first, later = clock(SEEN + 7 * HOUR), clock(SEEN - HOUR)
    same = replace(later, claim=first.claim)
    now = SEEN + HOUR
    dates = reconsider(decide(first), decide(same, seen=now), first_seen=SEEN, now=now)
    assert (dates.published, dates.candidates, dates.chosen) == (SEEN - HOUR, (same,), 0)


# rule 5: one upgrade; rule 4: narrowing

GUESSES = [
    pytest.param(decide(), id="no date"),
    pytest.param(decide(label(SEEN - 3 * HOUR, SEEN - HOUR), absent_at=None), id="a label"),
    pytest.param(decide(day(SEEN - 8 * HOUR)), id="a day"),
    pytest.param(decide(clock(SEEN + 7 * HOUR)), id="not believed"),
]


@pytest.mark.parametrize("old", GUESSES)
def test_an_exact_date_replaces_a_guess(old: Dates) -> None:
    now = SEEN + 10 * HOUR
    new = decide(clock(SEEN - 50 * MINUTE, Origin.JSON_LD), seen=now)
    dates = reconsider(old, new, first_seen=SEEN, now=now)
    assert dates.published == SEEN - 50 * MINUTE
    assert dates.updated == max(old.updated, dates.published)
    assert dates.upgrade == Upgrade(at=now, before=old.published)
    assert dates.chosen is not None
    assert dates.candidates[dates.chosen] == new.candidates[0]
    assert set(old.candidates) < set(dates.candidates)
    assert (dates.precision, dates.zone, dates.flags) == (Precision.SECOND, ZoneOrigin.OFFSET, ())


def test_it_does_so_once() -> None:
    now = SEEN + HOUR
    old = reconsider(decide(), decide(clock(SEEN - HOUR)), first_seen=SEEN, now=now)
    again = reconsider(old, decide(clock(SEEN - 2 * HOUR)), first_seen=SEEN, now=now)
    assert (again.published, again.upgrade) == (old.published, old.upgrade)


def test_a_clock_on_a_day_word_is_exact_too() -> None:
    at = SEEN - 3 * HOUR
    word = within(at, at + 59 * SECOND, Origin.TEXT, Precision.MINUTE, ZoneOrigin.SOURCE, relative=True)
    dates = reconsider(decide(), decide(word), first_seen=SEEN, now=SEEN + HOUR)
    assert (dates.published, dates.candidates) == (at, (word,))


@pytest.mark.parametrize(
    ("old", "new", "after"),
    [
        pytest.param(decide(clock(SEEN - HOUR)), clock(SEEN - 2 * HOUR), HOUR, id="the date was exact"),
        pytest.param(decide(), clock(SEEN - HOUR), DAY + SECOND, id="over a day later"),
        pytest.param(decide(), day(SEEN - 8 * HOUR), HOUR, id="a day is no better"),
        pytest.param(decide(), unreadable(), HOUR, id="nor what cannot be read"),
        pytest.param(decide(), clock(SEEN + 6 * MINUTE), HOUR, id="later than it was seen"),
    ],
)
def test_else_a_new_date_is_recorded_and_changes_nothing(
    old: Dates, new: Candidate, after: timedelta
) -> None:
    now = SEEN + after
    dates = reconsider(old, decide(new, seen=now), first_seen=SEEN, now=now)
    assert dates == replace(old, later=(Later(at=now, candidate=new),))
    assert reconsider(dates, decide(new, seen=now), first_seen=SEEN, now=now + HOUR) == dates


def test_a_better_date_a_little_ahead_of_first_sight_is_first_sight() -> None:
    dates = reconsider(decide(place=9), decide(clock(SEEN + 4 * MINUTE)), first_seen=SEEN, now=SEEN + HOUR)
    assert dates.published == dates.updated == SEEN


def test_a_source_that_re_dates_with_every_look_is_not_recorded_for_ever() -> None:
    dates = decide(clock(SEEN - HOUR))
    for hour in range(30):
        now = SEEN + hour * HOUR
        dates = reconsider(dates, decide(clock(now), seen=now), first_seen=SEEN, now=now)
    assert dates.published == SEEN - HOUR
    assert [later.at for later in dates.later] == [SEEN + hour * HOUR for hour in range(30 - MOST_LATER, 30)]


def test_dates_of_change_and_labels_are_not_recorded() -> None:
    now = SEEN + HOUR
    new = decide(clock(SEEN - HOUR, Origin.UPDATED), label(SEEN - HOUR, SEEN), clock(SEEN - HOUR), seen=now)
    dates = reconsider(decide(clock(SEEN - HOUR)), new, first_seen=SEEN, now=now)
    assert dates.later == ()


def test_a_label_narrows_as_it_ages_and_moves_nothing() -> None:
    old = decide(label(SEEN - 3 * HOUR, SEEN - 1.5 * HOUR), absent_at=None)
    now = SEEN + 40 * MINUTE
    aged = decide(label(now - 4 * HOUR, now - 2.5 * HOUR), seen=now)
    dates = reconsider(old, aged, first_seen=SEEN, now=now)
    assert (dates.earliest, dates.latest) == (SEEN - 3 * HOUR, now - 2.5 * HOUR)
    assert replace(dates, latest=old.latest) == old
    too_late = SEEN + DAY + SECOND
    assert reconsider(old, aged, first_seen=SEEN, now=too_late) == old


def test_a_label_is_not_narrowed_by_what_stands_elsewhere() -> None:
    old = decide(label(SEEN - 3 * HOUR, SEEN - 1.5 * HOUR), absent_at=None)
    now = SEEN + 40 * MINUTE
    elsewhere = decide(label(now - 4 * HOUR, now - 2.5 * HOUR, Origin.TIME), seen=now)
    dates = reconsider(old, elsewhere, first_seen=SEEN, now=now)
    assert (dates.earliest, dates.latest) == (old.earliest, old.latest)


def test_a_label_that_contradicts_the_first_is_not_heard() -> None:
    old = decide(label(SEEN - 3 * HOUR, SEEN - 1.5 * HOUR), absent_at=None)
    fresh = decide(label(SEEN - HOUR, SEEN), seen=SEEN + HOUR)
    assert reconsider(old, fresh, first_seen=SEEN, now=SEEN + HOUR) == old


def test_a_label_that_is_gone_leaves_the_interval() -> None:
    old = decide(label(SEEN - 3 * HOUR, SEEN - 1.5 * HOUR), absent_at=None)
    assert reconsider(old, decide(), first_seen=SEEN, now=SEEN + HOUR) == old


# rule 7: a learned shift

SEVEN = Mend(shift=7 * HOUR, offset=timedelta(0), zoneless=False)


@pytest.mark.parametrize(
    ("written", "absent_at", "published", "zone"),
    [
        pytest.param(7 * HOUR, SEEN - 15 * MINUTE, SEEN, ZoneOrigin.LEARNED, id="mended"),
        pytest.param(
            4 * HOUR, SEEN - 15 * MINUTE, SEEN - 3 * HOUR, ZoneOrigin.LEARNED, id="mended, and late"
        ),
        pytest.param(
            -5 * MINUTE, SEEN - 15 * MINUTE, SEEN - 5 * MINUTE, ZoneOrigin.OFFSET, id="plainly right as it is"
        ),
        pytest.param(-HOUR, SEEN - 9 * HOUR, SEEN - 8 * HOUR, ZoneOrigin.LEARNED, id="after a long silence"),
        pytest.param(7 * HOUR, None, SEEN, ZoneOrigin.LEARNED, id="never collected before"),
    ],
)
def test_a_learned_shift_is_undone(
    written: timedelta, absent_at: datetime | None, published: datetime, zone: ZoneOrigin
) -> None:
    dates = decide(clock(SEEN + written), absent_at=absent_at, mend=SEVEN)
    assert (dates.published, dates.zone, dates.flags) == (published, zone, ())
    assert dates.candidates == (clock(SEEN + written),)


@pytest.mark.parametrize(
    "candidate", [label(SEEN - 2 * HOUR, SEEN - HOUR), day(SEEN - 8 * HOUR)], ids=["label", "day"]
)
def test_only_clock_times_are_shifted(candidate: Candidate) -> None:
    assert decide(candidate, mend=SEVEN) == decide(candidate)


@pytest.mark.parametrize(
    ("candidate", "why"),
    [
        pytest.param(
            within(SEEN + 7 * HOUR, SEEN + 7 * HOUR, Origin.PUBLISHED, Precision.SECOND, ZoneOrigin.SOURCE),
            "it names no zone",
            id="zoneless",
        ),
    ],
)
def test_dates_that_were_read_otherwise_are_not_shifted(candidate: Candidate, why: str) -> None:
    assert decide(candidate, mend=SEVEN) == decide(candidate), why
    elsewhere = Mend(shift=7 * HOUR, offset=HOUR, zoneless=False)
    assert decide(clock(SEEN + 7 * HOUR), mend=elsewhere) == decide(clock(SEEN + 7 * HOUR))


def test_the_exact_date_is_the_best_clock_time_that_is_no_label() -> None:
    assert exact([label(SEEN - HOUR, SEEN), day(SEEN - 8 * HOUR), unreadable()]) is None
    assert exact([day(SEEN - 8 * HOUR), minute(SEEN - HOUR), clock(SEEN)]) == clock(SEEN).reading


# what no example can say

INSTANTS = st.timedeltas(-65 * 365 * DAY, 275 * 365 * DAY).map(lambda ahead: SEEN + ahead)
READINGS = st.builds(
    lambda earliest, length, precision, zone, relative: Reading(
        earliest=earliest,
        latest=earliest + length,
        precision=precision,
        zone=zone,
        relative=relative,
        offset=None if relative else timedelta(hours=7),
        likely=earliest + length / 3 if relative else None,
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
        claim=st.builds(Claim, origin=st.sampled_from(Origin), text=st.text("abc", max_size=2)),
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
    again = decide(clock(once.published), place=place, absent_at=absent_at, future=future)
    assert (again.published, again.hold_until) == (once.published, once.hold_until)
    assert again.flags == ()


@given(candidates=CANDIDATES, place=PLACES)
def test_a_place_further_down_is_never_later(candidates: list[Candidate], place: int) -> None:
    assert decide(*candidates, place=place + 1).published <= decide(*candidates, place=place).published


@given(
    first=CANDIDATES,
    then=CANDIDATES,
    place=PLACES,
    absent_at=ABSENT,
    after=st.timedeltas(timedelta(0), 2 * DAY),
    mend=st.sampled_from([None, SEVEN, Mend(shift=HOUR, offset=7 * HOUR, zoneless=True)]),
)
def test_whatever_comes_later_a_date_moves_once_at_most_and_never_ahead(
    *,
    first: list[Candidate],
    then: list[Candidate],
    place: int,
    absent_at: datetime | None,
    after: timedelta,
    mend: Mend | None,
) -> None:
    now = SEEN + after
    old = decide(*first, place=place, absent_at=absent_at, mend=mend)
    new = decide(*then, place=place, seen=now, mend=mend)
    once = reconsider(old, new, first_seen=SEEN, now=now)
    assert once.published <= once.updated
    assert once.published <= SEEN
    assert once.updated >= old.updated
    assert (once.published == old.published) or once.upgrade == Upgrade(at=now, before=old.published)
    twice = reconsider(once, decide(*first, *then, seen=now), first_seen=SEEN, now=now)
    assert once.upgrade is None or (twice.published, twice.upgrade) == (once.published, once.upgrade)
    assert len(twice.later) <= MOST_LATER
    for dates in (once, twice):
        assert dates.chosen is None or dates.chosen < len(dates.candidates)
