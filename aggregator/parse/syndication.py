"""Find out which parser a document needs, and let nothing out that is not clean.

The one door of the parse room: whatever a source sent, a ParsedDocument or a ParseError comes out.
"""

from __future__ import annotations

from dataclasses import replace
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from aggregator.errors import ParseError
from aggregator.model.item import Claim, Text
from aggregator.model.source import Kind
from aggregator.parse import (
    ITEMS_MAX,
    beginning,
    first_tag,
    jsonfeed,
    listing,
    sitemap,
    tolerant,
    wellformed,
    wordpress,
)
from aggregator.parse.html import MARKUP_MAX, clean_text, printable

if TYPE_CHECKING:
    from aggregator.model.item import Enclosure, ParsedDocument, ParsedItem, Person
    from aggregator.model.source import Select
    from aggregator.parse import Parser

PARSERS: tuple[Parser, ...] = (
    wordpress.PARSER,  # before JSON Feed's, which takes all JSON, to say what it is instead
    jsonfeed.PARSER,
    tolerant.PARSER,
    sitemap.PARSER,
    listing.PARSER,
)  #: the first to recognise wins

PER_ITEM_MAX = 100  #: categories of an item, authors, enclosures, links; to render them takes their square
FAULTS_MAX = 20  #: lines; a document with more is not described better by them
SNIFF_CHARACTERS = 60
GZIP = b"\x1f\x8b"  #: how a gzip file begins (RFC 1952, 2.3.1); fetch has undone a Content-Encoding before

_CLEANED = (
    "id", "title", "summary", "content", "authors", "categories", "enclosures", "links", "language", "rights",
    "dates",
)  # fmt: skip
_cleaned = attrgetter(*_CLEANED)

_NAMES = {
    Kind.FEED: "an RSS or Atom feed",
    Kind.JSON: "a JSON document",
    Kind.HTML: "a web page",
    Kind.SITEMAP: "a sitemap",
    Kind.WORDPRESS: "an answer of a WordPress API",
}


def parse(
    body: bytes, *, url: str, content_type: str, kind: Kind | None = None, select: Select | None = None
) -> ParsedDocument:
    """Return what a source's document claims, every text printable and every address absolute.

    Args:
        body: the document, decompressed.
        url: where it came from in the end; relative addresses start there.
        content_type: the header, verbatim; only its charset is believed, and that not blindly.
        kind: what the document has to be; None: found out from the bytes.
        select: how items are found in a web page.

    Raises:
        ParseError: it is empty, of the wrong kind, or unreadable; the message shows what came instead.
    """
    if document := quick(body, url=url, content_type=content_type, kind=kind):
        return document
    head = beginning(body)
    if not head:
        raise ParseError(f"the document is empty ({len(body)} bytes): see whether the address is still right")
    if body.startswith(GZIP):
        raise ParseError(
            "this is a compressed file, as sitemap.xml.gz is, and those are not unpacked: "
            "give the address of the plain document"
        )
    parser = _parser(head, kind)
    return _edge(parser.parse(body, url=url, content_type=content_type, select=select))


def quick(body: bytes, *, url: str, content_type: str, kind: Kind | None = None) -> ParsedDocument | None:
    """Return what ``parse`` would for a well-formed feed, in a fraction of its time; None for all else.

    Safe to call where nothing can stop it: at most 2 MB are looked at, entities and document type
    declarations end it at once, elements, attributes and depth are bounded while they are read, and all
    work on them is linear (``wellformed`` has the bounds, and why). No document makes it raise.
    """
    if kind not in {None, Kind.FEED}:
        return None
    document = wellformed.parse(body, url=url, content_type=content_type)
    return _edge(document) if document else None


