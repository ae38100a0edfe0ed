"""Keep what was made as long as there is room for it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Memory(Generic[K, V]):
    """Keeps what was asked for last, up to a number of bytes. Thread-safe."""

    def __init__(self, room_bytes: int) -> None:
        self._room_bytes = room_bytes
        self._kept: OrderedDict[K, tuple[V, int]] = OrderedDict()  # the one not asked for longest comes first
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        """Return what is kept under ``key``, if it still is."""
        with self._lock:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key][0]

    def put(self, key: K, value: V, size: int) -> None:
        """Keep ``value``, which takes ``size`` bytes."""
        with self._lock:
            if key in self._kept:
                self._room_bytes += self._kept.pop(key)[1]
            self._kept[key] = value, size
            self._room_bytes -= size
            while self._room_bytes < 0:
                self._room_bytes += self._kept.popitem(last=False)[1][1]
