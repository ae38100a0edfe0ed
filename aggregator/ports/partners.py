"""What is asked of a database for partners (decision 24)."""

from __future__ import annotations

from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from aggregator.model.feed import FeedName
    from aggregator.model.partner import (
        Attempt,
        Change,
        Cursor,
        Delivery,
        Hook,
        Journal,
        Owed,
        PartnerId,
        PartnerState,
        Rate,
        Subscription,
        Use,
    )
    from aggregator.model.story import StoryId
    from aggregator.rules.cursor import Place


ALL: Mapping[PartnerId, datetime] = MappingProxyType({})  # everybody is told everything


class Told(NamedTuple):
    """A change as it is told."""

    change: Change
    item: bytes | None  #: what the story said then (``Version``); None: that was not written down
    superseded: bool  #: a later change of the story is known
    stands: bool  #: the story has the change's mark still


class Page(NamedTuple):
    """Some changes of a feed, in their order."""

    journal: Journal
    told: list[Told]
    upto: int  #: the serial up to which that is all
    more: bool  #: there is more to tell now


class Version(NamedTuple):
    """What a story said under a mark."""

    item: bytes  #: as the API shows it whole (``render.item``)
    entry: bytes | None  #: as feeds show it whole (``model.records``); None: that was not written down


class Journals(Protocol):
    """Keeps the changes of every feed, in the order in which they were committed."""

    def standing(self, feed: FeedName) -> tuple[Journal, int] | None:
        """Return how far the changes of ``feed`` go, and the ``stamp``; None: it never took up anything."""
        ...

    def page(
        self,
        feed: FeedName,
        place: Place,
        *,
        limit: int,
        until: datetime | None = None,
        delay: timedelta = timedelta(),
    ) -> Page | None:
        """Return the next ``limit`` changes of ``feed`` behind a place; None: it never took up anything.

        That a story left is not told to who cannot have known it. With ``until`` only what was committed by
        then, for who reads everything so much later. A page ends before a story that was taken back, until
        the feed has noticed that.
        """
        ...

    def told_of(self, story: StoryId, feeds: Collection[FeedName], *, until: datetime) -> dict[FeedName, int]:
        """Return which of ``feeds`` carried ``story`` then, by what they told, each with its mark there."""
        ...

    def shed_changes(self, *, superseded_before: datetime, gone_before: datetime) -> None:
        """Forget changes that a later one took the place of by then, and stories that had left by then.

        Who read last before what is forgotten of stories that left is behind the journal's ``horizon``.
        """
        ...


class Versions(Protocol):
    """Keeps what stories said under the marks that changes name."""

    def put_versions(self, versions: Mapping[tuple[StoryId, int], Version]) -> None:
        """Keep what stories say under their marks, as far as these still are their marks."""
        ...

    def versions(self, wanted: Collection[tuple[StoryId, int]]) -> dict[tuple[StoryId, int], Version]:
        """Return what stories said under these marks, where it is kept and the story is still published."""
        ...

    def marks(self, stories: Collection[StoryId]) -> dict[StoryId, int]:
        """Return the present marks of these stories, of those that there are."""
        ...

    def unwritten(
        self, feed: FeedName, *, after: int, limit: int, entries: bool
    ) -> tuple[Sequence[tuple[StoryId, int]], int]:
        """Return stories whose present mark a change of ``feed`` names and of which no version is kept.

        With ``entries`` also those whose entry is not kept. Looks at ``limit`` changes after a serial, and
        returns up to which serial that was.
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

    def partner_states(self, known: Mapping[PartnerId, datetime] = ALL) -> dict[PartnerId, PartnerState]:
        """Return what is known of each partner that anything is known of, configured or not.

        ``known``: of those who are told everything later than others, until when they have been.
        """
        ...

    def outstanding(self) -> dict[PartnerId, Owed]:
        """Return what waits to be delivered to each partner, and what was given up; nothing else."""
        ...

    def drop_partners(self, *, keep: Collection[PartnerId]) -> None:
        """Forget the keys, cursors and deliveries of all other partners. What they have taken stays known."""
        ...


class Deliveries(Protocol):
    """Keeps what is owed to partners' webhooks; of each story the oldest is delivered first."""

    def owed(
        self, most: Mapping[PartnerId, int], *, now: datetime, lease: timedelta
    ) -> tuple[list[Delivery], dict[PartnerId, datetime]]:
        """Return what is to be delivered now, and of each partner when the next one is due besides that.

        Of each partner as many as ``most`` says, the longest due first. Nobody else gets the same ones before
        ``lease`` is over: until then they have to be concluded.
        """
        ...

    def conclude(self, attempts: Collection[Attempt], *, give_up: timedelta) -> dict[PartnerId, int]:
        """Note how attempts to deliver ended; return how many others have failed by that, where any have.

        Where nothing was sent, it counts as none. While every attempt of a partner's fails for as long as
        ``give_up``, all that should have been delivered for so long has failed.
        """
        ...

    def drop_deliveries(self, deliveries: Collection[Delivery]) -> None:
        """Forget deliveries that there is nothing to tell by any more.

        What was to tell of a new story is told by the next one of it.
        """
        ...

    def hooks(self) -> dict[PartnerId, Hook]:
        """Return how webhooks have behaved; one that is not named never did anything of note."""
        ...

    def stop(self, partner: PartnerId, url: str, *, at: datetime) -> None:
        """Note that the webhook of ``partner`` at ``url`` wants no more."""
        ...

    def resume(self, partner: PartnerId, *, now: datetime) -> None:
        """Deliver to ``partner`` again, from now on, and at once what was put off."""
        ...

    def replay(self, subscription: Subscription, *, since: datetime, now: datetime) -> int:
        """Let what changed since then be delivered again; return how many stories that are.

        Each story by the last of its changes that the partner may know. A story of which something still
        waits to be delivered is left to that.
        """
        ...

    def shed_deliveries(
        self,
        *,
        keep: Collection[PartnerId],
        delivered_before: datetime,
        failed_before: datetime,
        stopped_before: datetime,
    ) -> None:
        """Forget what was delivered, or failed, by then, and all of other partners than those to ``keep``.

        What should have been delivered by ``stopped_before``, to a webhook that wants no more, has failed.
        """
        ...
