"""Say which items tell the same news, and which of the copies is shown (docs/duplicates.md, C to E).

A story is what its items make of it: ``retold`` tells it again from them, with the same id and dates.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from aggregator.model.item import Joined
from aggregator.model.source import Duplicates
from aggregator.model.story import Held, Story
from aggregator.rules.ids import slug
from aggregator.rules.timestamps import FIRST_DAY, is_exact
from aggregator.rules.urls import host_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from aggregator.model.item import Item, JoinedBy
    from aggregator.model.source import Source, SourceId
    from aggregator.model.story import StoryId

FULL_TEXT = 500  # characters of content that make a copy the full story rather than a teaser


class Preference(StrEnum):
    """What makes one copy the better one to show, the weightiest first."""

    OWNER = "owner"  #: it lies on its source's own host
    PRIORITY = "priority"  #: of its source
    FULL_TEXT = "full text"
    EARLIEST = "earliest"
    NAME = "name"  #: nothing but the order of names, so that it is one of them


def found(item: Item, story_id: StoryId, *, source: Source | None = None) -> Story:
    """Return a new story that has one copy, ``item``, of ``source`` (None: it is no longer configured)."""
    merges = source is not None and source.duplicates is Duplicates.MERGE
    return Story(
        id=story_id,
        slug=slug(story_id),
        published=item.dates.published,
        updated=item.dates.updated,
        shown=item,
        held=Held.GATE if item.held else Held.MATCH if item.unmatched and merges else Held.NOTHING,
    )


def joined(
    story: Story,
    item: Item,
    *,
    by: JoinedBy,
    like: Item,
    detail: str,
    sources: Mapping[SourceId, Source],
    at: datetime | None = None,
) -> Item:
    """Return ``item`` with how it comes into ``story``: because of its copy ``like``, and what follows.

    A story that is out already keeps its shown copy and its dates. Until then the best copy is shown.
    ``at`` is when, where that is not the item's first sight (aware, UTC).
    """
    settled = story.out_at is not None or story.deleted_at is not None
    rivals = story.living or story.copies
    leads = not settled and _rank(item, sources) < min(_rank(copy, sources) for copy in rivals)
    how = Joined(by=by, source=like.source, key=like.key, settled=settled, leads=leads, detail=detail, at=at)
    return replace(item, joined=how)


def join(story: Story, item: Item) -> Story:
    """Return ``story`` with ``item`` as one more copy, in the way that ``item.joined`` says.

    A story that is not settled takes the earliest exact date, else the earliest guess.
    """
    how = item.joined
    if how is None:
        raise ValueError(f"{item.source} {item.key} has not joined any story")
    held = story.held
    if held is Held.GATE and not item.held:  # what one copy lets out is out
        held = Held.NOTHING
    story = replace(story, others=(*story.others, item), held=held)
    if not how.settled:
        dated = min(story.copies, key=lambda copy: (not is_exact(copy.dates), copy.dates.published))
        story = replace(story, published=dated.dates.published)
    return _showing(story, item if how.leads else story.shown)


def take_down(story: Story, *, at: datetime) -> Story:
    """Return ``story`` after the operator took it down at ``at`` (aware, UTC): no copy brings it back."""
    return replace(story, deleted_at=story.deleted_at or at, taken_down=True)


def amend(story: Story, old: Item, item: Item) -> Story:
    """Return ``story`` after its copy ``old`` became ``item``: only the shown copy moves ``updated``.

    A better date of the copy that dates the story moves ``published`` along (docs/timestamps.md, rule 5).
    """
    if item.dates.upgrade != old.dates.upgrade and _same(dated_by(story), old):
        first_seen = min(copy.first_seen for copy in story.copies)
        if item.dates.upgrade and item.dates.upgrade.at - first_seen <= FIRST_DAY:
            story = replace(story, published=item.dates.published)
    return _with(story, item)


def withdraw(story: Story, item: Item, *, at: datetime, sources: Mapping[SourceId, Source]) -> Story:
    """Return ``story`` after its copy ``item`` was taken back at ``at`` (aware, UTC).

    Was it the one shown, the best of the living takes over; where there is none, the story is deleted.
    """
    story = _with(story, replace(item, withdrawn_at=at))
    if not story.living:
        return replace(story, deleted_at=story.deleted_at or at)
    if story.shown.withdrawn_at is None:
        return story
    return _led_by(story, min(story.living, key=lambda copy: _rank(copy, sources)), at)


def restore(story: Story, item: Item, *, at: datetime) -> Story:
    """Return ``story`` after its copy ``item``, which had been withdrawn, was named again at ``at``."""
    item = replace(item, withdrawn_at=None)
    story = _with(story, item)
    if story.deleted_at is None or story.taken_down:
        return story
    return replace(_led_by(story, item, at), deleted_at=None)


def retold(items: Sequence[Item], story_id: StoryId, *, sources: Mapping[SourceId, Source]) -> Story:
    """Return the story that ``items`` make, the founder first, the others in the order of their joining."""
    founder, *rest = items
    story = found(_as_of(founder, founder.first_seen), story_id, source=sources.get(founder.source))
    later = (item for item in items if item.dates.upgrade and _moved_at(item) > _joined_at(item))
    better = sorted(later, key=_moved_at)
    for item in sorted(rest, key=_joined_at):
        while better and _moved_at(better[0]) < _joined_at(item):
            story = _bettered(story, better.pop(0))
        story = join(story, _as_of(item, _joined_at(item)))
    for item in better:
        story = _bettered(story, item)
    for item in items:
        story = _with(story, item)
    # One that took over, unless a better one joined even after that.
    leader = max((*(item for item in items if item.leads_since), story.shown), key=_led_at)
    story = _showing(story, leader)
    if story.living:
        return story
    return replace(story, deleted_at=max(item.withdrawn_at for item in items if item.withdrawn_at))


def dated_by(story: Story) -> Item:
    """Return the copy whose date the story is published under.

    Of several with that instant: the one that moved to it, which no other may move on from; else the first
    that we saw.
    """
    copies = [copy for copy in story.copies if copy.dates.published == story.published]
    return min(
        copies,
        key=lambda copy: (copy.dates.upgrade is None, copy.first_seen, copy.source, copy.key),
        default=story.shown,
    )


def preference(one: Item, other: Item, sources: Mapping[SourceId, Source]) -> Preference | None:
    """Return what makes ``one`` a better copy to show than ``other``; None: it is not better."""
    mine, theirs = _rank(one, sources), _rank(other, sources)
    if mine >= theirs:
        return None
    by: tuple[Preference, ...] = (*Preference, Preference.NAME)  # the source's, then its key
    return next(each for each, a, b in zip(by, mine, theirs, strict=True) if a != b)


def _led_by(story: Story, item: Item, at: datetime) -> Story:
    return _showing(_with(story, replace(item, leads_since=at)), item)


def _showing(story: Story, item: Item) -> Story:
    """Return ``story`` with its copy ``item`` as the one shown, and ``updated`` as that makes it."""
    shown = next(copy for copy in story.copies if _same(copy, item))
    others = tuple(
        sorted((copy for copy in story.copies if copy is not shown), key=lambda copy: (copy.source, copy.key))
    )
    dates = shown.dates
    changed = dates.updated if dates.updated > dates.published else None  # else it only says when it came
    updated = max(filter(None, (story.published, changed, shown.leads_since)))
    return replace(story, shown=shown, others=others, updated=updated)


def _with(story: Story, item: Item) -> Story:
    """Return ``story`` with ``item`` in the place of its former state."""
    shown = item if _same(story.shown, item) else story.shown
    others = tuple(item if _same(copy, item) else copy for copy in story.others)
    return _showing(replace(story, shown=shown, others=others), shown)


def _bettered(story: Story, item: Item) -> Story:
    return amend(story, next(copy for copy in story.copies if _same(copy, item)), item)


def _as_of(item: Item, at: datetime) -> Item:
    """Return ``item`` with the date that it had at ``at``."""
    upgrade = item.dates.upgrade
    if upgrade is None or upgrade.at <= at:
        return item
    dates = replace(item.dates, published=upgrade.before, chosen=None, upgrade=None)
    return replace(item, dates=dates)


def _joined_at(item: Item) -> datetime:
    return (item.joined.at if item.joined else None) or item.first_seen


def _moved_at(item: Item) -> datetime:
    return item.dates.upgrade.at if item.dates.upgrade else item.first_seen


def _led_at(item: Item) -> datetime:
    return item.leads_since or item.first_seen


def _rank(item: Item, sources: Mapping[SourceId, Source]) -> tuple[bool, int, bool, object, str, str]:
    """Order copies, the one to show first: owner, priority, full text, earliest."""
    source = sources.get(item.source)
    owner = source is not None and _owns(item, source, sources)
    priority = source.priority if source else 0
    return (not owner, -priority, len(item.content) < FULL_TEXT, item.dates.published, item.source, item.key)


def _owns(item: Item, source: Source, sources: Mapping[SourceId, Source]) -> bool:
    """Tell whether ``item`` lies on its source's own host, and has not borrowed another source's id."""
    host, of_id = host_of(source.url), host_of(item.upstream_id)
    if not host or host_of(item.canonical_url or item.link) != host:
        return False
    return of_id in ("", host) or all(host_of(other.url) != of_id for other in sources.values())


def _same(one: Item, other: Item) -> bool:
    return (one.source, one.key) == (other.source, other.key)
