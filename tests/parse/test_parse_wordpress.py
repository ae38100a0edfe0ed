from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.errors import ParseError
from aggregator.model.item import Claim, Origin, ParsedDocument, Person, Text
from aggregator.model.source import Kind
from aggregator.parse import ITEMS_MAX
from aggregator.parse.html import plain, printable
from aggregator.parse.syndication import parse
from aggregator.parse.wordpress import PARSER
from tests.parse.guards import strings

URL = "https://kabar.example.id/wp-json/wp/v2/posts?per_page=50&_embed"
POST = {
    "id": 7,
    "date": "2024-11-20T14:30:00",
    "date_gmt": "2024-11-20T07:30:00",
    "guid": {"rendered": "https://kabar.example.id/?p=7"},
    "link": "https://kabar.example.id/kapal/",
    "title": {"rendered": "Kapal"},
}
FEED = b'<rss version="2.0"><channel><title>K</title><item><guid>1</guid></item></channel></rss>'


def read(document: Any, kind: Kind | None = Kind.WORDPRESS, url: str = URL) -> ParsedDocument:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return parse(body, url=url, content_type="application/json", kind=kind)


def dates(**fields: Any) -> list[tuple[Origin, str]]:
    (item,) = read([{"title": {"rendered": "x"}, **fields}]).items
    return [(claim.origin, claim.text) for claim in item.dates]


@pytest.mark.parametrize(
    ("head", "recognised"),
    [
        (json.dumps([POST]), True),
        (json.dumps([POST], indent=4)[:200], True),
        ('[{"id":7,"guid":{"rendered":"x"', True),
        ('{"code":"rest_no_route","message"', True),
        ('{"code":"other","message"', False),
        ('[{"id":"7","date_gmt":"x"', False),
        ('[{"id":7,"guid":"x"', False),
        ('[{"id":7,"title":"\\"date_gmt\\":"', False),
        ('[{"date_gmt":"x"', False),
        ('{"id":7,"date_gmt":"x"', False),
        ("[]", False),
        ('[[{"id":7,"date_gmt":"x"', False),
    ],
)
def test_a_list_of_posts_is_recognised(head: str, recognised: bool) -> None:  # noqa: FBT001
    assert PARSER.recognises(head) is recognised


@pytest.mark.parametrize("kind", [None, Kind.WORDPRESS])
def test_the_kind_need_not_be_said(kind: Kind | None) -> None:
    assert [item.link for item in read([POST], kind).items] == [POST["link"]]


def test_no_posts_are_no_error_where_posts_are_expected() -> None:
    assert read([]).items == ()
    with pytest.raises(ParseError, match="this JSON is no JSON Feed: it is an array"):
        read([], None)


@pytest.mark.parametrize(
    ("kind", "document", "what"),
    [
        (Kind.JSON, [POST], "this is an answer of a WordPress API"),
        (Kind.FEED, [POST], "this is an answer of a WordPress API"),
        (Kind.WORDPRESS, FEED, "this is an RSS or Atom feed"),
        (Kind.WORDPRESS, b"<!DOCTYPE html><title>Masuk</title>", "this is a web page"),
    ],
)
def test_another_kind_than_configured_is_named(kind: Kind, document: Any, what: str) -> None:
    with pytest.raises(ParseError, match=f"{what} .* configured as 'type: {kind}'"):
        read(document, kind)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        pytest.param(
            {"code": "rest_no_route", "message": "Tidak ada <b>rute</b>\u200b", "data": {"status": 404}},
            r"error, 'rest_no_route: Tidak ada <b>rute</b>\\u200b': its REST API is switched off or closed, "
            r"or the address is another one: use the site's feed",
            id="error",
        ),
        pytest.param({"code": "rest_forbidden", "message": 7}, "error, 'rest_forbidden': its", id="bare"),
        pytest.param(
            {"name": "Kabar", "namespaces": ["wp/v2"], "routes": {}},
            r"but the index of a WordPress API: give an address such as https://…/wp-json/wp/v2/posts\?per_page",
            id="index",
        ),
        pytest.param(POST, "but an object with the keys 'id', 'date', 'date_gmt', 'guid'", id="one post"),
        pytest.param({}, "but an object with no keys", id="empty object"),
        pytest.param(
            [{"id": 3, "link": "https://kabar.example.id/laut/", "name": "Laut"}],
            r"holds no WordPress posts \(its first entry is an object with the keys 'id', 'link', 'name'\)",
            id="categories",
        ),
        pytest.param([["x"], 1], "its first entry is an array", id="arrays"),
        pytest.param([None, 1], "its first entry is the value 'None'", id="values"),
        pytest.param(b'[{"id": 1, "title": ', "no JSON: Expecting value at line 1, column 21", id="cut"),
        pytest.param(b"[" * 100_000, "nested too deep", id="deep array"),
        pytest.param(b'[{"id":1,"guid":' * 100_000, "nested too deep", id="deep posts"),
        pytest.param(b"\x1f\x8b\x08\x00" + bytes(9), "is a compressed file", id="gzip"),
    ],
)
def test_what_holds_no_posts_says_what_it_is(document: Any, message: str) -> None:
    with pytest.raises(ParseError, match=message) as caught:
        read(document)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("document", ['"x"', "12", "null", "1e999"])
