"""What a source sends beside the news comes out of our feeds again, in every format that can carry it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import feedparser
import pytest

from aggregator.model.item import Contributor, Enclosure, Link, Original, Rel
from aggregator.parse.syndication import parse
from tests.pipeline.house import item, rss

if TYPE_CHECKING:
    from aggregator.model.item import ParsedItem
    from tests.pipeline.house import House

CASES = Path(__file__).parent.parent / "parse" / "cases"
SOURCE = "https://antara.example.id/feed/"
#: What the readers of a format find again, as it was; the test's own account of docs/publishing.md.
SAME = ("comments", "comments_count", "rights", "point", "episode", "podcast", "image")


def published(house: House, suffix: str, feed: str = "news") -> bytes:
    house.collect("antara")
    house.publish()
    found = house.store.publication(feed, suffix)
    assert found
    return found.body


def read(body: bytes) -> dict[str, ParsedItem]:
    return {item.title.value: item for item in parse(body, url=SOURCE, content_type="").items}


def files(item: ParsedItem, suffix: str) -> list[Enclosure]:
    """Return the files; RSS allows but one enclosure, and says the others as ``media:content``."""
    if suffix == "atom":
        return list(item.enclosures)
    first = next((file for file in item.enclosures if file.enclosed), None)
    return [file if file is first else replace(file, enclosed=False) for file in item.enclosures]


@pytest.mark.parametrize("suffix", ["rss", "atom"])
@pytest.mark.parametrize(
    "case",
    [
        "rss20-media.xml",
        "rss20-podcast.xml",
        "rss20-beside.xml",
        "atom10-beside.xml",
        "jsonfeed-attachments.json",
    ],
)
def test_what_a_source_sends_is_read_again_from_rss_and_atom(case: str, suffix: str, house: House) -> None:
    document = (CASES / case).read_text()
    house.say("antara", document)
    sent, again = read(document.encode()), read(published(house, suffix))
    assert {title for title in sent if title} <= set(again)
    for title, given in sent.items():
        if not title:
            continue
        found = again[title]
        assert [getattr(found, name) for name in SAME] == [getattr(given, name) for name in SAME]
        assert files(found, suffix) == files(given, suffix)
        assert [link for link in found.links if link.url != SOURCE] == list(given.links)
        if given.original:
            assert Link(rel=Rel.VIA, url=SOURCE, title=parse_title(document)) in found.links
            known = replace(given.original, id="", home="") if suffix == "rss" else given.original
            assert found.original == (
                known if known.id or suffix == "rss" else replace(known, id=known.feed_url)
            )
        else:
            assert found.original
            assert found.original.feed_url == SOURCE


def parse_title(document: str) -> str:
    return parse(document.encode(), url=SOURCE, content_type="").title


def test_json_feed_has_it_in_objects_of_ours(house: House) -> None:
    house.say("antara", (CASES / "rss20-podcast.xml").read_text())
    entries = {one["title"]: one for one in json.loads(published(house, "json"))["items"]}
    entry = entries["3. Pelabuhan"]
    assert entry["attachments"] == [
        {
            "url": "https://siniar.example.id/3.mp3",
            "mime_type": "audio/mpeg",
            "size_in_bytes": 1234567,
            "duration_in_seconds": 3723,
        }
    ]
    assert entry["_episode"] == {
        "title": "Pelabuhan",
        "subtitle": "Dari laut",
        "duration": 3723,
        "season": 2,
        "number": 3,
        "kind": "full",
        "explicit": True,
        "image": "https://siniar.example.id/3.jpg",
    }
    podcast = entry["_podcast"]
    assert podcast["person"] == [
        {
            "role": "host",
            "img": "https://siniar.example.id/ani.jpg",
            "href": "https://ani.example.id/",
            "text": "Ani Wijaya",
        },
        {"text": "Budi"},
    ]
    assert podcast["alternateEnclosure"][0]["source"] == [{"uri": "https://siniar.example.id/3.opus"}]
    assert [one["type"] for one in podcast["transcript"]] == ["application/x-subrip", "text/html"]
    assert podcast["value"][0]["valueTimeSplit"][0]["remoteItem"][0]["itemGuid"] == "x"


def test_json_feed_says_of_files_what_media_rss_does(house: House) -> None:
    house.say("antara", (CASES / "rss20-media.xml").read_text())
    entries = {one["title"]: one for one in json.loads(published(house, "json"))["items"]}
    (film,) = entries["Satu berkas, lengkap"]["attachments"]
    assert film == {
        "url": "https://kabar.example.id/v.mp4",
        "mime_type": "video/mp4",
        "title": "Kapal tiba",
        "size_in_bytes": 9000,
        "duration_in_seconds": 185,
        "_media": {
            "medium": "video",
            "width": 1280,
            "height": 720,
            "description": "Rekaman & suara",
            "thumbnail": "https://antara.example.id/v.jpg",
            "credits": [{"name": "Sari Wulandari", "role": "photographer"}, {"name": "Kantor Berita"}],
        },
    }
    groups = [file.get("_media", {}).get("group") for file in entries["Dua kelompok"]["attachments"]]
    assert groups == [1, 1, 2, 2, None]


def test_json_feed_says_where_whence_and_what_else(house: House) -> None:
    house.say("antara", (CASES / "rss20-beside.xml").read_text())
    entries = {one["title"]: one for one in json.loads(published(house, "json"))["items"]}
    quake = entries["Gempa"]
    assert quake["external_url"] == "https://antara.example.id/2"
    told: dict[str, Any] = {name: quake[name] for name in ("_comments", "_geo", "_links", "_original")}
    assert told == {
        "_comments": {"url": "https://kabar.example.id/1#komentar", "count": 17},
        "_geo": {"latitude": -6.1258, "longitude": 106.8831, "name": "Tanjung Priok"},
        "_links": {
            "related": [{"url": "https://antara.example.id/2"}],
            "via": [{"url": "https://perantara.example.id/1", "title": "Perantara"}],
        },
        "_original": {
            "id": "https://asal.example.id/rss",
            "title": "Kantor Asal",
            "feed_url": "https://asal.example.id/rss",
        },
    }
    assert quake["_source"]["feed_url"] == SOURCE
    assert entries["W3C"]["_comments"] == {"count": 0}


@pytest.mark.parametrize("suffix", ["rss", "atom"])
def test_a_common_reader_finds_it(suffix: str, house: House) -> None:
    house.say("antara", (CASES / "rss20-podcast.xml").read_text())
    found = feedparser.parse(published(house, suffix))
    assert not found.bozo
    entry = next(entry for entry in found.entries if entry.title == "3. Pelabuhan")
    assert [(file.href, file.type, file.length) for file in entry.enclosures] == [
        ("https://siniar.example.id/3.mp3", "audio/mpeg", "1234567")
    ]
    assert (entry.itunes_duration, entry.itunes_season, entry.itunes_episode) == ("3723", "2", "3")
    assert (entry.itunes_title, entry.subtitle, entry.image.href) == (
        "Pelabuhan", "Dari laut", "https://siniar.example.id/3.jpg",
    )  # fmt: skip
    assert entry.podcast_chapters["url"] == "https://antara.example.id/3/bab.json"


@pytest.mark.parametrize("suffix", ["rss", "atom"])
def test_words_about_a_file_are_not_taken_for_the_story(suffix: str, house: House) -> None:
    media = (
        '<media:content url="https://k.id/v.mp4" xmlns:media="http://search.yahoo.com/mrss/"><media:description>'
        f"{'Rekaman. ' * 20}</media:description><media:credit>Ani</media:credit></media:content>"
    )
    house.say("antara", rss(item(body="<p>Beritanya.</p>", more=media)))
    (found,) = read(published(house, suffix)).values()
    assert "Beritanya" in found.summary.value
    assert "Rekaman" not in found.summary.value + found.content.value
    (file,) = found.enclosures
    assert (file.description, file.credits) == (("Rekaman. " * 20).strip(), (Contributor(name="Ani"),))


def test_a_new_count_of_comments_is_no_change(house: House) -> None:
    def said(count: int, body: str = "<p>Isi.</p>") -> str:
        more = (
            f'<slash:comments xmlns:slash="http://purl.org/rss/1.0/modules/slash/">{count}</slash:comments>'
        )
        return rss(item(body=body, more=more))

    def counted() -> int:
        entry, *_ = json.loads(published(house, "json", "all"))["items"]
        count: int = entry["_comments"]["count"]
        return count

    house.say("antara", said(3))
    assert counted() == 3
    house.later(minutes=15)
    house.say("antara", said(4))
    report = house.collect("antara")["antara"]
    assert (report.items_new, report.items_updated) == (0, 0)
    assert house.publish() == {}
    house.later(minutes=15)
    house.say("antara", said(5, "<p>Isi yang lain.</p>"))
    assert counted() == 5


def test_a_source_that_names_itself_is_no_other(house: House) -> None:
    house.say("antara", rss(item(more=f'<source url="{SOURCE}">Kabar</source>')))
    (found,) = read(published(house, "rss")).values()
    assert found.original == Original(title="Kabar", feed_url=SOURCE)
    assert found.links == ()
