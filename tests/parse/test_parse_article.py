from __future__ import annotations

import json
import sys
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from aggregator.errors import ParseError
from aggregator.model.item import Origin
from aggregator.parse.article import CLAIMS_MAX, GUESS_MAX, JSON_MAX, TEXT_MAX
from aggregator.parse.article import read as read_article

if TYPE_CHECKING:
    from collections.abc import Callable

URL = "https://kabar.example.id/ekonomi/pelabuhan-baru/"
UTF_8 = "text/html; charset=utf-8"
DAY = "2024-11-20T14:30:00+07:00"
LATER = "2024-11-21T08:00:00+07:00"
OTHER = "2019-01-02T03:04:05+07:00"  # of something else than the article: never to be claimed


def read(markup: str | bytes, *, url: str = URL, content_type: str = UTF_8) -> list[tuple[str, str]]:
    body = (
        markup if isinstance(markup, bytes) else f"<!DOCTYPE html>{markup}".encode("utf-8", "surrogatepass")
    )
    return [
        (claim.origin, claim.text) for claim in read_article(body, url=url, content_type=content_type).claims
    ]


def texts(origin: Origin, markup: str | bytes, *, url: str = URL) -> list[str]:
    return [text for found, text in read(markup, url=url) if found == origin]


def ld(value: Any) -> str:
    """Return a JSON-LD script: of a value, or of a text as it is."""
    text = value if isinstance(value, str) else json.dumps(value)
    return f'<script type="application/ld+json">{text}</script>'


def news(**properties: Any) -> dict[str, Any]:
    return {"@context": "https://schema.org", "@type": "NewsArticle", "datePublished": DAY} | properties


def typed(name: Any, **properties: Any) -> dict[str, Any]:
    return {"@type": name} | properties


def other(**properties: Any) -> dict[str, Any]:
    """Return an article that is not the page's, and says so."""
    return news(url="https://kabar.example.id/ekonomi/lain", datePublished=OTHER) | properties


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param([news()], [DAY], id="one object"),
        pytest.param([[typed("Organization"), news()]], [DAY], id="an array"),
        pytest.param([{"@graph": [typed("WebSite"), news()]}], [DAY], id="a graph"),
        pytest.param([{"@graph": {"@graph": [[news()]]}}], [DAY], id="a graph in a graph"),
        pytest.param([typed("WebSite"), news()], [DAY], id="the second script"),
        pytest.param([typed(["Thing", "BlogPosting"], datePublished=DAY)], [DAY], id="several types"),
        pytest.param([typed("http://schema.org/Article", datePublished=DAY)], [DAY], id="a type's address"),
        pytest.param([typed("schema:TechArticle", datePublished=DAY)], [DAY], id="a type with a prefix"),
        pytest.param([typed("LiveBlogPosting", datePublished=DAY)], [DAY], id="a live blog"),
        pytest.param([typed("WebPage", mainEntity=news())], [DAY], id="the main entity of a page"),
        pytest.param(
            [typed("Thing", mainEntityOfPage=typed("WebPage", datePublished=DAY))],
            [DAY],
            id="the page of a main entity",
        ),
        pytest.param([typed("WebPage", datePublished=DAY)], [DAY], id="only the page is dated"),
        pytest.param([typed("WebPage", datePublished=OTHER), news()], [DAY], id="an article before its page"),
        pytest.param([typed("VideoObject", uploadDate=DAY)], [DAY], id="only a video"),
        pytest.param([typed("VideoObject", uploadDate=OTHER), news()], [DAY], id="an article before a video"),
        pytest.param(
            [typed("VideoObject", uploadDate=OTHER, url=URL), news(url="https://m.kabar.example.id/1")],
            [DAY],
            id="even before a video that names the page",
        ),
        pytest.param([typed("Article", dateCreated=DAY)], [DAY], id="created, never published"),
        pytest.param([news(dateCreated=OTHER)], [DAY], id="created and published"),
        pytest.param([news(datePublished="", dateCreated=DAY)], [DAY], id="created, and published is empty"),
        pytest.param([typed("ImageObject", datePublished=OTHER)], [], id="a picture"),
        pytest.param([typed("Comment", datePublished=OTHER)], [], id="a comment"),
        pytest.param([typed("CollectionPage", datePublished=OTHER)], [], id="a listing"),
        pytest.param([{"datePublished": OTHER}], [], id="no type"),
        pytest.param([typed([None, 7, {}], datePublished=OTHER)], [], id="types that are none"),
        pytest.param([typed("NewsArticle")], [], id="an article without a date"),
    ],
)
def test_json_ld(values: list[Any], expected: list[str]) -> None:
    assert texts(Origin.JSON_LD, "".join(map(ld, values))) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param([other(), news(url=URL)], [DAY], id="url"),
        pytest.param([other(), news(**{"@id": f"{URL}#article"})], [DAY], id="id"),
        pytest.param([other(), news(mainEntityOfPage=URL)], [DAY], id="its page"),
        pytest.param([other(), news(mainEntityOfPage={"@id": URL})], [DAY], id="its page, an object"),
        pytest.param([other(), news(url=[None, URL])], [DAY], id="a list of addresses"),
        pytest.param([other(), news(url="/ekonomi/pelabuhan-baru")], [DAY], id="relative"),
        pytest.param(
            [other(), news(url="http://www.KABAR.example.id:80/ekonomi/pelabuhan%2Dbaru?utm_source=x#isi")],
            [DAY],
            id="written otherwise",
        ),
        pytest.param([other(), news()], [DAY], id="one that names no page before one of another page"),
        pytest.param(
            [other(url=None), news(url=URL)], [DAY], id="one that names the page before one that does not"
        ),
        pytest.param([news(), news(datePublished=OTHER)], [DAY], id="the first of several"),
        pytest.param(
            [news(url="https://m.kabar.example.id/1"), other()], [DAY], id="the first of foreign ones"
        ),
        pytest.param(
            [other(), typed("WebPage", url=URL, datePublished=DAY)],
            [DAY],
            id="this page before another's article",
        ),
        pytest.param(
            [news(**{"@id": "https://kabar.example.id/#artikel"}), other()], [DAY], id="an id is no address"
        ),
        pytest.param(
            [other(), news(mainEntityOfPage="https://kabar.example.id/")],
            [DAY],
            id="a home page is no article",
        ),
        pytest.param([news(url="http://["), other()], [DAY], id="a broken address"),
        pytest.param([news(mainEntityOfPage=True, url=7), other()], [DAY], id="addresses that are none"),
        pytest.param(
            [typed("ItemList", itemListElement=[other(), other()]), news()], [DAY], id="a list beside it"
        ),
        pytest.param([typed("ItemList", itemListElement=[other(), other()])], [], id="only a list of others"),
        pytest.param(
            [
                typed(
                    "WebPage", mainEntity=typed("ItemList", itemListElement=[typed("ListItem", item=other())])
                )
            ],
            [],
            id="a listing page",
        ),
        pytest.param([typed("Blog", blogPost=[other(), news(url=URL)])], [DAY], id="this one in a list"),
        pytest.param(
            [typed("LiveBlogPosting", datePublished=DAY, liveBlogUpdate=[other(url=f"{URL}#post-9")])],
            [DAY],
            id="entries of a live blog",
        ),
        pytest.param(
            [news(video=typed("VideoObject", uploadDate=OTHER, url=URL))], [DAY], id="a video inside"
        ),
        pytest.param(
            [news(isPartOf=typed("WebPage", datePublished=OTHER, url=URL))], [DAY], id="what it is part of"
        ),
        pytest.param(
            [news(datePublished=None, dateModified=LATER, url=URL), other()], [], id="never another's date"
        ),
    ],
)
def test_the_pages_own_article_is_told_from_others(values: list[Any], expected: list[str]) -> None:
    assert texts(Origin.JSON_LD, ld(values)) == expected


