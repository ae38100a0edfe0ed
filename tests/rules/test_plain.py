"""Sanitised HTML as plain text."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.parse.html import sanitise
from aggregator.rules.plain import plain


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("", ""),
        ("satu<br/>dua", "satu dua"),
        ("<p>satu</p><p>d<b class='x'>u</b>a</p>", "satu dua"),
        ('<a title="a > b" href="x">kapal</a> 3 &lt; 5', "kapal 3 < 5"),
        ("3 < 5 > 2", "3 < 5 > 2"),
        ("<article>isi</article>", "isi"),
        (
            "satu &#x1F;&#xFFFE;&#xD800;&#0;",
            "satu \ufffd\ufffd",
        ),  # references cannot bring back what was taken out
        ('Foto<img alt="a > b" src="/x">Kapal<ruby>ti<rt>ba</rt></ruby>', "Foto Kapal ti ba"),
        ("ka<del>p</del><kbd>al</kbd>", "kapal"),
        ('<p title="tak tertutup', '<p title="tak tertutup'),
    ],
)
def test_markup_is_read_as_a_line_of_text(markup: str, expected: str) -> None:
    assert plain(markup) == expected


LONG = '<p>Kapal <a title="di > sana" href="https://x.example/">tiba</a> &amp; sandar.</p>'


@given(st.integers(0, len(LONG) + 1))
def test_what_is_cut_off_in_a_tag_leaves_nothing_of_it(most: int) -> None:
    found = plain(LONG, most=most)
    assert found in {"", *("Kapal tiba & sandar."[:end].strip() for end in range(30)), *REFERENCES}
    assert found == plain(LONG) or most < len(LONG)


#: A reference that was cut off is text.
REFERENCES = {"Kapal tiba &a", "Kapal tiba &am"}


class Texts(HTMLParser):
    """What stands between the tags."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.found = ""
        self.feed(markup)
        self.close()

    def handle_data(self, data: str) -> None:
        self.found += data


PIECES = ["<", ">", '"', "'", "a", " ", "</p>", "<p>", "<b>", "&lt;", "<img title=", "&amp;", "<td>"]


@given(st.lists(st.sampled_from(PIECES), max_size=40))
def test_of_sanitised_markup_all_text_is_left_and_nothing_else(pieces: list[str]) -> None:
    markup = sanitise("".join(pieces), base="")
    assert "".join(plain(markup).split()) == "".join(Texts(markup).found.split())
