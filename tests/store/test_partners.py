"""What is remembered of partners besides their contracts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from aggregator.model.partner import Cursor, Lag, Owed, PartnerState, Rate, Subscription, Use
from aggregator.rules.cluster import found
from aggregator.store import open_store, tables
from tests.making import NOW, a_feed, a_source, an_item

if TYPE_CHECKING:
    from aggregator.store import SqlStore

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
ALL = a_feed("all", "antara")
HOURLY = Rate(count=60, period=HOUR)


def publish(store: SqlStore, *names: str, hours: int = 0, owed_to: str = "") -> None:
    """Let a new story come out for each name, ``hours`` from NOW on."""
    store.enroll([a_source("antara")])
    items = [an_item("antara", f"id:{name}") for name in names]
    with store.writing() as transaction:
        transaction.put_stories(found(item, item.upstream_id) for item in items)
        transaction.put_items((item, item.upstream_id) for item in items)
        transaction.touch(names, at=NOW)
        transaction.let_out(names, at=NOW)
    subscriptions = [Subscription(partner=owed_to, feeds=("all",), delay=timedelta())] if owed_to else []
    store.take_up(ALL, at=NOW + hours * HOUR, carries=lambda _: True, subscriptions=subscriptions)


class TestKeys:
    def test_the_newest_two_of_a_partner_are_valid(self, store: SqlStore) -> None:
        assert not store.put_key("warta", "a", at=NOW)
        assert not store.put_key("gema", "x", at=NOW)
        assert not store.put_key("warta", "b", at=NOW + HOUR)
        assert store.put_key("warta", "c", at=NOW + 2 * HOUR)
        assert store.keys() == {
            "b": ("warta", NOW + HOUR),
            "c": ("warta", NOW + 2 * HOUR),
            "x": ("gema", NOW),
        }
        assert store.partner_states()["warta"] == PartnerState(keys_made_at=(NOW + HOUR, NOW + 2 * HOUR))

    def test_a_new_key_is_valid_whatever_the_clock_says(self, store: SqlStore) -> None:
        for digest, hours in (("a", 2), ("b", 1), ("c", 0)):
            store.put_key("warta", digest, at=NOW + hours * HOUR)
            assert set(store.keys()) >= {digest}
        assert set(store.keys()) == {"a", "c"}


class TestUse:
    def test_it_adds_up(self, store: SqlStore) -> None:
        first = Use(fetches=3, unmodified=2, refused=1, bytes=5_000_000_000, items=7, fetched_at=NOW)
        store.use({"warta": first, "gema": Use(refused=1)})
        store.use({"warta": Use(fetches=1, bytes=1, fetched_at=NOW + HOUR), "gema": Use(items=2)})
        store.use({"warta": Use(fetches=1, fetched_at=NOW), "gema": Use(refused=1)})
        store.use({})
        states = store.partner_states()
        assert states["warta"].use == Use(
            fetches=5, unmodified=2, refused=1, bytes=5_000_000_001, items=7, fetched_at=NOW + HOUR
        )
        assert states["gema"].use == Use(refused=2, items=2)

    def test_of_two_at_once_nothing_is_lost(self, store: SqlStore) -> None:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: store.use({"warta": Use(fetches=1), "gema": Use(bytes=2)}), range(40)))
        states = store.partner_states()
        assert (states["warta"].use.fetches, states["gema"].use.bytes) == (40, 80)

    def test_when_a_webhook_stopped_is_told(self, store: SqlStore) -> None:
        store.use({"warta": Use(fetches=1)})
        stopped = {"stopped_at": NOW, "stopped_url": "https://warta.example.id/"}
        with store.database.writing() as connection:
            connection.execute(update(tables.partners).values(**stopped))
        state = store.partner_states()["warta"]
        assert (state.hook.stopped_at, state.hook.stopped_url) == (NOW, "https://warta.example.id/")


class TestBucket:
    def test_a_restart_does_not_forget_what_was_taken(self, url: str) -> None:
        with closing(open_store(url)) as store:
            assert store.lease("warta", HOURLY, 40, now=NOW) == (40, NOW)
            assert store.lease("gema", HOURLY, 60, now=NOW)[0] == 60
        with closing(open_store(url)) as store:
            granted, next_at = store.lease("warta", HOURLY, 40, now=NOW + SECOND)
            assert (granted, round((next_at - NOW).total_seconds())) == (20, 60)
            assert store.lease("warta", HOURLY, 1, now=next_at)[0] == 1

    def test_two_at_once_get_no_more_than_one(self, store: SqlStore) -> None:
        with ThreadPoolExecutor(4) as pool:
            granted = list(pool.map(lambda _: store.lease("warta", HOURLY, 3, now=NOW)[0], range(40)))
        assert sum(granted) == 60

    def test_what_was_counted_before_means_a_full_bucket(self, store: SqlStore) -> None:
        store.use({"warta": Use(refused=1)})
        assert store.lease("warta", HOURLY, 100, now=NOW)[0] == 60
        assert store.partner_states()["warta"].use == Use(refused=1)

    def test_a_clock_that_was_set_back_is_followed(self, store: SqlStore) -> None:
        store.lease("warta", HOURLY, 60, now=NOW + 1000 * HOUR)
        assert store.lease("warta", HOURLY, 1, now=NOW)[0] == 0
        assert store.lease("warta", HOURLY, 60, now=NOW + HOUR / 2)[0] == 30


class TestCursors:
    def lags(self, store: SqlStore) -> tuple[Lag, ...]:
        return store.partner_states()["warta"].lags

    def test_how_far_a_partner_is_behind(self, store: SqlStore) -> None:
        publish(store, "1", "2")
        store.put_cursors([Cursor(partner="warta", feed="all", serial=2, at=NOW)])
        assert self.lags(store) == (Lag(feed="all", behind=0, since=None, read_at=NOW),)
        publish(store, "3", hours=1)
        publish(store, "4", hours=2)
        assert self.lags(store) == (Lag(feed="all", behind=2, since=NOW + HOUR, read_at=NOW),)
        store.put_cursors([Cursor(partner="warta", feed="all", serial=3, at=NOW + 3 * HOUR)])
        (lag,) = self.lags(store)
        assert lag == Lag(feed="all", behind=1, since=NOW + 2 * HOUR, read_at=NOW + 3 * HOUR)

    def test_who_is_told_later_is_behind_in_what_it_may_know_alone(self, store: SqlStore) -> None:
        publish(store, "1", "2")
        store.put_cursors([Cursor(partner="warta", feed="all", serial=1, at=NOW)])
        publish(store, "3", hours=2)
        for hours, behind in ((-1, 0), (0, 1), (1, 1), (2, 2)):
            (lag,) = store.partner_states({"warta": NOW + hours * HOUR})["warta"].lags
            assert (lag.behind, lag.since) == (behind, NOW if behind else None)
        assert store.partner_states({"gema": NOW})["warta"].lags[0].behind == 2

    def test_of_a_feed_without_a_roll_nothing_is_remembered(self, store: SqlStore) -> None:
        publish(store, "1")
        store.put_cursors(
            Cursor(partner="warta", feed=feed, serial=0, at=NOW) for feed in ("none", "all", "nor this")
        )
        store.put_cursors([])
        assert [lag.feed for lag in self.lags(store)] == ["all"]

    def test_a_cursor_of_an_earlier_journal_is_not_ahead(self, store: SqlStore) -> None:
        publish(store, "1")
        store.put_cursors([Cursor(partner="warta", feed="all", serial=1000, at=NOW)])
        assert self.lags(store)[0].behind == 0


class TestDeliveries:
    def test_how_they_stand(self, store: SqlStore) -> None:
        publish(store, "1", owed_to="warta")
        publish(store, "2", "3", "4", hours=1, owed_to="warta")
        assert store.partner_states()["warta"].owed == Owed(waiting=4, oldest_at=NOW)
        delivery = tables.deliveries.c
        with store.database.writing() as connection:
            for story, error in (("1", ""), ("2", "status 500"), ("3", "")):
                meant = update(tables.deliveries).where(delivery.story_id == story)
                connection.execute(meant.values(due_at=None, ended_at=NOW, error=error))
            again = update(tables.deliveries).where(delivery.story_id == "4")
            connection.execute(again.values(attempts=1, error="status 500"))
        owed = store.partner_states()["warta"].owed
        assert owed == Owed(waiting=1, delivered=2, failed=1, oldest_at=NOW + HOUR)


@pytest.mark.parametrize("keep", [[], ["gema"], ["gema", "suara"]])
def test_of_others_only_what_they_took_stays_known(store: SqlStore, keep: list[str]) -> None:
    publish(store, "1", owed_to="warta")
    store.put_key("warta", "a", at=NOW)
    store.put_key("gema", "x", at=NOW)
    store.put_cursors([Cursor(partner="warta", feed="all", serial=1, at=NOW)])
    store.use({"warta": Use(fetches=1), "gema": Use(fetches=2)})
    store.drop_partners(keep=["warta", "gema"])
    assert (store.partner_states()["warta"].owed.waiting, len(store.keys())) == (1, 2)
    store.drop_partners(keep=keep)
    states = store.partner_states()
    assert states["warta"] == PartnerState(use=Use(fetches=1))
    assert set(store.keys()) == ({"x"} if keep else set())
    assert states["gema"].use == Use(fetches=2)


def test_of_an_empty_database_nothing_is_known(store: SqlStore) -> None:
    assert (store.partner_states(), store.keys()) == ({}, {})
