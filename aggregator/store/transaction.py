"""Writing: everything that becomes visible together."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, exists, func, select, update

from aggregator.model.story import Held
from aggregator.rules.aliases import aliases, burials, url_alias
from aggregator.rules.revise import MOST_FORMER_KEYS
from aggregator.store import archives, derived, journal, retention, rolls, tables, texts, versions
from aggregator.store.bulk import insert_all
from aggregator.store.codec import item_of, item_row, state_row, story_row
from aggregator.store.engine import Room
from aggregator.store.items import chunks, has_copy, stories_by_id

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from aggregator.model.item import Item
    from aggregator.model.source import Retention, SourceId, SourceState
    from aggregator.model.story import Decision, Story, StoryId
    from aggregator.ports import Kin
    from aggregator.rules.similarity import Fingerprint
    from aggregator.store.dialects import Dialect

#: Columns of an item that writing it anew does not change.
_KEPT = frozenset({"id", "source_id", "key", "gone_at", "missing"})


class Writer(Room):
    """Opens writing transactions."""

    @contextmanager
    def writing(self) -> Iterator[SqlTransaction]:
        """Open the one writing transaction; others wait. Rolled back when the block raises."""
        with self.database.writing() as connection:
            yield SqlTransaction(connection, self.database.dialect)

    def forget(self, retentions: Collection[Retention], *, now: datetime) -> int:
        """Remove the items whose time is over by ``retentions``, and return how many.

        A story goes when every one of its copies may go; what the operator took down stays, so that
        nothing brings it back. What goes is remembered by name.
        """
        with self.writing() as transaction:
            return transaction.bury(retention.over(transaction.connection, retentions, now=now), at=now)


class SqlTransaction:
    """The ``Transaction`` port over one open connection."""

    def __init__(self, connection: Connection, dialect: Dialect) -> None:
        self.connection = connection
        self._dialect = dialect
        self._empty: set[SourceId] = set()  # sources of which no item is stored, as far as we know

    def empty(self, sources: Collection[SourceId]) -> set[SourceId]:
        """Return those of ``sources`` of which no item is stored, as far as they are enrolled."""
        of = tables.sources.c.id
        any_item = exists().where(tables.items.c.source_id == of)
        unknown = set(sources) - self._empty
        for some in chunks(unknown):
            query = select(of).where(of.in_(some), ~any_item)
            self._empty.update(self.connection.execute(query).scalars())
        return self._empty.intersection(sources)

    def items(self, source: SourceId, keys: Collection[str]) -> dict[str, Item]:
        """Return the stored items of ``source`` with these keys."""
        column = tables.items.c
        found: dict[str, Item] = {}
        for some in chunks(keys):
            query = select(tables.items).where(column.source_id == source, column.key.in_(some))
            found |= {row["key"]: item_of(row) for row in self.connection.execute(query).mappings()}
        return found

    def stories_of(self, source: SourceId, keys: Collection[str]) -> dict[str, StoryId]:
        """Return the story of each of these items."""
        column = tables.items.c
        found: dict[str, StoryId] = {}
        for some in chunks(keys):
            query = select(column.key, column.story_id).where(
                column.source_id == source, column.key.in_(some)
            )
            found |= dict(self.connection.execute(query).all())
        return found

    def stories_at(self, rows: Collection[int]) -> dict[int, StoryId]:
        """Return the story of each of these items, by row."""
        column = tables.items.c
        found: dict[int, StoryId] = {}
        for some in chunks(rows):
            query = select(column.id, column.story_id).where(column.id.in_(some))
            found |= dict(self.connection.execute(query).all())
        return found

    def unmatched(self, rows: Collection[int]) -> set[int]:
        """Return those of these items whose text is still to be compared."""
        column = tables.items.c
        found: set[int] = set()
        for some in chunks(rows):
            query = select(column.id).where(column.id.in_(some), column.unmatched.is_(True))
            found.update(self.connection.execute(query).scalars())
        return found

    def crowded(self, bands: Collection[int]) -> set[int]:
        """Return those of these ``bands`` of fingerprints that a text is found in."""
        return texts.crowded(self.connection, self._dialect, bands) if bands else set()

    def stories_by_url(self, urls: Collection[str]) -> dict[str, tuple[StoryId, SourceId, str]]:
        """Return the story that carries each of these canonical URLs, and the copy, by source and key.

        Of several the oldest.
        """
        item, alias = tables.items.c, tables.aliases.c
        named = {url_alias(url).number: url for url in urls}
        found: dict[str, tuple[StoryId, SourceId, str]] = {}
        query = (
            select(alias.number, item.story_id, item.source_id, item.key)
            .join(tables.items, item.id == alias.item_id)
            .where(self._dialect.among(alias.number, named))
            .order_by(item.id)
        )
        for number, story, source, key in self.connection.execute(query) if named else ():
            found.setdefault(named[number], (story, source, key))
        return found

    def stories(self, ids: Collection[StoryId]) -> dict[StoryId, Story]:
        """Return the stories with these ids, with all their copies."""
        return stories_by_id(self.connection, ids)

    def put_stories(self, stories: Iterable[Story]) -> None:
        """Insert or replace the stories' own rows (not their items)."""
        rows = [story_row(story) for story in stories]
        if rows:
            insert = self._dialect.insert(tables.stories)
            changed = {name: insert.excluded[name] for name in rows[0] if name not in ("id", "slug")}
            insert_all(
                self.connection, insert.on_conflict_do_update(index_elements=["id"], set_=changed), rows
            )

    def put_items(self, items: Iterable[tuple[Item, StoryId]]) -> list[int]:
        """Insert or replace items, each in its story, with their aliases; return their rows.

        Whether an item is gone from its document, or missing in it, stays as it is.
        """
        placed = list(items)
        ids = self._ids([item for item, _ in placed])
        rows = [
            {"id": row_id, **item_row(item, story)} for row_id, (item, story) in zip(ids, placed, strict=True)
        ]
        if rows:
            insert = self._dialect.insert(tables.items)
            changed = {name: insert.excluded[name] for name in rows[0] if name not in _KEPT}
            statement = insert.on_conflict_do_update(index_elements=["source_id", "key"], set_=changed)
            insert_all(self.connection, statement, rows)
            self._empty.difference_update(item.source for item, _ in placed)
            self._name({row_id: item for row_id, (item, _) in zip(ids, placed, strict=True)})
        return ids

    def _ids(self, items: Sequence[Item]) -> list[int]:
        """Return the row of each of ``items``: its own, or a free one. Nobody else writes meanwhile."""
        column = tables.items.c
        keys: dict[SourceId, list[str]] = {}
        for item in items:
            keys.setdefault(item.source, []).append(item.key)
        known: dict[tuple[SourceId, str], int] = {}
        for source in keys.keys() - self.empty(keys):
            for some in chunks(keys[source]):
                query = select(column.key, column.id).where(column.source_id == source, column.key.in_(some))
                known |= {(source, key): row_id for key, row_id in self.connection.execute(query)}
        last = self.connection.execute(select(func.max(column.id))).scalar() or 0
        free = count(last + 1)
        return [known.get((item.source, item.key)) or next(free) for item in items]

    def _name(self, items: Mapping[int, Item]) -> None:
        """Keep the aliases of items, by row; of one whose names change for ever only the present ones."""
        alias = tables.aliases.c
        names = {row_id: [named.number for named in aliases(item)] for row_id, item in items.items()}
        rows = [{"item_id": row_id, "number": number} for row_id, each in names.items() for number in each]
        insert_all(self.connection, self._dialect.insert(tables.aliases).on_conflict_do_nothing(), rows)
        for row_id, item in items.items():
            if len(item.former_keys) >= MOST_FORMER_KEYS:
                old = delete(tables.aliases).where(alias.item_id == row_id)
                self.connection.execute(old.where(alias.number.not_in(names[row_id])))

    def mark_missing(self, source: SourceId, keys: Collection[str], *, missing: bool) -> None:
        """Note that these items are (not) to be looked at again because their document lost them."""
        column = tables.items.c
        for some in chunks(keys):
            meant = update(tables.items).where(column.source_id == source, column.key.in_(some))
            self.connection.execute(meant.values(missing=missing))

    def mark_gone(self, documents: Mapping[SourceId, tuple[Collection[str], datetime | None]]) -> None:
        """Mark the items that their source's document no longer names, and unmark those it names again.

        Of each source the keys that the document names, and when it did; None stands for a document that
        was not read to its end, and marks none.
        """
        column = tables.items.c
        unseen = {source: set(present) for source, (present, _) in documents.items()}
        left: list[dict[str, Any]] = []
        for some in chunks(documents):
            here = select(column.source_id, column.id, column.key).where(
                column.source_id.in_(some), column.gone_at.is_(None)
            )
            for source, row_id, key in self.connection.execute(here):
                if key in unseen[source]:
                    unseen[source].remove(key)
                elif at := documents[source][1]:
                    left.append({"row_id": row_id, "at": at})
        if left:
            statement = update(tables.items).where(column.id == bindparam("row_id"))
            self.connection.execute(statement.values(gone_at=bindparam("at")), left)
        for source, keys in unseen.items():
            for some in chunks(keys):
                back = update(tables.items).where(column.source_id == source, column.key.in_(some))
                self.connection.execute(back.values(gone_at=None, missing=False))

    def put_states(self, states: Iterable[SourceState]) -> None:
        """Replace what is remembered of these sources, all fields but ``revision`` and ``revised_at``."""
        rows = [state_row(state) for state in states]
        if rows:
            values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in rows[0] if name != "id"}
            statement = (
                update(tables.sources).where(tables.sources.c.id == bindparam("new_id")).values(values)
            )
            self.connection.execute(statement, [{f"new_{name}": row[name] for name in row} for row in rows])

    def touch(self, stories: Collection[StoryId], *, at: datetime) -> None:
        """Give ``stories`` another mark; count up ``revision`` of all sources of theirs, changed ``at``.

        Those that are like one of them that was taken back change with it: nothing names it any more.
        """
        gone, naming = texts.like_removed(self.connection, stories)
        versions.unname(self.connection, naming, gone)
        self._mark({*stories, *naming}, at=at)

    def _mark(self, stories: Collection[StoryId], *, at: datetime) -> None:
        column = tables.items.c
        mark = rolls.next_mark(self.connection)
        for some in chunks(stories):
            meant = update(tables.stories).where(tables.stories.c.id.in_(some))
            self.connection.execute(meant.values(mark=mark))
        copies = select(column.source_id).where(self._dialect.among(column.story_id, stories)).distinct()
        sources = list(self.connection.execute(copies).scalars()) if stories else []
        for some in chunks(sources):
            counted = update(tables.sources).where(tables.sources.c.id.in_(some))
            self.connection.execute(counted.values(revision=tables.sources.c.revision + 1, revised_at=at))

    def unsay(self, stories: Collection[StoryId]) -> None:
        """Let nobody read any longer what ``stories`` said before: a copy of each was taken back."""
        for some in chunks(stories):
            said = delete(tables.versions).where(tables.versions.c.story_id.in_(some))
            self.connection.execute(said)

    def let_out(self, stories: Collection[StoryId], *, at: datetime) -> None:
        """Publish these stories for the first time at ``at``; the feeds that carry them are rendered anew."""
        self.touch(stories, at=at)
        for some in chunks(stories):
            meant = update(tables.stories).where(tables.stories.c.id.in_(some))
            self.connection.execute(meant.values(out_at=at, hold_until=None))

    def hush(self, stories: Collection[StoryId], *, at: datetime) -> None:
        """Let feeds no longer say, from ``at`` on, that these stories were deleted."""
        self._mark(stories, at=at)
        for some in chunks(stories):
            meant = update(tables.stories).where(tables.stories.c.id.in_(some))
            self.connection.execute(meant.values(told_until=None))

    def hold(self, stories: Collection[StoryId]) -> None:
        """Hold these stories and all of their copies back until they are released."""
        for some in chunks(stories):
            story, item = update(tables.stories), update(tables.items)
            self.connection.execute(story.where(tables.stories.c.id.in_(some)).values(held=Held.GATE.value))
            self.connection.execute(item.where(tables.items.c.story_id.in_(some)).values(held=True))

    def let_go(self, stories: Collection[StoryId]) -> None:
        """Let these stories be published if they waited for their texts to be compared."""
        column = tables.stories.c
        for some in chunks(stories):
            meant = update(tables.stories).where(column.id.in_(some), column.held == Held.MATCH)
            self.connection.execute(meant.values(held=Held.NOTHING.value))

    def release(self, source: SourceId) -> list[StoryId]:
        """Let go of the held stories with a copy from ``source``, and return them, the oldest first."""
        story, item = tables.stories.c, tables.items.c
        query = (
            select(story.id)
            .where(
                has_copy([source], living=True),
                story.held == Held.GATE,
                story.out_at.is_(None),
                story.deleted_at.is_(None),
            )
            .order_by(story.published_at, story.id)
        )
        released = list(self.connection.execute(query).scalars())
        for some in chunks(released):
            stories, items = update(tables.stories), update(tables.items)
            self.connection.execute(stories.where(story.id.in_(some)).values(held=Held.NOTHING.value))
            meant = items.where(item.story_id.in_(some))
            self.connection.execute(meant.values(held=False, suspect=False))
        return released

    def take_down(self, story: StoryId, *, at: datetime) -> None:
        """Remember for good that the operator took ``story`` down."""
        insert = self._dialect.insert(tables.takedowns).on_conflict_do_nothing()
        self.connection.execute(insert, {"story_id": story, "at": at})
        archives.blot_out(self.connection, [story])

    def put_decisions(self, decisions: Iterable[Decision]) -> None:
        """Keep what was decided."""
        rows = [
            {
                "story_id": decision.story,
                "at": decision.at,
                "kind": decision.kind.value,
                "source_id": decision.source,
                "key": decision.key,
                "detail": str(decision.detail),
            }
            for decision in decisions
        ]
        if rows:
            self.connection.execute(tables.decisions.insert(), rows)

    def put_texts(
        self,
        prints: Sequence[tuple[int, datetime, Fingerprint]],
        relations: Iterable[tuple[int, int, float, str]],
        *,
        matched: Collection[int],
        expired_before: datetime,
    ) -> None:
        """Keep fingerprints and relations by the rows of their items, and let go of those too old."""
        texts.put_fingerprints(self.connection, self._dialect, prints)
        texts.put_matched(self.connection, matched)
        texts.put_relations(self.connection, relations)
        texts.expire(self.connection, expired_before)

    def kin(self) -> list[Kin]:
        """Return how all items came into their stories, in the order in which they were stored."""
        return derived.kin(self.connection)

    def items_at(self, rows: Collection[int]) -> dict[int, Item]:
        """Return these items whole, by row."""
        return derived.items_at(self.connection, rows)

    def stories_out(self, stories: Collection[StoryId]) -> dict[StoryId, datetime | None]:
        """Return when those of ``stories`` that are stored were first published; None: they were not yet."""
        return derived.stories_out(self.connection, stories)

    def takedowns(self, stories: Collection[StoryId]) -> dict[StoryId, datetime]:
        """Return when the operator took down those of ``stories`` that were."""
        return derived.takedowns(self.connection, stories)

    def derive_anew(self, stories: Collection[StoryId], *, compare_since: datetime) -> None:
        """Remove all other stories, and whatever follows from items; every feed is looked at again.

        The texts of items published since ``compare_since`` are to be compared once more.
        """
        derived.derive_anew(self.connection, stories, compare_since=compare_since)

    def dissolve(self, story: StoryId, into: StoryId) -> None:
        """Remove the row of ``story``, whose items are in the story ``into`` by now."""
        meant = update(tables.decisions).where(tables.decisions.c.story_id == story)
        self.connection.execute(meant.values(story_id=into))
        self.connection.execute(delete(tables.stories).where(tables.stories.c.id == story))

    def bury(self, stories: Collection[StoryId], *, at: datetime) -> int:
        """Remove these stories, remember their items' names, and return how many items that were."""
        count = 0
        for some in chunks(stories):
            query = select(tables.items).where(tables.items.c.story_id.in_(some))
            numbers: set[int] = set()
            for row in self.connection.execute(query).mappings():
                numbers.update(burials(item_of(row)))
                count += 1
            insert = self._dialect.insert(tables.tombstones).on_conflict_do_nothing()
            if numbers:
                rows = [{"number": number, "buried_at": at} for number in sorted(numbers)]
                self.connection.execute(insert, rows)
        self._remove(stories, at=at)
        return count

    def _remove(self, stories: Collection[StoryId], *, at: datetime) -> None:
        """Remove these stories with all their items; the feeds that carried them are rendered anew."""
        self.touch(stories, at=at)
        archives.lose(self.connection, stories)
        journal.forget(self.connection, stories)
        story, item, prints = tables.stories.c, tables.items.c, tables.fingerprints.c
        for some in chunks(stories):
            mine = select(prints.item_id, prints.bands).join(tables.items, item.id == prints.item_id)
            texts.erase(
                self.connection,
                dict(self.connection.execute(mine.where(item.story_id.in_(some))).all()),
            )
            self.connection.execute(delete(tables.decisions).where(tables.decisions.c.story_id.in_(some)))
            self.connection.execute(delete(tables.items).where(item.story_id.in_(some)))
            self.connection.execute(delete(tables.stories).where(story.id.in_(some)))
