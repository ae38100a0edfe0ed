"""What an item has beside its texts and dates, as JSON: what no query asks for, and only what there is."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from aggregator.model.item import (
    Contributor,
    Enclosure,
    Episode,
    Link,
    Original,
    Person,
    PodcastTag,
    Point,
    Rel,
)

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from aggregator.model.item import Item

_NOTHING: tuple[object, ...] = (None, "", (), [])
_OF_ALL_FILES = ("url", "type", "length")


def details(item: Item) -> str:
    """Return the column ``details`` of ``item``."""
    kept = {
        "authors": [(person.name, person.email, person.url) for person in item.authors],
        "categories": item.categories,
        "enclosures": [_file(file) for file in item.enclosures],
        "image": item.image,
        "language": item.language,
        "comments": item.comments,
        "rights": item.rights,
        "former_keys": item.former_keys,
        "comments_count": item.comments_count,
        "links": [(link.rel, link.url, link.title) for link in item.links],
        "original": item.original and _given(item.original),
        "point": item.point and (item.point.latitude, item.point.longitude, item.point.name),
        "episode": item.episode and _given(item.episode),
        "podcast": [_tag(tag) for tag in item.podcast],
    }
    return json.dumps(
        {name: value for name, value in kept.items() if value not in _NOTHING}, ensure_ascii=False
    )


def details_of(column: str) -> dict[str, Any]:
    """Return the fields of an ``Item`` that its column ``details`` keeps; a row of before may lack any."""
    kept = json.loads(column)
    original, point, episode = (kept.get(name) for name in ("original", "point", "episode"))
    return {
        "authors": tuple(
            Person(name=name, email=email, url=url) for name, email, url in kept.get("authors", ())
        ),
        "categories": tuple(kept.get("categories", ())),
        "enclosures": tuple(_file_of(*file) for file in kept.get("enclosures", ())),
        "image": kept.get("image", ""),
        "language": kept.get("language", ""),
        "comments": kept.get("comments", ""),
        "rights": kept.get("rights", ""),
        "former_keys": tuple(kept.get("former_keys", ())),
        "comments_count": kept.get("comments_count"),
        "links": tuple(Link(rel=Rel(rel), url=url, title=title) for rel, url, title in kept.get("links", ())),
        "original": Original(**original) if original else None,
        "point": Point(latitude=point[0], longitude=point[1], name=point[2]) if point else None,
        "episode": Episode(**episode) if episode else None,
        "podcast": tuple(_tag_of(*tag) for tag in kept.get("podcast", ())),
    }


def _given(value: DataclassInstance) -> dict[str, Any]:
    """Return the fields of a dataclass that are not as they are by default."""
    return {
        field.name: given for field in fields(value) if (given := getattr(value, field.name)) != field.default
    }


def _file(file: Enclosure) -> list[Any]:
    more = {name: value for name, value in _given(file).items() if name not in _OF_ALL_FILES}
    if file.credits:
        more["credits"] = [(one.name, one.role) for one in file.credits]
    return [file.url, file.type, file.length, *([more] if more else ())]


def _file_of(url: str, kind: str, length: int | None, more: dict[str, Any] | None = None) -> Enclosure:
    more = more or {}
    credited = tuple(Contributor(name=name, role=role) for name, role in more.pop("credits", ()))
    return Enclosure(url=url, type=kind, length=length, credits=credited, **more)


def _tag(tag: PodcastTag) -> list[Any]:
    return [tag.name, tag.text, tag.attributes, [_tag(one) for one in tag.inside]]


def _tag_of(name: str, text: str, attributes: list[list[str]], inside: list[list[Any]]) -> PodcastTag:
    return PodcastTag(
        name=name,
        text=text,
        attributes=tuple((key, value) for key, value in attributes),
        inside=tuple(_tag_of(*one) for one in inside),
    )
