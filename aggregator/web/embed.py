"""What other sites show of a feed: a list in a frame, and the script that puts one into their own page.

Both read the feed's JSON, so both show what its subscribers get. The frame is a page with a style sheet and
nothing else; it may stand on any site, which no other page of ours may.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from aggregator.web.cards import http
from aggregator.web.moments import moment
from aggregator.web.pages import HEADERS, HTML, asset, environment
from aggregator.web.serving import Document, document, serve
from aggregator.web.words import LANGUAGES, words_for

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from starlette.requests import Request

    from aggregator.model.feed import Feed, FeedName, Site
    from aggregator.ports import Clock
    from aggregator.web.feeds import Feeds
    from aggregator.web.serving import Representation
    from aggregator.web.words import Words

THEMES = ("auto", "light", "dark")
ITEMS = 5  #: shown where the address does not say how many
MOST_ITEMS = 50

_FRAME = {
    **HEADERS,
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *"
    ),
}
_FRESH = {**_FRAME, "Cache-Control": "public, max-age=60, stale-while-revalidate=300"}
_ASIDE = {**_FRAME, "Cache-Control": "no-store"}
_STYLE = {"Cache-Control": "public, max-age=3600"}
_SCRIPT = {
    "Cache-Control": "public, max-age=86400",
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",  # also for pages that are isolated (COEP)
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A story as a frame shows it."""

    title: str
    link: str  #: http(s) address: at its source, or here
    language: str  #: BCP 47; may be empty
    source: str
    published: datetime  #: aware


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the address of a frame asks for."""

    theme: str
    items: int
    words: Words


class Embed:
    """The addresses for other sites: ``/embed/{feed}``, its style sheet, and ``/embed.js``."""

    def __init__(
        self, *, site: Site, feeds: Sequence[Feed], timezone: ZoneInfo, clock: Clock, published: Feeds
    ) -> None:
        self._site = site
        self._feeds = {feed.name: feed for feed in feeds}
        self._timezone = timezone
        self._clock = clock
        self._published = published
        self._words = words_for(site.language)
        self._style = asset("embed.css", "text/css; charset=utf-8")
        self._code = asset("embed.js", "text/javascript; charset=utf-8")
        self._read: dict[FeedName, tuple[Representation, list[Listed]]] = {}  # the latest of each feed
        self._template = environment().get_template(
            "embed.html",
            globals={
                "site": site,
                "root": urlsplit(site.base_url).path.rstrip("/"),
                "version": self._style.etag.strip('"')[:8],
            },
        )

    def routes(self) -> list[Route]:
        """Return the routes of all that other sites load."""
        return [
            Route("/embed/{feed:path}", self.frame),
            Route("/embed.css", self.style),
            Route("/embed.js", self.script),
        ]

    async def frame(self, request: Request) -> Response:
        """Answer ``/embed/{feed}?theme=…&items=…&lang=…``: the newest stories of a feed, as a page."""
        feed = self._feeds.get(request.path_params["feed"])
        if feed is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        wish = self._wish(request)
        if isinstance(wish, str):
            return PlainTextResponse(wish, HTTPStatus.BAD_REQUEST, headers=_ASIDE)
        stories = await self._stories(feed.name)
        ready = await asyncio.to_thread(self._page, feed, wish, stories[: wish.items])
        return serve(request, ready, _FRESH if stories else _ASIDE)

    async def style(self, request: Request) -> Response:
        """Answer ``/embed.css``: what frames load."""
        return serve(request, self._style, _STYLE)

    async def script(self, request: Request) -> Response:
        """Answer ``/embed.js``: the element ``<aggregator-feed>`` for pages of any site."""
        return serve(request, self._code, _SCRIPT)

    def _wish(self, request: Request) -> Wish | str:
        """Return what is asked for, or a sentence that says what could be."""
        asked = request.query_params
        theme, items = asked.get("theme", THEMES[0]), asked.get("items", str(ITEMS))
        language = asked.get("lang", self._words.language)
        if theme not in THEMES:
            return self._limits("theme", ", ".join(THEMES))
        if items not in _COUNTS:
            return self._limits("items", f"1, 2, … {MOST_ITEMS}")
        if language not in LANGUAGES:
            return self._limits("lang", ", ".join(LANGUAGES))
        return Wish(theme=theme, items=_COUNTS[items], words=LANGUAGES[language])

    def _limits(self, name: str, allowed: str) -> str:
        return self._words.embed_limits.format(name=name, allowed=allowed)

    async def _stories(self, name: FeedName) -> list[Listed]:
        """Return the newest stories of a feed, read anew only where it changed."""
        current = await self._published.current(name, "json")
        if current is None:
            return []
        representation, body = current
        known = self._read.get(name)
        if known is None or known[0] is not representation:
            known = self._read[name] = (representation, await asyncio.to_thread(listed, body))
        return known[1]

    def _page(self, feed: Feed, wish: Wish, stories: Sequence[Listed]) -> Document:
        now, zone, words = self._clock(), self._timezone, wish.words
        body = self._template.render(
            feed=feed,
            theme=wish.theme,
            words=words,
            stories=[(story, moment(story.published, now=now, zone=zone, words=words)) for story in stories],
        )
        return document(body.encode(), HTML)


_COUNTS = {str(count): count for count in range(1, MOST_ITEMS + 1)}


def listed(body: bytes) -> list[Listed]:
    """Return the newest stories of a feed of ours, from its JSON, which leaves no title and no link out."""
    return [
        Listed(
            title=item["title"],
            link=http(item["url"]),
            language=item.get("language", ""),
            source=item["_source"]["title"],
            published=datetime.fromisoformat(item["date_published"]),
        )
        for item in json.loads(body)["items"][:MOST_ITEMS]
    ]
