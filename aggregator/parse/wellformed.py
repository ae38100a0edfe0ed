"""Read well-formed RSS, RDF and Atom fast, as feedparser would read them.

A document is made into a tree by expat, the parser that feedparser itself begins with, and its elements
into the dictionaries that feedparser would give (``entries`` reads both alike). What feedparser does with
an element depends on what it met before: which of two summaries wins, what a second description is. All
that matters here is followed; whatever is odd is declined, and feedparser itself has to read the document.

Safe by construction: a document type declaration is declined at its first byte, so there are no entities
to expand, no DTD and nothing to load. Size, elements, depth and attributes are bounded while expat reads, and
all work is linear in the bytes. expat rather than lxml, as libxml2 keeps each name that it ever saw for
as long as the thread lives (docs/decisions/0019-well-formed.md).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding

from aggregator.model.item import ParsedDocument
from aggregator.parse import ITEMS_MAX
from aggregator.parse.elements import Place, Scope, State, inherited, read
from aggregator.parse.entries import Reader
from aggregator.parse.names import Names, OddError, attributes
from aggregator.parse.pace import pace
from aggregator.parse.vocabulary import FEED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aggregator.parse.elements import Node

BODY_MAX = 2_000_000  #: bytes; a larger document is declined
ELEMENTS_MAX = 40_000  #: a tree of so many takes 10 MB; the slowest to read, half a second
DEPTH_MAX = 60  #: elements inside one another
ATTRIBUTES_MAX = 100  #: of one element
EQUALS_MAX = 20_000  #: equals signs; of a document with more, it is looked at whether tags are that many

_BOM = b"\xef\xbb\xbf"
_TEXT_MAX = 1 << 16  # expat joins text up to so many characters before it hands it over
_BASE_PERHAPS = re.compile(
    rb"base\s*="
)  # begins with plain letters, and so is searched for many times faster
_BASE = re.compile(rb"[\s:]base\s*=")
_CONTROL = re.compile(rb"\xc2[\x80-\x9f]")
_CONTROL_REFERENCE = re.compile(rb"&#(?:0*1[2-5][0-9]|x0*[89])")
_ATOM = "http://www.w3.org/2005/Atom"
_ATOM_03 = "http://purl.org/atom/ns#"
_LIKE_ASCII = ("ascii", "utf-8", "cp125", "iso8859", "iso-8859", "latin")


def parse(body: bytes, *, url: str, content_type: str) -> ParsedDocument | None:
    """Return what a feed claims; None where it has to be read with more patience.

    Args:
        body: the document, decompressed.
        url: where it came from; relative addresses start there.
        content_type: the header, verbatim, for its charset.
    """
    body = body.removeprefix(_BOM).lstrip(b" \t\r\n")
    if (
        not body.startswith(b"<")
        or len(body) > BODY_MAX
        or _crowded(body)
        or not _in_utf8(body, content_type)
    ):
        return None
    try:
        return _document(body, url)
    except (OddError, expat.ExpatError):
        return None


def _crowded(body: bytes) -> bool:
    """Return whether so many attributes belong to few elements: expat would hold all before it is asked."""
    signs = body.count(b"=")
    return signs > EQUALS_MAX and signs > 10 * (body.count(b"<") + body.count(b"&"))


def _in_utf8(body: bytes, content_type: str) -> bool:
    """Return whether ``tolerant`` would read these bytes as UTF-8 too, if they are it (expat finds out)."""
    if not body.isascii():
        return True
    declared = http_content_type_encoding(content_type) or html_body_declared_encoding(body) or "utf-8"
    return declared.startswith(_LIKE_ASCII)


def _tree(body: bytes, names: Names) -> Node:
    """Return the root element; each is a tuple of its tag, its attributes and what is inside it."""
    inside: list[Any] = []
    around: list[list[Any]] = []  # what is inside the elements around that one
    elements = 0

    def start(tag: str, attributes: list[str]) -> None:
        nonlocal elements, inside
        elements += 1
        if elements > ELEMENTS_MAX or len(around) > DEPTH_MAX or len(attributes) > 2 * ATTRIBUTES_MAX:
            raise OddError
        outside, inside = inside, []
        outside.append((tag, attributes, inside))
        around.append(outside)

    def end(_tag: str) -> None:
        nonlocal inside
        inside = around.pop()

    def text(value: str) -> None:
        inside.append(value)

    parser = expat.ParserCreate("utf-8", " ")
    parser.buffer_text = True
    parser.buffer_size = _TEXT_MAX
    parser.ordered_attributes = True
    parser.StartDoctypeDeclHandler = _declined
    parser.XmlDeclHandler = _version
    parser.StartNamespaceDeclHandler = names.declare
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.Parse(body, True)  # noqa: FBT003 - "this was all of it"; takes no keywords
    root: Node = inside[-1]
    return root


def _declined(*_: object) -> None:
    raise OddError


def _version(version: str, *_: object) -> None:
    if version != "1.0":
        raise OddError


def _document(body: bytes, url: str) -> ParsedDocument:
    names = Names()
    tag, listed, inside = _tree(body, names)
    written = attributes(listed)
    name, based = names[tag], bool(written.get("xml:base", written.get("base")))
    version = _version_of(tag, name, names.version, written)
    if not based and b"base" in body and _BASE_PERHAPS.search(body) and _BASE.search(body):
        raise OddError
    state = State(
        names,
        version=version,
        based=based,
        windows=_may_be_windows(body),
    )
    place = inherited(state, written, Place(1, "", ""))
    feed = Scope(entry=False)
    if place.lang and name != "rdf_rdf":
        feed.fields["language"] = place.lang
    if name == "feed":
        read(state, feed, inside, FEED, place)
    else:
        _channel(state, feed, inside, place, rdf=name == "rdf_rdf")
    count = len(state.entries)
    if count > ITEMS_MAX or any(0 < before < count for before in state.skipped_at):
        raise OddError
    faults: list[str] = []
    reader = Reader(feed.fields, url=url, atom=state.atom)
    return ParsedDocument(
        title=reader.title,
        home=reader.home,
        language=feed.fields.get("language", ""),
        items=tuple(reader.items(state.entries, faults)),
        faults=tuple(faults),
        pace=pace(feed.fields, hours=state.skip.get("skiphours", ()), days=state.skip.get("skipdays", ())),
    )


def _may_be_windows(body: bytes) -> bool:
    """Return whether there may be characters that Windows means otherwise than Unicode (U+0080 to U+009F)."""
    return bool(
        (b"\xc2" in body and _CONTROL.search(body)) or (b"&#" in body and _CONTROL_REFERENCE.search(body))
    )


def _version_of(tag: str, name: str, version: str, written: Mapping[str, str]) -> str:
    """Return what feedparser calls the version of a document with this root element."""
    if name == "rss":
        return "rss"
    if name == "rdf_rdf" and version.startswith("rss"):
        return version
    if tag == f"{_ATOM} feed" and version == "atom10":
        return version
    if tag == f"{_ATOM_03} feed" and not version and written.get("version") == "0.3":
        return "atom03"
    raise OddError


def _channel(state: State, feed: Scope, inside: list[Any], root: Place, *, rdf: bool) -> None:
    """Read what is inside the root element of RSS: the channel, and beside it all else where it is RDF."""
    channels = 0
    place = Place(root.depth + 1, root.base, root.lang)
    for node in inside:
        if node.__class__ is str:
            continue
        name = state.names[node[0]]
        if name == "channel":
            channels += 1
            written = attributes(node[1])
            if "href" in written or "lastmod" in written:  # as CDF had it
                raise OddError
            read(state, feed, node[2], FEED, inherited(state, written, place))
        elif rdf and name in {"item", "image", "textinput"}:
            FEED[name](state, feed, node, place)
        else:
            raise OddError
    if channels != 1:
        raise OddError
