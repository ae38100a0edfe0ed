"""How what sources write is fitted onto a page. Everything goes through the sanitiser first, as it does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.parse.html import sanitise
from aggregator.web.content import excerpt, fit
from aggregator.web.words import ENGLISH
from tests.web.markup import Elements

LATE = 'loading="lazy" decoding="async" referrerpolicy="no-referrer"'
WIDE = '<div class="wide" role="group" aria-label="Table" tabindex="0"><table>'


def fitted(markup: str) -> str:
    return fit(sanitise(markup, base="https://x.example/"), ENGLISH)


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        pytest.param("<p>A &amp; <b>b</b></p>", "<p>A &amp; <b>b</b></p>", id="plain"),
        pytest.param("a < b", "a &lt; b", id="no markup at all"),
        pytest.param(
            '<img src="/a.png" width="640" height="360">',
            f'<img src="https://x.example/a.png" width="640" height="360" alt="" {LATE}>',
            id="a picture without a text is passed over",
        ),
        pytest.param(
            '<img alt="" src="/a.png">',
            f'<img src="https://x.example/a.png" alt="" {LATE}>',
            id="an empty text stays empty",
        ),
        pytest.param(
            '<img alt="Kapal" src="/a.png">',
            f'<img alt="Kapal" src="https://x.example/a.png" {LATE}>',
            id="a text stays",
        ),
        pytest.param(
            '<a href="/b"><img alt="" src="/a.png"></a>',
            f'<a href="https://x.example/b"><img src="https://x.example/a.png" alt="Picture" {LATE}></a>',
            id="a linked picture says that it is one",
        ),
        pytest.param(
            "<h1>A</h1><h4>B</h4><h5>C</h5><h4>D</h4><h1>E</h1>",
            "<h2>A</h2><h3>B</h3><h4>C</h4><h3>D</h3><h2>E</h2>",
            id="headings go on from the title and leave out no level",
        ),
        pytest.param(
            "<h1>A</h1><h2>B</h2><h3>C</h3><h4>D</h4><h5>E</h5><h6>F</h6>",
            "<h2>A</h2><h3>B</h3><h4>C</h4><h5>D</h5><h6>E</h6><h6>F</h6>",
            id="no heading is lower than the sixth",
        ),
        pytest.param("<h3>A</h3><h2>B</h2>", "<h2>A</h2><h2>B</h2>", id="a lower heading first"),
        pytest.param('<h2></h2><p><a href="/x">&nbsp;</a>b</p>', "<p>b</p>", id="nothing to read or follow"),
        pytest.param("<h2><b></b></h2>b", "b", id="nothing in nothing"),
        pytest.param(
            "<table><tr><td>1</td></tr></table>",
            f"{WIDE}<tbody><tr><td>1</td></tr></tbody></table></div>",
            id="tables scroll by themselves",
        ),
        pytest.param("<pre>a</pre>", '<pre tabindex="0">a</pre>', id="so does text as it is"),
        pytest.param(
            '<video src="/v.mp4" controls>No <b>video</b></video>!',
            '<a class="medium" href="https://x.example/v.mp4">Watch the video</a>!',
            id="films are linked",
        ),
        pytest.param(
            '<audio><source src="/a.ogg" type="audio/ogg"><source src="/a.mp3">No sound</audio>.',
            '<a class="medium" href="https://x.example/a.ogg">Listen</a>.',
            id="sound is linked, once",
        ),
        pytest.param("a<video>b</video>c", "ac", id="a film without an address"),
        pytest.param('<p lang="zz zz" dir="rtl">a</p>', '<p dir="rtl">a</p>', id="no language"),
        pytest.param('<p lang="ar">a</p>', '<p lang="ar">a</p>', id="a language"),
    ],
)
def test_fit(markup: str, expected: str) -> None:
    assert fitted(markup) == expected


FRAGMENTS = st.sampled_from([
    "<table>", "</table>", "<h3>", "</h3>", "<a href=/x>", "</a>", "<video src=/v>", "</video>", "<pre>", "x",
    '"', "<img src=/a>", "<td title='<table>'>", "<p title='\"><img src=/b onerror=x>'>", "<", ">", "</p>",
    "&lt;img src=c&gt;", "<span title='<h2>'>", "<source src=/s>", "<audio>", "<li>", "<em lang='<pre>'>",
    "<h1>", "</h1>",
])  # fmt: skip


@given(st.lists(FRAGMENTS, max_size=30))
def test_fitting_brings_in_nothing_that_the_sanitiser_would_not_let_in(fragments: list[str]) -> None:
    page = fitted("".join(fragments))
    ours = {"loading", "decoding", "referrerpolicy", "class", "role", "aria-label", "tabindex", "alt", "href"}
    for tag, attributes in Elements(page).found:
        assert tag not in {"video", "audio", "source", "script"}
        assert set(attributes) <= ours | {"src", "title", "lang"}
        assert attributes.get("class", "wide") in {"wide", "medium"}
    assert sanitise(page, base="").count("<h") == page.count("<h")  # as well-formed as before


@pytest.mark.parametrize(
    ("markup", "limit", "expected"),
    [
        ("<p>Isi <b>ka</b>bar.</p><p>Baris &amp; dua</p>", 80, "Isi kabar. Baris & dua"),
        ("a<br>b &lt;i&gt;", 80, "a b <i>"),
        ("satu dua tiga", 13, "satu dua tiga"),
        ("satu dua tiga", 12, "satu dua…"),
        ("x" * 20, 10, "x" * 9 + "…"),
        ("<p>kata</p>" * 50, 10, "kata kata…"),
        ('ini <a href="https://x.example/' + "x" * 300 + '">tautan</a>', 10, "ini…"),
        ("", 10, ""),
        ("<img>", 10, ""),
    ],
)
def test_excerpt(markup: str, limit: int, expected: str) -> None:
    assert excerpt(markup, limit) == expected
    assert len(excerpt(markup, limit)) <= limit
