"""Which addresses the site has whose answers can be kept as files: those it begins with, and where they lead.

What a page or a feed of ours links to is found in it. So an address that is added to the site, and linked,
is among these without being named here.
"""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree as ET

from aggregator.rules.ids import slug
from aggregator.web.feeds import FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aggregator.model.feed import Feed, Site
    from aggregator.model.source import Category

_ATOM = "{http://www.w3.org/2005/Atom}"
_KEPT = re.compile(rf"/(feeds/.+\.({'|'.join(FORMATS)})|feeds\.opml|c/[^/]+/|items/[^/]+|assets/[^/]+|)")
_REFERENCE = re.compile(r'\s(?:href|src)="([^"]*)"')


class Addresses:
    """The decoded paths of a site, without the path of its base address."""

    def __init__(self, *, site: Site, categories: Sequence[Category], feeds: Sequence[Feed]) -> None:
        base = urlsplit(site.base_url)
        self._root = base.path.rstrip("/")
        self._origin = f"{base.scheme}://{base.netloc}"
        self._absolute = re.compile(re.escape(site.base_url) + r"""/[^\s"'<>\\]*""")
        self._categories = categories
        self._feeds = feeds

    def first(self) -> Iterator[str]:
        """Yield the addresses that no other has to lead to: every feed in every format, lists, pages."""
        for feed in self._feeds:
            yield from (f"/feeds/{feed.name}.{suffix}" for suffix in FORMATS)
        yield "/feeds.opml"
        yield "/"
        yield from (f"/c/{category.id}/" for category in self._categories)

    def linked(self, path: str, body: bytes) -> Iterator[str]:
        """Yield where the document that ``path`` answered with leads: addresses of ours, some of them twice.

        A feed leads to the pages of its stories, too, which it does not name. What an address answers with
        only where something is asked (``?before=…``), and what says how the service is, is left out.
        """
        text = body.decode("utf-8", "replace")
        references = self._absolute.findall(text)
        if not path.startswith(("/feeds/", "/assets/")):
            references += _REFERENCE.findall(text)
        for reference in references:
            found = self._path(unescape(reference))
            if _KEPT.fullmatch(found):
                yield found
        if path.endswith(".atom"):
            entries = ET.fromstring(body).iter(f"{_ATOM}entry")  # noqa: S314 # we wrote it
            yield from (f"/items/{slug(entry.findtext(f'{_ATOM}id', ''))}" for entry in entries)

    def _path(self, reference: str) -> str:
        """Return the path that ``reference`` names, as the service is asked for it; "": none of ours."""
        path, _, query = reference.partition("#")[0].removeprefix(self._origin).partition("?")
        if not path.startswith(f"{self._root}/"):
            return ""
        path = unquote(path.removeprefix(self._root))
        return (
            path if not query or path.startswith("/assets/") else ""
        )  # there it only makes caches look anew
