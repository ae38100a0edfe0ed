"""A feed on a page of another site, in a real browser: by the very lines that the documentation gives.

The page's own policy is as strict as can be, the titles are hostile, and nothing may be complained of.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.e2e.browsing import CHROMIUM, opened, served, violations
from tests.making import SITE, a_category, a_feed, a_source
from tests.web.newsroom import NOW, FakeStore, Newsroom, make_entry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Locator, Page
    from playwright.sync_api import Route as Held
    from starlette.requests import Request

    from tests.e2e.browsing import Scheme, Seen

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")

GUIDE = (Path(__file__).parents[2] / "docs" / "embedding.md").read_text("utf-8")
DOCUMENTED = SITE.base_url  #: in the guide: the service
HOSTILE = "<img src=x onerror='window.broken = 1'><script>window.broken = 1</script>"
ENDLESS = "Kapalpelabuhanperistiwa" * 12
STRICT = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'"
TRUSTED = "require-trusted-types-for 'script'; trusted-types 'none'"


def block(language: str) -> str:
    """Return what the guide shows in a language."""
    found = re.search(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)
    assert found
    return found[1]


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    """Serve a newsroom on loopback, and return where."""
    port = a_source("pelabuhan", "logistik")
    feeds = [a_feed("logistik", port.id, page="/c/logistik/"), a_feed("source/pelabuhan", port.id)]
    newsroom = Newsroom(site=SITE, categories=[a_category("logistik", port)], feeds=feeds, store=FakeStore())
    newsroom.publish(
        "logistik",
        make_entry(0, title=HOSTILE),
        make_entry(2),
        make_entry(30, title=ENDLESS, link="javascript:window.broken = 1"),
        *(make_entry(number * 24) for number in range(3, 60)),
    )
    newsroom.publish("source/pelabuhan", make_entry(1, title="Dari satu sumber", language="en"))
    with served(newsroom.application()) as where:
        yield where


class Host:
    """Another site: pages of one body each."""

    def __init__(self, service: str) -> None:
        self.body = ""
        self.style = ""
        self.feed: object = {}
        self.status = 200
        self.policy = f"{STRICT}; {TRUSTED}; {block('text').strip().replace(DOCUMENTED, service)}"
        self.headers: dict[str, str] = {}
        self.address = ""

    def application(self) -> Starlette:
        return Starlette(
            routes=[Route("/", self.page), Route("/host.css", self.sheet), Route("/feed", self.json)]
        )

    def page(self, _request: Request) -> Response:
        head = '<meta charset="utf-8"><title>Situs lain</title><link rel="stylesheet" href="/host.css">'
        text = f'<!doctype html><html lang="id">{head}<main><h1>Situs lain</h1>{self.body}</main>'
        headers = {"Content-Security-Policy": self.policy, **self.headers}
        return Response(text, media_type="text/html", headers=headers)

    def sheet(self, _request: Request) -> Response:
        return Response(self.style, media_type="text/css")

    def json(self, _request: Request) -> Response:
        return JSONResponse(self.feed, self.status)


@pytest.fixture
def host(service: str) -> Iterator[Host]:
    """Serve another site, at another origin, with the lines of the guide in its page."""
    host = Host(service)
    host.body = block("html").replace(DOCUMENTED, service)
    with served(host.application()) as host.address:
        assert host.address != service
        yield host


@contextmanager
def visited(
    browser: Browser, host: Host, scheme: Scheme = "light", *, scripts: bool = True
) -> Iterator[Seen]:
    """Open the other site's page at an hour when its news is news."""
    with opened(browser, "about:blank", 800, scheme, scripts=scripts) as seen:
        if scripts:
            seen.page.clock.set_fixed_time(NOW)
        seen.page.goto(host.address)
        yield seen


def element(page: Page) -> Locator:
    """Return the list of the element, once it is there."""
    shown = page.locator("aggregator-feed").get_by_role("list", name="Logistik")
    shown.wait_for()
    return shown


