"""Read a list of subscriptions as other readers write it: OPML 1.0 and 2.0 (https://opml.org/spec2.opml).

Readers differ in how they spell attributes, and many forget to escape an & in an address; so names are read
in any case, and bare ampersands mended. What is broken beyond that is read as far as it goes, and said.

Safe by construction: a document type declaration is refused before any parser sees it, so there are no
entities to expand, no DTD and nothing to load; libxml2 bounds the depth.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from html import escape, unescape
from html.entities import html5
from typing import TYPE_CHECKING, Any, TypeAlias

from lxml import etree
from w3lib.encoding import html_to_unicode

from aggregator.errors import ParseError
from aggregator.model.item import Text
from aggregator.model.outline import Outline
from aggregator.parse import ITEMS_MAX
from aggregator.parse.html import clean_text, plain, printable

if TYPE_CHECKING:
    from collections.abc import Iterator

BYTES_MAX = 10_000_000  #: a larger document is refused
FAULTS_MAX = 200  #: lines; a list in which more is wrong is none

_Element: TypeAlias = Any  # lxml publishes no types
_DECLARATION = re.compile(r"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
_XML = re.compile(r"^\s*<\?xml[^>]*>")
_REFERENCE = re.compile(r"&(?:(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});)?")
_FEED = re.compile(r"feed:(?://)?(https?:)?(?://)?", re.IGNORECASE)  # as Safari wrote them


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlines:
    """What a list holds."""

    feeds: tuple[Outline, ...]  #: in their order; one may be there several times
    faults: tuple[str, ...]  #: what could not be used, and why, a line for each


def read(body: bytes) -> Outlines:
    """Return the feeds of a list of subscriptions.

    Raises:
        ParseError: it is no OPML, is too large, or has a document type declaration.
    """
    if len(body) > BYTES_MAX:
        raise ParseError(f"it has more than {BYTES_MAX} bytes: no list of subscriptions is that long")
    faults: list[str] = []
    root = _root(_decoded(body), faults)
    feeds: list[Outline] = []
    for feed in _outlines(root, (), faults):
        if len(feeds) == ITEMS_MAX:
            faults.append(f"there are more than {ITEMS_MAX} feeds: only the first so many are taken")
            break
        feeds.append(feed)
    told = list(dict.fromkeys(faults))
    if len(told) > FAULTS_MAX:
        told[FAULTS_MAX:] = [f"and {len(told) - FAULTS_MAX} others"]
    return Outlines(feeds=tuple(feeds), faults=tuple(told))


def _decoded(body: bytes) -> str:
    wide = json.detect_encoding(body[:4])
    if not wide.startswith("utf-8"):  # zero bytes: what no eight-bit encoding has
        return body.decode(wide, "replace")
    try:
        return html_to_unicode(None, body, default_encoding="utf-8")[1]
    except (LookupError, ValueError):  # Python knows "encodings" that are none: base64, undefined
        return body.decode("utf-8", "replace")


def _root(text: str, faults: list[str]) -> _Element:
    text = printable(_XML.sub("", text.lstrip("\ufeff")))
    if _DECLARATION.search(text):
        raise ParseError(
            "it has a document type declaration (<!DOCTYPE …>), which is refused: it can load and expand "
            "what a list of subscriptions has no need for; remove it"
        )
    mended = _REFERENCE.sub(_reference, text).encode()
    try:
        root = _parse(mended, recover=False)
    except etree.LxmlError as error:
        try:
            root = _parse(mended, recover=True)
        except etree.LxmlError:
            root = None
        what = clean_text(str(error).partition(" (<string>")[0], limit=200)
        faults.append(f"its XML is broken ({what}): read as far as it goes, feeds may be missing")
    if root is None or _tag(root) != "opml":
        first = "" if root is None else f": its first element is {clean_text(_tag(root), limit=40)!r}"
        raise ParseError(f"it is no OPML{first}; export the list of subscriptions from the other reader anew")
    return root


def _parse(text: bytes, *, recover: bool) -> _Element:
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        recover=recover,
        remove_comments=True,
        remove_pis=True,
    )
    return etree.fromstring(text, parser)


def _reference(match: re.Match[str]) -> str:
    """Return a reference as XML knows it; what is none stands for its own characters."""
    name = match[1]
    if name is None or not (name.startswith("#") or f"{name};" in html5):
        return f"&amp;{match[0][1:]}"
    return escape(printable(unescape(match[0])))


def _outlines(around: _Element, folder: tuple[str, ...], faults: list[str]) -> Iterator[Outline]:
    """Yield the feeds inside an element; deeper than a few hundred levels libxml2 reads nothing."""
    for element in around:
        if _tag(element) != "outline":
            yield from _outlines(element, folder, faults)
            continue
        written = {str(name).lower(): str(value).strip() for name, value in element.items()}
        title = _words(written.get("title", "")) or _words(written.get("text", ""))
        url, inside = written.get("xmlurl", ""), folder
        if url and (reason := _unread(written)):
            faults.append(f"{_called(title, url)}: {reason}")
        elif url:
            where = folder or _tagged(written.get("category", ""))
            home = written.get("htmlurl", "")
            yield Outline(url=_address(url), title=title, home=home, folder=where)
        elif len(element):
            inside = (*folder, title) if title else folder
        else:
            faults.append(f"{_called(title, '')}: it has no address of a feed (xmlUrl)")
        yield from _outlines(element, inside, faults)


def _unread(written: dict[str, str]) -> str:
    """Say why an outline with an address is not a feed's."""
    kind = written.get("type", "").lower()
    if "+" in kind or kind == "html":  # FreshRSS scrapes: HTML+XPath, JSON+DotNotation
        return (
            f"it is no feed but a page that is read as {clean_text(kind, limit=40)!r}: write it as type: html"
        )
    return ""


def _tagged(categories: str) -> tuple[str, ...]:
    """Return the folder that an attribute such as ``/Boston/Weather,/Harvard`` means: the first."""
    first = categories.partition(",")[0]
    return tuple(filter(None, map(_words, first.split("/"))))


def _words(value: str) -> str:
    return plain(Text(value=value))


def _called(title: str, url: str) -> str:
    return repr(clean_text(title or url, limit=100) or "an outline without a title")


def _address(url: str) -> str:
    """Return the address that one of ``feed:`` stands for, and any other as it is."""
    found = _FEED.match(url)
    return f"{found[1] or 'http:'}//{url[found.end() :]}" if found else url


def _tag(element: _Element) -> str:
    """Return an element's name in lower case, without its namespace."""
    return str(element.tag).rpartition("}")[2].lower()
