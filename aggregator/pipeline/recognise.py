"""Recognise: which entries of a document are new, which are changed, and which go by another name now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, Protocol

from aggregator.pipeline.normalise import normalise, with_page
from aggregator.rules.aliases import Kind, aliases, key_alias, reminders, same_item
from aggregator.rules.gate import is_suspect
from aggregator.rules.identity import identify
from aggregator.rules.removal import Sight
from aggregator.rules.revise import raw_hash

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from aggregator.model.item import Article, Item, Known, ParsedDocument, ParsedItem
    from aggregator.model.source import SourceId
    from aggregator.pipeline.normalise import Sighting
    from aggregator.rules.identity import Identity


class Archive(Protocol):
    """What is asked of the store: see ``ports.Store``."""

    def known(self, source: SourceId, keys: Collection[str]) -> Mapping[str, Known]:
        """Return what is stored under these keys."""
        ...

    def named(self, source: SourceId, numbers: Collection[int]) -> Mapping[int, Sequence[Item]]:
        """Return stored items by the numbers of their aliases."""
        ...

    def buried(self, numbers: Collection[int]) -> set[int]:
        """Return the numbers of removed items."""
        ...


class Draft(NamedTuple):
    """A new or changed item, and how to make it again with what its article's page says."""

    item: Item
    new: bool
    again: Callable[[Article], Item]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """What a document holds, beside what we have."""

    drafts: tuple[Draft, ...]  #: new and changed items, in the document's order
    present: tuple[str, ...]  #: keys of all its items, as they are stored
    sights: tuple[Sight, ...]  #: of those that the source dates, in the document's order
    repeated: frozenset[str]  #: keys of new items whose title another item of the source has
    size: int  #: entries in the document


class _Entry(NamedTuple):
    place: int
    parsed: ParsedItem
    identity: Identity
    raw_hash: str


def recognise(
    document: ParsedDocument,
    sighting: Sighting,
    *,
    archive: Archive | None,
    since: datetime | None,
) -> Recognised:
    """Return what is new and what is changed in ``document``.

    Args:
        document: as its source sent it.
        sighting: when and how it was asked for.
        archive: what is stored; None: nothing of this source.
        since: when the document was last seen to change; None: this is the first look.
    """
    source = sighting.source.id
    entries = [
        _Entry(place, parsed, identity, raw_hash(parsed))
        for place, (parsed, identity) in enumerate(
            zip(document.items, identify(document.items, sighting.tracking), strict=True)
        )
        if identity is not None
    ]
    known = _known(archive, source, [entry.identity.key for entry in entries]) if archive else {}
    taken = {found.key for found in known.values()} | {entry.identity.key for entry in entries}
    drafts: dict[int, Draft] = {}
    sights: dict[int, Sight] = {}
    strangers: list[tuple[_Entry, Item]] = []
    for entry in entries:
        found = known.get(entry.identity.key)
        if found is None:
            item = _normalised(entry, sighting)
            item = replace(item, suspect=True) if is_suspect(item.dates, since) else item
            strangers.append((entry, item))
        elif found.raw_hash != entry.raw_hash or found.withdrawn:
            item = _renamed(_normalised(entry, sighting), found.key)
            drafts[entry.place] = _draft(entry, item, sighting, new=False, since=since)
        if found is not None and found.dated:
            sights[entry.place] = Sight(found.published, found.first_seen)
    keys = {key: found.key for key, found in known.items()}
    repeated: set[str] = set()
    for entry, item, old, has_title in _told_apart(strangers, archive, source, taken):
        if old is not None:
            item = _renamed(item, old.key)  # noqa: PLW2901 # it goes by that name from here
        elif has_title:
            repeated.add(item.key)
        keys[entry.identity.key] = item.key
        drafts[entry.place] = _draft(entry, item, sighting, new=old is None, since=since)
        if item.dates.chosen is not None:
            sights[entry.place] = Sight(item.dates.published, item.first_seen)
    return Recognised(
        drafts=tuple(drafts[place] for place in sorted(drafts)),
        present=tuple(keys.values()),
        sights=tuple(sights[place] for place in sorted(sights)),
        repeated=frozenset(repeated),
        size=len(entries),
    )


def _known(archive: Archive, source: SourceId, keys: Sequence[str]) -> dict[str, Known]:
    """Return what is stored under ``keys``, and under keys that were an item's own at another time."""
    found = dict(archive.known(source, keys))
    numbers = {key: key_alias(source, key).number for key in keys if key not in found}
    named = archive.named(source, numbers.values()) if numbers else {}
    renamed = {key: named[number][0].key for key, number in numbers.items() if number in named}
    # An item that the document has under its own key is another one.
    renamed = {key: own for key, own in renamed.items() if own not in found}
    stored = archive.known(source, set(renamed.values())) if renamed else {}
    claimed: set[str] = set()
    for key, own in renamed.items():
        if own in stored and own not in claimed:
            claimed.add(own)
            found[key] = stored[own]
    return found


def _told_apart(
    strangers: Sequence[tuple[_Entry, Item]], archive: Archive | None, source: SourceId, taken: set[str]
) -> list[tuple[_Entry, Item, Item | None, bool]]:
    """Return the entries of unknown keys, each with the stored item that it is, and if its title is known.

    What was removed before and is named again is left out.
    """
    if not strangers or archive is None:
        return [(entry, item, None, False) for entry, item in strangers]
    names = [aliases(item) for _, item in strangers]
    signs = [reminders(item) for _, item in strangers]
    named = archive.named(source, {alias.number for each in names for alias in each})
    buried = archive.buried({number for each in signs for number in each})
    told = []
    for (entry, item), mine, reminding in zip(strangers, names, signs, strict=True):
        old = same_item(item, mine, named, taken) if named else None
        if old is not None:
            taken.add(old.key)
        elif buried and not buried.isdisjoint(reminding):
            continue
        has_title = any(alias.kind is Kind.TITLE and alias.number in named for alias in mine)
        told.append((entry, item, old, has_title))
    return told


def _normalised(entry: _Entry, sighting: Sighting) -> Item:
    return normalise(
        entry.parsed, entry.identity, place=entry.place, raw_hash=entry.raw_hash, sighting=sighting
    )


def _renamed(item: Item, key: str) -> Item:
    """Return ``item`` under the ``key`` by which it is stored; its own joins the former ones."""
    return item if item.key == key else replace(item, key=key, former_keys=(item.key,))


def _draft(entry: _Entry, item: Item, sighting: Sighting, *, new: bool, since: datetime | None) -> Draft:
    again = partial(_again, item=item, entry=entry, sighting=sighting, since=since)
    return Draft(item, new, again)


def _again(
    article: Article, *, item: Item, entry: _Entry, sighting: Sighting, since: datetime | None
) -> Item:
    dated = with_page(article, item=item, parsed=entry.parsed, place=entry.place, sighting=sighting)
    return replace(dated, suspect=is_suspect(dated.dates, since))
