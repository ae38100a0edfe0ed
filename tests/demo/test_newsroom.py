from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from aggregator.demo.newsroom import OPENED, SECTIONS, SHOWN, SHOWN_LIVE, Newsroom, Section, Story, Stream


def live(story: Story) -> bool:
    return story.number // 10 % 2 == Stream.LIVE


@pytest.mark.parametrize("section", SECTIONS)
def test_the_same_clock_shows_the_same_stories(section: Section, now: datetime) -> None:
    assert Newsroom(seed=1).stories(section, now) == Newsroom(seed=1).stories(section, now)
    assert Newsroom(seed=1).stories(section, now) != Newsroom(seed=2).stories(section, now)


@pytest.mark.parametrize("section", SECTIONS)
def test_a_document_shows_a_range_of_ages_newest_first(
    section: Section, newsroom: Newsroom, now: datetime
) -> None:
    stories = newsroom.stories(section, now)
    assert SHOWN - 3 <= len(stories) <= 2 * SHOWN
    assert [story.published for story in stories] == sorted((s.published for s in stories), reverse=True)
    assert all(story.published <= story.updated <= now for story in stories)
    assert now - stories[0].published < timedelta(seconds=120)
    assert now - stories[-1].published > timedelta(hours=5)
    assert 1 <= sum(live(story) for story in stories if story.section is section) <= SHOWN_LIVE


def test_a_later_clock_keeps_numbers_addresses_and_dates(newsroom: Newsroom, now: datetime) -> None:
    for section in SECTIONS:
        for story in newsroom.stories(section, now):
            later = newsroom.find(story.path, now + timedelta(days=30))
            assert later is not None
            assert (later.number, later.path) == (story.number, story.path)
            if story.section is section:
                assert later.published == story.published


def test_slow_stories_come_every_25_to_50_minutes(newsroom: Newsroom, now: datetime) -> None:
    slow = [story.published for story in newsroom.stories(Section.LOGISTIK, now) if not live(story)]
    assert len(slow) > 10
    for newer, older in pairwise(slow):
        assert timedelta(minutes=25) < newer - older < timedelta(minutes=50)


def test_a_live_story_appears_somewhere_at_every_pace_and_everywhere_in_turn(now: datetime) -> None:
    pace = timedelta(seconds=6)
    newsroom = Newsroom(seed=1, pace=pace)
    appeared: dict[datetime, Section] = {}
    for section in SECTIONS:
        for story in newsroom.stories(section, now):
            if live(story) and story.section is section:
                appeared[story.published] = section
    newest = max(appeared)
    assert now - newest < pace
    latest = [
        appeared[newest - turn * pace]
        for turn in range(3 * len(SECTIONS))
        if newest - turn * pace in appeared
    ]
    assert len(latest) >= 3 * len(SECTIONS) - 2  # less what was withdrawn
    assert set(latest) == set(SECTIONS)


def test_a_slow_pace_leaves_only_the_slow_stream(now: datetime) -> None:
    newsroom = Newsroom(seed=1, pace=timedelta(days=30))
    assert not any(live(story) for section in SECTIONS for story in newsroom.stories(section, now))


@pytest.mark.parametrize("pace", [timedelta(), timedelta(seconds=-1)])
def test_time_must_pass_between_stories(pace: timedelta) -> None:
    with pytest.raises(ValueError, match="not a time between stories"):
        Newsroom(pace=pace)


def test_numbers_are_unique_in_the_whole_newsroom(newsroom: Newsroom, now: datetime) -> None:
    numbers = [
        story.number for each in SECTIONS for story in newsroom.stories(each, now) if story.section is each
    ]
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("section", [Section.RUANG_SUJUD, Section.SPORTECHMENT])
def test_an_edited_story_has_another_title_and_text_and_the_same_address(
    section: Section, newsroom: Newsroom, now: datetime
) -> None:
    edited = [story for story in newsroom.stories(section, now) if story.updated > story.published]
    assert {live(story) for story in edited} == {True, False}
    for story in edited:
        before = newsroom.find(story.path, story.updated - timedelta(seconds=1))
        assert before is not None
        assert before.updated == before.published == story.published
        assert before.text.title != story.text.title
        assert before.text.paragraphs != story.text.paragraphs
        assert before.path == story.path
        shown = newsroom.stories(section, story.updated)
        assert story.text in [each.text for each in shown]  # readers of the document see the edit
        assert newsroom.changed_at(section, story.updated) == story.updated


