"""Say which address a source is asked at, when its server names a new one.

A permanent redirect (301, 308: RFC 9110, 15.4.2 and 15.4.9) may be a mistake of an afternoon, or a captive
portal. So a new address is believed when it was named ``ENOUGH`` times in a row, over ``LONG`` at least. The
configured address stays the source's own: what is written in the configuration is the operator's to change.

Pure. All instants are aware and in UTC.
"""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aggregator.model.source import Move

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.model.fetch import Failed
    from aggregator.model.source import Source, SourceState

ENOUGH = 10  #: sightings of one new address in a row
LONG = timedelta(days=7)  #: from the first of them to the last, at least
LOST = 3  #: failures in a row after which a new address is given up
#: What says that nothing is there; None: no answer came. Others (429, 503) say that something is.
_NOTHING_THERE = (None, HTTPStatus.NOT_FOUND, HTTPStatus.GONE)


def address(source: Source, state: SourceState) -> str:
    """Return the address to ask ``source`` at.

    A source with headers of its own is asked where the operator wrote it: they may be secrets, and are not
    carried to another origin.
    """
    followed = state.move.followed if state.move else ""
    if not followed or (source.headers and _origin(followed) != _origin(source.url)):
        return source.url
    return followed


def announced(source: Source, move: Move | None, moved_to: str, now: datetime) -> Move | None:
    """Return what is remembered after an answer that named ``moved_to`` as the new address, or none ("")."""
    followed = move.followed if move else ""
    if not moved_to or moved_to in (followed, source.url):
        return Move(followed=followed) if followed else None
    if move is None or move.since is None or move.url != moved_to:
        return Move(followed=followed, url=moved_to, since=now, count=1)
    count = move.count + 1
    if count >= ENOUGH and now - move.since >= LONG:
        return Move(followed=moved_to)
    return Move(followed=followed, url=moved_to, since=move.since, count=count)


def lost(move: Move | None, failed: Failed, *, failures: int) -> Move | None:
    """Return what is remembered after a failure: a followed address where nothing is any more is given up.

    ``failures`` counts those in a row, this one included.
    """
    if move and move.followed and failures >= LOST and failed.status in _NOTHING_THERE:
        return None
    return move


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc
