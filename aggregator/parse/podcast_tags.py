"""The elements of Podcasting 2.0 that are kept of an item: a row for each.

Source: https://podcasting2.org/docs/podcast-namespace
"""

from __future__ import annotations

from typing import NamedTuple


class Tag(NamedTuple):
    """What is kept of an element."""

    name: str  #: as it is spelled
    attributes: dict[str, str]  #: their spellings, by their names in lower case
    needed: str  #: an attribute without which it says nothing, or ``text``; may be empty
    inside: frozenset[str]


def _tag(name: str, attributes: str = "", *, needed: str = "", inside: str = "") -> tuple[str, Tag]:
    spelled = {one.lower(): one for one in attributes.split()}
    within = frozenset(f"podcast_{one.lower()}" for one in inside.split())
    return f"podcast_{name.lower()}", Tag(name, spelled, needed, within)


#: The elements of an item, by the names that feedparser gives them: in lower case.
TAGS = dict((
    _tag("alternateEnclosure", "type length bitrate height lang title rel codecs default",
         inside="source integrity"),
    _tag("chapters", "url type", needed="url"),
    _tag("chat", "server protocol accountId space", needed="server"),
    _tag("contentLink", "href", needed="href"),
    _tag("episode", "display", needed="text"),
    _tag("image", "href alt aspect-ratio width height type purpose", needed="href"),
    _tag("integrity", "type value", needed="value"),
    _tag("license", "url", needed="text"),
    _tag("location", "rel geo osm country", needed="text"),
    _tag("person", "role group img href", needed="text"),
    _tag("remoteItem", "feedGuid feedUrl itemGuid medium title"),
    _tag("season", "name", needed="text"),
    _tag("socialInteract", "uri protocol accountId accountUrl priority", needed="protocol"),
    _tag("soundbite", "startTime duration", needed="startTime"),
    _tag("source", "uri contentType", needed="uri"),
    _tag("transcript", "url type language rel", needed="url"),
    _tag("txt", "purpose", needed="text"),
    _tag("value", "type method suggested", inside="valueRecipient valueTimeSplit"),
    _tag("valueRecipient", "name customKey customValue type address split fee", needed="address"),
    _tag("valueTimeSplit", "startTime duration remoteStartTime remotePercentage",
         inside="valueRecipient remoteItem", needed="startTime"),
))  # fmt: skip

#: Attributes of these, in lower case.
ATTRIBUTES = frozenset(name for tag in TAGS.values() for name in tag.attributes)
