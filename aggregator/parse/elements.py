"""What feedparser makes of each element of a feed, in the order of the document.

Every function here takes one element and does to the dictionary of its entry (or of the feed) what feedparser
would do, as far as ``entries`` reads it. Where that would depend on something that is not followed here,
OddError is raised, and feedparser itself has to read the document.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias
from urllib.parse import urljoin
from xml.sax.saxutils import escape

from aggregator.parse.html import URL_MAX
from aggregator.parse.names import MEANT, Names, OddError, attributes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Node: TypeAlias = (
    "tuple[str, list[str], list[Any]]"  #: an element: tag, attributes, texts and elements inside
)
Fields: TypeAlias = "dict[str, Any]"

_TEXT, _HTML, _XHTML = "text/plain", "text/html", "application/xhtml+xml"
_TYPES = {
    _TEXT: _TEXT,
    "text": _TEXT,
    "plain": _TEXT,
    _HTML: _HTML,
    "html": _HTML,
    _XHTML: _XHTML,
    "xhtml": _XHTML,
}
_PERSON = {"name": "name", "email": "email", "uri": "href", "url": "href", "homepage": "href"}
_BASE = re.compile(r"https?://[a-z0-9.-]+(?::[0-9]+)?/[A-Za-z0-9/_.?=&;,~%-]*")
_REFERENCE = re.compile(r"&([A-Za-z0-9_]+);")
_WINDOWS = {
    code: bytes([code]).decode("cp1252")
    for code in range(0x80, 0xA0)
    if code not in {0x81, 0x8D, 0x8F, 0x90, 0x9D}  # that code page has nothing there
}
_TAGS_MAX = 200  # of an entry; each is compared with all before it
_DEPTH_MAX = 12  # of what is read; deeper is only text or unknown
_MEDIA_SCHEME = "http://search.yahoo.com/mrss/category_schema"
_ITUNES_SCHEME = "http://www.itunes.com/"


class Scope:
    """An entry or the feed, while it is read."""

    __slots__ = ("_depths", "entry", "fields", "plain_author")

    def __init__(self, *, entry: bool) -> None:
        self.entry = entry
        self.fields: Fields = {}
        self.plain_author = ""  # an author who was given as a text alone
        self._depths: dict[str, int] = {}

    def keep(self, key: str, value: str, depth: int) -> None:
        """Keep the last value; of an entry's the last of those that lie least deep."""
        if not self.entry:
            self.fields[key] = value
        elif depth <= self._depths.get(key, depth):
            self._depths[key] = depth
            self.fields[key] = value


class State:
    """What holds for a document as a whole."""

    def __init__(self, names: Names, *, version: str, based: bool, windows: bool) -> None:
        self.names = names
        self.version = version
        self.atom = version.startswith("atom")
        self.based = based  # the root element has a base; without one feedparser loses track of others
        self.windows = windows  # there may be characters that Windows means otherwise than Unicode
        self.title_depth = -1  # of the last title; one that lies as deep is not taken
        self.has_content = False  # the entry had a content, so that a second summary takes the first's place
        self.entries: list[Fields] = []
        self.skip: dict[str, list[str]] = {}  # what skipHours and skipDays list, by their names in lower case
        self.skipped_at: set[int] = set()  # the number of entries that stand before these


class Place(NamedTuple):
    """Where an element lies: how many it lies within, itself included, and what they say holds for it."""

    depth: int
    base: str  #: absolute address; empty: none was given
    lang: str


Handler: TypeAlias = "Callable[[State, Scope, Node, Place], None]"


def read(
    state: State, scope: Scope, inside: list[Any], handlers: Mapping[str, Handler], place: Place
) -> None:
    """Read the elements inside one that lies at ``place``."""
    names = state.names
    within = Place(place.depth + 1, place.base, place.lang)
    for node in inside:
        if node.__class__ is not str:
            name = names[node[0]]
            if handler := handlers.get(name):
                handler(state, scope, node, within)
            elif name in MEANT:
                raise OddError
            else:
                _nothing(state, node)


def inherited(state: State, written: Mapping[str, str], place: Place) -> Place:
    """Return the place of an element once its own ``xml:base`` and ``xml:lang`` are known."""
    if not written:
        return place
    base = written.get("xml:base", written.get("base")) or ""
    if base and (
        not state.based or len(base) > URL_MAX or not _BASE.fullmatch(base) or urljoin(base, base) != base
    ):
        raise OddError
    lang = written.get("xml:lang", written.get("lang", place.lang))
    return Place(place.depth, base or place.base, lang)