def quiet(seen: Seen) -> bool:
    """Tell that nothing ran, nothing was complained of, and nothing asked for elsewhere."""
    return not seen.page.evaluate("'broken' in window") and seen.complaints == [] == seen.asked


def test_without_javascript_the_frame_is_shown(browser: Browser, host: Host) -> None:
    with visited(browser, host, scripts=False) as seen:
        frame = seen.page.frame_locator("iframe")
        frame.get_by_role("listitem").first.wait_for()
        assert frame.get_by_role("listitem").count() == 5
        assert frame.get_by_role("link", name=HOSTILE).is_visible()
        paper = frame.locator("body").evaluate("it => getComputedStyle(it).backgroundColor")
        assert paper == "rgb(251, 250, 246)"  # its style sheet came
        assert seen.complaints == [] == seen.asked


def test_with_javascript_the_list_becomes_a_part_of_the_page(browser: Browser, host: Host) -> None:
    with visited(browser, host) as seen:
        items = element(seen.page).get_by_role("listitem")
        assert items.count() == 5
        assert not seen.page.locator("iframe").is_visible()
        assert items.nth(0).get_by_role("link").inner_text() == HOSTILE
        assert items.nth(1).inner_text().split("\n")[-1] == "Kabar Pelabuhan · 2 jam yang lalu"
        assert [items.nth(n).locator("time").inner_text() for n in (0, 2, 3)] == [
            "sekarang", "1 hari yang lalu", "3 hari yang lalu",
        ]  # fmt: skip
        time = items.nth(1).locator("time")
        assert time.get_attribute("datetime") == "2024-11-20T07:30:00+00:00"
        assert (time.get_attribute("title") or "").startswith("Rabu, 20 November 2024 pukul 14.30")
        link = items.nth(1).get_by_role("link")
        assert link.get_attribute("href") == "https://pelabuhan.example.id/2"
        assert (link.get_attribute("rel"), link.get_attribute("target")) == ("noopener", "_blank")
        heading = seen.page.get_by_role("link", name="Logistik", exact=True)
        assert heading.get_attribute("href") == f"{SITE.base_url}/c/logistik/"
        assert quiet(seen)


def test_an_older_story_is_dated_by_its_day(browser: Browser, host: Host) -> None:
    host.body = host.body.replace('items="5"', 'items="50" lang="en-GB"')
    with visited(browser, host) as seen:
        times = element(seen.page).locator("time")
        assert times.count() == 50
        assert times.nth(1).inner_text() == "2 hours ago"
        assert times.nth(7).inner_text() == "13 Nov 2024"


def test_custom_properties_and_parts_style_it(browser: Browser, host: Host) -> None:
    colour = "it => getComputedStyle(it).color"
    host.style = "body { color: rgb(9, 9, 9) }"
    with visited(browser, host) as seen:
        assert element(seen.page).evaluate(colour) == "rgb(9, 9, 9)"
    host.style += """
        aggregator-feed { --feed-color: rgb(1, 2, 3); --feed-muted: rgb(4, 5, 6);
            --feed-accent: rgb(7, 8, 9) }
        aggregator-feed::part(heading) { display: none }"""
    with visited(browser, host) as seen:
        shown = element(seen.page)
        assert shown.evaluate(colour) == "rgb(1, 2, 3)"
        assert shown.locator("time").first.evaluate(colour) == "rgb(4, 5, 6)"
        link = shown.get_by_role("link").first
        link.focus()
        assert link.evaluate(colour) == "rgb(7, 8, 9)"
        assert not seen.page.get_by_role("link", name="Logistik", exact=True).is_visible()
        assert quiet(seen)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("theme", ["", "auto", "light", "dark"])
