"""Read YAML text into plain data, and remember where every value was written.

The data is built from the parser's events, one at a time, so that what a file may do is bounded
before it is done: how deep it nests, how far its aliases expand. Scalars follow the core schema of
YAML 1.2.2 (10.3.2): ``yes``, ``on`` and ``12:30:00`` are text and ``010`` is ten, unlike in the
library's own YAML 1.1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import yaml

from aggregator.errors import ConfigError
from aggregator.settings.variables import substitute

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_BYTES = 1_000_000
MAX_DEPTH = 50
MAX_DIGITS = 18  # longer numbers are nobody's setting, and slow to convert
MAX_ALIASED = 10_000  # nodes that aliases may add; a page of defaults used a hundred times stays far below

#: The C parser is ten times faster; a platform without it reads the same.
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Key: TypeAlias = str | int
Path: TypeAlias = tuple[Key, ...]

# YAML 1.2.2, 5.1
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?[0-9]+")
_OCTAL_OR_HEX = re.compile(r"0o[0-7]{1,18}|0x[0-9a-fA-F]{1,15}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_TEXT_TAGS = frozenset({"!", "tag:yaml.org,2002:str"})


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a file; both figures count from 1, columns in characters."""

    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.line}:{self.column}"


@dataclass(slots=True, kw_only=True)
class Node:
    """A value with its place. ``size`` and ``height`` count what it expands to, itself included."""

    value: Any
    at: Position
    children: dict[Key, Node] = field(default_factory=dict)
    keys: dict[str, Position] = field(default_factory=dict)
    size: int = 1
    height: int = 1


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something wrong in a document that does not keep us from reading the rest of it."""

    at: Position
    path: Path
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document as plain data (dict with text keys, list, str, int, float, bool, None)."""

    data: Any
    root: Node
    mistakes: tuple[Mistake, ...]

    def at(self, path: Path) -> Position:
        """Return where the value at ``path`` is written, or the nearest value around it."""
        node = self.root
        for key in path:
            if key not in node.children:
                break
            node = node.children[key]
        return node.at

    def key_at(self, path: Path) -> Position:
        """Return where the last key of ``path`` is written; a list's element is its own key."""
        node = self.root
        for key in path[:-1]:
            if key not in node.children:
                return node.at
            node = node.children[key]
        return node.keys.get(str(path[-1])) or self.at(path)


def read(content: bytes, environ: Mapping[str, str], *, name: str) -> Document:
    """Return the document in ``content``, its variables put in from ``environ``.

    Raises:
        ConfigError: it cannot be read at all: not UTF-8, not YAML, too large, too deep, recursive,
            more than one document. The line begins with ``name`` and the place.
    """
    text = _decode(content, name)
    builder = _Builder(environ)
    try:
        root = builder.build(yaml.parse(text, Loader=LOADER))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        at = Position(mark.line + 1, mark.column + 1) if mark else Position(1, 1)
        raise ConfigError(f"{name}:{at}: {_explain(error, text, at)}") from error
    except _Refused as error:
        raise ConfigError(f"{name}:{error.at}: {error}") from error
    return Document(data=root.value, root=root, mistakes=tuple(builder.mistakes))


def _decode(content: bytes, name: str) -> str:
    if len(content) > MAX_BYTES:
        raise ConfigError(f"{name}:1:1: the file has more than {MAX_BYTES} bytes: no more are read")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        at = _place(content[: error.start].decode("utf-8", "replace"))
        raise ConfigError(f"{name}:{at}: this is not UTF-8: save the file in that encoding") from error
    odd = _UNPRINTABLE.search(text)
    if odd:
        at = _place(text[: odd.start()])
        raise ConfigError(f"{name}:{at}: the character U+{ord(odd[0]):04X} is not allowed in YAML: remove it")
    return text


def _place(before: str) -> Position:
    """Return the position of the character that follows ``before``."""
    lines = re.split("\r\n|\r|\n", before.removeprefix("\ufeff"))
    return Position(len(lines), len(lines[-1]) + 1)


def _explain(error: yaml.YAMLError, text: str, at: Position) -> str:
    """Return what the parser stumbled on; the usual mistakes in words that say what to do."""
    problem = getattr(error, "problem", None) or "not understood"
    context = getattr(error, "context", None) or ""
    line = text.splitlines()[at.line - 1 : at.line]
    character = line[0][at.column - 1 : at.column] if line else ""
    if character == "\t":
        return "a tab cannot indent in YAML: use spaces"
    if "alias" in context or "anchor" in context or "cannot start any token" in problem:
        return "a value that begins with *, &, @, % or ` must stand in quotes"
    return f"YAML syntax: {problem}{' ' if context else ''}{context}"


class _Refused(Exception):  # noqa: N818 # named for what happened; never leaves this module
    def __init__(self, at: Position, message: str) -> None:
        super().__init__(message)
        self.at = at


