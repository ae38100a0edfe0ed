"""What is wrong with HTML in a feed, and what is right."""

from __future__ import annotations

import pytest

from tests.validity.markup import faults, in_plain_text, unfamiliar


@pytest.mark.parametrize(
    "markup",
    [
        "",
        "kata",
        "3 &lt; 5 &amp; R & D",
        "<p>satu<p>dua",
        "<ul><li>a<li>b</ul>",
        "<p>a<br>b<br/>c</p>",
        "<table><tbody><tr><td>1<td>2</tbody></table>",
        '<a href="https://x.example/">x</a> <a href="mailto:a@b.example">y</a>',
        '<figure><img src="https://x.example/a.jpg" alt=""><figcaption>a</figcaption></figure>',
        '<video controls="" src="https://x.example/a.mp4" data-id="1"></video>',
        "&eacute;&#233;&#xe9;",
        "<blockquote><p>a</p></blockquote><p>b <em>c</em></p>",
    ],
)
def test_good_html(markup: str) -> None:
    assert faults(markup) == []


@pytest.mark.parametrize(
    "markup",
    [
        "<b>tebal",
        "tebal</b>",
        "<b><i>a</b></i>",
        "a < b",
        "a <",
        "R&D; R&amp",
        "&bogus;",
        "&#0;",
        "&#xD800;",
        "&#99999999;",
        "&#150;",
        "<script>x()</script>",
        '<iframe src="https://x.example/"></iframe>',
        "<style>p {}</style>",
        "<object></object>",
        "<o:p>a</o:p>",
        '<p style="color:red">a</p>',
        '<p onclick="x()">a</p>',
        '<a href="/x">a</a>',
        '<a href="javascript:x()">a</a>',
        '<img src="a.jpg">',
        '<img src="//x.example/a.jpg">',
        '<img src="">',
        "<p>a<div>b</div></p>",
        "<p>a</p></p>",
        "<h1><h2>a</h2></h1>",
        '<a href="https://x.example/"><b><a href="https://x.example/">x</a></b></a>',
        '<img src="https://x.example/a" src="https://x.example/b">',
        "<div/>",
        "<!-- kata -->",
        "<!DOCTYPE html>",
        "<?php x ?>",
        "<![CDATA[a]]>",
    ],
)
def test_bad_html(markup: str) -> None:
    assert faults(markup)


def test_what_is_harmless_and_unfamiliar() -> None:
    markup = '<bdo dir="rtl">a</bdo> <audio controls src="https://x.example/a"></audio> <bdi>b</bdi>'
    assert faults(markup) == []
    assert unfamiliar(markup) == ["<bdo>", "controls of <audio>"]


@pytest.mark.parametrize("text", ["", "3 < 5 & 7 > 2", "R&D", "a <b c", "AT&T <baru>"])
def test_plain_text(text: str) -> None:
    assert in_plain_text(text) == ""


@pytest.mark.parametrize("text", ["<b>a</b>", "a&nbsp;b", "&#8217;", "&amp;", "&copy 2026"])
def test_text_that_looks_like_html(text: str) -> None:
    assert in_plain_text(text)
