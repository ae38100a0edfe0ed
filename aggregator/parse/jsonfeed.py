"""Read JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/), field by field.

A field of a wrong type counts as absent, an item that is none is a fault; neither costs its neighbours.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeAlias

from aggregator.errors import ParseError
from aggregator.model.item import (
    Claim,
    Enclosure,
    Link,
    Origin,
    ParsedDocument,
    ParsedItem,
    Person,
    Rel,
    Text,
)
from aggregator.model.source import Kind
from aggregator.parse import ITEMS_MAX, Parser
from aggregator.parse.html import absolute, clean_text
from aggregator.parse.podcast import seconds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aggregator.model.source import Select

_Object: TypeAlias = "dict[str, Any]"

_DIGITS_MAX = 15  # the whole numbers that every JSON reader knows exactly (RFC 8259, 6)


def recognises(head: str) -> bool:
    """Return whether a document begins as a JSON object or array."""
    return head.startswith(("{", "["))


def parse(body: bytes, *, url: str, content_type: str, select: Select | None = None) -> ParsedDocument:
    """Return what a JSON Feed claims; raise ParseError for any other JSON, and for what is no JSON."""
    del content_type, select  # JSON is UTF-8, whatever a header says (RFC 8259, 8.1)
    feed = _feed(body)
    entries = feed.get("items")
    if not isinstance(entries, list):
        raise ParseError("this JSON Feed has no list of 'items': see whether the address still gives a feed")
    faults: list[str] = []
    if len(entries) > ITEMS_MAX:
        faults.append(f"the document holds {len(entries)} items; the first {ITEMS_MAX} are taken")
    base = home = absolute(_text(feed, "home_page_url"), url)
    authors = tuple(_people(feed, base or url))
    items = []
    for number, entry in enumerate(entries[:ITEMS_MAX], 1):
        item = _item(entry, base or url, authors) if isinstance(entry, dict) else None
        if item is None:
            faults.append(f"item {number} is no object with an id, a link, a title or a text; left out")
        else:
            items.append(item)
    return ParsedDocument(
        title=clean_text(_text(feed, "title")),
        home=home,
        language=_text(feed, "language"),
        items=tuple(items),
        faults=tuple(faults),
    )


PARSER = Parser(kind=Kind.JSON, recognises=recognises, parse=parse)


def _feed(body: bytes) -> _Object:
    try:
        text = body.decode(json.detect_encoding(body), "replace")
        document = json.loads(text, parse_int=_number, parse_float=str, parse_constant=str)
    except json.JSONDecodeError as error:
        raise ParseError(
            f"this is no JSON: {error.msg} at line {error.lineno}, column {error.colno}"
        ) from error
    except RecursionError as error:
        raise ParseError("this JSON is nested too deep to be a JSON Feed") from error
    if not isinstance(document, dict):
        raise ParseError("this JSON is no JSON Feed: it is an array, where an object with 'version' is due")
    if "jsonfeed.org/version/" not in _text(document, "version"):
        keys = ", ".join(clean_text(key, limit=40) for key in list(document)[:10]) or "none"
        raise ParseError(
            f"this JSON is no JSON Feed: its 'version' does not name jsonfeed.org (keys: {keys}); "
            f"give the address of a feed"
        )
    return document


def _number(digits: str) -> int | str:
    """Return a whole number; one too large as it was written, so that it can still be an id."""
    return int(digits) if len(digits) <= _DIGITS_MAX else digits


def _item(entry: _Object, base: str, authors: tuple[Person, ...]) -> ParsedItem | None:
    """Return an item, or None where nothing in it says what it is."""
    html = _text(entry, "content_html")
    own, other = (absolute(_text(entry, name), base) for name in ("url", "external_url"))
    item = ParsedItem(
        id=_word(entry, "id").strip(),
        link=own or other,
        title=Text(value=_text(entry, "title"), html=False),
        summary=Text(value=_text(entry, "summary"), html=False),
        content=Text(value=html or _text(entry, "content_text"), html=bool(html)),
        authors=tuple(_people(entry, base)) or authors,
        categories=tuple(filter(None, map(clean_text, _strings(entry, "tags")))),
        enclosures=tuple(_enclosures(entry, base)),
        image=absolute(_text(entry, "image"), base) or absolute(_text(entry, "banner_image"), base),
        language=_text(entry, "language"),
        links=(Link(rel=Rel.RELATED, url=other),) if own and other and own != other else (),
        dates=tuple(
            Claim(origin=origin, text=text)
            for origin, name in ((Origin.PUBLISHED, "date_published"), (Origin.UPDATED, "date_modified"))
            if (text := _word(entry, name))
        ),
    )
    return (
        item if item.id or item.link or item.title.value or item.summary.value or item.content.value else None
    )


def _people(of: _Object, base: str) -> Iterator[Person]:
    """Yield the authors: ``authors`` of version 1.1, else ``author`` of version 1.0."""
    authors = of.get("authors")
    for author in authors if isinstance(authors, list) else [of.get("author")]:
        if isinstance(author, dict):
            person = Person(name=clean_text(_text(author, "name")), url=absolute(_text(author, "url"), base))
            if person.name or person.url:
                yield person


def _enclosures(entry: _Object, base: str) -> Iterator[Enclosure]:
    attachments = entry.get("attachments")
    for file in attachments if isinstance(attachments, list) else ():
        if isinstance(file, dict) and (url := absolute(_text(file, "url"), base)):
            size = file.get("size_in_bytes")
            length = size if type(size) is int and size > 0 else None
            yield Enclosure(
                url=url,
                type=_text(file, "mime_type"),
                length=length,
                duration=seconds(_word(file, "duration_in_seconds")),
                title=clean_text(_text(file, "title")),
            )


def _strings(of: _Object, name: str) -> list[str]:
    value = of.get(name)
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _text(of: _Object, name: str) -> str:
    value = of.get(name)
    return value if isinstance(value, str) else ""


def _word(of: _Object, name: str) -> str:
    """Return a text, or a whole number as its digits: some feeds number their ids and count their seconds."""
    value = of.get(name)
    return str(value) if type(value) is int else _text(of, name)
