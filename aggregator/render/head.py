"""What stands before and after a feed's entries, written by feedgen, and mended (decision 9).

Left alone, feedgen 1.0 stamps the time of rendering on every date that is not set and switches the
locale of the whole process whenever it writes a date for RSS. ``frame`` sets what must be set; an
``Extension`` declares the namespaces of our entries and adds what feedgen cannot write.
"""

from __future__ import annotations

from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aggregator.model.feed import Edition

GENERATOR = "aggregator"  # without a version: an upgrade alone changes no feed


class Extension:
    """What a format adds to feedgen's document; feedgen makes one for each feed."""

    edition: Edition

    def extend_ns(self) -> dict[str, str]:
        """Return the namespaces that the feed and its entries use, by prefix."""
        return {}

    def extend_rss(self, element: Any) -> None:
        """Add to ``<rss>``, in whose ``<channel>`` feedgen's own elements stand already."""

    def extend_atom(self, element: Any) -> None:
        """Add to ``<feed>``, in which feedgen's own elements stand already."""


def past(edition: Edition) -> Iterator[tuple[str, str]]:
    """Yield relation and address of the Atom documents of the feed's past, and the way back (RFC 5005, 4)."""
    if edition.archive:
        yield "current", edition.current("atom")
    if older := edition.older("atom"):
        yield "prev-archive", older


def frame(
    edition: Edition, *, suffix: str, media_type: str, extension: type[Extension], end: str
) -> tuple[str, str]:
    """Return what stands before and after the entries of a printable edition.

    Args:
        edition: what to describe; its entries are not looked at.
        suffix: of the format, ``rss`` or ``atom``.
        media_type: of the same, without parameters.
        extension: adds what feedgen lacks in that format.
        end: the tag before which entries stand, on a line of its own.
    """
    import feedgen.feed  # noqa: PLC0415 - takes 60 ms, which only those who render should pay

    # feedgen's own calls setlocale() twice a date: other threads would see it, and could make it stay.
    feedgen.feed.formatRFC2822 = format_datetime

    feed = feedgen.feed.FeedGenerator()
    feed.register_extension("ours", extension)
    feed.ours.edition = edition
    feed.id(edition.id)
    feed.title(edition.feed.title)
    feed.description(edition.feed.description)
    feed.link(href=edition.url(suffix), rel="self", type=media_type)
    if suffix == "atom":
        for rel, href in past(edition):
            feed.link(href=href, rel=rel, type=media_type)
    feed.link(href=edition.home, rel="alternate", type="text/html")  # the last one is the channel's <link>
    feed.language(edition.site.language)
    feed.updated(edition.updated)
    feed.author(name=edition.site.title)  # for entries that name nobody (RFC 4287, 4.1.2)
    feed.generator(GENERATOR)
    document: bytes = feed.rss_str(pretty=True) if suffix == "rss" else feed.atom_str(pretty=True)
    before, tag, after = document.decode().rpartition(end)
    # Plain texts, which some readers take for HTML (best-practices profile, character data).
    return before.replace("&amp;", "&#x26;").replace("&lt;", "&#x3C;"), tag + after
