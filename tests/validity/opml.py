"""Checks of OPML 2.0 (opml.org/spec2.opml): a list of subscriptions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.validity import document as xml
from tests.validity.document import NOW, parse, values
from tests.validity.markup import faults
from tests.validity.rule import Fault, Rules
from tests.validity.structure import Shape, of, structural
from tests.validity.values import ahead, email, language, one_of, positive, rfc_822, url

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from tests.validity.document import Document
    from tests.validity.rule import Finding

MEDIA_TYPE = "text/x-opml"
WINDOW = "vertScrollState windowTop windowLeft windowBottom windowRight"
SHAPES = {
    "opml": Shape(must="head body", needs="version"),
    # The specification also has <docs>; the W3C's service does not know it.
    "head": Shape(may=f"title dateCreated dateModified ownerName ownerEmail ownerId expansionState {WINDOW}"),
    "body": Shape(many="outline"),
    "outline": Shape(
        many="outline",
        needs="text",
        takes="type title xmlUrl htmlUrl description language version category created isComment "
        "isBreakpoint url",
    ),
    **of("title dateCreated dateModified ownerName ownerEmail ownerId", WINDOW),
}
CHECKS = {
    "dateCreated": rfc_822,
    "dateModified": rfc_822,
    "ownerEmail": email,
    "ownerId": url,
    **dict.fromkeys(WINDOW.split(), positive),
    "outline@xmlUrl": url,
    "outline@htmlUrl": url,
    "outline@url": url,
    "outline@language": language,
    "outline@created": rfc_822,
    "outline@version": one_of("RSS", "RSS1", "RSS2", "scriptingNews"),
    "outline@isComment": one_of("true", "false"),
    "outline@isBreakpoint": one_of("true", "false"),
}

own: Rules[Document] = Rules()


@own
def values_are_proper(document: Document) -> Iterator[Finding]:
    """Addresses are complete, dates RFC 822, versions and languages known (OPML 2.0, subscription lists)."""
    yield from values(CHECKS, document)


@own
def version_is_2_0(document: Document) -> Iterator[Finding]:
    """The version is 2.0 (OPML 2.0, the opml element)."""
    if document.root.attributes.get("version") != "2.0":
        yield f"the version is {document.root.attributes.get('version')!r}", document.root.where


@own
def something_is_listed(document: Document) -> Iterator[Finding]:
    """A body has at least one outline (OPML 2.0, body)."""
    for body in document.nodes("body"):
        if not body.all("outline"):
            yield "the list is empty", body.where


@own
def head_has_a_title(document: Document) -> Iterator[Finding]:
    """A list says what it is, and when it last changed (OPML 2.0, head)."""
    for head in document.nodes("head"):
        for name in ("title", "dateModified"):
            if not head.all(name):
                yield f"the head has no {name}", head.where


@own
def subscriptions_can_be_subscribed(document: Document) -> Iterator[Finding]:
    """An outline of type rss has xmlUrl and title; one with an address has a type (subscription lists)."""
    for node in document.nodes("outline"):
        given = node.attributes
        if given.get("type", "").lower() == "rss":
            for name in ("xmlUrl", "title"):
                if name not in given:
                    yield f"a subscription without {name}", node.where
        elif given.get("type") == "link" and "url" not in given:
            yield "a link without url", node.where
        elif "type" not in given and {
            "description",
            "htmlUrl",
            "language",
            "title",
            "version",
            "xmlUrl",
        } & set(given):
            yield "an outline of more than a text without a type", node.where


@own
def subscriptions_are_not_repeated(document: Document) -> Iterator[Finding]:
    """No feed is listed twice."""
    seen = set()
    for node in document.nodes("outline"):
        address = node.attributes.get("xmlUrl")
        if address and address in seen:
            yield f"{address} is there twice", node.where
        seen.add(address)


@own
def texts_are_html(document: Document) -> Iterator[Finding]:
    """A text may have markup, so what is none is escaped as in HTML (OPML 2.0, text attribute)."""
    texts = [(node.text, node.where) for node in document.nodes("title", "ownerName")]
    texts += [
        (node.attributes[name], node.where)
        for node in document.nodes("outline")
        for name in ("text", "title", "description")
        if name in node.attributes
    ]
    for text, where in texts:
        yield from ((message, where) for message in faults(text))


@own
def expansion_is_a_list_of_lines(document: Document) -> Iterator[Finding]:
    """expansionState lists numbers of lines with commas between (OPML 2.0, head)."""
    for node in document.nodes("expansionState"):
        if not re.fullmatch(r"(?:\d+(?:,\s*\d+)*)?", node.text.strip(), re.ASCII):
            yield f"{node.text!r} is no list of lines", node.where


@own
def dates_are_plausible(document: Document) -> Iterator[Finding]:
    """No date is ahead of the clock."""
    for node in document.nodes("dateCreated", "dateModified"):
        if message := ahead(node.text, document.now):
            yield message, node.where


@own
def content_type_is_opml(document: Document) -> Iterator[Finding]:
    """The answer's media type is that of OPML (OPML 2.0, MIME type)."""
    if document.content_type and document.content_type.partition(";")[0] != MEDIA_TYPE:
        yield f"the Content-Type is {document.content_type!r}", "Content-Type"


RULES: Rules[Document] = Rules(xml.rules, structural("opml", SHAPES), own)


def check(body: bytes, *, url: str = "", content_type: str = "", now: datetime = NOW) -> list[Fault]:
    """Return all faults of an OPML document."""
    return RULES.faults(parse(body, url=url, content_type=content_type, now=now))
