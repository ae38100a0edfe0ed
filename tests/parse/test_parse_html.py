from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from aggregator.errors import ParseError
from aggregator.model.item import Text
from aggregator.parse.html import MARKUP_MAX, absolute, clean_text, page, plain, printable, sanitise, tangled

BASE = "https://kabar.example.id/berita/1"


@pytest.mark.parametrize(
    ("markup", "clean"),
    [
        pytest.param("teks polos", "teks polos", id="no markup"),
        pytest.param('1 > 0 "ya"', '1 &gt; 0 "ya"', id="no tag and no entity"),
        pytest.param("Suhu < 20 & naik", "Suhu &lt; 20 &amp; naik", id="stray signs"),
        pytest.param(
            "&lt;script&gt;x&lt;/script&gt;", "&lt;script&gt;x&lt;/script&gt;", id="escaped stays escaped"
        ),
        pytest.param('<p class="x" style="a" id="b" onclick="y">Isi</p>', "<p>Isi</p>", id="attributes"),
        pytest.param(
            "a<script>b</script><style>c</style><iframe>d</iframe>e", "ae", id="elements with content"
        ),
        pytest.param("<form><p>Isi</p><input></form>", "<p>Isi</p>", id="a form around the text"),
        pytest.param("<section><h2>A</h2></section>", "<h2>A</h2>", id="unknown elements are unwrapped"),
        pytest.param(
            '<a href="/x?a=1&amp;b=2">x</a>', f'<a href="{BASE[:-9]}/x?a=1&amp;b=2">x</a>', id="relative"
        ),
        pytest.param(
            '<a href="//cdn.example.id/x">x</a>', '<a href="https://cdn.example.id/x">x</a>', id="no scheme"
        ),
        pytest.param('<a href="mailto:a@b.id">x</a>', '<a href="mailto:a@b.id">x</a>', id="mail"),
        pytest.param('<a href="javascript:x">x</a>', "<a>x</a>", id="script address"),
        pytest.param('<a href="&#x6A;ava&#10;script:x">x</a>', "<a>x</a>", id="script address in entities"),
        pytest.param('<a href="&#1;javascript:x">x</a>', "<a>x</a>", id="script address after a control"),
        pytest.param(
            '<a href="vbscript:x">x</a><a href="data:text/html,x">y</a>', "<a>x</a><a>y</a>", id="others"
        ),
        pytest.param('<a href="http://[x">x</a>', "<a>x</a>", id="broken address"),
        pytest.param('<img src="data:image/gif;base64,R0">x', "x", id="an image without an address"),
        pytest.param('<img src="/p.gif" width="1" height="1">x', "x", id="tracking pixel"),
        pytest.param(
            '<img src="a.jpg" alt="b > c" width="100" srcset="b.jpg 2x" onerror="x">',
            f'<img src="{BASE[:-1]}a.jpg" alt="b &gt; c" width="100">',
            id="image",
        ),
        pytest.param(
            '<img src="data:x" data-src="/a.jpg"><noscript><img src="/a.jpg"></noscript>',
            '<img src="https://kabar.example.id/a.jpg">',
            id="lazy image",
        ),
        pytest.param(
            '<video src="v.mp4" poster="javascript:x"></video>',
            f'<video src="{BASE[:-1]}v.mp4" controls=""></video>',
            id="video",
        ),
        pytest.param(
            "<table><tr><td colspan=2>1",
            '<table><tbody><tr><td colspan="2">1</td></tr></tbody></table>',
            id="table",
        ),
        pytest.param(
            "<p>a\x00\x0b\ud800&#1;&#xFFFE;b\r\nc\td</p>", "<p>ab\nc\td</p>", id="forbidden characters"
        ),
        pytest.param("<p>a<!-- b --></p>", "<p>a</p>", id="comment"),
        pytest.param(
            "<svg><a xlink:href='javascript:x'>a</a></svg><math><mi>b</mi></math>c", "c", id="foreign content"
        ),
    ],
)
def test_sanitise(markup: str, clean: str) -> None:
    assert sanitise(markup, base=BASE) == clean


