"""A sandbox whose children misbehave when they are asked to, and whose limits are soon reached."""

from __future__ import annotations

import os
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from aggregator.sandbox.limits import Limits
from aggregator.sandbox.reader import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future
    from pathlib import Path

    from aggregator.model.item import ParsedDocument

MISBEHAVING = "tests.sandbox.misbehaving"
FEED = b"<rss version='2.0'><channel><title>Kabar</title><item><title>Kapal</title></item></channel></rss>"


class Box(Sandbox):
    """A sandbox that is asked in few words."""

    def ask(self, path: str, body: bytes = FEED) -> Future[ParsedDocument]:
        """Let a child do what ``path`` says."""
        return self.document(
            body, url=f"https://kabar.example.id/{path}", content_type="", kind=None, select=None
        )

    def pid(self) -> int:
        """Return the process of the child that answers."""
        return int(self.ask("pid").result().title)


class Fifo:
    """Where a child says who it is."""

    def __init__(self, path: Path) -> None:
        self.path = bytes(path)
        os.mkfifo(path)

    def pid(self) -> int:
        """Wait for a child to say who it is."""
        with open(self.path, "rb") as said:  # noqa: PTH123 - the path is bytes, as a document is
            return int(said.readline())


@pytest.fixture
def fifo(tmp_path: Path) -> Fifo:
    return Fifo(tmp_path / "fifo")


@pytest.fixture
def box() -> Iterator[Callable[..., Box]]:
    made: list[Box] = []

    def make(module: str = MISBEHAVING, **limits: Any) -> Box:
        made.append(Box(Limits(**limits), module=module))
        return made[-1]

    yield make
    for each in made:
        with closing(each):
            pass


@pytest.fixture
def alone(box: Callable[..., Box]) -> Box:
    """Return a sandbox with one child, so that it is known which one answers."""
    return box(processes=1, cpu=timedelta(seconds=1), memory_bytes=100_000_000)
