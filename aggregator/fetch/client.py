"""The client: many transfers at once, in one thread of its own.

libcurl's multi interface does the work; this thread only waits for its sockets (epoll) and
hands finished transfers over. A place is taken when a transfer starts and given back when its
outcome has been consumed, so that however slow the consumer is, only so many documents are held.
"""

from __future__ import annotations

import logging
import os
import queue
import selectors
import threading
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pycurl

from aggregator.fetch.limits import HostQueue
from aggregator.fetch.transfer import Transfer
from aggregator.model.fetch import Failed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from aggregator.fetch.limits import Limits
    from aggregator.model.fetch import Outcome, Request
    from aggregator.ports import Clock

log = logging.getLogger(__name__)

PLACES = 64  # transfers under way or finished and not yet consumed
EVENTS = {
    pycurl.POLL_IN: selectors.EVENT_READ,
    pycurl.POLL_OUT: selectors.EVENT_WRITE,
    pycurl.POLL_INOUT: selectors.EVENT_READ | selectors.EVENT_WRITE,
}


class _Waiting:
    """One call of ``fetch``: where its outcomes go; None stands for one that was cut off."""

    def __init__(self) -> None:
        self._outcomes: queue.SimpleQueue[tuple[Request, Outcome] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._abandoned = False

    def put(self, outcome: tuple[Request, Outcome] | None) -> bool:
        """Hand an outcome over; return whether anybody still waits for it."""
        with self._lock:
            if not self._abandoned:
                self._outcomes.put(outcome)
            return not self._abandoned

    def abandon(self) -> int:
        """Wait no longer; return how many outcomes were there and not consumed."""
        with self._lock:
            self._abandoned = True
            return self._outcomes.qsize()

    def ready(self) -> list[tuple[Request, Outcome] | None]:
        """Return what is there, at least one."""
        found = [self._outcomes.get()]
        with suppress(queue.Empty):
            while True:
                found.append(self._outcomes.get_nowait())
        return found


class _Shared:
    """What the askers' threads and the fetching thread share."""

    def __init__(self, limits: Limits, clock: Clock) -> None:
        self.limits = limits
        self.clock = clock
        self.inbox: deque[tuple[Transfer, _Waiting]] = deque()
        self.places = threading.Semaphore(PLACES)
        self.closed = False
        self.bell, self._rope = os.pipe()
        os.set_blocking(self.bell, False)
        os.set_blocking(self._rope, False)

    def ring(self) -> None:
        """Wake the fetching thread."""
        with suppress(OSError):  # a full pipe wakes it too; a closed one needs no waking
            os.write(self._rope, b".")

    def give_back(self, places: int) -> None:
        """Free the places of consumed outcomes."""
        if places:
            self.places.release(places)
        self.ring()

    def close(self) -> None:
        """Free the pipe."""
        os.close(self.bell)
        os.close(self._rope)


class CurlFetcher:
    """The ``Fetcher`` port. Thread-safe; its thread starts with the first request."""

    def __init__(self, limits: Limits, clock: Clock) -> None:
        self._shared = _Shared(limits, clock)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def fetch(self, requests: Iterable[Request]) -> Iterator[list[tuple[Request, Outcome]]]:
        """Yield every request with its outcome, in the order they finish, those ready together in one list.

        Never raises for what a server does: that is a ``Failed``. Requests that ``close`` cuts
        off have no outcome: they are as if never asked.
        """
        waiting, shared = _Waiting(), self._shared
        transfers = [Transfer(request, shared.limits) for request in requests]
        with self._lock:
            if shared.closed:
                return
            shared.inbox.extend((transfer, waiting) for transfer in transfers)
            if self._thread is None:
                self._thread = threading.Thread(target=_Loop(shared).run, name="fetch", daemon=True)
                self._thread.start()
        shared.ring()
        left = len(transfers)
        try:
            while left:
                batch = waiting.ready()
                left -= len(batch)
                try:
                    if finished := [done for done in batch if done]:
                        yield finished
                finally:
                    shared.give_back(len(batch))
        finally:
            if left:  # the consumer gave up, or was interrupted: it must not wait for slow servers
                shared.give_back(waiting.abandon())

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


class _Loop:
    """What the fetching thread does; only that thread touches it."""

    def __init__(self, shared: _Shared) -> None:
        self._shared = shared
        self._queue: HostQueue[tuple[Transfer, _Waiting]] = HostQueue(shared.limits.per_host)
        self._running: dict[Any, tuple[Transfer, _Waiting]] = {}
        self._spare: list[Any] = []
        self._timeout: float | None = None
        self._selector = selectors.DefaultSelector()
        self._selector.register(shared.bell, selectors.EVENT_READ)
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._watch)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._set_timer)
        self._multi.setopt(pycurl.M_MAXCONNECTS, PLACES)

    def run(self) -> None:
        """Serve until the client is closed."""
        try:
            while not self._shared.closed:
                self._take_in()
                self._start()
                self._act(self._selector.select(self._timeout))
                self._collect()
        finally:
            self._shared.closed = True
            self._end()

    def _act(self, events: list[tuple[selectors.SelectorKey, int]]) -> None:
        if not events:
            self._multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)
        for key, mask in events:
            if key.fd == self._shared.bell:
                os.read(key.fd, 4096)
            else:
                reads = pycurl.CSELECT_IN if mask & selectors.EVENT_READ else 0
                writes = pycurl.CSELECT_OUT if mask & selectors.EVENT_WRITE else 0
                self._multi.socket_action(key.fd, reads | writes)

    def _watch(self, what: int, fd: int, _multi: Any, _data: Any) -> None:
        if what == pycurl.POLL_REMOVE:
            with suppress(KeyError, ValueError):
                self._selector.unregister(fd)
            return
        try:
            self._selector.modify(fd, EVENTS[what])
        except KeyError:
            self._selector.register(fd, EVENTS[what])

    def _set_timer(self, milliseconds: int) -> None:
        self._timeout = None if milliseconds < 0 else milliseconds / 1000

    def _take_in(self) -> None:
        while self._shared.inbox:
            transfer, waiting = self._shared.inbox.popleft()
            self._queue.push(transfer.host, (transfer, waiting))

    def _start(self) -> None:
        while self._shared.places.acquire(blocking=False):
            job = self._queue.pop()
            if job is None:
                self._shared.places.release()
                return
            self._add(*job)

    def _add(self, transfer: Transfer, waiting: _Waiting) -> None:
        handle = self._spare.pop() if self._spare else pycurl.Curl()
        try:
            transfer.fill(handle, now=self._shared.clock())
        except (pycurl.error, UnicodeError, ValueError) as error:
            handle.close()
            self._deliver(
                transfer, waiting, Failed(error=f"not a usable address: {error}", at=self._shared.clock())
            )
            return
        self._running[handle] = (transfer, waiting)
        self._multi.add_handle(handle)

    def _collect(self) -> None:
        more = 1
        while more:
            more, succeeded, failed = self._multi.info_read()
            for handle in succeeded:
                self._finish(handle, None)
            for handle, code, message in failed:
                self._finish(handle, (code, message))

    def _finish(self, handle: Any, error: tuple[int, str] | None) -> None:
        transfer, waiting = self._running.pop(handle)
        now = self._shared.clock()
        transfer.seconds += handle.getinfo(pycurl.TOTAL_TIME)
        try:
            outcome = transfer.result(handle, error, now=now)
        except Exception as bug:
            # Of ours, and loud; but this thread serves every source, and must not end for one.
            log.exception("a bug in the aggregator, set off by %s: please report it", transfer.host)
            why = f"the aggregator itself failed on this answer ({type(bug).__name__})"
            outcome = Failed(error=why, at=now, seconds=transfer.seconds)
        self._multi.remove_handle(handle)
        handle.reset()
        self._spare.append(handle)
        if outcome is None:
            self._add(transfer, waiting)
        else:
            self._deliver(transfer, waiting, outcome)

    def _deliver(self, transfer: Transfer, waiting: _Waiting, outcome: Outcome) -> None:
        self._queue.done(transfer.host)
        if not waiting.put((transfer.request, outcome)):
            self._shared.places.release()

    def _end(self) -> None:
        self._take_in()
        for handle in self._running:
            self._multi.remove_handle(handle)
            handle.close()
        for _transfer, waiting in [*self._running.values(), *self._queue.drain()]:
            waiting.put(None)
        for handle in self._spare:
            handle.close()
        self._multi.close()
        self._selector.close()
        self._shared.close()