@pytest.mark.parametrize(
    "address",
    [
        "javascript:x", "JaVaScRiPt:x", "java&#x0a;script:x", "java&#9;script:x", "java&Tab;script:x",
        "java&NewLine;script:x", "&#106;avascript:x", "&#x6A;&#x61;vascript:x", "javascript&colon;x",
        "\x01javascript:x", "&#1;javascript:x", " javascript:x", "\u00a0javascript:x", "java\x00script:x",
        "java\rscript:x", "vbscript:x", "data:text/html,x", "data:image/svg+xml,x", "file:///etc/passwd",
        "feed:x", "blob:x", "view-source:x", "javascript://k.id/%0ax", "&#0;javascript:x",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "element", ['<a href="{}">x</a>', '<img src="{}">', '<video poster="{}" src="{}">', '<audio src="{}">']
)
def test_an_address_of_another_scheme_is_no_address(element: str, address: str) -> None:
    clean = sanitise(element.replace("{}", address), base=BASE)
    for tag in LexborHTMLParser(clean).css("[href], [src], [poster]"):
        for name in ("href", "src", "poster"):
            value = tag.attributes.get(name)
            # What was no scheme to begin with may have been resolved against the page.
            assert value is None or value.startswith("https://kabar.example.id/")


def test_without_a_base_relative_addresses_are_dropped() -> None:
    assert sanitise('<a href="/x">x</a>', base="") == "<a>x</a>"


def test_bases_of_several_threads_do_not_mix() -> None:
    barrier = threading.Barrier(4)

    def work(number: int) -> set[str]:
        barrier.wait()
        return {sanitise('<a href="x">x</a>', base=f"https://{number}.example.id/") for _ in range(200)}

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(work, range(4)))
    assert found == [{f'<a href="https://{n}.example.id/x">x</a>'} for n in range(4)]


def test_what_is_too_long_is_cut_first() -> None:
    assert len(sanitise("x" * (MARKUP_MAX + 5), base=BASE)) == MARKUP_MAX
    assert len(sanitise("<p>" + "x" * MARKUP_MAX + "</p>", base=BASE)) == MARKUP_MAX + len("</p>")


@pytest.mark.parametrize(
    "markup",
    [
        pytest.param("<div>" * 40_000 + "Isi", id="deep"),
        pytest.param("".join(f"<p><b x={n}></p>" for n in range(20_000)) + "Isi", id="unclosed formatting"),
        pytest.param("<table><td><div></td></table>" * 15_000 + "Isi", id="misnested"),
        pytest.param("<div>" * 5_000 + "</p>" * 100_000 + "Isi", id="stray end tags"),
        pytest.param("<p " + " ".join(f"a{n}" for n in range(50_000)) + ">Isi", id="attributes"),
        pytest.param("&" * 200_000 + "Isi", id="ampersands"),
    ],
)
def test_markup_made_to_be_slow_becomes_text(markup: str) -> None:
    clean = sanitise(markup, base=BASE)
    assert clean.endswith("Isi")
    assert "<" not in clean


@pytest.mark.parametrize(
    "markup",
    [
        pytest.param("<p>Paragraf <b>tebal</b> <i>miring</i><br><img src=x>.</p>" * 2_000, id="long article"),
        pytest.param("<p>Paragraf <b>tebal" * 150, id="sloppy article"),
        pytest.param("<ul>" + "<li>Butir" * 2_000 + "</ul>", id="unclosed items"),
        pytest.param("<table>" + "<tr><td>1<td>2" * 1_000 + "</table>", id="unclosed cells"),
        pytest.param('<svg><path d="' + "M 1 2 L 3 4 " * 2_000 + '"/></svg>', id="long attribute"),
    ],
)
def test_honest_markup_is_not_tangled(markup: str) -> None:
    assert not tangled(markup)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param(Text(value="Ekspor &amp; impor <b>naik</b>"), "Ekspor & impor naik", id="markup"),
        pytest.param(Text(value="Ekspor &amp; <b>", html=False), "Ekspor &amp; <b>", id="plain text stays"),
        pytest.param(Text(value="a &amp;lt; b"), "a &lt; b", id="decoded once"),
        pytest.param(Text(value="5 < 6 & 7"), "5 < 6 & 7", id="stray signs"),
        pytest.param(
            Text(value="<p>Satu</p><p>Dua<br>tiga</p>"), "Satu Dua tiga", id="blocks are kept apart"
        ),
        pytest.param(Text(value="K<b>a</b>pal"), "Kapal", id="inline is not"),
        pytest.param(Text(value="x<script>y</script>z"), "xz", id="script"),
        pytest.param(Text(value="\n a\u00a0&nbsp;\tb \x00\ud800c&#7;"), "a b c", id="spaces and controls"),
        pytest.param(Text(value="<div>" * 50_000 + "Isi"), "", id="slow markup"),
        pytest.param(Text(value=""), "", id="empty"),
    ],
)
def test_plain(text: Text, line: str) -> None:
    assert plain(text) == line


