"""Read what podcasts say beside the news: the elements of iTunes, and those of Podcasting 2.0.

Of Podcasting 2.0 the elements of an item are kept as they are, and so go on to who can use them:
``podcast_tags`` lists them, their attributes and what may be inside. Nothing else is kept, and no address
that is not one of the web.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Any

from aggregator.model.item import Episode, PodcastTag
from aggregator.parse.html import absolute, clean_text
from aggregator.parse.podcast_tags import TAGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from aggregator.parse.elements import Element

MOST = 100  #: of a list: tags of an item, and tags inside one
LONGEST = 10_000_000  #: seconds; nothing plays for longer
WHOLE_MAX = 2**53  #: readers of JSON know no larger whole number

#: Where the texts of an episode are in an item's dictionary, as feedparser names them.
TEXTS = frozenset({
    "image", "itunes_duration", "itunes_episode", "itunes_episodetype", "itunes_season", "itunes_title",
    "subtitle",
})  # fmt: skip

_DEPTH_MAX = 3
_CLOCK = re.compile(r"(?:(?:([0-9]{1,3}):)?([0-9]{1,4}):)?([0-9]{1,8})(?:[.,][0-9]{1,9})?", re.ASCII)
_EXPLICIT = dict.fromkeys(("yes", "true", "explicit"), True) | dict.fromkeys(("no", "false", "clean"), False)
_KINDS = {"full", "trailer", "bonus"}
_ADDRESSES = {"accountUrl", "feedUrl", "href", "img", "uri", "url"}


_ONLY_INSIDE = frozenset(name for tag in TAGS.values() for name in tag.inside)
#: Those that may stand in an item.
AT_THE_TOP = TAGS.keys() - _ONLY_INSIDE


def tags(elements: Iterable[Element], base: str) -> tuple[PodcastTag, ...]:
    """Return the elements of Podcasting 2.0 that an item holds, ``MOST`` at most."""
    return tuple(islice(_kept(elements, AT_THE_TOP, base, 1), MOST))


def _kept(elements: Iterable[Element], names: Iterable[str], base: str, depth: int) -> Iterator[PodcastTag]:
    for element in elements:
        if element.name in names and depth <= _DEPTH_MAX and (tag := _read(element, base, depth)):
            yield tag


def _read(element: Element, base: str, depth: int) -> PodcastTag | None:
    """Return an element as it is kept; None where nothing is left that says anything."""
    known = TAGS[element.name]
    attributes = []
    for lower, name in known.attributes.items():
        written = element.attributes.get(lower)
        value = absolute(written, base) if written and name in _ADDRESSES else clean_text(written or "")
        if value:
            attributes.append((name, value))
    inside = tuple(islice(_kept(element.inside, known.inside, base, depth + 1), MOST))
    text = clean_text(element.text)
    given = {"", *dict(attributes), *(["text"] if text else ())}
    if known.needed not in given or not (text or attributes or inside):
        return None
    return PodcastTag(name=known.name, text=text, attributes=tuple(attributes), inside=inside)


def episode(entry: Mapping[str, Any], elements: Iterable[Element], base: str) -> Episode | None:
    """Return what the iTunes elements say of an item; None where there are none.

    Args:
        entry: the item's dictionary, whose texts are named as feedparser does.
        elements: those that are kept as they are, for ``itunes:explicit``.
        base: where relative addresses start.
    """
    told = [element.text for element in elements if element.name == "itunes_explicit"]
    image = entry.get("image")
    found = Episode(
        title=clean_text(_word(entry, "itunes_title")),
        subtitle=clean_text(_word(entry, "subtitle")),
        duration=seconds(_word(entry, "itunes_duration")),
        season=whole(_word(entry, "itunes_season")),
        number=whole(_word(entry, "itunes_episode")),
        kind=kind if (kind := _word(entry, "itunes_episodetype").strip().lower()) in _KINDS else "",
        explicit=_EXPLICIT.get(told[-1].lower()) if told else None,
        image=absolute(str(image.get("href") or ""), base) if isinstance(image, dict) else "",
    )
    return None if found == _NO_EPISODE else found


_NO_EPISODE = Episode()


def _word(entry: Mapping[str, Any], name: str) -> str:
    """Return a text; feedparser has a dictionary where the element had attributes."""
    value = entry.get(name)
    return value if isinstance(value, str) else ""


def whole(text: str, most: int = WHOLE_MAX) -> int | None:
    """Return a whole number; None for what is none, and for the 0 that stands for "unknown"."""
    digits = text.strip()
    if not digits.isascii() or not digits.isdigit() or len(digits) > 16:  # noqa: PLR2004 - digits of WHOLE_MAX
        return None
    return int(digits) if 0 < int(digits) <= most else None


def seconds(text: str) -> int | None:
    """Return a time to play in seconds: "1:02:03", "62:03", "3723" and "3723.4" are one; None for none."""
    clock = _CLOCK.fullmatch(text.strip())
    if not clock:
        return None
    hours, minutes, rest = (int(part or 0) for part in clock.groups())
    length = (hours * 60 + minutes) * 60 + rest
    return length if 0 < length <= LONGEST else None
