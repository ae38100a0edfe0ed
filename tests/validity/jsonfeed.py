"""Checks of JSON Feed 1.1 (jsonfeed.org/version/1.1)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator

from tests.validity.document import NOW
from tests.validity.markup import faults
from tests.validity.rule import Fault, Rules
from tests.validity.values import (
    BAD_CHARACTER,
    ahead,
    canonical,
    identifier,
    language,
    media_type,
    moment,
    rfc_3339,
    url,
    words,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from tests.validity.rule import Finding

MEDIA_TYPE = "application/feed+json"
VERSION = "https://jsonfeed.org/version/1.1"
SCHEMA = Draft202012Validator(
    json.loads(Path(__file__).with_name("jsonfeed.schema.json").read_text(encoding="utf-8"))
)
ADDRESSES = words("url external_url home_page_url feed_url next_url icon favicon image banner_image avatar")


@dataclass
class Feed:
    """A document and the circumstances under which it is read."""

    body: bytes
    url: str
    content_type: str
    now: datetime
    document: dict[str, Any] = field(default_factory=dict)
    error: str = ""

    @property
    def items(self) -> list[dict[str, Any]]:
        """The items, as far as they are any."""
        items = self.document.get("items")
        return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


rules: Rules[Feed] = Rules()


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError(f"a member is there twice in {sorted(members)}")
    return members


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is no JSON")


def _walk(value: Any, path: str = "") -> Iterator[tuple[str, str, Any]]:
    """Yield path, name and value of every member; of what extensions have, nothing."""
    if isinstance(value, dict):
        for name, member in value.items():
            if not name.startswith("_"):
                yield f"{path}/{name}", name, member
                yield from _walk(member, f"{path}/{name}")
    elif isinstance(value, list):
        for place, member in enumerate(value):
            yield from _walk(member, f"{path}/{place}")


@rules
def is_json(feed: Feed) -> Iterator[Finding]:
    """The document is JSON: one object, no member twice, no NaN (RFC 8259, sections 2 and 4)."""
    if feed.error:
        yield feed.error, "document"


@rules
def is_utf_8_without_a_mark(feed: Feed) -> Iterator[Finding]:
    """JSON is UTF-8, without a byte order mark and without half characters (RFC 8259, section 8)."""
    if feed.body.startswith(b"\xef\xbb\xbf"):
        yield "there is a byte order mark", "document"
    if re.search(rb"(?<!\\)(?:\\\\)*\\ud[89a-f]", feed.body, re.IGNORECASE):
        for _, _, value in _walk(feed.document):
            if isinstance(value, str) and re.search("[\ud800-\udfff]", value):
                yield "there is half a character", "document"


@rules
def fits_the_schema(feed: Feed) -> Iterator[Finding]:
    """Every member is of its type, none that is required lacks, none is unknown (all sections)."""
    for error in SCHEMA.iter_errors(feed.document):
        yield error.message[:200], "/" + "/".join(map(str, error.absolute_path))


@rules
def version_is_1_1(feed: Feed) -> Iterator[Finding]:
    """The version is the address of the specification (top-level, version)."""
    if feed.document.get("version") != VERSION:
        yield f"the version is {feed.document.get('version')!r}", "/version"


@rules
def addresses_are_complete(feed: Feed) -> Iterator[Finding]:
    """Whatever is an address is a complete URL (top-level and items)."""
    for path, name, value in _walk(feed.document):
        if name in ADDRESSES and isinstance(value, str) and (message := url(value)):
            yield message, path


@rules
def feed_url_is_the_document(feed: Feed) -> Iterator[Finding]:
    """feed_url is there, and is where the document was read (top-level, feed_url)."""
    said = feed.document.get("feed_url")
    if said is None or (feed.url and said != feed.url):
        yield f"feed_url is {said}", "/feed_url"


@rules
def next_url_leads_on(feed: Feed) -> Iterator[Finding]:
    """The next page is another one (top-level, next_url: a reader must not go round in circles)."""
    if "next_url" in feed.document and feed.document["next_url"] == feed.document.get("feed_url"):
        yield "next_url leads back to the document", "/next_url"


@rules
def ids_are_good(feed: Feed) -> Iterator[Finding]:
    """An id is unique in the world for ever: a full address or a tag (items, id)."""
    for place, item in enumerate(feed.items):
        given = str(item.get("id", ""))
        if message := identifier(given) or canonical(given):
            yield message, f"/items/{place}/id"


@rules
def ids_are_unique(feed: Feed) -> Iterator[Finding]:
    """No two items have the same id (items, id)."""
    ids = [item.get("id") for item in feed.items]
    for each in {each for each in ids if ids.count(each) > 1}:
        yield f"{each!r} is there twice", "/items"


@rules
def every_item_says_something(feed: Feed) -> Iterator[Finding]:
    """An item has content_html or content_text (items, content)."""
    for place, item in enumerate(feed.items):
        if not str(item.get("content_html", "")).strip() and not str(item.get("content_text", "")).strip():
            yield "an item without content", f"/items/{place}"


@rules
def html_is_harmless(feed: Feed) -> Iterator[Finding]:
    """content_html is HTML without scripts, frames, styles and relative addresses (items, content_html)."""
    for place, item in enumerate(feed.items):
        for message in faults(str(item.get("content_html", ""))):
            yield message, f"/items/{place}/content_html"


@rules
def dates_are_proper(feed: Feed) -> Iterator[Finding]:
    """Dates are RFC 3339 (items, date_published and date_modified)."""
    for path, name, value in _walk(feed.document):
        if name.startswith("date_") and isinstance(value, str) and (message := rfc_3339(value)):
            yield message, path


@rules
def dates_are_plausible(feed: Feed) -> Iterator[Finding]:
    """No date is ahead of the clock."""
    for path, name, value in _walk(feed.document):
        if name.startswith("date_") and isinstance(value, str) and (message := ahead(value, feed.now)):
            yield message, path


@rules
def changes_follow_publication(feed: Feed) -> Iterator[Finding]:
    """Nothing is modified before it was published (items, date_modified)."""
    for place, item in enumerate(feed.items):
        published = moment(str(item.get("date_published", "")))
        modified = moment(str(item.get("date_modified", "")))
        if published and modified and modified < published:
            yield f"modified at {modified}, published at {published}", f"/items/{place}"


@rules
def items_come_newest_first(feed: Feed) -> Iterator[Finding]:
    """Readers that look at the first items only see the newest."""
    dates = [moment(str(item.get("date_published", ""))) for item in feed.items]
    known = [date for date in dates if date]
    if known != sorted(known, reverse=True):
        yield "items are not sorted, newest first", "/items"


@rules
def languages_are_tags(feed: Feed) -> Iterator[Finding]:
    """A language is a tag (top-level and items, language; BCP 47)."""
    for path, name, value in _walk(feed.document):
        if name == "language" and isinstance(value, str) and (message := language(value)):
            yield message, path


@rules
def attachments_are_proper(feed: Feed) -> Iterator[Finding]:
    """An attachment has a media type, and none is there twice (attachments)."""
    for place, item in enumerate(feed.items):
        addresses = []
        attachments = item.get("attachments")
        for each in attachments if isinstance(attachments, list) else []:
            addresses.append(each.get("url"))
            if message := media_type(str(each.get("mime_type", ""))):
                yield message, f"/items/{place}/attachments"
        if len(set(addresses)) < len(addresses):
            yield "a file is attached twice", f"/items/{place}/attachments"


@rules
def plain_texts_are_plain(feed: Feed) -> Iterator[Finding]:
    """A summary is plain text, not a piece of HTML (items, summary and content_text)."""
    for place, item in enumerate(feed.items):
        for name in ("summary", "content_text"):
            if re.fullmatch(r"(?s)\s*<(p|div|ul|ol|table)\b[^<>]*>.*</\1>\s*", str(item.get(name, ""))):
                yield "HTML stands where plain text should", f"/items/{place}/{name}"


@rules
def tags_are_not_repeated(feed: Feed) -> Iterator[Finding]:
    """No item has a tag twice (items, tags)."""
    for place, item in enumerate(feed.items):
        tags = item.get("tags")
        if isinstance(tags, list) and len(set(map(str, tags))) < len(tags):
            yield "a tag is there twice", f"/items/{place}/tags"


@rules
def nothing_is_deprecated(feed: Feed) -> Iterator[Finding]:
    """authors has taken the place of author (what changed in version 1.1)."""
    for path, name, _ in _walk(feed.document):
        if name == "author":
            yield "author is of version 1", path


@rules
def extensions_are_objects(feed: Feed) -> Iterator[Finding]:
    """An extension's name begins with an underscore and a letter (extensions)."""
    for place, value in enumerate([feed.document, *feed.items]):
        for name in value:
            if name.startswith("_") and not re.fullmatch(r"_[A-Za-z][A-Za-z0-9_-]*", name):
                yield f"{name!r} is no name of an extension", f"object {place}"


@rules
def has_no_bad_characters(feed: Feed) -> Iterator[Finding]:
    """Controls and U+FFFD are what a wrong encoding leaves behind."""
    for path, _, value in _walk(feed.document):
        if isinstance(value, str) and (found := BAD_CHARACTER.search(value)):
            yield f"there is {found[0]!r}", path


@rules
def content_type_is_json_feed(feed: Feed) -> Iterator[Finding]:
    """The answer's media type is that of JSON Feed (discovery and MIME type)."""
    if feed.content_type and feed.content_type.partition(";")[0] != MEDIA_TYPE:
        yield f"the Content-Type is {feed.content_type!r}", "Content-Type"


RULES = rules


def check(body: bytes, *, url: str = "", content_type: str = "", now: datetime = NOW) -> list[Fault]:
    """Return all faults of a JSON Feed document."""
    feed = Feed(body, url=url, content_type=content_type, now=now)
    try:
        document = json.loads(body, object_pairs_hook=_unique, parse_constant=_refuse)
    except ValueError as error:
        feed.error = str(error)
    else:
        feed.document = document if isinstance(document, dict) else {}
        feed.error = "" if isinstance(document, dict) else "the document is no object"
    return RULES.faults(feed)
