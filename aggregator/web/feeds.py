"""The feeds' addresses: their own and WordPress's; what is answered when it is not at hand (``hot``).

What the path names is looked up among the configured feeds before anything else happens, so a
path is never used as a file name or a query of any kind.
"""

from __future__ import annotations

import asyncio
import re
from functools import lru_cache, partial
from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from aggregator import render
from aggregator.coding import IDENTITY
from aggregator.model.feed import ARCHIVE, ARCHIVED
from aggregator.render.opml import opml
from aggregator.web.deltas import answer, known, unmodified, wants_delta
from aggregator.web.partners import bearer
from aggregator.web.serving import Document, by_name, document, fields_of, preferred, respond
from aggregator.web.shelf import ANY, Resource
from aggregator.web.variants import VARY

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from starlette.requests import Request

    from aggregator.model.feed import Feed, FeedName, Publication, Site
    from aggregator.ports import Store
    from aggregator.web.shelf import Ready, Shelf
    from aggregator.web.variants import Variants
    from aggregator.web.words import Words

    Printed = Callable[[FeedName, str], Publication | None]

#: suffix -> media type, in the order in which pages offer them: the two that every reader knows come first
FORMATS: Mapping[str, str] = MappingProxyType(
    {
        suffix: render.FORMATS[suffix].media_type.partition(";")[0]
        for suffix in dict.fromkeys(("rss", "atom", *render.FORMATS))
    }
)
COMBINED = "all"  #: the feed that ``/feed/`` answers with
_FRESH = "public, max-age=60, stale-while-revalidate=300"
_SETTLED = "public, max-age=86400"  # of archive documents
_INSTANCES = 256  # feeds of which the earlier editions are remembered, in some KB each
_ARCHIVE = re.compile(rf"(?P<feed>.+){ARCHIVE}[1-9][0-9]{{0,8}}", re.ASCII)
_METHODS = ("GET", "HEAD", "OPTIONS")
PREFLIGHT = {  #: a script's request with a header of its own, such as If-Modified-Since, begins with one
    "Allow": ", ".join(_METHODS),
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD",
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Max-Age": "86400",
}
_PLAIN = {"X-Content-Type-Options": "nosniff", "Access-Control-Allow-Origin": "*"}