def entry(state: State, scope: Scope, node: Node, place: Place) -> None:
    """Read an item of RSS or an entry of Atom, and add it to the document's."""
    del scope
    written = attributes(node[1])
    if "href" in written or "lastmod" in written:  # as CDF had it
        raise OddError
    state.title_depth = -1
    one = Scope(entry=True)
    if about := written.get("rdf:about"):
        one.fields["id"] = about
    read(state, one, node[2], ENTRY, inherited(state, written, place))
    state.has_content = False
    state.entries.append(one.fields)


def _nothing(state: State, node: Node) -> None:
    """Pass over an element of no meaning; feedparser finds those with one inside it, too."""
    rest = [kid for kid in node[2] if kid.__class__ is not str]
    while rest:
        kid = rest.pop()
        if state.names[kid[0]] in MEANT:
            raise OddError
        rest += [one for one in kid[2] if one.__class__ is not str]


def _only_text(state: State, scope: Scope, node: Node, place: Place) -> None:
    """Pass over an element that feedparser knows and nobody here asks for."""
    del state, scope, place
    _raw(node)


def _raw(node: Node) -> str:
    inside = node[2]
    try:
        return "".join(inside).strip()
    except TypeError:  # there are elements in it
        raise OddError from None


def _mended(state: State, text: str) -> str:
    """Return a text without UTF-8 that was taken for Latin-1, and with the characters that Windows means."""
    if text.isascii():
        return text
    with suppress(UnicodeError):
        text = text.encode("latin-1").decode("utf-8")
    return text.translate(_WINDOWS) if state.windows else text


def _resolved(base: str, address: str) -> str:
    if ":///" in address:
        raise OddError
    if not base or not address:
        return address or base
    if len(address) > URL_MAX:  # the standard library remembers what it has split
        raise OddError
    try:
        return urljoin(base, address)
    except ValueError:
        return ""


def _address(state: State, node: Node, place: Place) -> str:
    text = _raw(node)
    return _mended(state, _resolved(place.base, text)) if text else ""


def _keep(key: str) -> Handler:
    def keep(state: State, scope: Scope, node: Node, place: Place) -> None:
        scope.keep(key, _mended(state, _raw(node)), place.depth)

    return keep


def _keep_bare(key: str) -> Handler:
    """Keep the text of an element that feedparser keeps otherwise where it has attributes."""

    def keep(state: State, scope: Scope, node: Node, place: Place) -> None:
        if node[1]:
            raise OddError
        text = _address(state, node, place) if key == "comments" else _mended(state, _raw(node))
        scope.keep(key, text, place.depth)

    return keep


def _text(state: State, node: Node, default: str, place: Place) -> Fields:
    """Return a text with its type, its language and its base, all as they are after feedparser."""
    written = attributes(node[1]) if node[1] else {}
    kind = _TYPES.get(written.get("type", default))
    if not kind or written.get("mode") == "base64":
        raise OddError
    place = inherited(state, written, place)
    raw = _markup(state, node[2]) if kind == _XHTML else _raw(node)
    return {
        "type": kind,
        "language": place.lang.replace("_", "-"),
        "base": place.base,
        "value": _mended(state, raw),
    }


def _markup(state: State, inside: list[Any]) -> str:
    """Return XHTML as text; a div that is wrapped around all of it (RFC 4287, 3.1.1.3) is taken off."""
    if state.version != "atom10":
        raise OddError
    filled = [one for one in inside if one.__class__ is not str or one.strip()]
    if len(filled) == 1 and filled[0].__class__ is not str and state.names[filled[0][0]] == "xhtml_div":
        inside = filled[0][2]
    pieces: list[str] = []
    _write(state, inside, pieces)
    return "".join(pieces).strip()


def _write(state: State, inside: list[Any], pieces: list[str]) -> None:
    for one in inside:
        if one.__class__ is str:
            pieces.append(escape(one))
            continue
        space, _, tag = state.names[one[0]].partition("_")
        if space != "xhtml" or tag in {"math", "svg"}:
            raise OddError
        pieces.append(f"<{tag}")
        for key, value in zip(one[1][::2], one[1][1::2], strict=True):
            name = key.lower()
            if " " in name:
                raise OddError
            shown = escape(value.lower() if name in {"rel", "type"} else value, {'"': "&quot;"})
            pieces.append(f' {name}="{shown}"')
        pieces.append(">")
        _write(state, one[2], pieces)
        pieces.append(f"</{tag}>")


