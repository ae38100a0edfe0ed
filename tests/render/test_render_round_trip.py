"""What a reader gets back out of our feeds is what went in."""

from __future__ import annotations

import json
from calendar import timegm
from typing import TYPE_CHECKING, Any

import feedparser
import pytest

from aggregator.render import FORMATS

if TYPE_CHECKING:
    from aggregator.model.feed import Edition


def parsed(edition: Edition, suffix: str) -> Any:
    found = feedparser.parse(
        FORMATS[suffix].render(edition), sanitize_html=False, resolve_relative_uris=False
    )
    assert not found.bozo, found.get("bozo_exception")
    return found


def linked(entry: Any, rel: str) -> list[str]:
    return [link.href for link in entry.links if link.rel == rel]


@pytest.mark.parametrize("suffix", ["rss", "atom"])
class TestFeedparser:
    def test_reads_the_feed(self, suffix: str, edition: Edition) -> None:
        found = parsed(edition, suffix)
        assert found.version == {"rss": "rss20", "atom": "atom10"}[suffix]
        assert found.feed.title == "Logistik"
        assert found.feed.subtitle == "Pelabuhan, kapal & gudang"
        assert found.feed.link == "https://kabar.example.id/c/logistik/"
        assert found.feed.language == "id"
        assert linked(found.feed, "self") == [f"https://kabar.example.id/feeds/logistik.{suffix}"]
        assert timegm(found.feed.updated_parsed) == edition.updated.timestamp()
        assert found.feed.generator == "aggregator"

    def test_reads_ids_links_and_dates(self, suffix: str, edition: Edition) -> None:
        entries = parsed(edition, suffix).entries
        assert [entry.id for entry in entries] == [entry.id for entry in edition.entries]
        assert [entry.link for entry in entries] == [entry.link or entry.page for entry in edition.entries]
        for entry, given in zip(entries, edition.entries, strict=True):
            assert timegm(entry.published_parsed) == int(given.published.timestamp())
            assert timegm(entry.updated_parsed) == int(given.updated.timestamp())

    def test_reads_titles(self, suffix: str, edition: Edition) -> None:
        first, second, third = (entry.title for entry in parsed(edition, suffix).entries)
        assert first == edition.entries[0].title
        assert second == "Short notice"
        assert third == "Kapal Nusa masuk galangan dua pekan: lambung, baling-baling, mesin dan palka."

    def test_reads_texts(self, suffix: str, edition: Edition) -> None:
        first, second, third = parsed(edition, suffix).entries
        assert first.summary == edition.entries[0].summary
        assert first.content[0].value == edition.entries[0].content
        assert second.summary == "The crane is closed today."
        assert (third.content[0].value if suffix == "atom" else third.summary) == edition.entries[2].content

    def test_reads_people_and_labels(self, suffix: str, edition: Edition) -> None:
        first, second, _ = parsed(edition, suffix).entries
        assert [author.get("name") for author in first.authors] == ["Sari Wulandari", "Budi"]
        assert [tag.label or tag.term for tag in first.tags] == ["Logistik", "Tanjung Priok"]
        assert [tag.scheme for tag in first.tags] == ["https://kabar.example.id/c/", None]
        assert "name" not in second.get("author_detail", {})
        if suffix == "atom":
            assert second.source.author == "Bahtera"

    def test_reads_files(self, suffix: str, edition: Edition) -> None:
        first, second, _ = parsed(edition, suffix).entries
        sound, *more = first.enclosures
        assert (sound.href, sound.type, sound.length) == (
            "https://pelabuhan.example.id/suara.mp3", "audio/mpeg", "1234567",
        )  # fmt: skip
        if suffix == "atom":
            assert [(file.href, file.type) for file in more] == [
                ("https://pelabuhan.example.id/peta.pdf", "application/pdf")
            ]
            assert "length" not in second.enclosures[0]
        else:
            assert [(file["url"], file["type"]) for file in first.media_content] == [
                ("https://pelabuhan.example.id/peta.pdf", "application/pdf")
            ]
            assert second.enclosures[0].type == "application/octet-stream"
            assert second.enclosures[0].length == "0"
        assert first.media_thumbnail == [{"url": "https://pelabuhan.example.id/dermaga.jpg"}]

    def test_reads_whose_copy_it_is(self, suffix: str, edition: Edition) -> None:
        first = parsed(edition, suffix).entries[0]
        assert first.source.title == "Warta Pelabuhan"
        assert linked(first, "via") == ["https://bahtera.example.com/n/7?ref=a&x=y"]
        if suffix == "atom":
            assert first.source.id == "https://pelabuhan.example.id/feed/"
            assert timegm(first.source.updated_parsed) == edition.entries[0].source.updated.timestamp()
            assert linked(first.source, "self") == ["https://pelabuhan.example.id/feed/"]
            assert linked(first, "replies") == [edition.entries[0].comments]
        else:
            assert first.source.href == "https://pelabuhan.example.id/feed/"
            assert first.comments == edition.entries[0].comments
        assert first.rights == "© Warta Pelabuhan"
        assert (first.language if suffix == "rss" else first.title_detail.language) == "id"


def test_json_feed_says_everything(edition: Edition) -> None:
    first, second, third = json.loads(FORMATS["json"].render(edition))["items"]
    given = edition.entries[0]
    assert first == {
        "id": given.id,
        "url": given.link,
        "title": given.title,
        "content_html": given.content,
        "summary": "Antrean kapal turun. Tarif tetap & berlaku.",
        "image": given.image,
        "date_published": "2024-11-20T07:30:00+00:00",
        "date_modified": "2024-11-20T09:15:00+00:00",
        "authors": [
            {"name": "Sari Wulandari", "url": "https://pelabuhan.example.id/sari"},
            {"name": "Budi"},
        ],
        "tags": ["Logistik", "Tanjung Priok"],
        "language": "id",
        "attachments": [
            {
                "url": "https://pelabuhan.example.id/suara.mp3",
                "mime_type": "audio/mpeg",
                "size_in_bytes": 1234567,
            },
            {"url": "https://pelabuhan.example.id/peta.pdf", "mime_type": "application/pdf"},
        ],
        "_comments": {"url": given.comments},
        "_rights": {"text": "© Warta Pelabuhan"},
        "_source": {
            "title": "Warta Pelabuhan",
            "feed_url": "https://pelabuhan.example.id/feed/",
            "url": given.link,
        },
        "_via": [
            {
                "title": "Bahtera",
                "feed_url": "https://bahtera.example.com/rss",
                "url": "https://bahtera.example.com/n/7?ref=a&x=y",
            }
        ],
        "_dates": {
            "source": "Warta Pelabuhan",
            "first_seen": "2024-11-20T07:40:00+00:00",
            "considered": [
                {
                    "origin": "published",
                    "text": 'Rabu, 20 Nov 2024 | 14.30 <WIB> & "lagi"',
                    "earliest": "2024-11-20T07:30:00+00:00",
                    "latest": "2024-11-20T07:30:59+00:00",
                    "precision": "minute",
                    "zone": "abbreviation",
                },
                {"origin": "updated", "text": "segera"},
            ],
            "chosen": 0,
            "precision": "minute",
            "zone": "abbreviation",
            "flags": ["unreadable"],
            "upgraded": "2024-11-20T09:15:00+00:00",
        },
    }
    assert "chosen" not in second["_dates"]
    assert second["content_html"] == "The crane is closed today."
    assert second["url"] == "https://kabar.example.id/items/short-notice"
    assert "summary" not in third
