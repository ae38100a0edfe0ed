"""Where we may connect."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from aggregator.fetch.client import CurlFetcher
from aggregator.fetch.guard import allowed
from aggregator.fetch.limits import Limits
from aggregator.model.fetch import Failed, Fetched
from tests.fetch.raw import RawServer, ask
from tests.making import NOW


@pytest.mark.parametrize(
    "address",
    ["1.1.1.1", "103.10.66.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101", "192.0.1.1"],
)
def test_public_addresses_are_allowed(address: str) -> None:
    assert allowed(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "0.0.0.0", "224.0.0.1", "239.255.255.250", "255.255.255.255", "240.0.0.1", "192.0.0.8", "192.0.2.1",
        "192.88.99.1", "198.18.0.1", "198.51.100.1", "203.0.113.1",
        "::1", "::", "::7f00:1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "fec0::1", "ff02::1",
        "2001:db8::1", "2002:7f00:1::", "3fff::1", "5f00::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254",
        "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::a00:1", "64:ff9b:1::101:101x", "nonsense", "",
    ],
)  # fmt: skip
def test_everything_else_is_refused(address: str) -> None:
    assert not allowed(address)


def test_the_operator_s_exceptions_hold_for_mapped_addresses_too() -> None:
    office = (ip_network("10.1.0.0/16"), ip_network("fd12::/16"))
    assert allowed("10.1.2.3", office)
    assert allowed("::ffff:10.1.2.3", office)
    assert allowed("fd12::5", office)
    assert not allowed("10.2.0.1", office)
    assert not allowed("127.0.0.1", office)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
    ],
)
def test_no_spelling_of_loopback_gets_through(server: RawServer, host: str) -> None:
    url = server.say("/", b"secret")
    strict = CurlFetcher(Limits(), lambda: NOW)
    outcome = ask(strict, url.replace("127.0.0.1", host))
    strict.close()
    assert isinstance(outcome, Failed)
    assert "is not a public address" in outcome.error
    assert server.heads == []


def test_a_redirect_to_a_private_address_is_refused(server: RawServer, fetcher: CurlFetcher) -> None:
    url = server.say("/", b"", "Location: http://10.0.0.1/", status="302 Found")
    outcome = ask(fetcher, url)
    assert isinstance(outcome, Failed)
    assert "10.0.0.1 is not a public address" in outcome.error


def test_a_proxy_in_the_environment_is_not_used(
    server: RawServer, fetcher: CurlFetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert isinstance(ask(fetcher, server.say("/", b"ok")), Fetched)
