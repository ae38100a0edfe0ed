"""Match: compare the texts of new items with those of other sources (docs/duplicates.md, C).

This comes after collecting and before publishing, outside of any fetch or writing transaction; what is to
be merged is not published before. Costs do not grow with the archive: only texts of the last days are
compared, and of those only the ones that share a band.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from aggregator.errors import StoreError
from aggregator.model.item import JoinedBy
from aggregator.model.source import Duplicates
from aggregator.model.story import Held, Neighbour, Text
from aggregator.rules.cluster import join, joined, restore
from aggregator.rules.similarity import (
    LEAST_RELATED,
    MOST_CANDIDATES,
    MOST_COMPARED,
    WINDOW,
    Likeness,
    Telling,
    compare,
    fingerprint,
    jaccard,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from aggregator.model.item import Item
    from aggregator.model.source import Source, SourceId
    from aggregator.model.story import StoryId
    from aggregator.ports import Store, Transaction
    from aggregator.rules.similarity import Comparison, Fingerprint

log = logging.getLogger(__name__)
AT_ONCE = 100  #: items whose texts are compared in one go


@dataclass(frozen=True, slots=True)
class _Pair:
    """A new text with one that it is like, and how much."""

    new: Text
    old: Text
    comparison: Comparison


@dataclass(slots=True, kw_only=True)
class _Batch:
    """Texts that are compared together: with those in the store, and each with those before it."""

    texts: Sequence[Text]
    prints: dict[int, Fingerprint]
    near: dict[int, Neighbour]  #: by row; stored texts that share a band with one of these
    sharing: dict[int, list[int]]  #: rows by band
    whole: dict[int, Text] = field(default_factory=dict)  #: those that were read, by row


def match(*, now: datetime, store: Store, sources: Mapping[SourceId, Source]) -> int:
    """Compare all texts that are yet to be compared; return how many stories were merged.

    Raises:
        StoreError: the database cannot be used; what was not compared is so next time.
    """
    merged = 0
    while texts := store.unmatched(AT_ONCE):
        batch = _batch(texts, store, now - WINDOW)
        pairs = [pair for text in texts for pair in _safely_alike(text, batch, store, sources)]
        with store.writing() as transaction:
            merged += _write(batch, pairs, transaction, now=now, sources=sources)
    return merged


def _batch(texts: Sequence[Text], store: Store, since: datetime) -> _Batch:
    prints = {
        text.row: found for text in texts if text.published >= since and (found := fingerprint(text.html))
    }
    sharing = store.sharing({band for found in prints.values() for band in found.bands})
    nearest = {row for found in prints.values() for row in _candidates(found, sharing)}
    return _Batch(texts=texts, prints=prints, near=store.neighbours(nearest, since), sharing=sharing)


def _candidates(mine: Fingerprint, sharing: Mapping[int, Sequence[int]]) -> list[int]:
    """Return the rows that share a band with ``mine``: those that share most first, then the newest."""
    shared = Counter(row for band in set(mine.bands) for row in sharing.get(band, ()))
    return sorted(shared, key=lambda row: (-shared[row], -row))[:MOST_CANDIDATES]


def _safely_alike(
    text: Text, batch: _Batch, store: Store, sources: Mapping[SourceId, Source]
) -> Iterable[_Pair]:
    """Return what ``_alike`` does; a bug that a text sets off is loud, and holds no other text up."""
    try:
        return _alike(text, batch, store, sources)
    except StoreError:
        raise
    except Exception:
        log.exception("a bug in the aggregator, set off by a text of %s: please report it", text.source)
        return []


def _alike(text: Text, batch: _Batch, store: Store, sources: Mapping[SourceId, Source]) -> Iterable[_Pair]:
    """Return the texts of other sources that ``text`` is like, the nearest first. Later ones find it, too."""
    mine = batch.prints.get(text.row)
    if mine is None:
        return []
    others = [batch.near[row] for row in _candidates(mine, batch.sharing) if row in batch.near]
    near = sorted(
        (
            (jaccard(mine.shingles, other.shingles), -other.row)
            for other in others
            if _comparable(text.source, other.source, sources)
        ),
        reverse=True,
    )
    close = [-row for likeness, row in near[:MOST_COMPARED] if likeness >= LEAST_RELATED]
    if unread := [row for row in close if row not in batch.whole]:
        batch.whole |= store.texts(unread)
    telling = _telling(text, mine.shingles)
    pairs = [
        _Pair(text, old, compare(telling, _telling(old, batch.near[row].shingles)))
        for row in close
        if (old := batch.whole.get(row))
    ]
    for band in set(mine.bands):
        batch.sharing.setdefault(band, []).append(text.row)
    batch.near[text.row] = Neighbour(text.row, text.source, mine.shingles)
    batch.whole[text.row] = text
    return pairs


def _comparable(one: SourceId, other: SourceId, sources: Mapping[SourceId, Source]) -> bool:
    modes = [sources[source].duplicates for source in (one, other) if source in sources]
    return one != other and Duplicates.OFF not in modes


def _telling(text: Text, shingles: frozenset[int]) -> Telling:
    return Telling(title=text.title, html=text.html, shingles=shingles)


def _write(
    batch: _Batch,
    pairs: Sequence[_Pair],
    transaction: Transaction,
    *,
    now: datetime,
    sources: Mapping[SourceId, Source],
) -> int:
    """Merge what is the same, relate what is alike, let go of what waited for it; return the merges."""
    stories = transaction.stories_at([*(text.row for text in batch.texts), *(pair.old.row for pair in pairs)])
    # Some may have been removed meanwhile, or compared by another process.
    left = transaction.unmatched([text.row for text in batch.texts])
    matched = [text.row for text in batch.texts if text.row in left]
    pairs = [pair for pair in pairs if pair.new.row in stories and pair.old.row in stories]
    table = _Table(transaction, stories, sources, pairs)
    merged = 0
    told = []
    for row in matched:
        mine = [pair for pair in pairs if pair.new.row == row]
        copies = [pair for pair in mine if _merges(pair, sources)]
        if copies and table.merge(copies[0], at=now):
            merged += 1
        told += [pair for pair in mine if pair.comparison.likeness is not Likeness.UNLIKE]
    transaction.let_go({table.of[row] for row in matched})
    published = {text.row: text.published for text in batch.texts}
    transaction.put_texts(
        [(row, published[row], batch.prints[row]) for row in matched if row in batch.prints],
        [
            (pair.new.row, pair.old.row, pair.comparison.text, pair.comparison.reason)
            for pair in told
            if table.of[pair.new.row] != table.of[pair.old.row]
        ],
        matched=matched,
        expired_before=now - WINDOW,
    )
    transaction.touch({table.of[row] for pair in told for row in (pair.new.row, pair.old.row)}, at=now)
    return merged


def _merges(pair: _Pair, sources: Mapping[SourceId, Source]) -> bool:
    """Tell whether a pair is two copies, of sources that both want copies merged."""
    names = (pair.new.source, pair.old.source)
    modes = {sources[name].duplicates for name in names if name in sources}
    return pair.comparison.likeness is Likeness.COPY and modes == {Duplicates.MERGE}


class _Table:
    """The stories of a batch, while they are merged."""

    def __init__(
        self,
        transaction: Transaction,
        stories: Mapping[int, StoryId],
        sources: Mapping[SourceId, Source],
        pairs: Sequence[_Pair],
    ) -> None:
        copies = [pair for pair in pairs if _merges(pair, sources)]
        self.of = dict(stories)  #: the story of each row
        self._transaction = transaction
        self._sources = sources
        self._stories = transaction.stories(
            {stories[row] for pair in copies for row in (pair.new.row, pair.old.row)}
        )

    def merge(self, pair: _Pair, *, at: datetime) -> bool:
        """Let the new text's story, if nobody has seen it yet, join that of its copy; return whether it did.

        It stays where the copy's story has an item of one of its sources: by its text no source's item is
        ever merged with another of the same source.
        """
        mine, theirs = self._stories[self.of[pair.new.row]], self._stories[self.of[pair.old.row]]
        alone = not {copy.source for copy in mine.copies} & {copy.source for copy in theirs.copies}
        if mine.id == theirs.id or mine.held is not Held.MATCH or not mine.living or not alone:
            return False
        founder = next(copy for copy in mine.copies if copy.joined is None)
        like = next(copy for copy in theirs.copies if _named(copy) == (pair.old.source, pair.old.key))
        detail = f"texts {pair.comparison.text:.2f} alike, titles {pair.comparison.title:.2f}"
        moved = joined(
            theirs, founder, by=JoinedBy.TEXT, like=like, detail=detail, sources=self._sources, at=at
        )
        theirs = join(theirs, moved)
        for copy in mine.copies:
            if copy.joined is not None:
                how = replace(copy.joined, settled=True, leads=False)
                theirs = join(theirs, replace(copy, joined=how))
        living = mine.living[0]
        theirs = restore(
            theirs, next(copy for copy in theirs.copies if _named(copy) == _named(living)), at=at
        )
        self._stories[theirs.id] = theirs
        del self._stories[mine.id]
        self.of = {row: theirs.id if story == mine.id else story for row, story in self.of.items()}
        self._transaction.put_stories([theirs])
        self._transaction.put_items((copy, theirs.id) for copy in theirs.copies)
        self._transaction.dissolve(mine.id, into=theirs.id)
        return True


def _named(item: Item) -> tuple[SourceId, str]:
    return item.source, item.key
