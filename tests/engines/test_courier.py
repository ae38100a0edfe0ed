"""The courier: who is sent how much at once, when again, and that nobody waits for anybody else."""

from __future__ import annotations

import base64
import json
import logging
import threading
from collections import Counter, defaultdict
from concurrent.futures import Future
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest

from aggregator.engines import courier
from aggregator.engines.courier import AT_ONCE, Courier
from aggregator.errors import StoreError
from aggregator.model.fetch import Failed, Taken
from aggregator.model.partner import Hook, Partner, Terms, Webhook
from aggregator.observe import Metrics
from aggregator.pipeline.deliver import PostOffice
from aggregator.pipeline.versions import write_versions
from aggregator.store import open_store
from tests.making import NOW, SITE
from tests.pipeline.house import House, item, rss

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from aggregator.app import App
    from aggregator.model.fetch import Post, Reception

SOON = 15  # seconds: how long a test waits before it gives up
SECRET = "whsec_" + base64.b64encode(b"a" * 24).decode()


def a_partner(name: str, **changes: Any) -> Partner:
    hook = Webhook(url=f"https://{name}.example.id/hook", secrets=(SECRET,))
    return replace(Partner(id=name, title=name, feeds=("all",), terms=Terms(), webhook=hook), **changes)


class FakeSender:
    """Hands messages to what a test says, or holds them."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self.sent: list[tuple[str, dict[str, Any]]] = []  # partner and message
        self.under_way: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self.holds: set[str] = set()  # partners that answer nothing
        self.answers: dict[str, Callable[[dict[str, Any]], Reception]] = {}
        self._held: defaultdict[str, list[tuple[Future[Reception], dict[str, Any]]]] = defaultdict(list)
        self._closed = False

    def post(self, post: Post) -> Future[Reception]:
        partner = post.url.removeprefix("https://").partition(".")[0]
        message = json.loads(post.body)
        future: Future[Reception] = Future()
        with self._changed:
            if self._closed:
                future.cancel()
                return future
            self.sent.append((partner, message))
            self.under_way[partner] += 1
            self.most[partner] = max(self.most[partner], self.under_way[partner])
            self._held[partner].append((future, message))
            self._changed.notify_all()
        if partner not in self.holds:
            self.release(partner)
        return future

    def release(self, partner: str) -> None:
        """Answer what is held of a partner."""
        with self._changed:
            held = self._held.pop(partner, [])
            self.under_way[partner] -= len(held)
        for future, message in held:
            future.set_result(self._answer(partner, message))

    def _answer(self, partner: str, message: dict[str, Any]) -> Reception:
        answer = self.answers.get(partner)
        return answer(message) if answer else Taken(status=200, at=self._clock())

    def close(self) -> None:
        with self._changed:
            self._closed = True
            held = [future for each in self._held.values() for future, _ in each]
            self._held.clear()
        for future in held:
            future.cancel()

    def titles(self, partner: str) -> list[str]:
        return [
            message["data"].get("title", message["type"]) for whose, message in self.sent if whose == partner
        ]

    def pause(self, seconds: float) -> None:
        """Wait for the next message, or so long."""
        with self._changed:
            self._changed.wait(seconds)

    def wait_for(self, partner: str, count: int) -> None:
        """Wait until so many messages were sent to a partner."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.titles(partner)) >= count, SOON), self.sent


class FakeApp:
    """As much of the service as a courier asks for."""

    def __init__(self, house: House, *partners: Partner) -> None:
        self.house = house
        house.partners = partners
        self.office = PostOffice(
            store=house.store,
            partners={partner.id: partner for partner in partners if partner.webhook},
            extents={feed.name: feed.extent for feed in house.feeds},
            site=SITE,
        )
        self.sender = FakeSender(self.clock)
        self.metrics = Metrics()
        self.publisher = self  # as much of it
        self.listeners: list[Callable[[], None]] = []

    def clock(self) -> datetime:
        return self.house.now

    def courier(self) -> Courier:
        return Courier(cast("App", self))

    def publish(self, *items: str, write: bool = True) -> None:
        self.house.say("antara", rss(*items))
        self.house.collect("antara")
        self.house.publish()
        if write:
            write_versions({feed.name: False for feed in self.house.feeds}, {}, press=self.house.press)
        for tell in self.listeners:
            tell()

    def later(self, **by: float) -> None:
        self.house.later(**by)

    def fails(self, partner: str, status: int = 500, **more: Any) -> None:
        """Let a partner take nothing."""
        self.sender.answers[partner] = lambda _: Failed(
            error=f"status {status}", status=status, at=self.clock(), **more
        )

    def works(self, partner: str) -> None:
        self.sender.answers.pop(partner, None)

    def counted(self) -> dict[str, float]:
        lines = self.metrics.exposition()[0].decode().splitlines()
        return {
            line.partition("{")[2].partition("}")[0]: float(line.rpartition(" ")[2])
            for line in lines
            if line.startswith("aggregator_partner_deliveries_total{")
        }


