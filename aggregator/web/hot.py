"""The hot path: feeds that are at hand are answered before any routing, from bytes made once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.web.serving import by_name, preferred

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from aggregator.observe import Metrics
    from aggregator.web.serving import Fields
    from aggregator.web.shelf import Shelf

_READS = frozenset({"GET", "HEAD"})


class HotPath:
    """The ASGI application: sends what the shelf has at hand, and leaves all else to another one.

    So only what is current and ready, and asked for by GET or HEAD, is answered here. All else takes the
    other way: an address that was never asked for, an edition to be loaded, another method, ``A-IM``.
    """

    def __init__(self, app: ASGIApp, shelf: Shelf, metrics: Metrics) -> None:
        self.shelf = shelf
        self._app = app
        self._metrics = metrics
        self._answered = {200: 0, 304: 0}  # since a request was last handed on, such as one for the metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        answer = self._at_hand(scope) if scope["type"] == "http" else None
        if answer is None:
            self._count()
            await self._app(scope, receive, send)
            return
        status, fields, body = answer
        self._answered[status] += 1
        await send({"type": "http.response.start", "status": status, "headers": fields})
        await send({"type": "http.response.body", "body": body})

    def _at_hand(self, scope: Scope) -> tuple[int, Fields, bytes] | None:
        resource = self.shelf.resources.get(scope["path"])
        if resource is None or scope["method"] not in _READS:
            return None
        asked = by_name(scope["headers"])
        found = self.shelf.at_hand(resource, preferred(asked))
        if found is None or b"a-im" in asked:
            return None
        if found.is_current(asked):
            return 304, found.unmodified, b""
        if found.body is None:
            return None
        self.shelf.touch(found)
        return 200, found.fields, b"" if scope["method"] == "HEAD" else found.body

    def _count(self) -> None:
        for status, count in self._answered.items():
            if count:
                self._metrics.request("feed", status, count)
                self._answered[status] = 0
