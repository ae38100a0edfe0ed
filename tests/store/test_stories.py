"""Names, holds, withdrawals and texts: what the store knows of stories, the same on every database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select

from aggregator.model.item import Joined, JoinedBy
from aggregator.model.source import Retention
from aggregator.model.story import Decision, DecisionKind, Held, Relation
from aggregator.rules.aliases import Kind, aliases, burials, key_alias, url_alias
from aggregator.rules.cluster import found, join, take_down, withdraw
from aggregator.rules.ids import slug
from aggregator.rules.similarity import WINDOW, body, fingerprint
from aggregator.store import tables, texts
from aggregator.store.codec import TOLD
from aggregator.store.items import MOST_NAMED
from aggregator.store.ledger import MOST_RELATED
from aggregator.store.texts import MOST_IN_BAND
from tests.making import NOW, a_source, an_item

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Table

    from aggregator.model.item import Item
    from aggregator.model.story import Story
    from aggregator.rules.similarity import Fingerprint
    from aggregator.store import SqlStore

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WORDS = [f"kata{number}" for number in range(200)]


def story_id(item: Item) -> str:
    return f"tag:x,2024:{item.source}/{item.key}"


def put(store: SqlStore, *items: Item, out: bool = True) -> None:
    """Store each item as a story of its own, published or not yet."""
    stories = [replace(found(item, story_id(item)), out_at=NOW if out else None) for item in items]
    write(store, *stories)


def revisions(store: SqlStore) -> dict[str, int]:
    return {source: front.revision for source, front in store.fronts().items()}


def write(store: SqlStore, *stories: Story) -> None:
    """Store stories with all their copies."""
    with store.writing() as transaction:
        transaction.put_stories(stories)
        transaction.put_items((copy, story.id) for story in stories for copy in story.copies)


def together(founder: Item, *others: Item, out: bool = True) -> Story:
    """Return a story of several copies."""
    story = replace(found(founder, "x"), out_at=NOW if out else None)
    how = Joined(by=JoinedBy.URL, source=founder.source, key=founder.key, settled=True, leads=False)
    for other in others:
        story = join(story, replace(other, joined=how))
    return story


def keys(items: Iterable[Item]) -> list[str]:
    return [item.key for item in items]


def count(store: SqlStore, table: Table) -> int:
    with store.database.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def printed(*words: str) -> Fingerprint:
    made = fingerprint(" ".join(words))
    assert made is not None
    return made


def rows(store: SqlStore) -> dict[str, int]:
    """Return the row of each item by its key."""
    with store.database.reading() as connection:
        query = select(tables.items.c.key, tables.items.c.id)
        return dict(connection.execute(query).all())


class TestNames:
    def test_an_item_is_found_by_each_of_its_names(self, store: SqlStore) -> None:
        item = an_item(
            key="id:https://k.id/?p=12",
            canonical_url="https://k.id/kapal",
            former_keys=("id:lama", "url:https://k.id/lama"),
        )
        put(store, item, an_item(key="id:2", title="Lain"))
        names = aliases(item)
        assert {alias.kind for alias in names} == set(Kind)
        assert store.named("antara", [alias.number for alias in names]) == {
            alias.number: [item] for alias in names
        }
        assert store.named("kawat", [alias.number for alias in names]) == {}
        assert store.named("antara", []) == {}

    def test_of_many_with_one_title_the_newest_few(self, store: SqlStore) -> None:
        put(store, *(an_item(key=f"id:{number}") for number in range(MOST_NAMED + 3)))
        [title] = [alias for alias in aliases(an_item(key="id:other")) if alias.kind is Kind.TITLE]
        [found_] = store.named("antara", [title.number]).values()
        assert keys(found_) == [f"id:{number}" for number in reversed(range(3, MOST_NAMED + 3))]

    def test_many_names_at_once(self, store: SqlStore) -> None:
        put(store, an_item(key="id:1", former_keys=("id:0",)))
        wanted = [*range(12_000), key_alias("antara", "id:0").number]
        assert list(store.named("antara", wanted)) == wanted[-1:]

    def test_an_item_that_is_renamed_keeps_its_old_names_and_gets_the_new(self, store: SqlStore) -> None:
        put(store, an_item(key="id:1", title="Lama"))
        put(store, an_item(key="id:1", title="Baru", former_keys=("id:2",)))
        wanted = [
            *(alias.number for alias in aliases(an_item(title="Lama")) if alias.kind is Kind.TITLE),
            key_alias("antara", "id:2").number,
        ]
        assert [keys(each) for each in store.named("antara", wanted).values()] == [["id:1"], ["id:1"]]

    def test_a_story_is_found_by_every_address_that_a_copy_has_or_had(self, store: SqlStore) -> None:
        item = an_item(canonical_url="https://k.id/baru", former_keys=("url:https://k.id/lama",))
        put(store, item, an_item("kawat", "id:9", canonical_url="https://k.id/baru"))
        with store.writing() as transaction:
            found_ = transaction.stories_by_url(["https://k.id/baru", "https://k.id/lama", "https://k.id/x"])
        first = (story_id(item), "antara", "id:1")
        assert found_ == {"https://k.id/baru": first, "https://k.id/lama": first}  # of several the oldest
        assert [story.id for story in store.stories_named("https://k.id/lama", "https://k.id/lama")] == [
            story_id(item)
        ]

    def test_what_is_buried_is_remembered_by_its_names(self, store: SqlStore) -> None:
        item = an_item(former_keys=("id:0",), canonical_url="https://k.id/1")
        put(store, item, an_item("kawat", "id:9"))
        with store.writing() as transaction:
            assert transaction.bury([story_id(item)], at=NOW) == 1
        assert store.buried(burials(item)) == set(burials(item))
        assert store.buried(burials(an_item("kawat", "id:9"))) == set()
        assert store.named("antara", [url_alias("https://k.id/1").number]) == {}
        assert count(store, tables.aliases) == len(aliases(an_item("kawat", "id:9")))
        with store.writing() as transaction:
            assert transaction.bury([story_id(item)], at=NOW) == 0

    def test_two_items_that_share_a_name_are_buried_one_after_the_other(self, store: SqlStore) -> None:
        one, two = (an_item(key=f"id:{number}", canonical_url="https://k.id/1") for number in (1, 2))
        put(store, one, two)
        for item in (one, two):
            with store.writing() as transaction:
                assert transaction.bury([story_id(item)], at=NOW) == 1
        assert store.buried(burials(two)) == set(burials(two))


class TestHolds:
    def test_the_oldest_comes_out_first_and_only_once(self, store: SqlStore) -> None:
        put(store, *(an_item(key=f"id:{n}", published=NOW - n * HOUR) for n in (1, 3, 2)), out=False)
        waiting = store.waiting(NOW)
        assert [name[-4:] for name in waiting] == ["id:3", "id:2", "id:1"]
        assert store.suspects(NOW) == []
        assert store.latest(["antara"], limit=9) == []
        with store.writing() as transaction:
            transaction.let_out(waiting, at=NOW)
        assert store.waiting(NOW) == []
        assert {story.out_at for story in store.latest(["antara"], limit=9)} == {NOW}

    def test_a_story_is_suspect_while_all_its_copies_are(self, store: SqlStore) -> None:
        one, other = an_item(suspect=True), an_item("kawat", "id:9", suspect=True)
        write(store, together(one, other, out=False))
        assert [each.story for each in store.suspects(NOW)] == store.waiting(NOW) != []
        write(store, together(one, replace(other, suspect=False), out=False))
        assert (len(store.waiting(NOW)), store.suspects(NOW)) == (1, [])

    def test_what_is_held_waits_and_is_counted_until_it_is_released(self, store: SqlStore) -> None:
        store.enroll([a_source()])
        items = [an_item(key=f"id:{n}", published=NOW - n * HOUR, suspect=True) for n in (1, 2, 3)]
        put(store, *items, out=False)
        with store.writing() as transaction:
            transaction.hold([story_id(item) for item in items[:2]])
        assert store.waiting(NOW) == [story_id(items[2])]
        assert [(each.source, each.key) for each in store.suspects(NOW)] == [("antara", "id:3")]
        assert store.held() == {"antara": 2}
        with store.writing() as transaction:
            assert [copy.held for copy in transaction.items("antara", ["id:1", "id:3"]).values()] == [
                True, False,
            ]  # fmt: skip
            assert transaction.release("kawat") == []
            assert transaction.release("antara") == [story_id(items[1]), story_id(items[0])]
            assert transaction.release("antara") == []
        assert store.held() == {}
        assert store.waiting(NOW) == [story_id(item) for item in reversed(items)]
        assert [each.key for each in store.suspects(NOW)] == ["id:3"]

    def test_what_waits_for_its_text_to_be_compared_is_no_business_of_the_gate(self, store: SqlStore) -> None:
        write(store, replace(found(an_item(), "x"), held=Held.MATCH))
        assert (store.waiting(NOW), store.held()) == ([], {})
        with store.writing() as transaction:
            assert transaction.release("antara") == []

    def test_a_story_that_was_deleted_before_anybody_saw_it_never_comes_out(self, store: SqlStore) -> None:
        gone = withdraw(found(an_item(), "x"), an_item(), at=NOW, sources={})
        write(store, gone)
        assert store.waiting(NOW) == []
        assert store.deleted(["antara"]) == []
        write(store, replace(gone, held=Held.GATE))
        assert store.held() == {}


class TestDeletions:
    def deleted(self, store: SqlStore, at: datetime = NOW, *names: str) -> None:
        """Store a published story of each of these sources that was deleted at this instant."""
        for name in names or ("antara",):
            item = an_item(name)
            story = replace(found(item, story_id(item)), out_at=NOW - DAY)
            write(store, withdraw(story, item, at=at, sources={}))

    def test_feeds_say_so_for_seven_days(self, store: SqlStore) -> None:
        store.enroll([a_source()])
        self.deleted(store)
        name = story_id(an_item())
        assert store.latest(["antara"], limit=9) == []
        assert store.deleted(["antara"]) == [(name, NOW)]
        assert store.deleted(["kawat"]) == []
        assert store.told(NOW + TOLD - HOUR) == []
        assert store.told(NOW + TOLD) == [name]
        before = revisions(store)["antara"]
        with store.writing() as transaction:
            transaction.hush([name], at=NOW)
        assert store.deleted(["antara"]) == []
        assert store.told(NOW + 2 * TOLD) == []
        assert revisions(store)["antara"] == before + 1

    def test_the_latest_comes_first_then_by_id(self, store: SqlStore) -> None:
        self.deleted(store, NOW, "b", "a")
        self.deleted(store, NOW + HOUR, "c")
        assert [name for name, _ in store.deleted(["a", "b", "c"])] == [
            story_id(an_item(name)) for name in ("c", "a", "b")
        ]

    def test_a_story_with_a_living_copy_elsewhere_is_in_the_feeds_of_that_copy_only(
        self, store: SqlStore
    ) -> None:
        story = together(an_item(), an_item("kawat", "id:9"))
        write(store, withdraw(story, story.shown, at=NOW, sources={}))
        assert store.latest(["antara"], limit=9) == []
        [seen] = store.latest(["kawat"], limit=9)
        assert (seen.shown.source, seen.shown.leads_since) == ("kawat", NOW)
        assert [(copy.source, copy.withdrawn_at) for copy in seen.others] == [("antara", NOW)]

    def test_a_story_comes_back_as_it_went_in(self, store: SqlStore) -> None:
        story = take_down(together(an_item(), an_item("kawat", "id:9")), at=NOW)
        write(store, story)
        with store.writing() as transaction:
            assert transaction.stories(["x"]) == {"x": story}
        assert store.story(slug("x")) == story

    def test_what_the_operator_took_down_is_remembered_for_good(self, store: SqlStore) -> None:
        item = an_item()
        put(store, item)
        for _ in range(2):
            with store.writing() as transaction:
                transaction.take_down(story_id(item), at=NOW)
        write(store, take_down(replace(found(item, story_id(item)), out_at=NOW), at=NOW))
        with store.writing() as transaction:
            transaction.mark_gone({"antara": ([], NOW)})
        assert store.forget([Retention(sources=("antara",), age=DAY)], now=NOW + 99 * DAY) == 0
        assert store.forget([Retention(sources=("antara",), newest=1)], now=NOW + 99 * DAY) == 0
        assert store.forget([Retention(sources=("lain",), age=DAY)], now=NOW + 99 * DAY) == 0
        assert count(store, tables.takedowns) == 1
        [story] = store.stories_named("id:1", "")
        assert story.taken_down


class TestDecisions:
    def test_they_come_back_in_the_order_in_which_they_were_made(self, store: SqlStore) -> None:
        put(store, an_item())
        name = story_id(an_item())
        made = [
            Decision(story=name, at=NOW + hours * HOUR, kind=kind, source="antara", key="id:1", detail="ya")
            for kind, hours in (
                (DecisionKind.HELD, 2),
                (DecisionKind.RELEASED, 0),
                (DecisionKind.WITHDRAWN, 1),
            )
        ]
        with store.writing() as transaction:
            transaction.put_decisions(made)
            transaction.put_decisions([])
            transaction.put_decisions([Decision(story="other", at=NOW, kind=DecisionKind.HELD)])
        assert store.decisions(name) == made
        assert store.decisions("none") == []

    def test_they_follow_a_story_into_the_one_that_takes_it_in(self, store: SqlStore) -> None:
        one, two = an_item(), an_item("kawat", "id:9")
        put(store, one, two)
        with store.writing() as transaction:
            transaction.put_decisions([Decision(story=story_id(two), at=NOW, kind=DecisionKind.HELD)])
            transaction.put_items([(two, story_id(one))])
            transaction.dissolve(story_id(two), into=story_id(one))
        assert [(each.story, each.kind) for each in store.decisions(story_id(one))] == [
            (story_id(one), "held")
        ]
        assert store.decisions(story_id(two)) == []
        [story] = store.latest(["kawat"], limit=9)
        assert [copy.source for copy in story.copies] == ["antara", "kawat"]

    def test_they_go_with_their_story(self, store: SqlStore) -> None:
        put(store, an_item())
        with store.writing() as transaction:
            transaction.put_decisions([Decision(story=story_id(an_item()), at=NOW, kind=DecisionKind.HELD)])
            transaction.bury([story_id(an_item())], at=NOW)
        assert count(store, tables.decisions) == 0


class TestTexts:
    def match(
        self,
        store: SqlStore,
        prints: dict[str, Fingerprint],
        relations: Iterable[tuple[str, str, float]] = (),
        *,
        published: datetime = NOW,
        now: datetime = NOW,
    ) -> None:
        """Keep the fingerprints of stored items by their keys, and how they are related."""
        row = rows(store)
        with store.writing() as transaction:
            transaction.put_texts(
                [(row[key], published, made) for key, made in prints.items()],
                [(row[one], row[other], likeness, "names differ") for one, other, likeness in relations],
                matched=[row[key] for key in prints],
                expired_before=now - WINDOW,
            )

    def test_the_oldest_that_is_yet_to_be_compared_comes_first(self, store: SqlStore) -> None:
        items = [an_item(key=f"id:{number}", unmatched=True) for number in range(3)]
        put(store, *items, an_item(key="id:short"))
        assert [(text.key, text.title, text.html, text.published) for text in store.unmatched(2)] == [
            (item.key, item.title, body(item), item.dates.published) for item in items[:2]
        ]
        self.match(store, {"id:0": printed(*WORDS)})
        with store.writing() as transaction:
            transaction.put_texts([], [], matched=[rows(store)["id:1"]], expired_before=NOW - WINDOW)
        assert [text.key for text in store.unmatched(9)] == ["id:2"]
        assert count(store, tables.fingerprints) == 1

    def test_who_shares_a_band_and_what_he_is(self, store: SqlStore) -> None:
        put(store, an_item(key="id:1"), an_item("kawat", "id:2"), an_item(key="id:3"))
        one, other = printed(*WORDS), printed(*reversed(WORDS))
        self.match(store, {"id:1": one, "id:2": one, "id:3": other})
        row = rows(store)
        assert store.sharing(one.bands, before=row["id:3"]) == {
            band: [row["id:2"], row["id:1"]] for band in set(one.bands)
        }
        assert store.sharing(one.bands, before=row["id:2"]) == {
            band: [row["id:1"]] for band in set(one.bands)
        }
        assert store.sharing([], before=999) == {}
        near = store.neighbours([row["id:1"], row["id:2"], 999], NOW)
        assert near == {
            row["id:1"]: (row["id:1"], "antara", one.shingles, one.bands),
            row["id:2"]: (row["id:2"], "kawat", one.shingles, one.bands),
        }
        with store.writing() as transaction:
            assert transaction.crowded([*one.bands, 7]) == set(one.bands)
        assert store.neighbours(row.values(), NOW + HOUR) == {}
        whole = store.texts([row["id:2"], 999])
        assert [(text.source, text.key) for text in whole.values()] == [("kawat", "id:2")]

    def test_of_a_crowded_band_only_the_newest(self, store: SqlStore) -> None:
        names = [f"id:{number}" for number in range(MOST_IN_BAND + 5)]
        put(store, *(an_item(key=name) for name in names))
        one = printed(*WORDS)
        self.match(store, dict.fromkeys(names, one))
        row = rows(store)
        expected = [row[name] for name in reversed(names[5:])]
        assert store.sharing(one.bands[:1], before=999) == {one.bands[0]: expected}

    def test_what_is_older_than_the_window_is_let_go_of(
        self, store: SqlStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Many at once: until then they stay, and are not compared."""
        monkeypatch.setattr(texts, "LEAST_EXPIRED", 1)
        put(store, an_item(key="id:old"), an_item(key="id:new"))
        self.match(store, {"id:old": printed(*WORDS)})
        new = printed(*reversed(WORDS))
        self.match(store, {"id:new": new}, published=NOW + HOUR, now=NOW + WINDOW)
        assert count(store, tables.fingerprints) == 2
        self.match(store, {}, now=NOW + WINDOW + HOUR / 2)
        assert store.sharing(printed(*WORDS).bands, before=999) == {}
        assert set(store.sharing(new.bands, before=999)) == set(new.bands)
        assert count(store, tables.fingerprints) == 1
        assert count(store, tables.bands) == len(set(new.bands))

    def test_related_stories_both_ways_the_most_alike_first(self, store: SqlStore) -> None:
        items = [an_item(f"s{number}", f"id:{number}", title=f"Judul {number}") for number in range(4)]
        put(store, *items)
        row = {item.key: printed(*WORDS) for item in items}
        self.match(store, row, [("id:2", "id:0", 0.6), ("id:3", "id:2", 0.9)])
        two = store.relations([story_id(items[2])])[story_id(items[2])]
        assert two == [
            Relation(
                story=story_id(item), slug=slug(story_id(item)), title=item.title, link=item.link,
                source=item.source, likeness=likeness, reason="names differ",
            )
            for item, likeness in ((items[3], 0.9), (items[0], 0.6))
        ]  # fmt: skip
        assert [each.story for each in store.relations([story_id(items[0])])[story_id(items[0])]] == [
            story_id(items[2])
        ]
        assert store.relations([story_id(items[1])]) == {}

    def test_only_what_is_published_is_related_and_only_a_few(self, store: SqlStore) -> None:
        others = [an_item(f"s{number}", f"id:{number}") for number in range(MOST_RELATED + 2)]
        put(store, an_item(key="id:me"), *others[1:])
        put(store, others[0], out=False)
        self.match(
            store,
            {item.key: printed(*WORDS) for item in (an_item(key="id:me"), *others)},
            [("id:me", other.key, 0.9 - number / 100) for number, other in enumerate(others)],
        )
        mine = story_id(an_item(key="id:me"))
        assert [each.source for each in store.relations([mine])[mine]] == [
            other.source for other in others[1 : MOST_RELATED + 1]
        ]
        gone = replace(found(others[1], story_id(others[1])), out_at=NOW, deleted_at=NOW)
        write(store, gone)
        assert [each.source for each in store.relations([mine])[mine]] == [
            other.source for other in others[2:]
        ]

    def test_of_the_copies_of_a_related_story_the_most_alike_counts(self, store: SqlStore) -> None:
        put(store, an_item(key="id:me"))
        write(store, together(an_item("kawat", "id:1"), an_item("tempo", "id:2")))
        made = {key: printed(*WORDS) for key in ("id:me", "id:1", "id:2")}
        self.match(store, made, [("id:me", "id:1", 0.6), ("id:2", "id:me", 0.8)])
        mine = story_id(an_item(key="id:me"))
        assert [(each.story, each.source, each.likeness) for each in store.relations([mine])[mine]] == [
            ("x", "tempo", 0.8)
        ]

    def test_a_removed_story_leaves_no_text_behind(self, store: SqlStore) -> None:
        put(store, an_item(key="id:1"), an_item("kawat", "id:2"))
        one = printed(*WORDS)
        self.match(store, {"id:1": one, "id:2": one}, [("id:2", "id:1", 0.7)])
        with store.writing() as transaction:
            transaction.bury([story_id(an_item(key="id:1"))], at=NOW)
        assert store.sharing(one.bands, before=999) == {
            band: [rows(store)["id:2"]] for band in set(one.bands)
        }
        assert (count(store, tables.fingerprints), count(store, tables.relations)) == (1, 0)


