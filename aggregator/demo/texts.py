"""Word the sample newsroom's stories: templates from ``stories/*.toml``, filled by seeded draws.

Draws are made by name from a hash, not one after the other from a generator, so that adding a
placeholder to a template leaves every other word of a story as it was.

Pure: no clock, and the same arguments give the same words on every machine.
"""

from __future__ import annotations

import functools
import hashlib
import tomllib
from dataclasses import dataclass, replace
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

RANGES = {  # placeholder -> smallest and largest whole number
    "kecil": (2, 9),
    "belasan": (11, 19),
    "puluhan": (21, 96),
    "ratusan": (110, 980),
    "ribuan": (1100, 9800),
    "thousands": (1100, 9800),
    "sepuh": (71, 92),
    "persen": (21, 189),  # tenths
    "percent": (21, 189),
}
HARI = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
STREAMS = 2  # pools are split between them, so that two streams never word a title alike


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """The words of one story, plain text throughout."""

    title: str
    lead: str
    paragraphs: tuple[str, ...]
    author: str
    tags: tuple[str, ...]
    language: str  #: BCP 47
    remarks: tuple[tuple[str, str], ...]  #: readers' comments: name, words


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What one section can write about."""

    stories: tuple[dict[str, Any], ...]  #: title, lead, text, tags, language
    authors: tuple[str, ...]
    background: tuple[str, ...]  #: closing paragraphs that fit any of the section's stories
    pools: dict[str, tuple[str, ...]]  #: placeholder -> the words it may stand for


@functools.cache
def desk(section: str) -> Desk:
    """Return the templates and words of ``section``, with those that all sections share."""
    folder = resources.files("aggregator.demo") / "stories"
    common = tomllib.loads((folder / "common.toml").read_text(encoding="utf-8"))
    own = tomllib.loads((folder / f"{section}.toml").read_text(encoding="utf-8"))
    stories, authors, background = own.pop("story"), own.pop("authors"), own.pop("background")
    pools = {name: tuple(words) for name, words in (common | own).items()}
    return Desk(stories=tuple(stories), authors=tuple(authors), background=tuple(background), pools=pools)


@dataclass(frozen=True, slots=True)
class Draw:
    """A source of numbers that depend on nothing but ``key`` and the name of what is drawn."""

    key: str

    def number(self, name: str, below: int) -> int:
        """Return a number from 0 up to, without, ``below``."""
        digest = hashlib.blake2b(f"{self.key}/{name}".encode(), digest_size=8).digest()
        return int.from_bytes(digest) % below


class Words(dict[str, str]):
    """What a story's placeholders stand for, drawn when first asked for (for ``str.format_map``).

    A digit at the end of a placeholder asks for another word or number of the same kind
    (``{kota2}``), a capital for the same word with a capital (``{Komoditas}``).
    """

    def __init__(
        self, section: str, *, seed: int, stream: int, turn: int, template: int, at: datetime
    ) -> None:
        super().__init__(hari=f"{HARI[at.weekday()]} ({at.day}/{at.month})", day=DAYS[at.weekday()])
        self._pools = desk(section).pools
        self._stream = stream
        self._turn = turn
        self._start = Draw(f"{seed}/{section}/{template}")
        self._numbers = Draw(f"{seed}/{section}/{template}/{stream}/{turn}")

    def __missing__(self, placeholder: str) -> str:
        """Return the word for ``placeholder``; KeyError if there is no such pool or range."""
        name = placeholder.rstrip("0123456789")
        if placeholder[0].isupper():
            word = self[placeholder.lower()].title()
        elif name == "jam":
            quarter = self._numbers.number(placeholder, 64)
            word = f"{5 + quarter // 4:02}.{quarter % 4 * 15:02}"
        elif name in RANGES:
            least, most = RANGES[name]
            word = _spell(name, least + self._numbers.number(placeholder, most - least + 1))
        else:
            words = self._pools[name][self._stream :: STREAMS]
            again = int(placeholder[len(name) :] or 1) - 1
            # One step a turn, from a start that no turn moves: a template comes back with
            # another word until the pool is used up, and so with another title.
            word = words[(self._start.number(name, len(words)) + self._turn + again) % len(words)]
        self[placeholder] = word
        return word


def compose(section: str, *, seed: int, stream: int, index: int, at: datetime) -> Text:
    """Return the words of story ``index`` of a section's ``stream``, as first published.

    Args:
        section: the name of a file in ``stories``.
        seed: another seed, other stories.
        stream: 0 or 1.
        index: counts the stream's stories; each template is used once before one comes back.
        at: when the story is published, in the newsroom's local time; words such as the weekday.
    """
    room = desk(section)
    turn, place = divmod(index, len(room.stories))
    shuffle = Draw(f"{seed}/{section}/{stream}/{turn}")
    order = sorted(range(len(room.stories)), key=lambda n: shuffle.number(str(n), 1 << 32))
    template = room.stories[order[place]]
    words = Words(section, seed=seed, stream=stream, turn=turn, template=order[place], at=at)
    draw = Draw(f"{seed}/{section}/{stream}/{index}")
    closing = _some(room.background, draw, "background", 1 + draw.number("closing", 2))
    remarks = draw.number("remarks", 5)
    readers = _some(room.pools["pembaca"], draw, "reader", remarks)
    opinions = _some(room.pools["komentar"], draw, "opinion", remarks)
    return Text(
        title=template["title"].format_map(words),
        lead=template["lead"].format_map(words),
        paragraphs=tuple(paragraph.format_map(words) for paragraph in (*template["text"], *closing)),
        author=room.authors[draw.number("author", len(room.authors))],
        tags=tuple(template["tags"]),
        language=template.get("language", "id"),
        remarks=tuple(zip(readers, opinions, strict=True)),
    )


def revise(text: Text, section: str, *, seed: int, index: int, at: datetime) -> Text:
    """Return ``text`` as the editors changed it: another title and a note before the paragraphs."""
    draw = Draw(f"{seed}/{section}/revision/{index}")
    notes = desk(section).pools["updates" if text.language == "en" else "pembaruan"]
    words = Words(section, seed=seed, stream=0, turn=index, template=-1, at=at)
    note = notes[draw.number("note", len(notes))].format_map(words)
    label = note.partition(":")[0]
    return replace(text, title=f"{label}: {text.title}", paragraphs=(note, *text.paragraphs))


def _spell(name: str, number: int) -> str:
    """Return ``number`` as Indonesian or English newspapers print it."""
    match name:
        case "ribuan":
            return f"{number:,}".replace(",", ".")
        case "thousands":
            return f"{number:,}"
        case "persen":
            return f"{number // 10},{number % 10}"
        case "percent":
            return f"{number // 10}.{number % 10}"
        case _:
            return str(number)


def _some(choices: Sequence[str], draw: Draw, name: str, count: int) -> list[str]:
    """Return ``count`` different ``choices``."""
    ranked = sorted(choices, key=lambda choice: draw.number(f"{name}/{choice}", 1 << 32))
    return ranked[:count]
