"""Moderate: what the operator decides about stories."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.model.story import Decision, DecisionKind
from aggregator.rules.cluster import take_down as taken_down

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.model.source import SourceId
    from aggregator.model.story import StoryId
    from aggregator.ports import Store


def release(source: SourceId, *, now: datetime, store: Store) -> int:
    """Let go of what the gate holds back of ``source``; return how many stories that are.

    They come out with the next edition, unless something else keeps them.
    """
    with store.writing() as transaction:
        released = transaction.release(source)
        transaction.put_decisions(
            Decision(story=story, at=now, kind=DecisionKind.RELEASED, source=source) for story in released
        )
    return len(released)


def take_down(story: StoryId, *, now: datetime, store: Store) -> None:
    """Remove a stored story from all that is published, for good."""
    with store.writing() as transaction:
        [standing] = transaction.stories([story]).values()
        transaction.take_down(story, at=now)
        transaction.put_stories([taken_down(standing, at=now)])
        transaction.put_decisions([Decision(story=story, at=now, kind=DecisionKind.TAKEN_DOWN)])
        transaction.touch([story], at=now)
