from __future__ import annotations

import gzip
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.errors import ParseError
from aggregator.model.item import Origin, ParsedDocument
from aggregator.model.source import Kind
from aggregator.parse import ITEMS_MAX
from aggregator.parse.html import plain, printable
from aggregator.parse.sitemap import PARSER
from aggregator.parse.syndication import parse
from tests.parse.guards import strings

if TYPE_CHECKING:
    from tests.parse.guards import Recorder

URL = "https://kabar.example.id/news-sitemap.xml"
NEWS = "http://www.google.com/schemas/sitemap-news/0.9"
IMAGE = "http://www.google.com/schemas/sitemap-image/1.1"
START = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:n="{NEWS}" xmlns:i="{IMAGE}">'
ENTRY = "<url><loc>https://kabar.example.id/1</loc><n:news><n:title>Satu</n:title></n:news></url>"


def entry(news: str, rest: str = "") -> str:
    return f"<url><loc>https://kabar.example.id/1</loc>{rest}<n:news>{news}</n:news></url>"


def read(body: bytes | str, kind: Kind | None = Kind.SITEMAP) -> ParsedDocument:
    """Read a document, or the entries of one."""
    if isinstance(body, str):
        body = f"{START}{body}</urlset>".encode()
    return parse(body, url=URL, content_type="text/xml", kind=kind)


@pytest.mark.parametrize("kind", [None, Kind.SITEMAP])
@pytest.mark.parametrize(
    "before", ["", "<?xml version='1.0'?>", "\r\n \t<?xml version='1.0'?>", "<!-- <rss> -->", "\ufeff"]
)
def test_a_sitemap_is_recognised(kind: Kind | None, before: str) -> None:
    document = read(f"{before}{START}{ENTRY}</urlset>".encode(), kind)
    assert [(item.link, item.title.value, item.id) for item in document.items] == [
        ("https://kabar.example.id/1", "Satu", "")
    ]


@pytest.mark.parametrize(
    ("kind", "body", "what"),
    [
        (Kind.FEED, START.encode(), "this is a sitemap"),
        (Kind.HTML, START.encode(), "this is a sitemap"),
        (Kind.SITEMAP, b"<rss version='2.0'>", "this is an RSS or Atom feed"),
        (Kind.SITEMAP, b"<!DOCTYPE html><title>Peta situs</title>", "this is a web page"),
        (Kind.SITEMAP, b"[]", "this is a JSON document"),
    ],
)
def test_another_kind_than_configured_is_named(kind: Kind, body: bytes, what: str) -> None:
    with pytest.raises(ParseError, match=f"{what} .* configured as 'type: {kind}'"):
        read(body, kind)


def test_names_are_matched_whatever_their_namespace() -> None:
    for prefix, namespace in (("news", NEWS), ("n", "x"), ("NEWS", NEWS.upper())):
        names = f'xmlns:{prefix}="{namespace}" xmlns:s="http://www.google.com/schemas/sitemap/0.84"'
        body = (
            f"<s:urlset {names}><s:url><s:loc>https://kabar.example.id/1</s:loc>"
            f"<{prefix}:news><{prefix}:title>Satu</{prefix}:title></{prefix}:news></s:url></s:urlset>"
        )
        assert len(read(body.encode()).items) == 1


def test_only_the_news_of_an_entry_makes_its_title() -> None:
    video = "<v:video xmlns:v='v'><v:title>Film</v:title></v:video>"
    image = "<i:image><i:title>Gambar</i:title></i:image>"
    document = read(f"<url><loc>https://kabar.example.id/1</loc>{video}{image}<title>x</title></url>")
    assert document.items == ()


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("Kapal &amp; Laut", "Kapal & Laut"),
        ("Harga &lt; 5.000 &gt; 3.000", "Harga < 5.000 > 3.000"),
        ("<![CDATA[Kapal &#8220;Samudra&#8221; &amp; Laut]]>", "Kapal “Samudra” & Laut"),
        ("Kapal &amp;quot;Samudra&amp;quot;", 'Kapal "Samudra"'),
        ("\n  Kapal <!-- x --> tiba\n<?p x?> di <b>Priok</b> ", "Kapal tiba di Priok"),
    ],
)
def test_a_title_is_text_with_or_without_entities(written: str, title: str) -> None:
    (item,) = read(entry(f"<n:title>{written}</n:title>")).items
    assert plain(item.title) == title