def test_the_canonical_address_names_the_page_too() -> None:
    markup = f"<link rel=canonical href='{URL}'>" + ld([other(), news(url=URL)])
    assert texts(Origin.JSON_LD, markup, url="https://m.kabar.example.id/read/123") == [DAY]


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        pytest.param(
            "  Rabu, 20 November 2024\n 14.30 WIB ", ["Rabu, 20 November 2024 14.30 WIB"], id="as written"
        ),
        pytest.param(1732087800, ["1732087800"], id="a number"),
        pytest.param(1732087800123.5, ["1732087800123.5"], id="a number with a fraction"),
        pytest.param([DAY, LATER, DAY], [DAY, LATER], id="a list"),
        pytest.param([None, [DAY], {"x": DAY}, DAY], [], id="a list of the odd"),
        pytest.param({"@type": "DateTime", "@value": DAY}, [DAY], id="a typed value"),
        pytest.param({"@value": {"@value": DAY}}, [], id="an object in an object"),
        pytest.param(None, [], id="null"),
        pytest.param(True, [], id="true"),
        pytest.param("", [], id="empty"),
        pytest.param("null", [], id="a text without a digit"),
        pytest.param("{{ post.date }}", [], id="a template never filled"),
        pytest.param("\u200f2024-11-20\u200e", ["\u200f2024-11-20\u200e"], id="marks of direction"),
        pytest.param("2024\ud800-11\x00-20", ["2024-11-20"], id="a lone surrogate and a NUL"),
        pytest.param("2" * 10_000, ["2" * (TEXT_MAX - 1) + "…"], id="too long"),
    ],
)
def test_a_date_of_any_shape(date: Any, expected: list[str]) -> None:
    assert texts(Origin.JSON_LD, ld(news(datePublished=date))) == expected


JSON = json.dumps(news())


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        pytest.param(f"<!-- {JSON} -->", [DAY], id="in a comment"),
        pytest.param(f"<!-- skema -->\n{JSON}", [DAY], id="after a comment"),
        pytest.param(f"<![CDATA[{JSON}]]>", [DAY], id="in CDATA"),
        pytest.param(f"//<![CDATA[\n[{JSON}]\n//]]>", [DAY], id="in CDATA in a comment"),
        pytest.param(f"/* <![CDATA[ */ {JSON} /* ]]> */", [DAY], id="in CDATA in another comment"),
        pytest.param(f"{JSON};", [DAY], id="a semicolon"),
        pytest.param(JSON.replace("{", '{"headline": "a\n\tb\x01c",', 1), [DAY], id="control characters"),
        pytest.param(JSON.replace('"', "&quot;"), [], id="entities"),
        pytest.param(JSON[:-1], [], id="cut off"),
        pytest.param(JSON.replace(f'"{DAY}"', "-"), [], id="no JSON"),
        pytest.param(
            JSON.replace(f'"{DAY}"', "9" * 10_000), ["9" * (TEXT_MAX - 1) + "…"], id="a huge number"
        ),
        pytest.param(JSON.replace(f'"{DAY}"', "NaN"), [], id="not a number"),
        pytest.param(JSON.replace(f'"{DAY}"', '"\\ud800"'), [], id="nothing but a surrogate"),
        pytest.param('"datePublished"', [], id="a text"),
        pytest.param("", [], id="empty"),
    ],
)
def test_scripts_as_they_are_found(script: str, expected: list[str]) -> None:
    assert texts(Origin.JSON_LD, ld(script)) == expected
    assert texts(Origin.JSON_LD, ld(script) + ld(news(datePublished=LATER))) == (expected or [LATER])


