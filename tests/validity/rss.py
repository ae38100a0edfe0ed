"""Checks of RSS 2.0: rssboard.org's specification 2.0.11 and best-practices profile."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from tests.validity import choices, links, modules
from tests.validity import document as xml
from tests.validity.document import NOW, parse, values
from tests.validity.markup import faults, in_plain_text
from tests.validity.rule import Fault, Rules
from tests.validity.structure import Shape, of, structural
from tests.validity.values import (
    ahead,
    identifier,
    language,
    media_type,
    moment,
    named_email,
    number,
    positive,
    rfc_822,
    rfc_3339,
    url,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from tests.validity.document import Document
    from tests.validity.rule import Finding

MEDIA_TYPE = "application/rss+xml"
SPECIFICATION = "https://www.rssboard.org/rss-specification"
SPECIFICATIONS = (SPECIFICATION, SPECIFICATION.replace("https", "http"))
SHAPES = {
    **modules.SHAPES,
    "rss": Shape(must="channel", needs="version"),
    "channel": Shape(
        must="title link description",
        may="language copyright managingEditor webMaster pubDate lastBuildDate generator docs cloud ttl "
        f"image rating skipHours skipDays atom:id atom:updated dc:publisher {modules.CHANNEL_ONCE}",
        many=f"category item atom:link {modules.CHANNEL_MANY}",
    ),
    "item": Shape(
        must="guid",
        may="title link description author comments enclosure pubDate source content:encoded atom:updated "
        f"dc:date dc:language dc:rights {modules.ONCE}",
        many=f"category atom:link dc:creator dc:subject {modules.MANY}",
    ),
    "image": Shape(must="url title link", may="width height description"),
    "cloud": Shape(needs="domain port path registerProcedure protocol"),
    "enclosure": Shape(needs="url length type"),
    "guid": Shape(text=True, takes="isPermaLink"),
    "category": Shape(text=True, takes="domain"),
    "source": Shape(text=True, needs="url"),
    "skipHours": Shape(many="hour"),
    "skipDays": Shape(many="day"),
    "atom:link": links.SHAPE,
    **of(
        "title link description language copyright managingEditor webMaster pubDate lastBuildDate docs",
        "generator ttl rating url width height hour day author comments content:encoded atom:id atom:updated",
        "dc:publisher dc:creator dc:subject dc:date dc:language dc:rights",
    ),
}
CHECKS = {
    "link": url,
    "docs": url,
    "comments": url,
    "url": url,
    "source@url": url,
    "enclosure@url": url,
    "enclosure@length": number,
    "enclosure@type": media_type,
    "pubDate": rfc_822,
    "lastBuildDate": rfc_822,
    "atom:updated": rfc_3339,
    "atom:id": identifier,
    "dc:date": rfc_3339,
    "language": language,
    "ttl": positive,
    "author": named_email,
    "managingEditor": named_email,
    "webMaster": named_email,
}
#: Elements of plain text, in which HTML is none.
PLAIN = ("title", "category", "source", "copyright", "generator", "atom:title")
SAME = {
    "author": "dc:creator",
    "category": "dc:subject",
    "pubDate": "dc:date",
    "language": "dc:language",
    "copyright": "dc:rights",
    "webMaster": "dc:publisher",
    "guid": "atom:id",
}

own: Rules[Document] = Rules()


@own
def values_are_proper(document: Document) -> Iterator[Finding]:
    """Addresses are complete URLs, dates RFC 822, people e-mail addresses with a name (profile)."""
    yield from values(CHECKS, document)


@own
def version_is_2_0(document: Document) -> Iterator[Finding]:
    """The version of everything that this describes is 2.0 (specification, sample files)."""
    if document.root.attributes.get("version") != "2.0":
        yield f"the version is {document.root.attributes.get('version')!r}", document.root.where


@own
def item_has_a_title_or_a_description(document: Document) -> Iterator[Finding]:
    """At least one of title and description is there (specification, elements of an item)."""
    for item in document.nodes("item"):
        if not item.all("title") and not item.all("description"):
            yield "an item has neither title nor description", item.where


@own
def guids_are_good(document: Document) -> Iterator[Finding]:
    """A permanent link is a URL; any other guid is still unique in the world (specification, guid)."""
    for node in document.nodes("guid"):
        permanent = node.attributes.get("isPermaLink", "true")
        if permanent not in {"true", "false"}:
            yield f"isPermaLink is {permanent!r}", node.where
        elif permanent == "true" and (message := url(node.text)):
            yield f"isPermaLink says that it is an address: {message}", node.where
        elif message := identifier(node.text):
            yield message, node.where


@own
def guids_are_unique(document: Document) -> Iterator[Finding]:
    """No two items have the same guid (specification, guid)."""
    seen = set()
    for node in document.nodes("guid"):
        if node.text in seen:
            yield f"{node.text!r} is there twice", node.where
        seen.add(node.text)


@own
def permanent_links_are_the_links(document: Document) -> Iterator[Finding]:
    """A guid that is a permanent link is where the item's link leads (profile, guid)."""
    for item in document.nodes("item"):
        guid, link = item.one("guid"), item.value("link")
        if guid and link and guid.attributes.get("isPermaLink", "true") == "true" and guid.text != link:
            yield f"{guid.text} is not {link}", guid.where


