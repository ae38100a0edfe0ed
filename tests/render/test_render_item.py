"""A story as the API shows it: what it has, what of it is seen, and that anything a source says fits."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hypothesis import given

from aggregator.model.feed import Extent, Part
from aggregator.model.partner import ChangeKind
from aggregator.model.records import decode, encode
from aggregator.render.item import item, removed, shown, told
from aggregator.render.printable import printable_entry
from aggregator.rules.portion import Portion
from tests.making import BESIDE
from tests.render.editions import editions

if TYPE_CHECKING:
    from aggregator.model.feed import Edition, Entry

ALWAYS = {
    *("id", "url", "title", "summary", "content_html", "date_published", "date_modified", "authors"),
    *("categories", "language", "attachments", "source", "also", "related"),
}


def read(entry: Entry) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(item(printable_entry(entry, "id")))
    return made


def test_an_item_has_what_the_story_has(edition: Edition) -> None:
    full = edition.entries[0]
    full = replace(
        full, source=replace(full.source, source="pelabuhan"), via=(replace(full.via[0], source="bahtera"),)
    )
    made = read(full)
    assert made == {
        "id": full.id,
        "url": full.link,
        "title": full.title,
        "summary": "Antrean kapal turun. Tarif tetap & berlaku.",
        "content_html": full.content,
        "date_published": "2024-11-20T07:30:00+00:00",
        "date_modified": "2024-11-20T09:15:00+00:00",
        "authors": [
            {"name": "Sari Wulandari", "url": "https://pelabuhan.example.id/sari"},
            {"name": "Budi"},
        ],
        "categories": ["Logistik", "Tanjung Priok"],
        "language": "id",
        "attachments": [
            {
                "url": "https://pelabuhan.example.id/suara.mp3",
                "mime_type": "audio/mpeg",
                "size_in_bytes": 1234567,
            },
            {"url": "https://pelabuhan.example.id/peta.pdf", "mime_type": "application/pdf"},
        ],
        "source": {"id": "pelabuhan", "title": "Warta Pelabuhan", "url": "https://pelabuhan.example.id/"},
        "also": [{"id": "bahtera", "title": "Bahtera", "url": "https://bahtera.example.com/n/7?ref=a&x=y"}],
        "related": [],
        "image": full.image,
        "comments": {"url": full.comments},
        "rights": full.rights,
    }


def test_an_item_always_has_the_names_of_the_api(edition: Edition) -> None:
    assert all(read(entry).keys() >= ALWAYS for entry in edition.entries)


def test_what_is_beside_the_news_is_more(edition: Edition) -> None:
    made = read(replace(edition.entries[1], **BESIDE))
    assert made["comments"] == {"count": 0}
    assert made["more"].keys() == {"external_url", "links", "original", "episode", "geo", "podcast"}
    assert made["attachments"][0]["_media"]["medium"] == "video"


def test_every_part_of_a_contract_is_a_name_of_an_item(edition: Edition) -> None:
    made = read(replace(edition.entries[0], **BESIDE))
    assert made.keys() >= set(Part)
    seen = json.loads(shown(json.dumps(made).encode(), Portion(parts=frozenset())))
    assert seen.keys() == {"id", "url", "title", "date_published", "date_modified", "source"}


def test_what_is_seen_whole_are_the_same_bytes(edition: Edition) -> None:
    made = item(printable_entry(edition.entries[0], "id"))
    assert shown(made, Portion()) is made
    assert "content_html" not in json.loads(shown(made, Portion(extent=Extent.SUMMARY)))


def test_what_happened_stands_before_the_rest(edition: Edition) -> None:
    made = item(printable_entry(edition.entries[0], "id"))
    assert json.loads(told(made, ChangeKind.NEW)) == {"change": "new", **json.loads(made)}
    assert json.loads(told(removed("tag:1"), ChangeKind.REMOVED)) == {"change": "removed", "id": "tag:1"}


@given(edition=editions)
def test_anything_that_a_source_says_is_an_item_and_a_record(edition: Edition) -> None:
    for entry in edition.entries:
        assert read(entry)["id"]
        assert decode(encode(entry), type(entry)) == entry
        json.loads(shown(item(printable_entry(entry, "id")), Portion(extent=Extent.SUMMARY)))