def test_the_type_of_a_script_is_read_as_browsers_do() -> None:
    markup = f'<SCRIPT TYPE="Application/LD+JSON; charset=utf-8">{JSON}</SCRIPT>'
    assert texts(Origin.JSON_LD, markup) == [DAY]
    assert not texts(Origin.JSON_LD, f"<script>{JSON}</script>")


def meta(name: str, content: str = DAY, attribute: str = "name") -> str:
    return f'<meta {attribute}="{name}" content="{content}">'


@pytest.mark.parametrize("attribute", ["name", "property", "itemprop"])
@pytest.mark.parametrize(
    "name",
    [
        "article:published_time",
        "og:article:published_time",
        "datePublished",
        "pubdate",
        "publishdate",
        "publish-date",
        "publish_date",
        "date",
        "DC.date",
        "DC.date.issued",
        "dcterms.date",
        "dcterms.created",
        "dcterms.issued",
        "sailthru.date",
        "parsely-pub-date",
        "cXenseParse:recs:publishtime",
        "content_published_date",
        "content_PublishedDate",
        "dtk:publishdate",
        "originalpublishdate",
    ],
)
def test_meta(name: str, attribute: str) -> None:
    assert read(meta(name, attribute=attribute)) == [(Origin.META, DAY)]


def test_meta_is_ranked_by_what_it_says() -> None:
    names = ["date", "dc.date", "pubdate", "publishdate", "datePublished", "article:published_time"]
    markup = "".join(meta(name, f"{2000 + rank}") for rank, name in enumerate(names))
    assert texts(Origin.META, markup) == ["2005", "2004", "2003", "2002", "2001", "2000"]


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        pytest.param(meta("date") * 2, [DAY], id="twice the same"),
        pytest.param(meta("date", "") + meta("date", "null") + meta("date"), [DAY], id="empty ones"),
        pytest.param(f"<meta name=date><meta content='{OTHER}'>", [], id="halves"),
        pytest.param(meta(" Date "), [DAY], id="spaces"),
        pytest.param(
            meta("og:title article:published_time", attribute="property"), [DAY], id="two properties"
        ),
        pytest.param(meta("expiry date", OTHER), [], id="a name of two words"),
        pytest.param(meta("article:expiration_time", OTHER), [], id="the end of it"),
        pytest.param(meta("date", "20 d&eacute;cembre&nbsp;2024&#46;"), ["20 décembre 2024."], id="entities"),
        pytest.param(
            meta("date", "2024&#0;-11&#xD800;-20"), ["2024\ufffd-11\ufffd-20"], id="entities of nothing"
        ),
        pytest.param(meta("date", "&amp;#50;024"), ["&#50;024"], id="an entity of an entity"),
        pytest.param(f"<META NAME=DATE CONTENT={DAY}>", [DAY], id="capitals"),
        pytest.param(f"<!-- {meta('date', OTHER)} -->", [], id="in a comment"),
        pytest.param(f"<script>'{meta('date', OTHER)}'</script>", [], id="in a script"),
        pytest.param(f"<template>{meta('date', OTHER)}</template>", [], id="in a template"),
    ],
)
def test_meta_as_it_is_found(markup: str, expected: list[str]) -> None:
    assert texts(Origin.META, f"<head>{markup}</head>") == expected


def published(text: str, tag: str = "span", attribute: str = "content") -> str:
    return f'<{tag} itemprop="datePublished" {attribute}="{text}">'


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        pytest.param(f"<article>{published(DAY)}</article>", [DAY], id="content"),
        pytest.param(f"<article>{published(DAY, 'time', 'datetime')}</article>", [DAY], id="datetime"),
        pytest.param(
            f"<article>{published(DAY, 'meta')}</article>", [DAY], id="a meta element in the article"
        ),
        pytest.param(f"<div>{published(DAY, 'meta')}</div>", [DAY], id="the only one"),
        pytest.param(
            f"<article><b itemprop='DatePublished x' content='{DAY}'></article>", [DAY], id="several words"
        ),
        pytest.param(
            f"<div>{published(OTHER)}</div><div>{published(LATER)}</div>", [], id="a list of others"
        ),
        pytest.param(
            f"<article>{published(DAY)}</article><aside>{published(OTHER)}</aside><div>{published(OTHER)}</div>",
            [DAY],
            id="others beside it",
        ),
        pytest.param(f"<div class='comment-list'>{published(OTHER)}</div>", [], id="of a comment"),
        pytest.param("<article><span itemprop=datePublished>2019-01-02</span></article>", [], id="only text"),
    ],
)
def test_microdata(markup: str, expected: list[str]) -> None:
    assert texts(Origin.META, markup) == expected


