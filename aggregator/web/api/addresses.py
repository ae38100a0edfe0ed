"""The addresses of the API. Each answers with JSON: what was asked for, or what went wrong."""

from __future__ import annotations

import asyncio
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple

from starlette.responses import Response
from starlette.routing import Route

from aggregator.model.feed import Extent
from aggregator.model.partner import Cursor
from aggregator.render.item import shown
from aggregator.render.jsonfeed import encode
from aggregator.rules.cursor import Fault, Place, place_of
from aggregator.rules.portion import portion
from aggregator.web.api.changes import Pages
from aggregator.web.api.description import description
from aggregator.web.api.problems import ProblemError, faulty
from aggregator.web.feeds import COMBINED, FORMATS, PREFLIGHT
from aggregator.web.partners import bearer
from aggregator.web.serving import document, serve
from aggregator.web.variants import VARY

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.requests import Request

    from aggregator.model.feed import Feed, FeedName, Site
    from aggregator.model.partner import Partner
    from aggregator.model.source import Category
    from aggregator.model.story import Story
    from aggregator.ports import Clock, Store
    from aggregator.web.api.changes import Written
    from aggregator.web.partners import Gatekeeper
    from aggregator.web.serving import Document

LIMIT, MOST = 50, 500  #: changes on one page, where nothing is said, and at most
_COUNT = re.compile(r"[0-9]{1,9}", re.ASCII)
_JSON = "application/json"
_METHODS = ("GET", "HEAD", "OPTIONS")
_OPEN = {"Access-Control-Allow-Origin": "*", "Vary": VARY}
_FRESH = {**_OPEN, "Cache-Control": "public, max-age=10"}
_OWN = {**_OPEN, "Cache-Control": "private, no-cache"}


class Asked(NamedTuple):
    """What a page is asked for."""

    feed: Feed
    place: Place
    limit: int


