"""Say how far somebody has read a feed, in a text that only we understand (decision 24)."""

from __future__ import annotations

import re
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from aggregator.model.partner import Journal

SPELLING = r"[A-Za-z0-9_-]{43}"
_SPELLED = re.compile(SPELLING, re.ASCII)
_NUMBERS = struct.Struct(">QQQQ")
_MOST = 2**63 - 1  # of a number in the database


class Place(NamedTuple):
    """How far somebody has read the changes of a feed."""

    epoch: int = 0  #: of the journal; of who has read nothing, any
    serial: int = 0  #: of the last change that was read; 0: none was
    since: int = 0  #: the last change when the reader knew all that there was
    began: int = 0  #: the last change when it began to read what came since; 0: it has not


class Fault(StrEnum):
    """Why reading cannot go on at a place."""

    MALFORMED = "cursor-malformed"  #: it is no place
    FOREIGN = "cursor-foreign"  #: it is one of another feed, or of this one before it began anew
    EXPIRED = "cursor-expired"  #: that some of the stories left which were read is forgotten


def spelled(place: Place) -> str:
    """Return ``place`` as a text of 43 letters, digits, hyphens and underscores."""
    return urlsafe_b64encode(_NUMBERS.pack(*place)).decode().rstrip("=")


def place_of(text: str) -> Place | None:
    """Return the place that a text spells; None: it spells none."""
    if not _SPELLED.fullmatch(text):
        return None
    place = Place(*_NUMBERS.unpack(urlsafe_b64decode(f"{text}=")))
    return place if max(place) <= _MOST and place.since <= place.serial and spelled(place) == text else None


def fault(place: Place, journal: Journal) -> Fault | None:
    """Return why reading a journal cannot go on at ``place``; None: it can."""
    if not place.serial:
        return None
    if place.epoch != journal.epoch or place.serial > journal.told:
        return Fault.FOREIGN
    return Fault.EXPIRED if place.serial < journal.horizon else None


def after(place: Place, journal: Journal, *, upto: int, more: bool) -> Place:
    """Return where to go on after all changes up to a serial were read; ``more``: there are more by now."""
    if more:
        return Place(journal.epoch, upto, place.since, place.began or journal.told)
    return Place(journal.epoch, upto, upto)
