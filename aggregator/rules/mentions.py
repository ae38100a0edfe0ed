"""Say which numbers and names a text mentions: what two notes cut from one template differ in.

A weather note of one town and that of the next share nearly every phrase. What tells them apart is a
figure or a name. These functions find both without a dictionary, in Indonesian and English, and leave out
what another newsroom rightly changes: the dateline, the credits, the links to other stories.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from html import unescape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

MOST_CHARACTERS = 131_072  # of a text, and so of all work on it
MOST_TOKENS = 4_000  # of a long text only these are looked at
MOST_IN_TITLE = 500  # characters
LONGEST_NOTE = 240  # characters of a credit line; one that is longer tells news
LONGEST_DATELINE = 90  # characters
LEAST_MISSPELT = 5  # letters of a name: shorter ones are one letter apart by nature (Bali, Mali)
LEAST_PROSE = 120  # different words; in a shorter text, which may be a form, Badung is not Bandung misspelt
LEAST_ALIKE = 0.8  # of two spellings of one name, by difflib
MOST_SLIPS = 8  # of a text; more are no slips
LONGEST_NAME = 5  # spaces
CAPITALS = 0.5  # of a title's words: with more, capitals do not mark its names

#: Words whose end is the end of a line. Neither runs on over another "<": a text of nothing else stays cheap.
BLOCK = re.compile(
    r"</?(?:p|br|div|li|ul|ol|h[1-6]|tr|td|th|table|blockquote|figcaption|hr|pre)\b[^<>]*>", re.IGNORECASE
)
TAG = re.compile(r"<[^<>]*>")
TOKEN = re.compile(r"(\w+(?:[.,:/'\u2019\u2013-]\w+)*)")
ENDS = frozenset('.!?:;…\n"“\u2018«•')  # a capital after one of these says nothing
SEPARATORS = str.maketrans({",": ".", ":": ".", "\u2013": "-"})  # 5,2 is 5.2; 14:30 is 14.30

_LABELS = (
    r"(?:editor|pewarta|penulis|reporter|sumber|source|wartawan|kontributor|penyunting|redaktur|laporan|foto"
    r"|photo|baca(?: juga)?|read(?: also| more)?|see also|simak(?: juga)?|lihat juga|artikel ini)\s*:"
)
_BYLINES = r"(?:reporting|writing|editing|additional reporting|compiled) by\b|copyright\b|hak cipta\b|©"
NOTE = re.compile(rf"[\s(\[*_]*(?:{_LABELS}|{_BYLINES})", re.IGNORECASE)
TRAILING = re.compile(rf"[(\[]?\b(?:{_LABELS}|(?:reporting|writing|editing) by\b)|copyright ©", re.IGNORECASE)
DATELINE = re.compile(rf"([^\n\u2014\u2013]{{2,{LONGEST_DATELINE}}}?)\s*(?:\s--?|\u2013|\u2014)\s")

DRESS = frozenset(",.(")  # of a dateline that is not in capitals

Around = tuple[str, str, str, str]  #: two words before, two words after

#: Agencies that a newsroom names in place of another ("told Reuters", "told AFP").
AGENCIES = frozenset(
    {"afp", "ap", "antara", "anadolu", "bernama", "bloomberg", "cnbc", "cnn", "detik", "kompas", "kyodo"}
    | {"republika", "reuters", "tempo", "xinhua"}
)
#: Names in any title, where capitals may say nothing. Not "May" and "March".
CALENDAR = frozenset(
    {"senin", "selasa", "rabu", "kamis", "jumat", "sabtu", "minggu"}
    | {"januari", "februari", "maret", "april", "mei", "juni", "juli", "agustus", "september", "oktober"}
    | {"november", "desember", "january", "february", "june", "july", "august", "october", "december"}
    | {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
)
#: "one" and "satu" are left out: they are articles as often as numbers.
NUMERALS = {
    word: str(value)
    for value, words in enumerate(
        (
            *("nol zero", "", "dua two", "tiga three", "empat four", "lima five", "enam six", "tujuh seven"),
            *("delapan eight", "sembilan nine", "sepuluh ten", "sebelas eleven", "twelve"),
        )
    )
    for word in words.split()
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mentions:
    """What a text mentions, all of it casefolded."""

    numbers: frozenset[str]
    names: Mapping[str, int]  #: how often each stands where only a name has a capital
    openers: frozenset[str]  #: words that begin a sentence: perhaps names
    words: frozenset[str]  #: every word, names and numbers too
    small: frozenset[str]  #: the words that are written without a capital somewhere: no names
    slots: Mapping[Around, str]  #: each number, name and opener by the words around it


@lru_cache(maxsize=64)  # a new item is compared with several others
def mentions(html: str) -> Mentions:
    """Return what the sanitised ``html`` mentions outside its dateline and credits."""
    parts = TOKEN.split("\n" + _news(html[:MOST_CHARACTERS]))  # gap, word, gap, ..., gap
    tokens = parts[1 : 2 * MOST_TOKENS : 2]
    words = [token.casefold() for token in tokens]
    numbers: set[str] = set()
    names: Counter[str] = Counter()
    openers: set[str] = set()
    small: set[str] = set()
    places: list[
        str
    ] = []  # every word in turn, but a name of several is one; of a number only that it is one
    fillings: dict[int, str] = {}  # the numbers and names among them
    for gap, token, word in zip(parts[::2], tokens, words, strict=False):
        if number := _number(word):
            numbers.add(number)
            fillings[len(places)] = number
            places.append("0")
            continue
        if not token[0].isupper():
            small.add(word)
        elif _is_name(word):
            opens = gap != " " and not ENDS.isdisjoint(gap)
            (openers if opens else names).update([word])
            last = len(places) - 1
            named = places[last] if last in fillings else "0"
            if gap == " " and named != "0" and named.count(" ") < LONGEST_NAME:
                places[last] = fillings[last] = f"{places[last]} {word}"
                continue
            fillings[len(places)] = word
        places.append(word)
    return Mentions(
        numbers=frozenset(numbers),
        names=names,
        openers=frozenset(openers),
        words=frozenset(words),
        small=frozenset(small),
        slots=_slots(places, fillings),
    )


def _slots(places: list[str], fillings: Mapping[int, str]) -> dict[Around, str]:
    """Return the ``fillings`` by the words around them; "" where the same words are around two."""
    near = ["", "", *places, "", ""]
    slots: dict[Around, str] = {}
    for at, word in fillings.items():
        around = near[at], near[at + 1], near[at + 3], near[at + 4]
        slots[around] = word if slots.get(around, word) == word else ""
    return slots


def disagreement(one: Mentions, other: Mentions) -> str:
    """Return what each text mentions in place of something of the other, for a person; "" for nothing.

    What only one of them adds is no disagreement: a lead grows, an agency is credited.
    """
    mine, theirs = one.numbers - other.numbers, other.numbers - one.numbers
    if mine and theirs:
        return f"numbers: {_shown(mine)} or {_shown(theirs)}"
    mine = frozenset(name for name in one.names if name not in other.words)
    theirs = frozenset(name for name in other.names if name not in one.words)
    if _is_prose(one, other):
        # A misspelling happens once; a name that is given again and again is meant.
        once = {name for name in mine if one.names[name] == 1}
        once |= {name for name in theirs if other.names[name] == 1}
        mine, theirs = _without_slips(mine, theirs, once)
    if mine and theirs:
        return f"names: {_shown(mine)} or {_shown(theirs)}"
    for around, here in one.slots.items():
        there = other.slots.get(around, here)
        if here != there and here and there and _other_filling(here, there, one, other):
            return f"between the same words: {here} or {there}"
    return ""


def _other_filling(mine: str, theirs: str, one: Mentions, other: Mentions) -> bool:
    """Tell whether two numbers or names that stand between the same words are of different things."""
    if mine in one.numbers or theirs in other.numbers:
        return mine in one.numbers and theirs in other.numbers
    small = one.small | other.small  # "Sementara" begins a sentence, and is no name
    here, there = set(mine.split()) - small, set(theirs.split()) - small
    prose = _is_prose(one, other)
    # Where a name is misspelt, its right spelling is likely to stand elsewhere in the text.
    same = {
        (name, each)
        for name in here
        for each in there
        if name == each or (misspelt(name, each) and (prose or name in other.words or each in one.words))
    }
    return bool(here - {name for name, _ in same} and there - {each for _, each in same})


def _is_prose(one: Mentions, other: Mentions) -> bool:
    return min(len(one.words), len(other.words)) >= LEAST_PROSE


def title_words(title: str) -> list[str]:
    """Return the words of a title as they are written, numbers whole."""
    return TOKEN.findall(title[:MOST_IN_TITLE])


def title_disagreement(titles: tuple[str, str], one: Mentions, other: Mentions) -> str:
    """Return what the titles of two texts name in place of each other, for a person; "" for nothing.

    A number in one title alone must stand in the other's text: the part of a series does not.
    """
    words = title_words(titles[0]), title_words(titles[1])
    folded = [frozenset(word.casefold() for word in each) for each in words]
    mine, theirs = (frozenset(filter(None, map(_number, each))) for each in folded)
    if (mine - theirs and theirs - mine) or mine - theirs - other.numbers or theirs - mine - one.numbers:
        return f"numbers of the titles: {_shown(mine)} or {_shown(theirs)}"
    known = CALENDAR.union(one.names, other.names, (one.openers | other.openers) - one.small - other.small)
    mine, theirs = _names_of(words[0], known) - folded[1], _names_of(words[1], known) - folded[0]
    # A slip of a title is not in the text; two names of two texts are.
    mine, theirs = _without_slips(mine, theirs, (mine | theirs) - known, either=True)
    return f"names of the titles: {_shown(mine)} or {_shown(theirs)}" if mine and theirs else ""


def _without_slips(
    mine: frozenset[str], theirs: frozenset[str], slips: Collection[str], *, either: bool = False
) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names of both sides that are not one name, misspelt: one of ``slips``, or both of them."""
    if len(mine) > MOST_SLIPS or len(theirs) > MOST_SLIPS:
        return mine, theirs
    same = [
        (name, each)
        for name in mine
        for each in theirs
        if (name in slips) + (each in slips) >= (1 if either else 2) and misspelt(name, each)
    ]
    return mine - {name for name, _ in same}, theirs - {each for _, each in same}


