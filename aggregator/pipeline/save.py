"""Save: what several sources brought, in one transaction, each item in its story."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aggregator.model.report import Collected
from aggregator.rules.cluster import amend, found, join
from aggregator.rules.ids import mint
from aggregator.rules.revise import revise, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from aggregator.model.feed import Site
    from aggregator.model.item import Claim, Item
    from aggregator.model.source import Source, SourceId, SourceState
    from aggregator.model.story import Story, StoryId
    from aggregator.ports import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """An item whose article's page is to be looked at before the harvest is saved."""

    item: Item  #: as it is without the page
    again: Callable[[Sequence[Claim]], Item]  #: returns it with the page's dates among its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Harvest:
    """What one collect of one source brought, not yet saved."""

    source: Source
    result: str  #: as in ``SourceState.result``
    state: SourceState  #: what is to be remembered
    items: tuple[Item, ...] = ()  #: new and changed ones, normalised, in the document's order
    lookups: tuple[Lookup, ...] = ()
    present: tuple[str, ...] | None = None  #: keys of all items in the document; None: not read
    faults: tuple[str, ...] = ()
    error: str = ""
    body_bytes: int = 0
    fetch_seconds: float = 0.0


def save(
    harvests: Sequence[Harvest], transaction: Transaction, *, site: Site, sources: Mapping[SourceId, Source]
) -> list[Collected]:
    """Save ``harvests`` through ``transaction`` and return what each amounts to."""
    board = _Board(harvests, transaction, site=site, sources=sources)
    collected = [board.place(harvest) for harvest in harvests]
    board.write()
    return collected


class _Board:
    """The stories that a batch of harvests touches, while it is being sorted in."""

    def __init__(
        self,
        harvests: Sequence[Harvest],
        transaction: Transaction,
        *,
        site: Site,
        sources: Mapping[SourceId, Source],
    ) -> None:
        self._transaction = transaction
        self._harvests = harvests
        self._sources = sources
        self._ids: dict[tuple[SourceId, str], StoryId] = {}
        self._stored: dict[tuple[SourceId, str], Item] = {}
        for harvest in harvests:
            if harvest.items:
                source, keys = harvest.source.id, [item.key for item in harvest.items]
                old = transaction.items(source, keys)
                self._stored |= {(source, key): item for key, item in old.items()}
                self._ids |= {
                    (source, key): story for key, story in transaction.stories_of(source, old).items()
                }
        new = [
            item
            for harvest in harvests
            for item in harvest.items
            if (item.source, item.key) not in self._stored
        ]
        self._minted = {
            (item.source, item.key): mint(
                item.upstream_id,
                key=item.key,
                own_id=item.key == f"id:{item.upstream_id}",
                source=item.source,
                site=site,
            )
            for item in new
        }
        self._by_url = transaction.stories_by_url({item.canonical_url for item in new if item.canonical_url})
        self._stories: dict[StoryId, Story] = transaction.stories(
            {*self._ids.values(), *self._minted.values(), *self._by_url.values()}
        )
        self._settled = set(self._stories)
        self._touched: set[StoryId] = set()
        self._items: dict[tuple[SourceId, str], tuple[Item, StoryId]] = {}
        self._states: list[SourceState] = []

    def place(self, harvest: Harvest) -> Collected:
        """Sort one source's items into stories."""
        new = updated = duplicates = changed = 0
        for item in harvest.items:
            old = self._stored.get((item.source, item.key))
            if old is None:
                new += 1
                duplicates += self._place_new(item)
            else:
                revised = revise(old, item, now=item.first_seen)
                updated += revised.revisions > old.revisions
                changed += visible(old, revised)
                self._place_old(old, revised)
        state = (
            replace(harvest.state, changed_at=harvest.state.last_ok_at) if new or changed else harvest.state
        )
        self._states.append(state)
        return Collected(
            source=harvest.source.id,
            result=harvest.result,
            items_new=new,
            items_updated=updated,
            duplicates=duplicates,
            faults=harvest.faults,
            error=harvest.error,
            body_bytes=harvest.body_bytes,
            fetch_seconds=harvest.fetch_seconds,
        )

    def _place_new(self, item: Item) -> bool:
        """Put a new item into its story; return whether another copy had founded that story."""
        minted = self._minted[item.source, item.key]
        story_id = self._by_url.get(item.canonical_url) if item.canonical_url else None
        if story_id is None:
            story_id = minted
        story = self._stories.get(story_id)
        if story is None:
            self._stories[story_id] = found(item, story_id)
        else:
            settled = story_id in self._settled
            self._stories[story_id] = join(story, item, settled=settled, sources=self._sources)
        if item.canonical_url:
            self._by_url.setdefault(item.canonical_url, story_id)
        self._touched.add(story_id)
        self._items[item.source, item.key] = (item, story_id)
        return story is not None

    def _place_old(self, old: Item, revised: Item) -> None:
        story_id = self._ids[old.source, old.key]
        self._items[old.source, old.key] = (revised, story_id)
        if visible(old, revised):
            self._stories[story_id] = amend(self._stories[story_id], old, revised)
            self._touched.add(story_id)

    def write(self) -> None:
        """Write everything that was placed."""
        self._transaction.put_stories(self._stories[story] for story in sorted(self._touched))
        self._transaction.put_items(self._items.values())
        for harvest in self._harvests:
            if harvest.present is not None and harvest.state.last_ok_at is not None:
                self._transaction.mark_gone(
                    harvest.source.id, present=harvest.present, at=harvest.state.last_ok_at
                )
        self._transaction.put_states(self._states)
        self._transaction.touch(self._touched)
