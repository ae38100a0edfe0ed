"""The extensions that stand in RSS and in Atom alike: their elements, and the rules for their values.

Media RSS 1.5.1 (rssboard.org/media-rss), iTunes (Apple's podcast requirements), Podcasting 2.0
(podcastindex.org/namespace/1.0), GeoRSS Simple, slash, RFC 4685 (threads), RFC 5005 (archives), Dublin Core.
"""

from __future__ import annotations

import re
from html.entities import name2codepoint
from typing import TYPE_CHECKING

from aggregator.render.roles import EBU_ROLES
from tests.validity.document import values
from tests.validity.markup import faults, in_plain_text
from tests.validity.rule import Rules
from tests.validity.structure import Shape, of
from tests.validity.values import email, language, media_type, number, one_of, point, positive, rfc_3339, url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.validity.document import Document, Node
    from tests.validity.rule import Finding

DESCRIBES_MEDIA = (
    "media:title media:description media:copyright media:adult media:rating media:player media:keywords"
)
LABELS_MEDIA = "media:thumbnail media:credit media:category media:text media:hash media:restriction"
MEDIA = f"{LABELS_MEDIA} media:content media:group"
ITUNES = (
    "itunes:author itunes:block itunes:duration itunes:episode itunes:episodeType itunes:explicit "
    "itunes:image itunes:keywords itunes:season itunes:subtitle itunes:summary itunes:title"
)
PODCAST_ONCE = "podcast:chapters podcast:season podcast:episode podcast:license podcast:chat"
PODCAST_MANY = (
    "podcast:transcript podcast:person podcast:soundbite podcast:alternateEnclosure podcast:socialInteract "
    "podcast:location podcast:value podcast:txt podcast:image podcast:contentLink"
)
#: What may stand in an item or an entry, once and any number of times.
COMMENTS_ONCE = "slash:comments slash:section thr:total wfw:commentRss"
ONCE = f"{DESCRIBES_MEDIA} {ITUNES} {PODCAST_ONCE} {COMMENTS_ONCE} georss:point georss:featureName"
MANY = f"{MEDIA} {PODCAST_MANY} thr:in-reply-to dc:contributor"
CHANNEL_ONCE = (
    "itunes:author itunes:block itunes:explicit itunes:image itunes:keywords itunes:owner itunes:subtitle "
    "itunes:summary itunes:type podcast:locked podcast:guid podcast:medium fh:archive fh:complete"
)
CHANNEL_MANY = "itunes:category podcast:funding podcast:person"

