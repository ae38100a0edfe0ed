"""Put the addresses together into one ASGI application."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse, Response

from aggregator.errors import StoreError
from aggregator.rules.terms import variants
from aggregator.web.api import Api
from aggregator.web.api.problems import problem
from aggregator.web.counting import CountRequests, kind_of
from aggregator.web.embed import Embed
from aggregator.web.feeds import Feeds
from aggregator.web.health import Health
from aggregator.web.hot import HotPath
from aggregator.web.logged import without_keys
from aggregator.web.pages import Pages
from aggregator.web.partners import Gatekeeper, Refused
from aggregator.web.shelf import Shelf
from aggregator.web.variants import Variants
from aggregator.web.words import words_for

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from starlette.requests import Request

    from aggregator.model.feed import Feed, FeedName, Site
    from aggregator.model.partner import Partner
    from aggregator.model.source import Category
    from aggregator.observe import Metrics
    from aggregator.ports import Clock, Store
    from aggregator.web.api.changes import Written
    from aggregator.web.feeds import Printed
    from aggregator.web.words import Words

_log = logging.getLogger(__name__)


def build(
    *,
    site: Site,
    categories: Sequence[Category],
    feeds: Sequence[Feed],
    timezone: ZoneInfo,
    store: Store,
    publication: Printed,
    take_up: Callable[[FeedName], None],
    written: Written,
    clock: Clock,
    metrics: Metrics,
    pulse: Callable[[], datetime | None],
    partners: Sequence[Partner] = (),
) -> HotPath:
    """Return the application that answers all our addresses.

    While it lives (ASGI's lifespan), it looks once a second for what other processes published; call
    ``shelf.refresh`` of it after this one did.

    Args:
        site: who publishes; its language chooses the words of the pages.
        categories: the configured categories, in the order in which pages show them.
        feeds: every published feed, the sources' own (``source/…``) among them; no other is served.
        timezone: the zone in which pages say dates.
        store: only read from, in worker threads.
        publication: returns the current bytes of a feed in a format; None: there are none yet.
        take_up: lets a feed take up what came out for it, if nobody else does (``App.take_up``).
        written: returns what stories say now, as the API shows it (``App.items``).
        clock: for "2 hours ago" and readiness.
        metrics: counts the requests and is shown under ``/metrics``.
        pulse: returns when the engine last ticked; None: not yet.
        partners: who may read feeds under contracts; ``/status`` tells of them.
    """
    words = words_for(site.language)
    shelf = Shelf([*feeds, *variants(feeds, partners)], store)
    gate = Gatekeeper(partners, store=store, clock=clock, metrics=metrics, words=words)
    own = Variants(site=site, feeds=feeds, publication=publication, words=words, shelf=shelf, gate=gate)
    published = Feeds(
        site=site, feeds=feeds, store=store, publication=publication, words=words, shelf=shelf, variants=own
    )
    pages = Pages(
        site=site,
        categories=categories,
        feeds=feeds,
        timezone=timezone,
        store=store,
        clock=clock,
        words=words,
        partners=partners,
    )
    health = Health(categories=categories, store=store, clock=clock, metrics=metrics, pulse=pulse)
    embed = Embed(site=site, feeds=feeds, timezone=timezone, clock=clock, published=published)
    api = Api(
        site=site,
        categories=categories,
        feeds=feeds,
        store=store,
        take_up=take_up,
        written=written,
        clock=clock,
        gate=gate,
    )
    troubles = _Troubles(published, pages, words, gate)
    application = Starlette(
        routes=[
            *published.routes(),
            *own.routes(),
            *health.routes(),
            *api.routes(),
            *embed.routes(),
            *pages.routes(),
        ],
        middleware=[Middleware(CountRequests, metrics=metrics)],
        lifespan=partial(_watching, shelf, gate),
        exception_handlers={
            HTTPException: troubles.refused,
            StoreError: troubles.unavailable,
            Exception: troubles.broken,
        },
    )
    application.router.redirect_slashes = False  # each address is spelled out; a redirect would trust Host
    return HotPath(application, shelf, metrics, gate=gate, clock=clock)


@asynccontextmanager
async def _watching(shelf: Shelf, gate: Gatekeeper, _application: Starlette) -> AsyncIterator[None]:
    await asyncio.to_thread(gate.refresh)  # so that nobody's key is unknown at first
    watches = [asyncio.create_task(shelf.watch()), asyncio.create_task(gate.watch())]
    try:
        yield
    finally:
        for watch in watches:
            watch.cancel()
        await asyncio.wait(watches)
        await gate.close()


class _Troubles:
    """Says what went wrong: to a person as a page, to a feed reader in a line. Never says how we are made."""

    def __init__(self, feeds: Feeds, pages: Pages, words: Words, gate: Gatekeeper) -> None:
        self._feeds = feeds
        self._pages = pages
        self._words = words
        self._gate = gate

    async def refused(self, request: Request, error: Exception) -> Response:
        """Answer a request for what is not there or no longer there, or by a method that is not served."""
        status = error.status_code if isinstance(error, HTTPException) else HTTPStatus.NOT_FOUND
        headers = error.headers if isinstance(error, HTTPException) else None
        # A stranger's words: `repr` leaves nothing in them that a terminal or a log would act on.
        _log.info("%d: %s %r", status, request.method, self._path(request))
        if kind_of(request.scope["path"]) == "api":
            return problem(status, error, headers)
        if isinstance(error, Refused):
            return self._plain(status, error.detail, headers)
        if status == HTTPStatus.NOT_FOUND:
            if kind_of(request.scope["path"]) in {"feed", "embed"}:
                return self._feeds.unknown()
            return self._pages.message(status, self._words.no_page, self._words.no_page_how)
        if status == HTTPStatus.GONE:
            return self._pages.message(status, self._words.gone, self._words.gone_how)
        return self._say(request, status, self._words.not_allowed, "", headers)

    async def unavailable(self, request: Request, error: Exception) -> Response:
        """Answer while the database does not."""
        _log.error("%s cannot be answered: %s", self._path(request), error)
        words, headers = self._words, {"Retry-After": "5"}
        status = HTTPStatus.SERVICE_UNAVAILABLE
        return self._say(request, status, words.unavailable, words.unavailable_how, headers)

    async def broken(self, request: Request, _error: Exception) -> Response:
        """Answer after a mistake of ours; the server logs it."""
        status = HTTPStatus.INTERNAL_SERVER_ERROR
        return self._say(request, status, self._words.broken, self._words.broken_how)

    def _path(self, request: Request) -> str:
        return without_keys(request.scope["path"], self._gate.known)

    def _say(
        self, request: Request, status: int, title: str, advice: str, headers: Mapping[str, str] | None = None
    ) -> Response:
        kind = kind_of(request.scope["path"])
        if kind == "api":
            return problem(status, headers=headers)
        if kind == "page":
            return self._pages.message(status, title, advice, headers)
        return self._plain(status, f"{title}. {advice}".strip() + "\n", headers)

    @staticmethod
    def _plain(status: int, text: str, headers: Mapping[str, str] | None) -> Response:
        fields = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", **(headers or {})}
        return PlainTextResponse(text, status, headers=fields)
