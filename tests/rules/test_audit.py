"""Sources that write a wrong time zone, found by their own dates (docs/timestamps.md, rule 7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import count
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model.item import Candidate, Claim, Origin, Precision, Reading, ZoneOrigin
from aggregator.model.source import Future, Residual
from aggregator.rules.audit import (
    CLOSE,
    ENOUGH,
    LAST,
    Verdict,
    advice,
    mark,
    observe,
    read_in,
    remember,
    spell,
    spell_hours,
    verdict,
)
from aggregator.rules.timestamps import Mend
from tests.making import a_source

if TYPE_CHECKING:
    from collections.abc import Sequence

SEEN = datetime(2024, 11, 20, 8, 0, tzinfo=UTC)
SUMMER = datetime(2024, 7, 1, 12, 0, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
SOURCE = a_source()


_COLLECTS = count()


def residual(ahead: timedelta, *, offset: float = 0, zoneless: bool = False, gap: float = 10) -> Residual:
    """Return the residual of an item that a collect of its own brought."""
    seen_at = SEEN + next(_COLLECTS) % 1000 * 10 * MINUTE
    return Residual(
        dated=seen_at + ahead,
        seen_at=seen_at,
        gap=gap * MINUTE,
        offset=offset * HOUR,
        zoneless=zoneless,
        mark=mark(SOURCE),
    )


def residuals(
    hours: float, lateness: Sequence[float], *, offset: float = 0, zoneless: bool = False
) -> list[Residual]:
    """Return the residuals of items that a source dates ``hours`` ahead, seen so many minutes late."""
    return [residual(hours * HOUR - late * MINUTE, offset=offset, zoneless=zoneless) for late in lateness]


PROMPT = (0, 3, 9, 1, 5, 7, 2, 8)


@pytest.mark.parametrize(
    ("hours", "offset", "zoneless", "remedy"),
    [
        pytest.param(7, 0, False, "zone_fix: Asia/Jakarta", id="Jakarta's time that claims to be UTC"),
        pytest.param(8, 0, False, 'zone_fix: "+08:00"', id="Makassar's"),
        pytest.param(1, 7, True, "timezone: Asia/Makassar", id="no zone, read an hour west"),
        pytest.param(2, 7, True, "timezone: Asia/Jayapura", id="no zone, read two hours west"),
        pytest.param(7, 0, True, "timezone: Asia/Jakarta", id="no zone, read as UTC"),
        pytest.param(5.5, 0, True, 'zone_fix: "+05:30"', id="India's"),
        pytest.param(1, 0, False, 'zone_fix: "+01:00"', id="Berlin's winter"),
        pytest.param(5, -5, False, 'zone_fix: "+00:00"', id="UTC that claims to be New York's"),
        pytest.param(12, -5, True, "timezone: Asia/Jakarta", id="no zone, read in New York's"),
    ],
)
def test_dates_ahead_of_the_clock_prove_it(
    hours: float, offset: float, remedy: str, *, zoneless: bool
) -> None:
    wrong = verdict(residuals(hours, PROMPT, offset=offset, zoneless=zoneless), SOURCE)
    assert wrong is not None
    assert (wrong.shift, wrong.offset) == (hours * HOUR, (offset + hours) * HOUR)
    assert (wrong.sure, wrong.remedy) == (True, remedy)
    assert wrong.mend == Mend(shift=hours * HOUR, offset=offset * HOUR, zoneless=zoneless)


def test_five_of_the_last_eight_are_enough_and_four_are_not() -> None:
    wrong, right = residuals(7, (0, 5, 9, 2, 15)), residuals(0, (1, 2, 3, 4, 5))
    assert verdict(wrong, SOURCE) == Verdict(
        shift=7 * HOUR, offset=7 * HOUR, zoneless=False, zone="Asia/Jakarta"
    )
    assert verdict([*wrong, *right[:3]], SOURCE) is not None
    assert verdict([*wrong, *right[:4]], SOURCE) is None
    assert verdict(wrong[: ENOUGH - 1], SOURCE) is None


def test_a_repaired_source_is_acquitted_by_its_next_items() -> None:
    kept = remember(residuals(7, PROMPT), residuals(0, (1, 2, 3, 4)))
    assert len(kept) == LAST
    assert verdict(kept, SOURCE) is None


@pytest.mark.parametrize(
    ("minutes", "found"),
    [(20, True), (21, False), (-20, True), (-21, False)],
)
def test_as_near_as_twenty_minutes(minutes: int, *, found: bool) -> None:
    near = residuals(9, [-minutes] * 5, offset=-1)
    assert (verdict(near, SOURCE) is not None) is found


@pytest.mark.parametrize(
    ("ahead", "offset"),
    [
        pytest.param([12 * MINUTE] * 8, 0, id="a clock that runs fast"),
        pytest.param([30 * MINUTE] * 8, 7, id="half an hour ahead: no zone is +07:30"),
        pytest.param([15 * HOUR] * 8, 0, id="farther than any zone"),
        pytest.param([7 * HOUR, 6 * HOUR, 5 * HOUR, 4 * HOUR] * 2, 0, id="a calendar of events"),
        pytest.param([7 * HOUR] * 8, 5.75, id="no zone is a quarter past"),
        pytest.param(
            [6.5 * HOUR + late * MINUTE for late in PROMPT], 0, id="seven hours ahead, half an hour late"
        ),
        pytest.param([-late * MINUTE for late in PROMPT], 7, id="prompt"),
        pytest.param([-40 * MINUTE, -9 * MINUTE, -55 * MINUTE, -20 * MINUTE] * 2, 7, id="an hourly batch"),
        pytest.param([-HOUR - late * MINUTE / 2 for late in PROMPT], 7, id="an hour late, to the minute"),
        pytest.param([-late * 13 * MINUTE for late in range(5, 13)], 7, id="late, now more, now less"),
        pytest.param([-7 * HOUR - late * 5 * MINUTE for late in PROMPT], 7, id="about seven hours late"),
        pytest.param([-3 * HOUR - late * MINUTE for late in PROMPT], 0, id="no likely zone is at -03:00"),
        pytest.param([-14 * HOUR - late * MINUTE for late in PROMPT], 1, id="no zone at all is at -13:00"),
        pytest.param([-20 * HOUR - late * MINUTE for late in PROMPT], 7, id="farther behind than any zone"),
    ],
)
def test_the_innocent_are_left_alone(ahead: list[timedelta], offset: float) -> None:
    assert verdict([residual(each, offset=offset) for each in ahead], SOURCE) is None


@pytest.mark.parametrize(
    ("hours", "offset", "zoneless", "remedy"),
    [
        pytest.param(-7, 7, False, 'zone_fix: "+00:00"', id="UTC that claims to be Jakarta's time"),
        pytest.param(-7, 7, True, "timezone: UTC", id="UTC without a zone, read in Jakarta"),
        pytest.param(-2, 9, True, "timezone: Asia/Jakarta", id="Jakarta's, read in Jayapura"),
        pytest.param(-1, 8, True, "timezone: Asia/Jakarta", id="Jakarta's, read in Makassar"),
        pytest.param(-6, 7, True, 'zone_fix: "+01:00"', id="Berlin's, read in Jakarta"),
        pytest.param(-12, 7, True, 'zone_fix: "-05:00"', id="New York's, read in Jakarta"),
    ],
)
def test_dates_behind_the_clock_suggest_it(
    hours: float, offset: float, remedy: str, *, zoneless: bool
) -> None:
    behind = residuals(hours, PROMPT, offset=offset, zoneless=zoneless)
    wrong = verdict(behind, SOURCE)
    assert wrong is not None
    assert (wrong.shift, wrong.sure, wrong.remedy) == (hours * HOUR, False, remedy)
    assert verdict(behind[1:], SOURCE) is None  # all eight must say so
    assert verdict([*behind[1:], residual(-5 * MINUTE)], SOURCE) is None


def test_dates_that_were_read_in_several_zones_are_no_evidence() -> None:
    mixed = [residual(7 * HOUR, offset=offset) for offset in (0, 1, 0, 1, 0, 1, 0, 1)]
    assert verdict(mixed, SOURCE) is None


def test_what_was_read_otherwise_no_longer_counts() -> None:
    wrong = residuals(7, PROMPT)
    assert verdict(wrong, SOURCE) is not None
    for changed in (
        replace(SOURCE, timezone=ZoneInfo("Asia/Makassar")),
        replace(SOURCE, zones={"IST": "+05:30"}),
        replace(SOURCE, zone_fix=timezone(7 * HOUR)),
        replace(SOURCE, url="https://elsewhere.example.id/"),
    ):
        assert verdict(wrong, changed) is None
    assert verdict(wrong, replace(SOURCE, learn_zone=True, title="Lain", priority=5)) is not None


# what is observed


def dated(
    instant: datetime,
    *,
    precision: Precision = Precision.SECOND,
    zone: ZoneOrigin = ZoneOrigin.OFFSET,
    relative: bool = False,
    origin: Origin = Origin.PUBLISHED,
) -> Candidate:
    reading = Reading(
        earliest=instant,
        latest=instant,
        precision=precision,
        zone=zone,
        relative=relative,
        offset=None if relative and zone is ZoneOrigin.NONE else 7 * HOUR,
    )
    return Candidate(claim=Claim(origin=origin, text="as written"), reading=reading)


def test_a_new_item_of_a_source_that_is_watched_closely_is_evidence() -> None:
    absent_at = SEEN - 15 * MINUTE - 30 * MINUTE / 60
    seen = observe([dated(SEEN + HOUR)], SOURCE, first_seen=SEEN, absent_at=absent_at)
    assert seen == Residual(
        dated=SEEN + HOUR,
        seen_at=SEEN,
        gap=SEEN - absent_at,
        offset=7 * HOUR,
        zoneless=False,
        mark=mark(SOURCE),
    )


def test_of_a_long_gap_only_what_is_right_is_evidence() -> None:
    absent_at = SEEN - 3 * HOUR
    for instant in (SEEN - 3 * HOUR, SEEN - 90 * MINUTE, SEEN):
        seen = observe([dated(instant)], SOURCE, first_seen=SEEN, absent_at=absent_at)
        assert seen is not None
        assert seen.ahead == instant - SEEN
    for instant in (SEEN + MINUTE, SEEN + 7 * HOUR, SEEN - 4 * HOUR):
        assert observe([dated(instant)], SOURCE, first_seen=SEEN, absent_at=absent_at) is None


def test_a_source_that_dates_ahead_on_purpose_proves_nothing_by_it() -> None:
    held = replace(SOURCE, future=Future.HOLD)
    for instant, counts in ((SEEN + 7 * HOUR, False), (SEEN - MINUTE, True)):
        seen = observe([dated(instant)], held, first_seen=SEEN, absent_at=SEEN - 10 * MINUTE)
        assert (seen is not None) is counts


def test_what_is_put_out_together_is_one_piece_of_evidence() -> None:
    paper = [replace(residual(6 * HOUR), dated=SEEN + 6 * HOUR, seen_at=SEEN) for _ in range(6)]
    assert len(remember((), paper)) == 1
    batch = [replace(each, dated=each.dated + number * MINUTE) for number, each in enumerate(paper)]
    assert len(remember((), batch)) == 6
    assert verdict(remember((), batch), SOURCE) is None  # one collect


def test_a_zone_that_the_operator_set_is_not_ours_to_correct_by_another() -> None:
    fixed = replace(SOURCE, zone_fix=timezone(8 * HOUR))
    for source, zoneless in ((SOURCE, True), (fixed, False)):
        seen = observe(
            [dated(SEEN, zone=ZoneOrigin.SOURCE)], source, first_seen=SEEN, absent_at=SEEN - 10 * MINUTE
        )
        assert seen is not None
        assert seen.zoneless is zoneless


@pytest.mark.parametrize(
    ("candidates", "absent_at"),
    [
        pytest.param([dated(SEEN)], None, id="a first collect"),
        pytest.param([dated(SEEN + HOUR)], SEEN - CLOSE - MINUTE, id="not looked at for long"),
        pytest.param([], SEEN - MINUTE, id="no date"),
        pytest.param([Candidate(claim=Claim(origin=Origin.TEXT, text="x"), reading=None)], SEEN - MINUTE,
                     id="not to be read"),
        pytest.param([dated(SEEN, precision=Precision.DAY)], SEEN - MINUTE, id="a day"),
        pytest.param([dated(SEEN, zone=ZoneOrigin.NONE, relative=True, precision=Precision.MINUTE)],
                     SEEN - MINUTE, id="a label"),
        pytest.param([dated(datetime(1970, 1, 1, tzinfo=UTC))], SEEN - MINUTE, id="no plausible date"),
    ],
)  # fmt: skip
def test_no_evidence(candidates: list[Candidate], absent_at: datetime | None) -> None:
    assert observe(candidates, SOURCE, first_seen=SEEN, absent_at=absent_at) is None


# reading in the zone that is meant


@pytest.mark.parametrize(
    ("zone", "instant"),
    [
        (ZoneInfo("Asia/Jakarta"), SEEN),
        (timezone(8 * HOUR), SEEN - HOUR),
        (ZoneInfo("Europe/Berlin"), SEEN + 6 * HOUR),
    ],
)
def test_a_clock_time_is_read_in_the_zone_that_is_meant(zone: ZoneInfo | timezone, instant: datetime) -> None:
    reading = dated(SEEN).reading
    assert reading is not None
    meant = read_in(reading, zone)
    assert (meant.earliest, meant.latest, meant.zone) == (instant, instant, ZoneOrigin.SOURCE)
    assert meant.offset == SEEN + 7 * HOUR - instant


def test_a_summer_s_date_is_read_in_summer_time() -> None:
    reading = dated(SUMMER).reading
    assert reading is not None
    reading = replace(reading, offset=timedelta(0))
    assert read_in(reading, ZoneInfo("Europe/Berlin")).earliest == datetime(2024, 7, 1, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize("year", [1, 9999])
def test_the_first_and_the_last_year_are_left_as_they_are(year: int) -> None:
    reading = dated(
        datetime(year, 1, 1, tzinfo=UTC) if year == 1 else datetime(9999, 12, 31, 23, tzinfo=UTC)
    ).reading
    assert reading is not None
    for zone in (timezone(14 * HOUR), timezone(-12 * HOUR), ZoneInfo("America/New_York")):
        assert read_in(reading, zone).earliest.year in {1, 9999}


@pytest.mark.parametrize(
    "candidate",
    [
        dated(SEEN, zone=ZoneOrigin.NONE, relative=True),
        dated(SEEN, zone=ZoneOrigin.SOURCE, relative=True),
    ],
)
def test_what_counts_back_from_now_needs_no_zone(candidate: Candidate) -> None:
    assert candidate.reading is not None
    assert read_in(candidate.reading, UTC) is candidate.reading


# words


@pytest.mark.parametrize(
    ("offset", "words"),
    [(7, "+07:00"), (0, "+00:00"), (-9.5, "-09:30"), (5.5, "+05:30"), (14, "+14:00")],
)
def test_an_offset_is_spelled(offset: float, words: str) -> None:
    assert spell(offset * HOUR) == words


@pytest.mark.parametrize(
    ("span", "words"), [(7 * HOUR, "7 h"), (-5.5 * HOUR, "5 h 30 min"), (30 * MINUTE, "30 min")]
)
def test_hours_are_spelled(span: timedelta, words: str) -> None:
    assert spell_hours(span) == words


def test_the_advice_says_what_the_operator_has_set() -> None:
    fixed = replace(SOURCE, zone_fix=timezone(6 * HOUR))
    said = advice(Verdict(shift=HOUR, offset=7 * HOUR, zoneless=False, zone="Asia/Jakarta"), fixed)
    assert "they were read in UTC+06:00, as zone_fix says" in said
    assert "write `zone_fix: Asia/Jakarta` under" in said


@pytest.mark.parametrize(
    ("wrong", "learns", "words"),
    [
        pytest.param(
            Verdict(shift=7 * HOUR, offset=7 * HOUR, zoneless=False),
            False,
            "its dates run 7 h ahead of the clock; they are marked +00:00, and are really those of +07:00: "
            'write `zone_fix: "+07:00"` under `id: antara`, or `zone_fix: auto`',
            id="sure",
        ),
        pytest.param(
            Verdict(shift=HOUR, offset=8 * HOUR, zoneless=True),
            True,
            "its dates run 1 h ahead of the clock; they name no zone and were read in Asia/Jakarta, and are "
            "really those of +08:00. New items are mended (zone_fix: auto); to mend it for good, "
            "write `timezone: Asia/Makassar` under `id: antara`",
            id="mended by itself",
        ),
        pytest.param(
            Verdict(shift=-7 * HOUR, offset=timedelta(0), zoneless=False),
            True,
            "its dates lie 7 h behind the moment at which its items appear; they are marked +07:00. "
            "Either it publishes that late, or its clock is that of +00:00: then "
            'write `zone_fix: "+00:00"` under `id: antara`',
            id="suggested",
        ),
    ],
)
def test_the_advice_names_the_line_that_mends_it(wrong: Verdict, words: str, *, learns: bool) -> None:
    assert advice(wrong, replace(SOURCE, learn_zone=learns)) == words


# what no example can say


@given(
    hours=st.integers(1, 12),
    offset=st.integers(-11, 2),
    lateness=st.lists(st.floats(0, 15), min_size=5, max_size=8),
    innocent=st.lists(st.floats(0, 15), max_size=3),
    order=st.randoms(use_true_random=False),
)
def test_whole_hours_ahead_are_always_found(
    hours: int, offset: int, lateness: list[float], innocent: list[float], order: object
) -> None:
    told = residuals(hours, lateness, offset=offset) + residuals(0, innocent, offset=offset)
    order.shuffle(told)  # type: ignore[attr-defined] # hypothesis' own Random
    last = told[-LAST:]
    if sum(each.ahead > 30 * MINUTE for each in last) >= ENOUGH:
        wrong = verdict(last, SOURCE)
        assert wrong is not None
        assert wrong.shift == hours * HOUR


@given(lateness=st.lists(st.floats(-2, 25), max_size=8), offset=st.integers(-11, 12), zoneless=st.booleans())
def test_a_prompt_source_is_never_blamed(lateness: list[float], offset: int, *, zoneless: bool) -> None:
    assert verdict(residuals(0, lateness, offset=offset, zoneless=zoneless), SOURCE) is None
