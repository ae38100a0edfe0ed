"""What stories said under the marks that changes name, written down for partners (decision 24).

What a story said is given only while it is published.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import and_, func, select, tuple_, update

from aggregator.ports.partners import Version
from aggregator.store import tables
from aggregator.store.bulk import insert_all
from aggregator.store.engine import Room
from aggregator.store.items import chunks

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy import Connection

    from aggregator.model.feed import FeedName
    from aggregator.model.story import StoryId

_story, _change, _version = tables.stories.c, tables.changes.c, tables.versions.c
_PUBLISHED = and_(_story.out_at.is_not(None), _story.deleted_at.is_(None))


class VersionShelf(Room):
    """Keeps what stories said."""

    def put_versions(self, versions: Mapping[tuple[StoryId, int], Version]) -> None:
        """Keep what stories say under their marks, as far as these still are their marks."""
        insert = self.database.dialect.insert(tables.versions)
        kept = {
            "item": insert.excluded.item,
            "entry": func.coalesce(insert.excluded.entry, _version.entry),
        }
        statement = insert.on_conflict_do_update(index_elements=["story_id", "mark"], set_=kept)
        with self.database.writing() as connection:
            rows = []
            for some in chunks([story for story, _ in versions]):
                query = select(_story.id, _story.mark).where(_story.id.in_(some), _PUBLISHED)
                for story, mark in connection.execute(query):
                    if version := versions.get((story, mark)):
                        rows.append({"story_id": story, "mark": mark, **version._asdict()})
            insert_all(connection, statement, rows)

    def versions(self, wanted: Collection[tuple[StoryId, int]]) -> dict[tuple[StoryId, int], Version]:
        """Return what stories said under these marks, where it is kept and the story is still published."""
        found: dict[tuple[StoryId, int], Version] = {}
        query = select(_version.story_id, _version.mark, _version.item, _version.entry)
        query = query.join(tables.stories, _story.id == _version.story_id).where(_PUBLISHED)
        with self.database.reading() as connection:
            for some in chunks(wanted):
                meant = query.where(tuple_(_version.story_id, _version.mark).in_(some))
                for story, mark, item, entry in connection.execute(meant):
                    found[story, mark] = Version(item=item, entry=entry)
        return found

    def marks(self, stories: Collection[StoryId]) -> dict[StoryId, int]:
        """Return the present marks of these stories, of those that there are."""
        found: dict[StoryId, int] = {}
        with self.database.reading() as connection:
            for some in chunks(stories):
                query = select(_story.id, _story.mark).where(_story.id.in_(some))
                found |= {row.id: row.mark for row in connection.execute(query)}
        return found

    def unwritten(
        self, feed: FeedName, *, after: int, limit: int, entries: bool
    ) -> tuple[Sequence[tuple[StoryId, int]], int]:
        """Return stories whose present mark a change of ``feed`` names and of which no version is kept.

        With ``entries`` also those whose entry is not kept. Looks at ``limit`` changes after a serial, and
        returns up to which serial that was.
        """
        listed = select(_change.serial, _change.story_id, _change.mark, _change.gone)
        listed = listed.where(_change.feed == feed, _change.serial > after)
        some = listed.order_by(_change.serial).limit(limit).subquery()
        lacks = (_version.entry if entries else _version.id).is_(None)
        kept = and_(_version.story_id == some.c.story_id, _version.mark == some.c.mark)
        stands = and_(_story.id == some.c.story_id, _story.mark == some.c.mark, _PUBLISHED)
        query = (
            select(
                some.c.serial, some.c.story_id, some.c.mark, and_(lacks, _story.id.is_not(None), ~some.c.gone)
            )
            .outerjoin(tables.stories, stands)
            .outerjoin(tables.versions, kept)
            .order_by(some.c.serial)
        )
        with self.database.reading() as connection:
            rows = connection.execute(query).all()
        return [(story, mark) for _, story, mark, wanted in rows if wanted], rows[
            -1
        ].serial if rows else after


def unname(connection: Connection, naming: Collection[StoryId], gone: Collection[StoryId]) -> None:
    """Let what the stories ``naming`` said no longer name those that are ``gone``."""
    query = select(_version.id, _version.item)
    for some in chunks(naming):
        for row, text in connection.execute(query.where(_version.story_id.in_(some))).all():
            item = json.loads(text)
            item["related"] = [other for other in item["related"] if other["id"] not in gone]
            said = json.dumps(item, ensure_ascii=False, separators=(",", ":")).encode()
            connection.execute(update(tables.versions).where(_version.id == row).values(item=said))
