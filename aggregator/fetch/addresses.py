"""Take an address apart as a request needs it: where to connect, what to ask for, and who asks.

What the operator wrote into an address to log in is found here and goes no further: neither the address
that is asked nor any error carries it.
"""

from __future__ import annotations

import re
from base64 import b64encode
from typing import NamedTuple
from urllib.parse import unquote, urljoin, urlsplit

from aggregator.errors import FetchError

PORTS = {"http": "80", "https": "443"}
_PLAIN = re.compile(r"(https?)://([a-z0-9.-]+(?::[0-9]{1,5})?)(/[!\"$-~]*)?")
_FOREIGN = re.compile(r"[^!-~]+")


class Address(NamedTuple):
    """An http or https address, ready to ask for."""

    url: str  #: ASCII, without user and fragment
    host: str  #: with its port, unless that is the scheme's own; lower case
    origin: str  #: scheme and host
    login: str = ""  #: the Authorization header that its user makes (RFC 7617)


def read(url: str) -> Address:
    """Take ``url`` apart.

    Raises:
        FetchError: it is not an http or https address, or none at all.
    """
    plain = _PLAIN.fullmatch(url)
    if plain:  # as nearly all are: nothing to mend
        host = _bare(*plain.group(1, 2))
        return Address(url, host, f"{plain[1]}://{host}")
    try:
        return _mended(url)
    except ValueError:  # its text may name the user
        raise FetchError("not a usable address") from None


def target(location: str, base: Address) -> Address:
    """Return where a ``Location`` header leads (RFC 9110, 10.2.2). A user that it names is left out.

    Raises:
        FetchError: nowhere, or not to an http or https address.
    """
    try:
        return read(urljoin(base.url, _escaped(location, "latin-1")))._replace(login="")
    except ValueError:  # such as an unclosed [ in the host
        raise FetchError("not a usable address") from None


def _mended(url: str) -> Address:
    parts = urlsplit(url)
    user, _, host = parts.netloc.rpartition("@")
    if parts.scheme not in PORTS or not host:
        foreign = parts.scheme and parts.scheme not in PORTS
        raise FetchError("not an http or https address" if foreign else "not a usable address")
    if not host.isascii():
        name, colon, port = host.partition(":")
        host = f"{name.encode('idna').decode()}{colon}{port}"
    clean = parts._replace(
        netloc=host, path=_escaped(parts.path), query=_escaped(parts.query), fragment=""
    ).geturl()
    login = f"Basic {b64encode(unquote(user).encode()).decode()}" if user else ""
    host = _bare(parts.scheme, host.lower())
    return Address(clean, host, f"{parts.scheme}://{host}", login)


def _bare(scheme: str, host: str) -> str:
    return host.removesuffix(f":{PORTS[scheme]}")


def _escaped(text: str, encoding: str = "utf-8") -> str:
    """Return ``text`` with everything that an address may not hold as it is percent-encoded."""
    return _FOREIGN.sub(
        lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode(encoding, "replace")), text
    )
