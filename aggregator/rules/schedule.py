"""Say when a source is asked next."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from aggregator.model.fetch import Failed

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.model.fetch import Outcome
    from aggregator.model.source import Source

LONGEST = timedelta(days=1)  # whatever happened, we look again within a day
NOMINAL = timedelta(minutes=15)  # what the failures of a source on a cron are counted in
#: A tick that comes a little early (timers drift) still finds the source due.
LEEWAY = timedelta(seconds=1)


def next_fetch(source: Source, outcome: Outcome, *, failures: int, now: datetime) -> datetime:
    """Return when ``source`` is next due: at its own pace, or backing off after failures.

    ``now`` is when the pass began, so that a slow answer does not slow the pace down.
    ``failures`` counts those in a row, this one included. A source on a cron is due at once:
    its category's cron decides.
    """
    if not isinstance(outcome, Failed):
        return now + max(source.every - LEEWAY, source.every * 0.9) if source.every else now
    pace = source.every or NOMINAL
    wait = pace * (1 << min(failures - 1, 10))
    return now + max(min(max(wait, outcome.retry_after or pace), LONGEST), pace - LEEWAY)
