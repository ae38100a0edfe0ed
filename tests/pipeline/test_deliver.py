"""What a webhook is sent: the message, its signature, and what its answer means."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from standardwebhooks import Webhook as Check

from aggregator.model.feed import Extent, Part
from aggregator.model.fetch import Failed, Taken
from aggregator.model.partner import ChangeKind, Partner, Terms, Webhook
from aggregator.pipeline.deliver import (
    UNWRITTEN,
    Letter,
    PostOffice,
    judge,
    letters,
    subscriptions,
    trial,
    wants_no_more,
)
from aggregator.pipeline.moderate import take_down
from aggregator.pipeline.versions import write_versions
from tests.making import NOW, SITE
from tests.pipeline.house import House, item, rss

if TYPE_CHECKING:
    from datetime import datetime

SECRETS = tuple("whsec_" + base64.b64encode(key * 24).decode() for key in (b"a", b"b"))
HOOK = Webhook(url="https://warta.example.id/hook", secrets=SECRETS)
WARTA = Partner(id="warta", title="Warta", feeds=("all",), terms=Terms(), webhook=HOOK)
MINUTE = timedelta(minutes=1)


class Room:
    """A newsroom with a partner."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.hire(WARTA)

    def hire(self, partner: Partner) -> None:
        self.house.partners = (partner,)
        self.office = PostOffice(
            store=self.house.store,
            partners={partner.id: partner},
            extents={feed.name: feed.extent for feed in self.house.feeds},
            site=SITE,
        )

    def show(self, **extents: Extent) -> None:
        """Let feeds show less to everybody."""
        self.house.feeds = [
            replace(feed, extent=extents.get(feed.name, feed.extent)) for feed in self.house.feeds
        ]
        self.hire(self.house.partners[0])

    def publish(self, *items: str, write: bool = True) -> None:
        self.house.say("antara", rss(*items))
        self.house.collect("antara")
        self.house.publish()
        if write:
            self.write()

    def write(self) -> None:
        write_versions({feed.name: False for feed in self.house.feeds}, {}, press=self.house.press)

    def due(self) -> list[Letter]:
        """Return what is to be sent now, after all that there is nothing to send for."""
        while owed := self.house.store.owed({"warta": 9}, now=self.house.now, lease=MINUTE)[0]:
            if found := letters(owed, now=self.house.now, office=self.office):
                return found
        return []

    def take(self) -> list[Letter]:
        """Take what is due, as one that takes everything."""
        found: list[Letter] = []
        while due := self.due():
            found += due
            ended = [judge(each.delivery, Taken(status=200, at=self.house.now)) for each in due]
            self.house.store.conclude(ended, give_up=MINUTE)
        return found

    def next_at(self) -> datetime | None:
        return self.house.store.owed({"warta": 0}, now=self.house.now, lease=MINUTE)[1].get("warta")


@pytest.fixture
def room(house: House) -> Room:
    return Room(house)


def said(letter: Letter) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(letter.post.body)
    return found


def data(letter: Letter) -> dict[str, Any]:
    found: dict[str, Any] = said(letter)["data"]
    return found


class TestMessages:
    def test_a_story_comes_changes_and_leaves(self, room: Room) -> None:
        room.publish(item("1", "Kapal tiba"))
        [new] = room.take()
        assert said(new)["type"] == "item.new"
        assert said(new)["timestamp"] == "2024-11-20T07:30:00+00:00"
        assert data(new)["change"] == "new"
        assert data(new)["title"] == "Kapal tiba"
        assert data(new)["content_html"] == "<p>Isi.</p>"
        assert data(new)["date_published"] == "2024-11-20T07:00:00+00:00"
        assert "test" not in said(new)

        room.house.later(hours=1)
        room.publish(item("1", "Kapal berlayar"))
        [updated] = room.take()
        assert said(updated)["type"] == "item.updated"
        assert said(updated)["timestamp"] == "2024-11-20T08:30:00+00:00"
        assert (data(updated)["id"], data(updated)["title"]) == (data(new)["id"], "Kapal berlayar")

        take_down(data(new)["id"], now=room.house.now, store=room.house.store)
        room.house.publish()
        [removed] = room.take()
        assert said(removed)["type"] == "item.removed"
        assert data(removed) == {"change": "removed", "id": data(new)["id"]}

    def test_it_goes_to_the_webhook_and_is_signed_with_every_secret(self, room: Room) -> None:
        room.publish(item("1"))
        [letter] = room.take()
        assert letter.post.url == HOOK.url
        assert letter.post.headers["content-type"] == "application/json"
        with time_machine.travel(NOW, tick=False):
            for secret in SECRETS:
                assert Check(secret).verify(letter.post.body, dict(letter.post.headers)) == said(letter)

    def test_an_attempt_has_the_same_id_and_its_own_time(self, room: Room) -> None:
        room.publish(item("1"))
        [first] = room.due()
        room.house.later(minutes=2)
        [second] = room.due()
        assert first.post.headers["webhook-id"] == second.post.headers["webhook-id"]
        assert int(second.post.headers["webhook-timestamp"]) - 120 == int(
            first.post.headers["webhook-timestamp"]
        )
        assert first.post.body == second.post.body

    def test_no_two_messages_have_one_id(self, room: Room) -> None:
        found: list[Letter] = []
        for title in ("a", "b", "a"):
            room.publish(item("1", title), item("2", title))
            found += room.take()
            room.house.later(hours=1)
        assert len(found) == len({each.post.headers["webhook-id"] for each in found}) == 6