@pytest.mark.parametrize(
    ("published", "changed", "claims"),
    [
        (
            "<n:publication_date> 2024-11-20T14:30+07:00 </n:publication_date>",
            "<lastmod>2024-11-21</lastmod>",
            [(Origin.SITEMAP, "2024-11-20T14:30+07:00"), (Origin.UPDATED, "2024-11-21")],
        ),
        ("", "<lastmod>2024-11-21</lastmod>", [(Origin.UPDATED, "2024-11-21")]),
        ("<n:publication_date/>", "<lastmod> </lastmod>", []),
        (
            "<n:publication_date>kemarin</n:publication_date><n:publication_date>2024</n:publication_date>",
            "",
            [(Origin.SITEMAP, "kemarin")],
        ),
    ],
)
def test_dates_are_claimed_as_written(published: str, changed: str, claims: list[tuple[Origin, str]]) -> None:
    (item,) = read(entry(f"<n:title>x</n:title>{published}", changed)).items
    assert [(claim.origin, claim.text) for claim in item.dates] == claims


def test_all_that_is_said_of_an_entry_is_taken() -> None:
    news = (
        "<n:publication><n:name>Kabar Laut</n:name><n:language>id_ID</n:language></n:publication>"
        "<n:title>x</n:title><n:keywords>laut, kapal,,laut</n:keywords><n:genres>OpEd, Blog</n:genres>"
    )
    images = "<i:image><i:loc>/a.jpg</i:loc></i:image><i:image><i:loc>/b.jpg</i:loc></i:image>"
    document = read(entry(news, images) + ENTRY)
    item = document.items[0]
    assert (document.title, item.language) == ("Kabar Laut", "id-ID")
    assert item.categories == ("laut", "kapal", "OpEd", "Blog")
    assert item.image == "https://kabar.example.id/a.jpg"


def test_pages_without_a_title_are_counted_in_one_line() -> None:
    plain_page = "<url><loc>https://kabar.example.id/tentang</loc></url>"
    empty_title = "<url><n:news><n:title> </n:title></n:news></url>"
    document = read(plain_page * 30 + ENTRY + empty_title)
    assert len(document.items) == 1
    (fault,) = document.faults
    assert fault == (
        "31 of 32 pages have no news:title; left out: a plain sitemap names pages, not news, so give the "
        "address of the site's news sitemap"
    )


@pytest.mark.parametrize("loc", ["", "<loc/>", "<loc>javascript:x</loc>", "<loc>http://[</loc>", "<url/>"])
def test_pages_without_an_address_are_counted_in_one_line(loc: str) -> None:
    document = read(f"<url>{loc}<n:news><n:title>x</n:title></n:news></url>" * 30)
    assert document.items == ()
    assert document.faults == ("30 pages have no http(s) address in 'loc'; left out",)


