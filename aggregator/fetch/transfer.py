"""One attempt to get one document: the curl handle, what came back, and what it means."""

from __future__ import annotations

import hashlib
import re
import socket
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urljoin, urlsplit

import pycurl

from aggregator.errors import FetchError
from aggregator.fetch.guard import allowed
from aggregator.fetch.inflate import ACCEPTED, Inflater
from aggregator.model.fetch import Failed, Fetched, NotModified, Unchanged
from aggregator.model.source import Validators

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aggregator.fetch.limits import Limits
    from aggregator.model.fetch import Outcome, Request

MOST_REDIRECTS = 5
MOST_HEADER_BYTES = 64 * 1024
SLOWEST_BYTES = 64  # a second, over SLOWEST_SECONDS: a drip slower than this is cut
SLOWEST_SECONDS = 15
LONGEST_WAIT = timedelta(days=1)  # of a Retry-After
OLDEST_RESPONSE = timedelta(days=7)  # a Date further back is a broken clock, not a cache
NEWEST_RESPONSE = timedelta(minutes=5)
ESCAPE = re.compile(r"[^!-~]+")
REDIRECTS = frozenset({301, 302, 303, 307, 308})
ACCEPT = (
    "application/rss+xml, application/atom+xml, application/feed+json, "
    "application/xml;q=0.9, text/html;q=0.8, */*;q=0.5"
)


class _Handed(socket.socket):
    """A socket of which libcurl takes a copy: ours is closed when it goes, and that is no leak."""

    def __del__(self) -> None:
        self.close()


