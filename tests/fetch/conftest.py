"""A client that may connect to loopback, and a server there."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from ipaddress import ip_network
from typing import TYPE_CHECKING

import pytest

from aggregator.fetch.client import CurlFetcher
from aggregator.fetch.limits import Limits
from tests.fetch.raw import RawServer
from tests.making import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator

LOOPBACK = (ip_network("127.0.0.0/8"),)


@pytest.fixture
def server() -> Iterator[RawServer]:
    with closing(RawServer()) as running:
        yield running


@pytest.fixture
def fetcher() -> Iterator[CurlFetcher]:
    limits = Limits(
        allow_private_networks=LOOPBACK,
        timeout=timedelta(seconds=5),
        max_bytes=100_000,
        user_agent="aggregator/test",
    )
    with closing(CurlFetcher(limits, lambda: NOW)) as made:
        yield made
