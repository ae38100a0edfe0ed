"""Stories and their copies (docs/duplicates.md, C and D)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model.item import (
    Candidate,
    Claim,
    Dates,
    JoinedBy,
    Origin,
    Precision,
    Reading,
    Upgrade,
    ZoneOrigin,
)
from aggregator.model.source import Duplicates
from aggregator.model.story import Held
from aggregator.rules import cluster
from aggregator.rules.cluster import (
    FULL_TEXT,
    Preference,
    amend,
    dated_by,
    found,
    joined,
    preference,
    restore,
    retold,
    take_down,
    withdraw,
)
from aggregator.rules.ids import slug
from tests.making import NOW, a_source, an_item

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aggregator.model.item import Item
    from aggregator.model.source import Source
    from aggregator.model.story import Story

HOUR = timedelta(hours=1)
SOURCES = {name: a_source(name) for name in ("antara", "kawat", "tempo")}
OWN = an_item("antara", "id:1", link="https://antara.example.id/kapal")
COPY = an_item("kawat", "id:9", link="https://antara.example.id/kapal?utm_source=kawat", published=NOW - HOUR)


def join(story: Story, item: Item, *, settled: bool, sources: Mapping[str, Source]) -> Story:
    """Return ``story``, published already or not, with ``item``, which has the address of its shown copy."""
    story = replace(story, out_at=NOW if settled else None)
    like = story.shown
    return cluster.join(
        story, joined(story, item, by=JoinedBy.URL, like=like, detail=like.link, sources=sources)
    )


def copies(story: Story) -> list[tuple[str, str]]:
    """Return the names of a story's copies, the shown one first."""
    return [(copy.source, copy.key) for copy in story.copies]


def test_a_story_starts_with_one_copy_and_its_dates() -> None:
    story = found(OWN, "tag:x,2024:1")
    assert (story.shown, story.others, story.published) == (OWN, (), OWN.dates.published)
    assert story.slug == slug("tag:x,2024:1")


def test_a_stored_story_keeps_its_copy_and_dates() -> None:
    story = join(found(COPY, "x"), OWN, settled=True, sources=SOURCES)
    assert copies(story) == [("kawat", "id:9"), ("antara", "id:1")]
    assert story.published == COPY.dates.published


def test_before_it_is_stored_the_owner_s_copy_is_shown_under_the_earliest_date() -> None:
    for first, second in ((OWN, COPY), (COPY, OWN)):
        story = join(found(first, "x"), second, settled=False, sources=SOURCES)
        assert copies(story) == [("antara", "id:1"), ("kawat", "id:9")]
        assert story.published == COPY.dates.published


def test_then_priority_full_text_and_time_decide() -> None:
    one = an_item("kawat", "id:1", link="https://elsewhere.id/1")
    other = an_item("tempo", "id:1", link="https://elsewhere.id/1", published=NOW + HOUR)
    assert join(found(one, "x"), other, settled=False, sources=SOURCES).shown.source == one.source
    full = replace(other, content="isi " * 200)
    assert join(found(one, "x"), full, settled=False, sources=SOURCES).shown.source == full.source
    preferred = SOURCES | {"kawat": a_source("kawat", priority=5)}
    assert join(found(one, "x"), full, settled=False, sources=preferred).shown.source == one.source


def test_what_makes_a_copy_the_better_one_can_be_told() -> None:
    one = an_item("kawat", "id:1", link="https://elsewhere.id/1")
    other = an_item("tempo", "id:1", link="https://elsewhere.id/1")
    full = replace(other, content="isi " * 200)
    preferred = SOURCES | {"tempo": a_source("tempo", priority=5)}
    assert preference(OWN, COPY, SOURCES) is Preference.OWNER
    assert preference(other, replace(one, content=full.content), preferred) is Preference.PRIORITY
    assert preference(full, one, SOURCES) is Preference.FULL_TEXT
    assert preference(COPY, replace(one, content=COPY.content), SOURCES) is Preference.EARLIEST
    assert preference(one, other, SOURCES) is Preference.NAME
    assert preference(one, replace(one, key="id:2"), SOURCES) is Preference.NAME
    assert preference(one, one, SOURCES) is preference(COPY, OWN, SOURCES) is None


