"""Find words and phrases in a text: whole words, in capitals or not, with accents or not.

Pure. Scripts that put no space between words (Chinese, Japanese, Thai) are one word from one punctuation
mark to the next.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

WORD = re.compile(r"[^\W_]+")
ANY_ENDING = "*"


class _Plain(dict[int, int | None]):
    """What stays of a character: marks (accents) and invisible ones go. Remembered for each one met."""

    def __missing__(self, character: int) -> int | None:
        gone = unicodedata.category(chr(character)) in {"Mn", "Mc", "Me", "Cf"}
        self[character] = None if gone else character
        return self[character]


_plain = _Plain()


def folded(text: str) -> str:
    """Return the words of ``text`` without case and accents, a space before and after each."""
    if text.isascii():
        text = text.lower()
    else:
        # Twice: what is taken apart may have a case, and what lost its case may be taken apart.
        text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold()).translate(_plain)
    return f" {' '.join(WORD.findall(text))} "


@lru_cache(maxsize=4096)
def spelled(phrase: str) -> str:
    """Return ``phrase`` as ``folded`` texts have it: equal for phrases that find the same; "" without a word.

    It ends in a space, unless a ``*`` allows any ending.
    """
    words = folded(phrase)
    if not words.strip():
        return ""
    return words[:-1] if phrase.endswith(ANY_ENDING) else words


def any_of(phrases: Iterable[str], text: str) -> bool:
    """Tell whether a ``folded`` text has one of ``phrases``."""
    return any(spelled(phrase) in text for phrase in phrases)
