"""The rules for ``atom:link``, which stands in Atom and in RSS (RFC 4287, section 4.2.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.validity.document import values
from tests.validity.markup import in_plain_text
from tests.validity.rule import Rules
from tests.validity.structure import Shape
from tests.validity.values import language, media_type, number, web_iri, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.validity.document import Document
    from tests.validity.rule import Finding

SHAPE = Shape(needs="href", takes="rel type hreflang title length thr:count thr:updated")
#: IANA's registry of link relations, as far as feeds and the W3C's service know them.
RELATIONS = words(
    "alternate current describedby edit edit-media enclosure first hub last license next next-archive "
    "payment prev-archive previous related replies search self service up via"
)
SELF_TYPES = ("application/atom+xml", "application/rss+xml")
CHECKS = {
    "atom:link@href": web_iri,
    "atom:link@type": media_type,
    "atom:link@hreflang": language,
    "atom:link@length": number,
    "atom:link@title": in_plain_text,
}

rules: Rules[Document] = Rules()


@rules
def links_are_proper(document: Document) -> Iterator[Finding]:
    """Complete addresses, media types, languages and lengths (RFC 4287, sections 4.2.7.1 to 4.2.7.6)."""
    yield from values(CHECKS, document)


@rules
def relations_are_registered(document: Document) -> Iterator[Finding]:
    """A relation is a registered word (RFC 4287, section 4.2.7.2)."""
    for node in document.nodes("atom:link"):
        if node.attributes.get("rel", "alternate") not in RELATIONS:
            yield f"nobody knows the relation {node.attributes['rel']!r}", node.where


@rules
def feed_links_to_itself(document: Document) -> Iterator[Finding]:
    """A feed has one link to itself (RFC 4287, section 4.1.1; RSS best practices, atom:link)."""
    for node in document.nodes("channel", "atom:feed"):
        if not [link for link in node.all("atom:link") if link.attributes.get("rel") == "self"]:
            yield f"{node.name} has no link to itself", node.where


@rules
def self_link_is_the_document(document: Document) -> Iterator[Finding]:
    """The link to itself is the address where the document was read, and says a feed's type."""
    for node in document.nodes("channel", "atom:feed"):
        for link in node.all("atom:link"):
            if link.attributes.get("rel") != "self":
                continue
            if document.url and link.attributes.get("href") != document.url:
                yield f"{link.attributes.get('href')} is not {document.url}", link.where
            if link.attributes.get("type", SELF_TYPES[0]).partition(";")[0] not in SELF_TYPES:
                yield f"{link.attributes['type']} is no type of a feed", link.where


@rules
def alternates_differ(document: Document) -> Iterator[Finding]:
    """No two alternates have the same type and language (RFC 4287, sections 4.1.1 and 4.1.2)."""
    for node in document.nodes("atom:feed", "atom:entry", "atom:source", "channel", "item"):
        seen = set()
        for link in node.all("atom:link"):
            if link.attributes.get("rel", "alternate") == "alternate":
                kind = (link.attributes.get("type", ""), link.attributes.get("hreflang", ""))
                if kind in seen:
                    yield f"two alternates are {kind}", link.where
                seen.add(kind)


@rules
def links_are_not_repeated(document: Document) -> Iterator[Finding]:
    """No link stands twice in one entry with one relation."""
    for node in document.nodes("atom:feed", "atom:entry", "channel", "item"):
        seen = set()
        for link in node.all("atom:link"):
            kind = (link.attributes.get("rel", "alternate"), link.attributes.get("href", ""))
            if kind in seen:
                yield f"{kind[0]} {kind[1]} is there twice", link.where
            seen.add(kind)
