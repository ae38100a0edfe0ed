"""Say why an item is dated as it is, in words for a person: on its page, and for ``aggregator why``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from aggregator.model.item import Precision, ZoneOrigin
from aggregator.rules.timestamps import PLAUSIBLE_FROM, PLAUSIBLE_UNTIL, disbelieved, is_label
from aggregator.web.moments import Moment, length, moment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from aggregator.model.item import Candidate, Dates, Item, Reading
    from aggregator.web.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Considered:
    """A date that was considered."""

    text: str  #: as the source wrote it
    origin: str  #: what kind of date that is
    meaning: str  #: the instant, day or span that it was read as
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Everything that there is to say about an item's date."""

    reason: str  #: one or more sentences
    considered: tuple[Considered, ...]
    notes: tuple[str, ...]  #: what happened since, a sentence each


@dataclass(frozen=True, slots=True, kw_only=True)
class Explainer:
    """Explains in one language and one zone, as seen at one instant."""

    words: Words
    zone: ZoneInfo
    now: datetime

    def explain(self, item: Item, *, source: str) -> Explanation:
        """Return why ``item``, a copy from the source that is called ``source``, has its dates."""
        dates = item.dates
        return Explanation(
            reason=" ".join((self._reason(dates, source), *(self.words.flags[flag] for flag in dates.flags))),
            considered=tuple(
                self._considered(candidate, chosen=number == dates.chosen and not disbelieved(dates))
                for number, candidate in enumerate(dates.candidates)
            ),
            notes=tuple(self._notes(item)),
        )

    def _reason(self, dates: Dates, source: str) -> str:
        words = self.words
        if dates.chosen is None:
            return words.why_none.format(source=source)
        claim = dates.candidates[dates.chosen].claim
        ahead = dates.earliest is not None and dates.earliest > max(
            dates.published, dates.hold_until or dates.published
        )
        reason = words.why_future if ahead else words.why_claim
        return reason.format(
            source=source,
            text=claim.text,
            origin=words.origins[claim.origin],
            zone=words.zones[dates.zone],
            precision=words.precisions[dates.precision],
        )

    def _considered(self, candidate: Candidate, *, chosen: bool) -> Considered:
        reading = candidate.reading
        return Considered(
            text=candidate.claim.text,
            origin=self.words.origins[candidate.claim.origin],
            meaning=self._meaning(reading),
            chosen=chosen,
        )

    def _meaning(self, reading: Reading | None) -> str:
        if reading is None or not PLAUSIBLE_FROM <= reading.earliest < PLAUSIBLE_UNTIL:
            return self.words.no_date  # the years 1 and 9999 are none in every zone
        if is_label(reading):
            return self._between(reading.earliest, reading.latest)
        if reading.precision is not Precision.DAY:
            return self._at(reading.earliest)
        middle = reading.earliest + (reading.latest - reading.earliest) / 2  # its zone may not be ours
        return self._moment(middle).date

    def _notes(self, item: Item) -> Iterator[str]:
        """Yield what is to be known besides, in the order in which it came to pass."""
        words, dates = self.words, item.dates
        yield words.first_seen.format(date=self._at(item.first_seen))
        chosen = None if dates.chosen is None else dates.candidates[dates.chosen].reading
        if chosen and dates.earliest and dates.latest:
            if dates.zone is ZoneOrigin.LEARNED and (shift := chosen.earliest - dates.earliest) > timedelta(
                0
            ):
                yield words.mended.format(hours=length(shift, words))
            if is_label(chosen) and (dates.earliest, dates.latest) != (chosen.earliest, chosen.latest):
                yield words.narrowed.format(between=self._between(dates.earliest, dates.latest))
        if dates.upgrade:
            yield words.upgraded.format(
                date=self._at(dates.upgrade.at), before=self._at(dates.upgrade.before)
            )
        for later in dates.later:
            yield words.later.format(date=self._at(later.at), text=later.candidate.claim.text)

    def _between(self, earliest: datetime, latest: datetime) -> str:
        """Return a span; its end without the day where that is the same, one instant where all is."""
        first, last = (self._moment(instant) for instant in (earliest, latest))
        if first.full == last.full:
            return first.full
        end = last.clock if first.date == last.date else last.full
        return self.words.between.format(earliest=first.full, latest=end)

    def _moment(self, instant: datetime) -> Moment:
        return moment(instant, now=self.now, zone=self.zone, words=self.words)

    def _at(self, instant: datetime) -> str:
        return self._moment(instant).full