def test_everybody_can_read_the_element(browser: Browser, host: Host, theme: str, scheme: Scheme) -> None:
    host.body = host.body.replace('items="5"', f'items="5" theme="{theme}"' if theme else 'items="5"')
    with visited(browser, host, scheme) as seen:
        shown = element(seen.page)
        dark = theme == "dark" or (theme == "auto" and scheme == "dark")
        ink = "236, 232, 223" if dark else "29, 27, 24" if theme else "0, 0, 0"
        assert shown.evaluate("it => getComputedStyle(it).color") == f"rgb({ink})"
        seen.page.set_viewport_size({"width": 200, "height": 800})
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= 200
        assert violations(seen.page) == []


def test_attributes_that_change_change_the_list(browser: Browser, host: Host) -> None:
    with visited(browser, host) as seen:
        items = element(seen.page).get_by_role("listitem")
        asked: list[str] = []
        seen.page.on("request", lambda request: asked.append(request.url))
        change(seen.page, items="2", lang="en")
        items.get_by_text("2 hours ago").wait_for()
        assert items.count() == 2
        assert sum("/feeds/" in url for url in asked) == 1  # for both
        change(seen.page, feed="source/pelabuhan")
        title = seen.page.get_by_text("Dari satu sumber")
        title.wait_for()
        assert title.evaluate("it => it.closest('[lang]').lang") == "en"
        assert quiet(seen)


def change(page: Page, **attributes: str) -> None:
    """Set attributes of the element, all in one turn."""
    code = "(it, of) => Object.entries(of).forEach(each => it.setAttribute(...each))"
    page.locator("aggregator-feed").evaluate(code, attributes)


def test_an_answer_that_comes_too_late_is_left_aside(browser: Browser, host: Host) -> None:
    held: list[Held] = []
    with opened(browser, "about:blank") as seen:
        seen.page.route("**/feeds/logistik.json", lambda route: held.append(route))  # noqa: PLW0108 # told from its arguments
        with seen.page.expect_request("**/feeds/logistik.json"):
            seen.page.goto(host.address)
        change(seen.page, feed="source/pelabuhan")
        title = seen.page.get_by_text("Dari satu sumber")
        title.wait_for()
        with seen.page.expect_response("**/feeds/logistik.json") as late:
            held[0].continue_()
        late.value.finished()
        seen.page.evaluate("new Promise(done => setTimeout(done, 100))")
        assert title.is_visible()
        assert quiet(seen)


STRANGE = [
    {"title": HOSTILE, "url": "javascript:window.broken = 1", "date_published": HOSTILE},
    {"title": "minutes", "url": "HTTPS://x.example/", "date_published": "2024-11-20T16:29:01+07:00"},
    {"title": "hours", "url": "/relative", "date_published": "2024-11-20T06:30:01Z"},
    {"title": "soon", "url": "data:text/html,x", "date_published": "2024-11-20T09:35:00Z"},
    {"url": "https://x.example/untitled", "_source": {"title": "Kawat"}},
    {"title": 7, "url": 7, "language": 7, "_source": 7},
    {},
]


def test_a_feed_of_anybody_is_text_only(browser: Browser, host: Host) -> None:
    host.feed = {"title": "Logistik", "home_page_url": "javascript:window.broken = 1", "items": STRANGE}
    host.body = host.body.replace('feed="logistik"', 'src="/feed" lang="en" items="9"')
    host.policy = host.policy.replace("connect-src", "connect-src 'self'")
    with visited(browser, host) as seen:
        items = element(seen.page).get_by_role("listitem")
        assert [" ".join(text.split()) for text in items.all_inner_texts()] == [
            HOSTILE, "minutes now", "hours 2 hours ago", "soon in 5 minutes",
            "https://x.example/untitled Kawat", "7", "…",
        ]  # fmt: skip
        links = seen.page.locator("aggregator-feed").get_by_role("link")
        assert [link.get_attribute("href") for link in links.all()] == [
            "HTTPS://x.example/", "https://x.example/untitled",
        ]  # fmt: skip
        seen.page.locator("aggregator-feed").evaluate("it => { it.hidden = true }")
        assert not items.first.is_visible()
        assert quiet(seen)


