"""Say where we may connect: to public addresses, and to those that the operator allows.

A feed's address is a stranger's wish. Without a guard it could name the machine's own
services, the cloud's metadata address or the office network (server-side request forgery).
The check is made on the very address that is about to be connected to, so no name that
resolves otherwise a moment later gets around it.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

Network: TypeAlias = IPv4Network | IPv6Network
Address: TypeAlias = IPv4Address | IPv6Address

#: Not public, though Python 3.11's ``is_global`` lets them through (IANA special-purpose registries).
SPECIAL = tuple(
    ip_network(network)
    for network in (
        "192.0.0.0/24",
        "192.88.99.0/24",
        "::/96",
        "2002::/16",
        "3fff::/20",
        "5f00::/16",
        "fec0::/10",
    )
)
#: IPv6 that carries an IPv4 address in its last 32 bits (RFC 6052, RFC 8215): judged by that one.
TRANSLATED = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"))


def allowed(address: str, exceptions: Sequence[Network] = ()) -> bool:
    """Tell whether we may connect to ``address`` (an IP address as text, as the resolver gave it)."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    inner = _inner(found)
    if any(candidate in network for network in exceptions for candidate in (found, inner)):
        return True
    return inner.is_global and not inner.is_multicast and not any(inner in network for network in SPECIAL)


def _inner(address: Address) -> Address:
    """Return the address that ``address`` carries, itself if none."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return address.ipv4_mapped
        if any(address in network for network in TRANSLATED):
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address
