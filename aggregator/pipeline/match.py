"""Match: compare the texts of new items with those of other sources (docs/duplicates.md, C).

This comes after collecting and before publishing, outside of any fetch or writing transaction; what is to
be merged is not published before. Costs do not grow with the archive: only texts of the last days are
compared, and of those only the ones that share a band. Whether there is any is seen when an item is saved, so
that few come here.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aggregator.model.item import JoinedBy
from aggregator.model.source import Duplicates
from aggregator.model.story import Held, Text
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
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from aggregator.model.item import Item
    from aggregator.model.source import Source, SourceId
    from aggregator.model.story import Neighbour, StoryId
    from aggregator.ports import Store, Transaction
    from aggregator.rules.similarity import Comparison

log = logging.getLogger(__name__)
AT_ONCE = 100  #: items whose texts are compared in one go


@dataclass(frozen=True, slots=True)
class _Pair:
    """A new text with one that it is like, and how much."""

    new: Text
    old: Text
    comparison: Comparison


def match(*, now: datetime, store: Store, sources: Mapping[SourceId, Source]) -> int:
    """Compare all texts that are yet to be compared; return how many stories were merged.

    Raises:
        StoreError: the database cannot be used; what was not compared is so next time.
    """
    merged = 0
    while texts := store.unmatched(AT_ONCE):
        pairs = _alike(texts, store, now - WINDOW, sources)
        with store.writing() as transaction:
            merged += _write(texts, pairs, transaction, now=now, sources=sources)
    return merged


def _alike(
    texts: Sequence[Text], store: Store, since: datetime, sources: Mapping[SourceId, Source]
) -> list[_Pair]:
    """Return the texts of other sources before it that each of ``texts`` is like, the nearest first."""
    near = _found(texts, store, since)
    new = [text for text in texts if text.row in near]
    bands = {band for text in new for band in near[text.row].bands}
    sharing = store.sharing(bands, before=texts[-1].row)
    candidates = {text.row: _candidates(near[text.row], sharing) for text in new}
    near |= store.neighbours({row for rows in candidates.values() for row in rows} - near.keys(), since)
    close = {row: _nearest(near[row], rows, near, sources) for row, rows in candidates.items()}
    whole = {text.row: text for text in texts}
    whole |= store.texts({row for rows in close.values() for row in rows} - whole.keys())
    return [pair for text in new for pair in _safely_compared(text, close[text.row], near, whole)]


def _found(texts: Sequence[Text], store: Store, since: datetime) -> dict[int, Neighbour]:
    """Return ``texts`` as neighbours of others; those that were never saved as such are now."""
    rows = [text.row for text in texts]
    near = store.neighbours(rows, since)
    prints = [
        (text.row, text.published, found)
        for text in texts
        if text.row not in near and text.published >= since and (found := fingerprint(text.html))
    ]
    if not prints:
        return near
    with store.writing() as transaction:
        left = transaction.unmatched(rows)  # some may have been removed meanwhile
        prints = [each for each in prints if each[0] in left]
        transaction.put_texts(prints, (), matched=(), expired_before=since)
    return store.neighbours(rows, since)


def _candidates(mine: Neighbour, sharing: Mapping[int, Sequence[int]]) -> list[int]:
    """Return the rows before ``mine`` that share a band with it: those that share most, then the newest."""
    shared = Counter(row for band in set(mine.bands) for row in sharing.get(band, ()) if row < mine.row)
    return sorted(shared, key=lambda row: (-shared[row], -row))[:MOST_CANDIDATES]


def _nearest(
    mine: Neighbour, rows: Sequence[int], near: Mapping[int, Neighbour], sources: Mapping[SourceId, Source]
) -> list[int]:
    """Return those of ``rows`` that may be related to ``mine``, the nearest first, then the newest."""
    likely = sorted(
        (
            (jaccard(mine.shingles, near[row].shingles), row)
            for row in rows
            if row in near and _comparable(mine.source, near[row].source, sources)
        ),
        reverse=True,
    )
    return [row for likeness, row in likely[:MOST_COMPARED] if likeness >= LEAST_RELATED]


def _safely_compared(
    text: Text, rows: Sequence[int], near: Mapping[int, Neighbour], whole: Mapping[int, Text]
) -> list[_Pair]:
    """Compare ``text`` with those of ``rows``; a bug that it sets off is loud, and holds no other text up."""
    try:
        telling = _telling(text, near[text.row].shingles)
        return [
            _Pair(text, old, compare(telling, _telling(old, near[row].shingles)))
            for row in rows
            if (old := whole.get(row))
        ]
    except Exception:
        log.exception("a bug in the aggregator, set off by a text of %s: please report it", text.source)
        return []


def _comparable(one: SourceId, other: SourceId, sources: Mapping[SourceId, Source]) -> bool:
    modes = [sources[source].duplicates for source in (one, other) if source in sources]
    return one != other and Duplicates.OFF not in modes


def _telling(text: Text, shingles: frozenset[int]) -> Telling:
    return Telling(title=text.title, html=text.html, shingles=shingles)


def _write(
    texts: Sequence[Text],
    pairs: Sequence[_Pair],
    transaction: Transaction,
    *,
    now: datetime,
    sources: Mapping[SourceId, Source],
) -> int:
    """Merge what is the same, relate what is alike, let go of what waited for it; return the merges."""
    stories = transaction.stories_at([*(text.row for text in texts), *(pair.old.row for pair in pairs)])
    # Some may have been removed meanwhile, or compared by another process.
    left = transaction.unmatched([text.row for text in texts])
    matched = [text.row for text in texts if text.row in left]
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
    transaction.put_texts(
        (),
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
