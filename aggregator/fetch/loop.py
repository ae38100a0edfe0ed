"""The fetching thread: libcurl's multi interface does the work, this only waits for its sockets.

A place is taken when a transfer starts and given back when its outcome has been consumed, and so is the
room for its body (``fetch.room``): however slow the consumer is, only so much is held.
"""

from __future__ import annotations

import logging
import os
import queue
import threading
import time
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pycurl

from aggregator.fetch import robots
from aggregator.fetch.robots import Robots
from aggregator.fetch.room import MOST_HELD, Room
from aggregator.fetch.sockets import READ, sockets
from aggregator.fetch.transfer import Transfer
from aggregator.fetch.turns import Turns
from aggregator.fetch.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aggregator.fetch.limits import Limits
    from aggregator.ports import Clock


log = logging.getLogger(__name__)

BUG = "a bug in the aggregator, set off by %s: please report it"
FAILED = "the aggregator itself failed on this answer"
KEPT = 256  # connections that are kept open, in case their server is asked again
LULL = 0.1  # seconds without an outcome, after which the asker may see to other things


class Waiting:
    """One call of ``fetch``: where its transfers go when they end; None stands for one that was cut off."""

    def __init__(self) -> None:
        self._ended: queue.SimpleQueue[Sequence[Transfer | None]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self.abandoned = False

    def put(self, ended: Sequence[Transfer | None]) -> bool:
        """Hand transfers over; return whether anybody still waits for them."""
        with self._lock:
            if not self.abandoned:
                self._ended.put(ended)
            return not self.abandoned

    def abandon(self) -> list[Transfer | None]:
        """Wait no longer; return what was there and not consumed."""
        with self._lock:
            self.abandoned = True
        return self._rest()

    def ready(self) -> list[Transfer | None]:
        """Return what is there; nothing, if nothing comes for a while."""
        with suppress(queue.Empty):
            return [*self._ended.get(timeout=LULL), *self._rest()]
        return []

    def _rest(self) -> list[Transfer | None]:
        found: list[Transfer | None] = []
        with suppress(queue.Empty):
            while True:
                found += self._ended.get_nowait()
        return found


class Shared:
    """What the askers' threads and the fetching thread share."""

    def __init__(self) -> None:
        self.inbox: deque[tuple[Sequence[Transfer], Waiting]] = deque()
        self.returned: deque[Sequence[Transfer | None]] = deque()
        self.closed = False
        self.starving = False  # the thread can do nothing more until something is given back
        self._lock = threading.Lock()  # nobody writes into what became another file meanwhile
        self.bell, self._rope = os.pipe()
        os.set_blocking(self.bell, False)
        os.set_blocking(self._rope, False)

    def ring(self) -> None:
        """Wake the fetching thread."""
        with self._lock, suppress(OSError):  # a full pipe wakes it too; a closed one needs no waking
            os.write(self._rope, b".")

    def give_back(self, consumed: Sequence[Transfer | None]) -> None:
        """Free the places and the room of consumed transfers."""
        self.returned.append(consumed)
        if self.starving:
            self.ring()

    def close(self) -> None:
        """Free the pipe."""
        with self._lock:
            os.close(self.bell)
            os.close(self._rope)
            self.bell = self._rope = -1


class Loop:
    """What the fetching thread does; only that thread touches it."""

    def __init__(self, limits: Limits, clock: Clock, shared: Shared) -> None:
        self._limits = limits
        self._clock = clock
        self._shared = shared
        self._turns: Turns[Transfer] = Turns(limits)
        self._robots = Robots(limits.user_agent)
        self._asking: dict[str, list[Transfer]] = {}  # by origin: who waits for its robots.txt
        self._askers: dict[Transfer, Waiting | None] = {}  # None: we ask, for a robots.txt
        self._ended: dict[Waiting, list[Transfer]] = {}
        self._places = limits.places
        self._room: Room[Wire] = Room(MOST_HELD)
        self._running: dict[Any, tuple[Wire, Transfer]] = {}  # by handle
        self._spare: list[Wire] = []
        self._alarm: float | None = None  # when libcurl wants to be called
        self._sockets = sockets()
        self._sockets.watch(shared.bell, READ)
        self._share = pycurl.CurlShare()
        self._share.setopt(pycurl.SH_SHARE, pycurl.LOCK_DATA_SSL_SESSION)
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._watch)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._set_alarm)
        self._multi.setopt(pycurl.M_MAXCONNECTS, KEPT)

    def run(self) -> None:
        """Serve until the client is closed."""
        try:
            while not self._shared.closed:
                self._take_in()
                self._hand_over()
                self._resume()
                self._start()
                self._act(self._sockets.ready(self._patience()))
                self._collect()
        finally:
            self._shared.closed = True
            self._end()

    def _patience(self) -> float | None:
        """Return for how many seconds there is nothing to do but to wait for sockets; None: no end."""
        self._shared.starving = not self._places or self._room.pausing()
        if self._ended or (self._shared.starving and self._shared.returned):  # from before anybody could know
            return 0.0
        times = [self._alarm, self._turns.wake_at() if self._places else None]
        soonest = min((at for at in times if at is not None), default=None)
        return None if soonest is None else max(0.0, soonest - time.monotonic())

    def _act(self, numbers: list[int]) -> None:
        for number in numbers:
            if number == self._shared.bell:
                os.read(number, 4096)
            else:
                self._multi.socket_action(number, 0)
        if self._alarm is not None and self._alarm <= time.monotonic():
            self._alarm = None
            self._multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)

    def _watch(self, what: int, number: int, _multi: Any, _data: Any) -> None:
        if what == pycurl.POLL_REMOVE:
            self._sockets.forget(number)
        else:
            self._sockets.watch(number, what)

    def _set_alarm(self, milliseconds: int) -> None:
        self._alarm = None if milliseconds < 0 else time.monotonic() + milliseconds / 1000

    def _take_in(self) -> None:
        while self._shared.returned:
            for transfer in self._shared.returned.popleft():
                if transfer:
                    self._free(transfer)
        while self._shared.inbox:
            transfers, waiting = self._shared.inbox.popleft()
            for transfer in transfers:
                self._askers[transfer] = waiting
                self._queue(transfer)

    def _resume(self) -> None:
        for wire in self._room.resume():
            wire.resume()

    def _free(self, transfer: Transfer) -> None:
        """Give back what a consumed transfer held."""
        self._places += transfer.placed
        transfer.placed = False
        self._room.give_back(transfer.drop())

    def _queue(self, transfer: Transfer, *, first: bool = False) -> None:
        """Let ``transfer`` wait for its turn; for the site's robots.txt before that, if it heeds it."""
        address = transfer.address
        if transfer.request.robots and self._askers[transfer]:
            why = self._robots.refusal(address, time.monotonic())
            if why is None:
                self._ask_robots(transfer)
                return
            if why:
                transfer.fail(why, self._clock())
                self._deliver(transfer)
                return
            self._turns.slow_down(address.host, self._robots.gap(address))
        self._turns.push(address.host, transfer, first=first)

    def _ask_robots(self, transfer: Transfer) -> None:
        origin = transfer.address.origin
        if origin in self._asking:
            self._asking[origin].append(transfer)
            return
        self._asking[origin] = [transfer]
        asked = Transfer(robots.question(transfer.address), partial=True)
        self._askers[asked] = None
        self._queue(asked, first=True)

    def _start(self) -> None:
        now = time.monotonic()
        while self._places:
            transfer = self._turns.pop(now)
            if transfer is None:
                return
            waiting = self._askers[transfer]
            if waiting and waiting.abandoned:  # nobody would read it
                self._turns.done(transfer.address.host)
                del self._askers[transfer]
            else:
                self._add(transfer)

    def _add(self, transfer: Transfer) -> None:
        self._places -= 1
        transfer.placed = True
        wire = self._spare.pop() if self._spare else Wire(self._limits, self._share, self._room)
        most = robots.MOST_BYTES if self._askers[transfer] is None else self._limits.max_bytes
        try:
            transfer.start(wire, self._limits, most=most)
        except (pycurl.error, UnicodeError):
            wire.close()
            self._turns.done(transfer.address.host)
            transfer.fail("not a usable address", self._clock())
            self._deliver(transfer)
            return
        self._running[wire.handle] = (wire, transfer)
        self._multi.add_handle(wire.handle)

    def _collect(self) -> None:
        more = 1
        while more:
            more, succeeded, failed = self._multi.info_read()
            for handle in succeeded:
                self._finish(handle, None)
            for handle, code, message in failed:
                self._finish(handle, (code, message))

    def _finish(self, handle: Any, error: tuple[int, str] | None) -> None:
        wire, transfer = self._running.pop(handle)
        host = transfer.address.host
        try:
            transfer.end(wire, error, self._clock())
            sent_on = transfer.sent_on()
        except Exception:
            # Of ours, and loud; but this thread serves every source, and must not end for one.
            log.exception(BUG, transfer.address.host)
            transfer.fail(FAILED, self._clock())
            sent_on = False
        self._room.end(wire, transfer.size)
        self._multi.remove_handle(handle)
        self._spare.append(wire)
        self._turns.done(host)
        if sent_on:
            self._free(transfer)
            self._queue(transfer, first=True)
            return
        if transfer.failed():
            self._room.give_back(transfer.drop())
        self._deliver(transfer)

    def _deliver(self, transfer: Transfer) -> None:
        """Give an ended transfer to whoever asked for it."""
        waiting = self._askers.pop(transfer)
        if waiting is None:
            self._learn(transfer)
        else:
            self._ended.setdefault(waiting, []).append(transfer)

    def _hand_over(self) -> None:
        """Give the ended transfers away, all that ended since the last time together."""
        while self._ended:
            waiting, ended = self._ended.popitem()
            if not waiting.put(ended):
                for transfer in ended:
                    self._free(transfer)

    def _learn(self, transfer: Transfer) -> None:
        """Take in a robots.txt, and let those go on who waited for it."""
        address = transfer.asked
        now = time.monotonic()
        try:
            self._robots.learn(address, transfer.outcome(robots.MOST_BYTES), now)
        except Exception:
            log.exception(BUG, transfer.address.host)
            transfer.fail(FAILED, self._clock())
            self._robots.learn(address, transfer.outcome(robots.MOST_BYTES), now)
        self._free(transfer)
        for waiting in self._asking.pop(address.origin):
            self._queue(waiting)

    def _end(self) -> None:
        self._take_in()
        for wire, _transfer in self._running.values():
            self._multi.remove_handle(wire.handle)
            wire.close()
        for waiting in self._askers.values():
            if waiting:
                waiting.put([None])
        self._hand_over()
        for wire in self._spare:
            wire.close()
        self._multi.close()
        self._share.close()
        self._sockets.close()
        self._shared.close()
