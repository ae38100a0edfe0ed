"""The engine inside the service's own process: APScheduler and a few threads.

It only ticks. What is due is the store's to say (``next_at`` of each source), so a missed
tick, a restart or a second tick on top of a slow one costs nothing.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING
from zlib import crc32

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.combining import OrTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from aggregator.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from aggregator.app import App
    from aggregator.model.source import Category, CategoryId

#: A category ticks at its pace, and this often at least: what backs off or was asked to
#: wait comes due at its own time (docs/decisions/0003-ticks.md).
LONGEST_TICK = timedelta(minutes=1)
APART = timedelta(seconds=1)  #: the categories' ticks, so that no two begin together
LATE = 30  #: seconds that a tick on a cron may be late, so that not all the world asks on the full minute
TICKS_AT_ONCE = 16
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
log = logging.getLogger(__name__)


class InProcess:
    """The ``Engine`` port: a tick for each category, and one a day to tidy."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._stopping = False
        # Its own log repeats ours at best, and calls a tick on top of a slow one an anomaly.
        logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
        self._scheduler = BackgroundScheduler(
            timezone=app.settings.timezone,
            executors={"default": ThreadPoolExecutor(TICKS_AT_ONCE)},
            job_defaults={"coalesce": True, "max_instances": 4, "misfire_grace_time": None},
        )

    def start(self) -> None:
        """Begin ticking, without blocking; every category ticks once at the start."""
        now = self._app.clock()
        categories = self._app.settings.categories
        for number, category in enumerate(categories):
            trigger = _trigger(category, self._app.settings.timezone)
            apart = min(APART, LONGEST_TICK / len(categories)) * number
            first = {"next_run_time": now + apart} if _at_start(category, self._app) else {}
            self._scheduler.add_job(self._tick, trigger, args=[category.id], id=category.id, **first)
        self._scheduler.add_job(
            self._tidy, IntervalTrigger(days=1), id="tidy", next_run_time=now + LONGEST_TICK
        )
        self._scheduler.start()

    def stop(self) -> None:
        """Stop ticking; return when no pass runs any more."""
        self._stopping = True
        self._app.fetcher.close()  # so that no tick waits for a slow source,
        self._app.reader.close()  # or for a large document
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)

    def _tick(self, category: CategoryId) -> None:
        if self._stopping:
            return
        try:
            self._app.tick(category)
        except StoreError as error:
            log.error("category %s: %s; its sources stay due", category, error)  # noqa: TRY400 # its words say it all
        except Exception:
            log.exception("category %s: a bug in the aggregator: please report it", category)

    def _tidy(self) -> None:
        if self._stopping:
            return
        try:
            self._app.tidy()
        except StoreError as error:
            log.error("tidy: %s", error)  # noqa: TRY400 # likewise
        except Exception:
            log.exception("tidy: a bug in the aggregator: please report it")


class Late(BaseTrigger):  # type: ignore[misc] # theirs has no types
    """Fires as another trigger does, each time a little later."""

    def __init__(self, trigger: BaseTrigger, by: timedelta) -> None:
        self._trigger, self._by = trigger, by

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """Return when it fires next; None: never again."""
        before = previous_fire_time and previous_fire_time - self._by
        due: datetime | None = self._trigger.get_next_fire_time(before, now - self._by)
        return due and due + self._by


def _at_start(category: Category, app: App) -> bool:
    """Tell whether ``category`` ticks at the start: on a cron only when it has nothing yet."""
    return not category.cron or app.never_collected(category.sources)


def _trigger(category: Category, timezone: ZoneInfo) -> BaseTrigger:
    if category.cron:
        late = timedelta(seconds=crc32(category.id.encode()) % LATE)
        return Late(cron_trigger(category.cron, timezone), late)
    paces = [source.every for source in category.sources if source.every]
    return IntervalTrigger(seconds=min([*paces, LONGEST_TICK]).total_seconds())


def cron_trigger(cron: str, timezone: ZoneInfo) -> BaseTrigger:
    """Return the trigger of a five-field cron expression, read as cron(5) and crontab(5) read it.

    APScheduler counts weekdays from Monday, wants day of month *and* weekday to match, and refuses
    a step wider than its range; cron counts from Sunday (0 and 7), where both are given either will
    do, and such a step means the range's first value. So every field is written out for it.
    """
    minute, hour, day, month, weekday = cron.lower().split()
    fields = {
        "minute": _spelled(_values(minute, 0, 59)),
        "hour": _spelled(_values(hour, 0, 23)),
        "month": _spelled(_values(month, 1, 12)),
        "timezone": timezone,
    }
    days = _spelled(_values(day, 1, 31))
    weekdays = _spelled({WEEKDAYS[value % 7] for value in _values(weekday, 0, 6)})
    if day.startswith("*") or weekday.startswith("*"):
        return CronTrigger(day=days, day_of_week=weekdays, **fields)
    return OrTrigger([CronTrigger(day=days, **fields), CronTrigger(day_of_week=weekdays, **fields)])


def _values(field: str, least: int, most: int) -> set[int]:
    """Return all that a cron field stands for; ``settings.cron`` has checked it."""
    values: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        start = least if first == "*" else _number(first)
        end = most if first == "*" else _number(last or first)
        end += 7 if end < start else 0  # sat-sun
        values.update(range(start, end + 1, int(step or 1)))
    return values


def _number(text: str) -> int:
    if text.isdecimal():
        return int(text)
    return WEEKDAYS.index(text) if text in WEEKDAYS else MONTHS.index(text) + 1


def _spelled(values: Iterable[int | str]) -> str:
    return ",".join(sorted(map(str, values)))