def test_a_copy_of_a_source_that_is_no_longer_configured_comes_last() -> None:
    gone = an_item("gone", "id:1", link="https://gone.example.id/1")
    assert join(found(gone, "x"), OWN, settled=False, sources=SOURCES).shown.source == OWN.source


def test_an_edit_of_the_shown_copy_moves_the_story_and_of_another_does_not() -> None:
    story = join(found(OWN, "x"), COPY, settled=True, sources=SOURCES)
    later = NOW + HOUR
    edited = replace(OWN, title="Kapal kedua", dates=replace(OWN.dates, updated=later), revisions=1)
    assert amend(story, OWN, edited).shown.title == "Kapal kedua"
    assert amend(story, OWN, edited).updated == later
    other = replace(COPY, title="Lain", dates=replace(COPY.dates, updated=later))
    assert amend(story, COPY, other).updated == story.updated
    assert amend(story, COPY, other).others == (other,)
    assert amend(story, COPY, other).shown.source == OWN.source


def upgraded(item: Item, minutes: float, *, after: timedelta = HOUR) -> Item:
    """Return ``item`` with a better date, so many minutes from its own, ``after`` its first sight."""
    instant = item.dates.published + timedelta(minutes=minutes)
    upgrade = Upgrade(at=item.first_seen + after, before=item.dates.published)
    dates = replace(item.dates, published=instant, updated=max(item.dates.updated, instant), upgrade=upgrade)
    return replace(item, dates=dates)


def test_a_better_date_of_the_copy_that_dates_the_story_moves_it() -> None:
    story = join(found(COPY, "x"), OWN, settled=True, sources=SOURCES)
    for minutes in (-20, 20):
        better = upgraded(COPY, minutes)
        moved = amend(story, COPY, better)
        assert moved.published == better.dates.published
        assert moved.updated == max(story.updated, better.dates.published)
    assert amend(story, OWN, upgraded(OWN, -200)).published == story.published


def test_a_story_moves_once_whatever_its_copies_do() -> None:
    twin = replace(COPY, source="tempo", first_seen=NOW + HOUR)
    story = join(found(COPY, "x"), twin, settled=True, sources=SOURCES)
    assert amend(story, twin, upgraded(twin, -30)).published == story.published  # it does not date the story
    moved = amend(story, COPY, upgraded(COPY, -30))
    third = replace(OWN, dates=replace(OWN.dates, published=moved.published), first_seen=NOW - HOUR)
    joined = join(moved, third, settled=True, sources=SOURCES)
    assert amend(joined, third, upgraded(third, -30)).published == moved.published


def test_a_story_moves_within_a_day_of_its_own_first_sight() -> None:
    late = replace(COPY, first_seen=NOW + 30 * HOUR)
    early = replace(OWN, first_seen=NOW, dates=replace(OWN.dates, published=NOW + HOUR))
    story = join(found(late, "x"), early, settled=True, sources=SOURCES)
    assert amend(story, late, upgraded(late, -30)).published == story.published


def test_a_better_date_of_another_copy_is_no_update() -> None:
    story = join(found(COPY, "x"), OWN, settled=False, sources=SOURCES)
    assert story.shown.source == OWN.source
    assert amend(story, story.shown, upgraded(story.shown, 300)).updated == story.updated


def exactly(instant: datetime) -> Dates:
    """Return dates that name ``instant`` to the second."""
    reading = Reading(
        earliest=instant,
        latest=instant,
        precision=Precision.SECOND,
        zone=ZoneOrigin.OFFSET,
        offset=0 * HOUR,
    )
    return Dates(
        published=instant,
        updated=instant,
        candidates=(Candidate(claim=Claim(origin=Origin.PUBLISHED, text="x"), reading=reading),),
        chosen=0,
        precision=Precision.SECOND,
        zone=ZoneOrigin.OFFSET,
        earliest=instant,
        latest=instant,
    )


def test_an_exact_date_goes_before_an_earlier_guess() -> None:
    sure = replace(OWN, dates=exactly(NOW))
    assert join(found(COPY, "x"), sure, settled=False, sources=SOURCES).published == NOW
    assert join(found(sure, "x"), COPY, settled=False, sources=SOURCES).published == NOW


