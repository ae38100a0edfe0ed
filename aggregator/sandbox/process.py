"""The service's hold on one child: hand it a document, wait for the answer, end it.

Not thread-safe, but for ``kill``.
"""

from __future__ import annotations

import logging
import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from aggregator.errors import ParseError
from aggregator.model import records
from aggregator.model.item import Article, ParsedDocument, ParsedItem
from aggregator.sandbox import wire

if TYPE_CHECKING:
    from aggregator.sandbox.limits import Limits

log = logging.getLogger(__name__)

#: What a child may know of the service's environment: where its libraries are, and that it is measured.
ENVIRONMENT = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONHOME", "COVERAGE_PROCESS_CONFIG")
_UNFIT = "it is made so that readers choke on it, or far too large; see what the address gives"
_PIECE = 65_536  # bytes read or written at once
_LAST_WORDS = 4_000  # characters kept of what a child said before it ended badly
_FAREWELL = 2.0  # seconds that a child may take to end by itself


class ChildError(Exception):
    """The child failed by no fault of the document: a bug of ours. Its text has the child's traceback."""


class _OvertimeError(Exception):
    """The child took longer than the wall limit."""


class Child:
    """One child, from its start to its end. ``spent`` says that it must not be asked again."""

    def __init__(self, limits: Limits, module: str) -> None:
        """Start it; it gets ready while it is given its first document.

        Raises:
            OSError: the system has no room for one more process.
        """
        self.spent = False
        self.cpu_seconds = 0.0  # that it has told of
        self._limits = limits
        self._got = bytearray()  # of the answer, and not yet looked at
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            [
                *(sys.executable, "-P", "-X", "faulthandler", "-m", "aggregator.sandbox.child"),
                module,
                *(
                    str(limits.cpu.total_seconds()),
                    str(limits.wall.total_seconds()),
                    str(limits.memory_bytes),
                ),
            ],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd="/",
            env=_environment(),
            process_group=0,  # what is typed at the service's terminal is not for it
        )
        self._requests = cast("IO[bytes]", self._process.stdin)
        self._answers = cast("IO[bytes]", self._process.stdout)
        self._complaints = cast("IO[bytes]", self._process.stderr)
        for pipe in (self._requests, self._answers, self._complaints):
            os.set_blocking(pipe.fileno(), False)

    def ask(self, read: str, body: bytes, arguments: dict[str, Any]) -> ParsedDocument | Article:
        """Return what the child reads in ``body``.

        Raises:
            ParseError: the document cannot be read, at all or within its limits.
            ChildError: a bug of ours.
        """
        deadline = time.monotonic() + self._limits.wall.total_seconds()
        try:
            with suppress(BrokenPipeError):  # it is ending: the answer, or its absence, tells why
                request = records.encode({"read": read, **arguments})
                self._send(wire.frame(wire.REQUEST, request), deadline)
                self._send(wire.HEAD.pack(wire.BODY, len(body)), deadline)
                self._send(body, deadline)
            return self._answer(deadline)
        except EOFError:
            raise self._obituary() from None
        except _OvertimeError:
            self.close()
            raise ParseError(
                f"reading it was not done after {self._limits.wall.total_seconds():g} seconds: either the "
                "document brings its reader to a halt, or this machine cannot keep up"
            ) from None
        except (ValueError, OverflowError, RecursionError) as error:
            self.close()
            raise ChildError(
                f"the process that reads documents answered what makes no sense ({error}): if the program "
                "was upgraded while it ran, start it anew"
            ) from error

    @property
    def alive(self) -> bool:
        """Whether it can be asked at all."""
        return self._process.poll() is None

    def kill(self) -> None:
        """End it at once, from whatever thread; whoever waits for its answer gets none."""
        self._process.kill()

    def close(self, *, gently: bool = False) -> None:
        """End it and free what it held; ``gently`` lets it end by itself. Idempotent."""
        self.spent = True
        self._requests.close()
        if self._process.returncode is None:
            try:
                self._process.wait(_FAREWELL if gently else 0)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._answers.close()
        self._complaints.close()

    def _send(self, data: bytes, deadline: float) -> None:
        left = memoryview(data)
        while left:
            self._await(self._requests, select.POLLOUT, deadline)
            left = left[os.write(self._requests.fileno(), left[:_PIECE]) :]

    def _answer(self, deadline: float) -> ParsedDocument | Article:
        items: list[ParsedItem] = []
        left = self._limits.answer_bytes
        while True:
            kind, size = wire.HEAD.unpack(self._receive(wire.HEAD.size, deadline))
            left -= wire.HEAD.size + size
            if left < 0:
                self.close()
                raise ParseError(
                    f"it holds more than {self._limits.answer_bytes / 1e6:g} MB of text, and a document "
                    "that large is not taken: ask for fewer items"
                )
            payload = self._receive(size, deadline)
            match kind:
                case wire.ITEM:
                    items.append(records.decode(payload, ParsedItem))
                case wire.COST:
                    self.cpu_seconds += records.decode(payload, float)
                case wire.SPENT:
                    self.spent = True
                case wire.DOCUMENT:
                    return replace(records.decode(payload, ParsedDocument), items=tuple(items))
                case wire.ARTICLE:
                    return records.decode(payload, Article)
                case wire.FAULT:
                    raise ParseError(records.decode(payload, str))
                case wire.BUG:
                    raise ChildError(records.decode(payload, str))
                case _:
                    raise ValueError(f"a frame of kind {kind!r}")

    def _receive(self, size: int, deadline: float) -> bytearray:
        while len(self._got) < size:
            self._await(self._answers, select.POLLIN, deadline)
            piece = os.read(self._answers.fileno(), _PIECE)
            if not piece:
                raise EOFError
            self._got += piece
        wanted = self._got[:size]
        del self._got[:size]
        return wanted

    def _await(self, pipe: IO[bytes], event: int, deadline: float) -> None:
        poll = select.poll()
        poll.register(pipe, event)
        if not poll.poll(max(0, deadline - time.monotonic()) * 1000):
            raise _OvertimeError

    def _obituary(self) -> ParseError | ChildError:
        """Return why the child ended although it was not told to."""
        with suppress(subprocess.TimeoutExpired):  # its last act may have been to close the pipe
            self._process.wait(_FAREWELL)
        said = self._last_words()
        self.close()
        status = self._process.returncode
        if status == -signal.SIGXCPU:
            self.cpu_seconds += self._limits.cpu.total_seconds()
            return ParseError(
                f"reading it took more than {self._limits.cpu.total_seconds():g} seconds of processor time: "
                f"{_UNFIT}"
            )
        if status == wire.OUT_OF_MEMORY:
            return ParseError(
                f"reading it took more than {self._limits.memory_bytes / 1e6:g} MB of memory: {_UNFIT}"
            )
        if status < 0:
            log.debug("the process that reads documents crashed: %s", said)
            return ParseError(
                f"the process that read it came to a sudden end ({signal.strsignal(-status)}): if that "
                "happens each time, please report it with the document"
            )
        return ChildError(f"the process that reads documents ended with status {status}: {said}")

    def _last_words(self) -> str:
        said = b""
        with suppress(BlockingIOError):
            said = os.read(self._complaints.fileno(), _PIECE)
        return said[-_LAST_WORDS:].decode("utf-8", "replace").strip()


def _environment() -> dict[str, str]:
    """Return the child's environment; it finds the very modules that the service runs."""
    kept = {name: os.environ[name] for name in ENVIRONMENT if name in os.environ}
    return {**kept, "PYTHONPATH": os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path)}
