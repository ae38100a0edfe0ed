"""Say when a delivery that a partner did not take is tried again, and when there is no more sense in it.

Each wait is twice as long as the one before, from five seconds to an hour, and a little shorter than that by
lot, so that what failed together does not come again together. A server that says when to come again
(RFC 9110, 10.2.3) is heeded.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from aggregator.rules.schedule import JITTER, lot

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.model.fetch import Failed
    from aggregator.model.partner import Delivery

FIRST, LONGEST = timedelta(seconds=5), timedelta(hours=1)
GIVE_UP = timedelta(days=1)  #: after the first attempt


def next_attempt(delivery: Delivery, failed: Failed) -> datetime | None:
    """Return when ``delivery`` is tried again; None: never, it has failed."""
    if failed.at - delivery.tried_at >= GIVE_UP:
        return None
    wait = min(FIRST * (1 << min(delivery.attempts - 1, 10)), LONGEST)
    wait *= 1 - JITTER * lot(f"{delivery.id} {delivery.attempts}")
    return failed.at + max(wait, failed.retry_after or wait)


def next_probe(partner: str, failed: Failed, *, failing_at: datetime) -> datetime:
    """Return when anything is sent again to a partner of whom ``failed`` is the last that was heard.

    It waits for as long as the partner has been failing: that doubles, too. ``failing_at`` is since when.
    """
    wait = min(max(failed.at - failing_at, FIRST), LONGEST)
    wait *= 1 - JITTER * lot(f"{partner} {failed.at.timestamp():.0f}")
    return failed.at + max(wait, failed.retry_after or wait)