def _title_of(*, media: bool) -> Handler:
    def title(state: State, scope: Scope, node: Node, place: Place) -> None:
        text = _text(state, node, _TEXT, place)
        value = text["value"]
        if not -1 < state.title_depth <= place.depth:
            scope.keep("title", value, place.depth)
            scope.fields["title_detail"] = text
        if value and not media:
            state.title_depth = place.depth

    return title


def _description(state: State, scope: Scope, node: Node, place: Place) -> None:
    if "summary" in scope.fields and not state.has_content:
        _content(state, scope, node, place)
        return
    text = _text(state, node, _HTML, place)
    if scope.entry:
        scope.keep("summary", text["value"], place.depth)
        scope.fields["summary_detail"] = text


def _summary(state: State, scope: Scope, node: Node, place: Place) -> None:
    if "summary" in scope.fields and not state.has_content:
        _content(state, scope, node, place)
        return
    text = _text(state, node, _TEXT, place)
    scope.keep("summary", text["value"], place.depth)
    scope.fields["summary_detail"] = text


def _content(state: State, scope: Scope, node: Node, place: Place) -> None:
    _add_content(state, scope, _text(state, node, _TEXT, place))
    del place


def _encoded(state: State, scope: Scope, node: Node, place: Place) -> None:
    _add_content(state, scope, _text(state, node, _HTML, place))
    del place


def _add_content(state: State, scope: Scope, text: Fields) -> None:
    value = text["value"]
    if scope.entry and not state.atom and text["type"] == _TEXT and ("&" in value or "</" in value):
        raise OddError  # feedparser looks whether it may be markup all the same
    state.has_content = True
    scope.fields.setdefault("content", []).append(text)
    scope.fields.setdefault("summary", value)


def _rights(state: State, scope: Scope, node: Node, place: Place) -> None:
    text = _text(state, node, _TEXT, place)
    scope.keep("rights", text["value"], place.depth)
    scope.fields["rights_detail"] = text


def _link(state: State, scope: Scope, node: Node, place: Place) -> None:
    link = attributes(node[1]) if node[1] else {}
    place = inherited(state, link, place)
    link.setdefault("rel", "alternate")
    link.setdefault("type", "application/atom+xml" if link["rel"] == "self" else _HTML)
    fields = scope.fields
    fields.setdefault("links", []).append(link)
    if href := link.get("url", link.get("uri", link.get("href"))):
        link.pop("url", None)
        link.pop("uri", None)
        link["href"] = href
    if "href" in link:
        _raw(node)
        link["href"] = _resolved(place.base, link["href"])
        if link["rel"] == "alternate" and _TYPES.get(link["type"]) in {_HTML, _XHTML}:
            fields["link"] = link["href"]
        return
    address = _address(state, node, place)
    if "&" in address:
        address = _REFERENCE.sub(r"&\1", address.replace("&amp;", "&") if scope.entry else address)
    fields["link"] = address
    if address or not scope.entry:
        link["href"] = address


def _guid(state: State, scope: Scope, node: Node, place: Place) -> None:
    written = attributes(node[1]) if node[1] else {}
    place = inherited(state, written, place)
    is_link = written.get("ispermalink", "true") == "true"
    value = _address(state, node, place) if is_link else _mended(state, _raw(node))
    scope.keep("id", value, place.depth)
    if is_link:
        scope.fields.setdefault("link", value)


def _author(state: State, scope: Scope, node: Node, place: Place) -> None:
    if not scope.entry and not state.atom:
        _person(state, node)
        return
    fields, former = scope.fields, scope.fields.get("author")
    if "@" in scope.plain_author:  # which feedparser takes apart, in its way
        raise OddError
    person: Fields = {}
    fields.setdefault("authors", []).append(person)
    place = inherited(state, attributes(node[1]), place)
    for kid in _person(state, node):
        key = _PERSON[state.names[kid[0]]]
        if scope.plain_author or (former and not person and (key != "name" or "@" in former)):
            raise OddError  # feedparser gives a person what the one before has, or the other way round
        person[key] = (
            _address(state, kid, inherited(state, attributes(kid[1]), place)) if key == "href" else _raw(kid)
        )
    text = _mended(state, "".join(one for one in node[2] if one.__class__ is str).strip())
    scope.keep("author", text, place.depth)
    name, email = person.get("name"), person.get("email")
    if name or email:
        fields["author"] = f"{name} ({email})" if name and email else name or email
    elif text and not person:
        if "@" in text and (state.atom or len(fields["authors"]) > 1):
            raise OddError
        scope.plain_author = text
        person["name"] = text


