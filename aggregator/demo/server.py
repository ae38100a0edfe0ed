"""Serve the sample newsroom over HTTP, on loopback only.

``http.server`` of the standard library is enough here: it is a sample, never exposed.
"""

from __future__ import annotations

import ipaddress
import socket
import sys
import threading
from datetime import UTC, datetime
from email.utils import format_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from aggregator.demo.site import answer
from aggregator.errors import ConfigError

if TYPE_CHECKING:
    from aggregator.demo.newsroom import Newsroom
    from aggregator.ports import Clock


class NewsroomServer:
    """The sample newsroom at an address of this machine.

    The port is taken when the object is made, so ``url`` is known before ``start``; connections
    that come in between wait. ``stop`` gives the port back; an object is started once.
    """

    def __init__(self, newsroom: Newsroom, *, clock: Clock, host: str = "127.0.0.1", port: int = 0) -> None:
        """Take the port.

        Args:
            newsroom: what to serve.
            clock: returns now, aware; every document and ``Date`` header follows it.
            host: an IPv4 loopback address.
            port: 0 takes any free one.

        Raises:
            ConfigError: ``host`` is not a loopback address, or the port cannot be had.
        """
        if not _loopback(host):
            raise ConfigError(f"sample newsroom: {host} is not loopback; use an address such as 127.0.0.1")
        try:
            self._server = _Server((host, port), newsroom, clock)
        except (OSError, OverflowError) as error:  # OverflowError: no such port
            raise ConfigError(
                f"sample newsroom: cannot listen on {host}:{port} ({error}); choose another port"
            ) from error
        self.url = self._server.base  #: ``http://127.0.0.1:8090``, no trailing slash
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, name="newsroom", daemon=True
        )

    def start(self) -> None:
        """Begin to answer, in a thread of its own, without blocking."""
        self._thread.start()

    def stop(self) -> None:
        """Stop answering, cut open connections and give the port back. Idempotent."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()
        self._server.cut()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class _Server(ThreadingHTTPServer):
    """Knows its newsroom and its open connections."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], newsroom: Newsroom, clock: Clock) -> None:
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.newsroom = newsroom
        self.clock = clock
        super().__init__(address, _Handler)
        self.base = f"http://{address[0]}:{self.server_port}"

    def server_bind(self) -> None:
        """Bind without asking a name server who we are, which can take seconds with no network."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]  # type: ignore[assignment]  # may be bytes for AF_UNIX

    def process_request(self, request: Any, client_address: Any) -> None:
        """Note an incoming connection before its thread starts."""
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget a connection that is done."""
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def cut(self) -> None:
        """End the connections that clients keep open, so that a stopped newsroom is silent."""
        with self._lock:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:  # the client was quicker
                    continue

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Be silent about clients that go away, loud about our own mistakes."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """Carries one connection's requests to ``site.answer`` and the answers back."""

    server: _Server
    protocol_version = "HTTP/1.1"
    server_version = "Newsroom"
    sys_version = ""
    timeout = 60  # seconds that an idle connection is kept
    wbufsize = -1  # headers and body leave in one packet
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Answer with the document."""
        self._send(with_body=True)

    def do_HEAD(self) -> None:
        """Answer with the headers that GET would have."""
        self._send(with_body=False)

    def _send(self, *, with_body: bool) -> None:
        server = self.server
        reply = answer(
            server.newsroom,
            urlsplit(self.path).path,
            now=server.clock(),
            base=server.base,
            conditions={name.title(): value for name, value in self.headers.items()},
        )
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.status != HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if with_body:
            self.wfile.write(reply.body)

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Return the ``Date`` header: the newsroom's clock, not the machine's."""
        at = self.server.clock() if timestamp is None else datetime.fromtimestamp(timestamp, UTC)
        return format_datetime(at.astimezone(UTC), usegmt=True)

    def log_message(self, message: str, *values: object) -> None:
        """Keep quiet: the service's own log tells what it fetched."""


def _loopback(host: str) -> bool:
    try:
        return ipaddress.IPv4Address(host).is_loopback
    except ValueError:
        return False