class Api:
    """Answers under ``/api/``."""

    def __init__(
        self,
        *,
        site: Site,
        categories: Sequence[Category],
        feeds: Sequence[Feed],
        store: Store,
        take_up: Callable[[FeedName], None],
        written: Written,
        clock: Clock,
        gate: Gatekeeper,
    ) -> None:
        self._site = site
        self._categories = categories
        self._feeds = {feed.name: feed for feed in feeds}
        self._store = store
        self._take_up = take_up
        self._clock = clock
        self._gate = gate
        self._pages = Pages(store, written)
        self._description = document(encode(description(site, LIMIT, MOST)), _JSON)

    def routes(self) -> list[Route]:
        """Return the routes of the API."""
        addresses = {
            "/api/openapi.json": self.described,
            "/api/v1/items": self.items,
            "/api/v1/items/{id:path}": self.item,
            "/api/v1/feeds": self.feeds,
            "/api/v1/sources": self.sources,
        }
        return [Route(path, endpoint, methods=_METHODS) for path, endpoint in addresses.items()]

    async def described(self, request: Request) -> Response:
        """Answer ``/api/openapi.json``: what all addresses take and answer."""
        return _preflight(request) or serve(request, self._description, _FRESH)

    async def items(self, request: Request) -> Response:
        """Answer ``/api/v1/items``: changes of a feed, in the order in which they were committed."""
        if preflight := _preflight(request):
            return preflight
        asked = self._asked(request)
        partner = await self._partner(request, asked.feed.name)
        delay = partner.terms.delay if partner else None
        until = self._clock() - delay if delay else None

        def answer() -> tuple[Response, Place, int]:
            self._take_up(asked.feed.name)
            seen = portion(asked.feed.extent, partner)
            read = self._pages.page(asked.feed.name, asked.place, seen, limit=asked.limit, until=until)
            return _answer(request, document(read.body, _JSON), partner), read.place, read.changes

        response, place, count = await asyncio.to_thread(answer)
        if partner and response.status_code == HTTPStatus.OK and request.method == "GET":
            cursor = Cursor(partner=partner.id, feed=asked.feed.name, serial=place.serial, at=self._clock())
            self._gate.read(cursor)
        return self._counted(response, partner, items=count)

    async def item(self, request: Request) -> Response:
        """Answer ``/api/v1/items/{id}``: a story as it is now, by its id or the last part of its page."""
        if preflight := _preflight(request):
            return preflight
        partner = await self._partner(request)

        def answer() -> Response:
            ready = document(self._item(request.path_params["id"], partner), _JSON)
            return _answer(request, ready, partner)

        return self._counted(await asyncio.to_thread(answer), partner, items=1)

    async def feeds(self, request: Request) -> Response:
        """Answer ``/api/v1/feeds``: the feeds that may be asked for."""
        if preflight := _preflight(request):
            return preflight
        partner = await self._partner(request)

        def answer() -> Response:
            names = partner.feeds if partner else tuple(self._feeds)
            editions = self._store.editions()
            listed = [
                self._feed(self._feeds[name], editions[name][2].isoformat() if name in editions else None)
                for name in names
                if name in self._feeds
            ]
            return _answer(request, document(encode({"feeds": listed}), _JSON), partner)

        return self._counted(await asyncio.to_thread(answer), partner)

    async def sources(self, request: Request) -> Response:
        """Answer ``/api/v1/sources``: whom this site reads."""
        if preflight := _preflight(request):
            return preflight
        partner = await self._partner(request)

        def answer() -> Response:
            return _answer(request, document(encode({"sources": self._sources()}), _JSON), partner)

        return self._counted(await asyncio.to_thread(answer), partner)

    def _asked(self, request: Request) -> Asked:
        """Return what a request for a page asks for.

        Raises:
            ProblemError: it is not understood.
        """
        query = request.query_params
        feed = self._feeds.get(query.get("feed", COMBINED))
        if feed is None:
            raise ProblemError(
                HTTPStatus.NOT_FOUND, "`feed` is none of this site: /api/v1/feeds lists those that are."
            )
        count = query.get("limit", str(LIMIT))
        if not _COUNT.fullmatch(count) or not 1 <= int(count) <= MOST:
            raise ProblemError(HTTPStatus.BAD_REQUEST, f"`limit` is a whole number from 1 to {MOST}.")
        place = place_of(query["after"]) if "after" in query else Place()
        if place is None:
            raise faulty(Fault.MALFORMED)
        return Asked(feed, place, int(count))

    async def _partner(self, request: Request, feed: FeedName | None = None) -> Partner | None:
        """Return the contract under which something is asked; None: it is as everybody may.

        Raises:
            HTTPException: the key is nobody's, or may not ask for that, or not now.
        """
        key = bearer(request.headers.get("authorization", ""))
        if not self._gate or key is None:
            return None
        client = request.client.host if request.client else ""
        return (await self._gate.admit(key, client, feed=feed)).partner

    def _counted(self, response: Response, partner: Partner | None, *, items: int = 0) -> Response:
        if partner:
            size = len(response.body)
            self._gate.used(partner, status=response.status_code, size=size, items=items if size else 0)
        return response

    def _item(self, name: str, partner: Partner | None) -> bytes:
        story = self._story(name)
        if story is None or story.out_at is None:
            raise ProblemError(HTTPStatus.NOT_FOUND, "No story has this id.")
        if story.deleted_at is not None:
            raise ProblemError(HTTPStatus.GONE, "")
        mark = None
        if partner:
            until = self._clock() - partner.terms.delay
            mark = self._store.told_of(story.id, partner.feeds, until=until)
            if mark is None:
                raise ProblemError(
                    HTTPStatus.NOT_FOUND, "No feed of the contract has this story, or not yet."
                )
        item = self._pages.item(story, mark)
        if item is None:  # it was taken back just now
            raise ProblemError(HTTPStatus.GONE, "")
        return shown(item, portion(Extent.FULL, partner))

    def _story(self, name: str) -> Story | None:
        if "\0" in name:  # no id has it, and not every database takes it
            return None
        return self._store.stories([name]).get(name) or self._store.story(name)

    def _feed(self, feed: Feed, changed: str | None) -> dict[str, Any]:
        base = self._site.base_url
        urls = {suffix: f"{base}/feeds/{feed.name}.{suffix}" for suffix in FORMATS}
        return {
            "id": feed.name,
            "title": feed.title,
            "description": feed.description,
            "home": f"{base}{feed.page}",
            "urls": {**urls, "items": f"{base}/api/v1/items?feed={feed.name}"},
            "changed": changed,
        }

    def _sources(self) -> list[dict[str, Any]]:
        fronts, listed = self._store.fronts(), []
        for category in self._categories:
            for source in category.sources:
                front = fronts.get(source.id)
                at = front.revised_at if front else None
                listed.append(
                    {
                        "id": source.id,
                        "title": source.title or (front.title if front else "") or source.id,
                        "home": front.home if front else "",
                        "category": category.id,
                        "changed": at.isoformat() if at else None,
                    }
                )
        return listed


def _preflight(request: Request) -> Response | None:
    if request.method != "OPTIONS":
        return None
    return Response(status_code=HTTPStatus.NO_CONTENT, headers=PREFLIGHT)


def _answer(request: Request, ready: Document, partner: Partner | None) -> Response:
    return serve(request, ready, _OWN if partner else _FRESH)
