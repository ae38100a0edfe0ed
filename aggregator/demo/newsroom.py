"""Decide which stories the sample newsroom has at an instant.

Nothing is remembered: every story follows from the seed and its own number, and the clock only
says which of them are out yet. So the same clock gives the same documents, and a newsroom that
is started again has all its earlier stories under the same ids, addresses and dates.

Each section has two streams. The *slow* one brings a story every 25 to 50 minutes and reaches
back for years; it gives a document its range of ages. The *live* one takes turns with the other
sections, so that the whole newsroom brings one story every ``pace``.

Pure: the clock is an argument, every datetime is aware and in UTC.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

from aggregator.demo import texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aggregator.demo.texts import Text

WIB = timezone(timedelta(hours=7), "WIB")  #: the newsroom's local time
PACE = timedelta(seconds=6)
OPENED = datetime(2020, 1, 1, tzinfo=UTC)  # story 0; nothing is older
SHOWN = 20  # stories in a document
SHOWN_LIVE = 6  # of these at most so many from the live stream, else only minutes would fit in
SLOW_EVERY = timedelta(seconds=2250)  # with the jitter, gaps lie between 25 and 50 minutes
SLOW_JITTER_SECONDS = 750
EDITED_EVERY = 5  # of the sections that edit, one story in so many
WITHDRAWN_EVERY = 7
TURN = 3  # which one of so many: the number that leaves this remainder
BUSY_EVERY = 4  # minutes; in one of them Kadang Sibuk does not answer


class Section(StrEnum):
    """A section of the newsroom or one of its neighbours; the order numbers the stories' addresses."""

    NEWS = "news"
    LOGISTIK = "logistik"
    RUANG_SUJUD = "ruang-sujud"
    SPORTECHMENT = "sportechment"
    WIRE = "wire"
    ZONA_KELIRU = "zona-keliru"
    KADANG_SIBUK = "kadang-sibuk"


SECTIONS = tuple(Section)
EDITING = frozenset({Section.RUANG_SUJUD, Section.SPORTECHMENT})
WITHDRAWING = frozenset({Section.NEWS})
RELAYED = (Section.NEWS, Section.LOGISTIK)  #: what the wire carries about half of


class Stream(IntEnum):
    """Where a story comes from; part of its number."""

    SLOW = 0
    LIVE = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One story as it stands at the instant that was asked about. All instants are UTC."""

    number: int  #: unique in the newsroom, the same for ever
    section: Section  #: whose story it is, also where another carries it
    slug: str  #: made from the first title; never changes
    text: Text
    published: datetime  #: where the wire carries it: when it did so first
    updated: datetime  #: ``published`` until the story is edited
    withdrawn_at: datetime | None  #: planned, so it may lie ahead

    @property
    def path(self) -> str:
        """The address of the story's page, without the host."""
        return f"/berita/{self.number}/{self.slug}"

    def withdrawn(self, now: datetime) -> bool:
        """Return whether the story has been taken back at ``now``."""
        return self.withdrawn_at is not None and self.withdrawn_at <= now


