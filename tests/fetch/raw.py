"""A server on loopback that answers exactly what a test tells it to, byte for byte."""

from __future__ import annotations

import re
import socket
import threading
from contextlib import closing, suppress
from typing import TYPE_CHECKING

from aggregator.model.fetch import Request

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from aggregator.fetch.client import CurlFetcher
    from aggregator.model.fetch import Outcome
    from aggregator.model.source import Validators

_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")


class RawServer:
    """Sends the bytes set for a path, then closes; keeps the heads and bodies of all requests."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self._context = context
        self.answers: dict[str, bytes | Callable[[socket.socket], None]] = {}
        self.heads: list[str] = []
        self.bodies: list[bytes] = []
        self.at_once = 0
        self.most_at_once = 0
        self.gate = threading.Event()  # an answer made by ``hold`` waits for it
        self._count = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host = f"127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, path: str) -> str:
        return f"http://{self.host}{path}"

    def say(self, path: str, body: bytes = b"", *headers: str, status: str = "200 OK") -> str:
        """Answer ``path`` in due form; return its address."""
        head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
        self.answers[path] = "\r\n".join([*head, "", ""]).encode("latin-1") + body
        return self.url(path)

    def hold(self, path: str) -> str:
        """Answer ``path`` only when the gate opens; return its address."""

        def wait(connection: socket.socket) -> None:
            self.gate.wait(20)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")

        self.answers[path] = wait
        return self.url(path)

    def close(self) -> None:
        self.gate.set()
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _secured(self, connection: socket.socket) -> socket.socket:
        return self._context.wrap_socket(connection, server_side=True) if self._context else connection

    def _serve(self, accepted: socket.socket) -> None:
        with suppress(OSError), closing(self._secured(accepted)) as connection:
            head = b""
            while b"\r\n\r\n" not in head:
                data = connection.recv(65536)
                if not data:
                    return
                head += data
            head, end, body = head.partition(b"\r\n\r\n")
            length = _LENGTH.search(head)
            while length and len(body) < int(length[1]):
                body += connection.recv(65536)
            with self._count:
                self.heads.append((head + end).decode("latin-1"))
                self.bodies.append(body)
                self.at_once += 1
                self.most_at_once = max(self.most_at_once, self.at_once)
            answer = self.answers[head.split(b" ")[1].decode()]
            try:
                if callable(answer):
                    answer(connection)
                else:
                    connection.sendall(answer)
            finally:
                with self._count:
                    self.at_once -= 1


def ask(
    fetcher: CurlFetcher,
    url: str,
    *,
    validators: Validators | None = None,
    headers: dict[str, str] | None = None,
) -> Outcome:
    """Return what becomes of one request."""
    request = Request(tag="t", url=url, headers=headers or {})
    if validators:
        request = Request(tag="t", url=url, headers=headers or {}, validators=validators)
    [[(back, outcome)]] = filter(None, fetcher.fetch([request]))  # while it waits, empty lists come
    assert back is request
    return outcome
