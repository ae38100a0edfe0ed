"""What the W3C's Feed Validation Service complains of, and we publish nonetheless, in RSS and in Atom.

Each is correct by its specification, and left out it would cost a subscriber something. Why each is kept:
docs/decisions/0023-what-validators-warn-of.md. Where no source sends any of these, the service finds nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from unicodedata import is_normalized
from urllib.parse import unquote_to_bytes, urlsplit

from tests.validity.document import UNCHECKED
from tests.validity.markup import unfamiliar
from tests.validity.rule import Rules
from tests.validity.values import early

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.validity.document import Document, Node
    from tests.validity.rule import Finding

DATES = ("pubDate", "lastBuildDate", "atom:updated", "atom:published", "dc:date")
ITUNES_FILES = ("m4a", "mp3", "mov", "mp4", "m4v", "pdf", "epub")
TWICE_ENCODED = re.compile("[\xc2\xc3][\x80-\xbf]")
# A host with a dot in its name or an address of IPv4, and a path or nothing behind it.
PLAIN_ADDRESS = re.compile(r"https?://(?:[A-Z0-9-]+\.)+[A-Z0-9][A-Z0-9-]*(?::\d+)?(?:/|$)", re.IGNORECASE)
LONGEST = 5_000_000  # bytes

rules: Rules[Document] = Rules()


@rules.choice
def namespaces_are_known_to_the_service(document: Document) -> Iterator[Finding]:
    """It has no rules for Podcasting 2.0 and RFC 6721: UnsupportedNamespace, UnknownNamespace."""
    for uri in {uri for _, uri in document.prefixes} & UNCHECKED.keys():
        yield f"{uri} is checked by nobody", "document"


@rules.choice
def itunes_items_have_a_show(document: Document) -> Iterator[Finding]:
    """A channel of episodes has a category, a rating, an owner: MissingItunesElement, MissingItunesEmail."""
    for channel in document.nodes("channel"):
        if any(node.name.startswith("itunes:") for node in channel.walk()):
            for name in ("itunes:category", "itunes:explicit", "itunes:owner"):
                if not channel.all(name):
                    yield f"the channel lacks {name}", channel.where


@rules.choice
def itunes_files_can_be_played(document: Document) -> Iterator[Finding]:
    """The address of an episode's file ends as Apple's do: UnsupportedItunesFormat."""
    for node in document.nodes("item"):
        enclosure = node.one("enclosure")
        if enclosure and any(child.name.startswith("itunes:") for child in node.children):
            address = enclosure.attributes.get("url", "")
            if address.rpartition(".")[2] not in ITUNES_FILES:
                yield f"{address!r} is nothing that iTunes plays", enclosure.where


@rules.choice
def html_is_known_to_the_service(document: Document) -> Iterator[Finding]:
    """It takes ``controls`` and ``bdo``, which do nothing, for a risk: SecurityRiskAttr, SecurityRisk."""
    for node in document.nodes():
        if _is_html(node):
            yield from ((message, node.where) for message in unfamiliar(node.text))


@rules.choice
def dates_are_of_the_web(document: Document) -> Iterator[Finding]:
    """What is dated before 1990 is thought a slip: ImplausibleDate."""
    for node in document.nodes(*DATES):
        if message := early(node.text):
            yield message, node.where


@rules.choice
def texts_are_encoded_once(document: Document) -> Iterator[Finding]:
    """UTF-8 that was taken for Latin-1 and encoded again is told by its pairs (``Ã©``): BadCharacters."""
    for node in document.nodes():
        if found := TWICE_ENCODED.search(node.text):
            yield f"{found[0]!r} may be encoded twice", node.where


@rules.choice
def archives_have_neighbours(document: Document) -> Iterator[Finding]:
    """An archive leads to another (RFC 5005, section 4); the oldest does not: ArchiveIncomplete."""
    for feed in document.nodes("atom:feed"):
        relations = {link.attributes.get("rel") for link in feed.all("atom:link")}
        if feed.all("fh:archive") and not relations & {"prev-archive", "next-archive"}:
            yield "an archive that leads to no other", feed.where


@rules.choice
def addresses_are_plain(document: Document) -> Iterator[Finding]:
    """No host is of IPv6; a file's has a dot and no ``_``, and ``/`` behind it: InvalidLink, an error."""
    for node in document.nodes():
        for text in (node.text, *node.attributes.values()):
            if text.startswith(("http://[", "https://[")):
                yield f"{text!r} is of IPv6", node.where
    for name, attribute in (("enclosure", "url"), ("itunes:image", "href")):
        for node in document.nodes(name):
            if not PLAIN_ADDRESS.match(node.attributes.get(attribute, "")):
                yield f"{node.attributes.get(attribute)!r} is an unusual address", node.where


@rules.choice
def ids_are_normal_text(document: Document) -> Iterator[Finding]:
    """What is escaped in an id is UTF-8 in normal form C, and no dot ends a host: NonCanonicalURI."""
    for node in document.nodes("atom:id"):
        escaped = unquote_to_bytes(node.text)
        if not _is_normal(escaped) or urlsplit(node.text).netloc.endswith("."):
            yield f"{node.text!r} is written in another way, too", node.where


@rules.choice
def languages_have_two_letters(document: Document) -> Iterator[Finding]:
    """Of those with three it knows ISO 639-2, and none of ISO 639-3: InvalidLanguage, an error."""
    for node in document.nodes():
        text = node.text if node.name in {"language", "dc:language"} else node.attributes.get("xml:lang", "")
        if len(text.partition("-")[0]) > 2:
            yield f"{text!r} may not be known", node.where


@rules.choice
def documents_are_short(document: Document) -> Iterator[Finding]:
    """It reads five million bytes: ValidatorLimit, an error."""
    if len(document.body) > LONGEST:
        yield f"the document has {len(document.body)} bytes", "document"


def _is_normal(escaped: bytes) -> bool:
    try:
        return is_normalized("NFC", escaped.decode())
    except UnicodeDecodeError:
        return False


def _is_html(node: Node) -> bool:
    if node.name == "description":
        return node.parent is not None and node.parent.name == "item"
    return node.name == "content:encoded" or (
        node.name.startswith("atom:") and node.attributes.get("type") == "html"
    )
