"""Atom 1.0 (RFC 4287)."""

from __future__ import annotations

import html
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from zlib import crc32

from aggregator.model.feed import Credit
from aggregator.render import beside
from aggregator.render.format import Format
from aggregator.render.head import Extension, frame
from aggregator.render.markup import KEPT, XML_LANG, block, element, looks_like_html, only, parent, words

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


def _entry(entry: Entry) -> bytes:
    return block("entry", _elements(entry), indent="  ", **{XML_LANG: entry.language}).encode()


def _elements(entry: Entry) -> Iterator[str]:
    yield element("id", entry.id)
    yield _text("title", entry.title)
    fraction = crc32(entry.id.encode()) % 1_000_000
    yield f"<updated>{_instant(entry.updated, fraction)}</updated>"
    yield f"<published>{_instant(entry.published, fraction)}</published>"
    full = entry.content or (entry.summary and beside.has_description(entry))
    if full:
        yield element("content", (entry.content or entry.summary) + entry.foot, type="html")
    if entry.summary:
        yield element("summary", entry.summary if full else entry.summary + entry.foot, type="html")
    elif not entry.content:  # readers want one or the other
        yield element("summary", html.escape(entry.title, quote=False), type="html")
    yield from (_person(author) for author in entry.authors)
    yield from (_category(label.term, label.scheme, label.label) for label in entry.categories)
    yield from _links(entry)
    if entry.rights:
        yield _text("rights", entry.rights)
    described = (file for file in entry.enclosures if not file.enclosed or beside.has_more(file))
    yield from beside.elements(entry, described)
    if entry.original and entry.original.id:
        yield _original(entry.original, entry)
    elif entry.source.id:
        yield _source(entry.source, anonymous=not entry.authors)


def _instant(at: datetime, microseconds: int) -> str:
    """Write an instant of an entry, which is in whole seconds, with a fraction that comes from its id.

    Whole seconds leave that open, and so no two entries have the same date, by which some readers tell
    them apart: validators warn of it.
    """
    return f"{at.isoformat()[:-6]}.{microseconds:06}+00:00"


def _text(tag: str, text: str) -> str:
    """Write a plain text; one that looks like HTML is said to be HTML, and escaped (RFC 4287, 3.1.1)."""
    if looks_like_html(text):
        return element(tag, html.escape(text, quote=False), type="html")
    return words(tag, text)


@lru_cache(maxsize=KEPT)
def _category(term: str, scheme: str, label: str) -> str:
    return element("category", term=term, scheme=scheme, label=label)


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
    author = credit.title if anonymous else ""
    before, after = _feed(credit.id, credit.title, author, credit.feed_url, credit.home)
    return parent("source", (before, element("updated", credit.updated.isoformat()), after))


@lru_cache(maxsize=KEPT)
def _feed(name: str, title: str, author: str, feed_url: str, home: str) -> tuple[str, str]:
    """Write what is the same for every entry of a source: what stands before and after its date."""
    after = parent("author", [words("name", author)]) if author else ""
    if feed_url:
        after += element("link", rel="self", href=feed_url)
    if home:
        after += element("link", rel="alternate", href=home)
    return element("id", name) + words("title", title), after


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
