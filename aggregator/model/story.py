"""Items judged the same news: what is published once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.model.item import Item

StoryId: TypeAlias = str  #: the published id: an IRI, minted once, never changed


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A story with its copies. All instants are aware and in UTC."""

    id: StoryId
    slug: str  #: made from the id; names the story's page, ``/items/{slug}``
    published: datetime  #: frozen at first publication
    updated: datetime
    shown: Item  #: the copy that readers see
    others: tuple[Item, ...] = ()  #: the other copies, by source and key

    @property
    def hold_until(self) -> datetime | None:
        """When it may be published at the earliest; None: now. What one copy lets out is out."""
        held = [copy.dates.hold_until for copy in (self.shown, *self.others)]
        return None if None in held else min(instant for instant in held if instant)
