"""Wait for many sockets at once: epoll as it is where there is one, else what the system has.

Each request changes what its socket waits for a few times, so that the standard library's own
bookkeeping around epoll (``selectors``) would cost more than all else that we do for it.
"""

from __future__ import annotations

import select
import selectors
from contextlib import suppress
from typing import Protocol

READ, WRITE = 1, 2  # may be added up


class Sockets(Protocol):
    """Sockets by number, and what each waits for."""

    def watch(self, number: int, what: int) -> None:
        """Wait for ``what`` on a socket; nothing else any more."""
        ...

    def forget(self, number: int) -> None:
        """Wait for nothing on a socket, which may be closed or unknown."""
        ...

    def ready(self, seconds: float | None) -> list[int]:
        """Return the sockets on which something happened, after ``seconds`` at most (None: no end)."""
        ...

    def close(self) -> None:
        """Free what the system holds."""
        ...


class _Epoll:
    """``Sockets`` on Linux."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._known: set[int] = set()

    def watch(self, number: int, what: int) -> None:
        if number in self._known:
            self._epoll.modify(number, _mask(what, select.EPOLLIN, select.EPOLLOUT))
        else:
            self._epoll.register(number, _mask(what, select.EPOLLIN, select.EPOLLOUT))
            self._known.add(number)

    def forget(self, number: int) -> None:
        self._known.discard(number)
        with suppress(OSError):  # closed, and so forgotten by the system
            self._epoll.unregister(number)

    def ready(self, seconds: float | None) -> list[int]:
        return [number for number, _ in self._epoll.poll(seconds)]

    def close(self) -> None:
        self._epoll.close()


class _Selected:
    """``Sockets`` elsewhere."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()

    def watch(self, number: int, what: int) -> None:
        mask = _mask(what, selectors.EVENT_READ, selectors.EVENT_WRITE)
        try:
            self._selector.modify(number, mask)
        except KeyError:
            self._selector.register(number, mask)

    def forget(self, number: int) -> None:
        with suppress(KeyError, ValueError, OSError):
            self._selector.unregister(number)

    def ready(self, seconds: float | None) -> list[int]:
        return [key.fd for key, _ in self._selector.select(seconds)]

    def close(self) -> None:
        self._selector.close()


def _mask(what: int, read: int, write: int) -> int:
    return (read if what & READ else 0) | (write if what & WRITE else 0)


def sockets() -> Sockets:
    """Return the best that this system has."""
    return _Epoll() if hasattr(select, "epoll") else _Selected()
