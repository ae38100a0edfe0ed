"""One attempt to get one document, over all its redirects: what to ask for, and what came of it."""

from __future__ import annotations

import hashlib
import re
from http import HTTPStatus
from typing import TYPE_CHECKING

import pycurl

from aggregator.errors import FetchError
from aggregator.fetch import addresses, headers
from aggregator.fetch.inflate import ACCEPTED, inflate
from aggregator.model.fetch import Failed, Fetched, NotModified, Unchanged
from aggregator.model.source import NO_VALIDATORS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from aggregator.fetch.limits import Limits
    from aggregator.fetch.wire import Wire
    from aggregator.model.fetch import Outcome, Request

MOST_REDIRECTS = 5
REDIRECTS = frozenset({301, 302, 303, 307, 308})
PERMANENT = frozenset({301, 308})
WAITS = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
ACCEPT = (
    "Accept: application/rss+xml, application/atom+xml, application/feed+json, "
    "application/xml;q=0.9, text/html;q=0.8, */*;q=0.5"
)
COMMON = (ACCEPT.encode(), f"Accept-Encoding: {ACCEPTED}".encode())
_BREAK = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")  # would end a header and begin another one


class Transfer:
    """A request on its way."""

    __slots__ = (
        "_at",
        "_error",
        "_lines",
        "_permanent",
        "_pieces",
        "_redirects",
        "_status",
        "address",
        "asked",
        "moved_to",
        "partial",
        "placed",
        "request",
        "seconds",
        "size",
    )

    def __init__(self, request: Request, *, partial: bool = False) -> None:
        """Get ready to ask; ``partial``: of what is too long, the beginning will do.

        Raises:
            FetchError: the address is unusable.
        """
        self.request = request
        self.address = self.asked = addresses.read(request.url)
        self.partial = partial
        self.placed = False  # holds one of the client's places
        self.seconds = 0.0  # all hops together
        self.size = 0  # bytes that are held of its body
        self.moved_to = ""
        self._redirects = 0
        self._permanent = True  # as yet, all redirects were
        self._error = ""
        self._status = 0
        self._lines: list[bytes] = []
        self._pieces: list[bytes] = []

    def start(self, wire: Wire, limits: Limits, *, most: int) -> None:
        """Make ``wire`` ask for the next hop; all hops share one time limit.

        Raises:
            pycurl.error, UnicodeError: the address cannot be asked for at all.
        """
        left = limits.timeout.total_seconds() - self.seconds
        wire.ask(self.address.url, self._ask(), seconds=left, most=most)

    def _ask(self) -> list[bytes]:
        lines = [*COMMON]
        validators = self.request.validators
        if validators.etag:
            lines.append(header_line("If-None-Match", validators.etag))
        if validators.last_modified:
            lines.append(header_line("If-Modified-Since", validators.last_modified))
        if (
            self.address.origin != self.asked.origin
        ):  # what the operator set for one server is not for another
            return lines
        own = self.request.headers
        if self.asked.login and not any(name.lower() == "authorization" for name in own):
            lines.append(header_line("Authorization", self.asked.login))
        if own:
            names = {name.lower().encode("latin-1") for name in own}
            lines = [line for line in lines if line.partition(b":")[0].lower() not in names]
            lines += [header_line(name, value) for name, value in own.items()]
        return lines

    def end(self, wire: Wire, error: tuple[int, str] | None, at: datetime) -> None:
        """Take over what came of a hop; ``at`` is when its last byte was in."""
        self.seconds += wire.handle.getinfo(pycurl.TOTAL_TIME)
        self._at = at
        self._status = wire.handle.getinfo(pycurl.RESPONSE_CODE)
        self._lines = wire.lines.copy()
        self._pieces, self.size = wire.surrender(), wire.size
        if error and not (self.partial and wire.overlong):
            self._error = wire.why(*error)
        if self._status == HTTPStatus.NOT_MODIFIED and self.request.validators == NO_VALIDATORS:
            # Taken at its word it would look healthy for ever, and bring nothing.
            self._error = self._error or "it says that nothing has changed (status 304), which was not asked"
        self._error = self._error or headers.fault(self._lines)
        self._status = 0 if self._error else self._status

    def fail(self, why: str, at: datetime) -> None:
        """Note that nothing usable came, or will."""
        self._error, self._at, self._status = why, at, 0

    def failed(self) -> bool:
        """Tell whether nothing usable came."""
        return bool(self._error)

    def sent_on(self) -> bool:
        """Tell whether the response sends us on, and turn to the new address if so."""
        if self._error or self._status not in REDIRECTS:
            return False
        location = headers.read(self._lines).get("location", "")
        self._redirects += 1
        if self._redirects > MOST_REDIRECTS:
            self._error = f"more than {MOST_REDIRECTS} redirects (status {self._status})"
            return False
        try:
            if not location:
                raise FetchError("no address")  # noqa: TRY301 # as one that is none
            self.address = addresses.target(location, self.address)
        except FetchError as error:
            foreign = str(error) if "http" in str(error) else "a redirect that names no address"
            self._error = f"{foreign} (status {self._status})"
            return False
        self._permanent = self._permanent and self._status in PERMANENT
        if self._permanent:
            self.moved_to = self.address.url
        return True

    def drop(self) -> int:
        """Let go of the body; return how many bytes that were."""
        size, self._pieces, self.size = self.size, [], 0
        return size

    def outcome(self, most: int) -> Outcome:
        """Return what the finished transfer means, once; ``most``: bytes of the decoded document.

        It may take a while: the body is decoded here.
        """
        try:
            return self._outcome(most)
        finally:
            self._pieces = []

    def _outcome(self, most: int) -> Outcome:
        if self._error:
            return self._failed(self._error)
        said = headers.read(self._lines)
        if self._status == HTTPStatus.NOT_MODIFIED:
            return NotModified(
                at=self._at,
                fresh_for=headers.fresh_for(said, self._at),
                moved_to=self.moved_to,
                seconds=self.seconds,
            )
        if self._status == HTTPStatus.OK:
            try:
                return self._document(said, most)
            except FetchError as error:
                return self._failed(str(error))
        retry_after = headers.wait(said, self._at) if self._status in WAITS else None
        return self._failed(f"status {self._status}{reason(self._status)}", retry_after)

    def _document(self, said: Mapping[str, str], limit: int) -> Fetched | Unchanged:
        digest = hashlib.blake2b(digest_size=16)
        for piece in self._pieces:
            digest.update(piece)
        body_hash = digest.hexdigest()
        if body_hash == self.request.body_hash:
            return Unchanged(
                size=self.size,
                url=self.address.url,
                validators=headers.validators(said),
                at=self._at,
                dated=headers.dated(said, self._at),
                fresh_for=headers.fresh_for(said, self._at),
                moved_to=self.moved_to,
                seconds=self.seconds,
            )
        return Fetched(
            body=inflate(self._pieces, said.get("content-encoding", ""), limit),
            body_hash=body_hash,
            url=self.address.url,
            content_type=said.get("content-type", ""),
            validators=headers.validators(said),
            at=self._at,
            dated=headers.dated(said, self._at),
            fresh_for=headers.fresh_for(said, self._at),
            moved_to=self.moved_to,
            seconds=self.seconds,
        )

    def _failed(self, why: str, retry_after: timedelta | None = None) -> Failed:
        return Failed(
            error=why,
            at=self._at,
            status=self._status or None,
            retry_after=retry_after,
            seconds=self.seconds,
        )


def header_line(name: str, value: str) -> bytes:
    """Return a header as it is sent; nothing in it begins another one."""
    return _BREAK.sub("", f"{name}: {value}").encode("latin-1", "replace")


def reason(status: int) -> str:
    """Return what a status is called, with a space before; "" if it has no name."""
    try:
        return f" {HTTPStatus(status).phrase}"
    except ValueError:
        return ""
