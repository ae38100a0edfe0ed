"""A labelled corpus of news items: who carried whose text, who told the same event, who filled in a form.

Everything is drawn from one seed. What an editor does to a text is drawn without regard to what the rules
can bear: a new lead takes as many words from a short text as from a long one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from html import escape
from itertools import count
from typing import TYPE_CHECKING

from benchmarks.editing import EDITS, cased
from benchmarks.templates import CLUBS, COUNTS, DAYS, STOCKS, TEMPLATES
from benchmarks.wording import FIRST, GRAMMAR, LAST, ORGS, PLACES

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

START = datetime(2024, 11, 18, tzinfo=UTC)
SPAN = timedelta(days=6)
SOURCES = [f"source-{number:02}" for number in range(50)]
SYMBOL = re.compile(r"\{([A-Z]+)\}")
SLOT = re.compile(r"\{([a-z]+)(_[a-z]+)?\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One item of one source, with what is true of it."""

    source: str
    at: datetime
    title: str
    paragraphs: tuple[str, ...]
    kind: str  #: how it came about
    sort: str = ""  #: of edit, or of template
    copy: int  #: items with the same number carry one text
    again: bool = False  #: its source has carried this text before

    def words(self) -> int:
        """Return how long the text is."""
        return sum(len(each.split()) for each in self.paragraphs)

    def html(self) -> str:
        """Return the text as its source marks it up."""
        style = int(self.source[-2:]) % 3
        if style == 0:
            return "".join(f"<p>{escape(each)}</p>" for each in self.paragraphs)
        if style == 1:
            return "<br><br>".join(escape(each, quote=False) for each in self.paragraphs)
        first, *rest = self.paragraphs
        more = "".join(f"<p>{escape(each)}</p>" for each in rest)
        return f"<div><p><strong>{escape(first)}</strong></p>{more}</div>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What happened: the names and numbers that all who tell it share."""

    language: str
    names: tuple[str, ...]
    places: tuple[str, ...]
    orgs: tuple[str, ...]
    numbers: tuple[str, ...]


