"""Read the posts of a WordPress site from its REST API: for sites whose feed is cut short, stale or missing.

The API also says what no feed of WordPress does: the date of publication in UTC *and* in the site's own zone.
What is read is the answer to ``/wp-json/wp/v2/posts``, best with ``_embed``, which brings names and pictures
along (https://developer.wordpress.org/rest-api/reference/posts/).

A field of a wrong type counts as absent, an entry that is no post is a fault; neither costs its neighbours.
"""

from __future__ import annotations

import json
import re
from html import unescape
from typing import TYPE_CHECKING, Any, TypeAlias

from aggregator.errors import ParseError
from aggregator.model.item import Claim, Origin, ParsedDocument, ParsedItem, Person, Text
from aggregator.model.source import Kind
from aggregator.parse import ITEMS_MAX, Parser
from aggregator.parse.html import absolute, clean_text, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aggregator.model.source import Select

_Object: TypeAlias = "dict[str, Any]"

_LIST = re.compile(r"\[\s*\{")
_ERROR = re.compile(r'\{\s*"code"\s*:\s*"rest_')
_ID = re.compile(r'"id"\s*:\s*[0-9]')
_OF_A_POST = re.compile(r'"date_gmt"\s*:|"guid"\s*:\s*\{')
_ZONE = re.compile(r"(?:[Zz]|[+-][0-9]{2}:?[0-9]{2})$")
_TAXONOMIES = {"category", "post_tag"}  # others tell sites' own machinery apart: formats, series, layouts
_POSTS = "/wp-json/wp/v2/posts?per_page=50&_embed=author,wp:term,wp:featuredmedia"


def recognises(head: str) -> bool:
    """Return whether a document begins as a list of posts, or as an error of the API."""
    return bool(_ERROR.match(head)) or bool(
        _LIST.match(head) and _ID.search(head) and _OF_A_POST.search(head)
    )


def parse(body: bytes, *, url: str, content_type: str, select: Select | None = None) -> ParsedDocument:
    """Return the published posts that a WordPress API lists.

    Raises:
        ParseError: it is an error of the API, its index, or anything else; the message says which.
    """
    del content_type, select  # JSON is UTF-8, whatever a header says (RFC 8259, 8.1)
    posts = _posts(body)
    faults: list[str] = []
    if len(posts) > ITEMS_MAX:
        faults.append(f"the document holds {len(posts)} items; the first {ITEMS_MAX} are taken")
    items = []
    unpublished = 0
    for number, post in enumerate(posts[:ITEMS_MAX], 1):
        item = _item(post, url) if isinstance(post, dict) else None
        if item is None:
            faults.append(f"item {number} is no post with a guid, a title or a text; left out")
        elif _text(post, "status") in {"", "publish"}:
            items.append(item)
        else:
            unpublished += 1
    if posts and not items and not unpublished:
        raise ParseError(
            f"this JSON array holds no WordPress posts (its first entry is {_shape(posts[0])}): "
            f"give an address such as https://…{_POSTS}"
        )
    if unpublished:
        faults.append(f"{unpublished} posts are not published: drafts, private or still to come; left out")
    return ParsedDocument(home=_home(url), items=tuple(items), faults=tuple(faults))


PARSER = Parser(kind=Kind.WORDPRESS, recognises=recognises, parse=parse)


def _posts(body: bytes) -> list[Any]:
    try:
        text = body.decode(json.detect_encoding(body), "replace")
        # No number in it is read, and int() refuses those of more than 4,300 digits.
        document = json.loads(text, parse_int=float)
    except json.JSONDecodeError as error:
        raise ParseError(
            f"this is no JSON: {error.msg} at line {error.lineno}, column {error.colno}; "
            f"open the address in a browser and see what it gives"
        ) from error
    except RecursionError as error:
        raise ParseError("this JSON is nested too deep to be a list of WordPress posts") from error
    if isinstance(document, list):
        return document
    raise ParseError(_refusal(document))


def _refusal(document: object) -> str:
    """Say what a JSON document is that is no list, and what to do.

    Errors: https://developer.wordpress.org/reference/classes/wp_error/, as ``code``, ``message``, ``data``.
    """
    if not isinstance(document, dict):
        return f"this JSON is no list of WordPress posts but {_shape(document)}: correct the address"
    if code := _text(document, "code"):
        said = ": ".join(filter(None, (code, _text(document, "message"))))
        return (
            f"the WordPress API answers with an error, {clean_text(said, limit=200)!r}: its REST API is "
            f"switched off or closed, or the address is another one: use the site's feed"
        )
    index = "namespaces" in document or "routes" in document
    what = "the index of a WordPress API" if index else _shape(document)
    return f"this JSON is no list of WordPress posts but {what}: give an address such as https://…{_POSTS}"


