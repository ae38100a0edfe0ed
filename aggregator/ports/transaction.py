"""What is written into a database together."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from aggregator.model.item import Item
    from aggregator.model.source import SourceId, SourceState
    from aggregator.model.story import Decision, Story, StoryId
    from aggregator.rules.similarity import Fingerprint


class Kin(NamedTuple):
    """An item with what it joined its story by; None: it founded it."""

    row: int
    source: SourceId
    key: str
    joined: tuple[SourceId, str] | None  #: source and key of the copy


class Transaction(Protocol):
    """Writes that become visible together, or not at all."""

    def empty(self, sources: Collection[SourceId]) -> set[SourceId]:
        """Return those of ``sources`` of which no item is stored, as far as they are enrolled."""
        ...

    def items(self, source: SourceId, keys: Collection[str]) -> dict[str, Item]:
        """Return the stored items of ``source`` with these keys."""
        ...

    def stories_of(self, source: SourceId, keys: Collection[str]) -> dict[str, StoryId]:
        """Return the story of each of these items."""
        ...

    def stories_at(self, rows: Collection[int]) -> dict[int, StoryId]:
        """Return the story of each of these items, by row."""
        ...

    def unmatched(self, rows: Collection[int]) -> set[int]:
        """Return those of these items whose text is still to be compared."""
        ...

    def crowded(self, bands: Collection[int]) -> set[int]:
        """Return those of these ``bands`` of fingerprints that a text is found in."""
        ...

    def stories_by_url(self, urls: Collection[str]) -> dict[str, tuple[StoryId, SourceId, str]]:
        """Return the story that carries each of these canonical URLs, and the copy, by source and key.

        Of several the oldest.
        """
        ...

    def stories(self, ids: Collection[StoryId]) -> dict[StoryId, Story]:
        """Return the stories with these ids, with all their copies."""
        ...

    def put_stories(self, stories: Iterable[Story]) -> None:
        """Insert or replace the stories' own rows (not their items)."""
        ...

    def put_items(self, items: Iterable[tuple[Item, StoryId]]) -> list[int]:
        """Insert or replace items, each in its story, with their aliases; return their rows.

        Whether an item is gone from its document, or missing in it, stays as it is.
        """
        ...

    def mark_gone(self, documents: Mapping[SourceId, tuple[Collection[str], datetime | None]]) -> None:
        """Mark the items that their source's document no longer names, and unmark those it names again.

        Of each source the keys that the document names, and when it did; None stands for a document that
        was not read to its end, and marks none.
        """
        ...

    def put_states(self, states: Iterable[SourceState]) -> None:
        """Replace what is remembered of these sources, all fields but ``revision`` and ``revised_at``."""
        ...

    def mark_missing(self, source: SourceId, keys: Collection[str], *, missing: bool) -> None:
        """Note that these items are (not) to be looked at again because their document lost them."""
        ...

    def touch(self, stories: Collection[StoryId], *, at: datetime) -> None:
        """Give ``stories`` another mark; count up ``revision`` of all sources of theirs, changed ``at``.

        Those that are like one of them that was taken back change with it: nothing names it any more.
        """
        ...

    def unsay(self, stories: Collection[StoryId]) -> None:
        """Let nobody read any longer what ``stories`` said before: a copy of each was taken back."""
        ...

    def let_out(self, stories: Collection[StoryId], *, at: datetime) -> None:
        """Publish these stories for the first time at ``at``; the feeds that carry them are rendered anew."""
        ...

    def hush(self, stories: Collection[StoryId], *, at: datetime) -> None:
        """Let feeds no longer say, from ``at`` on, that these stories were deleted."""
        ...

    def hold(self, stories: Collection[StoryId]) -> None:
        """Hold these stories and all of their copies back until they are released."""
        ...

    def let_go(self, stories: Collection[StoryId]) -> None:
        """Let these stories be published if they waited for their texts to be compared."""
        ...

    def release(self, source: SourceId) -> list[StoryId]:
        """Let go of the held stories with a copy from ``source``, and return them, the oldest first."""
        ...

    def take_down(self, story: StoryId, *, at: datetime) -> None:
        """Remember for good that the operator took ``story`` down."""
        ...

    def put_decisions(self, decisions: Iterable[Decision]) -> None:
        """Keep what was decided."""
        ...

    def put_texts(
        self,
        prints: Sequence[tuple[int, datetime, Fingerprint]],
        relations: Iterable[tuple[int, int, float, str]],
        *,
        matched: Collection[int],
        expired_before: datetime,
    ) -> None:
        """Keep fingerprints and relations by the rows of their items, and let go of those too old."""
        ...

    def kin(self) -> list[Kin]:
        """Return how all items came into their stories, in the order in which they were stored."""
        ...

    def items_at(self, rows: Collection[int]) -> dict[int, Item]:
        """Return these items whole, by row."""
        ...

    def stories_out(self, stories: Collection[StoryId]) -> dict[StoryId, datetime | None]:
        """Return when those of ``stories`` that are stored were first published; None: they were not yet."""
        ...

    def takedowns(self, stories: Collection[StoryId]) -> dict[StoryId, datetime]:
        """Return when the operator took down those of ``stories`` that were."""
        ...

    def derive_anew(self, stories: Collection[StoryId], *, compare_since: datetime) -> None:
        """Remove all other stories, and whatever follows from items; every feed is looked at again.

        The texts of items published since ``compare_since`` are to be compared once more.
        """
        ...

    def dissolve(self, story: StoryId, into: StoryId) -> None:
        """Remove the row of ``story``, whose items are in the story ``into`` by now."""
        ...
