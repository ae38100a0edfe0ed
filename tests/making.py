"""Small things for tests: a source, an item, a story, with everything that a test does not care about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from aggregator.model.feed import Feed, Site
from aggregator.model.item import (
    Contributor,
    Dates,
    Enclosure,
    Episode,
    Item,
    Link,
    Original,
    PodcastTag,
    Point,
    Rel,
)
from aggregator.model.partner import Partner, Terms
from aggregator.model.source import Category, Source
from aggregator.rules.keys import digest
from aggregator.rules.revise import content_hash

NOW = datetime(2024, 11, 20, 7, 30, tzinfo=UTC)
JAKARTA = ZoneInfo("Asia/Jakarta")
SITE = Site(
    title="Kabar Nusantara", base_url="https://feeds.example.id", language="id", tag_date="2024-01-01"
)


#: What an item may have beside the news, all of it.
BESIDE: dict[str, Any] = {
    "enclosures": (
        Enclosure(
            url="https://k.id/v.mp4",
            type="video/mp4",
            length=9000,
            medium="video",
            width=1280,
            height=720,
            duration=185,
            title="Kapal tiba",
            description="Rekaman & suara",
            credits=(Contributor(name="Sari", role="photographer"), Contributor(name="Budi")),
            thumbnail="https://k.id/v.jpg",
        ),
        Enclosure(url="https://k.id/a.jpg", enclosed=False, group=1),
        Enclosure(url="https://k.id/a-kecil.jpg", enclosed=False, group=1),
    ),
    "comments_count": 0,
    "links": (
        Link(rel=Rel.VIA, url="https://lain.id/1", title="Lain"),
        Link(rel=Rel.RELATED, url="https://k.id/0"),
    ),
    "original": Original(
        title="Asal", feed_url="https://asal.id/rss", home="https://asal.id/", id="urn:example:asal"
    ),
    "point": Point(latitude=-6.0, longitude=106.8831, name="Tanjung Priok"),
    "episode": Episode(
        title="Pelabuhan",
        subtitle="Dari laut",
        duration=3723,
        season=2,
        number=3,
        kind="full",
        explicit=False,
        image="https://k.id/3.jpg",
    ),
    "podcast": (
        PodcastTag(name="person", text="Ani", attributes=(("role", "host"), ("href", "https://ani.id/"))),
        PodcastTag(
            name="alternateEnclosure",
            attributes=(("type", "audio/opus"),),
            inside=(PodcastTag(name="source", attributes=(("uri", "https://k.id/3.opus"),)),),
        ),
    ),
}


def a_source(name: str = "antara", category: str = "news", **changes: Any) -> Source:
    """Return a source on a host of its own."""
    made = Source(
        id=name,
        category=category,
        url=f"https://{name}.example.id/feed/",
        timezone=JAKARTA,
        every=timedelta(minutes=15),
    )
    return replace(made, **changes)


def a_category(name: str, *sources: Source) -> Category:
    """Return a category of these sources."""
    return Category(id=name, title=name.title(), every=timedelta(minutes=15), limit=50, sources=sources)


def a_feed(name: str = "all", *sources: str, **changes: Any) -> Feed:
    """Return a feed of these sources."""
    return replace(
        Feed(name=name, title=name.title(), description="", sources=sources, limit=50, page="/"), **changes
    )


def an_item(source: str = "antara", key: str = "id:1", *, published: datetime = NOW, **changes: Any) -> Item:
    """Return an item whose dates are ``published`` and whose hashes follow from its texts."""
    item = Item(
        source=source,
        key=key,
        upstream_id=key.removeprefix("id:"),
        canonical_url="",
        link=f"https://{source}.example.id/{key.removeprefix('id:')}",
        title="Kapal tiba di Tanjung Priok",
        summary="<p>Ringkas.</p>",
        content="<p>Isi berita.</p>",
        authors=(),
        categories=(),
        enclosures=(),
        image="",
        language="id",
        comments="",
        rights="",
        first_seen=NOW,
        dates=Dates(published=published, updated=published),
        raw_hash="",
    )
    item = replace(item, **changes)
    return replace(item, raw_hash=item.raw_hash or content_hash(item))


def a_partner(name: str = "warta", *feeds: str, key: str = "", **changes: Any) -> Partner:
    """Return a partner that may read these feeds (none named: ``all``) with ``key``."""
    hashes = frozenset([digest(key)] if key else [])
    made = Partner(id=name, title=name.title(), feeds=feeds or ("all",), terms=Terms(), key_hashes=hashes)
    return replace(made, **changes)
