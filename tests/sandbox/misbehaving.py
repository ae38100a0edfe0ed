"""What a child reads with in these tests: the path of a document's address says how it misbehaves."""

from __future__ import annotations

import os
import resource
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aggregator.errors import ParseError
from aggregator.model.item import Article, Claim, Origin, ParsedDocument, ParsedItem
from aggregator.sandbox import reading, wire

if TYPE_CHECKING:
    from collections.abc import Callable


def document(body: bytes, *, url: str, **arguments: Any) -> ParsedDocument:
    """Do what the address asks for."""
    path = urlsplit(url).path.strip("/")
    act = _ACTS.get(path)
    return act(body) if act else reading.document(body, url=url, **arguments)


def article(body: bytes, **_: Any) -> Article:
    """Return the page as it is."""
    return Article(claims=(Claim(origin=Origin.META, text=body.decode()),), canonical="")


def _spin(_body: bytes) -> ParsedDocument:
    while True:
        pass


def _hang(body: bytes) -> ParsedDocument:
    if body:
        _open(body)
    while True:
        time.sleep(3600)


def _open(body: bytes) -> ParsedDocument:
    """Open the FIFO that the document names, say in it who we are, and keep it open."""
    number = os.open(body, os.O_WRONLY)
    os.write(number, b"%d\n" % os.getpid())
    return ParsedDocument()


def _hog(_body: bytes) -> ParsedDocument:
    hoard = [bytes(10_000_000) for _ in range(1_000)]
    return ParsedDocument(title=str(len(hoard)))


def _keep(_body: bytes) -> ParsedDocument:
    _KEPT.append(bytes(60_000_000))
    return ParsedDocument(title=str(os.getpid()))


def _end(number: int) -> Callable[[bytes], ParsedDocument]:
    def act(_body: bytes) -> ParsedDocument:
        os.kill(os.getpid(), number)
        return ParsedDocument()

    return act


def _exit(_body: bytes) -> ParsedDocument:
    sys.exit("kursi patah")


def _bug(_body: bytes) -> ParsedDocument:
    raise KeyError("kursi")


def _fault(body: bytes) -> ParsedDocument:
    raise ParseError(body.decode())


def _much(_body: bytes) -> ParsedDocument:
    return ParsedDocument(items=tuple(ParsedItem(id="x" * 100_000) for _ in range(20)))


def _nonsense(_body: bytes) -> ParsedDocument:
    return ParsedDocument(title=5)  # type: ignore[arg-type] # that is what is wrong with it


def _strange(_body: bytes) -> ParsedDocument:
    wire.DOCUMENT = b"?"
    return ParsedDocument()


def _loud(_body: bytes) -> ParsedDocument:
    print("x" * 1_000_000, flush=True)  # noqa: T201 - that is what is wrong with it
    with suppress(BlockingIOError):
        os.write(2, b"x" * 1_000_000)
    return ParsedDocument(title="keras")


def _pid(_body: bytes) -> ParsedDocument:
    return ParsedDocument(title=str(os.getpid()))


def _surroundings(_body: bytes) -> ParsedDocument:
    limits = [resource.getrlimit(what)[0] for what in (resource.RLIMIT_CORE, resource.RLIMIT_NOFILE)]
    files = [str(number) for number in range(64) if _is_open(number)]
    return ParsedDocument(
        title=" ".join(map(str, limits)),
        language=" ".join(files),
        home=str(Path.cwd()),
        faults=tuple(os.environ),
    )


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


_KEPT: list[bytes] = []
_ACTS: dict[str, Callable[[bytes], ParsedDocument]] = {
    "spin": _spin,
    "hang": _hang,
    "open": _open,
    "hog": _hog,
    "keep": _keep,
    "segfault": _end(signal.SIGSEGV),
    "kill": _end(signal.SIGKILL),
    "exit": _exit,
    "bug": _bug,
    "fault": _fault,
    "much": _much,
    "nonsense": _nonsense,
    "strange": _strange,
    "loud": _loud,
    "pid": _pid,
    "surroundings": _surroundings,
}