def test_a_story_is_dated_by_the_copy_that_gave_its_date() -> None:
    story = join(found(OWN, "x"), COPY, settled=False, sources=SOURCES)
    assert (story.shown.source, dated_by(story).source) == (OWN.source, COPY.source)
    assert dated_by(replace(story, published=NOW - 9 * HOUR)).source == OWN.source


def test_a_story_is_held_while_all_its_copies_are() -> None:
    held = replace(OWN, dates=replace(OWN.dates, hold_until=NOW + 2 * HOUR))
    other = replace(COPY, dates=replace(COPY.dates, hold_until=NOW + HOUR))
    assert found(held, "x").hold_until == NOW + 2 * HOUR
    assert join(found(held, "x"), other, settled=False, sources=SOURCES).hold_until == NOW + HOUR
    assert join(found(held, "x"), COPY, settled=False, sources=SOURCES).hold_until is None


def test_updated_is_never_before_published() -> None:
    early = replace(OWN, dates=replace(OWN.dates, published=NOW - 5 * HOUR, updated=NOW - 5 * HOUR))
    story = join(found(COPY, "x"), early, settled=False, sources=SOURCES)
    assert story.published <= story.updated


# How a copy joins


def test_a_copy_says_how_it_came_into_its_story() -> None:
    story = join(found(OWN, "x"), COPY, settled=True, sources=SOURCES)
    [copy] = story.others
    how = copy.joined
    assert how is not None
    assert (how.by, how.source, how.key, how.detail) == (JoinedBy.URL, "antara", "id:1", OWN.link)
    assert (how.settled, how.leads) == (True, False)
    assert story.shown.joined is None


def test_a_story_that_was_deleted_is_settled_even_if_nobody_ever_saw_it() -> None:
    gone = withdraw(found(COPY, "x"), COPY, at=NOW, sources=SOURCES)
    item = joined(gone, OWN, by=JoinedBy.ID, like=COPY, detail="x", sources=SOURCES)
    assert item.joined is not None
    assert (item.joined.settled, item.joined.leads) == (True, False)


def test_what_joined_no_story_cannot_be_told_into_one() -> None:
    with pytest.raises(ValueError, match="antara id:1"):
        cluster.join(found(COPY, "x"), OWN)


def test_what_holds_a_story_from_the_start() -> None:
    merging = a_source("antara", duplicates=Duplicates.MERGE)
    unmatched, held = replace(OWN, unmatched=True), replace(OWN, unmatched=True, held=True)
    assert found(OWN, "x", source=merging).held is Held.NOTHING
    assert found(unmatched, "x", source=merging).held is Held.MATCH
    assert found(unmatched, "x", source=a_source("antara")).held is Held.NOTHING
    assert found(unmatched, "x").held is Held.NOTHING
    assert found(held, "x", source=merging).held is Held.GATE


def test_what_one_copy_lets_out_of_the_gate_is_out() -> None:
    held, free = found(replace(OWN, held=True), "x"), replace(COPY, held=False)
    assert join(held, free, settled=False, sources=SOURCES).held is Held.NOTHING
    assert join(held, replace(COPY, held=True), settled=False, sources=SOURCES).held is Held.GATE
    waiting = replace(found(OWN, "x"), held=Held.MATCH)
    assert join(waiting, free, settled=False, sources=SOURCES).held is Held.MATCH


# Withdrawals

OTHER = an_item(
    "tempo", "id:7", link="https://antara.example.id/kapal?utm_source=tempo", content="isi " * 200
)


def three() -> Story:
    """Return a published story with three copies; that of its owner is shown."""
    story = join(found(OWN, "x"), COPY, settled=True, sources=SOURCES)
    return join(story, OTHER, settled=True, sources=SOURCES)


def test_another_copy_that_is_taken_back_changes_nothing_that_is_seen() -> None:
    before = three()
    after = withdraw(before, before.others[0], at=NOW + HOUR, sources=SOURCES)
    assert (after.shown, after.published, after.updated) == (before.shown, before.published, before.updated)
    assert [copy.source for copy in after.living] == ["antara", "tempo"]
    assert after.deleted_at is None


