"""Where we may connect."""

from __future__ import annotations

from contextlib import closing
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, Any

import pycurl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.fetch.client import CurlFetcher
from aggregator.fetch.guard import allowed, excepted
from aggregator.fetch.limits import Limits
from aggregator.fetch.wire import Wire
from aggregator.model.fetch import Failed, Fetched, Outcome
from tests.fetch.raw import RawServer, ask
from tests.making import NOW

if TYPE_CHECKING:
    from collections.abc import Callable


def strictly(url: str) -> Outcome:
    """Return what becomes of a request by a client without exceptions."""
    with closing(CurlFetcher(Limits(), lambda: NOW)) as strict:
        return ask(strict, url)


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1", "103.10.66.1", "172.15.255.255", "172.32.0.0", "192.0.1.1",
        "198.17.255.255", "223.255.255.255",
        "2606:4700::1111", "2a00:1450::1", "2001:4860:4860::8888",
        "::ffff:1.1.1.1", "64:ff9b::101:101", "64:ff9b:1::101:101",
    ],
)  # fmt: skip
def test_public_addresses_are_allowed(address: str) -> None:
    assert allowed(address)


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("127.0.0.1", id="loopback"),
        pytest.param("127.8.8.8", id="all of loopback"),
        pytest.param("0.0.0.0", id="this host"),
        pytest.param("0.1.2.3", id="this network"),
        pytest.param("10.0.0.1", id="private 10"),
        pytest.param("172.16.0.1", id="private 172, first"),
        pytest.param("172.31.255.255", id="private 172, last"),
        pytest.param("192.168.1.1", id="private 192"),
        pytest.param("100.64.0.1", id="shared by a provider's customers"),
        pytest.param("169.254.1.1", id="link-local"),
        pytest.param("169.254.169.254", id="the cloud's metadata"),
        pytest.param("100.100.100.200", id="another cloud's metadata"),
        pytest.param("fd00:ec2::254", id="the cloud's metadata in IPv6"),
        pytest.param("192.0.0.8", id="protocol assignments"),
        pytest.param("192.0.0.9", id="of those, one that is called global"),
        pytest.param("192.0.2.1", id="documentation 1"),
        pytest.param("198.51.100.1", id="documentation 2"),
        pytest.param("203.0.113.1", id="documentation 3"),
        pytest.param("192.88.99.1", id="6to4 relay"),
        pytest.param("198.18.0.1", id="benchmarks, first"),
        pytest.param("198.19.255.255", id="benchmarks, last"),
        pytest.param("224.0.0.1", id="multicast"),
        pytest.param("239.255.255.250", id="multicast, discovery"),
        pytest.param("240.0.0.1", id="reserved"),
        pytest.param("255.255.255.255", id="broadcast"),
        pytest.param("::", id="unspecified"),
        pytest.param("::1", id="IPv6 loopback"),
        pytest.param("::7f00:1", id="compatible loopback"),
        pytest.param("::101:101", id="compatible, whatever it carries"),
        pytest.param("fe80::1", id="IPv6 link-local"),
        pytest.param("fe80::1%eth0", id="with its zone"),
        pytest.param("fec0::1", id="site-local"),
        pytest.param("fc00::1", id="unique local"),
        pytest.param("fd12::1", id="unique local, in use"),
        pytest.param("ff02::1", id="IPv6 multicast"),
        pytest.param("100::1", id="discarded"),
        pytest.param("2001::1", id="Teredo"),
        pytest.param("2001:db8::1", id="IPv6 documentation"),
        pytest.param("3fff::1", id="IPv6 documentation, newer"),
        pytest.param("2002:7f00:1::", id="6to4 of loopback"),
        pytest.param("2002:101:101::", id="6to4 of anything"),
        pytest.param("5f00::1", id="segment routing"),
        pytest.param("4000::1", id="not given out"),
        pytest.param("::ffff:127.0.0.1", id="mapped loopback"),
        pytest.param("::ffff:7f00:1", id="mapped loopback in hexadecimal"),
        pytest.param("::ffff:169.254.169.254", id="mapped metadata"),
        pytest.param("::ffff:0:127.0.0.1", id="translated the old way"),
        pytest.param("64:ff9b::7f00:1", id="NAT64 of loopback"),
        pytest.param("64:ff9b::a9fe:a9fe", id="NAT64 of the metadata"),
        pytest.param("64:ff9b:1::a00:1", id="local NAT64 of a private address"),
        pytest.param("64:ff9b:1:ffff::7f00:1", id="local NAT64 with its own middle"),
        pytest.param("64:ff9b:1::101:101x", id="no address"),
        pytest.param("127.1", id="short, which only a resolver may read"),
        pytest.param("2130706433", id="decimal, likewise"),
        pytest.param("1.1.1.1\0", id="with a zero byte"),
        pytest.param("nonsense", id="a word"),
        pytest.param("", id="nothing"),
    ],
)  # fmt: skip
def test_everything_else_is_refused(address: str) -> None:
    assert not allowed(address)


@given(st.ip_addresses(v=4) | st.ip_addresses(v=6))
def test_nothing_is_allowed_that_the_standard_library_knows_better(
    address: IPv4Address | IPv6Address,
) -> None:
    if allowed(str(address)):
        assert address.is_global or address in ip_network("64:ff9b:1::/48")
        assert not address.is_multicast


