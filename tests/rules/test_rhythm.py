"""When a source publishes, and when it is worth asking it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from aggregator.model.item import Dates, Precision
from aggregator.rules.rhythm import learn, wait
from tests.making import a_source

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aggregator.model.source import Source

MINUTE, HOUR, DAY, WEEK = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(days=7)
QUARTER = 15 * MINUTE
MONDAY = datetime(2024, 11, 18, tzinfo=UTC)
SOURCE = a_source(timezone=UTC)


def dated(at: datetime, precision: Precision = Precision.SECOND) -> Dates:
    return Dates(published=at, updated=at, precision=precision)


def watched(times: Iterable[datetime]) -> str:
    """Return the rhythm of a source that brought items at these times, asked each quarter of an hour."""
    text, before = "", None
    for at in times:
        seen = at + 5 * MINUTE
        text = learn(text, SOURCE, [dated(at)], seen_at=seen, absent_at=before and seen - QUARTER)
        before = seen
    return text


def until(text: str, now: datetime, most: timedelta = HOUR) -> timedelta:
    return wait(text, SOURCE, now=now, least=QUARTER, most=most)


def first_look(text: str, after: datetime, source: Source = SOURCE) -> timedelta:
    """Return how long after ``after`` the first look is, when it is asked from half a day before on."""
    at = after - 12 * HOUR
    while at < after:
        at += wait(text, source, now=at, least=QUARTER, most=HOUR)
    return at - after


def column(weeks: int = 8) -> str:
    """Return the rhythm of one that publishes each day at nine."""
    return watched(MONDAY - WEEK * weeks + DAY * day + 9 * HOUR for day in range(weeks * 7))


def office() -> str:
    """Return the rhythm of one that publishes each hour from nine to five on working days."""
    days = (MONDAY - 8 * WEEK + DAY * day for day in range(8 * 7))
    return watched(
        day + hour * HOUR + 11 * MINUTE * (hour % 5)
        for day in days
        if day.weekday() < 5
        for hour in range(9, 17)
    )


class TestWait:
    def test_nothing_is_known_so_it_is_asked_at_its_fastest_pace(self) -> None:
        assert until("", MONDAY) == QUARTER

    @pytest.mark.parametrize(("hours", "least", "most"), [(1, 15, 40), (6, 15, 59), (96, 60, 60)])
    def test_one_that_stays_silent_from_the_start_is_asked_ever_more_slowly(
        self, hours: int, least: int, most: int
    ) -> None:
        text = learn("", SOURCE, (), seen_at=MONDAY, absent_at=None)
        assert until(text, MONDAY) <= 20 * MINUTE
        assert least * MINUTE <= until(text, MONDAY + hours * HOUR) <= most * MINUTE

    def test_what_comes_at_nine_is_asked_for_at_nine(self) -> None:
        text = column()
        assert first_look(text, MONDAY + 9 * HOUR) <= 10 * MINUTE
        assert until(text, MONDAY + 12 * HOUR) == HOUR

    def test_when_a_day_may_be_waited_few_looks_do(self) -> None:
        text, asked = column(), [MONDAY + 10 * HOUR]
        while asked[-1] < MONDAY + DAY + 9 * HOUR:
            asked.append(asked[-1] + until(text, asked[-1], most=2 * DAY))
        assert len(asked) <= 6
        assert asked[-1] <= MONDAY + DAY + 9 * HOUR + 10 * MINUTE

    def test_a_zone_is_told_by_its_own_clocks(self) -> None:
        abroad = a_source()  # in Jakarta, and with the other's days
        assert first_look(column(), MONDAY + 2 * HOUR, abroad) <= 10 * MINUTE, "nine o'clock there"

    def test_at_work_fast_at_night_and_on_sundays_slow(self) -> None:
        text = office()
        assert until(text, MONDAY + 11 * HOUR) <= 25 * MINUTE
        assert until(text, MONDAY + 2 * HOUR) == HOUR
        assert until(text, MONDAY - DAY + 11 * HOUR) == HOUR

    def test_a_week_end_of_silence_is_none_and_a_week_of_it_is(self) -> None:
        text = office()
        assert until(text, MONDAY + 9 * HOUR) <= 30 * MINUTE
        now = MONDAY + 11 * HOUR
        assert until(text, now) <= until(text, now + 3 * DAY) < until(text, now + WEEK)
        assert until(text, now + 6 * WEEK) == HOUR

    def test_news_of_just_now_announce_more(self) -> None:
        text, night = office(), MONDAY + 2 * HOUR
        news = [dated(night - n * MINUTE) for n in range(1, 8)]
        broken = learn(text, SOURCE, news, seen_at=night, absent_at=night - HOUR)
        assert until(broken, night) <= 25 * MINUTE
        assert until(broken, night + 12 * HOUR + 5 * DAY) == HOUR

    def test_it_is_never_sooner_than_the_fastest_pace_nor_later_than_the_slowest(self) -> None:
        for text in ("", column(2), office()):
            for minutes in range(0, 24 * 60, 7):
                assert QUARTER <= until(text, MONDAY + minutes * MINUTE) <= HOUR

    def test_no_two_sources_come_back_at_the_same_full_hour(self) -> None:
        news = [dated(MONDAY - DAY * day + 9 * HOUR) for day in range(1, 25)]
        due = set()
        for name in ("a", "b", "c", "d", "e"):
            source = a_source(name, timezone=UTC)
            text = learn("", source, news, seen_at=MONDAY, absent_at=None)
            asked = MONDAY + 8 * HOUR + 10 * MINUTE
            due.add(asked + wait(text, source, now=asked, least=QUARTER, most=HOUR))
        assert len(due) == 5


class TestLearn:
    def test_without_news_nothing_changes(self) -> None:
        text = column(1)
        assert learn(text, SOURCE, (), seen_at=MONDAY + DAY, absent_at=MONDAY) == text

    def test_it_stays_short(self) -> None:
        assert len(office()) < 200
        assert office().isascii()

    def test_the_first_document_teaches_by_its_dates(self) -> None:
        news = [dated(MONDAY - DAY * day + 9 * HOUR) for day in range(1, 25)]
        text = learn("", SOURCE, news, seen_at=MONDAY, absent_at=None)
        assert first_look(text, MONDAY + 9 * HOUR) <= 10 * MINUTE

    def test_what_is_very_old_or_ahead_of_us_teaches_nothing(self) -> None:
        nothing = learn("", SOURCE, (), seen_at=MONDAY, absent_at=None)
        news = [dated(MONDAY - 400 * DAY), dated(MONDAY + HOUR)]
        assert learn("", SOURCE, news, seen_at=MONDAY, absent_at=None) == nothing

    def test_items_that_bear_a_wrong_zone_teach_when_they_came(self) -> None:
        right = learn("", SOURCE, [dated(MONDAY)], seen_at=MONDAY, absent_at=None)
        seen = MONDAY + 9 * HOUR
        late = [dated(seen - 7 * HOUR), dated(seen - 8 * HOUR)]
        wrong = learn(right, SOURCE, late, seen_at=seen, absent_at=seen - QUARTER)
        middle = seen - QUARTER / 2
        assert wrong == learn(right, SOURCE, [dated(middle)], seen_at=seen, absent_at=seen - QUARTER)

    def test_between_two_looks_far_apart_that_is_not_known(self) -> None:
        seen = MONDAY + 9 * HOUR
        late = [dated(seen - 20 * HOUR)]
        text = learn("", SOURCE, late, seen_at=seen, absent_at=seen - 9 * HOUR)
        assert text == learn("", SOURCE, (), seen_at=seen, absent_at=None)

    @pytest.mark.parametrize("precision", [Precision.HOUR, Precision.DAY, Precision.NONE])
    def test_one_that_does_not_say_the_time_is_always_asked_at_its_fastest_pace(
        self, precision: Precision
    ) -> None:
        text = learn("", SOURCE, [dated(MONDAY, precision)], seen_at=MONDAY, absent_at=None)
        for hour in range(100):
            seen = MONDAY + hour * HOUR
            news = [dated(seen - 50 * MINUTE, precision)]
            text = learn(text, SOURCE, news, seen_at=seen, absent_at=seen - QUARTER)
            assert until(text, seen) == QUARTER
        assert until(text, seen + 2 * DAY) == QUARTER

    def test_a_few_of_these_do_not_matter(self) -> None:
        vague = [dated(MONDAY - QUARTER, Precision.DAY)]
        text = learn(column(), SOURCE, vague, seen_at=MONDAY, absent_at=MONDAY - QUARTER)
        assert until(text, MONDAY + 12 * HOUR) == HOUR

    def test_a_clock_that_is_set_back_by_years_does_no_harm(self) -> None:
        back = MONDAY - 3000 * DAY
        text = learn(office(), SOURCE, [dated(back)], seen_at=back, absent_at=MONDAY)
        assert QUARTER <= until(text, back) <= HOUR
        assert QUARTER <= until(office(), back) <= HOUR

    def test_what_was_long_ago_is_forgotten(self) -> None:
        mornings = column()
        evenings = mornings
        for day in range(8 * 7):
            at = MONDAY + DAY * day + 20 * HOUR
            evenings = learn(
                evenings, SOURCE, [dated(at)], seen_at=at + 5 * MINUTE, absent_at=at - 10 * MINUTE
            )
        end = MONDAY + 8 * WEEK
        assert first_look(evenings, end + 20 * HOUR) <= 10 * MINUTE
        assert until(evenings, end + 8 * HOUR) > 30 * MINUTE
