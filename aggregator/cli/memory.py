"""How this process manages its memory: many small objects that live long, few large ones that do not."""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress

#: New objects before cycles among them are looked for. Ours have none: with Python's own 700, what a pass
#: holds is walked over again and again, for a tenth of all processor time.
UNCOLLECTED = (10_000, 20, 20)
ARENA_MAX, MMAP_THRESHOLD = -8, -3  # mallopt(3)
ARENAS, LARGE_BYTES = 2, 128 * 1024


def tune() -> None:
    """Set this process up. What the C library cannot be told is left as it is.

    glibc gives each thread memory of its own and keeps what was freed: after a few large documents in
    several threads that is tens of megabytes. So there are few arenas, and large pieces go back at once.
    """
    gc.set_threshold(*UNCOLLECTED)
    with suppress(OSError, AttributeError):  # not glibc
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(ARENA_MAX, ARENAS)
        mallopt(MMAP_THRESHOLD, LARGE_BYTES)
