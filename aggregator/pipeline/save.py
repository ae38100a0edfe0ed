"""Save: what several sources brought, in one transaction, each item in its story."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from aggregator.model.item import Article, JoinedBy
from aggregator.model.report import Collected
from aggregator.model.story import Decision, DecisionKind, Ground
from aggregator.rules.aliases import urls_of
from aggregator.rules.cluster import amend, found, join, joined, restore, withdraw
from aggregator.rules.gate import is_mass_change
from aggregator.rules.ids import mint_for
from aggregator.rules.removal import Absence, Page, Place, judge
from aggregator.rules.revise import MOST_FORMER_KEYS, revise, visible
from aggregator.rules.similarity import LEAST_TITLE, WINDOW, title_overlap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from aggregator.model.feed import Site
    from aggregator.model.item import Item
    from aggregator.model.source import Source, SourceId, SourceState
    from aggregator.model.story import Story, StoryId
    from aggregator.ports import Transaction
    from aggregator.rules.similarity import Fingerprint

    Name = tuple[SourceId, str]  # of an item: its source and key

log = logging.getLogger(__name__)
_EVIDENCE = {
    Page.GONE: Ground.PAGE_GONE,
    Page.SILENT: Ground.PAGE_SILENT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """An item whose article's page is to be looked at before the harvest is saved."""

    item: Item  #: as it is without the page
    again: Callable[[Article], Item]  #: returns it with what its page says


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """An item that its source's document lacks, though it has older ones."""

    item: Item
    before: bool  #: an earlier collect missed it already
    place: Place
    page: Page  #: what its page answered


