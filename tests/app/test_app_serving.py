"""What is published is served: at once by the process that publishes, soon by others."""

from __future__ import annotations

import asyncio
import json
from functools import partial
from typing import TYPE_CHECKING

from aggregator.coding import IDENTITY
from aggregator.web.serving import document
from aggregator.web.shelf import Resource, Shelf
from tests.app.test_app import rss

if TYPE_CHECKING:
    from aggregator.app import App
    from aggregator.web.serving import Document
    from tests.app.conftest import Opens
    from tests.fetch.raw import RawServer

FEEDS = ("all", "news", "source/one")


class Reader:
    """Reads the feeds of a service from a shelf of its own."""

    def __init__(self, app: App) -> None:
        self.shelf = Shelf(app.settings.feeds, app.store)
        self._app = app
        self._feeds = {name: Resource(name, partial(self._load, name), []) for name in FEEDS}

    def _load(self, name: str) -> Document | None:
        publication = self._app.publisher.publication(name, "json")
        return document(publication.body, publication.media_type) if publication else None

    def titles(self) -> list[list[str]]:
        return [asyncio.run(self._titles(feed)) for feed in self._feeds.values()]

    async def _titles(self, feed: Resource) -> list[str]:
        ready = await self.shelf.ready(feed, IDENTITY)
        assert ready is not None
        return [item["title"] for item in json.loads(ready[1])["items"]]


def test_what_is_published_shows_at_once(opens: Opens, server: RawServer) -> None:
    app = opens(news={"one": server.say("/one", rss("satu"))})
    reader = Reader(app)
    told: list[None] = []
    app.publisher.listeners += [reader.shelf.refresh, lambda: told.append(None)]
    app.run(["one"])
    assert reader.titles() == [["satu"]] * 3
    app.run(["one"], force=True)
    assert len(told) == 1, "nothing changed"
    server.say("/one", rss("dua", "satu"))
    app.run(["one"], force=True)
    assert len(told) == 2
    assert reader.titles() == [["dua", "satu"]] * 3
    [story, *_] = app.store.latest(["one"], limit=1)
    app.take_down(story.id)
    assert reader.titles() == [["satu"]] * 3


def test_what_another_process_publishes_shows_after_the_next_look(opens: Opens, server: RawServer) -> None:
    serving, other = (opens(news={"one": server.say("/one", rss("satu"))}) for _ in range(2))
    other.run(["one"])
    reader = Reader(serving)
    reader.shelf.refresh()
    assert reader.titles() == [["satu"]] * 3
    server.say("/one", rss("dua", "satu"))
    other.run(["one"], force=True)
    assert reader.titles() == [["satu"]] * 3
    reader.shelf.refresh()
    assert reader.titles() == [["dua", "satu"]] * 3