def test_an_empty_sitemap_is_a_quiet_day() -> None:
    assert read("") == ParsedDocument()


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ("", "an index of sitemaps, and it lists none"),
        ("<sitemap/><sitemap><loc>ftp://x/</loc></sitemap><url><loc>/a</loc></url>", "it lists none"),
        ("<sitemap><loc>/a</loc></sitemap>", r"such as https://kabar\.example\.id/a$"),
        (
            "".join(f"<sitemap><loc>/{name}</loc></sitemap>" for name in ("a.gz", "b", "b", "c", "NEWS.xml")),
            r"such as \S+/NEWS\.xml or https://kabar\.example\.id/b or https://kabar\.example\.id/c$",
        ),
    ],
)
def test_an_index_names_sitemaps_to_take(entries: str, message: str) -> None:
    with pytest.raises(ParseError, match=message):
        read(f'<sitemapindex xmlns="x">{entries}</sitemapindex>'.encode())


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param(START + ENTRY + "<url><loc>htt", "Premature end of data .* line 1", id="cut off"),
        pytest.param(START + "\n<url>\n</loc></urlset>", "tag mismatch: .* line 3, column", id="mismatch"),
        pytest.param(START + "<url>\x00</url></urlset>", "broken", id="NUL"),
        pytest.param(START + "<url>&#xD800;</url></urlset>", "invalid xmlChar", id="lone surrogate"),
        pytest.param(START + "<url>&xxe;</url></urlset>", "Entity 'xxe' not defined", id="unknown entity"),
        pytest.param(START + "<news:news/></urlset>", "Namespace prefix news", id="undeclared prefix"),
        pytest.param(START + "<url>" * 100_000, "Excessive depth", id="deep"),
        pytest.param("<urlset><\u200bx></urlset>", "broken", id="unprintable name"),
        pytest.param("<urlset", "broken", id="half a root"),
    ],
)
def test_broken_xml_is_refused_with_its_line(body: str, message: str) -> None:
    with pytest.raises(ParseError, match=message) as caught:
        read(body.encode())
    assert str(caught.value).isprintable()


def test_another_root_than_it_began_with_is_refused() -> None:
    for body in (b"<rss/>", b"<html xmlns='x'/>"):
        with pytest.raises(ParseError, match=r"no sitemap: its first element is '(rss|html)'"):
            PARSER.parse(body, url=URL, content_type="", select=None)


@pytest.mark.parametrize("kind", [None, Kind.SITEMAP, Kind.FEED])
def test_a_compressed_sitemap_is_refused_as_such(kind: Kind | None) -> None:
    with pytest.raises(ParseError, match=r"a compressed file, as sitemap\.xml\.gz is, and those are not unp"):
        read(gzip.compress(f"{START}{ENTRY}</urlset>".encode()), kind)


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [("cp1252", "windows-1252"), ("utf-8", "utf-8"), ("utf-16", "utf-16"), ("utf-8-sig", "utf-8")],
)
def test_the_declared_encoding_is_read(encoding: str, declared: str) -> None:
    text = f'<?xml version="1.0" encoding="{declared}"?>{START}{entry("<n:title>Café €</n:title>")}</urlset>'
    assert read(text.encode(encoding)).items[0].title.value == "Café €"


@pytest.mark.parametrize("declaration", ["", '<?xml version="1.0" encoding="utf-8"?>'])
def test_other_bytes_than_declared_are_refused(declaration: str) -> None:
    text = f"{declaration}{START}{entry('<n:title>Café</n:title>')}</urlset>"
    with pytest.raises(ParseError, match=r"Invalid bytes in character encoding|not proper UTF-8"):
        read(text.encode("cp1252"))


def test_no_more_items_are_taken_than_is_decent() -> None:
    document = read("<url><loc>/x</loc></url>" * 20_000 + ENTRY * 20_000)
    assert len(document.items) == ITEMS_MAX
    assert document.faults[0] == f"the document holds 20000 items; the first {ITEMS_MAX} are taken"
    assert len(document.faults) == 2


