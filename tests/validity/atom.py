"""Checks of Atom 1.0: RFC 4287, with RFC 6721 (deleted entries), RFC 4685 (threads), RFC 5005 (archives)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.validity import choices, links, modules
from tests.validity import document as xml
from tests.validity.document import NOW, parse, values
from tests.validity.markup import faults, in_plain_text
from tests.validity.rule import Fault, Rules
from tests.validity.structure import Shape, of, structural
from tests.validity.values import (
    ahead,
    canonical,
    email,
    identifier,
    media_type,
    moment,
    rfc_3339,
    web_iri,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from tests.validity.document import Document, Node
    from tests.validity.rule import Finding

MEDIA_TYPE = "application/atom+xml"
METADATA = "atom:author atom:category atom:contributor atom:link"
CONSTRUCTS = ("atom:title", "atom:subtitle", "atom:summary", "atom:rights", "atom:content")
CONSTRUCT = Shape(text=True, may="xhtml:div", takes="type xml:lang xml:base")
PERSON = Shape(must="atom:name", may="atom:uri atom:email")
SHAPES = {
    **modules.SHAPES,
    "atom:feed": Shape(
        must="atom:id atom:title atom:updated",
        may=f"atom:subtitle atom:rights atom:generator atom:icon atom:logo {modules.CHANNEL_ONCE}",
        many=f"{METADATA} atom:entry at:deleted-entry {modules.CHANNEL_MANY}",
        takes="xml:lang xml:base",
    ),
    "atom:entry": Shape(
        must="atom:id atom:title atom:updated",
        may=f"atom:published atom:summary atom:content atom:rights atom:source {modules.ONCE}",
        many=f"{METADATA} {modules.MANY}",
        takes="xml:lang xml:base",
    ),
    "atom:source": Shape(
        must="atom:id atom:title atom:updated",
        may="atom:subtitle atom:rights atom:generator atom:icon atom:logo",
        many=METADATA,
        takes="xml:lang xml:base",
    ),
    **of("atom:author atom:contributor", shape=PERSON),
    **of("atom:title atom:subtitle atom:summary atom:rights", shape=CONSTRUCT),
    "atom:content": Shape(text=True, may="xhtml:div", takes="type src xml:lang xml:base"),
    "atom:category": Shape(needs="term", takes="scheme label"),
    "atom:generator": Shape(text=True, takes="uri version"),
    "atom:link": links.SHAPE,
    **of("atom:id atom:updated atom:published atom:name atom:uri atom:email atom:icon atom:logo"),
    "at:deleted-entry": Shape(may="at:by", many="at:comment atom:link", needs="ref when"),
    "at:by": PERSON,
    "at:comment": Shape(text=True, takes="type"),
}
CHECKS = {
    "atom:id": identifier,
    "atom:updated": rfc_3339,
    "atom:published": rfc_3339,
    "atom:uri": web_iri,
    "atom:email": email,
    "atom:icon": web_iri,
    "atom:logo": web_iri,
    "atom:category@scheme": web_iri,
    "atom:category@label": in_plain_text,
    "atom:generator@uri": web_iri,
    "atom:content@src": web_iri,
    "at:deleted-entry@ref": identifier,
    "at:deleted-entry@when": rfc_3339,
}

own: Rules[Document] = Rules()


def _people(node: Node) -> list[Node]:
    return node.all("atom:author")


@own
def values_are_proper(document: Document) -> Iterator[Finding]:
    """Ids are IRIs, dates RFC 3339, addresses complete (RFC 4287, sections 3.2, 3.3 and 4.2)."""
    yield from values(CHECKS, document)


@own
def nothing_has_spaces_around(document: Document) -> Iterator[Finding]:
    """No white space stands around an id, a date or an address (RFC 4287, sections 3.3 and 4.2.6)."""
    for node in document.nodes("atom:id", "atom:updated", "atom:published", "atom:uri", "atom:email"):
        if node.text != node.text.strip():
            yield f"spaces stand around {node.text!r}", node.where


@own
def ids_are_canonical(document: Document) -> Iterator[Finding]:
    """An id has its normal form, so that comparing characters is enough (RFC 4287, section 4.2.6.1)."""
    for node in document.nodes("atom:id"):
        if not identifier(node.text) and (message := canonical(node.text)):
            yield message, node.where


@own
def ids_are_unique(document: Document) -> Iterator[Finding]:
    """No two entries have the same id, and none that of the feed (RFC 4287, section 4.1.1)."""
    feed = document.root
    ids = [feed.value("atom:id"), *(entry.value("atom:id") for entry in feed.all("atom:entry"))]
    for each in {each for each in ids if ids.count(each) > 1}:
        yield f"{each!r} is there twice", feed.where


@own
def deleted_entries_are_gone(document: Document) -> Iterator[Finding]:
    """What is deleted is not there, and deleted once (RFC 6721, sections 3 and 4)."""
    feed = document.root
    refs = [node.attributes.get("ref") for node in feed.all("at:deleted-entry")]
    for entry in feed.all("atom:entry"):
        if entry.value("atom:id") in refs:
            yield f"{entry.value('atom:id')!r} is deleted and there", entry.where
    if len(set(refs)) < len(refs):
        yield "an entry is deleted twice", feed.where


@own
def dates_are_plausible(document: Document) -> Iterator[Finding]:
    """No date is ahead of the clock."""
    for node in document.nodes("atom:updated", "atom:published"):
        if message := ahead(node.text, document.now):
            yield message, node.where


@own
def updates_differ(document: Document) -> Iterator[Finding]:
    """Readers tell entries apart by the date of their last change (RFC 4287, section 4.2.15)."""
    dates = [entry.value("atom:updated") for entry in document.nodes("atom:entry")]
    for each in sorted({each for each in dates if dates.count(each) > 1}):
        yield f"two entries were updated at {each}", "entries"


@own
def updates_follow_publication(document: Document) -> Iterator[Finding]:
    """Nothing is updated before it was published (RFC 4287, sections 4.2.9 and 4.2.15)."""
    for entry in document.nodes("atom:entry"):
        published, updated = moment(entry.value("atom:published")), moment(entry.value("atom:updated"))
        if published and updated and updated < published:
            yield f"updated at {updated}, published at {published}", entry.where


@own
def entries_come_newest_first(document: Document) -> Iterator[Finding]:
    """Readers that look at the first entries only see the newest, to the second."""
    dates = [moment(entry.value("atom:published")) for entry in document.nodes("atom:entry")]
    known = [date.replace(microsecond=0) for date in dates if date]
    if known != sorted(known, reverse=True):
        yield "entries are not sorted, newest first", "entries"


@own
def metadata_come_first(document: Document) -> Iterator[Finding]:
    """What is said of the feed stands before its entries, for readers that stream."""
    for feed in document.nodes("atom:feed"):
        names = [child.name for child in feed.children]
        if "atom:entry" in names:
            behind = set(names[names.index("atom:entry") :]) - {"atom:entry", "at:deleted-entry"}
            if behind:
                yield f"{', '.join(sorted(behind))} stand behind the first entry", feed.where


@own
def every_entry_has_an_author(document: Document) -> Iterator[Finding]:
    """Its own, its source's or the feed's (RFC 4287, section 4.1.2); with a source, the feed's is none."""
    for feed in document.nodes("atom:feed"):
        for entry in feed.all("atom:entry"):
            source = entry.one("atom:source")
            if not _people(entry) and not _people(source or feed):
                yield "an entry without an author", entry.where


