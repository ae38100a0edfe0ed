"""Have documents read as they come in, and take them back as they are read, in whatever order that is."""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import TYPE_CHECKING, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from aggregator.model.fetch import Outcome, Request

    T = TypeVar("T")
    #: A request, what came of it, and what was read in that: a future that is done; None: nothing to read.
    Read: TypeAlias = tuple[Request, Outcome, Future[T] | None]


def there(found: T) -> Future[T]:
    """Return the future of what is there already."""
    future: Future[T] = Future()
    future.set_result(found)
    return future


def failed(error: Exception) -> Future[T]:
    """Return the future of what raised ``error``."""
    future: Future[T] = Future()
    future.set_exception(error)
    return future


def read_as_they_come(
    finished: Iterable[list[tuple[Request, Outcome]]],
    begin: Callable[[Request, Outcome], Future[T] | None],
) -> Iterator[list[Read[T]]]:
    """Yield every request of ``finished`` with its outcome and with what ``begin`` made of that.

    Those that are ready together come in one list; one that takes long to read holds up no other.
    """
    reading: dict[Future[T], tuple[Request, Outcome]] = {}
    for some in finished:
        ready: list[Read[T]] = []
        for request, outcome in some:
            future = begin(request, outcome)
            if future is None or future.done():
                ready.append((request, outcome, future))
            else:
                reading[future] = (request, outcome)
        ready += _taken(reading, [future for future in reading if future.done()])
        if ready:
            yield ready
    while reading:
        yield _taken(reading, wait(reading, return_when=FIRST_COMPLETED).done)


def _taken(reading: dict[Future[T], tuple[Request, Outcome]], done: Iterable[Future[T]]) -> list[Read[T]]:
    return [(*reading.pop(future), future) for future in done]
