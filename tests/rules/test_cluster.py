"""Stories and their copies (docs/duplicates.md, C and D)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

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
from aggregator.rules import cluster
from aggregator.rules.cluster import Preference, amend, dated_by, found, joined, preference
from aggregator.rules.ids import slug
from tests.making import NOW, a_source, an_item

if TYPE_CHECKING:
    from collections.abc import Mapping

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


def test_an_exact_date_goes_before_an_earlier_guess() -> None:
    reading = Reading(
        earliest=NOW, latest=NOW, precision=Precision.SECOND, zone=ZoneOrigin.OFFSET, offset=0 * HOUR
    )
    exact = Dates(
        published=NOW,
        updated=NOW,
        candidates=(Candidate(claim=Claim(origin=Origin.PUBLISHED, text="x"), reading=reading),),
        chosen=0,
        precision=Precision.SECOND,
        zone=ZoneOrigin.OFFSET,
        earliest=NOW,
        latest=NOW,
    )
    sure = replace(OWN, dates=exact)
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
