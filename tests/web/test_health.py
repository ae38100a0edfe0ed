"""What machines ask: alive, ready, measured."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from aggregator.web.counting import kind_of
from tests.web.newsroom import NOW

if TYPE_CHECKING:
    from aggregator.errors import StoreError
    from tests.web.newsroom import Newsroom


def test_alive_whatever_happens(newsroom: Newsroom, broken_database: StoreError) -> None:
    newsroom.store.error, newsroom.tick = broken_database, None
    response = newsroom.ask("/healthz")
    assert (response.status_code, response.text) == (200, "ok")


def test_ready(newsroom: Newsroom) -> None:
    response = newsroom.ask("/readyz")
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    assert response.json() == {"database": "ok", "last_tick": "2024-11-20T09:30:00+00:00", "ticking": True}


def test_not_ready_before_the_first_tick(newsroom: Newsroom) -> None:
    newsroom.tick = None
    response = newsroom.ask("/readyz")
    assert response.status_code == 503
    assert response.json() == {"database": "ok", "last_tick": None, "ticking": False}


def test_not_ready_without_a_database(newsroom: Newsroom, broken_database: StoreError) -> None:
    newsroom.store.error = broken_database
    response = newsroom.ask("/readyz")
    assert response.status_code == 503
    assert response.json()["database"] == "unavailable"


@pytest.mark.parametrize(
    ("age", "status"), [(timedelta(minutes=32), 200), (timedelta(minutes=32, seconds=1), 503)]
)
def test_the_engine_may_miss_one_tick(newsroom: Newsroom, age: timedelta, status: int) -> None:
    newsroom.tick = NOW - age
    assert newsroom.ask("/readyz").status_code == status


def test_crons_may_rest_for_long(newsroom: Newsroom) -> None:
    newsroom.categories = [
        replace(category, every=None, cron="0 6 * * 1") for category in newsroom.categories
    ]
    newsroom.tick = NOW - timedelta(days=6)
    assert newsroom.ask("/readyz").status_code == 200


def test_metrics_count_requests_by_kind(newsroom: Newsroom) -> None:
    for path in ("/", "/feeds/all.rss", "/feeds/all.rss", "/feeds/none.rss", "/healthz", "/x"):
        newsroom.ask(path)
    newsroom.store.error = ZeroDivisionError()
    newsroom.ask("/")
    response = newsroom.ask("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=")
    for line in (
        'aggregator_http_requests_total{kind="page",status="200"} 1.0',
        'aggregator_http_requests_total{kind="page",status="500"} 1.0',
        'aggregator_http_requests_total{kind="feed",status="200"} 2.0',
        'aggregator_http_requests_total{kind="feed",status="404"} 1.0',
        'aggregator_http_requests_total{kind="health",status="200"} 1.0',
        'aggregator_http_requests_total{kind="other",status="404"} 1.0',
    ):
        assert line in response.text.splitlines()


def test_only_requests_are_counted(newsroom: Newsroom) -> None:
    assert asyncio.run(newsroom.live()) == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert b"aggregator_http_requests_total{" not in newsroom.metrics.exposition()[0]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "page"), ("/c/news/", "page"), ("/items/a", "page"), ("/status", "page"),
        ("/feeds.opml", "feed"),
        ("/feeds/all.rss", "feed"), ("/feed", "feed"), ("/feed/atom/", "feed"), ("/category/a/feed/", "feed"),
        ("/metrics", "health"), ("/readyz", "health"), ("/healthzz", "other"), ("/feedback", "other"),
        ("/category/a/", "other"), ("/assets/site.css", "other"), ("", "other"),
        ("/embed/all", "embed"), ("/embed/source/a", "embed"), ("/embed.js", "embed"),
        ("/embed.css", "embed"), ("/embed", "other"), ("/embed.jsx", "other"),
    ],
)  # fmt: skip
def test_kinds(path: str, kind: str) -> None:
    assert kind_of(path) == kind