def test_what_the_operator_lists_is_an_exception_public_or_not() -> None:
    listed = (ip_network("10.0.0.0/8"), ip_network("1.1.1.0/24"), ip_network("fe80::/10"))
    for address in ("10.1.1.1", "1.1.1.1", "fe80::1%eth0"):
        assert excepted(address, listed)
    for address in ("11.1.1.1", "8.8.8.8", "::1"):
        assert not excepted(address, listed)
    assert not excepted("10.1.1.1", ())


def test_the_operator_s_exceptions_hold_for_mapped_addresses_too() -> None:
    office = (ip_network("10.1.0.0/16"), ip_network("fd12::/16"))
    assert allowed("10.1.2.3", office)
    assert allowed("::ffff:10.1.2.3", office)
    assert allowed("64:ff9b::10.1.2.3", office)
    assert allowed("fd12::5", office)
    assert not allowed("10.2.0.1", office)
    assert not allowed("127.0.0.1", office)
    assert not allowed("::1", office)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "localhost", "LOCALHOST", "localhost.", "2130706433", "0x7f000001", "0x7F.0.0.1",
        "0177.0.0.1",
        "017700000001", "127.1", "127.0.1", "0", "0.0.0.0", "127%2e0.0.1", "%31%32%37.0.0.1",
        "[::1]", "[0:0:0:0:0:0:0:1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "\u2460\u2461\u2466.0.0.1",  # circled digits
        "127\u30020\u30020\u30021",  # ideographic full stops
    ],
)  # fmt: skip
def test_no_spelling_of_loopback_gets_through(server: RawServer, host: str) -> None:
    outcome = strictly(server.url("/").replace("127.0.0.1", host))
    assert isinstance(outcome, Failed)
    assert "is not a public address" in outcome.error or "not a usable address" in outcome.error
    assert server.heads == []


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://[fd00:ec2::254]/latest/meta-data/",
        "http://10.0.0.1:6379/",
        "https://192.168.0.1:8443/",
        "http://public.example@10.0.0.1/",
        "http://10.0.0.1#@public.example/",
        "http://10.0.0.1\\@public.example/",
    ],
)
def test_no_inner_address_is_asked_by_any_port_or_disguise(url: str) -> None:
    outcome = strictly(url)
    assert isinstance(outcome, Failed)
    assert "is not a public address" in outcome.error or "does not resolve" in outcome.error


@pytest.mark.parametrize(
    "target",
    ["http://10.0.0.1/", "//10.0.0.1/", "http://0xa000001/", "https://[::ffff:10.0.0.1]/", "http://10.1:22/"],
)
def test_a_redirect_to_a_private_address_is_refused(
    server: RawServer, fetcher: CurlFetcher, target: str
) -> None:
    url = server.say("/", b"", f"Location: {target}", status="302 Found")
    outcome = ask(fetcher, url)
    assert isinstance(outcome, Failed)
    assert "10.0.0.1 is not a public address" in outcome.error


class Resolving:
    """Names that resolve as a test wants it, for all clients made meanwhile."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.names: dict[str, list[str]] = {}
        set_up: Callable[..., None] = Wire._set_up
        names = self.names

        def known(wire: Wire, share: Any) -> None:
            set_up(wire, share)
            wire.handle.setopt(
                pycurl.RESOLVE, [f"{host}:{','.join(addresses)}" for host, addresses in names.items()]
            )

        monkeypatch.setattr(Wire, "_set_up", known)


@pytest.fixture
def resolving(monkeypatch: pytest.MonkeyPatch) -> Resolving:
    return Resolving(monkeypatch)


def test_of_several_addresses_only_the_good_ones_are_used(
    server: RawServer, fetcher: CurlFetcher, resolving: Resolving
) -> None:
    port = server.host.partition(":")[2]
    resolving.names[f"mixed.example:{port}"] = ["10.0.0.1", "169.254.169.254", "127.0.0.1"]
    server.say("/", b"ok")
    outcome = ask(fetcher, f"http://mixed.example:{port}/")
    assert isinstance(outcome, Fetched)
    assert outcome.body == b"ok"


def test_a_name_with_inner_addresses_only_is_refused(resolving: Resolving) -> None:
    resolving.names["inner.example:80"] = ["10.0.0.1", "127.0.0.1"]
    outcome = strictly("http://inner.example/")
    assert isinstance(outcome, Failed)
    assert "is not a public address" in outcome.error


def test_where_a_good_address_does_not_answer_the_bad_one_is_not_named(
    fetcher: CurlFetcher, resolving: Resolving
) -> None:
    resolving.names["half.example:1"] = ["10.0.0.1", "127.0.0.1"]
    outcome = ask(fetcher, "http://half.example:1/")
    assert isinstance(outcome, Failed)
    assert "10.0.0.1" not in outcome.error


def test_the_address_that_is_checked_is_the_one_that_is_connected_to(
    server: RawServer, fetcher: CurlFetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No name is looked up between the check and the connect: what is checked is a number."""
    checked = []

    def note(address: str, exceptions: Any = ()) -> bool:
        checked.append(address)
        return allowed(address, exceptions)

    monkeypatch.setattr("aggregator.fetch.wire.allowed", note)
    assert isinstance(ask(fetcher, server.say("/", b"ok").replace("127.0.0.1", "localhost")), Fetched)
    assert all(ip_address(address).is_loopback for address in checked)
    assert checked


def test_a_proxy_in_the_environment_is_not_used(
    server: RawServer, fetcher: CurlFetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTPS_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert isinstance(ask(fetcher, server.say("/", b"ok")), Fetched)
