"""Read what a feed's entries claim out of the dictionaries that a parser of feeds makes of them.

The dictionaries have the shape that feedparser gives them; ``tolerant`` has them from feedparser itself, and
``wellformed`` makes the like. So both read a feed the same way.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from aggregator.model.item import Claim, Enclosure, Link, Origin, ParsedItem, Person, Rel, Text
from aggregator.parse import media, podcast
from aggregator.parse.elements import KEPT
from aggregator.parse.html import TITLE_MAX, absolute, clean_text, plain

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from aggregator.parse.elements import Element

_DIGITS = 10  # fewer than these, of a number of comments

_PERSON = (
    re.compile(r"(?P<email>[^\s@()<>]+@[^\s@()<>]+)\s*\((?P<name>[^()]*)\)"),
    re.compile(r"(?P<name>[^<>@]*?)\s*<(?P<email>[^\s@<>]+@[^\s@<>]+)>"),
    re.compile(r"(?P<email>[^\s@()<>]+@[^\s@()<>]+)(?P<name>)"),
)
_DATES = ((Origin.PUBLISHED, "published"), (Origin.CREATED, "created"), (Origin.UPDATED, "updated"))
_MARKUP_TYPES = {"text/html", "application/xhtml+xml"}
_TEXT_TYPES = {*_MARKUP_TYPES, "text/plain"}
_PLAIN_MAX = TITLE_MAX * 20  # as plain() cuts
_NO_TEXT = Text(value="")
_RELS = {str(rel): rel for rel in Rel}
_NOTHING: dict[str, dict[str, Any]] = {"": {}}


class Reader:
    """Reads the entries of one feed."""

    def __init__(self, feed: Mapping[str, Any], *, url: str, atom: bool) -> None:
        self._atom = atom
        self.home = absolute(str(feed.get("link") or ""), url)
        self.title = plain(self._text(feed, "title"))
        self._base = self.home or url  # RSS has no rule; sites mean their own, not their feed proxy
        self._authors = tuple(self._people(feed)) if atom else ()  # RFC 4287, 4.2.1

    def items(self, entries: Iterable[Mapping[str, Any]], faults: list[str]) -> Iterator[ParsedItem]:
        """Yield what the entries claim; one that says nothing is left out, with a line in ``faults``."""
        for number, entry in enumerate(entries, 1):
            item = self._item(mapping(entry))
            if item.id or item.link or item.title.value or item.summary.value or item.content.value:
                yield item
            else:
                faults.append(f"item {number} has neither id, link, title nor text; left out")

    def _item(self, entry: Mapping[str, Any]) -> ParsedItem:
        title_detail = mapping(entry.get("title_detail"))
        base = self._base
        if own := title_detail.get("base"):
            base = absolute(str(own), base) or base
        elements: list[Element] = entry.get(KEPT, [])
        summary, content = self._texts(entry, media.captions(elements) if elements else ())
        links = _mappings(entry.get("links"))
        others = [link for link in links if link.get("rel") != "alternate"]
        contents = _mappings(entry.get("media_content"))
        enclosures = tuple(_enclosures(others, contents, elements, base)) if others or contents else ()
        return ParsedItem(
            id=str(entry.get("id") or "").strip(),
            link=self._link(entry, links, base),
            title=self._text(entry, "title"),
            summary=summary,
            content=content,
            authors=tuple(dict.fromkeys(self._people(entry))) or self._authors,
            categories=tuple(dict.fromkeys(_categories(entry))),
            enclosures=enclosures,
            image=_image(entry, enclosures, base),
            language=str(entry.get("language") or title_detail.get("language") or ""),
            comments=_comments(entry, others, base),
            rights=plain(self._text(entry, "rights")) if entry.get("rights") else "",
            comments_count=_comments_count(entry, others),
            links=tuple(_related(others, base)) if others else (),
            original=media.original(elements, base, atom=self._atom) if elements else None,
            point=media.point(entry, elements) if elements or "geo_lat" in entry else None,
            episode=podcast.episode(entry, elements, base)
            if elements or not podcast.TEXTS.isdisjoint(entry)
            else None,
            podcast=podcast.tags(elements, base) if elements else (),
            dates=tuple(
                Claim(origin=origin, text=str(entry[name])) for origin, name in _DATES if entry.get(name)
            ),
        )

    def _link(self, entry: Mapping[str, Any], links: list[dict[str, Any]], base: str) -> str:
        alternates = [link for link in links if link.get("rel") == "alternate"]
        if len(alternates) > 1:
            alternates.sort(key=lambda link: link.get("type") not in _MARKUP_TYPES)
        for link in alternates:
            if address := absolute(str(link.get("href") or ""), base):
                return address
        # A guid is a link unless it says no (RSS 2.0); many that are none do not say so. An atom:id is none.
        return "" if self._atom else absolute(str(entry.get("link") or ""), "")

    def _text(self, of: Mapping[str, Any], name: str) -> Text:
        # RSS never says what its texts are, and markup in titles is common; Atom always does.
        html = not self._atom or mapping(of.get(f"{name}_detail")).get("type") in _MARKUP_TYPES
        return Text(value=str(of.get(name) or ""), html=html)

    def _texts(self, entry: Mapping[str, Any], captions: Collection[str]) -> tuple[Text, Text]:
        """Return summary and content: of several contents the longest, markup before plain text.

        What is said of a file (``captions``), which feedparser files as a content, too, is none.
        """
        # Without its detail a summary is one that feedparser copied from the content.
        summary = self._text(entry, "summary") if entry.get("summary_detail") else _NO_TEXT
        content = _NO_TEXT
        found = [
            Text(value=str(content.get("value") or ""), html=content.get("type") in _MARKUP_TYPES)
            for content in _mappings(entry.get("content"))
            if content.get("type") in _TEXT_TYPES and content.get("value") not in captions
        ]
        if found:
            content = max(found, key=lambda text: (text.html, len(text.value)))
        if content.value == summary.value or (not content.html and len(content.value) < len(summary.value)):
            content = _NO_TEXT  # feedparser files media:description and itunes:summary as content, too
        return summary, content

    def _people(self, of: Mapping[str, Any]) -> Iterator[Person]:
        authors = _mappings(of.get("authors"))
        if len(authors) == 1 and not self._atom and of.get("author"):
            # feedparser splits address and name itself, and cuts top-level domains after four letters.
            yield _person(str(of["author"]))
            return
        for author in authors:
            name, email = str(author.get("name") or ""), str(author.get("email") or "")
            if name or email:
                person = _person(name) if name and not email else Person(name=name, email=email)
                url = absolute(str(author.get("href") or ""), self._base)
                yield Person(name=plain(Text(value=person.name)), email=person.email, url=url)


def _person(text: str) -> Person:
    """Return who is meant by "mail (name)", "name <mail>", a mail address or a name."""
    text = text.strip()
    if "@" in text and len(text) <= TITLE_MAX:  # the forms are slow to see that a long text has none of them
        for form in _PERSON:
            if match := form.fullmatch(text):
                return Person(name=plain(Text(value=match["name"])), email=match["email"])
    return Person(name=_plain(text))


def _plain(text: str) -> str:
    return plain(Text(value=text)) if "<" in text or "&" in text else clean_text(text[:_PLAIN_MAX])


def _categories(entry: Mapping[str, Any]) -> Iterator[str]:
    for tag in _mappings(entry.get("tags")):
        name = _plain(str(tag.get("term") or tag.get("label") or ""))
        if name:
            yield name


def mapping(value: object) -> dict[str, Any]:
    """Return a dictionary of feedparser's as a plain one, whose ``get`` lends nothing; ``{}`` for all else.

    An element of the right name can put text where feedparser's own handlers put a dictionary.
    """
    if value.__class__ is dict:
        return value
    return dict(value) if isinstance(value, dict) else {}


def _mappings(value: object) -> list[dict[str, Any]]:
    return [mapping(one) for one in value] if value and isinstance(value, list) else []


def _comments(entry: Mapping[str, Any], links: list[dict[str, Any]], base: str) -> str:
    """Return the address of the page of comments: of RSS, or of a ``replies`` link of Atom (RFC 4685, 4)."""
    if comments := entry.get("comments"):
        return absolute(str(comments), base)
    for link in links:
        if link.get("rel") == "replies" and link.get("type") in _MARKUP_TYPES:
            return absolute(str(link.get("href") or ""), base)
    return ""


def _comments_count(entry: Mapping[str, Any], links: list[dict[str, Any]]) -> int | None:
    """Return how many comments there are: ``slash:comments``, else ``thr:total``, else ``thr:count``."""
    counts = [link.get("thr:count") for link in links if link.get("rel") == "replies"]
    for count in (entry.get("slash_comments"), entry.get("thr_total"), *counts):
        if count and isinstance(count, str) and len(count) < _DIGITS and count.isascii() and count.isdigit():
            return int(count)
    return None


def _related(links: list[dict[str, Any]], base: str) -> Iterator[Link]:
    for link in links:
        if (rel := link.get("rel")) in _RELS and (url := absolute(str(link.get("href") or ""), base)):
            yield Link(rel=_RELS[rel], url=url, title=clean_text(str(link.get("title") or "")))


def _enclosures(
    links: list[dict[str, Any]], contents: list[dict[str, Any]], elements: Sequence[Element], base: str
) -> Iterator[Enclosure]:
    """Yield the files: those that are enclosed, then those that are only described as ``media:content``."""
    links = [link for link in links if link.get("rel") == "enclosure"]
    described = media.files(elements, base) if elements else _NOTHING
    found: dict[str, dict[str, Any]] = {}
    for file in (*links, *contents):
        if url := absolute(str(file.get("href") or file.get("url") or ""), base):
            given = found.setdefault(url, {"url": url, "enclosed": file.get("rel") == "enclosure"})
            given["type"] = given.get("type") or str(file.get("type") or "")
            length = str(file.get("length") or file.get("filesize") or "")
            given["length"] = given.get("length") or podcast.whole(length)
            if title := file.get("title"):
                given.setdefault("title", clean_text(str(title)))
    for url, given in found.items():
        yield Enclosure(**(given | described.get(url, described[""])))


def _image(entry: Mapping[str, Any], enclosures: Iterable[Enclosure], base: str) -> str:
    """Return the picture that goes with an entry: named as such, else the first enclosed one."""
    return next((url for name in _pictures(entry, enclosures) if (url := absolute(str(name), base))), "")


def _pictures(entry: Mapping[str, Any], enclosures: Iterable[Enclosure]) -> Iterator[object]:
    for thumbnail in _mappings(entry.get("media_thumbnail")):
        yield thumbnail.get("url") or ""
    for content in _mappings(entry.get("media_content")):
        if content.get("medium") == "image" or str(content.get("type") or "").startswith("image/"):
            yield content.get("url") or ""
    yield mapping(entry.get("image")).get("href") or ""
    for file in enclosures:
        if file.type.startswith("image/"):
            yield file.url