def time(text: str, attributes: str = "") -> str:
    return f'<time {attributes} datetime="{text}">tanggal</time>'


H1 = "<h1>Pelabuhan baru</h1>"


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        pytest.param(f"<article>{time(DAY)}{time(OTHER)}</article>", [DAY], id="the first in the article"),
        pytest.param(f"<main>{time(DAY)}{time(OTHER)}</main>", [DAY], id="the first in the main part"),
        pytest.param(f"<div role=main>{time(DAY)}{time(OTHER)}</div>", [DAY], id="the role of the main part"),
        pytest.param(
            f"<main>{time(OTHER)}<article>{time(DAY)}</article></main>", [DAY], id="article before main"
        ),
        pytest.param(f"<p>{time(DAY)}</p>", [DAY], id="the only one"),
        pytest.param(f"<p>{time(DAY)}</p><p>{time(DAY)}</p>", [DAY], id="the only one, written twice"),
        pytest.param(f"<p>{time(OTHER)}</p><p>{time(LATER)}</p>", [], id="one of several"),
        pytest.param(
            f"<p>{time(DAY)}</p><aside>{time(OTHER)}</aside>", [DAY], id="the only one of the page's own"
        ),
        *(
            pytest.param(f"<article>{time(OTHER)}{time(DAY, mark)}</article>", [DAY], id=mark)
            for mark in (
                "class='entry-date published'",
                "class='entry-date published updated'",
                "class=post-date",
                "class=tanggal-terbit",
                "pubdate",
                "rel=published",
                "itemprop=datePublished",
            )
        ),
        pytest.param(
            f"<article>{time(OTHER)}<span class=posted-on>{time(DAY)}</span></article>",
            [DAY],
            id="said around it",
        ),
        pytest.param(
            f"<article>{time(OTHER, 'class=updated')}{time(DAY)}</article>", [DAY], id="not that of a change"
        ),
        pytest.param(f"<article>{time(OTHER, 'class=updated')}</article>", [], id="nothing but a change"),
        pytest.param(
            f"<article>{time(OTHER, 'itemprop=dateModified')}</article>",
            [],
            id="nothing but a change, in microdata",
        ),
        pytest.param(
            f"<article>{time('')}{time('kemarin')}<time>2019</time></article>", [], id="no datetime"
        ),
        *(
            pytest.param(f"<article>{part.format(time(OTHER))}{time(DAY)}</article>", [DAY], id=part)
            for part in (
                "<aside>{}</aside>",
                "<nav>{}</nav>",
                "<div class=related-posts>{}</div>",
                "<div class='box berita-terkait'>{}</div>",
                "<div id=comments>{}</div>",
                "<ol class=commentlist>{}</ol>",
                "<div class=baca-juga>{}</div>",
                "<article>{}</article>",
                "<footer>{}</footer>",
            )
        ),
        pytest.param(
            f"<article>{H1}<footer>{time(DAY)}</footer></article>", [DAY], id="the article's own footer"
        ),
        pytest.param(f"<main></main><footer>{time(OTHER)}</footer>", [], id="the page's footer"),
        pytest.param(
            f"<body class='comments-open related'><p>{time(DAY)}</p>", [DAY], id="classes of the whole page"
        ),
        pytest.param(
            f"<div class='with-sidebar related'><article>{H1}{time(DAY)}</article></div>",
            [DAY],
            id="classes around the article",
        ),
        pytest.param(
            f"<section class=commentary><p>{time(DAY)}</section>", [DAY], id="a commentary is no comment"
        ),
        pytest.param(
            f"<article>{time(OTHER)}</article><article>{H1}{time(DAY)}</article>",
            [DAY],
            id="the one with the heading",
        ),
        pytest.param(
            f"<main>{H1}<p>{time(DAY)}</p><article>{time(OTHER)}</article><article>{time(OTHER)}</article></main>",
            [DAY],
            id="cards",
        ),
        pytest.param(
            f"<article>{time(OTHER)}</article><article>{time(LATER)}</article>", [], id="nothing but cards"
        ),
        pytest.param(
            f"<article>{time(DAY)}<article>{H1}</article><article>{time(OTHER)}</article></article>",
            [DAY],
            id="an article in an article",
        ),
        pytest.param(f"<svg>{time(DAY)}</svg>", [DAY], id="in a drawing"),
        pytest.param(f"<template>{time(OTHER)}</template>", [], id="in a template"),
        pytest.param(f"<frameset>{time(OTHER)}", [], id="frames"),
    ],
)
def test_time(markup: str, expected: list[str]) -> None:
    assert texts(Origin.TIME, markup) == expected


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        pytest.param(ld(news(dateModified=LATER)), [LATER], id="JSON-LD"),
        pytest.param(
            ld([other(dateModified=OTHER), news(url=URL, dateModified=LATER)]), [LATER], id="of one node"
        ),
        pytest.param(ld([other(dateModified=OTHER), news(url=URL)]), [], id="not of another node"),
        pytest.param(
            ld(typed("Article", dateModified=LATER)), [LATER], id="an article that was only changed"
        ),
        pytest.param(meta("article:modified_time", LATER, "property"), [LATER], id="article:modified_time"),
        pytest.param(meta("og:updated_time", LATER, "property"), [LATER], id="og:updated_time"),
        pytest.param(meta("DCTERMS.modified", LATER), [LATER], id="dcterms.modified"),
        pytest.param(meta("lastmod", LATER), [LATER], id="lastmod"),
        pytest.param(f"<article>{time(LATER, 'class=updated')}</article>", [LATER], id="time"),
        pytest.param(f"<article>{time(DAY, 'class=published-updated')}</article>", [], id="time of both"),
        pytest.param(
            f"<article><b itemprop=dateModified content='{LATER}'></article>", [LATER], id="microdata"
        ),
        pytest.param(f"<aside>{time(OTHER, 'class=updated')}</aside>", [], id="beside the article"),
        pytest.param(
            ld(news(dateModified=LATER))
            + meta("og:updated_time", LATER)
            + meta("lastmod", DAY)
            + meta("lastmod", "9"),
            [LATER, DAY],
            id="two at most",
        ),
    ],
)
def test_modified(markup: str, expected: list[str]) -> None:
    assert texts(Origin.MODIFIED, markup) == expected


