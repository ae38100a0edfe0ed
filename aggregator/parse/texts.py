"""Read the texts of a feed's entry: title, subtitle, summary, content, rights, and their types.

Which element is which depends on what came before: feedparser takes a second description for a content, and
the first title of those that lie equally deep.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from aggregator.parse.elements import inherited, inner_text, mended
from aggregator.parse.names import OddError, attributes

if TYPE_CHECKING:
    from aggregator.parse.elements import Fields, Handler, Node, Place, Scope, State

_TEXT, HTML, XHTML = "text/plain", "text/html", "application/xhtml+xml"
TYPES = {
    _TEXT: _TEXT,
    "text": _TEXT,
    "plain": _TEXT,
    HTML: HTML,
    "html": HTML,
    XHTML: XHTML,
    "xhtml": XHTML,
}


def _text(state: State, node: Node, default: str, place: Place) -> Fields:
    """Return a text with its type, its language and its base, all as they are after feedparser."""
    written = attributes(node[1]) if node[1] else {}
    kind = TYPES.get(written.get("type", default))
    if not kind or written.get("mode") == "base64":
        raise OddError
    place = inherited(state, written, place)
    raw = _markup(state, node[2]) if kind == XHTML else inner_text(node)
    return {
        "type": kind,
        "language": place.lang,
        "base": place.base,
        "value": mended(state, raw),
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


def title_of(*, media: bool) -> Handler:
    """Return the handler of titles; ``media``: of those that leave room for the entry's own."""

    def title(state: State, scope: Scope, node: Node, place: Place) -> None:
        text = _text(state, node, _TEXT, place)
        value = text["value"]
        if not -1 < state.title_depth <= place.depth:
            scope.keep("title", value, place.depth)
            scope.fields["title_detail"] = text
        if value and not media:
            state.title_depth = place.depth

    return title


def description(state: State, scope: Scope, node: Node, place: Place) -> None:
    """Read a description; the second one is a content, unless there was one."""
    if "summary" in scope.fields and not state.has_content:
        content(state, scope, node, place)
        return
    text = _text(state, node, HTML, place)
    if scope.entry:
        scope.keep("summary", text["value"], place.depth)
        scope.fields["summary_detail"] = text


def summary(state: State, scope: Scope, node: Node, place: Place) -> None:
    """Read a summary; the second one is a content, unless there was one."""
    if "summary" in scope.fields and not state.has_content:
        content(state, scope, node, place)
        return
    text = _text(state, node, _TEXT, place)
    scope.keep("summary", text["value"], place.depth)
    scope.fields["summary_detail"] = text


def content(state: State, scope: Scope, node: Node, place: Place) -> None:
    """Read a content whose type is plain text unless it says otherwise."""
    _add_content(state, scope, _text(state, node, _TEXT, place))
    del place


def encoded(state: State, scope: Scope, node: Node, place: Place) -> None:
    """Read a content whose type is HTML unless it says otherwise."""
    _add_content(state, scope, _text(state, node, HTML, place))
    del place


def _add_content(state: State, scope: Scope, text: Fields) -> None:
    value = text["value"]
    if scope.entry and not state.atom and text["type"] == _TEXT and ("&" in value or "</" in value):
        raise OddError  # feedparser looks whether it may be markup all the same
    state.has_content = True
    scope.fields.setdefault("content", []).append(text)
    scope.fields.setdefault("summary", value)


def rights(state: State, scope: Scope, node: Node, place: Place) -> None:
    """Read who holds the rights."""
    text = _text(state, node, _TEXT, place)
    scope.keep("rights", text["value"], place.depth)
    scope.fields["rights_detail"] = text


def subtitle(state: State, scope: Scope, node: Node, place: Place) -> None:
    """Read what an entry is about, in a line."""
    scope.keep("subtitle", _text(state, node, _TEXT, place)["value"], place.depth)
