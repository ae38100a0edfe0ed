"""Find the sources that write a wrong time zone, by their own dates (docs/timestamps.md, rule 7).

Of an item that appears between two collects a few minutes apart we know when it was published, whatever its
date says. A date that is off by a whole number of hours, item after item, names its zone wrongly: seven
hours ahead is Jakarta's time written as UTC.

Dates ahead of our clock prove it, for nobody sees the future. Dates behind it only suggest it: a source may
just publish late. So those have to be much more alike, and to lead to a zone that is likely.

Pure. All instants are aware and in UTC.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, NamedTuple

from aggregator.model.item import Reading, ZoneOrigin
from aggregator.model.source import Future, Residual
from aggregator.rules.identity import digest
from aggregator.rules.timestamps import Mend, exact

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aggregator.model.item import Candidate
    from aggregator.model.source import Source

CLOSE = timedelta(minutes=17)  #: collects so near that the item is new: a pace of 15 minutes, and a late tick
LAST = 8  #: items that are looked at
ENOUGH = 5  #: of these, so many must agree on a date ahead of the clock; all of them on one behind it
AGAIN = 3  #: collects that the evidence must come from
NEAR = timedelta(minutes=20)  #: how far from a whole number of hours a date ahead may lie
LATE = timedelta(minutes=5)  #: how long after its publication an item may show where dates lie behind
SKEW = timedelta(minutes=1)  #: how far the clock of a source whose dates lie behind may be ahead of ours
FARTHEST = timedelta(hours=14)  #: no zone is farther from UTC, and no mislabelled one farther from the truth
HALF_HOUR = timedelta(minutes=30)
HOUR = timedelta(hours=1)

#: Offsets that clocks somewhere on Earth show, in half hours.
_CIVIL = frozenset({*range(-24, 29, 2), -19, -7, 7, 9, 11, 13, 19, 21})
#: Universal Time and Indonesia's zones: what a source that is behind the clock may have meant.
_LIKELY = {0: "UTC", 14: "Asia/Jakarta", 16: "Asia/Makassar", 18: "Asia/Jayapura"}
_MARGIN_LIKELY = 2 * HOUR  # nearer to the clock, lateness is the better explanation
_MARGIN_ANY = 4 * HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A source's dates are off by ``shift``; read at ``offset`` from UTC they would be right."""

    shift: timedelta  #: how far they are ahead of the truth; negative: behind
    offset: timedelta  #: of the zone that its clock times are really in
    zoneless: bool  #: its dates name no zone, so the configured one is wrong
    zone: str = ""  #: the name of the zone that is meant, where the configuration has it

    @property
    def written(self) -> timedelta:
        """The offset that the dates were read at."""
        return self.offset - self.shift

    @property
    def mend(self) -> Mend:
        """What ``zone_fix: auto`` undoes."""
        return Mend(shift=self.shift, offset=self.written, zoneless=self.zoneless)

    @property
    def sure(self) -> bool:
        """Whether it is proven. Behind the clock may also mean late."""
        return self.shift > timedelta(0)

    @property
    def remedy(self) -> str:
        """The line of YAML that mends it, to be written under the source's ``id``."""
        zone = _LIKELY.get(self.offset // HALF_HOUR)
        if self.zoneless and zone:
            return f"timezone: {zone}"
        return f"zone_fix: {self.zone}" if self.zone else f'zone_fix: "{spell(self.offset)}"'


def spell(offset: timedelta) -> str:
    """Return an offset from UTC as ``+07:00``."""
    minutes = abs(offset) // timedelta(minutes=1)
    return f"{'-' if offset < timedelta(0) else '+'}{minutes // 60:02}:{minutes % 60:02}"


def advice(verdict: Verdict, source: Source) -> str:
    """Return what is wrong with a source's dates and what to do about it, as a sentence for the operator."""
    hours = spell_hours(verdict.shift)
    written = (
        f"were read in {source.zone_fix}, as zone_fix says"
        if source.zone_fix
        else f"name no zone and were read in {source.timezone}"
        if verdict.zoneless
        else f"are marked {spell(verdict.written)}"
    )
    remedy = f"write `{verdict.remedy}` under `id: {source.id}`"
    if not verdict.sure:
        return (
            f"its dates lie {hours} behind the moment at which its items appear; they {written}. Either it "
            f"publishes that late, or its clock is that of {spell(verdict.offset)}: then {remedy}"
        )
    wrong = (
        f"its dates run {hours} ahead of the clock; they {written}, and are really those of "
        f"{spell(verdict.offset)}"
    )
    if source.learn_zone:
        return f"{wrong}. New items are mended (zone_fix: auto); to mend it for good, {remedy}"
    return f"{wrong}: {remedy}, or `zone_fix: auto`"


def spell_hours(span: timedelta) -> str:
    """Return how long ``span`` is, either way, as ``7 h`` or ``5 h 30 min``."""
    hours, minutes = divmod(abs(span) // timedelta(minutes=1), 60)
    return " ".join(f"{count} {unit}" for count, unit in ((hours, "h"), (minutes, "min")) if count)


def mark(source: Source) -> str:
    """Return a mark of how a source's dates are read: a new one makes earlier residuals void."""
    return digest(source.url, str(source.timezone), repr(sorted(source.zones.items())), str(source.zone_fix))[
        :8
    ]


def read_in(reading: Reading, zone: tzinfo) -> Reading:
    """Return ``reading`` with its clock time taken as one in ``zone``, whatever it named (``zone_fix``)."""
    if reading.offset is None or reading.relative:
        return reading
    try:
        local = (reading.earliest + reading.offset).replace(tzinfo=None)
        offset = local.replace(tzinfo=zone).utcoffset() or timedelta(0)
        earliest = local.replace(tzinfo=UTC) - offset
        latest = earliest + (reading.latest - reading.earliest)
    except OverflowError:  # the year 1, or 9999: no date either way
        return reading
    return replace(
        reading,
        earliest=earliest,
        latest=latest,
        zone=ZoneOrigin.SOURCE,
        offset=offset,
    )


def observe(
    candidates: Sequence[Candidate], source: Source, *, first_seen: datetime, absent_at: datetime | None
) -> Residual | None:
    """Return how a new item's date compares with our clock; None: it was not watched closely, or has none."""
    reading = exact(candidates)
    if reading is None or reading.offset is None or absent_at is None:
        return None
    if source.future is Future.HOLD and reading.earliest > first_seen:
        return None  # such a source dates ahead on purpose
    gap = first_seen - absent_at
    if gap > CLOSE and not absent_at <= reading.earliest <= first_seen:
        return None  # of a long gap only a date inside it tells anything: it is right
    return Residual(
        dated=reading.earliest,
        seen_at=first_seen,
        gap=gap,
        offset=reading.offset,
        zoneless=reading.zone is ZoneOrigin.SOURCE and source.zone_fix is None,
        mark=mark(source),
    )


def remember(old: Sequence[Residual], new: Iterable[Residual]) -> tuple[Residual, ...]:
    """Return the residuals to keep, the oldest first; of several with one date, the first."""
    kept = list(old)
    for residual in new:
        # What is put out together under one date (tomorrow's paper, say) is one piece of evidence.
        if all(residual.dated != other.dated for other in kept):
            kept.append(residual)
    return tuple(kept[-LAST:])


def verdict(residuals: Sequence[Residual], source: Source) -> Verdict | None:
    """Return what is wrong with the zone of a source's dates; None: nothing, or not enough to say so."""
    current = mark(source)
    last = [residual for residual in residuals if residual.mark == current][-LAST:]
    found = _ahead(last) or _behind(last)
    if found is None:
        return None
    own = last[-1].seen_at.astimezone(source.timezone).utcoffset()
    return replace(found, zone=str(source.timezone)) if own == found.offset else found


def _ahead(last: Sequence[Residual]) -> Verdict | None:
    """Return the whole hours, else the half, that most dates are ahead by."""
    counts: Counter[timedelta] = Counter()
    for residual in last:
        first = (residual.ahead - NEAR) // HALF_HOUR
        for number in range(first, first + 3):
            shift = number * HALF_HOUR
            if abs(residual.ahead - shift) <= NEAR and timedelta(0) < shift <= FARTHEST:
                counts[shift] += 1
    found = [_Found.of(shift, last) for shift, count in counts.items() if count >= ENOUGH]
    for one in sorted(found):
        meant = None if one.early and one.half else _meant(one.agreeing, one.shift)
        if meant and meant.offset // HALF_HOUR in _CIVIL:
            return meant
    return None


class _Found(NamedTuple):
    """A shift that enough dates agree on; sorts by how well it explains them, the best first."""

    early: int  # dates that it would make come after their item was seen, which cannot be
    half: bool  # not a whole number of hours
    fewer: int  # how many do not agree
    shift: timedelta
    agreeing: tuple[Residual, ...]

    @classmethod
    def of(cls, shift: timedelta, last: Sequence[Residual]) -> _Found:
        agreeing = tuple(residual for residual in last if abs(residual.ahead - shift) <= NEAR)
        early = sum(residual.ahead > shift + LATE for residual in agreeing)
        return cls(early, bool(shift % HOUR), len(last) - len(agreeing), shift, agreeing)


def _behind(last: Sequence[Residual]) -> Verdict | None:
    """Return the whole or half hours that every date is behind by, where that leads to a likely zone."""
    if len(last) < LAST:
        return None
    newest = last[-1].ahead
    for number in (newest // HALF_HOUR, newest // HALF_HOUR + 1):
        shift = number * HALF_HOUR
        if not -FARTHEST <= shift < timedelta(0):
            continue
        if all(-residual.gap - LATE <= residual.ahead - shift <= SKEW for residual in last):
            meant = _meant(last, shift)
            if meant and _believable(meant):
                return meant
    return None


def _believable(meant: Verdict) -> bool:
    number, margin = meant.offset // HALF_HOUR, -meant.shift
    if number not in _CIVIL:
        return False
    if meant.zoneless:  # the zone is our guess, so it may be any; Indonesia's are easily confused
        return margin >= _MARGIN_ANY or (number in _LIKELY and (number > 0 or margin >= _MARGIN_LIKELY))
    return number in _LIKELY and margin >= _MARGIN_LIKELY


def _meant(agreeing: Sequence[Residual], shift: timedelta) -> Verdict | None:
    """Return what dates that are all off by ``shift`` mean; None where they were read in several zones."""
    [((offset, zoneless), count)] = Counter((each.offset, each.zoneless) for each in agreeing).most_common(1)
    collects = {each.seen_at for each in agreeing}
    if count < ENOUGH or len(collects) < AGAIN or (offset + shift) % HALF_HOUR:
        return None
    return Verdict(shift=shift, offset=offset + shift, zoneless=zoneless)
