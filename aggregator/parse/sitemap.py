"""Read a news sitemap: the titles and dates that a site tells search engines, where it tells readers none.

A sitemap names pages (https://www.sitemaps.org/protocol.html); Google's news extension adds what makes news
of them (https://developers.google.com/search/docs/crawling-indexing/sitemaps/news-sitemap). Many sites keep
both in one file and take the extension off what is older than two days, so pages without a title are left
out, and none is made from an address: nothing is invented.

lxml is told to load and expand nothing, and a document type declaration is refused: sitemaps need none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from lxml import etree

from aggregator.errors import ParseError
from aggregator.model.item import Claim, Origin, ParsedDocument, ParsedItem, Text
from aggregator.model.source import Kind
from aggregator.parse import ITEMS_MAX, Parser, first_tag
from aggregator.parse.html import absolute, clean_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aggregator.model.source import Select

_Element: TypeAlias = Any  # lxml publishes no types
_Fields: TypeAlias = "Mapping[str, _Element]"

_ADVISED = 3  # sitemaps that an index is quoted with


def recognises(head: str) -> bool:
    """Return whether a document begins as a sitemap or an index of sitemaps."""
    return first_tag(head).rpartition(":")[2] in {"urlset", "sitemapindex"}


def parse(body: bytes, *, url: str, content_type: str, select: Select | None = None) -> ParsedDocument:
    """Return the pages of a sitemap that have a title.

    Raises:
        ParseError: it is an index of sitemaps, has a document type declaration, or is not well-formed.
    """
    del content_type, select  # a sitemap says its encoding itself, and has to be UTF-8 by its protocol
    root = _root(body)
    if _name(root) == "sitemapindex":
        raise ParseError(_advice(root, url))
    items: list[ParsedItem] = []
    found = untitled = nowhere = 0
    title = ""
    for entry in root:
        if _name(entry) != "url":
            continue
        fields = _fields(entry)
        news = _fields(fields.get("news"))
        publication = _fields(news.get("publication"))
        title = title or _text(publication, "name")
        if not _text(news, "title"):
            untitled += 1
        elif not (link := absolute(_text(fields, "loc"), url)):
            nowhere += 1
        else:
            found += 1
            if found <= ITEMS_MAX:
                items.append(_item(fields, news, publication, link=link, url=url))
    return ParsedDocument(
        title=clean_text(title),
        items=tuple(items),
        faults=tuple(_faults(found=found, untitled=untitled, nowhere=nowhere)),
    )


PARSER = Parser(kind=Kind.SITEMAP, recognises=recognises, parse=parse)


def _root(body: bytes) -> _Element:
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(body.lstrip(b" \t\r\n"), parser)  # plugins print blank lines
    except etree.LxmlError as error:
        what = clean_text(str(error).partition(" (<string>")[0], limit=200)
        raise ParseError(
            f"this sitemap's XML is broken: {what!r}; tell its publisher, or use the site's feed"
        ) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise ParseError(
            "this sitemap has a document type declaration (<!DOCTYPE …>), which is refused: it can load and "
            "expand what a sitemap has no need for; tell its publisher, or use the site's feed"
        )
    if _name(root) not in {"urlset", "sitemapindex"}:
        raise ParseError(
            f"this is no sitemap: its first element is {clean_text(_name(root), limit=40)!r}, where 'urlset' "
            f"is due; correct the address"
        )
    return root


def _advice(index: _Element, url: str) -> str:
    """Say which sitemaps an index lists, those first that look like news and are not compressed."""
    listed = (absolute(_text(_fields(entry), "loc"), url) for entry in index if _name(entry) == "sitemap")
    addresses = sorted(
        (address for address in dict.fromkeys(listed) if address and address.isprintable()),
        key=lambda address: (address.endswith(".gz"), "news" not in address.lower()),
    )
    if not addresses:
        return "this is an index of sitemaps, and it lists none: use the site's feed"
    return (
        f"this is an index of sitemaps, not a sitemap: give the address of the one with the news, such as "
        f"{' or '.join(clean_text(address, limit=300) for address in addresses[:_ADVISED])}"
    )


def _item(fields: _Fields, news: _Fields, publication: _Fields, *, link: str, url: str) -> ParsedItem:
    # Plain text by the protocol; but many sites fill it from their feed, with the feed's entities.
    title = Text(value=_text(news, "title"))
    claims = (
        (Origin.SITEMAP, _text(news, "publication_date")),
        (Origin.UPDATED, _text(fields, "lastmod")),
    )
    words = f"{_text(news, 'keywords')},{_text(news, 'genres')}".split(",")
    return ParsedItem(
        link=link,
        title=title,
        categories=tuple(dict.fromkeys(filter(None, map(clean_text, words)))),
        image=absolute(_text(_fields(fields.get("image")), "loc"), url),
        language=_text(publication, "language"),
        dates=tuple(Claim(origin=origin, text=text) for origin, text in claims if text),
    )


def _faults(*, found: int, untitled: int, nowhere: int) -> list[str]:
    """Return a line for each sort of fault: a sitemap has up to 50,000 entries, and all may be alike."""
    faults = []
    if found > ITEMS_MAX:
        faults.append(f"the document holds {found} items; the first {ITEMS_MAX} are taken")
    if untitled:
        faults.append(
            f"{untitled} of {found + untitled + nowhere} pages have no news:title; left out: a plain sitemap "
            f"names pages, not news, so give the address of the site's news sitemap"
        )
    if nowhere:
        faults.append(f"{nowhere} pages have no http(s) address in 'loc'; left out")
    return faults


def _name(element: _Element) -> str:
    """Return an element's name without its namespace: sites bind prefixes and versions as they like."""
    return str(element.tag).rpartition("}")[2].lower()


def _fields(element: _Element | None) -> dict[str, _Element]:
    """Return the children of an element by name, of several with one name the first."""
    children: dict[str, _Element] = {}
    for child in element if element is not None else ():
        children.setdefault(_name(child), child)
    return children


def _text(fields: _Fields, name: str) -> str:
    element = fields.get(name)
    return "" if element is None else "".join(element.itertext()).strip()