class TestAbsence:
    def dated(self, key: str, hours: float, **changes: Any) -> Item:
        """Return an item that its source dates."""
        item = an_item(key=key, published=NOW + hours * HOUR, **changes)
        return replace(item, dates=replace(item.dates, chosen=0))

    def test_what_a_document_has_lost_between_two_instants(self, store: SqlStore) -> None:
        items = [self.dated(f"id:{hours}", hours) for hours in range(6)]
        undated = an_item(key="id:undated", published=NOW + 2.5 * HOUR)
        put(store, *items, undated, an_item("kawat", "id:9", published=NOW + 2 * HOUR))
        assert keys(store.absent("antara", present={"id:0", "id:2", "id:4"}, since=NOW)) == [
            "id:1", "id:3", "id:5",
        ]  # fmt: skip
        with store.writing() as transaction:
            transaction.mark_gone({"antara": (keys(items[:3]), NOW)})
        assert keys(store.absent("antara", present={"id:2"}, since=NOW)) == ["id:1"]

    def test_what_is_missing_is_looked_at_again_until_it_is_judged_or_back(self, store: SqlStore) -> None:
        put(store, *(an_item(key=f"id:{number}") for number in range(3)), an_item("kawat", "id:0"))
        with store.writing() as transaction:
            transaction.mark_missing("antara", ["id:0", "id:1"], missing=True)
            transaction.mark_gone({"antara": (["id:2"], NOW)})
        assert keys(store.missing(["antara", "kawat"])["antara"]) == ["id:0", "id:1"]
        assert store.missing(["kawat"]) == {}
        with store.writing() as transaction:
            transaction.mark_missing("antara", ["id:0"], missing=False)
        assert keys(store.missing(["antara", "kawat"])["antara"]) == ["id:1"]
        put(store, an_item(key="id:1", title="Disunting"))  # writing it anew judges nothing
        assert keys(store.missing(["antara", "kawat"])["antara"]) == ["id:1"]
        with store.writing() as transaction:
            transaction.mark_gone({"antara": (["id:1"], NOW)})
        assert store.missing(["antara"]) == {}


