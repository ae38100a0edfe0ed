"""What else an item is known by, and whether one of an unknown name is an old one (docs/duplicates.md, A)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.rules.aliases import (
    NEAR,
    Kind,
    aliases,
    burials,
    key_alias,
    reminders,
    url_alias,
)
from aggregator.rules.aliases import (
    same_item as same_as_named,
)
from aggregator.rules.similarity import LEAST_WORDS
from tests.making import NOW, an_item

if TYPE_CHECKING:
    from aggregator.model.item import Item

HOUR = timedelta(hours=1)
LONG = " ".join(f"kata{number}" for number in range(100))


def same_item(new: Item, named: dict[int, list[Item]], present: set[str]) -> Item | None:
    return same_as_named(new, aliases(new), named, present)


def a_post(upstream_id: str = "", *, source: str = "antara", **changes: Any) -> Item:
    """Return an item that has no name but those of the test: no link, no address, no title."""
    item = an_item(source, f"id:{upstream_id}", link="", title="", content="", summary="")
    return replace(item, upstream_id=upstream_id, **changes)


def numbers(item: Item, kind: Kind) -> set[int]:
    """Return the numbers of the aliases of ``item`` that are of this kind."""
    return {alias.number for alias in aliases(item) if alias.kind is kind}


def archive(*items: Item) -> dict[int, list[Item]]:
    """Return ``items`` by the numbers of their aliases, the newest first, as a store answers."""
    named: dict[int, list[Item]] = {}
    for item in reversed(items):
        for alias in aliases(item):
            named.setdefault(alias.number, []).append(item)
    return named


class TestNames:
    def test_an_id_keeps_its_path_when_scheme_and_host_change(self) -> None:
        old, new = a_post("http://k.id/2024/kapal?s=1"), a_post("https://www.k.id/2024/kapal?s=1")
        assert len(numbers(old, Kind.PATH)) == 1
        assert numbers(old, Kind.PATH) == numbers(new, Kind.PATH)
        assert numbers(old, Kind.PATH).isdisjoint(numbers(a_post("https://k.id/2024/kapal?s=2"), Kind.PATH))

    @pytest.mark.parametrize(
        "upstream_id",
        ["", "12", "urn:uuid:12", "ftp://k.id/12", "https://k.id", "https://k.id/", "http://[k.id/12", "/12"],
    )
    def test_an_id_that_is_no_address_of_a_document_has_no_path(self, upstream_id: str) -> None:
        assert numbers(a_post(upstream_id), Kind.PATH) == set()

    def test_the_number_of_a_post_is_the_same_in_an_id_and_in_a_link(self) -> None:
        by_id = a_post("https://k.id/?p=12")
        by_link = a_post("x", link="http://baru.id/?utm_source=rss&p=12")
        assert len(numbers(by_id, Kind.POST)) == 1
        assert numbers(by_id, Kind.POST) == numbers(by_link, Kind.POST)
        assert numbers(by_id, Kind.POST).isdisjoint(numbers(a_post("https://k.id/?p=13"), Kind.POST))

    @pytest.mark.parametrize(
        "upstream_id",
        [
            pytest.param("https://k.id/berita?p=12", id="the page of a listing"),
            pytest.param("https://k.id/?page=12", id="another parameter"),
            pytest.param("https://k.id/?p=kapal", id="a word"),
            pytest.param("https://k.id/?p=²", id="a digit that is none in ASCII"),
            pytest.param("https://k.id/?p=", id="nothing"),
            pytest.param(f"https://k.id/?p=12&x={'a' * 200}", id="too long for a short link"),
        ],
    )
    def test_not_everything_with_a_question_mark_is_the_number_of_a_post(self, upstream_id: str) -> None:
        assert numbers(a_post(upstream_id), Kind.POST) == set()

    def test_a_title_is_a_name_whatever_its_dress(self) -> None:
        assert numbers(a_post("1", title="Kapal <b>TIBA</b>"), Kind.TITLE) == numbers(
            a_post("2", title="kapal  tiba"), Kind.TITLE
        )
        assert numbers(a_post("1"), Kind.TITLE) == set()

    def test_former_names_stay_names(self) -> None:
        former = ("id:https://k.id/?p=12", "url:https://k.id/lama", "text:abc")
        item = a_post("https://k.id/baru", canonical_url="https://k.id/baru", former_keys=former)
        assert numbers(item, Kind.KEY) == {key_alias("antara", key).number for key in former}
        assert numbers(item, Kind.URL) == {
            url_alias("https://k.id/baru").number,
            url_alias("https://k.id/lama").number,
        }
        assert numbers(item, Kind.POST) == numbers(a_post("https://k.id/?p=12"), Kind.POST)
        assert len(numbers(item, Kind.PATH)) == 2

    def test_an_address_means_the_same_in_every_source_and_nothing_else_does(self) -> None:
        named: dict[str, Any] = {
            "title": "Kapal",
            "canonical_url": "https://k.id/12",
            "former_keys": ("id:old",),
        }
        mine = aliases(a_post("https://k.id/?p=12", **named))
        theirs = aliases(a_post("https://k.id/?p=12", source="kawat", **named))
        assert [alias.kind for alias in mine] == [Kind.KEY, Kind.URL, Kind.PATH, Kind.POST, Kind.TITLE]
        assert [alias.kind for alias in set(mine) & set(theirs)] == [Kind.URL]

    @given(st.text(), st.text(), st.text())
    def test_any_text_makes_numbers_of_64_bits_each_once(
        self, upstream_id: str, link: str, title: str
    ) -> None:
        found = aliases(a_post(upstream_id, link=link, title=title, canonical_url=link))
        assert len(set(found)) == len(found)
        assert all(-(2**63) <= alias.number < 2**63 for alias in found)

    @given(st.sampled_from(["http://k.id/", "https://k.id/?p=", "k", ""]), st.text())
    def test_an_item_is_found_by_every_name_of_its_own(self, start: str, rest: str) -> None:
        """Nothing that a source can write makes an item miss itself under another key."""
        old = an_item(key="id:old", upstream_id=start + rest, canonical_url="https://k.id/a", title=rest)
        assert same_item(replace(old, key="id:new"), archive(old), set()) == old


class TestRecognition:
    def test_an_equal_address_says_that_it_is_the_same(self) -> None:
        old = a_post("1", canonical_url="https://k.id/a", title="Lama")
        new = a_post("2", canonical_url="https://k.id/a", title="Baru")
        assert same_item(new, archive(old), set()) == old

    def test_what_the_document_still_names_is_another_one(self) -> None:
        old = a_post("1", canonical_url="https://k.id/a")
        assert same_item(a_post("2", canonical_url="https://k.id/a"), archive(old), {"id:1"}) is None

    def test_an_item_of_another_source_is_another_one(self) -> None:
        old = a_post("1", source="kawat", canonical_url="https://k.id/a")
        assert same_item(a_post("2", canonical_url="https://k.id/a"), archive(old), set()) is None

    def test_the_surest_name_decides(self) -> None:
        by_url = a_post("1", canonical_url="https://k.id/a", title="Kapal")
        by_post = a_post("https://k.id/?p=12", title="Kapal")
        new = a_post("http://k.id/?p=12", canonical_url="https://k.id/a", title="Kapal")
        assert same_item(new, archive(by_url, by_post), set()) == by_url
        assert same_item(new, archive(by_post), set()) == by_post

    @pytest.mark.parametrize(
        ("changes", "same"),
        [
            pytest.param({"link": "https://k.id/kapal"}, True, id="the host of its link stays"),
            pytest.param({"link": "https://www.k.id/lain"}, True, id="www is no other host"),
            pytest.param({"link": "https://baru.id/lama"}, True, id="the path of its link stays"),
            pytest.param({"link": "https://baru.id/lain", "title": "KAPAL"}, True, id="its title stays"),
            pytest.param({"link": "https://baru.id/lain"}, False, id="nothing else stays"),
            pytest.param({"link": "https://baru.id/"}, False, id="a front page is no path"),
            pytest.param({}, False, id="no link"),
        ],
    )
    def test_the_number_of_a_post_needs_a_witness(self, changes: dict[str, Any], *, same: bool) -> None:
        """Sites that share a source number their posts alike."""
        old = a_post("https://k.id/?p=12", link="https://k.id/lama", title="Kapal")
        new = a_post("https://baru.id/?p=12", **{"title": "Lain", **changes})
        assert (same_item(new, archive(old), set()) == old) is same

    def test_a_proxy_that_sites_share_is_no_witness(self) -> None:
        old = a_post("https://k.id/?p=12", link="https://proxy.id/~r/1", title="Kapal")
        new = a_post("https://lain.id/?p=12", link="https://proxy.id/~r/2", title="Banjir")
        assert same_item(new, archive(old), set()) is None

    def test_links_are_witnesses_where_ids_name_no_host(self) -> None:
        old = a_post("a", link="https://k.id/?p=12", title="Kapal")
        new = a_post("b", link="http://www.k.id/?p=12", title="Kapal karam")
        assert same_item(new, archive(old), set()) == old

    @pytest.mark.parametrize(
        ("apart", "words", "text", "same"),
        [
            pytest.param(NEAR, 100, LONG, True, id="two days, the same text"),
            pytest.param(-NEAR, 100, LONG, True, id="dated back"),
            pytest.param(NEAR + timedelta(seconds=1), 100, LONG, False, id="more than two days"),
            pytest.param(
                0 * HOUR, LEAST_WORDS, " ".join(LONG.split()[:LEAST_WORDS]), True, id="just long enough"
            ),
            pytest.param(
                0 * HOUR, LEAST_WORDS - 1, " ".join(LONG.split()[: LEAST_WORDS - 1]), False, id="a teaser"
            ),
            pytest.param(0 * HOUR, 100, LONG + " dan satu lagi", True, id="a little more"),
            pytest.param(0 * HOUR, 100, LONG + " " + " ".join(LONG.split()[:20:-1]), False, id="much more"),
        ],
    )
    def test_a_title_needs_its_text_and_its_time(
        self, apart: timedelta, words: int, text: str, *, same: bool
    ) -> None:
        old = an_item(key="id:1", content=" ".join(LONG.split()[:words]))
        new = an_item(key="id:2", content=text, published=NOW + apart)
        assert (same_item(new, archive(old), set()) == old) is same

    def test_of_several_of_one_title_the_one_with_the_text_is_meant(self) -> None:
        right = an_item(key="id:1", content=LONG)
        wrong = an_item(key="id:2", content=" ".join(reversed(LONG.split())))
        assert same_item(an_item(key="id:3", content=LONG), archive(right, wrong), set()) == right

    def test_a_form_that_is_filled_in_anew_is_another_item(self) -> None:
        """The price of gold, day by day: one title, nine tenths of one text."""
        words = LONG.split()
        texts = [
            " ".join([*words, "harga", price, "rupiah", *reversed(words)]) for price in ("1.495", "1.512")
        ]
        old, new = (an_item(key=f"id:{number}", content=text) for number, text in enumerate(texts))
        assert same_item(new, archive(old), set()) is None
        grown = replace(old, key="id:2", content=f"{old.content} kata penutup")
        assert same_item(grown, archive(old), set()) == old


def is_buried(item: Item, buried: list[int]) -> bool:
    return not set(reminders(item)).isdisjoint(buried)


class TestBurials:
    def test_a_key_says_so_for_sure(self) -> None:
        buried = burials(an_item(key="id:1", former_keys=("id:0",)))
        assert is_buried(an_item(key="id:1", title="Lain"), buried)
        assert is_buried(an_item(key="id:0", title="Lain"), buried)
        assert not is_buried(an_item(key="id:2", title="Lain"), buried)
        assert not is_buried(an_item("kawat", "id:1"), buried)

    @pytest.mark.parametrize(
        "changes", [{"canonical_url": "https://k.id/a", "title": "Lain"}, {"canonical_url": ""}]
    )
    def test_an_address_and_a_text_only_of_what_looks_old(self, changes: dict[str, Any]) -> None:
        buried = burials(an_item(key="id:1", canonical_url="https://k.id/a"))
        again = an_item(key="id:2", **changes)
        assert not is_buried(again, buried)
        assert is_buried(replace(again, suspect=True), buried)

    def test_another_text_without_an_address_is_not_buried(self) -> None:
        buried = burials(an_item(key="id:1"))
        assert not is_buried(an_item(key="id:2", title="Lain", suspect=True), buried)
