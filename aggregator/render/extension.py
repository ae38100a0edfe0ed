"""feedgen, mended: what RSS and Atom have in common, and how each adds what feedgen gets wrong.

Left alone, feedgen 1.0 stamps the time of rendering on every date that is not set, puts new entries
first, drops ``rel``, ``type`` and ``length`` from an entry's links, knows one enclosure, writes
``atom:source`` without the id and date that RFC 4287 asks for (4.2.11), and switches the locale of
the whole process whenever it writes a date for RSS. ``document`` sets what must be set; an
``Extension`` writes, from our own entry, the elements that feedgen cannot.
"""

from __future__ import annotations

from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aggregator.model.feed import Edition, Entry

MEDIA = "http://search.yahoo.com/mrss/"
GENERATOR = "aggregator"  # without a version: an upgrade alone changes no feed


class Extension:
    """What a format adds to feedgen's elements; feedgen makes one for the feed and one for each entry."""

    entry: Entry | None = None  #: None on the feed itself

    def extend_ns(self) -> dict[str, str]:
        """Return the namespaces that this extension uses, by prefix."""
        return {"media": MEDIA}

    def extend_rss(self, element: Any) -> None:
        """Add to feedgen's ``<item>`` or ``<channel>``'s parent."""

    def extend_atom(self, element: Any) -> None:
        """Add to feedgen's ``<entry>`` or ``<feed>``."""


def add(parent: Any, tag: str, text: str | None = None, **attributes: str) -> Any:
    """Append an element to ``parent`` and return it; empty attributes are left out."""
    element = parent.makeelement(tag, {name: value for name, value in attributes.items() if value})
    element.text = text
    parent.append(element)
    return element


def document(edition: Edition, *, suffix: str, media_type: str, extension: type[Extension]) -> Any:
    """Return a feedgen ``FeedGenerator`` that holds a printable edition.

    Args:
        edition: what to hold; ``printable`` has seen it.
        suffix: of the format that will be written, for the self link.
        media_type: of the same, without parameters.
        extension: adds what feedgen lacks in that format.
    """
    import feedgen.feed  # noqa: PLC0415 - takes 60 ms, which only those who render should pay

    # feedgen's own calls setlocale() twice a date: other threads would see it, and could make it stay.
    feedgen.feed.formatRFC2822 = feedgen.entry.formatRFC2822 = format_datetime

    feed = feedgen.feed.FeedGenerator()
    feed.register_extension("ours", extension, extension)
    feed.id(edition.id)
    feed.title(edition.feed.title)
    feed.description(edition.feed.description)
    feed.link(href=edition.url(suffix), rel="self", type=media_type)
    feed.link(href=edition.home, rel="alternate", type="text/html")  # the last one is the channel's <link>
    feed.language(edition.site.language)
    feed.updated(edition.updated)
    feed.author(name=edition.site.title)  # for entries that name nobody (RFC 4287, 4.1.2)
    feed.generator(GENERATOR)
    for entry in edition.entries:
        _fill(feed.add_entry(order="append"), entry)
    return feed


def _fill(element: Any, entry: Entry) -> None:
    element.ours.entry = entry
    element.guid(entry.id, permalink=entry.id == entry.link)
    element.title(entry.title)
    element.link(href=entry.link, rel="alternate")
    element.published(entry.published)
    element.updated(entry.updated)
    if entry.summary:
        element.summary(entry.summary, type="html")
    if entry.content:
        element.content(entry.content, type="html")  # feedgen's "CDATA" is no type that Atom knows
    for label in entry.categories:
        element.category(term=label.term, scheme=label.scheme, label=label.label)
    if entry.comments:
        element.comments(entry.comments)
    if entry.rights:
        element.rights(entry.rights)