def test_long_lines_are_cut_where_asked() -> None:
    assert clean_text("x" * 1_000) == "x" * 1_000
    assert clean_text("x" * 1_001) == "x" * 999 + "…"
    assert plain(Text(value="<b>" + "x" * 50), limit=10) == "x" * 9 + "…"


def test_slow_markup_in_a_title_is_read_crudely() -> None:
    assert plain(Text(value="<div>" * 9_000 + "Isi &amp; sisa"), limit=10_000) == "Isi & sisa"


@pytest.mark.parametrize(
    ("href", "url"),
    [
        pytest.param("https://a.example.id/x", "https://a.example.id/x", id="absolute"),
        pytest.param("2", "https://kabar.example.id/berita/2", id="relative"),
        pytest.param(" /a\n b\t ", "https://kabar.example.id/a%20b", id="spaces"),
        pytest.param("/é?q=ü#ñ", "https://kabar.example.id/é?q=ü#ñ", id="an IRI stays as written"),
        pytest.param('/"<x>', "https://kabar.example.id/%22%3Cx%3E", id="what no URL may hold"),
        pytest.param("ftp://a/", "", id="other scheme"),
        pytest.param("tag:kabar,2024:1", "", id="no address"),
        pytest.param("http:///x", "", id="no host"),
        pytest.param("http://[", "", id="broken"),
        pytest.param("", "", id="empty"),
        pytest.param("/" + "x" * 5_000, "", id="endless"),
        pytest.param("/" + "x" * 4_090, "", id="endless once it is absolute"),
    ],
)
def test_absolute(href: str, url: str) -> None:
    assert absolute(href, BASE) == url


_PIECES = st.sampled_from(
    [
        "<script>", "</script>", "<ScRiPt ", "<svg>", "</svg>", "<math>", "<style>", "</style>", "<!--",
        "-->", "<![CDATA[",
        "]]>", "<img src=", "<a href=", "javascript:", "java\tscript:", "&#106;avascript:",
        "data:text/html,", "onerror=alert(1)",
        " onclick='x' ", "'", '"', ">", "<", "/", "=", "&lt;", "&#0;", "&#x3c;", "\x00", "\ud800",
        "<noscript>", "</noscript>",
        "<p title='</noscript><img src=x onerror=y>'>", "<form>", "<table>", "<template>", "<title>",
        "<textarea>", "<iframe>",
        "<plaintext>", "<video poster=", "<source src=", "<select>", "<mglyph>",
        "<annotation-xml encoding='text/html'>",
    ]
)  # fmt: skip
markup = st.lists(_PIECES | st.text(max_size=8), max_size=25).map("".join)


@given(markup)
def test_sanitised_markup_is_harmless_when_parsed_again(dirty: str) -> None:
    clean = sanitise(dirty, base=BASE)
    assert printable(clean) == clean
    tree = LexborHTMLParser(clean)
    assert tree.body is not None
    assert not tree.css(
        "script, style, iframe, form, object, embed, svg, math, template, noscript, base, link, meta"
    )
    for node in tree.body.css("*"):
        for name, value in node.attributes.items():
            assert not name.startswith("on")
            assert name not in {"style", "srcdoc", "srcset", "class", "id"}
            if name in {"href", "src", "poster"}:
                assert re.match(r"\s*(https?:|mailto:)", value or "", re.IGNORECASE)


@given(markup, st.booleans())
def test_plain_text_is_one_printable_line(dirty: str, html: bool) -> None:  # noqa: FBT001 - drawn by hypothesis
    line = plain(Text(value=dirty, html=html))
    assert printable(line) == line == " ".join(line.split())


@example(href="0\xa0;", base=BASE)
@given(href=st.text(max_size=40), base=st.sampled_from([BASE, "", "nonsense"]))
def test_an_absolute_address_is_one_or_nothing(href: str, base: str) -> None:
    url = absolute(href, base)
    assert url == "" or re.fullmatch(r"https?://[^\x00-\x20<>\"]+", url)
    assert absolute(url, base) == url


def test_brackets_without_number_become_plain_text() -> None:
    assert sanitise("<" * 50_001, base="") == "&lt;" * 50_001
    assert sanitise("<br>" * 50_001 + "x", base="") == "x"


def test_a_page_for_which_there_is_no_memory_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: str) -> None:
        raise SelectolaxError("Can't parse HTML.")

    monkeypatch.setattr("aggregator.parse.html.LexborHTMLParser", full)
    with pytest.raises(ParseError, match="more memory than there was"):
        page(b"<p>", "text/html")
