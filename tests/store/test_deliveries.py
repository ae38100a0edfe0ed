"""What is owed to webhooks: written with the change, sent in order, claimed once, ended, forgotten."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, insert, select, update

from aggregator.model.partner import Attempt, ChangeKind, Delivery, Hook, Owed, Subscription
from aggregator.rules.cluster import found
from aggregator.rules.cursor import Place
from aggregator.store import open_store, tables
from tests.making import NOW, a_feed, a_source, an_item

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.model.feed import Feed
    from aggregator.store import SqlStore

SECOND, MINUTE, HOUR, DAY = (timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days"))
NEW, UPDATED, REMOVED = ChangeKind.NEW, ChangeKind.UPDATED, ChangeKind.REMOVED
NEWS = a_feed("news", "antara")
ALL = a_feed("all", "antara", "kawat")
WARTA = Subscription(partner="warta", feeds=("news",), delay=timedelta())


class Desk:
    """A store, a clock, and partners that are told of what happens."""

    def __init__(self, store: SqlStore, *subscriptions: Subscription) -> None:
        self.store = store
        self.subscriptions = subscriptions or (WARTA,)
        self.feeds = [NEWS]
        self.now: datetime = NOW
        store.enroll([a_source("antara"), a_source("kawat")])

    def later(self, by: timedelta) -> None:
        self.now += by

    def take_up(self, *feeds: Feed) -> None:
        for feed in feeds or self.feeds:
            self.store.take_up(feed, at=self.now, carries=lambda _: False, subscriptions=self.subscriptions)

    def put(self, *names: str, source: str = "antara") -> None:
        """Let new stories come out."""
        items = [an_item(source, f"id:{name}", published=self.now) for name in names]
        with self.store.writing() as transaction:
            transaction.put_stories(found(item, item.upstream_id) for item in items)
            transaction.put_items((item, item.upstream_id) for item in items)
            transaction.touch(names, at=self.now)
            transaction.let_out(names, at=self.now)
        self.take_up()

    def copy(self, story: str, source: str) -> None:
        """Let another source have a copy of a story, and nobody notice as yet."""
        with self.store.writing() as transaction:
            transaction.put_items([(an_item(source, f"id:{story}"), story)])
            transaction.touch([story], at=self.now)

    def edit(self, *stories: str) -> None:
        with self.store.writing() as transaction:
            transaction.touch(stories, at=self.now)
        self.take_up()

    def delete(self, *stories: str, back: bool = False) -> None:
        """Let stories be taken back, or come back."""
        with self.store.writing() as transaction:
            meant = update(tables.stories).where(tables.stories.c.id.in_(stories))
            transaction.connection.execute(meant.values(deleted_at=None if back else self.now))
            transaction.touch(stories, at=self.now)
        self.take_up()

    def choose(self, feed: Feed) -> None:
        """Let the feed be configured otherwise."""
        self.feeds = [feed]
        self.take_up()

    def owed(self, partner: str = "warta", most: int = 9) -> list[Delivery]:
        return self.store.owed({partner: most}, now=self.now, lease=MINUTE)[0]

    def next_at(self, partner: str = "warta", most: int = 0) -> datetime | None:
        return self.store.owed({partner: most}, now=self.now, lease=MINUTE)[1].get(partner)

    def told(self, partner: str = "warta") -> list[tuple[str, ChangeKind]]:
        """Take all that is due, one after the other as they may be sent."""
        found: list[tuple[str, ChangeKind]] = []
        while due := self.owed(partner):
            found += [(each.story, each.kind) for each in due]
            self.take(*due)
        return found

    def take(self, *deliveries: Delivery) -> None:
        """Let the partner take these."""
        self.conclude(*(Attempt(delivery=each, at=self.now) for each in deliveries))

    def conclude(self, *attempts: Attempt) -> dict[str, int]:
        return self.store.conclude(attempts, give_up=DAY)

    def put_off(self, delivery: Delivery, by: timedelta) -> dict[str, int]:
        again_at = self.now + by
        return self.conclude(Attempt(delivery=delivery, at=self.now, error="status 500", again_at=again_at))

    def shed(self, *keep: str) -> None:
        self.store.shed_deliveries(
            keep=keep or [each.partner for each in self.subscriptions],
            delivered_before=self.now - 7 * DAY,
            failed_before=self.now - 30 * DAY,
            stopped_before=self.now - DAY,
        )

    def rows(self) -> list[tuple[str, str, str]]:
        """Return story, state and error of all that is known."""
        column = tables.deliveries.c
        query = select(column.story_id, column.due_at, column.error).order_by(column.id)
        with self.store.database.reading() as connection:
            rows = connection.execute(query).all()
        return [(row.story_id, "waits" if row.due_at else "ended", row.error) for row in rows]


@pytest.fixture
def desk(store: SqlStore) -> Desk:
    return Desk(store)


class TestWhatIsOwed:
    def test_each_change_in_its_order(self, desk: Desk) -> None:
        desk.put("a")
        desk.put("b")
        desk.edit("a")
        assert desk.told() == [("a", NEW), ("b", NEW), ("a", UPDATED)]
        assert desk.told() == []

    def test_nothing_of_feeds_of_others_nor_without_a_change(self, desk: Desk) -> None:
        desk.feeds = [ALL]
        desk.put("a")
        desk.take_up()
        assert desk.told() == []

    def test_what_a_feed_had_before_the_partner_came_is_not_owed(self, desk: Desk) -> None:
        desk.subscriptions = ()
        desk.put("a")
        desk.subscriptions = (WARTA,)
        desk.put("b")
        assert desk.told() == [("b", NEW)]

    def test_a_delivery_says_what_and_of_when(self, desk: Desk) -> None:
        desk.put("a")
        desk.later(MINUTE)
        [delivery] = desk.owed()
        page = desk.store.page("news", Place(), limit=9)
        assert page is not None
        assert (delivery.mark, delivery.at) == (page.told[0].change.mark, NOW)
        assert (delivery.tried_at, delivery.attempts, delivery.overtaken) == (NOW + MINUTE, 1, False)
        assert delivery.feeds == {"news"}

    def test_in_several_of_its_feeds_a_story_is_told_of_once(self, store: SqlStore) -> None:
        desk = Desk(store, replace(WARTA, feeds=("news", "all")))
        desk.feeds = [NEWS, ALL]
        desk.put("a")
        desk.edit("a")
        assert desk.told() == [("a", NEW), ("a", UPDATED)]
        desk.put("b", source="kawat")
        [delivery] = desk.owed()
        assert delivery.feeds == {"all"}

    def test_a_story_that_comes_into_another_of_its_feeds_is_no_new_one(self, store: SqlStore) -> None:
        desk = Desk(store, replace(WARTA, feeds=("news", "all")))
        desk.feeds = [NEWS, ALL]
        desk.put("a", source="kawat")
        assert desk.told() == [("a", NEW)]
        desk.copy("a", "antara")
        desk.take_up()
        assert desk.told() == [("a", UPDATED)]

    def test_it_is_removed_when_the_last_of_its_feeds_has_let_go(self, store: SqlStore) -> None:
        desk = Desk(store, replace(WARTA, feeds=("news", "all")))
        desk.feeds = [NEWS, ALL]
        desk.put("a")
        assert desk.told() == [("a", NEW)]
        desk.choose(replace(NEWS, sources=("kawat",)))
        assert desk.told() == []
        desk.feeds = [NEWS, ALL]
        desk.delete("a")
        assert desk.told() == [("a", REMOVED)]

    def test_with_a_delay_each_change_has_its_time(self, store: SqlStore) -> None:
        desk = Desk(store, replace(WARTA, delay=HOUR))
        desk.put("a")
        desk.later(MINUTE)
        desk.edit("a")
        assert desk.told() == []
        assert desk.next_at() == NOW + HOUR
        desk.later(HOUR - MINUTE)
        assert desk.told() == [("a", NEW)]
        assert desk.next_at() == NOW + HOUR + MINUTE
        desk.later(MINUTE)
        assert desk.told() == [("a", UPDATED)]

    def test_a_clock_that_goes_back_delays_nothing(self, desk: Desk) -> None:
        desk.put("a")
        desk.later(-HOUR)
        desk.edit("a")
        desk.put("b")
        assert desk.told() == [("b", NEW)]
        desk.later(HOUR)
        assert desk.told() == [("a", NEW), ("a", UPDATED)]


class TestLeaving:
    def test_what_a_removed_story_said_is_told_no_more(self, desk: Desk) -> None:
        desk.put("a")
        assert desk.told() == [("a", NEW)]
        desk.edit("a")
        desk.delete("a")
        assert desk.told() == [("a", REMOVED)]

    def test_who_was_told_nothing_of_it_is_told_nothing(self, store: SqlStore) -> None:
        desk = Desk(store, replace(WARTA, delay=HOUR))
        desk.put("a", "b")
        desk.edit("a")
        desk.delete("a")
        desk.later(2 * HOUR)
        assert desk.told() == [("b", NEW)]

    def test_who_may_have_been_told_is(self, desk: Desk) -> None:
        desk.put("a")
        [under_way] = desk.owed()
        desk.edit("a")
        desk.delete("a")
        assert desk.owed() == []  # in order: first what is under way
        assert desk.rows() == [("a", "waits", "")] * 2
        desk.later(2 * MINUTE)  # nobody heard of it any more
        [again] = desk.owed()
        assert (again.id, again.overtaken, again.feeds) == (under_way.id, True, frozenset())
        desk.take(again)
        assert desk.told() == [("a", REMOVED)]

    def test_it_may_come_back_and_go_under_the_same_mark(self, desk: Desk) -> None:
        desk.put("a")
        for sources in [("kawat",), ("antara",)] * 2:
            desk.choose(replace(NEWS, sources=sources))
            desk.later(MINUTE)
        ids, told = [], []
        while due := desk.owed():
            ids += [each.at for each in due]
            told += [each.kind for each in due]
            desk.take(*due)
        # The first was never told of, and so never went.
        assert told in ([NEW], [NEW, REMOVED, NEW])
        assert ids == sorted(ids)

    def test_what_came_back_is_told_after_what_left(self, desk: Desk) -> None:
        desk.put("a")
        assert desk.told() == [("a", NEW)]
        desk.choose(replace(NEWS, sources=("kawat",)))
        desk.later(MINUTE)
        desk.choose(NEWS)
        first, second = desk.owed(), desk.owed()
        assert [(each.kind, each.overtaken) for each in first] == [(REMOVED, True)]
        assert second == []
        desk.take(*first)
        [back] = desk.owed()
        assert (back.kind, back.at) == (NEW, NOW + MINUTE)

    def test_what_was_asked_for_again_was_heard_of(self, desk: Desk) -> None:
        desk.put("a")
        assert desk.told() == [("a", NEW)]
        desk.store.replay(WARTA, since=NOW, now=desk.now)
        desk.delete("a")
        assert desk.told() == [("a", REMOVED)]


class TestClaiming:
    def test_nobody_else_gets_the_same_before_the_lease_is_over(self, desk: Desk, url: str) -> None:
        desk.put("a")
        [first] = desk.owed()
        with closing(open_store(url)) as other:
            assert other.owed({"warta": 9}, now=desk.now, lease=MINUTE) == ([], {"warta": NOW + MINUTE})
            desk.later(MINUTE)
            [again], _ = other.owed({"warta": 9}, now=desk.now, lease=MINUTE)
        assert (again.id, again.attempts) == (first.id, 2)
        assert desk.owed() == []

    def test_of_a_story_only_the_oldest(self, desk: Desk) -> None:
        desk.put("a", "b")
        desk.edit("a", "b")
        due = desk.owed()
        assert {(each.story, each.kind, each.overtaken) for each in due} == {
            ("a", NEW, True),
            ("b", NEW, True),
        }
        desk.put_off(due[0], HOUR)
        assert desk.owed() == []
        desk.take(due[1])
        [after] = desk.owed()
        assert (after.story, after.kind) == (due[1].story, UPDATED)

    def test_the_longest_due_first_and_as_many_as_wanted(self, desk: Desk) -> None:
        for name in "cab":
            desk.put(name)
            desk.later(SECOND)
        assert [each.story for each in desk.owed(most=2)] == ["c", "a"]
        assert desk.next_at() == NOW + 2 * SECOND
        assert [each.story for each in desk.owed(most=2)] == ["b"]
        assert desk.next_at() == NOW + 3 * SECOND + MINUTE

    def test_partners_do_not_wait_for_each_other(self, store: SqlStore) -> None:
        desk = Desk(store, WARTA, replace(WARTA, partner="other"))
        desk.put("a", "b")
        assert len(desk.owed("warta")) == 2
        assert len(desk.owed("other", 1)) == 1
        assert desk.owed("nobody") == []


class TestEnds:
    def test_what_was_taken_is_over(self, desk: Desk) -> None:
        desk.put("a")
        assert desk.told() == [("a", NEW)]
        assert desk.rows() == [("a", "ended", "")]
        assert desk.store.hooks() == {}

    def test_what_was_not_is_tried_again_at_its_time(self, desk: Desk) -> None:
        desk.put("a")
        [delivery] = desk.owed()
        assert desk.put_off(delivery, HOUR) == {}
        assert desk.rows() == [("a", "waits", "status 500")]
        assert desk.store.hooks() == {"warta": Hook(failing_at=NOW)}
        desk.later(HOUR)
        [again] = desk.owed()
        assert (again.attempts, again.tried_at) == (2, NOW)
        desk.take(again)
        assert desk.store.hooks() == {}

    def test_what_failed_is_kept_with_its_reason(self, desk: Desk) -> None:
        desk.put("a")
        [delivery] = desk.owed()
        desk.conclude(Attempt(delivery=delivery, at=desk.now, error="status 500"))
        assert desk.told() == []
        assert desk.rows() == [("a", "ended", "status 500")]

    def test_where_nothing_was_sent_nothing_counts(self, desk: Desk) -> None:
        desk.put("a")
        [delivery] = desk.owed()
        again_at = desk.now + MINUTE
        desk.conclude(Attempt(delivery=delivery, at=desk.now, again_at=again_at, tried=False))
        assert desk.store.hooks() == {}
        desk.later(MINUTE)
        [again] = desk.owed()
        assert (again.attempts, again.tried_at) == (1, desk.now)
        desk.store.drop_deliveries([again])
        assert desk.rows() == []

    def test_what_there_is_nothing_to_tell_by_is_told_by_the_next(self, desk: Desk) -> None:
        desk.put("a")
        desk.edit("a")
        desk.edit("a")
        [new] = desk.owed()
        desk.store.drop_deliveries([new])
        [updated] = desk.owed()
        assert updated.kind is NEW
        desk.store.drop_deliveries([replace(updated, kind=UPDATED)])
        assert desk.told() == [("a", UPDATED)]

    def test_what_waits_and_what_was_given_up_is_counted(self, desk: Desk) -> None:
        assert desk.store.outstanding() == {}
        desk.put("a", "b", "c", "d")
        first, second, third, _ = desk.owed()
        desk.take(first)
        desk.conclude(Attempt(delivery=second, at=desk.now, error="status 500"))
        desk.put_off(third, HOUR)
        assert desk.store.outstanding() == {"warta": Owed(waiting=2, failed=1)}

    def test_since_when_a_webhook_fails_is_known(self, desk: Desk) -> None:
        desk.put("a", "b", "c")
        first, second, third = desk.owed()
        desk.put_off(first, HOUR)
        desk.later(MINUTE)
        desk.put_off(second, HOUR)
        assert desk.store.hooks()["warta"].failing_at == NOW
        fine = Attempt(delivery=third, at=desk.now)
        wrong = Attempt(delivery=second, at=desk.now, error="status 500", again_at=desk.now + HOUR)
        desk.conclude(fine, wrong)
        assert desk.store.hooks()["warta"].failing_at == desk.now
        desk.conclude(wrong, fine)
        assert desk.store.hooks() == {}

    def test_until_when_it_wants_nothing_is_known(self, desk: Desk) -> None:
        desk.put("a", "b", "c")
        first, second, third = desk.owed()
        until = desk.now + HOUR
        busy = Attempt(delivery=first, at=desk.now, error="status 429", again_at=until, asked_until=until)
        desk.conclude(busy, Attempt(delivery=second, at=desk.now))  # that was under way with it
        assert desk.store.hooks() == {"warta": Hook(asked_until=until)}
        desk.later(HOUR)
        desk.conclude(Attempt(delivery=third, at=desk.now))
        assert desk.store.hooks() == {}
        desk.conclude(replace(busy, at=desk.now, asked_until=desk.now + HOUR))
        assert desk.store.hooks() == {"warta": Hook(failing_at=desk.now, asked_until=desk.now + HOUR)}
        desk.store.resume("warta", now=desk.now)
        assert desk.store.hooks() == {}

    def test_who_took_nothing_for_a_day_has_lost_what_waited_for_so_long(self, store: SqlStore) -> None:
        desk = Desk(store, WARTA, replace(WARTA, partner="other"))
        desk.put("a", "b")
        probe, other = desk.owed(most=1), desk.owed("other")
        desk.put_off(probe[0], HOUR)
        desk.put_off(other[0], DAY)
        desk.later(HOUR)
        desk.put("c")
        desk.later(23 * HOUR)
        desk.take(*other)
        due = {each.story: each for each in desk.owed()}
        assert due.keys() == {"a", "b", "c"}
        assert desk.put_off(due["c"], HOUR) == {"warta": 1}  # that which was tried a day ago
        states = {story: state for story, state, error in desk.rows() if error}
        assert states == {"a": "ended", "c": "waits"}

    def test_a_day_without_us_is_not_a_day_of_failures(self, desk: Desk) -> None:
        desk.put("a", "b")
        desk.later(2 * DAY)
        first, second = desk.owed()
        assert desk.put_off(first, HOUR) == {}
        assert desk.put_off(second, HOUR) == {}


class TestStopping:
    def test_a_webhook_that_wants_no_more_and_then_does(self, desk: Desk) -> None:
        desk.store.stop("warta", "https://warta.id/hook", at=NOW)
        assert desk.store.hooks() == {"warta": Hook(stopped_at=NOW, stopped_url="https://warta.id/hook")}
        desk.store.resume("warta", now=desk.now)
        assert desk.store.hooks() == {}

    def test_what_waits_for_it_for_a_day_has_failed(self, desk: Desk) -> None:
        desk.put("a")
        desk.store.stop("warta", "https://warta.id/hook", at=NOW)
        desk.later(HOUR)
        desk.put("b")
        desk.shed()
        assert len(desk.rows()) == 2
        desk.later(23 * HOUR)
        desk.shed()
        assert desk.rows() == [("a", "ended", "its webhook wants no more"), ("b", "waits", "")]
        desk.store.resume("warta", now=desk.now)
        assert desk.told() == [("b", NEW)]


class TestForgetting:
    def test_what_was_delivered_after_a_week_what_failed_after_a_month(self, desk: Desk) -> None:
        desk.put("a", "b", "c")
        first, second, _ = desk.owed()
        desk.take(first)
        desk.conclude(Attempt(delivery=second, at=desk.now, error="status 500"))
        for days, left in ((6, 3), (7, 2), (29, 2), (30, 1)):
            desk.now = NOW + days * DAY
            desk.shed()
            assert len(desk.rows()) == left
        desk.now = NOW
        desk.shed("another")
        assert desk.rows() == []

    def test_an_id_never_comes_back(self, desk: Desk) -> None:
        desk.put("a")
        [delivery] = desk.owed()
        desk.store.drop_deliveries([delivery])
        desk.put("b")
        [other] = desk.owed()
        assert other.id > delivery.id


class TestReplay:
    def replay(self, desk: Desk, since: datetime, **changes: Any) -> int:
        return desk.store.replay(replace(WARTA, **changes), since=since, now=desk.now)

    def test_what_changed_since_each_story_once(self, desk: Desk) -> None:
        desk.put("a", "b")
        desk.later(HOUR)
        desk.put("c", "d")
        desk.edit("a")
        desk.delete("d")
        before = {each.story: (each.at, each.mark) for each in self.all_told(desk)}
        assert desk.told() == []
        desk.later(HOUR)
        assert self.replay(desk, NOW + HOUR) == 3
        again = self.all_told(desk)
        assert {(each.story, each.kind) for each in again} == {("a", UPDATED), ("c", NEW), ("d", REMOVED)}
        assert all(each.story == "d" or before[each.story] == (each.at, each.mark) for each in again)
        assert self.replay(desk, NOW) == 4
        assert self.replay(desk, NOW) == 0  # they wait already

    def all_told(self, desk: Desk) -> list[Delivery]:
        found: list[Delivery] = []
        while due := desk.owed():
            found += due
            desk.take(*due)
        return found

    def test_what_failed_is_sent_and_what_was_put_off_when_it_works_again(self, desk: Desk) -> None:
        desk.put("a", "b")
        first, second = desk.owed()
        desk.conclude(Attempt(delivery=first, at=desk.now, error="status 500"))
        desk.put_off(second, HOUR)
        desk.later(MINUTE)
        assert self.replay(desk, NOW) == 1
        assert [(each.story, each.tried_at) for each in desk.owed()] == [("a", desk.now)]
        desk.store.resume("warta", now=desk.now)
        assert [(each.story, each.tried_at) for each in desk.owed()] == [("b", desk.now)]

    def test_a_delay_holds_for_it_too(self, store: SqlStore) -> None:
        desk = Desk(store, replace(WARTA, delay=HOUR))
        desk.put("a", "b")
        desk.later(HOUR)
        assert len(desk.told()) == 2
        desk.edit("a")
        desk.put("c")
        assert self.replay(desk, NOW, delay=HOUR) == 1  # of a something waits, and c has its time
        assert desk.told() == [("b", NEW)]

    def test_what_it_said_when_the_partner_may_know_it(self, store: SqlStore) -> None:
        desk = Desk(store, replace(WARTA, delay=HOUR))
        desk.put("a")
        desk.later(HOUR)
        [first] = desk.owed()
        desk.take(first)
        desk.subscriptions = ()
        desk.edit("a")
        assert self.replay(desk, NOW, delay=HOUR) == 1
        [again] = desk.owed()
        assert (again.mark, again.at, again.kind) == (first.mark, first.at, NEW)

    def test_of_several_feeds_what_stands_counts(self, store: SqlStore) -> None:
        desk = Desk(store, replace(WARTA, feeds=("news", "all")))
        desk.feeds = [NEWS, ALL]
        desk.put("a")
        desk.put("b", source="kawat")
        assert len(desk.told()) == 2
        desk.later(HOUR)
        desk.choose(replace(NEWS, sources=("nobody",)))
        assert desk.told() == []
        feeds = ("news", "all")
        assert self.replay(desk, desk.now, feeds=feeds) == 0
        assert self.replay(desk, NOW, feeds=feeds) == 2
        assert {kind for _, kind in desk.told()} <= {NEW, UPDATED}


def test_a_backlog_is_looked_through_by_its_index(store: SqlStore) -> None:
    """What is due of one partner is found without reading what is owed to all."""
    rows = [
        {
            "partner": f"p{n % 50}",
            "story_id": f"s{n // 100}",
            "mark": n,
            "kind": NEW,
            "at": NOW,
            "due_at": NOW,
        }
        for n in range(20_000)
    ]
    with store.database.writing() as connection:
        connection.execute(insert(tables.deliveries), rows)
    due, next_at = store.owed({f"p{n}": 4 for n in range(50)}, now=NOW, lease=MINUTE)
    assert len(due) == 200
    assert len(next_at) == 50
    assert len({(each.partner, each.story) for each in due}) == 200


def test_what_ended_together_is_written_down_together(store: SqlStore) -> None:
    """A burst to many partners is not held up by a statement for each message."""
    desk = Desk(store, *(replace(WARTA, partner=f"p{n}") for n in range(20)))
    desk.put("a", "b", "c", "d")
    due, _ = store.owed({f"p{n}": 4 for n in range(20)}, now=desk.now, lease=MINUTE)
    assert len(due) == 80
    statements: list[str] = []
    engine = store.database.engine

    @event.listens_for(engine, "before_cursor_execute")
    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    desk.take(*due)
    event.remove(engine, "before_cursor_execute", note)
    assert len(statements) < 6
    assert store.outstanding() == {}
