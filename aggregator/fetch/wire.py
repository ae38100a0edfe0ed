"""A curl handle: asks for one hop after another, and gathers what comes back.

What is the same for all requests is set once; a hop costs only what differs.
"""

from __future__ import annotations

import socket
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pycurl

from aggregator.fetch import headers
from aggregator.fetch.inflate import too_long
from aggregator.rules.guard import allowed, excepted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aggregator.fetch.limits import Limits
    from aggregator.fetch.room import Room

CONNECT_SECONDS = 10

MOST_ASIDE = 64 * 1024  # of a body that nobody reads: a redirect's, an error's
SLOWEST_BYTES = 64  # a second, over SLOWEST_SECONDS: a drip slower than this is cut
SLOWEST_SECONDS = 15
#: Seconds for the body of an answer that is read for its head alone: what comes with the head leaves the
#: connection as good as new, anything slower costs it.
GRACE = 0.5
_TOO_LARGE = 100  # CURLE_TOO_LARGE, for which pycurl has no name: a header line of over 100 KB


class _Handed(socket.SocketType):
    """A socket of which libcurl takes a copy: ours is closed when it goes, and that is no leak."""

    def __del__(self) -> None:
        self.close()


class Wire:
    """One handle with its callbacks. Only the fetching thread touches it."""

    def __init__(self, limits: Limits, share: Any, room: Room[Wire]) -> None:
        self._limits = limits
        self._room = room
        self._milliseconds = 0
        self._bare = False  # what is handed in can be read on its way
        self._sending = 0  # bytes that are handed in
        self.lines: list[bytes] = []  # of the headers
        self.handle: Any = pycurl.Curl()
        self._set_up(share)
        self._clear(0)

    def _set_up(self, share: Any) -> None:
        setopt = self.handle.setopt
        setopt(pycurl.USERAGENT, self._limits.user_agent.encode("latin-1", "replace"))
        setopt(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
        setopt(pycurl.REDIR_PROTOCOLS, 0)
        setopt(pycurl.FOLLOWLOCATION, 0)
        setopt(
            pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1
        )  # one document of a server: no streams needed
        setopt(pycurl.HTTP09_ALLOWED, 0)
        setopt(pycurl.CAINFO, self._limits.authorities)
        if "OpenSSL" in pycurl.version:
            # Its first choice, with ML-KEM, takes a fifth of a handshake's time; what we read is public.
            setopt(pycurl.SSL_EC_CURVES, "X25519:P-256:P-384:P-521")
        setopt(pycurl.SHARE, share)
        setopt(pycurl.PROXY, "")
        setopt(pycurl.NOSIGNAL, 1)
        # libcurl looks through all its names for each request, which for thousands costs more than the
        # request; the system has a cache of its own, and a kept connection needs no name.
        setopt(pycurl.DNS_CACHE_TIMEOUT, 0)
        setopt(pycurl.CONNECTTIMEOUT, CONNECT_SECONDS)
        setopt(pycurl.LOW_SPEED_LIMIT, SLOWEST_BYTES)
        setopt(pycurl.LOW_SPEED_TIME, SLOWEST_SECONDS)
        setopt(pycurl.OPENSOCKETFUNCTION, self._open)
        setopt(pycurl.HEADERFUNCTION, self.lines.append)
        setopt(pycurl.WRITEFUNCTION, self._write)
        setopt(pycurl.XFERINFOFUNCTION, self._is_over)

    def _clear(self, most: int) -> None:
        self.lines.clear()
        self.pieces: list[bytes] = []  # of the body
        self.size = 0  # of the pieces
        self.overlong = False  # the body was cut: there was more than anybody wants
        self._most = most
        self._refused = ""  # the address that we did not connect to
        self._connecting = False
        self._aside = 0  # bytes that were not kept
        self._answered_at = 0.0  # when the head of an answer was seen to be there

    def ask(self, url: str, lines: Sequence[bytes], *, seconds: float, most: int) -> None:
        """Get ready to ask for ``url`` within ``seconds``, for a body of ``most`` bytes.

        Raises:
            pycurl.error: the address cannot be asked for at all.
        """
        self._clear(most)
        self.handle.setopt(pycurl.URL, url)
        self.handle.setopt(pycurl.HTTPHEADER, lines)
        milliseconds = max(1, round(seconds * 1000))
        if milliseconds != self._milliseconds:
            self._milliseconds = milliseconds
            self.handle.setopt(pycurl.TIMEOUT_MS, milliseconds)

    def send(self, url: str, lines: Sequence[bytes], body: bytes, *, seconds: float) -> None:
        """Get ready to hand ``body`` in at ``url``; nothing is kept of what is answered but its headers.

        Raises:
            pycurl.error: the address cannot be asked at all.
        """
        self.ask(url, lines, seconds=seconds, most=0)
        self.handle.setopt(pycurl.POSTFIELDS, body)
        self.handle.setopt(pycurl.NOPROGRESS, 0)
        self._sending = len(body)
        self._bare = not url.startswith("https:")

    def sent(self) -> None:
        """Let go of what was handed in, and be ready to ask again."""
        self._bare = False
        self.handle.setopt(pycurl.NOPROGRESS, 1)
        self.handle.setopt(pycurl.POSTFIELDS, b"")
        self.handle.setopt(pycurl.HTTPGET, 1)

    def _open(self, _purpose: int, address: Any) -> Any:
        """Open the socket to an address that is allowed; libcurl calls this just before each connect."""
        target = address.addr[0]
        if isinstance(target, bytes):
            target = target.decode("ascii", "replace")
        networks = self._limits.allow_private_networks
        if not allowed(target, networks) or (self._bare and not excepted(target, networks)):
            self._refused = target
            return pycurl.SOCKET_BAD
        self._connecting = True
        return _Handed(address.family, address.socktype, address.protocol)

    def _write(self, data: bytes) -> int | None:
        size = len(data)
        if not self.pieces and not self._is_document():
            self._aside += size
            return -1 if self._aside > MOST_ASIDE else None
        if self.size + size > self._most:
            self.overlong = True
            return -1
        if not self._room.take(self, size, has=self.size):
            return int(pycurl.WRITEFUNC_PAUSE)
        self.pieces.append(data)
        self.size += size
        return None

    def _is_over(self, _coming: float, _come: float, _going: float, gone: float) -> bool:
        """Tell libcurl, which asks at least once a second, whether all that matters of an answer is there.

        That is its head, once what is handed in is out: who answers sooner may still be reading.
        """
        if gone < self._sending or not self.lines or self.lines[-1].strip():
            return False
        if headers.status(self.lines) < HTTPStatus.OK:  # "go on", and such
            return False
        now = time.monotonic()
        self._answered_at = self._answered_at or now
        return now - self._answered_at >= GRACE

    def _is_document(self) -> bool:
        """Tell whether the body that begins to come in is one that anybody will read."""
        return self._most > 0 and headers.status(self.lines) == HTTPStatus.OK

    def why(self, code: int, message: str) -> str:
        """Return why libcurl gave up, in words for the operator; "" if nothing is lost by it."""
        if self._refused and not self._connecting:  # of several addresses, the good ones were tried
            return self._refusal()
        if self.overlong:
            return str(too_long(self._most))
        if self._aside > MOST_ASIDE:
            return ""
        if code == pycurl.E_SSL_CACERT:
            return f"its certificate cannot be believed: {message}"
        if code == pycurl.E_OPERATION_TIMEDOUT:
            allowed_seconds = self._limits.timeout.total_seconds()
            return f"no whole answer within {allowed_seconds:g} s (fetch.timeout), or too slow a one"
        return EXPLAINED.get(code, "") or message or f"curl error {code}"

    def _refusal(self) -> str:
        if self._bare and allowed(self._refused):
            return "it is no https:// address: anybody could read what is handed in there"
        return (
            f"{self._refused} is not a public address; if it is yours, "
            "list its network under fetch.allow_private_networks"
        )

    def surrender(self) -> list[bytes]:
        """Return the body's pieces, and keep none of them."""
        pieces, self.pieces = self.pieces, []
        return pieces

    def resume(self) -> None:
        """Take in more, after a pause."""
        self.handle.pause(pycurl.PAUSE_CONT)

    def close(self) -> None:
        """Free the handle."""
        self.handle.close()


EXPLAINED: Mapping[int, str] = {
    pycurl.E_COULDNT_RESOLVE_HOST: "its host name does not resolve",
    pycurl.E_PARTIAL_FILE: "the answer was cut short",
    pycurl.E_GOT_NOTHING: "the server closed the connection without an answer",
    pycurl.E_UNSUPPORTED_PROTOCOL: "its answer is not in HTTP/1",  # that its address is none was seen before
    _TOO_LARGE: headers.TOO_LONG,
    pycurl.E_URL_MALFORMAT: "not a usable address",
}
