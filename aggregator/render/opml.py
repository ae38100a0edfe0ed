"""OPML 2.0 (https://opml.org/spec2.opml): the list of our feeds, for readers to subscribe at once."""

from __future__ import annotations

import re
from email.utils import format_datetime
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from aggregator.model.feed import Edition
from aggregator.render.printable import clean, plain

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from aggregator.model.feed import Feed, Site


_AMPERSAND = re.compile(r"&(?=[\w#])")


def opml(site: Site, feeds: Sequence[Feed], *, changed_at: datetime) -> bytes:
    """Return an OPML document that lists ``feeds`` in their order, each by its RSS address.

    Args:
        site: who publishes.
        feeds: what is published.
        changed_at: when the list last changed; aware.
    """
    site, feeds, changed_at = clean((site, tuple(feeds), changed_at))
    document = ET.Element("opml", version="2.0")
    head = ET.SubElement(document, "head")
    ET.SubElement(head, "title").text = _as_html(site.title) or site.base_url
    ET.SubElement(head, "dateModified").text = format_datetime(changed_at)
    body = ET.SubElement(document, "body")
    for feed in feeds:
        edition = Edition(site=site, feed=feed, id="", updated=changed_at, entries=())  # knows its addresses
        title = _as_html(feed.title) or _as_html(feed.name)
        ET.SubElement(
            body,
            "outline",
            type="rss",
            text=title,
            title=title,
            xmlUrl=edition.url("rss"),
            htmlUrl=edition.home,
        )
    ET.indent(document)
    return bytes(ET.tostring(document, encoding="utf-8", xml_declaration=True))


def _as_html(title: str) -> str:
    """Return a title as a text of OPML, which may have markup in it; an & by itself needs no escape."""
    return _AMPERSAND.sub("&amp;", plain(title)).replace("<", "&lt;")
