"""What the pipeline asks of the outside world, as protocols: adapters implement them, fakes replace them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeAlias

from aggregator.ports.store import Store
from aggregator.ports.transaction import Kin, Transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future
    from datetime import datetime

    from aggregator.model.fetch import Outcome, Post, Reception, Request
    from aggregator.model.item import Article, ParsedDocument
    from aggregator.model.source import Kind, Select

__all__ = ["Clock", "Engine", "Fetcher", "Kin", "Reader", "Sender", "Store", "Transaction"]

Clock: TypeAlias = "Callable[[], datetime]"  #: returns now, aware and in UTC


class Fetcher(Protocol):
    """Gets documents, many at once."""

    def fetch(self, requests: Iterable[Request]) -> Iterator[list[tuple[Request, Outcome]]]:
        """Yield every request with its outcome as they finish, those ready together in one list.

        An empty list comes now and then while there is nothing: the asker may have other things to see to.
        Never raises for what a server does: that is a ``Failed``. Thread-safe.
        """
        ...

    def close(self) -> None:
        """Abort what is under way (as ``Failed``) and free the sockets. Idempotent."""
        ...


class Sender(Protocol):
    """Hands something in at addresses, many at once."""

    def post(self, post: Post) -> Future[Reception]:
        """Begin to hand something in; no redirect is followed. Takes 15 seconds at most, once it begins.

        Whatever a server does is a result, and never an exception. What ``close`` cuts off is cancelled: it
        may have been taken. The future's callbacks must be brief. Thread-safe.
        """
        ...

    def close(self) -> None:
        """Abort what is under way and free the sockets. Idempotent."""
        ...


class Reader(Protocol):
    """Reads strangers' documents where reading can be stopped: what takes too long costs only itself."""

    def document(
        self, body: bytes, *, url: str, content_type: str, kind: Kind | None, select: Select | None
    ) -> Future[ParsedDocument]:
        """Begin to read a document (``parse.syndication.parse``). Thread-safe.

        The future's exception is a ParseError for whatever the document did: also for taking more time
        or memory than a document may. Blocks while too much waits to be read.
        """
        ...

    def article(self, body: bytes, *, url: str, content_type: str) -> Future[Article]:
        """Begin to read an article's page (``parse.article.read``); otherwise as ``document``."""
        ...

    @property
    def cpu_seconds(self) -> float:
        """The processor time that reading has taken so far, elsewhere than in this process."""
        ...

    def close(self) -> None:
        """End what is being read (as ParseError). Idempotent."""
        ...


class Engine(Protocol):
    """Makes the ticks: starts passes over what is due, on every category's pace."""

    def start(self) -> None:
        """Begin ticking, without blocking."""
        ...

    def stop(self) -> None:
        """Stop ticking; return when no pass runs any more."""
        ...
