"""Find the address that an article's page names as its proper one (RFC 6596), where it may be believed.

AMP pages, mobile hosts and the addresses of feed proxies name it. A page can name anything, though: another
site's is not believed, or anybody could have his own story taken for another's.
"""

from __future__ import annotations

from functools import cache
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aggregator.parse.html import absolute

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser

LINKS_MAX = 100  #: of a page that are looked at
_SELECTOR = "link[rel~='canonical' i][href]"


def canonical(tree: LexborHTMLParser, url: str) -> str:
    """Return the canonical address of the page at ``url``, absolute; "" where it names none of its own site.

    A page that names several different ones names none.
    """
    named = {absolute(node.attributes.get("href") or "", url) for node in tree.css(_SELECTOR)[:LINKS_MAX]}
    if len(named) != 1:
        return ""
    [link] = named
    return link if link and _site(link) == _site(url) else ""


def _site(url: str) -> str:
    return registrable(urlsplit(url).hostname or "")


def registrable(host: str) -> str:
    """Return the registrable domain of ``host``: what one owner has; IP addresses as they are."""
    host = host.rstrip(".")
    try:
        return str(ip_address(host))
    except ValueError:
        return _suffixes().privatesuffix(host) or host


@cache
def _suffixes() -> Any:
    from publicsuffixlist import PublicSuffixList  # noqa: PLC0415 # reads its list, which only those who ask pages need

    return PublicSuffixList()
