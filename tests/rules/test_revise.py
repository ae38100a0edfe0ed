"""New, changed or the same (docs/timestamps.md, rule 11)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from aggregator.model.item import Claim, Enclosure, Origin, ParsedItem, Text
from aggregator.rules.revise import MOST_REVISIONS, content_hash, raw_hash, revise, visible
from tests.making import BESIDE, NOW, an_item

LATER = NOW + timedelta(hours=3)


def hash_of(title: str, summary: str, content: str) -> str:
    return content_hash(an_item(title=title, summary=summary, content=content))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("Isi berita", "  isi\n BERITA ", id="case and spacing"),
        pytest.param("<p>Isi</p>", "Isi", id="markup"),
        pytest.param("Isi 12 komentar", "Isi 1.204 komentar", id="comments counter"),
        pytest.param("Isi 3 views", "Isi 4 views", id="views"),
        pytest.param("Isi 2 jam yang lalu", "Isi 3 jam yang lalu", id="relative label"),
        pytest.param("Isi 1 hour ago", "Isi 2 hours ago", id="English label"),
        pytest.param(
            '<a href="https://k.id/a?utm_x=1">Isi</a>', '<a href="https://k.id/a">Isi</a>', id="tracking"
        ),
        pytest.param("https://k.id/a?s=1 Isi", "https://k.id/a?s=2 Isi", id="query of a visible link"),
    ],
)
def test_what_a_reader_would_not_notice_does_not_count(one: str, other: str) -> None:
    assert hash_of("t", "", one) == hash_of("t", "", other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("12 kapal", "13 kapal"), ("Kapal tiba", "Kapal pergi"), ("https://k.id/a", "https://k.id/b")],
)
def test_what_a_reader_would_notice_counts(one: str, other: str) -> None:
    assert hash_of("t", "", one) != hash_of("t", "", other)


def test_title_summary_and_content_are_told_apart() -> None:
    assert hash_of("a", "b", "") != hash_of("a", "", "b") != hash_of("ab", "", "")


def test_any_difference_in_what_is_claimed_shows_in_the_raw_hash() -> None:
    item = ParsedItem(id="1", dates=(Claim(origin=Origin.TEXT, text="2 hours ago"),))
    assert raw_hash(item) == raw_hash(replace(item))
    assert raw_hash(item) != raw_hash(replace(item, dates=(Claim(origin=Origin.TEXT, text="3 hours ago"),)))


def test_a_change_moves_updated_to_now_and_nothing_else_of_ours() -> None:
    old = an_item()
    new = an_item(content="<p>Isi yang lain.</p>", published=LATER, first_seen=LATER)
    revised = revise(old, new, now=LATER)
    assert revised.content == new.content
    assert (revised.first_seen, revised.dates.published) == (old.first_seen, old.dates.published)
    assert (revised.dates.updated, revised.revisions) == (LATER, 1)
    assert visible(old, revised)


def test_the_source_s_own_instant_of_the_change_is_taken_where_it_can_be_true() -> None:
    claimed = NOW + timedelta(hours=1)
    new = an_item(content="<p>Lain.</p>")
    new = replace(new, dates=replace(new.dates, updated=claimed))
    assert revise(an_item(), new, now=LATER).dates.updated == claimed
    ahead = replace(new, dates=replace(new.dates, updated=LATER + timedelta(hours=1)))
    assert revise(an_item(), ahead, now=LATER).dates.updated == LATER


def test_a_label_that_reads_a_little_later_is_no_instant_of_a_change() -> None:
    read_anew = NOW + timedelta(minutes=4)
    new = an_item(content="<p>Lain.</p>", published=read_anew)
    assert revise(an_item(), new, now=LATER).dates.updated == LATER


def test_a_re_dated_item_with_the_same_text_stays_where_it_was() -> None:
    old = an_item()
    new = replace(an_item(published=LATER), raw_hash="other")
    revised = revise(old, new, now=LATER)
    assert revised.dates == old.dates
    assert revised.raw_hash == "other"
    assert not visible(old, revised)


def test_a_new_enclosure_shows_without_moving_updated() -> None:
    old = an_item()
    revised = revise(old, an_item(enclosures=(Enclosure(url="https://k.id/a.mp3"),)), now=LATER)
    assert revised.dates == old.dates
    assert visible(old, revised)


@pytest.mark.parametrize("name", sorted(BESIDE.keys() - {"comments_count"}))
def test_what_comes_beside_the_news_shows_without_moving_updated(name: str) -> None:
    old, more = an_item(), {name: BESIDE[name]}
    assert raw_hash(ParsedItem()) != raw_hash(ParsedItem(**more))
    revised = revise(old, an_item(**more), now=LATER)
    assert getattr(revised, name) == BESIDE[name]
    assert (revised.dates, revised.revisions) == (old.dates, old.revisions)
    assert visible(old, revised)


def test_how_many_comments_there_are_is_taken_along_and_is_no_change() -> None:
    assert raw_hash(ParsedItem(comments_count=3)) == raw_hash(ParsedItem(comments_count=4))
    old = an_item(comments_count=3)
    revised = revise(old, an_item(comments_count=4), now=LATER)
    assert (revised.comments_count, revised.dates) == (4, old.dates)
    assert not visible(old, revised)


def test_an_item_with_nothing_beside_the_news_has_the_hash_that_it_always_had() -> None:
    parsed = ParsedItem(id="1", title=Text(value="Kapal"), categories=("laut",))
    assert raw_hash(parsed) == "74518a108dfbb9412310577ad982a6af"


def test_updated_never_goes_back_and_moves_a_bounded_number_of_times() -> None:
    item = an_item()
    for turn in range(MOST_REVISIONS + 3):
        before = item.dates.updated
        item = revise(item, an_item(content=f"<p>Isi ke-{turn} .</p>"), now=NOW + timedelta(minutes=turn))
        assert item.dates.updated >= before
    assert item.revisions == MOST_REVISIONS
    assert item.dates.updated == NOW + timedelta(minutes=MOST_REVISIONS - 1)


def test_a_clock_set_back_does_not_take_updated_along() -> None:
    old = replace(an_item(), dates=replace(an_item().dates, updated=LATER))
    assert revise(old, an_item(content="<p>Lain.</p>"), now=NOW).dates.updated == LATER
