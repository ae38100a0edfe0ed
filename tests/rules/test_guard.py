"""Where we may connect."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.rules.guard import allowed, excepted


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
