"""Say whether two items tell the same news in nearly the same words (docs/duplicates.md, C).

A text is the set of its 5-word shingles. Texts that share a *band* of their MinHash signature are candidates;
the exact overlap of the two sets, the titles, and the numbers and names of both then decide. The rules would
rather miss a copy than merge two pieces of news: a missed copy is shown twice, a wrong merge hides one.

Pure, and the same on every machine: what is computed here is stored and compared for days.
"""

from __future__ import annotations

import re
import struct
import unicodedata
from bisect import bisect_left
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from hashlib import blake2b
from html import unescape
from typing import TYPE_CHECKING, TypeVar

from aggregator.rules.mentions import (
    MOST_CHARACTERS,
    TAG,
    disagreement,
    mentions,
    title_disagreement,
    title_words,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aggregator.model.item import Item

WINDOW = timedelta(hours=72)  # news that is copied at all is copied within days
LEAST_WORDS = 48  # a shorter text is a teaser: too little to know it by
MOST_WORDS = 4_000  # of a long text only these are looked at
LEAST_JACCARD = 0.85  # of the shingles of a copy
LEAST_TITLE = 0.6  # of the words of the shorter title
LEAST_RELATED = 0.5  # of the shingles; below, nothing is said of two texts
MOST_CANDIDATES = 48  # those that share most bands, then the newest: a form has hundreds of instances a day
MOST_COMPARED = 12  # of those: the nearest, whose texts are read

#: Two texts that share a share s of their shingles have equal values in one bin with probability s, so they
#: share one of the bands with 1 - (1 - s**ROWS)**BANDS: 0.9967 for s = 0.85, 0.9996 for 0.9, 0.05 for 0.2.
BANDS, ROWS = 6, 3
BINS = BANDS * ROWS

PLACES = 5  # words in a shingle
BITS = 30  # of a hash: one digit of a Python integer, which is what makes this quick
MASK = (1 << BITS) - 1
ODD = 0x9E3779B97F4A7C15  # 2**64 divided by the golden ratio: spreads what it multiplies
#: What a word's hash is multiplied by, for each place in a shingle, so that the order of words counts.
FACTORS = tuple(ODD ** (place + 1) & MASK for place in range(PLACES))
LANE = 64  # bits: room for the sum of so many products
KEPT = LANE // 4  # the lowest bits of such a sum are the least mixed ones
LANES = int.from_bytes((MASK << KEPT).to_bytes(LANE // 8, "little") * MOST_WORDS, "little")
WIDTH = (1 << BITS) // BINS + 1  # of a bin
MOST_KNOWN, LONGEST_KNOWN = 1 << 14, 40  # words in memory, and the characters of each

WORD = re.compile(r"\w++(?:[.,:/-]\d++)*+")  # 1.495.000 and 2-1 are words
INVISIBLE = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")  # soft hyphens and the like, inside words

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """What a text is found and compared by."""

    bands: tuple[int, ...]  #: texts that share one are candidates; they fit a signed column of 64 bits
    packed: bytes  #: the shingles as the store keeps them

    @property
    def shingles(self) -> frozenset[int]:
        """The shingles as they are compared."""
        return unpack(self.packed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What is compared of an item."""

    title: str
    html: str  #: sanitised
    shingles: frozenset[int]


class Likeness(StrEnum):
    """How near two tellings are."""

    COPY = "copy"
    RELATED = "related"
    UNLIKE = "unlike"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What comparing two tellings found."""

    likeness: Likeness
    text: float  #: Jaccard similarity of the shingles
    title: float  #: overlap of the words of the titles
    reason: str  #: why it is no copy, for a person; "" for a copy


class _Words(dict[str, bytes]):
    """The hashes of the words met lately, a lane each: most words of a text are in most texts."""

    def __missing__(self, word: str) -> bytes:
        digest = blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        number = int.from_bytes(digest, "little") & MASK
        lane = number.to_bytes(LANE // 8, "little")
        if len(word) <= LONGEST_KNOWN:
            if len(self) >= MOST_KNOWN:
                self.clear()
            self[word] = lane
        return lane


_hashes = _Words()


def body(item: Item) -> str:
    """Return the text by which ``item`` is compared: the longer one of those that it has."""
    return longer(item.content, item.summary)


def longer(content: str, summary: str) -> str:
    """Return the text by which an item with this content and summary is compared."""
    return max(content, summary, key=len)


def fingerprint(html: str) -> Fingerprint | None:
    """Return the fingerprint of an item's sanitised ``html``; None where it is too short to have one."""
    words = _words(html) if len(html) > LEAST_WORDS * 2 else ()
    if len(words) < LEAST_WORDS:
        return None
    # All hashes stand side by side in one long number, so that all shingles are made at once: each is the sum
    # of its words' hashes, times the factors of their places. No sum runs over into its neighbour's lane.
    hashes = int.from_bytes(b"".join(map(_hashes.__getitem__, words)), "little")
    sums = sum(hashes * factor >> place * LANE for place, factor in enumerate(FACTORS))
    count = len(words) - PLACES + 1
    mixed = (sums & LANES) >> KEPT
    lanes = mixed.to_bytes(LANE // 8 * len(words), "little")
    shingles = sorted(struct.unpack_from(f"<{count}Q", lanes))
    return Fingerprint(bands=bands_of(shingles), packed=struct.pack(f"<{len(shingles)}I", *shingles))


def jaccard(one: frozenset[int], other: frozenset[int]) -> float:
    """Return which share of all shingles both have; 0 where there are none."""
    shared = len(one & other)
    together = len(one) + len(other) - shared
    return shared / together if together else 0.0


def unpack(packed: bytes) -> frozenset[int]:
    """Return the shingles that a fingerprint keeps ``packed``."""
    return frozenset(struct.unpack(f"<{len(packed) // 4}I", packed))


def compare(one: Telling, other: Telling) -> Comparison:
    """Say how near two tellings are, and why they are no copies of each other."""
    text = jaccard(one.shingles, other.shingles)
    title = title_overlap(one.title, other.title)
    if text < LEAST_RELATED:
        likeness, reason = Likeness.UNLIKE, f"texts: {text:.2f} alike, under {LEAST_RELATED}"
    elif reason := _reason(one, other, text, title):
        likeness = Likeness.RELATED
    else:
        likeness = Likeness.COPY
    return Comparison(likeness=likeness, text=text, title=title, reason=reason)


def best(new: Telling, candidates: Mapping[Key, Telling]) -> tuple[Key, Comparison] | None:
    """Return the nearest copy of ``new``, else its nearest relative, and what comparing them found.

    Of equals the first. The caller offers items of *other* sources only, and lets ``new`` join the story
    of a copy unless that has an item of its source already: then it joins none, for the next best copy is
    likely another state of the same text.
    """
    near = [(jaccard(new.shingles, each.shingles), key) for key, each in candidates.items()]
    near = sorted((pair for pair in near if pair[0] >= LEAST_RELATED), key=lambda pair: -pair[0])
    related: tuple[Key, Comparison] | None = None
    for _, key in near[:MOST_COMPARED]:
        comparison = compare(new, candidates[key])
        if comparison.likeness is Likeness.COPY:
            return key, comparison
        related = related or (key, comparison)
    return related


def title_overlap(one: str, other: str) -> float:
    """Return which share of the shorter title's words is in the other; two that are missing are equal."""
    mine, theirs = ({word.casefold() for word in title_words(title)} for title in (one, other))
    if not mine or not theirs:
        return float(mine == theirs)
    return len(mine & theirs) / min(len(mine), len(theirs))


def _words(html: str) -> list[str]:
    text = unescape(TAG.sub(" ", html[:MOST_CHARACTERS])).casefold()
    if not text.isascii():
        text = unicodedata.normalize("NFC", INVISIBLE.sub("", text))
    return WORD.findall(text)[:MOST_WORDS]


def bands_of(shingles: Sequence[int]) -> tuple[int, ...]:
    """Return a key for each band of the MinHash signature of ``shingles``, which are sorted.

    Each bin is a range of values, and is told by the least shingle in it. One that is empty takes that of the
    next one that is not, changed by the way there, so that two texts agree on it as often as on any other.
    """
    filled = []
    for place in range(BINS):
        least = shingles[bisect_left(shingles, place * WIDTH) % len(shingles)]
        way = (least // WIDTH - place) % BINS
        filled.append(least + way * ODD)
    keys = []
    for band in range(BANDS):
        key = band + 1
        for value in filled[band * ROWS : (band + 1) * ROWS]:
            key = (key * ODD ^ value) % (1 << 64)
            key ^= key >> 29
        keys.append(key * ODD % (1 << 64) >> 1)  # 63 bits: never negative
    return tuple(keys)


def _reason(one: Telling, other: Telling, text: float, title: float) -> str:
    """Return why the likeness of two related texts is not that of copies, cheapest first; "" if it is."""
    if text < LEAST_JACCARD:
        return f"texts: {text:.2f} alike, under {LEAST_JACCARD}"
    if title < LEAST_TITLE:
        return f"titles: {title:.2f} alike, under {LEAST_TITLE}"
    mine, theirs = mentions(one.html), mentions(other.html)
    return title_disagreement((one.title, other.title), mine, theirs) or disagreement(mine, theirs)
