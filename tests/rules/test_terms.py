"""What a contract makes of a feed and of its entries."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model.feed import Credit, Entry, Extent, Label, Part, Related
from aggregator.model.item import Person
from aggregator.model.partner import Terms
from aggregator.model.story import Story
from aggregator.render.printable import printable_entry
from aggregator.rules import select
from aggregator.rules.terms import cut, filled, mark, variant, variants
from tests.making import BESIDE, NOW, SITE, a_feed, a_partner, an_item

if TYPE_CHECKING:
    from aggregator.model.partner import Partner

FEED = a_feed("logistik", "antara")
UTM = (("utm_source", "warta"), ("utm_medium", "rss feed"))


def whole(**changes: Any) -> Entry:
    """Return an entry that has all that one can have."""
    item = an_item(
        authors=(Person(name="Sari"),),
        image="https://k.id/1.jpg",
        comments="https://k.id/1#comments",
        rights="© Kabar",
        **BESIDE,
    )
    story = Story(id="tag:x", slug="x", published=NOW, updated=NOW, shown=item)
    entry = select.entry(story, site=SITE, sources={}, categories={}, states={})
    credit = Credit(id="x", title="Kawat", feed_url="", home="", link="https://kawat.id/1", updated=NOW)
    other = Related(id="tag:y", page="https://f.id/items/y", title="Lain", link="", likeness=0.4)
    foot = "<p>Sumber: Antara</p>"
    made = replace(entry, categories=(Label(term="Kapal"),), via=(credit,), related=(other,), foot=foot)
    return replace(made, **changes)


class TestVariants:
    def test_stand_on_the_roll_of_the_feed_under_a_name_that_no_address_has(self) -> None:
        made = variant(FEED, a_partner(terms=Terms(extent=Extent.SUMMARY)))
        assert made.name.startswith("logistik~")
        assert (made.roll, made.address, made.extent) == ("logistik", "logistik", Extent.SUMMARY)
        assert (FEED.roll, FEED.address) == ("", "logistik")
        same = ("name", "roll", "extent")
        assert all(
            getattr(made, field.name) == getattr(FEED, field.name)
            for field in fields(FEED)
            if field.name not in same
        )

    def test_equal_terms_make_the_same_feed_whoever_the_partner_is(self) -> None:
        terms = Terms(parts=frozenset({Part.SUMMARY, Part.IMAGE}), delay=timedelta(hours=1))
        one = a_partner("warta", "logistik", "all", terms=terms, link_parameters=UTM)
        other = a_partner("gema", "logistik", terms=terms, link_parameters=(("r", "gema"),))
        assert variant(FEED, one) == variant(FEED, other)
        made = variants([FEED, a_feed("all"), a_feed("news")], [one, other])
        assert [feed.roll for feed in made] == ["logistik", "all"]

    def test_terms_that_come_to_the_same_make_the_same_feed(self) -> None:
        said = Terms(extent=Extent.FULL, parts=frozenset(Part))
        assert variant(FEED, a_partner(terms=said)) == variant(FEED, a_partner())

    @pytest.mark.parametrize(
        "partner",
        [
            a_partner(terms=Terms(extent=Extent.SUMMARY)),
            a_partner(terms=Terms(extent=Extent.NONE)),
            a_partner(terms=Terms(parts=frozenset())),
            a_partner(terms=Terms(parts=frozenset({Part.IMAGE}))),
            a_partner(terms=Terms(delay=timedelta(seconds=1))),
            a_partner(link_parameters=UTM),
        ],
    )
    def test_other_terms_make_another(self, partner: Partner) -> None:
        assert variant(FEED, partner).name != variant(FEED, a_partner()).name

    @pytest.mark.parametrize("of_feed", Extent)
    @pytest.mark.parametrize("of_contract", [None, *Extent])
    def test_show_what_the_contract_says_else_what_the_feed_does(
        self, of_feed: Extent, of_contract: Extent | None
    ) -> None:
        made = variant(replace(FEED, extent=of_feed), a_partner(terms=Terms(extent=of_contract)))
        assert made.extent == (of_contract or of_feed)

    def test_wait_until_they_are_asked_for_as_the_feed_does_but_not_for_time(self) -> None:
        source = replace(FEED, on_demand=True)
        assert variant(source, a_partner()).on_demand
        assert not variant(source, a_partner(terms=Terms(delay=timedelta(hours=1)))).on_demand
        assert not variant(FEED, a_partner()).on_demand

    def test_are_written_down_alike_in_every_process(self) -> None:
        """Their ``repr`` is part of what an edition is made from; that of a set is another each time."""
        made = variant(FEED, a_partner(terms=Terms(parts=frozenset(set(Part) - {Part.ALSO}))))
        assert made.parts == tuple(sorted(set(Part) - {Part.ALSO}))


class TestCut:
    def test_without_a_white_list_nothing_is_left_out(self) -> None:
        assert cut(whole(), None) == whole()
        assert cut(whole(), tuple(Part)) == whole()

    @pytest.mark.parametrize("part", Part)
    def test_each_part_is_something_that_goes(self, part: Part) -> None:
        """And every part by itself."""
        assert cut(whole(), set(Part) - {part}) != whole()
        assert cut(whole(), {part}) != cut(whole(), ())

    def test_what_always_stays(self) -> None:
        entry, bare = whole(), cut(whole(), ())
        always = {"id", "page", "title", "link", "published", "updated", "dates", "source", "original"}
        for field in fields(Entry):
            value = getattr(bare, field.name)
            if field.name in always:
                assert value == getattr(entry, field.name)
            else:
                assert value in ("", (), None), field.name

    def test_the_source_line_stays_below_a_text(self) -> None:
        assert cut(whole(), {Part.SUMMARY}).foot
        assert cut(whole(), {Part.CONTENT}).foot
        assert not cut(whole(), {Part.IMAGE}).foot

    def test_a_story_without_a_title_keeps_the_one_that_its_text_gives(self) -> None:
        assert cut(whole(title=" "), {Part.IMAGE}).title == "Ringkas."


class TestLinks:
    @pytest.mark.parametrize("suffix", ["rss", "atom", "json"])
    @pytest.mark.parametrize(
        ("link", "expected"),
        [
            ("https://k.id/1", "https://k.id/1?utm_source=warta&utm_medium=rss%20feed"),
            ("https://k.id/1#a", "https://k.id/1?utm_source=warta&utm_medium=rss%20feed#a"),
            ("https://k.id/?p=1&q=2", "https://k.id/?p=1&q=2&utm_source=warta&utm_medium=rss%20feed"),
            (
                "https://k.id/?utm_source=k&p=1#a",
                "https://k.id/?p=1&utm_source=warta&utm_medium=rss%20feed#a",
            ),
            (
                "https://k.id/?a=%22%3C&amp;b",
                "https://k.id/?a=%22%3C&amp;b&utm_source=warta&utm_medium=rss%20feed",
            ),
        ],
    )
    def test_get_the_parameters_in_every_format(self, suffix: str, link: str, expected: str) -> None:
        xml = suffix != "json"
        body = document([link, "https://plain.id/"], suffix)
        assert filled(body.replace(b"PLAIN", b""), UTM, escaped=xml) == document_of(expected, suffix)

    def test_a_document_without_marks_stays_as_it_is(self) -> None:
        assert filled(b"<a/>", UTM, escaped=True) == b"<a/>"

    @given(st.text())
    def test_no_text_can_have_the_mark(self, text: str) -> None:
        entry = printable_entry(whole(title=f"{text}\ufdd0", content=f"\ufdd0{text}"), "id")
        assert "\ufdd0" not in repr((entry.title, entry.content)).encode().decode("unicode_escape")


def document(links: list[str], suffix: str) -> bytes:
    marked, plain = mark(links[0]), links[1]
    return _document(marked, plain, suffix)


def document_of(link: str, suffix: str) -> bytes:
    return _document(link, "https://plain.id/", suffix)


def _document(link: str, plain: str, suffix: str) -> bytes:
    if suffix == "json":
        return json.dumps({"url": link, "other": plain, "text": "a & b"}, ensure_ascii=False).encode()
    link = link.replace("&", "&amp;")
    if suffix == "rss":
        return f"<item><link>{link}</link><guid>{plain}</guid></item>".encode()
    return f'<entry><link href="{link}"/><id>{plain}</id></entry>'.encode()
