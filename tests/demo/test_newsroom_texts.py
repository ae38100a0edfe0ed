from __future__ import annotations

import re
from collections import Counter
from datetime import datetime, timedelta

import pytest

from aggregator.demo.newsroom import OPENED, SECTIONS, WIB, Newsroom, Section
from aggregator.demo.texts import RANGES, compose, desk, revise

PORTAL = (Section.NEWS, Section.LOGISTIK, Section.RUANG_SUJUD, Section.SPORTECHMENT)
AT = datetime(2024, 11, 20, 14, 30, tzinfo=WIB)


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_has_enough_to_tell(section: Section) -> None:
    assert len(desk(section).stories) >= (25 if section in PORTAL else 12)


@pytest.mark.parametrize("section", SECTIONS)
def test_every_title_draws_on_a_pool_so_that_it_comes_back_different(section: Section) -> None:
    pools = desk(section).pools
    for story in desk(section).stories:
        placeholders = {name.rstrip("0123456789").lower() for name in re.findall(r"{(\w+)}", story["title"])}
        assert placeholders & set(pools), story["title"]


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("stream", [0, 1])
def test_every_template_is_filled_once_before_one_comes_back(section: Section, stream: int) -> None:
    count = len(desk(section).stories)
    texts = [compose(section, seed=3, stream=stream, index=index, at=AT) for index in range(count)]
    assert len({text.paragraphs[0] for text in texts}) == count
    for text in texts:
        words = " ".join((text.title, text.lead, *text.paragraphs))
        assert "{" not in words
        assert "}" not in words
        assert 2 <= len(text.paragraphs) <= 4
        assert len(words.split()) >= 48
        assert text.author
        assert text.tags


def test_some_stories_are_english() -> None:
    languages = Counter(story.get("language", "id") for each in SECTIONS for story in desk(each).stories)
    assert languages["id"] > languages["en"] > 10


def test_the_same_arguments_give_the_same_words_and_another_seed_others() -> None:
    first = compose("news", seed=1, stream=0, index=42, at=AT)
    assert first == compose("news", seed=1, stream=0, index=42, at=AT)
    assert first.title != compose("news", seed=2, stream=0, index=42, at=AT).title


def test_a_revision_changes_title_and_text_but_not_who_wrote_it() -> None:
    text = compose("ruang-sujud", seed=1, stream=0, index=3, at=AT)
    revised = revise(text, "ruang-sujud", seed=1, index=3, at=AT)
    assert revised.title.endswith(f": {text.title}")
    assert revised.paragraphs[1:] == text.paragraphs
    assert "{" not in revised.paragraphs[0]
    assert (revised.author, revised.tags) == (text.author, text.tags)


def test_an_english_story_is_revised_in_english() -> None:
    stories = (compose("news", seed=1, stream=0, index=index, at=AT) for index in range(60))
    text = next(story for story in stories if story.language == "en")
    assert revise(text, "news", seed=1, index=3, at=AT).title.startswith(("Update: ", "Correction: "))


def test_pools_do_not_shadow_numbers() -> None:
    for section in SECTIONS:
        assert not set(desk(section).pools) & {*RANGES, "jam", "hari", "day"}


@pytest.mark.parametrize("section", SECTIONS)
def test_no_title_is_shown_twice(section: Section) -> None:
    newsroom = Newsroom(seed=5)
    for hour in range(0, 400, 7):
        titles = [
            story.text.title for story in newsroom.stories(section, OPENED + timedelta(days=90, hours=hour))
        ]
        assert len(set(titles)) == len(titles)
