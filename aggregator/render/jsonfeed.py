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
from aggregator.render.printable import UNKNOWN_TYPE
from aggregator.render.provenance import considered
from aggregator.rules.plain import plain

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
    # Written out, for what says nothing is told by a look: most of what an entry may have it has not.
    content = entry.content or entry.summary or html.escape(entry.title)
    item: dict[str, Any] = {
        "id": entry.id,
        "url": entry.link,
        "title": entry.title,
        "content_html": f"{content}{entry.foot}",  # a copy: orjson leaves its UTF-8 with what it is given
    }
    if summary := plain(entry.summary):
        item["summary"] = summary
    if entry.image:
        item["image"] = entry.image
    item["date_published"] = entry.published
    item["date_modified"] = entry.updated
    if entry.authors:
        item["authors"] = authors(entry)
    if entry.categories:
        item["tags"] = tags(entry)
    if entry.language:
        item["language"] = entry.language
    if entry.enclosures:
        item["attachments"] = [attachment(file, entry) for file in entry.enclosures]
    item.update(beside(entry))
    item["_source"] = _credit(entry.source)
    if entry.via:
        item["_via"] = [_credit(credit) for credit in entry.via]
    if entry.related:
        item["_related"] = [related(other) for other in entry.related]
    item["_dates"] = _dates(entry.dates)
    return encode(item)


def authors(entry: Entry) -> list[dict[str, Any]]:
    """Return the people who wrote it."""
    return [given({"name": author.name, "url": author.url}) for author in entry.authors]


def tags(entry: Entry) -> list[str]:
    """Return the categories by the names that people know them by, each once."""
    return list({label.label: None for label in entry.categories})


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
    told: dict[str, Any] = {"source": dates.source} if dates.source else {}
    told["first_seen"] = dates.first_seen
    if dates.candidates:
        told["considered"] = [considered(candidate) for candidate in dates.candidates]
    if dates.chosen is not None:
        told["chosen"] = dates.chosen
    told["precision"] = dates.precision
    told["zone"] = dates.zone
    if dates.flags:
        told["flags"] = dates.flags
    if dates.upgraded_at:
        told["upgraded"] = dates.upgraded_at
    return told


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
    told = {"title": credit.title} if credit.title else {}
    if credit.feed_url:
        told["feed_url"] = credit.feed_url
    if credit.link:
        told["url"] = credit.link
    return told


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
