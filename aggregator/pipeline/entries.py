"""Write down the entries that a feed shows: what is remembered of them is neither read nor written again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aggregator.model import records
from aggregator.model.feed import Entry
from aggregator.pipeline.rolls import rolled
from aggregator.rules import select
from aggregator.rules.abridge import abridge
from aggregator.rules.terms import cut

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from aggregator.model.feed import Feed
    from aggregator.model.source import Front, SourceId
    from aggregator.model.story import Relation, StoryId
    from aggregator.pipeline.compose import Composed, Key
    from aggregator.pipeline.press import Press

    Marks = Sequence[tuple[StoryId, int]]
    Relations = Mapping[StoryId, Sequence[Relation]]
    Fronts = Mapping[SourceId, Front]


def compose_all(stories: Marks, feed: Feed, fronts: Fronts, *, press: Press) -> list[Composed]:
    """Return these stories as entries of ``feed``, written down, each under its mark.

    Raises:
        StoreError: the database cannot be used.
    """
    relations = press.store.relations([story for story, _ in stories])
    found = _recalled(stories, relations, feed, press)
    missing = [story for (story, _), composed in found.items() if not composed]
    entries = dict(_told(missing, relations, fronts, press))
    return list(_composed(found, entries, relations, feed, press))


def compose_delayed(feed: Feed, fronts: Fronts, *, until: datetime, press: Press) -> list[Composed]:
    """Return what ``feed`` shows to those who are told everything that was known by ``until``, but no more.

    What a story said then was written down then; where it was not, the story is shown if it says the same
    now. Of the stories that are like it those are named that are shown themselves and say the same now.

    Raises:
        StoreError: the database cannot be used.
    """
    store = press.store
    shown = store.as_of(rolled(feed), until=until)
    settled = {story for story, _, stands in shown if stands}
    stories = [(story, mark) for story, mark, _ in shown]
    relations = {
        story: [other for other in others if other.story in settled]
        for story, others in store.relations([story for story, _ in stories]).items()
    }
    found = _recalled(stories, relations, feed, press)
    # What is remembered of one that says something else by now may have been taken back with a copy.
    found |= {each: None for each in stories if each[0] not in settled}
    missing = [each for each, composed in found.items() if not composed]
    entries = {
        story: replace(
            records.decode(version.entry, Entry), related=select.related(relations.get(story, ()), press.site)
        )
        for (story, _), version in store.versions(missing).items()
        if version.entry is not None
    }
    unwritten = {each for each in missing if each[0] not in entries}
    if unwritten:
        live = dict(_told([story for story, _ in unwritten], relations, fronts, press))
        # Looked at again: an edit that came meanwhile is not told under the mark of before.
        stands = {(story, mark) for story, mark, same in store.as_of(rolled(feed), until=until) if same}
        entries |= {story: live[story] for story, _ in unwritten & stands if story in live}
    return list(_composed(found, entries, relations, feed, press))


def _recalled(
    stories: Marks, relations: Relations, feed: Feed, press: Press
) -> dict[tuple[StoryId, int], Composed | None]:
    keys = (_key(story, mark, relations, feed) for story, mark in stories)
    return {(key[0], key[1]): press.composer.recall(key) for key in keys}


def _key(story: StoryId, mark: int, relations: Relations, feed: Feed) -> Key:
    like = tuple(relations.get(story, ()))
    return story, mark, like, feed.extent, feed.source_line, feed.parts, feed.marked


def _told(
    stories: Collection[StoryId], relations: Relations, fronts: Fronts, press: Press
) -> Iterator[tuple[StoryId, Entry]]:
    """Yield what stories say now, whole."""
    for story in press.store.stories(stories).values():
        entry = select.entry(
            story,
            site=press.site,
            sources=press.sources,
            categories=press.categories,
            states=fronts,
            relations=relations.get(story.id, ()),
        )
        yield story.id, entry


def _composed(
    found: Mapping[tuple[StoryId, int], Composed | None],
    entries: Mapping[StoryId, Entry],
    relations: Relations,
    feed: Feed,
    press: Press,
) -> Iterator[Composed]:
    """Yield what was ``found``, and the ``entries`` in place of what was not, in order."""
    for (story, mark), composed in found.items():
        if composed:
            yield composed
        elif entry := entries.get(story):
            key = _key(story, mark, relations, feed)
            seen = cut(abridge(entry, feed, press.site), feed.parts)
            yield press.composer.compose(key, seen, marked=feed.marked)
