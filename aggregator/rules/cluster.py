"""Say which items tell the same news, and which of the copies is shown (docs/duplicates.md, C and D)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aggregator.model.story import Story
from aggregator.rules.ids import slug
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

    A story that is ``settled`` (stored, so perhaps published) keeps its shown copy and its
    dates. Until then the best copy is shown, under the earliest date.
    """
    others = _ordered((*story.others, item))
    if settled:
        return replace(story, others=others)
    copies = (story.shown, *others)
    shown = min(copies, key=lambda copy: _rank(copy, sources.get(copy.source)))
    return replace(
        story,
        shown=shown,
        others=_ordered(tuple(copy for copy in copies if copy is not shown)),
        published=min(copy.dates.published for copy in copies),
        updated=max(shown.dates.updated, min(copy.dates.published for copy in copies)),
    )


def amend(story: Story, old: Item, item: Item) -> Story:
    """Return ``story`` after its copy ``old`` became ``item``: only the shown copy moves ``updated``.

    A better date of the copy that dates the story moves ``published`` along (docs/timestamps.md, rule 5).
    """
    if item.dates.published != old.dates.published == story.published:
        published = item.dates.published
        story = replace(story, published=published, updated=max(story.updated, published))
    if _same(story.shown, item):
        return replace(story, shown=item, updated=max(story.updated, item.dates.updated))
    others = tuple(item if _same(copy, item) else copy for copy in story.others)
    return replace(story, others=others)


def dated_by(story: Story) -> Item:
    """Return the copy whose date the story is published under, the shown one where several would do."""
    copies = (story.shown, *story.others)
    return next((copy for copy in copies if copy.dates.published == story.published), story.shown)


def _rank(item: Item, source: Source | None) -> tuple[bool, int, bool, object, str, str]:
    """Order copies, the one to show first: owner, priority, full text, earliest."""
    owner = source is not None and host_of(item.link) == host_of(source.url) != ""
    priority = source.priority if source else 0
    return (not owner, -priority, len(item.content) < FULL_TEXT, item.dates.published, item.source, item.key)


def _same(one: Item, other: Item) -> bool:
    return (one.source, one.key) == (other.source, other.key)


def _ordered(items: tuple[Item, ...]) -> tuple[Item, ...]:
    return tuple(sorted(items, key=lambda item: (item.source, item.key)))
