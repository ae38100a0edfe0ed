"""Cron expressions mean what cron(5) and crontab(5) say, whatever the scheduler's own dialect is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.engines.inprocess import cron_trigger
from aggregator.settings.cron import cron

JAKARTA = ZoneInfo("Asia/Jakarta")
BERLIN = ZoneInfo("Europe/Berlin")
#: A Wednesday, 14:30 in Jakarta.
NOW = datetime(2024, 11, 20, 7, 30, tzinfo=UTC)
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


def fires(expression: str, count: int, zone: ZoneInfo = JAKARTA, now: datetime = NOW) -> list[str]:
    """Return the next instants of an expression, in its own zone."""
    trigger, found, before = cron_trigger(cron(expression), zone), [], None
    for _ in range(count):
        before = trigger.get_next_fire_time(before, now)
        assert before is not None
        assert before.tzinfo is not None
        found.append(f"{before.astimezone(zone):%a %Y-%m-%d %H:%M}")
        now = before + timedelta(seconds=1)
    return found


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        pytest.param("* * * * *", ["Wed 2024-11-20 14:30", "Wed 2024-11-20 14:31"], id="every minute"),
        pytest.param("*/20 * * * *", ["Wed 2024-11-20 14:40", "Wed 2024-11-20 15:00"], id="steps"),
        pytest.param("*/60 * * * *", ["Wed 2024-11-20 15:00", "Wed 2024-11-20 16:00"], id="a step of all"),
        pytest.param("*/90 * * * *", ["Wed 2024-11-20 15:00", "Wed 2024-11-20 16:00"], id="a step too wide"),
        pytest.param("0 5-10/7 * * *", ["Thu 2024-11-21 05:00", "Fri 2024-11-22 05:00"], id="over a range"),
        pytest.param("0 6-22 * * *", ["Wed 2024-11-20 15:00", "Wed 2024-11-20 16:00"], id="the zone's hours"),
        pytest.param("5,35 7 * * *", ["Thu 2024-11-21 07:05", "Thu 2024-11-21 07:35"], id="a list"),
        pytest.param(
            "10-30/10 0 * * *", ["Thu 2024-11-21 00:10", "Thu 2024-11-21 00:20"], id="a range in steps"
        ),
        pytest.param("0 0 * * 0", ["Sun 2024-11-24 00:00", "Sun 2024-12-01 00:00"], id="Sunday is 0"),
        pytest.param("0 0 * * 7", ["Sun 2024-11-24 00:00", "Sun 2024-12-01 00:00"], id="Sunday is 7"),
        pytest.param("0 0 * * SUN", ["Sun 2024-11-24 00:00", "Sun 2024-12-01 00:00"], id="Sunday by name"),
        pytest.param("0 0 * * 1", ["Mon 2024-11-25 00:00", "Mon 2024-12-02 00:00"], id="Monday is 1"),
        pytest.param("0 0 * * 6", ["Sat 2024-11-23 00:00", "Sat 2024-11-30 00:00"], id="Saturday is 6"),
        pytest.param(
            "0 0 * * 1-5",
            ["Thu 2024-11-21 00:00", "Fri 2024-11-22 00:00", "Mon 2024-11-25 00:00"],
            id="workdays",
        ),
        pytest.param(
            "0 0 * * mon-fri",
            ["Thu 2024-11-21 00:00", "Fri 2024-11-22 00:00", "Mon 2024-11-25 00:00"],
            id="by name",
        ),
        pytest.param(
            "0 0 * * 5-7", ["Fri 2024-11-22 00:00", "Sat 2024-11-23 00:00", "Sun 2024-11-24 00:00"], id="to 7"
        ),
        pytest.param(
            "0 0 * * sat-sun",
            ["Sat 2024-11-23 00:00", "Sun 2024-11-24 00:00", "Sat 2024-11-30 00:00"],
            id="weekend",
        ),
        pytest.param("0 0 * * 0-7", ["Thu 2024-11-21 00:00", "Fri 2024-11-22 00:00"], id="0 to 7"),
        pytest.param(
            "0 0 * * */2",
            ["Thu 2024-11-21 00:00", "Sat 2024-11-23 00:00", "Sun 2024-11-24 00:00"],
            id="steps of weekdays",
        ),
        pytest.param(
            "0 0 * * 1-7/2",
            ["Fri 2024-11-22 00:00", "Sun 2024-11-24 00:00", "Mon 2024-11-25 00:00"],
            id="a range of weekdays",
        ),
        pytest.param(
            "0 0 * jan,mar *", ["Wed 2025-01-01 00:00", "Thu 2025-01-02 00:00"], id="months by name"
        ),
        pytest.param("0 0 1 */6 *", ["Wed 2025-01-01 00:00", "Tue 2025-07-01 00:00"], id="months in steps"),
        pytest.param("0 0 29 2 *", ["Tue 2028-02-29 00:00", "Sun 2032-02-29 00:00"], id="leap days"),
        pytest.param(
            "0 0 31 * *",
            ["Tue 2024-12-31 00:00", "Fri 2025-01-31 00:00", "Mon 2025-03-31 00:00"],
            id="long months",
        ),
        pytest.param(
            "0 0 1 * mon",
            ["Mon 2024-11-25 00:00", "Sun 2024-12-01 00:00", "Mon 2024-12-02 00:00"],
            id="day or weekday",
        ),
        pytest.param(
            "0 0 30 2 mon",
            ["Mon 2025-02-03 00:00", "Mon 2025-02-10 00:00"],
            id="a day that never comes, or a weekday",
        ),
        pytest.param(
            "0 0 */2 * mon",
            ["Mon 2024-11-25 00:00", "Mon 2024-12-09 00:00"],
            id="with a star: day and weekday",
        ),
        pytest.param(
            "0 0 1-7 * */7", ["Sun 2024-12-01 00:00", "Sun 2025-01-05 00:00"], id="the first Sunday"
        ),
    ],
)
def test_cron(expression: str, expected: list[str]) -> None:
    assert fires(expression, len(expected)) == expected


def test_the_zone_is_the_given_one() -> None:
    assert fires("0 6 * * *", 1) == ["Thu 2024-11-21 06:00"]
    trigger = cron_trigger("0 6 * * *", ZoneInfo("Asia/Jayapura"))
    assert trigger.get_next_fire_time(None, NOW) == datetime(2024, 11, 20, 21, 0, tzinfo=UTC)


def test_a_night_that_is_an_hour_longer_or_shorter() -> None:
    spring = datetime(2024, 3, 30, 12, 0, tzinfo=UTC)
    assert fires("0 6 * * *", 2, BERLIN, spring) == ["Sun 2024-03-31 06:00", "Mon 2024-04-01 06:00"]
    autumn = datetime(2024, 10, 26, 12, 0, tzinfo=UTC)
    assert fires("0 6 * * *", 2, BERLIN, autumn) == ["Sun 2024-10-27 06:00", "Mon 2024-10-28 06:00"]


def parts(least: int, most: int, names: tuple[str, ...] = ()) -> st.SearchStrategy[str]:
    """Return all that may stand between commas in a field."""
    numbers = st.integers(least, most)
    spelled = numbers.map(
        lambda number: names[number % 7 if least == 0 else number - 1] if names else str(number)
    )
    ranges = st.tuples(numbers, numbers).map(lambda pair: f"{min(pair)}-{max(pair)}")
    steps = st.integers(1, 99)
    stepped = st.tuples(st.one_of(st.just("*"), ranges), steps).map(lambda pair: f"{pair[0]}/{pair[1]}")
    return st.one_of(st.just("*"), numbers.map(str), spelled, ranges, stepped)


def field(least: int, most: int, names: tuple[str, ...] = ()) -> st.SearchStrategy[str]:
    return st.lists(parts(least, most, names), min_size=1, max_size=2).map(",".join)


expressions = st.tuples(
    field(0, 59), field(0, 23), field(1, 28), field(1, 12, MONTHS), field(0, 7, WEEKDAYS)
).map(" ".join)


def stands_for(text: str, value: int, least: int, most: int, names: tuple[str, ...] = ()) -> bool:
    for part in text.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        ends = [names.index(end) + least if end in names else end for end in (first, last or first)]
        start, end = (least, most) if first == "*" else (int(ends[0]), int(ends[1]))
        if value in range(start, end + 1, int(step or 1)):
            return True
    return False


def matches(expression: str, at: datetime) -> bool:
    """Say what crontab(5) says, minute by minute."""
    minute, hour, day, month, weekday = expression.split()
    number = at.isoweekday() % 7
    days = stands_for(day, at.day, 1, 31)
    weekdays = stands_for(weekday, number, 0, 6, WEEKDAYS)
    weekdays = weekdays or (number == 0 and stands_for(weekday.replace("*", "0-6"), 7, 0, 7, WEEKDAYS))
    both = day.startswith("*") or weekday.startswith("*")
    return (
        stands_for(minute, at.minute, 0, 59)
        and stands_for(hour, at.hour, 0, 23)
        and stands_for(month, at.month, 1, 12, MONTHS)
        and (days and weekdays if both else days or weekdays)
    )


@given(expression=expressions)
def test_whatever_the_configuration_accepts_fires_when_cron_would(expression: str) -> None:
    fire = cron_trigger(cron(expression), JAKARTA).get_next_fire_time(None, NOW)
    local = NOW.astimezone(JAKARTA)
    for _ in range(3 * 24 * 60):
        if matches(expression, local):
            break
        local += timedelta(minutes=1)
    else:  # not within three days: then it fires later, and rightly
        if fire is not None:
            assert fire > local - timedelta(minutes=1)
            assert matches(expression, fire)
        return
    assert fire == local
