"""Bound what is held of all bodies together: of those that come in, and of those that nobody has taken yet.

Each body has a limit of its own, but many at once of nearly that size would not fit into the memory of a
small machine. So above a limit for all, transfers pause where they are, and the servers wait for us. What
is small goes on all the same, and where nothing would ever end, one is let through.
"""

from __future__ import annotations

from collections import deque
from typing import Generic, TypeVar

MOST_HELD = 4_000_000  #: bytes of all bodies, as they came
ALWAYS = 128 * 1024  #: the first bytes of every body have room: no small one waits for the large ones
Body = TypeVar("Body")


class Room(Generic[Body]):
    """Counts the bytes of bodies. Not thread-safe: one thread owns it."""

    def __init__(self, most: int) -> None:
        self.held = 0
        self._most = most
        self._ended = 0  # of those held: nothing more comes of their bodies, and nobody has taken them yet
        self._through: Body | None = None
        self._paused: deque[Body] = deque()

    def pausing(self) -> bool:
        """Tell whether anything pauses."""
        return bool(self._paused)

    def take(self, body: Body, size: int, *, has: int) -> bool:
        """Count ``size`` more bytes of ``body``, which ``has`` some; False: no room, and it has to pause."""
        if self.held + size > self._most and has + size > ALWAYS and self._through is not body:
            if not self._stuck():
                self._paused.append(body)
                return False
            self._through = body
        self.held += size
        return True

    def end(self, body: Body, size: int) -> None:
        """Note that no more comes of ``body``, of which ``size`` bytes are held."""
        self._ended += size
        if self._through is body:
            self._through = None
        elif body in self._paused:
            self._paused.remove(body)

    def give_back(self, size: int) -> None:
        """Count the bytes of an ended body no more: somebody has taken them, or nobody will."""
        self.held -= size
        self._ended -= size

    def resume(self) -> list[Body]:
        """Return the bodies that need not pause any longer; those that find no room will pause again."""
        if self._paused and self.held < self._most:
            found, self._paused = list(self._paused), deque()
            return found
        return [self._paused.popleft()] if self._paused and self._stuck() else []

    def _stuck(self) -> bool:
        """Tell whether there will never be room unless one is let through."""
        return self._through is None and not self._ended
