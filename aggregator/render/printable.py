"""Make an edition fit to be written down, so that one odd entry never costs a whole feed.

Sources send control characters, untitled items and items without a link. What no format can
carry is taken out here, and what every format requires is filled in, once for all of them.
"""

from __future__ import annotations

import html
import re
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from operator import is_
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from aggregator.model.feed import Credit, Edition, Entry, Label
    from aggregator.model.item import Enclosure, Original, Person, PodcastTag

T = TypeVar("T")

UNKNOWN_TYPE = "application/octet-stream"  # where a format requires an enclosure's type and none was given
LONGEST_TITLE = 80  # characters of a title that we cut out of the text

_FIELDS: dict[type, tuple[str, ...]] = {}

# Everything but the Char production of XML 1.0 (section 2.2): controls, lone surrogates, U+FFFE, U+FFFF.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ATTRIBUTES = r"""(?:[^<>"']|"[^"]*"|'[^']*')*+"""
_INLINE = re.compile(
    rf"</?(?:a|abbr|b|bdi|cite|code|em|i|mark|q|s|small|span|strong|sub|sup|u)(?:\s{_ATTRIBUTES})?>",
    re.IGNORECASE,
)
_NAME = re.compile("[A-Za-z][A-Za-z-]*", re.ASCII)
_TAG = re.compile(rf"</?[a-z]{_ATTRIBUTES}>", re.IGNORECASE)


def printable(edition: Edition) -> Edition:
    """Return ``edition`` with only characters that XML 1.0 allows, instants in whole seconds, and no gaps.

    Raises:
        ValueError: an instant is naive, which is a bug of ours.
    """
    entries, bare = edition.entries, clean(replace(edition, entries=()))
    feed, site = bare.feed, bare.site
    title = feed.title or site.title or feed.name
    return replace(
        bare,
        site=replace(site, title=site.title or title),
        feed=replace(feed, title=title, description=feed.description or title),
        entries=tuple(printable_entry(entry, site.language) for entry in entries),
    )


def printable_entry(entry: Entry, language: str) -> Entry:
    """Return ``entry`` fit to be written, for a site in ``language``.

    A missing link becomes our own page, a missing title the beginning of the text, a nameless
    author is called by the address given; labels, people and files that say nothing are left out.

    Raises:
        ValueError: an instant is naive, which is a bug of ours.
    """
    return _whole(clean(entry), language)


def text(markup: str) -> str:
    """Return sanitised HTML as one line of plain text."""
    return " ".join(html.unescape(_TAG.sub(" ", _INLINE.sub("", markup))).split())


def clean(value: T) -> T:
    """Return ``value``, all through its tuples and dataclasses, with safe strings and instants.

    Strings lose what XML 1.0 forbids even when it is escaped; instants lose their fractions of a
    second and are told in UTC.

    Raises:
        ValueError: an instant is naive, which is a bug of ours.
    """
    return cast("T", _clean(value))


def _clean(value: Any) -> Any:
    """Return ``value`` itself where nothing in it changes: every entry is asked, and most are clean."""
    if not value:  # as most of what an entry may have is
        return value
    kind = type(value)
    if kind is str:
        return value if value.isprintable() else _FORBIDDEN.sub("", value)
    if kind is datetime:
        if value.tzinfo is None:
            raise ValueError(f"{value} has no zone: every instant in an edition is aware and in UTC")
        return value if value.tzinfo is UTC and not value.microsecond else _whole_second(value)
    if kind is tuple:
        parts = tuple(map(_clean, value))
        return value if all(map(is_, parts, value)) else parts
    changed = {}
    for name in _fields(kind):
        old = getattr(value, name)
        new = _clean(old)
        if new is not old:
            changed[name] = new
    return replace(value, **changed) if changed else value


def _whole_second(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(microsecond=0)


def _fields(kind: type) -> tuple[str, ...]:
    """Return the names of a dataclass's fields, none for any other type; looked up once for each."""
    if kind not in _FIELDS:
        _FIELDS[kind] = tuple(field.name for field in fields(kind)) if is_dataclass(kind) else ()
    return _FIELDS[kind]


def _whole(entry: Entry, language: str) -> Entry:
    return replace(
        entry,
        title=entry.title if entry.title.strip() else _title(entry, language),
        link=entry.link or entry.page,
        authors=tuple(person for author in entry.authors if (person := _named(author)).name),
        categories=tuple(label for category in entry.categories if (label := _labelled(category)).term),
        enclosures=tuple(_credits_named(file) for file in entry.enclosures if file.url),
        source=_credited(entry.source),
        via=tuple(_credited(credit) for credit in entry.via if credit.link),
        links=tuple(link for link in entry.links if link.url) if entry.links else (),
        original=_named_original(entry.original) if entry.original else None,
        podcast=tuple(filter(_spelled, entry.podcast)) if entry.podcast else (),
    )


def _credits_named(file: Enclosure) -> Enclosure:
    named = tuple(one for one in file.credits if one.name)
    return file if len(named) == len(file.credits) else replace(file, credits=named)


def _named_original(original: Original) -> Original | None:
    """Return the feed that a source has an item from with all that formats ask for; None for a mere name."""
    address = original.feed_url or original.home
    known_as = original.id or address
    return replace(original, id=known_as, title=original.title or address or known_as) if known_as else None


def _spelled(tag: PodcastTag) -> bool:
    """Return whether a tag and all in it have names that are names; a parser that was broken into may lie."""
    names = (tag.name, *(name for name, _ in tag.attributes))
    return all(map(_NAME.fullmatch, names)) and all(map(_spelled, tag.inside))


def _title(entry: Entry, language: str) -> str:
    words = text(entry.summary or entry.content)
    if len(words) > LONGEST_TITLE:
        return words[: LONGEST_TITLE - 1].rsplit(" ", 1)[0] + "…"
    if words:
        return words
    return "(tanpa judul)" if (entry.language or language).lower().startswith("id") else "(untitled)"


def _named(person: Person) -> Person:
    name = person.name.strip() or person.email or person.url
    return person if name == person.name else replace(person, name=name)


def _labelled(label: Label) -> Label:
    if label.term and label.label:
        return label
    term = label.term or label.label
    return replace(label, term=term, label=term)


def _credited(credit: Credit) -> Credit:
    if credit.id and credit.title:
        return credit
    return replace(
        credit,
        id=credit.id or credit.feed_url,
        title=credit.title or credit.feed_url or credit.id or credit.link,
    )
