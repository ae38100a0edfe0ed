"""What a request may cost, and which waiting one may start: a few at once for each host, the oldest first."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Generic, TypeVar

from aggregator.fetch.trust import authorities

if TYPE_CHECKING:
    from aggregator.fetch.guard import Network

Job = TypeVar("Job")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one request may cost, and how we introduce ourselves."""

    timeout: timedelta = timedelta(seconds=30)  #: for a whole document, redirects included
    max_bytes: int = 10_000_000  #: of a decoded document
    per_host: int = 2  #: requests at once
    allow_private_networks: tuple[Network, ...] = ()
    user_agent: str = "aggregator"
    authorities: str = field(default_factory=authorities)  #: file of the certificate authorities to believe


class HostQueue(Generic[Job]):
    """Waiting jobs by host. Not thread-safe: one thread owns it."""

    def __init__(self, per_host: int) -> None:
        self._per_host = per_host
        self._running: dict[str, int] = {}
        self._waiting: dict[str, deque[Job]] = {}
        self._startable: deque[str] = deque()  # hosts with a waiting job and a free place, each once

    def push(self, host: str, job: Job) -> None:
        """Add ``job`` behind the others of its host."""
        waiting = self._waiting.setdefault(host, deque())
        waiting.append(job)
        if len(waiting) == 1 and self._running.get(host, 0) < self._per_host:
            self._startable.append(host)

    def pop(self) -> Job | None:
        """Return a job that may start now and count it as running; None if there is none."""
        if not self._startable:
            return None
        host = self._startable.popleft()
        waiting = self._waiting[host]
        job = waiting.popleft()
        self._running[host] = self._running.get(host, 0) + 1
        if not waiting:
            del self._waiting[host]
        elif self._running[host] < self._per_host:
            self._startable.append(host)
        return job

    def done(self, host: str) -> None:
        """Give back the place of a job of ``host``."""
        was_full = self._running[host] == self._per_host
        self._running[host] -= 1
        if not self._running[host]:
            del self._running[host]
        if was_full and host in self._waiting:
            self._startable.append(host)

    def drain(self) -> list[Job]:
        """Return and forget all waiting jobs."""
        jobs = [job for waiting in self._waiting.values() for job in waiting]
        self._waiting.clear()
        self._startable.clear()
        return jobs
