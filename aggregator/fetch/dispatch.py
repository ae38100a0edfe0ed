"""One attempt to hand something in (``POST``), by the same ways and under the same guard as all else."""

from __future__ import annotations

import logging
from concurrent.futures import Future
from http import HTTPStatus
from typing import TYPE_CHECKING

import pycurl

from aggregator.fetch import headers
from aggregator.fetch.loop import BUG, FAILED, Waiting
from aggregator.fetch.transfer import REDIRECTS, Transfer, header_line, reason
from aggregator.model.fetch import Request, Taken

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from aggregator.fetch.limits import Limits
    from aggregator.fetch.wire import Wire
    from aggregator.model.fetch import Post, Reception

LONGEST = 15.0  #: seconds for the whole of it
#: ``Expect`` would have us wait for a "go on" (100) that many servers never send.
COMMON = (b"Accept: */*", b"Expect:")
LONGEST_SHOWN = 300  # characters of an address that a server names
log = logging.getLogger(__name__)


class Dispatch(Transfer):
    """Something on its way to be handed in. What is answered beyond the headers is not waited for."""

    __slots__ = ("_post",)

    def __init__(self, post: Post) -> None:
        """Get ready to send.

        Raises:
            FetchError: the address is unusable.
        """
        super().__init__(Request(tag="", url=post.url, headers=post.headers))
        self._post = post

    def start(self, wire: Wire, limits: Limits, *, most: int) -> None:  # noqa: ARG002 # nothing is kept
        """Make ``wire`` send it.

        Raises:
            pycurl.error, UnicodeError: the address cannot be asked at all.
        """
        seconds = min(limits.timeout.total_seconds(), LONGEST)
        wire.send(self.address.url, self._ask(), self._post.body, seconds=seconds)

    def _ask(self) -> list[bytes]:
        lines = [*COMMON]
        if self.asked.login:
            lines.append(header_line("Authorization", self.asked.login))
        return lines + [header_line(name, value) for name, value in self._post.headers.items()]

    def end(self, wire: Wire, error: tuple[int, str] | None, at: datetime) -> None:
        """Take over what came of it; ``at`` is when the last byte was in."""
        super().end(wire, None, at)
        # Whoever says that it took it did so, however the rest of its answer comes: cut, too long, too slow.
        if error and (self._error or self._status < HTTPStatus.OK):
            late = error[0] == pycurl.E_OPERATION_TIMEDOUT
            self._error = "no answer in time" if late else wire.why(*error) or self._error
            self._status = 0
        wire.sent()

    def sent_on(self) -> bool:
        """Tell that it goes nowhere else: whom a redirect names, nobody has agreed with."""
        return False

    def reception(self) -> Reception:
        """Return what the finished dispatch means."""
        try:
            return self._reception()
        except Exception:
            # Of ours, and loud; but the thread it happens in serves every other one, too.
            log.exception(BUG, self.address.host)
            return self._failed(FAILED)

    def _reception(self) -> Reception:
        if not self._error and HTTPStatus.OK <= self._status < HTTPStatus.MULTIPLE_CHOICES:
            return Taken(status=self._status, at=self._at, seconds=self.seconds)
        said = headers.read(self._lines) if self._status else {}
        why = self._error or f"status {self._status}{reason(self._status)}"
        if self._status in REDIRECTS:
            where = said.get("location", "")[:LONGEST_SHOWN] or "nowhere"
            why += f": it points to {where}, and redirects are not followed"
        return self._failed(why, headers.wait(said, self._at))


class Sending(Waiting):
    """One call of ``post``: its future is told at once when it ends."""

    def __init__(self) -> None:
        super().__init__()
        self.future: Future[Reception] = Future()

    def put(self, ended: Sequence[Transfer | None]) -> bool:
        """Take over how it ended; there is nothing to wait for any more."""
        for dispatch in ended:
            if isinstance(dispatch, Dispatch):
                self.future.set_result(dispatch.reception())
            else:
                self.future.cancel()
        return False
