"""An XML document with its lines and namespaces, and the rules that hold for every XML format."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from tests.validity.rule import Finding, Rules
from tests.validity.values import BAD_CHARACTER, language

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

ATOM = "http://www.w3.org/2005/Atom"
XML = "http://www.w3.org/XML/1998/namespace"
#: Every namespace that we write, with the prefix by which it is known.
NAMESPACES = {
    ATOM: "atom",
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://search.yahoo.com/mrss/": "media",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://purl.org/rss/1.0/modules/slash/": "slash",
    "http://purl.org/syndication/thread/1.0": "thr",
    "http://purl.org/syndication/history/1.0": "fh",
    "http://www.georss.org/georss": "georss",
    "http://wellformedweb.org/CommentAPI/": "wfw",
    "http://www.w3.org/1999/xhtml": "xhtml",
    XML: "xml",
}
#: Proper namespaces of which the W3C's service says no more than that it does not know them.
UNCHECKED = {
    "https://podcastindex.org/namespace/1.0": "podcast",
    "http://purl.org/atompub/tombstones/1.0": "at",
}
_PREFIXES = NAMESPACES | UNCHECKED
NOW = datetime(2100, 1, 1, tzinfo=UTC)  # of a document whose reader has no clock


@dataclass
class Node:
    """An element; names are written with the known prefix of their namespace: ``media:content``."""

    name: str
    attributes: dict[str, str]
    line: int
    parent: Node | None = None
    children: list[Node] = field(default_factory=list)
    text: str = ""
    source: bytes = b""  #: what stands between the tags, as written

    def all(self, name: str) -> list[Node]:
        """Return the children with a name."""
        return [child for child in self.children if child.name == name]

    def one(self, name: str) -> Node | None:
        """Return the first child with a name."""
        return next(iter(self.all(name)), None)

    def value(self, name: str) -> str:
        """Return the text of the first child with a name."""
        return found.text if (found := self.one(name)) else ""

    def walk(self) -> Iterator[Node]:
        """Yield this element and all below."""
        yield self
        for child in self.children:
            yield from child.walk()

    @property
    def where(self) -> str:
        """The line, and what stands there."""
        return f"line {self.line}: {self.name}"


@dataclass
class Document:
    """A document and the circumstances under which it is read."""

    body: bytes
    url: str = ""  #: where it was read, or the answer's Content-Location; "": unknown
    content_type: str = ""  #: of the answer; "": unknown
    now: datetime = NOW  #: the reader's clock
    root: Node = field(default_factory=lambda: Node("", {}, 0))
    error: str = ""  #: why it could not be parsed
    prefixes: list[tuple[str, str]] = field(default_factory=list)  #: prefix and namespace, as declared
    declaration: tuple[str, str, int] | None = None  #: version, encoding, standalone
    doctype: bool = False

    def nodes(self, *names: str) -> Iterator[Node]:
        """Yield the elements with one of these names, or all."""
        return (node for node in self.root.walk() if not names or node.name in names)


def parse(body: bytes, *, url: str = "", content_type: str = "", now: datetime = NOW) -> Document:
    """Return a document, parsed as far as that went."""
    document = Document(body, url=url, content_type=content_type, now=now)
    parser: Any = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    stack: list[Node] = []
    begun: list[int] = []  # where in the document each of ``stack`` begins

    def start(name: str, attributes: dict[str, str]) -> None:
        named = {_name(key): value for key, value in attributes.items()}
        node = Node(_name(name), named, parser.CurrentLineNumber, stack[-1] if stack else None)
        if stack:
            stack[-1].children.append(node)
        else:
            document.root = node
        stack.append(node)
        begun.append(parser.CurrentByteIndex)

    def end(_: str) -> None:
        stack.pop().source = body[begun.pop() : parser.CurrentByteIndex].partition(b">")[2]

    def characters(text: str) -> None:
        stack[-1].text += text

    def declared(*values: Any) -> None:
        document.declaration = values

    def doctype(*_: Any) -> None:
        document.doctype = True

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters
    parser.StartNamespaceDeclHandler = lambda prefix, uri: document.prefixes.append((prefix or "", uri or ""))
    parser.XmlDeclHandler = declared
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(body, True)  # noqa: FBT003 - its only signature
    except (expat.ExpatError, ValueError, LookupError) as error:
        document.error = str(error)
    return document


def _name(name: str) -> str:
    uri, _, local = name.rpartition(" ")
    return f"{_PREFIXES.get(uri, uri)}:{local}" if uri else local


def values(checks: Mapping[str, Callable[[str], str]], document: Document) -> Iterator[Finding]:
    """Yield what ``checks`` say of texts (``dc:language``) and attributes (``media:content@url``)."""
    for node in document.nodes():
        if check := checks.get(node.name):
            message = check(node.text)
            if message:
                yield message, node.where
        for attribute, value in node.attributes.items():
            check = checks.get(f"{node.name}@{attribute}")
            if check and (message := check(value)):
                yield message, f"{node.where}@{attribute}"


rules: Rules[Document] = Rules()


@rules
def is_well_formed(document: Document) -> Iterator[Finding]:
    """A document that is not well-formed is none (XML 1.0, section 2.1); undefined entities make it so."""
    if document.error:
        yield document.error, "document"


@rules
def has_an_xml_declaration(document: Document) -> Iterator[Finding]:
    """The declaration comes first and says version 1.0 and the encoding (XML 1.0, section 2.8)."""
    if not document.body.startswith(b"<?xml ") or document.declaration is None:
        yield "there is no XML declaration at the very beginning", "line 1"
    elif document.declaration[0] != "1.0" or not document.declaration[1]:
        yield f"the declaration says {document.declaration[:2]}", "line 1"


@rules
def is_utf_8(document: Document) -> Iterator[Finding]:
    """Everything is UTF-8: the bytes, the declaration, the Content-Type (RFC 7303, section 3.2)."""
    try:
        document.body.decode()
    except UnicodeDecodeError as error:
        yield str(error), "document"
    if document.declaration and (document.declaration[1] or "").lower() != "utf-8":
        yield f"the declaration says {document.declaration[1]}", "line 1"
    charset = re.search(r"charset=([^;]*)", document.content_type)
    if document.content_type and (charset is None or charset[1].strip('" ').lower() != "utf-8"):
        yield f"the Content-Type says {document.content_type!r}", "Content-Type"


@rules
def has_no_doctype(document: Document) -> Iterator[Finding]:
    """Feeds have no DTD: entities would come from it, and readers refuse it (RFC 4287, section 8)."""
    if document.doctype:
        yield "there is a document type declaration", "document"


@rules
def has_no_bad_characters(document: Document) -> Iterator[Finding]:
    """Controls and U+FFFD are what a wrong encoding leaves behind (XML 1.0, section 2.2)."""
    for node in document.nodes():
        for text in (node.text, *node.attributes.values()):
            if found := BAD_CHARACTER.search(text):
                yield f"there is {found[0]!r}", node.where


@rules
def namespaces_are_known(document: Document) -> Iterator[Finding]:
    """A namespace that nobody knows is a slip of the pen (Namespaces in XML 1.0, section 2.1)."""
    for prefix, uri in document.prefixes:
        if uri not in _PREFIXES:
            yield f"nobody knows the namespace {uri!r} of {prefix!r}", "document"


@rules
def prefixes_are_the_usual_ones(document: Document) -> Iterator[Finding]:
    """A namespace goes by its usual prefix, and a usual prefix means its own namespace."""
    usual = {prefix: uri for uri, prefix in _PREFIXES.items()}
    for prefix, uri in document.prefixes:
        if prefix and _PREFIXES.get(uri, prefix) != prefix:
            yield f"{uri} goes by {_PREFIXES[uri]!r}, not by {prefix!r}", "document"
        elif prefix and usual.get(prefix, uri) != uri:
            yield f"{prefix!r} means {usual[prefix]}, not {uri}", "document"


@rules
def namespaces_are_declared_once(document: Document) -> Iterator[Finding]:
    """A namespace has one prefix in the whole document, declared before it is used."""
    declared = [each for each in document.prefixes if each[1] not in UNCHECKED]
    if len(set(declared)) < len(declared) or len({uri for _, uri in declared}) < len(set(declared)):
        yield "a namespace is declared twice", "document"


@rules
def what_nobody_checks_is_used(document: Document) -> Iterator[Finding]:
    """A namespace that the W3C's service warns of is declared only where something is said in it."""
    used = {name.partition(":")[0] for node in document.nodes() for name in (node.name, *node.attributes)}
    for _, uri in document.prefixes:
        if uri in UNCHECKED and UNCHECKED[uri] not in used:
            yield f"{uri} is declared and not used", "document"


@rules
def languages_are_tags(document: Document) -> Iterator[Finding]:
    """xml:lang is a language tag (XML 1.0, section 2.12; BCP 47)."""
    for node in document.nodes():
        if "xml:lang" in node.attributes and (message := language(node.attributes["xml:lang"])):
            yield message, node.where
