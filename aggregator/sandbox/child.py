"""The child: reads one document after the other, under limits that the kernel keeps.

``python -m aggregator.sandbox.child MODULE CPU_SECONDS WALL_SECONDS MEMORY_BYTES`` takes requests on its
standard input and answers on its standard output (``wire``); it ends when the input does, so also when the
service dies. ``MODULE`` has the functions that requests name (``reading``).
"""

from __future__ import annotations

import importlib
import json
import math
import os
import resource
import signal
import sys
import time
import traceback
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from aggregator.errors import ParseError
from aggregator.model import records
from aggregator.model.item import ParsedDocument
from aggregator.sandbox import wire

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_FILES = 64  # open at once
_FILE_BYTES = 1_000_000  # nothing here writes files; if something does after all, it soon ends
_STATUS = Path("/proc/self/statm")  # Linux only


def main(arguments: Sequence[str]) -> None:
    """Serve until the input ends."""
    module, cpu_seconds, wall_seconds, memory_bytes = arguments[0], *map(float, arguments[1:])
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # meant for the service: it ends us
        signal.signal(number, signal.SIG_IGN)
    for number in (signal.SIGXCPU, signal.SIGALRM):
        signal.signal(number, signal.SIG_DFL)
    os.set_blocking(2, False)  # nobody reads it before we are dead: what does not fit is lost
    with os.fdopen(os.dup(0), "rb") as requests, os.fdopen(os.dup(1), "wb") as answers:
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 0)
        os.dup2(nothing, 1)  # whatever a library prints must not get between the answers
        os.close(nothing)
        reading = importlib.import_module(module)
        at_start = _address_space()
        _confine(at_start + int(memory_bytes))
        since = 0.0
        try:
            while request := _receive(requests):
                body = _receive(requests)
                _grant(cpu_seconds)
                signal.setitimer(
                    signal.ITIMER_REAL, wall_seconds * 2
                )  # should the service not be there to do it
                answer = _answer(reading, json.loads(request), body)
                told, since = since, time.process_time()
                answers.write(wire.frame(wire.COST, records.encode(since - told)))
                signal.setitimer(signal.ITIMER_REAL, 0)
                if _address_space() > at_start + memory_bytes / 2:
                    answers.write(wire.frame(wire.SPENT, b""))
                answers.writelines(answer)
                answers.flush()
                del request, body, answer  # or they would be kept until the next one comes
        except MemoryError:
            sys.exit(wire.OUT_OF_MEMORY)


def _answer(reading: Any, request: dict[str, Any], body: bytes) -> list[bytes]:
    read: Callable[..., Any] = getattr(reading, request.pop("read"))
    try:
        found = read(body, **request)
        if isinstance(found, ParsedDocument):
            items = [wire.frame(wire.ITEM, records.encode(item)) for item in found.items]
            return [*items, wire.frame(wire.DOCUMENT, records.encode(replace(found, items=())))]
        return [wire.frame(wire.ARTICLE, records.encode(found))]
    except ParseError as error:
        return [wire.frame(wire.FAULT, records.encode(str(error)))]
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - it is raised again, as a bug, where somebody is told
        return [wire.frame(wire.BUG, records.encode(traceback.format_exc()))]


def _receive(requests: BinaryIO) -> bytes:
    """Return what the next frame holds; empty at the end."""
    head = requests.read(wire.HEAD.size)
    return requests.read(wire.HEAD.unpack(head)[1]) if head else b""


def _address_space() -> int:
    """Return how many bytes this process has mapped; 0 where the system does not tell."""
    try:
        return int(_STATUS.read_bytes().split()[0]) * resource.getpagesize()
    except OSError:
        return 0


def _confine(memory_bytes: int) -> None:
    """Limit for good what this process may have."""
    _limit(resource.RLIMIT_AS, memory_bytes)
    _limit(resource.RLIMIT_NOFILE, _FILES)
    _limit(resource.RLIMIT_FSIZE, _FILE_BYTES)
    _limit(resource.RLIMIT_CORE, 0)


def _grant(cpu_seconds: float) -> None:
    """Let this process use so much more processor time; the kernel ends it then (SIGXCPU)."""
    until = math.ceil(time.process_time() + cpu_seconds)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (_least(until, hard), hard))


def _limit(what: int, value: int) -> None:
    least = _least(value, resource.getrlimit(what)[1])
    with suppress(OSError, ValueError):  # macOS refuses some
        resource.setrlimit(what, (least, least))


def _least(value: int, hard: int) -> int:
    return value if hard == resource.RLIM_INFINITY else min(value, hard)


if __name__ == "__main__":
    main(sys.argv[1:])