class Newsroom:
    """Seven sections' stories as a function of seed and clock."""

    def __init__(self, seed: int = 1, pace: timedelta = PACE) -> None:
        """Make a newsroom.

        Args:
            seed: another seed, other stories.
            pace: time between two live stories of the whole newsroom. A day or more leaves
                only the slow streams in the documents.

        Raises:
            ValueError: ``pace`` is not positive.
        """
        if pace <= timedelta():
            raise ValueError(f"sample newsroom: a pace of {pace} is not a time between stories")
        self._seed = seed
        self._pace = pace

    def stories(self, section: Section, now: datetime) -> list[Story]:
        """Return what the document of ``section`` shows at ``now``, newest first.

        Up to 20 stories, 40 in the wire's. A withdrawn story leaves a gap: no older one returns.
        """
        return [story for story in self._current(section, now) if not story.withdrawn(now)]

    def changed_at(self, section: Section, now: datetime) -> datetime:
        """Return when the document of ``section`` last changed, as of ``now``."""
        changes = [OPENED]
        for story in self._current(section, now):
            changes += (story.published, story.updated)
            if story.withdrawn_at is not None and story.withdrawn_at <= now:
                changes.append(story.withdrawn_at)
        if section is Section.WIRE:  # a story that leaves its own section's document leaves the wire's
            changes += (self.changed_at(origin, now) for origin in RELAYED)
        return max(changes)

    def find(self, path: str, now: datetime) -> Story | None:
        """Return the story whose page is ``path``, also if withdrawn; None if it is not out (yet)."""
        match = re.fullmatch(r"/berita/([0-9]{1,12})/([a-z0-9-]+)/?", path)
        if match is None:
            return None
        rest, place = divmod(int(match[1]), 10)
        index, stream = divmod(rest, len(Stream))
        if place >= len(SECTIONS) or index > self._newest(SECTIONS[place], Stream(stream), now):
            return None
        story = self._story(SECTIONS[place], Stream(stream), index, now)
        return story if story.slug == match[2] else None

    def busy(self, section: Section, now: datetime) -> bool:
        """Return whether ``section`` is too busy to answer: Kadang Sibuk, each fourth minute of the clock."""
        minutes = (now - OPENED) // timedelta(minutes=1)
        return section is Section.KADANG_SIBUK and minutes % BUSY_EVERY == TURN

    def _current(self, section: Section, now: datetime) -> list[Story]:
        """Return the stories of a document, newest first, with those that were withdrawn."""
        own: list[Story] = []
        for stream, count in ((Stream.SLOW, SHOWN), (Stream.LIVE, SHOWN_LIVE)):
            newest = self._newest(section, stream, now)
            first = max(newest - count + 1, 0)
            own += (self._story(section, stream, index, now) for index in range(first, newest + 1))
        shown = sorted(own, key=_newest_first)[:SHOWN]
        if section is Section.WIRE:
            shown = sorted([*shown, *self._relayed(now)], key=_newest_first)
        return shown

    def _relayed(self, now: datetime) -> Iterator[Story]:
        """Yield what the wire carries of other sections at ``now``, dated when it did so first."""
        for origin in RELAYED:
            for story in self._current(origin, now):
                draw = self._draw(story.number)
                if story.withdrawn_at is not None or draw.number("relayed", 2):
                    continue
                live = story.number // 10 % len(Stream) == Stream.LIVE
                delay = 3 * self._pace if live else timedelta(seconds=60 + draw.number("delay", 240))
                at = story.published + delay
                if at <= now:
                    yield replace(story, published=at, updated=at)

    def _story(self, section: Section, stream: Stream, index: int, now: datetime) -> Story:
        """Return a story that is out, in its edition of ``now``."""
        published = self._published(section, stream, index)
        local = published.astimezone(WIB)
        text = texts.compose(section, seed=self._seed, stream=stream, index=index, at=local)
        slug = re.sub(r"[^a-z0-9]+", "-", text.title.lower()).strip("-")
        updated, withdrawn_at = published, None
        if section in EDITING and index % EDITED_EVERY == TURN:
            edited_at = published + (15 * self._pace if stream is Stream.LIVE else timedelta(minutes=55))
            if edited_at <= now:
                updated = edited_at
                text = texts.revise(text, section, seed=self._seed, index=index, at=local)
        if section in WITHDRAWING and index % WITHDRAWN_EVERY == TURN:
            withdrawn_at = published + (20 * self._pace if stream is Stream.LIVE else timedelta(minutes=80))
        return Story(
            number=(index * len(Stream) + stream) * 10 + SECTIONS.index(section),
            section=section,
            slug=slug,
            text=text,
            published=published,
            updated=updated,
            withdrawn_at=withdrawn_at,
        )

    def _published(self, section: Section, stream: Stream, index: int) -> datetime:
        """Return when a stream's story ``index`` comes out."""
        place = SECTIONS.index(section)
        if stream is Stream.SLOW:
            jitter = self._draw(section, index).number("jitter", SLOW_JITTER_SECONDS)
            return OPENED + index * SLOW_EVERY + timedelta(seconds=place * 317 + jitter)
        round_ = self._draw("round", index)
        order = sorted(SECTIONS, key=lambda each: round_.number(each, 1 << 32))
        return OPENED + (index * len(SECTIONS) + order.index(section)) * self._pace

    def _newest(self, section: Section, stream: Stream, now: datetime) -> int:
        """Return the index of a stream's latest story that is out at ``now``; negative if none is."""
        every = SLOW_EVERY if stream is Stream.SLOW else len(SECTIONS) * self._pace
        index = (now - OPENED) // every
        while index >= 0 and self._published(section, stream, index) > now:
            index -= 1
        return index

    def _draw(self, *key: object) -> texts.Draw:
        """Return a source of numbers for what ``key`` names."""
        return texts.Draw("/".join(map(str, (self._seed, *key))))


def _newest_first(story: Story) -> tuple[timedelta, int]:
    return OPENED - story.published, story.number
