"""The readable pages: front page, categories, stories, status. HTML from templates, no scripts.

A page loads our own style sheet and icon, and the pictures of its stories; its policy forbids all else.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from aggregator.model.partner import PartnerState, known_until
from aggregator.web.accounts import account
from aggregator.web.cards import Desk
from aggregator.web.feeds import COMBINED, FORMATS
from aggregator.web.moments import zone_in_full
from aggregator.web.readers import ways
from aggregator.web.serving import Document, document, serve

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from starlette.requests import Request

    from aggregator.model.feed import Feed, Site
    from aggregator.model.partner import Partner
    from aggregator.model.source import Category, SourceId
    from aggregator.model.story import Story, StoryId
    from aggregator.ports import Clock, Store
    from aggregator.web.accounts import Account
    from aggregator.web.cards import Card
    from aggregator.web.words import Words

FRONT_STORIES = 8  #: the lead and the list beside it
SECTION_STORIES = 5  #: of each category on the front page: one large, four beside it
_LEAD_AMONG = 3  # the lead is the newest story, or one just behind it that brings a picture

CATEGORY_STORIES = 30  #: on one page; older ones are behind a link
MOST_SOURCES = 100  #: of a category, on its page

HTML = "text/html; charset=utf-8"
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' https: http:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_CACHED = {**HEADERS, "Cache-Control": "public, max-age=30"}
_ASSETS = {"site.css": "text/css; charset=utf-8", "icon.svg": "image/svg+xml; charset=utf-8"}
_SLUG = re.compile(r"[A-Za-z0-9_-]{1,64}")
_PLACE = re.compile(r"(-?[0-9]{1,18})~([^\x00-\x20\x7f]{1,2000})", re.ASCII)  # microseconds since 1970, an id
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_FORMAT_NAMES = {"rss": "RSS", "atom": "Atom", "json": "JSON Feed"}


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
        partners: Sequence[Partner] = (),
    ) -> None:
        self._partners = partners
        self._categories = categories
        self._by_id = {category.id: category for category in categories}
        self._sources = {
            source.id: (source, category) for category in categories for source in category.sources
        }
        self._feeds = {feed.name: feed for feed in feeds}
        self._timezone = timezone
        self._store = store
        self._clock = clock
        self._words = words
        self._site = site
        self._root = urlsplit(site.base_url).path.rstrip("/")
        self._assets = {name: asset(name, media_type) for name, media_type in _ASSETS.items()}
        self._templates = environment()
        self._templates.globals.update(
            site=site,
            words=words,
            root=self._root,
            categories=categories,
            formats=FORMATS,
            format_names={suffix: _FORMAT_NAMES.get(suffix, suffix.upper()) for suffix in FORMATS},
            ways=lambda url: ways(url, words.program_here),
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
        newest = self._newest(FRONT_STORIES)
        latest = [
            self._store.latest([source.id for source in category.sources], limit=SECTION_STORIES + 1)
            for category in self._categories
        ]
        desk = self._desk(story for stories in (newest, *latest) for story in stories)
        cards = [desk.card(story) for story in newest]
        lead = _lead(cards)
        sections = []
        for category, stories in zip(self._categories, latest, strict=True):
            shown = _led([desk.card(story) for story in stories], without=lead)[:SECTION_STORIES]
            sections.append((category, self._feeds.get(category.id), shown))
        return self._page(
            request,
            "front.html",
            None if lead else {"Cache-Control": "no-store"},  # an empty page asks again in seconds
            today=desk.moment(self._clock()),
            lead=lead,
            newest=[card for card in cards if card is not lead],
            sections=sections,
            alternates=self._some_feeds(COMBINED, *self._by_id),
        )

    def category(self, request: Request) -> Response:
        """Answer ``/c/{category}/``: its newest stories, or with ``?before=`` those behind a place."""
        category = self._by_id.get(request.path_params["category"])
        place = request.query_params.get("before")
        before = None if place is None else _place(place)
        if category is None or (before is None and place is not None):
            raise HTTPException(HTTPStatus.NOT_FOUND)
        ids = [source.id for source in category.sources]
        stories = self._store.latest(ids, limit=CATEGORY_STORIES + 1, before=before)
        shown, listed = stories[:CATEGORY_STORIES], category.sources[:MOST_SOURCES]
        desk = self._desk(shown, *(source.id for source in listed))
        return self._page(
            request,
            "category.html",
            category=category,
            feed=self._feeds.get(category.id),
            cards=[desk.card(story) for story in shown],
            here=place,
            before=desk.moment(before[0]) if before else None,
            older=_place_of(shown[-1]) if len(stories) > len(shown) else "",
            sources=[(desk.title(source.id), self._feeds.get(f"source/{source.id}")) for source in listed],
            more_sources=len(category.sources) - len(listed),
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
        decisions = self._store.decisions(story.id)
        named = (*(other.source for other in related), *(decision.source for decision in decisions))
        page = self._desk([story], *named).page(story, related, decisions)
        return self._page(
            request,
            "story.html",
            page=page,
            own=f"{self._site.base_url}/items/{slug}",
            alternates=self._some_feeds(COMBINED),
        )

    def status(self, request: Request) -> Response:
        """Answer ``/status``: how each source is, what is held back of it, and how partners are."""
        desk, counts, held = self._desk((), *self._sources), self._store.counts(), self._store.held()
        rows = [
            desk.row(source, counts.get(source.id, 0), held=held.get(source.id, 0))
            for source, _ in self._sources.values()
        ]
        return self._page(
            request,
            "status.html",
            {"Cache-Control": "no-cache"},
            rows=rows,
            accounts=self._accounts(desk) if self._partners else (),
            as_of=desk.moment(self._clock()),
            good=sum(row.state == "good" for row in rows),
            bad=sum(row.state == "bad" for row in rows),
            items=sum(row.items for row in rows),
            held=sum(row.held for row in rows),
            alternates=self._some_feeds(COMBINED),
        )

    def _accounts(self, desk: Desk) -> list[Account]:
        now = self._clock()
        states = self._store.partner_states(known_until(self._partners, now=now))
        return [
            account(
                partner,
                states.get(partner.id, PartnerState()),
                now=now,
                moment=desk.moment,
                words=self._words,
            )
            for partner in self._partners
        ]

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
        fields = {**HEADERS, "Content-Type": HTML, "Cache-Control": "no-store", **(headers or {})}
        return Response(body, status, headers=fields)

    def _page(
        self, request: Request, template: str, headers: Mapping[str, str] | None = None, **context: Any
    ) -> Response:
        ready = document(self._render(template, **context).encode(), HTML)
        return serve(request, ready, {**_CACHED, **(headers or {})})

    def _render(self, template: str, **context: Any) -> str:
        zone = zone_in_full(self._timezone, now=self._clock(), words=self._words)
        return self._templates.get_template(template).render(context, zone=zone)

    def _desk(self, stories: Iterable[Story], *sources: SourceId) -> Desk:
        """Return a desk that knows the sources of ``stories``, and these ``sources``."""
        copies = [copy for story in stories for copy in story.copies]
        named = {copy.source for copy in copies} | {copy.joined.source for copy in copies if copy.joined}
        return Desk(
            sources=self._sources,
            states=self._store.states({*named, *sources}),
            root=self._root,
            language=self._site.language,
            now=self._clock(),
            zone=self._timezone,
            words=self._words,
        )

    def _newest(self, limit: int) -> list[Story]:
        """Return the newest stories of the combined feed, and of every source where there is none.

        The undated backlog of new sources is among them only where the feed shows it, or has nothing else.
        """
        combined = self._feeds.get(COMBINED)
        if combined is None:
            return self._store.latest(self._sources, limit=limit)
        wanted = self._store.latest(combined.sources, limit=limit, backfill=combined.backfill)
        return wanted or self._store.latest(combined.sources, limit=limit)

    def _some_feeds(self, *names: str) -> list[Feed]:
        return [self._feeds[name] for name in names if name in self._feeds]


def environment() -> Environment:
    """Return where templates come from; what they are given is text, and escaped."""
    return Environment(
        loader=PackageLoader("aggregator.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _lead(cards: Sequence[Card]) -> Card | None:
    """Return the story to be shown large: the first, or one right behind it that brings a picture."""
    return next((card for card in cards[:_LEAD_AMONG] if card.image), cards[0] if cards else None)


def _led(cards: Sequence[Card], without: Card | None) -> list[Card]:
    """Return a section's stories, the one to be shown large first.

    The story that leads the page is not told twice, unless the section has no other.
    """
    others = [card for card in cards if without is None or card.href != without.href] or cards
    first = _lead(others)
    return [card for card in (first, *(card for card in others if card is not first)) if card]


def _place(text: str) -> tuple[datetime, StoryId] | None:
    """Return the place in a list that ``?before=`` names; None: it names none."""
    found = _PLACE.fullmatch(text)
    try:
        return (_EPOCH + int(found[1]) * _MICROSECOND, found[2]) if found else None
    except OverflowError:  # behind the year 9999
        return None


def _place_of(story: Story) -> str:
    """Return the place of ``story`` in every list, as ``?before=`` names it."""
    return f"{(story.published - _EPOCH) // _MICROSECOND}~{story.id}"


def asset(name: str, media_type: str) -> Document:
    """Return a file of this package, to be served as it is."""
    return document(files("aggregator.web").joinpath(name).read_bytes(), media_type)
