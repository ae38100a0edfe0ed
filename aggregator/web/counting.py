"""Count requests by kind and status. Kinds and statuses are few, so a stranger's paths grow no metric."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from aggregator.observe import Metrics

_KINDS = (
    ("api", re.compile(r"/api(/|$)")),
    ("feed", re.compile(r"/feeds?(/|$)|/feeds\.opml$|/category/[^/]*/feed(/|$)")),
    ("health", re.compile(r"/(healthz|readyz|metrics)$")),
    ("embed", re.compile(r"/embed(/|\.js$|\.css$)")),
    ("partner", re.compile(r"/p/")),
    ("page", re.compile(r"/$|/status/?$|/(c|items)/")),
)


def kind_of(path: str) -> str:
    """Return ``api``, ``feed``, ``health``, ``embed``, ``partner``, ``page`` or ``other``."""
    return next((kind for kind, pattern in _KINDS if pattern.match(path)), "other")


class CountRequests:
    """ASGI middleware that counts every answered request in ``metrics``."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and count the status that its answer starts with."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = int(HTTPStatus.INTERNAL_SERVER_ERROR)  # what is raised becomes a 500 outside of us

        async def counted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, counted)
        finally:
            self._metrics.request(kind_of(scope["path"]), status)
