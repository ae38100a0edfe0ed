"""Collecting: what is kept, what is asked, what a failure costs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from aggregator.errors import StoreError
from aggregator.model.fetch import Failed
from aggregator.model.item import Flag, Text
from aggregator.model.source import Future, Kind, Select
from aggregator.parse import syndication
from aggregator.pipeline.normalise import _markup
from tests.making import NOW, a_source
from tests.pipeline.house import House, item, rss

if TYPE_CHECKING:
    from aggregator.model.item import ParsedDocument


def at(hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2024, 11, 20, hour, minute, second, tzinfo=UTC)


class TestOnce:
    def test_items_validators_hash_and_next_at_are_saved_together(self, house: House) -> None:
        house.say("antara", rss(item("1"), item("2", "Kapal lain")))
        collected = house.collect("antara")["antara"]
        assert (collected.result, collected.items_new) == ("fetched", 2)
        state = house.store.states()["antara"]
        assert state.validators.etag
        assert state.body_hash
        assert state.next_at is not None
        assert timedelta(minutes=14) < state.next_at - NOW <= timedelta(minutes=30), "spread, the first time"
        assert (state.last_ok_at, state.changed_at, state.result) == (NOW, NOW, "fetched")
        assert (state.title, state.home) == ("Kabar", "https://k.id/")

    def test_collecting_twice_saves_nothing_new(self, house: House) -> None:
        house.say("antara", rss(item()))
        house.collect("antara")
        before = (house.stories(), house.store.fronts())
        house.later(minutes=15)
        assert house.collect("antara")["antara"].result == "not_modified"
        assert (house.stories(), house.store.fronts()) == before

    def test_a_server_without_validators_is_seen_through_by_the_hash(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        house.etags = False
        house.say("antara", rss(item()))
        house.collect("antara")
        monkeypatch.setattr(syndication, "quick", lambda *_, **__: pytest.fail("read the same bytes again"))
        assert house.collect("antara")["antara"].result == "unchanged"

    def test_a_new_way_to_read_a_document_reads_it_again(self, house: House) -> None:
        row = '<li class="{}"><h2>{}</h2><a href="/{}">x</a></li>'
        listing = f"<ul>{row.format('a', 'Satu', 1)}{row.format('b', 'Dua', 2)}</ul>"
        house.use(a_source("antara", kind=Kind.HTML, select=Select(item="li.a", title="h2")))
        house.say("antara", listing)
        assert house.collect("antara")["antara"].items_new == 1
        house.use(a_source("antara", kind=Kind.HTML, select=Select(item="li", title="h2")))
        assert house.collect("antara")["antara"].items_new == 1
        assert len(house.stories()) == 2

    def test_an_unchanged_neighbour_is_not_normalised_again(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        house.say("antara", rss(item("1"), item("2")))
        house.collect("antara")
        seen: list[str] = []

        def noted(markup: str, *, base: str) -> str:
            seen.append(base)
            return markup

        monkeypatch.setattr("aggregator.pipeline.normalise.html.sanitise", noted)
        house.say("antara", rss(item("1"), item("2", body="<p>Baru.</p>"), item("3")))
        collected = house.collect("antara")["antara"]
        assert (collected.items_new, collected.items_updated) == (1, 1)
        assert set(seen) == {"https://antara.example.id/2", "https://antara.example.id/3"}


class TestDates:
    def published(self, house: House, source: str = "antara") -> datetime:
        house.collect(source)
        [story] = house.stories(source)
        return story.published

    def test_wib_is_seven_hours_ahead(self, house: House) -> None:
        house.say("antara", rss(item(date="Wed, 20 Nov 2024 13:30:00 WIB")))
        assert self.published(house) == at(6, 30)

    def test_a_date_without_a_zone_is_in_the_source_s(self, house: House) -> None:
        house.say("antara", rss(item(date="20 Nov 2024 13:30")))
        assert self.published(house) == at(6, 30)

    def test_a_relative_label_is_frozen_at_first_sight(self, house: House) -> None:
        page = '<ul><li><h2>Satu</h2><a href="/1">x</a><i>{}</i></li></ul>'
        house.use(a_source("antara", kind=Kind.HTML, select=Select(item="li", title="h2", date="i")))
        house.say("antara", page.format("2 jam yang lalu"))
        first = self.published(house)
        assert at(4, 30) <= first <= at(6)
        house.later(hours=5)
        house.say("antara", page.format("7 jam yang lalu"))
        collected = house.collect("antara")["antara"]
        assert (collected.items_new, collected.items_updated) == (0, 0)
        [story] = house.stories()
        assert (story.published, story.updated) == (first, first)

    def test_nothing_is_published_ahead_of_our_clock(self, house: House) -> None:
        house.say("antara", rss(item(date="Wed, 20 Nov 2024 23:30:00 WIB")))
        assert self.published(house) == NOW
        assert Flag.FUTURE in house.stories()[0].shown.dates.flags

    def test_unless_it_is_to_be_held_until_its_date(self, house: House) -> None:
        house.use(a_source("antara", future=Future.HOLD))
        house.say("antara", rss(item(date="Wed, 20 Nov 2024 15:30:00 WIB")))
        house.collect("antara")
        assert house.publish()["all"].entries == ()
        house.later(minutes=59)
        assert house.publish() == {}
        house.later(minutes=1)
        [entry] = house.publish()["all"].entries
        assert entry.published == at(8, 30)

    def test_undated_backlog_keeps_its_order_and_stays_out_of_the_combined_feed(self, house: House) -> None:
        house.say("antara", rss(item("1", date=""), item("2", date=""), item("3", date="")))
        house.collect("antara")
        editions = house.publish()
        assert [entry.title for entry in editions["all"].entries] == []
        assert [entry.published for entry in editions["news"].entries] == [
            at(7, 30),
            at(7, 29, 59),
            at(7, 29, 58),
        ]
        house.later(minutes=15)
        house.say("antara", rss(item("4", date=""), item("1", date="")))
        house.collect("antara")
        assert [entry.published for entry in house.publish()["all"].entries] == [at(7, 45)]

    def test_the_reasons_are_kept(self, house: House) -> None:
        house.say("antara", rss(item(date="Rabu, 20 November 2024 pukul 13.30 WIB")))
        house.collect("antara")
        dates = house.stories()[0].shown.dates
        assert dates.chosen == 0
        assert dates.candidates[0].claim.text == "Rabu, 20 November 2024 pukul 13.30 WIB"
        assert (dates.precision, dates.zone) == ("minute", "abbreviation")


class TestEdits:
    def test_an_edit_moves_updated_and_nothing_else(self, house: House) -> None:
        house.say("antara", rss(item()))
        house.collect("antara")
        [before] = house.stories()
        house.later(hours=1)
        house.say("antara", rss(item(body="<p>Isi yang dikoreksi.</p>")))
        assert house.collect("antara")["antara"].items_updated == 1
        [after] = house.stories()
        assert (after.id, after.published) == (before.id, before.published)
        assert after.updated == house.now
        assert after.shown.summary == "<p>Isi yang dikoreksi.</p>"

    def test_a_re_dated_item_stays_where_it_was(self, house: House) -> None:
        house.say("antara", rss(item()))
        house.collect("antara")
        before = house.stories()
        house.later(hours=1)
        house.say("antara", rss(item(date="Wed, 20 Nov 2024 15:00:00 WIB")))
        house.collect("antara")
        assert [(s.published, s.updated) for s in house.stories()] == [
            (s.published, s.updated) for s in before
        ]

    def test_an_item_that_leaves_the_document_stays_published(self, house: House) -> None:
        house.say("antara", rss(item("1"), item("2")))
        house.collect("antara")
        house.say("antara", rss(item("2")))
        house.collect("antara")
        assert len(house.stories()) == 2
        assert house.gone() == ["id:1"]


class TestStories:
    def test_the_same_story_from_two_sources_is_one_entry_in_both_categories(self, house: House) -> None:
        house.say("antara", rss(item("a1", link="https://antara.example.id/kapal")))
        house.say("kawat", rss(item("k9", link="http://antara.example.id/kapal/?utm_source=kawat")))
        collected = house.collect()
        assert collected["kawat"].duplicates + collected["antara"].duplicates == 1
        editions = house.publish()
        [entry] = editions["all"].entries
        assert [label.term for label in entry.categories] == ["news", "logistik"]
        assert [edition.entries for edition in editions.values()] == [(entry,)] * 3
        assert entry.link == "https://antara.example.id/kapal"
        assert [credit.title for credit in entry.via] == ["Kabar"]

    def test_it_keeps_its_id_and_copy_when_another_comes_later(self, house: House) -> None:
        house.say("kawat", rss(item("k9", link="https://antara.example.id/kapal?utm_source=kawat")))
        house.collect("kawat")
        [before] = house.publish()["all"].entries
        house.later(hours=1)
        house.say("antara", rss(item("a1", link="https://antara.example.id/kapal")))
        assert house.collect("antara")["antara"].duplicates == 1
        [after] = house.publish()["all"].entries
        assert (after.id, after.published, after.link) == (before.id, before.published, before.link)
        assert [credit.link for credit in after.via] == ["https://antara.example.id/kapal"]

    def test_an_upstream_id_that_is_an_address_joins_too(self, house: House) -> None:
        guid = "https://antara.example.id/?p=12"
        house.say("antara", rss(item(guid, link="https://antara.example.id/a")))
        house.say("kawat", rss(item(guid, link="https://kawat.example.id/b")))
        house.collect("antara")
        house.collect("kawat")
        [story] = house.stories()
        assert story.id == guid
        assert len(story.others) == 1


class TestFailures:
    def test_a_failing_source_costs_only_itself_and_is_backed_off(self, house: House) -> None:
        house.say("antara", rss(item()))
        house.say("kawat", Failed(error="status 503", at=NOW, retry_after=timedelta(hours=2)))
        collected = house.collect("antara", "kawat", "tempo")
        assert {name: each.result for name, each in collected.items()} == {
            "antara": "fetched", "kawat": "failed", "tempo": "failed",
        }  # fmt: skip
        states = house.store.states()
        assert states["kawat"].next_at == NOW + timedelta(hours=2)
        assert (states["kawat"].failures, states["kawat"].error) == (1, "status 503")
        assert states["tempo"].next_at == NOW + timedelta(minutes=15)
        house.collect("tempo")
        again = house.store.states()["tempo"].next_at
        assert again is not None
        assert timedelta(minutes=22) < again - NOW <= timedelta(minutes=30)
        house.say("tempo", rss(item()))
        house.collect("tempo")
        assert (house.store.states()["tempo"].failures, house.store.states()["tempo"].error) == (0, "")

    @pytest.mark.parametrize("junk", ["", "<html><body>Salah alamat</body></html>", "{}", "\x00\x01", "<rss"])
    def test_junk_is_a_failure_and_the_last_good_items_stay(self, house: House, junk: str) -> None:
        house.say("antara", rss(item()))
        house.collect("antara")
        validators = house.store.states()["antara"].validators
        house.say("antara", junk)
        collected = house.collect("antara")["antara"]
        assert collected.result == "failed"
        assert collected.error
        assert len(house.stories()) == 1
        assert house.store.states()["antara"].validators == validators

    def test_one_bad_entry_never_loses_its_neighbours(self, house: House) -> None:
        bad = "<item><title>&#xD800;</title><link>::::</link><pubDate>99 99 9999</pubDate></item>"
        house.say("antara", rss(item("1"), bad, item("2")))
        house.collect("antara")
        assert {"id:1", "id:2"} <= {story.shown.key for story in house.stories()}

    @pytest.mark.parametrize("reads", ["quick", "parse"])
    def test_a_bug_of_ours_is_loud_and_costs_only_the_source_that_sets_it_off(
        self, house: House, reads: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        good = getattr(syndication, reads)

        def faulty(body: bytes, **options: object) -> ParsedDocument | None:
            if b"boom" in body:
                raise ZeroDivisionError
            read: ParsedDocument | None = good(body, **options)
            return read

        if reads == "parse":
            monkeypatch.setattr(syndication, "quick", lambda *_, **__: None)
        monkeypatch.setattr(syndication, reads, faulty)
        house.say("antara", rss(item(), title="boom"))
        house.say("kawat", rss(item()))
        collected = house.collect("antara", "kawat")
        assert (collected["antara"].result, collected["kawat"].result) == ("failed", "fetched")
        assert "ZeroDivisionError" in collected["antara"].error
        assert "please report it" in caplog.text
        assert "Traceback" in caplog.text

    def test_a_store_that_fails_leaves_everything_due(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        house.say("antara", rss(item()))

        def locked() -> None:
            raise StoreError("locked")

        with monkeypatch.context() as patch:
            patch.setattr(house.store, "writing", locked)
            with pytest.raises(StoreError):
                house.collect("antara")
        assert house.store.due(["antara"], NOW) == ["antara"]
        assert house.stories() == []
        assert house.collect("antara")["antara"].items_new == 1

    def test_an_error_text_is_bounded_and_storable(self, house: House) -> None:
        house.say("antara", Failed(error="x\ud800" * 1000, at=NOW))
        assert len(house.collect("antara")["antara"].error) == 500
        assert len(house.store.states()["antara"].error) == 500


def test_plain_text_becomes_paragraphs_and_nothing_else() -> None:
    text = Text(value="Satu <b> & dua\n\n\n\nTiga", html=False)
    assert _markup(text, "https://k.id/") == "<p>Satu &lt;b&gt; &amp; dua</p><p>Tiga</p>"
