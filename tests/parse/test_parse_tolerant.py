from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aggregator.errors import ParseError
from aggregator.model.item import Claim, Origin, ParsedDocument, Person
from aggregator.parse import ITEMS_MAX
from aggregator.parse.syndication import parse
from aggregator.parse.tolerant import PARSER

if TYPE_CHECKING:
    from pathlib import Path

    from tests.parse.guards import Recorder

URL = "https://kabar.example.id/feed/"
NAMESPACES = (
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/" '
    'xmlns:geo="http://www.w3.org/2003/01/geo/wgs84_pos#"'
)


def rss(channel: str) -> bytes:
    return f'<rss version="2.0" {NAMESPACES}><channel>{channel}</channel></rss>'.encode()


def read(body: bytes, content_type: str = "application/rss+xml") -> ParsedDocument:
    return parse(body, url=URL, content_type=content_type)


@pytest.mark.parametrize("tag", ["item", "entry", "x:item"])
def test_of_very_many_items_the_first_are_read_in_one_line_of_faults(tag: str) -> None:
    root = "feed xmlns='http://www.w3.org/2005/Atom'" if tag == "entry" else "rss version='2.0' xmlns:x='x'"
    items = "".join(f"<{tag}><title>{number}</title></{tag}>" for number in range(ITEMS_MAX + 9))
    body = f"<{root}><channel>{items}<title>Kabar</title></channel></{root.split(maxsplit=1)[0]}>"
    document = parse(body.encode(), url="https://k.id/", content_type="")
    assert document.faults[:1] == (
        f"the document holds {ITEMS_MAX + 9} items; the first {ITEMS_MAX} are taken",
    )
    assert not any("well-formed" in fault for fault in document.faults)
    assert tag == "x:item" or document.items[-1].title.value == str(ITEMS_MAX - 1)


def test_items_with_nothing_in_them_count_as_well() -> None:
    body = (
        "<rss version='2.0'><channel>" + "<item/>" * (ITEMS_MAX + 9) + "<title>Kabar</title></channel></rss>"
    )
    document = parse(body.encode(), url="https://k.id/", content_type="")
    assert document.title == "Kabar"
    assert document.faults[:2] == (
        f"the document holds {ITEMS_MAX + 9} items; the first {ITEMS_MAX} are taken",
        "item 1 has neither id, link, title nor text; left out",
    )


def test_of_very_many_items_in_a_document_that_is_cut_off_too() -> None:
    body = "<rss version='2.0'><channel>" + "<item><title>x</title>" * (ITEMS_MAX + 2)
    document = parse(body.encode(), url="https://k.id/", content_type="")
    assert any("the first" in fault for fault in document.faults)


def test_nothing_is_ever_fetched(server: Recorder) -> None:
    address = server.address
    entities = f'<!ENTITY e SYSTEM "{address}/entity"><!ENTITY % p SYSTEM "{address}/parameter"> %p;'
    declarations = (
        f'<?xml-stylesheet href="{address}/style"?><!DOCTYPE rss SYSTEM "{address}/dtd" [{entities}]>'
    )
    item = f'<title>a&e;b</title><link>x</link><enclosure url="{address}/file" type="image/png"/>'
    moved = f"<newLocation>{address}/moved</newLocation>"
    bodies = [
        f"{address}/body",
        f'{declarations}<rss xml:base="{address}/base/"><channel><item>{item}</item></channel></rss>',
        f'<feed version="0.3">{moved}<entry><content src="{address}/content"/></entry></feed>',
    ]
    for body in bodies:
        for call in (read, lambda body: PARSER.parse(body, url=address, content_type="", select=None)):
            try:
                call(body.encode())
            except ParseError:
                continue
    assert server.hits == []


def test_no_file_is_ever_opened(tmp_path: Path) -> None:
    file = tmp_path / "feed.xml"
    file.write_bytes(rss("<title>Rahasia</title><item><title>Rahasia</title></item>"))
    for body in (str(file), file.as_uri()):
        with pytest.raises(ParseError):
            read(body.encode())
        with pytest.raises(ParseError):
            PARSER.parse(body.encode(), url=URL, content_type="", select=None)
    entity = f'<!DOCTYPE r [<!ENTITY e SYSTEM "{file.as_uri()}">]>'.encode()
    assert "Rahasia" not in repr(read(entity + rss("<item><title>a&e;b</title></item>")))


def test_updated_is_never_lent_from_published() -> None:
    document = read(rss("<item><guid>1</guid><pubDate>Rab, 20 Nov 2024 14:30 WIB</pubDate></item>"))
    assert document.items[0].dates == (Claim(origin=Origin.PUBLISHED, text="Rab, 20 Nov 2024 14:30 WIB"),)


def test_an_item_that_feedparser_stumbles_over_costs_only_itself() -> None:
    good = "<item><guid>{}</guid><title>Utuh</title></item>"
    document = read(
        rss(
            good.format(1) + "<item><guid>2</guid></media:player><geo:lat>x</geo:lat></item>" + good.format(3)
        )
    )
    assert [item.id for item in document.items] == ["1", "3"]
    assert any(fault.startswith("item 2 was lost: feedparser gave up on it") for fault in document.faults)


def test_a_stumble_beside_an_impossible_character_is_survived_too() -> None:
    items = "<item><title>a&#xD800;b</title></item><item></media:player></item>"
    document = read(rss(items))
    assert [item.title.value for item in document.items] == ["ab"]
    assert document.faults[0] == "references to characters that do not exist were removed"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(rss("</media:player><item><guid>1</guid></item>"), id="in the channel"),
        pytest.param(
            rss("x" * 300_000 + "<item></media:player></item>" * 100), id="too much to try one by one"
        ),
    ],
)
def test_a_feed_that_feedparser_stumbles_over_is_a_parse_error(body: bytes) -> None:
    with pytest.raises(ParseError, match="feedparser gave up on it"):
        read(body)


def test_a_cut_off_feed_without_items_is_read() -> None:
    assert read(b"<rss version='2.0'><channel><title>K</title><it").title == "K"


def test_several_authors() -> None:
    creators = "".join(f"<dc:creator>{name}</dc:creator>" for name in ("Ani", " Budi ", ""))
    document = read(rss(f"<item>{creators}<author/><guid>1</guid></item>"))
    assert document.items[0].authors == (Person(name="Ani"), Person(name="Budi"))


def test_no_author_is_nobody() -> None:
    categories = "<category> </category><category>&lt;br&gt;</category>"
    document = read(rss(f"<item><author></author>{categories}<guid>1</guid></item>"))
    assert document.items[0].authors == ()
    assert document.items[0].categories == ()


@pytest.mark.parametrize("length", ["", "0", "-1", "1.5", "banyak", "9" * 17, "9" * 16, "٣"])
def test_a_length_that_is_none_is_unknown(length: str) -> None:
    item = read(rss(f'<item><enclosure url="/a.mp3" length="{length}"/><guid>1</guid></item>')).items[0]
    assert [file.length for file in item.enclosures] == [None]


def test_the_charset_of_the_header_is_believed_where_the_bytes_allow_it() -> None:
    body = rss("<item><title>Kota “Ambon”</title></item>")
    assert read(body, "text/xml; charset=iso-8859-1").items[0].title.value == "Kota “Ambon”"
    latin = body.decode().encode("cp1252")
    assert read(latin, "text/xml; charset=iso-8859-1").items[0].title.value == "Kota “Ambon”"
    assert read(latin, "text/xml; charset=undefined").items[0].title.value == "Kota “Ambon”"
    assert read(body, "text/xml; charset=utf-16").items[0].title.value == "Kota “Ambon”"
