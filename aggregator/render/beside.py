"""What entries bring beside the news, as elements that RSS and Atom share: files, episodes, places.

Sources: Media RSS (https://www.rssboard.org/media-rss), the iTunes elements, Podcasting 2.0
(https://podcasting2.org/docs/podcast-namespace), GeoRSS Simple. docs/publishing.md has the whole table.
"""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from aggregator.render.markup import element, parent, words
from aggregator.render.roles import EBU_ROLES, SOURCES_OWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from aggregator.model.feed import Entry
    from aggregator.model.item import Contributor, Enclosure, Episode, PodcastTag, Point

NAMESPACES = {
    "georss": "http://www.georss.org/georss",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
}
#: Declared where it is used: validators that do not know it warn of every document that declares it.
PODCAST = {"xmlns:podcast": "https://podcastindex.org/namespace/1.0"}

_of_group = attrgetter("group")


def elements(entry: Entry, described: Iterable[Enclosure]) -> Iterator[str]:
    """Yield what ``entry`` brings beside the news; of its files those that are to be ``described``."""
    if entry.image:  # first: readers take the first thumbnail that they meet
        yield element("media:thumbnail", url=entry.image)
    for group, files in groupby(described, _of_group):
        written = list(map(_content, files))
        if group and len(written) > 1:  # one alone is no choice
            yield parent("media:group", written)
        else:
            yield from written
    if entry.episode:
        yield from _episode(entry.episode)
    yield from (_tag(tag, **PODCAST) for tag in entry.podcast)
    if entry.point:
        yield from _point(entry.point)


def has_more(file: Enclosure) -> bool:
    """Return whether more is known of a file than ``enclosure`` of RSS and Atom can tell."""
    return bool(
        file.medium
        or file.width
        or file.height
        or file.duration
        or file.title
        or file.description
        or file.credits
        or file.thumbnail
        or file.group
    )


def has_description(entry: Entry) -> bool:
    """Return whether a file is described in words, which some readers take for the entry's only content."""
    return any(file.description for file in entry.enclosures)


def number(value: int | None) -> str:
    """Return a number as text; "" for None."""
    return "" if value is None else str(value)


def _credit(one: Contributor) -> str:
    scheme = SOURCES_OWN if one.role and one.role not in EBU_ROLES else ""
    return element("media:credit", one.name, role=one.role, scheme=scheme)


def _content(file: Enclosure) -> str:
    inside = [words("media:title", file.title)] if file.title else []
    if file.description:
        inside.append(words("media:description", file.description))
    inside += map(_credit, file.credits)
    if file.thumbnail:
        inside.append(element("media:thumbnail", url=file.thumbnail))
    attributes = {
        "url": file.url,
        "fileSize": number(file.length or None),
        "type": file.type,
        "medium": file.medium,
        "width": number(file.width),
        "height": number(file.height),
        "duration": number(file.duration),
    }
    return parent("media:content", inside, **attributes) if inside else element("media:content", **attributes)


def _episode(episode: Episode) -> Iterator[str]:
    explicit = "" if episode.explicit is None else str(episode.explicit).lower()
    for tag, text in (
        ("itunes:title", episode.title),
        ("itunes:subtitle", episode.subtitle),
        ("itunes:duration", number(episode.duration)),
        ("itunes:season", number(episode.season)),
        ("itunes:episode", number(episode.number)),
        ("itunes:episodeType", episode.kind),
        ("itunes:explicit", explicit),
    ):
        if text:
            yield words(tag, text)
    if episode.image:
        yield element("itunes:image", href=episode.image)


def _tag(tag: PodcastTag, **declared: str) -> str:
    name, attributes = f"podcast:{tag.name}", declared | dict(tag.attributes)
    if tag.inside:
        return parent(name, map(_tag, tag.inside), **attributes)
    return element(name, tag.text, **attributes)


def _point(point: Point) -> Iterator[str]:
    yield element("georss:point", f"{_degrees(point.latitude)} {_degrees(point.longitude)}")
    if point.name:
        yield words("georss:featureName", point.name)


def _degrees(value: float) -> str:
    return f"{value:.7f}".rstrip("0").rstrip(".")