@own
def dates_are_plausible(document: Document) -> Iterator[Finding]:
    """No date is ahead of the clock."""
    for node in document.nodes("pubDate", "lastBuildDate", "atom:updated", "dc:date"):
        if message := ahead(node.text, document.now):
            yield message, node.where


@own
def updates_follow_publication(document: Document) -> Iterator[Finding]:
    """Nothing is updated before it was published (RFC 4287, sections 4.2.9 and 4.2.15, of atom:updated)."""
    for item in document.nodes("item"):
        published, updated = moment(item.value("pubDate")), moment(item.value("atom:updated"))
        if published and updated and updated < published:
            yield f"updated at {updated}, published at {published}", item.where


@own
def items_come_newest_first(document: Document) -> Iterator[Finding]:
    """Readers that look at the first items only see the newest (profile, item)."""
    dates = [(moment(item.value("pubDate")), item) for item in document.nodes("item")]
    dated = [(at, item) for at, item in dates if at]
    for (before, _), (at, item) in pairwise(dated):
        if at > before:
            yield f"{at} comes after {before}", item.where


@own
def items_come_last(document: Document) -> Iterator[Finding]:
    """All that is said of the channel stands before its items (profile, item)."""
    for channel in document.nodes("channel"):
        names = [child.name for child in channel.children]
        if "item" in names and set(names[names.index("item") :]) != {"item"}:
            yield "something stands behind the items", channel.where


@own
def description_comes_before_content(document: Document) -> Iterator[Finding]:
    """content:encoded stands behind a description (profile, content:encoded)."""
    for item in document.nodes("item"):
        names = [child.name for child in item.children]
        if "content:encoded" in names and "description" not in names[: names.index("content:encoded")]:
            yield "no description stands before content:encoded", item.where


@own
def plain_text_is_plain(document: Document) -> Iterator[Finding]:
    """A title is plain text; & and < in it are written &#x26; and &#x3C; (profile, character data)."""
    for node in document.nodes(*PLAIN, "description"):
        if node.name == "description" and node.parent and node.parent.name == "item":
            continue
        if re.search(r"</[A-Za-z][A-Za-z0-9]*>", node.text):
            yield in_plain_text(node.text), node.where
        elif re.search(r"&#?\w|<[/A-Za-z]", node.text) and re.search(rb"&amp;|&lt;|<!\[CDATA", node.source):
            yield f"{node.source.decode()!r} may be taken for HTML", node.where


