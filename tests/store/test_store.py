"""What the store keeps and answers, the same on every database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from aggregator.errors import StoreError
from aggregator.model.feed import Publication
from aggregator.model.item import (
    Candidate,
    Claim,
    Dates,
    Enclosure,
    Flag,
    Known,
    Later,
    Origin,
    Pace,
    Person,
    Precision,
    Reading,
    Upgrade,
    ZoneOrigin,
)
from aggregator.model.source import Move, Residual, Retention, SourceState, Validators
from aggregator.rules.cluster import found
from aggregator.rules.ids import slug
from aggregator.store import tables
from tests.making import BESIDE, NOW, a_feed, a_source, an_item

if TYPE_CHECKING:
    from aggregator.model.item import Item
    from aggregator.model.story import Story
    from aggregator.store import SqlStore

HOUR = timedelta(hours=1)
RICH = an_item(
    "antara",
    "id:rich",
    title="Kapal 🚢 “tiba”",
    authors=(Person(name="Sari", email="sari@example.id", url="https://k.id/sari"), Person(name="Budi")),
    categories=("Logistik", "Kapal"),
    enclosures=(
        Enclosure(url="https://k.id/a.mp3", type="audio/mpeg", length=12),
        Enclosure(url="https://k.id/b"),
    ),
    image="https://k.id/a.jpg",
    language="id",
    comments="https://k.id/1#comments",
    rights="© k.id",
    canonical_url="https://k.id/1",
    revisions=2,
    dates=Dates(
        published=NOW - HOUR,
        updated=NOW,
        candidates=(
            Candidate(claim=Claim(origin=Origin.UPDATED, text="32 Januari"), reading=None),
            Candidate(
                claim=Claim(origin=Origin.TEXT, text="2 jam yang lalu"),
                reading=Reading(
                    earliest=NOW - 3 * HOUR,
                    latest=NOW - HOUR,
                    precision=Precision.HOUR,
                    zone=ZoneOrigin.NONE,
                    relative=True,
                    likely=NOW - 2 * HOUR,
                ),
            ),
            Candidate(
                claim=Claim(origin=Origin.JSON_LD, text="2024-11-20T10:00:00-09:30"),
                reading=Reading(
                    earliest=NOW,
                    latest=NOW,
                    precision=Precision.SECOND,
                    zone=ZoneOrigin.OFFSET,
                    offset=timedelta(hours=-9.5),
                ),
            ),
        ),
        chosen=1,
        precision=Precision.HOUR,
        zone=ZoneOrigin.NONE,
        earliest=NOW - 3 * HOUR,
        latest=NOW - HOUR,
        flags=(Flag.UNREADABLE, Flag.CONFLICT),
        upgrade=Upgrade(at=NOW, before=NOW - 2 * HOUR),
        later=(
            Later(
                at=NOW + HOUR,
                candidate=Candidate(claim=Claim(origin=Origin.PUBLISHED, text="segera"), reading=None),
            ),
        ),
    ),
    awaits_page=True,
)


def put(store: SqlStore, *items: Item, story: str = "") -> None:
    """Store each item, as a story of its own or all in ``story``."""
    with store.writing() as transaction:
        ids = {item.key: story or f"tag:x,2024:{item.source}/{item.key}" for item in items}
        transaction.put_stories({ids[item.key]: found(item, ids[item.key]) for item in items}.values())
        transaction.put_items((item, ids[item.key]) for item in items)
    let_out(store, NOW)


def revisions(store: SqlStore) -> dict[str, int]:
    return {source: front.revision for source, front in store.fronts().items()}


def let_out(store: SqlStore, now: datetime) -> int:
    """Publish what waits; return how many stories that are."""
    waiting = store.waiting(now)
    with store.writing() as transaction:
        transaction.let_out(waiting, at=now)
    return len(waiting)


def gone(store: SqlStore) -> list[str]:
    """Return the keys of the items that their document no longer names."""
    query = select(tables.items.c.key).where(tables.items.c.gone_at.is_not(None))
    with store.database.reading() as connection:
        return list(connection.execute(query).scalars())


def story_of(store: SqlStore, item: Item) -> Story:
    [story] = store.latest([item.source], limit=1)
    return story


class TestItems:
    def test_an_item_comes_back_as_it_went_in(self, store: SqlStore) -> None:
        put(store, RICH)
        assert story_of(store, RICH).shown == RICH

    def test_all_that_comes_beside_the_news_comes_back_too(self, store: SqlStore) -> None:
        rich = replace(RICH, **BESIDE)
        put(store, rich)
        assert story_of(store, rich).shown == rich

    def test_a_row_of_before_has_nothing_beside_the_news(self, store: SqlStore) -> None:
        put(store, RICH)
        before = '{"enclosures": [["https://k.id/a.mp3", "audio/mpeg", 12], ["https://k.id/b", "", null]]}'
        with store.database.writing() as connection:
            connection.execute(update(tables.items).values(details=before))
        shown = story_of(store, RICH).shown
        assert shown.enclosures == RICH.enclosures
        assert (shown.comments_count, shown.links, shown.original, shown.point) == (None, (), None, None)
        assert (shown.episode, shown.podcast, shown.authors, shown.image) == (None, (), (), "")

    def test_which_items_wait_for_a_look_at_their_page(self, store: SqlStore) -> None:
        waiting = [
            an_item(
                key=f"id:{hours}",
                first_seen=NOW - hours * HOUR,
                published=NOW - hours * HOUR,
                awaits_page=True,
            )
            for hours in range(5)
        ]
        put(store, *waiting, an_item(key="id:seen"), an_item("other", "id:other", awaits_page=True))
        with store.writing() as transaction:
            transaction.mark_gone({"antara": (["id:0", "id:2", "id:3", "id:4"], NOW)})
        found = store.awaiting_page("antara", since=NOW - 3 * HOUR, limit=9)
        assert [item.key for item in found] == ["id:0", "id:2", "id:3"]
        assert found[0] == waiting[0]
        assert [item.key for item in store.awaiting_page("antara", since=NOW - 3 * HOUR, limit=1)] == ["id:0"]

    def test_stories_by_whatever_names_them(self, store: SqlStore) -> None:
        put(store, RICH, an_item("other", "id:copy", link="https://other.id/2"), story="tag:x,2024:both")
        put(store, an_item(key="url:https://k.id/3", canonical_url="https://k.id/3"))
        for name in ("tag:x,2024:both", slug("tag:x,2024:both"), "id:copy", "copy", "https://other.id/2"):
            [story] = store.stories_named(name, "")
            assert (story.id, len(story.others)) == ("tag:x,2024:both", 1), name
        assert [story.shown.key for story in store.stories_named("x", "https://k.id/3")] == [
            "url:https://k.id/3"
        ]
        assert store.stories_named("nothing", "") == []
        assert store.stories_named("", "") == []

    def test_what_is_known_of_keys(self, store: SqlStore) -> None:
        put(store, an_item(key="id:1"), an_item("other", "id:2"))
        assert store.known("antara", ["id:1", "id:2"]) == {
            "id:1": Known(
                key="id:1",
                raw_hash=an_item().raw_hash,
                published=NOW,
                first_seen=NOW,
                dated=False,
                withdrawn=False,
            )
        }

    def test_many_keys_at_once(self, store: SqlStore) -> None:
        put(store, an_item(key="id:1"))
        assert set(store.known("antara", [f"id:{number}" for number in range(12_000)])) == {"id:1"}

    def test_an_item_is_replaced_under_its_key(self, store: SqlStore) -> None:
        put(store, an_item(title="Lama"))
        put(store, an_item(title="Baru"))
        assert story_of(store, an_item()).shown.title == "Baru"
        assert store.counts() == {"antara": 1}

    def test_gone_items_are_marked_and_come_back(self, store: SqlStore) -> None:
        put(store, an_item(key="id:1"), an_item(key="id:2"), an_item("other", "id:3"))
        with store.writing() as transaction:
            transaction.mark_gone({"antara": (["id:2"], NOW)})
        assert gone(store) == ["id:1"]
        with store.writing() as transaction:
            transaction.mark_gone({"antara": (["id:1"], None)})
        assert gone(store) == []

    def test_a_transaction_reads_items_and_stories(self, store: SqlStore) -> None:
        put(store, RICH, an_item(key="id:2"))
        with store.writing() as transaction:
            assert transaction.items("antara", ["id:rich", "id:none"]) == {"id:rich": RICH}
            assert transaction.stories_of("antara", ["id:rich"]) == {"id:rich": "tag:x,2024:antara/id:rich"}
            assert transaction.stories_by_url({"https://k.id/1", "https://k.id/2"}) == {
                "https://k.id/1": ("tag:x,2024:antara/id:rich", "antara", "id:rich")
            }
            assert transaction.stories(["tag:x,2024:antara/id:rich", "none"]).keys() == {
                "tag:x,2024:antara/id:rich"
            }

    def test_a_transaction_that_fails_leaves_nothing(self, store: SqlStore) -> None:
        class InterruptionError(Exception):
            """Anything that happens in the middle."""

        def interrupted() -> None:
            with store.writing() as transaction:
                transaction.put_stories([found(RICH, "x")])
                transaction.put_items([(RICH, "x")])
                raise InterruptionError

        with pytest.raises(InterruptionError):
            interrupted()
        assert store.counts() == {}
        assert store.latest(["antara"], limit=9) == []

    def test_an_item_without_its_story_is_refused(self, store: SqlStore) -> None:
        with pytest.raises(StoreError), store.writing() as transaction:
            transaction.put_items([(RICH, "nowhere")])
        assert store.counts() == {}


class TestStories:
    def test_newest_first_then_by_id(self, store: SqlStore) -> None:
        put(store, *(an_item(key=f"id:{n}", published=NOW - (n % 2) * HOUR) for n in (4, 3, 2, 1)))
        keys = [story.shown.key for story in store.latest(["antara"], limit=3)]
        assert keys == ["id:2", "id:4", "id:1"]

    def test_the_stories_behind_one_go_on_where_it_stands(self, store: SqlStore) -> None:
        put(store, *(an_item(key=f"id:{n}", published=NOW - (n // 3) * HOUR) for n in range(8)))
        everything = store.latest(["antara"], limit=9)
        for place, story in enumerate(everything):
            behind = store.latest(["antara"], limit=9, before=(story.published, story.id))
            assert behind == everything[place + 1 :]
        first = everything[0]
        assert store.latest(["antara"], limit=2, before=(first.published, first.id)) == everything[1:3]
        assert store.latest(["antara"], limit=9, before=(NOW + HOUR, "")) == everything
        assert store.latest(["antara"], limit=9, before=(datetime.min.replace(tzinfo=UTC), "")) == []

    def test_only_stories_of_the_sources_asked_for_with_all_their_copies(self, store: SqlStore) -> None:
        own, copy = an_item("antara", "id:1"), an_item("kawat", "id:9")
        put(store, own, story="x")
        with store.writing() as transaction:
            transaction.put_items([(copy, "x")])
        put(store, an_item("lain", "id:7"))
        for source in ("antara", "kawat"):
            [story] = store.latest([source], limit=9)
            assert (story.shown, story.others) == (own, (copy,))
        assert store.story(story.slug) == story
        assert store.story("none") is None

    def test_a_held_story_waits_for_its_instant(self, store: SqlStore) -> None:
        store.enroll([a_source()])
        later = NOW + HOUR
        held = an_item(published=later)
        put(store, replace(held, dates=replace(held.dates, hold_until=later)))
        before = revisions(store)
        assert store.latest(["antara"], limit=9) == []
        assert let_out(store, NOW) == 0
        assert revisions(store) == before
        assert let_out(store, later) == 1
        assert len(store.latest(["antara"], limit=9)) == 1
        assert revisions(store) != before
        assert let_out(store, later) == 0

    def test_the_undated_backlog_can_be_left_out(self, store: SqlStore) -> None:
        old = an_item()
        put(store, replace(old, dates=replace(old.dates, flags=(Flag.BACKFILL,))))
        assert len(store.latest(["antara"], limit=9)) == 1
        assert store.latest(["antara"], limit=9, backfill=False) == []

    def test_a_story_goes_only_when_all_its_copies_are_long_gone(self, store: SqlStore) -> None:
        own, copy = an_item("antara", "id:1"), an_item("kawat", "id:9")
        put(store, own, copy, story="x")
        put(store, an_item("antara", "id:2"))
        with store.writing() as transaction:
            transaction.mark_gone({"antara": (["id:2"], NOW)})
        kept = [Retention(sources=("antara", "kawat"), age=HOUR)]
        assert store.forget(kept, now=NOW + 2 * HOUR) == 0
        with store.writing() as transaction:
            transaction.mark_gone({"kawat": ([], NOW)})
        assert store.forget(kept, now=NOW + HOUR) == 0
        assert store.forget(kept, now=NOW + 2 * HOUR) == 2
        assert store.counts() == {"antara": 1}


class TestSources:
    def test_a_new_source_is_due_and_enrolling_twice_changes_nothing(self, store: SqlStore) -> None:
        store.enroll([a_source()])
        assert store.due(["antara", "unknown"], NOW) == ["antara"]
        state = SourceState(
            id="antara",
            url=a_source().url,
            next_at=NOW + HOUR,
            last_at=NOW,
            last_ok_at=NOW - HOUR,
            changed_at=NOW - 2 * HOUR,
            result="failed",
            error="status 503",
            failures=3,
            validators=Validators(etag='W/"a"', last_modified="Wed"),
            body_hash="abc",
            title="Antara",
            home="https://antara.example.id/",
            residuals=(
                Residual(
                    dated=NOW + 7 * HOUR, seen_at=NOW, gap=HOUR / 6, offset=0 * HOUR, zoneless=False, mark="a"
                ),
                Residual(
                    dated=NOW, seen_at=NOW + HOUR, gap=HOUR / 4, offset=-3.5 * HOUR, zoneless=True, mark="b"
                ),
            ),
            move=Move(followed="https://new.id/", url="https://newer.id/", since=NOW - 48 * HOUR, count=3),
            pace=Pace(every=HOUR, skip_hours=frozenset({0, 23}), skip_days=frozenset({6})),
            rhythm="AAAA",
        )
        with store.writing() as transaction:
            transaction.put_states([state])
        store.enroll([a_source()])
        assert store.states() == {"antara": state}
        assert store.states(["antara"]) == {"antara": state}
        for move, pace in (
            (Move(), Pace()),
            (Move(followed="https://new.id/"), None),
            (None, Pace(every=HOUR)),
        ):
            sparing = replace(state, move=move, pace=pace)
            with store.writing() as transaction:
                transaction.put_states([sparing])
            assert store.states() == {"antara": sparing}
        assert store.states([]) == {}

    def test_due_ones_come_the_longest_overdue_first(self, store: SqlStore) -> None:
        names = ("a", "b", "c", "d")
        store.enroll([a_source(name) for name in names])
        with store.writing() as transaction:
            for name, hours in (("a", 1), ("b", -1), ("c", -2)):
                transaction.put_states([SourceState(id=name, next_at=NOW + hours * HOUR)])
        assert store.due(names, NOW) == ["d", "c", "b"]
        assert store.due(["b"], NOW) == ["b"]
        assert store.due(names, NOW + HOUR) == ["d", "c", "b", "a"]

    def test_a_source_that_moved_is_due_without_validators(self, store: SqlStore) -> None:
        store.enroll([a_source()])
        with store.writing() as transaction:
            transaction.put_states(
                [
                    SourceState(
                        id="antara",
                        url=a_source().url,
                        next_at=NOW + HOUR,
                        last_ok_at=NOW,
                        validators=Validators(etag='"a"'),
                        body_hash="x",
                        failures=2,
                        title="Antara",
                        move=Move(followed="https://new.id/"),
                        pace=Pace(every=HOUR),
                        rhythm="AAAA",
                    )
                ]
            )
        store.enroll([a_source(url="https://elsewhere.id/feed")])
        state = store.states()["antara"]
        assert (state.url, state.next_at, state.validators, state.body_hash, state.failures) == (
            "https://elsewhere.id/feed", None, Validators(), "", 0,
        )  # fmt: skip
        assert (state.title, state.last_ok_at) == ("Antara", None)  # what it has now is a backlog
        assert (state.move, state.pace, state.rhythm) == (None, None, "")

    def test_a_touch_counts_for_every_source_with_a_copy_and_for_no_other(self, store: SqlStore) -> None:
        store.enroll([a_source(name) for name in ("antara", "kawat", "lain")])
        put(store, an_item("antara", "id:1"), an_item("kawat", "id:9"), story="x")
        assert revisions(store) == {"antara": 1, "kawat": 1, "lain": 0}
        with store.writing() as transaction:
            transaction.put_states([SourceState(id="antara")])
        assert revisions(store)["antara"] == 1

    def test_a_touch_gives_a_story_another_mark_and_no_other_one(self, store: SqlStore) -> None:
        store.enroll([a_source()])
        first, second = an_item(key="id:1"), an_item(key="id:2", published=NOW - HOUR)
        put(store, first)
        put(store, second)
        feed = a_feed("all", "antara")
        store.take_up(feed, at=NOW, carries=bool)
        before = dict(store.top(feed).stories)
        assert list(before) == [story.id for story in store.latest(["antara"], limit=9)]
        assert list(store.stories(list(before))) == sorted(before)
        with store.writing() as transaction:
            transaction.touch([min(before)], at=NOW)
        after = dict(store.top(feed).stories)
        assert [name for name in after if after[name] != before[name]] == [min(before)]

    def test_instants_keep_their_microseconds_and_their_zone(self, store: SqlStore) -> None:
        store.enroll([a_source()])
        instant = datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
        with store.writing() as transaction:
            transaction.put_states([SourceState(id="antara", last_at=instant)])
        assert store.states()["antara"].last_at == instant


class TestPublications:
    def shelve(
        self, store: SqlStore, feed: str = "all", body: bytes = b"<rss/>", basis: str = "b1"
    ) -> Publication:
        publication = Publication(
            feed=feed,
            suffix="rss",
            media_type="application/rss+xml; charset=utf-8",
            body=body,
            etag='"e"',
            changed_at=NOW,
        )
        store.put_edition(feed, basis=basis, content_hash="c1", changed_at=NOW, publications=[publication])
        return publication

    def test_bytes_come_back_as_they_went_in(self, store: SqlStore) -> None:
        publication = self.shelve(store, body=bytes(range(256)))
        assert store.publication("all", "rss") == publication
        assert store.publication("all", "atom") is None
        assert store.editions() == {"all": ("b1", "c1", NOW)}

    def test_sizes_are_those_of_the_bytes_and_not_of_archives(self, store: SqlStore) -> None:
        assert store.sizes() == {}
        self.shelve(store, body="é\0".encode() * 500)
        self.shelve(store, "news", body=b"")
        self.shelve(store, "news/archive/1")
        assert store.sizes() == {"all": {"rss": 1500}, "news": {"rss": 0}}

    def test_a_new_edition_replaces_the_old_and_a_new_basis_keeps_the_bytes(self, store: SqlStore) -> None:
        self.shelve(store)
        second = self.shelve(store, body=b"<rss>2</rss>", basis="b2")
        store.put_edition("all", basis="b3", content_hash="c1", changed_at=NOW, publications=None)
        assert store.publication("all", "rss") == second
        assert store.editions()["all"][0] == "b3"

    def test_an_edition_in_no_format_takes_the_bytes_away(self, store: SqlStore) -> None:
        self.shelve(store)
        store.put_edition("all", basis="b2", content_hash="c2", changed_at=NOW, publications=[])
        assert store.publication("all", "rss") is None
        assert store.editions()["all"][0] == "b2"

    def test_new_editions_are_told_from_those_known(self, store: SqlStore) -> None:
        assert store.renewed(0) == {}
        self.shelve(store, "all")
        self.shelve(store, "news")
        first = store.renewed(0)
        assert first["news"] > first["all"] > 0
        assert store.renewed(first["all"]) == {"news": first["news"]}
        assert store.renewed(first["news"]) == {}
        store.put_edition("news", basis="b2", content_hash="c1", changed_at=NOW, publications=None)
        assert store.renewed(first["news"]) == {}, "its bytes are the same"
        self.shelve(store, "all", body=b"<rss>2</rss>", basis="b2")
        assert set(store.renewed(first["news"])) == {"all"}

    @pytest.mark.parametrize("kept", [["all"], ["news"]])
    def test_what_is_dropped_does_not_hide_what_is_new(self, store: SqlStore, kept: list[str]) -> None:
        for feed in ("all", "news", "old", "older"):
            self.shelve(store, feed)
        known = max(store.renewed(0).values())
        store.drop_editions(kept)
        self.shelve(store, "other")
        assert "other" in store.renewed(known)

    def test_feeds_that_are_no_longer_configured_are_dropped(self, store: SqlStore) -> None:
        self.shelve(store, "all")
        self.shelve(store, "old")
        store.drop_editions(["all"])
        assert store.publication("old", "rss") is None
        assert set(store.editions()) == {"all"}


def test_the_database_answers_a_check(store: SqlStore) -> None:
    store.check()
