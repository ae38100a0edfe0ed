"""Say when a source is asked next.

Three have a say. The operator: never sooner than ``every``, and no later than ``every_max`` while the source
answers. The source's own rhythm (``rules.rhythm``): when, in between, news are likely. Its server: not before
what it sent is stale (RFC 9111, 5.3 and 5.2.2.1), not sooner than its document says (RSS ``ttl``,
``sy:updatePeriod``), not in hours and days at which the document says that nothing comes (RSS ``skipHours``,
``skipDays``). After a failure each wait is twice as long, up to a day.

Pure: nothing here is drawn by lot. What has to differ between sources follows from their ids.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING
from zlib import crc32

from aggregator.model.fetch import Failed
from aggregator.rules import audit, rhythm

if TYPE_CHECKING:
    from aggregator.model.fetch import Answer, Outcome
    from aggregator.model.item import Pace
    from aggregator.model.source import Source, SourceState

LONGEST = timedelta(days=1)  # whatever went wrong, we look again within a day
NOMINAL = timedelta(minutes=15)  # what the failures of a source on a cron are counted in
#: A tick that comes a little early (timers drift) still finds the source due.
LEEWAY = timedelta(seconds=1)
#: When a source is asked that is gone for good (410): only when it is asked for by name.
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
JITTER = 0.25  #: by so much at most a wait after failures is shorter than its full length
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
_ALL_HOURS, _ALL_DAYS = 24, 7


def next_fetch(
    source: Source, state: SourceState, outcome: Outcome, *, failures: int, now: datetime
) -> datetime:
    """Return when ``source`` is next due.

    A source on a cron is due at once after an answer: its category's cron decides.

    Args:
        source: as configured.
        state: what is known of it, this outcome's document included; ``next_at`` is when it was due.
        outcome: what came of asking.
        failures: those in a row, this one included.
        now: when the pass began, so that a slow answer does not slow the pace down.
    """
    if isinstance(outcome, Failed):
        return NEVER if is_gone(state, outcome) else _after_failure(source, outcome, failures, now)
    if source.every is None:
        return now
    return _after_answer(source, state, outcome, now=now, every=source.every)


def is_gone(state: SourceState, failed: Failed) -> bool:
    """Tell whether the source is gone for good (RFC 9110, 15.5.11), as its configured address says."""
    followed = state.move is not None and state.move.followed
    return failed.status == HTTPStatus.GONE and not followed


def _after_failure(source: Source, failed: Failed, failures: int, now: datetime) -> datetime:
    pace = source.every or NOMINAL
    wait = min(pace * (1 << min(failures - 1, 10)), LONGEST)
    wait *= 1 - JITTER * lot(f"{source.id} {failures} {now.timestamp():.0f}")
    asked = min(failed.retry_after or pace, LONGEST)
    return now + max(wait, asked, pace - LEEWAY)


def _after_answer(
    source: Source, state: SourceState, answer: Answer, *, now: datetime, every: timedelta
) -> datetime:
    least = max(every - LEEWAY, every * 0.9)
    most = max(least, (source.every_max or every) - LEEWAY)
    wait = least
    if most > least:
        if not _needs_watching(source, state):
            wait = rhythm.wait(state.rhythm, source, now=now, least=least, most=most)
        wait = _wished(state.pace, answer, now, wait, most)
    if _out_of_turn(state, every, now):
        wait += min(every, NOMINAL) * lot(source.id)
    return now + wait


def _needs_watching(source: Source, state: SourceState) -> bool:
    """Tell whether it shows only by asking often when the source's items appear (docs/decisions/0018)."""
    return source.learn_zone and len(state.residuals) < audit.LAST


def _wished(pace: Pace | None, answer: Answer, now: datetime, wait: timedelta, most: timedelta) -> timedelta:
    """Return the wait that the server's wishes make of it: no shorter one, none longer than ``most``."""
    if answer.fresh_for is not None:
        wait = max(wait, answer.fresh_for)
    if pace is None:
        return min(wait, most)
    if pace.every is not None:
        wait = max(wait, pace.every)
    wait = min(wait, most)
    return min(_unskipped(pace, now + wait) - now, most)


def _unskipped(pace: Pace, at: datetime) -> datetime:
    """Return ``at``, or the next full hour that is not to be skipped."""
    # A document that wants to be skipped at all times asks for nothing that can be done.
    hours = pace.skip_hours if len(pace.skip_hours) < _ALL_HOURS else frozenset()
    days = pace.skip_days if len(pace.skip_days) < _ALL_DAYS else frozenset()
    while at.weekday() in days or at.hour in hours:
        begun = at.replace(minute=0, second=0, microsecond=0)
        at = begun.replace(hour=0) + DAY if at.weekday() in days else begun + HOUR
    return at


def _out_of_turn(state: SourceState, every: timedelta, now: datetime) -> bool:
    """Tell whether the source was asked at no time of its own: the first time, by force, or much later.

    So were its neighbours, most likely. They would stay together from then on.
    """
    return state.next_at is None or not timedelta(0) <= now - state.next_at <= every


def lot(text: str) -> float:
    """Return a number from 0 to 1 that follows from ``text``, and looks as if it did not."""
    return crc32(text.encode("utf-8", "surrogatepass")) / 0x1_0000_0000
