"""A real newsroom to export: documents, a database, every feed, every page."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aggregator.model.feed import ARCHIVE
from aggregator.observe import Metrics
from aggregator.pipeline.archive import archive
from aggregator.web import build
from aggregator.web.addresses import Addresses
from tests.making import JAKARTA, SITE, a_feed
from tests.pipeline.house import House, item, rss

if TYPE_CHECKING:
    from aggregator.export.asking import Application
    from aggregator.model.feed import FeedName, Publication
    from aggregator.store import SqlStore


class Newsroom(House):
    """Three sources with stories, published."""

    def __init__(self, store: SqlStore) -> None:
        super().__init__(store)
        self.feeds = [replace(feed, limit=4) for feed in self.feeds]
        self.feeds.append(a_feed("source/kawat", "kawat", limit=12, page="/c/logistik/", on_demand=True))
        self.categories = {name: replace(each, limit=4) for name, each in self.categories.items()}
        self.say("antara", rss(*(item(f"a{n}", f"Kapal {n} tiba di pelabuhan") for n in range(3))))
        kawat = [item(f"k{n}", f"Rapat {n} warga", link=f"https://kawat.example.id/{n}") for n in range(12)]
        self.say("kawat", rss(*kawat))
        self.say("tempo", rss(item("t", "Kajian", link="https://tempo.example.id/t")))
        self.collect()
        self.publish()

    @property
    def application(self) -> Application:
        return build(
            site=SITE,
            categories=list(self.categories.values()),
            feeds=self.feeds,
            timezone=JAKARTA,
            store=self.store,
            publication=self.publication,
            take_up=lambda _name: None,
            written=lambda _stories: {},
            clock=lambda: self.now,
            metrics=Metrics(),
            pulse=lambda: None,
        )

    def publication(self, name: FeedName, suffix: str) -> Publication | None:
        """Return what is published; archive documents are when they are asked for."""
        of, _, number = name.partition(ARCHIVE)
        if number and not archive(self.feed(of), int(number), now=self.now, press=self.press):
            return None
        return self.store.publication(name, suffix)

    @property
    def addresses(self) -> Addresses:
        return Addresses(site=SITE, categories=list(self.categories.values()), feeds=self.feeds)
