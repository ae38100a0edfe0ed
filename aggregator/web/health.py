"""Tell machines how the service is: liveness, readiness, metrics."""

from __future__ import annotations

import logging
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from aggregator.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from starlette.requests import Request

    from aggregator.model.source import Category
    from aggregator.observe import Metrics
    from aggregator.ports import Clock, Store

_log = logging.getLogger(__name__)
_GRACE = timedelta(minutes=2)  # a pass under load may hold the next tick up
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def patience(categories: Sequence[Category]) -> timedelta | None:
    """Return how old the engine's last tick may be; None: any age, as crons alone may rest for days."""
    paces = [category.every for category in categories if category.every is not None]
    return 2 * min(paces) + _GRACE if paces else None


class Health:
    """``/healthz``, ``/readyz`` and ``/metrics``."""

    def __init__(
        self,
        *,
        categories: Sequence[Category],
        store: Store,
        clock: Clock,
        metrics: Metrics,
        pulse: Callable[[], datetime | None],
    ) -> None:
        self._patience = patience(categories)
        self._store = store
        self._clock = clock
        self._metrics = metrics
        self._pulse = pulse

    def routes(self) -> list[Route]:
        """Return the three routes."""
        return [
            Route("/healthz", self.alive),
            Route("/readyz", self.ready),
            Route("/metrics", self.metrics),
        ]

    async def alive(self, _request: Request) -> Response:
        """Answer 200 as long as the process answers at all."""
        return PlainTextResponse("ok", headers=_HEADERS)

    def ready(self, _request: Request) -> Response:
        """Answer 200 when the database answers and the engine ticks, else 503; the body says which."""
        try:
            self._store.check()
            database = "ok"
        except StoreError as error:
            _log.warning("not ready: %s", error)  # the answer is public, the reason is not
            database = "unavailable"
        tick = self._pulse()
        late = self._patience is not None and tick is not None and self._clock() - tick > self._patience
        state = {
            "database": database,
            "last_tick": tick.isoformat(timespec="seconds") if tick else None,
            "ticking": tick is not None and not late,
        }
        good = database == "ok" and state["ticking"]
        status = HTTPStatus.OK if good else HTTPStatus.SERVICE_UNAVAILABLE
        return JSONResponse(state, status, headers=_HEADERS)

    def metrics(self, _request: Request) -> Response:
        """Answer with what Prometheus scrapes."""
        body, media_type = self._metrics.exposition()
        return Response(body, headers={**_HEADERS, "Content-Type": media_type})
