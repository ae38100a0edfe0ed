"""Write down what a list of subscriptions adds to a configuration, as the lines that belong into its file.

The file's own lines are left as they are, comments and all: what is added comes below the line of
``categories:``, or below that of a category's ``sources:``.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aggregator.rules.naming import free_name, name_of
from aggregator.rules.urls import Tracking, canonical, host_of
from aggregator.settings import values
from aggregator.settings.conflicts import RESERVED
from aggregator.settings.domain import well_known_tracking

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from aggregator.model.outline import Outline
    from aggregator.model.source import CategoryId, SourceId
    from aggregator.settings.document import Document, Path, Position
    from aggregator.settings.domain import Settings

LOOSE = "Imported"  #: title of the category of feeds that are in no folder
_PLAIN = re.compile(r"[^\W\d_][\w.()/ -]*[\w)]|https?://[\w./?=&%+~@,-]+(:[0-9]+/[\w./?=&%+~@,-]*)?")
_NO_TEXT = frozenset({"true", "false", "null", "yes", "no", "on", "off"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Lines that belong together in one place."""

    category: CategoryId  #: whose ``sources:`` they are for; empty: they are new categories
    below: int  #: the line, from 1, that they belong below; 0: there is none, or it is not written in lines
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Additions:
    """What is to be added to a configuration."""

    blocks: tuple[Block, ...]  #: those for categories that are there, in their order, then the new ones
    sources: tuple[SourceId, ...]  #: new
    told: tuple[str, ...]  #: what is not added, and why, a line for each


@dataclass(frozen=True, slots=True)
class _New:
    """A source to be."""

    id: SourceId
    url: str
    title: str


