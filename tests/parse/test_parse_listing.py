from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aggregator.errors import ParseError
from aggregator.model.source import Kind, Select
from aggregator.parse.syndication import parse

if TYPE_CHECKING:
    from aggregator.model.item import ParsedDocument

URL = "https://portal.example.id/logistik/"


def read(body: str, select: Select, content_type: str = "text/html; charset=utf-8") -> ParsedDocument:
    return parse(f"<html>{body}".encode(), url=URL, content_type=content_type, kind=Kind.HTML, select=select)


@pytest.mark.parametrize(
    "field", ["item", "container", "title", "link", "date", "category", "summary", "author", "image"]
)
def test_an_invalid_selector_is_named(field: str) -> None:
    fields = {"item": "li", field: "li[[@x"}
    with pytest.raises(ParseError, match=rf"'select\.{field}: li\[\[.*' is no valid CSS selector"):
        read("<li><a href=/1>Satu</a></li>", Select(**fields))


def test_a_selector_that_no_text_can_be_is_invalid() -> None:
    with pytest.raises(ParseError, match="no valid CSS selector"):
        read("<li>", Select(item="\ud800"))


@pytest.mark.parametrize(
    ("field", "selector"),
    [("container", "ol"), ("item", "article"), ("title", "h2"), ("link", "a.judul@href"), ("link", "")],
)
def test_a_selector_that_finds_nothing_is_named(field: str, selector: str) -> None:
    fields = {"item": "li", field: selector}
    with pytest.raises(ParseError, match=f"'select.{field}: {selector}' finds nothing"):
        read("<ul><li><a href=/1>Satu</a></li></ul>", Select(**fields))


def test_several_containers_are_read() -> None:
    body = "<ul><li><a href=/1>Satu</a></ul><ol><li><a href=/x>Iklan</a></ol><ul><li><a href=/2>Dua</a></ul>"
    document = read(body, Select(container="ul", item="li"))
    assert [item.title.value for item in document.items] == ["Satu", "Dua"]


def test_the_first_address_that_leads_anywhere_is_the_link() -> None:
    nowhere = "<a name=x></a><a href=#top>^</a><a href='javascript:x'>x</a>"
    body = f"<li>{nowhere}<a href=' /1 '>Satu</a><a href=/2>Dua</a></li>"
    (item,) = read(body, Select(item="li", link="a")).items
    assert (item.link, item.title.value) == ("https://portal.example.id/1", "Satu")


def test_an_at_sign_inside_a_selector_is_not_an_attribute() -> None:
    body = '<li><a href="/1">Satu</a><b data-x="@redaksi">Rudi</b></li>'
    (item,) = read(body, Select(item="li", author='b[data-x="@redaksi"]')).items
    assert [person.name for person in item.authors] == ["Rudi"]


@pytest.mark.parametrize(
    ("image", "url"),
    [
        ("<img src=/a.jpg>", "https://portal.example.id/a.jpg"),
        ("<img src='data:image/gif;base64,R0' data-src=/b.jpg>", "https://portal.example.id/b.jpg"),
        ("<img data-lazy-src=/c.jpg src=''>", "https://portal.example.id/c.jpg"),
        ("<img srcset=' /d.jpg 300w, /e.jpg 600w'>", "https://portal.example.id/d.jpg"),
        ("<img srcset=' , '>", ""),
        ("<img src='data:x'><img src=/f.jpg>", "https://portal.example.id/f.jpg"),
        ("<img>", ""),
        ("", ""),
    ],
)
@pytest.mark.parametrize("selector", ["img", "img@src"])
def test_lazy_images_are_found(image: str, url: str, selector: str) -> None:
    (item,) = read(f"<li><a href=/1>Satu</a>{image}</li>", Select(item="li", image=selector)).items
    assert item.image == url


def test_label_and_date_glued_together_stay_as_the_reader_sees_them() -> None:
    body = "<li><a href=/1>Satu</a><div><span>Logistik</span><span>2 hours ago</span></div></li>"
    (item,) = read(body, Select(item="li", date="div", category="span")).items
    assert [claim.text for claim in item.dates] == ["Logistik2 hours ago"]
    assert item.categories == ("Logistik", "2 hours ago")


@pytest.mark.parametrize("base", ["http://[", "javascript:x", ""])
def test_a_broken_base_is_ignored(base: str) -> None:
    (item,) = read(
        f"<head><base href='{base}'></head><li><a href=satu>Satu</a></li>", Select(item="li")
    ).items
    assert item.link == "https://portal.example.id/logistik/satu"


def test_an_empty_field_is_passed_over_for_the_next() -> None:
    body = "<li><a href=/1><img></a><h2> </h2><h2>Satu</h2></li>"
    (item,) = read(body, Select(item="li", title="h2")).items
    assert item.title.value == "Satu"


def test_a_page_made_to_be_slow_is_refused() -> None:
    with pytest.raises(ParseError, match="to be read in decent time"):
        read("<div>" * 100_000, Select(item="li"))


def test_a_charset_that_is_none_is_ignored() -> None:
    (item,) = read("<li><a href=/1>Café</a></li>", Select(item="li"), "text/html; charset=hex").items
    assert item.title.value == "Café"
