"""The words of the pages, a file for each language. Every table is complete: the type says so."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from aggregator.web.words.en import ENGLISH
from aggregator.web.words.id import INDONESIAN
from aggregator.web.words.shape import Words

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ENGLISH", "INDONESIAN", "LANGUAGES", "Words", "words_for"]

#: by their language
LANGUAGES: Mapping[str, Words] = MappingProxyType({each.language: each for each in (INDONESIAN, ENGLISH)})


def words_for(language: str) -> Words:
    """Return the Indonesian words for ``id`` and its variants (BCP 47), else the English ones."""
    primary = language.replace("_", "-").partition("-")[0].lower()
    return INDONESIAN if primary in {"id", "in"} else ENGLISH