class Feeds:
    """The addresses that answer with a feed, whatever ``Accept`` says: all that ``HotPath`` leaves to us."""

    def __init__(
        self,
        *,
        site: Site,
        feeds: Sequence[Feed],
        store: Store,
        publication: Printed,
        words: Words,
        shelf: Shelf,
        variants: Variants,
    ) -> None:
        self._site = site
        self._feeds = {feed.name: feed for feed in feeds}
        self._variants = variants
        self._store = store
        self._publication = publication
        self._words = words
        self._shelf = shelf
        # By feed and its mark: of another mark, they are asked for anew.
        self._instances = lru_cache(maxsize=_INSTANCES)(lambda name, _mark: store.instances(name))

    def routes(self) -> list[Route]:
        """Return the routes of all feeds, of OPML and of the aliases."""
        aliases = {
            "/feed": self.alias,
            "/feed/atom": self.alias_atom,
            "/category/{name}/feed": self.alias,
            "/category/{name}/feed/atom": self.alias_atom,
        }
        addresses = {
            "/feeds.opml": self.opml,
            "/feeds/{file:path}": self.feed,
            **{path + end: endpoint for path, endpoint in aliases.items() for end in ("", "/")},
        }
        return [Route(path, endpoint, methods=_METHODS) for path, endpoint in addresses.items()]

    async def feed(self, request: Request) -> Response:
        """Answer ``/feeds/{name}.{suffix}`` and ``/feeds/{name}/archive/{number}.{suffix}``."""
        name, _, suffix = request.path_params["file"].rpartition(".")
        return await self._serve(request, name, suffix)

    async def alias(self, request: Request) -> Response:
        """Answer where WordPress has its RSS: ``/feed/``, ``/category/{name}/feed/``."""
        return await self._serve(request, request.path_params.get("name", COMBINED), "rss")

    async def alias_atom(self, request: Request) -> Response:
        """Answer where WordPress has its Atom."""
        return await self._serve(request, request.path_params.get("name", COMBINED), "atom")

    async def opml(self, request: Request) -> Response:
        """Answer ``/feeds.opml``: every published feed; it changes when one of them does."""
        return await self._answer(request, ANY, "/feeds.opml", self._outline) or self._not_yet()

    def unknown(self) -> Response:
        """Return the answer to a feed address that is none of ours."""
        headers = {**_PLAIN, "Cache-Control": "no-store"}
        text = self._words.no_feed.format(base=self._site.base_url)
        return PlainTextResponse(text, HTTPStatus.NOT_FOUND, headers=headers)

    async def current(self, name: FeedName, suffix: str) -> Ready | None:
        """Return the present bytes of a feed in a format, and what stands for them as long as they are.

        None: there are none yet.

        Raises:
            StoreError: the database cannot be used.
        """
        path, load = f"/feeds/{name}.{suffix}", partial(self._document, name, suffix)
        return await self._shelf.ready(self._resource(name, path, load), IDENTITY)

    async def _serve(self, request: Request, name: FeedName, suffix: str) -> Response:
        archived = _ARCHIVE.fullmatch(name)
        of = archived["feed"] if archived else name
        if of not in self._feeds or suffix not in (ARCHIVED if archived else FORMATS):
            raise HTTPException(HTTPStatus.NOT_FOUND)
        path, load = f"/feeds/{name}.{suffix}", partial(self._document, name, suffix)
        if archived:
            # Kept when it is there: the numbers that can be asked for are many.
            found = await self._answer(request, of + ARCHIVE, path, load, keep=False)
            if found is None:
                raise HTTPException(HTTPStatus.NOT_FOUND)
            return found
        key = bearer(request.headers.get("authorization", ""))
        if key is not None and request.method != "OPTIONS":
            return await self._variants.answer(request, key, name, suffix)
        if wants_delta(request):
            resource = self._resource(name, path, load)
            if delta := await self._delta(request, resource, name, suffix):
                return delta
        return await self._answer(request, name, path, load) or self._not_yet()

    async def _answer(
        self,
        request: Request,
        feed: FeedName,
        path: str,
        load: Callable[[], Document | None],
        *,
        keep: bool = True,
    ) -> Response | None:
        """Answer with what ``load`` returns, and keep it for whoever asks next; None: there is nothing.

        ``path`` is the address proper of what the request asks for, perhaps by an alias. With ``keep`` it is
        kept also when there is nothing yet.
        """
        if request.method == "OPTIONS":
            return Response(status_code=HTTPStatus.NO_CONTENT, headers=PREFLIGHT)
        resource = self._resource(feed, path, load, keep=keep)
        asked = by_name(request.headers.raw)
        found = await self._shelf.ready(resource, preferred(asked))
        if found is None:
            return None
        resources = self._shelf.resources
        resources[request.scope["path"]] = resources[path] = resource
        return respond(request, asked, *found)

    def _resource(
        self, feed: FeedName, path: str, load: Callable[[], Document | None], *, keep: bool = True
    ) -> Resource:
        resource = self._shelf.resources.get(path)
        if resource is None:
            resource = Resource(feed, load, fields_of(self._headers(path, _FRESH if keep else _SETTLED)))
            if keep:
                self._shelf.resources[path] = resource
        return resource

    def _headers(self, path: str, caching: str) -> dict[str, str]:
        address = f"{self._site.base_url}{quote(path)}"
        vary = {"Vary": VARY} if self._variants.has_partners else {}
        return {
            "Cache-Control": caching,
            "Access-Control-Allow-Origin": "*",
            "Content-Location": address,  # by which who asked an alias knows the self link (RFC 9110, 8.7)
            "Link": f'<{address}>; rel="self"',
            **vary,
        }

    async def _delta(
        self, request: Request, resource: Resource, name: FeedName, suffix: str
    ) -> Response | None:
        """Return the answer to who has an earlier edition and asks for what is new; None: it is not known."""
        tags, headers = known(request), self._headers(f"/feeds/{name}.{suffix}", _FRESH)
        described = await self._shelf.described(resource)
        if described is not None and described.etag in tags:
            return unmodified(described.etag, headers)
        await self._shelf.ready(resource, IDENTITY)
        whole, mark = resource.whole(), resource.mark
        if whole is None:
            return None

        def news() -> Response | None:
            return answer(whole, self._instances(name, mark), tags, render.FORMATS[suffix], headers)

        return await asyncio.to_thread(news)

    def _document(self, name: FeedName, suffix: str) -> Document | None:
        publication = self._publication(name, suffix)
        if publication is None:
            return None
        media_type, _, _ = publication.media_type.partition(";")
        return Document(
            body=publication.body,
            etag=publication.etag,
            media_type=f"{media_type}; charset=utf-8",
            changed_at=publication.changed_at,
        )

    def _outline(self) -> Document | None:
        editions = self._store.editions()
        changed = [editions[name][2] for name in self._feeds if name in editions]
        if not changed:
            return None
        body = opml(self._site, list(self._feeds.values()), changed_at=max(changed))
        return document(body, "text/x-opml; charset=utf-8", changed_at=max(changed))

    def _not_yet(self) -> Response:
        """Return the answer of the first seconds, when a feed is configured and not yet rendered."""
        headers = {**_PLAIN, "Retry-After": "2", "Cache-Control": "no-store"}
        return PlainTextResponse(self._words.not_yet, HTTPStatus.SERVICE_UNAVAILABLE, headers=headers)
