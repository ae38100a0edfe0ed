"""Make names for addresses out of titles: lower-case letters of ASCII, digits and hyphens."""

from __future__ import annotations

import re
import unicodedata
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container

LONGEST = 40  #: characters of a made name without the number that may follow it
_APART = str.maketrans(
    {
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "ł": "l",
        "þ": "th",
        "\u0131": "i",
        "'": "",
        "\u2019": "",
    }
)
_ELSE = re.compile(r"[^a-z0-9]+")


def name_of(title: str) -> str:
    """Return the name that ``title`` makes, cut between words where it is too long.

    Empty where it has less than two letters or digits of ASCII, accents not counted.
    """
    folded = unicodedata.normalize("NFKD", title.casefold().translate(_APART))
    plain = "".join(character for character in folded if not unicodedata.combining(character))
    name = _ELSE.sub("-", plain).strip("-")
    if len(name) > LONGEST:
        name = (name[: LONGEST + 1].rpartition("-")[0] or name)[:LONGEST]
    return name if len(name) > 1 else ""


def free_name(name: str, taken: Container[str]) -> str:
    """Return ``name``, with a number where it is among those ``taken``."""
    if name not in taken:
        return name
    return next(numbered for number in count(2) if (numbered := f"{name}-{number}") not in taken)
