"""Teach feedparser to keep what it loses or mangles: Media RSS, Podcasting 2.0, GeoRSS, ``source``.

feedparser files the parts of all ``media:content`` together. Of elements that it has no handler for it keeps
the last, and of that the attributes or the text, not both. Its two parsers are replaced by ones that do all
that it does, and beside it keep the elements of ``names.RECORDED`` that stand in an entry, each with all that
is in it, under ``elements.KEPT`` in the entry's dictionary. ``vocabulary`` does the same, so that the same
comes of a document whichever way it is read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html import unescape
from typing import Any

from feedparser import api

from aggregator.parse.elements import KEPT, Element
from aggregator.parse.names import RECORDED, TAUGHT

_NAMESPACES = {uri.lower(): prefix for uri, prefix in (api.StrictFeedParser.namespaces | TAUGHT).items()}


@dataclass(slots=True)
class _Open:
    """An element whose end has not been read."""

    tag: str  #: as the parser below calls it
    name: str
    attributes: dict[str, str]
    pieces: list[str | bytes]  #: where its text is added, by feedparser
    begin: int  #: its own pieces begin here
    inside: list[Element] = field(default_factory=list)


class _Recorder:
    """Goes before one of feedparser's classes."""

    _matchnamespaces = _NAMESPACES
    # From here on feedparser's.
    entries: list[dict[str, Any]]
    elementstack: list[list[Any]]
    namespacemap: dict[str, str]
    depth: int
    inentry: int
    incontent: int

    def __init__(self, *arguments: Any) -> None:
        self._open: list[_Open] = []
        self._top = 0  # how deep the children of an entry lie
        super().__init__(*arguments)

    def unknown_starttag(self, tag: str, attributes: list[tuple[str, str]]) -> None:
        """Begin any element: both parsers come by here."""
        before = len(self.entries)
        super().unknown_starttag(tag, attributes)  # type: ignore[misc]
        if len(self.entries) > before:
            self._open.clear()
            self._top = self.depth + 1
        elif self._open or (self.inentry and self._at_top() and self._name(tag) in RECORDED):
            pieces = self.elementstack[-1][2] if self.elementstack else []
            written = dict(map(self._normalize_attributes, attributes))  # type: ignore[attr-defined]
            self._open.append(_Open(tag, self._name(tag), written, pieces, len(pieces)))

    def unknown_endtag(self, tag: str) -> None:
        """End any element."""
        if self._open and self._open[-1].tag == tag:
            done = self._open.pop()
            text = "" if done.inside else self._text(done.pieces[done.begin :])
            element = Element(done.name, done.attributes, text, done.inside)
            if self._open:
                self._open[-1].inside.append(element)
            elif self.entries:
                self.entries[-1].setdefault(KEPT, []).append(element)
        super().unknown_endtag(tag)  # type: ignore[misc]

    def _name(self, tag: str) -> str:
        """Return what feedparser would call the handler of an element."""
        prefix, _, local = tag.rpartition(":")
        known = self.namespacemap.get(prefix, prefix)
        return f"{known}_{local}" if known else local

    def _at_top(self) -> bool:
        return self.depth == self._top

    def _text(self, pieces: list[str | bytes]) -> str:
        return "".join(one.decode() if isinstance(one, bytes) else one for one in pieces).strip()


class _Loose(_Recorder):
    """For what is no XML: elements may lie anywhere, and references are still in the text."""

    def _at_top(self) -> bool:
        return not self.incontent

    def _text(self, pieces: list[str | bytes]) -> str:
        return unescape(super()._text(pieces))


def teach() -> None:
    """Replace feedparser's parsers; to do so again changes nothing."""
    if not issubclass(api.StrictFeedParser, _Recorder):
        api.StrictFeedParser = type("StrictFeedParser", (_Recorder, api.StrictFeedParser), {})
        api.LooseFeedParser = type("LooseFeedParser", (_Loose, api.LooseFeedParser), {})
