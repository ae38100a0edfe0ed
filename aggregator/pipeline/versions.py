"""Write down what stories say, for the API and for partners (decision 24)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.model.records import encode
from aggregator.ports.partners import Version
from aggregator.render.item import item
from aggregator.render.printable import printable_entry
from aggregator.rules import select

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from aggregator.model.feed import Entry, FeedName
    from aggregator.model.partner import Partner
    from aggregator.model.story import Story, StoryId
    from aggregator.pipeline.press import Press

AT_ONCE = 500  #: changes that are looked at together, and versions that are written in one transaction


def read_by(partners: Iterable[Partner]) -> dict[FeedName, bool]:
    """Return the feeds that ``partners`` read, each with whether one of them reads it with a delay."""
    feeds: dict[FeedName, bool] = {}
    for partner in partners:
        for feed in partner.feeds:
            feeds[feed] = bool(partner.terms.delay) or feeds.get(feed, False)
    return feeds


def write_versions(
    feeds: Mapping[FeedName, bool], done: Mapping[FeedName, int], *, press: Press
) -> dict[FeedName, int]:
    """Write down what stories say that changes of ``feeds`` name, as far as that was not done.

    Args:
        feeds: the feeds that partners read, each with whether entries are written down, too.
        done: up to which serial of each feed there is nothing left to do; returned when it is so again.
        press: what it takes to tell stories.

    Raises:
        StoreError: the database cannot be used; what was not written is so next time.
    """
    reached = dict(done)
    for feed, delayed in feeds.items():
        after = reached.get(feed, 0)
        missing, upto = press.store.unwritten(feed, after=after, limit=AT_ONCE, entries=delayed)
        while upto > after:
            if missing:
                press.store.put_versions(_versions(missing, entries=delayed, press=press))
            reached[feed] = after = upto
            missing, upto = press.store.unwritten(feed, after=after, limit=AT_ONCE, entries=delayed)
    return reached


def _versions(
    wanted: Collection[tuple[StoryId, int]], *, entries: bool, press: Press
) -> dict[tuple[StoryId, int], Version]:
    told = tell(press.store.stories([story for story, _ in wanted]).values(), press=press)
    return {
        (story, mark): Version(spelled(entry, press=press), encode(entry) if entries else None)
        for story, mark in wanted
        if (entry := told.get(story))
    }


def tell(stories: Collection[Story], *, press: Press) -> dict[StoryId, Entry]:
    """Return what those of ``stories`` that are published say now, whole."""
    stories = [story for story in stories if story.out_at and not story.deleted_at]
    fronts = press.store.fronts({copy.source for story in stories for copy in story.copies})
    relations = press.store.relations([story.id for story in stories])
    entries = (
        select.entry(
            story,
            site=press.site,
            sources=press.sources,
            categories=press.categories,
            states=fronts,
            relations=relations.get(story.id, ()),
        )
        for story in stories
    )
    return {entry.id: entry for entry in entries}


def spelled(entry: Entry, *, press: Press) -> bytes:
    """Return ``entry`` as the API shows it whole."""
    return item(printable_entry(entry, press.site.language))