SHAPES = {
    "media:group": Shape(may=DESCRIBES_MEDIA, many=f"media:content {LABELS_MEDIA}"),
    "media:content": Shape(
        may=DESCRIBES_MEDIA,
        many=LABELS_MEDIA,
        needs="url",
        takes="fileSize type medium isDefault expression bitrate framerate samplingrate channels duration "
        "height width lang",
    ),
    "media:thumbnail": Shape(needs="url", takes="width height time"),
    "media:credit": Shape(text=True, takes="role scheme"),
    "media:category": Shape(text=True, takes="scheme label"),
    "media:text": Shape(text=True, takes="type lang start end"),
    "media:hash": Shape(text=True, takes="algo"),
    "media:restriction": Shape(text=True, needs="relationship", takes="type"),
    "media:player": Shape(needs="url", takes="width height"),
    "media:copyright": Shape(text=True, takes="url"),
    "media:rating": Shape(text=True, takes="scheme"),
    **of("media:title media:description", shape=Shape(text=True, takes="type")),
    **of("media:keywords media:adult"),
    **of(ITUNES.replace("itunes:image ", ""), "itunes:type itunes:name itunes:email"),
    "itunes:image": Shape(needs="href"),
    "itunes:owner": Shape(must="itunes:email", may="itunes:name"),
    "itunes:category": Shape(many="itunes:category", needs="text"),
    "podcast:transcript": Shape(needs="url type", takes="language rel"),
    "podcast:chapters": Shape(needs="url type"),
    "podcast:season": Shape(text=True, takes="name"),
    "podcast:episode": Shape(text=True, takes="display"),
    "podcast:location": Shape(text=True, takes="rel geo osm country"),
    "podcast:license": Shape(text=True, takes="url"),
    "podcast:person": Shape(text=True, takes="role group img href"),
    "podcast:soundbite": Shape(text=None, needs="startTime duration"),
    "podcast:alternateEnclosure": Shape(
        may="podcast:integrity",
        many="podcast:source",
        needs="type",
        takes="length bitrate height lang title rel codecs default",
    ),
    "podcast:source": Shape(needs="uri", takes="contentType"),
    "podcast:integrity": Shape(needs="type value"),
    "podcast:socialInteract": Shape(needs="protocol", takes="uri accountId accountUrl priority"),
    "podcast:value": Shape(
        many="podcast:valueRecipient podcast:valueTimeSplit", needs="type method", takes="suggested"
    ),
    "podcast:valueRecipient": Shape(needs="type address split", takes="name customKey customValue fee"),
    "podcast:valueTimeSplit": Shape(
        may="podcast:remoteItem",
        many="podcast:valueRecipient",
        needs="startTime duration",
        takes="remoteStartTime remotePercentage",
    ),
    "podcast:remoteItem": Shape(needs="feedGuid", takes="feedUrl itemGuid medium title"),
    "podcast:txt": Shape(text=True, takes="purpose"),
    "podcast:image": Shape(needs="href", takes="alt aspect-ratio width height type purpose"),
    "podcast:contentLink": Shape(text=True, needs="href"),
    "podcast:chat": Shape(needs="server protocol", takes="accountId space"),
    "podcast:locked": Shape(text=True, takes="owner"),
    "podcast:funding": Shape(text=True, needs="url"),
    **of("podcast:guid podcast:medium"),
    "slash:comments": Shape(text=True),
    "slash:section": Shape(text=True),
    "wfw:commentRss": Shape(text=True),
    "thr:total": Shape(text=True),
    "thr:in-reply-to": Shape(needs="ref", takes="href type source"),
    **of("georss:point georss:featureName"),
    **of("fh:archive fh:complete", shape=Shape()),
    "dc:contributor": Shape(text=True),
}
CHECKS = {
    "media:content@url": url,
    "media:content@type": media_type,
    "media:content@fileSize": positive,
    "media:content@height": positive,
    "media:content@width": positive,
    "media:content@lang": language,
    "media:content@medium": one_of("image", "audio", "video", "document", "executable"),
    "media:content@expression": one_of("sample", "full", "nonstop"),
    "media:content@isDefault": one_of("true", "false"),
    "media:thumbnail@url": url,
    "media:thumbnail@height": positive,
    "media:thumbnail@width": positive,
    "media:player@url": url,
    "media:copyright@url": url,
    "media:category@scheme": url,
    "media:title@type": one_of("plain", "html"),
    "media:description@type": one_of("plain", "html"),
    "media:text@type": one_of("plain", "html"),
    "media:restriction@relationship": one_of("allow", "deny"),
    "media:adult": one_of("true", "false"),
    "itunes:image@href": url,
    "itunes:explicit": one_of("true", "false"),
    "itunes:block": one_of("Yes", "yes", "no"),
    "itunes:episode": positive,
    "itunes:season": positive,
    "itunes:episodeType": one_of("full", "trailer", "bonus"),
    "itunes:type": one_of("episodic", "serial"),
    "itunes:email": email,
    "podcast:transcript@url": url,
    "podcast:transcript@type": media_type,
    "podcast:transcript@language": language,
    "podcast:chapters@url": url,
    "podcast:chapters@type": media_type,
    "podcast:person@href": url,
    "podcast:person@img": url,
    "podcast:funding@url": url,
    "podcast:alternateEnclosure@type": media_type,
    "podcast:alternateEnclosure@length": number,
    "podcast:source@uri": url,
    "podcast:locked": one_of("yes", "no"),
    "podcast:season": number,
    "slash:comments": number,
    "wfw:commentRss": url,
    "thr:total": number,
    "thr:in-reply-to@href": url,
    "thr:in-reply-to@type": media_type,
    "atom:link@thr:count": number,
    "atom:link@thr:updated": rfc_3339,
    "georss:point": point,
    "dc:language": language,
}
LONGEST = {
    "itunes:summary": 4000,
    **dict.fromkeys(["itunes:author", "itunes:subtitle", "itunes:keywords"], 255),
}
PLAIN = (
    "itunes:author",
    "itunes:subtitle",
    "itunes:summary",
    "media:credit",
    "media:copyright",
    "media:category",
)
#: Elements of plain text in which the W3C's service looks for HTML; in an item description is HTML.
WORDS = (
    *(
        "title",
        "description",
        "copyright",
        "category",
        "source",
        "dc:rights",
        "media:title",
        "media:description",
    ),
    *("itunes:author", "itunes:subtitle", "itunes:summary"),
    *("atom:title", "atom:subtitle", "atom:rights", "atom:summary", "atom:content", "atom:name"),
)
LOOSE_TYPE = ("media:title", "media:description", "media:text")
DURATION = re.compile(r"\d+(?::[0-5]\d(?::[0-5]\d)?)?", re.ASCII)
HOURS = re.compile(r"\d+(?:\.\d+)?|\d+:\d\d:\d\d(?:\.\d+)?", re.ASCII)

