"""What takes long to read holds up nothing else."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING

from aggregator.model.fetch import NotModified, Request
from aggregator.pipeline.reading import read_as_they_come, there
from tests.making import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aggregator.model.fetch import Outcome


def test_the_quick_come_first_and_the_slow_as_soon_as_they_are_read() -> None:
    slow: dict[str, Future[str]] = {"b": Future(), "c": Future()}
    requests = {tag: Request(tag=tag, url="https://k.id/") for tag in "abcd"}

    def finished() -> Iterator[list[tuple[Request, Outcome]]]:
        yield [(requests[tag], NotModified(at=NOW)) for tag in "abc"]
        slow["c"].set_result("C")
        yield []
        yield [(requests["d"], NotModified(at=NOW))]
        slow["b"].set_result("B")

    def begin(request: Request, outcome: Outcome) -> Future[str] | None:
        assert isinstance(outcome, NotModified)
        return None if request.tag == "d" else slow.get(request.tag) or there(request.tag.upper())

    told = [
        [(request.tag, future and future.result()) for request, _, future in some]
        for some in read_as_they_come(finished(), begin)
    ]
    assert told == [[("a", "A")], [("c", "C")], [("d", None)], [("b", "B")]]
