"""Read RSS, RDF and Atom of every age with feedparser, which forgives what real feeds do wrong.

feedparser gets bytes in a BytesIO and nothing else: given a string it would fetch it or open it as a
file. Of its answer only what the source wrote is used: never a ``*_parsed`` date, and never its
dictionary's ``get``, which lends ``published`` where ``updated`` is missing. It is handed mended UTF-8,
because one wrong byte or character reference in one entry would cost it the encoding of the whole
document, or the document.
"""

from __future__ import annotations

import io
import json
import re
from itertools import islice
from typing import TYPE_CHECKING, Any

import feedparser
from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, to_unicode

from aggregator.errors import ParseError
from aggregator.model.item import ParsedDocument
from aggregator.model.source import Kind
from aggregator.parse import ITEMS_MAX, Parser, first_tag, recorder
from aggregator.parse.entries import Reader, mapping
from aggregator.parse.pace import pace, skipped

if TYPE_CHECKING:
    from aggregator.model.source import Select

recorder.teach()

_ITEM = re.compile(r"<(?:\w{1,20}:)?(?:item|entry)[\s/>]")
_ITEM_END = re.compile(r"</(?:\w{1,20}:)?(?:item|entry)\s*>|<(?:\w{1,20}:)?(?:item|entry)(?:\s[^<>]*)?/>")
_ROOTS = {"rss", "rdf", "feed"}
_START = re.compile(r"<\?xml\s|<(?:[\w.-]+:)?(?:rss|rdf|feed)(?=[\s>])", re.IGNORECASE)
# Escape and shift characters stay: ISO-2022-JP is written with them.
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\x0e\x0f\x1b"))
_REFERENCE = re.compile(r"&#(?:[xX]([0-9a-fA-F]+)|([0-9]+));?")
_ATTRIBUTES_MAX = 1_000  # of one element; feedparser takes minutes for 100,000
_CROWDED = re.compile(
    r"""<[a-zA-Z][^\s/<>]*+(?:[\s/]*+[^\s/<>="']++(?:\s*+=\s*+(?:"[^"<]*+"|'[^'<]*+'|[^\s<>"']*+))?+)"""
    f"{{{_ATTRIBUTES_MAX + 1}}}"
)
_CDATA = re.compile(r"<!\[CDATA\[.*?]]>", re.DOTALL)
_ENTRY = re.compile(r"(?=<(?:[\w.-]+:)?(?:item|entry)[\s>])")
_ONE_BY_ONE_MAX = 20_000_000  # characters parsed anew beside the entries themselves


def recognises(head: str) -> bool:
    """Return whether a document begins as RSS, RDF or Atom, be it after a script's error messages."""
    tag = first_tag(head)
    return tag.rpartition(":")[2] in _ROOTS or (
        tag != "html" and bool(_START.search(head)) and _feed_root(head)
    )


def _feed_root(head: str) -> bool:
    declaration = head.lower().find("<?xml")
    return first_tag(head[max(declaration, 0) :]).rpartition(":")[2] in _ROOTS


def parse(body: bytes, *, url: str, content_type: str, select: Select | None = None) -> ParsedDocument:
    """Return what a feed claims; raise ParseError where there is no feed in it."""
    del select  # for web pages
    faults: list[str] = []
    text = _shortened(_trimmed(_decoded(body, content_type, faults), faults), faults)
    if _CROWDED.search(text) and _CROWDED.search(_CDATA.sub("", text)):
        raise ParseError(
            f"one element has more than {_ATTRIBUTES_MAX} attributes, too many to be read in decent time: "
            f"tell its publisher"
        )
    answer = _ask(text, faults)
    version = str(dict.get(answer, "version") or "")
    entries: list[dict[str, Any]] = dict.get(answer, "entries") or []
    if not version and not entries:
        raise ParseError(
            "it begins like a feed but holds neither a feed's version nor an entry: "
            "see whether the address still gives a feed"
        )
    if trouble := dict.get(answer, "bozo_exception"):
        faults.append(
            f"the XML is not well-formed ({str(trouble).removeprefix('<unknown>:')}); read tolerantly"
        )
        if entries and _cut_off(text):
            # A half item would get another key than the whole one, and come again as a duplicate.
            entries = entries[:-1]
            faults.append("the document is cut off in the middle of an item; that item is left out")
    feed = mapping(dict.get(answer, "feed"))
    reader = Reader(feed, url=url, atom=version.startswith("atom"))
    return ParsedDocument(
        title=reader.title,
        home=reader.home,
        language=str(feed.get("language") or ""),
        items=tuple(reader.items(entries[:ITEMS_MAX], faults)),
        faults=tuple(faults),
        pace=pace(feed, hours=skipped(text, "hour"), days=skipped(text, "day")),
    )


def _shortened(text: str, faults: list[str]) -> str:
    """Return ``text`` without what follows its first ``ITEMS_MAX`` items: the parser would read it all."""
    starts = [match.start() for match in islice(_ITEM.finditer(text), ITEMS_MAX + 1)]
    if len(starts) <= ITEMS_MAX:
        return text
    ends = [match.end() for match in _ITEM_END.finditer(text, starts[-1])]
    held = ITEMS_MAX + sum(1 for _ in _ITEM.finditer(text, starts[-1]))
    faults.append(f"the document holds {held} items; the first {ITEMS_MAX} are taken")
    return text[: starts[-1]] + text[ends[-1] if ends else len(text) :]