class Newsroom:
    """Writes the corpus."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.copies = count()
        self.known: dict[tuple[str, ...], int] = {}

    def corpus(self, size: int) -> list[Piece]:
        """Return ``size`` items in order of time."""
        ways: list[tuple[Callable[[], list[Piece]], int]] = [
            (self.alone, 40),
            (self.exact, 14),
            (self.edited, 22),
            (self.independent, 12),
            (self.templated, 14),
            (self.live, 2),
        ]
        pieces: list[Piece] = []
        while len(pieces) < size:
            [way] = self.chance.choices([way for way, _ in ways], [weight for _, weight in ways])
            pieces += way()
        return sorted(pieces[:size], key=lambda piece: piece.at)

    # The ways in which items come about

    def alone(self) -> list[Piece]:
        """One text of one source."""
        event = self.event()
        return [self.piece("alone", self.title(event), self.text(event))]

    def exact(self) -> list[Piece]:
        """One text, carried by several sources; now and then by one of them twice."""
        first = self.carried("exact")
        return [first, *(self.later(first, source) for source in self.others(first, 1, 5))] + (
            [replace(self.later(first, first.source), again=True)] if self.chance.random() < 0.1 else []
        )

    def edited(self) -> list[Piece]:
        """One text, carried by several sources that each changed something."""
        first = self.carried("edited")
        pieces = [first]
        for source in self.others(first, 1, 3):
            sort = self.chance.choice([*EDITS, "two of these"])
            piece = replace(self.later(first, source), sort=sort)
            for name in self.chance.sample(list(EDITS), 2) if sort == "two of these" else [sort]:
                piece = EDITS[name](self, piece)
            pieces.append(piece)
        return pieces

    def independent(self) -> list[Piece]:
        """One event, told by several sources in their own words."""
        event, title = self.event(), ""
        pieces: list[Piece] = []
        for source in self.chance.sample(SOURCES, self.chance.randint(2, 4)):
            title = title if title and self.chance.random() < 0.4 else self.title(event)
            at = pieces[0].at + self.delay() if pieces else None
            pieces.append(self.piece("independent", title, self.text(event), source=source, at=at))
        return pieces

    def templated(self) -> list[Piece]:
        """One form, filled in by several; or twice, one slot apart; some notes are carried as they are."""
        language, titles, form = self.chance.choice(TEMPLATES)
        title = titles[self.chance.random() < 0.5]
        values = {match[0]: "" for match in SLOT.finditer(title + form)}
        values = {slot: self.value(slot, language) for slot in values}
        source = self.chance.choice(SOURCES)
        pieces = [self.note(title, form, values, source, "form")]
        for _ in range(self.chance.randint(1, 3)):
            slots = list(values) if self.chance.random() < 0.5 else [self.chance.choice(list(values))]
            changed = values | {slot: self.value(slot, language, values[slot]) for slot in slots}
            whose = source if self.chance.random() < 0.4 else self.chance.choice(SOURCES)
            sort = "one slot" if len(slots) == 1 else "form"
            piece = self.note(title, form, changed, whose, sort)
            pieces.append(replace(piece, at=pieces[0].at + self.delay()))
        carried = self.chance.choice(pieces)
        if self.chance.random() < 0.3:
            pieces += [self.later(carried, other) for other in self.others(carried, 1, 2)]
        return pieces

    def live(self) -> list[Piece]:
        """A text that grows, a new item each time; other sources carry some of its states."""
        event = self.event()
        title, paragraphs, at = self.title(event), self.text(event), self.moment()
        source, fan = self.chance.sample(SOURCES, 2)
        pieces: list[Piece] = []
        for _ in range(self.chance.randint(4, 10)):
            piece = self.piece("live", title, paragraphs, source=source, at=at)
            pieces.append(piece)
            if self.chance.random() < 0.4:
                pieces.append(replace(self.later(piece, fan), at=at + timedelta(minutes=3)))
            at += timedelta(minutes=self.chance.randint(10, 90))
            new = [self.sentence(event) for _ in range(self.chance.randint(1, 4))]
            paragraphs = (
                (" ".join(new), *paragraphs) if self.chance.random() < 0.5 else (*paragraphs, " ".join(new))
            )
        return pieces

    # What they are made of

    def piece(
        self,
        kind: str,
        title: str,
        paragraphs: tuple[str, ...],
        *,
        source: str = "",
        at: datetime | None = None,
        sort: str = "",
    ) -> Piece:
        """Return one item, ``title`` written as its source writes titles."""
        source = source or self.chance.choice(SOURCES)
        return Piece(
            source=source,
            at=at or self.moment(),
            title=cased(title, source),
            paragraphs=paragraphs,
            kind=kind,
            sort=sort,
            # Two forms may be filled in alike by chance: then they are copies.
            copy=self.known.setdefault((title, *paragraphs), next(self.copies)),
        )

    def carried(self, kind: str) -> Piece:
        """Return a text that others will carry, now and then with a dateline."""
        event = self.event()
        lead, *rest = self.text(event)
        if self.chance.random() < 0.4:
            lead = self.dateline(event.places[0]) + lead
        return self.piece(kind, self.title(event), (lead, *rest), sort="first")

    def note(self, title: str, form: str, values: dict[str, str], source: str, sort: str) -> Piece:
        """Return a form with its slots filled."""

        def filled(text: str) -> str:
            return SLOT.sub(lambda match: values[match[0]], " ".join(text.split()))

        return self.piece("templated", filled(title), (filled(form),), source=source, sort=sort)

    def later(self, piece: Piece, source: str) -> Piece:
        """Return what ``source`` makes of a piece some hours after it."""
        return replace(piece, source=source, at=piece.at + self.delay(), title=cased(piece.title, source))

    def others(self, piece: Piece, least: int, most: int) -> list[str]:
        """Return some sources that are not that of ``piece``."""
        return self.chance.sample(
            [each for each in SOURCES if each != piece.source], self.chance.randint(least, most)
        )

    def moment(self) -> datetime:
        """Return any instant of the corpus."""
        return START + SPAN * self.chance.random()

    def delay(self) -> timedelta:
        """Return how long another source takes: five hours in the mean."""
        return timedelta(minutes=min(self.chance.expovariate(1 / 300), 60 * 60))

    def event(self) -> Event:
        """Return something that happened."""
        chance, language = self.chance, self.chance.choice(["id", "id", "en"])
        return Event(
            language=language,
            names=tuple(f"{chance.choice(FIRST)} {chance.choice(LAST)}" for _ in range(3)),
            places=tuple(chance.sample(PLACES, 3)),
            orgs=tuple(chance.sample(ORGS[language], 2)),
            numbers=tuple(self.value("{number}", language) for _ in range(5)),
        )

    def title(self, event: Event) -> str:
        """Return a headline for ``event``."""
        return self.expand(event, "TITLE")

    def text(self, event: Event) -> tuple[str, ...]:
        """Return 60 to 600 words, as many short texts as long ones for their length."""
        wanted = 60 * 10 ** self.chance.random()
        paragraphs: list[str] = []
        words = 0
        while words < wanted:
            paragraphs.append(" ".join(self.sentence(event) for _ in range(self.chance.randint(1, 3))))
            words += paragraphs[-1].count(" ") + 1
        return tuple(paragraphs)

    def sentence(self, event: Event) -> str:
        """Return a sentence about ``event``."""
        text = self.expand(event, "SENTENCE")
        return text[0].upper() + text[1:] + "."

    def expand(self, event: Event, symbol: str) -> str:
        """Return a phrase for ``symbol``, its own symbols replaced too."""
        facts = {"NAME": event.names, "PLACE": event.places, "ORG": event.orgs, "NUMBER": event.numbers}
        choices = facts.get(symbol) or GRAMMAR[event.language][symbol]
        return SYMBOL.sub(lambda match: self.expand(event, match[1]), self.chance.choice(choices))

    def dateline(self, place: str) -> str:
        """Return the beginning that says where a text comes from."""
        forms = [
            "{0}, PORTAL.com - ",
            "{1} (ANTARA) - ",
            "PORTAL.CO, {1} - ",
            "{0} (Reuters) - ",
            "{0} \u2014 ",
        ]
        return self.chance.choice(forms).format(place.upper(), place)

    def value(self, slot: str, language: str, old: str = "") -> str:
        """Return what fills a slot, and not ``old``."""
        chance = self.chance
        match = SLOT.fullmatch(slot)
        kind = match[1] if match else slot
        lists = {
            "place": PLACES,
            "club": CLUBS,
            "stock": STOCKS,
            "day": DAYS[language],
            "count": COUNTS[language],
        }
        lists["cards"] = COUNTS[language]
        while True:
            if kind in lists:
                value = chance.choice(lists[kind])
            elif kind == "person":
                value = f"{chance.choice(FIRST)} {chance.choice(LAST)}"
            elif kind in {"magnitude", "wave"}:
                value = f"{chance.randint(1, 7)},{chance.randint(0, 9)}"
            elif kind == "score":
                value = f"{chance.randint(2, 5)}-{chance.randint(0, 1)}"
            elif kind == "time":
                value = f"{chance.randint(0, 23):02}.{chance.randint(0, 59):02}"
            elif kind in {"price", "support", "trades", "crowd", "gold", "buyback", "votes"}:
                value = f"{chance.randint(1, 1_500)}.{chance.randint(0, 999):03}"
            else:
                value = str(chance.randint(2, 99) if chance.random() < 0.8 else chance.randint(100, 2_000))
            if value != old:
                return value
