"""Say which new items look like old ones come back, and when they are too many (docs/duplicates.md, F).

A site that changes its ids, moves, or restores an archive sends its old items as new ones. Feed readers
would show them all again. News is never held, however much of it comes at once: it is dated since.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from aggregator.model.item import Dates
    from aggregator.model.source import SourceId
    from aggregator.model.story import StoryId

LEEWAY = timedelta(minutes=5)  #: clocks drift, and articles come into a feed a little after their own dates
MASS_SHARE = 0.3  #: of a document: fewer suspects than that are no change of all its ids


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """A story that is about to be published for the first time, and looks as if it were an old one."""

    story: StoryId
    source: SourceId  #: of its shown copy
    key: str  #: likewise


def is_suspect(dates: Dates, since: datetime | None) -> bool:
    """Tell whether a new item's date does not account for its being new.

    Args:
        dates: as settled. Undated, or dated ``LEEWAY`` before ``since``, is suspect; dated ahead of our clock
            is not.
        since: when the source's document was last seen to change; None: never, so that all of it is new.
    """
    if since is None:
        return False
    return dates.chosen is None or (dates.latest is not None and dates.latest < since - LEEWAY)


def is_mass_change(suspects: int, document: int, gate: int | None) -> bool:
    """Tell whether a document of so many items, so many of them suspects, has changed its ids.

    Args:
        suspects: new items that are undated or dated before the last change, or whose title is known.
        document: items in the document.
        gate: of the source; more than half as many suspects are needed. None: never.
    """
    return gate is not None and suspects > gate / 2 and suspects > MASS_SHARE * document


def too_many(suspects: Sequence[Suspect], gates: Mapping[SourceId, int | None]) -> list[Suspect]:
    """Return those of ``suspects`` whose source brings more of them than its gate allows.

    Args:
        suspects: among all stories that would be newly visible.
        gates: how many suspects each source may bring at once; None: any number. Sources that are not
            named are no longer configured, and get none through.
    """
    counts = Counter(each.source for each in suspects)
    over = {
        source
        for source, count in counts.items()
        if (gate := gates.get(source, 0)) is not None and count > gate
    }
    return [each for each in suspects if each.source in over]