def test_the_best_of_the_living_takes_over_from_the_shown_one() -> None:
    before = three()
    after = withdraw(before, before.shown, at=NOW + HOUR, sources=SOURCES)
    assert (after.shown.source, after.shown.leads_since) == ("tempo", NOW + HOUR)  # it has the full text
    assert (after.id, after.published, after.updated) == (before.id, before.published, NOW + HOUR)
    assert copies(after)[1:] == [("antara", "id:1"), ("kawat", "id:9")]
    last = withdraw(after, after.shown, at=NOW + 2 * HOUR, sources=SOURCES)
    assert (last.shown.source, last.updated) == ("kawat", NOW + 2 * HOUR)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(("antara", {}), ("kawat", {"content": "x" * FULL_TEXT}), id="the owner, then anything"),
        pytest.param(("rendah", {}), ("tempo", {"content": "x" * FULL_TEXT}), id="priority, then full text"),
        pytest.param(
            ("kawat", {"content": "x" * FULL_TEXT}),
            ("tempo", {"published": NOW - HOUR}),
            id="full text, then time",
        ),
        pytest.param(
            ("tempo", {"published": NOW - HOUR}),
            ("kawat", {"content": "x" * (FULL_TEXT - 1)}),
            id="time, then the name of the source",
        ),
        pytest.param(("kawat", {}), ("tempo", {}), id="the name of the source"),
        pytest.param(("kawat", {}), ("lepas", {"published": NOW - HOUR}), id="configured, then not"),
    ],
)
def test_who_takes_over(one: tuple[str, dict[str, object]], other: tuple[str, dict[str, object]]) -> None:
    sources = {**SOURCES, "rendah": a_source("rendah", priority=1), "lepas": a_source("lepas", priority=-1)}
    shared = {"link": "https://antara.example.id/kapal", "content": ""}
    better, worse = (
        an_item(name, "id:2", **{**shared, **changes})  # type: ignore[arg-type] # fields of an item
        for name, changes in (one, other)
    )
    founder = an_item("founder", "id:1")
    for first, second in ((better, worse), (worse, better)):
        story = join(found(founder, "x"), first, settled=True, sources=sources)
        story = join(story, second, settled=True, sources=sources)
        after = withdraw(story, story.shown, at=NOW + HOUR, sources=sources)
        assert after.shown.source == better.source


def test_without_a_living_copy_the_story_is_deleted_and_shows_the_last_one() -> None:
    story = join(found(OWN, "x"), COPY, settled=True, sources=SOURCES)
    story = withdraw(story, story.shown, at=NOW + HOUR, sources=SOURCES)
    story = withdraw(story, story.shown, at=NOW + 2 * HOUR, sources=SOURCES)
    assert (story.shown.source, story.living, story.deleted_at) == ("kawat", (), NOW + 2 * HOUR)


def test_a_copy_that_is_named_again_does_not_take_the_place_of_a_living_one() -> None:
    story = withdraw(three(), OWN, at=NOW + HOUR, sources=SOURCES)
    again = restore(story, next(copy for copy in story.copies if copy.source == "antara"), at=NOW + 2 * HOUR)
    assert (again.shown.source, again.updated) == ("tempo", NOW + HOUR)
    assert len(again.living) == 3


def test_a_deleted_story_comes_back_under_its_id_and_date_with_the_copy_that_is_named_again() -> None:
    story = join(found(OWN, "x"), COPY, settled=True, sources=SOURCES)
    gone = withdraw(story, OWN, at=NOW + HOUR, sources=SOURCES)
    gone = withdraw(gone, gone.shown, at=NOW + 2 * HOUR, sources=SOURCES)
    own = next(copy for copy in gone.copies if copy.source == "antara")
    back = restore(gone, own, at=NOW + 3 * HOUR)
    assert (back.id, back.published, back.deleted_at) == (story.id, story.published, None)
    assert (back.shown.source, back.shown.withdrawn_at, back.updated) == ("antara", None, NOW + 3 * HOUR)
    assert [copy.source for copy in back.living] == ["antara"]


def test_nothing_brings_back_what_the_operator_took_down() -> None:
    story = take_down(found(OWN, "x"), at=NOW)
    assert (story.deleted_at, story.taken_down) == (NOW, True)
    gone = withdraw(story, OWN, at=NOW + HOUR, sources=SOURCES)
    back = restore(gone, gone.shown, at=NOW + 2 * HOUR)
    assert (back.deleted_at, back.taken_down) == (NOW, True)
    assert back.living
    late = join(back, COPY, settled=True, sources=SOURCES)
    assert restore(late, late.others[0], at=NOW + 3 * HOUR).deleted_at == NOW


