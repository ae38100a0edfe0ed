"""OPML 2.0 (https://opml.org/spec2.opml): lists of feeds, for readers to subscribe at once.

Of ours, and of those that we read ourselves.
"""

from __future__ import annotations

import re
from email.utils import format_datetime
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from aggregator.model.feed import Edition
from aggregator.render.printable import clean, worded

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from aggregator.model.feed import Feed, Site
    from aggregator.model.outline import Outline


UNNAMED = "…"  #: a folder whose name has nothing to be seen in it
_AMPERSAND = re.compile(r"&(?=[\w#])")


def opml(site: Site, feeds: Sequence[Feed], *, changed_at: datetime) -> bytes:
    """Return an OPML document that lists ``feeds`` in their order, each by its RSS address.

    Args:
        site: who publishes.
        feeds: what is published.
        changed_at: when the list last changed; aware.
    """
    site, feeds, changed_at = clean((site, tuple(feeds), changed_at))
    document, body = _document(_as_html(site.title) or site.base_url, changed_at)
    for feed in feeds:
        edition = Edition(site=site, feed=feed, id="", updated=changed_at, entries=())  # knows its addresses
        title = _as_html(feed.title) or _as_html(feed.name)
        _subscription(body, title, edition.url("rss"), edition.home)
    return _written(document)


def subscriptions(title: str, outlines: Sequence[Outline], *, changed_at: datetime) -> bytes:
    """Return an OPML document that lists ``outlines`` in their order, those of one folder together.

    Args:
        title: of the list; may be empty.
        outlines: what is subscribed to.
        changed_at: when the list last changed; aware.
    """
    title, outlines, changed_at = clean((title, tuple(outlines), changed_at))
    document, body = _document(_as_html(title) or "Subscriptions", changed_at)
    folders: dict[tuple[str, ...], ET.Element] = {(): body}
    for outline in outlines:
        for depth in range(1, len(outline.folder) + 1):
            if (path := outline.folder[:depth]) not in folders:
                name = _as_html(path[-1]) or UNNAMED
                # No title: with one it needs a type, which no reader expects of a folder.
                folders[path] = ET.SubElement(folders[path[:-1]], "outline", text=name)
        name = _as_html(outline.title) or outline.url
        _subscription(folders[outline.folder], name, outline.url, outline.home)
    return _written(document)


def _document(title: str, changed_at: datetime) -> tuple[ET.Element, ET.Element]:
    """Return a document and its body, with nothing in it yet."""
    document = ET.Element("opml", version="2.0")
    head = ET.SubElement(document, "head")
    ET.SubElement(head, "title").text = title
    ET.SubElement(head, "dateModified").text = format_datetime(changed_at)
    return document, ET.SubElement(document, "body")


def _subscription(around: ET.Element, title: str, url: str, home: str) -> None:
    listed = ET.SubElement(around, "outline", type="rss", text=title, title=title, xmlUrl=url)
    if home:
        listed.set("htmlUrl", home)


def _written(document: ET.Element) -> bytes:
    ET.indent(document)
    return bytes(ET.tostring(document, encoding="utf-8", xml_declaration=True))


def _as_html(title: str) -> str:
    """Return a title as a text of OPML, which may have markup in it; an & by itself needs no escape."""
    return _AMPERSAND.sub("&amp;", worded(title)).replace("<", "&lt;")
