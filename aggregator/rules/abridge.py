"""Give an entry as much text as its feed carries, and say whose it is where the feed wants that."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING

from aggregator.model.feed import Extent
from aggregator.rules.phrases import plain

if TYPE_CHECKING:
    from aggregator.model.feed import Entry, Feed, Site

LONGEST_SUMMARY = 500  # characters of text; some sources send the whole text as the summary
TEASER = 300  # characters of a summary that we cut out of the text
SOURCE = {"id": "Sumber", "ms": "Sumber", "jv": "Sumber", "su": "Sumber"}  # by language; others: English


def abridge(entry: Entry, feed: Feed, site: Site) -> Entry:
    """Return ``entry`` as ``feed`` shows it: its text as long as ``extent`` allows, and the source line.

    The line stands at the end of the text that readers see: of the content, else of the summary. An entry
    without any text has none.
    """
    if feed.extent is Extent.NONE:
        return replace(entry, summary="", content="")
    if feed.extent is Extent.SUMMARY:
        entry = replace(entry, summary=_summary(entry), content="")
    if not feed.source_line:
        return entry
    line = source_line(entry, site)
    if entry.content:
        return replace(entry, content=entry.content + line)
    return replace(entry, summary=entry.summary + line) if entry.summary else entry


def source_line(entry: Entry, site: Site) -> str:
    """Return a paragraph that names the source of ``entry``, in its language, and leads to its article."""
    language, _, _ = (entry.language or site.language).lower().partition("-")
    name, link = escape(entry.source.title), entry.link or entry.source.home
    named = f'<a href="{escape(link)}">{name}</a>' if link else name
    return f"<p>{SOURCE.get(language, 'Source')}: {named}</p>"


def _summary(entry: Entry) -> str:
    """Return the summary that the source sent; the beginning of the text where it is missing or too long."""
    text = " ".join(plain(entry.summary or entry.content).split())
    if entry.summary and len(text) <= LONGEST_SUMMARY:
        return entry.summary
    if len(text) > TEASER:
        text = text[: TEASER - 1].rsplit(" ", 1)[0] + "…"
    return f"<p>{escape(text)}</p>" if text else ""
