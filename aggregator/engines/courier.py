"""Send what is owed to partners' webhooks, as soon as there is something, in a thread of its own.

What is owed is the store's to say, so that a restart or a second process costs nothing. Here it is only known
who has how much under way: a partner that is slow, or does not answer, delays nobody else.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from aggregator.errors import StoreError
from aggregator.model.fetch import Failed
from aggregator.model.partner import Hook, Use
from aggregator.pipeline.deliver import judge, letters, wants_no_more
from aggregator.rules.retries import GIVE_UP, next_probe

if TYPE_CHECKING:
    from concurrent.futures import Future

    from aggregator.app import App
    from aggregator.model.fetch import Reception
    from aggregator.model.partner import Attempt, Delivery, Partner, PartnerId

AT_ONCE = 4  #: deliveries under way to one partner, once it has taken one; before that it gets one at a time
LEASE = timedelta(minutes=1)  #: what was claimed and never concluded is due again after it
LULL = 15.0  # seconds after which it is looked again: another process may have written something
LONGEST_PASS = 60.0  # seconds after which what is due is left to the next pass
AFTER_FAILURE = 5.0  # seconds until the database is asked again
NEVER = datetime.max.replace(tzinfo=UTC)
GONE = (
    "partner %s: its webhook has said that it is gone (status 410), and gets nothing any more; "
    "correct partners.%s.webhook.url, or let it go on with: aggregator partners test %s"
)
log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class _Line:
    """How things stand with a partner."""

    partner: Partner
    under_way: int = 0
    works: bool = False  #: the last attempt did
    stopped: bool = False  #: it wants no more
    told_of: bool = False  #: what was found to be wrong with it at the start
    failing_at: datetime | None = None
    quiet_until: datetime | None = None  #: as long as it is failing
    asked_until: datetime | None = None  #: it said when to come again
    next_at: datetime | None = None  #: when something is due; None: that is to be looked up

    def send_at(self, now: datetime) -> datetime:
        """Return when it may be sent something, as far as is known."""
        return max(at for at in (now, self.next_at, self.quiet_until, self.asked_until) if at)

    @property
    def free(self) -> int:
        """How many more may be under way."""
        return (AT_ONCE if self.works else 1) - self.under_way


class _Ended(NamedTuple):
    """Something that was sent, with what came of it."""

    delivery: Delivery
    future: Future[Reception]


class Courier:
    """Sends what is owed. ``start`` and ``stop``, or ``send_due`` alone."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._office = app.office
        self._lines = {name: _Line(partner=partner) for name, partner in self._office.partners.items()}
        self._events: queue.SimpleQueue[_Ended | None] = queue.SimpleQueue()  # None: look again
        self._look_at = 0.0  # by the monotonic clock: for what another process has written
        self._stopping = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to send, without blocking; does nothing where no partner has a webhook."""
        if self._lines:
            self._app.publisher.listeners.append(self.wake)
            self._thread = threading.Thread(target=self._run, name="courier", daemon=True)
            self._thread.start()

    def wake(self) -> None:
        """Look whether something is owed."""
        self._events.put(None)

    def stop(self) -> None:
        """Stop sending; return when nothing is under way any more. What is cut off is sent again later."""
        self._stopping = True
        self._app.sender.close()
        self.wake()
        if self._thread:
            self._thread.join()

    def send_due(self) -> None:
        """Send what is due now, once, and wait for the answers.

        Raises:
            StoreError: the database cannot be used; what was not concluded is sent again.
        """
        end = time.monotonic() + LONGEST_PASS
        self._look_again()
        while self._lines:
            if time.monotonic() < end:
                self._send(self._app.clock())
            if not any(line.under_way for line in self._lines.values()):
                return
            self._conclude(self._heard(LULL))

    def _run(self) -> None:
        wait = 0.0
        while not self._stopping:
            try:
                self._conclude(self._heard(wait))
                wait = self._send(self._app.clock())
            except StoreError as error:
                log.error("deliveries: %s; they stay due", error)  # noqa: TRY400 # its words say it all
                wait = AFTER_FAILURE
            except Exception:
                log.exception("deliveries: a bug in the aggregator: please report it")
                wait = LULL

    def _hear(self, delivery: Delivery, future: Future[Reception]) -> None:
        self._events.put(_Ended(delivery, future))

    def _heard(self, seconds: float) -> list[_Ended]:
        """Wait until something happens; return what ended."""
        found: list[_Ended | None] = []
        with suppress(queue.Empty):
            found.append(self._events.get(timeout=seconds))
            while True:
                found.append(self._events.get_nowait())
        if not all(found) or time.monotonic() >= self._look_at:
            self._look_again()
        ended = [each for each in found if each]
        for each in ended:
            line = self._lines[each.delivery.partner]
            line.under_way -= 1
            line.next_at = None
        return ended

    def _look_again(self) -> None:
        self._look_at = time.monotonic() + LULL
        for line in self._lines.values():
            line.next_at = None

    def _send(self, now: datetime) -> float:
        """Send what is due; return after how many seconds the next is."""
        hooks = self._office.store.hooks()
        open_lines = {name: line for name, line in self._lines.items() if self._is_open(line, hooks, now)}
        most = {
            name: line.free for name, line in open_lines.items() if line.free > 0 and line.send_at(now) <= now
        }
        due, next_at = self._office.store.owed(most, now=now, lease=LEASE) if most else ([], {})
        for name in most:
            open_lines[name].next_at = next_at.get(name, NEVER)
        sent = letters(due, now=now, office=self._office)
        for name in {each.partner for each in due} - {letter.delivery.partner for letter in sent}:
            open_lines[name].next_at = None  # what there was is none
        for delivery, post in sent:
            self._lines[delivery.partner].under_way += 1
            self._app.sender.post(post).add_done_callback(partial(self._hear, delivery))
        times = [line.send_at(now) for line in open_lines.values() if line.free > 0]
        return max(0.0, min([LULL, *((at - now).total_seconds() for at in times)]))

    def _is_open(self, line: _Line, hooks: dict[PartnerId, Hook], now: datetime) -> bool:
        """Tell whether anything may be sent to a partner."""
        hook, webhook = hooks.get(line.partner.id, Hook()), line.partner.webhook
        if hook.stopped_at and webhook and hook.stopped_url != webhook.url:
            self._office.store.resume(line.partner.id, now=now)
            hook = Hook()
        if line.failing_at and not hook.failing_at:  # somebody has tried it, and it works
            line.quiet_until = line.next_at = None
        line.failing_at, line.asked_until = hook.failing_at, hook.asked_until
        line.stopped = hook.stopped_at is not None
        if line.partner.has_expired(now):
            return False
        if not line.told_of:
            line.told_of = True
            _tell(line)
        return not line.stopped

    def _conclude(self, ended: list[_Ended]) -> None:
        """Note what came of what was sent."""
        attempts: list[Attempt] = []
        for delivery, future in ended:
            if future.cancelled():  # by our own end: it is sent again
                continue
            reception = future.result()
            attempts.append(judge(delivery, reception))
            self._judge(self._lines[delivery.partner], reception)
        if not attempts:
            return
        store, metrics = self._office.store, self._app.metrics
        lost = Counter(store.conclude(attempts, give_up=GIVE_UP))
        lost.update(each.delivery.partner for each in attempts if each.error and not each.again_at)
        taken = Counter(each.delivery.partner for each in attempts if not each.error)
        again = Counter(each.delivery.partner for each in attempts if each.again_at)
        for result, counts in (("delivered", taken), ("failed", lost), ("put_off", again)):
            for partner, count in counts.items():
                metrics.delivered(partner, result, count)
        for partner, count in lost.items():
            log.error(
                "partner %s: %d deliveries have failed for a day and are given up; once its webhook works: "
                "aggregator partners replay %s --since 2d",
                partner,
                count,
                partner,
            )
        store.use({partner: Use(items=count) for partner, count in taken.items()})

    def _judge(self, line: _Line, reception: Reception) -> None:
        """Take in what an attempt says of its partner."""
        name = line.partner.id
        if not isinstance(reception, Failed):
            if line.failing_at:
                log.info("partner %s: its webhook works again", name)
            line.works, line.failing_at, line.quiet_until = True, None, None
            return
        line.works, first = False, line.failing_at is None
        line.failing_at = line.failing_at or reception.at
        line.quiet_until = next_probe(name, reception, failing_at=line.failing_at)
        if wants_no_more(reception):
            if line.partner.webhook and not line.stopped:
                line.stopped = True
                self._office.store.stop(name, line.partner.webhook.url, at=self._app.clock())
                _tell(line)
        elif first:
            log.warning("partner %s: its webhook failed: %s; it is tried again", name, reception.error)


def _tell(line: _Line) -> None:
    """Say what is wrong with a webhook; nothing, if it works."""
    name = line.partner.id
    if line.stopped:
        log.error(GONE, name, name, name)
    elif line.failing_at:
        since = line.failing_at.isoformat(timespec="seconds")
        log.warning("partner %s: its webhook has taken nothing since %s; it is tried again", name, since)
