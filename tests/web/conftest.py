"""What the tests of the web share."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from aggregator.errors import StoreError
from aggregator.model.source import SourceState
from tests.making import SITE, a_category, a_feed, a_source
from tests.web.newsroom import NOW, FakeStore, Newsroom, make_item, make_publication, make_story


@pytest.fixture
def newsroom() -> Newsroom:
    port, wire, mosque = (
        a_source("pelabuhan", "logistik", title="Kabar Pelabuhan", url="https://a.example.id/?key=secret"),
        a_source("kawat", "news"),
        a_source("ruang", "ruang-sujud", title="Kabar Ruang"),
    )
    hour = timedelta(hours=1)
    copied = make_item("kawat", "Kapal tiba", NOW - 2 * hour)
    stories = [
        make_story("satu", make_item("pelabuhan", "Kapal tiba", NOW - 2 * hour), copied),
        make_story("dua", make_item("kawat", "Rapat warga", NOW - 3 * hour)),
        make_story("tiga", make_item("ruang", "Kajian subuh", NOW - 30 * hour)),
    ]
    feeds = [
        a_feed("all", "pelabuhan", "kawat", "ruang", title="Semua kabar"),
        a_feed("news", "kawat", title="News", page="/c/news/"),
        a_feed("logistik", "pelabuhan", title="Logistik", page="/c/logistik/"),
        a_feed("ruang-sujud", "ruang", title="Ruang Sujud", page="/c/ruang-sujud/"),
        a_feed("source/pelabuhan", "pelabuhan", title="Kabar Pelabuhan", page="/c/logistik/"),
    ]
    publications = {
        (feed.name, suffix): make_publication(feed.name, suffix)
        for feed in feeds
        for suffix in ("rss", "atom", "json")
    }
    states = {
        "pelabuhan": SourceState(
            id="pelabuhan", last_at=NOW - timedelta(minutes=3), next_at=NOW + timedelta(minutes=7),
            last_ok_at=NOW - timedelta(minutes=3), changed_at=NOW - 2 * hour, result="fetched",
            home="https://pelabuhan.example.id/",
        ),
        "kawat": SourceState(
            id="kawat", title="Kawat Nusantara", last_at=NOW - timedelta(minutes=30), next_at=NOW,
            result="failed", error="status 503 from kawat.example.id", failures=3,
        ),
    }  # fmt: skip
    return Newsroom(
        site=SITE,
        categories=[
            a_category("news", wire),
            a_category("logistik", port),
            replace(a_category("ruang-sujud", mosque), title="Ruang Sujud"),
        ],
        feeds=feeds,
        store=FakeStore(stories=stories, publications=publications, source_states=states),
    )


@pytest.fixture
def broken_database() -> StoreError:
    return StoreError("the database at sqlite:///var/aggregator.db is locked; is another process writing?")
