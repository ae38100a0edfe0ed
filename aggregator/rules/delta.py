"""Say what of a feed is new to who has an earlier edition of it (RFC 3229, with ``feed``).

Of an edition only the marks of its entries are remembered, one behind the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MARK_BYTES = 8  # by chance two entries of one feed are taken for the same once in 10**16 editions


def mark(digest: bytes) -> bytes:
    """Return what is remembered of an entry with this digest."""
    return digest[:MARK_BYTES]


def news(instances: Sequence[tuple[str, bytes]], *, current: str, known: frozenset[str]) -> set[int] | None:
    """Return the places, from 0, of the current edition's entries that an earlier edition did not have.

    None: an edition of these ETags is not remembered any more, or the current one is not.

    Args:
        instances: ETags (a space between) and marks of a feed's last editions, the newest first.
        current: an ETag of the current edition.
        known: the ETags that the asker has.
    """
    entries = next((marks for etags, marks in instances if current in etags.split()), None)
    before = next((marks for etags, marks in instances if not known.isdisjoint(etags.split())), None)
    if entries is None or before is None:
        return None
    had = set(_split(before))
    return {place for place, each in enumerate(_split(entries)) if each not in had}


def _split(marks: bytes) -> list[bytes]:
    return [marks[start : start + MARK_BYTES] for start in range(0, len(marks), MARK_BYTES)]
