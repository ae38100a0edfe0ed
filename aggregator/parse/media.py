"""Read what an entry brings beside its texts: files (Media RSS), a place (GeoRSS) and the feed it is from.

Sources: Media RSS 1.5.1 (https://www.rssboard.org/media-rss), GeoRSS Simple and GML
(https://docs.ogc.org/cs/17-002r1/17-002r1.html), W3C Basic Geo (https://www.w3.org/2003/01/geo/), RSS 2.0
``source`` and atom:source (RFC 4287, 4.2.11).
"""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Any

from aggregator.model.item import Contributor, Original, Point, Text
from aggregator.parse.html import absolute, clean_text, plain
from aggregator.parse.podcast import seconds, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from aggregator.parse.elements import Element

CREDITS_MAX = 10  #: who had a part in one file
DESCRIPTION_MAX = 5_000  #: characters, as of a film
PIXELS_MAX = 100_000

_MEDIA = {"image", "audio", "video", "document", "executable"}
_DEGREES = re.compile(r"[+-]?[0-9]{1,3}(?:\.[0-9]{1,15})?[0-9]*", re.ASCII)
_POLE, _ANTIMERIDIAN = 90, 180
_PLACES = 7  # decimals of a degree: a centimetre


def files(elements: Sequence[Element], base: str) -> dict[str, dict[str, Any]]:
    """Return what Media RSS says of the files of an entry, by their addresses: fields of ``Enclosure``.

    A title, a description and a thumbnail are those of the ``media:content`` or of the ``media:group`` around
    it, who had a part in it may also stand in the item: the closest counts. Of an address that is described
    twice the first time counts. Under ``""`` is what holds for all files.
    """
    found: dict[str, dict[str, Any]] = {"": _fields(credits=_credits(elements))}
    groups = 0
    for element in elements:
        contents = [element] if element.name == "media_content" else []
        around: Sequence[Element] = ()
        if element.name == "media_group":
            around = element.inside
            contents = [kid for kid in around if kid.name == "media_content"]
            groups += len(contents) > 1
        for content in contents:
            if url := absolute(content.attributes.get("url", ""), base):
                fields = _file(content, around, elements, base)
                if len(contents) > 1:
                    fields["group"] = groups
                found.setdefault(url, fields)
    return found


def captions(elements: Iterable[Element]) -> set[str]:
    """Return what is said of the files of an entry, in their own ``media:description`` or their group's."""
    found = set()
    for element in elements:
        if _is(element, "description"):
            found.add(element.text)
        elif element.name in {"media_group", "media_content"}:
            found |= captions(element.inside)
    return found


def _file(content: Element, around: Sequence[Element], item: Sequence[Element], base: str) -> dict[str, Any]:
    written, inside = content.attributes, content.inside
    url = absolute(written.get("url", ""), base)
    thumbnails = (
        kid.attributes.get("url") or kid.text for kid in chain(inside, around) if _is(kid, "thumbnail")
    )
    thumbnail = next((one for address in thumbnails if (one := absolute(address, base))), "")
    medium = written.get("medium", "").strip().lower()
    return _fields(
        medium=medium if medium in _MEDIA else "",
        width=whole(written.get("width", ""), PIXELS_MAX),
        height=whole(written.get("height", ""), PIXELS_MAX),
        duration=seconds(written.get("duration", "")),
        title=_text("title", inside, around),
        description=_text("description", inside, around, limit=DESCRIPTION_MAX),
        credits=_credits(inside) or _credits(around) or _credits(item),
        thumbnail=thumbnail if thumbnail != url else "",
    )


def _fields(**fields: object) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value}


def _is(element: Element, name: str) -> bool:
    return element.name == f"media_{name}"


def _text(name: str, *scopes: Iterable[Element], limit: int = 1_000) -> str:
    for element in chain(*scopes):
        if _is(element, name):
            html = element.attributes.get("type", "") in {"html", "text/html"}
            if text := plain(Text(value=element.text, html=html), limit=limit):
                return text
    return ""


def _credits(scope: Iterable[Element]) -> tuple[Contributor, ...]:
    named = (
        Contributor(name=name, role=clean_text(element.attributes.get("role", "")))
        for element in scope
        if _is(element, "credit") and (name := clean_text(element.text))
    )
    return tuple(dict.fromkeys(named))[:CREDITS_MAX]


def point(entry: Mapping[str, Any], elements: Iterable[Element]) -> Point | None:
    """Return where an entry plays: of several points the first; None for none that is on earth."""
    name = entry.get("georss_featurename")
    for text in (*_positions(elements), f"{entry.get('geo_lat', '')} {entry.get('geo_long', '')}"):
        match text.replace(",", " ").split():
            case [latitude, longitude] if _DEGREES.fullmatch(latitude) and _DEGREES.fullmatch(longitude):
                north, east = float(latitude), float(longitude)
                if abs(north) <= _POLE and abs(east) <= _ANTIMERIDIAN:
                    place = clean_text(name) if isinstance(name, str) else ""
                    return Point(latitude=round(north, _PLACES), longitude=round(east, _PLACES), name=place)
    return None


def _positions(elements: Iterable[Element]) -> Iterator[str]:
    """Yield the texts of ``georss:point``, and of ``gml:pos`` within ``georss:where``: latitude first."""
    for element in elements:
        if element.name in {"georss_point", "gml_pos"}:
            yield element.text
        elif element.name in {"georss_where", "gml_point"}:
            yield from _positions(element.inside)


def original(elements: Iterable[Element], base: str, *, atom: bool) -> Original | None:
    """Return the feed that an entry's own source has it from; None where it names none."""
    for element in elements:
        if element.name == "source":
            found = _source(element, base, atom=atom)
            return found if found != _NOT_GIVEN else None
    return None


_NOT_GIVEN = Original()


def _source(element: Element, base: str, *, atom: bool) -> Original:
    if not element.inside:  # as in RSS
        title = plain(Text(value=element.text, html=True))
        return Original(title=title, feed_url=absolute(element.attributes.get("url", ""), base))
    told: dict[str, Element] = {}
    links = {"self": "", "alternate": ""}
    for kid in element.inside:
        rel = kid.attributes.get("rel", "alternate")
        if kid.name == "link" and not links.get(rel, "not asked for"):
            links[rel] = absolute(kid.attributes.get("href", ""), base)
        elif kid.name in {"title", "id"}:
            told.setdefault(kid.name, kid)
    named, known_as = told.get("title"), told.get("id")
    html = not atom or bool(named and named.attributes.get("type") in {"html", "text/html"})
    return Original(
        title=plain(Text(value=named.text, html=html)) if named else "",
        feed_url=links["self"],
        home=links["alternate"],
        id=clean_text(known_as.text) if known_as else "",
    )
