"""How much text an entry carries, and whose it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from aggregator.model.feed import Entry, Extent
from aggregator.rules.abridge import LONGEST_SUMMARY, TEASER, abridge
from aggregator.rules.cluster import found
from aggregator.rules.select import entry
from tests.making import SITE, a_category, a_feed, a_source, an_item

SOURCE = a_source("antara", title="Antara & <Co>")


def an_entry(**changes: Any) -> Entry:
    made = entry(
        found(an_item(), "x"),
        site=SITE,
        sources={"antara": SOURCE},
        categories={"news": a_category("news", SOURCE)},
        states={},
    )
    return replace(made, **changes)


def texts(shown: Entry) -> tuple[str, str]:
    return shown.summary, shown.content


LINE = '<p>Sumber: <a href="https://antara.example.id/1">Antara &amp; &lt;Co&gt;</a></p>'


def test_a_full_feed_changes_nothing() -> None:
    assert abridge(an_entry(), a_feed(), SITE) == an_entry()


def test_a_feed_without_text_has_titles_and_links() -> None:
    shown = abridge(an_entry(), a_feed(extent=Extent.NONE, source_line=True), SITE)
    assert texts(shown) == ("", "")
    assert shown == an_entry(summary="", content="")


LONG = "kata " * 200


@pytest.mark.parametrize(
    ("summary", "content", "expected"),
    [
        pytest.param("<p>Ringkas.</p>", "<p>Isi.</p>", "<p>Ringkas.</p>", id="the source's own"),
        pytest.param("", "<p>Isi &amp; <b>kata</b>.</p>", "<p>Isi &amp; kata.</p>", id="a short text"),
        pytest.param("", LONG, f"<p>{('kata ' * (TEASER // 5))[: TEASER - 6]}…</p>", id="a long text"),
        pytest.param(LONG, "", f"<p>{('kata ' * (TEASER // 5))[: TEASER - 6]}…</p>", id="a long summary"),
        pytest.param("", "", "", id="none"),
        pytest.param("", "<p><img src=x></p>", "", id="no words"),
        pytest.param("x" * LONGEST_SUMMARY, "", "x" * LONGEST_SUMMARY, id="the longest"),
    ],
)
def test_a_teaser(summary: str, content: str, expected: str) -> None:
    shown = abridge(an_entry(summary=summary, content=content), a_feed(extent=Extent.SUMMARY), SITE)
    assert texts(shown) == (expected, "")


def test_the_source_line_is_no_part_of_the_news() -> None:
    feed = a_feed(source_line=True)
    assert abridge(an_entry(), feed, SITE) == replace(an_entry(), foot=LINE)
    assert abridge(an_entry(content="", summary=""), feed, SITE).foot == ""
    shown = abridge(an_entry(), replace(feed, extent=Extent.SUMMARY), SITE)
    assert (texts(shown), shown.foot) == (("<p>Ringkas.</p>", ""), LINE)


@pytest.mark.parametrize("extent", [Extent.NONE, Extent.SUMMARY])
def test_a_story_without_a_title_is_called_alike_however_much_of_it_is_shown(extent: Extent) -> None:
    shown = abridge(an_entry(title=" ", summary="<p>Kapal <b>tiba</b>.</p>"), a_feed(extent=extent), SITE)
    assert shown.title == "Kapal tiba."


@pytest.mark.parametrize(
    ("of_entry", "of_site", "word"),
    [
        ("id-ID", "en", "Sumber"),
        ("", "id", "Sumber"),
        ("in", "en", "Sumber"),
        ("indonesia", "id", "Sumber"),
        ("en", "id", "Source"),
        ("", "nl", "Source"),
    ],
)
def test_the_source_line_speaks_the_entry_s_language(of_entry: str, of_site: str, word: str) -> None:
    shown = abridge(an_entry(language=of_entry), a_feed(source_line=True), replace(SITE, language=of_site))
    assert f"<p>{word}: <a" in shown.foot


def test_the_source_line_leads_to_the_source_where_the_article_has_no_address() -> None:
    made, feed = an_entry(link=""), a_feed(source_line=True)
    assert abridge(made, feed, SITE).foot.endswith("<p>Sumber: Antara &amp; &lt;Co&gt;</p>")
    made = replace(made, source=replace(made.source, home='https://antara.example.id/?a="b"'))
    assert abridge(made, feed, SITE).foot.endswith(
        '<a href="https://antara.example.id/?a=&quot;b&quot;">Antara &amp; &lt;Co&gt;</a></p>'
    )
