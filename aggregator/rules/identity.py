"""Say which item of a source an entry of its document is (docs/duplicates.md, A).

A key is made of what the upstream promises not to change. Dates never enter a key.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aggregator.rules.urls import canonical

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aggregator.model.item import ParsedItem
    from aggregator.rules.urls import Tracking

LONGEST_KEY = 300  # characters; an index row of PostgreSQL holds 2,704 bytes
LONGEST_URL = 600  # likewise
TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class Identity:
    """What tells an entry from its neighbours, and what it has in common with other sources."""

    key: str  #: unique inside the source
    canonical_url: str  #: "" where its link identifies nothing
    own_id: bool  #: its upstream id stands alone for it


def identify(items: Sequence[ParsedItem], tracking: Tracking) -> list[Identity | None]:
    """Return the identity of each of a document's entries; None for one that repeats an earlier entry.

    Best first: the upstream id; id and link, where a document uses an id twice; the canonical URL; a
    hash of title and text, also where id and link do not tell entries apart. A link that entries with
    ids of their own and different titles share (a podcast's home page, say) identifies none of them.
    """
    urls = [_bounded(canonical(item.link, tracking), LONGEST_URL) for item in items]
    used = Counter(item.id for item in items)
    vague = _vague(items, urls)
    told = _told_apart(items, urls, used)
    seen: set[str] = set()
    found: list[Identity | None] = []
    for item, full_url in zip(items, urls, strict=True):
        url = "" if full_url in vague else full_url
        own_id = bool(item.id) and used[item.id] == 1
        if own_id:
            key = f"id:{item.id}"
        elif item.id and (item.id, full_url or item.link) in told:
            key = f"id:{item.id} link:{full_url or item.link}"
        elif url and not item.id:
            key = f"url:{url}"
        else:
            key = f"text:{digest(plain(item.title.value), plain(item.content.value or item.summary.value))}"
        key = _bounded(key, LONGEST_KEY)
        found.append(None if key in seen else Identity(key, url, own_id))
        seen.add(key)
    return found


def _told_apart(
    items: Sequence[ParsedItem], urls: Sequence[str], used: Mapping[str, int]
) -> set[tuple[str, str]]:
    """Return the pairs of id and link that stand for one title only, of the ids that are used twice."""
    titles: dict[tuple[str, str], set[str]] = {}
    for item, url in zip(items, urls, strict=True):
        if item.id and used[item.id] > 1:
            titles.setdefault((item.id, url or item.link), set()).add(plain(item.title.value))
    return {pair for pair, told in titles.items() if len(told) == 1}


def _vague(items: Sequence[ParsedItem], urls: Sequence[str]) -> set[str]:
    """Return the canonical URLs that entries with ids of their own and different titles share."""
    first: dict[str, ParsedItem] = {}
    vague: set[str] = set()
    for item, url in zip(items, urls, strict=True):
        other = first.setdefault(url, item)
        if (item.id or other.id) and plain(other.title.value) != plain(item.title.value):
            vague.add(url)
    return vague


def _bounded(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"hash:{digest(text)}"


def plain(text: str) -> str:
    """Return ``text`` without markup, case and spacing: what two tellings of the same words share."""
    return " ".join(TAG.sub(" ", text).casefold().split())


def digest(*parts: str) -> str:
    """Return a hash of ``parts`` (32 hexadecimal digits) that no other split of the same text has."""
    together = hashlib.blake2b(digest_size=16)
    for part in parts:
        encoded = part.encode("utf-8", "surrogatepass")
        together.update(len(encoded).to_bytes(8, "big"))
        together.update(encoded)
    return together.hexdigest()
