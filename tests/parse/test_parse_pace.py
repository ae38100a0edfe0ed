from __future__ import annotations

from datetime import timedelta

import pytest

from aggregator.model.item import Pace
from aggregator.parse import syndication, tolerant
from aggregator.parse.pace import LONGEST

SY = 'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"'
URL = "https://kabar.example.id/feed/"
HOUR = timedelta(hours=1)


def paces(channel: str) -> list[Pace]:
    """Return the pace as both ways to read a feed tell it."""
    body = f'<rss version="2.0" {SY}><channel>{channel}<item><guid>1</guid></item></channel></rss>'.encode()
    quick = syndication.quick(body, url=URL, content_type="")
    assert quick
    return [quick.pace, tolerant.parse(body, url=URL, content_type="").pace]


def period(name: str, frequency: str = "") -> str:
    times = f"<sy:updateFrequency>{frequency}</sy:updateFrequency>" if frequency else ""
    return (f"<sy:updatePeriod>{name}</sy:updatePeriod>" if name else "") + times


@pytest.mark.parametrize(
    ("channel", "every"),
    [
        pytest.param("", None, id="nothing said"),
        pytest.param("<ttl>60</ttl>", HOUR, id="ttl in minutes"),
        pytest.param("<ttl> 5 </ttl>", timedelta(minutes=5), id="space"),
        pytest.param("<ttl>0</ttl>", None, id="zero"),
        pytest.param("<ttl>-5</ttl>", None, id="negative"),
        pytest.param("<ttl>1.5</ttl>", None, id="a fraction"),
        pytest.param("<ttl>٣</ttl>", None, id="other digits"),
        pytest.param("<ttl>10080</ttl>", LONGEST, id="a week"),
        pytest.param("<ttl>10081</ttl>", None, id="over a week"),
        pytest.param("<ttl>99999999999999999999</ttl>", None, id="nonsense"),
        pytest.param(period("hourly", "1"), HOUR, id="WordPress"),
        pytest.param(period(" Hourly\n", "2"), HOUR / 2, id="twice an hour"),
        pytest.param(period("daily"), timedelta(days=1), id="frequency has a default"),
        pytest.param(period("", "2"), timedelta(hours=12), id="period has a default"),
        pytest.param(period("monthly"), LONGEST, id="a month is cut"),
        pytest.param(period("yearly", "365"), timedelta(days=1), id="a year in days"),
        pytest.param(period("hourly", "0"), None, id="no times an hour"),
        pytest.param(period("sometimes", "1"), None, id="another word"),
        pytest.param("<ttl>30</ttl>" + period("hourly"), HOUR, id="the longer: period"),
        pytest.param("<ttl>90</ttl>" + period("hourly"), timedelta(minutes=90), id="the longer: ttl"),
        pytest.param("<ttl>30</ttl><ttl>45</ttl>", timedelta(minutes=45), id="twice"),
    ],
)
def test_every(channel: str, every: timedelta | None) -> None:
    assert paces(channel) == [Pace(every=every)] * 2


def hours(*values: object) -> str:
    return "<skipHours>" + "".join(f"<hour>{value}</hour>" for value in values) + "</skipHours>"


def days(*values: str) -> str:
    return "<skipDays>" + "".join(f" <day>{value}</day>" for value in values) + "</skipDays>"


@pytest.mark.parametrize(
    ("channel", "pace"),
    [
        pytest.param(hours(0, 7, "08"), Pace(skip_hours=frozenset({0, 7, 8})), id="hours"),
        pytest.param(hours(24, 23), Pace(skip_hours=frozenset({0, 23})), id="24 is midnight"),
        pytest.param(hours("x", -1, 25, "", 3), Pace(skip_hours=frozenset({3})), id="hours that are none"),
        pytest.param(hours(*range(24)), Pace(), id="every hour"),
        pytest.param(hours(), Pace(), id="no hour"),
        pytest.param("<skipHours/>", Pace(), id="empty"),
        pytest.param(days("Saturday", "sunday"), Pace(skip_days=frozenset({5, 6})), id="days"),
        pytest.param(days("Minggu", "Monday "), Pace(skip_days=frozenset({0})), id="days that are none"),
        pytest.param(
            days("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
            Pace(),
            id="every day",
        ),
        pytest.param(hours(1) + hours(2), Pace(skip_hours=frozenset({1})), id="twice"),
        pytest.param(
            f"<ttl>60</ttl>{hours(1)}{days('Friday')}",
            Pace(every=HOUR, skip_hours=frozenset({1}), skip_days=frozenset({4})),
            id="all",
        ),
    ],
)
def test_skipped(channel: str, pace: Pace) -> None:
    assert paces(channel) == [pace] * 2


def test_what_an_item_says_of_hours_is_not_the_feeds() -> None:
    item = f"<item><guid>1</guid><description><![CDATA[{hours(1)}]]></description></item>"
    for tail, skipped in (("", frozenset[int]()), (hours(2), frozenset({2}))):
        body = f'<rss version="2.0"><channel>{item}{tail}</channel></rss>'.encode()
        quick = syndication.quick(body, url=URL, content_type="")
        assert quick
        assert quick.pace == tolerant.parse(body, url=URL, content_type="").pace == Pace(skip_hours=skipped)


def test_hours_that_never_end_are_read_as_far_as_they_go() -> None:
    body = b'<rss version="2.0"><channel><skipHours><hour>1</hour><hour>2'
    assert tolerant.parse(body, url=URL, content_type="").pace == Pace(skip_hours=frozenset({1}))
