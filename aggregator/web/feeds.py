"""Serve the published feeds: stored bytes under their own addresses and under WordPress's.

What the path names is looked up among the configured feeds before anything else happens, so a
path is never used as a file name or a query of any kind.
"""

from __future__ import annotations

from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from aggregator import render
from aggregator.render.opml import opml
from aggregator.web.serving import Document, document, serve

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from starlette.requests import Request

    from aggregator.model.feed import Feed, FeedName, Publication, Site
    from aggregator.ports import Store
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
_HEADERS = {
    "Cache-Control": "public, max-age=60, stale-while-revalidate=300",
    "Access-Control-Allow-Origin": "*",
}
_PLAIN = {"X-Content-Type-Options": "nosniff", "Access-Control-Allow-Origin": "*"}


class Feeds:
    """The addresses that answer with a feed, whatever ``Accept`` says."""

    def __init__(
        self, *, site: Site, feeds: Sequence[Feed], store: Store, publication: Printed, words: Words
    ) -> None:
        self._site = site
        self._feeds = {feed.name: feed for feed in feeds}
        self._store = store
        self._publication = publication
        self._words = words

    def routes(self) -> list[Route]:
        """Return the routes of all feeds, of OPML and of the aliases."""
        aliases = {
            "/feed": self.alias,
            "/feed/atom": self.alias_atom,
            "/category/{name}/feed": self.alias,
            "/category/{name}/feed/atom": self.alias_atom,
        }
        return [
            Route("/feeds.opml", self.opml),
            Route("/feeds/{file:path}", self.feed),
            *(Route(path + end, endpoint) for path, endpoint in aliases.items() for end in ("", "/")),
        ]

    def feed(self, request: Request) -> Response:
        """Answer ``/feeds/{name}.{suffix}``."""
        name, _, suffix = request.path_params["file"].rpartition(".")
        return self._serve(request, name, suffix)

    def alias(self, request: Request) -> Response:
        """Answer where WordPress has its RSS: ``/feed/``, ``/category/{name}/feed/``."""
        return self._serve(request, request.path_params.get("name", COMBINED), "rss")

    def alias_atom(self, request: Request) -> Response:
        """Answer where WordPress has its Atom."""
        return self._serve(request, request.path_params.get("name", COMBINED), "atom")

    def opml(self, request: Request) -> Response:
        """Answer ``/feeds.opml``: every published feed; it changes when one of them does."""
        editions = self._store.editions()
        changed = [editions[name][2] for name in self._feeds if name in editions]
        if not changed:
            return self._not_yet()
        body = opml(self._site, list(self._feeds.values()), changed_at=max(changed))
        ready = document(body, "text/x-opml; charset=utf-8", changed_at=max(changed))
        return serve(request, ready, self._headers("/feeds.opml"))

    def unknown(self) -> Response:
        """Return the answer to a feed address that is none of ours."""
        return PlainTextResponse(
            self._words.no_feed.format(base=self._site.base_url), HTTPStatus.NOT_FOUND, headers=_PLAIN
        )

    def _serve(self, request: Request, name: FeedName, suffix: str) -> Response:
        if name not in self._feeds or suffix not in FORMATS:
            return self.unknown()
        publication = self._publication(name, suffix)
        if publication is None:
            return self._not_yet()
        media_type, _, _ = publication.media_type.partition(";")
        ready = Document(
            body=publication.body,
            gzipped=publication.gzipped,
            etag=publication.etag,
            media_type=f"{media_type}; charset=utf-8",
            changed_at=publication.changed_at,
        )
        return serve(request, ready, self._headers(f"/feeds/{quote(name)}.{suffix}"))

    def _headers(self, path: str) -> dict[str, str]:
        return {**_HEADERS, "Link": f'<{self._site.base_url}{path}>; rel="self"'}

    def _not_yet(self) -> Response:
        """Return the answer of the first seconds, when a feed is configured and not yet rendered."""
        headers = {**_PLAIN, "Retry-After": "2", "Cache-Control": "no-store"}
        return PlainTextResponse(self._words.not_yet, HTTPStatus.SERVICE_UNAVAILABLE, headers=headers)
