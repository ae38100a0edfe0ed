from __future__ import annotations

import json
import logging
import sqlite3
import threading
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from aggregator import __version__
from aggregator.app import App, limits
from aggregator.errors import StoreError
from aggregator.store import SqlStore

if TYPE_CHECKING:
    import socket
    from pathlib import Path

    from aggregator.model.report import Collected
    from tests.app.conftest import Clock, Opens
    from tests.fetch.raw import RawServer

SOON = 15  # seconds: how long a test waits before it gives up


def rss(*titles: str) -> bytes:
    """Return a feed of items with these titles, the first one the newest."""
    items = "".join(
        f"<item><guid isPermaLink='false'>{title}</guid><title>{title}</title>"
        f"<link>https://portal.example.id/{title}</link>"
        f"<pubDate>Wed, 20 Nov 2024 {13 - place:02}:00:00 WIB</pubDate></item>"
        for place, title in enumerate(titles)
    )
    return f"<rss version='2.0'><channel><title>Portal</title>{items}</channel></rss>".encode()


def titles(app: App, feed: str = "all") -> list[str]:
    """Return what is published."""
    publication = app.store.publication(feed, "json")
    assert publication is not None
    return [item["title"] for item in json.loads(publication.body)["items"]]


def metrics(app: App) -> dict[str, float]:
    text = app.metrics.exposition()[0].decode()
    lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}


def test_a_failing_source_costs_only_itself(opens: Opens, server: RawServer, clock: Clock) -> None:
    app = opens(
        news={
            "fine": server.say("/fine", rss("satu", "dua")),
            "busy": server.say("/busy", b"", "Retry-After: 3600", status="503 Service Unavailable"),
            "prose": server.say("/prose", b"Not a feed at all."),
            "empty": server.say("/empty", b""),
            "cut": server.say("/cut"),
            "nobody": "http://127.0.0.1:1/",
        },
        logistik={"other": server.say("/other", rss("tiga"))},
    )
    server.answers["/cut"] = b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + rss("empat")[:200]
    report = app.run(list(app.sources))
    assert report.errors.keys() == {"busy", "prose", "empty", "cut", "nobody"}
    assert all(report.errors.values())
    assert (report.sources, report.fetched, report.failed, report.items_new) == (7, 2, 5, 3)
    assert set(titles(app)) == {"satu", "dua", "tiga"}

    states = app.store.states()
    assert {name for name, state in states.items() if state.failures == 1} == report.errors.keys()
    backed_off = states["busy"].next_at
    assert backed_off is not None
    assert (backed_off - clock.now).total_seconds() == 3600


def test_the_last_good_items_of_a_source_stay_published(
    opens: Opens, server: RawServer, clock: Clock
) -> None:
    app = opens(news={"one": server.say("/one", rss("satu", "dua"))})
    app.run(["one"])
    before = app.store.publication("all", "rss")
    assert titles(app) == ["satu", "dua"]
    server.say("/one", status="500 Internal Server Error")
    clock.forward(minutes=75)
    report = app.run(["one"])
    assert (report.failed, report.feeds_published) == (1, 0)
    assert app.store.publication("all", "rss") == before


def test_a_pass_leaves_alone_what_another_is_just_collecting(opens: Opens, server: RawServer) -> None:
    asked = threading.Event()

    def slowly(connection: socket.socket) -> None:
        asked.set()
        server.gate.wait(SOON)
        body = rss("lambat")
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode() + body)

    server.answers["/slow"] = slowly
    app = opens(news={"slow": server.url("/slow"), "quick": server.say("/quick", rss("cepat"))})
    reports: list[Any] = []
    first = threading.Thread(target=lambda: reports.append(app.run(["slow"])))
    first.start()
    assert asked.wait(SOON)
    second = app.run(["slow", "quick"], force=True)
    assert (second.sources, second.fetched) == (1, 1)
    assert titles(app) == ["cepat"], "nor is it waited for"
    server.gate.set()
    first.join(SOON)
    assert [(report.sources, report.fetched) for report in reports] == [(1, 1)]
    assert set(titles(app)) == {"cepat", "lambat"}
    assert len([head for head in server.heads if head.startswith("GET /slow ")]) == 1
    assert app.run(["slow"], force=True).sources == 1, "afterwards it may be asked again"


