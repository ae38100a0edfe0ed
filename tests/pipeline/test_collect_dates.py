"""Collecting dates: what comes later, what the articles' pages say, and sources with a wrong zone."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from aggregator.model.fetch import Failed
from aggregator.model.item import Flag, Origin, ZoneOrigin
from aggregator.model.source import Future, Kind, Select
from aggregator.parse import article
from aggregator.pipeline.pages import AT_ONCE
from aggregator.rules.audit import verdict
from tests.making import NOW, a_source
from tests.pipeline.house import House, item, rss

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from aggregator.model.fetch import Outcome, Request
    from aggregator.model.item import Article
    from aggregator.model.story import Story

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
WIB = timezone(7 * HOUR)
SELECT = Select(item="li", title="a", date="i")


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2024, 11, 20, hour, minute, tzinfo=UTC)


def listing(rows: Iterable[tuple[str, str]]) -> str:
    """Return a listing of names with their labels."""
    items = (f'<li><a href="/{name}">{name}</a><i>{label}</i></li>' for name, label in rows)
    return f"<html><ul>{''.join(items)}</ul></html>"


def page(instant: datetime) -> str:
    """Return an article's page that states when it was published."""
    said = f'{{"@type": "NewsArticle", "datePublished": "{instant.isoformat()}"}}'
    return f'<html><head><script type="application/ld+json">{said}</script></head><body>Isi</body></html>'


def story(house: House, name: str) -> Story:
    return next(
        story for story in house.stories() if story.shown.link.endswith(f"/{name}") or story.shown.key == name
    )


class TestLater:
    def test_an_exact_date_that_turns_up_within_a_day_is_taken_once(self, house: House) -> None:
        house.say("antara", rss(item("0")))
        house.collect("antara")
        house.later(minutes=15)
        house.say("antara", rss(item(date=""), item("0")))
        house.collect("antara")
        [before] = [entry for entry in house.publish()["all"].entries if entry.published == at(7, 45)]
        house.later(hours=2)
        house.say("antara", rss(item(date="Wed, 20 Nov 2024 14:31:00 WIB"), item("0")))
        house.collect("antara")
        after = house.publish()["all"].entries[0]
        assert (after.id, after.published, after.updated) == (before.id, at(7, 31), before.updated)
        assert after.dates.upgraded_at == house.now
        house.later(hours=1)
        house.say("antara", rss(item(date="Wed, 20 Nov 2024 14:00:00 WIB"), item("0")))
        house.collect("antara")
        assert house.publish() == {}
        dates = story(house, "1").shown.dates
        assert [later.candidate.claim.text for later in dates.later] == ["Wed, 20 Nov 2024 14:00:00 WIB"]

    def test_a_day_later_it_is_only_recorded(self, house: House) -> None:
        house.say("antara", rss(item(date="")))
        house.collect("antara")
        house.publish()
        house.later(hours=25)
        house.say("antara", rss(item(date="Wed, 20 Nov 2024 14:00:00 WIB")))
        house.collect("antara")
        assert house.publish() == {}
        assert story(house, "1").published == NOW

    def test_the_backlog_that_is_dated_after_all_joins_the_combined_feed(self, house: House) -> None:
        house.say("antara", rss(item(date="")))
        house.collect("antara")
        assert house.publish()["all"].entries == ()
        house.later(minutes=15)
        house.say("antara", rss(item(date="Wed, 20 Nov 2024 09:00:00 WIB")))
        house.collect("antara")
        [entry] = house.publish()["all"].entries
        assert entry.published == at(2)

    def test_a_label_that_ages_makes_no_new_edition(self, house: House) -> None:
        house.use(a_source("antara", kind=Kind.HTML, select=SELECT))
        house.say("antara", listing([("a", "2 jam yang lalu")]))
        house.collect("antara")
        assert house.publish()
        published = story(house, "a").published
        widths = []
        for hours in range(3, 8):
            house.later(hours=1)
            house.say("antara", listing([("a", f"{hours} jam yang lalu")]))
            house.collect("antara")
            assert house.publish() == {}
            dates = story(house, "a").shown.dates
            assert dates.earliest is not None
            assert dates.latest is not None
            widths.append(dates.latest - dates.earliest)
        assert story(house, "a").published == published == at(5, 30)
        assert widths == sorted(widths, reverse=True)
        assert widths[-1] <= 1.5 * HOUR


