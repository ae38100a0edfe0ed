"""Find the dates that an article's own web page states, where a feed or a listing says too little about them.

A page names many dates: its own, those of the articles beside it, of comments, of its last change. What is
about something else is left alone, and what is odd is passed over: a page is never worth an exception.

Pure: no clock, no network. No date is read here and none is taken out of an address: texts go out as they
are written. What is not written so is marked as ``Origin.GUESS``.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias
from urllib.parse import unquote, urlsplit

from aggregator.errors import ParseError
from aggregator.model.item import Article, Claim, Origin
from aggregator.parse import beginning, first_tag, listing
from aggregator.parse.canonical import canonical
from aggregator.parse.html import absolute, clean_text, page, parsed, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from selectolax.lexbor import LexborHTMLParser, LexborNode

CLAIMS_MAX = 12  #: of one page
TEXT_MAX = 200  #: characters of a claim; the rest is cut off, and what is so long is no date
JSON_MAX = 2_000_000  #: characters of JSON-LD that are read of a page
GUESS_MAX = 1_000_000  #: characters of markup that a guess is made from

_Dates: TypeAlias = "tuple[list[str], list[str]]"  # of publication and of modification, best first

_DIGIT = re.compile(r"\d")
_MAGIC = {
    b"%PDF-": "a PDF",
    **dict.fromkeys((b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF"), "an image"),
    **dict.fromkeys((b"{", b"["), "JSON"),
}

# The JSON may stand in a comment or in CDATA, and more may follow it.
_JSON_START = re.compile(r"(?:\[\s*+)?\{")
_JSON = json.JSONDecoder(strict=False, parse_int=str, parse_float=str, parse_constant=str)
_LINKED = ("datePublished", "uploadDate", "dateCreated", "dateModified")
_DATED = re.compile("|".join(_LINKED))
_OWN_KEYS = {"@graph", "mainEntity", "mainEntityOfPage"}  # other keys lead to what a page merely mentions
_KINDS = (  # the best first; the last may be a part of an article only
    re.compile(r"\w*(?:Article|Posting)|Report|APIReference"),
    re.compile(r"(?!Collection|Profile|SearchResults)\w*Page"),
    re.compile(r"VideoObject|AudioObject|PodcastEpisode|Recipe|Review|CreativeWork"),
)
_VALUES_MAX = 3  # of one property: more dates state nothing
_OBJECTS_MAX = 10_000  # of a page

_PUBLISHED = (
    "article:published_time og:article:published_time og:published_time article:published datepublished "
    "date_published originalpublishdate content_publisheddate content_published_date publishdate "
    "publish-date publish_date dtk:publishdate publish_time published_time published-date publication_date "
    "citation_publication_date pubdate parsely-pub-date sailthru.date cxenseparse:recs:publishtime "
    "cxenseparse:publishtime bt:pubdate dcterms.issued dcterms:issued dc.date.issued dc:date.issued "
    "dcterms.created dcterms:created dc.date.created dcterms.date dcterms:date dc.date dc:date date"
)
_MODIFIED = (
    "article:modified_time og:article:modified_time og:updated_time og:modified_time datemodified "
    "article:modified modified_time dcterms.modified dcterms:modified dc.date.modified lastmod last-modified"
)
_NODES_MAX = 500  # of a kind, in a page
_DEPTH_MAX = 100  # how far out of an element is looked
_WORDS_MAX = 1_000  # characters of a class
_SAYS_PUBLISHED = re.compile(r"publish|pubdate|post-?date|entry-?date|posted|terbit|tayang", re.IGNORECASE)
_SAYS_UPDATED = re.compile(r"updat|modif|last-?mod|diperbarui|edited", re.IGNORECASE)
_ELSEWHERE = re.compile(
    r"(?:^|\s)(?:comment(?:s|list|-|_|\b)|komentar|sidebar|popular|terpopuler|trending|baca-?juga|read-?also)"
    r"|related|terkait|recommend|rekomendasi",
    re.IGNORECASE,
)
_UNREAD = ["script", "style", "template", "noscript", "iframe", "svg", "form", "aside", "nav", "footer"]


def read(body: bytes, *, url: str, content_type: str) -> Article:
    """Return what an article's page says of itself.

    Where it states no date, and the package ``htmldate`` is there, the claims hold what that makes of it.

    Args:
        body: the page, decompressed.
        url: where it came from in the end: tells the page's own article from others.
        content_type: the header, verbatim; only its charset is believed, and that not blindly.

    Raises:
        ParseError: it is empty, no web page, or too entangled to be read in decent time.
    """
    _check(body)
    tree = page(body, content_type)
    place = _Place(tree)
    linked, meta, time = _linked(tree, url), _meta(place), _times(place)
    published = [
        *_claims(Origin.JSON_LD, linked[0], _VALUES_MAX),
        *_claims(Origin.META, meta[0], CLAIMS_MAX // 2),
        *_claims(Origin.TIME, time[0], 1),
    ]
    modified = _claims(Origin.MODIFIED, [*linked[1], *meta[1], *time[1]], 2)
    guess = [] if published else _claims(Origin.GUESS, [_guess(place)], 1)
    return Article(claims=(*published, *modified, *guess), canonical=canonical(tree, url))


def _claims(origin: Origin, texts: Iterable[str], limit: int) -> list[Claim]:
    """Return the texts that can be dates; "null" and an unfilled "{{ date }}" are none."""
    clean = (clean_text(text[: TEXT_MAX * 20], limit=TEXT_MAX) for text in texts)
    distinct = dict.fromkeys(text for text in clean if _DIGIT.search(text))
    return [Claim(origin=origin, text=text) for text in distinct][:limit]


def _check(body: bytes) -> None:
    """Raise ParseError for what is no web page; one may begin with a script's error messages."""
    head = beginning(body)
    if not head:
        raise ParseError(f"the article's page is empty ({len(body)} bytes): see whether its link is right")
    root = first_tag(head)
    start = body[:TEXT_MAX].lstrip(b"\xef\xbb\xbf\t\r\n ")
    what = next((name for magic, name in _MAGIC.items() if start.startswith(magic)), "")
    if not what and root.rpartition(":")[2] in {"rss", "rdf", "feed", "urlset", "sitemapindex"}:
        what = "a feed or a sitemap"
    elif not what and (root == "html" or listing.recognises(head) or "<html" in head.lower()):
        return
    what = what or (f"a document of <{clean_text(root, limit=40)}>" if root else "a document without markup")
    raise ParseError(
        f"the article's link leads to {what}, not to a web page that names a date: see whether the source's "
        f"links lead to articles"
    )