def test_claims_come_best_first_and_never_too_many() -> None:
    names = ["date", "dc.date", "pubdate", "publishdate", "publish_date", "dcterms.date", "sailthru.date"]
    markup = (
        f"<article>{time(DAY)}</article>"
        + "".join(meta(name, f"{2000 + number}") for number, name in enumerate(names))
        + meta("lastmod", "2010")
        + meta("og:updated_time", "2011")
        + ld(news(datePublished=["2020", "2021", "2022", "2023"], dateModified="2024"))
    )
    origins = [origin for origin, _ in read(markup)]
    assert origins == [origin for origin in Origin for found in origins if found == origin]
    assert set(origins) == {Origin.JSON_LD, Origin.META, Origin.TIME, Origin.MODIFIED}
    assert len(origins) == CLAIMS_MAX


GUESSED = "<article><h1>Pelabuhan baru</h1><p class=date>Rabu, 20 November 2024, 14.30 WIB</p>Isi</article>"


@pytest.mark.parametrize(
    "markup",
    [
        pytest.param(GUESSED, id="the article's text"),
        pytest.param(f"<link rel=canonical href=/2019/01/02/x>{GUESSED}", id="a day in the page's address"),
        pytest.param(
            f"{meta('og:url', '/2019/01/02/x', 'property')}{GUESSED}", id="a day in another address"
        ),
        pytest.param(f"{meta('copyrightyear', '2019', 'itemprop')}{GUESSED}", id="a year of copyright"),
        pytest.param(f"<script>kini = '{OTHER}'</script>{GUESSED}", id="a day in a script"),
        pytest.param(f"<header><p class=date>02-01-2019</header>{GUESSED}", id="a day in the page's header"),
        pytest.param(
            f"<header><p class=date>02-01-2019</header>{GUESSED}".replace("article", "div"), id="no article"
        ),
        pytest.param(
            GUESSED.replace("<h1>", "<aside class=date>02-01-2019</aside><h1>"), id="a day beside it"
        ),
        pytest.param(f"{ld(JSON[:-1])}{GUESSED}", id="broken JSON-LD"),
        pytest.param(f"{meta('date', '{{ date }}')}{GUESSED}", id="a meta element without a date"),
    ],
)
def test_a_guess(markup: str) -> None:
    assert read(markup, url="https://kabar.example.id/2019/01/02/x") == [(Origin.GUESS, "2024-11-20")]


def test_a_page_that_names_its_date_is_not_guessed_at(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = guesser(monkeypatch, lambda: "2019-01-02")
    for markup in (ld(news()), meta("date"), f"<article>{time(DAY)}</article>"):
        assert len(read(markup)) == 1
    changed = f"{meta('lastmod', LATER)}<p>2 Januari 2019"
    assert read(changed) == [(Origin.MODIFIED, LATER), (Origin.GUESS, "2019-01-02")]
    assert len(asked) == 1


def guesser(monkeypatch: pytest.MonkeyPatch, answer: Callable[[], str | None]) -> list[dict[str, Any]]:
    """Put another htmldate in the place of the real one; return what it will be asked."""
    asked: list[dict[str, Any]] = []

    def find_date(markup: str, **settings: Any) -> str | None:
        asked.append({"markup": markup} | settings)
        return answer()

    monkeypatch.setattr("htmldate.find_date", find_date)
    return asked


def test_a_guess_needs_no_address_and_no_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = guesser(monkeypatch, lambda: None)
    assert not read("<article>" + "Isi. " * GUESS_MAX)
    assert asked[0]["markup"].startswith("<html>")
    assert len(asked[0]["markup"]) <= GUESS_MAX + len("<html><head></head><body></article></body></html>")
    assert asked[0]["url"] == ""
    assert asked[0]["max_date"]


@pytest.mark.parametrize("error", [ValueError, RecursionError, KeyError, MemoryError])
def test_whatever_the_guesser_stumbles_over_there_is_no_guess(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def stumble() -> str:
        raise error

    guesser(monkeypatch, stumble)
    assert not read(GUESSED)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Rabu, 20 November 2024, 14.30 WIB", "2024-11-20"),
        ("November 20th, 2024", "2024-11-20"),
        ("20/11/24 14:30", "2024-11-20"),
        ("20th of November 2024", "2024-11-20"),
        ("20 Nov 2024", "2024-11-20"),
        ("5-1-2024", "2024-01-05"),
        ("2024-11-20 14:30", "2024-11-20"),
        ("2024.1.5", "2024-01-05"),
        ("20241120", "2024-11-20"),
        ("11/2024", None),
        ("2024-11", None),
        ("edisi 01/2024", None),
        ("2024 14:30", None),
        ("© 2024 Kabar", None),
        ("Nomor 20, tahun ini 2024 orang", None),
    ],
)
def test_a_guess_never_fills_in_a_day(text: str, day: str | None) -> None:
    """htmldate reads "11/2024" as the first of the month, and "2024-11" as today's day of it."""
    expected = [(Origin.GUESS, day)] if day else []
    assert read(f"<article><h1>Pelabuhan</h1><p class=date>{text}</p></article>") == expected


