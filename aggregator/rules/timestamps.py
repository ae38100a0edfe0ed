"""Decide which instant an item is published under, and why.

Sources lie about time: dates are missing, zero, local, or next year; two dates of one item disagree; a
listing says "2 hours ago". This module turns what a source claims, already read into intervals, into the one
instant that we sort and publish by, and says what a later claim changes about it (nearly nothing). The
whole policy is in docs/timestamps.md; rule numbers refer to it.

Pure: the clock is an argument, every datetime is aware and in UTC. Days and clock times were placed in the
source's zone when they were read, so no zone is needed here.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple

from aggregator.model.item import (
    Candidate,
    Dates,
    Flag,
    Later,
    Origin,
    Precision,
    Reading,
    Upgrade,
    ZoneOrigin,
)
from aggregator.model.source import Future

if TYPE_CHECKING:
    from collections.abc import Sequence

PLAUSIBLE_FROM = datetime(1990, 1, 1, tzinfo=UTC)  #: no news feed is older; unix zero is a bug (rule 10)
PLAUSIBLE_UNTIL = datetime(2200, 1, 1, tzinfo=UTC)  #: year 9999 means "never", not a date (rule 10)
LEEWAY = timedelta(minutes=5)  #: clocks drift: so far ahead of ours is now (rule 6)
CONFLICT = timedelta(hours=2)  #: dates of one item that differ by more contradict each other (rule 1)
STEP = timedelta(seconds=1)  #: between neighbours of a document that names no exact times (rules 4, 6, 8, 9)
FIRST_DAY = timedelta(hours=24)  #: so long after first sight a better date is taken, and labels narrow
MOST_LATER = 8  #: dates recorded after the settlement; a source that re-dates with every look gets no more

_RANK = {origin: rank for rank, origin in enumerate(Origin)}
_FINE = (Precision.SECOND, Precision.MINUTE)
_OF_CHANGE = (Origin.UPDATED, Origin.MODIFIED)


class Mend(NamedTuple):
    """What is to be undone: dates that were read at ``offset`` are ``shift`` ahead of the truth (rule 7)."""

    shift: timedelta
    offset: timedelta
    zoneless: bool  #: they name no zone


class _Date(NamedTuple):
    """A plausible date of an item; sorts by rank, the best first (rule 1)."""

    weak: bool  # a label, whoever wrote it, or a date of change only
    tier: int
    zoneless: bool  # a zone in the text is better than one in the configuration
    origin_rank: int
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
    mend: Mend | None = None,
) -> Dates:
    """Return the instants of a new item: its date if it has a plausible one, else when we first saw it.

    Nothing is published ahead of ``first_seen``, unless ``future`` holds it back until its date.

    Args:
        candidates: the item's claims with their readings; all are kept in the answer.
        first_seen: our clock at the collect that first saw the item; aware, UTC.
        place: the item's place in its document, from 0; keeps the order of documents without exact times.
        absent_at: the source's previous successful collect, which did not have the item; None: never.
        first_collect: whether the source is new to us, so that its undated items are its backlog.
        future: what to do with a date ahead of ``first_seen`` (rule 6).
        mend: what the source's clock times are wrong by, as far as we learned (rule 7).
    """
    flags, dates = _sift(candidates)
    if mend:
        dates = [date._replace(reading=_mended(date.reading, mend, absent_at, first_seen)) for date in dates]
    ours = first_seen - place * STEP
    if future is not Future.HOLD:
        dates = _past(dates, first_seen, flags)
    if not dates:
        if first_collect:
            flags.add(Flag.BACKFILL)
        return Dates(published=ours, updated=ours, candidates=tuple(candidates), flags=_sorted(flags))

    chosen = _choose(dates)
    if any(_contradict(chosen, date) for date in dates if date is not chosen):
        flags.add(Flag.CONFLICT)
    reading = chosen.reading
    if is_label(reading):
        reading = _narrowed(reading, dates, absent_at, first_seen)
    published, hold_until = _instant(reading, first_seen, place), None
    if published > first_seen + LEEWAY and future is Future.HOLD:
        hold_until = published
    elif published > first_seen:
        published = ours
        flags |= {Flag.BACKFILL} if first_collect and Flag.FUTURE in flags else set()
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


def reconsider(old: Dates, new: Dates, *, first_seen: datetime, now: datetime) -> Dates:
    """Return ``old``, the settled dates of an item, after its source gave it the dates ``new``.

    Within ``FIRST_DAY`` an exact date replaces a guess, once (rule 5), and a label narrows the interval
    (rule 4), which moves nothing. Any other new date is recorded and changes nothing. ``updated`` is not
    decided here, but never falls behind ``published``.

    Args:
        old: as they stand.
        new: what ``settle`` makes of the source's present claims.
        first_seen: our clock at the collect that first saw the item; aware, UTC.
        now: our clock at this collect.
    """
    if now - first_seen <= FIRST_DAY:
        if old.upgrade is None and not is_exact(old) and is_exact(new):
            return _upgraded(old, new, first_seen, now)
        old = _closer(old, new)
    return replace(old, later=_recorded(old, new, now))


def exact(candidates: Sequence[Candidate]) -> Reading | None:
    """Return the best ranked reading that is a time of day on a day, no label; None: there is none."""
    _, dates = _sift(candidates)
    readings = (date.reading for date in dates)
    return next((each for each in readings if each.precision in _FINE and not each.relative), None)


def is_label(reading: Reading) -> bool:
    """Tell "2 jam lalu" and "kemarin", which many neighbours in a listing share, from "kemarin 10:15"."""
    return reading.relative and (reading.zone is ZoneOrigin.NONE or reading.precision is Precision.DAY)


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
            rank = _RANK[origin]
            # What a feed says without a zone comes behind what the article and a news sitemap say.
            tier = _RANK[Origin.SITEMAP] if zoneless and rank < _RANK[Origin.SITEMAP] else rank
            weak = reading.relative or origin is Origin.MODIFIED
            dates.append(_Date(weak, tier, zoneless, rank, index, origin, reading))
    dates.sort(key=lambda date: date[:5])
    return flags, dates


def _past(dates: list[_Date], first_seen: datetime, flags: set[Flag]) -> list[_Date]:
    """Return the dates that are not too far ahead to be believed, all of them where every one is (rule 6)."""
    past = [date for date in dates if date.reading.earliest <= first_seen + LEEWAY]
    if len(past) < len(dates):
        flags.add(Flag.FUTURE)
    return past or dates


def _mended(reading: Reading, mend: Mend, absent_at: datetime | None, first_seen: datetime) -> Reading:
    """Return ``reading`` without what the source's clock is wrong by, unless this date is plainly right.

    Plainly right is a date that was read in another zone than the wrong ones, or that fits between the two
    collects while the mended one does not: the source may have been repaired.
    """
    alike = reading.offset == mend.offset and (reading.zone is ZoneOrigin.SOURCE) is mend.zoneless
    if not alike or reading.relative or reading.precision is Precision.DAY:
        return reading
    mended = replace(
        reading,
        earliest=reading.earliest - mend.shift,
        latest=reading.latest - mend.shift,
        offset=mend.offset + mend.shift,
        zone=ZoneOrigin.LEARNED,
    )
    if _fits(reading, absent_at, first_seen) and not _fits(mended, absent_at, first_seen):
        return reading
    return mended


def _fits(reading: Reading, absent_at: datetime | None, first_seen: datetime) -> bool:
    """Tell whether a date lies between the collect that did not have the item and the one that had it."""
    earliest = first_seen if absent_at is None else absent_at
    return earliest - 4 * LEEWAY <= reading.latest and reading.earliest <= first_seen + LEEWAY


def _choose(dates: Sequence[_Date]) -> _Date:
    """Return the most precise of those dates that agree with the best ranked one (rule 1).

    A date of change only speaks where there is nothing else: it agrees with any publication before it. And
    a best ranked midnight may be a mere day, so it yields to a finer date within that day.
    """
    best = dates[0]
    if len(dates) == 1:
        return best
    others = [date for date in dates if date.origin not in _OF_CHANGE or date is best]
    if midnight := _as_day(best.reading):
        finer = [date for date in others if date is not best and _is_finer(date.reading, midnight)]
        if finer:
            return min(finer, key=_width)
    return min((date for date in others if _gap(date.reading, best.reading) <= timedelta(0)), key=_width)


def _width(date: _Date) -> timedelta:
    return date.reading.latest - date.reading.earliest


def _as_day(reading: Reading) -> Reading | None:
    """Return the day that begins with ``reading``; None: it is no midnight in the zone it was read in."""
    if reading.precision not in _FINE or reading.relative or reading.offset is None:
        return None
    if (reading.earliest + reading.offset).time() != time.min:
        return None
    return replace(reading, latest=reading.earliest + timedelta(days=1) - STEP)


def _is_finer(reading: Reading, day: Reading) -> bool:
    """Tell whether ``reading`` names a part of ``day``, and not its first instant as well."""
    length = reading.latest - reading.earliest
    return (
        _gap(reading, day) <= timedelta(0)
        and reading.latest > day.earliest + length
        and length < day.latest - day.earliest
    )


def _contradict(one: _Date, other: _Date) -> bool:
    """Tell whether two dates are too far apart; being updated long after publication is natural."""
    later = max(one, other, key=lambda date: date.reading.earliest)
    return _gap(one.reading, other.reading) > CONFLICT and later.origin not in _OF_CHANGE


def _gap(one: Reading, other: Reading) -> timedelta:
    """Return the time between two intervals; zero or less where they overlap."""
    return max(one.earliest, other.earliest) - min(one.latest, other.latest)


def _narrowed(
    label: Reading, dates: Sequence[_Date], absent_at: datetime | None, first_seen: datetime
) -> Reading:
    """Cut from a label's interval what is ruled out, unless that is all of it (rule 4).

    It is ruled out by the collect that did not have the item, by our clock, and by a day that it agrees with.
    """
    others = (date.reading for date in dates if not date.weak)
    days = [other for other in others if _gap(other, label) <= timedelta(0)]
    for day in days:
        label = _cut(label, day.earliest, day.latest)
    return _cut(label, absent_at or label.earliest, first_seen)


def _cut(reading: Reading, earliest: datetime, latest: datetime) -> Reading:
    earliest, latest = max(reading.earliest, earliest), min(reading.latest, latest)
    return replace(reading, earliest=earliest, latest=latest) if earliest <= latest else reading


def _instant(reading: Reading, first_seen: datetime, place: int) -> datetime:
    """Return the instant to publish under; of a date that is no label it may be ahead of ``first_seen``."""
    if is_label(reading):
        likely = max(reading.earliest, min(reading.likely or reading.latest, reading.latest))
        return min(likely, first_seen) - place * STEP
    if reading.precision is Precision.DAY:
        return max(reading.earliest, min(reading.latest, first_seen) - place * STEP)  # rule 8
    return reading.earliest


def _updates(dates: Sequence[_Date], first_seen: datetime) -> list[datetime]:
    """Return the instants since which the item is surely updated, as far as they are not ahead of us."""
    claimed = (date.reading.earliest for date in dates if date.origin in _OF_CHANGE)
    return [instant for instant in claimed if instant <= first_seen]


def is_exact(dates: Dates) -> bool:
    """Tell whether ``published`` is a time of day that the source named, and no guess of ours."""
    if dates.chosen is None or dates.precision not in _FINE or disbelieved(dates):
        return False
    reading = dates.candidates[dates.chosen].reading
    return reading is not None and not is_label(reading)


def disbelieved(dates: Dates) -> bool:
    """Tell whether the date that was chosen lay too far ahead, so that ``published`` is our own clock's."""
    return Flag.FUTURE in dates.flags and dates.earliest is not None and dates.earliest > dates.published