@dataclass(frozen=True, slots=True, kw_only=True)
class Harvest:
    """What one collect of one source brought, not yet saved."""

    source: Source
    result: str  #: as in ``SourceState.result``
    state: SourceState  #: what is to be remembered
    items: tuple[Item, ...] = ()  #: new and changed ones, normalised, in the document's order
    lookups: tuple[Lookup, ...] = ()
    absences: tuple[Absent, ...] = ()
    present: tuple[str, ...] | None = None  #: keys of all items in the document; None: not read
    cut: bool = False  #: the document has more items than were read
    repeated: frozenset[str] = frozenset()  #: keys of new items whose title another item has
    size: int = 0  #: items in the document
    prints: Mapping[str, Fingerprint] = field(default_factory=dict)  #: of new items, by key
    faults: tuple[str, ...] = ()
    error: str = ""
    body_bytes: int = 0
    fetch_seconds: float = 0.0

    @property
    def asks(self) -> bool:
        """Whether pages are to be asked for before it is whole."""
        return bool(self.lookups) or any(absent.page is Page.UNASKED for absent in self.absences)


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
        self._ids: dict[Name, StoryId] = {}
        self._stored: dict[Name, Item] = {}
        asked = {
            harvest.source.id: [each.key for each in (*harvest.items, *_items(harvest.absences))]
            for harvest in harvests
            if harvest.items or harvest.absences
        }
        for source in asked.keys() - (transaction.empty(asked) if asked else set()):
            old = transaction.items(source, asked[source])
            self._stored |= {(source, key): item for key, item in old.items()}
            stories = transaction.stories_of(source, old).items() if old else ()
            self._ids |= {(source, key): story for key, story in stories}
        new = [item for harvest in harvests for item in harvest.items if _name(item) not in self._stored]
        self._minted = {_name(item): mint_for(item, site) for item in new}
        self._by_url = transaction.stories_by_url({url for item in new for url in urls_of(item)})
        self._stories: dict[StoryId, Story] = transaction.stories(
            {*self._ids.values(), *self._minted.values(), *(story for story, _, _ in self._by_url.values())}
        )
        self._prints = {
            (harvest.source.id, key): made for harvest in harvests for key, made in harvest.prints.items()
        }
        self._bands = transaction.crowded({band for made in self._prints.values() for band in made.bands})
        self._touched: set[StoryId] = set()
        self._withdrawn: set[StoryId] = set()  # those that lost a copy
        self._items: dict[Name, tuple[Item, StoryId]] = {}
        self._missing: dict[tuple[SourceId, bool], list[str]] = {}
        self._unknown: set[Name] = set()
        self._states: list[SourceState] = []
        self._decisions: list[Decision] = []

    def place(self, harvest: Harvest) -> Collected:
        """Sort one source's items into stories."""
        new = updated = duplicates = changed = stopped = 0
        quarantined = self._is_quarantined(harvest)
        for item in harvest.items:
            old = self._stored.get(_name(item))
            if old is None:
                new += 1
                held = quarantined and (item.suspect or item.key in harvest.repeated)
                meets = self._meets(item)
                if held or meets:
                    item = replace(item, held=held, unmatched=meets)  # noqa: PLW2901 # as it is stored
                joined_another = self._place_new(item)
                duplicates += joined_another
                stopped += held and not joined_another
            else:
                revised = revise(old, item, now=item.first_seen)
                updated += revised.revisions > old.revisions
                changed += visible(old, revised)
                self._place_old(old, revised, at=item.first_seen)
        changed += sum(self._judge(absent, harvest) for absent in harvest.absences)
        if stopped:
            log.warning(
                "source %s: %d new items look like old ones under other ids, and are held back: "
                "see whether they are news, and let them out with: aggregator release %s",
                harvest.source.id,
                stopped,
                harvest.source.id,
            )
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
            items_held=stopped,
            faults=harvest.faults,
            error=harvest.error,
            body_bytes=harvest.body_bytes,
            fetch_seconds=harvest.fetch_seconds,
        )

    def _is_quarantined(self, harvest: Harvest) -> bool:
        """Tell whether the document has changed the ids of what it had before."""
        new = [item for item in harvest.items if _name(item) not in self._stored]
        suspects = sum(item.suspect or item.key in harvest.repeated for item in new)
        known = harvest.state.changed_at is not None
        return known and is_mass_change(suspects, harvest.size, harvest.source.gate)

    def _meets(self, item: Item) -> bool:
        """Tell whether the text of a new item is to be compared: another one, before it, shares a band."""
        made = self._prints.get(_name(item))
        if made is None:
            return False
        meets = not self._bands.isdisjoint(made.bands)
        self._bands.update(made.bands)
        return meets

    def _place_new(self, item: Item) -> bool:
        """Put a new item into its story; return whether another copy had founded that story."""
        minted = self._minted[_name(item)]
        url = next((url for url in urls_of(item) if self._shares(item, url)), "")
        story_id = self._by_url[url][0] if url else minted
        story = self._stories.get(story_id)
        if story is None:
            self._stories[story_id] = found(item, story_id, source=self._sources.get(item.source))
            if item.held:
                self._decide(story_id, item, DecisionKind.HELD, Ground.CAME_BACK)
        else:
            item = self._joined(story, item, url)
        for each in urls_of(item):
            self._by_url.setdefault(each, (story_id, item.source, item.key))
        self._touched.add(story_id)
        self._items[_name(item)] = (item, story_id)
        return story is not None

    def _shares(self, item: Item, url: str) -> bool:
        """Tell whether a story has the address ``url`` of ``item``, and has it of right.

        A page may name as its proper address what is none: a section, or one that all pages of its site name.
        And an entry may move on to the address of every new article. So where one of them only says so, or
        did not always say so, titles and dates have to agree.
        """
        if url not in self._by_url:
            return False
        like = self._at(url)
        if url not in (_said(item), _said(like)):
            return True
        near = abs(item.dates.published - like.dates.published) <= WINDOW
        return near and title_overlap(item.title, like.title) >= LEAST_TITLE

    def _at(self, url: str) -> Item:
        """Return the copy that has the address ``url``."""
        story, *named = self._by_url[url]
        copies = self._stories[story].copies
        return next((copy for copy in copies if _name(copy) == tuple(named)), copies[0])

    def _joined(self, story: Story, item: Item, url: str) -> Item:
        """Let a new item join ``story``, by an equal address or else by an equal id; return it as it did."""
        item = joined(
            story,
            item,
            by=JoinedBy.URL if url else JoinedBy.ID,
            like=self._at(url) if url else story.shown,
            detail=url or story.id,
            sources=self._sources,
        )
        self._stories[story.id] = restore(join(story, item), item, at=item.first_seen)
        return item

    def _place_old(self, old: Item, revised: Item, *, at: datetime) -> None:
        story_id = self._ids[_name(old)]
        story = self._stories[story_id]
        changed = visible(old, revised)
        story = amend(story, old, revised)
        new_names = set(revised.former_keys) - set(old.former_keys)
        if new_names and len(old.former_keys) < MOST_FORMER_KEYS:  # else its names change for ever
            self._decide(story_id, revised, DecisionKind.RENAMED, ", ".join(sorted(new_names)), at=at)
        if revised.revisions > old.revisions:
            shown = _name(story.shown) == _name(revised)
            kind = DecisionKind.EDITED if shown else DecisionKind.EDITED_UNSEEN
            self._decide(story_id, revised, kind, at=revised.dates.updated)
        if old.withdrawn_at is not None:
            story = restore(story, revised, at=at)
            self._decide(story_id, revised, DecisionKind.NAMED_AGAIN, at=at)
        self._keep(story, revised, touched=changed or old.withdrawn_at is not None)

    def _judge(self, absent: Absent, harvest: Harvest) -> bool:
        """Decide on an item that is absent from inside its document; return whether it was withdrawn."""
        name, at = _name(absent.item), harvest.state.last_ok_at
        item = self._stored.get(name)
        if item is None or at is None or name in self._items or item.withdrawn_at is not None:
            return False
        verdict = judge(absent.page, absent.place, missed_before=absent.before)
        if verdict is Absence.UNKNOWN:
            self._unknown.add(name)
            return False
        if verdict is not Absence.WITHDRAWN:
            self._missing.setdefault((item.source, verdict is Absence.OPEN), []).append(item.key)
            return False
        story = self._stories[self._ids[name]]
        after = withdraw(story, item, at=at, sources=self._sources)
        self._missing.setdefault((item.source, False), []).append(item.key)
        self._decide(story.id, item, DecisionKind.WITHDRAWN, _EVIDENCE[absent.page], at=at)
        if after.deleted_at is not None:
            self._decide(story.id, item, DecisionKind.DELETED, Ground.NO_COPY_LEFT, at=at)
        elif _name(after.shown) != _name(story.shown):
            self._decide(story.id, after.shown, DecisionKind.PROMOTED, Ground.BEST_LEFT, at=at)
        self._keep(after, replace(item, withdrawn_at=at), touched=True)
        self._withdrawn.add(story.id)
        return True

    def _keep(self, story: Story, item: Item, *, touched: bool) -> None:
        """Note ``story``, of which ``item`` and, where that is another copy, the shown one changed."""
        self._stories[story.id] = story
        self._items[_name(item)] = (item, story.id)
        if touched:
            self._touched.add(story.id)

    def _decide(
        self, story: StoryId, item: Item, kind: DecisionKind, detail: str = "", *, at: datetime | None = None
    ) -> None:
        self._decisions.append(
            Decision(
                story=story,
                at=at or item.first_seen,
                kind=kind,
                source=item.source,
                key=item.key,
                detail=detail,
            )
        )

    def write(self) -> None:
        """Write everything that was placed."""
        transaction = self._transaction
        transaction.put_stories(self._stories[story] for story in sorted(self._touched))
        items = list(self._as_in_stories())
        rows = dict(zip(map(_name, (item for item, _ in items)), transaction.put_items(items), strict=True))
        transaction.mark_gone(
            {each.source.id: self._named(each) for each in self._harvests if each.present is not None}
        )
        for (source, missing), keys in self._missing.items():
            transaction.mark_missing(source, keys, missing=missing)
        transaction.put_states(self._states)
        transaction.put_decisions(self._decisions)
        if at := max((each.state.last_at for each in self._harvests if each.state.last_at), default=None):
            transaction.touch(self._touched, at=at)
            transaction.unsay(self._withdrawn)
            transaction.put_texts(
                [
                    (rows[name], self._items[name][0].dates.published, made)
                    for name, made in self._prints.items()
                    if name in rows and name not in self._stored
                ],
                (),
                matched=(),
                expired_before=at - WINDOW,
            )

    def _named(self, harvest: Harvest) -> tuple[list[str], datetime | None]:
        """Return the keys that count as named by a document, and when it was read to its end."""
        unknown = (key for source, key in self._unknown if source == harvest.source.id)
        return [*(harvest.present or ()), *unknown], None if harvest.cut else harvest.state.last_ok_at

    def _as_in_stories(self) -> Iterable[tuple[Item, StoryId]]:
        """Return the items to write; that a copy leads its story is known to the story first."""
        for story_id in self._touched:
            for copy in self._stories[story_id].copies:
                kept = self._items.get(_name(copy))
                if kept or copy.leads_since:
                    self._items[_name(copy)] = (copy, story_id)
        return self._items.values()


def _items(absences: Iterable[Absent]) -> Iterable[Item]:
    return (absent.item for absent in absences)


def _said(item: Item) -> str:
    """Return the address of ``item`` that is not, or not always was, its own; "" where all are."""
    return item.canonical_url if len(urls_of(item)) > 1 else ""


def _name(item: Item) -> Name:
    return item.source, item.key
