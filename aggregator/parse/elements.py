"""Read the elements of a feed in the order of the document, each by what its name stands for.

Here is what all of them share: where an element lies, what feedparser remembers from one to the next, and
what it does to every text and address. ``vocabulary`` says what is done with which name. Where feedparser's
answer would depend on something that is not followed here, OddError is raised: it has to read the document.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias
from urllib.parse import urljoin

from aggregator.parse.html import URL_MAX
from aggregator.parse.names import MEANT, Names, OddError, attributes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Node: TypeAlias = (
    "tuple[str, list[str], list[Any]]"  #: an element: tag, attributes, texts and elements inside
)
Fields: TypeAlias = "dict[str, Any]"

#: Where the recorded elements of an entry are kept; no element has a name with a space in it.
KEPT = "recorded elements"

_BASE = re.compile(r"https?://[a-z0-9.-]+(?::[0-9]+)?/[A-Za-z0-9/_.?=&;,~%-]*")
_XHTML = {"xhtml", "application/xhtml+xml"}
_WINDOWS = {
    code: bytes([code]).decode("cp1252")
    for code in range(0x80, 0xA0)
    if code not in {0x81, 0x8D, 0x8F, 0x90, 0x9D}  # that code page has nothing there
}


class Scope:
    """An entry or the feed, while it is read."""

    __slots__ = ("_depths", "entry", "fields", "plain_author")

    def __init__(self, *, entry: bool) -> None:
        self.entry = entry
        self.fields: Fields = {}
        self.plain_author = ""  # an author who was given as a text alone
        self._depths: dict[str, int] = {}

    def keep(self, key: str, value: str, depth: int) -> None:
        """Keep the last value; of an entry's the last of those that lie least deep."""
        if not self.entry:
            self.fields[key] = value
        elif depth <= self._depths.get(key, depth):
            self._depths[key] = depth
            self.fields[key] = value


class State:
    """What holds for a document as a whole."""

    def __init__(self, names: Names, *, version: str, based: bool, windows: bool) -> None:
        self.names = names
        self.version = version
        self.atom = version.startswith("atom")
        self.based = based  # the root element has a base; without one feedparser loses track of others
        self.windows = windows  # there may be characters that Windows means otherwise than Unicode
        self.title_depth = -1  # of the last title; one that lies as deep is not taken
        self.has_content = False  # the entry had a content, so that a second summary takes the first's place
        self.entries: list[Fields] = []
        self.skip: dict[str, list[str]] = {}  # what skipHours and skipDays list, by their names in lower case
        self.skipped_at: set[int] = set()  # the number of entries that stand before these


class Place(NamedTuple):
    """Where an element lies: how many it lies within, itself included, and what they say holds for it."""

    depth: int
    base: str  #: absolute address; empty: none was given
    lang: str


class Element(NamedTuple):
    """An element that is kept with all that is in it (``names.RECORDED``)."""

    name: str
    attributes: Mapping[str, str]
    text: str  #: trimmed; empty where there are elements inside
    inside: Sequence[Element]


Handler: TypeAlias = "Callable[[State, Scope, Node, Place], None]"


def read(
    state: State, scope: Scope, inside: list[Any], handlers: Mapping[str, Handler], place: Place
) -> None:
    """Read the elements inside one that lies at ``place``."""
    names = state.names
    within = Place(place.depth + 1, place.base, place.lang)
    for node in inside:
        if node.__class__ is not str:
            name = names[node[0]]
            if handler := handlers.get(name):
                handler(state, scope, node, within)
            elif name in MEANT:
                raise OddError
            else:
                pass_over(state, node)


def inherited(state: State, written: Mapping[str, str], place: Place) -> Place:
    """Return the place of an element once its own ``xml:base`` and ``xml:lang`` are known."""
    if not written:
        return place
    base = written.get("xml:base", written.get("base")) or ""
    if base and (
        not state.based or len(base) > URL_MAX or not _BASE.fullmatch(base) or urljoin(base, base) != base
    ):
        raise OddError
    lang = written.get("xml:lang", written.get("lang", place.lang))
    return Place(place.depth, base or place.base, lang)


def pass_over(state: State, node: Node) -> None:
    """Pass over an element of no meaning; feedparser finds those with one inside it, too."""
    rest = [kid for kid in node[2] if kid.__class__ is not str]
    while rest:
        kid = rest.pop()
        if state.names[kid[0]] in MEANT:
            raise OddError
        rest += [one for one in kid[2] if one.__class__ is not str]


def recorded(state: State, node: Node) -> Element:
    """Return an element with all that is in it, as ``recorder`` does."""
    written = attributes(node[1]) if node[1] else {}
    if written.get("type") in _XHTML:
        raise OddError  # feedparser escapes the text of such
    inside = [recorded(state, kid) for kid in node[2] if kid.__class__ is not str]
    return Element(state.names[node[0]], written, "" if inside else "".join(node[2]).strip(), inside)


def inner_text(node: Node) -> str:
    """Return the text of an element, trimmed; raise OddError where there are elements in it."""
    inside = node[2]
    try:
        return "".join(inside).strip()
    except TypeError:  # there are elements in it
        raise OddError from None


def mended(state: State, text: str) -> str:
    """Return a text without UTF-8 that was taken for Latin-1, and with the characters that Windows means."""
    if text.isascii():
        return text
    with suppress(UnicodeError):
        text = text.encode("latin-1").decode("utf-8")
    return text.translate(_WINDOWS) if state.windows else text


def resolved(base: str, address: str) -> str:
    """Return an address as feedparser resolves it."""
    if ":///" in address:
        raise OddError
    if not base or not address:
        return address or base
    if len(address) > URL_MAX:  # the standard library remembers what it has split
        raise OddError
    try:
        return urljoin(base, address)
    except ValueError:
        return ""


def address_of(state: State, node: Node, place: Place) -> str:
    """Return the address that is the text of an element."""
    text = inner_text(node)
    return mended(state, resolved(place.base, text)) if text else ""
