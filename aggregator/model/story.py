"""Items judged the same news: what is published once."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.model.item import Item
    from aggregator.model.source import SourceId

StoryId: TypeAlias = str  #: the published id: an IRI, minted once, never changed


class Held(StrEnum):
    """What keeps a story from being published, besides the date of ``future: hold``."""

    NOTHING = ""
    GATE = "gate"  #: too many suspect items at once: until they are released
    MATCH = "match"  #: its text is yet to be compared with that of others


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A story with its copies. All instants are aware and in UTC."""

    id: StoryId
    slug: str  #: made from the id; names the story's page, ``/items/{slug}``
    published: datetime  #: frozen at first publication
    updated: datetime
    shown: Item  #: the copy that readers see; of a story without a living copy, the last one seen
    others: tuple[Item, ...] = ()  #: the other copies, by source and key
    out_at: datetime | None = None  #: when it was first published; None: not yet
    deleted_at: datetime | None = None  #: when its last copy was withdrawn, or the operator took it down
    taken_down: bool = False  #: by the operator, for good
    held: Held = Held.NOTHING

    @property
    def copies(self) -> tuple[Item, ...]:
        """All copies, the shown one first."""
        return (self.shown, *self.others)

    @property
    def living(self) -> tuple[Item, ...]:
        """The copies that their sources have not taken back, the shown one first."""
        return tuple(copy for copy in self.copies if copy.withdrawn_at is None)

    @property
    def hold_until(self) -> datetime | None:
        """When it may be published at the earliest; None: now. What one copy lets out is out."""
        held = [copy.dates.hold_until for copy in self.copies]
        return None if None in held else min(instant for instant in held if instant)


class DecisionKind(StrEnum):
    """What can be decided about a story."""

    HELD = "held"  #: by the gate
    RELEASED = "released"  #: by the operator, from the gate
    RENAMED = "renamed"  #: a copy's source knows it by another name, too
    EDITED = "edited"  #: the shown copy
    EDITED_UNSEEN = "edited unseen"  #: another copy
    WITHDRAWN = "withdrawn"  #: a copy, by its source
    PROMOTED = "promoted"  #: a copy, to the one shown
    DELETED = "deleted"  #: the last copy was withdrawn
    NAMED_AGAIN = "named again"  #: a copy that had been withdrawn
    TAKEN_DOWN = "taken down"  #: by the operator, for good


class Ground(StrEnum):
    """What a decision was based on, where that is always said alike."""

    CAME_BACK = "too much of the document came back as new"
    TOO_MANY = "one of too many new items at once that are undated or older than the last look"
    PAGE_GONE = "missing from inside its document, and its page is gone"
    PAGE_SILENT = "missing from inside its document twice, and its page cannot be had"
    NO_COPY_LEFT = "no other copy is left"
    BEST_LEFT = "the best of the copies that are left"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Something that was decided about a story, for ``aggregator why``."""

    story: StoryId
    at: datetime  #: UTC
    kind: DecisionKind
    source: str = ""  #: with ``key``: the copy that it is about
    key: str = ""
    detail: str = ""  #: a ``Ground``, or what it is about; for a person


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """Another story that tells something alike."""

    story: StoryId
    slug: str
    title: str
    link: str  #: of its shown copy; may be empty
    source: str  #: of its shown copy
    likeness: float  #: share of five-word sequences that both texts have, 0 to 1
    reason: str = ""  #: why it is not the same news; for a person


class Text(NamedTuple):
    """What is compared of an item with that of others."""

    row: int  #: its place in the store
    source: SourceId
    key: str  #: of the item; with ``source`` it names it
    title: str
    html: str  #: sanitised (rules.similarity.body)
    published: datetime


class Neighbour(NamedTuple):
    """A stored text that may be like another."""

    row: int
    source: SourceId
    shingles: frozenset[int]  #: rules.similarity
    bands: tuple[int, ...]  #: likewise