@pytest.mark.parametrize("day", range(1, 31))
def test_no_day_of_the_month_is_taken_for_one_that_is_written(day: int) -> None:
    """What a text leaves open is filled in with today, and a small number is soon found somewhere."""
    with time_machine.travel(datetime(2026, 11, day, 13, tzinfo=UTC), tick=False):
        for number in range(1, 7):
            for text in ("2024-11", "2024 14:30"):
                heading = f"<h{number}>Pelabuhan</h{number}>"
                assert not read(f"<article>{heading}<p class=date>{text}</p></article>")


@pytest.mark.parametrize("guess", [f"2024-11-{day:02}" for day in range(1, 31) if day != 20])
def test_a_guess_has_to_be_written(monkeypatch: pytest.MonkeyPatch, guess: str) -> None:
    guesser(monkeypatch, lambda: guess)
    assert not read("<article><p class=date>2024-11 20, 14:30, 11/2024</p></article>")


def test_without_the_guesser_there_is_no_guess(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "htmldate", None)
    assert not read(GUESSED)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        pytest.param(
            meta("date", "20 décembre 2024").encode("cp1252"),
            "text/html; charset=windows-1252",
            id="cp1252",
        ),
        pytest.param(
            b"<meta charset=windows-1252>" + meta("date", "20 décembre 2024").encode("cp1252"),
            "text/html",
            id="cp1252, said inside",
        ),
        pytest.param(meta("date", "20 décembre 2024").encode("utf-16"), "text/html", id="UTF-16"),
        pytest.param(meta("date", "20 décembre 2024").encode("utf-16-le"), UTF_8, id="UTF-16 without a mark"),
        pytest.param(
            meta("date", "20 décembre 2024").encode("utf-8-sig"), "text/html", id="UTF-8 with a mark"
        ),
        pytest.param(
            meta("date", "20 décembre 2024").encode(),
            "text/html; charset=hex",
            id="a charset that is none",
        ),
        pytest.param(
            meta("date", "20 décembre 2024").encode("unicode_escape"),
            "text/html; charset=unicode_escape",
            id="a charset of Python's",
        ),
        pytest.param(b"<p>\x00" + meta("date", "20 décembre 2024").encode(), UTF_8, id="a NUL"),
        pytest.param(b"<p>\xff\xfe\x80" + meta("date", "20 décembre 2024").encode(), UTF_8, id="wrong bytes"),
    ],
)
def test_encodings(body: bytes, content_type: str) -> None:
    assert read(body, content_type=content_type) == [(Origin.META, "20 décembre 2024")]


XHTML = (
    '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "x">\n'
    '<html xmlns="http://www.w3.org/1999/xhtml"><head><meta name="date" content="2024-11-20" /></head></html>'
)


@pytest.mark.parametrize(
    "markup",
    [
        pytest.param(XHTML, id="XHTML"),
        pytest.param(f"<!-- halaman -->\n\n{XHTML}", id="after a comment"),
        pytest.param(f"<br />\n<b>Notice</b>: x in <b>y</b>{XHTML}", id="after a script's error"),
        pytest.param(f"Warning: x in y\n{XHTML}", id="after an error in plain text"),
        pytest.param("<title>x</title><meta name=date content=2024-11-20>", id="no doctype"),
    ],
)
def test_pages_begin_in_many_ways(markup: str) -> None:
    assert read(markup.encode()) == [(Origin.META, "2024-11-20")]


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b"", r"is empty \(0 bytes\)"),
        (b" \r\n\x00", r"is empty \(4 bytes\)"),
        (b"%PDF-1.7 <html>", "leads to a PDF, not to a web page"),
        (b"\x89PNG\r\n\x1a\n<html>", "leads to an image"),
        (b"\xff\xd8\xff\xe0 JFIF", "leads to an image"),
        (b"PK\x03\x04", "leads to a document without markup"),
        (b"\xef\xbb\xbf\n {", "leads to JSON"),
        (b'{"html": "<html>"}', "leads to JSON"),
        (b"[1]", "leads to JSON"),
        (b"<?xml version='1.0'?><rss><channel><description>&lt;html>", "leads to a feed or a sitemap"),
        (b"<feed xmlns='http://www.w3.org/2005/Atom'/>", "leads to a feed"),
        (b"<rdf:RDF/>", "leads to a feed"),
        (b"<urlset/>", "leads to a feed or a sitemap"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "leads to a document of <svg>"),
        (b"halo", "leads to a document without markup"),
        (b"\x00\xff\x80", "leads to a document without markup"),
    ],
)
def test_what_is_no_page_is_named(body: bytes, what: str) -> None:
    with pytest.raises(ParseError, match=what):
        read(body)


