"""Say which items tell the same news, and which of the copies is shown (docs/duplicates.md, C and D)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aggregator.model.story import Story
from aggregator.rules.ids import slug
from aggregator.rules.timestamps import FIRST_DAY, is_exact
from aggregator.rules.urls import host_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aggregator.model.item import Item
    from aggregator.model.source import Source, SourceId
    from aggregator.model.story import StoryId

FULL_TEXT = 500  # characters of content that make a copy the full story rather than a teaser


def found(item: Item, story_id: StoryId) -> Story:
    """Return a new story that has one copy, ``item``."""
    return Story(
        id=story_id,
        slug=slug(story_id),
        published=item.dates.published,
        updated=item.dates.updated,
        shown=item,
    )


def join(story: Story, item: Item, *, settled: bool, sources: Mapping[SourceId, Source]) -> Story:
    """Return ``story`` with ``item`` as one more copy.

    A story that is ``settled`` (stored, so perhaps published) keeps its shown copy and its dates, unless it
    is held back still. Until then the best copy is shown, under the earliest exact date, else the earliest
    guess.
    """
    others = _ordered((*story.others, item))
    still_held = story.hold_until is not None and story.hold_until > item.first_seen
    if settled and not still_held:
        return replace(story, others=others)
    copies = (story.shown, *others)
    published = min(copies, key=lambda copy: (not is_exact(copy.dates), copy.dates.published)).dates.published
    shown = min(copies, key=lambda copy: _rank(copy, sources.get(copy.source)))
    return replace(
        story,
        shown=shown,
        others=_ordered(tuple(copy for copy in copies if copy is not shown)),
        published=published,
        updated=max(shown.dates.updated, published),
    )


def amend(story: Story, old: Item, item: Item) -> Story:
    """Return ``story`` after its copy ``old`` became ``item``: only the shown copy moves ``updated``.

    A better date of the copy that dates the story moves ``published`` along (docs/timestamps.md, rule 5).
    """
    if item.dates.upgrade != old.dates.upgrade and _same(dated_by(story), old):
        first_seen = min(copy.first_seen for copy in (story.shown, *story.others))
        if item.dates.upgrade and item.dates.upgrade.at - first_seen <= FIRST_DAY:
            published = item.dates.published
            story = replace(story, published=published, updated=max(story.updated, published))
    if _same(story.shown, item):
        changed = item.revisions > old.revisions
        updated = max(story.updated, item.dates.updated) if changed else story.updated
        return replace(story, shown=item, updated=updated)
    others = tuple(item if _same(copy, item) else copy for copy in story.others)
    return replace(story, others=others)


def dated_by(story: Story) -> Item:
    """Return the copy whose date the story is published under.

    Of several with that instant: the one that moved to it, which no other may move on from; else the first
    that we saw.
    """
    copies = [copy for copy in (story.shown, *story.others) if copy.dates.published == story.published]
    return min(
        copies,
        key=lambda copy: (copy.dates.upgrade is None, copy.first_seen, copy.source, copy.key),
        default=story.shown,
    )


def _rank(item: Item, source: Source | None) -> tuple[bool, int, bool, object, str, str]:
    """Order copies, the one to show first: owner, priority, full text, earliest."""
    owner = source is not None and host_of(item.link) == host_of(source.url) != ""
    priority = source.priority if source else 0
    return (not owner, -priority, len(item.content) < FULL_TEXT, item.dates.published, item.source, item.key)


def _same(one: Item, other: Item) -> bool:
    return (one.source, one.key) == (other.source, other.key)


def _ordered(items: tuple[Item, ...]) -> tuple[Item, ...]:
    return tuple(sorted(items, key=lambda item: (item.source, item.key)))
