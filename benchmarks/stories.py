"""How well copies are told from relatives, and what that costs.

    python -m benchmarks.stories [SEED]

Writes a corpus of 20,000 items of 50 sources whose truth is known (``benchmarks.corpus``), gives them one by
one to the rules (``aggregator.rules.similarity``) as the service does, and prints how many merges were right.
The texts are made up: the figures compare one version of the rules with another, and are no promise for the
news of a given day.
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING

from aggregator.rules.similarity import MOST_CANDIDATES, WINDOW, Likeness, Telling, best, fingerprint
from benchmarks.corpus import Newsroom, Piece

if TYPE_CHECKING:
    from collections.abc import Iterable

SIZE = 20_000


@dataclass(slots=True)
class Run:
    """What the rules did with a corpus."""

    pieces: list[Piece]
    story: list[int] = field(default_factory=list)  #: of each item: the number of the item that began it
    joined: dict[int, int] = field(default_factory=dict)  #: items that joined the story of another
    refused: dict[int, str] = field(default_factory=dict)  #: why others did not
    met: list[int] = field(default_factory=list)  #: candidates of each item
    compared: list[int] = field(default_factory=list)  #: the most likely of them
    fingerprinting: list[float] = field(default_factory=list)  #: seconds
    comparing: list[float] = field(default_factory=list)


def main() -> None:
    """Print all of it."""
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    began = time.perf_counter()
    pieces = Newsroom(random.Random(seed)).corpus(SIZE)  # noqa: S311 - the same at every run
    print(f"{len(pieces)} items of {len({piece.source for piece in pieces})} sources, seed {seed}")
    run = simulate(pieces)
    decisions(run)
    lengths(run)
    pairs(run)
    costs(run)
    print(f"took {time.perf_counter() - began:.0f} s")


def simulate(pieces: list[Piece]) -> Run:
    """Let every item in turn join the story of its best copy among other sources' items of the last days."""
    run = Run(pieces)
    index: dict[int, list[int]] = defaultdict(list)
    tellings: dict[int, Telling] = {}
    sources: dict[int, set[str]] = {}
    for number, piece in enumerate(pieces):
        html = piece.html()
        before = time.perf_counter()
        found = fingerprint(html)
        run.fingerprinting.append(time.perf_counter() - before)
        run.story.append(number)
        sources[number] = {piece.source}
        if found is None:
            continue
        near = Counter(
            each
            for band in found.bands
            for each in index[band]
            if pieces[each].source != piece.source and piece.at - pieces[each].at <= WINDOW
        )
        likely = sorted(near, key=lambda each: (-near[each], -each))[:MOST_CANDIDATES]
        new = Telling(title=piece.title, html=html, shingles=found.shingles)
        before = time.perf_counter()
        match = best(new, {each: tellings[each] for each in likely})
        run.comparing.append(time.perf_counter() - before)
        run.met.append(len(near))
        run.compared.append(len(likely))
        if match and match[1].likeness is Likeness.COPY:
            story = run.story[match[0]]
            if piece.source in sources[story]:
                run.refused[number] = "the story has an item of its source"
            else:
                run.joined[number] = match[0]
                run.story[number] = story
                sources[story].add(piece.source)
        else:
            run.refused[number] = match[1].reason if match else "no candidate is related"
        tellings[number] = new
        for band in found.bands:
            index[band].append(number)
    return run


def wanted(pieces: list[Piece]) -> set[int]:
    """Return the items that should join a story: an earlier item of another source has the same text."""
    first: dict[int, Piece] = {}
    found = set()
    for number, piece in enumerate(pieces):
        earlier = first.setdefault(piece.copy, piece)
        if earlier.source != piece.source and not piece.again and piece.at - earlier.at <= WINDOW:
            found.add(number)
    return found