@pytest.mark.parametrize(
    "markup",
    ["<div>" * 100_000, "<p " + "a " * 5_000 + ">", "<b>" * 50_000 + "<p>" * 50_000],
    ids=["deep", "attributes", "formatting"],
)
def test_a_page_made_to_be_slow_is_refused(markup: str) -> None:
    with pytest.raises(ParseError, match="to be read in decent time"):
        read(markup)


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param(ld('{"datePublished":' + "[" * 100_000), id="JSON nested deep"),
        pytest.param(ld('{"datePublished":' + '{"a":' * 100_000), id="JSON objects nested deep"),
        pytest.param(ld(news(url=json.loads("[" * 900 + "]" * 900))), id="JSON nested as deep as it is read"),
        pytest.param(ld(typed("a" * 100_000, datePublished=OTHER)), id="a long type"),
        pytest.param(
            ld([news(datePublished="x", url=f"{URL}{n}") for n in range(5_000)]), id="many articles"
        ),
        pytest.param(ld({"datePublished": OTHER, "a": [{}] * 100_000}), id="many objects"),
        pytest.param(ld(news(headline="x" * JSON_MAX)), id="a huge text"),
        pytest.param(ld({"datePublished": "x" * 100_000}) * 100, id="a hundred scripts"),
        pytest.param(f"<script>{'x' * 100_000}</script>" * 100, id="a hundred scripts of code"),
        pytest.param(
            "<div class='" + "comment" * 100_000 + "'>" + time("x") * 500 + "</div>", id="a long class"
        ),
        pytest.param("<i itemprop=datePublished content=x></i>" * 20_000, id="many elements"),
        pytest.param(meta("x") * 400, id="many meta elements"),
        pytest.param(f"<p>{'1' * 10_000}</p>", id="digits"),
        pytest.param("<h1></h1>" * 5_000, id="many headings"),
        pytest.param("<div>" * 120 + time("x1") + published("x2") + "<h1>", id="deep"),
        pytest.param("<article>" + "<div>" * 120 + "<h1>" + time("x1"), id="a deep heading"),
        pytest.param("<article></article>" * 5_000, id="many articles without a heading"),
        pytest.param("\x00\ud800\u202e", id="characters that are none"),
    ],
)
def test_what_is_odd_is_passed_over(odd: str) -> None:
    assert (Origin.META, DAY) in read(f"<head>{meta('date')}</head>{odd}")


def test_a_script_that_never_closes_is_read() -> None:
    assert read(ld(news()).removesuffix("</script>")) == [(Origin.JSON_LD, DAY)]
    assert read(f"<script>{ld(news())}".removesuffix("</script>")) == []


WORDPRESS = f"""<!DOCTYPE html>
<html lang="id"><head><meta charset="UTF-8"><title>Pelabuhan baru dibuka - Kabar</title>
<link rel="canonical" href="{URL}">
<meta property="og:type" content="article"><meta property="og:url" content="{URL}">
<meta property="article:published_time" content="2024-11-20T07:30:00+00:00">
<meta property="article:modified_time" content="2024-11-20T09:15:42+00:00">
<script type="application/ld+json" class="yoast-schema-graph">{{"@context":"https://schema.org","@graph":[
{{"@type":"Article","@id":"{URL}#article","isPartOf":{{"@id":"{URL}"}},"headline":"Pelabuhan baru dibuka",
"datePublished":"2024-11-20T07:30:00+00:00","dateModified":"2024-11-20T09:15:42+00:00",
"mainEntityOfPage":{{"@id":"{URL}"}},"wordCount":412,"image":{{"@id":"{URL}#primaryimage"}}}},
{{"@type":"WebPage","@id":"{URL}","url":"{URL}","datePublished":"2024-11-20T07:30:05+00:00",
"breadcrumb":{{"@id":"{URL}#breadcrumb"}}}},
{{"@type":"ImageObject","@id":"{URL}#primaryimage","uploadDate":"2019-01-02T03:04:05+07:00"}},
{{"@type":"WebSite","@id":"https://kabar.example.id/#website","name":"Kabar"}}]}}</script>
</head><body class="post-template-default single single-post comments-open">
<header class="site-header"><p class="today">Kamis, 2 Januari 2019</p><nav><a>Beranda</a></nav></header>
<main id="main"><article id="post-71" class="post-71 post type-post status-publish hentry">
<header class="entry-header"><h1 class="entry-title">Pelabuhan baru dibuka</h1><div class="entry-meta">
<span class="posted-on">Dibuat <a href="{URL}" rel="bookmark">
<time class="entry-date published" datetime="2024-11-20T14:30:00+07:00">20 November 2024</time>
<time class="updated" datetime="2024-11-20T16:15:42+07:00">20 November 2024</time></a></span></div></header>
<div class="entry-content"><p>Pelabuhan itu melayani dua puluh kapal.</p>
<div class="related-posts"><article><time datetime="2019-01-02T03:04:05+07:00">lama</time></article></div>
</div></article><div id="comments" class="comments-area"><ol class="comment-list"><li>
<article class="comment-body"><time datetime="2019-01-02T03:04:05+07:00">lama</time></article></li></ol></div>
</main><aside class="widget-area"><time datetime="2019-01-02T03:04:05+07:00">lama</time></aside></body>"""


