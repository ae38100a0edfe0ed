"""Say where we may connect: to public addresses, and to those that the operator allows.

A feed's address is a stranger's wish. Without a guard it could name the machine's own
services, the cloud's metadata address or the office network (server-side request forgery).
The check is made on the very address that is about to be connected to, so no name that
resolves otherwise a moment later gets around it.
"""

from __future__ import annotations

import socket
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

Network: TypeAlias = IPv4Network | IPv6Network

#: Not public (IANA's registries of special-purpose addresses). Written out, because what ``ipaddress`` calls
#: global differs between versions of Python, and 3.11 lets several of these through.
SPECIAL = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "3fff::/20",
    )
)
#: All of IPv6 that is given out to be connected to; outside is the link-local, private, multicast, reserved.
UNICAST = ip_network("2000::/3")
#: IPv6 that carries an IPv4 address in its last 32 bits, mapped (RFC 4291, 2.5.5.2) or translated (RFC 6052,
#: RFC 8215): judged by that one.
CARRIERS = tuple(ip_network(network) for network in ("::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48"))


class _Range(NamedTuple):
    """A network as numbers."""

    version: int
    mask: int
    value: int


@lru_cache(maxsize=4096)
def allowed(address: str, exceptions: tuple[Network, ...] = ()) -> bool:
    """Tell whether we may connect to ``address`` (an IP address as text, as the resolver gave it)."""
    try:
        if ":" in address:
            version, number = 6, _number(socket.AF_INET6, address.partition("%")[0])
        else:
            version, number = 4, _number(socket.AF_INET, address)
    except (OSError, ValueError):
        return False
    if exceptions and _within(version, number, _ranges(exceptions)):
        return True
    if _within(version, number, _CARRIERS):
        version, number = 4, number & 0xFFFFFFFF
        if exceptions and _within(version, number, _ranges(exceptions)):
            return True
    if version == 6 and not _within(version, number, _UNICAST):  # noqa: PLR2004 # IPv6
        return False
    return not _within(version, number, _SPECIAL)


def excepted(address: str, exceptions: tuple[Network, ...]) -> bool:
    """Tell whether ``address`` (as above) is in one of the networks that the operator lists."""
    return any(ip_address(address.partition("%")[0]) in network for network in exceptions)


def _number(family: int, address: str) -> int:
    return int.from_bytes(socket.inet_pton(family, address), "big")


def _within(version: int, number: int, ranges: Sequence[_Range]) -> bool:
    return any(found == version and number & mask == value for found, mask, value in ranges)


@lru_cache(maxsize=16)
def _ranges(networks: tuple[Network, ...]) -> list[_Range]:
    return [_Range(net.version, int(net.netmask), int(net.network_address)) for net in networks]


_SPECIAL, _UNICAST, _CARRIERS = _ranges(SPECIAL), _ranges((UNICAST,)), _ranges(CARRIERS)
