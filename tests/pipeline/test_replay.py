"""Days of news from three sources that copy, edit, rename, take back and bring back each other's stories."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from aggregator.rules.cluster import retold
from aggregator.store import tables
from aggregator.store.codec import item_of
from tests.making import a_source
from tests.pipeline.house import House, item, rss

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.model.item import Item
    from aggregator.model.story import Story

SOURCES = ("antara", "kawat", "tempo")


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A story as one source has it now."""

    number: int
    at: datetime
    name: str
    version: int = 0


@dataclass(slots=True)
class World:
    """What the sources have, and what they took back."""

    dice: random.Random
    posts: dict[str, dict[int, Post]] = field(default_factory=lambda: {name: {} for name in SOURCES})
    gone: dict[tuple[str, int], Post] = field(default_factory=dict)
    count: int = 0

    def happen(self, now: datetime) -> None:
        """Let one thing happen, if it can."""
        source = self.dice.choice(SOURCES)
        mine = self.posts[source]
        post = self.dice.choice([*mine.values()]) if mine else None
        match self.dice.choice(["new", "new", "copy", "edit", "rename", "drop", "drop", "back"]):
            case "new":
                self.count += 1
                at = now - timedelta(minutes=self.dice.randrange(14))
                mine[self.count] = Post(number=self.count, at=at, name=f"{source}-{self.count}")
            case "copy" if post:
                other = self.dice.choice(SOURCES)
                if (other, post.number) not in self.gone:
                    copy = replace(post, name=f"{other}-{post.number}")
                    self.posts[other].setdefault(post.number, copy)
            case "edit" if post:
                mine[post.number] = replace(post, version=post.version + 1)
            case "rename" if post:
                mine[post.number] = replace(post, name=f"{source}-{post.number}-{self.dice.randrange(3)}")
            case "drop" if inside := self._inside(source):
                number = self.dice.choice(inside)
                self.gone[source, number] = mine.pop(number)
            case "back" if self.gone:
                source, number = self.dice.choice(sorted(self.gone))
                self.posts[source][number] = self.gone.pop((source, number))

    def _inside(self, source: str) -> list[int]:
        """Return what lies between the oldest and the newest that ``source`` has."""
        dates = [post.at for post in self.posts[source].values()]
        return [number for number, post in self.posts[source].items() if min(dates) < post.at < max(dates)]

    def document(self, source: str) -> str:
        return rss(
            *(
                item(
                    post.name,
                    f"Judul {post.number}",
                    link=f"https://k.id/{post.number}?utm_source={source}",
                    date=format_datetime(post.at),
                    body=f"<p>Versi {'x' * post.version}</p>",
                )
                for post in sorted(self.posts[source].values(), key=date, reverse=True)
            )
        )


def date(post: Post) -> datetime:
    return post.at


def told_again(house: House) -> tuple[dict[str, Story], dict[str, Story]]:
    """Return all stories as they are stored, and as their items tell them."""
    with house.store.database.reading() as connection:
        rows = connection.execute(select(tables.items).order_by(tables.items.c.id)).mappings().all()
    items: dict[str, list[Item]] = {}
    for row in rows:
        items.setdefault(row["story_id"], []).append(item_of(row))
    with house.store.writing() as transaction:
        stored = transaction.stories(items)
    again = {name: retold(copies, name, sources=house.sources) for name, copies in items.items()}
    return stored, {
        name: replace(story, out_at=stored[name].out_at, held=stored[name].held)
        for name, story in again.items()
    }


@pytest.mark.parametrize("seed", range(6))
def test_a_story_keeps_its_id_and_its_date_whatever_its_sources_do(house: House, seed: int) -> None:
    """One entry for an address; none is missing that a source has; what is stored follows from the items."""
    dice = random.Random(seed)  # noqa: S311 # the same dice at every run
    house.use(*(a_source(name, name, priority=dice.randrange(3)) for name in SOURCES))
    world = World(dice)
    first: dict[str, tuple[str, datetime]] = {}
    for _ in range(25):
        for _ in range(dice.randrange(3, 7)):
            world.happen(house.now)
        for source in dice.sample(SOURCES, 3):
            house.say(source, world.document(source))
            house.collect(source)
        house.publish()
        stories = house.store.latest(SOURCES, limit=999)
        seen = {story.shown.canonical_url: story for story in stories}
        assert len(seen) == len(stories)
        assert seen.keys() >= {f"https://k.id/{number}" for each in world.posts.values() for number in each}
        for url, story in seen.items():
            assert first.setdefault(url, (story.id, story.published)) == (story.id, story.published)
            assert story.shown.withdrawn_at is None
        stored, again = told_again(house)
        assert again == stored
        house.later(minutes=15)
        assert house.publish() == {}
    kinds = {each.kind for name, _ in first.values() for each in house.store.decisions(name)}
    assert kinds > {"edited", "renamed", "withdrawn", "named again"}