def test_a_pass_that_the_database_stops_can_be_made_again(
    opens: Opens, server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opens(news={"one": server.say("/one", rss("satu"))})

    def locked(_store: SqlStore) -> None:
        raise StoreError("database x: it is locked")

    with monkeypatch.context() as patch:
        patch.setattr(SqlStore, "writing", locked)
        with pytest.raises(StoreError, match="locked"):
            app.run(["one"])
    assert app.store.counts() == {}
    report = app.run(["one"])
    assert (report.sources, report.items_new) == (1, 1), "it stayed due, and is not taken for busy"
    assert titles(app) == ["satu"]


def test_what_is_not_due_is_not_asked(opens: Opens, server: RawServer, clock: Clock) -> None:
    app = opens(news={"one": server.say("/one", rss("satu"))})
    assert app.run(["one"]).fetched == 1
    assert app.run(["one"]).sources == 0
    clock.forward(minutes=14)
    assert app.run(["one"]).sources == 0
    clock.forward(minutes=61)  # its slowest pace, and the first time up to a quarter of an hour more
    assert app.run(["one"]).unchanged == 1
    clock.forward(minutes=14)
    assert app.run(["one"]).sources == 0
    clock.forward(minutes=46)
    assert app.run(["one"]).unchanged == 1
    assert app.run(["one"], force=True).unchanged == 1
    assert len(server.heads) == 4


def test_what_is_gone_is_not_asked_until_it_is_asked_for(
    opens: Opens, server: RawServer, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    app = opens(news={"one": server.say("/one", status="410 Gone")})
    assert app.run(["one"]).failed == 1
    assert app.store.states()["one"].result == "gone"
    assert "gone for good, and not asked again" in caplog.text
    clock.forward(minutes=60 * 24 * 300)
    assert app.run(["one"]).sources == 0
    server.say("/one", rss("satu"))
    assert app.run(["one"], force=True).fetched == 1
    clock.forward(minutes=75)
    assert app.run(["one"]).unchanged == 1, "it is a source like any other again"


def test_a_tick_is_for_one_category_and_is_noted(opens: Opens, server: RawServer, clock: Clock) -> None:
    app = opens(
        news={"one": server.say("/one", rss("satu"))}, logistik={"two": server.say("/two", rss("dua"))}
    )
    assert app.ticked_at is None
    report = app.tick("logistik")
    assert (report.sources, report.items_new) == (1, 1)
    assert app.ticked_at == clock.now
    assert titles(app) == ["dua"]
    assert [app.never_collected(app.categories[name].sources) for name in ("news", "logistik")] == [
        True,
        False,
    ]


def test_a_report_says_what_a_pass_cost(opens: Opens, server: RawServer) -> None:
    app = opens(news={"one": server.say("/one", rss("satu"))})
    report = app.run(["one"])
    assert report.seconds > 0
    assert 0 < report.cpu_seconds < report.seconds + 1
    assert report.feeds_published == 2  # all, news
    assert app.publish() == 0


def test_progress_is_told_and_otherwise_logged(
    opens: Opens, server: RawServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "aggregator.app")
    app = opens(news={"one": server.say("/one", rss("satu")), "gone": server.say("/gone", status="410 Gone")})
    told: list[Collected] = []
    expected: list[int] = []
    app.run(["one", "gone"], progress=told.append, expect=expected.append)
    assert expected == [2]
    assert {each.source: each.result for each in told} == {"one": "fetched", "gone": "failed"}
    assert caplog.messages == []
    server.say("/one", rss("dua", "satu"))
    app.run(["one", "gone"], force=True)
    assert sorted(caplog.messages) == [
        "source gone failed: status 410 Gone: gone for good, and not asked again",
        "source one: 1 new, 0 updated, 0 duplicates",
    ]


def test_metrics_say_what_was_done_and_how_things_are(opens: Opens, server: RawServer, clock: Clock) -> None:
    app = opens(
        news={"one": server.say("/one", rss("satu", "dua")), "gone": server.say("/gone", status="410 Gone")}
    )
    assert metrics(app)['aggregator_sources{status="new"}'] == 2, "looked up when asked for, tick or no tick"
    app.tick("news")
    due = app.store.states()["one"].next_at
    assert due is not None
    waited = (due - clock.now).total_seconds() / 60 + 5
    clock.forward(minutes=waited)
    found = metrics(app)
    assert 'aggregator_sources{status="new"}' not in found
    assert found['aggregator_sources{status="fetched"}'] == 1
    assert found['aggregator_sources{status="gone"}'] == 1
    assert found['aggregator_fetch_total{result="fetched"}'] == 1
    assert found['aggregator_fetch_total{result="failed"}'] == 1
    assert found["aggregator_fetch_duration_seconds_count"] == 2
    assert found["aggregator_fetch_bytes_total"] >= len(rss("satu", "dua"))
    assert found['aggregator_items_total{outcome="new"}'] == 2
    assert found["aggregator_publish_duration_seconds_count"] == 2
    assert found['aggregator_feed_last_changed_timestamp_seconds{feed="all"}'] == pytest.approx(
        clock.now.timestamp() - waited * 60
    )
    assert 300 <= found["aggregator_due_lag_seconds"] <= 301
    app.tick("news")
    assert metrics(app)["aggregator_due_lag_seconds"] == 0


def test_metrics_are_there_without_the_database(
    opens: Opens, server: RawServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    app = opens(news={"one": server.say("/one", rss("satu"))})
    app.tick("news")

    def locked(_store: SqlStore, _sources: object = None) -> None:
        raise StoreError("database x: it is locked")

    before = metrics(app)
    monkeypatch.setattr(SqlStore, "states", locked)
    assert metrics(app) == before
    assert "the last known ones: database x: it is locked" in caplog.messages[-1]


def test_tidying_lets_go_of_what_left_long_ago(opens: Opens, server: RawServer, clock: Clock) -> None:
    app = opens("defaults: {keep: 30d}", news={"one": server.say("/one", rss("dua", "satu"))})
    app.run(["one"])
    server.say("/one", rss("dua"))
    clock.forward(days=1)
    app.run(["one"])
    clock.forward(days=30)
    assert app.tidy() == 0, "it left a day later than it was first seen"
    clock.forward(seconds=1)
    assert app.tidy() == 1
    assert app.store.counts() == {"one": 1}
    app.publish()
    assert titles(app) == ["dua"]


def test_a_feed_that_is_no_longer_configured_goes(opens: Opens, server: RawServer) -> None:
    one, two = server.say("/one", rss("satu")), server.say("/two", rss("dua"))
    first = opens(news={"one": one}, logistik={"two": two})
    first.run(["one", "two"])
    assert set(titles(first)) == {"satu", "dua"}
    first.close()
    second = opens(news={"one": one})
    second.publish()
    second.tidy()
    assert titles(second) == ["satu"]
    assert second.store.publication("logistik", "rss") is None
    assert second.store.publication("source/two", "rss") is None


def test_keys_of_a_partner_that_is_no_longer_configured_end(opens: Opens, server: RawServer) -> None:
    one = server.say("/one", rss("satu"))
    first = opens("partners: {warta: {feeds: [all]}, gema: {feeds: [all]}}", news={"one": one})
    first.store.put_key("warta", "a", at=first.clock())
    first.store.put_key("gema", "b", at=first.clock())
    first.tidy()
    assert set(first.store.keys()) == {"a", "b"}
    first.close()
    second = opens("partners: {gema: {feeds: [all]}}", news={"one": one})
    second.tidy()
    assert set(second.store.keys()) == {"b"}


def test_a_pass_that_changes_nothing_looks_at_no_feed(
    opens: Opens, server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opens(news={"one": server.say("/one", rss("satu"))})
    app.run(["one"])
    with monkeypatch.context() as without:
        without.setattr(app.store, "fronts", lambda *_: pytest.fail("a feed was looked at"))
        assert app.run(["one"], force=True).feeds_published == 0
    server.say("/one", rss("dua", "satu"))
    assert app.run(["one"], force=True).feeds_published == 2


def test_ticks_in_quick_succession_make_one_edition_of_a_feed_and_the_rest_follows(
    opens: Opens, server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aggregator.publisher.EDITIONS_APART", 3600)
    app = opens(
        news={"one": server.say("/one", rss("satu"))}, logistik={"two": server.say("/two", rss("dua"))}
    )
    assert app.tick("news").feeds_published == 3
    assert (titles(app), titles(app, "news")) == (["satu"], ["satu"])
    assert app.tick("logistik").feeds_published == 0
    assert (titles(app), titles(app, "logistik")) == (["satu"], [])
    monkeypatch.setattr("aggregator.publisher.EDITIONS_APART", 0)
    app.publisher._follow()  # its hour is not waited for
    assert set(titles(app)) == {"satu", "dua"}
    assert titles(app, "logistik") == ["dua"]


def test_what_was_put_off_is_published_by_itself(
    opens: Opens, server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aggregator.publisher.EDITIONS_APART", 0.2)
    app = opens(
        news={"one": server.say("/one", rss("satu"))}, logistik={"two": server.say("/two", rss("dua"))}
    )
    app.tick("news")
    app.tick("logistik")
    if follows := app.publisher._later:  # None: the machine was so slow that nothing was put off
        follows.join(SOON)
    assert set(titles(app)) == {"satu", "dua"}


def test_a_command_publishes_at_once(opens: Opens, server: RawServer) -> None:
    app = opens(news={"one": server.say("/one", rss("satu"))})
    app.tick("news")
    server.say("/one", rss("satu", "dua"))
    assert app.run(["one"], force=True).feeds_published == 2
    assert titles(app) == ["satu", "dua"]


def test_the_feed_of_a_source_is_rendered_when_it_is_asked_for(
    opens: Opens, server: RawServer, clock: Clock
) -> None:
    app = opens(news={"one": server.say("/one", rss("satu"))})
    app.run(["one"])
    collected = clock.now
    assert app.store.publication("source/one", "json") is None
    clock.forward(hours=1)
    first = app.publisher.publication("source/one", "json")
    assert first is not None
    assert first.changed_at == collected, "not when it was asked for"
    assert app.publisher.publication("source/one", "json") == first
    server.say("/one", rss("dua", "satu"))
    app.run(["one"])
    assert app.store.publication("source/one", "json") == first
    second = app.publisher.publication("source/one", "json")
    assert second is not None
    assert (second.changed_at, second.etag == first.etag) == (clock.now, False)
    assert app.publisher.publication("all", "json") == app.store.publication("all", "json")
    assert app.publisher.publication("source/none", "json") is None


def test_closing_twice_is_nothing(opens: Opens, server: RawServer) -> None:
    app = opens(news={"one": server.say("/one", rss("satu"))})
    app.run(["one"])
    app.close()
    app.close()
    with closing(app):
        pass


def test_it_does_not_open_on_a_database_that_cannot_be_written(
    opens: Opens, server: RawServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aggregator.store.dialects.sqlite.BUSY_SECONDS", 0)
    opens(news={"one": server.url("/one")}).close()
    with closing(sqlite3.connect(tmp_path / "aggregator.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="another program holds it"):
            opens(news={"one": server.url("/one"), "two": server.url("/two")})


def test_sources_are_asked_under_our_name(opens: Opens, server: RawServer) -> None:
    app = opens(news={"one": server.say("/one", rss("satu"))})
    asked = limits(app.settings)
    name = f"aggregator/{__version__} (+https://feeds.example.id/; ops@example.id)"
    assert asked.user_agent == name
    assert asked.timeout.total_seconds() == 20
    app.run(["one"])
    [head] = server.heads
    assert f"User-Agent: {name}\r\n" in head