@own
def people_are_named(document: Document) -> Iterator[Finding]:
    """A name is plain text and no address in angle brackets (RFC 4287, section 3.2.1)."""
    for node in document.nodes("atom:name"):
        if re.search(r"<[^<>@\s]+@[^<>\s]+>", node.text):
            yield f"{node.text!r} contains an e-mail address", node.where
        elif message := in_plain_text(node.text):
            yield message, node.where


@own
def every_entry_says_something(document: Document) -> Iterator[Finding]:
    """An entry has content or a summary; without content it has an alternate (RFC 4287, section 4.1.2)."""
    for entry in document.nodes("atom:entry"):
        relations = [link.attributes.get("rel", "alternate") for link in entry.all("atom:link")]
        if not entry.all("atom:content") and "alternate" not in relations:
            yield "neither content nor an alternate", entry.where
        if not entry.all("atom:content") and not entry.all("atom:summary"):
            yield "neither content nor a summary", entry.where
        for content in entry.all("atom:content"):
            if "src" in content.attributes and not entry.all("atom:summary"):
                yield "content from elsewhere and no summary", entry.where


@own
def text_types_are_known(document: Document) -> Iterator[Finding]:
    """``text``, ``html``, ``xhtml``, or for content a media type (RFC 4287, sections 3.1.1 and 4.1.3.1)."""
    for node in document.nodes(*CONSTRUCTS):
        kind = node.attributes.get("type", "text")
        if kind not in {"text", "html", "xhtml"} and (node.name != "atom:content" or media_type(kind)):
            yield f"there is no type {kind!r}", node.where