def test_json_that_is_neither_list_nor_object(document: str) -> None:
    with pytest.raises(ParseError, match="no list of WordPress posts but the value"):
        PARSER.parse(document.encode(), url=URL, content_type="", select=None)


@pytest.mark.parametrize(
    ("written", "claimed"),
    [
        ("2024-11-20T07:30:00", "2024-11-20T07:30:00Z"),
        (" 2024-11-20 07:30:00 ", "2024-11-20 07:30:00Z"),
        ("2024-11-20", "2024-11-20Z"),
        ("2024-11-20T07:30:00Z", "2024-11-20T07:30:00Z"),
        ("2024-11-20T07:30:00+00:00", "2024-11-20T07:30:00+00:00"),
        ("2024-11-20T14:30:00+0700", "2024-11-20T14:30:00+0700"),
        ("", ""),
        ("  ", ""),
        ("0000-00-00T00:00:00", ""),
        ("0000-00-00 00:00:00", ""),
        (None, ""),
        (1732087800, ""),
        ({"rendered": "x"}, ""),
    ],
)
def test_a_gmt_date_is_utc(written: object, claimed: str) -> None:
    assert dates(date_gmt=written) == ([(Origin.WORDPRESS, claimed)] if claimed else [])
    assert dates(modified_gmt=written) == ([(Origin.UPDATED, claimed)] if claimed else [])


def test_dates_come_best_first_and_local_ones_stay_as_written() -> None:
    fields = {"modified_gmt": "2024-11-20T08:00:00", "modified": "2024-11-20T15:00:00", **POST}
    assert read([fields]).items[0].dates == (
        Claim(origin=Origin.WORDPRESS, text="2024-11-20T07:30:00Z"),
        Claim(origin=Origin.UPDATED, text="2024-11-20T08:00:00Z"),
    )
    del fields["modified_gmt"], fields["date_gmt"]
    assert read([fields]).items[0].dates == (
        Claim(origin=Origin.PUBLISHED, text="2024-11-20T14:30:00"),
        Claim(origin=Origin.UPDATED, text="2024-11-20T15:00:00"),
    )


def test_the_id_is_the_one_of_the_site_s_feed() -> None:
    guid = {"guid": {"rendered": "https://kabar.example.id/?post_type=foto&#038;p=7"}}
    same, without = read([POST | guid, {**POST, "guid": {}}]).items
    assert same.id == "https://kabar.example.id/?post_type=foto&p=7"
    assert without.id == without.link == POST["link"]


@pytest.mark.parametrize(
    ("status", "taken"),
    [("publish", True), ("", True), (None, True), (5, True), ("draft", False), ("private", False)],
)
def test_only_what_is_published_is_taken(status: object, taken: bool) -> None:  # noqa: FBT001
    document = read([{**POST, "status": status}])
    assert len(document.items) == taken
    assert document.faults == (
        () if taken else ("1 posts are not published: drafts, private or still to come; left out",)
    )


def test_what_a_password_protects_is_not_there() -> None:
    texts = {name: {"rendered": f"<p>{name}</p>", "protected": True} for name in ("content", "excerpt")}
    (item,) = read([{**POST, **texts}]).items
    assert (item.summary, item.content) == (Text(value=""), Text(value=""))
    texts["excerpt"]["protected"] = "ya"  # a wrong type counts as absent
    (item,) = read([{**POST, **texts}]).items
    assert (item.summary.value, item.content.value) == ("<p>excerpt</p>", "")


