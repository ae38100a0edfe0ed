"""Make an edition fit to be written down, so that one odd entry never costs a whole feed.

Sources send control characters, untitled items, items without a link, and addresses, languages and
types that are none. What no format can carry is taken out here, and what every format requires is
filled in, once for all of them.
"""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from functools import cache, lru_cache, partial
from operator import attrgetter, is_
from typing import TYPE_CHECKING, Any, TypeVar, cast

from aggregator.model.feed import Label
from aggregator.model.item import Rel
from aggregator.render.markup import KEPT, REFERENCE, looks_like_html
from aggregator.rules.abridge import headline
from aggregator.rules.iris import identity, web
from aggregator.rules.languages import tag
from aggregator.rules.plain import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from aggregator.model.feed import Credit, Edition, Entry, Related
    from aggregator.model.item import Contributor, Enclosure, Episode, Link, Original, Person, PodcastTag

T = TypeVar("T")

UNKNOWN_TYPE = "application/octet-stream"  # where a format requires an enclosure's type and none was given
UNKNOWN_LANGUAGE = "und"  # where a format requires one: "undetermined" (ISO 639-2)
LONGEST_SUBTITLE = 255  # characters, says Apple

_FIELDS: dict[type, tuple[str, ...]] = {}
_by = cache(attrgetter)  # of the few names by which things are the same

# What XML 1.0 forbids (2.2: controls, lone surrogates, U+FFFE, U+FFFF), and it and validators discourage:
# controls of C1, U+FFFD, and what is no character (U+FDD0 to U+FDEF, the last two of every plane).
_ODD = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffc"
    + "".join(f"{chr(plane << 16)}-{chr(plane << 16 | 0xFFFD)}" for plane in range(1, 17))
    + "]"
)
# C1 is Windows-1252 that was taken for Latin-1 (so reads HTML its numbers, 13.2.5.80); U+FFFD was unreadable.
_MEANT = {chr(code): bytes([code]).decode("cp1252", "ignore") for code in range(0x80, 0xA0)} | {"\ufffd": "?"}
_EMAIL = re.compile(r"[\w.+'-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z0-9-]+", re.ASCII)  # as feeds can have them
_ADDRESS = re.compile(r"<([^<>@\s]+@[^<>\s]+)>")
_MAILBOX = re.compile(r"(.*?)\s*<\s*([^<>@\s]+@[^<>@\s]+)\s*>\s*")  # RFC 5322, 3.4
_MEDIA_TYPE = re.compile(  # RFC 6838, 4.2; RFC 9110, 5.6.6
    r"""[\w!#$&^.+-]+/[\w!#$&^.+-]+(?:\s*;\s*[\w!#$&^.+-]+=(?:[\w!#$&^.+-]+|"[^"]*"))*""", re.ASCII
)
_NAME = re.compile("[A-Za-z][A-Za-z-]*", re.ASCII)


def printable(edition: Edition) -> Edition:
    """Return ``edition`` with only characters that XML 1.0 allows, instants in whole seconds, and no gaps.

    Raises:
        ValueError: an instant is naive, which is a bug of ours.
    """
    entries, bare = edition.entries, clean(replace(edition, entries=()))
    feed, site = bare.feed, bare.site
    title = worded(feed.title) or worded(site.title) or feed.name
    return replace(
        bare,
        site=replace(
            site, title=worded(site.title) or title, language=tag(site.language) or UNKNOWN_LANGUAGE
        ),
        feed=replace(feed, title=title, description=worded(feed.description) or title),
        entries=tuple(printable_entry(entry, site.language) for entry in entries),
    )


def printable_entry(entry: Entry, language: str) -> Entry:
    """Return ``entry`` fit to be written, for a site in ``language``.

    A missing link becomes our own page, a missing title the beginning of the text, a nameless
    author is called by the address given; labels, people and files that say nothing are left out, and
    so are addresses, languages and types that are none.

    Raises:
        ValueError: an instant is naive, which is a bug of ours.
    """
    return _whole(clean(entry), language)


def clean(value: T) -> T:
    """Return ``value``, all through its tuples and dataclasses, with safe strings and instants.

    Strings lose what XML 1.0 forbids even when it is escaped, and what a wrong encoding leaves behind;
    instants lose their fractions of a second and are told in UTC.

    Raises:
        ValueError: an instant is naive, which is a bug of ours.
    """
    return cast("T", _clean(value))


def _clean(value: Any) -> Any:
    """Return ``value`` itself where nothing in it changes: every entry is asked, and most are clean."""
    kind = type(value)
    if kind is str:
        return value if value.isprintable() and "\ufffd" not in value else _readable(value)
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
        if old and (new := _clean(old)) is not old:  # most of what an entry may have is empty
            changed[name] = new
    return replace(value, **changed) if changed else value


def _readable(value: str) -> str:
    if "\ufffd" not in value and value.replace("\n", "").isprintable():  # lines; sooner told than by _ODD
        return value
    return _ODD.sub(lambda found: _MEANT.get(found[0], ""), value)


