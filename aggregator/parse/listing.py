"""Read the items of an HTML listing by CSS selectors: for sites that offer no feed.

Selectors are the operator's (``Select``). One that finds nothing is an error that names it: a
listing read by halves would look like a site without news.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from selectolax.lexbor import SelectolaxError

from aggregator.errors import ParseError
from aggregator.model.item import Claim, Origin, ParsedDocument, ParsedItem, Person, Text
from aggregator.model.source import Kind
from aggregator.parse import ITEMS_MAX, Parser, first_tag
from aggregator.parse.html import absolute, clean_text, page, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from selectolax.lexbor import LexborHTMLParser, LexborNode

    from aggregator.model.source import Select

SUMMARY_MAX = 10_000  #: characters of a teaser

_TAGS = "html head body main section article div ul ol table p span h1 h2 h3 a title meta link script"
_FIELD = re.compile(r"(?P<selector>.*)@(?P<attribute>[A-Za-z_][\w:.-]*)", re.DOTALL)
_LAZY = ("data-src", "data-lazy-src", "data-original", "srcset", "data-srcset")
_FEEDS = (
    'link[rel~="alternate"][type="application/rss+xml"], link[rel~="alternate"][type="application/atom+xml"]'
)


def recognises(head: str) -> bool:
    """Return whether a document begins as a web page or a part of one."""
    return head.startswith("<") and first_tag(head) in _TAGS.split()


def parse(body: bytes, *, url: str, content_type: str, select: Select | None = None) -> ParsedDocument:
    """Return the items that ``select`` finds in a page.

    Raises:
        ParseError: there is no ``select``; a selector is invalid or finds nothing; the page is too entangled.
    """
    tree = page(body, content_type)
    stated = tree.css_first("base[href]")
    base = absolute((stated.attributes.get("href") or "") if stated else "", url) or url
    if select is None:
        raise ParseError(_advice(tree, base))
    fields = _Fields.of(select, tree)
    faults: list[str] = []
    nodes = _nodes(select, tree)
    if len(nodes) > ITEMS_MAX:
        faults.append(f"the page holds {len(nodes)} items; the first {ITEMS_MAX} are taken")
    items = [_item(node, fields, base) for node in nodes[:ITEMS_MAX]]
    if not any(item.link for item in items):
        raise ParseError(_nothing("link", select.link, f"in any of the {len(items)} items"))
    if not any(item.title.value for item in items):
        raise ParseError(_nothing("title", select.title, f"in any of the {len(items)} items"))
    root = tree.css_first("html")
    return ParsedDocument(
        title=_title(tree),
        home=absolute(url, ""),
        language=(root.attributes.get("lang") if root else "") or "",
        items=tuple(_kept(items, faults)),
        faults=tuple(faults),
    )


PARSER = Parser(kind=Kind.HTML, recognises=recognises, parse=parse)


@dataclass(frozen=True, slots=True)
class _Field:
    """A checked ``selector@attribute``; both may be empty."""

    selector: str
    attribute: str = ""

    @classmethod
    def of(cls, name: str, written: str, tree: LexborHTMLParser) -> _Field:
        match = _FIELD.fullmatch(written.strip())
        field = cls(match["selector"].strip(), match["attribute"]) if match else cls(written.strip())
        if field.selector:
            _css(tree, name, field.selector)
        return field

    def nodes(self, item: LexborNode) -> list[LexborNode]:
        """Return what the selector finds in ``item``; ``@href`` alone means the item itself."""
        if self.selector:
            return item.css(self.selector)
        return [item] if self.attribute else []

    def values(self, item: LexborNode) -> Iterator[str]:
        """Yield what the field finds in ``item``, one-line texts or the attribute's values, none empty."""
        for node in self.nodes(item):
            value = (node.attributes.get(self.attribute) or "") if self.attribute else _text(node)
            if value := value.strip():
                yield value

    def first(self, item: LexborNode) -> str:
        return next(self.values(item), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fields:
    title: _Field
    link: _Field
    date: _Field
    category: _Field
    summary: _Field
    author: _Field
    image: _Field

    @classmethod
    def of(cls, select: Select, tree: LexborHTMLParser) -> _Fields:
        return cls(**{name: _Field.of(name, getattr(select, name), tree) for name in cls.__slots__})


def _nodes(select: Select, tree: LexborHTMLParser) -> list[LexborNode]:
    if not select.container:
        nodes = _css(tree, "item", select.item)
    else:
        containers = _css(tree, "container", select.container)
        if not containers:
            raise ParseError(_nothing("container", select.container))
        _css(tree, "item", select.item)
        nodes = [node for container in containers for node in container.css(select.item)]
    if not nodes:
        raise ParseError(_nothing("item", select.item))
    return nodes


def _css(tree: LexborHTMLParser, name: str, selector: str) -> list[LexborNode]:
    try:
        return tree.css(selector)
    except (SelectolaxError, ValueError) as error:
        raise ParseError(f"'select.{name}: {selector}' is no valid CSS selector: correct it") from error


def _nothing(name: str, selector: str, where: str = "in the page") -> str:
    return (
        f"the selector 'select.{name}: {selector}' finds nothing {where}: the site may have changed its "
        f"markup, or builds the page by script"
    )


def _item(node: LexborNode, fields: _Fields, base: str) -> ParsedItem:
    link, anchor = _link(node, fields.link, base)
    title = fields.title.first(node) if fields.title.selector or fields.title.attribute else anchor
    date, author = fields.date.first(node), fields.author.first(node)
    return ParsedItem(
        link=link,
        title=Text(value=title, html=False),
        summary=Text(value=fields.summary.first(node), html=False),
        authors=(Person(name=author),) if author else (),
        categories=tuple(dict.fromkeys(fields.category.values(node))),
        image=_image(node, fields.image, base),
        dates=(Claim(origin=Origin.TEXT, text=date),) if date else (),
    )


def _link(item: LexborNode, field: _Field, base: str) -> tuple[str, str]:
    """Return the first address of an item that leads anywhere, and the text of its anchor."""
    for node in field.nodes(item):
        href = (node.attributes.get(field.attribute or "href") or "").strip()
        if href and not href.startswith("#") and (link := absolute(href, base)):
            return link, _text(node)
    return "", ""


def _image(item: LexborNode, field: _Field, base: str) -> str:
    """Return the first image of an item; lazy ones keep their address beside a placeholder."""
    for node in field.nodes(item):
        for attribute in (field.attribute or "src", *_LAZY):
            value = (node.attributes.get(attribute) or "").strip()
            if attribute.endswith("srcset"):
                value = value.split(",")[0].split()[0] if value.strip(", ") else ""
            if value and not value.startswith("data:") and (url := absolute(value, base)):
                return url
    return ""


def _kept(items: Iterable[ParsedItem], faults: list[str]) -> Iterator[ParsedItem]:
    """Yield each link once, the first with a title: a story may stand in a featured block, too."""
    known = set()
    untitled: dict[str, int] = {}
    for number, item in enumerate(items, 1):
        if not item.link:
            faults.append(f"item {number} has no link; left out")
        elif item.link in known:
            continue
        elif item.title.value:
            known.add(item.link)
            yield item
        else:
            untitled.setdefault(item.link, number)
    faults += [
        f"item {number} has no title; left out" for link, number in untitled.items() if link not in known
    ]


def _text(node: LexborNode) -> str:
    return plain(Text(value=node.html or ""), limit=SUMMARY_MAX)


def _title(tree: LexborHTMLParser) -> str:
    title = tree.css_first("title")
    return clean_text(title.text()) if title else ""


def _advice(tree: LexborHTMLParser, base: str) -> str:
    """Say what a page is that was taken for a feed, and which feed it offers."""
    what = f"this is a web page, titled {_title(tree)[:80]!r}, not a feed: "
    for link in tree.css(_FEEDS):
        if address := absolute(link.attributes.get("href") or "", base):
            return f"{what}it offers {address}; give that address, or configure 'type: html' with 'select'"
    return f"{what}give the feed's own address, or configure 'type: html' with 'select'"
