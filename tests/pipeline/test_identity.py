"""Ids that change: what a source calls otherwise is the same item still (docs/duplicates.md, A)."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from aggregator.rules.identity import LONGEST_KEY
from aggregator.rules.revise import MOST_FORMER_KEYS
from aggregator.store import tables
from tests.making import NOW, a_source
from tests.pipeline.house import House, item, rss

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.model.item import Item
    from aggregator.model.story import Story

LONG = f"<p>{' '.join(f'kata{number}' for number in range(80))}</p>"
SHORT = f"<p>{' '.join(f'kata{number}' for number in range(47))}</p>"


def rfc(instant: datetime) -> str:
    return format_datetime(instant)


def read(house: House, *documents: str, source: str = "antara", minutes: float = 15) -> list[Story]:
    """Let ``source`` answer with each of ``documents`` in turn; return the published stories."""
    for document in documents:
        house.say(source, document)
        assert house.collect(source)[source].result == "fetched"
        house.publish()
        house.later(minutes=minutes)
    return house.stories()


def stored(house: House) -> list[str]:
    """Return the keys of all stored items."""
    with house.store.database.reading() as connection:
        return sorted(connection.execute(select(tables.items.c.key)).scalars())


def one(house: House, *documents: str, source: str = "antara") -> Item:
    """Read ``documents``, each of them one item by another name, and return that item."""
    [before] = read(house, documents[0], source=source)
    [after] = read(house, *documents[1:], source=source)
    assert (after.id, after.published, after.updated) == (before.id, before.published, before.updated)
    assert len(stored(house)) == 1
    return after.shown


class TestRepair:
    def test_an_id_that_changes_while_the_address_stays(self, house: House) -> None:
        link = "https://antara.example.id/kapal"
        shown = one(house, rss(item("1", link=link)), rss(item("baru-1", link=f"{link}?utm_source=rss")))
        assert (shown.key, shown.former_keys, shown.upstream_id) == ("id:1", ("id:baru-1",), "1")
        decisions = house.store.decisions(house.stories()[0].id)
        assert [(each.kind, each.detail) for each in decisions] == [("renamed", "id:baru-1")]

    def test_an_id_that_moves_from_http_to_https_and_to_another_host(self, house: House) -> None:
        path = "antara.example.id/berita/kapal"
        shown = one(
            house,
            rss(item(f"http://{path}", link="https://antara.example.id/a")),
            rss(item(f"https://{path}", link="https://antara.example.id/b")),
            rss(item(f"https://www.{path}", link="https://antara.example.id/c")),
        )
        assert shown.key == f"id:http://{path}"
        assert shown.link == "https://antara.example.id/c"

    def test_a_post_s_number_that_becomes_its_permalink_and_back(self, house: House) -> None:
        short, permalink = "https://antara.example.id/?p=12", "https://antara.example.id/2024/11/kapal/"
        shown = one(
            house,
            rss(item(short, link=permalink)),
            rss(item(permalink, link=permalink)),
            rss(item(short, link=permalink)),
            rss(item(permalink, link=short)),
        )
        assert shown.key == f"id:{short}"

    @pytest.mark.parametrize(
        ("body", "hours", "title", "same"),
        [
            pytest.param(LONG, 48, "Kapal tiba", True, id="the same text two days later"),
            pytest.param(LONG, 49, "Kapal tiba", False, id="more than two days later"),
            pytest.param(SHORT, 0, "Kapal tiba", False, id="a teaser is too little to know it by"),
            pytest.param(LONG, 0, "Kapal pergi", False, id="another title"),
        ],
    )
    def test_id_and_address_change_and_title_and_text_stay(
        self, house: House, body: str, hours: int, title: str, *, same: bool
    ) -> None:
        date = NOW - timedelta(days=3)
        first = rss(item("1", date=rfc(date), body=body, link="https://antara.example.id/a"))
        second = rss(
            item(
                "2",
                title,
                date=rfc(date + timedelta(hours=hours)),
                body=body,
                link="https://antara.example.id/b",
            )
        )
        assert len(read(house, first, second)) == (1 if same else 2)

    def test_what_the_document_names_still_is_not_repaired(self, house: House) -> None:
        old = item("1", body=LONG, link="https://antara.example.id/?p=12")
        new = item("2", body=LONG, link="https://antara.example.id/?p=12")
        assert len(read(house, rss(old), rss(new, old))) == 1  # one address, one story
        assert stored(house) == ["id:1", "id:2"]

    def test_a_new_item_takes_the_place_of_one_old_item_only(self, house: House) -> None:
        twins = [item(str(number), body=LONG, link="https://antara.example.id/") for number in (1, 2)]
        again = [item(str(number), body=LONG, link="https://antara.example.id/") for number in (3, 4)]
        assert len(read(house, rss(*twins), rss(*again))) == 2
        assert stored(house) == ["id:1", "id:2"]

    def test_an_edit_together_with_a_new_id_is_an_edit(self, house: House) -> None:
        link = "https://antara.example.id/kapal"
        [story] = read(house, rss(item("1", link=link)), rss(item("2", "Kapal pergi", link=link)))
        assert (story.shown.key, story.shown.title) == ("id:1", "Kapal pergi")
        assert story.updated == NOW + timedelta(minutes=15)
        kinds = [each.kind for each in house.store.decisions(story.id)]
        assert kinds == ["renamed", "edited"]

    def test_the_new_id_alone_finds_it_when_its_address_changes_too(self, house: House) -> None:
        [story] = read(
            house,
            rss(item("1", link="https://antara.example.id/a")),
            rss(item("2", link="https://antara.example.id/a")),
            rss(item("2", "Judul lain", link="https://antara.example.id/b")),
        )
        assert (story.shown.key, story.shown.link) == ("id:1", "https://antara.example.id/b")

    def test_an_address_that_moved_is_known_by_the_old_one_too(self, house: House) -> None:
        read(
            house,
            rss(item("1", link="https://antara.example.id/a")),
            rss(item("1", link="https://antara.example.id/b")),
        )
        [story] = read(house, rss(item("k", link="https://antara.example.id/a")), source="kawat")
        assert [copy.source for copy in story.copies] == ["antara", "kawat"]


class TestRestlessIds:
    def test_ids_that_change_at_every_fetch_make_one_entry_and_no_edition(self, house: House) -> None:
        link = "https://antara.example.id/kapal"
        house.say("antara", rss(item("0", link=link)))
        house.collect("antara")
        house.publish()
        for number in range(1, 21):
            house.later(minutes=15)
            house.say("antara", rss(item(f"sesi-{number}", link=link)))
            assert house.collect("antara")["antara"].items_new == 0
            assert house.publish() == {}
        [story] = house.stories()
        assert stored(house) == ["id:0"]
        assert len(story.shown.former_keys) == MOST_FORMER_KEYS
        assert story.shown.former_keys[-1] == "id:sesi-20"
        with house.store.database.reading() as connection:
            names = connection.execute(select(tables.aliases.c.number)).scalars().all()
        assert len(names) <= MOST_FORMER_KEYS + 4
        decided = house.store.decisions(story.id)
        assert len(decided) == MOST_FORMER_KEYS

    def test_ids_that_flip_between_two_forms(self, house: House) -> None:
        link = "https://antara.example.id/kapal"
        forms = [rss(item("1", link=link)), rss(item("2", link=link))]
        shown = one(house, *forms * 4)
        assert shown.former_keys == ("id:2",)

    def test_an_item_that_left_under_its_other_id_is_gone_and_comes_back(self, house: House) -> None:
        link = "https://antara.example.id/kapal"
        read(house, rss(item("1", link=link)), rss(item("2", link=link)))
        assert house.gone() == []
        read(house, rss(item("3", "Lain")))
        assert house.gone() == ["id:1"]
        read(house, rss(item("3", "Lain"), item("2", link=link)))
        assert house.gone() == []
        assert stored(house) == ["id:1", "id:3"]

    def test_links_that_flip_between_campaigns_make_no_edition(self, house: House) -> None:
        link = "https://antara.example.id/kapal?utm_source={}"
        read(house, rss(item("1", link=link.format("a"))))
        for name in "baba":
            house.later(minutes=15)
            house.say("antara", rss(item("1", link=link.format(name))))
            assert house.collect("antara")["antara"].items_updated == 0
            assert house.publish() == {}
        assert house.stories()[0].shown.link == link.format("a")

    def test_a_link_that_becomes_secure_is_the_new_link(self, house: House) -> None:
        [story] = read(
            house,
            rss(item("1", link="http://antara.example.id/kapal")),
            rss(item("1", link="https://antara.example.id/kapal")),
        )
        assert story.shown.link == "https://antara.example.id/kapal"
        assert story.updated == story.published


class TestOddIds:
    def test_ids_of_ten_thousand_characters(self, house: House) -> None:
        long = "x" * 10_000
        stories = read(house, rss(item(f"{long}1", "Satu", link="https://antara.example.id/1"),
                                  item(f"{long}2", "Dua", link="https://antara.example.id/2")))  # fmt: skip
        assert len(stories) == 2
        assert all(len(key) <= LONGEST_KEY for key in stored(house))
        assert all(len(story.id) < 200 for story in stories)
        [after, _] = sorted(
            read(house, rss(item(f"{long}3", "Satu", link="https://antara.example.id/1"))),
            key=lambda story: story.shown.title,
            reverse=True,
        )
        assert (after.shown.title, len(after.shown.former_keys)) == ("Satu", 1)

    def test_empty_ids_go_by_their_address_and_without_one_by_their_text(self, house: House) -> None:
        bare = "<item><title>{}</title><guid> </guid><description>Isi {}</description></item>"
        linked = "<item><title>Tiga</title><link>https://antara.example.id/3</link><guid></guid></item>"
        document = rss(bare.format("Satu", 1), bare.format("Dua", 2), linked)
        assert len(read(house, document, document.replace("Kabar", "Warta"))) == 3
        assert len(stored(house)) == 3

    def test_one_id_for_all_items_loses_none(self, house: House) -> None:
        def document(*titles: str) -> str:
            return rss(*(item("0", title, link=f"https://antara.example.id/{title}") for title in titles))

        stories = read(house, document("satu", "dua", "tiga"))
        assert sorted(story.shown.title for story in stories) == ["dua", "satu", "tiga"]
        assert len({story.id for story in stories}) == 3
        after = read(house, document("empat", "satu", "dua", "tiga"))
        assert {story.id for story in stories} < {story.id for story in after}
        assert len(after) == 4

    def test_one_id_for_all_items_of_a_document_that_has_only_one_at_first(self, house: House) -> None:
        [first] = read(house, rss(item("0", "Satu", link="https://antara.example.id/1")))
        both = read(
            house,
            rss(
                item("0", "Dua", link="https://antara.example.id/2"),
                item("0", "Satu", link="https://antara.example.id/1"),
            ),
        )
        assert len(both) == 2
        assert first.id in {story.id for story in both}


class TestSeveralSites:
    def test_section_feeds_that_overlap_make_one_entry_with_all_their_categories(self, house: House) -> None:
        house.use(
            *(a_source(name, name, url=f"https://portal.id/{name}/rss") for name in ("nasional", "ekonomi"))
        )
        link = "https://portal.id/kapal"
        for name in ("nasional", "ekonomi"):
            guid = f"https://portal.id/{name}/?p=12"
            house.say(name, rss(item(guid, link=f"{link}?utm_source={name}"), item(f"{name}-lain", name)))
        house.collect()
        editions = house.publish()
        [entry] = [entry for entry in editions["all"].entries if entry.title == "Kapal tiba"]
        assert [label.term for label in entry.categories] == ["nasional", "ekonomi"]
        assert len(editions["all"].entries) == 3
        for name in ("nasional", "ekonomi"):
            assert entry in editions[name].entries
            assert len(editions[name].entries) == 2

    def test_posts_of_several_sites_that_number_them_alike_are_not_merged(self, house: House) -> None:
        """A planet carries many sites; every WordPress has its ``?p=12``."""
        posts = [
            item(
                f"https://blog{number}.id/?p=12", f"Judul {number}", link=f"https://blog{number}.id/a{number}"
            )
            for number in range(4)
        ]
        stories = read(house, rss(*posts[:2]), rss(*posts[2:]))
        assert sorted(story.shown.title for story in stories) == [f"Judul {number}" for number in range(4)]

    def test_a_title_that_comes_every_day_is_new_every_day(self, house: House) -> None:
        days = []
        for day in range(3):
            date = rfc(NOW + timedelta(days=day) - timedelta(hours=1))
            daily = LONG.replace("kata1", f"hari{day}")
            days.append(rss(item(f"g{day}", "Kurs hari ini", date=date, body=daily)))
        stories = read(house, *days, minutes=60 * 24)
        assert len(stories) == 3
