"""A newsroom of a few stories, and a way to ask for its addresses without a socket."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import httpx

from aggregator.model.feed import Credit, Edition, Entry, Provenance, Publication
from aggregator.model.item import (
    Candidate,
    Claim,
    Dates,
    Flag,
    Item,
    Origin,
    Person,
    Precision,
    Reading,
    ZoneOrigin,
)
from aggregator.model.source import Front
from aggregator.model.story import Story
from aggregator.observe import Metrics
from aggregator.ports.partners import ALL
from aggregator.render import FORMATS
from aggregator.rules.bucket import take
from aggregator.web import build
from tests.making import JAKARTA, an_item

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from aggregator.model.feed import Feed, Site
    from aggregator.model.partner import Partner, PartnerState, Rate, Use
    from aggregator.model.source import Category, SourceState
    from aggregator.model.story import Decision, Relation
    from aggregator.ports import Store
    from aggregator.rules.bucket import Bucket
    from aggregator.web.hot import HotPath

    Fields = Mapping[str, str] | Sequence[tuple[str, str]]

NOW = datetime(2024, 11, 20, 9, 30, tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CHANGED = datetime(2024, 11, 20, 9, 0, 5, tzinfo=UTC)


def make_dates(published: datetime, text: str = "Wed, 20 Nov 2024 14:30:00 WIB", **changes: Any) -> Dates:
    reading = Reading(
        earliest=published, latest=published, precision=Precision.SECOND, zone=ZoneOrigin.ABBREVIATION
    )
    fields: dict[str, Any] = {
        "published": published,
        "updated": published,
        "candidates": (Candidate(claim=Claim(origin=Origin.PUBLISHED, text=text), reading=reading),),
        "chosen": 0,
        "precision": Precision.SECOND,
        "zone": ZoneOrigin.ABBREVIATION,
    }
    return Dates(**(fields | changes))


def make_item(source: str, title: str, published: datetime, **changes: Any) -> Item:
    item = an_item(
        source,
        title.lower().replace(" ", "-") + "/",
        published=published,
        title=title,
        summary="<p>Ringkasan &amp; <b>pokok</b> kabar.</p>",
        content="<p>Isi kabar.</p><p>Baris <em>kedua</em>.</p>",
        authors=(Person(name="Sari"),),
        categories=("Pelabuhan",),
        dates=make_dates(published),
    )
    return replace(item, **changes)


def make_story(slug: str, item: Item, *others: Item, **changes: Any) -> Story:
    fields: dict[str, Any] = {
        "id": f"tag:feeds.example.id,2024-01-01:{slug}",
        "slug": slug,
        "published": item.dates.published,
        "updated": item.dates.updated,
        "shown": item,
        "others": others,
        "out_at": None if item.dates.hold_until else NOW,
    }
    return Story(**(fields | changes))


def make_publication(feed: str, suffix: str, body: bytes | None = None) -> Publication:
    body = body if body is not None else f"<{feed} as {suffix}/>".encode() * 20
    media = {"rss": "application/rss+xml", "atom": "application/atom+xml", "json": "application/feed+json"}
    return Publication(
        feed=feed,
        suffix=suffix,
        media_type=f"{media[suffix]}; charset=utf-8",
        body=body,
        etag=f'"{hashlib.sha256(body).hexdigest()[:32]}"',
        changed_at=CHANGED,
    )


def make_entry(number: int, **changes: Any) -> Entry:
    """Return what a feed shows of a story that is so many hours old."""
    at = NOW - timedelta(hours=number)
    entry = Entry(
        id=f"tag:feeds.example.id,2024-01-01:{number}",
        page=f"https://feeds.example.id/items/{number}",
        title=f"Kapal {number} tiba",
        link=f"https://pelabuhan.example.id/{number}",
        summary="Ringkas.",
        content="<p>Isi.</p>",
        published=at,
        updated=at,
        language="id",
        dates=Provenance(
            source="Kabar Pelabuhan", first_seen=at, candidates=(), chosen=None,
            precision=Precision.NONE, zone=ZoneOrigin.NONE, flags=(), upgraded_at=None,
        ),
        source=Credit(
            id="https://pelabuhan.example.id/feed/", title="Kabar Pelabuhan",
            feed_url="https://pelabuhan.example.id/feed/", home="", link="", updated=at,
        ),
    )  # fmt: skip
    return replace(entry, **changes)


@dataclass
class FakeStore:
    """What the web asks a store for, from memory."""

    stories: list[Story] = field(default_factory=list)
    publications: dict[tuple[str, str], Publication] = field(default_factory=dict)
    source_states: dict[str, SourceState] = field(default_factory=dict)
    held_back: dict[str, int] = field(default_factory=dict)
    related: dict[str, list[Relation]] = field(default_factory=dict)
    decided: dict[str, list[Decision]] = field(default_factory=dict)
    asked_for: set[str] = field(default_factory=set)  #: sources whose states were last asked for
    serials: dict[str, int] = field(default_factory=dict)
    source_revisions: dict[str, int] = field(default_factory=dict)
    earlier: dict[str, list[tuple[str, bytes]]] = field(default_factory=dict)
    known_partners: dict[str, PartnerState] = field(default_factory=dict)
    made_keys: dict[str, str] = field(default_factory=dict)  #: partners, by what their keys are known by
    buckets: dict[str, Bucket] = field(default_factory=dict)
    leases: int = 0  #: how often a bucket was asked
    uses: list[Mapping[str, Use]] = field(default_factory=list)
    error: Exception | None = None
    asked: int = 0  #: how often a publication, or what is remembered of earlier ones, was asked for

    def _answer(self) -> None:
        if self.error is not None:
            raise self.error

    def publication(self, feed: str, suffix: str) -> Publication | None:
        self._answer()
        self.asked += 1
        return self.publications.get((feed, suffix))

    def instances(self, feed: str) -> list[tuple[str, bytes]]:
        self._answer()
        self.asked += 1
        return self.earlier.get(feed, [])

    def editions(self) -> Mapping[str, tuple[str, str, datetime]]:
        self._answer()
        return {
            feed: ("basis", "hash", edition.changed_at) for (feed, _), edition in self.publications.items()
        }

    def standing(self, _feed: str) -> None:
        """Return that no feed ever took up anything."""
        self._answer()

    def page(self, *_: Any, **__: Any) -> None:
        """Return that no feed ever took up anything."""
        self._answer()

    def renewed(self, since: int) -> Mapping[str, int]:
        self._answer()
        return {feed: serial for feed, serial in self.serials.items() if serial > since}

    def stamp(self) -> int:
        self._answer()
        return sum(self.source_revisions.values())

    def fronts(self) -> dict[str, Front]:
        self._answer()
        return {
            source: Front(url="", title="", home="", revision=revision, revised_at=None)
            for source, revision in self.source_revisions.items()
        }

    def latest(
        self,
        sources: Collection[str],
        *,
        limit: int,
        backfill: bool = True,
        before: tuple[datetime, str] | None = None,
    ) -> list[Story]:
        self._answer()
        found = [
            story
            for story in self.stories
            if any(item.source in sources for item in (story.shown, *story.others))
            and story.out_at is not None
            and story.deleted_at is None
            and (backfill or Flag.BACKFILL not in story.shown.dates.flags)
        ]
        places = {
            (_EPOCH - story.published, story.id): story for story in found
        }  # the newest first, then by id
        behind = None if before is None else (_EPOCH - before[0], before[1])
        return [places[place] for place in sorted(places) if behind is None or place > behind][:limit]

    def story(self, slug: str) -> Story | None:
        self._answer()
        return next((story for story in self.stories if story.slug == slug), None)

    def states(self, sources: Collection[str]) -> dict[str, SourceState]:
        self._answer()
        self.asked_for = set(sources)
        return {name: state for name, state in self.source_states.items() if name in sources}

    def counts(self) -> dict[str, int]:
        self._answer()
        counts: dict[str, int] = {}
        for story in self.stories:
            counts[story.shown.source] = counts.get(story.shown.source, 0) + 1
        return counts

    def held(self) -> dict[str, int]:
        self._answer()
        return dict(self.held_back)

    def relations(self, stories: Collection[str]) -> dict[str, list[Relation]]:
        self._answer()
        return {story: self.related[story] for story in stories if story in self.related}

    def decisions(self, story: str) -> list[Decision]:
        self._answer()
        return self.decided.get(story, [])

    def partner_states(self, _known: Mapping[str, datetime] = ALL) -> dict[str, PartnerState]:
        self._answer()
        return dict(self.known_partners)

    def check(self) -> None:
        self._answer()

    def keys(self) -> dict[str, tuple[str, datetime]]:
        self._answer()
        return {name: (partner, NOW) for name, partner in self.made_keys.items()}

    def lease(self, partner: str, rate: Rate, wanted: int, *, now: datetime) -> tuple[int, datetime]:
        self._answer()
        self.leases += 1
        self.buckets[partner], granted, next_at = take(self.buckets.get(partner), rate, wanted, now)
        return granted, next_at

    def use(self, uses: Mapping[str, Use]) -> None:
        self._answer()
        self.uses.append(uses)


async def ask(
    application: HotPath,
    path: str,
    method: str = "GET",
    headers: Fields | None = None,
    client: str = "127.0.0.1",
) -> httpx.Response:
    """Return the answer of ``application``; its ``extensions["sent"]`` are the bytes as they were sent."""
    transport = httpx.ASGITransport(application, raise_app_exceptions=False, client=(client, 1))
    request = httpx.Request(method, f"http://testserver{path}", headers=httpx.Headers(headers, "utf-8"))
    answer = await transport.handle_async_request(request)
    sent = b"".join([part async for part in answer.aiter_raw()])
    response = httpx.Response(
        answer.status_code, headers=answer.headers, stream=httpx.ByteStream(sent), extensions={"sent": sent}
    )
    response.read()
    return response


@dataclass
class Newsroom:
    """Everything that the application is built from; change it before asking."""

    site: Site
    categories: list[Category]
    feeds: list[Feed]
    store: FakeStore
    partners: list[Partner] = field(default_factory=list)
    metrics: Metrics = field(default_factory=Metrics)
    now: datetime = NOW
    tick: datetime | None = NOW
    zone: ZoneInfo = JAKARTA
    built: tuple[list[Any], HotPath] | None = None

    def application(self) -> HotPath:
        """Return the application; the last one where nothing of what it is built from was changed since."""
        of = [
            self.site,
            [*self.categories],
            [*self.feeds],
            [*self.partners],
            id(self.store),
            id(self.metrics),
            self.zone,
        ]
        if self.built is None or self.built[0] != of:
            self.built = (of, self._build())
        return self.built[1]

    def publish(self, name: str, *entries: Entry) -> None:
        """Let there be an edition of a feed with these entries, in JSON."""
        [feed] = [feed for feed in self.feeds if feed.name == name]
        edition = Edition(site=self.site, feed=feed, id="tag:x", updated=NOW, entries=entries)
        body = FORMATS["json"].render(edition)
        self.store.publications[name, "json"] = make_publication(name, "json", body)

    def _build(self) -> HotPath:
        return build(
            site=self.site,
            categories=self.categories,
            feeds=self.feeds,
            timezone=self.zone,
            store=cast("Store", self.store),
            publication=self.store.publication,
            take_up=lambda _name: None,
            written=lambda _stories: {},
            clock=lambda: self.now,
            metrics=self.metrics,
            pulse=lambda: self.tick,
            partners=self.partners,
        )

    def ask(
        self,
        path: str,
        method: str = "GET",
        headers: Fields | None = None,
        *,
        warm: bool = False,
        client: str = "127.0.0.1",
    ) -> httpx.Response:
        """Return the answer. No header is sent but ``headers``: httpx would ask for gzip by itself.

        ``warm``: of an application that was asked the same before, so that what can be at hand is.
        """
        return asyncio.run(self._ask(path, method, headers or {}, warm=warm, client=client))

    async def _ask(
        self, path: str, method: str, headers: Fields, *, warm: bool, client: str
    ) -> httpx.Response:
        application = self.application()
        if warm:
            await ask(application, path, "GET", headers, client)
        return await ask(application, path, method, headers, client)

    async def live(self) -> list[str]:
        """Return what the application says to a server that starts and stops it."""
        asked = iter(("lifespan.startup", "lifespan.shutdown"))
        said: list[str] = []

        async def receive() -> dict[str, Any]:
            return {"type": next(asked)}

        async def send(message: Any) -> None:
            said.append(message["type"])

        await self.application()({"type": "lifespan", "asgi": {"version": "3.0"}}, receive, send)
        return said

    async def _raw(self, path: str) -> list[dict[str, Any]]:
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET",
            "scheme": "http", "path": path, "raw_path": path.encode(errors="replace"), "query_string": b"",
            "root_path": "", "headers": [], "client": ("127.0.0.1", 1), "server": ("testserver", 80),
        }  # fmt: skip
        await self.application()(scope, receive, send)
        return sent

    def ask_raw(self, path: str) -> tuple[int, bytes]:
        """Return status and body for a decoded path that no well-behaved client would send."""
        sent = asyncio.run(self._raw(path))
        return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])
