"""The readable pages in a real browser: what a reader with a phone, a keyboard or a voice finds there.

The stories are made up to be trouble: tables wider than a phone, words without an end, films, pictures that
come late. Nothing leaves the machine: pictures are answered by the test, and any other request fails it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from aggregator.model.item import Enclosure
from aggregator.model.source import SourceState
from aggregator.parse.html import sanitise
from aggregator.web import pages
from tests.e2e.browsing import CHROMIUM, DESK, PHONE, PICTURE, opened, served, violations
from tests.making import SITE, a_category, a_feed, a_source
from tests.web.newsroom import NOW, FakeStore, Newsroom, make_item, make_story

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Route

    from tests.e2e.browsing import Scheme

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")

ENDLESS = "Kapalpelabuhanperistiwa" * 12
CONTENT = f"""
<h1>Bagian</h1><p>{ENDLESS} dan https://contoh.example/{"jalan" * 40}/</p><h4>Anak bagian</h4>
<table><caption>Arus barang</caption>{"<tr>" + "<td>1.234.567.890</td>" * 20 + "</tr>"}</table>
<pre>{"x = 1; " * 60}</pre><iframe src="https://iklan.example/" width="900"></iframe>
<p><img src="https://img.example/lebar.jpg" width="2700" height="3600">
<a href="/x"><img src="https://img.example/b" width="90" height="120"></a></p>
<video src="https://img.example/film.mp4" width="1600" controls autoplay>Tidak didukung</video>
<ul><li>Satu</li><li lang="??">Dua <a href="javascript:alert(1)">jahat</a></li></ul>
<blockquote><p lang="en">Quoted</p></blockquote><script>window.broken = 1</script>
"""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Serve the pages on loopback, with few stories on each, and return where."""
    port, wire = a_source("pelabuhan", "logistik", title=f"Kabar {ENDLESS}"), a_source("kawat", "news")
    stories = [
        make_story(
            f"s{number}",
            make_item(
                "pelabuhan" if number % 7 else "kawat",
                f"Kapal {number} tiba" if number % 5 else f"{ENDLESS} {number}",
                NOW - timedelta(hours=number),
                image=f"https://img.example/{number}.jpg" if number % 2 else "",
                language="en" if number % 4 == 0 else "id",
                content=sanitise(CONTENT, base="https://contoh.example/"),
                enclosures=(Enclosure(url=f"https://contoh.example/{ENDLESS}.mp3"),),
                categories=("Pelabuhan", ENDLESS),
            ),
            make_item("kawat", "Salinan", NOW - timedelta(hours=number)),
        )
        for number in range(1, 14)
    ]
    state = SourceState(id="kawat", title="Kawat", last_at=NOW, result="failed", error=ENDLESS, failures=3)
    newsroom = Newsroom(
        site=replace(SITE, base_url="https://feeds.example.id"),
        categories=[a_category("logistik", port), a_category("news", wire)],
        feeds=[
            a_feed("all", "pelabuhan", "kawat", title="Semua kabar"),
            a_feed("logistik", "pelabuhan", title="Logistik"),
            a_feed("source/pelabuhan", "pelabuhan", title=ENDLESS),
        ],
        store=FakeStore(stories=stories, source_states={"kawat": state}, held_back={"kawat": 4}),
    )
    few = pytest.MonkeyPatch()
    few.setattr(pages, "CATEGORY_STORIES", 8)
    try:
        with served(newsroom.application()) as where:
            yield where
    finally:
        few.undo()