class Importer:
    """Finds names and places for what is new."""

    def __init__(self, settings: Settings | None, document: Document | None, lines: Sequence[str]) -> None:
        """Add to what ``settings`` hold, as it is written in the ``lines`` of ``document``; None: nothing is.

        With ``settings`` there is a ``document``.
        """
        categories = settings.categories if settings else ()
        self._tracking = Tracking.of(settings.tracking if settings else well_known_tracking())
        self._document, self._lines = document, lines
        self._known = {
            self._same(source.url): source.id for category in categories for source in category.sources
        }
        self._ids = set(self._known.values())
        self._there = {category.id: category.title for category in categories}
        self._taken = {*RESERVED, "all", *(feed.name for feed in (settings.feeds if settings else ()))}

    def additions(self, outlines: Iterable[Outline], *, category: CategoryId = "") -> Additions:
        """Return what ``outlines`` add, each in the category of its folder, or all in ``category``.

        What is configured already, or there twice, or has no usable address, is told and left out.

        Raises:
            SettingError: no category can be named ``category``.
        """
        if category and values.name(category) not in self._there and category in self._taken:
            raise values.SettingError(f"{category!r} is the name of a feed: choose another name")
        told: list[str] = []
        found: dict[CategoryId, list[_New]] = {}
        titles = dict(self._there)
        for outline in outlines:
            if (new := self._source(outline, told)) is None:
                continue
            where = category or self._category(" / ".join(outline.folder) or LOOSE, titles)
            found.setdefault(where, []).append(new)
        return Additions(
            blocks=tuple(self._blocks(found, titles)),
            sources=tuple(new.id for some in found.values() for new in some),
            told=tuple(told),
        )

    def _source(self, outline: Outline, told: list[str]) -> _New | None:
        called = repr(outline.title or host_of(outline.url) or "a feed without a title")
        try:
            url = values.url(outline.url)
        except values.SettingError as error:
            told.append(f"{called}: its address {error}")
            return None
        same = self._same(url)
        if same in self._known:
            told.append(f"{called}: {url} is there already, as {self._known[same]!r}")
            return None
        name = free_name(name_of(outline.title) or name_of(host_of(url)) or "source", self._ids)
        self._ids.add(name)
        self._known[same] = name
        return _New(name, url, _line(outline.title))

    def _same(self, url: str) -> str:
        """Return what addresses of one document have in common; a site's front page is one, too."""
        return canonical(url, self._tracking) or url.partition(":")[2].rstrip("/").lower()

    def _category(self, title: str, titles: dict[CategoryId, str]) -> CategoryId:
        """Return the category of that title: one of those with ``titles``, or a new one, added to them."""
        name, folded = name_of(title), title.casefold()
        for category, theirs in titles.items():
            if theirs.casefold() == folded or (category == name and category in self._there):
                return category
        new = free_name(name or "category", self._taken)
        self._taken.add(new)
        titles[new] = title
        return new

    def _blocks(self, found: dict[CategoryId, list[_New]], titles: dict[CategoryId, str]) -> Iterator[Block]:
        for category in self._there:
            if category in found:
                below, indent = self._place(("categories", category, "sources"), 6)
                text = "".join(_written(new, indent) for new in found[category])
                yield Block(category=category, below=below, text=text)
        below, indent = self._place(("categories",), 2)
        text = "".join(
            _category_written(category, _line(titles.get(category, "")), some, indent)
            for category, some in found.items()
            if category not in self._there
        )
        if text:
            head = "" if self._document else "categories:\n"
            yield Block(category="", below=below, text=head + text)

    def _place(self, path: Path, usual: int) -> tuple[int, int]:
        """Return the line of the key at ``path``, and how far what is below it is indented.

        The line is 0 where the value is not written below its key, in lines of its own.
        """
        if self._document is None:
            return 0, usual
        key = self._document.key_at(path)
        node = self._document.root
        for each in path:
            node = node.children[each]
        listed = path[-1] == "sources"
        first = node.children[0].at if listed else min(node.keys.values())
        before = self._line_of(first)[: first.column - 1]
        after = self._line_of(key)[key.column - 1 :]
        inside = r" *- +" if listed else r" +"
        opened = re.fullmatch(rf"([\"']?){re.escape(str(path[-1]))}\1 *: *(#.*)?\r?", after)
        if not opened or first.line <= key.line or not re.fullmatch(inside, before):
            return 0, usual
        return key.line, before.index("-") if listed else len(before)

    def _line_of(self, at: Position) -> str:
        return "".join(self._lines[at.line - 1 : at.line])


def insert(lines: Sequence[str], blocks: Iterable[Block]) -> str:
    """Return the text of ``lines`` with every one of ``blocks`` in its place; each has one."""
    changed = [*lines]
    for block in sorted(blocks, key=lambda block: block.below, reverse=True):
        changed[block.below : block.below] = block.text.removesuffix("\n").split("\n")
    return "\n".join(changed)


def _category_written(category: CategoryId, title: str, some: Iterable[_New], indent: int) -> str:
    pad = " " * indent
    name = f"{pad}  title: {_scalar(title)}\n" if title and title != category else ""
    listed = "".join(_written(new, indent + 4) for new in some)
    return f"{pad}{_scalar(category)}:\n{name}{pad}  sources:\n{listed}"


def _written(new: _New, indent: int) -> str:
    pad = " " * indent
    title = f"{pad}  title: {_scalar(new.title)}\n" if new.title else ""
    return f"{pad}- id: {_scalar(new.id)}\n{title}{pad}  url: {_scalar(new.url)}\n"


def _scalar(text: str) -> str:
    """Return ``text`` as a value of YAML, in quotes where it may mean something else without them."""
    if _PLAIN.fullmatch(text) and text.lower() not in _NO_TEXT:
        return text
    quoted = json.dumps(text.replace("${", "$${"), ensure_ascii=False)
    return quoted.replace("\ufeff", r"\ufeff")  # a byte order mark, elsewhere than at the start of a file


def _line(title: str) -> str:
    """Return a title as the configuration takes it; empty where it does not."""
    try:
        return values.text(title)
    except values.SettingError:
        return ""
