from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aggregator.errors import ParseError
from aggregator.model.source import Kind, Select
from aggregator.parse import ITEMS_MAX, beginning, first_tag
from aggregator.parse.html import MARKUP_MAX, printable
from aggregator.parse.syndication import FAULTS_MAX, PARSERS, PER_ITEM_MAX, parse, quick

if TYPE_CHECKING:
    from aggregator.model.item import ParsedDocument, ParsedItem

URL = "https://kabar.example.id/feed/"
FEED = b'<rss version="2.0"><channel><title>K</title><item><guid>1</guid></item></channel></rss>'
JSON = b'{"version": "https://jsonfeed.org/version/1.1", "title": "K", "items": [{"id": "1"}]}'
PAGE = b'<!DOCTYPE html><title>K</title><ul><li><a href="/1">Satu</a></li></ul>'
SELECT = Select(item="li")
CASES = [
    p.read_bytes() for p in sorted((Path(__file__).parent / "cases").iterdir()) if "expected" not in p.name
]


def read(
    body: bytes, kind: Kind | None = None, select: Select | None = None, content_type: str = ""
) -> ParsedDocument:
    return parse(body, url=URL, content_type=content_type, kind=kind, select=select)


@pytest.mark.parametrize("kind", [None, Kind.FEED, Kind.JSON, Kind.HTML])
@pytest.mark.parametrize(("body", "is_kind"), [(FEED, Kind.FEED), (JSON, Kind.JSON), (PAGE, Kind.HTML)])
def test_the_kind_is_found_out_unless_given(body: bytes, is_kind: Kind, kind: Kind | None) -> None:
    if kind in {None, is_kind}:
        assert read(body, kind, SELECT).title == "K"
    else:
        with pytest.raises(
            ParseError, match=f"configured as 'type: {kind}': correct the address or the type"
        ):
            read(body, kind, SELECT)


def test_the_content_type_decides_nothing() -> None:
    for body, wrong in ((FEED, "text/html"), (JSON, "application/rss+xml"), (PAGE, "application/json")):
        assert read(body, select=SELECT, content_type=wrong).title == "K"


@pytest.mark.parametrize("way", ["quick", "tolerant", "json"])
def test_of_an_item_with_very_many_categories_authors_and_files_the_first_are_taken(way: str) -> None:
    numbers = range(PER_ITEM_MAX + 1)
    if way == "json":
        tags, people = [f"c{number}" for number in numbers], [{"name": f"a{number}"} for number in numbers]
        files = [{"url": f"https://k.id/{number}"} for number in numbers]
        full = {"id": "1", "tags": tags, "authors": people, "attachments": files}
        whole = {"version": "https://jsonfeed.org/version/1.1", "items": [full, {"id": "2"}]}
        document = read(json.dumps(whole).encode())
    else:
        crowd = "".join(
            f"<category>c{number}</category><dc:creator>a{number}</dc:creator>"
            f"<enclosure url='https://k.id/{number}'/>"
            for number in numbers
        )
        feed = (
            "<rss version='2.0' xmlns:dc='http://purl.org/dc/elements/1.1/'><channel>"
            f"<item><guid>1</guid>{crowd}</item><item><guid>2</guid></item></channel></rss>"
        ).encode()
        assert quick(feed, url=URL, content_type="")
        document = read(feed if way == "quick" else feed.replace(b"<guid>2", b"&nbsp;<guid>2"))
    item, other = document.items
    assert item.categories == tuple(f"c{number}" for number in range(PER_ITEM_MAX))
    assert len(item.enclosures) == PER_ITEM_MAX
    assert 0 < len(item.authors) <= PER_ITEM_MAX  # feedparser keeps one creator
    assert not other.categories
    assert document.faults[-1] == (
        f"items with more than {PER_ITEM_MAX} categories, authors, enclosures or links: 1; "
        f"the first {PER_ITEM_MAX} of each are taken"
    )


def test_every_kind_has_one_parser() -> None:
    assert sorted(parser.kind for parser in PARSERS) == sorted(Kind)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param(b"", "empty \\(0 bytes\\)", id="empty"),
        pytest.param(b"\xef\xbb\xbf \n", "empty \\(5 bytes\\)", id="blank"),
        pytest.param(b"tidak ada", "has no markup, and it begins 'tidak ada'", id="text"),
        pytest.param(b"<?xml version='1.0'?><Error/>", "first element is <error>", id="other XML"),
        pytest.param(b"<!-- endless", "has no markup", id="unclosed comment"),
        pytest.param(
            b"<!DOCTYPE html><title>Just a moment...</title>", "titled 'Just a moment...'", id="challenge"
        ),
        pytest.param(b"[]", "it is an array", id="array"),
        pytest.param(b"<rss", "neither a feed's version nor an entry", id="half a root"),
    ],
)
def test_what_is_no_feed_is_refused_with_a_word_on_what_it_is(body: bytes, message: str) -> None:
    with pytest.raises(ParseError, match=message):
        read(body)


def test_a_page_without_selectors_says_what_to_do() -> None:
    with pytest.raises(
        ParseError, match="give the feed's own address, or configure 'type: html' with 'select'"
    ):
        read(PAGE)


def test_a_page_that_offers_a_feed_says_which() -> None:
    link = b'<link rel="alternate" type="application/%s" href="%s">'
    page = b"<!DOCTYPE html>" + link % (b"rss+xml", b"feed:x") + link % (b"atom+xml", b"atom/")
    with pytest.raises(
        ParseError, match=r"it offers https://kabar\.example\.id/feed/atom/; give that address"
    ):
        read(page)


def test_a_fragment_is_a_listing_where_that_is_configured() -> None:
    assert (
        read(b'teks <li><a href="/1">Satu</a></li>', Kind.HTML, SELECT).items[0].link
        == "https://kabar.example.id/1"
    )


