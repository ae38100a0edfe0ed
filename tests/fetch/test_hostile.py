"""The client against a server that does whatever strangers' servers do."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from aggregator.fetch.client import CurlFetcher
from aggregator.fetch.limits import Limits
from aggregator.model.fetch import Failed, Fetched
from tests.fetch.conftest import LOOPBACK
from tests.fetch.hostile import HostileServer, Row, matches
from tests.fetch.hostile_answers import ANSWERS
from tests.fetch.hostile_documents import DOCUMENTS
from tests.fetch.hostile_wire import WIRE
from tests.fetch.raw import ask
from tests.making import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator

ROWS = (*WIRE, *ANSWERS, *DOCUMENTS)


@pytest.fixture(scope="module")
def hostile() -> Iterator[HostileServer]:
    with closing(HostileServer(ROWS)) as running:
        yield running


@pytest.fixture(scope="module")
def authorities(hostile: HostileServer, tmp_path_factory: pytest.TempPathFactory) -> str:
    return hostile.trust(tmp_path_factory.mktemp("authority"))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_whatever_a_server_does(hostile: HostileServer, authorities: str, row: Row) -> None:
    limits = Limits(
        allow_private_networks=LOOPBACK,
        timeout=timedelta(seconds=0.3 if row.slow else 30),
        user_agent="aggregator/test",
        authorities=authorities,
    )
    with closing(CurlFetcher(limits, lambda: NOW)) as fetcher:
        outcome = ask(fetcher, hostile.url(row, user=row.user), validators=row.validators)
    then = row.then
    assert isinstance(outcome, then.client), outcome
    if isinstance(outcome, Failed):
        assert outcome.error
        assert matches(then.words, outcome.error), outcome.error
        assert outcome.retry_after == then.retry_after
    elif isinstance(outcome, Fetched):
        assert outcome.moved_to == (then.moved_to and hostile.url(row).rstrip("/") + then.moved_to)
        assert (then.items is not None) <= (0 < len(outcome.body) <= limits.max_bytes)
    assert not [head for head in hostile.heads[row.name] if row.never and matches(row.never, head)]


def test_a_drip_is_cut_by_its_pace_long_before_its_time(
    hostile: HostileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aggregator.fetch.wire.SLOWEST_SECONDS", 1)
    limits = Limits(allow_private_networks=LOOPBACK, timeout=timedelta(days=1))
    [drip] = [row for row in ROWS if row.name == "drips-its-body"]
    with closing(CurlFetcher(limits, lambda: NOW)) as fetcher:
        outcome = ask(fetcher, hostile.url(drip))
    assert isinstance(outcome, Failed)
    assert "too slow" in outcome.error


def test_every_row_has_a_name_of_its_own() -> None:
    assert [name for name, count in Counter(row.name for row in ROWS).items() if count > 1] == []
    assert len(ROWS) >= 60