class TestTerms:
    def test_no_more_than_the_contract_gives(self, room: Room) -> None:
        terms = Terms(extent=Extent.SUMMARY, parts=frozenset({Part.SUMMARY, Part.IMAGE}))
        room.hire(replace(WARTA, terms=terms, link_parameters=(("utm_source", "warta"),)))
        room.publish(item("1"))
        [letter] = room.take()
        assert {"content_html", "authors", "categories"}.isdisjoint(data(letter))
        assert data(letter)["summary"] == "Isi."
        assert data(letter)["url"] == "https://antara.example.id/1?utm_source=warta"

    def test_no_more_than_its_feeds_show(self, room: Room) -> None:
        room.show(all=Extent.NONE, news=Extent.SUMMARY)
        room.publish(item("1"))
        [letter] = room.take()
        assert {"content_html", "summary"}.isdisjoint(data(letter))

    def test_as_much_as_one_of_its_feeds_with_the_story_shows(self, room: Room) -> None:
        room.hire(replace(WARTA, feeds=("all", "news", "logistik")))
        room.show(all=Extent.NONE, news=Extent.SUMMARY, logistik=Extent.FULL)
        room.publish(item("1"))
        [letter] = room.take()
        assert "content_html" not in data(letter)
        assert data(letter)["summary"]

    def test_after_a_delay_what_was_said_then(self, room: Room) -> None:
        room.hire(replace(WARTA, terms=Terms(delay=timedelta(hours=1))))
        room.publish(item("1", "satu"))
        room.house.later(minutes=30)
        room.publish(item("1", "dua"))
        assert room.take() == []
        room.house.later(minutes=30)
        assert [data(each)["title"] for each in room.take()] == ["satu"]
        room.house.later(minutes=30)
        assert [data(each)["title"] for each in room.take()] == ["dua"]

    def test_only_partners_with_a_webhook_and_a_contract_are_owed_anything(self) -> None:
        delayed = replace(WARTA, id="delayed", terms=Terms(delay=MINUTE))
        over = replace(WARTA, id="over", expires=NOW)
        asks = replace(WARTA, id="asks", webhook=None)
        owed = subscriptions([WARTA, delayed, over, asks], now=NOW)
        assert [(each.partner, each.feeds, each.delay) for each in owed] == [
            ("warta", ("all",), timedelta()),
            ("delayed", ("all",), MINUTE),
        ]


class TestNothingToTell:
    def test_what_is_not_written_down_yet_waits_and_counts_as_no_attempt(self, room: Room) -> None:
        room.publish(item("1"), write=False)
        assert room.due() == []
        assert room.next_at() == room.house.now + UNWRITTEN
        room.write()
        room.house.later(seconds=5)
        [letter] = room.due()
        assert letter.delivery.attempts == 1

    def test_what_nobody_wrote_down_is_told_by_what_came_after(self, room: Room) -> None:
        room.publish(item("1", "satu"), write=False)
        room.publish(item("1", "dua"))
        [letter] = room.take()
        assert (letter.delivery.kind, data(letter)["title"]) == (ChangeKind.NEW, "dua")

    def test_what_a_story_said_that_has_left_is_not_told(self, room: Room) -> None:
        room.publish(item("1", "satu"))
        [under_way] = room.due()  # and cut off
        [story] = room.house.stories("antara")
        take_down(story.id, now=room.house.now, store=room.house.store)
        room.house.later(minutes=1)
        assert room.due() == []  # before any feed has noticed
        room.house.publish()
        room.house.later(minutes=1)
        assert [each.delivery.kind for each in room.take()] == [ChangeKind.REMOVED]
        assert under_way.delivery.attempts == 1


class TestJudging:
    def test_taken_failed_and_gone(self, room: Room) -> None:
        room.publish(item("1"))
        [letter] = room.due()
        taken = judge(letter.delivery, Taken(status=204, at=NOW))
        assert (taken.error, taken.again_at) == ("", None)
        failed = judge(letter.delivery, Failed(error="x" * 999, at=NOW))
        assert failed.error == "x" * 300
        assert failed.again_at is not None
        late = judge(letter.delivery, Failed(error="x", at=NOW + timedelta(days=1)))
        assert late.again_at is None

    def test_only_who_is_gone_wants_no_more(self) -> None:
        assert wants_no_more(Failed(error="", at=NOW, status=410))
        for other in (
            Failed(error="", at=NOW, status=404),
            Failed(error="", at=NOW),
            Taken(status=200, at=NOW),
        ):
            assert not wants_no_more(other)


def test_a_trial_says_that_it_is_one() -> None:
    post = trial(replace(WARTA, terms=Terms(extent=Extent.NONE)), HOOK, now=NOW, site=SITE)
    with time_machine.travel(NOW, tick=False):
        sent = Check(SECRETS[0]).verify(post.body, dict(post.headers))
    assert (sent["type"], sent["test"]) == ("item.new", True)
    assert sent["data"]["change"] == "new"
    assert sent["data"]["url"] == "https://feeds.example.id/"
    assert "content_html" not in sent["data"]
