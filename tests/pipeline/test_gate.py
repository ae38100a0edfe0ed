"""The gate: old items that come back as new ones are held, news never is (docs/duplicates.md, F)."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import pytest

from aggregator.model.source import Future
from aggregator.pipeline.moderate import release, take_down
from tests.making import a_source
from tests.pipeline.house import House, item, rss

if TYPE_CHECKING:
    from collections.abc import Iterable


def documents(house: House, names: Iterable[str], *, minutes: float | None = None, start: int = 0) -> str:
    """Return a document of these items, dated from so many minutes ago on, a minute apart; None: undated."""
    items = []
    for number, name in enumerate(names, start):
        date = ""
        if minutes is not None:
            date = format_datetime(house.now - timedelta(minutes=minutes + number))
        link = f"https://antara.example.id/{name}/{number}"
        items.append(item(f"{name}-{number}", f"Judul {number}", link=link, date=date))
    return rss(*items)


def collect(house: House, document: str) -> None:
    house.say("antara", document)
    assert house.collect("antara")["antara"].result == "fetched"


def start(house: House, names: Iterable[str] = ("awal",), **source: Any) -> None:
    """Have the first collect behind us, a day ago, with everything of it published."""
    house.use(a_source("antara", **source))
    collect(house, documents(house, names, minutes=60))
    house.publish()
    house.later(days=1)


def titles(house: House) -> list[str]:
    """Return the titles of the combined feed as it is published."""
    house.publish()
    stories = house.store.latest(["antara"], limit=99)
    return [story.shown.title for story in stories]


class TestMassChange:
    def changed(self, house: House, size: int = 40, **source: Any) -> None:
        """Let a source change the ids and addresses of all its items, whose texts are too short to repair."""
        start(house, ["lama"] * size, **source)
        collect(house, documents(house, ["baru"] * size, minutes=60 * 25))

    def test_a_source_that_changes_all_its_ids_is_held(
        self, house: House, caplog: pytest.LogCaptureFixture
    ) -> None:
        self.changed(house)
        assert "40 new items" in caplog.text
        assert "aggregator release antara" in caplog.text
        assert len(titles(house)) == 40
        assert house.store.held() == {"antara": 40}
        assert house.store.waiting(house.now) == []
        house.later(minutes=15)
        assert house.publish() == {}

    def test_why_is_recorded_for_each(self, house: House) -> None:
        self.changed(house)
        [held] = house.store.stories_named("baru-7", "")
        [decision] = house.store.decisions(held.id)
        assert (decision.kind, decision.source, decision.key) == ("held", "antara", "id:baru-7")
        assert decision.detail

    def test_a_release_lets_them_out_in_the_order_of_their_dates(self, house: House) -> None:
        self.changed(house, size=12)
        assert len(titles(house)) == 12
        house.later(hours=1)
        assert release("antara", now=house.now, store=house.store) == 12
        assert house.store.held() == {}
        entries = house.publish()["all"].entries
        assert [entry.title for entry in entries] == sorted(
            [f"Judul {number}" for number in range(12)] * 2, key=lambda title: int(title.split()[1])
        )
        assert [entry.published for entry in entries] == sorted(
            (entry.published for entry in entries), reverse=True
        )
        [released] = house.store.stories_named("baru-3", "")
        assert released.out_at == house.now
        assert [each.kind for each in house.store.decisions(released.id)] == ["held", "released"]
        assert release("antara", now=house.now, store=house.store) == 0

    def test_a_release_does_not_let_out_what_waits_for_its_date(self, house: House) -> None:
        start(house, ["lama"] * 12, future=Future.HOLD)
        collect(house, documents(house, ["baru"] * 12, minutes=-60 * 24))
        assert len(titles(house)) == 12
        assert release("antara", now=house.now, store=house.store) == 12
        assert len(titles(house)) == 12
        house.later(hours=25)
        assert len(titles(house)) == 24

    def test_a_release_passes_over_what_was_taken_down(self, house: House) -> None:
        self.changed(house, size=12)
        [bad] = house.store.stories_named("baru-3", "")
        take_down(bad.id, now=house.now, store=house.store)
        assert release("antara", now=house.now, store=house.store) == 11
        [bad] = house.store.stories_named("baru-3", "")
        assert bad.out_at is None

    def test_a_release_is_for_one_source(self, house: House) -> None:
        self.changed(house)
        assert release("kawat", now=house.now, store=house.store) == 0
        assert house.store.held() == {"antara": 40}

    def test_what_is_released_is_no_longer_suspect(self, house: House) -> None:
        self.changed(house)
        release("antara", now=house.now, store=house.store)
        house.later(minutes=15)
        collect(house, documents(house, ["baru"] * 40, minutes=60 * 25 + 15).replace("Isi.", "Isi baru."))
        assert house.let_out() == 0
        assert house.store.held() == {}

    def test_news_among_them_passes(self, house: House) -> None:
        start(house, ["lama"] * 30)
        fresh = item("segar", "Berita segar", date=format_datetime(house.now - timedelta(minutes=5)))
        old = documents(house, ["baru"] * 30, minutes=60 * 25)
        collect(house, old.replace("<item>", f"{fresh}<item>", 1))
        assert titles(house)[0] == "Berita segar"
        assert house.store.held() == {"antara": 30}

    def test_a_title_that_is_known_makes_even_a_fresh_date_suspect(self, house: House) -> None:
        """A site that restores its archive often stamps it with today's date."""
        start(house, ["lama"] * 30)
        collect(house, documents(house, ["baru"] * 30, minutes=1))
        assert len(titles(house)) == 30
        assert house.store.held() == {"antara": 30}

    def test_ten_suspects_are_no_mass_change(self, house: House) -> None:
        self.changed(house, size=10)
        assert len(titles(house)) == 20
        assert house.store.held() == {}

    def test_nor_is_a_small_part_of_the_document(self, house: House) -> None:
        start(house, ["lama"] * 60)
        kept = documents(house, ["lama"] * 48, minutes=60 * 25)
        more = documents(house, ["baru"] * 12, minutes=60 * 25, start=48)
        house.later(minutes=1)
        collect(house, kept.replace("</channel>", more[more.index("<item>") :].removesuffix("</rss>")))
        assert house.let_out() == 0
        assert house.store.held() == {}

    def test_ids_that_change_back_bring_the_old_items_back_and_nothing_new(self, house: House) -> None:
        self.changed(house)
        collect(house, documents(house, ["lama"] * 40, minutes=60 * 25))
        assert len(titles(house)) == 40
        assert len(house.store.latest(["antara"], limit=99)) == 40

    def test_the_first_collect_is_never_held(self, house: House) -> None:
        house.use(a_source("antara", gate=0))
        collect(house, documents(house, ["awal"] * 60))
        assert len(titles(house)) == 60
        assert house.store.held() == {}

    def test_with_the_gate_off_all_pass(self, house: House) -> None:
        self.changed(house, gate=None)
        assert len(titles(house)) == 80
        assert house.store.held() == {}

    @pytest.mark.parametrize(("size", "visible"), [(2, 4), (3, 3)])
    def test_a_gate_of_five_stops_more_than_half_of_it(self, house: House, size: int, visible: int) -> None:
        self.changed(house, size=size, gate=5)
        assert len(titles(house)) == visible


