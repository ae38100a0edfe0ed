"""Bytes in, what a source claims out: nothing invented, nothing fetched, no clock.

An input kind is one module with one ``PARSER``, named in ``syndication.PARSERS``. What all of
them share is here: what a parser is, and how the start of a document is looked at.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from aggregator.model.item import ParsedDocument
    from aggregator.model.source import Kind, Select

ITEMS_MAX = 5_000  #: items taken of one document; the rest is left out, with a fault
HEAD_BYTES = 65_536  #: how far the root element is looked for: some feeds open with a licence text

_NAME = re.compile(r"[A-Za-z_][\w:.-]*")


class Read(Protocol):
    """Reads a whole document of one kind."""

    def __call__(self, body: bytes, *, url: str, content_type: str, select: Select | None) -> ParsedDocument:
        """Return what the document claims; raise ParseError where it cannot be read as this kind."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Parser:
    """One way to read a source's document."""

    kind: Kind
    recognises: Callable[[str], bool]  #: asked with the start of a document (``beginning``)
    parse: Read


def beginning(body: bytes) -> str:
    """Return the first ``HEAD_BYTES`` of a document as text, without byte order mark and leading space.

    Good enough to see the structure: the bytes of an eight-bit encoding are read as UTF-8, with
    U+FFFD for what that cannot be. UTF-16 and UTF-32 show by their zero bytes (RFC 4627, 3).
    """
    start = body[:HEAD_BYTES]
    return start.decode(json.detect_encoding(start), "replace").lstrip("\ufeff\x00 \t\r\n\f\v")


def first_tag(head: str) -> str:
    """Return the name of a document's first element in lower case, ``html`` for an HTML doctype, else ``""``.

    Comments, processing instructions, declarations and text before it are passed over.
    """
    at = head.find("<")
    while at >= 0:
        if head.startswith("<!--", at):
            end = head.find("-->", at)
        elif head.startswith(("<!", "<?"), at):
            if head[at : at + 14].lower() == "<!doctype html":
                return "html"
            end = head.find(">", at)
        elif name := _NAME.match(head, at + 1):
            return name[0].lower()
        else:
            end = at
        if end < 0:
            return ""
        at = head.find("<", end + 1)
    return ""
