"""The client: many transfers at once, in one thread of its own (``fetch.loop``).

Those who ask only wait here, and decode what came: a large document holds up nobody but its asker.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from typing import TYPE_CHECKING

from aggregator.errors import FetchError
from aggregator.fetch.dispatch import Dispatch, Sending
from aggregator.fetch.loop import BUG, FAILED, Loop, Shared, Waiting
from aggregator.fetch.transfer import Transfer
from aggregator.model.fetch import Failed, Fetched

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from concurrent.futures import Future

    from aggregator.fetch.limits import Limits
    from aggregator.model.fetch import Outcome, Post, Reception, Request
    from aggregator.ports import Clock

log = logging.getLogger(__name__)

BATCH_BYTES = 1_000_000  # decoded, that are handed over together


class CurlFetcher:
    """The ``Fetcher`` port. Thread-safe; its thread starts with the first request."""

    def __init__(self, limits: Limits, clock: Clock) -> None:
        self._limits = limits
        self._clock = clock
        self._shared = Shared()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def fetch(self, requests: Iterable[Request]) -> Iterator[list[tuple[Request, Outcome]]]:
        """Yield every request with its outcome, in the order they finish, those ready together in one list.

        An empty list comes now and then while there is nothing. Never raises for what a server does: that
        is a ``Failed``. Requests that ``close`` cuts off have no outcome: they are as if never asked.
        """
        unusable: list[tuple[Request, Outcome]] = []
        transfers = []
        for request in requests:
            try:
                transfers.append(Transfer(request))
            except FetchError as error:
                unusable.append((request, Failed(error=str(error), at=self._clock())))
        if not self._hand_in(transfers, waiting := Waiting()):
            return
        ready: deque[Transfer | None] = deque()
        left = len(transfers)
        try:
            if unusable:
                yield unusable
            while left:
                if not ready:
                    ready.extend(waiting.ready())
                    if not ready:
                        yield []
                        continue
                taken, batch = self._conclude(ready)
                left -= len(taken)
                try:
                    if batch:
                        yield batch
                finally:
                    self._shared.give_back(taken)
                    taken, batch = [], []  # or they would be kept while the next ones are decoded
        finally:
            if left:  # the consumer gave up, or was interrupted: it must not wait for slow servers
                self._shared.give_back([*ready, *waiting.abandon()])

    def post(self, post: Post) -> Future[Reception]:
        """Begin to hand something in; no redirect is followed. Takes 15 seconds at most, once it begins.

        Whatever a server does is a result, and never an exception. What ``close`` cuts off is cancelled: it
        may have been taken. The future's callbacks must be brief, they run in the thread of all transfers.
        """
        sending = Sending()
        try:
            dispatch = Dispatch(post)
        except FetchError as error:
            sending.future.set_result(Failed(error=str(error), at=self._clock()))
        else:
            if not self._hand_in([dispatch], sending):
                sending.future.cancel()
        return sending.future

    def _hand_in(self, transfers: Sequence[Transfer], waiting: Waiting) -> bool:
        """Give the transfers to the thread; return whether it still works."""
        with self._lock:
            if self._shared.closed:
                return False
            self._shared.inbox.append((transfers, waiting))
            if self._thread is None:
                loop = Loop(self._limits, self._clock, self._shared)
                self._thread = threading.Thread(target=loop.run, name="fetch", daemon=True)
                self._thread.start()
        self._shared.ring()
        return True

    def _conclude(
        self, ready: deque[Transfer | None]
    ) -> tuple[list[Transfer | None], list[tuple[Request, Outcome]]]:
        """Take from ``ready`` as many as may be decoded at once; return them, and what they mean."""
        taken: list[Transfer | None] = []
        batch: list[tuple[Request, Outcome]] = []
        size = 0
        while ready and size < BATCH_BYTES:
            transfer = ready.popleft()
            taken.append(transfer)
            if transfer:
                outcome = self._outcome(transfer)
                batch.append((transfer.request, outcome))
                size += len(outcome.body) if isinstance(outcome, Fetched) else 0
        return taken, batch

    def _outcome(self, transfer: Transfer) -> Outcome:
        try:
            return transfer.outcome(self._limits.max_bytes)
        except Exception as bug:
            # Of ours, and loud; but it must not cost the other sources theirs.
            log.exception(BUG, transfer.address.host)
            why = f"{FAILED} ({type(bug).__name__})"
            return Failed(error=why, at=self._clock(), seconds=transfer.seconds)

    def close(self) -> None:
        """Abort what is under way and free the sockets. Idempotent."""
        with self._lock:
            already, self._shared.closed = self._shared.closed, True
            thread = self._thread
        if already:
            return
        if thread is None:
            self._shared.close()
        else:
            self._shared.ring()
            thread.join(timeout=5)