def news(count: int) -> list[str]:
    return [item(str(number), f"Kapal {number}") for number in range(count)]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with closing(open_store(f"sqlite:///{tmp_path}/aggregator.db")) as store:
        yield House(store)


@contextmanager
def started(app: FakeApp) -> Iterator[Courier]:
    made = app.courier()
    made.start()
    try:
        yield made
    finally:
        made.stop()


class TestSending:
    def test_all_that_is_due_once(self, house: House) -> None:
        app = FakeApp(house, a_partner("warta"), a_partner("kota"))
        app.publish(*news(10))
        app.courier().send_due()
        for partner in ("warta", "kota"):
            assert sorted(app.sender.titles(partner)) == [f"Kapal {number}" for number in range(10)]
        app.courier().send_due()
        assert len(app.sender.sent) == 20
        assert app.counted() == {
            'partner="kota",result="delivered"': 10,
            'partner="warta",result="delivered"': 10,
        }
        assert {name: state.use.items for name, state in house.store.partner_states().items()} == {
            "warta": 10,
            "kota": 10,
        }

    def test_few_at_once_and_one_until_one_was_taken(self, house: House) -> None:
        app = FakeApp(house, a_partner("warta"))
        app.sender.holds.add("warta")
        app.publish(*news(12))
        with started(app):
            app.sender.wait_for("warta", 1)
            assert app.sender.under_way["warta"] == 1
            app.sender.release("warta")
            app.sender.wait_for("warta", 1 + AT_ONCE)
            app.sender.holds.clear()
            app.sender.release("warta")
            app.sender.wait_for("warta", 12)
        assert app.sender.most["warta"] == AT_ONCE

    def test_a_story_s_changes_in_their_order(self, house: House) -> None:
        app = FakeApp(house, a_partner("warta"))
        for number in range(5):
            app.publish(item("1", f"Kapal {number}"), item("2", f"Perahu {number}"))
            app.later(minutes=20)
        app.courier().send_due()
        titles = app.sender.titles("warta")
        for name in ("Kapal", "Perahu"):
            own = [title for title in titles if title.startswith(name)]
            assert own == sorted(own)
            assert own[-1] == f"{name} 4"

    def test_what_nobody_wrote_down_is_no_end(self, house: House) -> None:
        app = FakeApp(house, a_partner("warta"))
        app.publish(item("1", "satu"), write=False)
        app.publish(item("1", "dua"))
        with started(app):
            app.sender.wait_for("warta", 1)
        assert app.sender.titles("warta") == ["dua"]

    def test_as_soon_as_something_is_published(self, house: House) -> None:
        app = FakeApp(house, a_partner("warta"))
        with started(app):
            app.publish(*news(1))
            app.sender.wait_for("warta", 1)

    def test_who_has_no_webhook_or_no_contract_is_sent_nothing(self, house: House) -> None:
        asks, over = a_partner("asks", webhook=None), a_partner("over", expires=NOW + timedelta(hours=1))
        app = FakeApp(house, asks, over)
        app.publish(*news(1))
        app.later(hours=1)
        app.courier().send_due()
        assert app.sender.sent == []
        idle = FakeApp(house, asks)
        with started(idle):
            assert idle.listeners == []
        idle.courier().send_due()

    def test_what_is_due_later_is_sent_then(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(courier, "LULL", 0.05)
        app = FakeApp(house, a_partner("warta", terms=Terms(delay=timedelta(hours=1))))
        with started(app) as running:
            app.publish(*news(1))
            running.wake()
            app.later(hours=1)
            app.sender.wait_for("warta", 1)

    def test_a_pass_has_an_end(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(courier, "LONGEST_PASS", 0.0)
        app = FakeApp(house, a_partner("warta"))
        app.publish(*news(9))
        app.courier().send_due()
        assert app.sender.sent == []


class TestFailing:
    def test_a_dead_partner_delays_nobody_and_is_probed(self, house: House) -> None:
        app = FakeApp(house, a_partner("dead"), a_partner("slow"), a_partner("warta"))
        app.sender.holds.add("slow")
        app.fails("dead")
        app.publish(*news(20))
        with started(app):
            app.sender.wait_for("warta", 20)
            app.sender.wait_for("dead", 1)
            app.sender.wait_for("slow", 1)
        assert len(app.sender.titles("dead")) == 1
        assert len(app.sender.titles("slow")) == 1

    def test_until_one_works_it_is_sent_one_at_a_time_and_ever_less_often(self, house: House) -> None:
        app = FakeApp(house, a_partner("dead"))
        app.fails("dead")
        app.publish(*news(30))
        made = app.courier()
        times = []
        for minute in range(24 * 60):
            before = len(app.sender.sent)
            made.send_due()
            times += [minute] * (len(app.sender.sent) - before)
            app.later(minutes=1)
        assert 25 <= len(times) <= 40  # in a day
        assert len(set(times)) >= len(times) - 1
        app.works("dead")
        app.later(hours=1)
        made.send_due()
        assert len(set(app.sender.titles("dead"))) == 30
        assert house.store.hooks() == {}

    def test_one_story_that_is_never_taken_costs_the_others_nothing(self, house: House) -> None:
        app = FakeApp(house, a_partner("warta"))

        def answer(message: dict[str, Any]) -> Reception:
            if message["data"]["title"] == "Kapal 3":
                return Failed(error="status 500", status=500, at=app.clock())
            return Taken(status=200, at=app.clock())

        app.sender.answers["warta"] = answer
        app.publish(*news(10))
        made = app.courier()
        for _ in range(40):
            made.send_due()
            app.later(seconds=6)
        assert set(app.sender.titles("warta")) == {f"Kapal {number}" for number in range(10)}
        taken = Counter(app.sender.titles("warta"))
        assert taken.pop("Kapal 3") > 1
        assert set(taken.values()) == {1}

    def test_who_says_when_to_come_again_is_heeded(self, house: House) -> None:
        app = FakeApp(house, a_partner("warta"))
        app.fails("warta", 429, retry_after=timedelta(minutes=10))
        app.publish(*news(3))
        made = app.courier()
        made.send_due()
        app.works("warta")
        app.later(minutes=9)
        made.send_due()
        assert len(app.sender.sent) == 1
        app.later(minutes=1)
        made.send_due()
        assert len(app.sender.sent) == 4

    def test_when_to_come_again_is_known_to_who_begins_anew(self, house: House) -> None:
        app = FakeApp(house, a_partner("warta"))
        app.fails("warta", 429, retry_after=timedelta(hours=2))
        app.publish(*news(3))
        app.courier().send_due()
        app.works("warta")
        app.later(minutes=119)
        other = app.courier()
        other.send_due()
        assert len(app.sender.sent) == 1
        app.later(minutes=1)
        other.send_due()
        assert len(app.sender.sent) == 4
        assert house.store.hooks() == {}

    def test_after_a_day_it_has_failed_is_shown_and_said(
        self, house: House, caplog: pytest.LogCaptureFixture
    ) -> None:
        app = FakeApp(house, a_partner("warta"))
        app.fails("warta")
        app.publish(*news(3))
        made = app.courier()
        for _ in range(60):
            made.send_due()
            app.later(minutes=30)
        owed = house.store.partner_states()["warta"].owed
        assert (owed.waiting, owed.failed) == (0, 3)
        assert app.counted()['partner="warta",result="failed"'] == 3
        errors = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
        assert errors
        assert "aggregator partners replay warta" in errors[0]
        warned = [record for record in caplog.records if record.levelno == logging.WARNING]
        assert len(warned) == 1  # not once for each attempt

    def test_a_courier_that_begins_anew_knows_who_fails(
        self, house: House, caplog: pytest.LogCaptureFixture
    ) -> None:
        app = FakeApp(house, a_partner("warta"))
        app.fails("warta")
        app.publish(*news(9))
        app.courier().send_due()
        app.later(hours=6)
        caplog.clear()
        made = app.courier()
        made.send_due()
        assert len(app.sender.sent) == 2
        since = f"{NOW.isoformat()}; it is tried again"
        assert caplog.messages == [f"partner warta: its webhook has taken nothing since {since}"]
        app.later(minutes=30)
        made.send_due()
        assert len(app.sender.sent) == 2  # it waits as long as that one has been failing: an hour at most
        app.works("warta")
        app.later(minutes=30)
        with caplog.at_level(logging.INFO):
            made.send_due()
        assert "partner warta: its webhook works again" in caplog.messages

    def test_who_was_tried_and_works_does_not_wait(self, house: House) -> None:
        app = FakeApp(house, a_partner("warta"))
        app.fails("warta")
        app.publish(*news(3))
        made = app.courier()
        for _ in range(12):
            made.send_due()
            app.later(hours=1)
        made.send_due()
        app.works("warta")
        made.send_due()
        before = len(app.sender.sent)
        made.send_due()
        assert len(app.sender.sent) == before  # it waits, up to an hour
        house.store.resume("warta", now=house.now)
        made.send_due()
        assert len(app.sender.sent) == before + 3


class TestGone:
    def test_it_is_sent_nothing_more_and_that_is_said_once(
        self, house: House, caplog: pytest.LogCaptureFixture
    ) -> None:
        app = FakeApp(house, a_partner("warta"))
        app.publish(item("0"))
        made = app.courier()
        made.send_due()
        app.fails("warta", 410)
        app.publish(*news(9))
        made.send_due()
        app.later(hours=2)
        made.send_due()
        [alarm] = caplog.records  # and none that it is tried again
        assert alarm.levelno == logging.ERROR
        assert "status 410" in alarm.getMessage()
        assert house.store.hooks()["warta"].stopped_at == NOW
        assert len(app.sender.sent) <= 1 + AT_ONCE

    def test_each_start_says_it_again_and_what_to_do(
        self, house: House, caplog: pytest.LogCaptureFixture
    ) -> None:
        app = FakeApp(house, a_partner("warta"), a_partner("kota"))
        app.fails("warta", 410)
        app.publish(*news(3))
        app.courier().send_due()
        caplog.clear()
        made = app.courier()
        for _ in range(3):
            made.send_due()
        [alarm] = caplog.records
        assert alarm.levelno == logging.ERROR
        assert "aggregator partners test warta" in alarm.getMessage()
        over = FakeApp(house, a_partner("warta", expires=NOW))
        caplog.clear()
        over.courier().send_due()
        assert caplog.messages == []  # of whom nothing is expected any more

    def test_another_address_begins_anew_with_what_waited(self, house: House) -> None:
        app = FakeApp(house, a_partner("warta"))
        app.fails("warta", 410)
        app.publish(*news(3))
        app.courier().send_due()
        elsewhere = Webhook(url="https://kota.example.id/hook", secrets=(SECRET,))
        moved = FakeApp(house, a_partner("warta", webhook=elsewhere))
        moved.later(minutes=1)
        moved.courier().send_due()
        assert len(moved.sender.titles("kota")) == 3
        assert house.store.hooks() == {}

    def test_a_running_one_goes_on_when_it_is_let(self, house: House) -> None:
        app = FakeApp(house, a_partner("warta"))
        app.fails("warta", 410)
        app.publish(*news(3))
        made = app.courier()
        made.send_due()
        app.works("warta")
        house.store.resume("warta", now=house.now)
        app.later(minutes=1)
        made.send_due()
        assert len(set(app.sender.titles("warta"))) == 3


def test_two_processes_send_each_once_and_in_order(house: House) -> None:
    with closing(open_store(house.store.database.url.render_as_string())) as store:
        other = House(store)
        apps = [FakeApp(each, a_partner("warta"), a_partner("kota")) for each in (house, other)]
        for number in range(4):
            apps[0].publish(*(item(str(name), f"Kapal {name} {number}") for name in range(10)))
            apps[0].later(minutes=20)
        other.now = house.now
        sent: list[tuple[str, dict[str, Any]]] = []
        for app in apps:
            app.sender.sent = sent
        with started(apps[0]), started(apps[1]):
            for app in apps * 200:
                if len(sent) == 80:
                    break
                for listener in app.publisher.listeners:
                    listener()
                app.sender.pause(0.05)
    assert len(sent) == 80
    for partner in ("warta", "kota"):
        titles = [message["data"]["title"] for whose, message in sent if whose == partner]
        assert len(set(titles)) == 40
        for name in range(10):
            own = [title for title in titles if title.startswith(f"Kapal {name} ")]
            assert own == sorted(own)


class TestEnding:
    def test_what_is_cut_off_is_sent_again(self, house: House) -> None:
        app = FakeApp(house, a_partner("warta"))
        app.sender.holds.add("warta")
        app.publish(*news(1))
        with started(app):
            app.sender.wait_for("warta", 1)
        again = FakeApp(house, a_partner("warta"))
        again.courier().send_due()
        assert again.sender.sent == []
        again.later(minutes=1)
        again.courier().send_due()
        assert again.sender.sent == app.sender.sent

    def test_cancelled_ones_are_no_failures(self, house: House) -> None:
        app = FakeApp(house, a_partner("warta"))
        app.publish(*news(1))
        app.sender.close()
        app.courier().send_due()
        assert house.store.hooks() == {}
        assert app.counted() == {}

    def test_a_database_that_does_not_answer_is_asked_again(
        self, house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setattr(courier, "AFTER_FAILURE", 0.01)
        app = FakeApp(house, a_partner("warta"))
        hooks, errors = house.store.hooks, [StoreError("database: locked"), RuntimeError("a bug")]

        def shaky() -> dict[str, Hook]:
            if errors:
                raise errors.pop(0)
            return hooks()

        monkeypatch.setattr(house.store, "hooks", shaky)
        monkeypatch.setattr(courier, "LULL", 0.01)
        app.publish(*news(1))
        with started(app):
            app.sender.wait_for("warta", 1)
        assert "deliveries: database: locked; they stay due" in caplog.messages
        assert "deliveries: a bug in the aggregator: please report it" in caplog.messages