rules: Rules[Document] = Rules()


@rules
def values_of_modules_are_proper(document: Document) -> Iterator[Finding]:
    """Addresses, types, languages, numbers and words of extensions are what their specifications say."""
    yield from values(CHECKS, document)


@rules
def media_group_has_alternatives(document: Document) -> Iterator[Finding]:
    """A media:group holds several versions of one thing (Media RSS, media:group)."""
    for node in document.nodes("media:group"):
        if len(node.all("media:content")) < 2:
            yield "a media:group of less than two media:content", node.where


@rules
def media_credit_has_a_known_role(document: Document) -> Iterator[Finding]:
    """A role is one of the EBU's, or of a scheme that is named; in lower case (Media RSS, media:credit)."""
    for node in document.nodes("media:credit"):
        role, scheme = node.attributes.get("role", ""), node.attributes.get("scheme", "urn:ebu")
        if role != role.lower() or (role and scheme == "urn:ebu" and role not in EBU_ROLES):
            yield f"the EBU knows no role {role!r}", node.where


@rules
def media_hash_is_one(document: Document) -> Iterator[Finding]:
    """A hash is 32 (MD5) or 40 (SHA-1) hexadecimal digits (Media RSS, media:hash)."""
    for node in document.nodes("media:hash"):
        length = {"md5": 32, "sha-1": 40}.get(node.attributes.get("algo", "md5"), 0)
        if not re.fullmatch(rf"[0-9A-Fa-f]{{{length}}}", node.text.strip()):
            yield f"{node.text!r} is no hash", node.where


@rules
def media_times_are_times(document: Document) -> Iterator[Finding]:
    """Seconds, or hours, minutes and seconds (Media RSS, media:thumbnail; RFC 2326, section 3.6)."""
    for node in document.nodes("media:thumbnail", "media:text", "media:content"):
        for name in ("time", "start", "end", "duration"):
            if name in node.attributes and not HOURS.fullmatch(node.attributes[name]):
                yield f"{node.attributes[name]!r} is no time", node.where


@rules
def media_texts_are_what_they_say(document: Document) -> Iterator[Finding]:
    """Text of ``type="html"`` is HTML, all other is not (Media RSS, media:title, media:description)."""
    for node in document.nodes(*LOOSE_TYPE):
        if node.attributes.get("type") == "html":
            yield from ((message, node.where) for message in faults(node.text))
        elif message := in_plain_text(node.text):
            yield message, node.where


