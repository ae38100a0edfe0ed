"""The checks of JSON Feed find nothing in a perfect document, and each finds what it is for."""

from __future__ import annotations

import pytest

from tests.validity import jsonfeed
from tests.validity.breaking import BASE, Break, breaks, caught, perfect, untried

URL = f"{BASE}.json"
BROKEN: list[Break] = [
    ("is_json", '"language": "id",', '"language": "id"'),
    ("is_json", '"language": "id",', '"language": "id", "language": "en",'),
    ("is_json", '"size_in_bytes": 12', '"size_in_bytes": NaN'),
    ("is_utf_8_without_a_mark", "{", "\ufeff{"),
    ("is_utf_8_without_a_mark", "Kapal tiba", r"Kapal \ud800tiba"),
    ("fits_the_schema", '"title": "Pelabuhan & kapal",', ""),
    ("fits_the_schema", '"title": "Pelabuhan & kapal"', '"title": ""'),
    ("fits_the_schema", '"title": "Pelabuhan & kapal"', '"titel": "x", "title": "x"'),
    ("fits_the_schema", '"id": "https://bahtera.example.com/n/6"', '"id": 6'),
    ("fits_the_schema", '"tags": [', '"tags": "x", "_": ['),
    ("fits_the_schema", '"mime_type": "audio/mpeg", ', ""),
    ("fits_the_schema", '"size_in_bytes": 12', '"size_in_bytes": -12'),
    ("fits_the_schema", '{"name": "Sari"}', "{}"),
    ("version_is_1_1", "version/1.1", "version/1"),
    ("addresses_are_complete", '"url": "https://pelabuhan', '"url": "//pelabuhan'),
    ("addresses_are_complete", '"image": "https://', '"image": "javascript:'),
    ("feed_url_is_the_document", "feeds/logistik.json", "feeds/all.json"),
    ("next_url_leads_on", "logistik.json?before=4", "logistik.json"),
    ("ids_are_good", '"id": "https://bahtera.example.com/n/6"', '"id": "6"'),
    ("ids_are_good", '"id": "https://bahtera.example.com/n/6"', '"id": "HTTPS://bahtera.example.com/n/6"'),
    ("ids_are_unique", "https://bahtera.example.com/n/6", "tag:kabar.example.id,2024-01-01:pelabuhan/4711"),
    ("every_item_says_something", '"content_text": "Kapal tiba",', ""),
    ("every_item_says_something", '"content_text": "Kapal tiba"', '"content_text": " "'),
    ("html_is_harmless", "<b>turun</b>", "<b onclick='x()'>turun</b>"),
    ("html_is_harmless", "&amp; tarif", "&tarif; "),
    ("dates_are_proper", "2024-11-18T01:02:03Z", "Mon, 18 Nov 2024 01:02:03 +0000"),
    ("dates_are_plausible", "2024-11-18T01:02:03Z", "2924-11-18T01:02:03Z"),
    ("changes_follow_publication", '"date_modified": "2024-11-20T09', '"date_modified": "2024-11-20T06'),
    ("items_come_newest_first", '"date_published": "2024-11-20', '"date_published": "2024-11-10'),
    ("languages_are_tags", '"language": "id"', '"language": "id_ID"'),
    ("attachments_are_proper", '"mime_type": "audio/mpeg"', '"mime_type": "mp3"'),
    ("attachments_are_proper", '"attachments": [',
     '"attachments": [{"url": "https://pelabuhan.example.id/suara.mp3", "mime_type": "a/b"}, '),
    ("plain_texts_are_plain", '"summary": "Antrean turun, 3 < 5."', '"summary": "<p>Antrean</p>"'),
    ("tags_are_not_repeated", '"Tanjung Priok"', '"Logistik"'),
    ("nothing_is_deprecated", '"authors": [{"name": "Sari"}]', '"author": {"name": "Sari"}'),
    ("extensions_are_objects", '"_ours"', '"_4"'),
    ("has_no_bad_characters", "Kapal tiba", r"Kapal \u0000tiba"),
]  # fmt: skip


def test_a_perfect_document_has_no_faults() -> None:
    kind = "application/feed+json; charset=utf-8"
    assert jsonfeed.check(perfect("feed.json").encode(), url=URL, content_type=kind) == []


@pytest.mark.parametrize(("rule", "old", "new"), BROKEN)
def test_each_fault_is_found(rule: str, old: str, new: str) -> None:
    assert rule in caught(jsonfeed, breaks("feed.json", old, new), url=URL)


def test_every_rule_is_tried() -> None:
    assert untried(jsonfeed.RULES, BROKEN, "content_type_is_json_feed") == set()


def test_the_answer_s_media_type_is_looked_at() -> None:
    body = perfect("feed.json").encode()
    assert "content_type_is_json_feed" in caught(jsonfeed, body, content_type="application/json")


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b'{"items": [1, null]}', b'{"items": {}}'])
def test_what_is_no_feed_at_all_is_no_surprise(body: bytes) -> None:
    assert {"fits_the_schema", "version_is_1_1"} <= caught(jsonfeed, body)