def misspelt(one: str, other: str) -> bool:
    """Tell whether two words may be one name, misspelt."""
    return (
        max(len(one), len(other)) >= LEAST_MISSPELT
        and abs(len(one) - len(other)) <= 1
        and SequenceMatcher(None, one[:40], other[:40], autojunk=False).ratio() >= LEAST_ALIKE
    )


def _news(html: str) -> str:
    """Return the text of ``html``, a block a line, without datelines, credits and links to other stories."""
    lines = unescape(TAG.sub(" ", BLOCK.sub("\n", html))).split("\n")
    kept = [line for line in map(str.strip, lines) if line and not _is_note(line)]
    if kept:
        start = max(0, len(kept[-1]) - LONGEST_NOTE)
        if credit := TRAILING.search(kept[-1], start):
            kept[-1] = kept[-1][: credit.start()]
        kept[0] = kept[0][_dateline(kept[0]) :]
    return "\n".join(kept)


def _is_note(line: str) -> bool:
    return len(line) <= LONGEST_NOTE and NOTE.match(line) is not None


def _dateline(line: str) -> int:
    """Return the length of the dateline that ``line`` begins with: "JAKARTA, KOMPAS.com -".

    "Persija - Persib" and "PERSIJA 2 - 1 PERSIB" are none.
    """
    found = DATELINE.match(line)
    words = TOKEN.findall(found[1]) if found else []
    if not found or not words or words[-1][0].isdigit():
        return 0
    dressed = found[1].isupper() or not DRESS.isdisjoint(found[1])
    return found.end() if dressed and all(word[0].isupper() or word[0].isdigit() for word in words) else 0


def _number(word: str) -> str:
    """Return the number that a casefolded word is, in one spelling; "" for none."""
    if word.isalpha() or not any(map(str.isdigit, word)):
        return NUMERALS.get(word, "")
    return word.translate(SEPARATORS)


def _is_name(word: str) -> bool:
    return len(word) > 1 and "." not in word and word[:2] not in {"i'", "i\u2019"} and word not in AGENCIES


def _names_of(words: list[str], known: frozenset[str]) -> frozenset[str]:
    """Return the names of a title: what the texts know as names, and capitals where they are rare."""
    inner = words[1:]
    rare = sum(word[0].isupper() for word in inner) <= CAPITALS * len(inner)
    names = {word.casefold() for word in inner if rare and word[0].isupper()}
    names |= {folded for word in words if (folded := word.casefold()) in known}
    return frozenset(name for name in names if _is_name(name) and not _number(name))


def _shown(values: frozenset[str]) -> str:
    return ", ".join(sorted(values)[:3]) or "none"
