"""Make foreign text safe: markup for pages and feeds, one-line plain text, absolute addresses.

Everything a source sends is hostile until it has been through here: scripts, ``javascript:``
links, control characters that XML forbids, and markup that costs a parser quadratic time.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from contextvars import ContextVar
from html import escape, unescape
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import nh3
from selectolax.lexbor import LexborHTMLParser, SelectolaxError
from w3lib.encoding import html_to_unicode

from aggregator.errors import ParseError

if TYPE_CHECKING:
    from aggregator.model.item import Text

MARKUP_MAX = 500_000  #: characters of a summary or content that are looked at; the rest is cut off first
TITLE_MAX = 1_000  #: characters of a one-line text
URL_MAX = 4_096  #: characters; a longer address is no address

_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
# The addresses that most are, and that resolving leaves as they are, or only puts behind their host.
_ORIGIN = r"https?://[a-zA-Z0-9.-]+(?::[0-9]+)?"
_PATH = r"(?:/[\w/.~%!$&'()*+,=:@-]*)?(?:\?[\w/.~%!$&'()*+,=:@?-]+)?"
_ABSOLUTE = re.compile(_ORIGIN + _PATH + r"(?:#[\w/.~%!$&'()*+,=:@?-]+)?", re.ASCII)
_ROOTED = re.compile(r"(?=/[^/])(?!.*/\.)" + _PATH, re.ASCII)
_BASE = re.compile(f"({_ORIGIN})[/?#].*", re.ASCII)
_NOT_IN_URL = {ord(char): f"%{ord(char):02X}" for char in ' "<>\\^`{|}'}

_TAGS = (
    "a abbr audio b bdi bdo blockquote br caption cite code col colgroup dd del details dfn div dl dt em "
    "figcaption figure h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p picture pre q rp rt ruby s samp small "
    "source span strong sub summary sup table tbody td tfoot th thead time tr u ul var video wbr"
)
_ATTRIBUTES = {
    "*": {"dir", "lang"},
    "a": {"href", "title"},
    "abbr": {"title"},
    "audio": {"src"},
    "col": {"span"},
    "colgroup": {"span"},
    "del": {"datetime"},
    "img": {"alt", "height", "src", "title", "width"},
    "ins": {"datetime"},
    "li": {"value"},
    "ol": {"reversed", "start"},
    "source": {"src", "type"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "time": {"datetime"},
    "video": {"height", "poster", "src", "width"},
}
# What stands inside these is not for readers, or is no markup once the element is gone.
_WITH_CONTENT = (
    "applet embed iframe math noembed noframes object script select style svg template textarea title xmp"
)

_base: ContextVar[str] = ContextVar("_base", default="")


def _resolve(href: str) -> str | None:
    # Called from inside nh3, where an exception could only be printed: absolute() raises none.
    return absolute(href, _base.get()) or None


# link_rel: nh3's default hides from publishers that the reader came through us.
_MARKUP = nh3.Cleaner(
    tags=set(_TAGS.split()),
    attributes=_ATTRIBUTES,
    clean_content_tags=set(_WITH_CONTENT.split()),
    url_schemes={"http", "https", "mailto"},
    url_relative=_resolve,
    set_tag_attribute_values={"audio": {"controls": ""}, "video": {"controls": ""}},
    link_rel=None,
)
_STRIP = nh3.Cleaner(tags=set(), clean_content_tags=set(_WITH_CONTENT.split()), link_rel=None)

_NOSCRIPT = re.compile(r"</?noscript[^<>]*>", re.IGNORECASE)
_IMAGE = re.compile(r'<img((?: [a-z]+="[^"]*")*)>')  # as nh3 writes it
_PIXEL = re.compile(r' (?:width|height)="[01](?:px)?"')
_BREAK = re.compile(
    r"<(?=/?(?:address|article|aside|blockquote|br|dd|div|dl|dt|figcaption|figure|footer|h[1-6]|header|hr|li|main"
    r"|nav|ol|p|pre|section|table|td|th|tr|ul)\b)",
    re.IGNORECASE,
)
_ANY_TAG = re.compile(r"<[^<>]*>")
_REFERENCES_MAX = 50_000  # html5ever is quadratic in them: a million ampersands took it six seconds
_BRACKETS_MAX = 50_000  # each takes up to 400 bytes of memory

_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)[^>]*>?")
_ATTRIBUTES_MAX = 1_000  # of one element; each is compared with all before it
_CROWDED = re.compile(
    r"""<[a-zA-Z][^\s/>]*+(?:[\s/]*+=?+[^\s/>=]++(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>"'][^\s>]*+)?+)?+)"""
    f"{{{_ATTRIBUTES_MAX}}}"
)
_VOID = {
    "area",
    "base",
    "br",
    "col",
    "embed",
    "hr",
    "img",
    "input",
    "link",
    "meta",
    "param",
    "source",
    "track",
    "wbr",
}
_IMPLIED_END = {"dd", "dt", "li", "option", "p", "td", "th", "tr"}
_FORMATTING = {
    "a",
    "b",
    "big",
    "code",
    "em",
    "font",
    "i",
    "nobr",
    "s",
    "small",
    "strike",
    "strong",
    "tt",
    "u",
}
_TOIL = 30_000_000  # about a tenth of a second
_TOIL_PER_TAG = 200  # an average depth that no honest page has
_ALIKE = 3  # of formatting elements written the same a parser keeps three (HTML, 13.2.4.3)
_FORMATTING_TOIL = 300  # an unclosed <b> is made anew in every following block
_TAGS_HARMLESS = 400  # even the worst nesting of so few stays under _TOIL


def sanitise(markup: str, *, base: str) -> str:
    """Return ``markup`` with nothing in it but harmless tags, attributes and addresses.

    Addresses are http, https or mailto; relative ones are resolved against ``base`` (an absolute
    URL; where it is empty they are dropped). ``srcset`` is dropped, ``src`` stays. Images of
    1x1 pixel and images without an address go. Markup beyond ``MARKUP_MAX`` characters is cut
    off; markup nested too deep to be parsed in decent time becomes plain text. Thread-safe.
    """
    markup = printable(markup[:MARKUP_MAX])
    if "<" not in markup and "&" not in markup:
        return escape(markup, quote=False)
    if _costly(markup):
        return escape(_crude(markup), quote=False)
    token = _base.set(base)
    try:
        # Lazy images keep their real address in <noscript>, whose content nh3 would take for text.
        clean = _MARKUP.clean(_NOSCRIPT.sub("", markup) if "noscript" in markup.lower() else markup)
    finally:
        _base.reset(token)
    if "<img" in clean:
        clean = _IMAGE.sub(_shown, clean)
    # What is printable stays so, but for what character references stood for.
    return (printable(clean) if "&#" in markup else clean).strip()


def plain(text: Text, *, limit: int = TITLE_MAX) -> str:
    """Return ``text`` on one line without markup, cut to ``limit`` characters.

    Of a text that is markup the tags go and the entities are decoded, once; blocks are kept apart by a space.
    """
    value = text.value[: limit * 20]  # markup is seldom longer than twenty times its text
    if text.html and ("<" in value or "&" in value):
        value = printable(value[:MARKUP_MAX])
        value = _crude(value) if _costly(value) else unescape(_STRIP.clean(_BREAK.sub(" <", value)))
    return clean_text(value, limit=limit)


def clean_text(value: str, *, limit: int = TITLE_MAX) -> str:
    """Return a text that is no markup on one line: printable, spaces collapsed, cut to ``limit``."""
    if len(value) <= limit and value.isprintable() and "  " not in value and value.strip() == value:
        return value  # as most are: the one space that counts as printable is the plain one
    value = " ".join(printable(value).split())
    return value if len(value) <= limit else value[: limit - 1] + "…"


def printable(value: str) -> str:
    r"""Return ``value`` without what XML 1.0 (2.2) forbids.

    That is: C0 controls but ``\t\n`` (line ends become ``\n``), surrogates, U+FFFE, U+FFFF.
    """
    if value.replace("\n", "").isprintable():  # most are, and this is told much faster
        return value
    if "\r" in value:
        value = value.replace("\r\n", "\n").replace("\r", "\n")
    return _FORBIDDEN.sub("", value)


def absolute(href: str, base: str) -> str:
    """Return ``href`` as an absolute http(s) URL, resolved against ``base``; ``""`` where it is none."""
    if len(href) + len(base) <= URL_MAX:
        if _ABSOLUTE.fullmatch(href):
            return href
        if _ROOTED.fullmatch(href) and (origin := _BASE.fullmatch(base)):
            return origin[1] + href
    href = printable(href).strip().replace("\n", "").replace("\t", "")  # as browsers do (WHATWG URL, 4.4)
    if not href or len(href) > URL_MAX:
        return ""
    try:
        url = urljoin(base, href).strip()
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            return ""
    except ValueError:  # "http://[" and its like
        return ""
    return url.translate(_NOT_IN_URL) if len(url) <= URL_MAX else ""


def page(body: bytes, content_type: str) -> LexborHTMLParser:
    """Return a web page, parsed; its encoding is found as browsers do, by the header, the page and the bytes.

    Raises:
        ParseError: it is too entangled to be parsed in decent time, or too large for the memory there is.
    """
    markup = _decoded(body, content_type)
    if tangled(markup):
        raise ParseError(
            "this page nests its elements too deep, or has too many attributes, to be read in decent time"
        )
    return parsed(markup)


def parsed(markup: str) -> LexborHTMLParser:
    """Return markup that is not ``tangled``, parsed.

    Raises:
        ParseError: there is not the memory to do it.
    """
    try:
        return LexborHTMLParser(markup)
    except SelectolaxError as error:  # it makes a tree of whatever it has the memory for
        raise ParseError("reading this page took more memory than there was") from error


def _decoded(body: bytes, content_type: str) -> str:
    wide = json.detect_encoding(body[:4])
    if not wide.startswith("utf-8"):  # zero bytes: what no eight-bit encoding has
        return body.decode(wide, "replace")
    try:
        return html_to_unicode(content_type, body)[1]
    except (LookupError, ValueError):  # Python knows "encodings" that are none: base64, undefined
        return body.decode("utf-8", "replace")


def tangled(markup: str) -> bool:
    """Return whether an HTML parser would need quadratic time for ``markup``.

    The HTML standard makes it walk the open elements at every block, and open unclosed formatting
    elements anew in each: 100 KB can cost a minute. The estimate errs upwards: an end tag
    counts only where it closes the innermost element.
    """
    if len(markup) > _ATTRIBUTES_MAX and _CROWDED.search(markup):
        return True
    tags = markup.count("<")
    if tags <= _TAGS_HARMLESS:
        return False
    limit = max(_TOIL, _TOIL_PER_TAG * tags)
    toil = formatting = 0
    stack: list[tuple[str, str]] = []
    active: Counter[str] = Counter()
    for tag in _TAG.finditer(markup):
        name = tag[2].lower()
        innermost = stack[-1][0] if stack else ""
        if tag[1]:
            if name == innermost:
                _, written = stack.pop()
                if name in _FORMATTING:
                    active[written] -= 1
                    formatting -= active[written] < _ALIKE
        elif name not in _VOID and not (name in _IMPLIED_END and name == innermost):
            stack.append((name, tag[0]))
            if name in _FORMATTING:
                formatting += active[tag[0]] < _ALIKE
                active[tag[0]] += 1
        toil += len(stack) + _FORMATTING_TOIL * formatting
        if toil > limit:
            return True
    return False


def _costly(markup: str) -> bool:
    many = markup.count("&") > _REFERENCES_MAX or markup.count("<") > _BRACKETS_MAX
    return many or tangled(markup)


def _crude(markup: str) -> str:
    """Return the text in markup that no parser should be troubled with."""
    return printable(unescape(_ANY_TAG.sub(" ", markup))).strip()


def _shown(image: re.Match[str]) -> str:
    """Return an image as it is, or nothing: tracking pixels and images whose address was refused."""
    attributes = image[1]
    return "" if ' src="' not in attributes or _PIXEL.search(attributes) else image[0]
