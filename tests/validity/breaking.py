"""Break a perfect document in one place, to see that a rule notices."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.validity.rule import Rules

PERFECT = Path(__file__).with_name("perfect")
BASE = "https://kabar.example.id/feeds/logistik"

#: A rule, what stands in the perfect document, and what stands there instead.
Break = tuple[str, str, str]

#: What breaks any XML format.
XML = [
    ("is_well_formed", "</title>", "</titel>"),
    ("is_well_formed", "</title>", "&nbsp;</title>"),
    ("is_well_formed", "</title>", "\x0b</title>"),
    ("has_an_xml_declaration", "<?xml", "\n<?xml"),
    ("has_an_xml_declaration", '<?xml version="1.0" encoding="UTF-8"?>', ""),
    ("has_an_xml_declaration", ' encoding="UTF-8"', ""),
    ("is_utf_8", 'encoding="UTF-8"', 'encoding="ISO-8859-1"'),
    ("has_no_doctype", "?>\n", "?>\n<!DOCTYPE rss [<!ENTITY nbsp '&#160;'>]>\n"),
    ("has_no_bad_characters", "</title>", "\ufffd</title>"),
    ("has_no_bad_characters", "</title>", "&#x93;</title>"),
    ("namespaces_are_known", ' version="2.0"', ' xmlns:own="https://own.example/" version="2.0"'),
    (
        "prefixes_are_the_usual_ones",
        ' version="2.0"',
        ' xmlns:m="http://search.yahoo.com/mrss/" version="2.0"',
    ),
    (
        "prefixes_are_the_usual_ones",
        ' version="2.0"',
        ' xmlns:dcterms="http://purl.org/dc/elements/1.1/" version="2.0"',
    ),
    (
        "namespaces_are_declared_once",
        "<title>",
        '<title xmlns:m="http://x.example/" xmlns:n="http://x.example/">',
    ),
    (
        "what_nobody_checks_is_used",
        "<title>",
        '<title xmlns:own="http://purl.org/atompub/tombstones/1.0" a="2.0">',
    ),
    ("nothing_is_blank", "</title>", "</title><title> </title>"),
    ("elements_are_defined", "</title>", "</title><titel>x</titel>"),
]


def perfect(name: str) -> str:
    """Return a perfect document."""
    return (PERFECT / name).read_text(encoding="utf-8")


def breaks(name: str, old: str, new: str) -> bytes:
    """Return the perfect document ``name`` with the first ``old`` replaced by ``new``."""
    text = perfect(name)
    assert old in text, f"{name} has no {old!r}"
    return text.replace(old, new, 1).encode()


def caught(module: Any, body: bytes, **how: str) -> set[str]:
    """Return the names of the rules that find a fault."""
    return {fault.rule for fault in module.check(body, **how)}


def untried(rules: Rules[Any], tried: Iterable[Break], *others: str) -> set[str]:
    """Return the rules that no break is for."""
    return rules.named.keys() - {name for name, _, _ in tried} - set(others)