class TestTooManyAtOnce:
    def test_sixty_stories_dated_since_the_last_look_pass_at_once(self, house: House) -> None:
        """A busy portal after an outage."""
        start(house)
        collect(house, documents(house, ["berita"] * 60, minutes=1, start=1))
        assert len(titles(house)) == 61
        assert house.store.held() == {}

    def test_and_so_they_do_after_days_without_an_answer(self, house: House) -> None:
        start(house)
        house.later(days=3)
        collect(house, documents(house, ["berita"] * 60, minutes=60 * 24, start=1))
        assert len(titles(house)) == 61

    @pytest.mark.parametrize(
        ("undated", "gate", "held"), [(20, 20, 0), (21, 20, 21), (5, 5, 0), (6, 5, 6), (21, None, 0)]
    )
    def test_undated_ones_pass_up_to_the_gate(
        self, house: House, undated: int, gate: int | None, held: int
    ) -> None:
        """In a document so long that they are no mass change of it."""
        size = 4 * undated
        start(house, ["awal"] * size, gate=gate)
        old = documents(house, ["awal"] * size, minutes=60 * 25)
        new = documents(house, ["baru"] * undated, start=1000)
        collect(house, old.replace("</channel>", new[new.index("<item>") :].removesuffix("</rss>")))
        house.match()
        assert house.let_out() == held
        assert house.store.held() == ({"antara": held} if held else {})

    def test_what_the_gate_stops_is_logged_and_recorded_once(
        self, house: House, caplog: pytest.LogCaptureFixture
    ) -> None:
        start(house, ["awal"] * 100)
        new = documents(house, ["baru"] * 21, start=1000)
        old = documents(house, ["awal"] * 100, minutes=60 * 25)
        collect(house, old.replace("</channel>", new[new.index("<item>") :].removesuffix("</rss>")))
        house.publish()
        assert "21 new items" in caplog.text
        assert "aggregator release antara" in caplog.text
        caplog.clear()
        house.later(minutes=15)
        assert house.publish() == {}
        assert caplog.text == ""
        [held] = house.store.stories_named("baru-1003", "")
        assert [(each.kind, each.key) for each in house.store.decisions(held.id)] == [
            ("held", "id:baru-1003")
        ]

    def test_suspects_of_several_collects_before_an_edition_count_together(self, house: House) -> None:
        start(house, ["awal"] * 100)
        for begin in (1000, 2000):
            new = documents(house, ["baru"] * 11, start=begin)
            old = documents(house, ["awal"] * 100, minutes=60 * 25)
            collect(house, old.replace("</channel>", new[new.index("<item>") :].removesuffix("</rss>")))
        assert house.let_out() == 22

    def test_a_suspect_that_joins_a_story_that_is_out_is_not_held(self, house: House) -> None:
        start(house, gate=0)
        house.use(*house.sources.values(), a_source("kawat", gate=0))
        house.say("kawat", rss(item("k0", "Lain", link="https://kawat.example.id/0")))
        house.collect("kawat")
        house.publish()
        house.later(hours=1)
        again = item("k1", "Salinan", date="", link="https://antara.example.id/awal/0")
        house.say("kawat", rss(again))
        house.collect("kawat")
        house.publish()
        assert house.store.held() == {}
        [story] = house.store.stories_named("id:k1", "")
        assert [copy.source for copy in story.copies] == ["antara", "kawat"]
        assert story.out_at is not None

    def test_what_another_source_tells_lets_out_what_was_held(self, house: House) -> None:
        start(house, ["lama"] * 12)
        collect(house, documents(house, ["baru"] * 12, minutes=60 * 25))
        house.use(*house.sources.values(), a_source("kawat"))
        house.say("kawat", rss(item("k1", "Salinan", link="https://antara.example.id/baru/5")))
        house.collect("kawat")
        assert len(titles(house)) == 13
        assert house.store.held() == {"antara": 11}