@pytest.mark.parametrize(
    "date",
    [
        *("-0001-11-20T14:30:00Z", "0000-11-20T14:30:00Z", "10000-01-01T00:00:00Z", "99999-01-01"),
        *("Wed, 20 Nov 10000 14:30:00 GMT", "2024-13-01", "20/13/2024", "9999-12-31T23:59:59-99:99"),
        *("9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "1" * 10_000),
        *("\x00\x00tanggal", "\u202etanggal\u202c", "32 Januari 2024", "WIB", "tanggal"),
    ],
)
def test_nonsense_is_no_date_has_a_flag_and_costs_nothing(house: House, date: str) -> None:
    house.say("antara", rss(item("ada")))
    house.collect("antara")
    house.later(minutes=15)
    house.say("antara", rss(item("aneh", date=date), item("ada"), item("lain")))
    assert house.collect("antara")["antara"].items_new == 2
    told = story(house, "id:aneh")
    assert (told.published, told.updated) == (house.now, house.now)
    assert set(told.shown.dates.flags) <= {Flag.UNREADABLE, Flag.IMPLAUSIBLE}
    assert told.shown.dates.flags
    assert story(house, "id:lain").published == at(7)
    entries = house.publish()["all"].entries
    assert entries[0].id == told.id
    assert entries[0].dates.chosen is None


class TestCopies:
    def test_a_story_is_held_while_all_its_copies_are(self, house: House) -> None:
        house.use(a_source("antara", future=Future.HOLD), a_source("kawat", "logistik"))
        link = "https://antara.example.id/kapal"
        house.say("antara", rss(item("a1", link=link, date="Wed, 20 Nov 2024 21:00:00 WIB")))
        house.say("kawat", rss(item("k9", link=link, date="Wed, 20 Nov 2024 14:20:00 WIB")))
        house.collect("antara")
        assert house.publish()["all"].entries == ()
        house.later(minutes=15)
        house.collect("kawat")
        [entry] = house.publish()["all"].entries
        assert entry.published == at(7, 20)  # not that of the copy that is held

    def test_of_copies_in_one_pass_the_exact_date_is_taken(self, house: House) -> None:
        house.use(a_source("antara"), a_source("kawat", "logistik"))
        link = "https://antara.example.id/kapal"
        house.say("antara", rss(item("a1", link=link, date="Wed, 20 Nov 2024 14:20:00 WIB")))
        house.say("kawat", rss(item("k9", link=link, date="19 November 2024")))
        house.collect()
        [entry] = house.publish()["all"].entries
        assert entry.published == at(7, 20)


class TestPages:
    @pytest.fixture
    def house(self, house: House) -> House:
        house.use(
            a_source(
                "antara",
                kind=Kind.HTML,
                select=SELECT,
                article=True,
                url="https://antara.example.id/",
                headers={"Authorization": "rahasia"},
            ),
            a_source("tempo", "logistik"),
        )
        return house

    def pages_asked(self, house: House) -> list[str]:
        return [
            request.url
            for request in house.fetcher.asked
            if request.url.count("/") == 3 and request.url[-1] != "/"
        ]

    def test_a_new_article_s_page_is_asked_for_its_date_once(self, house: House) -> None:
        house.documents["https://antara.example.id/a"] = page(at(6, 17))
        house.say("antara", listing([("a", "sejam lalu")]))
        house.collect("antara")
        dates = story(house, "a").shown.dates
        assert (dates.published, dates.upgrade, dates.precision) == (at(6, 17), None, "second")
        assert dates.chosen is not None
        assert dates.candidates[dates.chosen].claim.origin is Origin.JSON_LD
        house.later(hours=1)
        house.say("antara", listing([("a", "2 jam lalu")]))
        house.collect("antara")
        assert self.pages_asked(house) == ["https://antara.example.id/a"]
        assert story(house, "a").published == at(6, 17)

    def test_a_few_at_each_collect_and_the_rest_as_upgrades(self, house: House) -> None:
        names = [f"b{number:02}" for number in range(AT_ONCE + 3)]
        for name in names:
            house.documents[f"https://antara.example.id/{name}"] = page(at(5, int(name[1:])))
        house.say("antara", listing((name, "2 jam lalu") for name in names))
        house.collect("antara")
        assert self.pages_asked(house) == [f"https://antara.example.id/{name}" for name in names[:AT_ONCE]]
        house.publish()
        last = story(house, names[-1])
        assert last.shown.awaits_page
        house.later(minutes=15)
        assert house.collect("antara")["antara"].result == "not_modified"
        assert self.pages_asked(house)[AT_ONCE:] == [
            f"https://antara.example.id/{name}" for name in names[AT_ONCE:]
        ]
        for name in names:
            assert story(house, name).published == at(5, int(name[1:]))
            assert not story(house, name).shown.awaits_page
        upgraded = story(house, names[-1])
        assert (upgraded.id, upgraded.shown.first_seen) == (last.id, last.shown.first_seen)
        assert upgraded.shown.dates.upgrade is not None
        assert set(house.publish()) == {"all", "news"}
        house.later(minutes=15)
        house.collect("antara")
        assert len(self.pages_asked(house)) == len(names)

    def test_what_waited_longer_than_a_day_is_left(self, house: House) -> None:
        names = [f"b{number:02}" for number in range(AT_ONCE + 1)]
        house.say("antara", listing((name, "2 jam lalu") for name in names))
        house.collect("antara")
        house.later(hours=25)
        house.collect("antara")
        assert len(self.pages_asked(house)) == AT_ONCE

    def test_a_waiting_article_that_changes_is_looked_at_as_it_is_now(self, house: House) -> None:
        names = [f"b{number:02}" for number in range(AT_ONCE + 1)]
        house.documents[f"https://antara.example.id/{names[-1]}"] = page(at(5, 1))
        house.say("antara", listing((name, "2 jam lalu") for name in names))
        house.collect("antara")
        house.later(hours=1)
        house.say("antara", listing((name, "3 jam lalu") for name in names))
        house.collect("antara")
        assert story(house, names[-1]).published == at(5, 1)
        assert len(self.pages_asked(house)) == len(names)

    def test_only_the_source_s_own_server_gets_its_headers(self, house: House) -> None:
        house.say("antara", listing([("a", "sejam lalu"), ("/lain.example.id/b", "2 jam lalu")]))
        house.collect("antara")
        told = {request.url: dict(request.headers) for request in house.fetcher.asked}
        assert told["https://antara.example.id/a"] == {"Authorization": "rahasia"}
        assert told["https://lain.example.id/b"] == {}

    def test_a_page_that_cannot_be_had_or_read_costs_only_its_date(self, house: House) -> None:
        house.documents["https://antara.example.id/b"] = "%PDF-1.7"
        house.documents["https://antara.example.id/c"] = Failed(error="status 503", at=NOW, status=503)
        house.documents["https://antara.example.id/d"] = page(at(4))
        house.say("antara", listing((name, f"{hours} jam lalu") for hours, name in enumerate("abcd", 1)))
        house.say("tempo", rss(item()))
        collected = house.collect("antara", "tempo")
        assert (collected["antara"].items_new, collected["tempo"].items_new) == (4, 1)
        assert [story(house, name).published.hour for name in "abcd"] == [6, 5, 4, 4]
        assert story(house, "d").published == at(4)
        faults = collected["antara"].faults
        assert "no date from the page https://antara.example.id/a: status 404 Not Found" in faults
        assert "no date from the page https://antara.example.id/c: status 503" in faults
        assert any("leads to a PDF" in fault for fault in faults)
        house.later(minutes=15)
        house.collect("antara")
        assert len(self.pages_asked(house)) == 4

    def test_a_bug_that_a_page_sets_off_is_loud_and_costs_only_its_date(
        self, house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        good = article.read

        def faulty(body: bytes, **options: str) -> Article:
            if b"boom" in body:
                raise ZeroDivisionError
            return good(body, **options)

        monkeypatch.setattr(article, "read", faulty)
        house.documents["https://antara.example.id/a"] = "<html>boom</html>"
        house.documents["https://antara.example.id/b"] = page(at(4))
        house.say("antara", listing([("a", "sejam lalu"), ("b", "2 jam lalu")]))
        collected = house.collect("antara")["antara"]
        assert [story(house, name).published for name in "ab"] == [at(6, 30), at(4)]
        assert any("ZeroDivisionError" in fault for fault in collected.faults)
        assert "please report it" in caplog.text

    def test_slow_pages_are_not_waited_for_and_asked_again_later(self, house: House) -> None:
        slow = house.fetcher.fetch

        def one_by_one(requests: Iterable[Request]) -> Iterator[list[tuple[Request, Outcome]]]:
            for request in requests:
                if request.url[-1] != "/":  # a page
                    house.later(seconds=10)
                yield from slow([request])

        house.fetcher.fetch = one_by_one  # type: ignore[method-assign] # a server that takes its time
        for name in "abcd":
            house.documents[f"https://antara.example.id/{name}"] = page(at(5, ord(name) - 96))
        house.say("antara", listing((name, "2 jam lalu") for name in "abcd"))
        assert house.collect("antara")["antara"].items_new == 4
        assert self.pages_asked(house) == ["https://antara.example.id/a", "https://antara.example.id/b"]
        assert [story(house, name).shown.awaits_page for name in "abcd"] == [False, False, True, True]
        house.later(minutes=15)
        house.collect("antara")
        assert [story(house, name).published for name in "abcd"] == [at(5, 1), at(5, 2), at(5, 3), at(5, 4)]

    def test_a_date_that_no_page_can_better_is_not_asked_for(self, house: House) -> None:
        house.use(a_source("antara", article=True))
        house.say("antara", rss(item("1"), item("2", date="20 Nov 2024 13:00")))
        house.collect("antara")
        assert self.pages_asked(house) == ["https://antara.example.id/2"]

    def test_zone_fix_is_not_for_pages(self, house: House) -> None:
        house.use(a_source("antara", article=True, zone_fix=WIB))
        house.documents["https://antara.example.id/1"] = page(at(6, 17))
        house.say("antara", rss(item("1", date="20 Nov 2024")))
        house.collect("antara")
        assert story(house, "id:1").published == at(6, 17)

    @pytest.mark.parametrize("year", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
    def test_the_ends_of_time_cost_nobody_anything(self, house: House, year: str) -> None:
        house.use(a_source("antara", article=True, zone_fix=ZoneInfo("America/New_York")))
        house.documents["https://antara.example.id/1"] = f'<html><time datetime="{year}">x</time></html>'
        house.say("antara", rss(item("1", date=year), item("2", date="Wed, 20 Nov 2024 02:00:00 +0700")))
        collected = house.collect("antara")["antara"]
        assert (collected.result, collected.items_new) == ("fetched", 2)
        assert Flag.IMPLAUSIBLE in story(house, "id:1").shown.dates.flags
        assert story(house, "id:1").published == NOW

    def test_a_page_that_says_nothing_leaves_what_the_listing_says(self, house: House) -> None:
        house.documents["https://antara.example.id/a"] = "<html><body><p>Isi</p></body></html>"
        house.say("antara", listing([("a", "2 jam lalu")]))
        assert house.collect("antara")["antara"].faults == ()
        assert story(house, "a").published == at(5, 30)

    def test_a_date_of_change_alone_does_not_beat_the_label(self, house: House) -> None:
        house.documents["https://antara.example.id/a"] = (
            f'<html><head><meta property="article:modified_time" content="{at(7).isoformat()}"></head></html>'
        )
        house.say("antara", listing([("a", "2 jam lalu")]))
        house.collect("antara")
        dates = story(house, "a").shown.dates
        assert (dates.published, dates.updated) == (at(5, 30), at(7))


class TestZones:
    """``antara`` writes Jakarta's time and calls it UTC."""

    def bring(self, house: House, *numbers: int, right: bool = False) -> None:
        """Let a new item come every ten minutes, dated at the minute before it is collected."""
        for number in numbers:
            house.later(minutes=10)
            self.items.insert(0, item(f"n{number}", date=self.written(house.now - MINUTE, right=right)))
            house.say("antara", rss(*self.items))
            house.collect("antara")

    def written(self, instant: datetime, *, right: bool) -> str:
        local = instant.astimezone(WIB)
        return format_datetime(local if right else local.replace(tzinfo=UTC))

    @pytest.fixture(autouse=True)
    def backlog(self, house: House) -> None:
        self.items = [item("old", date=self.written(NOW - 10 * HOUR, right=False))]
        house.say("antara", rss(*self.items))
        house.collect("antara")

    def test_it_is_found_with_the_fifth_new_item_and_said_once(
        self, house: House, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.WARNING)
        self.bring(house, 1, 2, 3, 4)
        assert caplog.messages == []
        self.bring(house, 5, 6, 7)
        [said] = caplog.messages
        assert said == (
            "source antara: its dates run 7 h ahead of the clock; they are marked +00:00, and are really "
            "those of +07:00: write `zone_fix: Asia/Jakarta` under `id: antara`, or `zone_fix: auto`"
        )
        wrong = verdict(house.store.states()["antara"].residuals, house.sources["antara"])
        assert wrong is not None
        assert wrong.shift == 7 * HOUR
        assert story(house, "id:n7").published == house.now  # as first seen: nothing is mended unasked
        assert Flag.FUTURE in story(house, "id:n7").shown.dates.flags

    def test_auto_mends_new_items_and_no_others(self, house: House) -> None:
        house.use(a_source("antara", learn_zone=True))
        self.bring(house, 1, 2, 3, 4, 5)
        before = {each.id: each.published for each in house.stories()}
        self.bring(house, 6)
        dates = story(house, "id:n6").shown.dates
        assert (dates.published, dates.zone, dates.flags) == (house.now - MINUTE, ZoneOrigin.LEARNED, ())
        assert {each.id: each.published for each in house.stories() if each.id in before} == before
        house.later(hours=3)
        house.say(
            "antara", rss(item("late", date=self.written(house.now - 2 * HOUR, right=False)), *self.items)
        )
        house.collect("antara")
        assert story(house, "id:late").published == house.now - 2 * HOUR

    def test_a_source_that_is_repaired_is_believed_at_once(self, house: House) -> None:
        house.use(a_source("antara", learn_zone=True))
        self.bring(house, 1, 2, 3, 4, 5)
        self.bring(house, 6, 7, 8, 9, 10, right=True)
        for number in range(6, 11):
            dates = story(house, f"id:n{number}").shown.dates
            assert (dates.published, dates.zone) == (
                house.now - (10 - number) * 10 * MINUTE - MINUTE,
                ZoneOrigin.OFFSET,
            )
        assert verdict(house.store.states()["antara"].residuals, house.sources["antara"]) is None

    def test_the_line_that_is_advised_mends_it(self, house: House) -> None:
        self.bring(house, 1, 2, 3, 4, 5)
        house.use(a_source("antara", zone_fix=WIB))
        assert verdict(house.store.states()["antara"].residuals, house.sources["antara"]) is None
        self.bring(house, 6, 7, 8, 9, 10, 11)
        dates = story(house, "id:n11").shown.dates
        assert (dates.published, dates.zone, dates.flags) == (house.now - MINUTE, ZoneOrigin.SOURCE, ())
        assert verdict(house.store.states()["antara"].residuals, house.sources["antara"]) is None


@pytest.mark.parametrize(
    ("first", "last"),
    [
        pytest.param(
            datetime(2024, 10, 26, 20, tzinfo=UTC), datetime(2024, 10, 27, 6, tzinfo=UTC), id="back"
        ),
        pytest.param(
            datetime(2025, 3, 29, 20, tzinfo=UTC), datetime(2025, 3, 30, 6, tzinfo=UTC), id="forward"
        ),
    ],
)
def test_a_source_in_berlin_is_right_through_the_change_of_clocks(
    house: House, first: datetime, last: datetime
) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    house.use(a_source("antara", timezone=berlin))
    house.now, items, truth = first, [item("0", date=f"{first.astimezone(berlin):%d.%m.%Y %H:%M}")], {}
    house.say("antara", rss(*items))
    house.collect("antara")
    while house.now < last:
        house.later(minutes=10)
        key = f"id:{len(items)}"
        items.insert(0, item(key.removeprefix("id:"), date=f"{house.now.astimezone(berlin):%d.%m.%Y %H:%M}"))
        truth[key] = house.now
        house.say("antara", rss(*items[:30]))
        house.collect("antara")
    told = {each.shown.key: each.published for each in house.stories()}
    # Of the hour that comes twice, a clock without a zone cannot say which one it means: the first is taken.
    doubtful = {key for key, instant in truth.items() if instant.astimezone(berlin).fold}
    assert {key: told[key] for key in truth if key not in doubtful} == {
        key: instant for key, instant in truth.items() if key not in doubtful
    }
    assert all(truth[key] - told[key] == HOUR for key in doubtful)
    assert len(doubtful) in {0, 6}
    assert verdict(house.store.states()["antara"].residuals, house.sources["antara"]) is None