class _Node(NamedTuple):
    """An object of JSON-LD that has dates; sorts by how likely it is the page's article, the best first."""

    part: bool  # neither an article nor a page: a video's upload says little
    foreign: bool  # names another page as its own
    undated: bool  # only when it was changed
    kind: int
    unnamed: bool  # names no page
    number: int
    dates: _Dates


def _linked(tree: LexborHTMLParser, url: str) -> _Dates:
    """Return the dates of the one JSON-LD node that describes the page's article."""
    canonical = tree.css_first('link[rel="canonical"]')
    hrefs = (url, (canonical.attributes.get("href") or "") if canonical else "")
    pages = {_address(href, url) for href in hrefs} - {""}
    nodes = [
        (not main, node)  # what a page merely mentions is its article only where it says so
        for number, (value, main) in enumerate(_objects(_documents(tree)))
        if (node := _node(value, number, url, pages)) and (main or not node.unnamed)
    ]
    return min(nodes)[1].dates if nodes else ([], [])


def _documents(tree: LexborHTMLParser) -> Iterator[Any]:
    """Yield what the page's JSON-LD scripts hold, as far as it is JSON."""
    budget = JSON_MAX
    for script in tree.css('script[type*="ld+json" i]'):
        text = script.text()
        start = _JSON_START.search(text)
        if start and len(text) <= budget and _DATED.search(text):
            budget -= len(text)
            with suppress(ValueError, RecursionError):
                yield _JSON.raw_decode(text, start.start())[0]


def _objects(documents: Iterable[Any]) -> Iterator[tuple[dict[str, Any], bool]]:
    """Yield every object in the page's order, and whether the page says that it is about this."""
    stack = [(document, True) for document in documents][::-1]
    for _ in range(_OBJECTS_MAX):
        if not stack:
            return
        value, main = stack.pop()
        if isinstance(value, dict):
            yield value, main
            children = [(child, main and key in _OWN_KEYS) for key, child in value.items()]
        else:
            children = [(child, main) for child in value]
        stack += [child for child in reversed(children) if isinstance(child[0], dict | list)]


