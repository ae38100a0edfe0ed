"""What the pipeline asks of the outside world, as protocols: adapters implement them, fakes replace them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from aggregator.model.feed import FeedName, Publication
    from aggregator.model.fetch import Outcome, Request
    from aggregator.model.item import Item, Known
    from aggregator.model.source import Source, SourceId, SourceState
    from aggregator.model.story import Story, StoryId

Clock: TypeAlias = "Callable[[], datetime]"  #: returns now, aware and in UTC


class Fetcher(Protocol):
    """Gets documents, many at once."""

    def fetch(self, requests: Iterable[Request]) -> Iterator[list[tuple[Request, Outcome]]]:
        """Yield every request with its outcome as they finish, those ready together in one list.

        Never raises for what a server does: that is a ``Failed``. Thread-safe.
        """
        ...

    def close(self) -> None:
        """Abort what is under way (as ``Failed``) and free the sockets. Idempotent."""
        ...


class Transaction(Protocol):
    """Writes that become visible together, or not at all."""

    def items(self, source: SourceId, keys: Collection[str]) -> dict[str, Item]:
        """Return the stored items of ``source`` with these keys."""
        ...

    def stories_of(self, source: SourceId, keys: Collection[str]) -> dict[str, StoryId]:
        """Return the story of each of these items."""
        ...

    def stories_by_url(self, canonical_urls: Collection[str]) -> dict[str, StoryId]:
        """Return the story that carries each of these canonical URLs (the oldest, if several)."""
        ...

    def stories(self, ids: Collection[StoryId]) -> dict[StoryId, Story]:
        """Return the stories with these ids, with all their copies."""
        ...

    def put_stories(self, stories: Iterable[Story]) -> None:
        """Insert or replace the stories' own rows (not their items)."""
        ...

    def put_items(self, items: Iterable[tuple[Item, StoryId]]) -> None:
        """Insert or replace items, each in its story. An item's ``gone`` mark is taken away."""
        ...

    def mark_gone(self, source: SourceId, *, present: Collection[str], at: datetime) -> None:
        """Mark the items of ``source`` that its document no longer names, and unmark those it names again."""
        ...

    def put_states(self, states: Iterable[SourceState]) -> None:
        """Replace what is remembered of these sources, all fields but ``revision``."""
        ...

    def touch(self, stories: Collection[StoryId]) -> None:
        """Count up ``revision`` of every source that has a copy of one of ``stories``."""
        ...


class Store(Protocol):
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

    def awaiting_page(self, source: SourceId, *, since: datetime, limit: int) -> list[Item]:
        """Return the newest ``limit`` items of ``source`` whose page is yet to be looked at.

        Only of those that its document still names and that were first seen at ``since`` or later.
        """
        ...

    def writing(self) -> AbstractContextManager[Transaction]:
        """Open the one writing transaction; others wait. Rolled back when the block raises."""
        ...

    def latest(
        self, sources: Collection[SourceId], *, limit: int, now: datetime, backfill: bool = True
    ) -> list[Story]:
        """Return the newest ``limit`` stories with a copy from ``sources``, newest first, then by id.

        Stories held until after ``now`` are left out; without ``backfill`` also the undated backlog of
        a source's first collect. The copies are all copies, of other sources too.
        """
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

    def revisions(self) -> dict[SourceId, int]:
        """Return every source's revision: a feed can change only when one of its sources' does."""
        ...

    def release(self, now: datetime) -> int:
        """Let out the stories whose ``hold_until`` has come; return how many."""
        ...

    def editions(self) -> Mapping[FeedName, tuple[str, str, datetime]]:
        """Return each published feed's ``basis``, content hash, and instant of its last change."""
        ...

    def put_edition(
        self,
        feed: FeedName,
        *,
        basis: str,
        content_hash: str,
        changed_at: datetime,
        publications: Sequence[Publication] | None,
    ) -> None:
        """Store a feed's edition; ``publications=None`` keeps the bytes and notes only the new ``basis``."""
        ...

    def drop_editions(self, keep: Collection[FeedName]) -> None:
        """Remove the publications of feeds that are no longer configured."""
        ...

    def publication(self, feed: FeedName, suffix: str) -> Publication | None:
        """Return the current bytes of a feed in a format."""
        ...

    def forget(self, keep_until: Mapping[SourceId, datetime]) -> int:
        """Remove items gone from their source's document since before its instant; return how many."""
        ...

    def check(self) -> None:
        """Raise StoreError unless the database answers and its schema is ours."""
        ...

    def close(self) -> None:
        """Give the connections back. Idempotent."""
        ...


class Engine(Protocol):
    """Makes the ticks: starts passes over what is due, on every category's pace."""

    def start(self) -> None:
        """Begin ticking, without blocking."""
        ...

    def stop(self) -> None:
        """Stop ticking; return when no pass runs any more."""
        ...