def test_a_withdrawn_story_leaves_the_document_and_no_older_one_returns(
    newsroom: Newsroom, now: datetime
) -> None:
    planned = [story for story in newsroom.stories(Section.NEWS, now) if story.withdrawn_at is not None]
    assert planned
    for story in planned:
        assert story.withdrawn_at is not None
        just_before = story.withdrawn_at - timedelta(microseconds=1)
        before = newsroom.stories(Section.NEWS, just_before)
        after = newsroom.stories(Section.NEWS, story.withdrawn_at)
        assert [each for each in before if each.number == story.number]
        arrived = {each.number for each in after} - {each.number for each in before}
        assert story.number not in {each.number for each in after}
        assert all(newest.published == story.withdrawn_at for newest in after if newest.number in arrived)
        assert newsroom.changed_at(Section.NEWS, story.withdrawn_at) == story.withdrawn_at
        assert not story.withdrawn(just_before)
        assert story.withdrawn(story.withdrawn_at)


def test_the_wire_carries_about_half_of_news_and_logistik(newsroom: Newsroom, now: datetime) -> None:
    wire = newsroom.stories(Section.WIRE, now)
    assert len({story.number for story in wire}) == len(wire)
    for origin in (Section.NEWS, Section.LOGISTIK):
        own = {story.number: story for story in newsroom.stories(origin, now)}
        carried = [story for story in wire if story.section is origin]
        assert 0.25 * len(own) <= len(carried) <= 0.75 * len(own)
        for story in carried:
            assert story.path == own[story.number].path
            assert story.published > own[story.number].published
            assert story.withdrawn_at is None
    assert sum(story.section is Section.WIRE for story in wire) == SHOWN
    assert {story.section for story in wire} == {Section.WIRE, Section.NEWS, Section.LOGISTIK}


@pytest.mark.parametrize("section", SECTIONS)
def test_a_document_that_changes_says_so(section: Section, newsroom: Newsroom, now: datetime) -> None:
    ticks = [now + timedelta(seconds=5 * tick) for tick in range(61)]
    shown = [newsroom.stories(section, at) for at in ticks]
    changes = [then for at, then in pairwise(range(61)) if shown[at] != shown[then]]
    assert changes
    for then in changes:
        assert ticks[then - 1] < newsroom.changed_at(section, ticks[then]) <= ticks[then]


def test_kadang_sibuk_is_busy_in_each_fourth_minute(newsroom: Newsroom, now: datetime) -> None:
    minutes = [newsroom.busy(Section.KADANG_SIBUK, now + timedelta(minutes=m)) for m in range(8)]
    assert sorted(minutes) == [False] * 6 + [True] * 2
    assert minutes[:4] == minutes[4:]
    assert not any(newsroom.busy(Section.NEWS, now + timedelta(minutes=m)) for m in range(8))


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("/berita/1371100/lain-judul", id="another slug"),
        pytest.param("/berita/137110/", id="no slug"),
        pytest.param("/berita/1371107/x", id="no such section"),
        pytest.param("/berita/999999999990/x", id="far in the future"),
        pytest.param("/berita/9999999999990/x", id="absurdly long"),
        pytest.param("/berita/-10/x", id="negative"),
        pytest.param("/lain/", id="elsewhere"),
    ],
)
def test_there_is_no_story_at_other_addresses(path: str, newsroom: Newsroom, now: datetime) -> None:
    assert newsroom.find(path, now) is None


def test_a_story_has_no_page_before_it_is_out(newsroom: Newsroom, now: datetime) -> None:
    story = newsroom.stories(Section.NEWS, now)[0]
    assert newsroom.find(story.path, story.published) is not None
    assert newsroom.find(story.path, story.published - timedelta(seconds=1)) is None


def test_nothing_is_older_than_the_newsroom() -> None:
    newsroom = Newsroom()
    for section in SECTIONS:
        assert newsroom.stories(section, OPENED - timedelta(days=1)) == []
        assert newsroom.changed_at(section, OPENED - timedelta(days=1)) == OPENED
    assert len(newsroom.stories(Section.NEWS, datetime(2020, 1, 1, 1, tzinfo=UTC))) > SHOWN_LIVE
