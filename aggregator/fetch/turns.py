"""Say which waiting request may start: the oldest first, a few at once for each host and owner, not too fast.

An owner is a registrable domain: ``news.example.co.id`` and ``cdn.example.co.id`` are one. After the first
few requests the others come evenly, as the rate says (a token bucket, kept as the instant when it is full).

The clock is an argument, in seconds.
"""

from __future__ import annotations

from collections import deque
from functools import lru_cache
from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING, Generic, TypeVar

from aggregator.parse.canonical import registrable
from aggregator.rules.guard import allowed

if TYPE_CHECKING:
    from aggregator.fetch.limits import Limits
    from aggregator.rules.guard import Network

BURST = 20  #: requests to one owner that may follow each other at once
MOMENT = 0.001  # seconds that nobody waits for
MOST_IDLE = 10_000  #: hosts, and owners, that are remembered while nobody asks them
Job = TypeVar("Job")


class _Owner:
    """A registrable domain."""

    __slots__ = ("blocked", "free_at", "paced", "running")

    def __init__(self, *, paced: bool) -> None:
        self.paced = paced
        self.running = 0
        self.free_at = 0.0  # when all that was started is paid for by the rate
        self.blocked: deque[str] = deque()  # hosts that may start but for the owner's other requests

    def book(self, now: float, interval: float) -> float:
        """Take the next turn; return when it is."""
        if not self.paced:
            return now
        self.free_at = max(self.free_at, now) + interval
        return max(now, self.free_at - BURST * interval)


class _Host(Generic[Job]):
    """A host with what waits for it."""

    __slots__ = ("booked", "gap", "owner", "queued", "ready_at", "running", "waiting")

    def __init__(self, owner: _Owner) -> None:
        self.owner = owner
        self.waiting: deque[Job] = deque()
        self.running = 0
        self.queued = False  # among the startable, the sleeping or the blocked; each host is in one place
        self.booked = False  # its next request has its turn by the owner's rate
        self.gap = 0.0
        self.ready_at = 0.0  # by the gap


class Turns(Generic[Job]):
    """Waiting jobs by host. Not thread-safe: one thread owns it."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._interval = 1 / limits.per_domain_rate
        self._hosts: dict[str, _Host[Job]] = {}
        self._owners: dict[str, _Owner] = {}
        self._startable: deque[str] = deque()
        self._sleeping: list[tuple[float, int, str]] = []  # a heap: until when
        self._number = count()
        self._most = MOST_IDLE

    def push(self, host: str, job: Job, *, first: bool = False) -> None:
        """Add ``job`` behind the others of its host; ``first``: before them."""
        known = self._hosts.get(host) or self._meet(host)
        if first:
            known.waiting.appendleft(job)
        else:
            known.waiting.append(job)
        self._queue(host, known)

    def pop(self, now: float) -> Job | None:
        """Return a job that may start now and count it as running; None if there is none."""
        while self._sleeping and self._sleeping[0][0] <= now:
            self._startable.append(heappop(self._sleeping)[2])
        while self._startable:
            host = self._startable.popleft()
            known = self._hosts[host]
            if self._may_start(host, known, now):
                known.queued = known.booked = False
                known.running += 1
                known.owner.running += 1
                known.ready_at = now + known.gap
                job = known.waiting.popleft()
                self._queue(host, known)
                return job
        return None

    def wake_at(self) -> float | None:
        """Return when a job may start that cannot yet, though no other one ends; None: none such waits."""
        return self._sleeping[0][0] if self._sleeping else None

    def done(self, host: str) -> None:
        """Give back the place of a job of ``host``."""
        known = self._hosts[host]
        known.running -= 1
        known.owner.running -= 1
        if known.owner.blocked:
            self._startable.append(known.owner.blocked.popleft())
        self._queue(host, known)

    def slow_down(self, host: str, seconds: float) -> None:
        """Leave ``seconds`` between the starts of two jobs of ``host`` from now on."""
        known = self._hosts.get(host) or self._meet(host)
        known.gap = seconds

    def drain(self) -> list[Job]:
        """Return and forget all waiting jobs."""
        jobs = [job for known in self._hosts.values() for job in known.waiting]
        self._hosts.clear()
        self._owners.clear()
        self._startable.clear()
        self._sleeping.clear()
        return jobs

    def _queue(self, host: str, known: _Host[Job]) -> None:
        if known.waiting and not known.queued and known.running < self._limits.per_host:
            known.queued = True
            self._startable.append(host)

    def _may_start(self, host: str, known: _Host[Job], now: float) -> bool:
        """Tell whether the next job of ``host`` may start; else put the host where it waits."""
        if not known.booked:
            known.booked = True
            at = max(known.owner.book(now, self._interval), known.ready_at)
            if at - now > MOMENT:
                heappush(self._sleeping, (at, next(self._number), host))
                return False
        if known.owner.running >= self._limits.per_domain:
            known.owner.blocked.append(host)
            return False
        return True

    def _meet(self, host: str) -> _Host[Job]:
        if len(self._hosts) >= self._most:
            self._forget()
        name = owner(host)
        if (found := self._owners.get(name)) is None:
            paced = not allowed_literal(host, self._limits.allow_private_networks)
            found = self._owners[name] = _Owner(paced=paced)
        known = self._hosts[host] = _Host(found)
        return known

    def _forget(self) -> None:
        """Let go of the hosts that nobody waits for, and of the owners without hosts."""
        self._hosts = {host: known for host, known in self._hosts.items() if known.waiting or known.running}
        self._most = max(MOST_IDLE, 2 * len(self._hosts))
        owners = {id(known.owner) for known in self._hosts.values()}
        self._owners = {name: found for name, found in self._owners.items() if id(found) in owners}


@lru_cache(maxsize=MOST_IDLE)
def owner(host: str) -> str:
    """Return who owns ``host`` (with or without a port): its registrable domain; a number stays itself."""
    name = host if host.startswith("[") else host.partition(":")[0]
    return host if name.startswith("[") or name.replace(".", "").isdecimal() else registrable(name)


def allowed_literal(host: str, exceptions: tuple[Network, ...]) -> bool:
    """Tell whether ``host`` is an IP address that only the operator's exceptions let us connect to.

    Such servers are the operator's own, and not asked slowly.
    """
    address = host.rpartition("]")[0].strip("[") or host.partition(":")[0]
    return bool(exceptions) and allowed(address, exceptions) and not allowed(address)