def test_what_was_deleted_and_is_then_taken_down_is_deleted_since_then() -> None:
    gone = withdraw(found(OWN, "x"), OWN, at=NOW, sources=SOURCES)
    assert take_down(gone, at=NOW + HOUR).deleted_at == NOW


# A story told again from its items


class Telling:
    """A story as it is told live, one event after another; each step takes time."""

    NAMES = ("antara", "kawat", "tempo", "berita", "suara")
    SOURCES: Mapping[str, Source] = {
        name: a_source(name, priority=number // 2, url="https://antara.example.id/feed" if number % 2 else "")
        for number, name in enumerate(NAMES)
    }

    def __init__(self, *, offset: int, exact: bool) -> None:
        self.now = NOW
        self.order = [self.NAMES[0]]  #: in which the copies joined
        self.story = found(self._item(self.NAMES[0], offset, exact=exact), "x")

    def step(self, event: str, which: int, offset: int, minutes: int, *, sure: bool) -> None:
        """Let one thing happen, if it can."""
        self.now += timedelta(minutes=minutes)
        copy = self.copies[which % len(self.order)]
        match event:
            case "join" if len(self.order) < len(self.NAMES):
                self._join(self._item(self.NAMES[len(self.order)], offset, exact=sure), copy)
            case "publish":
                self.story = replace(self.story, out_at=self.story.out_at or self.now)
            case "edit":
                dates = replace(copy.dates, updated=self.now)
                self._amend(copy, replace(copy, dates=dates, revisions=copy.revisions + 1))
            case "better" if copy.dates.upgrade is None and copy.dates.chosen is None:
                dates = exactly(copy.first_seen + timedelta(minutes=min(offset, 0)))
                upgrade = Upgrade(at=self.now, before=copy.dates.published)
                updated = max(copy.dates.updated, dates.published)
                self._amend(copy, replace(copy, dates=replace(dates, updated=updated, upgrade=upgrade)))
            case "withdraw" if copy.withdrawn_at is None:
                self.story = withdraw(self.story, copy, at=self.now, sources=self.SOURCES)
            case "restore" if copy.withdrawn_at is not None:
                self.story = restore(self.story, copy, at=self.now)

    @property
    def copies(self) -> Sequence[Item]:
        """All copies in the order of their joining."""
        return sorted(self.story.copies, key=lambda copy: self.order.index(copy.source))

    def _item(self, name: str, offset: int, *, exact: bool) -> Item:
        instant = self.now + timedelta(minutes=offset)
        item = an_item(name, first_seen=self.now, link="https://antara.example.id/1", published=instant)
        return replace(item, dates=exactly(instant)) if exact else item

    def _join(self, item: Item, like: Item) -> None:
        item = joined(self.story, item, by=JoinedBy.URL, like=like, detail="", sources=self.SOURCES)
        self.story = restore(cluster.join(self.story, item), item, at=self.now)
        self.order.append(item.source)

    def _amend(self, old: Item, item: Item) -> None:
        self.story = amend(self.story, old, item)


EVENTS = st.tuples(
    st.sampled_from(["join", "join", "publish", "edit", "better", "withdraw", "restore"]),
    st.integers(0, 4),
    st.integers(-600, 60),
    st.integers(1, 700),
    st.booleans(),
)


@given(st.integers(-600, 60), st.booleans(), st.lists(EVENTS, max_size=25))
def test_a_story_told_again_from_its_items_is_the_one_that_was_told(
    offset: int,
    exact: bool,  # noqa: FBT001 # drawn
    events: list[tuple[str, int, int, int, bool]],
) -> None:
    """Whatever happens, in whatever order: dates and copy shown follow from the items."""
    live = Telling(offset=offset, exact=exact)
    for event, which, moved, minutes, sure in events:
        live.step(event, which, moved, minutes, sure=sure)
    again = retold(live.copies, "x", sources=live.SOURCES)
    assert (again.id, again.slug) == (live.story.id, live.story.slug)
    assert (again.published, again.updated) == (live.story.published, live.story.updated)
    assert copies(again) == copies(live.story)
    assert again.shown == live.story.shown
    assert again.deleted_at == live.story.deleted_at