PARSER = Parser(kind=Kind.FEED, recognises=recognises, parse=parse)


def _decoded(body: bytes, content_type: str, faults: list[str]) -> str:
    """Return the document as text: as UTF-8 where it is that, whatever it says, else as it says."""
    form = json.detect_encoding(body)
    if form.startswith(("utf-16", "utf-32")):
        return body.decode(form, "replace").removeprefix("\ufeff")
    printable = body.translate(None, _CONTROLS)
    if len(printable) < len(body):
        faults.append(f"{len(body) - len(printable)} control characters that XML forbids were removed")
    declared = http_content_type_encoding(content_type) or html_body_declared_encoding(printable) or "utf-8"
    if declared.startswith(("utf-16", "utf-32")):  # it would show in the zero bytes
        declared = "utf-8"
    if declared == "utf-8" or not printable.isascii():  # ISO-2022-JP looks like ASCII
        try:
            return printable.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            if declared == "utf-8":
                return _damaged(printable, error, faults)
    try:
        return to_unicode(printable, declared)
    except (LookupError, ValueError):  # Python knows "encodings" that are none: base64, undefined
        faults.append(f"its declared encoding {declared} is none for text; read as windows-1252")
        return printable.decode("cp1252", "replace")


def _damaged(body: bytes, error: UnicodeDecodeError, faults: list[str]) -> str:
    """Return what claims to be UTF-8 and is not: UTF-8 with a few bad bytes, or windows-1252.

    Portals shorten descriptions by bytes and cut characters in two; that must not garble the rest.
    """
    text = body.decode("utf-8-sig", "replace")
    wrong = text.count("\ufffd")
    right = sum(1 for char in text if char > "\x7f") - wrong
    if right >= wrong:
        faults.append(f"it is damaged UTF-8, first at byte {error.start}; {wrong} characters were replaced")
        return text
    faults.append(f"it says UTF-8 and is not, first at byte {error.start}; read as windows-1252")
    return body.decode("cp1252", "replace")


def _trimmed(text: str, faults: list[str]) -> str:
    """Return the document from its XML declaration or root element on: nothing may stand before these."""
    start = _START.search(text)
    before = text[: start.start()].strip() if start else ""
    if start and not before:
        return text[start.start() :]
    if start and not before.startswith(("<!", "<?")):
        faults.append(f"before the feed stands what does not belong there: {before[:80]!r}")
        return text[start.start() :]
    return text.lstrip()


def _ask(text: str, faults: list[str]) -> dict[str, Any]:
    """Return feedparser's answer; where it gives up, without what it stumbles over."""
    try:
        return _feedparser(text)
    except ParseError:
        mended = _REFERENCE.sub(_character, text)
    if mended != text:
        faults.append("references to characters that do not exist were removed")
        try:
            return _feedparser(mended)
        except ParseError:
            pass
    return _one_by_one(mended, faults)


def _feedparser(text: str) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = feedparser.parse(
            io.BytesIO(text.encode("utf-8", "replace")),
            response_headers={"content-type": "application/xml; charset=utf-8"},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except Exception as error:  # whatever its handlers met: UnicodeEncodeError, OverflowError, KeyError
        raise ParseError(
            f"feedparser gave up on it ({type(error).__name__}: {error}): tell its publisher"
        ) from error
    return answer


def _one_by_one(text: str, faults: list[str]) -> dict[str, Any]:
    """Return feedparser's answers for the entries alone, put together, without those it gives up on."""
    head, *pieces = _ENTRY.split(text)
    closed = max(text.rfind("</item"), text.rfind("</entry"))
    tail = text[text.find(">", closed) + 1 :] if closed >= 0 else ""
    if len(pieces) * (len(head) + len(tail)) > _ONE_BY_ONE_MAX or "<!ENTITY" in head:  # each may expand
        return _feedparser(text)
    answer = _feedparser(head + tail)
    entries: list[object] = []
    for number, piece in enumerate(pieces, 1):
        try:
            entries += dict.get(_feedparser(head + piece.removesuffix(tail) + tail), "entries") or []
        except ParseError as error:
            faults.append(f"item {number} was lost: {error}")
    return {**dict(answer), "entries": entries}


def _character(reference: re.Match[str]) -> str:
    digits, radix = (reference[1], 16) if reference[1] else (reference[2], 10)
    code = int(digits, radix) if len(digits) <= 8 else -1  # noqa: PLR2004 - U+10FFFF has seven digits
    exists = 0 < code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF  # noqa: PLR2004 - Unicode's last; surrogates
    return reference[0] if exists else ""


def _cut_off(text: str) -> bool:
    opened = max(text.rfind("<item"), text.rfind("<entry"))
    closed = max(text.rfind("</item"), text.rfind("</entry"))
    return opened > closed
