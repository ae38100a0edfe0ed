"""Archive documents of the whole service: rendered when they are asked for, and then kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from aggregator.app import ARCHIVES_READY

if TYPE_CHECKING:
    from aggregator.app import App
    from tests.app.conftest import Clock, Opens
    from tests.fetch.raw import RawServer


def rss(count: int) -> bytes:
    """Return a feed of so many items, the oldest first."""
    items = "".join(
        f"<item><guid isPermaLink='false'>{number}</guid><title>Kabar {number}</title>"
        f"<link>https://portal.example.id/{number}</link>"
        f"<pubDate>Wed, 20 Nov 2024 {number // 60:02}:{number % 60:02}:00 +0000</pubDate></item>"
        for number in range(count)
    )
    return f"<rss version='2.0'><channel><title>Portal</title>{items}</channel></rss>".encode()


def read(app: App, name: str) -> dict[str, Any]:
    publication = app.publisher.publication(name, "json")
    assert publication is not None
    told: dict[str, Any] = json.loads(publication.body)
    return told


def test_archive_documents_are_rendered_when_they_are_asked_for(
    opens: Opens, server: RawServer, clock: Clock
) -> None:
    app = opens(news={"one": server.say("/one", rss(120))})
    app.run(list(app.sources))
    assert app.store.publication("news/archive/2", "json") is None
    newest = read(app, "news/archive/2")
    assert [item["title"] for item in newest["items"]] == [f"Kabar {number}" for number in range(99, 49, -1)]
    assert read(app, "news")["next_url"] == newest["feed_url"]
    assert read(app, "news/archive/1")["items"][-1]["title"] == "Kabar 0"
    before = app.store.publication("news/archive/2", "json")
    assert before is not None
    clock.now = clock.now.replace(year=clock.now.year + 1)
    assert app.publisher.publication("news/archive/2", "json") == before
    for name in ("news/archive/3", "news/archive/0", "nothing/archive/1"):
        assert app.publisher.publication(name, "json") is None
    assert app.publisher.publication("news/archive/1", "rss") is None


def test_the_feed_of_a_source_has_a_past_too(opens: Opens, server: RawServer) -> None:
    app = opens(news={"one": server.say("/one", rss(60))})
    app.run(list(app.sources))
    assert read(app, "source/one")["next_url"].endswith("/feeds/source/one/archive/1.json")
    assert len(read(app, "source/one/archive/1")["items"]) == 50


def test_tidying_keeps_the_bytes_of_the_newest_documents_only(opens: Opens, server: RawServer) -> None:
    app = opens(news={"one": server.say("/one", rss(50 * (ARCHIVES_READY + 2)))})
    app.run(list(app.sources))
    first = app.publisher.publication("news/archive/1", "atom")
    assert app.publisher.publication("news/archive/22", "atom")
    app.tidy()
    assert app.store.publication("news/archive/1", "atom") is None
    assert app.store.publication("news/archive/22", "atom")
    assert app.publisher.publication("news/archive/1", "atom") == first