@rules
def plain_texts_of_modules_are_plain(document: Document) -> Iterator[Finding]:
    """No markup stands where an extension has plain text (itunes:summary, media:credit …)."""
    for node in document.nodes(*PLAIN):
        if message := in_plain_text(node.text):
            yield message, node.where


@rules
def words_are_marked_as_no_html(document: Document) -> Iterator[Finding]:
    """In a line with what may be taken for a reference or a tag something is written as ``&#x`` (profile)."""
    lines = document.body.splitlines()
    for node in document.nodes():
        for text in _words(node):
            if _may_be_html(text, rss=document.root.name == "rss") and b"&#x" not in lines[node.line - 1]:
                yield f"{text!r} may be taken for HTML", node.where


def _words(node: Node) -> Iterator[str]:
    """Yield what is plain text in an element: its own, and of its attributes those that are."""
    of_item = node.parent is not None and node.parent.name == "item"
    kind = node.attributes.get("type", "text")
    if node.name in WORDS and kind in {"text", "plain"} and not (node.name == "description" and of_item):
        yield node.text
    yield from (node.attributes[name] for name in ("title", "label") if name in node.attributes)


def _may_be_html(text: str, *, rss: bool) -> bool:
    if found := re.findall(r"&(#?\w+)", text):
        return any(name in name2codepoint or name == "apos" or not name.isalpha() for name in found)
    return rss and re.search(r"<[/a-zA-Z]", text) is not None


@rules
def itunes_texts_are_short_enough(document: Document) -> Iterator[Finding]:
    """255 characters, a summary 4,000 (Apple's podcast requirements)."""
    for node in document.nodes(*LONGEST):
        if len(node.text) > LONGEST[node.name]:
            yield f"{len(node.text)} characters are more than {LONGEST[node.name]}", node.where


@rules
def itunes_durations_are_durations(document: Document) -> Iterator[Finding]:
    """Seconds, or hours, minutes and seconds with colons (Apple's podcast requirements, itunes:duration)."""
    for node in document.nodes("itunes:duration"):
        if not DURATION.fullmatch(node.text.strip()):
            yield f"{node.text!r} is no duration", node.where


@rules
def thread_attributes_stand_on_replies(document: Document) -> Iterator[Finding]:
    """thr:count and thr:updated belong to links with the relation ``replies`` (RFC 4685, section 4)."""
    for node in document.nodes("atom:link"):
        if node.attributes.get("rel") != "replies" and any(key.startswith("thr:") for key in node.attributes):
            yield "attributes of threads on a link that leads to no replies", node.where


@rules
def archives_say_where_they_belong(document: Document) -> Iterator[Finding]:
    """An archive has ``current`` and is linked to its neighbours (RFC 5005, section 4)."""
    for channel in document.nodes("channel", "atom:feed"):
        relations = [link.attributes.get("rel", "alternate") for link in channel.all("atom:link")]
        for name in ("self", "prev-archive", "next-archive", "current", "first", "last", "next", "previous"):
            if relations.count(name) > 1:
                yield f"more than one link is {name}", channel.where
        if channel.all("fh:archive") and "current" not in relations:
            yield "an archive has no link to the current feed", channel.where
        if channel.all("fh:complete") and {"prev-archive", "next-archive"} & set(relations):
            yield "a complete feed has no archives", channel.where
        if "next-archive" in relations and not channel.all("fh:archive"):
            yield "what has a next archive is an archive", channel.where


@rules
def archives_are_linked_from_the_feed_only(document: Document) -> Iterator[Finding]:
    """Links to archives and pages are a feed's, not an entry's (RFC 5005, sections 3, 4)."""
    history = {"current", "first", "last", "next", "previous", "prev-archive", "next-archive"}
    for node in document.nodes("item", "atom:entry"):
        for link in node.all("atom:link"):
            if link.attributes.get("rel") in history:
                yield f"a link of an entry is {link.attributes['rel']}", link.where
