"""Fit what sources write onto a page of ours: the content itself, and a few plain words of it.

The content was made safe when it came in (``parse.html``). On a page it must besides be in order (its
headings go on from ours), reachable by keyboard, quiet (nothing is loaded but pictures, and those late)
and no wider than a phone.

The sanitiser writes every tag as ``<name attribute="value">`` and every other ``<`` of a text as a
character reference; so tags are found whole, in their order, and what stands inside an attribute is never
taken for one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aggregator.rules import languages
from aggregator.rules.plain import plain

if TYPE_CHECKING:
    from aggregator.web.words import Words

_TAG = re.compile(r'<(/?)([a-z][a-z0-9]*)((?: [a-z]+="[^"]*")*)>')
_ATTRIBUTE = re.compile(r' ([a-z]+)="([^"]*)"')
_NO_TEXT = re.compile(' alt=""')
_HEADING = re.compile(r"h[1-6]")
_LATE = ' loading="lazy" decoding="async" referrerpolicy="no-referrer"'
_MARKUP_FOR_TEXT = 20  # markup is seldom longer than twenty times its text
_FEW = 8  # pieces between two tags, all of which may be nothing


def excerpt(markup: str, limit: int) -> str:
    """Return the beginning of sanitised ``markup`` as a line of plain text, at most ``limit`` characters."""
    some = limit * _MARKUP_FOR_TEXT
    words = plain(markup, most=some)
    if len(words) <= limit and len(markup) <= some:
        return words
    cut = words[:limit]
    if len(words) >= limit:
        cut = cut[: cut.rfind(" ")] if " " in cut else cut[:-1]
    return f"{cut}…"


def fit(markup: str, words: Words) -> str:
    """Return sanitised ``markup`` as it stands on a story's page, under the heading of the story."""
    return _Fitting(words).fit(markup)


class _Fitting:
    """The content of one story, being fitted."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._pieces: list[str] = []
        self._levels: list[int] = []  # of the source's headings that the present place is under
        self._open: list[tuple[str, int]] = []  # headings and links: how they are closed, where they began
        self._medium = ""  # the player whose inside is being left out
        self._linked = False  # and whether its link is written

    def fit(self, markup: str) -> str:
        end = 0
        for tag in _TAG.finditer(markup):
            if not self._medium:
                self._pieces.append(markup[end : tag.start()])
            end = tag.end()
            closing, name, attributes = tag.groups()
            if self._medium:
                self._inside(closing, name, attributes)
            elif closing:
                self._close(name)
            else:
                self._begin(name, _known_languages(attributes))
        self._pieces.append(markup[end:])
        return "".join(self._pieces)

    def _begin(self, name: str, attributes: str) -> None:
        write = self._pieces.append
        if name == "img":
            write(f"<img{self._described(attributes)}{_LATE}>")
        elif name == "source":  # of a picture: without its srcset it says nothing
            pass
        elif name in {"audio", "video"}:
            self._medium, self._linked = name, False
            self._link(attributes)
        elif name == "table":
            label = self._words.table
            write(f'<div class="wide" role="group" aria-label="{label}" tabindex="0"><table{attributes}>')
        elif name == "pre":
            write(f'<pre{attributes} tabindex="0">')
        elif _HEADING.fullmatch(name):
            level = self._level(int(name[1]))
            self._open.append((f"</h{level}>", len(self._pieces)))
            write(f"<h{level}{attributes}>")
        else:
            if name == "a":
                self._open.append(("</a>", len(self._pieces)))
            write(f"<{name}{attributes}>")

    def _close(self, name: str) -> None:
        if name == "table":
            self._pieces.append("</table></div>")
        elif self._open and (name == "a" or _HEADING.fullmatch(name)):
            closing, began = self._open.pop()
            if self._is_empty(began):
                del self._pieces[began:]
            else:
                self._pieces.append(closing)
        else:
            self._pieces.append(f"</{name}>")

    def _level(self, level: int) -> int:
        """Return the level of ours for a heading of the source's: one below the heading that it is under."""
        while self._levels and self._levels[-1] >= level:
            self._levels.pop()
        self._levels.append(level)
        return min(1 + len(self._levels), 6)

    def _is_empty(self, began: int) -> bool:
        """Tell whether there is nothing to see or to follow since the piece ``began``."""
        inside = self._pieces[began + 1 :]
        return len(inside) <= _FEW and not any(
            piece.startswith("<img") or _TAG.sub("", piece).replace("&nbsp;", "").strip() for piece in inside
        )

    def _described(self, attributes: str) -> str:
        """Return the attributes of a picture with a text for those who do not see it; a link needs one."""
        in_link = any(closing == "</a>" for closing, _ in self._open)
        if dict(_ATTRIBUTE.findall(attributes)).get("alt", ""):
            return attributes
        return f'{_NO_TEXT.sub("", attributes)} alt="{self._words.picture if in_link else ""}"'

    def _inside(self, closing: str, name: str, attributes: str) -> None:
        """Leave out what is inside a player, but for the address of what it plays."""
        if closing and name == self._medium:
            self._medium = ""
        elif name == "source":
            self._link(attributes)

    def _link(self, attributes: str) -> None:
        """Write a link to what a player plays, once: the page itself loads no sound and no film."""
        address = dict(_ATTRIBUTE.findall(attributes)).get("src")
        if address and not self._linked:
            self._linked = True
            label = self._words.video if self._medium == "video" else self._words.audio
            self._pieces.append(f'<a class="medium" href="{address}">{label}</a>')


def _known_languages(attributes: str) -> str:
    """Return attributes without a ``lang`` that is none: readers aloud would change their voice for it."""
    if ' lang="' not in attributes:
        return attributes
    return _ATTRIBUTE.sub(
        lambda found: found[0] if found[1] != "lang" or languages.tag(found[2]) else "", attributes
    )