def _node(value: dict[str, Any], number: int, url: str, pages: set[str]) -> _Node | None:
    """Return an object that says when it was published or changed, None for any other."""
    names = [re.split("[/#:]", name)[-1] for name in _strings(value.get("@type"))]
    kind = next((kind for kind, names_it in enumerate(_KINDS) if any(map(names_it.fullmatch, names))), None)
    published, uploaded, created, modified = (
        list(filter(_DIGIT.search, _strings(value.get(key), "@value"))) for key in _LINKED
    )
    published = published or uploaded or created
    if kind is None or not (published or modified):
        return None
    identity, *stated = (  # an @id need not be an address
        {_address(href, url) for href in _strings(value.get(key), "@id", "url")} - {""}
        for key in ("@id", "url", "mainEntityOfPage")
    )
    unnamed = pages.isdisjoint(identity.union(*stated))
    part, foreign = kind == len(_KINDS) - 1, unnamed and any(stated)
    return _Node(part, foreign, not published, kind, unnamed, number, (published, modified))


def _strings(value: Any, *keys: str) -> list[str]:
    """Return the texts of a property, which may be a list; of an object in it, the texts under ``keys``."""
    found: list[Any] = []
    for one in value[:_VALUES_MAX] if isinstance(value, list) else [value]:
        found += [one.get(key) for key in keys] if isinstance(one, dict) else [one]
    return [text for text in found if isinstance(text, str)]


def _address(href: str, base: str) -> str:
    """Return what two addresses of one page have in common; ``""`` where it is none, or a home page's."""
    parts = urlsplit(absolute(href, base))
    path = unquote(parts.path).rstrip("/")
    return f"{(parts.hostname or '').removeprefix('www.')}{path}" if path else ""


class _Place:
    """Tells where in a page an element stands."""

    ARTICLE, FOOT, MAIN, REST = range(4)  #: the nearest first; the head of a page is about its article

    def __init__(self, tree: LexborHTMLParser) -> None:
        self.tree = tree
        self._known: dict[int, bool] = {}
        self.main = tree.css_first('main, [role="main"]')
        self.article = self._own_article()
        self._around = {node.mem_id for node in _ancestors(self.article)} if self.article else set()

    def of(self, node: LexborNode) -> int | None:
        """Return where a node stands, one of the above; None: in a part that is about something else."""
        foot = False
        for parent in _ancestors(node):
            if parent.tag == "head":
                return self.ARTICLE
            if self.article and parent.mem_id == self.article.mem_id:
                return self.FOOT if foot else self.ARTICLE
            if self.main and parent.mem_id == self.main.mem_id and not foot:
                return self.MAIN
            if parent.tag == "body":
                return None if foot else self.REST
            around = parent.mem_id in self._around
            if not around and (parent.tag == "article" or self._is_elsewhere(parent)):
                return None
            foot = foot or parent.tag == "footer"  # an article's own may hold its date
        return None

    def _is_elsewhere(self, node: LexborNode) -> bool:
        """Return whether an element holds what stands beside an article; asked of each of them often."""
        if node.mem_id not in self._known:
            named = node.tag != "body" and _ELSEWHERE.search(_words(node))
            self._known[node.mem_id] = node.tag in {"aside", "nav"} or bool(named)
        return self._known[node.mem_id]

    def _own_article(self) -> LexborNode | None:
        """Return the article around a main heading, else the only one: others are teasers or comments."""
        heading = self.tree.css_first("article h1")
        if heading:
            return next((parent for parent in _ancestors(heading) if parent.tag == "article"), None)
        articles = [
            article
            for article in self.tree.css("article")[:_NODES_MAX]
            if not any(
                parent.tag == "article" or self._is_elsewhere(parent) for parent in _ancestors(article)
            )
        ]
        return articles[0] if len(articles) == 1 else None


def _ancestors(node: LexborNode) -> Iterator[LexborNode]:
    """Yield the elements around a node, the innermost first."""
    parent = node.parent
    for _ in range(_DEPTH_MAX):
        if parent is None:
            return
        yield parent
        parent = parent.parent


def _words(node: LexborNode, names: Iterable[str] = ("class", "id")) -> str:
    attributes = node.attributes
    return " ".join((attributes.get(name) or "")[:_WORDS_MAX] for name in names)


class _Stated(NamedTuple):
    """A date in an element; sorts by how likely it is the article's own, the best first."""

    place: int
    unmarked: bool  # nothing says that it is the publication
    number: int
    text: str
    changed: bool  # says that it is the last change


