"""Read sanitised HTML as plain text."""

from __future__ import annotations

import re
import sys
from html import unescape

_ATTRIBUTES = r"""(?:[^<>"']|"[^"]*"|'[^']*')*+"""
_INLINE = re.compile(
    r"</?(?:a|abbr|b|bdi|bdo|cite|code|del|dfn|em|i|ins|kbd|mark|q|s|samp|small|span|strong|sub|sup|time|u|var|wbr)"
    rf"(?:\s{_ATTRIBUTES})?>",
    re.IGNORECASE,
)
_TAG = re.compile(rf"</?[a-z]{_ATTRIBUTES}>", re.IGNORECASE)
_CUT_TAG = re.compile(rf"""</?(?:[a-z]{_ATTRIBUTES}(?:"[^"]*|'[^']*)?)?\Z""", re.IGNORECASE)


def plain(markup: str, *, most: int = sys.maxsize) -> str:
    """Return sanitised HTML as one line of plain text: what is not inline keeps words apart.

    Only the first ``most`` characters are looked at.
    """
    if len(markup) > most:
        markup = _CUT_TAG.sub("", markup[:most])
    markup = markup.removeprefix("<p>").removesuffix("</p>")  # that is all the markup that most have
    if "<" in markup:
        markup = _TAG.sub(" ", _INLINE.sub("", markup))
    return " ".join(unescape(markup).split())
