"""A server on loopback that does whatever strangers' servers do: each misbehaviour on a port of its own.

What they are, and what has to become of each, is in ``hostile_wire``, ``hostile_answers`` and
``hostile_documents``.
"""

from __future__ import annotations

import re
import selectors
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

import trustme

from aggregator.model.fetch import Failed, Fetched, NotModified
from aggregator.model.source import NO_VALIDATORS, Validators

if TYPE_CHECKING:
    from aggregator.model.fetch import Outcome

STALL = 3600.0  # seconds, in place of bytes: nothing more comes
RESET = -1.0  # in place of bytes: the connection is torn down
TICK = 0.02  # seconds, in place of bytes: between the drops of a drip
SECRET = "aan7Shai"  # noqa: S105 # stands in files that a feed must not get at

HANDSHAKE = b"\x16"  # how TLS begins (RFC 8446, 5.1)

Certificate: TypeAlias = Literal["", "good", "stranger", "other", "expired"]


@dataclass(frozen=True, slots=True)
class Visit:
    """One request, as an answer sees it."""

    base: str  #: the misbehaviour's own origin, as in ``http://127.0.0.1:4711``
    path: str
    head: str

    @property
    def port(self) -> str:
        return self.base.rpartition(":")[2]


Pieces: TypeAlias = Iterable[bytes | float]  # bytes to send, and seconds to wait
Answer: TypeAlias = bytes | Sequence[bytes | float] | Callable[[Visit], bytes | Pieces]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What has to become of a misbehaviour."""

    client: type[Outcome]  #: what the client answers
    words: str = ""  #: a pattern in its error
    moved_to: str = ""  #: the path that the client has to name as the new address
    retry_after: timedelta | None = None
    items: int | None = None  #: how many the service keeps; None: it records a failure
    service: str = ""  #: a pattern in the failure that the service records, where the client has none


def fails(words: str, *, retry_after: timedelta | None = None) -> Expected:
    """The client sees that nothing usable came."""
    return Expected(client=Failed, words=words, retry_after=retry_after, service=words)


def gives(items: int = 2, *, moved_to: str = "") -> Expected:
    """It does no harm: so many items are kept."""
    return Expected(client=Fetched, items=items, moved_to=moved_to)


def unreadable(words: str) -> Expected:
    """A whole answer comes, and is no document."""
    return Expected(client=Fetched, service=words)


def unmodified(service: str) -> Expected:
    """The client, which asked whether something changed, is told no; the service did not ask that."""
    return Expected(client=NotModified, service=service)


@dataclass(frozen=True, slots=True)
class Row:
    """One misbehaviour."""

    name: str  #: also its source's id
    does: str  #: what the server does, for a reader
    answer: Answer
    then: Expected
    at_once: bool = field(default=False, kw_only=True)  #: it does not wait for a request
    listens: bool = field(default=True, kw_only=True)  #: somebody takes the connection
    slow: bool = field(default=False, kw_only=True)  #: only the time limit ends it
    secure: bool = field(default=False, kw_only=True)  #: its address begins with https
    certificate: Certificate = field(default="", kw_only=True)  #: which one it shows; "": it speaks no TLS
    user: str = field(default="", kw_only=True)  #: name and password that the client has
    validators: Validators = field(default=NO_VALIDATORS, kw_only=True)  #: that the client sends
    never: str = field(default="", kw_only=True)  #: a pattern that no request to it may hold
    nowhere: str = field(default="", kw_only=True)  #: a text that may not be in anything the client gives


def feed(name: str, *titles: str, extra: str = "", head: str = "", count: int = 2) -> str:
    """Return an RSS document with these items, two of them if none are given."""
    items = "".join(
        f"<item><title>{title}</title><link>https://{name}.example.id/{number}</link>"
        f"<guid isPermaLink='false'>{name}-{number}</guid>"
        f"<pubDate>Wed, 20 Nov 2024 0{number % 7}:00:00 +0000</pubDate></item>"
        for number, title in enumerate(titles or [f"{escape(name)} {number}" for number in range(count)])
    )
    return f"{head}<rss version='2.0'><channel><title>{name}</title>{items}{extra}</channel></rss>"


def said(body: bytes | str = b"", *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    """Return an answer in due form; ``length`` is what it says that its body is long."""
    body = body.encode() if isinstance(body, str) else body
    size = len(body) if length is None else length
    return head(f"Content-Length: {size}", *headers, status=status) + body


def head(*headers: str, status: str = "200 OK") -> bytes:
    """Return the head of an answer."""
    return "\r\n".join([f"HTTP/1.1 {status}", "Connection: close", *headers, "", ""]).encode("latin-1")


class HostileServer:
    """Every row on a port of its own."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.heads: dict[str, list[str]] = {}  #: of all requests, by row
        self.authority = trustme.CA()
        self._closing = threading.Event()
        self._selector = selectors.DefaultSelector()
        self._sockets: list[socket.socket] = []
        self._urls: dict[str, str] = {}
        self._contexts: dict[Certificate, ssl.SSLContext] = {}
        for row in rows:
            self._open(row)
        self._bell, rope = socket.socketpair()
        self._sockets += [self._bell, rope]
        self._selector.register(rope, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def url(self, row: Row, *, user: str = "") -> str:
        """Return the address of a row, for a user (name and password) if need be."""
        base = self._urls[row.name]
        return f"{base.replace('//', f'//{user}@') if user else base}/"

    def trust(self, folder: Path | str) -> str:
        """Write down the authority that signs the good certificates; return the path."""
        path = Path(folder, "authority.pem")
        self.authority.cert_pem.write_to_path(path)
        return str(path)

    def close(self) -> None:
        """Let go of everything."""
        self._closing.set()
        self._bell.sendall(b".")
        self._thread.join()
        for opened in self._sockets:
            opened.close()
        self._selector.close()

    def _open(self, row: Row) -> None:
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        self._sockets.append(listener)
        self.heads[row.name] = []
        scheme = "https" if row.secure or row.certificate else "http"
        self._urls[row.name] = f"{scheme}://127.0.0.1:{listener.getsockname()[1]}"
        if row.certificate:
            self._contexts.setdefault(row.certificate, self._context(row.certificate))
        if row.listens or row.slow:
            listener.listen(64)
        if row.listens:
            self._selector.register(listener, selectors.EVENT_READ, row)

    def _context(self, certificate: Certificate) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority = trustme.CA() if certificate == "stranger" else self.authority
        name = "other.example.id" if certificate == "other" else "127.0.0.1"
        over = datetime(2020, 1, 1, tzinfo=UTC) if certificate == "expired" else None
        authority.issue_cert(name, not_after=over).configure_cert(context)
        return context

    def _accept(self) -> None:
        while not self._closing.is_set():
            for key, _ in self._selector.select():
                if key.data is not None and isinstance(key.fileobj, socket.socket):
                    connection, _ = key.fileobj.accept()
                    threading.Thread(target=self._serve, args=[connection, key.data], daemon=True).start()

    def _serve(self, connection: socket.socket, row: Row) -> None:
        try:
            with suppress(OSError, ValueError):
                if row.certificate:
                    connection = self._contexts[row.certificate].wrap_socket(connection, server_side=True)
                said = "" if row.at_once else self._heard(connection, row)
                if said is not None:
                    path = said.split(" ")[1] if said else ""
                    self._answer(connection, row, Visit(self._urls[row.name], path, said))
        finally:
            connection.close()

    def _heard(self, connection: socket.socket, row: Row) -> str | None:
        data = b""
        while b"\r\n\r\n" not in data:
            more = connection.recv(65536)
            if not more:
                return None
            data += more
            if data.startswith(HANDSHAKE):  # as nginx does it
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                return None
        text = data.decode("latin-1")
        self.heads[row.name].append(text)
        return text

    def _answer(self, connection: socket.socket, row: Row, visit: Visit) -> None:
        answer = row.answer(visit) if callable(row.answer) else row.answer
        for piece in [answer] if isinstance(answer, bytes) else answer:
            if piece == RESET:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return
            if isinstance(piece, bytes):
                connection.sendall(piece)
            elif self._closing.wait(piece):
                return
        if not row.at_once:
            with suppress(OSError):  # what is not read yet must not turn the end into a reset
                connection.shutdown(socket.SHUT_WR)
                connection.settimeout(1)
                connection.recv(1)


def matches(pattern: str, text: str) -> bool:
    """Tell whether a pattern of an expectation is in ``text``."""
    return re.search(pattern, text) is not None