PATHS = ["/", "/c/logistik/", "/items/s1", "/status", "/nothing"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("width", [PHONE, DESK])
def test_everybody_can_read_it(browser: Browser, address: str, path: str, width: int) -> None:
    """No violation that axe knows, nothing wider than the screen, nothing asked for but pictures."""
    with opened(browser, address + path, width) as seen:
        seen.page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
        assert violations(seen.page) == []
        seen.page.emulate_media(color_scheme="dark")
        assert violations(seen.page, "color-contrast") == []  # all that is different in the dark
        assert all(url.startswith("https://img.example/") and "film" not in url for url in seen.asked)
        assert seen.referrers <= {None}
        refused = ["404"] if path == "/nothing" else []  # which the browser tells its console
        assert len(seen.complaints) == len(refused)
        assert not seen.page.evaluate("'broken' in window")


def test_dark_is_dark_and_light_is_light(browser: Browser, address: str) -> None:
    shown = {}
    schemes: tuple[Scheme, ...] = ("light", "dark")
    for scheme in schemes:
        with opened(browser, address, scheme=scheme) as seen:
            shown[scheme] = seen.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert shown == {"light": "rgb(251, 250, 246)", "dark": "rgb(21, 20, 18)"}


def test_the_keyboard_is_enough(browser: Browser, address: str) -> None:
    with opened(browser, f"{address}/c/logistik/") as seen:
        keys, focused = seen.page.keyboard, "document.activeElement"
        keys.press("Tab")
        box = seen.page.locator(":focus").bounding_box()
        assert box is not None
        assert box["y"] >= 0  # the skip link comes into view
        keys.press("Enter")
        assert seen.page.evaluate(f"{focused}.id") == "content"
        for _ in range(3):
            keys.press("Tab")
            assert seen.page.evaluate(f"document.querySelector('main').contains({focused})")
            assert seen.page.evaluate(f"getComputedStyle({focused}).outlineStyle") == "solid"
        keys.press("Tab")
        assert seen.page.evaluate(f"{focused}.tagName") == "SUMMARY"
        link = seen.page.get_by_role("link", name="Feedly")
        assert not link.is_visible()
        keys.press("Enter")
        assert link.is_visible()


def test_what_is_too_wide_scrolls_by_itself_and_by_keyboard(browser: Browser, address: str) -> None:
    with opened(browser, f"{address}/items/s1", PHONE) as seen:
        table = seen.page.get_by_role("group", name="Tabel")
        assert table.evaluate("it => it.scrollWidth > it.clientWidth && it.clientWidth <= innerWidth")
        table.focus()
        assert table.evaluate("it => it === document.activeElement")


def test_without_javascript_all_is_there(browser: Browser, address: str) -> None:
    with opened(browser, f"{address}/c/logistik/", PHONE, scripts=False) as seen:
        seen.page.get_by_text("Tambahkan ke pembaca").click()
        assert seen.page.get_by_role("link", name="Inoreader").is_visible()
        newest = seen.page.locator("h2.card-title").first.inner_text()
        seen.page.get_by_role("link", name="Kabar sebelumnya").click()
        assert seen.page.locator("h2.card-title").first.inner_text() != newest
        seen.page.get_by_role("link", name="Kabar terbaru").click()
        assert seen.page.locator("h2.card-title").first.inner_text() == newest


@pytest.mark.parametrize("path", ["/", "/c/logistik/", "/items/s1"])
def test_pictures_move_nothing_when_they_come(browser: Browser, address: str, path: str) -> None:
    where = "[...document.querySelectorAll('h1, h2, h3, p')].map(it => it.getBoundingClientRect().top)"
    late: list[Route] = []
    with opened(browser, "about:blank", PHONE) as seen:
        seen.page.route("https://img.example/**", lambda route: late.append(route))  # noqa: PLW0108 # told from its arguments
        with seen.page.expect_request("https://img.example/**"):
            seen.page.goto(address + path, wait_until="domcontentloaded")
            seen.page.locator("img").first.scroll_into_view_if_needed()
        before = seen.page.evaluate(where)
        for route in late:
            route.fulfill(body=PICTURE, content_type="image/svg+xml")
        picture = seen.page.locator("img").first
        picture.evaluate("it => it.decode()")
        assert picture.evaluate("it => it.naturalHeight") == 1200
        assert seen.page.evaluate(where) == before