def _shape(value: object) -> str:
    match value:
        case dict():
            keys = ", ".join(repr(clean_text(key, limit=40)) for key in list(value)[:10])
            return f"an object with {f'the keys {keys}' if keys else 'no keys'}"
        case list():
            return "an array"
        case _:
            return f"the value {clean_text(str(value), limit=40)!r}"


def _item(post: _Object, base: str) -> ParsedItem | None:
    """Return a post, or None for what is none: categories, users and media have a link as well."""
    link = absolute(_text(post, "link"), base)
    guid = unescape(_rendered(post, "guid")).strip()
    title, excerpt, content = (_rendered(post, name) for name in ("title", "excerpt", "content"))
    if not (guid or title or excerpt or content):
        return None
    return ParsedItem(
        id=guid or link,
        link=link,
        title=Text(value=title),
        summary=Text(value=excerpt),
        content=Text(value=content),
        authors=tuple(_people(post, base)),
        categories=tuple(_terms(post)),
        image=_image(post, base),
        dates=tuple(_dates(post)),
    )


def _dates(post: _Object) -> Iterator[Claim]:
    """Yield the dates, those in UTC with the ``Z`` that WordPress leaves out.

    ``date`` is the same in the site's zone, which the answer does not name, so it only stands in.
    """
    published = _utc(_date(post, "date_gmt"))
    for origin, text in (
        (Origin.WORDPRESS, published),
        (Origin.PUBLISHED, "" if published else _date(post, "date")),
        (Origin.UPDATED, _utc(_date(post, "modified_gmt")) or _date(post, "modified")),
    ):
        if text:
            yield Claim(origin=origin, text=text)


def _date(post: _Object, name: str) -> str:
    """Return a date; none for MySQL's zero, which WordPress writes where it does not know one."""
    text = _text(post, name).strip()
    return "" if text.startswith("0000-") else text


def _utc(text: str) -> str:
    return text if not text or _ZONE.search(text) else f"{text}Z"


def _people(post: _Object, base: str) -> Iterator[Person]:
    """Yield the authors; where the site hides its users, an error object stands for each."""
    for author in _embedded(post, "author"):
        if name := plain(Text(value=_text(author, "name"))):
            own = absolute(_text(author, "url"), base)
            yield Person(name=name, url=own or absolute(_text(author, "link"), base))


def _terms(post: _Object) -> Iterator[str]:
    """Yield the names of categories and tags: ``wp:term`` holds a list for each taxonomy."""
    for group in _list(_object(post, "_embedded"), "wp:term"):
        for term in group if isinstance(group, list) else ():
            if isinstance(term, dict) and _text(term, "taxonomy") in _TAXONOMIES:
                yield plain(Text(value=_text(term, "name")))


def _image(post: _Object, base: str) -> str:
    """Return the featured picture; without ``_embed`` Jetpack may name it."""
    for media in _embedded(post, "wp:featuredmedia"):
        type_ = _text(media, "mime_type")
        if (not type_ or type_.startswith("image/")) and (url := absolute(_text(media, "source_url"), base)):
            return url
    return absolute(_text(post, "jetpack_featured_media_url"), base)


def _home(url: str) -> str:
    """Return the site's own address: the API's follows it (developer.wordpress.org/rest-api/key-concepts)."""
    site, api, _ = url.partition("/wp-json/")
    return absolute(f"{site}/", "") if api else ""


def _rendered(post: _Object, name: str) -> str:
    """Return a field as visitors see it; nothing of one that a password protects."""
    field = _object(post, name)
    return "" if field.get("protected") is True else _text(field, "rendered")


def _embedded(post: _Object, name: str) -> list[_Object]:
    return [one for one in _list(_object(post, "_embedded"), name) if isinstance(one, dict)]


def _object(of: _Object, name: str) -> _Object:
    value = of.get(name)
    return value if isinstance(value, dict) else {}


def _list(of: _Object, name: str) -> list[Any]:
    value = of.get(name)
    return value if isinstance(value, list) else []


def _text(of: _Object, name: str) -> str:
    value = of.get(name)
    return value if isinstance(value, str) else ""