def decisions(run: Run) -> None:
    """Print how many joined the right story, by how they came about; and what kept the others out."""
    pieces, due = run.pieces, wanted(run.pieces)
    kinds = sorted({(piece.kind, sort) for piece in pieces for sort in ("", piece.sort)})
    print("\nDecisions              items  due to join  joined  wrong  precision  recall")
    for kind, sort in [("", ""), *kinds]:
        row = [
            number
            for number, piece in enumerate(pieces)
            if kind in {"", piece.kind} and (not sort or piece.sort == sort)
        ]
        joined = [number for number in row if number in run.joined]
        wrong = sum(pieces[run.joined[number]].copy != pieces[number].copy for number in joined)
        expected = [number for number in row if number in due]
        right = sum(
            number in run.joined and pieces[run.joined[number]].copy == pieces[number].copy
            for number in expected
        )
        label = f"  {sort}" if sort else kind or "all"
        print(
            f"{label:20} {len(row):7} {len(expected):12} {len(joined):7} {wrong:6}"
            f" {_share(len(joined) - wrong, len(joined)):>10} {_share(right, len(expected)):>7}"
        )
    reasons = Counter(run.refused[number].split(":")[0] for number in due if number in run.refused)
    print("kept out: " + ", ".join(f"{reason} {times}" for reason, times in reasons.most_common()))


def lengths(run: Run) -> None:
    """Print the recall of edited texts by their length: one change breaks more of a short text."""
    print("\nEdited texts, by words   due to join  joined  recall")
    for least, most in ((0, 100), (100, 200), (200, 400), (400, 1_000)):
        row = [
            number
            for number in wanted(run.pieces)
            if run.pieces[number].kind == "edited" and least <= run.pieces[number].words() < most
        ]
        right = sum(number in run.joined for number in row)
        print(f"{least:6} to {most - 1:4}{len(row):21} {right:7} {_share(right, len(row)):>7}")


def pairs(run: Run) -> None:
    """Print the same for all pairs of items that stand in one story."""
    pieces = run.pieces
    mine = _pairs(run.story, range(len(pieces)))
    theirs = _pairs([piece.copy for piece in pieces], range(len(pieces)))
    theirs = {
        (one, other)
        for one, other in theirs
        if pieces[one].source != pieces[other].source and not pieces[one].again and not pieces[other].again
    }
    right = {pair for pair in mine if pieces[pair[0]].copy == pieces[pair[1]].copy}
    inside = sum(pieces[one].source == pieces[other].source for one, other in mine)
    told = sum(pieces[one].kind == "independent" and (one, other) not in right for one, other in mine)
    print(
        f"\nPairs: {len(mine)} made, {len(theirs)} true; precision {_share(len(right), len(mine))},"
        f" recall {_share(len(mine & theirs), len(theirs))}"
        f"\nmerged inside one source: {inside}; independent tellings merged: {told}"
    )


def costs(run: Run) -> None:
    """Print candidates and milliseconds of an item."""
    words = sum(piece.words() for piece in run.pieces) / len(run.pieces)
    print(f"\n{'An item of ' + format(words, '.0f') + ' words':28}   mean  median     p99      max")
    rows: list[tuple[str, Iterable[float], float]] = [
        ("share a band", run.met, 1),
        ("compared", run.compared, 1),
        ("fingerprint, ms", run.fingerprinting, 1e3),
        ("compare with candidates, ms", run.comparing, 1e3),
    ]
    for label, values, scale in rows:
        found = sorted(value * scale for value in values)
        places = (found[len(found) * part // 100] for part in (50, 99))
        figures = (sum(found) / len(found), *places, found[-1])
        print(f"{label:28}" + "".join(f"{figure:8.2f}" for figure in figures))


def _pairs(groups: list[int], numbers: Iterable[int]) -> set[tuple[int, int]]:
    members: dict[int, list[int]] = defaultdict(list)
    for number in numbers:
        members[groups[number]].append(number)
    return {pair for group in members.values() for pair in combinations(group, 2)}


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.4f}" if whole else "-"


if __name__ == "__main__":
    main()
