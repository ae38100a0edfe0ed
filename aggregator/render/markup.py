"""XML elements as text, for entries: their namespaces are declared by the document's head."""

from __future__ import annotations

import html
import re
from html.entities import html5
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

XML_LANG = "xml:lang"
KEPT = 256  # what is remembered of labels and sources, which are the same in many entries
REFERENCE = re.compile(r"&(#?\w+)")  # some do not ask for the semicolon
_WORDS = {"label", "title"}  # attributes that are plain text
_END_TAG = re.compile(r"</[a-z][a-z0-9]*>", re.IGNORECASE)


def looks_like_html(text: str) -> bool:
    """Tell whether a reader would take something in a plain text for HTML: an end tag or a reference."""
    if "&" in text and any(name[0] == "#" or f"{name};" in html5 for name in REFERENCE.findall(text)):
        return True
    return "</" in text and bool(_END_TAG.search(text))


def element(tag: str, text: str = "", /, **attributes: str) -> str:
    """Return an element with ``text`` in it; attributes that are empty are left out.

    ``tag`` and the attributes' names carry their prefixes. ``text`` and the values hold only
    characters that XML allows (``printable``).
    """
    opening = f"<{tag}{_given(attributes)}"
    return f"{opening}>{escape(text)}</{tag}>" if text else f"{opening}/>"


def words(tag: str, text: str) -> str:
    """Return an element with plain text in it, which nobody shall take for HTML."""
    return f"<{tag}>{escape_words(text)}</{tag}>"


def parent(tag: str, children: Iterable[str], /, **attributes: str) -> str:
    """Return an element that holds ``children``."""
    return f"<{tag}{_given(attributes)}>{''.join(children)}</{tag}>"


def block(tag: str, children: Iterable[str], /, *, indent: str, **attributes: str) -> str:
    """Return an element that holds ``children`` one a line, itself on lines of its own after ``indent``."""
    inside = f"\n{indent}  ".join(children)
    return f"{indent}<{tag}{_given(attributes)}>\n{indent}  {inside}\n{indent}</{tag}>\n"


def only(document: bytes, tag: str, places: Collection[int]) -> bytes:
    """Return ``document`` with only those of its ``block`` elements ``tag`` that stand at ``places``, from 0.

    Their tags are nowhere else in it, since texts are escaped.
    """
    opening, closing = f"<{tag}".encode(), f"</{tag}>\n".encode()
    *blocks, after = document.split(closing)
    if not blocks:
        return document
    before = blocks[0][: blocks[0].rindex(opening)].rstrip(b" ")
    blocks[0] = blocks[0].removeprefix(before)
    kept = (block + closing for place, block in enumerate(blocks) if place in places)
    return b"".join((before, *kept, after))


def escape(text: str) -> str:
    """Return ``text`` as an element's content that a parser reads back unchanged (XML 1.0, 2.4, 2.11)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")


def escape_words(text: str) -> str:
    """Return plain ``text`` like ``escape``, with & and < as numbers.

    By them readers and validators know that it is no HTML, even ``3&4`` and ``a <b`` (best-practices
    profile, character data).
    """
    return escape(text).replace("&amp;", "&#x26;").replace("&lt;", "&#x3C;")


def escape_plain(text: str) -> str:
    """Return ``text`` as the content of an element of RSS that is not HTML, such as a title.

    Half of all readers take it for HTML nonetheless, so a text with end tags in it is written as HTML
    would have it.
    """
    if "</" in text and _END_TAG.search(text):
        text = html.escape(text, quote=False)
    return escape_words(text)


def _given(attributes: dict[str, str]) -> str:
    if not attributes:  # as most elements have none
        return ""
    return "".join(
        [
            f' {name}="{_quoted(escape_words(value) if name in _WORDS else escape(value))}"'
            for name, value in attributes.items()
            if value
        ]
    )


def _quoted(escaped: str) -> str:
    """Return an attribute's value; line breaks and tabs would be read as spaces (XML 1.0, 3.3.3)."""
    return escaped.replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;")
