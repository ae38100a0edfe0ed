"""The readable pages: front page, categories, stories, status. HTML from templates, no scripts."""

from __future__ import annotations

import re
from http import HTTPStatus
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from aggregator.model.item import Flag
from aggregator.web.cards import Desk
from aggregator.web.feeds import COMBINED, FORMATS
from aggregator.web.serving import Document, document, serve

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from starlette.requests import Request

    from aggregator.model.feed import Feed, Site
    from aggregator.model.source import Category, SourceId
    from aggregator.model.story import Story
    from aggregator.ports import Clock, Store
    from aggregator.web.cards import Card
    from aggregator.web.words import Words

FRONT_STORIES = 8  #: the lead and the list beside it
SECTION_STORIES = 5  #: of each category on the front page: one large, four beside it
_LEAD_AMONG = 3  # the lead is the newest story, or one just behind it that brings a picture

_HTML = "text/html; charset=utf-8"
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src https: http: data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_CACHED = {**HEADERS, "Cache-Control": "public, max-age=30"}
_ASSETS = {"site.css": "text/css; charset=utf-8", "icon.svg": "image/svg+xml; charset=utf-8"}
_SLUG = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Pages:
    """The addresses that answer with HTML, and what they need to look well."""

    def __init__(
        self,
        *,
        site: Site,
        categories: Sequence[Category],
        feeds: Sequence[Feed],
        timezone: ZoneInfo,
        store: Store,
        clock: Clock,
        words: Words,
    ) -> None:
        self._categories = categories
        self._by_id = {category.id: category for category in categories}
        self._feeds = {feed.name: feed for feed in feeds}
        self._timezone = timezone
        self._store = store
        self._clock = clock
        self._words = words
        self._root = urlsplit(site.base_url).path.rstrip("/")
        self._assets = {name: _asset(name, media_type) for name, media_type in _ASSETS.items()}
        self._templates = Environment(
            loader=PackageLoader("aggregator.web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals.update(
            site=site,
            words=words,
            root=self._root,
            categories=categories,
            formats=FORMATS,
            listed=[feed for feed in feeds if not feed.name.startswith("source/")],
            combined=self._feeds.get(COMBINED),
            version=self._assets["site.css"].etag.strip('"')[:8],
        )

    def routes(self) -> list[Route]:
        """Return the routes of all pages and of what they load."""
        return [
            Route("/", self.front),
            Route("/c/{category}", self.category),
            Route("/c/{category}/", self.category),
            Route("/items/{slug}", self.story),
            Route("/status", self.status),
            Route("/assets/{name}", self.asset),
        ]

    def front(self, request: Request) -> Response:
        """Answer ``/``: the newest story, what else is new, and every category with its newest."""
        desk = self._desk()
        newest = [desk.card(story) for story in self._newest(self._front_feed(), FRONT_STORIES)]
        lead = _lead(newest)
        sections = []
        for category in self._categories:
            sources = [source.id for source in category.sources]
            cards = [desk.card(story) for story in self._latest(sources, SECTION_STORIES + 1)]
            others = [card for card in cards if lead is None or card.href != lead.href] or cards
            first = _lead(others)
            shown = [card for card in (first, *(card for card in others if card is not first)) if card]
            sections.append((category, self._feeds.get(category.id), shown[:SECTION_STORIES]))
        return self._page(
            request,
            "front.html",
            None if lead else {"Cache-Control": "no-store"},  # an empty page asks again in seconds
            today=desk.moment(self._clock()),
            lead=lead,
            newest=[card for card in newest if card is not lead],
            sections=sections,
            alternates=self._some_feeds(COMBINED, *self._by_id),
        )

    def category(self, request: Request) -> Response:
        """Answer ``/c/{category}/``: its stories, as many as its feed has."""
        category = self._by_id.get(request.path_params["category"])
        if category is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        desk = self._desk()
        stories = self._latest([source.id for source in category.sources], category.limit)
        return self._page(
            request,
            "category.html",
            category=category,
            feed=self._feeds.get(category.id),
            cards=[desk.card(story) for story in stories],
            sources=[
                (desk.title(source.id), self._feeds.get(f"source/{source.id}")) for source in category.sources
            ],
            alternates=self._some_feeds(category.id, COMBINED),
        )

    def story(self, request: Request) -> Response:
        """Answer ``/items/{slug}``: one story, where it comes from, why it is dated so, its past."""
        slug = request.path_params["slug"]
        story = self._store.story(slug) if _SLUG.fullmatch(slug) else None
        if story is None or story.out_at is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        if story.deleted_at is not None:
            raise HTTPException(HTTPStatus.GONE)
        related = self._store.relations([story.id]).get(story.id, ())
        page = self._desk().page(story, related, self._store.decisions(story.id))
        return self._page(request, "story.html", page=page, alternates=self._some_feeds(COMBINED))

    def status(self, request: Request) -> Response:
        """Answer ``/status``: how each source is, and what is held back of it."""
        desk, counts, held = self._desk(), self._store.counts(), self._store.held()
        rows = [
            desk.row(source, counts.get(source.id, 0), held=held.get(source.id, 0))
            for category in self._categories
            for source in category.sources
        ]
        return self._page(
            request,
            "status.html",
            {"Cache-Control": "no-cache"},
            rows=rows,
            as_of=desk.moment(self._clock()),
            good=sum(row.state == "good" for row in rows),
            bad=sum(row.state == "bad" for row in rows),
            items=sum(row.items for row in rows),
            held=sum(row.held for row in rows),
            alternates=(),
        )

    def asset(self, request: Request) -> Response:
        """Answer ``/assets/…``: the style sheet and the icon."""
        ready = self._assets.get(request.path_params["name"])
        if ready is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return serve(request, ready, {"Cache-Control": "public, max-age=3600"})

    def message(
        self, status: int, title: str, advice: str, headers: Mapping[str, str] | None = None
    ) -> Response:
        """Return a page that says only what went wrong and what to do."""
        body = self._render("message.html", title=title, advice=advice, alternates=())
        fields = {**HEADERS, "Content-Type": _HTML, "Cache-Control": "no-store", **(headers or {})}
        return Response(body, status, headers=fields)

    def _page(
        self, request: Request, template: str, headers: Mapping[str, str] | None = None, **context: Any
    ) -> Response:
        ready = document(self._render(template, **context).encode(), _HTML)
        return serve(request, ready, {**_CACHED, **(headers or {})})

    def _render(self, template: str, **context: Any) -> str:
        return self._templates.get_template(template).render(context)

    def _desk(self) -> Desk:
        return Desk(
            categories=self._categories,
            states=self._store.states(),
            root=self._root,
            now=self._clock(),
            zone=self._timezone,
            words=self._words,
        )

    def _front_feed(self) -> tuple[Collection[SourceId], bool]:
        """Return the sources of the combined feed, and whether it shows the backlog of new ones."""
        combined = self._feeds.get(COMBINED)
        if combined is not None:
            return combined.sources, combined.backfill
        return [source.id for category in self._categories for source in category.sources], True

    def _newest(self, front: tuple[Collection[SourceId], bool], limit: int) -> list[Story]:
        """Return the newest stories, without the undated backlog of new sources where that is not wanted."""
        sources, backfill = front
        stories = self._latest(sources, limit if backfill else limit * 8)
        wanted = [story for story in stories if backfill or Flag.BACKFILL not in story.shown.dates.flags]
        return (wanted or stories)[:limit]

    def _latest(self, sources: Collection[SourceId], limit: int) -> list[Story]:
        return self._store.latest(sources, limit=limit)

    def _some_feeds(self, *names: str) -> list[Feed]:
        return [self._feeds[name] for name in names if name in self._feeds]


def _lead(cards: Sequence[Card]) -> Card | None:
    """Return the story to be shown large: the first, or one right behind it that brings a picture."""
    return next((card for card in cards[:_LEAD_AMONG] if card.image), cards[0] if cards else None)


def _asset(name: str, media_type: str) -> Document:
    return document(files("aggregator.web").joinpath(name).read_bytes(), media_type)
