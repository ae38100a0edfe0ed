"""The hot path: feeds that are at hand are answered before any routing, from bytes made once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.web.partners import bearer
from aggregator.web.serving import by_name, preferred

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from aggregator.observe import Metrics
    from aggregator.ports import Clock
    from aggregator.web.partners import Gatekeeper
    from aggregator.web.serving import Asked, Fields
    from aggregator.web.shelf import Resource, Shelf

    Answer = tuple[int, Fields, bytes]

_READS = frozenset({"GET", "HEAD"})
_FEEDS, _OWN = _PARTNERS = "/feeds/", "/p/"


class HotPath:
    """The ASGI application: sends what the shelf has at hand, and leaves all else to another one.

    So only what is current and ready, and asked for by GET or HEAD, is answered here. All else takes the
    other way: an address that was never asked for, an edition to be loaded, another method, ``A-IM``.
    """

    def __init__(
        self, app: ASGIApp, shelf: Shelf, metrics: Metrics, *, gate: Gatekeeper, clock: Clock
    ) -> None:
        self.shelf = shelf
        self._app = app
        self._metrics = metrics
        self._gate = gate
        self._clock = clock
        # By status, since a request was last handed on, such as one for the metrics.
        self._answered = {200: 0, 304: 0}  # at everybody's addresses
        self._answered_own = {200: 0, 304: 0}  # at partners' own

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        answer = self._at_hand(scope) if scope["type"] == "http" else None
        if answer is None:
            self._count()
            await self._app(scope, receive, send)
            return
        status, fields, body = answer
        await send({"type": "http.response.start", "status": status, "headers": fields})
        await send({"type": "http.response.body", "body": body})

    def _at_hand(self, scope: Scope) -> Answer | None:
        path: str = scope["path"]
        resource = self.shelf.resources.get(path)
        if resource is None and not path.startswith(_PARTNERS):
            return None
        if scope["method"] not in _READS:
            return None
        asked = by_name(scope["headers"])
        if resource is None or b"authorization" in asked:
            if path.startswith(_OWN):
                key, _, file = path.removeprefix(_OWN).partition("/")
                return self._for_partner(scope, asked, key, file, self._answered_own)
            if (found := bearer(asked.get(b"authorization", b"").decode("latin-1"))) is not None:
                return self._for_partner(scope, asked, found, path.removeprefix(_FEEDS), self._answered)
            if resource is None:
                return None
        answer = None if b"a-im" in asked else self._ready(resource, scope, asked)
        if answer:
            self._answered[answer[0]] += 1
        return answer

    def _for_partner(
        self, scope: Scope, asked: Asked, key: str, file: str, counted: dict[int, int]
    ) -> Answer | None:
        account = self._gate.known(key)
        resource = account and account.resources.get(file)
        answer = resource and self._ready(resource, scope, asked)
        now = self._clock()
        if not account or not answer or not account.enters(now):
            return None
        counted[answer[0]] += 1
        account.tally.count(answer[0], len(answer[2]), now)
        return answer

    def _ready(self, resource: Resource, scope: Scope, asked: Asked) -> Answer | None:
        found = self.shelf.at_hand(resource, preferred(asked))
        if found is None:
            return None
        if found.is_current(asked):
            return 304, found.unmodified, b""
        if found.body is None:
            return None
        self.shelf.touch(found)
        return 200, found.fields, b"" if scope["method"] == "HEAD" else found.body

    def _count(self) -> None:
        for kind, answered in (("feed", self._answered), ("partner", self._answered_own)):
            for status, count in answered.items():
                if count:
                    self._metrics.request(kind, status, count)
                    answered[status] = 0
