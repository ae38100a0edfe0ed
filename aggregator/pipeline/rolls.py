"""Let feeds take up the stories that came out, and say what they show (decision 21)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aggregator.pipeline.deliver import subscriptions
from aggregator.rules import select

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.model.feed import Feed
    from aggregator.model.item import Item
    from aggregator.model.story import StoryId
    from aggregator.pipeline.press import Press


def take_up(feed: Feed, *, now: datetime, press: Press) -> int:
    """Let ``feed`` take up what came out for it; return a number that changes with its stories.

    Partners with a webhook are owed what changed.

    Raises:
        StoreError: the database cannot be used.
    """

    def carries(item: Item) -> bool:
        return select.carries(feed, item, source=press.sources.get(item.source), site=press.site)

    owed = subscriptions(press.partners, now=now)
    return press.store.take_up(rolled(feed), at=now, carries=carries, subscriptions=owed)


def on_top(feed: Feed, *, now: datetime, press: Press) -> tuple[tuple[tuple[StoryId, int], ...], int]:
    """Return what ``feed`` shows, newest first, and the archive document that has what came before.

    Each story comes with its mark. Together they have everything: a story that came out too late to be among
    the newest goes into an archive document at once, with what else waited for one. What is shown for
    another feed under a contract has no archive.

    Raises:
        StoreError: the database cannot be used.
    """
    top = press.store.top(rolled(feed))
    if feed.roll:
        return top.stories, 0
    return top.stories, press.store.close_archive(feed, at=now) if top.left_out else top.previous


def rolled(feed: Feed) -> Feed:
    """Return ``feed`` under the name whose roll it stands on."""
    return replace(feed, name=feed.roll) if feed.roll else feed
