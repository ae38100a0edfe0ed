"""Bound what is held of all bodies together: of those that come in, and of those that nobody has taken yet.

Each body has a limit of its own, but many at once of nearly that size would not fit into the memory of a
small machine. So above a limit for all, transfers pause where they are, and the servers wait for us. One is
always let through to its end: thus there is an end.
"""

from __future__ import annotations

from collections import deque
from typing import Generic, TypeVar

MOST_HELD = 48_000_000  #: bytes of all bodies, as they came
Body = TypeVar("Body")


class Room(Generic[Body]):
    """Counts the bytes of bodies. Not thread-safe: one thread owns it."""

    def __init__(self, most: int) -> None:
        self.held = 0
        self._most = most
        self._through: Body | None = None
        self._paused: deque[Body] = deque()

    def pausing(self) -> bool:
        """Tell whether anything pauses."""
        return bool(self._paused)

    def take(self, body: Body, size: int) -> bool:
        """Count ``size`` more bytes of ``body``; False: there is no room, and it has to pause."""
        if self.held + size > self._most and self._through is not body:
            if self._through is not None:
                self._paused.append(body)
                return False
            self._through = body
        self.held += size
        return True

    def give_back(self, size: int) -> None:
        """Count bytes no more: somebody has taken them, or nobody will."""
        self.held -= size

    def end(self, body: Body) -> None:
        """Note that no more comes of ``body``."""
        if self._through is body:
            self._through = None
        elif self._paused and body in self._paused:
            self._paused.remove(body)

    def resume(self) -> Body | None:
        """Return a body that need not pause any longer; None if there is none."""
        if self._paused and (self._through is None or self.held < self._most):
            return self._paused.popleft()
        return None
