"""What a source can and cannot do to the stories of another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.pipeline.house import House, item, rss

if TYPE_CHECKING:
    import pytest

GUID = "https://antara.example.id/?p=77"


def test_a_borrowed_id_is_not_shown_beside_its_owner(house: House) -> None:
    house.say("kawat", rss(item(GUID, "Beli sekarang", link="https://kawat.example.id/iklan")))
    house.say("antara", rss(item(GUID, "Kapal tiba", link="https://antara.example.id/kapal")))
    house.collect("kawat")
    house.collect("antara")
    [story] = house.stories()
    assert (story.shown.source, story.id) == ("antara", GUID)


def test_an_entry_that_moves_on_to_a_new_article_does_not_swallow_it(house: House) -> None:
    new = "https://antara.example.id/baru"
    top = {"title": "Kabar utama", "date": "Wed, 20 Nov 2024 13:00:00 WIB"}
    house.say("kawat", rss(item("top", link="https://kawat.example.id/lama", **top)))
    house.collect("kawat")
    house.publish()
    house.later(days=30)
    house.say("kawat", rss(item("top", link=new, **top)))
    house.collect("kawat")
    house.publish()
    house.say("antara", rss(item("a1", "Kabar utama", link=new, date="Fri, 20 Dec 2024 14:00:00 WIB")))
    assert house.collect("antara")["antara"].duplicates == 0
    assert {(story.shown.source, story.shown.title) for story in house.stories()} == {
        ("kawat", "Kabar utama"),
        ("antara", "Kabar utama"),
    }


def test_a_text_that_sets_a_bug_off_holds_no_other_up(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from aggregator.pipeline import match  # noqa: PLC0415 # to break it

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    long = " ".join(f"kata{number}" for number in range(80))
    monkeypatch.setattr(match, "compare", broken)
    house.say("antara", rss(item("1", body=f"<p>{long}</p>")))
    house.say("kawat", rss(item("2", body=f"<p>{long} lagi</p>", link="https://kawat.example.id/2")))
    house.collect()
    assert len(house.stories()) == 2
    assert "please report it" in caplog.text
    assert house.store.unmatched(9) == []
