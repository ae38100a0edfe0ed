"""What the elements of RSS, Atom and their extensions stand for, by the names that feedparser gives them.

Every function here takes one element and does to the dictionary of its entry (or of the feed) what feedparser
would do, as far as ``entries`` reads it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aggregator.parse.elements import (
    KEPT,
    Scope,
    address_of,
    inherited,
    inner_text,
    mended,
    pass_over,
    read,
    recorded,
    resolved,
)
from aggregator.parse.names import MEANT, RECORDED, OddError, attributes
from aggregator.parse.people import author, contributor, owner, told_of_person
from aggregator.parse.texts import (
    HTML,
    TYPES,
    XHTML,
    content,
    description,
    encoded,
    rights,
    subtitle,
    summary,
    title_of,
)

if TYPE_CHECKING:
    from aggregator.parse.elements import Fields, Handler, Node, Place, State

_REFERENCE = re.compile(r"&([A-Za-z0-9_]+);")
_TAGS_MAX = 200  # of an entry; each is compared with all before it
_DEPTH_MAX = 12  # of what is read; deeper is only text or unknown
_MEDIA_SCHEME = "http://search.yahoo.com/mrss/category_schema"
_ITUNES_SCHEME = "http://www.itunes.com/"


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


def _only_text(state: State, scope: Scope, node: Node, place: Place) -> None:
    """Pass over an element that feedparser knows and nobody here asks for."""
    del state, scope, place
    inner_text(node)


def _keep(key: str) -> Handler:
    def keep(state: State, scope: Scope, node: Node, place: Place) -> None:
        scope.keep(key, mended(state, inner_text(node)), place.depth)

    return keep


def _keep_bare(key: str) -> Handler:
    """Keep the text of an element that feedparser keeps otherwise where it has attributes."""

    def keep(state: State, scope: Scope, node: Node, place: Place) -> None:
        if node[1]:
            raise OddError
        text = address_of(state, node, place) if key == "comments" else mended(state, inner_text(node))
        scope.keep(key, text, place.depth)

    return keep


def _link(state: State, scope: Scope, node: Node, place: Place) -> None:
    link = attributes(node[1]) if node[1] else {}
    place = inherited(state, link, place)
    link.setdefault("rel", "alternate")
    link.setdefault("type", "application/atom+xml" if link["rel"] == "self" else HTML)
    fields = scope.fields
    fields.setdefault("links", []).append(link)
    if href := link.get("url", link.get("uri", link.get("href"))):
        link.pop("url", None)
        link.pop("uri", None)
        link["href"] = href
    if "href" in link:
        inner_text(node)
        link["href"] = resolved(place.base, link["href"])
        if link["rel"] == "alternate" and TYPES.get(link["type"]) in {HTML, XHTML}:
            fields["link"] = link["href"]
        return
    address = address_of(state, node, place)
    if "&" in address:
        address = _REFERENCE.sub(r"&\1", address.replace("&amp;", "&") if scope.entry else address)
    fields["link"] = address
    if address or not scope.entry:
        link["href"] = address


def _guid(state: State, scope: Scope, node: Node, place: Place) -> None:
    written = attributes(node[1]) if node[1] else {}
    place = inherited(state, written, place)
    is_link = written.get("ispermalink", "true") == "true"
    value = address_of(state, node, place) if is_link else mended(state, inner_text(node))
    scope.keep("id", value, place.depth)
    if is_link:
        scope.fields.setdefault("link", value)


def _category_of(scheme: str | None) -> Handler:
    def category(state: State, scope: Scope, node: Node, place: Place) -> None:
        del place
        value = mended(state, inner_text(node))
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
        words = mended(state, inner_text(node)).split(",")
        if not node[1]:
            tags = scope.fields.setdefault("tags", [])
            for word in words:
                _tag(tags, word.strip(), scheme if word.strip() else None, None)

    return keywords


def _enclosure(state: State, scope: Scope, node: Node, place: Place) -> None:
    del state, place
    inner_text(node)
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
    text = address_of(state, node, inherited(state, written, place))
    if text:
        written.setdefault("url", text)
    scope.fields.setdefault("media_thumbnail", []).append(written)


def _itunes_image(state: State, scope: Scope, node: Node, place: Place) -> None:
    del state, place
    inner_text(node)
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
                told_of_person(state, kid)
            elif inner_text(kid) and name == "title" and state.title_depth < 0:
                state.title_depth = place.depth + 1

    return apart


def _pass_over(state: State, scope: Scope, node: Node, place: Place) -> None:
    """Pass over an element that feedparser has no handler for."""
    del scope, place
    pass_over(state, node)


def _recording(handler: Handler) -> Handler:
    """Keep an element with all that is in it, beside what feedparser makes of it."""

    def record(state: State, scope: Scope, node: Node, place: Place) -> None:
        handler(state, scope, node, place)
        scope.fields.setdefault(KEPT, []).append(recorded(state, node))

    return record


def _skip(state: State, scope: Scope, node: Node, place: Place) -> None:
    del scope, place
    pass_over(state, node)
    name = state.names[node[0]]
    listed = [kid for kid in node[2] if kid.__class__ is not str and name == f"skip{state.names[kid[0]]}s"]
    state.skipped_at.add(len(state.entries))
    state.skip.setdefault(name, [inner_text(kid) for kid in listed])


_BOTH: dict[str, Handler] = {
    "title": title_of(media=False),
    "dc_title": title_of(media=False),
    "media_title": title_of(media=True),
    "link": _link,
    "guid": _guid,
    "id": _guid,
    "language": _keep("language"),
    "dc_language": _keep("language"),
    "description": description,
    "dc_description": description,
    "media_description": description,
    "summary": summary,
    "itunes_summary": summary,
    "content": content,
    "content_encoded": encoded,
    "contributor": contributor,
    **dict.fromkeys(("author", "managingeditor", "dc_author", "dc_creator", "itunes_author"), author),
    **dict.fromkeys(
        (
            "cc_license", "cloud", "creativecommons_license", "dc_contributor", "dc_publisher",
            "dcterms_valid", "expirationdate", "feedburner_browserfriendly", "generator",
            "georss_box", "georss_line", "georss_point", "georss_polygon", "info", "itunes_block",
            "itunes_explicit", "media_credit", "media_license", "media_player",
            "media_rating", "media_restriction", "subtitle", "tagline", "webmaster",
        ),
        _only_text,
    ),
}  # fmt: skip

# Elements whose text feedparser keeps under their own name, where they have no attributes.
_BARE = (
    "geo_lat", "geo_long", "georss_featurename", "itunes_duration", "itunes_episode", "itunes_episodetype",
    "itunes_season", "itunes_title", "slash_comments", "thr_total",
)  # fmt: skip

_ENTRY: dict[str, Handler] = {
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
    "rights": rights,
    "copyright": rights,
    "dc_rights": rights,
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
    **{name: _keep_bare(name) for name in _BARE},
    **dict.fromkeys(("itunes_subtitle", "subtitle", "tagline"), subtitle),
}  # fmt: skip

#: What is read of an entry.
ENTRY = {**_ENTRY, **{name: _recording(_ENTRY.get(name, _pass_over)) for name in RECORDED}}

#: What is read inside ``media:group`` and ``media:content``.
MEDIA = {name: handler for name, handler in _ENTRY.items() if name.startswith("media_")}


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
    "itunes_owner": owner,
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
    **dict.fromkeys((*_BARE, "itunes_subtitle"), _only_text),
}  # fmt: skip