class TestForgetting:
    def leave(self, store: SqlStore, *present: str, at: datetime = NOW) -> None:
        """Let the document of antara name nothing but these keys."""
        with store.writing() as transaction:
            transaction.mark_gone({"antara": (present, at)})

    def left(self, store: SqlStore) -> list[str]:
        return sorted(rows(store))

    def test_by_age_counted_from_the_day_it_left_its_document(self, store: SqlStore) -> None:
        put(store, *(an_item(key=f"id:{name}", published=NOW - 99 * DAY) for name in "abc"))
        self.leave(store, "id:b", "id:c")
        self.leave(store, "id:c", at=NOW + DAY)
        kept = [Retention(sources=("antara",), age=7 * DAY)]
        assert store.forget(kept, now=NOW + 7 * DAY) == 0
        assert store.forget(kept, now=NOW + 7 * DAY + HOUR) == 1
        assert self.left(store) == ["id:b", "id:c"]
        assert store.forget(kept, now=NOW + 99 * DAY) == 1
        assert self.left(store) == ["id:c"]  # its document names it still

    def test_by_number_counted_over_the_sources_together(self, store: SqlStore) -> None:
        put(store, *(an_item(key=f"id:{n}", published=NOW - n * HOUR) for n in range(4)))
        put(store, an_item("kawat", "id:k", published=NOW - HOUR / 2))
        self.leave(store, "id:3")
        assert store.forget([Retention(sources=("antara", "kawat"), newest=3)], now=NOW) == 1
        assert self.left(store) == ["id:0", "id:1", "id:3", "id:k"]  # id:3 is in its document still
        assert store.forget([Retention(sources=("antara",), newest=1)], now=NOW) == 1
        assert self.left(store) == ["id:0", "id:3", "id:k"]

    def test_each_source_by_its_own_rule(self, store: SqlStore) -> None:
        put(store, an_item(key="id:1"), an_item("kawat", "id:2"))
        self.leave(store)
        with store.writing() as transaction:
            transaction.mark_gone({"kawat": ([], NOW)})
        kept = [Retention(sources=("antara",), newest=5), Retention(sources=("kawat",), age=DAY)]
        assert store.forget(kept, now=NOW + 9 * DAY) == 1
        assert self.left(store) == ["id:1"]

    def test_a_story_stays_while_another_of_its_copies_does(self, store: SqlStore) -> None:
        write(store, together(an_item(key="id:1"), an_item("kawat", "id:2")))
        self.leave(store)
        kept = [Retention(sources=("antara",), age=DAY), Retention(sources=("kawat",), newest=1)]
        assert store.forget(kept, now=NOW + 9 * DAY) == 0
        with store.writing() as transaction:
            transaction.mark_gone({"kawat": ([], NOW)})
        assert store.forget(kept, now=NOW + 9 * DAY) == 0
        kept = [Retention(sources=("antara",), age=DAY), Retention(sources=("kawat",), age=DAY)]
        assert store.forget(kept, now=NOW + 9 * DAY) == 2

    @pytest.mark.parametrize("age", [DAY, 9 * DAY])
    def test_items_of_a_source_that_is_no_longer_configured_go_after_the_longest_age(
        self, store: SqlStore, age: timedelta
    ) -> None:
        put(store, an_item("lepas", "id:1"), an_item(key="id:2"))
        kept = [Retention(sources=("antara",), age=age), Retention(sources=("kawat",), age=2 * DAY)]
        longest = max(age, 2 * DAY)
        assert store.forget(kept, now=NOW + longest) == 0
        assert store.forget(kept, now=NOW + longest + HOUR) == 1
        assert self.left(store) == ["id:2"]
        assert store.buried(burials(an_item("lepas", "id:1"))) == set(burials(an_item("lepas", "id:1")))

    def test_they_stay_where_nothing_is_kept_by_age(self, store: SqlStore) -> None:
        put(store, an_item("lepas", "id:1"))
        assert store.forget([Retention(sources=("antara",), newest=1)], now=NOW + 999 * DAY) == 0
        assert store.forget([], now=NOW + 999 * DAY) == 0

    def test_the_feeds_that_carried_it_are_rendered_anew(self, store: SqlStore) -> None:
        store.enroll([a_source("antara"), a_source("kawat")])
        put(store, an_item(key="id:1"), an_item("kawat", "id:2"))
        self.leave(store)
        before = revisions(store)
        assert store.forget([Retention(sources=("antara", "kawat"), age=DAY)], now=NOW + 9 * DAY) == 1
        assert revisions(store) == {"antara": before["antara"] + 1, "kawat": before["kawat"]}