class Transfer:
    """A request on its way: fills a curl handle, gathers the response, says the outcome."""

    def __init__(self, request: Request, limits: Limits) -> None:
        self.request = request
        self.url = request.url
        self.host = _host(request.url)
        self.redirects = 0
        self._nowhere = False  # a redirect leads to what is no address
        self.seconds = 0.0  # all hops together
        self._limits = limits
        self._origin = _origin(request.url)
        self._deadline: datetime | None = None
        self._reset()

    def _reset(self) -> None:
        self._body = bytearray()
        self._inflater: Inflater | None = None
        self._headers: dict[str, str] = {}
        self._header_bytes = 0
        self._refused = ""
        self._connecting = False
        self._unfit = ""

    def fill(self, handle: Any, *, now: datetime) -> None:
        """Set every option of the fresh ``handle`` for the next hop; all hops share one time limit.

        Raises:
            pycurl.error, UnicodeError: the address cannot be asked for at all.
        """
        self._reset()
        self._deadline = self._deadline or now + self._limits.timeout
        left = max(self._deadline - now, timedelta(milliseconds=1))
        address, user = _without_user(self.url)
        handle.setopt(pycurl.URL, address.encode("ascii"))
        handle.setopt(pycurl.HTTPHEADER, [line.encode("latin-1") for line in self._ask(user)])
        handle.setopt(pycurl.USERAGENT, self._limits.user_agent.encode("latin-1", "replace"))
        handle.setopt(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
        handle.setopt(pycurl.CAINFO, self._limits.authorities)
        handle.setopt(pycurl.FOLLOWLOCATION, 0)
        handle.setopt(pycurl.PROXY, "")
        handle.setopt(pycurl.NOSIGNAL, 1)
        handle.setopt(pycurl.TIMEOUT_MS, max(1, left // timedelta(milliseconds=1)))
        handle.setopt(
            pycurl.CONNECTTIMEOUT_MS, max(1, min(left, timedelta(seconds=10)) // timedelta(milliseconds=1))
        )
        handle.setopt(pycurl.LOW_SPEED_LIMIT, SLOWEST_BYTES)
        handle.setopt(pycurl.LOW_SPEED_TIME, SLOWEST_SECONDS)
        handle.setopt(pycurl.OPENSOCKETFUNCTION, self._open)
        handle.setopt(pycurl.HEADERFUNCTION, self._header)
        handle.setopt(pycurl.WRITEFUNCTION, self._write)

    def _ask(self, user: str) -> list[str]:
        validators, same_origin = self.request.validators, _origin(self.url) == self._origin
        headers = {"Accept": ACCEPT, "Accept-Encoding": ACCEPTED}
        if validators.etag:
            headers["If-None-Match"] = validators.etag
        if validators.last_modified:
            headers["If-Modified-Since"] = validators.last_modified
        if user:
            headers["Authorization"] = user
        if same_origin:  # what the operator set for one server is not for another
            headers |= self.request.headers
        return [f"{name}: {value}" for name, value in headers.items()]

    def _open(self, _purpose: int, address: Any) -> Any:
        """Open the socket to an address that is allowed; libcurl calls this just before each connect."""
        target = address.addr[0]
        if isinstance(target, bytes):
            target = target.decode("ascii", "replace")
        if not allowed(target, self._limits.allow_private_networks):
            self._refused = target
            return pycurl.SOCKET_BAD
        self._connecting = True
        return _Handed(address.family, address.socktype, address.protocol)

    def _header(self, line: bytes) -> int | None:
        self._header_bytes += len(line)
        if self._header_bytes > MOST_HEADER_BYTES:
            self._unfit = f"its headers are longer than {MOST_HEADER_BYTES} bytes"
            return -1
        if line.startswith(b"HTTP/"):  # of a hop that the last one replaces (100, 103)
            self._headers = {}
        else:
            name, _, value = line.decode("latin-1").partition(":")
            self._headers[name.strip().lower()] = value.strip()
        return None

    def _write(self, data: bytes) -> int | None:
        try:
            if self._inflater is None:
                self._inflater = Inflater(self._headers.get("content-encoding", ""), self._limits.max_bytes)
            self._body += self._inflater.feed(data)
        except FetchError as error:
            self._unfit = str(error)
            return -1
        return None

    def result(self, handle: Any, error: tuple[int, str] | None, *, now: datetime) -> Outcome | None:
        """Return what the finished transfer came to; None: it is sent on, and ready for the next hop."""
        if error:
            return self.failure(*error, now=now)
        return None if self.moved(handle) else self.outcome(handle, now=now)

    def moved(self, handle: Any) -> bool:
        """Tell whether the response sends us on, and turn to the new address if so."""
        if handle.getinfo(pycurl.RESPONSE_CODE) not in REDIRECTS or "location" not in self._headers:
            return False
        self.redirects += 1
        if self.redirects > MOST_REDIRECTS:
            return False
        try:
            self.url = urljoin(self.url, _ascii(self._headers["location"], "latin-1"))
        except ValueError:  # such as an unclosed [ in the host
            self._nowhere = True
            return False
        return True

    def outcome(self, handle: Any, *, now: datetime) -> Outcome:
        """Return what the finished response means; ``now`` is when its last byte was in."""
        status = handle.getinfo(pycurl.RESPONSE_CODE)
        if status == HTTPStatus.NOT_MODIFIED:
            return NotModified(at=now, seconds=self.seconds)
        if status == HTTPStatus.OK:
            try:
                if self._inflater:
                    self._inflater.finish()
            except FetchError as error:
                return Failed(error=str(error), at=now, status=status, seconds=self.seconds)
            body_hash = hashlib.blake2b(self._body, digest_size=16).hexdigest()
            if body_hash == self.request.body_hash:
                return Unchanged(
                    size=len(self._body),
                    url=_without_user(self.url)[0],
                    validators=Validators(
                        etag=self._headers.get("etag", ""),
                        last_modified=self._headers.get("last-modified", ""),
                    ),
                    at=now,
                    dated=_dated(self._headers, now),
                    seconds=self.seconds,
                )
            return Fetched(
                body=bytes(self._body),
                body_hash=body_hash,
                url=_without_user(self.url)[0],
                content_type=self._headers.get("content-type", ""),
                validators=Validators(
                    etag=self._headers.get("etag", ""), last_modified=self._headers.get("last-modified", "")
                ),
                at=now,
                dated=_dated(self._headers, now),
                seconds=self.seconds,
            )
        if status in REDIRECTS:
            why = (
                f"more than {MOST_REDIRECTS} redirects"
                if self.redirects and not self._nowhere
                else "a redirect that names no address"
            )
            return Failed(error=f"{why} (status {status})", at=now, status=status, seconds=self.seconds)
        return Failed(
            error=f"status {status}{_reason(status)}",
            at=now,
            status=status,
            retry_after=_wait(self._headers, now),
            seconds=self.seconds,
        )

    def failure(self, code: int, message: str, *, now: datetime) -> Failed:
        """Return why libcurl gave up, in words for the operator."""
        if self._refused and not self._connecting:  # of several addresses, the good ones were tried
            why = (
                f"{self._refused} is not a public address; if the source is yours, "
                "list its network under fetch.allow_private_networks"
            )
        elif self._unfit:
            why = self._unfit
        else:
            why = EXPLAINED.get(code, "") or message or f"curl error {code}"
            if code == pycurl.E_SSL_CACERT:
                why = f"its certificate cannot be believed: {message}"
            if code == pycurl.E_OPERATION_TIMEDOUT:
                allowed_seconds = self._limits.timeout.total_seconds()
                why = f"no whole answer within {allowed_seconds:g} s (fetch.timeout), or too slow a one"
        return Failed(error=why, at=now, seconds=self.seconds)


EXPLAINED: Mapping[int, str] = {
    pycurl.E_COULDNT_RESOLVE_HOST: "its host name does not resolve",
    pycurl.E_PARTIAL_FILE: "the answer was cut short",
    pycurl.E_GOT_NOTHING: "the server closed the connection without an answer",
    pycurl.E_UNSUPPORTED_PROTOCOL: "not an http or https address",
    pycurl.E_URL_MALFORMAT: "not a usable address",
}


def _reason(status: int) -> str:
    try:
        return f" {HTTPStatus(status).phrase}"
    except ValueError:
        return ""


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc.rpartition("@")[2].lower()
    except ValueError:
        return ""


def _origin(url: str) -> tuple[str, str]:
    return url.partition(":")[0].lower(), _host(url)


def _ascii(text: str, encoding: str = "utf-8") -> str:
    """Return ``text`` with everything that an address may not hold as it is percent-encoded."""
    return ESCAPE.sub(
        lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode(encoding, "replace")), text
    )


def _without_user(url: str) -> tuple[str, str]:
    """Return ``url`` as ASCII without its user, and the Authorization header that makes (RFC 7617)."""
    parts = urlsplit(url)
    user_info, _, host = parts.netloc.rpartition("@")
    try:
        host = host.encode("ascii").decode()
    except UnicodeEncodeError:
        name, colon, port = host.partition(":")
        host = f"{name.encode('idna').decode()}{colon}{port}"
    clean = parts._replace(
        netloc=host, path=_ascii(parts.path), query=_ascii(parts.query), fragment=""
    ).geturl()
    if not user_info:
        return clean, ""
    return clean, f"Basic {b64encode(unquote(user_info).encode()).decode()}"


def _dated(headers: Mapping[str, str], now: datetime) -> datetime:
    """Return when the response was made, as far as that can be true, else ``now``.

    That is its ``Date``; but some caches write their own time there, and only ``Age`` tells how old it is
    (RFC 9111, 5.1). Where ``Date`` is the origin's, the two say the same.
    """
    dated = _http_date(headers.get("date", ""))
    if dated is None:
        return now
    age = headers.get("age", "")
    if age.isdecimal() and len(age) < 8:  # noqa: PLR2004 # three years in seconds; longer is nonsense
        dated = min(dated, now - timedelta(seconds=int(age)))
    return dated if now - OLDEST_RESPONSE <= dated <= now + NEWEST_RESPONSE else now


def _wait(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Return how long ``Retry-After`` asks us to wait, a day at most (RFC 9110, 10.2.3)."""
    value = headers.get("retry-after", "")
    if value.isdecimal():
        return timedelta(seconds=int(value)) if len(value) < 6 else LONGEST_WAIT  # noqa: PLR2004 # over a day either way
    until = _http_date(value)
    return min(max(until - now, timedelta(0)), LONGEST_WAIT) if until else None


def _http_date(value: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(value)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):  # the year 9999 in New York, an offset of thirty digits
        return None
