"""Answer requests to the sample newsroom: which document, which status, which headers.

Pure: what to answer follows from the request and the clock; ``server`` only carries it.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from aggregator.demo import documents, pages
from aggregator.demo.documents import Channel, Stamp
from aggregator.demo.newsroom import Section

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from aggregator.demo.newsroom import Newsroom

HTML = "text/html; charset=utf-8"
RETRY_AFTER_SECONDS = 5
CHANNELS = (
    Channel(
        section=Section.NEWS,
        path="/news/feed/",
        title="Ruang Berita Contoh: News",
        description="Kabar kota dan daerah",
        ids="https://portal.example/?p=",
        stamp=Stamp.WIB,
    ),
    Channel(
        section=Section.LOGISTIK,
        path="/logistik/",
        title="Ruang Berita Contoh: Logistik",
        description="Pelabuhan, truk, gudang dan rantai pasok",
        ids="",
    ),
    Channel(
        section=Section.RUANG_SUJUD,
        path="/ruang-sujud/feed/atom/",
        title="Ruang Berita Contoh: Ruang Sujud",
        description="Kabar masjid, pesantren dan ibadah sehari-hari",
        ids="tag:portal.example,2020:ruang-sujud/",
    ),
    Channel(
        section=Section.SPORTECHMENT,
        path="/sportechment/feed.json",
        title="Ruang Berita Contoh: Sportechment",
        description="Olahraga, teknologi dan hiburan",
        ids="",
    ),
    Channel(
        section=Section.WIRE,
        path="/wire/feed/",
        title="Kawat Mitra",
        description="Jaringan berita antarredaksi",
        ids="https://kawat-mitra.example/naskah/",
    ),
    Channel(
        section=Section.ZONA_KELIRU,
        path="/zona-keliru/feed/",
        title="Zona Keliru",
        description="Buletin dermaga yang jamnya salah setel",
        ids="https://zona-keliru.example/?p=",
        stamp=Stamp.MISLABELLED,
    ),
    Channel(
        section=Section.KADANG_SIBUK,
        path="/kadang-sibuk/feed/",
        title="Kadang Sibuk",
        description="Olahraga dan gawai, kalau sempat",
        ids="https://kadang-sibuk.example/?p=",
        stamp=Stamp.GMT,
    ),
)
BY_PATH = {channel.path: channel for channel in CHANNELS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer, without what every answer carries (``Date``, ``Content-Length``)."""

    status: HTTPStatus
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def answer(
    newsroom: Newsroom, path: str, *, now: datetime, base: str, conditions: Mapping[str, str]
) -> Reply:
    """Return the answer to a GET of ``path``.

    Args:
        newsroom: whose stories to show.
        path: the request's path, without its query.
        now: the instant of the request, aware.
        base: scheme, host and port that absolute addresses start with, no trailing slash.
        conditions: the request's headers; ``If-None-Match`` and ``If-Modified-Since`` are read.
    """
    if path in BY_PATH:
        return _document(newsroom, BY_PATH[path], now=now, base=base, conditions=conditions)
    if path == "/":
        sections = (
            (channel.title, channel.path, newsroom.stories(channel.section, now)[:5]) for channel in CHANNELS
        )
        return _html(HTTPStatus.OK, pages.front(sections, base=base))
    picture = re.fullmatch(r"/gambar/(?:logo|([0-9]{1,12}))\.svg", path)
    if picture:
        body = pages.image(int(picture[1] or 0))
        headers = {"Content-Type": documents.IMAGE_TYPE, "Cache-Control": "max-age=86400"}
        return Reply(status=HTTPStatus.OK, body=body, headers=headers)
    story = newsroom.find(path, now)
    if story is None:
        return _html(
            HTTPStatus.NOT_FOUND, pages.notice("Tidak ditemukan", "Tidak ada halaman di alamat ini.")
        )
    if story.withdrawn(now):
        return _html(HTTPStatus.GONE, pages.notice("Berita ditarik", "Redaksi telah menarik berita ini."))
    return _html(HTTPStatus.OK, pages.article(story, base=base, age=documents.age(story, now)))


def _document(
    newsroom: Newsroom, channel: Channel, *, now: datetime, base: str, conditions: Mapping[str, str]
) -> Reply:
    """Return a channel's document, or that it has not changed, or that its server is too busy."""
    if newsroom.busy(channel.section, now):
        headers = {"Retry-After": str(RETRY_AFTER_SECONDS), "Content-Type": "text/plain; charset=utf-8"}
        return Reply(status=HTTPStatus.SERVICE_UNAVAILABLE, body=b"Sedang sibuk.\n", headers=headers)
    stories = newsroom.stories(channel.section, now)
    changed_at = newsroom.changed_at(channel.section, now)
    match channel.section:
        case Section.LOGISTIK:
            kind, body = HTML, documents.listing(channel, stories, base=base, now=now)
        case Section.RUANG_SUJUD:
            kind = "application/atom+xml; charset=utf-8"
            body = documents.atom(channel, stories, base=base, changed_at=changed_at)
        case Section.SPORTECHMENT:
            kind, body = "application/feed+json", documents.json_feed(channel, stories, base=base)
        case _:
            kind = "application/rss+xml; charset=utf-8"
            body = documents.rss(channel, stories, base=base, changed_at=changed_at)
    validators = {"ETag": f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'}
    if channel.section is not Section.LOGISTIK:  # its labels age although no story changes
        validators["Last-Modified"] = format_datetime(changed_at, usegmt=True)
    if _unchanged(conditions, validators["ETag"], changed_at if "Last-Modified" in validators else None):
        return Reply(status=HTTPStatus.NOT_MODIFIED, body=b"", headers=validators)
    return Reply(status=HTTPStatus.OK, body=body, headers={"Content-Type": kind, **validators})


def _unchanged(conditions: Mapping[str, str], etag: str, changed_at: datetime | None) -> bool:
    """Return whether the asker has this state already (RFC 9110, 13.1.2 and 13.1.3)."""
    tags = conditions.get("If-None-Match")
    if tags is not None:
        return tags.strip() == "*" or etag in (tag.strip().removeprefix("W/") for tag in tags.split(","))
    since = conditions.get("If-Modified-Since")
    if since is None or changed_at is None:
        return False
    try:
        return changed_at.replace(microsecond=0) <= parsedate_to_datetime(since)
    except (ValueError, TypeError):  # unreadable, or without a zone: RFC 9110 says to ignore it
        return False


def _html(status: HTTPStatus, body: bytes) -> Reply:
    return Reply(status=status, body=body, headers={"Content-Type": HTML})