def _whole_second(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(microsecond=0)


def _fields(kind: type) -> tuple[str, ...]:
    """Return the names of a dataclass's fields, none for any other type; looked up once for each."""
    if kind not in _FIELDS:
        _FIELDS[kind] = tuple(field.name for field in fields(kind)) if is_dataclass(kind) else ()
    return _FIELDS[kind]


def _whole(entry: Entry, language: str) -> Entry:
    source, via = _credited(entry.source), _each(_credited, entry.via, "link")
    credited = {source.feed_url, *(credit.link for credit in via)}  # which a link of rel="via" would repeat
    whole: dict[str, Any] = {
        "title": entry.title if entry.title.strip() else _title(entry, language),
        "link": web(entry.link) or entry.page,
        "summary": "" if entry.summary.isspace() else entry.summary,
        "content": "" if entry.content.isspace() else entry.content,
        "authors": _each(_named, entry.authors, "name", "email", "url"),
        "categories": _each(_labelled, entry.categories, "term", "scheme"),
        "enclosures": _each(_attached, entry.enclosures, "url"),
        "image": web(entry.image),
        "language": tag(entry.language),
        "comments": web(entry.comments),
        "source": source,
        "via": via,
        "links": _each(partial(_linked, credited), entry.links, "url", "rel"),
        "original": _named_original(entry.original) if entry.original else None,
        "episode": _pictured(entry.episode) if entry.episode else None,
        "podcast": tuple(filter(_spelled, entry.podcast)) if entry.podcast else (),
        "related": tuple(map(_likened, entry.related)) if entry.related else (),
    }
    changed = {
        name: new for name, new in whole.items() if new is not (old := getattr(entry, name)) and new != old
    }
    return replace(entry, **changed) if changed else entry


def _each(make: Callable[[T], T], things: tuple[T, ...], name: str, *others: str) -> tuple[T, ...]:
    """Return what ``make`` makes of each of ``things`` if that has a ``name``.

    Of those with the same ``name`` and ``others`` it is the first.
    """
    if not things:
        return ()
    made = [new for thing in things if getattr(new := make(thing), name)]
    same = _by(name, *others)
    if len(made) > 1 and len(set(map(same, made))) < len(made):
        made = list({same(thing): thing for thing in reversed(made)}.values())[::-1]
    return tuple(made)


def _title(entry: Entry, language: str) -> str:
    if words := headline(entry):
        return words
    return "(tanpa judul)" if (tag(entry.language) or language).lower().startswith("id") else "(untitled)"


def worded(words: str) -> str:
    """Return a name without what a reader would take for HTML or for an e-mail address in angle brackets."""
    while looks_like_html(words):
        read = _readable(plain(words))
        words = read if read != words else REFERENCE.sub(r"& \1", words)
    return (_ADDRESS.sub(r"\1", words) if "@" in words else words).strip()


# Each of these returns what it was given where nothing changes, as it does for most.


def _named(person: Person) -> Person:
    name, email, url = person.name, person.email.strip(), web(person.url)
    if "<" in name and (mailbox := _MAILBOX.fullmatch(name)):
        name, email = mailbox[1], email or mailbox[2]
    if email and not _EMAIL.fullmatch(email):
        email = ""
    name = worded(name) or email or url
    if (name, email, url) == (person.name, person.email, person.url):
        return person
    return replace(person, name=name, email=email, url=url)


def _labelled(label: Label) -> Label:
    return _label(label.term, label.label, label.scheme) or label


@lru_cache(maxsize=KEPT)
def _label(term: str, label: str, scheme: str) -> Label | None:
    """Return the label that becomes of one; None where nothing changes."""
    word, name, ours = worded(term), worded(label), web(scheme)
    word, name = word or name, name or word
    if (word, name, ours) == (term, label, scheme):
        return None
    return Label(term=word, label=name, scheme=ours)


def _attached(file: Enclosure) -> Enclosure:
    kind, length = file.type.strip(), file.length
    new = replace(
        file,
        url=web(file.url),
        type=kind if _MEDIA_TYPE.fullmatch(kind) else "",
        length=None if length is not None and length < 0 else length,
        title=worded(file.title),
        description=worded(file.description),
        credits=_each(_contributed, file.credits, "name", "role"),
        thumbnail=web(file.thumbnail),
    )
    return file if new == file else new


def _contributed(one: Contributor) -> Contributor:
    return replace(one, name=worded(one.name), role=one.role.strip().lower())


def _linked(credited: Collection[str], link: Link) -> Link:
    url = web(link.url)
    if link.rel is Rel.VIA and url in credited:
        url = ""
    return replace(link, url=url, title=worded(link.title))


def _pictured(episode: Episode) -> Episode:
    subtitle = worded(episode.subtitle)
    if len(subtitle) > LONGEST_SUBTITLE:
        subtitle = subtitle[: LONGEST_SUBTITLE - 1] + "…"
    return replace(episode, title=worded(episode.title), subtitle=subtitle, image=web(episode.image))


def _named_original(original: Original) -> Original | None:
    """Return the feed that a source has an item from with all that formats ask for; None for a mere name."""
    feed_url, home = web(original.feed_url), web(original.home)
    name = identity(original.id) or identity(feed_url or home)
    title = worded(original.title) or feed_url or home or name
    return replace(original, id=name, title=title, feed_url=feed_url, home=home) if name else None


def _spelled(tag: PodcastTag) -> bool:
    """Return whether a tag and all in it have names that are names; a parser that was broken into may lie."""
    names = (tag.name, *(name for name, _ in tag.attributes))
    return all(map(_NAME.fullmatch, names)) and all(map(_spelled, tag.inside))


def _credited(credit: Credit) -> Credit:
    feed_url, home, link = web(credit.feed_url), web(credit.home), web(credit.link)
    name = identity(credit.id) or identity(feed_url)
    title = worded(credit.title) or feed_url or worded(credit.id) or link
    if (name, title, feed_url, home, link) == (
        credit.id,
        credit.title,
        credit.feed_url,
        credit.home,
        credit.link,
    ):
        return credit
    return replace(credit, id=name, title=title, feed_url=feed_url, home=home, link=link)


def _likened(other: Related) -> Related:
    link = web(other.link)
    return other if link == other.link else replace(other, link=link)