NO_FEEDS: list[object] = [{}, [], None, {"items": {}}, {"items": [None]}, 7]


@pytest.mark.parametrize(("feed", "status"), [*((feed, 200) for feed in NO_FEEDS), ({"items": []}, 503)])
def test_what_is_no_feed_leaves_the_frame(browser: Browser, host: Host, feed: object, status: int) -> None:
    host.feed, host.status = feed, status
    host.body = host.body.replace('feed="logistik"', f'src="{host.address}/feed"')
    host.policy = host.policy.replace("connect-src", "connect-src 'self'")
    with visited(browser, host) as seen:
        with seen.page.expect_console_message(lambda said: "leaves what it has" in said.text):
            seen.page.reload()
        assert seen.page.locator("iframe").is_visible()


def test_any_json_feed_and_several_elements(browser: Browser, host: Host, service: str) -> None:
    one = f'<aggregator-feed src="{service}/feeds/source/pelabuhan.json"></aggregator-feed>'
    host.body = f'<script src="{service}/embed.js"></script>' * 2 + one * 2
    host.headers = {"Cross-Origin-Embedder-Policy": "require-corp"}
    with visited(browser, host) as seen:
        for place in (0, 1):
            seen.page.locator("aggregator-feed").nth(place).get_by_text("Dari satu sumber").wait_for()
        assert quiet(seen)


@pytest.mark.parametrize("feed", ["nothing", "../embed.js?", 'logistik" lang="?'])
def test_where_the_feed_does_not_come_the_frame_stays(browser: Browser, host: Host, feed: str) -> None:
    host.body = host.body.replace('feed="logistik"', f'feed="{feed}"')
    with visited(browser, host) as seen:
        with seen.page.expect_console_message(lambda said: "leaves what it has" in said.text):
            seen.page.reload()
        frame = seen.page.frame_locator("iframe")
        frame.get_by_role("listitem").first.wait_for()
        assert seen.page.locator("iframe").is_visible()


def test_a_page_whose_policy_forbids_the_feed_keeps_the_frame(browser: Browser, host: Host) -> None:
    host.policy = re.sub("connect-src [^;]*", "connect-src 'none'", host.policy)
    with visited(browser, host) as seen:
        seen.page.frame_locator("iframe").get_by_role("listitem").first.wait_for()
        assert any("connect-src" in complaint for complaint in seen.complaints)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("theme", ["auto", "light", "dark"])
def test_everybody_can_read_the_frame(browser: Browser, service: str, theme: str, scheme: Scheme) -> None:
    with opened(browser, f"{service}/embed/logistik?theme={theme}&lang=en", 200, scheme) as seen:
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= 200
        assert violations(seen.page) == []
        dark = theme == "dark" or (theme == "auto" and scheme == "dark")
        paper = seen.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert paper == ("rgb(21, 20, 18)" if dark else "rgb(251, 250, 246)")
        assert quiet(seen)


def test_a_frame_that_is_locked_up_still_leads_to_the_publisher(browser: Browser, host: Host) -> None:
    attribute = re.search('sandbox="[^"]*"', GUIDE)
    assert attribute
    host.body = host.body.replace("<iframe ", f"<iframe {attribute[0]} ")
    with visited(browser, host, scripts=False) as seen:
        frame = seen.page.frame_locator("iframe")
        assert frame.locator("ul").evaluate("it => getComputedStyle(it).listStyleType") == "none"
        with seen.page.context.expect_page() as opening:
            frame.get_by_role("link", name="Kapal 2 tiba").click()
        assert opening.value.url == "https://pelabuhan.example.id/2"
        assert seen.referrers == {None}


def test_no_other_page_may_stand_in_a_frame(browser: Browser, host: Host, service: str) -> None:
    host.body = f'<iframe src="{service}/c/logistik/" title="x"></iframe>'
    with visited(browser, host) as seen:
        assert any("frame-ancestors" in complaint for complaint in seen.complaints)
