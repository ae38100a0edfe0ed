"""Rebuild: tell every story again from the stored items, with the same ids and dates.

What the store derives from items (stories, aliases, fingerprints, relations) may be thrown away: how each
item came into its story is kept with the item.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aggregator.model.story import Held
from aggregator.rules.cluster import retold, take_down
from aggregator.rules.ids import mint_for
from aggregator.rules.similarity import WINDOW

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from aggregator.model.feed import Site
    from aggregator.model.source import Source, SourceId
    from aggregator.model.story import Story, StoryId
    from aggregator.ports import Kin, Store, Transaction

AT_ONCE = 500  #: stories that are told again together


def rebuild(
    *, now: datetime, site: Site, store: Store, sources: Mapping[SourceId, Source]
) -> tuple[int, int]:
    """Tell all stories again, and let texts inside the window be compared anew; return stories and items.

    Raises:
        StoreError: the database cannot be used; nothing is changed.
    """
    with store.writing() as transaction:
        kin = transaction.kin()
        families = list(_families(kin))
        told: set[StoryId] = set()
        for start in range(0, len(families), AT_ONCE):
            told |= _tell(families[start : start + AT_ONCE], transaction, now=now, site=site, sources=sources)
        transaction.derive_anew(told, compare_since=now - WINDOW)
    return len(told), len(kin)


def _families(kin: Sequence[Kin]) -> Iterator[list[int]]:
    """Yield the rows of the items of each story, the founder first, the others in the order of joining."""
    rows = {(each.source, each.key): each for each in kin}

    def founder(each: Kin) -> int:
        seen = {each.row}
        while each.joined and (like := rows.get(each.joined)) and like.row not in seen:
            each = like
            seen.add(each.row)
        return each.row

    families: dict[int, list[int]] = {}
    for each in kin:
        first = founder(each)
        family = families.setdefault(first, [])
        if each.row == first:
            family.insert(0, each.row)
        else:
            family.append(each.row)
    yield from families.values()


def _tell(
    families: Sequence[Sequence[int]],
    transaction: Transaction,
    *,
    now: datetime,
    site: Site,
    sources: Mapping[SourceId, Source],
) -> set[StoryId]:
    stored = transaction.items_at([row for family in families for row in family])
    stories: dict[StoryId, Story] = {}
    for family in families:
        items = [stored[row] for row in family]
        name = mint_for(items[0], site)
        stories[name] = retold(items, name, sources=sources)
    standing = transaction.stories_out(stories)
    taken = transaction.takedowns(stories)
    for name, story in stories.items():
        out_at = standing[name] if name in standing else _out_at(story, now)
        held = story.held if out_at is None else Held.NOTHING
        story = replace(story, out_at=out_at, held=held)  # noqa: PLW2901 # as it stands from here
        stories[name] = take_down(story, at=taken[name]) if name in taken else story
    transaction.put_stories(stories.values())
    transaction.put_items((copy, story.id) for story in stories.values() for copy in story.copies)
    return set(stories)


def _out_at(story: Story, now: datetime) -> datetime | None:
    """Return when a story whose row is lost was published: as soon as it could be."""
    if story.held is Held.GATE or (story.hold_until and story.hold_until > now):
        return None
    return min(copy.first_seen for copy in story.copies)