def is_final(dates: Dates) -> bool:
    """Tell whether no page of an article can name a better date: it is exact, and the feed names the zone."""
    if dates.chosen is None or not is_exact(dates):
        return False
    origin = dates.candidates[dates.chosen].claim.origin
    return _RANK[origin] < _RANK[Origin.JSON_LD] and dates.zone is not ZoneOrigin.SOURCE


def _upgraded(old: Dates, new: Dates, first_seen: datetime, now: datetime) -> Dates:
    """Return ``old`` under the exact date of ``new``; unchanged where that is later than first sight."""
    if new.earliest is None or new.earliest > first_seen + LEEWAY:
        return replace(old, later=_recorded(old, new, now))
    published = min(new.earliest, first_seen)
    told = {each.claim: each for each in new.candidates if not (each.reading and is_label(each.reading))}
    # The same words may be read otherwise by now: "hari ini 10:15", or a zone that was set right.
    kept = [told.pop(candidate.claim, candidate) for candidate in old.candidates]
    candidates = (*kept, *told.values())
    chosen = new.candidates[new.chosen or 0].claim
    return replace(
        new,
        published=published,
        updated=max(old.updated, published),
        candidates=candidates,
        chosen=next(number for number, candidate in enumerate(candidates) if candidate.claim == chosen),
        upgrade=Upgrade(at=now, before=old.published),
        later=old.later,
        hold_until=None,
    )