@own
def html_is_harmless(document: Document) -> Iterator[Finding]:
    """Description and content are HTML without scripts, frames, styles, relative addresses (profile)."""
    for item in document.nodes("item"):
        for node in (*item.all("description"), *item.all("content:encoded")):
            yield from ((message, node.where) for message in faults(node.text))


@own
def nothing_is_said_twice(document: Document) -> Iterator[Finding]:
    """What RSS has a word for is not said in Dublin Core besides (profile, dc:creator)."""
    for node in document.nodes("channel", "item"):
        for name, other in SAME.items():
            if node.all(name) and node.all(other):
                yield f"{node.name} has both {name} and {other}", node.where


@own
def comments_have_a_date(document: Document) -> Iterator[Finding]:
    """Where comments are counted the channel says when it was built (profile, slash:comments)."""
    for channel in document.nodes("channel"):
        counted = any(item.all("slash:comments") for item in channel.all("item"))
        if counted and not channel.all("lastBuildDate"):
            yield "comments are counted and there is no lastBuildDate", channel.where


@own
def image_is_the_channel_s(document: Document) -> Iterator[Finding]:
    """The image has the channel's title and link, and is a GIF, JPEG or PNG of at most 144 by 400 (image)."""
    for channel in document.nodes("channel"):
        for image in channel.all("image"):
            for name in ("title", "link"):
                if image.value(name) != channel.value(name):
                    yield f"the image's {name} is not the channel's", image.where
            if not re.search(r"\.(?:gif|jpe?g|png)(?:$|[?#])", image.value("url"), re.IGNORECASE):
                yield f"{image.value('url')!r} is no GIF, JPEG or PNG", image.where
            for name, most in (("width", 144), ("height", 400)):
                given = image.value(name)
                if given and (positive(given) or int(given) > most):
                    yield f"the image's {name} is {given}", image.where


@own
def pauses_are_hours_and_days(document: Document) -> Iterator[Finding]:
    """skipHours has hours from 0 to 23, skipDays English names of days, each once (specification)."""
    hours = [node.text for node in document.nodes("hour")]
    days = [node.text for node in document.nodes("day")]
    weekdays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    for given, known in ((hours, [str(hour) for hour in range(24)]), (days, weekdays)):
        if not set(given) <= set(known) or len(set(given)) < len(given):
            yield f"{given} are no hours or days", "skipHours and skipDays"


@own
def language_and_generator_are_there(document: Document) -> Iterator[Finding]:
    """A channel says its language, when it was last built and what wrote it (profile, language)."""
    for channel in document.nodes("channel"):
        for name in ("language", "generator", "lastBuildDate"):
            if not channel.all(name):
                yield f"the channel has no {name}", channel.where


@own
def docs_lead_to_the_specification(document: Document) -> Iterator[Finding]:
    """docs names the specification that the document follows (specification, docs)."""
    for node in document.nodes("docs"):
        if node.text not in SPECIFICATIONS:
            yield f"{node.text} is not the specification", node.where


@own
def extensions_stay_off_the_core(document: Document) -> Iterator[Finding]:
    """An element of RSS itself has no attribute of another namespace (specification, extending RSS)."""
    for node in document.nodes():
        for name in node.attributes:
            if ":" not in node.name and ":" in name and not name.startswith("xml:"):
                yield f"{node.name} has {name}", node.where


@own
def content_type_is_rss(document: Document) -> Iterator[Finding]:
    """The answer's media type is that of RSS (profile, MIME types)."""
    if document.content_type and document.content_type.partition(";")[0] != MEDIA_TYPE:
        yield f"the Content-Type is {document.content_type!r}", "Content-Type"


RULES: Rules[Document] = Rules(
    xml.rules, structural("rss", SHAPES), links.rules, modules.rules, choices.rules, own
)


def check(body: bytes, *, url: str = "", content_type: str = "", now: datetime = NOW) -> list[Fault]:
    """Return all faults of an RSS document."""
    return RULES.faults(parse(body, url=url, content_type=content_type, now=now))
