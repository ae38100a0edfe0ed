"""What the pages say of a story's copies, its relatives, its past and its end, and of what is held back."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from aggregator.model.item import Item, Joined, JoinedBy
from aggregator.model.story import Decision, DecisionKind, Ground, Relation, Story
from aggregator.web.history import MOST_EVENTS
from aggregator.web.words import ENGLISH, INDONESIAN, Words
from tests.web.markup import HOSTILE, Elements
from tests.web.newsroom import NOW, make_item, make_story

if TYPE_CHECKING:
    from datetime import datetime

    from tests.web.newsroom import Newsroom

HOUR = timedelta(hours=1)
SATU = "tag:feeds.example.id,2024-01-01:satu"


def a_joined(item: Item, by: JoinedBy = JoinedBy.URL, detail: str = "", other: str = "pelabuhan") -> Item:
    how = Joined(by=by, source=other, key="id:1", settled=True, leads=False, detail=detail)
    return replace(item, joined=how)


def a_decision(kind: DecisionKind, *, at: datetime = NOW, **changes: Any) -> Decision:
    fields: dict[str, Any] = {"story": SATU, "at": at, "kind": kind, "source": "kawat", "key": "id:1"}
    return Decision(**(fields | changes))


def a_relation(title: str = "Kapal sandar", **changes: Any) -> Relation:
    fields: dict[str, Any] = {
        "story": "tag:feeds.example.id,2024-01-01:dua", "slug": "dua", "title": title,
        "link": "https://kawat.example.id/dua/", "source": "kawat", "likeness": 0.71,
        "reason": "texts: 0.71 alike, under 0.85",
    }  # fmt: skip
    return Relation(**(fields | changes))


def change(newsroom: Newsroom, **changes: Any) -> Story:
    """Change the first story."""
    newsroom.store.stories[0] = replace(newsroom.store.stories[0], **changes)
    return newsroom.store.stories[0]


# The end of a story


@pytest.mark.parametrize(("language", "words"), [("id", INDONESIAN), ("en", ENGLISH)])
def test_a_story_that_was_out_and_is_deleted_is_gone(newsroom: Newsroom, language: str, words: Words) -> None:
    newsroom.site = replace(newsroom.site, language=language)
    change(newsroom, deleted_at=NOW, taken_down=True)
    response = newsroom.ask("/items/satu")
    assert response.status_code == 410
    assert words.gone in response.text
    assert words.gone_how in response.text
    assert "Isi kabar" not in response.text
    assert "Kapal tiba" not in response.text
    assert response.headers["content-security-policy"].startswith("default-src 'none'")
    assert response.headers["cache-control"] == "no-store"
    assert newsroom.ask("/items/satu", "HEAD").status_code == 410


def test_what_was_never_out_is_not_said_to_have_been(newsroom: Newsroom) -> None:
    change(newsroom, deleted_at=NOW, out_at=None)
    assert newsroom.ask("/items/satu").status_code == 404


# Copies


def test_a_withdrawn_copy_is_said_to_be_so_and_not_linked(newsroom: Newsroom) -> None:
    [copy] = newsroom.store.stories[0].others
    change(newsroom, others=(replace(copy, withdrawn_at=NOW),))
    page = newsroom.ask("/items/satu").text
    assert copy.link not in page
    assert "<li>Kawat Nusantara (ditarik sumbernya pada Rabu, 20 November 2024 16.30 WIB)</li>" in page


def test_a_withdrawn_copy_lends_no_category_to_lists(newsroom: Newsroom) -> None:
    [copy] = newsroom.store.stories[0].others
    chip = '<a class="chip" href="/c/news/">'
    assert newsroom.ask("/items/satu").text.count(chip) == 1
    change(newsroom, others=(replace(copy, withdrawn_at=NOW),))
    assert chip not in newsroom.ask("/items/satu").text


@pytest.mark.parametrize(
    ("language", "by", "detail", "words"),
    [
        ("en", JoinedBy.URL, "https://a.example.id/x",
         "Kawat Nusantara brought it, too, under the same address as Kabar Pelabuhan."),
        ("en", JoinedBy.ID, SATU, "Kawat Nusantara brought it, too, with the same id as Kabar Pelabuhan."),
        ("en", JoinedBy.TEXT, "texts 0.91 alike, titles 0.80",
         "in nearly the same words as Kabar Pelabuhan (91% of the text alike)."),
        ("id", JoinedBy.TEXT, "texts 0.91 alike, titles 0.80",
         "dengan kata-kata yang hampir sama dengan Kabar Pelabuhan (91% teksnya sama)."),
        ("en", JoinedBy.TEXT, "", "in nearly the same words as Kabar Pelabuhan."),
    ],
)  # fmt: skip
def test_how_a_copy_came_in_is_told(
    newsroom: Newsroom, language: str, by: JoinedBy, detail: str, words: str
) -> None:
    newsroom.site = replace(newsroom.site, language=language)
    [copy] = newsroom.store.stories[0].others
    change(newsroom, others=(a_joined(copy, by, detail),))
    assert words in newsroom.ask("/items/satu").text


# Relatives


def test_related_stories_are_linked_here_with_how_alike_they_are(newsroom: Newsroom) -> None:
    assert "Terkait" not in newsroom.ask("/items/satu").text
    newsroom.store.related[SATU] = [a_relation()]
    page = newsroom.ask("/items/satu").text
    assert '<h2 class="rubric">Terkait</h2>' in page
    assert '<a href="/items/dua" dir="auto">Kapal sandar</a>' in page
    assert "<small>Kawat Nusantara · 71% teksnya sama</small>" in page
    newsroom.site = replace(newsroom.site, language="en", base_url="https://example.id/kabar")
    page = newsroom.ask("/items/satu").text
    assert '<h2 class="rubric">Related</h2>' in page
    assert '<a href="/kabar/items/dua" dir="auto">Kapal sandar</a>' in page
    assert "<small>Kawat Nusantara · 71% of the text alike</small>" in page


def test_a_related_story_without_a_title_is_called_by_its_address(newsroom: Newsroom) -> None:
    newsroom.store.related[SATU] = [a_relation(""), a_relation("", link="javascript:x", slug="tiga")]
    page = newsroom.ask("/items/satu").text
    assert '<a href="/items/dua" dir="auto">kawat.example.id/dua/</a>' in page
    assert '<a href="/items/tiga" dir="auto">Kawat Nusantara</a>' in page


# What was decided


def test_both_languages_have_words_for_all_that_is_decided() -> None:
    for words in (ENGLISH, INDONESIAN):
        assert set(words.decided) == set(DecisionKind)
        assert set(words.joined) == set(JoinedBy)
        assert set(words.grounds) == set(Ground)


@pytest.mark.parametrize("kind", DecisionKind)
@pytest.mark.parametrize(("language", "words"), [("id", INDONESIAN), ("en", ENGLISH)])
def test_every_decision_is_told(newsroom: Newsroom, language: str, words: Words, kind: DecisionKind) -> None:
    newsroom.site = replace(newsroom.site, language=language)
    newsroom.store.decided[SATU] = [a_decision(kind), a_decision(kind, detail=Ground.PAGE_GONE)]
    page = newsroom.ask("/items/satu").text
    said = words.decided[kind].format(source="Kawat Nusantara")
    assert f"{said}.</li>" in page
    assert f"{said}: {words.grounds[Ground.PAGE_GONE]}.</li>" in page
    assert f'<summary><h2 class="rubric">{words.history}</h2></summary>' in page


def test_what_happened_stands_in_its_order_with_its_dates(newsroom: Newsroom) -> None:
    [copy] = newsroom.store.stories[0].others
    change(newsroom, others=(a_joined(replace(copy, first_seen=NOW - 2 * HOUR)),))
    newsroom.store.decided[SATU] = [
        a_decision(DecisionKind.HELD, at=NOW - 3 * HOUR),
        a_decision(DecisionKind.WITHDRAWN, at=NOW - HOUR),
        a_decision(DecisionKind.PROMOTED, at=NOW - HOUR),
    ]
    page = newsroom.ask("/items/satu").text
    events = re.findall(r'<li><time datetime="([^"]+)"[^>]*>[^<]+</time><br>(.{8})', page)
    assert events == [
        ("2024-11-20T06:30:00Z", "Ditahan "),
        ("2024-11-20T07:30:00Z", "Kawat Nu"),
        ("2024-11-20T08:30:00Z", "Kawat Nu"),
        ("2024-11-20T08:30:00Z", "Sejak sa"),
    ]


def test_a_story_to_which_nothing_happened_has_no_past(newsroom: Newsroom) -> None:
    assert "<details>" not in newsroom.ask("/items/satu").text


def test_of_a_long_past_the_newest_is_told(newsroom: Newsroom) -> None:
    newsroom.store.decided[SATU] = [
        a_decision(DecisionKind.EDITED, at=NOW + number * HOUR, detail=f"nomor {number}")
        for number in range(MOST_EVENTS + 5)
    ]
    page = newsroom.ask("/items/satu").text
    assert page.count("nomor") == MOST_EVENTS
    assert "nomor 4." not in page
    assert f"nomor {MOST_EVENTS + 4}." in page


def test_what_sources_write_is_never_markup_in_the_past_either(newsroom: Newsroom) -> None:
    [copy] = newsroom.store.stories[0].others
    withdrawn = replace(make_item("usil", "A", NOW), withdrawn_at=NOW)
    change(newsroom, others=(a_joined(copy, JoinedBy.TEXT, HOSTILE, other=HOSTILE), withdrawn))
    state = newsroom.store.source_states["kawat"]
    for name in ("kawat", "usil"):
        newsroom.store.source_states[name] = replace(state, id=name, title=f"{{0}} {HOSTILE} {{source}}")
    newsroom.store.related[SATU] = [
        a_relation(HOSTILE, slug='x"><script>', link="javascript:alert(1)", source=HOSTILE, reason=HOSTILE)
    ]
    newsroom.store.decided[SATU] = [a_decision(kind, detail=HOSTILE) for kind in DecisionKind]
    page = newsroom.ask("/items/satu").text
    elements = Elements(page)
    assert not elements.all("script")
    assert not any("onerror" in attributes for _, attributes in elements.found)
    assert not any(
        attributes.get("href", "").startswith(("javascript:", "data:")) for _, attributes in elements.found
    )
    assert page.count("alert(1)") > len(DecisionKind)  # shown, as text
    assert {"href": "/items/x%22%3E%3Cscript%3E", "dir": "auto"} in elements.all("a")


# What is held back


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_status_page_says_what_is_held_back_and_how_to_let_it_out(
    newsroom: Newsroom, language: str
) -> None:
    newsroom.site = replace(newsroom.site, language=language)
    assert "aggregator release" not in newsroom.ask("/status").text
    assert len(Elements(newsroom.ask("/status").text).all("dt")) == 4
    newsroom.store.held_back = {"kawat": 23, "ruang": 4, "tiada": 9}
    page = newsroom.ask("/status").text
    rows = re.findall(r'<tr role="row" class="is-\w+">(.*?)</tr>', page, re.DOTALL)
    for row, source, count in ((rows[0], "kawat", 23), (rows[2], "ruang", 4)):
        assert f"<code>aggregator release {source}</code>" in row
        assert re.search(rf"\b{count}\b", row)
    assert "aggregator release" not in rows[1]
    words = ENGLISH if language == "en" else INDONESIAN
    assert f'<dt>{words.held}</dt><dd class="bad">27</dd>' in page


def test_held_stories_are_said_beside_what_else_is_wrong_with_a_source(newsroom: Newsroom) -> None:
    newsroom.store.held_back = {"kawat": 1}
    row = newsroom.ask("/status").text.partition('class="is-bad"')[2].partition("</tr>")[0]
    assert row.index("status 503 from kawat.example.id") < row.index("aggregator release kawat")


def test_a_story_that_came_back_has_its_page_again(newsroom: Newsroom) -> None:
    [copy] = newsroom.store.stories[0].others
    story = make_story("satu", replace(copy, leads_since=NOW), updated=NOW)
    newsroom.store.stories[0] = story
    newsroom.store.decided[SATU] = [a_decision(DecisionKind.NAMED_AGAIN)]
    page = newsroom.ask("/items/satu")
    assert page.status_code == 200
    assert "Kawat Nusantara memuatnya lagi." in page.text
