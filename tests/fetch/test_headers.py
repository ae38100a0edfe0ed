"""What responses say of themselves."""

from __future__ import annotations

from datetime import timedelta

import pytest

from aggregator.fetch import headers
from aggregator.model.source import Validators
from tests.making import NOW

DATE = "Wed, 20 Nov 2024 07:30:00 GMT"  # NOW
HOUR = timedelta(hours=1)


def lines(text: str) -> list[bytes]:
    return [line.encode("latin-1") + b"\r\n" for line in text.split("\n")]


@pytest.mark.parametrize(
    ("text", "status", "read"),
    [
        pytest.param('HTTP/1.1 200 OK\nETag: "x"\n', 200, {"etag": '"x"'}, id="plain"),
        pytest.param(
            "HTTP/1.1 103 Early Hints\nLink: a\n\nHTTP/1.1 100 Continue\n\nHTTP/1.1 404 No\nAge: 1\n",
            404,
            {"age": "1"},
            id="interim responses",
        ),
        pytest.param(
            "HTTP/1.1 200 OK\nETag: a\n\nContent-Encoding: br\nETag: b",
            200,
            {"etag": "a"},
            id="a trailer",
        ),
        pytest.param(
            "HTTP/1.1 200 OK\nCache-Control: no-cache\ncache-control: max-age=5\nETag: a\nETag: b\n",
            200,
            {"cache-control": "no-cache, max-age=5", "etag": "b"},
            id="said twice",
        ),
        pytest.param(
            "HTTP/1.1 200 OK\nHTTP/9 fake\nno colon\nAge: 1\n", 200, {"age": "1"}, id="no headers at all"
        ),
        pytest.param("HTTP/1.1 abc", 0, {}, id="no status"),
    ],
)
def test_the_last_response_s_headers(text: str, status: int, read: dict[str, str]) -> None:
    assert headers.status(lines(text)) == status
    assert headers.read(lines(text)) == read


def test_nothing_at_all() -> None:
    assert headers.status([]) == 0
    assert headers.read([]) == {}


@pytest.mark.parametrize(
    ("said", "fresh"),
    [
        pytest.param({}, None, id="nothing"),
        pytest.param({"cache-control": "max-age=3600"}, HOUR, id="max-age"),
        pytest.param(
            {"cache-control": 'public, Max-Age="3600", s-maxage=9'}, HOUR, id="quoted, and for others too"
        ),
        pytest.param({"cache-control": "s-maxage=3600"}, None, id="for shared caches only"),
        pytest.param(
            {"cache-control": "s-maxage=9", "expires": "Wed, 20 Nov 2024 08:30:00 GMT"}, HOUR, id="likewise"
        ),
        pytest.param({"cache-control": "max-age=3600, max-age=9"}, HOUR, id="the first of two"),
        pytest.param(
            {"cache-control": "max-age=3600", "age": "600"}, timedelta(minutes=50), id="less its age"
        ),
        pytest.param({"cache-control": "max-age=60", "age": "600"}, timedelta(0), id="stale already"),
        pytest.param({"cache-control": "max-age=3600", "age": "-1"}, HOUR, id="an age that is none"),
        pytest.param({"cache-control": "max-age=3600, no-cache"}, timedelta(0), id="no-cache"),
        pytest.param(
            {"cache-control": 'no-cache="set-cookie", max-age=3600'}, HOUR, id="no-cache of one header"
        ),
        pytest.param({"cache-control": "no-store"}, timedelta(0), id="no-store"),
        pytest.param({"cache-control": "max-age=soon"}, timedelta(0), id="no number"),
        pytest.param({"cache-control": "max-age=" + "9" * 40}, timedelta(days=365), id="for ever"),
        pytest.param({"cache-control": "max-age=99999999"}, timedelta(days=365), id="three years"),
        pytest.param({"cache-control": "private"}, None, id="nothing of time"),
        pytest.param(
            {"cache-control": "max-age=9", "expires": DATE}, timedelta(seconds=9), id="max-age comes first"
        ),
        pytest.param(
            {"expires": "Wed, 20 Nov 2024 08:30:00 GMT", "date": DATE}, HOUR, id="Expires less Date"
        ),
        pytest.param(
            {
                "expires": "Wed, 20 Nov 2024 08:30:00 GMT",
                "date": "Wed, 20 Nov 2024 06:30:00 GMT",
                "age": "3600",
            },
            HOUR,
            id="and less its age",
        ),
        pytest.param({"expires": "0"}, timedelta(0), id="Expires: 0"),
        pytest.param({"expires": "Thu, 01 Jan 1970 00:00:00 GMT", "date": DATE}, timedelta(0), id="long ago"),
        pytest.param(
            {"expires": "Fri, 31 Dec 9999 23:59:59 GMT"}, timedelta(days=365), id="at the end of time"
        ),
    ],
)
def test_how_long_it_stays_good(said: dict[str, str], fresh: timedelta | None) -> None:
    assert headers.fresh_for(said, NOW) == fresh


@pytest.mark.parametrize(
    ("said", "validators"),
    [
        ({"etag": 'W/"x"', "last-modified": DATE}, Validators(etag='W/"x"', last_modified=DATE)),
        ({"etag": "x" * 1001, "last-modified": DATE}, Validators(etag="", last_modified=DATE)),
        ({"etag": '"a\rX-Evil: 1"'}, Validators()),
        ({}, Validators()),
    ],
)
def test_validators_are_what_can_be_sent_back(said: dict[str, str], validators: Validators) -> None:
    assert headers.validators(said) == validators