def _closer(old: Dates, new: Dates) -> Dates:
    """Return ``old`` with its interval cut by the label that the item carries now (rule 4)."""
    label = None if old.chosen is None else old.candidates[old.chosen]
    if label is None or label.reading is None or not is_label(label.reading):
        return old
    for candidate in new.candidates:
        reading = candidate.reading
        if reading and is_label(reading) and candidate.claim.origin is label.claim.origin:
            interval = replace(
                reading, earliest=old.earliest or reading.earliest, latest=old.latest or reading.latest
            )
            cut = _cut(interval, reading.earliest, reading.latest)
            return replace(old, earliest=cut.earliest, latest=cut.latest)
    return old


def _recorded(old: Dates, new: Dates, now: datetime) -> tuple[Later, ...]:
    """Return an item's later dates with those of ``new`` that it never had. Labels age, and do not count."""
    known = {candidate.claim for candidate in old.candidates} | {later.candidate.claim for later in old.later}
    fresh = (
        Later(at=now, candidate=candidate)
        for candidate in new.candidates
        if candidate.claim not in known
        and candidate.claim.origin not in _OF_CHANGE
        and not (candidate.reading and candidate.reading.relative)
    )
    return (*old.later, *fresh)[-MOST_LATER:]


def _sorted(flags: set[Flag]) -> tuple[Flag, ...]:
    return tuple(flag for flag in Flag if flag in flags)
