"""The API: what it answers, what it says when it does not, and what it never tells."""

from __future__ import annotations

import asyncio
import gzip
import json
import threading
import time
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from aggregator.coding import QUICK
from aggregator.errors import StoreError
from aggregator.model.feed import Extent
from aggregator.pipeline.moderate import take_down
from aggregator.rules.cursor import Place, spelled
from aggregator.store import SqlStore, open_store
from aggregator.web.api import models
from aggregator.web.api.addresses import AT_ONCE
from tests.making import a_feed, a_source
from tests.pipeline.house import item, rss
from tests.web.api_newsroom import ApiHouse, told
from tests.web.newsroom import ask

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aggregator.ports.partners import Page


@pytest.fixture
def house(tmp_path: Path) -> Iterator[ApiHouse]:
    with closing(open_store(f"sqlite:///{tmp_path}/aggregator.db")) as store:
        yield ApiHouse(store)


class TestChanges:
    def test_a_reader_learns_of_each_change_once(self, house: ApiHouse) -> None:
        house.news(1, 2)
        first = house.page()
        assert told(first) == [("new", "Kapal 1 antara"), ("new", "Kapal 2 antara")]
        assert not first["more"]
        house.later(hours=1)
        same = item("antara-2", "Kapal 2 antara", body="<p>Isi 2</p>")
        house.say("antara", rss(item("antara-1", "Kapal satu"), same))
        house.collect("antara")
        house.publish()
        second = house.page(first["next"])
        assert told(second) == [("updated", "Kapal satu")]
        story = second["items"][0]["id"]
        assert story == first["items"][0]["id"]
        house.take_down(story)
        third = house.page(second["next"])
        assert third["items"] == [{"change": "removed", "id": story}]
        assert house.page(third["next"]) == {"items": [], "next": third["next"], "more": False}

    def test_pages_follow_each_other_to_the_end(self, house: ApiHouse) -> None:
        house.news(*range(1, 8))
        after, seen, more = "", [], True
        while more:
            page = house.page(after, limit=3)
            assert len(page["items"]) <= 3
            seen += told(page)
            after, more = page["next"], page["more"]
        assert [title for _, title in seen] == [f"Kapal {number} antara" for number in range(1, 8)]

    def test_what_was_written_down_is_told_as_it_was(self, house: ApiHouse) -> None:
        house.news(1)
        house.write_down("all")
        house.later(hours=1)
        house.say("antara", rss(item("antara-1", "Kapal satu")))
        house.collect("antara")
        house.publish()
        assert told(house.page()) == [("new", "Kapal 1 antara"), ("updated", "Kapal satu")]
        assert house.written == 1
        house.write_down("all")
        assert told(house.page()) == [("new", "Kapal 1 antara"), ("updated", "Kapal satu")]
        assert house.written == 1

    def test_what_was_not_is_told_as_it_is(self, house: ApiHouse) -> None:
        house.news(1)
        for title in ("Kapal satu", "Kapal dua"):
            house.later(hours=1)
            house.say("antara", rss(item("antara-1", title)))
            house.collect("antara")
            house.publish()
        assert told(house.page()) == [("new", "Kapal dua"), ("updated", "Kapal dua")]

    def test_what_was_just_written_is_remembered(self, house: ApiHouse) -> None:
        house.news(1, 2)
        first = house.page()
        assert house.page() == first
        assert house.written == 2

    def test_a_page_is_made_once_while_nothing_changes(
        self, house: ApiHouse, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made: list[Place] = []

        def watch(store: SqlStore, feed: str, place: Place, **more: Any) -> Page | None:
            made.append(place)
            return page(store, feed, place, **more)

        page = SqlStore.page
        monkeypatch.setattr(SqlStore, "page", watch)
        house.news(1, 2)
        first = house.ask("/api/v1/items", headers={"Accept-Encoding": "br"})
        again = {"Accept-Encoding": "br", "If-None-Match": first.headers["etag"]}
        assert house.ask("/api/v1/items", headers=again).status_code == 304
        assert house.ask("/api/v1/items", headers={"Accept-Encoding": "gzip"}).text == first.text
        assert len(made) == 1
        house.ask("/api/v1/items?limit=1")
        house.ask("/api/v1/items?feed=news")
        assert len(made) == 3
        house.take_down(house.stories()[0].id)
        assert house.ask("/api/v1/items", headers=again).status_code == 200
        assert len(made) == 4
        house.later(minutes=1)
        assert house.ask("/api/v1/items").status_code == 200, "what goes by age is no news"
        assert len(made) == 5

    def test_a_page_of_a_feed_is_compressed_quickly(self, house: ApiHouse) -> None:
        house.news(*range(1, 9))
        answer = house.ask("/api/v1/items", headers={"Accept-Encoding": "gzip"})
        assert int(answer.headers["content-length"]) == len(QUICK["gzip"](answer.content))

    def test_few_answers_are_made_at_once(self, house: ApiHouse, monkeypatch: pytest.MonkeyPatch) -> None:
        lock, now, most = threading.Lock(), [0], [0]

        def watch(store: SqlStore) -> Any:
            with lock:
                now[0] += 1
                most[0] = max(most[0], now[0])
            time.sleep(0.02)
            with lock:
                now[0] -= 1
            return editions(store)

        async def crowd() -> set[int]:
            answers = await asyncio.gather(*(ask(application, "/api/v1/feeds", "GET", {}) for _ in range(12)))
            return {answer.status_code for answer in answers}

        editions, application = SqlStore.editions, house.application()
        monkeypatch.setattr(SqlStore, "editions", watch)
        assert asyncio.run(crowd()) == {200}
        assert most[0] <= AT_ONCE

    def test_what_a_story_said_that_is_removed_now_is_never_given(self, house: ApiHouse) -> None:
        house.news(1, 2, 3)
        house.page()  # so that it is remembered
        house.write_down("all")
        [secret] = [story for story in house.stories() if story.shown.title == "Kapal 2 antara"]
        take_down(secret.id, now=house.now, store=house.store)
        page = house.page()  # the feed has not noticed yet
        assert told(page) == [("new", "Kapal 1 antara")]
        assert house.ask(f"/api/v1/items/{secret.slug}").status_code == 410
        house.publish()
        assert told(house.page(page["next"])) == [("new", "Kapal 3 antara")]
        assert "Kapal 2" not in house.ask("/api/v1/items").text

    def test_what_a_removed_story_was_called_is_told_by_no_other(self, house: ApiHouse) -> None:
        body = "".join(
            f"<p>Kapal Bakung tiba di pelabuhan pada pagi ke-1 membawa 11 peti beras dari {place}, "
            f"kata petugas Bakung yang berjaga di dermaga {place} sejak malam sebelumnya.</p>"
            for place in ("Surabaya", "Makassar", "Belawan")
        )
        house.say("antara", rss(item("1", "Beras tiba pagi ini di kota", body=body)))
        house.say(
            "kawat", rss(item("2", "Gula datang dari seberang lautan", body=body + "<p>Lain lagi.</p>"))
        )
        house.collect()
        house.publish()
        house.write_down("all", "news")
        page = house.page(feed="news")
        assert [other["title"] for other in page["items"][0]["related"]] == [
            "Gula datang dari seberang lautan"
        ]
        house.page()  # so that it is remembered
        [gone] = house.stories("kawat")
        take_down(gone.id, now=house.now, store=house.store)
        for feed in ("all", "news"):
            assert "Gula" not in house.ask(f"/api/v1/items?feed={feed}").text
        house.publish()
        assert told(house.page(page["next"], feed="news")) == [("updated", "Beras tiba pagi ini di kota")]
        assert "Gula" not in house.ask("/api/v1/items").text

    def test_a_feed_that_waits_until_it_is_asked_for_takes_its_stories_up(self, house: ApiHouse) -> None:
        house.feeds.append(a_feed("source/kawat", "kawat", on_demand=True))
        house.say("kawat", rss(item("1", "Kapal tiba")))
        house.collect("kawat")
        house.let_out()
        assert told(house.page(feed="all")) == []
        assert told(house.page(feed="source/kawat")) == [("new", "Kapal tiba")]

    def test_a_feed_shows_as_much_here_as_it_does_elsewhere(self, house: ApiHouse) -> None:
        house.feeds[0] = replace(house.feeds[0], extent=Extent.SUMMARY)
        house.news(1)
        [each] = house.page()["items"]
        assert each["summary"] == "Isi 1"
        assert "content_html" not in each


class TestCursors:
    @pytest.fixture
    def after(self, house: ApiHouse) -> str:
        house.news(1, 2, 3)
        after: str = house.page(limit=2)["next"]
        return after

    def refused(self, house: ApiHouse, query: str, code: str | None = None) -> str:
        answer = house.ask(f"/api/v1/items?{query}")
        assert answer.status_code == 400
        assert answer.headers["content-type"] == "application/problem+json"
        problem = models.Problem.model_validate_json(answer.content)
        assert problem.code == code
        return problem.detail

    @pytest.mark.parametrize("text", ["", "x", "a" * 42, "a" * 44, "é" * 43, "_" * 43, "%00", "1+1"])
    def test_what_is_no_cursor_is_refused_with_a_way_out(self, house: ApiHouse, text: str) -> None:
        assert "without `after`" in self.refused(house, f"after={quote(text)}", "cursor-malformed")

    def test_one_of_another_feed_is_refused(self, house: ApiHouse, after: str) -> None:
        assert "another feed" in self.refused(house, f"feed=news&after={after}", "cursor-foreign")
        self.refused(house, f"feed=logistik&after={after}", "cursor-foreign")

    def test_one_of_a_feed_that_never_took_up_anything_is_refused(self, house: ApiHouse, after: str) -> None:
        house.add(a_feed("later", "kawat"))
        self.refused(house, f"feed=later&after={after}", "cursor-foreign")
        assert house.page(feed="later") == {"items": [], "next": "A" * 43, "more": False}
        house.publish()
        assert house.page("A" * 43, feed="later")["items"] == []

    def test_one_of_a_journal_that_began_anew_is_refused(self, house: ApiHouse, after: str) -> None:
        house.store.drop_editions([])
        house.later(hours=1)
        house.news(1, 2, 3, 4)
        self.refused(house, f"after={after}", "cursor-foreign")

    def test_one_that_is_ahead_is_refused(self, house: ApiHouse, after: str) -> None:
        standing = house.store.standing("all")
        assert standing is not None
        journal, _ = standing
        ahead = spelled(Place(journal.epoch, journal.told + 1))
        assert after != ahead
        self.refused(house, f"after={ahead}", "cursor-foreign")

    def test_one_that_is_too_old_is_refused(self, house: ApiHouse, after: str) -> None:
        house.take_down(house.page()["items"][0]["id"])
        house.later(days=100)
        house.store.shed_changes(superseded_before=house.now, gone_before=house.now)
        assert "too old" in self.refused(house, f"after={after}", "cursor-expired")
        assert len(house.page()["items"]) == 2

    @pytest.mark.parametrize("limit", ["0", "501", "-1", "1.5", "x", "", "9" * 50, "٣"])
    def test_a_limit_is_a_number_of_some_size(self, house: ApiHouse, limit: str) -> None:
        assert "1 to 500" in self.refused(house, f"limit={quote(limit)}")

    def test_nobody_else_knows_of_a_feed_that_is_none(self, house: ApiHouse) -> None:
        answer = house.ask("/api/v1/items?feed=nowhere")
        assert answer.status_code == 404
        assert "/api/v1/feeds" in models.Problem.model_validate_json(answer.content).detail


class TestOneItem:
    def test_a_story_is_found_by_its_id_and_by_the_name_of_its_page(self, house: ApiHouse) -> None:
        house.news(1)
        [story] = house.stories()
        for name in (quote(story.id, safe=""), quote(story.id), story.slug):
            answer = house.ask(f"/api/v1/items/{name}")
            assert answer.status_code == 200
            assert models.Item.model_validate_json(answer.content).id == story.id
        assert {"change": "new", **answer.json()} == house.page()["items"][0]

    def test_what_is_not_there_or_no_longer_is_told_apart(self, house: ApiHouse) -> None:
        house.news(1)
        [story] = house.stories()
        for name in ("nowhere", "%00", "%ff", "%F0%9F%9A%A2", ""):
            assert house.ask(f"/api/v1/items/{name}").status_code == 404
        house.take_down(story.id)
        answer = house.ask(f"/api/v1/items/{quote(story.id, safe='')}")
        assert answer.status_code == 410
        assert "removed" in models.Problem.model_validate_json(answer.content).detail

    def test_what_is_not_out_is_not_there(self, house: ApiHouse) -> None:
        house.say("antara", rss(item("1")))
        house.collect("antara")
        with house.store.database.reading() as connection:
            slug = connection.exec_driver_sql("SELECT slug FROM stories").scalar()
        assert house.ask(f"/api/v1/items/{slug}").status_code == 404


class TestLists:
    def test_feeds_are_listed_with_their_addresses(self, house: ApiHouse) -> None:
        house.news(1)
        listed = models.Feeds.model_validate_json(house.ask("/api/v1/feeds").content).feeds
        assert [feed.id for feed in listed] == ["all", "news", "logistik"]
        assert listed[0].urls.rss == "https://feeds.example.id/feeds/all.rss"
        assert listed[0].changed == house.now
        assert house.ask("/api/v1/items?" + listed[0].urls.items.partition("?")[2]).status_code == 200

    def test_sources_are_listed_without_what_is_ours_alone(self, house: ApiHouse) -> None:
        url, headers = "https://r.example.id/?key=secret", (("X", "secret"),)
        secret = a_source("rahasia", "news", url=url, headers=headers)
        house.use(*house.sources.values(), secret)
        house.news(1)
        answer = house.ask("/api/v1/sources")
        assert "secret" not in answer.text
        listed = models.Sources.model_validate_json(answer.content).sources
        assert [source.id for source in listed] == ["antara", "rahasia", "kawat", "tempo"]
        assert (listed[0].title, listed[0].home, listed[0].category) == ("Kabar", "https://k.id/", "news")
        assert (listed[1].title, listed[1].home, listed[1].changed) == ("rahasia", "", None)


class TestAnswering:
    PATHS = ("/api/v1/items", "/api/v1/feeds", "/api/v1/sources", "/api/openapi.json")

    @pytest.mark.parametrize("path", PATHS)
    def test_what_did_not_change_is_not_sent_again(self, house: ApiHouse, path: str) -> None:
        house.news(1)
        first = house.ask(path)
        assert first.headers["content-type"] == "application/json"
        assert first.headers["access-control-allow-origin"] == "*"
        assert first.headers["cache-control"].startswith("public")
        assert first.headers["vary"] == "Accept-Encoding, Authorization"
        again = house.ask(path, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        head = house.ask(path, "HEAD")
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["etag"] == first.headers["etag"]
        zipped = house.ask(path, headers={"Accept-Encoding": "gzip"})
        assert gzip.decompress(zipped.extensions["sent"]) == first.content

    @pytest.mark.parametrize("path", [*PATHS, "/api/v1/items/x"])
    def test_scripts_of_other_sites_may_ask(self, house: ApiHouse, path: str) -> None:
        answer = house.ask(path, "OPTIONS")
        assert answer.status_code == 204
        assert answer.headers["access-control-allow-headers"]

    @pytest.mark.parametrize("path", [*PATHS, "/api/v1/items/x"])
    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "QUERY"])
    def test_nothing_is_written(self, house: ApiHouse, path: str, method: str) -> None:
        answer = house.ask(path, method)
        assert answer.status_code == 405
        assert {"GET", "HEAD"} <= set(answer.headers["allow"].split(", "))
        assert models.Problem.model_validate_json(answer.content).status == 405

    @pytest.mark.parametrize("path", ["/api", "/api/", "/api/v1", "/api/v2/items", "/api/v1/items%2f"])
    def test_an_address_that_is_none_says_so_as_the_others_do(self, house: ApiHouse, path: str) -> None:
        answer = house.ask(path)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
        assert answer.headers["cache-control"] == "no-store"
        assert models.Problem.model_validate_json(answer.content).title == "Not Found"

    def test_a_database_that_does_not_answer_is_a_problem(
        self, house: ApiHouse, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object, **__: object) -> None:
            raise StoreError("locked")

        monkeypatch.setattr(house.store, "page", fail)
        answer = house.ask("/api/v1/items")
        assert answer.status_code == 503
        assert answer.headers["retry-after"]
        assert "locked" not in models.Problem.model_validate_json(answer.content).detail

    def test_a_mistake_of_ours_is_a_problem(self, house: ApiHouse, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(house.store, "editions", lambda: 1 / 0)
        answer = house.ask("/api/v1/feeds")
        assert answer.status_code == 500
        assert "mistake of ours" in models.Problem.model_validate_json(answer.content).detail


def test_every_address_is_described(house: ApiHouse) -> None:
    described = json.loads(house.ask("/api/openapi.json").content)
    assert described["openapi"] == "3.1.0"
    assert described["paths"].keys() == {
        "/api/v1/items",
        "/api/v1/items/{id}",
        "/api/v1/feeds",
        "/api/v1/sources",
    }
    assert described["servers"] == [{"url": "https://feeds.example.id"}]
    text = json.dumps(described)
    for name in described["components"]["schemas"]:
        assert f"#/components/schemas/{name}" in text
