"""Say what is wrong with a piece of HTML that stands in a feed.

The lists are of what the W3C's service takes for harmless, and of the little that is so and that it does
not know; its parser wants HTML (the WHATWG's standard, section 13) without a single parse error.
"""

from __future__ import annotations

import re
from html.entities import html5
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from tests.validity.values import words

if TYPE_CHECKING:
    from collections.abc import Iterator

UNFAMILIAR_TAGS = words("bdo")
UNFAMILIAR_ATTRIBUTES = words("controls")
TAGS = UNFAMILIAR_TAGS | words(
    "a abbr acronym address area article aside audio b bdi big blockquote br button canvas caption "
    "center cite code col colgroup data dd del details dfn dir div dl dt em fieldset figcaption figure font "
    "footer h1 h2 h3 h4 h5 h6 header hgroup hr i img ins kbd label legend li main map mark menu meter nav "
    "noscript ol p picture pre progress q rp rt ruby s samp section small source span strike strong sub "
    "summary sup table tbody td tfoot th thead time tr track tt u ul var video wbr"
)
ATTRIBUTES = UNFAMILIAR_ATTRIBUTES | words(
    "abbr align alt border cellpadding cellspacing char charoff cite class clear color cols colspan "
    "compact datetime decoding default dir download headers height href hreflang hspace id ismap "
    "itemid itemprop itemscope itemtype kind label lang loading longdesc loop media muted name noshade "
    "nowrap open poster preload rel rev reversed rows rowspan rules scope shape sizes span src srclang "
    "srcset start summary target title type usemap valign value vspace width"
)
ADDRESSES = words("href src cite poster longdesc")
VOID = words("area br col hr img source track wbr")
#: An end tag of these may be left out; what begins next to them ends them.
OPTIONAL_END = words("dd dt li p rp rt tbody td tfoot th thead tr colgroup caption")
ENDS_P = words(
    "address article aside blockquote center details dir div dl fieldset figcaption figure footer form h1 "
    "h2 h3 h4 h5 h6 header hgroup hr main menu nav ol p pre section summary table ul"
)
HEADINGS = words("h1 h2 h3 h4 h5 h6")
WRAPS_P = words("a abbr b bdi cite code em i mark q s small span strong sub sup u del ins")
UNFINISHED = re.compile(r"&(?:#(?![xX]?[0-9A-Fa-f]+;)|[A-Za-z][A-Za-z0-9]*+(?!;))[^\s<;]*")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.faults: list[str] = []
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            self.faults.append(f"there must be no <{tag}>")
        if tag in ENDS_P and self.open[-1:] == ["p"]:
            self.open.pop()
        elif tag in ENDS_P and self._p_is_open():
            self.faults.append(f"<{tag}> stands in a <p>")
        if tag == "a" and "a" in self.open:
            self.faults.append("<a> stands in an <a>")
        if tag in HEADINGS and self.open and self.open[-1] in HEADINGS:
            self.faults.append(f"<{tag}> stands in an <{self.open[-1]}>")
        names = [name for name, _ in attrs]
        self.seen |= {f"<{each}>" for each in {tag} & UNFAMILIAR_TAGS}
        self.seen |= {f"{each} of <{tag}>" for each in {*names} & UNFAMILIAR_ATTRIBUTES}
        if len(set(names)) < len(names):
            self.faults.append(f"an attribute of <{tag}> is there twice")
        for name, value in attrs:
            self.faults += _attribute(tag, name, value or "")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.faults.append(f"<{tag}/> closes nothing")

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open[-1] != tag and self.open[-1] in OPTIONAL_END:
            self.open.pop()
        if self.open and self.open[-1] == tag:
            self.open.pop()
        else:
            self.faults.append(f"</{tag}> ends nothing")

    def handle_data(self, data: str) -> None:
        if "<" in data:
            self.faults.append("a < is not escaped")

    def handle_entityref(self, name: str) -> None:
        if f"{name};" not in html5:
            self.faults.append(f"nobody knows &{name};")

    def handle_charref(self, name: str) -> None:
        number = int(name[1:], 16) if name[:1] in "xX" else int(name)
        if (
            number in {0, 0xFFFE, 0xFFFF}
            or 0x80 <= number < 0xA0
            or 0xD800 <= number < 0xE000
            or number > 0x10FFFF
        ):
            self.faults.append(f"&#{name}; is no character")

    def handle_comment(self, data: str) -> None:
        self.faults.append(f"there is a comment: {data[:20]!r}")

    def handle_decl(self, decl: str) -> None:
        self.faults.append(f"there is a declaration: {decl[:20]!r}")

    def handle_pi(self, data: str) -> None:
        self.faults.append(f"there is an instruction: {data[:20]!r}")

    def unknown_decl(self, data: str) -> None:
        self.faults.append(f"there is a section: {data[:20]!r}")

    def _p_is_open(self) -> bool:
        """Tell whether a <p> is open that only inline elements stand between (HTML: in button scope)."""
        for tag in reversed(self.open):
            if tag == "p":
                return True
            if tag not in WRAPS_P:
                return False
        return False


def _attribute(tag: str, name: str, value: str) -> Iterator[str]:
    if name == "style":
        yield f"<{tag}> has a style"
    elif name not in ATTRIBUTES and not name.startswith("data-"):
        yield f"<{tag}> must have no {name!r}"
    elif name in ADDRESSES and not re.match(r"(?:https?://|mailto:)[^\s]", value, re.IGNORECASE):
        yield f"<{tag}>'s {name} is no complete web address: {value[:40]!r}"


def faults(markup: str) -> list[str]:
    """Return what is wrong with ``markup``."""
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    unclosed = [f"<{tag}> is not closed" for tag in reader.open if tag not in OPTIONAL_END]
    bare = [f"{found!r} is no reference" for found in UNFINISHED.findall(re.sub(r"<[^>]*>", " ", markup))]
    return list(dict.fromkeys(reader.faults + unclosed + bare))


def unfamiliar(markup: str) -> list[str]:
    """Return what in ``markup`` is harmless, and not known to the W3C's service."""
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    return sorted(reader.seen)


def in_plain_text(text: str) -> str:
    """Say what in a plain text a reader would take for markup: end tags, and references."""
    if found := re.search(r"</([a-z][a-z0-9]*)>", text, re.IGNORECASE):
        return f"{found[0]!r} looks like HTML"
    for found in re.finditer(r"&(#?\w+)", text):
        if found[1].startswith("#") or f"{found[1]};" in html5:
            return f"{found[0]!r} looks like HTML"
    return ""
