"""What is asked of a database for partners (decision 24)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.model.feed import FeedName
    from aggregator.model.partner import Change, Journal


class Journals(Protocol):
    """Keeps the changes of every feed, in the order in which they were committed."""

    def journal(self, feed: FeedName) -> Journal | None:
        """Return how far the changes of ``feed`` go; None: it never took up anything."""
        ...

    def changes(
        self, feed: FeedName, *, after: int, limit: int, until: datetime | None = None
    ) -> tuple[list[Change], int]:
        """Return the next ``limit`` changes of ``feed`` after a serial, and up to which serial that is all.

        A story that came and left after it is no change. With ``until`` only what was committed by then;
        what a story said is its ``version`` under the change's mark.
        """
        ...

    def shed_changes(self, *, superseded_before: datetime, gone_before: datetime) -> None:
        """Forget changes that a later one took the place of by then, and stories that had left by then.

        A story's next change is then the one with which it came. Who read last before what is forgotten of
        stories that left is behind the journal's ``horizon``.
        """
        ...
