"""Which item of a source an entry is (docs/duplicates.md, A)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aggregator.model.item import Claim, Origin, ParsedItem, Text
from aggregator.rules.identity import LONGEST_KEY, Identity, identify, plain
from aggregator.rules.urls import Tracking

TRACKING = Tracking.of(["utm_*"])


def entry(guid: str = "", link: str = "", title: str = "", content: str = "", date: str = "") -> ParsedItem:
    return ParsedItem(
        id=guid,
        link=link,
        title=Text(value=title),
        content=Text(value=content),
        dates=(Claim(origin=Origin.PUBLISHED, text=date),) if date else (),
    )


def keys(*entries: ParsedItem) -> list[str | None]:
    return [found.key if found else None for found in identify(entries, TRACKING)]


def test_the_upstream_id_is_the_key() -> None:
    assert keys(entry("a1", "https://k.id/1")) == ["id:a1"]


def test_an_id_used_twice_needs_the_link_beside_it() -> None:
    assert keys(entry("x", "https://k.id/1"), entry("x", "https://k.id/2")) == [
        "id:x link:https://k.id/1",
        "id:x link:https://k.id/2",
    ]


def test_an_id_that_all_entries_share_tells_none_of_them_apart() -> None:
    """With links the links do; without, or with one link for all, the texts do. None is lost."""
    titles = ["Satu", "Dua", "Tiga"]
    linked = keys(*(entry("0", f"https://k.id/{title}", title) for title in titles))
    assert linked == [f"id:0 link:https://k.id/{title}" for title in titles]
    for link in ("", "https://k.id/", "https://k.id/semua"):
        bare = keys(*(entry("0", link, title) for title in titles))
        assert len(set(bare)) == 3
        assert all(key and key.startswith("text:") for key in bare)


def test_an_id_that_is_used_twice_is_nobody_s_own() -> None:
    found = identify([entry("x", "https://k.id/1", "Satu"), entry("x", "https://k.id/2", "Dua")], TRACKING)
    assert [each.own_id for each in found if each] == [False, False]


def test_a_front_page_beside_an_id_that_is_used_twice_tells_it_apart_by_its_address() -> None:
    assert keys(entry("x", "https://k.id/", "Satu"), entry("x", "https://k.id/2", "Dua")) == [
        "id:x link:https://k.id/",
        "id:x link:https://k.id/2",
    ]


def test_an_entry_that_stands_twice_is_one_although_an_id_is_shared() -> None:
    assert keys(entry("0", "", "Satu"), entry("0", "", "Dua"), entry("0", "", "SATU"))[2] is None


def test_without_an_id_the_canonical_url_is_the_key() -> None:
    assert keys(entry("", "http://k.id/1?utm_source=rss")) == ["url:https://k.id/1"]


def test_without_id_and_url_the_text_is_the_key_and_dates_never_are() -> None:
    [first] = keys(entry(title="Kapal  tiba", content="<p>Isi</p>", date="20 Nov 2024"))
    [second] = keys(entry(title="kapal tiba", content="isi", date="21 Nov 2024"))
    [other] = keys(entry(title="kapal tiba", content="lain"))
    assert first == second != other
    assert first is not None
    assert first.startswith("text:")


def test_an_entry_that_repeats_an_earlier_one_has_no_identity() -> None:
    assert keys(entry("x", "https://k.id/1"), entry("x", "https://k.id/1"))[1] is None


def test_a_link_that_different_stories_share_identifies_none_of_them() -> None:
    found = identify(
        [entry("1", "https://pod.id/show", "Satu"), entry("2", "https://pod.id/show", "Dua")], TRACKING
    )
    assert found == [Identity("id:1", "", own_id=True), Identity("id:2", "", own_id=True)]


def test_the_same_story_under_two_ids_keeps_its_link() -> None:
    found = identify(
        [entry("1", "https://k.id/a", "Satu"), entry("2", "https://k.id/a?utm_x=1", "SATU")], TRACKING
    )
    assert [each.canonical_url for each in found if each] == ["https://k.id/a"] * 2


def test_long_ids_and_links_are_bounded_and_still_tell_apart() -> None:
    long = "x" * 10_000
    first, second = keys(entry(long + "1"), entry(long + "2"))
    assert first != second
    assert first is not None
    assert len(first) <= LONGEST_KEY
    [found] = identify([entry("a", f"https://k.id/{long}")], TRACKING)
    assert found is not None
    assert len(found.canonical_url) < 100


def test_plain_drops_markup_case_and_spacing() -> None:
    assert plain(" <b>Kapal</b>\n TIBA<br/>lagi") == "kapal tiba lagi"


@given(
    st.lists(
        st.builds(entry, st.sampled_from(["", "a", "b"]), st.sampled_from(["", "https://k.id/1"]), st.text())
    )
)
def test_keys_are_unique_in_a_document_and_the_same_at_every_look(entries: list[ParsedItem]) -> None:
    found = [each.key for each in identify(entries, TRACKING) if each]
    assert len(found) == len(set(found))
    assert keys(*entries) == keys(*entries)


@given(st.lists(st.text(min_size=1), min_size=2, unique_by=plain), st.booleans())
def test_no_entry_of_another_title_is_ever_lost(titles: list[str], linked: bool) -> None:  # noqa: FBT001 # drawn
    link = "https://k.id/semua" if linked else ""
    found = keys(*(entry("0", link, title) for title in titles))
    assert None not in found
