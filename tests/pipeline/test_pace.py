"""What is remembered of a source's pace and address, and when it is saved."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from aggregator.errors import StoreError
from aggregator.model.fetch import Failed
from aggregator.model.item import Pace
from aggregator.model.source import NO_VALIDATORS, Move
from aggregator.rules.schedule import NEVER
from aggregator.store.transaction import SqlTransaction
from tests.making import NOW
from tests.pipeline.house import item, rss

if TYPE_CHECKING:
    from tests.pipeline.house import House

NEW = "https://new.example.id/feed/"


def moved_on(house: House, **move: object) -> None:
    """Let the database hold this of where ``antara`` has moved."""
    state = house.store.states()["antara"]
    with house.store.writing() as transaction:
        transaction.put_states([replace(state, move=Move(**move))])  # type: ignore[arg-type] # a test's own


def test_validators_are_never_saved_before_the_items(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a crash in between would lose the items: asked with these, the server says "not modified"."""

    def fails(_transaction: SqlTransaction, _stories: object) -> None:
        raise StoreError("database x: the disk is full")

    house.say("antara", rss(item()))
    with monkeypatch.context() as patch:
        patch.setattr(SqlTransaction, "put_stories", fails)
        with pytest.raises(StoreError):
            house.collect("antara")
    state = house.store.states()["antara"]
    assert (state.validators, state.body_hash, state.next_at) == (NO_VALIDATORS, "", None)
    assert house.collect("antara")["antara"].items_new == 1
    assert house.store.states()["antara"].validators != NO_VALIDATORS


def test_what_a_document_asks_for_is_remembered_while_it_does_not_change(house: House) -> None:
    house.say("antara", rss(item()).replace("<channel>", "<channel><ttl>50</ttl>"))
    house.collect("antara")
    house.later(minutes=80)
    assert house.collect("antara")["antara"].result == "not_modified"
    assert house.store.states()["antara"].pace == Pace(every=timedelta(minutes=50))
    house.say("antara", rss(item("2")))
    house.collect("antara")
    assert house.store.states()["antara"].pace is None


def test_a_rhythm_is_learned_from_new_items_once(house: House) -> None:
    house.say("antara", rss(item("1")))
    house.collect("antara")
    first = house.store.states()["antara"].rhythm
    assert first
    house.later(minutes=15)
    house.collect("antara")
    assert house.store.states()["antara"].rhythm == first
    house.say("antara", rss(item("1"), item("2", "Kapal lain")))
    house.collect("antara")
    assert house.store.states()["antara"].rhythm != first


def test_a_source_that_was_known_before_rhythms_were_learned_has_one_from_its_next_answer_on(
    house: House,
) -> None:
    house.say("antara", rss(item("1")))
    house.collect("antara")
    with house.store.writing() as transaction:
        transaction.put_states([replace(house.store.states()["antara"], rhythm="")])
    assert house.collect("antara")["antara"].result == "not_modified"
    assert house.store.states()["antara"].rhythm


def test_a_source_that_moved_for_good_is_asked_there_and_stays_the_same_source(house: House) -> None:
    house.say("antara", rss(item("1")))
    house.collect("antara")
    url = house.sources["antara"].url
    moved_on(house, followed=NEW)
    house.documents[NEW] = rss(item("1"), item("2", "Kapal lain"))
    assert house.collect("antara")["antara"].items_new == 1
    assert house.fetcher.asked[-1].url == NEW
    assert house.store.states()["antara"].url == url


def test_a_new_address_that_is_gone_is_given_up_for_the_old_one(house: House) -> None:
    house.say("antara", rss(item("1")))
    house.collect("antara")
    moved_on(house, followed=NEW)
    house.documents[NEW] = Failed(error="status 410 Gone", at=NOW, status=410)
    for _ in range(3):
        assert house.collect("antara")["antara"].result == "failed"
        state = house.store.states()["antara"]
        assert (state.result, state.next_at == NEVER) == ("failed", False)
    assert state.move is None
    assert house.collect("antara")["antara"].result == "not_modified"
    assert house.fetcher.asked[-1].url == house.sources["antara"].url


def test_a_source_that_is_gone_says_so(house: House) -> None:
    house.say("antara", Failed(error="status 410 Gone", at=NOW, status=410))
    assert house.collect("antara")["antara"].result == "failed"
    state = house.store.states()["antara"]
    assert (state.result, state.error, state.next_at) == (
        "gone", "status 410 Gone: gone for good, and not asked again", NEVER,
    )  # fmt: skip
