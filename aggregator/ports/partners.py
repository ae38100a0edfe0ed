"""What is asked of a database for partners (decision 24)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

    from aggregator.model.feed import FeedName
    from aggregator.model.partner import Change, Cursor, Journal, PartnerId, PartnerState, Rate, Use


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


class Keys(Protocol):
    """Keeps what the keys are known by (``rules.keys.digest``) that were made for partners."""

    def put_key(self, partner: PartnerId, digest: str, *, at: datetime) -> bool:
        """Let a new key be valid, and of the partner's others only the newest; tell whether one ended so."""
        ...

    def keys(self) -> dict[str, tuple[PartnerId, datetime]]:
        """Return whose each valid key is, and when it was made, by what it is known by."""
        ...


class Usage(Protocol):
    """Keeps what partners have taken, and what they may still take."""

    def use(self, uses: Mapping[PartnerId, Use]) -> None:
        """Add what partners have taken since it was last said."""
        ...

    def lease(self, partner: PartnerId, rate: Rate, wanted: int, *, now: datetime) -> tuple[int, datetime]:
        """Take up to ``wanted`` requests out of a partner's bucket (``rules.bucket``).

        Returns:
            How many it may make, and from when on there is one more.
        """
        ...

    def put_cursors(self, cursors: Iterable[Cursor]) -> None:
        """Remember how far partners have read; of feeds that have no roll any more, nothing."""
        ...

    def partner_states(self) -> dict[PartnerId, PartnerState]:
        """Return what is known of each partner that anything is known of, configured or not."""
        ...

    def drop_partners(self, *, keep: Collection[PartnerId]) -> None:
        """Forget the keys, cursors and deliveries of all other partners. What they have taken stays known."""
        ...