def _stated(place: _Place, selector: str) -> list[_Stated]:
    """Return the dates in those elements that do not stand in a part about something else."""
    found = []
    for number, node in enumerate(place.tree.css(selector)[:_NODES_MAX]):
        text = node.attributes.get("content") or node.attributes.get("datetime")
        where = place.of(node) if text else None
        if text and where is not None:
            says = _says(node)
            marked = bool(_SAYS_PUBLISHED.search(says))  # WordPress marks the one date of an article as both
            changed = not marked and bool(_SAYS_UPDATED.search(says))
            found.append(_Stated(where, not marked, number, text, changed))
    return found


def _nearest(found: Iterable[_Stated]) -> list[str]:
    """Return the best; outside the article and the main part only a date that is the only one is believed."""
    found = list(found)
    near = [stated for stated in found if stated.place != _Place.REST]
    if not near and len({stated.text for stated in found}) == 1:
        near = found
    return [min(near).text] if near else []


def _times(place: _Place) -> _Dates:
    """Return what ``<time datetime>`` says of the article: when it was published, and when changed."""
    found = _stated(place, "time[datetime]")
    return _nearest(one for one in found if not one.changed), _nearest(one for one in found if one.changed)


def _meta(place: _Place) -> _Dates:
    """Return the dates in meta elements and in microdata."""
    stated: defaultdict[str, list[str]] = defaultdict(list)
    for node in place.tree.css("meta[content]")[:_NODES_MAX]:
        attributes = node.attributes
        names = [attributes.get("name") or "", *(attributes.get("property") or "").split()]
        if node.parent and node.parent.tag == "head":
            names += (attributes.get("itemprop") or "").split()
        for name in names:
            stated[name.strip().lower()].append(attributes.get("content") or "")
    for name in ("datePublished", "dateModified"):
        stated[name.lower()] += _nearest(_stated(place, f'[itemprop~="{name}" i]'))
    published, modified = (
        [text for name in names.split() for text in stated[name]] for names in (_PUBLISHED, _MODIFIED)
    )
    return published, modified


def _says(node: LexborNode) -> str:
    """Return the words that tell what an element's date means: its own, else those of the one around it."""
    own = _words(node, ("class", "itemprop", "rel")) + (" pubdate" if "pubdate" in node.attributes else "")
    if _SAYS_PUBLISHED.search(own) or _SAYS_UPDATED.search(own) or node.parent is None:
        return own
    return _words(node.parent)


def _guess(place: _Place) -> str:
    """Return the day that htmldate makes of the article's visible text, ``""`` where it is not installed.

    It is shown nothing else, and its answer counts only where day and year are written together: where a
    text says less, it fills in the first of the month, or today.
    """
    try:
        from htmldate import find_date  # noqa: PLC0415 - an extra, and slow to import
        from htmldate.extractors import try_date_expr  # noqa: PLC0415 - likewise
    except ImportError:
        return ""
    root = place.article or place.main or place.tree.body
    tree = parsed(((root.html if root else None) or "")[:GUESS_MAX])
    tree.strip_tags(_UNREAD if place.article else [*_UNREAD, "header"])  # a site's header names today
    markup = printable(tree.html or "")
    try:
        guess = find_date(
            markup,  # begins with <html>: what looks like an address it would fetch
            extensive_search=False,
            original_date=True,
            url="",  # None: it looks for one in the page
            max_date="2199-12-31",  # None: it asks the clock
        )
        try_date_expr.cache_clear()  # it would hold on to thousands of texts of any length
    except Exception:  # noqa: BLE001 - whatever it stumbles over, there is no guess
        return ""
    year, month, day = map(int, (guess or "0-0-0").split("-"))
    gap = "[-/. ]{1,3}"
    written = (
        rf"(?<!\d)0?{day}(?:\W{{,3}}[^\W\d_]\D{{1,18}}|{gap}0?{month}{gap})(?:{year}|{year % 100:02})(?!\d)"
        rf"|[^\W\d_]\W{{1,3}}0?{day}(?:[a-z]{{2}})?,?\s{{1,3}}{year}(?!\d)"
        rf"|(?<!\d){year}[-/. ]{{,3}}0?{month}[-/. ]{{,3}}0?{day}(?!\d)"
    )
    # Not in the markup: the first of a month is in every <h1>.
    return guess if guess and re.search(written, tree.text(separator=" ")) else ""
