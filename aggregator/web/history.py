"""Say what happened to a story: how its copies came to be one, and what was decided about it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aggregator.model.item import JoinedBy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from aggregator.model.item import Item, Joined
    from aggregator.model.source import SourceId
    from aggregator.model.story import Decision, Story
    from aggregator.web.words import Words

MOST_EVENTS = 20  #: on a page; a source may edit its item every hour

_SHARE = re.compile(r"[01]\.\d+")  # in the detail of a like text: of all five-word sequences


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to a story."""

    at: datetime
    text: str  #: a sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Historian:
    """Tells what happened in one language."""

    words: Words
    title: Callable[[SourceId], str]  #: returns what a source is called

    def history(self, story: Story, decisions: Iterable[Decision]) -> list[Event]:
        """Return the newest of what happened to ``story``, in the order in which it did."""
        events = [
            Event(at=copy.joined.at or copy.first_seen, text=self.joining(copy, copy.joined))
            for copy in story.copies
            if copy.joined
        ]
        events += [Event(at=decision.at, text=self.decision(decision)) for decision in decisions]
        return sorted(events, key=lambda event: event.at)[-MOST_EVENTS:]

    def joining(self, copy: Item, how: Joined) -> str:
        """Return by what ``copy`` was recognised as one."""
        said = self.words.joined[how.by].format(source=self.title(copy.source), other=self.title(how.source))
        share = _SHARE.search(how.detail)
        return (
            f"{said} ({self.likeness(float(share[0]))})." if how.by is JoinedBy.TEXT and share else f"{said}."
        )

    def decision(self, decision: Decision) -> str:
        """Return what was decided, and on what ground."""
        said = self.words.decided[decision.kind].format(source=self.title(decision.source))
        detail = self.words.grounds.get(decision.detail, decision.detail)
        return f"{said}: {detail}." if detail else f"{said}."

    def likeness(self, share: float) -> str:
        """Return how much of two texts is alike."""
        return self.words.alike.format(share=f"{share:.0%}")
