"""What the pipeline asks of a database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from aggregator.ports.partners import Deliveries, Journals, Keys, Usage, Versions

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from aggregator.model.feed import ArchiveDocument, Feed, FeedName, Publication, Top
    from aggregator.model.item import Item, Known
    from aggregator.model.partner import Subscription
    from aggregator.model.source import Front, Retention, Source, SourceId, SourceState
    from aggregator.model.story import Decision, Neighbour, Relation, Story, StoryId, Text
    from aggregator.ports.transaction import Transaction
    from aggregator.rules.gate import Suspect


class Store(Journals, Versions, Deliveries, Keys, Usage, Protocol):
    """Keeps sources' states, items, stories and publications."""

    def enroll(self, sources: Sequence[Source]) -> None:
        """Give every source a state; a source whose address changed is due at once, without validators."""
        ...

    def states(self, sources: Collection[SourceId] | None = None) -> dict[SourceId, SourceState]:
        """Return what is remembered of these sources (None: of all that were ever enrolled)."""
        ...

    def due(self, sources: Collection[SourceId], now: datetime) -> list[SourceId]:
        """Return those of ``sources`` with ``next_at <= now`` or never asked, the longest overdue first."""
        ...

    def known(self, source: SourceId, keys: Collection[str]) -> dict[str, Known]:
        """Return what is stored of those ``keys`` of ``source`` that are stored."""
        ...

    def named(self, source: SourceId, numbers: Collection[int]) -> dict[int, list[Item]]:
        """Return stored items of ``source`` by the number of each alias of theirs among ``numbers``.

        Of many items with one alias only the newest few.
        """
        ...

    def buried(self, numbers: Collection[int]) -> set[int]:
        """Return those of ``numbers`` under which a removed item is remembered."""
        ...

    def absent(self, source: SourceId, *, present: Collection[str], since: datetime) -> list[Item]:
        """Return the items of ``source`` dated after ``since`` that its document has just lost."""
        ...

    def missing(self, sources: Collection[SourceId]) -> dict[SourceId, list[Item]]:
        """Return the items of ``sources`` that an earlier collect missed, and that are not judged yet."""
        ...

    def awaiting_page(self, source: SourceId, *, since: datetime, limit: int) -> list[Item]:
        """Return the newest ``limit`` items of ``source`` whose page is yet to be looked at.

        Only of those that its document still names and that were first seen at ``since`` or later.
        """
        ...

    def writing(self) -> AbstractContextManager[Transaction]:
        """Open the one writing transaction; others wait. Rolled back when the block raises."""
        ...

    def latest(
        self,
        sources: Collection[SourceId],
        *,
        limit: int,
        backfill: bool = True,
        before: tuple[datetime, StoryId] | None = None,
    ) -> list[Story]:
        """Return the newest ``limit`` published stories with a living copy from ``sources``.

        Newest first, then by id; without ``backfill`` the undated backlog of a source's first collect is
        left out, with ``before`` all that does not come behind a story published then, with that id. The
        copies are all copies, of other sources too.
        """
        ...

    def take_up(
        self,
        feed: Feed,
        *,
        at: datetime,
        carries: Callable[[Item], bool],
        subscriptions: Collection[Subscription] = (),
    ) -> int:
        """Let ``feed`` take up the stories that came out for it; return a number that changes with them.

        Of a feed that picks, ``carries`` is asked for each story, by the copy that is shown. What changed by
        that is in its ``changes``, and is owed to ``subscriptions``.
        """
        ...

    def top(self, feed: Feed) -> Top:
        """Return what ``feed`` shows: the newest of its roll, and what that leaves out.

        A story with the same mark is the same, but for what feeds say of its sources and of other stories.
        """
        ...

    def close_archive(self, feed: Feed, *, at: datetime) -> int:
        """Let all stories of ``feed`` that are in no archive document yet be one; return its number.

        Where there are none, the number of the last document.
        """
        ...

    def as_of(self, feed: Feed, *, until: datetime) -> list[tuple[StoryId, int, bool]]:
        """Return what ``feed`` shows, newest first, of what was told of its roll by ``until``.

        Each story comes with the mark that it had then, and whether it still has it. What left the roll or
        was taken back since is not among them.
        """
        ...

    def told_after(self, feed: FeedName, instant: datetime) -> datetime | None:
        """Return when a change of a feed's roll was first told after ``instant``; None: not yet."""
        ...

    def archive(self, feed: Feed, number: int) -> ArchiveDocument | None:
        """Return what archive document ``number`` of ``feed`` is made of; None: there is none."""
        ...

    def shed_archives(self, *, keep: int) -> None:
        """Remove the stored bytes of all archive documents but the newest ``keep`` of each feed.

        And what is known of those that lost all their stories, but for the last number.
        """
        ...

    def stories(self, ids: Collection[StoryId]) -> dict[StoryId, Story]:
        """Return the stories with these ids, with all their copies."""
        ...

    def deleted(
        self, sources: Collection[SourceId], *, roll: FeedName | None = None
    ) -> list[tuple[StoryId, datetime]]:
        """Return the stories with a copy from ``sources`` that feeds say are deleted, and since when.

        With ``roll`` only those that this feed had taken up.
        """
        ...

    def waiting(self, now: datetime) -> list[StoryId]:
        """Return the stories that nothing keeps from being published any longer, the oldest first."""
        ...

    def suspects(self, now: datetime) -> list[Suspect]:
        """Return those of the ``waiting`` stories all of whose copies are suspect, in the same order."""
        ...

    def told(self, now: datetime) -> list[StoryId]:
        """Return the deleted stories that feeds have spoken of for long enough."""
        ...

    def held(self) -> dict[SourceId, int]:
        """Return how many stories of each source the gate holds back."""
        ...

    def decisions(self, story: StoryId) -> list[Decision]:
        """Return what was decided about ``story``, in the order in which it was."""
        ...

    def relations(self, stories: Collection[StoryId]) -> dict[StoryId, list[Relation]]:
        """Return the published stories that are like each of ``stories``, the most alike first."""
        ...

    def unmatched(self, limit: int) -> list[Text]:
        """Return the oldest ``limit`` items whose text is yet to be compared."""
        ...

    def sharing(self, bands: Collection[int], *, before: int) -> dict[int, list[int]]:
        """Return the rows of the newest items in each of these ``bands``, of those with a row ``before``."""
        ...

    def neighbours(self, rows: Collection[int], since: datetime) -> dict[int, Neighbour]:
        """Return those of these items that were published at ``since`` or later, by row."""
        ...

    def texts(self, rows: Collection[int]) -> dict[int, Text]:
        """Return the texts of these items, by row."""
        ...

    def story(self, slug: str) -> Story | None:
        """Return the story whose page is ``/items/{slug}``."""
        ...

    def stories_named(self, name: str, canonical_url: str) -> list[Story]:
        """Return the stories that ``name`` may mean: by id, page, address, or key of one of their copies."""
        ...

    def counts(self) -> dict[SourceId, int]:
        """Return how many items are stored of each source."""
        ...

    def fronts(self, sources: Collection[SourceId] | None = None) -> dict[SourceId, Front]:
        """Return what feeds say of ``sources`` (None: of all), and when that last changed."""
        ...

    def stamp(self) -> int:
        """Return a number that grows with every revision of a source: while it stays, no feed changes."""
        ...

    def editions(
        self, feeds: Collection[FeedName] | None = None
    ) -> Mapping[FeedName, tuple[str, str, datetime]]:
        """Return ``basis``, content hash and instant of the last change of ``feeds``.

        None stands for all but archive documents.
        """
        ...

    def put_edition(
        self,
        feed: FeedName,
        *,
        basis: str,
        content_hash: str,
        changed_at: datetime,
        publications: Sequence[Publication] | None,
        entries: bytes | None = None,
    ) -> None:
        """Store a feed's edition; ``publications=None`` keeps the bytes and notes only the new ``basis``.

        ``entries``, a digest of each, are remembered of the last editions, for ``instances``.
        """
        ...

    def instances(self, feed: FeedName) -> list[tuple[str, bytes]]:
        """Return ETags (a space between) and entries of the last editions of ``feed``, newest first."""
        ...

    def renewed(self, since: int) -> Mapping[FeedName, int]:
        """Return the numbers of the editions that are newer than the one with number ``since``.

        Every new edition of any feed gets a number greater than all before; zero is none's.
        """
        ...

    def drop_editions(self, keep: Collection[FeedName]) -> None:
        """Remove the publications, rolls and archives of feeds that are no longer configured."""
        ...

    def publication(self, feed: FeedName, suffix: str) -> Publication | None:
        """Return the current bytes of a feed in a format."""
        ...

    def forget(self, retentions: Collection[Retention], *, now: datetime) -> int:
        """Remove the items whose time is over by ``retentions``, and return how many.

        A story goes when every one of its copies may go; what the operator took down stays, so that
        nothing brings it back. What goes is remembered by name.
        """
        ...

    def check(self) -> None:
        """Raise StoreError unless the database answers and its schema is ours."""
        ...

    def close(self) -> None:
        """Give the connections back. Idempotent."""
        ...
