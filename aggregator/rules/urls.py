"""Say when two addresses mean the same document.

The canonical form is for comparison only; what we publish is the publisher's own link.
Query parameters that only count clicks do not tell documents apart; which ones those are
is data (``settings/tracking.yaml``), not code.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

DEFAULT_PORTS = {"http": 80, "https": 443}
# RFC 3986, 2.2 and 2.3: what stands for itself in a path or a query; "%" keeps what is still escaped.
PATH_SAFE = "/%:@!$&'()*+,;=-._~"
#: What most addresses are: nothing in them has to be brought into another form.
SETTLED = re.compile(
    r"https?://([a-z0-9-]+(?:\.[a-z0-9-]+)*)((?:/[\w~!$&'()*+,;=:@-][\w.~!$&'()*+,;=:@-]*)+)/?", re.ASCII
)
ESCAPED = re.compile(r"%[0-9A-Fa-f]{2}")
UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


@dataclass(frozen=True, slots=True)
class Tracking:
    """Names of query parameters that only count clicks: whole names, and prefixes."""

    names: frozenset[str]
    prefixes: tuple[str, ...]

    @classmethod
    def of(cls, patterns: Iterable[str]) -> Tracking:
        """Read patterns such as ``fbclid`` and ``utm_*``."""
        lowered = [pattern.lower() for pattern in patterns]
        return cls(
            frozenset(pattern for pattern in lowered if not pattern.endswith("*")),
            tuple(pattern[:-1] for pattern in lowered if pattern.endswith("*")),
        )

    def also(self, patterns: Iterable[str]) -> Tracking:
        """Return these and those of ``patterns``."""
        more = Tracking.of(patterns)
        return Tracking(self.names | more.names, self.prefixes + more.prefixes)

    def has(self, name: str) -> bool:
        """Tell whether the parameter ``name`` only counts clicks."""
        lowered = name.lower()
        return lowered in self.names or lowered.startswith(self.prefixes)


def canonical(url: str, tracking: Tracking) -> str:
    """Return the comparison form of ``url``, or "" where the address identifies no document.

    Scheme and host lower-cased, http = https, default port, dot segments, trailing slash and
    fragment (not ``#!``) dropped, parameters sorted, tracking parameters removed
    (RFC 3986, 6.2.2 and 6.2.3). A site's front page identifies no document, nor does what is not http.
    """
    if settled := SETTLED.fullmatch(url):
        return f"https://{settled[1]}{settled[2]}"
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return ""
    scheme, host = parts.scheme.lower(), (parts.hostname or "").rstrip(".")
    if scheme not in DEFAULT_PORTS or not host:
        return ""
    if ":" in host:  # an IPv6 literal has lost its brackets
        host = f"[{host}]"
    if port is not None and port != DEFAULT_PORTS[scheme]:
        host = f"{host}:{port}"
    path = without_dots(_settled(parts.path)).rstrip("/")
    query = "&".join(sorted(_telling(parts.query, tracking)))
    fragment = f"#{parts.fragment}" if parts.fragment.startswith("!") else ""
    if not (path or query or fragment):
        return ""
    return f"https://{host}{path}{'?' if query else ''}{query}{fragment}"


def is_front_page(url: str) -> bool:
    """Tell whether ``url`` names a site and nothing in it."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return bool(parts.hostname) and parts.path in ("", "/") and not parts.query


def host_of(url: str) -> str:
    """Return the host of ``url`` without ``www.``, or "" where there is none."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _settled(text: str) -> str:
    """Return ``text`` with one spelling for each escaped character (RFC 3986, 6.2.2.1 and 6.2.2.2)."""

    def one(match: re.Match[str]) -> str:
        character = unquote(match.group())
        return character if character in UNRESERVED else match.group().upper()

    return ESCAPED.sub(one, quote(text, safe=PATH_SAFE, errors="replace"))


def without_dots(path: str) -> str:
    """Return ``path`` with ``.`` and ``..`` carried out (RFC 3986, 5.2.4)."""
    if "/." not in path:
        return path
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            if len(kept) > 1:
                kept.pop()
        elif segment != ".":
            kept.append(segment)
    return "/".join(kept)


def _telling(query: str, tracking: Tracking) -> list[str]:
    """Return the parameters of ``query`` that can tell documents apart."""
    if not query:
        return []
    pairs = (pair for pair in query.split("&") if pair)
    return [_settled(pair) for pair in pairs if not tracking.has(unquote(pair.partition("=")[0]))]
