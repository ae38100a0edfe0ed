"""RSS 2.0 (https://www.rssboard.org/rss-specification), with content, dc, media and atom elements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aggregator.render.extension import MEDIA, Extension, add, document
from aggregator.render.format import Format
from aggregator.render.printable import UNKNOWN_TYPE

if TYPE_CHECKING:
    from aggregator.model.feed import Edition

ATOM = "http://www.w3.org/2005/Atom"
DC = "http://purl.org/dc/elements/1.1/"


class _Rss(Extension):
    def extend_ns(self) -> dict[str, str]:
        return {"media": MEDIA, "dc": DC}

    def extend_rss(self, element: Any) -> None:
        entry = self.entry
        if entry is None:
            return
        for author in entry.authors:  # <author> would have to be an e-mail address
            add(element, f"{{{DC}}}creator", author.name)
        for place, enclosure in enumerate(entry.enclosures):
            length = "" if enclosure.length is None else str(enclosure.length)
            kind = enclosure.type or UNKNOWN_TYPE
            if place == 0:  # RSS allows one
                add(element, "enclosure", url=enclosure.url, length=length or "0", type=kind)
            else:
                add(element, f"{{{MEDIA}}}content", url=enclosure.url, fileSize=length, type=kind)
        if entry.image:
            add(element, f"{{{MEDIA}}}thumbnail", url=entry.image)
        if entry.source.feed_url:
            add(element, "source", entry.source.title, url=entry.source.feed_url)
        for credit in entry.via:
            add(element, f"{{{ATOM}}}link", rel="via", href=credit.link, title=credit.title)
        add(element, f"{{{ATOM}}}updated", entry.updated.isoformat())
        if entry.language:
            add(element, f"{{{DC}}}language", entry.language)
        if entry.rights:
            add(element, f"{{{DC}}}rights", entry.rights)


def write(edition: Edition) -> bytes:
    """Return a printable edition as an RSS document."""
    feed = document(edition, suffix="rss", media_type="application/rss+xml", extension=_Rss)
    return bytes(feed.rss_str(pretty=True))


FORMAT = Format(suffix="rss", media_type="application/rss+xml; charset=utf-8", write=write)