def _person(state: State, node: Node) -> list[Node]:
    """Return the elements that tell of a person; those of no meaning are passed over if they are empty."""
    found = []
    for kid in node[2]:
        if kid.__class__ is str:
            continue
        name = state.names[kid[0]]
        if name in _PERSON:
            _raw(kid)
            found.append(kid)
        elif name in MEANT or not kid[1] or kid[2]:
            raise OddError
    return found


def _contributor(state: State, scope: Scope, node: Node, place: Place) -> None:
    del scope, place
    _person(state, node)


def _owner(state: State, scope: Scope, node: Node, place: Place) -> None:
    del scope, place
    if state.atom:
        raise OddError  # feedparser takes it for an author
    for kid in node[2]:
        if kid.__class__ is not str:
            if state.names[kid[0]] not in {"itunes_name", "itunes_email"}:
                raise OddError
            _raw(kid)


def _category_of(scheme: str | None) -> Handler:
    def category(state: State, scope: Scope, node: Node, place: Place) -> None:
        del place
        value = _mended(state, _raw(node))
        written = attributes(node[1]) if node[1] else {}
        tags = scope.fields.setdefault("tags", [])
        term = written.get("text") if scheme == _ITUNES_SCHEME else written.get("term")
        named = scheme if scheme == _ITUNES_SCHEME else written.get("scheme", scheme or written.get("domain"))
        _tag(tags, term, named, None if scheme == _ITUNES_SCHEME else written.get("label"))
        if value and tags and not tags[-1]["term"]:
            tags[-1]["term"] = value
        elif value:
            _tag(tags, value, None, None)

    return category


def _tag(tags: list[Fields], term: str | None, scheme: str | None, label: str | None) -> None:
    if len(tags) > _TAGS_MAX:
        raise OddError
    if term or scheme or label:
        tag = {"term": term, "scheme": scheme, "label": label}
        if tag not in tags:
            tags.append(tag)


def _keywords_of(scheme: str | None) -> Handler:
    def keywords(state: State, scope: Scope, node: Node, place: Place) -> None:
        del place
        words = _mended(state, _raw(node)).split(",")
        if not node[1]:
            tags = scope.fields.setdefault("tags", [])
            for word in words:
                _tag(tags, word.strip(), scheme if word.strip() else None, None)

    return keywords


def _enclosure(state: State, scope: Scope, node: Node, place: Place) -> None:
    del state, place
    _raw(node)
    file = attributes(node[1])
    if href := file.get("url", file.get("uri", file.get("href"))):
        file.pop("url", None)
        file.pop("uri", None)
        file["href"] = href
    file["rel"] = "enclosure"
    scope.fields.setdefault("links", []).append(file)


def _media(state: State, scope: Scope, node: Node, place: Place) -> None:
    written = attributes(node[1])
    if state.names[node[0]] == "media_content":
        scope.fields.setdefault("media_content", []).append(written)
    if place.depth > _DEPTH_MAX:
        raise OddError
    read(state, scope, node[2], MEDIA, inherited(state, written, place))


def _thumbnail(state: State, scope: Scope, node: Node, place: Place) -> None:
    written = attributes(node[1])
    text = _address(state, node, inherited(state, written, place))
    if text:
        written.setdefault("url", text)
    scope.fields.setdefault("media_thumbnail", []).append(written)


def _itunes_image(state: State, scope: Scope, node: Node, place: Place) -> None:
    del state, place
    _raw(node)
    written = attributes(node[1])
    if href := written.get("href") or written.get("url"):
        scope.fields["image"] = {"href": href}


def _apart(*known: str) -> Handler:
    """Pass over an element that has a title of its own, and so changes which title comes next."""

    def apart(state: State, scope: Scope, node: Node, place: Place) -> None:
        del scope
        state.title_depth = -1
        for kid in node[2]:
            if kid.__class__ is str:
                continue
            name = state.names[kid[0]]
            if name not in known:
                raise OddError
            if name in {"author", "contributor"}:
                _person(state, kid)
            elif _raw(kid) and name == "title" and state.title_depth < 0:
                state.title_depth = place.depth + 1

    return apart


def _skip(state: State, scope: Scope, node: Node, place: Place) -> None:
    del scope, place
    _nothing(state, node)
    name = state.names[node[0]]
    listed = [kid for kid in node[2] if kid.__class__ is not str and name == f"skip{state.names[kid[0]]}s"]
    state.skipped_at.add(len(state.entries))
    state.skip.setdefault(name, [_raw(kid) for kid in listed])


