"""The ``Reader`` port: a queue of documents, and a few threads with a child each.

The first thread takes a document at once, the next only one that has waited for a while: so documents that
come one by one have one child, and one that takes long does not hold up the others. A child is started
with the first document of its thread, and ended when it has had nothing to do for long.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from concurrent.futures import Future
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from aggregator.errors import ParseError
from aggregator.sandbox.limits import Limits
from aggregator.sandbox.process import Child

if TYPE_CHECKING:
    from aggregator.model.item import Article, ParsedDocument
    from aggregator.model.source import Kind, Select

_STOPPING = "it was not read to its end, because the service is stopping"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    read: str
    body: bytes
    arguments: dict[str, Any]
    future: Future[Any] = field(default_factory=Future)
    since: float = field(default_factory=time.monotonic)


class Sandbox:
    """Reads documents in children. Thread-safe; nothing is started before the first document."""

    def __init__(self, limits: Limits | None = None, *, module: str = "aggregator.sandbox.reading") -> None:
        self._desk = _Desk(limits or Limits(), module)

    def document(
        self, body: bytes, *, url: str, content_type: str, kind: Kind | None, select: Select | None
    ) -> Future[ParsedDocument]:
        """Begin to read a document (``parse.syndication.parse``).

        Blocks while too much waits to be read already. The future's exception is a ParseError for whatever
        the document did, a ChildError for a bug of ours.
        """
        chosen = None if select is None else asdict(select)
        return self._begin(
            "document", body, {"url": url, "content_type": content_type, "kind": kind, "select": chosen}
        )

    def article(self, body: bytes, *, url: str, content_type: str) -> Future[Article]:
        """Begin to read an article's page (``parse.article.read``); otherwise as ``document``."""
        return self._begin("article", body, {"url": url, "content_type": content_type})

    @property
    def cpu_seconds(self) -> float:
        """The processor time that children have taken for what they read so far."""
        return self._desk.cpu_seconds

    def close(self) -> None:
        """End the children, and with them what is being read (as ParseError). Idempotent."""
        self._desk.close()

    def _begin(self, read: str, body: bytes, arguments: dict[str, Any]) -> Future[Any]:
        job = _Job(read=read, body=body, arguments=arguments)
        self._desk.put(job)
        return job.future


class _Desk:
    """What askers and workers share: the documents that wait, and who reads."""

    def __init__(self, limits: Limits, module: str) -> None:
        self.limits = limits
        self.module = module
        self.closed = False
        self.cpu_seconds = 0.0
        self.changed = threading.Condition()
        self._jobs: deque[_Job] = deque()
        self._held = 0  # bytes of the documents that wait or are being read
        self._workers: dict[int, _Worker] = {}  # by number

    def put(self, job: _Job) -> None:
        """Add a job behind the others, when there is room, and see that there are workers."""
        with self.changed:
            self.changed.wait_for(lambda: self.closed or self._has_room(job))
            if not self.closed:
                for number in set(range(self.limits.processes)) - self._workers.keys():
                    worker = _Worker(self, number)
                    worker.start()
                    self._workers[number] = worker
                self._jobs.append(job)
                self._held += len(job.body)
                self.changed.notify_all()
                return
        _refuse(job)

    def _has_room(self, job: _Job) -> bool:
        return not self._held or self._held + len(job.body) <= self.limits.held_bytes

    def take(self, number: int) -> _Job | None:
        """Return the next job for a worker; None when there was none for long, or the desk is closed."""
        patience = number * self.limits.patience.total_seconds()
        until = time.monotonic() + self.limits.idle.total_seconds()
        with self.changed:
            while not self.closed:
                ready = self._jobs[0].since + patience if self._jobs else until
                left = ready - time.monotonic()
                if left > 0:
                    self.changed.wait(left)
                elif self._jobs:
                    return self._jobs.popleft()
                else:
                    break
            return None

    def done(self, job: _Job) -> None:
        """Make room: a job that was taken is over."""
        with self.changed:
            self._held -= len(job.body)
            self.changed.notify_all()

    def leave(self, number: int) -> bool:
        """Let a worker go, unless something has come for it meanwhile."""
        with self.changed:
            if self._jobs:
                return False
            del self._workers[number]
            return True

    def close(self) -> None:
        """Refuse what waits, end what is being read, and let all workers go."""
        with self.changed:
            self.closed = True
            waiting, workers = list(self._jobs), list(self._workers.values())
            self._jobs.clear()
            for worker in workers:
                worker.interrupt()
            self.changed.notify_all()
        for job in waiting:
            _refuse(job)
        for worker in workers:
            worker.join()


class _Worker(threading.Thread):
    """Keeps one child busy. ``interrupt`` is called by others, under the desk's lock."""

    def __init__(self, desk: _Desk, number: int) -> None:
        super().__init__(name=f"reader-{number}", daemon=True)
        self._desk = desk
        self._number = number
        self._child: Child | None = None
        self._asked = False

    def run(self) -> None:
        """Read until there is nothing to do."""
        while True:
            while job := self._desk.take(self._number):
                if job.future.set_running_or_notify_cancel():
                    self._read(job)
                else:
                    self._desk.done(job)
                del job  # or its bytes would be kept until the next one comes
            self._end()
            if self._desk.leave(self._number):
                return

    def interrupt(self) -> None:
        """End what is being read."""
        if self._child and self._asked:
            self._child.kill()

    def _read(self, job: _Job) -> None:
        try:
            found = self._asked_of(self._ready(), job)
        except ParseError as error:
            error = ParseError(_STOPPING) if self._desk.closed else error
            job.future.set_exception(error.with_traceback(None))  # it would hold the document
        except Exception as error:  # noqa: BLE001 - whoever asked is told, and this thread serves on
            if self._child:
                self._child.spent = True  # what it is at now is not known
            job.future.set_exception(error)
        else:
            job.future.set_result(found)
        with self._desk.changed:
            self._asked = False
        self._desk.done(job)
        if self._child and self._child.spent:
            self._end()

    def _asked_of(self, child: Child, job: _Job) -> ParsedDocument | Article:
        before = child.cpu_seconds
        try:
            return child.ask(job.read, job.body, job.arguments)
        finally:
            with self._desk.changed:
                self._desk.cpu_seconds += child.cpu_seconds - before

    def _end(self) -> None:
        if self._child:
            self._child.close(gently=True)
            self._child = None

    def _ready(self) -> Child:
        """Return the child, alive and known to ``interrupt``."""
        child = self._child
        if child and not child.alive:  # the system may have ended it for its memory while it was idle
            child.close()
            child = None
        if child is None:
            child = Child(self._desk.limits, self._desk.module)
        with self._desk.changed:
            self._child, self._asked = child, True
            if self._desk.closed:
                child.kill()
        return child


def _refuse(job: _Job) -> None:
    if job.future.set_running_or_notify_cancel():
        job.future.set_exception(ParseError(_STOPPING))