@pytest.mark.parametrize(
    ("head", "tag"),
    [
        ("", ""), ("teks", ""), ("<", ""), ("< rss>", ""), ("<!-- <a> --><B>", "b"),
        ("<?xml?><!DOCTYPE x [<!ENTITY a 'b'>]><x:Y z>", "x:y"),
        ("<!doctype HTML PUBLIC><feed>", "html"), ("<!-- a", ""), ("<?a", ""), ("x < y <rss>", "rss"),
    ],
)  # fmt: skip
def test_first_tag(head: str, tag: str) -> None:
    assert first_tag(head) == tag


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_the_beginning_is_read_in_every_unicode_encoding(encoding: str) -> None:
    assert beginning("\r\n <rss>".encode(encoding)) == "<rss>"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            b"<rss version='2.0'>" + b"<item><guid>1</guid></item>" * (ITEMS_MAX + 1) + b"</rss>", id="feed"
        ),
        pytest.param(
            JSON.replace(b'[{"id": "1"}]', b"[" + b'{"id": "1"},' * ITEMS_MAX + b'{"id": 2}]'), id="json"
        ),
        pytest.param(
            b"<!DOCTYPE html>" + b"".join(b"<li><a href='/%d'>x</a></li>" % n for n in range(ITEMS_MAX + 1)),
            id="html",
        ),
    ],
)
def test_no_more_items_are_taken_than_is_decent(body: bytes) -> None:
    document = read(body, select=SELECT)
    assert len(document.items) == ITEMS_MAX
    assert any(
        f"holds {ITEMS_MAX + 1} items; the first {ITEMS_MAX} are taken" in line for line in document.faults
    )


def test_long_texts_are_cut_and_many_faults_are_counted() -> None:
    entries = (
        b"<item></item>" * (FAULTS_MAX + 5)
        + b"<item><description>"
        + b"x" * (MARKUP_MAX + 1)
        + b"</description></item>"
    )
    document = read(b"<rss version='2.0'><channel>" + entries + b"</channel></rss>")
    assert [len(item.summary.value) for item in document.items] == [MARKUP_MAX]
    assert len(document.faults) == FAULTS_MAX + 1
    assert document.faults[-1] == "and 5 more"


@pytest.mark.parametrize(
    "tag", ["id", "id-ID", "zh-Hant-TW", "id_ID", "bahasa indonesia", "<b>", "x" * 36, "é"]
)
def test_a_language_is_a_tag_or_nothing(tag: str) -> None:
    document = read(
        f"<rss version='2.0'><channel><language><![CDATA[{tag}]]></language></channel></rss>".encode()
    )
    assert document.language in {tag.replace("_", "-"), ""}
    assert (document.language == "") == (tag in {"bahasa indonesia", "<b>", "x" * 36, "é"})


def texts(item: ParsedItem) -> list[str]:
    people = [text for person in item.authors for text in (person.name, person.email, person.url)]
    files = [text for file in item.enclosures for text in (file.url, file.type)]
    return [
        item.id, item.link, item.title.value, item.image, item.language, item.comments, item.rights,
        *people, *files, *item.categories, *(claim.text for claim in item.dates),
    ]  # fmt: skip


def check(body: bytes, content_type: str) -> None:
    """Whatever comes in: a clean document or a ParseError that can be printed."""
    try:
        document = read(body, select=SELECT, content_type=content_type)
    except ParseError as error:
        assert str(error).isprintable()  # noqa: PT017 - either outcome is right
        return
    lines = [document.title, document.home, document.language, *document.faults]
    for item in document.items:
        lines += texts(item)
        assert printable(item.content.value) == item.content.value
        assert printable(item.summary.value) == item.summary.value
        for url in (item.link, item.image, item.comments, *(file.url for file in item.enclosures)):
            assert url == "" or url.startswith(("http://", "https://"))
    for line in lines:
        assert printable(line) == line
        assert "\n" not in line


CONTENT_TYPES = st.sampled_from(
    [
        "",
        "text/xml",
        "application/rss+xml; charset=utf-16",
        "text/html; charset=hex",
        "text/xml; charset=undefined",
    ]
)


@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"<rss version='2.0'>", b"<feed>", b"{", b"<html>"]),
    CONTENT_TYPES,
)
def test_any_bytes_are_a_document_or_a_parse_error(body: bytes, start: bytes, content_type: str) -> None:
    check(start + body, content_type)


_TOKENS = st.sampled_from(
    [
        b"<item>", b"</item>", b"<entry>", b"</entry>", b"<title>", b"</title>", b"<link/>", b"<category>",
        b"<source>", b"</source>",
        b"<image>", b"</media:player>", b"<title_detail>x</title_detail>", b"<authors>x</authors>",
        b"<links a='1'/>", b"<image a='1'/>",
        b"&#xD800;", b"&#99999999999;", b"&#x;", b"&", b"<", b"<![CDATA[", b"]]>", b"<!--",
        b" xml:base='http://['", b"\x00", b"\xff",
        b'"', b"\\ud800", b"1e999", b"<li>", b"<media:content url='http://['/>", b"<textinput>",
        b"<newlocation>x</newlocation>",
    ]
)  # fmt: skip


@given(st.sampled_from(CASES), st.lists(st.tuples(st.integers(0, 3_000), _TOKENS), max_size=5), CONTENT_TYPES)
@example(FEED, [(46, b"</item></media:player>")], "")
def test_any_damage_to_a_document_is_survived(
    body: bytes, damage: list[tuple[int, bytes]], content_type: str
) -> None:
    for at, token in damage:
        body = body[:at] + token + body[at:]
    check(body, content_type)
