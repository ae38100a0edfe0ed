"""Partners' feeds are published with the others; those with a delay when it is over, by themselves."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import TYPE_CHECKING, Any

import pytest

from aggregator.cli.site import site_of
from aggregator.errors import StoreError
from aggregator.publisher import EDITIONS_APART, LONGEST_WAIT
from aggregator.rules.terms import variant
from tests.app.test_app import rss
from tests.web.newsroom import ask

if TYPE_CHECKING:
    from aggregator.app import App
    from tests.app.conftest import Clock, Opens
    from tests.fetch.raw import RawServer

KEY = "warta-0123456789abcdef"
LATE = f"partners: {{warta: {{key: {KEY}, feeds: [all, source/one], delay: 10m, link_parameters: {{r: w}}}}}}"


class Timer:
    """Rings when a test says so."""

    def __init__(self, seconds: float, ring: Any) -> None:
        self.seconds, self.ring = seconds, ring
        self.daemon = self.started = self.cancelled = False
        timers.append(self)

    def start(self) -> None:
        self.started = True

    def cancel(self) -> None:
        self.cancelled = True


timers: list[Timer] = []


@pytest.fixture(autouse=True)
def _no_real_timers(monkeypatch: pytest.MonkeyPatch) -> None:
    timers.clear()
    monkeypatch.setattr("threading.Timer", Timer)


def titles(app: App, name: str = "all") -> list[str]:
    """Return what a partner reads."""
    site = site_of(app)
    answer = asyncio.run(ask(site, f"/p/{KEY}/{name}.json"))
    assert answer.status_code == 200
    items = json.loads(answer.content)["items"]
    assert all(item["url"].endswith("?r=w") for item in items)
    return [item["title"] for item in items]


def waiting() -> list[float]:
    """Return after how many seconds something happens by itself."""
    return [timer.seconds for timer in timers if timer.started and not timer.cancelled]


def test_a_delay_that_is_over_makes_an_edition_by_itself(
    opens: Opens, server: RawServer, clock: Clock
) -> None:
    app = opens(LATE, news={"one": server.say("/one", rss("satu"))})
    told: list[None] = []
    app.publisher.listeners.append(lambda: told.append(None))
    app.run(["one"])
    assert titles(app) == titles(app, "source/one") == []
    assert waiting() == [LONGEST_WAIT]
    clock.forward(minutes=9, seconds=30)
    [timer] = timers
    timer.ring()
    assert titles(app) == []
    assert waiting() == [30.0]
    clock.forward(seconds=30)
    before = len(told)
    timers[-1].ring()
    assert titles(app) == titles(app, "source/one") == ["satu"]
    assert len(told) == before + 1
    assert len(timers) == 2, "there is nothing to wait for"


def test_an_edit_and_a_takedown(opens: Opens, server: RawServer, clock: Clock) -> None:
    app = opens(LATE, news={"one": server.say("/one", rss("satu"))})
    app.run(["one"])
    clock.forward(minutes=10)
    app.publisher.ripen()
    server.say("/one", rss("satu", "dua"))
    app.run(["one"], force=True)
    assert titles(app) == ["satu"]
    [story] = [story for story in app.store.latest(["one"], limit=9) if story.shown.title == "satu"]
    app.take_down(story.id)
    assert titles(app) == titles(app, "source/one") == []
    clock.forward(minutes=10)
    app.publisher.ripen()
    assert titles(app) == titles(app, "source/one") == ["dua"]


def test_with_a_new_contract_it_is_written_down_first_what_stories_say(
    opens: Opens, server: RawServer, clock: Clock
) -> None:
    def say(title: str) -> str:
        return server.say("/one", rss("satu").replace(b"<title>satu", b"<title>" + title.encode()))

    opens("", news={"one": say("satu")}).run(["one"])
    clock.forward(minutes=20)
    app = opens(LATE, news={"one": say("rahasia")})
    app.run(["one"], force=True)
    assert titles(app) == ["satu"]
    answer = asyncio.run(ask(site_of(app), "/api/v1/items", "GET", {"Authorization": f"Bearer {KEY}"}))
    assert [item["title"] for item in json.loads(answer.content)["items"]] == ["satu"]
    clock.forward(minutes=10)
    app.publisher.ripen()
    assert titles(app) == ["rahasia"]


def test_editions_are_apart(opens: Opens, server: RawServer, clock: Clock) -> None:
    app = opens(LATE, news={"one": server.say("/one", rss("satu"))})
    app.run(["one"])
    clock.forward(minutes=9, seconds=59)
    app.publisher.ripen()
    assert waiting()[-1] == EDITIONS_APART


def test_where_the_database_does_not_answer_it_is_tried_again(
    opens: Opens, server: RawServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    app = opens(LATE, news={"one": server.say("/one", rss("satu"))})
    app.run(["one"])

    def locked(*_: Any, **__: Any) -> None:
        raise StoreError("the database is locked")

    monkeypatch.setattr(app.store, "editions", locked)
    with caplog.at_level(logging.ERROR):
        timers[-1].ring()
    assert "publishing: the database is locked; it is tried again" in caplog.text
    assert waiting()[-1] == LONGEST_WAIT


def test_without_a_delay_nothing_waits_and_a_source_s_feed_is_rendered_when_it_is_asked_for(
    opens: Opens, server: RawServer
) -> None:
    app = opens(LATE.replace("delay: 10m, ", ""), news={"one": server.say("/one", rss("satu"))})
    app.run(["one"])
    assert waiting() == []
    partner, source = app.settings.partners[0], next(f for f in app.settings.feeds if f.on_demand)
    assert variant(source, partner).name not in app.store.editions()
    assert titles(app) == titles(app, "source/one") == ["satu"]


def test_nothing_rings_after_the_end(opens: Opens, server: RawServer) -> None:
    app = opens(LATE, news={"one": server.say("/one", rss("satu"))})
    app.run(["one"])
    app.close()
    assert waiting() == []


def test_tidying_keeps_what_partners_read(opens: Opens, server: RawServer, clock: Clock) -> None:
    app = opens(LATE, news={"one": server.say("/one", rss("satu"))})
    app.run(["one"])
    clock.forward(minutes=10)
    app.publisher.ripen()
    app.tidy()
    assert titles(app) == ["satu"]


def test_prometheus_is_told_of_feeds_that_have_a_name(opens: Opens, server: RawServer) -> None:
    app = opens(LATE, news={"one": server.say("/one", rss("satu"))})
    app.run(["one"])
    shown = app.metrics.exposition()[0].decode()
    assert 'aggregator_feed_last_changed_timestamp_seconds{feed="all"}' in shown
    assert "~" not in shown
