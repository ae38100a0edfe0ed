"""The addresses of the API. Each answers with JSON: what was asked for, or what went wrong."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from starlette.responses import Response
from starlette.routing import Route

from aggregator.model.partner import Cursor
from aggregator.render.item import shown
from aggregator.render.jsonfeed import encode
from aggregator.rules.cursor import Fault, Place, place_of
from aggregator.rules.portion import most, portion
from aggregator.web.api.changes import JSON, Pages
from aggregator.web.api.description import description
from aggregator.web.api.problems import ProblemError, faulty
from aggregator.web.feeds import COMBINED, FORMATS, PREFLIGHT
from aggregator.web.partners import bearer
from aggregator.web.serving import document, serve
from aggregator.web.variants import VARY

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

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
AT_ONCE = 4  #: answers that are made
T = TypeVar("T")
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
        self._places = asyncio.Semaphore(AT_ONCE)
        self._description = document(encode(description(site, LIMIT, MOST)), JSON)

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
        delay = partner.terms.delay if partner else timedelta()
        now = self._clock()

        def answer() -> tuple[Response, Place, int]:
            self._take_up(asked.feed.name)
            seen = portion(asked.feed.extent, partner)
            read = self._pages.page(
                asked.feed.name, asked.place, seen, limit=asked.limit, now=now, delay=delay
            )
            return _answer(request, read.ready, partner), read.place, read.changes

        response, place, count = await self._made(answer)
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
            return _answer(request, _ready(self._item(request.path_params["id"], partner)), partner)

        return self._counted(await self._made(answer), partner, items=1)

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
            return _answer(request, _ready(encode({"feeds": listed})), partner)

        return self._counted(await self._made(answer), partner)

    async def sources(self, request: Request) -> Response:
        """Answer ``/api/v1/sources``: whom this site reads."""
        if preflight := _preflight(request):
            return preflight
        partner = await self._partner(request)

        def answer() -> Response:
            return _answer(request, _ready(encode({"sources": self._sources()})), partner)

        return self._counted(await self._made(answer), partner)

    async def _made(self, answer: Callable[[], T]) -> T:
        """Make an answer beside others, but not beside too many: all share the processor with the feeds."""
        async with self._places:
            return await asyncio.to_thread(answer)

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
        delay = partner.terms.delay if partner else timedelta()
        marks = self._carriers(story, partner, until=self._clock() - delay)
        item = None
        if marks and delay:
            item = self._pages.item_as_of(story.id, max(marks.values()))
        elif marks or not partner:
            item = self._pages.item(story)
            if item is None:  # it was taken back just now
                raise ProblemError(HTTPStatus.GONE, "")
        if item is None:
            raise ProblemError(HTTPStatus.NOT_FOUND, "No feed of the contract has this story, or not yet.")
        return shown(item, portion(most(self._feeds[name].extent for name in marks), partner))

    def _carriers(self, story: Story, partner: Partner | None, *, until: datetime) -> dict[FeedName, int]:
        """Return the feeds that somebody may read and that carried a story, each with its mark there."""
        sources = {copy.source for copy in story.copies}
        names = [name for name in (partner.feeds if partner else self._feeds) if name in self._feeds]
        for name in names:
            if not sources.isdisjoint(self._feeds[name].sources):
                self._take_up(name)
        return self._store.told_of(story.id, names, until=until)

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


def _ready(body: bytes) -> Document:
    return document(body, JSON, quick=True)


def _answer(request: Request, ready: Document, partner: Partner | None) -> Response:
    return serve(request, ready, _OWN if partner else _FRESH)
