"""The quick way reads a feed as the patient way does, or leaves it to that."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from feedparser import api
from hypothesis import given
from hypothesis import strategies as st

from aggregator.demo.newsroom import Newsroom
from aggregator.demo.site import BY_PATH, answer
from aggregator.errors import ParseError
from aggregator.model.source import Kind
from aggregator.parse import names, syndication, tolerant, wellformed
from aggregator.parse.syndication import parse, quick
from tests.parse.writing import Writer

if TYPE_CHECKING:
    from aggregator.model.item import ParsedDocument
    from tests.parse.guards import Recorder

URL = "https://kabar.example.id/feed/"
CASES = sorted((Path(__file__).parent / "cases").glob("*.xml"))
THREADS = "http://purl.org/syndication/thread/1.0"
MEDIA = 'xmlns:media="http://search.yahoo.com/mrss/"'


def fast(body: bytes, content_type: str = "") -> ParsedDocument | None:
    return quick(body, url=URL, content_type=content_type)


def patient(body: bytes, content_type: str = "") -> ParsedDocument:
    """Return what comes of the document when feedparser reads it."""
    return syndication._edge(tolerant.parse(body, url=URL, content_type=content_type))


def check(body: bytes) -> bool:
    """Compare both ways where the quick one reads the document; return whether it did."""
    document = fast(body)
    if document is not None:
        assert replace(document, faults=()) == replace(patient(body), faults=())
    return document is not None


def rss(inside: str, root: str = "") -> bytes:
    return f'<rss version="2.0" {root}><channel>{inside}</channel></rss>'.encode()


def item(inside: str, root: str = "") -> bytes:
    return rss(f"<item><guid>1</guid>{inside}</item>", root)


def atom(inside: str) -> bytes:
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id>{inside}</entry></feed>'.encode()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_is_read_alike_or_left_alone(case: Path) -> None:
    check(case.read_bytes())


def test_the_cases_that_are_well_formed_are_read() -> None:
    read = {case.stem for case in CASES if fast(case.read_bytes())}
    assert {"atom10", "rss092", "rss10", "rss20-wordpress", "rss20-dates"} <= read
    assert not read & {"hostile-billion-laughs", "hostile-xxe", "rss20-truncated", "rss20-named-entities"}


@given(st.randoms(use_true_random=False))
def test_any_feed_is_read_alike_or_left_alone(random: Random) -> None:
    check(Writer(random).document())


def test_many_feeds_are_read_alike_and_half_of_them_are_read() -> None:
    read = sum(check(Writer(Random(seed)).document()) for seed in range(600))  # noqa: S311 - the same ones each time
    assert read > 200


def test_the_sample_newsroom_is_read_the_quick_way() -> None:
    now = datetime(2024, 11, 20, 7, 30, tzinfo=UTC)
    replies = [
        answer(Newsroom(), path, now=now, base="http://127.0.0.1:1", conditions={}) for path in BY_PATH
    ]
    feeds = [reply.body for reply in replies if reply.body.startswith(b"<?xml")]
    assert {b"<rss " in feed for feed in feeds} == {True, False}  # RSS and Atom
    assert all(map(check, feeds))


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(rss("<item><title>Satu</title></item>"), id="the least"),
        pytest.param(b"\xef\xbb\xbf\n " + rss(""), id="a byte order mark and space before"),
        pytest.param(
            b'<?xml version="1.0" encoding="ISO-8859-1"?>' + item("<title>Ikan</title>"), id="ASCII"
        ),
        pytest.param(
            b'<?xml version="1.0" encoding="ISO-8859-1"?>' + item("<title>Kota “Ambon”</title>"),
            id="UTF-8, whatever it says",
        ),
        pytest.param(item("<post-id xmlns='com-wordpress:feed-additions:1'>7</post-id>"), id="WordPress.com"),
        pytest.param(
            atom(
                "<link rel='replies' thr:count='1' href='/1' "
                "xmlns:thr='http://purl.org/syndication/thread/1.0'/>"
            ),
            id="Blogger",
        ),
        pytest.param(
            item(
                "<media:group><media:content url='/a.jpg'><media:title>A</media:title></media:content>"
                "</media:group>",
                MEDIA,
            ),
            id="media",
        ),
        pytest.param(
            item("<link>/1</link>", 'xml:base="https://dasar.example.id/"'), id="a base on the root element"
        ),
        pytest.param(rss("<item/>" * 3), id="items that say nothing"),
    ],
)
def test_what_real_feeds_do_is_read_the_quick_way(body: bytes) -> None:
    assert check(body)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"teks", id="text"),
        pytest.param(b"<!DOCTYPE html><title>x</title>", id="a page"),
        pytest.param(b"<urlset/>", id="a sitemap"),
        pytest.param(b"<rss version='2.0'><channel><title>x", id="cut off"),
        pytest.param(item("<title>a & b</title>"), id="not well-formed"),
        pytest.param(item("<title>a&nbsp;b</title>"), id="an entity that is none"),
        pytest.param(b"<!DOCTYPE rss>" + rss(""), id="a document type"),
        pytest.param(b'<?xml version="1.1"?>' + rss(""), id="XML 1.1"),
        pytest.param(rss("").decode().encode("utf-16"), id="UTF-16"),
        pytest.param(item("<title>\xff</title>").decode().encode("latin-1"), id="not UTF-8"),
        pytest.param(
            b'<?xml version="1.0" encoding="iso-2022-jp"?>' + rss(""), id="no ASCII though it looks it"
        ),
        pytest.param(b"<rss version='2.0'/>", id="no channel"),
        pytest.param(b"<rss><channel/><item/></rss>", id="an item beside the channel"),
        pytest.param(b"<rss><channel href='x'/></rss>", id="a channel as CDF had it"),
        pytest.param(b"<feed><entry/></feed>", id="Atom without its namespace"),
        pytest.param(item("<link xml:base='https://b.id/'>/1</link>"), id="a base inside"),
        pytest.param(item("<link xml:base='x'>/1</link>", "xml:base='https://b.id/'"), id="a relative base"),
        pytest.param(item("<title>a<b>c</b></title>"), id="markup that is not escaped"),
        pytest.param(item("<x><title>Dalam</title></x>"), id="a meaning inside what has none"),
        pytest.param(
            item("<media:title>x</media:title>", "xmlns:media='https://bukan.example.id/'"),
            id="a false prefix",
        ),
        pytest.param(item("<title xmlns='https://bukan.example.id/'>x</title>"), id="a false namespace"),
        pytest.param(item("<date>2024</date>"), id="an element that feedparser takes for another"),
        pytest.param(
            item("<enclosure x:url='a' xmlns:x='https://x.id/'/>"), id="an attribute of a strange namespace"
        ),
        pytest.param(item("<link>https:///k.id</link>"), id="an address that feedparser mends"),
        pytest.param(item("<comments a='1'>x</comments>"), id="attributes where none are due"),
        pytest.param(
            item("<author>a@k.id</author><author>b</author>"), id="two authors, one with an address"
        ),
        pytest.param(
            item("<description>a</description><description>b &amp; c</description>"), id="perhaps markup"
        ),
        pytest.param(item("<description type='xhtml'>a</description>"), id="XHTML in RSS"),
        pytest.param(atom("<content type='image/png'>AAAA</content>"), id="base64"),
        pytest.param(
            atom("<author><name>A</name><email>a@k.id</email></author><author><name>B</name></author>"),
            id="a person who would be lent an address",
        ),
        pytest.param(
            atom("<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><svg/></div></content>"),
            id="SVG",
        ),
        pytest.param(
            rss("<item/><skipDays><day>Sunday</day></skipDays><item/>"), id="skipDays among the items"
        ),
        pytest.param(rss("<item/>" * 5_001), id="too many items"),
        pytest.param(rss("<x/>" * (wellformed.ELEMENTS_MAX + 1)), id="too many elements"),
        pytest.param(item("<x>" * 100_000 + "</x>" * 100_000), id="too deep"),
        pytest.param(item("<media:group>" * 20 + "</media:group>" * 20, MEDIA), id="media too deep"),
        pytest.param(
            item("<x " + " ".join(f"a{n}=''" for n in range(100_000)) + "/>"), id="too many attributes"
        ),
        pytest.param(
            rss("", " ".join(f"xmlns:a{n}='https://x.id/'" for n in range(60_000))), id="too many namespaces"
        ),
        pytest.param(
            item("".join(f"<category>{n}</category>" for n in range(10_000))), id="too many categories"
        ),
        pytest.param(item("<title>" + "x" * wellformed.BODY_MAX + "</title>"), id="too long"),
        pytest.param(
            item("<link>" + "x" * 5_000 + "</link>", "xml:base='https://b.id/'"),
            id="an address too long to resolve",
        ),
    ],
)
def test_what_is_odd_is_left_to_the_patient_way(body: bytes) -> None:
    assert fast(body) is None


def test_the_charset_of_the_header_counts_where_the_bytes_leave_it_open() -> None:
    ascii_only, other = item("<title>Ikan</title>"), item("<title>Kota “Ambon”</title>")
    assert fast(ascii_only, "text/xml; charset=windows-1252")
    assert fast(ascii_only, "text/xml; charset=iso-2022-jp") is None
    assert fast(other, "text/xml; charset=iso-2022-jp") == patient(other, "text/xml; charset=iso-2022-jp")


@pytest.mark.parametrize("kind", [None, *Kind])
def test_only_who_wants_a_feed_is_given_one(kind: Kind | None) -> None:
    document = quick(item(""), url=URL, content_type="", kind=kind)
    assert (document is not None) == (kind in {None, Kind.FEED})


def test_the_door_tries_the_quick_way_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tolerant, "_feedparser", pytest.fail)
    assert parse(item("<title>Ikan</title>"), url=URL, content_type="").items[0].title.value == "Ikan"


def test_every_name_that_feedparser_has_a_handler_for_is_known_to_mean_something() -> None:
    handled = {
        name.split("_", 2)[2].lower()
        for name in dir(api.StrictFeedParser)
        if name.startswith(("_start_", "_end_"))
    }
    passed_over = {"admin_errorreportsto", "admin_generatoragent"}  # they touch nothing that is read
    assert handled - names.MEANT <= passed_over


def test_a_person_of_a_very_long_name_costs_no_time() -> None:
    document = parse(item("<author>a" + " " * 1_000_000 + "b@k.id</author>"), url=URL, content_type="")
    assert document.items[0].authors[0].name == "a"


ENTITIES: dict[str, Any] = {
    "billion laughs": (
        '<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12)),
        "&a11;",
    ),
    "quadratic blowup": ('<!ENTITY a "' + "a" * 100_000 + '">', "&a;" * 10_000),
    "a file": ('<!ENTITY a SYSTEM "{file}">', "&a;"),
    "an address": ('<!ENTITY a SYSTEM "{server}/entity">', "&a;"),
    "a parameter": ('<!ENTITY % p SYSTEM "{server}/parameter"> %p;', "&a;"),
    "a parameter that builds one": (
        '<!ENTITY % f SYSTEM "{file}"><!ENTITY % e "<!ENTITY a SYSTEM \'{server}/?%f;\'>"> %e;', "&a;",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ENTITIES)
def test_entities_come_to_nothing(name: str, server: Recorder, tmp_path: Path) -> None:
    secret = tmp_path / "rahasia.txt"
    secret.write_text("Rahasia")
    declared, used = ENTITIES[name]
    declared = declared.replace("{file}", secret.as_uri()).replace("{server}", server.address)
    body = f'<!DOCTYPE rss SYSTEM "{server.address}/dtd" [{declared}]>'.encode()
    body += item(f"<title>a{used}b</title><description a='{used[:200]}'>c</description>")
    assert fast(body) is None
    try:
        said = repr(parse(body, url=URL, content_type=""))
    except ParseError as error:
        said = str(error)
    assert "Rahasia" not in said
    assert len(said) < 400_000  # the reference, or one expansion of a text that the document itself holds
    assert server.hits == []


@pytest.mark.parametrize(
    "attributes",
    [
        pytest.param(" ".join(f"a{n}=''" for n in range(100_000)), id="quoted"),
        pytest.param(" ".join(f"a{n}" for n in range(100_000)), id="bare"),
    ],
)
def test_an_element_of_very_many_attributes_is_refused(attributes: str) -> None:
    with pytest.raises(ParseError, match="one element has more than 1000 attributes"):
        parse(item(f"<x {attributes}/>"), url=URL, content_type="")


def test_attributes_inside_a_text_are_the_texts_own_matter() -> None:
    markup = "<p " + " ".join(f"a{n}=''" for n in range(2_000)) + ">Isi</p>"
    assert "Isi" in patient(item(f"<description><![CDATA[{markup}]]></description>")).items[0].summary.value


def test_a_feed_nested_very_deep_is_read_or_refused() -> None:
    body = item("<title>Ikan</title>" + "<x>" * 2_000 + "</x>" * 2_000)
    assert parse(body, url=URL, content_type="").items[0].title.value == "Ikan"
