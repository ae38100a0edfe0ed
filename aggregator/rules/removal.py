"""Say when an item that its source's document no longer names was taken back (docs/duplicates.md, E).

Most items leave a document because newer ones push them out at its end. One that is missing from
between others that are still there was withdrawn, or the document is of a kind that this cannot be told of.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, assert_never

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

MOST_PINNED = 0.2  #: of a document: with more items out of order it is not in the order of dates
FEW = 5  #: so many may always vanish at once
MASS_SHARE = 0.3  #: of what lies inside the window: more at once is a change of the document


class Page(StrEnum):
    """What the page of an absent item answers."""

    GONE = "gone"  #: 404, 410, or it leads to the site's front page
    THERE = "there"  #: the server has it, also where it does not give it to us
    SILENT = "silent"  #: it has no page, or no server answers for it
    UNASKED = "unasked"  #: or its server asks us to come later


class Place(StrEnum):
    """Where an absent item belongs in its document."""

    INSIDE = "inside"  #: between others that are still there
    ABOVE = "above"  #: it would be the newest; an older copy of the document, from a cache, lacks it as well


class Absence(StrEnum):
    """What is made of an item that is absent from its document though older ones are there."""

    WITHDRAWN = "withdrawn"
    LISTED_NO_MORE = "listed_no_more"  #: it lives on outside that document
    OPEN = "open"  #: to be looked at again with the next collect
    UNKNOWN = "unknown"  #: as if it were still there: to be looked at when the document changes again


class Sight(NamedTuple):
    """When an item was published by its source's word, and when we first saw it; aware, UTC."""

    published: datetime
    first_seen: datetime


@dataclass(frozen=True, slots=True)
class Window:
    """The part of a document's time in which nothing should be missing: its items in order, oldest first."""

    sights: tuple[Sight, ...]

    @property
    def oldest(self) -> datetime:
        """When its oldest item was published."""
        return self.sights[0].published

    @property
    def newest(self) -> datetime:
        """When its newest item was published."""
        return self.sights[-1].published

    def place(self, sight: Sight) -> Place | None:
        """Return where an item belongs that is not there; None: it fell off the end, as all do one day.

        By its own date, and by our clock too: where dates jump, what fell off the end may look younger
        than what is left, but none of that was seen before it.
        """
        older = (other for other in self.sights if other.published < sight.published)
        if not any(other.first_seen <= sight.first_seen for other in older):
            return None
        return Place.INSIDE if sight.published < self.newest else Place.ABOVE


def window(sights: Sequence[Sight]) -> Window | None:
    """Return the window of a document; None where it is not in the order of dates, or has too few of them.

    Args:
        sights: of the document's dated items, in its order. Those that are pinned to the top do not count.
    """
    dates = [sight.published for sight in sights]
    rises = sum(first < second for first, second in pairwise(dates))
    falls = sum(first > second for first, second in pairwise(dates))
    ordered: list[Sight] = []
    for sight in sights if rises > falls else reversed(sights):
        if not ordered or sight.published >= ordered[-1].published:
            ordered.append(sight)
    pinned = len(sights) - len(ordered)
    if len(ordered) < 2 or pinned > max(1, MOST_PINNED * len(sights)):  # noqa: PLR2004 # a window has two ends
        return None
    return Window(tuple(ordered))


def is_mass(missing: int, present: int) -> bool:
    """Tell whether so many items vanished at once that the document, not the news, must have changed."""
    return missing > FEW and missing > MASS_SHARE * (missing + present)


def judge(page: Page, place: Place, *, missed_before: bool) -> Absence:
    """Return what an item's absence means, by what its page answers and whether it was missed already."""
    match page:
        case Page.GONE:
            return Absence.WITHDRAWN
        case Page.THERE:
            return Absence.LISTED_NO_MORE
        case Page.UNASKED:
            return Absence.OPEN if missed_before else Absence.UNKNOWN
        case Page.SILENT if place is Place.ABOVE:
            return Absence.UNKNOWN
        case Page.SILENT:
            return Absence.WITHDRAWN if missed_before else Absence.OPEN
        case _:
            assert_never(page)
