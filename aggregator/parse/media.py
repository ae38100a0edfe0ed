"""Read what an entry brings beside its texts: files (Media RSS), a place (GeoRSS) and the feed it is from.

Sources: Media RSS 1.5.1 (https://www.rssboard.org/media-rss), GeoRSS Simple and GML
(https://docs.ogc.org/cs/17-002r1/17-002r1.html), W3C Basic Geo (https://www.w3.org/2003/01/geo/), RSS 2.0
``source`` and atom:source (RFC 4287, 4.2.11).
"""

from __future__ import annotations

import re
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from aggregator.model.item import Contributor, Original, Point, Text
from aggregator.parse.html import TITLE_MAX, absolute, clean_text, plain
from aggregator.parse.podcast import seconds, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from aggregator.parse.elements import Element

CREDITS_MAX = 10  #: who had a part in one file
DESCRIPTION_MAX = 5_000  #: characters, as of a film
PIXELS_MAX = 100_000

_MEDIA = {"image", "audio", "video", "document", "executable"}
_DEGREES = re.compile(r"[+-]?[0-9]{1,3}(?:\.[0-9]{1,15})?[0-9]*", re.ASCII)
_POLE, _ANTIMERIDIAN = 90, 180
_PLACES = 7  # decimals of a degree: a centimetre


def files(elements: Iterable[Element], base: str) -> dict[str, dict[str, Any]]:
    """Return what Media RSS says of the files of an entry, by their addresses: fields of ``Enclosure``.

    A title, a description and a thumbnail are those of the ``media:content`` or of the ``media:group`` around
    it, who had a part in it may also stand in the item: the closest counts. Of an address that is described
    twice the first time counts. Under ``""`` is what holds for all files.
    """
    elements = list(elements)
    of_all = _fields(credits=_credits(elements))
    found, groups = {"": of_all}, 0
    for element in elements:
        contents, around = [element], of_all
        if element.name == "media_group":
            contents = [kid for kid in element.inside if kid.name == "media_content"]
            around = of_all | _told(element.inside, base)
        if len(contents) > 1:
            groups += 1
            around = around | {"group": groups}
        for content in contents:
            url = absolute(content.attributes.get("url", ""), base)
            if url and content.name == "media_content" and url not in found:
                found[url] = _file(content, around, url, base)
    return found


def captions(elements: Iterable[Element]) -> set[str]:
    """Return what is said of the files of an entry, in their own ``media:description`` or their group's."""
    media = [element for element in elements if element.name in {"media_content", "media_group"}]
    kids = [kid for element in media for kid in element.inside]
    deeper = (one for kid in kids if kid.name == "media_content" for one in kid.inside)
    return {one.text for one in chain(kids, deeper) if one.name == "media_description"}


def _file(content: Element, around: dict[str, Any], url: str, base: str) -> dict[str, Any]:
    written = content.attributes
    medium = written.get("medium", "").strip().lower()
    fields = around | _told(content.inside, base)
    if fields.get("thumbnail") == url:
        del fields["thumbnail"]
    return fields | _fields(
        medium=medium if medium in _MEDIA else "",
        width=whole(written.get("width", ""), PIXELS_MAX),
        height=whole(written.get("height", ""), PIXELS_MAX),
        duration=seconds(written.get("duration", "")),
    )


def _told(scope: Iterable[Element], base: str) -> dict[str, Any]:
    """Return what the elements right inside ``media:content`` or ``media:group`` tell, the first of each."""
    first: dict[str, Element] = {}
    for element in scope:
        first.setdefault(element.name, element)
    thumbnail = first.get("media_thumbnail")
    return _fields(
        title=_text(first.get("media_title")),
        description=_text(first.get("media_description"), limit=DESCRIPTION_MAX),
        credits=_credits(scope),
        thumbnail=absolute(thumbnail.attributes.get("url") or thumbnail.text, base) if thumbnail else "",
    )


def _fields(**fields: object) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value}


def _text(element: Element | None, *, limit: int = TITLE_MAX) -> str:
    if element is None:
        return ""
    html = element.attributes.get("type", "") in {"html", "text/html"}
    return plain(Text(value=element.text, html=html), limit=limit)


def _credits(scope: Iterable[Element]) -> tuple[Contributor, ...]:
    named = (
        Contributor(name=name, role=clean_text(element.attributes.get("role", "")))
        for element in scope
        if element.name == "media_credit" and (name := clean_text(element.text))
    )
    return tuple(islice(dict.fromkeys(islice(named, CREDITS_MAX * CREDITS_MAX)), CREDITS_MAX))


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
        if element.name == "georss_point":
            yield element.text
        elif element.name == "georss_where":
            points = (kid for kid in element.inside if kid.name == "gml_point")
            yield from (kid.text for point in points for kid in point.inside if kid.name == "gml_pos")


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
