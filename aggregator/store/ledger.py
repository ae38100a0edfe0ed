"""The publication ledger, read: which stories wait to come out, which were deleted, what was decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, exists, func, or_, select, union_all

from aggregator.model.story import Decision, DecisionKind, Held, Relation
from aggregator.rules.gate import Suspect
from aggregator.store import tables
from aggregator.store.archives import OF
from aggregator.store.engine import Room
from aggregator.store.items import chunks, has_copy

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select

    from aggregator.model.feed import FeedName
    from aggregator.model.source import SourceId
    from aggregator.model.story import StoryId

MOST_DELETED = 200  # entries of one feed
MOST_RELATED = 5  # of one story


def _relations(one: ColumnElement[int], two: ColumnElement[int]) -> Select[Any]:
    """Return the query for what the items ``one`` of some stories are like: the items ``two``."""
    mine, other, theirs = tables.items.alias(), tables.items.alias(), tables.stories.alias()
    relation = tables.relations.c
    return (
        select(
            *(mine.c.story_id.label("of"), theirs.c.id, theirs.c.slug, relation.likeness, relation.reason),
            *(other.c.title, other.c.link, other.c.source_id),
        )
        .select_from(tables.relations)
        .join(mine, mine.c.id == one)
        .join(other, other.c.id == two)
        .join(theirs, theirs.c.id == other.c.story_id)
        .where(
            mine.c.story_id.in_(bindparam("stories", expanding=True)),
            theirs.c.id != mine.c.story_id,
            theirs.c.out_at.is_not(None),
            theirs.c.deleted_at.is_(None),
        )
    )


def _deleted(*, picked: bool) -> Select[Any]:
    """Return the query for the stories that feeds say are deleted; ``picked``: of those of a roll."""
    column, place = tables.stories.c, tables.places.c
    query = select(column.id, column.deleted_at).where(
        column.told_until.is_not(None), has_copy(bindparam("sources", expanding=True), living=False)
    )
    if picked:
        query = query.where(exists().where(place.story_id == column.id, place.feed == OF))
    return query.order_by(column.deleted_at.desc(), column.id).limit(MOST_DELETED)


def _waits(now: datetime) -> ColumnElement[bool]:
    story = tables.stories.c
    return and_(
        story.out_at.is_(None),
        story.deleted_at.is_(None),
        story.held == Held.NOTHING,
        or_(story.hold_until.is_(None), story.hold_until <= now),
    )


# Built once: they are asked for every feed that is rendered, and building them costs more than asking.
_PAIR = (tables.relations.c.item_id, tables.relations.c.other_id)
_RELATIONS = union_all(_relations(*_PAIR), _relations(*reversed(_PAIR)))
_DELETED, _DELETED_OF = _deleted(picked=False), _deleted(picked=True)


class Ledger(Room):
    """Answers what is published, what is not yet, and what no longer."""

    def waiting(self, now: datetime) -> list[StoryId]:
        """Return the stories that nothing keeps from being published any longer, the oldest first."""
        story = tables.stories.c
        query = select(story.id).where(_waits(now)).order_by(story.published_at, story.id)
        with self.database.reading() as connection:
            return list(connection.execute(query).scalars())

    def suspects(self, now: datetime) -> list[Suspect]:
        """Return those of the ``waiting`` stories all of whose copies are suspect, in the same order."""
        story, item = tables.stories.c, tables.items.c
        honest = exists().where(item.story_id == story.id, item.suspect.is_(False))
        query = select(story.id, story.shown_source, story.shown_key).where(_waits(now), ~honest)
        with self.database.reading() as connection:
            rows = connection.execute(query.order_by(story.published_at, story.id))
            return [Suspect(story=name, source=source, key=key) for name, source, key in rows]

    def told(self, now: datetime) -> list[StoryId]:
        """Return the deleted stories that feeds have spoken of for long enough."""
        column = tables.stories.c
        query = select(column.id).where(column.told_until <= now)
        with self.database.reading() as connection:
            return list(connection.execute(query).scalars())

    def held(self) -> dict[SourceId, int]:
        """Return how many stories of each source the gate holds back."""
        story = tables.stories.c
        query = (
            select(story.shown_source, func.count())
            .where(story.out_at.is_(None), story.deleted_at.is_(None), story.held == Held.GATE)
            .group_by(story.shown_source)
        )
        with self.database.reading() as connection:
            return dict(connection.execute(query).all())

    def deleted(
        self, sources: Collection[SourceId], *, roll: FeedName | None = None
    ) -> list[tuple[StoryId, datetime]]:
        """Return the stories with a copy from ``sources`` that feeds say are deleted, and since when.

        With ``roll`` only those that this feed had taken up.
        """
        query = _DELETED if roll is None else _DELETED_OF
        with self.database.reading() as connection:
            return list(connection.execute(query, {"sources": sources, "of": roll}).all())

    def decisions(self, story: StoryId) -> list[Decision]:
        """Return what was decided about ``story``, in the order in which it was."""
        column = tables.decisions.c
        query = select(tables.decisions).where(column.story_id == story).order_by(column.id)
        with self.database.reading() as connection:
            return [
                Decision(
                    story=row["story_id"],
                    at=row["at"],
                    kind=DecisionKind(row["kind"]),
                    source=row["source_id"],
                    key=row["key"],
                    detail=row["detail"],
                )
                for row in connection.execute(query).mappings()
            ]

    def relations(self, stories: Collection[StoryId]) -> dict[StoryId, list[Relation]]:
        """Return the published stories that are like each of ``stories``, the most alike first."""
        best: dict[StoryId, dict[StoryId, Relation]] = {}
        with self.database.reading() as connection:
            for some in chunks(stories):
                for row in connection.execute(_RELATIONS, {"stories": some}).mappings():
                    found = Relation(
                        story=row["id"], slug=row["slug"], title=row["title"], link=row["link"],
                        source=row["source_id"], likeness=row["likeness"], reason=row["reason"],
                    )  # fmt: skip
                    group = best.setdefault(row["of"], {})
                    if found.story not in group or group[found.story].likeness < found.likeness:
                        group[found.story] = found
        return {
            of: sorted(group.values(), key=lambda each: (-each.likeness, each.story))[:MOST_RELATED]
            for of, group in best.items()
        }