class _Builder:
    """Builds nodes from a parser's events."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.mistakes: list[Mistake] = []
        self.anchors: dict[str, Node | None] = {}  # None: begun, and not yet ended
        self.written = 0  # nodes that stand in the text itself
        self.path: list[Key] = []

    def build(self, events: Iterator[yaml.Event]) -> Node:
        root: Node | None = None
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                if root is not None:
                    raise _Refused(_at(event), "a second document begins here: keep one in a file")
            elif isinstance(event, yaml.NodeEvent):
                root = self._node(event, events)
        if root is None:  # nothing but comments
            return Node(value=None, at=Position(1, 1))
        return root

    def _node(self, event: yaml.Event, events: Iterator[yaml.Event]) -> Node:
        at = _at(event)
        if len(self.path) > MAX_DEPTH:
            raise _Refused(at, f"nested more than {MAX_DEPTH} levels deep")
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event.anchor or "", at)
        self.written += 1
        anchor = getattr(event, "anchor", None)
        if anchor:
            self.anchors[anchor] = None
        if isinstance(event, yaml.ScalarEvent):
            node = Node(value=self._scalar(event, at), at=at)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self._sequence(event, events)
        else:
            node = self._mapping(event, events)
        if node.size > self.written + MAX_ALIASED:
            raise _Refused(at, f"its aliases expand to more than {MAX_ALIASED} values: write fewer of them")
        if anchor:
            self.anchors[anchor] = node
        return node

    def _alias(self, anchor: str, at: Position) -> Node:
        if anchor not in self.anchors:
            raise _Refused(at, f"the alias *{anchor} names no anchor &{anchor} above it")
        target = self.anchors[anchor]
        if target is None:
            raise _Refused(at, f"the alias *{anchor} stands inside what it names: remove it")
        if len(self.path) + target.height > MAX_DEPTH + 1:
            raise _Refused(at, f"nested more than {MAX_DEPTH} levels deep")
        return target

    def _sequence(self, event: yaml.Event, events: Iterator[yaml.Event]) -> Node:
        node = Node(value=[], at=_at(event))
        self._refuse_tag(event)
        for inner in events:
            if isinstance(inner, yaml.SequenceEndEvent):
                break
            index = len(node.value)
            node.value.append(self._child(node, index, inner, events).value)
        return node

    def _mapping(self, event: yaml.Event, events: Iterator[yaml.Event]) -> Node:
        node = Node(value={}, at=_at(event))
        self._refuse_tag(event)
        for inner in events:
            if isinstance(inner, yaml.MappingEndEvent):
                break
            key, at = self._key(inner, events), _at(inner)
            if key is None or key in node.keys:
                if key is not None:
                    self._mistake(at, f"this key is there twice, first at {node.keys[key]}: keep one", key)
                self._child(Node(value=None, at=at), key or "", next(events), events)
                continue
            node.keys[key] = at
            node.value[key] = self._child(node, key, next(events), events).value
        return node

    def _child(self, parent: Node, key: Key, event: yaml.Event, events: Iterator[yaml.Event]) -> Node:
        self.path.append(key)
        child = self._node(event, events)
        self.path.pop()
        parent.children[key] = child
        parent.size += child.size
        parent.height = max(parent.height, child.height + 1)
        return child

    def _key(self, event: yaml.Event, events: Iterator[yaml.Event]) -> str | None:
        """Return a key as it is written (``1`` and ``yes`` are text like any other); None: it is no text."""
        if isinstance(event, yaml.ScalarEvent):
            return str(event.value)
        self._mistake(_at(event), "a key must be plain text")
        self._node(event, events)
        return None

    def _scalar(self, event: yaml.ScalarEvent, at: Position) -> Any:
        text = str(event.value)
        plain = event.implicit[0] and event.tag is None
        if event.tag is not None and event.tag not in _TEXT_TAGS:
            self._refuse_tag(event)
        value = _resolve(text) if plain else text
        if not isinstance(value, str):
            return value
        value, faults = substitute(value, self.environ)
        for fault in faults:
            self._mistake(at, fault)
        return value

    def _refuse_tag(self, event: yaml.Event) -> None:
        tag = getattr(event, "tag", None)
        if tag is not None:
            short = str(tag).replace("tag:yaml.org,2002:", "!!")
            self._mistake(_at(event), f"the tag {short} means nothing here: remove it")

    def _mistake(self, at: Position, message: str, *below: Key) -> None:
        self.mistakes.append(Mistake(at, (*self.path, *below), message))


def _at(event: yaml.Event) -> Position:
    mark = event.start_mark
    return Position(mark.line + 1, mark.column + 1) if mark else Position(1, 1)


def _resolve(text: str) -> Any:
    """Return what a plain scalar means in the core schema (YAML 1.2.2, 10.3.2; without infinities)."""
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if _INT.fullmatch(text):
        return int(text) if len(text) <= MAX_DIGITS else text
    if _OCTAL_OR_HEX.fullmatch(text):
        return int(text, 0)
    if _FLOAT.fullmatch(text):
        return float(text)
    return text
