"""Write the addresses and ids that sources give so that every reader can use them, or leave them out.

Feeds want complete URLs (RSS 2.0; RFC 3986), which are ASCII; sources also write IRIs, brackets, lone
percent signs, and what is no web address at all.
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import IPv6Address
from urllib.parse import quote, urlsplit, urlunsplit

from aggregator.rules.urls import without_dots

_PLAIN = r"[\w.~:/?@!$&'()*+,;=-]*+"
_CHARACTERS = rf"{_PLAIN}(?:%[0-9A-Fa-f]{{2}}{_PLAIN})*+"
_GOOD = re.compile(
    rf"https?://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?:[/?]{_CHARACTERS})?(?:#{_CHARACTERS})?", re.ASCII
)
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9._-]*[a-z0-9_])?\.?", re.ASCII)
_LONE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ESCAPED = re.compile(r"%[0-9A-Fa-f]{2}")
_KEPT = "/?:@!$&'()*+,;=~%"  # RFC 3986, 2.2 and 3.4; letters, digits and "-._" always are
_UNRESERVED = re.compile(r"[\w.~-]", re.ASCII)
_DEFAULT_PORTS = {"http": 80, "https": 443}
_TAG = re.compile(
    rf"tag:(?:[a-z0-9._-]+@)?[a-z0-9.-]+,\d{{4}}(?:-\d\d(?:-\d\d)?)?:{_CHARACTERS}(?:#{_CHARACTERS})?",
    re.ASCII,
)  # RFC 4151, 2.1
_URN = re.compile(
    r"urn:(?i:uuid:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
    r"|(?!uuid:)[a-z0-9][a-z0-9-]{1,31}:(?:[\w()+,.:=@;$!*'/?#-]|%[0-9a-f]{2})+)",
    re.ASCII,
)  # RFC 8141, 2; RFC 9562, 4


def web(address: str) -> str:
    """Return a complete http or https address in ASCII, "" where ``address`` is none.

    A host's name is written as the DNS knows it, what else must be escaped is; a name and password in
    it are left out, and the port where it is the usual one.
    """
    if not address or _GOOD.fullmatch(address):
        return address
    try:
        parts = urlsplit(address.strip())
        host, port = _host(parts.hostname or ""), parts.port
    except (ValueError, UnicodeError):  # "http://[", a port of letters, a label too long
        return ""
    if parts.scheme not in _DEFAULT_PORTS or not host:
        return ""
    if port is not None and port != _DEFAULT_PORTS[parts.scheme]:
        host = f"{host}:{port}"
    return urlunsplit((parts.scheme, host, *map(_escaped, (parts.path, parts.query, parts.fragment))))


@lru_cache(maxsize=1024)  # of the same few sources again and again
def identity(iri: str) -> str:
    """Return an IRI that names something for ever, in its canonical form, "" where ``iri`` is none.

    That is a tag, a URN, or a web address (RFC 4287, 4.2.6.1; RFC 3986, 6.2.2).
    """
    if _TAG.fullmatch(iri) or _URN.fullmatch(iri):
        return iri
    address = _ESCAPED.sub(_settled, web(iri))
    if not address:
        return ""
    parts = urlsplit(address)
    port = f":{_DEFAULT_PORTS[parts.scheme]}"
    path = without_dots(parts.path) or "/"
    return urlunsplit(parts._replace(netloc=parts.netloc.removesuffix(port), path=path))


def _host(name: str) -> str:
    if ":" in name:
        return f"[{IPv6Address(name)}]"
    if not name.isascii():
        name = name.encode("idna").decode()
    return name if _HOST.fullmatch(name) else ""


def _escaped(part: str) -> str:
    return quote(_LONE_PERCENT.sub("%25", part), safe=_KEPT, errors="replace")


def _settled(escaped: re.Match[str]) -> str:
    character = chr(int(escaped[0][1:], 16))
    return character if _UNRESERVED.fullmatch(character) else escaped[0].upper()
