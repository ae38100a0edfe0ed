"""JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/)."""

from __future__ import annotations

import html
import json
from dataclasses import fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson

from aggregator.model.item import Rel
from aggregator.render.beside import has_more
from aggregator.render.format import Format
from aggregator.render.printable import UNKNOWN_TYPE, text
from aggregator.render.provenance import considered

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from _typeshed import DataclassInstance

    from aggregator.model.feed import Credit, Edition, Entry, Provenance, Related
    from aggregator.model.item import Enclosure, PodcastTag

_beyond = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=datetime.isoformat).encode


def _frame(edition: Edition) -> tuple[str, str]:
    head = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": edition.feed.title,
        "home_page_url": edition.home,
        "feed_url": edition.url("json"),
        "next_url": edition.older("json"),
        "description": edition.feed.description,
        "language": edition.site.language,
    }
    return f'{encode(given(head)).decode()[:-1]},"items":[', "]}"


def _item(entry: Entry) -> bytes:
    content = entry.content or entry.summary or html.escape(entry.title)
    item = {
        "id": entry.id,
        "url": entry.link,
        "title": entry.title,
        "content_html": f"{content}{entry.foot}",  # a copy: orjson leaves its UTF-8 with what it is given
        "summary": text(entry.summary),
        "image": entry.image,
        "date_published": entry.published,
        "date_modified": entry.updated,
        "authors": authors(entry),
        "tags": tags(entry),
        "language": entry.language,
        "attachments": [attachment(file, entry) for file in entry.enclosures],
        **dict(beside(entry)),
        "_source": _credit(entry.source),
        "_via": [_credit(credit) for credit in entry.via],
        "_related": [related(other) for other in entry.related],
        "_dates": _dates(entry.dates),
    }
    return encode(given(item))


def authors(entry: Entry) -> list[dict[str, Any]]:
    """Return the people who wrote it."""
    return [given({"name": author.name, "url": author.url}) for author in entry.authors]


def tags(entry: Entry) -> list[str]:
    """Return the categories by the names that people know them by, each once."""
    return list(dict.fromkeys([label.label for label in entry.categories]))


def attachment(file: Enclosure, entry: Entry) -> dict[str, Any]:
    """Return a file; how long an episode takes is how long its only sound or film does."""
    length = file.duration
    if not length and entry.episode and [one for one in entry.enclosures if _plays(one)] == [file]:
        length = entry.episode.duration
    return given(
        {
            "url": file.url,
            "mime_type": file.type or UNKNOWN_TYPE,
            "title": file.title,
            "size_in_bytes": file.length,
            "duration_in_seconds": length,
            "_media": _media(file) if has_more(file) else None,
        }
    )


def _plays(file: Enclosure) -> bool:
    return file.enclosed and file.type.startswith(("audio/", "video/"))


def _media(file: Enclosure) -> dict[str, Any]:
    return given(
        {
            "medium": file.medium,
            "width": file.width,
            "height": file.height,
            "description": file.description,
            "thumbnail": file.thumbnail,
            "credits": [given({"name": one.name, "role": one.role}) for one in file.credits],
            "group": file.group or None,
        }
    )


def beside(entry: Entry) -> Iterator[tuple[str, Any]]:
    """Yield what an item brings beside the news: extensions of ours, described in docs/publishing.md."""
    if entry.comments or entry.comments_count is not None:
        yield "_comments", given({"url": entry.comments, "count": entry.comments_count})
    if entry.rights:
        yield "_rights", {"text": entry.rights}
    if entry.links:
        related = next((link.url for link in entry.links if link.rel is Rel.RELATED), "")
        if related:
            yield "external_url", related
        links: dict[str, list[dict[str, Any]]] = {}
        for link in entry.links:
            links.setdefault(link.rel.value, []).append(given({"url": link.url, "title": link.title}))
        yield "_links", links
    for name, value in (("_original", entry.original), ("_episode", entry.episode), ("_geo", entry.point)):
        if value:
            yield name, given(_members(value))
    if entry.podcast:
        yield "_podcast", _by_name(entry.podcast)


def _members(value: DataclassInstance) -> dict[str, Any]:
    return {field.name: getattr(value, field.name) for field in fields(value)}


def _by_name(tags: Iterable[PodcastTag]) -> dict[str, list[dict[str, Any]]]:
    """Return tags of Podcasting 2.0 by their names: each as its attributes, its text and the tags inside."""
    found: dict[str, list[dict[str, Any]]] = {}
    for tag in tags:
        text = {"text": tag.text} if tag.text else {}
        found.setdefault(tag.name, []).append({**dict(tag.attributes), **text, **_by_name(tag.inside)})
    return found


def _dates(dates: Provenance) -> dict[str, Any]:
    """Return why the item has its date: an extension of ours, described in docs/timestamps.md."""
    return given(
        {
            "source": dates.source,
            "first_seen": dates.first_seen,
            "considered": [considered(candidate) for candidate in dates.candidates],
            "chosen": dates.chosen,
            "precision": dates.precision,
            "zone": dates.zone,
            "flags": dates.flags,
            "upgraded": dates.upgraded_at,
        }
    )


def related(other: Related) -> dict[str, Any]:
    """Return a story that is like this one: an extension of ours, described in docs/duplicates.md."""
    return given(
        {
            "id": other.id,
            "title": other.title,
            "url": other.link,
            "page": other.page,
            "likeness": other.likeness,
        }
    )


def _credit(credit: Credit) -> dict[str, Any]:
    return given({"title": credit.title, "feed_url": credit.feed_url, "url": credit.link})


def given(members: dict[str, Any]) -> dict[str, Any]:
    """Return ``members`` without those that say nothing; a size of zero does."""
    return {name: value for name, value in members.items() if value or value == 0}


def _only(document: bytes, places: Collection[int]) -> bytes:
    read = json.loads(document)
    read["items"] = [item for place, item in enumerate(read["items"]) if place in places]
    return encode(read)


def encode(members: dict[str, Any]) -> bytes:
    """Return an object as JSON."""
    try:
        # A copy: what orjson returns holds on to a buffer several times as large.
        return memoryview(orjson.dumps(members)).tobytes()
    except orjson.JSONEncodeError:  # it knows no whole number of more than 64 bits
        return _beyond(members).encode()


FORMAT = Format(
    suffix="json",
    media_type="application/feed+json; charset=utf-8",
    frame=_frame,
    entry=_item,
    only=_only,
    between=",",
)