def test_what_is_embedded_is_taken_and_what_could_not_be_is_passed_over() -> None:
    refused = {"code": "rest_forbidden", "message": "Maaf", "data": {"status": 401}}
    embedded = {
        "author": [refused, {"name": "Sari &amp; Budi", "url": "https://sari.example.id/"}, {"name": " "}],
        "wp:term": [
            [{"name": "Laut &amp; Darat", "taxonomy": "category"}, refused],
            [{"name": "peti kemas", "taxonomy": "post_tag"}, {"name": "x", "taxonomy": "post_format"}],
        ],
        "wp:featuredmedia": [
            refused,
            {"source_url": "/film.mp4", "mime_type": "video/mp4"},
            {"source_url": "/kapal.webp", "mime_type": "image/webp", "alt_text": "Kapal"},
        ],
    }
    (item,) = read([{**POST, "_embedded": embedded}]).items
    assert item.authors == (Person(name="Sari & Budi", url="https://sari.example.id/"),)
    assert item.categories == ("Laut & Darat", "peti kemas")
    assert item.image == "https://kabar.example.id/kapal.webp"


@pytest.mark.parametrize(
    ("url", "home"),
    [
        (URL, "https://kabar.example.id/"),
        ("https://kabar.example.id/blog/wp-json/wp/v2/posts", "https://kabar.example.id/blog/"),
        ("https://kabar.example.id/?rest_route=/wp/v2/posts", ""),
    ],
)
def test_the_home_page_is_where_the_api_belongs(url: str, home: str) -> None:
    assert read([POST], url=url).home == home


def test_no_more_posts_are_taken_than_is_decent() -> None:
    document = read([POST] * 20_000)
    assert len(document.items) == ITEMS_MAX
    assert document.faults == (f"the document holds 20000 items; the first {ITEMS_MAX} are taken",)


def test_numbers_that_python_refuses_cost_nothing() -> None:
    body = json.dumps([POST]).replace('"id": 7', f'"id": 7{"1" * 5_000}, "x": NaN, "y": -1e999').encode()
    assert len(read(body).items) == 1


def test_bytes_that_are_no_utf_8_cost_their_character() -> None:
    body = json.dumps([{**POST, "title": {"rendered": "Café"}}], ensure_ascii=False).encode("cp1252")
    assert plain(read(body).items[0].title) == "Caf\ufffd"


def check(body: bytes) -> None:
    """Whatever comes in: a clean document or a ParseError that can be printed."""
    try:
        document = read(body)
    except ParseError as error:
        assert str(error).isprintable()  # noqa: PT017 - either outcome is right
        return
    assert all(printable(text) == text for text in strings(asdict(document)))
    for address in (url for item in document.items for url in (item.link, item.image)):
        assert address == "" or address.startswith(("http://", "https://"))


_ANY = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
_RENDERED = st.fixed_dictionaries({"rendered": _ANY}, optional={"protected": _ANY})
_EMBEDDED = st.fixed_dictionaries(
    {},
    optional={
        "author": _ANY
        | st.lists(st.fixed_dictionaries({"name": _ANY}, optional={"url": _ANY, "link": _ANY})),
        "wp:term": _ANY | st.lists(st.lists(st.fixed_dictionaries({"name": _ANY, "taxonomy": _ANY}))),
        "wp:featuredmedia": _ANY
        | st.lists(st.fixed_dictionaries({"source_url": _ANY}, optional={"mime_type": _ANY})),
    },
)
_POSTS = st.lists(
    _ANY
    | st.fixed_dictionaries(
        dict.fromkeys(("guid", "title", "excerpt", "content"), _ANY | _RENDERED),
        optional={
            "_embedded": _ANY | _EMBEDDED,
            **dict.fromkeys(("id", "link", "status", "date", "date_gmt", "modified_gmt"), _ANY),
        },
    ),
    max_size=3,
)


@given(_POSTS | _ANY)
def test_wrong_types_anywhere_are_a_document_or_a_parse_error(document: Any) -> None:
    check(json.dumps(document).encode())


@given(
    st.binary(max_size=200), st.sampled_from([b"[", b'[{"id":1,"guid":{', b'[{"id":1,"title":{"rendered":"'])
)
def test_any_bytes_are_a_document_or_a_parse_error(body: bytes, start: bytes) -> None:
    check(start + body)
