"""What the pipeline's tests play with."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import select

from aggregator.errors import ParseError
from aggregator.model.fetch import Failed, Fetched, NotModified, Unchanged
from aggregator.model.source import Validators
from aggregator.parse import article, syndication
from aggregator.pipeline.collect import Desk, collect
from aggregator.pipeline.compose import Composer
from aggregator.pipeline.match import match
from aggregator.pipeline.press import Press
from aggregator.pipeline.publish import let_out, publish
from aggregator.pipeline.reading import failed, there
from aggregator.rules.urls import Tracking
from aggregator.store import tables
from tests.making import NOW, SITE, a_category, a_feed, a_source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future
    from datetime import datetime

    from aggregator.model.feed import Edition, Feed
    from aggregator.model.fetch import Outcome, Request
    from aggregator.model.item import Article, ParsedDocument
    from aggregator.model.partner import Partner
    from aggregator.model.report import Collected
    from aggregator.model.source import Source
    from aggregator.model.story import Story
    from aggregator.store import SqlStore

T = TypeVar("T")


class FakeFetcher:
    """Answers from a table of documents, with validators, like a well-behaved server."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.asked: list[Request] = []

    def fetch(self, requests: Iterable[Request]) -> Iterator[list[tuple[Request, Outcome]]]:
        finished = []
        for request in requests:
            self.asked.append(request)
            finished.append((request, self._answer(request)))
        yield finished

    def _answer(self, request: Request) -> Outcome:
        url = self.house.redirects.get(request.url, request.url)
        now, answer = self.house.now, self.house.documents.get(url)
        if answer is None:
            return Failed(error="status 404 Not Found", at=now, status=404)
        if isinstance(answer, Failed):
            return answer
        body = answer.encode()
        etag = hashlib.sha256(body).hexdigest() if self.house.etags else ""
        if etag and request.validators.etag == etag:
            return NotModified(at=now)
        validators, body_hash = Validators(etag=etag), hashlib.sha256(body).hexdigest()
        if body_hash == request.body_hash:
            return Unchanged(size=len(body), url=url, validators=validators, at=now, dated=now)
        return Fetched(
            body=body,
            body_hash=body_hash,
            url=url,
            content_type="",
            validators=validators,
            at=now,
            dated=now,
        )

    def close(self) -> None:
        """Nothing is open."""


class PlainReader:
    """Reads at once, in this process."""

    cpu_seconds = 0.0

    def document(self, body: bytes, **about: Any) -> Future[ParsedDocument]:
        return self._read(syndication.parse, body, about)

    def article(self, body: bytes, **about: Any) -> Future[Article]:
        return self._read(article.read, body, about)

    def _read(self, read: Callable[..., T], body: bytes, about: dict[str, Any]) -> Future[T]:
        try:
            return there(read(body, **about))
        except (ParseError, ArithmeticError) as error:
            return failed(error)

    def close(self) -> None:
        """Nothing is open."""


class House:
    """Two categories, three sources, a clock."""

    def __init__(self, store: SqlStore) -> None:
        self.store = store
        self.now: datetime = NOW
        self.documents: dict[str, str | Failed] = {}
        self.redirects: dict[str, str] = {}
        self.etags = True
        self.partners: tuple[Partner, ...] = ()
        self.fetcher = FakeFetcher(self)
        self.reader = PlainReader()
        self.composer = Composer(SITE.language)
        antara, kawat = a_source("antara", "news"), a_source("kawat", "logistik")
        tempo = a_source("tempo", "logistik")
        self.use(antara, kawat, tempo)

    def use(self, *sources: Source) -> None:
        """Be configured with these sources, a feed for each category, and a combined one."""
        self.sources = {source.id: source for source in sources}
        by_category: dict[str, list[Source]] = {}
        for source in sources:
            by_category.setdefault(source.category, []).append(source)
        self.categories = {name: a_category(name, *members) for name, members in by_category.items()}
        self.feeds = [a_feed("all", *self.sources, backfill=False)] + [
            a_feed(name, *(member.id for member in members), page=f"/c/{name}/")
            for name, members in by_category.items()
        ]
        self.store.enroll(sources)

    def say(self, source: str, document: str | Failed) -> None:
        """Let ``source`` answer with ``document`` from now on."""
        self.documents[self.sources[source].url] = document

    def collect(self, *sources: str) -> dict[str, Collected]:
        """Collect these sources (none named: all)."""
        desk = Desk(
            fetcher=self.fetcher,
            reader=self.reader,
            store=self.store,
            site=SITE,
            sources=self.sources,
            tracking=Tracking.of(["utm_*"]),
        )
        collected = collect(sources or tuple(self.sources), now=self.now, desk=desk)
        return {each.source: each for each in collected}

    @property
    def press(self) -> Press:
        return Press(
            store=self.store,
            site=SITE,
            sources=self.sources,
            categories=self.categories,
            composer=self.composer,
            partners=self.partners,
        )

    def match(self) -> int:
        """Compare the texts of new items; return how many stories were merged."""
        return match(now=self.now, store=self.store, sources=self.sources)

    def let_out(self) -> int:
        """Let out what nothing holds back; return how many stories the gate stopped."""
        return let_out(now=self.now, press=self.press)

    def publish(self) -> dict[str, Edition]:
        """Compare, let out, publish; return the new editions."""
        self.match()
        self.let_out()
        return {edition.feed.name: edition for edition in publish(self.feeds, now=self.now, press=self.press)}

    def later(self, **duration: float) -> None:
        """Let time pass."""
        self.now += timedelta(**duration)

    def stories(self, *sources: str) -> list[Story]:
        """Return what is published, and what would be by now."""
        self.match()
        self.let_out()
        return self.store.latest(sources or tuple(self.sources), limit=99)

    def gone(self) -> list[str]:
        """Return the keys of the items that their document no longer names."""
        query = select(tables.items.c.key).where(tables.items.c.gone_at.is_not(None))
        with self.store.database.reading() as connection:
            return list(connection.execute(query).scalars())

    def feed(self, name: str) -> Feed:
        return next(feed for feed in self.feeds if feed.name == name)


def rss(*items: str, title: str = "Kabar") -> str:
    """Return an RSS document."""
    channel = f"<title>{title}</title><link>https://k.id/</link>{''.join(items)}"
    return f'<rss version="2.0"><channel>{channel}</channel></rss>'


def item(
    guid: str = "1",
    title: str = "Kapal tiba",
    *,
    link: str = "",
    date: str = "Wed, 20 Nov 2024 14:00:00 WIB",
    body: str = "<p>Isi.</p>",
    more: str = "",
) -> str:
    """Return an RSS item."""
    body = body.replace("&", "&amp;").replace("<", "&lt;")
    link = link or f"https://antara.example.id/{guid}"
    dated = f"<pubDate>{date}</pubDate>" if date else ""
    address = link.replace("&", "&amp;")
    named = f'<title>{title}</title><link>{address}</link><guid isPermaLink="false">{guid}</guid>'
    return f"<item>{named}{dated}<description>{body}</description>{more}</item>"
