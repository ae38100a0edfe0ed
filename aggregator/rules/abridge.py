"""Give an entry as much text as its feed carries, and say whose it is where the feed wants that."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING

from aggregator.model.feed import Extent
from aggregator.rules.languages import tag
from aggregator.rules.mentions import MOST_CHARACTERS
from aggregator.rules.plain import plain

if TYPE_CHECKING:
    from aggregator.model.feed import Entry, Feed, Site

LONGEST_TITLE = 80  # characters of a title that we cut out of the text
LONGEST_SUMMARY = 500  # characters of text; some sources send the whole text as the summary
TEASER = 300  # characters of a summary that we cut out of the text
SOURCE = {"id": "Sumber", "ms": "Sumber", "jv": "Sumber", "su": "Sumber"}  # by language; others: English


def abridge(entry: Entry, feed: Feed, site: Site) -> Entry:
    """Return ``entry`` as ``feed`` shows it: its text as long as ``extent`` allows, and the source line.

    An entry without any text has no source line.
    """
    if feed.extent is not Extent.FULL and not entry.title.strip():
        entry = replace(entry, title=headline(entry))  # the same as where all of the text is there
    if feed.extent is Extent.NONE:
        return replace(entry, summary="", content="")
    if feed.extent is Extent.SUMMARY:
        entry = replace(entry, summary=_summary(entry), content="")
    if not feed.source_line or not (entry.summary or entry.content):
        return entry
    return replace(entry, foot=source_line(entry, site))


def headline(entry: Entry) -> str:
    """Return a title for an entry that has none: the beginning of its text, "" where it has none either."""
    return _beginning(entry.summary or entry.content, LONGEST_TITLE)


def source_line(entry: Entry, site: Site) -> str:
    """Return a paragraph that names the source of ``entry``, in its language, and leads to its article."""
    language, _, _ = (tag(entry.language) or site.language).lower().partition("-")
    name, link = escape(entry.source.title), entry.link or entry.source.home
    named = f'<a href="{escape(link)}">{name}</a>' if link else name
    return f"<p>{SOURCE.get(language, 'Source')}: {named}</p>"


def _summary(entry: Entry) -> str:
    """Return the summary that the source sent; the beginning of the text where it is missing or too long."""
    if entry.summary and len(_words(entry.summary)) <= LONGEST_SUMMARY:
        return entry.summary
    text = teaser(entry.summary, entry.content)
    return f"<p>{escape(text)}</p>" if text else ""


def teaser(summary: str, content: str) -> str:
    """Return a summary as a line of text; the beginning of the text where it is missing or too long."""
    text = _words(summary)
    return text if 0 < len(text) <= LONGEST_SUMMARY else _beginning(summary or content, TEASER)


def _beginning(markup: str, longest: int) -> str:
    """Return as many whole words of sanitised HTML as ``longest`` characters hold."""
    text = _words(markup)
    return text if len(text) <= longest else text[: longest - 1].rsplit(" ", 1)[0] + "…"


def _words(markup: str) -> str:
    return plain(markup, most=MOST_CHARACTERS)
