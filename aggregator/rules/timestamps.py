"""Decide which instant an item is published under, and why.

Sources lie about time: dates are missing, zero, local, or next year; two dates of one item disagree; a
listing says "2 hours ago". This module turns what a source claims, already read into intervals, into the one
instant that we sort and publish by. The whole policy is in docs/timestamps.md; rule numbers refer to it.

Pure: the clock is an argument, every datetime is aware and in UTC. Days and clock times were placed in the
source's zone when they were read, so no zone is needed here.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from aggregator.model.item import Candidate, Dates, Flag, Origin, Precision, Reading, ZoneOrigin
from aggregator.model.source import Future

if TYPE_CHECKING:
    from collections.abc import Sequence

PLAUSIBLE_FROM = datetime(1990, 1, 1, tzinfo=UTC)  #: no news feed is older; unix zero is a bug (rule 10)
PLAUSIBLE_UNTIL = datetime(2200, 1, 1, tzinfo=UTC)  #: year 9999 means "never", not a date (rule 10)
LEEWAY = timedelta(minutes=5)  #: clocks drift: so far ahead of ours is now (rule 6)
CONFLICT = timedelta(hours=2)  #: dates of one item that differ by more contradict each other (rule 1)
STEP = timedelta(seconds=1)  #: between neighbours of a listing that names no exact times (rules 4 and 9)

_RANK = {origin: rank for rank, origin in enumerate(Origin)}


class _Date(NamedTuple):
    """A plausible date of an item; sorts by rank, the best first (rule 1)."""

    relative: bool  # a label is the last resort, whoever wrote it
    origin_rank: int
    zoneless: bool  # a zone in the text is better than one in the configuration
    number: int  # index into the candidates
    origin: Origin
    reading: Reading


def settle(
    candidates: Sequence[Candidate],
    *,
    first_seen: datetime,
    place: int,
    absent_at: datetime | None,
    first_collect: bool,
    future: Future = Future.CLAMP,
) -> Dates:
    """Return the instants of a new item: its date if it has a plausible one, else when we first saw it.

    Nothing is published ahead of ``first_seen``, unless ``future`` holds it back until its date.

    Args:
        candidates: the item's claims with their readings; all are kept in the answer.
        first_seen: our clock at the collect that first saw the item; aware, UTC.
        place: the item's place in its document, from 0; keeps the order of listings without exact times.
        absent_at: the source's previous successful collect, which did not have the item; None: never.
        first_collect: whether the source is new to us, so that its undated items are its backlog.
        future: what to do with a date ahead of ``first_seen`` (rule 6).
    """
    flags, dates = _sift(candidates)
    if not dates:
        if first_collect:
            flags.add(Flag.BACKFILL)
        published = first_seen - place * STEP
        return Dates(
            published=published, updated=published, candidates=tuple(candidates), flags=_sorted(flags)
        )

    chosen = _choose(dates)
    if any(_contradict(chosen, date) for date in dates):
        flags.add(Flag.CONFLICT)
    reading = chosen.reading
    if _is_label(reading):
        reading = _narrowed(reading, absent_at, first_seen)
    published, hold_until = _instant(reading, first_seen, place), None
    if published > first_seen:
        if published - first_seen <= LEEWAY:
            published = first_seen
        elif future is Future.HOLD:
            hold_until = published
        else:
            published = first_seen
            flags.add(Flag.FUTURE)
    return Dates(
        published=published,
        updated=max([published, *_updates(dates, first_seen)]),
        candidates=tuple(candidates),
        chosen=chosen.number,
        precision=reading.precision,
        zone=reading.zone,
        earliest=reading.earliest,
        latest=reading.latest,
        flags=_sorted(flags),
        hold_until=hold_until,
    )


def _sift(candidates: Sequence[Candidate]) -> tuple[set[Flag], list[_Date]]:
    """Return what is wrong with candidates, and the sound ones, the best ranked first (rules 1 and 10)."""
    flags: set[Flag] = set()
    dates: list[_Date] = []
    for index, candidate in enumerate(candidates):
        origin, reading = candidate.claim.origin, candidate.reading
        if reading is None:
            flags.add(Flag.UNREADABLE)
        elif reading.earliest < PLAUSIBLE_FROM or reading.latest >= PLAUSIBLE_UNTIL:
            flags.add(Flag.IMPLAUSIBLE)
        else:
            zoneless = reading.zone is ZoneOrigin.SOURCE
            dates.append(_Date(reading.relative, _RANK[origin], zoneless, index, origin, reading))
    dates.sort(key=lambda date: date[:4])
    return flags, dates


def _choose(dates: Sequence[_Date]) -> _Date:
    """Return the most precise of those dates that agree with the best ranked one (rule 1)."""
    return min(
        (date for date in dates if _gap(date.reading, dates[0].reading) <= timedelta(0)),
        key=lambda date: date.reading.latest - date.reading.earliest,
    )


def _contradict(one: _Date, other: _Date) -> bool:
    """Tell whether two dates are too far apart; being updated long after publication is natural."""
    later = max(one, other, key=lambda date: date.reading.earliest)
    return _gap(one.reading, other.reading) > CONFLICT and later.origin is not Origin.UPDATED


def _gap(one: Reading, other: Reading) -> timedelta:
    """Return the time between two intervals; zero or less where they overlap."""
    return max(one.earliest, other.earliest) - min(one.latest, other.latest)


def _is_label(reading: Reading) -> bool:
    """Tell "2 jam lalu" and "kemarin", which many neighbours in a listing share, from "kemarin 10:15"."""
    return reading.relative and (reading.zone is ZoneOrigin.NONE or reading.precision is Precision.DAY)


def _narrowed(label: Reading, absent_at: datetime | None, first_seen: datetime) -> Reading:
    """Cut from a label's interval what our collects rule out, unless that is all of it (rule 4)."""
    earliest = label.earliest if absent_at is None else max(label.earliest, absent_at)
    latest = min(label.latest, first_seen)
    return replace(label, earliest=earliest, latest=latest) if earliest <= latest else label


def _instant(reading: Reading, first_seen: datetime, place: int) -> datetime:
    """Return the instant to publish under; of a date that is no label it may be ahead of ``first_seen``."""
    if _is_label(reading):
        return min(reading.latest, first_seen) - place * STEP
    if reading.precision is Precision.DAY:
        return max(reading.earliest, min(reading.latest, first_seen))  # rule 8
    return reading.earliest


def _updates(dates: Sequence[_Date], first_seen: datetime) -> list[datetime]:
    """Return the instants since which the item is surely updated, as far as they are not ahead of us."""
    claimed = (date.reading.earliest for date in dates if date.origin is Origin.UPDATED)
    return [instant for instant in claimed if instant <= first_seen]


def _sorted(flags: set[Flag]) -> tuple[Flag, ...]:
    return tuple(flag for flag in Flag if flag in flags)
