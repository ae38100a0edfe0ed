"""What sites ask robots not to read (RFC 9309): remembered for each origin, a day at most.

The clock is an argument, in seconds.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

from protego import Protego

from aggregator.model.fetch import BARRED, Failed, Fetched, Request

if TYPE_CHECKING:
    from aggregator.fetch.addresses import Address
    from aggregator.model.fetch import Outcome

MOST_BYTES = 500 * 1024  # of a robots.txt that are read (RFC 9309, 2.5)
LONGEST = timedelta(days=1).total_seconds()  # that one is believed (RFC 9309, 2.4)
SHORTEST = timedelta(minutes=15).total_seconds()  # whatever it says: each page would ask for it
RETRY = timedelta(minutes=10).total_seconds()  # where it could not be had
LONGEST_GAP = 10.0  # seconds of a Crawl-delay
MOST_HELD = 1_000_000  # characters of all that are remembered; their rules take many times as much
MOST_ORIGINS = 10_000
_REST = "(robots: ignore on the source reads it all the same)"
_NOBODY = "-"
_AGENT = re.compile(r"\s*user[- ]?agent(?:\s*:|\s)([^#]*)", re.IGNORECASE)


class _Known(NamedTuple):
    until: float
    rules: Protego | None = None  #: None: everything may be read
    refusal: str = ""  #: why nothing may
    gap: float = 0.0
    size: int = 0


class Robots:
    """Remembers what origins said. Not thread-safe: one thread owns it."""

    def __init__(self, user_agent: str) -> None:
        self._token = user_agent.split("/", maxsplit=1)[0].split(" ", maxsplit=1)[0].lower()
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._held = 0

    def refusal(self, address: Address, now: float) -> str | None:
        """Return why ``address`` is not to be read; "" if it may be; None: ask its origin first."""
        known = self._known.get(address.origin)
        if known is None or known.until <= now:
            return None
        self._known.move_to_end(address.origin)
        if known.rules is None:
            return known.refusal
        path = "/" + address.url.partition("//")[2].partition("/")[2]
        if known.rules.can_fetch(path, self._token):
            return ""
        return f"{BARRED}{address.host} asks us not to read {path[:200]} {_REST}"

    def gap(self, address: Address) -> float:
        """Return how many seconds are to lie between two requests to the host of ``address``."""
        known = self._known.get(address.origin)
        return known.gap if known else 0.0

    def learn(self, address: Address, outcome: Outcome, now: float) -> None:
        """Remember what the origin of ``address`` answered to ``request``."""
        self._forget(address.origin)
        known = self._read(address, outcome, now)
        self._known[address.origin] = known
        self._held += known.size
        while self._held > MOST_HELD or len(self._known) > MOST_ORIGINS:
            self._forget(next(iter(self._known)))

    def _read(self, address: Address, outcome: Outcome, now: float) -> _Known:
        if isinstance(outcome, Fetched):
            text = self._narrowed(outcome.body.decode("utf-8-sig", "replace"))
            rules = Protego.parse(text)
            lasts = LONGEST if outcome.fresh_for is None else outcome.fresh_for.total_seconds()
            gap = min(rules.crawl_delay(self._token) or 0.0, LONGEST_GAP)
            return _Known(now + min(max(lasts, SHORTEST), LONGEST), rules, gap=gap, size=len(text))
        status = outcome.status if isinstance(outcome, Failed) else None
        if status and status != HTTPStatus.OK and status < HTTPStatus.INTERNAL_SERVER_ERROR:
            # There is none (RFC 9309, 2.3.1.3), or it is further away than five redirects (2.3.1.2).
            return _Known(now + LONGEST)
        why = outcome.error if isinstance(outcome, Failed) else "it is as it was"
        refusal = f"{BARRED}{address.host} cannot be had ({why}), so nothing is read there yet {_REST}"
        return _Known(now + RETRY, refusal=refusal)

    def _narrowed(self, text: str) -> str:
        """Return ``text`` with all robots but us as one: the parser copies the rules for each."""
        lines = []
        for line in text.splitlines():
            if found := _AGENT.match(line):
                agent = found[1].partition("/")[0].strip().lower()
                lines.append(f"User-agent: {agent if agent in {'*', self._token} else _NOBODY}")
            else:
                lines.append(line)
        return "\n".join(lines)

    def _forget(self, origin: str) -> None:
        if known := self._known.pop(origin, None):
            self._held -= known.size


def question(address: Address) -> Request:
    """Return the request for the robots.txt that speaks for ``address``."""
    return Request(
        tag="robots.txt",
        url=f"{address.origin}/robots.txt",
        headers={"Accept": "text/plain, */*;q=0.5", "Accept-Encoding": "identity"},
    )
