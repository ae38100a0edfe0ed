"""What editors do to a text that they carry, for ``benchmarks.corpus``."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from benchmarks.wording import FIRST, GRAMMAR, LAST, PLACES, PREFIXES, SYNONYMS

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.corpus import Newsroom, Piece

DATELINE = re.compile(r"^[^-\u2014]{2,60}? [-\u2014] ")


def cased(title: str, source: str) -> str:
    """Return ``title`` as ``source`` writes titles: as it is, Every Word Capital, or ALL CAPITALS."""
    style = int(source[-2:]) % 7
    if style == 0:
        return title.upper()
    return (
        " ".join(word[:1].upper() + word[1:] for word in title.split(" "))
        if style < 4
        else title[:1].upper() + title[1:]
    )


def _typos(room: Newsroom, piece: Piece) -> Piece:
    paragraphs = list(piece.paragraphs)
    for _ in range(room.chance.randint(1, 2)):
        place = room.chance.randrange(len(paragraphs))
        words = paragraphs[place].split(" ")
        long = [number for number, word in enumerate(words) if len(word) > 4 and word.isalpha()]
        if long:
            number = room.chance.choice(long)
            at = room.chance.randrange(1, len(words[number]) - 1)
            word = words[number]
            slips = [
                word[:at] + word[at + 1 :],
                word[:at] + word[at] + word[at:],
                word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            ]
            words[number] = room.chance.choice(slips)
        paragraphs[place] = " ".join(words)
    return replace(piece, paragraphs=tuple(paragraphs))


def _lead(room: Newsroom, piece: Piece) -> Piece:
    """A few words of the first sentence, after the dateline, give way to others."""
    dateline = DATELINE.match(piece.paragraphs[0])
    start = dateline.end() if dateline else 0
    words = piece.paragraphs[0][start:].split(" ")
    at = min(room.chance.randint(0, 4), len(words) - 1)
    language = "en" if "the" in piece.paragraphs[-1].split() else "id"
    new = (
        room.chance.choice(GRAMMAR[language]["LINK"]).split()
        + room.chance.choice(GRAMMAR[language]["ADJ"]).split()
    )
    new[0] = new[0] if at == 0 else new[0].lower()
    words[at : at + room.chance.randint(1, 6)] = new
    words[0] = words[0][:1].upper() + words[0][1:]
    return replace(piece, paragraphs=(piece.paragraphs[0][:start] + " ".join(words), *piece.paragraphs[1:]))


def _dateline(room: Newsroom, piece: Piece) -> Piece:
    lead = DATELINE.sub("", piece.paragraphs[0])
    return replace(
        piece, paragraphs=(room.dateline(room.chance.choice(PLACES)) + lead, *piece.paragraphs[1:])
    )


def _credit(room: Newsroom, piece: Piece) -> Piece:
    one, two = (f"{room.chance.choice(FIRST)} {room.chance.choice(LAST)}" for _ in range(2))
    forms = [
        f"Editor: {one}",
        f"Pewarta: {one} Editor: {two} Copyright \u00a9 ANTARA 2024",
        f"(Reporting by {one}; Editing by {two})",
        "Sumber: Antara",
        f"Baca juga: {one} dan {room.chance.randint(2, 99)} Fakta {room.chance.choice(PLACES)}",
    ]
    return replace(piece, paragraphs=(*piece.paragraphs, room.chance.choice(forms)))


def _headline(room: Newsroom, piece: Piece) -> Piece:
    """The headline is shortened, dressed up, or says a word otherwise."""
    words = piece.title.split()
    way = room.chance.randrange(4)
    if way == 0:
        words = words[: -max(1, len(words) // 4)]
    elif way == 1:
        words = [SYNONYMS.get(word.casefold(), word) for word in words]
    title = " ".join(words)
    if way == 2:
        title = room.chance.choice(PREFIXES[room.chance.choice(["id", "en"])]) + title
    elif way == 3:
        title += room.chance.choice([" - Portal.com", " | Berita Kita", ", Ini Sebabnya", ", officials say"])
    return replace(piece, title=cased(title, piece.source))


def _ending(room: Newsroom, piece: Piece) -> Piece:
    """The last sentence is cut, or one is added, with names and numbers of its own."""
    if room.chance.random() < 0.5:
        kept = piece.paragraphs[-1].split(". ")[:-1]
        last = (". ".join(kept) + ".",) if kept else ()
        paragraphs = (*piece.paragraphs[:-1], *last)
    else:
        paragraphs = (*piece.paragraphs, room.sentence(room.event()))
    return replace(piece, paragraphs=paragraphs or piece.paragraphs)


EDITS: dict[str, Callable[[Newsroom, Piece], Piece]] = {
    "typos": _typos,
    "lead": _lead,
    "dateline": _dateline,
    "credit": _credit,
    "headline": _headline,
    "ending": _ending,
}
