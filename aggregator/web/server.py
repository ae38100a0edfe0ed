"""The server before the application: uvicorn, and an end to what it would wait for for ever.

uvicorn bounds neither how large the head of a request is, nor how long it takes to come, nor how slowly an
answer is read, nor how many connections there are. Behind a proxy none of this is needed; without one, it is.
"""

from __future__ import annotations

import logging
import re
import resource
import sys
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Sequence
    from ipaddress import IPv4Network, IPv6Network

    from starlette.types import ASGIApp

URL_BYTES = 8_192
HEAD_BYTES = 32_768  #: of the whole head of a request, its URL among it
SECONDS = 10.0
CONNECTIONS = 4_096
SHUTDOWN_SECONDS = 2  #: what requests under way get at the end
#: a ``Host`` (RFC 9112, 3.2), with the space that may stand behind it; an empty one is one, too
_HOST = re.compile(
    rb"(?:\[[0-9a-f:.]+\]|(?:[\w.~!$&'()*+,;=-]|%[0-9a-f]{2})*)(?::[0-9]*)?[ \t]*", re.IGNORECASE
)
_WITHOUT_HOST = frozenset({"0.9", "1.0"})  #: versions in which a request may come without
log = logging.getLogger(__name__)


def server(
    application: ASGIApp,
    *,
    trusted_proxies: Sequence[IPv4Network | IPv6Network] = (),
    connections: int = CONNECTIONS,
    seconds: float = SECONDS,
) -> uvicorn.Server:
    """Return a server for ``application``, to be run on a socket that listens already.

    It takes as many ``connections`` at a time, or half of the files that we may open, where those are fewer.
    From ``trusted_proxies`` a client is the last in ``X-Forwarded-For`` that is none of these.
    Within twice ``seconds`` the head of a request has to come, and something of an answer to be taken.
    """
    bounds = {"most": min(connections, _files(2 * connections) // 2), "seconds": seconds}
    return uvicorn.Server(
        uvicorn.Config(
            application,
            http=type("Bounded", (Connection,), bounds),
            ws="none",
            lifespan="on",
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=bool(trusted_proxies),  # who a client is matters where unknown keys are tried
            forwarded_allow_ips=[*map(str, trusted_proxies), *map(_mapped, trusted_proxies)],
            timeout_graceful_shutdown=SHUTDOWN_SECONDS + 1,  # our connections end before
        )
    )


def _mapped(network: IPv4Network | IPv6Network) -> str:
    """Return a network of IPv4 as a socket of IPv6 names it (RFC 4291, 2.5.5.2); one of IPv6 as it is."""
    if network.version == 6:  # noqa: PLR2004 # IPv6
        return str(network)
    return f"::ffff:{network.network_address}/{96 + network.prefixlen}"


def _files(wanted: int) -> int:
    """Let this process open as many files as ``wanted``, or as it may; return how many that are."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted


class Connection(HttpToolsProtocol):
    """One connection: uvicorn's, that neither takes nor waits for too much."""

    most: ClassVar[int] = CONNECTIONS
    seconds: ClassVar[float] = SECONDS
    scope: Any  #: of the request whose head came last or is coming; without a ``method`` until it is complete
    cycle: Any  #: the request that was handed on last; None before the first

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's
        """Begin, unless there are too many already."""
        super().connection_made(transport)
        self.scope = {}
        self._good: list[tuple[bytes, bytes]] | None = None  # the fields that came last with one good host
        self._answered: Any = None  # the request whose answer was begun last; others may wait behind it
        self._came = 0  # bytes of a head that is not complete
        self._refused = False
        self._handed_on = self.cycle  # the request that was handed on last, at the last look
        self._idle = False  # whether it was answered then
        self._unread = 0  # bytes of answers that the client had not taken then
        self._watch = self.loop.call_later(self.seconds, self._look)
        if len(self.connections) > self.most:
            if len(self.connections) == self.most + 1:
                log.warning("more than %d connections: no more are taken", self.most)
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE)
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._watch.cancel()
        self._answer_no_more()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """Begin to end: who takes its answers gets what is under way."""
        super().shutdown()
        self._watch.cancel()
        self._watch = self.loop.call_later(SHUTDOWN_SECONDS, self.transport.abort)

    def data_received(self, data: bytes) -> None:
        """Take a piece of a request, no more of a head than we want."""
        while data and not self._refused:
            left, handed_on = HEAD_BYTES - self._came, self.cycle
            piece, data = (data, b"") if len(data) <= left else (data[:left], data[left:])
            super().data_received(piece)
            if self.cycle is not handed_on or "method" in self.scope:  # a head is complete
                self._came = 0
            else:
                self._came += len(piece)
                if self._came == HEAD_BYTES and not self._refused:
                    log.warning("the head of a request is longer than %d bytes", HEAD_BYTES)
                    self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def on_url(self, url: bytes) -> None:
        """Take a piece of the address."""
        self.url += url
        if len(self.url) > URL_BYTES:
            raise _RefusedError(HTTPStatus.REQUEST_URI_TOO_LONG)

    def on_headers_complete(self) -> None:
        """Hand a request on, if it says whom it is for."""
        if self.headers != self._good:  # on one connection, they are mostly the same again
            self._look_at_host()
        super().on_headers_complete()

    def _look_at_host(self) -> None:
        """Refuse a request without a host, with two, or with what names none (RFC 9112, 3.2)."""
        hosts = [value for name, value in self.headers if name == b"host"]
        if len(hosts) == 1 and _HOST.fullmatch(hosts[0]):
            self._good = self.headers
        elif hosts or self.parser.get_http_version() not in _WITHOUT_HOST:
            raise _RefusedError(HTTPStatus.BAD_REQUEST)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 # ours says less
        """Answer what is no request of ours, or not to be read any further; uvicorn has logged it."""
        error = sys.exc_info()[1]
        cause = error and error.__context__
        self._refuse(cause.status if isinstance(cause, _RefusedError) else HTTPStatus.BAD_REQUEST)

    def _unsupported_upgrade_warning(self) -> None:
        """Say nothing: who offers another protocol is content with this one (RFC 9110, 7.8)."""

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        self._answered = cycle
        super()._start_asgi_task(cycle, app)

    def _answer_no_more(self) -> None:
        """Let nothing more be sent of the answer under way; uvicorn stops only that to the last request."""
        if self._answered is not None:
            self._answered.disconnected = True
            self._answered.message_event.set()
        self.pipeline.clear()

    def _look(self) -> None:
        """End the connection if nothing came of it since the last look."""
        unread = self.transport.get_write_buffer_size()
        if self._refused or (unread and unread == self._unread):
            self.transport.abort()
            return
        idle = self.cycle is None or self.cycle.response_complete
        if idle and self._idle and self.cycle is self._handed_on and not unread:
            if not self.scope or "method" in self.scope:  # no other has begun
                self.transport.close()
                return
            log.warning("the head of a request took longer than %g seconds", self.seconds)
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)
        self._handed_on, self._idle, self._unread = self.cycle, idle, unread
        self._watch = self.loop.call_later(self.seconds, self._look)

    def _refuse(self, status: HTTPStatus) -> None:
        """Answer with ``status`` and nothing else, and take nothing more.

        What still comes is read and thrown away until the client has ended or we look again: if it were
        not read, the client's system would throw our answer away.
        """
        self._refused = True
        self._answer_no_more()
        self.flow.resume_reading()
        text = f"{status.phrase}\n".encode()
        head = (
            f"HTTP/1.1 {status.value} {status.phrase}\r\n"
            "content-type: text/plain; charset=utf-8\r\n"
            "x-content-type-options: nosniff\r\n"
            f"content-length: {len(text)}\r\n"
            "connection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + text)
        self.transport.write_eof()


class _RefusedError(Exception):
    """A request that we do not take."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status