def test_a_wordpress_page() -> None:
    assert read(WORDPRESS.encode()) == [
        (Origin.JSON_LD, "2024-11-20T07:30:00+00:00"),
        (Origin.META, "2024-11-20T07:30:00+00:00"),
        (Origin.TIME, "2024-11-20T14:30:00+07:00"),
        (Origin.MODIFIED, "2024-11-20T09:15:42+00:00"),
        (Origin.MODIFIED, "2024-11-20T16:15:42+07:00"),
    ]


PORTAL = """<!DOCTYPE html>
<html lang="id-ID"><head><meta charset="utf-8"><title>Harga beras turun di Surabaya</title>
<link rel="canonical" href="https://ekonomi.portal.example.id/read/7643210/harga-beras-turun">
<meta name="content_id" content="7643210"><meta name="content_category" content="Ekonomi">
<meta name="content_PublishedDate" content="2024-11-20 14:30:00">
<meta name="dtk:publishdate" content="2024/11/20 14:30:00">
<meta name="originalpublishdate" content="20/11/2024 14:30 WIB">
<script type="application/ld+json">
{"@context":"https://schema.org","@type":"BreadcrumbList","itemListElement":[{"@type":"ListItem","position":1}]}
</script>
<script type="application/ld+json">
[{"@context":"https://schema.org","@type":"NewsArticle","headline":"Banjir di Malang",
"url":"https://ekonomi.portal.example.id/read/7640001/banjir","datePublished":"2019-01-02T03:04:05+07:00"},
{"@context":"https://schema.org","@type":"NewsArticle","headline":"Harga beras
turun","mainEntityOfPage":{"@type":"WebPage","@id":"https://ekonomi.portal.example.id/read/7643210/harga-beras-turun"},
"datePublished":"2024-11-20T14:30:00+07:00","dateModified":"2024-11-20T14:31:10+07:00"},
{"@type":"VideoObject","uploadDate":"2019-01-02T03:04:05+07:00"}]</script></head>
<body><div class="header"><span class="date">Kamis, 02 Jan 2019</span></div>
<div class="wrap"><h1 class="read__title">Harga beras turun di Surabaya</h1>
<div class="read__time">Kompilasi - 20/11/2024, 14:30 WIB</div><div class="read__content"><p>Turun.</p></div>
<div class="terkait"><a href="/read/1"><time datetime="2019-01-02">lama</time></a></div>
<div class="terpopuler"><a href="/read/2"><time datetime="2019-01-03">lama</time></a></div>
</div></body></html>"""


def test_an_indonesian_portal() -> None:
    assert read(PORTAL.encode(), url="https://amp.portal.example.id/read/7643210?page=all") == [
        (Origin.JSON_LD, "2024-11-20T14:30:00+07:00"),
        (Origin.META, "20/11/2024 14:30 WIB"),
        (Origin.META, "2024-11-20 14:30:00"),
        (Origin.META, "2024/11/20 14:30:00"),
        (Origin.MODIFIED, "2024-11-20T14:31:10+07:00"),
    ]


FRAGMENTS = [
    *(
        "<article>",
        "</article>",
        "<main>",
        "<aside>",
        "</aside>",
        "<footer>",
        "<h1>",
        "<p>",
        "</p>",
        "<head>",
    ),
    *(
        "</head>",
        "<body>",
        "<frameset>",
        "<table>",
        "<svg>",
        "<template>",
        "<script>",
        "</script>",
        "<!--",
        "-->",
    ),
    *(
        "<time datetime=2024-11-20 class=updated>",
        "<time datetime=2024 pubdate>",
        "</time>",
        "20-11-2024",
        "]]>",
    ),
    *("<meta name=date content=1>", "<link rel=canonical href=//[>", "<i itemprop=datePublished content=x1>"),
]
KEYS = ["@type", "@id", "@graph", "@value", "url", "mainEntityOfPage", "datePublished", "dateModified", "a"]
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from([URL, "Article"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=20,
)
pieces = st.sampled_from(FRAGMENTS) | st.text(max_size=10) | values.map(lambda value: ld(json.dumps(value)))


@given(body=st.binary(), content_type=st.sampled_from([UTF_8, "text/html; charset=utf-16"]) | st.text())
def test_bytes_give_claims_or_a_parse_error(body: bytes, content_type: str) -> None:
    for page in (body, b"<html>" + body):
        with suppress(ParseError):
            assert all(claim.text for claim in read_article(page, url=URL, content_type=content_type).claims)


@given(markup=st.lists(pieces, max_size=20).map("".join), url=st.just(URL) | st.text())
def test_markup_gives_claims_that_are_clean_and_few(markup: str, url: str) -> None:
    """Whatever a page is made of: no claim is empty, odd, too long or there twice."""
    found = read(f"<html>{markup}", url=url)
    assert len(found) == len(set(found)) <= CLAIMS_MAX
    for origin, text in found:
        assert origin in {Origin.JSON_LD, Origin.META, Origin.TIME, Origin.MODIFIED, Origin.GUESS}
        assert 0 < len(text) <= TEXT_MAX
        assert text == " ".join(text.split())
        assert text.encode()