_BOTH: dict[str, Handler] = {
    "title": _title_of(media=False),
    "dc_title": _title_of(media=False),
    "media_title": _title_of(media=True),
    "link": _link,
    "guid": _guid,
    "id": _guid,
    "language": _keep("language"),
    "dc_language": _keep("language"),
    "description": _description,
    "dc_description": _description,
    "media_description": _description,
    "summary": _summary,
    "itunes_summary": _summary,
    "content": _content,
    "content_encoded": _encoded,
    "contributor": _contributor,
    **dict.fromkeys(("author", "managingeditor", "dc_author", "dc_creator", "itunes_author"), _author),
    **dict.fromkeys(
        (
            "cc_license", "cloud", "creativecommons_license", "dc_contributor", "dc_publisher",
            "dcterms_valid", "expirationdate", "feedburner_browserfriendly", "generator",
            "georss_box", "georss_line", "georss_point", "georss_polygon", "info", "itunes_block",
            "itunes_explicit", "itunes_subtitle", "media_credit", "media_license", "media_player",
            "media_rating", "media_restriction", "subtitle", "tagline", "webmaster",
        ),
        _only_text,
    ),
}  # fmt: skip

#: What is read of an entry.
ENTRY: dict[str, Handler] = {
    **_BOTH,
    "category": _category_of(None),
    "keywords": _category_of(None),
    "dc_subject": _category_of(None),
    "media_category": _category_of(_MEDIA_SCHEME),
    "itunes_category": _category_of(_ITUNES_SCHEME),
    "media_keywords": _keywords_of(None),
    "itunes_keywords": _keywords_of(_ITUNES_SCHEME),
    "comments": _keep_bare("comments"),
    "created": _keep("created"),
    "dcterms_created": _keep("created"),
    "enclosure": _enclosure,
    "image": _apart("url", "width", "height"),
    "itunes_image": _itunes_image,
    "itunes_link": _itunes_image,
    "media_content": _media,
    "media_group": _media,
    "media_thumbnail": _thumbnail,
    "rights": _rights,
    "copyright": _rights,
    "dc_rights": _rights,
    "source": _apart(
        "author", "category", "contributor", "generator", "icon", "id", "link", "logo", "rights", "subtitle",
        "title", "updated",
    ),
    **dict.fromkeys(("published", "issued", "pubdate", "dcterms_issued"), _keep("published")),
    **dict.fromkeys(
        ("updated", "modified", "lastbuilddate", "dc_date", "dcterms_modified"), _keep("updated")
    ),
    **dict.fromkeys(("email", "height", "homepage", "name", "uri", "url", "width"), _only_text),
    **dict.fromkeys(("sy_updateperiod", "sy_updatefrequency", "ttl"), _only_text),
}  # fmt: skip

#: What is read inside ``media:group`` and ``media:content``.
MEDIA = {name: handler for name, handler in ENTRY.items() if name.startswith("media_")}


_ODD_IN_A_FEED = MEANT - {"itunes_category", "media_category"}


def _unasked(state: State, scope: Scope, node: Node, place: Place) -> None:
    """Pass over what feedparser keeps of a feed, and nobody here asks for, whatever of its kind it holds."""
    del scope, place
    rest = [node]
    while rest:
        inside = [kid for kid in rest.pop()[2] if kid.__class__ is not str]
        if any(state.names[kid[0]] in _ODD_IN_A_FEED for kid in inside):
            raise OddError
        rest += inside


#: What is read of a feed beside its entries.
FEED: dict[str, Handler] = {
    **_BOTH,
    "entry": entry,
    "item": entry,
    "image": _apart("title", "link", "description", "url", "width", "height"),
    "textinput": _apart("title", "link", "description", "name"),
    "itunes_owner": _owner,
    "ttl": _keep_bare("ttl"),
    "sy_updateperiod": _keep_bare("sy_updateperiod"),
    "sy_updatefrequency": _keep_bare("sy_updatefrequency"),
    "skiphours": _skip,
    "skipdays": _skip,
    **dict.fromkeys(
        (
            "category", "copyright", "created", "dc_date", "dc_rights", "dc_subject",
            "dcterms_created", "dcterms_issued", "dcterms_modified", "issued", "items",
            "itunes_category", "itunes_image", "itunes_keywords", "itunes_link", "keywords",
            "lastbuilddate", "media_category", "media_keywords", "media_thumbnail", "modified",
            "pubdate", "published", "rights", "updated",
        ),
        _unasked,
    ),
}  # fmt: skip
