"""Atom 1.0 (RFC 4287)."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any
from zlib import crc32

from aggregator.model.feed import Credit
from aggregator.render import beside
from aggregator.render.format import Format
from aggregator.render.head import Extension, frame
from aggregator.render.markup import XML_LANG, block, element, looks_like_html, only, parent, words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

    from aggregator.model.feed import Edition, Entry
    from aggregator.model.item import Original, Person

HISTORY = "http://purl.org/syndication/history/1.0"  # RFC 5005
THREADS = "http://purl.org/syndication/thread/1.0"  # RFC 4685
TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"  # RFC 6721


class _Atom(Extension):
    def extend_ns(self) -> dict[str, str]:
        deleted = {"at": TOMBSTONES} if self.edition.deleted else {}
        archive = {"fh": HISTORY} if self.edition.archive else {}
        return {"thr": THREADS, **beside.NAMESPACES, **deleted, **archive}

    def extend_atom(self, element: Any) -> None:
        if self.edition.archive:
            element.append(element.makeelement(f"{{{HISTORY}}}archive"))
        for gone in self.edition.deleted:
            attributes = {"ref": gone.id, "when": gone.at.isoformat()}
            element.append(element.makeelement(f"{{{TOMBSTONES}}}deleted-entry", attributes))


def _frame(edition: Edition) -> tuple[str, str]:
    media_type, _, _ = FORMAT.media_type.partition(";")
    return frame(edition, suffix="atom", media_type=media_type, extension=_Atom, end="</feed>")


def _entry(entry: Entry) -> str:
    return block("entry", _elements(entry), indent="  ", **{XML_LANG: entry.language})


def _elements(entry: Entry) -> Iterator[str]:
    yield element("id", entry.id)
    yield _text("title", entry.title)
    yield element("updated", _instant(entry.updated, entry))
    yield element("published", _instant(entry.published, entry))
    full = entry.content or (entry.summary and beside.has_description(entry))
    if full:
        yield element("content", (entry.content or entry.summary) + entry.foot, type="html")
    if entry.summary:
        yield element("summary", entry.summary if full else entry.summary + entry.foot, type="html")
    elif not entry.content:  # readers want one or the other
        yield element("summary", html.escape(entry.title, quote=False), type="html")
    yield from (_person(author) for author in entry.authors)
    for label in entry.categories:
        yield element("category", term=label.term, scheme=label.scheme, label=label.label)
    yield from _links(entry)
    if entry.rights:
        yield _text("rights", entry.rights)
    described = (file for file in entry.enclosures if not file.enclosed or beside.has_more(file))
    yield from beside.elements(entry, described)
    if entry.original and entry.original.id:
        yield _original(entry.original, entry)
    elif entry.source.id:
        yield _source(entry.source, anonymous=not entry.authors)


def _instant(at: datetime, entry: Entry) -> str:
    """Write an instant of an entry with a fraction of a second that comes from its id.

    Whole seconds leave that open, and so no two entries have the same date, by which some readers tell
    them apart: validators warn of it.
    """
    return at.replace(microsecond=crc32(entry.id.encode()) % 1_000_000).isoformat(timespec="microseconds")


def _text(tag: str, text: str) -> str:
    """Write a plain text; one that looks like HTML is said to be HTML, and escaped (RFC 4287, 3.1.1)."""
    if looks_like_html(text):
        return element(tag, html.escape(text, quote=False), type="html")
    return words(tag, text)


def _person(author: Person) -> str:
    parts = (("name", author.name), ("uri", author.url), ("email", author.email))
    return parent("author", (words(tag, text) for tag, text in parts if text))


def _links(entry: Entry) -> Iterator[str]:
    yield element("link", rel="alternate", href=entry.link)
    for file in entry.enclosures:
        if file.enclosed:
            length = beside.number(file.length)
            yield element(
                "link", rel="enclosure", href=file.url, type=file.type, length=length, title=file.title
            )
    if entry.original and entry.original.id and entry.source.feed_url:
        yield element("link", rel="via", href=entry.source.feed_url, title=entry.source.title)
    for credit in entry.via:
        yield element("link", rel="via", href=credit.link, title=credit.title)
    for link in entry.links:
        yield element("link", rel=link.rel, href=link.url, title=link.title)
    count = beside.number(entry.comments_count)
    if entry.comments:  # RFC 4685, section 4
        counted = {"thr:count": count}
        yield element("link", rel="replies", href=entry.comments, type="text/html", **counted)
    if count:
        yield element("thr:total", count)


def _source(credit: Credit, *, anonymous: bool) -> str:
    """Write whose copy this is, complete (RFC 4287, 4.2.11); it is the author of what nobody signed."""
    children = [
        element("id", credit.id),
        words("title", credit.title),
        element("updated", credit.updated.isoformat()),
    ]
    if anonymous:
        children.append(parent("author", [words("name", credit.title)]))
    if credit.feed_url:
        children.append(element("link", rel="self", href=credit.feed_url))
    if credit.home:
        children.append(element("link", rel="alternate", href=credit.home))
    return parent("source", children)


def _original(original: Original, entry: Entry) -> str:
    """Write the feed that the source has the entry from, as RFC 4287 asks aggregators to keep it."""
    credit = Credit(
        id=original.id,
        title=original.title,
        feed_url=original.feed_url,
        home=original.home,
        link=entry.link,
        updated=entry.source.updated,
    )
    return _source(credit, anonymous=not entry.authors)


def _only(document: bytes, places: Collection[int]) -> bytes:
    return only(document, "entry", places)


FORMAT = Format(
    suffix="atom",
    media_type="application/atom+xml; charset=utf-8",
    frame=_frame,
    entry=_entry,
    only=_only,
)
