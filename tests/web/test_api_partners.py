"""The API under a contract: what of each story is seen, when, and what is counted."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from aggregator.model.feed import Extent, Part
from aggregator.model.partner import Partner, Rate, Terms
from aggregator.store import open_store
from aggregator.web.api import models
from tests.making import a_feed
from tests.pipeline.house import item, rss
from tests.web.api_newsroom import ApiHouse, told

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOUR = timedelta(hours=1)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[ApiHouse]:
    with closing(open_store(f"sqlite:///{tmp_path}/aggregator.db")) as store:
        yield ApiHouse(store)


def a_partner(*feeds: str, terms: Terms | None = None, **changes: Any) -> Partner:
    return Partner(id="warta", title="Warta", feeds=feeds or ("all",), terms=terms or Terms(), **changes)


def edit(house: ApiHouse, title: str) -> None:
    house.say("antara", rss(item("antara-1", title)))
    house.collect("antara")
    house.publish()
    house.write_down("all")


def test_a_partner_sees_what_its_contract_has(house: ApiHouse) -> None:
    parts = frozenset({Part.SUMMARY, Part.LANGUAGE})
    partner = a_partner(terms=Terms(parts=parts), link_parameters=(("utm_source", "warta"),))
    headers = house.sign(partner)
    house.news(1)
    [each] = house.page(headers=headers)["items"]
    assert list(each) == [
        *("change", "id", "url", "title", "summary", "date_published", "date_modified", "language", "source")
    ]
    assert each["url"] == "https://antara.example.id/antara-1?utm_source=warta"
    alone = house.ask(f"/api/v1/items/{each['id']}", headers=headers)
    assert {"change": "new", **alone.json()} == each
    assert "content_html" in house.page()["items"][0], "everybody sees all of it"


def test_a_partner_reads_titles_alone_where_that_was_agreed(house: ApiHouse) -> None:
    headers = house.sign(a_partner(terms=Terms(extent=Extent.NONE)))
    house.news(1)
    [each] = house.page(headers=headers)["items"]
    assert not {"summary", "content_html"} & each.keys()


def test_answers_to_partners_are_theirs_alone(house: ApiHouse) -> None:
    headers = house.sign(a_partner())
    for path in ("/api/v1/items", "/api/v1/feeds", "/api/v1/sources"):
        answer = house.ask(path, headers=headers)
        assert answer.headers["cache-control"] == "private, no-cache"
        assert "authorization" in answer.headers["vary"].lower()
        assert house.ask(path).headers["cache-control"].startswith("public")
    assert house.ask("/api/v1/items", headers={"Authorization": "Basic x"}).status_code == 200


def test_each_change_comes_after_its_delay_as_it_was(house: ApiHouse) -> None:
    headers = house.sign(a_partner(terms=Terms(delay=2 * HOUR)))
    house.news(1)
    house.write_down("all")
    first = house.page(headers=headers)
    assert (first["items"], first["more"]) == ([], False)
    story = house.page()["items"][0]["id"]
    assert house.ask(f"/api/v1/items/{story}", headers=headers).status_code == 404
    house.later(hours=1)
    edit(house, "Kapal satu")
    house.later(hours=1)
    second = house.page(first["next"], headers=headers)
    assert told(second) == [("new", "Kapal 1 antara")]
    assert house.ask(f"/api/v1/items/{story}", headers=headers).json()["title"] == "Kapal 1 antara"
    assert house.ask(f"/api/v1/items/{story}").json()["title"] == "Kapal satu"
    house.later(hours=1)
    third = house.page(second["next"], headers=headers)
    assert told(third) == [("updated", "Kapal satu")]
    assert house.ask(f"/api/v1/items/{story}", headers=headers).json()["title"] == "Kapal satu"
    house.take_down(story)
    assert house.page(third["next"], headers=headers)["items"] == []
    assert house.ask(f"/api/v1/items/{story}", headers=headers).status_code == 410
    assert "Kapal" not in json.dumps(house.page(headers=headers)), "what it said is gone at once"
    house.later(hours=2)
    assert house.page(third["next"], headers=headers)["items"] == [{"change": "removed", "id": story}]


def test_what_was_not_written_down_is_never_told_before_its_time(house: ApiHouse) -> None:
    headers = house.sign(a_partner(terms=Terms(delay=2 * HOUR)))
    house.news(1)
    story = house.page()["items"][0]["id"]
    house.later(hours=1)
    edit(house, "Rahasia")
    house.later(hours=1)
    assert "Rahasia" in house.ask("/api/v1/items").text, "so that it is remembered"
    first = house.page(headers=headers)
    assert first["items"] == [], "nobody knows what it said then"
    assert house.ask(f"/api/v1/items/{story}", headers=headers).status_code == 404
    house.later(hours=1)
    assert told(house.page(first["next"], headers=headers)) == [("new", "Rahasia")]
    assert told(house.page(headers=headers)) == [("new", "Rahasia")]
    assert house.ask(f"/api/v1/items/{story}", headers=headers).json()["title"] == "Rahasia"


def test_what_is_the_same_as_then_is_told_though_it_was_not_written_down(house: ApiHouse) -> None:
    headers = house.sign(a_partner(terms=Terms(delay=2 * HOUR)))
    house.news(1)
    story = house.page()["items"][0]["id"]
    house.later(hours=2)
    assert told(house.page(headers=headers)) == [("new", "Kapal 1 antara")]
    assert house.ask(f"/api/v1/items/{story}", headers=headers).status_code == 200


def test_an_edit_that_no_feed_has_noticed_is_not_told_before_its_time(house: ApiHouse) -> None:
    headers = house.sign(a_partner(terms=Terms(delay=2 * HOUR)))
    house.news(1)
    story = house.page()["items"][0]["id"]
    house.later(hours=3)
    house.say("antara", rss(item("antara-1", "Rahasia")))
    house.collect("antara")
    assert told(house.page()) == [("new", "Rahasia")], "everybody may know"
    assert house.page(headers=headers)["items"] == []
    assert house.ask(f"/api/v1/items/{story}", headers=headers).status_code == 404


def test_one_story_shows_as_much_as_the_feeds_that_carry_it(house: ApiHouse) -> None:
    house.feeds = [replace(feed, extent=Extent.SUMMARY) for feed in house.feeds]
    headers = house.sign(a_partner("all"))
    more = house.sign(replace(a_partner("all", terms=Terms(extent=Extent.FULL)), id="gema"))
    house.news(1)
    [each] = house.page()["items"]
    for whose, whole in ((None, False), (headers, False), (more, True)):
        alone = house.ask(f"/api/v1/items/{each['id']}", headers=whose).json()
        assert ("content_html" in alone) is whole
    house.add(a_feed("source/antara", "antara", on_demand=True))
    assert "content_html" in house.ask(f"/api/v1/items/{each['id']}").json(), "this one shows all of it"
    assert "content_html" not in house.ask(f"/api/v1/items/{each['id']}", headers=headers).json()


def test_a_contract_is_about_its_feeds_alone(house: ApiHouse) -> None:
    headers = house.sign(a_partner("logistik"))
    house.news(1)
    house.news(2, source="kawat")
    listed = models.Feeds.model_validate_json(house.ask("/api/v1/feeds", headers=headers).content)
    assert [feed.id for feed in listed.feeds] == ["logistik"]
    refused = house.ask("/api/v1/items?feed=all", headers=headers)
    assert (refused.status_code, refused.headers["content-type"]) == (403, "application/problem+json")
    detail = models.Problem.model_validate_json(refused.content).detail
    assert detail == "This key does not open this feed. It opens: logistik. Ask the publisher for more."
    assert told(house.page(feed="logistik", headers=headers)) == [("new", "Kapal 2 kawat")]
    one, two = (each["id"] for each in house.page()["items"])
    assert house.ask(f"/api/v1/items/{one}", headers=headers).status_code == 404
    assert house.ask(f"/api/v1/items/{two}", headers=headers).status_code == 200


def test_who_may_not_ask_is_told_why_and_what_to_do(house: ApiHouse) -> None:
    headers = house.sign(a_partner(rate=Rate(count=1, period=HOUR)))
    unknown = house.ask("/api/v1/items", headers={"Authorization": "Bearer ak_lain"})
    assert unknown.status_code == 404
    assert models.Problem.model_validate_json(unknown.content).detail.startswith("This key is not known.")
    assert house.ask("/api/v1/items", headers=headers).status_code == 200
    often = house.ask("/api/v1/items", headers=headers)
    assert often.status_code == 429
    assert int(often.headers["retry-after"]) >= 3600
    detail = models.Problem.model_validate_json(often.content).detail
    assert (detail[:33], detail[-1]) == ("This key may ask 1 times in 3600 ", ".")


def test_what_a_partner_takes_is_counted(house: ApiHouse) -> None:
    headers = house.sign(a_partner())
    house.news(1, 2, 3)
    page = house.ask("/api/v1/items?limit=2", headers=headers)
    house.ask("/api/v1/items?limit=2", headers={**headers, "If-None-Match": page.headers["etag"]})
    house.ask("/api/v1/items", "HEAD", headers=headers)
    house.write_down_use()
    state = house.store.partner_states()["warta"]
    assert (state.use.fetches, state.use.unmodified, state.use.items) == (3, 1, 2)
    assert state.use.bytes == len(page.content)
    with house.store.database.reading() as connection:
        rows = connection.exec_driver_sql("SELECT partner, feed, serial FROM partner_cursors").all()
    assert rows == [("warta", "all", 2)]
