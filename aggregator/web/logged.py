"""Say what of a path may be logged: a partner's key may stand in it, at its place or at any other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LONGEST = 200  #: characters of a path
#: Partners' own addresses, and what was meant to be one: no other address of ours begins like this.
_OWN = re.compile(r"(^/*p|/p(?=/|$)).*", re.IGNORECASE | re.DOTALL)
_LIKE_OURS = re.compile(r"ak_[A-Za-z0-9_-]{20}")
_LIKE_CONFIGURED = re.compile(r"[A-Za-z0-9._~-]{20,}")
_TIMES = 3  # as it came, and what it says if it was escaped once or twice too often


def without_keys(path: str, known: Callable[[str], object]) -> str:
    """Return a path as it may be logged; ``known`` tells whether a text is somebody's key."""
    said = ""
    for number, segment in enumerate(_OWN.sub(r"\1…", path).split("/")):
        said += ("/" if number else "") + ("…" if _has_key(segment, known) else segment)
        if len(said) >= LONGEST:
            break
    return said[:LONGEST]


def _has_key(segment: str, known: Callable[[str], object]) -> bool:
    for _ in range(_TIMES):
        if _LIKE_OURS.search(segment) or any(map(known, _candidates(segment))):
            return True
        segment = unquote(segment)
    return False


def _candidates(segment: str) -> Iterator[str]:
    yield segment
    for run in _LIKE_CONFIGURED.findall(segment):
        yield run
        yield run.rpartition(".")[0]  # as in KEY.rss