# Document type declarations


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE urlset [<!ENTITY e SYSTEM "{address}/entity">]>',
        '<!DOCTYPE urlset [<!ENTITY % p SYSTEM "{address}/parameter"> %p;]>',
        '<!DOCTYPE urlset SYSTEM "{address}/dtd">',
        '<!DOCTYPE urlset PUBLIC "-//X//EN" "{address}/dtd" [<!ENTITY e "x">]>',
        '<!DOCTYPE urlset [<!ENTITY e SYSTEM "{file}">]>',
        '<!DOCTYPE urlset [<!ENTITY e "x">]>',
        "<!DOCTYPE urlset>",
    ],
)
def test_a_document_type_declaration_is_refused_and_loads_nothing(
    declaration: str, server: Recorder, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("rahasia")
    address = server.address
    start = declaration.format(address=address, file=secret.as_uri())
    reference = "&e;" if "ENTITY e" in declaration else ""
    body = f"{start}{START}{entry(f'<n:title>a{reference}b</n:title>')}</urlset>"
    with pytest.raises(ParseError, match="document type declaration") as caught:
        read(body.encode())
    assert "rahasia" not in str(caught.value)
    assert server.hits == []


@pytest.mark.parametrize("place", ["<n:title>{}</n:title>", "<n:title a='{}'>x</n:title>"])
def test_a_billion_laughs_come_to_nothing(place: str) -> None:
    levels = "".join(f'<!ENTITY l{level} "{f"&l{level - 1};" * 10}">' for level in range(1, 10))
    laughs, huge = f'<!ENTITY l0 "ha">{levels}', f'<!ENTITY huge "{"x" * 50_000}">'
    for entities, reference in ((laughs, "&l9;"), (huge, "&huge;" * 50_000)):
        body = f"<!DOCTYPE urlset [{entities}]>{START}{entry(place.format(reference))}</urlset>"
        with pytest.raises(ParseError, match=r"document type declaration|amplification"):
            read(body.encode())


# Properties


def check(body: bytes) -> None:
    """Whatever comes in: a clean document or a ParseError that can be printed."""
    for kind in (None, Kind.SITEMAP):
        try:
            document = read(body, kind)
        except ParseError as error:
            assert str(error).isprintable()  # noqa: PT017 - either outcome is right
            continue
        assert all(printable(text) == text for text in strings(asdict(document)))
        assert all(item.link.startswith(("http://", "https://")) for item in document.items)


CASES = [
    path.read_bytes()
    for path in sorted((Path(__file__).parent / "cases").glob("sitemap-*"))
    if "expected" not in path.name
]
_TOKENS = st.sampled_from(
    [
        b"<url>", b"</url>", b"<loc>", b"</loc>", b"<sitemap>", b"<news:news>", b"<news:title>x</news:title>",
        b"<sitemapindex>", b"&amp;", b"&", b"<", b">", b"<![CDATA[", b"]]>", b"<!--", b"-->", b"<?p ?>",
        b"&#xD800;", b"&#1114112;", b"\x00", b"\xff", b"\xc2\x85", b"\xe2\x80\x8b", b" xmlns='\x7f'",
        b"<!DOCTYPE x>", b" a='1' a='2'", b"http://[", b"\xef\xbf\xbf",
    ]
)  # fmt: skip


@given(st.sampled_from(CASES), st.lists(st.tuples(st.integers(0, 2_000), _TOKENS), max_size=5))
def test_any_damage_to_a_sitemap_is_survived(body: bytes, damage: list[tuple[int, bytes]]) -> None:
    for at, token in damage:
        body = body[:at] + token + body[at:]
    check(body)


@given(
    st.binary(max_size=200),
    st.sampled_from([b"<urlset>", b"<sitemapindex>", f"{START}<url><loc>".encode(), b"\x1f\x8b"]),
)
def test_any_bytes_are_a_document_or_a_parse_error(body: bytes, start: bytes) -> None:
    check(start + body)


_CONTENT = st.recursive(
    st.text(st.characters(exclude_characters="<&", exclude_categories=("Cs", "Cc")), max_size=10),
    lambda inner: st.lists(
        st.tuples(
            st.sampled_from(
                ["url", "loc", "lastmod", "n:news", "n:title", "n:publication", "n:name", "i:image"]
            ),
            inner,
        ),
        max_size=4,
    ).map(lambda parts: "".join(f"<{name}>{text}</{name}>" for name, text in parts)),
    max_leaves=12,
)


@given(_CONTENT)
def test_elements_anywhere_are_a_document(content: str) -> None:
    check(f"{START}{content}<url><loc>/x</loc>{content}</url></urlset>".encode())
