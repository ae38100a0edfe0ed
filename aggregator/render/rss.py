"""RSS 2.0 (https://www.rssboard.org/rss-specification), with content, dc, media and atom elements."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from aggregator.render import beside
from aggregator.render.format import Format
from aggregator.render.head import Extension, frame, past
from aggregator.render.markup import KEPT, block, element, escape_plain, only, parent
from aggregator.render.printable import UNKNOWN_TYPE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

    from aggregator.model.feed import Edition, Entry


ATOM = "http://www.w3.org/2005/Atom"


class _Rss(Extension):
    def extend_ns(self) -> dict[str, str]:
        return {
            "content": "http://purl.org/rss/1.0/modules/content/",
            "dc": "http://purl.org/dc/elements/1.1/",
            "slash": "http://purl.org/rss/1.0/modules/slash/",
            **beside.NAMESPACES,
        }

    def extend_rss(self, element: Any) -> None:
        channel = element.find("channel")
        for rel, href in past(self.edition):
            attributes = {"rel": rel, "href": href, "type": "application/atom+xml"}
            channel.append(channel.makeelement(f"{{{ATOM}}}link", attributes))


def _frame(edition: Edition) -> tuple[str, str]:
    media_type, _, _ = FORMAT.media_type.partition(";")
    return frame(edition, suffix="rss", media_type=media_type, extension=_Rss, end="  </channel>")


def _item(entry: Entry) -> bytes:
    return block("item", _elements(entry), indent="    ").encode()


def _elements(entry: Entry) -> Iterator[str]:
    yield parent("title", [escape_plain(entry.title)])
    yield element("link", entry.link)
    full = entry.summary and (entry.content or beside.has_description(entry))
    if text := entry.summary or entry.content:  # some readers know no other text
        yield element("description", text if full else text + entry.foot)
    if full:
        yield element("content:encoded", (entry.content or entry.summary) + entry.foot)
    yield element("guid", entry.id, isPermaLink="true" if entry.id == entry.link else "false")
    yield from (_named("category", label.label, "domain", label.scheme) for label in entry.categories)
    yield element("pubDate", _date(entry.published))
    yield element("atom:updated", entry.updated.isoformat())
    for author in entry.authors:  # <author> would have to be an e-mail address
        yield element("dc:creator", author.name)
    first = next((file for file in entry.enclosures if file.enclosed), None)  # RSS allows one
    if first:
        kind = first.type or UNKNOWN_TYPE
        yield element("enclosure", url=first.url, length=beside.number(first.length or 0), type=kind)
    described = (file for file in entry.enclosures if file is not first or beside.has_more(file))
    yield from beside.elements(entry, described)
    yield from _credits(entry)
    yield from (element(tag, text) for tag, text in _facts(entry) if text)
    if entry.rights:
        yield parent("dc:rights", [escape_plain(entry.rights)])


@lru_cache(maxsize=KEPT)
def _named(tag: str, name: str, attribute: str, address: str) -> str:
    return parent(tag, [escape_plain(name)], **{attribute: address})


def _date(at: datetime) -> str:
    """Write an instant in UTC as RFC 822 has it; ``format_datetime`` does so, too, in five times the time."""
    day, month, date, clock, year = at.ctime().split()  # in English, whatever the locale
    return f"{day}, {date:0>2} {month} {year} {clock} +0000"


def _credits(entry: Entry) -> Iterator[str]:
    original, source = entry.original, entry.source
    if original and (address := original.feed_url or original.home):
        yield _named("source", original.title, "url", address)
        if source.feed_url:
            yield element("atom:link", rel="via", href=source.feed_url, title=source.title)
    elif source.feed_url:
        yield _named("source", source.title, "url", source.feed_url)
    for credit in entry.via:
        yield element("atom:link", rel="via", href=credit.link, title=credit.title)
    for link in entry.links:
        yield element("atom:link", rel=link.rel, href=link.url, title=link.title)


def _facts(entry: Entry) -> Iterator[tuple[str, str]]:
    yield "comments", entry.comments
    yield "slash:comments", beside.number(entry.comments_count)
    yield "dc:language", entry.language


def _only(document: bytes, places: Collection[int]) -> bytes:
    return only(document, "item", places)


FORMAT = Format(
    suffix="rss",
    media_type="application/rss+xml; charset=utf-8",
    frame=_frame,
    entry=_item,
    only=_only,
)