@own
def text_is_plain(document: Document) -> Iterator[Finding]:
    """What looks like HTML is said to be HTML (RFC 4287, section 3.1.1.1)."""
    for node in document.nodes(*CONSTRUCTS):
        if node.attributes.get("type", "text") == "text" and (message := in_plain_text(node.text)):
            yield message, node.where


@own
def html_is_harmless(document: Document) -> Iterator[Finding]:
    """HTML is without scripts, frames, styles and relative addresses (RFC 4287, sections 3.1.1.2 and 8.1)."""
    for node in document.nodes(*CONSTRUCTS):
        if node.attributes.get("type") == "html":
            yield from ((message, node.where) for message in faults(node.text))


@own
def xhtml_is_a_div(document: Document) -> Iterator[Finding]:
    """XHTML is one ``div`` in its namespace, and stands nowhere else (RFC 4287, section 3.1.1.3)."""
    for node in document.nodes(*CONSTRUCTS):
        names = [child.name for child in node.children]
        if node.attributes.get("type") == "xhtml" and (names != ["xhtml:div"] or node.text.strip()):
            yield "XHTML that is not one div", node.where


@own
def enclosures_are_complete(document: Document) -> Iterator[Finding]:
    """An enclosure is a web address, and says its type where it is known (RFC 4287, section 4.2.7.2)."""
    for entry in document.nodes("atom:entry"):
        seen = set()
        for link in entry.all("atom:link"):
            if link.attributes.get("rel") == "enclosure":
                address = link.attributes.get("href", "")
                if address in seen:
                    yield f"{address} is enclosed twice", link.where
                seen.add(address)


@own
def categories_are_not_repeated(document: Document) -> Iterator[Finding]:
    """No entry stands in one category twice (RFC 4287, section 4.2.2)."""
    for entry in document.nodes("atom:entry"):
        terms = [
            (each.attributes.get("scheme"), each.attributes.get("term"))
            for each in entry.all("atom:category")
        ]
        if len(set(terms)) < len(terms):
            yield "a category is there twice", entry.where


@own
def languages_are_said(document: Document) -> Iterator[Finding]:
    """A feed says which language it is in (RFC 4287, section 2)."""
    if document.root.name == "atom:feed" and "xml:lang" not in document.root.attributes:
        yield "the feed has no xml:lang", document.root.where


@own
def atom_needs_no_prefix(document: Document) -> Iterator[Finding]:
    """Atom's own namespace is the default one: some readers know its elements by no other name."""
    for prefix, uri in document.prefixes:
        if uri == xml.ATOM and prefix:
            yield f"Atom goes by the prefix {prefix!r}", "document"


@own
def content_type_is_atom(document: Document) -> Iterator[Finding]:
    """The answer's media type is that of Atom (RFC 4287, section 7)."""
    if document.content_type and document.content_type.partition(";")[0] != MEDIA_TYPE:
        yield f"the Content-Type is {document.content_type!r}", "Content-Type"


RULES: Rules[Document] = Rules(
    xml.rules, structural("atom:feed", SHAPES), links.rules, modules.rules, choices.rules, own
)


def check(body: bytes, *, url: str = "", content_type: str = "", now: datetime = NOW) -> list[Fault]:
    """Return all faults of an Atom document."""
    return RULES.faults(parse(body, url=url, content_type=content_type, now=now))
