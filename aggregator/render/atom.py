"""Atom 1.0 (RFC 4287)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aggregator.render.extension import MEDIA, Extension, add, document
from aggregator.render.format import Format

if TYPE_CHECKING:
    from aggregator.model.feed import Credit, Deleted, Edition, Entry

LANG = "{http://www.w3.org/XML/1998/namespace}lang"


TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"  # RFC 6721


class _Atom(Extension):
    deleted: tuple[Deleted, ...] = ()  #: only on the feed itself

    def extend_ns(self) -> dict[str, str]:
        return {**super().extend_ns(), **({"at": TOMBSTONES} if self.deleted else {})}

    def extend_atom(self, element: Any) -> None:
        entry = self.entry
        if entry is None:
            for gone in self.deleted:
                add(element, f"{{{TOMBSTONES}}}deleted-entry", ref=gone.id, when=gone.at.isoformat())
            return
        if entry.language:
            element.set(LANG, entry.language)
        for author in entry.authors:
            person = add(element, "author")
            for tag, value in (("name", author.name), ("uri", author.url), ("email", author.email)):
                if value:
                    add(person, tag, value)
        _links(element, entry)
        if entry.image:
            add(element, f"{{{MEDIA}}}thumbnail", url=entry.image)
        if entry.source.id:
            _source(element, entry.source, anonymous=not entry.authors)


def _links(element: Any, entry: Entry) -> None:
    element.find("link").set("rel", "alternate")  # feedgen loses it, and not every reader knows the default
    for enclosure in entry.enclosures:
        length = "" if enclosure.length is None else str(enclosure.length)
        add(element, "link", rel="enclosure", href=enclosure.url, type=enclosure.type, length=length)
    for credit in entry.via:
        add(element, "link", rel="via", href=credit.link, title=credit.title)
    if entry.comments:
        add(element, "link", rel="replies", href=entry.comments, type="text/html")  # RFC 4685, section 4


def _source(element: Any, credit: Credit, *, anonymous: bool) -> None:
    """Write whose copy this is, complete (RFC 4287, 4.2.11); it is the author of what nobody signed."""
    source = add(element, "source")
    add(source, "id", credit.id)
    add(source, "title", credit.title)
    add(source, "updated", credit.updated.isoformat())
    if anonymous:
        add(add(source, "author"), "name", credit.title)
    if credit.feed_url:
        add(source, "link", rel="self", href=credit.feed_url)
    if credit.home:
        add(source, "link", rel="alternate", href=credit.home)


def write(edition: Edition) -> bytes:
    """Return a printable edition as an Atom document."""
    feed = document(edition, suffix="atom", media_type="application/atom+xml", extension=_Atom)
    feed.ours.deleted = edition.deleted
    return bytes(feed.atom_str(pretty=True))


FORMAT = Format(suffix="atom", media_type="application/atom+xml; charset=utf-8", write=write)