def _parser(head: str, kind: Kind | None) -> Parser:
    recognised = next((parser for parser in PARSERS if parser.recognises(head)), None)
    if recognised and kind in {None, recognised.kind}:
        return recognised
    if kind is Kind.WORDPRESS and recognised is jsonfeed.PARSER:  # no posts, or an error: it says which
        return wordpress.PARSER
    if recognised:
        raise ParseError(
            f"this is {_NAMES[recognised.kind]} (it begins {_sniff(head)}) and the source is configured as "
            f"'type: {kind}': correct the address or the type"
        )
    if kind is Kind.HTML:  # a fragment, as some sites send for "load more": the selectors will tell
        return listing.PARSER
    root = first_tag(head)
    what = f"its first element is <{clean_text(root, limit=40)}>" if root else "it has no markup"
    raise ParseError(
        f"this is neither a feed nor a JSON Feed nor a web page: {what}, and it begins {_sniff(head)}; "
        f"open the address in a browser and see what it gives"
    )


def _sniff(head: str) -> str:
    text = clean_text(head[: SNIFF_CHARACTERS * 4], limit=SNIFF_CHARACTERS)
    return repr("".join(char if char.isprintable() else "·" for char in text))


def _edge(document: ParsedDocument) -> ParsedDocument:
    faults = [clean_text(fault, limit=300) for fault in document.faults[:FAULTS_MAX]]
    if len(document.faults) > FAULTS_MAX:
        faults.append(f"and {len(document.faults) - FAULTS_MAX} more")
    if crowded := sum(map(_crowded, document.items)):
        faults.append(
            f"items with more than {PER_ITEM_MAX} categories, authors, enclosures or links: {crowded}; "
            f"the first {PER_ITEM_MAX} of each are taken"
        )
    return replace(
        document,
        title=clean_text(document.title),
        language=_language(document.language),
        items=tuple(_clean(item) for item in document.items),
        faults=tuple(faults),
        cut=len(document.items) >= ITEMS_MAX,
    )


def _crowded(item: ParsedItem) -> bool:
    lists = (item.categories, item.authors, item.enclosures, item.links)
    return max(map(len, lists)) > PER_ITEM_MAX


def _clean(item: ParsedItem) -> ParsedItem:
    """Return ``item`` printable and bounded.

    Its addresses came out of ``absolute`` and are clean, as are the texts of what it has beside the news.
    """
    cleaned = (
        _line(item.id),
        _with(item.title, " ".join(printable(item.title.value[:MARKUP_MAX]).split())),
        _with(item.summary, printable(item.summary.value[:MARKUP_MAX])),
        _with(item.content, printable(item.content.value[:MARKUP_MAX])),
        tuple(map(_person, item.authors[:PER_ITEM_MAX])) if item.authors else (),
        tuple(dict.fromkeys(filter(None, map(clean_text, item.categories[:PER_ITEM_MAX])))),
        tuple(map(_file, item.enclosures[:PER_ITEM_MAX])) if item.enclosures else (),
        item.links[:PER_ITEM_MAX],
        _language(item.language),
        clean_text(item.rights),
        tuple(filter(None, map(_claim, item.dates))),
    )
    if cleaned == _cleaned(item):  # as most are; to make another takes longer than to compare
        return item
    changes: dict[str, Any] = dict(zip(_CLEANED, cleaned, strict=True))
    return replace(item, **changes)


def _line(text: str) -> str:
    return printable(text).replace("\n", " ").replace("\t", " ").strip()


def _with(text: Text, value: str) -> Text:
    return text if value == text.value else Text(value=value, html=text.html)


def _person(person: Person) -> Person:
    name, email = clean_text(person.name), clean_text(person.email)
    same = name == person.name and email == person.email
    return person if same else replace(person, name=name, email=email)


def _file(file: Enclosure) -> Enclosure:
    kind = clean_text(file.type)
    return file if kind == file.type else replace(file, type=kind)


def _claim(claim: Claim) -> Claim | None:
    text = clean_text(claim.text)
    return claim if text and text == claim.text else Claim(origin=claim.origin, text=text) if text else None


def _language(tag: str) -> str:
    """Return a language tag in the shape of BCP 47, ``""`` for what has another shape."""
    if not tag:
        return ""
    tag = tag.strip().replace("_", "-")
    return tag if len(tag) <= 35 and tag.isascii() and tag.replace("-", "").isalnum() else ""  # noqa: PLR2004 - RFC 5646, 4.4.1
