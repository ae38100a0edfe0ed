"""What other sites load: the frame, its style sheet, the script."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from datetime import timedelta
from importlib.resources import files
from typing import TYPE_CHECKING

import pytest

from tests.making import SITE
from tests.web.markup import HOSTILE, Elements
from tests.web.newsroom import NOW, make_entry

if TYPE_CHECKING:
    from aggregator.errors import StoreError
    from tests.web.newsroom import Newsroom

PATH = "/embed/logistik"
POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *"


@pytest.fixture(autouse=True)
def _published(newsroom: Newsroom) -> None:
    newsroom.publish("logistik", *(make_entry(number) for number in range(1, 61)))


def linked(page: str) -> list[str]:
    """Return where a frame's stories lead."""
    return [link["href"] for link in Elements(page).all("a") if not link["href"].startswith("/")]


def test_a_frame_is_safe_and_complete(newsroom: Newsroom) -> None:
    response = newsroom.ask(PATH)
    assert response.status_code == 200
    headers = response.headers
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["content-security-policy"] == POLICY
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "public, max-age=60, stale-while-revalidate=300"
    assert "x-frame-options" not in headers
    elements = Elements(response.text)
    assert not {"script", "style", "img", "form"} & {tag for tag, _ in elements.found}
    assert not any("style" in attributes for _, attributes in elements.found)
    assert elements.all("html") == [{"lang": "id", "data-theme": "auto"}]
    assert len(elements.all("h1")) == len(elements.all("main")) == len(elements.all("title")) == 1
    assert elements.meta["robots"] == "noindex"
    assert all(link["target"] == "_blank" and link["rel"] == "noopener" for link in elements.all("a"))


def test_a_frame_lists_the_newest_of_its_feed(newsroom: Newsroom) -> None:
    page = newsroom.ask(PATH).text
    assert linked(page) == [f"https://pelabuhan.example.id/{number}" for number in range(1, 6)]
    assert "Kapal 1 tiba" in page
    assert "Kabar Pelabuhan" in page
    assert Elements(page).all("time")[1] == {
        "datetime": "2024-11-20T07:30:00Z", "title": "Rabu, 20 November 2024 14.30 WIB",
    }  # fmt: skip
    assert "2 jam lalu</time>" in page


def test_a_frame_in_english(newsroom: Newsroom) -> None:
    page = newsroom.ask(f"{PATH}?lang=en").text
    assert Elements(page).all("html")[0]["lang"] == "en"
    assert Elements(page).all("p")[0] == {"class": "title", "dir": "auto", "lang": "id"}
    assert "2 hours ago</time>" in page
    assert "Wednesday, 20 November 2024, 14:30 WIB" in page


@pytest.mark.parametrize("theme", ["auto", "light", "dark"])
def test_a_theme(newsroom: Newsroom, theme: str) -> None:
    page = newsroom.ask(f"{PATH}?theme={theme}").text
    assert Elements(page).all("html")[0]["data-theme"] == theme


@pytest.mark.parametrize(("asked", "shown"), [("1", 1), ("5", 5), ("50", 50)])
def test_how_many(newsroom: Newsroom, asked: str, shown: int) -> None:
    assert len(linked(newsroom.ask(f"{PATH}?items={asked}").text)) == shown


@pytest.mark.parametrize(
    ("query", "allowed"),
    [
        *(
            (f"items={bad}", "“items” dapat berisi: 1, 2, … 50.")
            for bad in ("0", "51", "-1", "05", "", "x", "٣")
        ),
        *((f"theme={bad}", "“theme” dapat berisi: auto, light, dark.") for bad in ("", "DARK", HOSTILE)),
        *((f"lang={bad}", "“lang” dapat berisi: id, en.") for bad in ("", "fr", "id-ID", HOSTILE)),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_a_sentence(newsroom: Newsroom, query: str, allowed: str) -> None:
    response = newsroom.ask(f"{PATH}?{query}")
    assert response.status_code == 400
    assert response.text == f"Pada alamat ini, {allowed}\n"
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["content-security-policy"] == POLICY


def test_other_parameters_change_nothing(newsroom: Newsroom) -> None:
    assert newsroom.ask(f"{PATH}?utm_source=x").content == newsroom.ask(PATH).content


@pytest.mark.parametrize(
    "feed", ["nothing", "", "logistik/", "logistik.rss", "logistik/archive/1", "source/x"]
)
def test_no_such_feed(newsroom: Newsroom, feed: str) -> None:
    response = newsroom.ask(f"/embed/{feed}")
    assert response.status_code == 404
    assert response.text.startswith("Tidak ada feed di alamat ini.")  # in a line: it may stand in a frame
    assert response.headers["cache-control"] == "no-store"


def test_the_feed_of_a_source_can_be_embedded(newsroom: Newsroom) -> None:
    newsroom.publish("source/pelabuhan", make_entry(7))
    page = newsroom.ask("/embed/source/pelabuhan").text
    assert linked(page) == ["https://pelabuhan.example.id/7"]
    assert 'href="/feeds/source/pelabuhan.rss"' in page


def test_a_feed_that_has_nothing_yet_says_so_and_is_asked_again(newsroom: Newsroom) -> None:
    newsroom.publish("logistik")
    empty = newsroom.ask(PATH)
    del newsroom.store.publications["logistik", "json"]
    newsroom.built = None
    missing = newsroom.ask(PATH)
    for response in (empty, missing):
        assert response.status_code == 200
        assert "Belum ada kabar" in response.text
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["content-security-policy"] == POLICY


def test_what_sources_write_is_never_markup(newsroom: Newsroom) -> None:
    credit = replace(make_entry(1).source, title=HOSTILE)
    newsroom.publish(
        "logistik",
        make_entry(1, title=HOSTILE, link="javascript:alert(1)", source=credit, language=HOSTILE),
        make_entry(2, title="", summary="", content="", link=""),
    )
    page = newsroom.ask(f"{PATH}?lang=en").text
    elements = Elements(page)
    assert not {"script", "img"} & {tag for tag, _ in elements.found}
    assert page.count("&lt;img src=x onerror=alert(1)&gt;") == 1
    titles = [attributes for attributes in elements.all("p") if attributes["class"] == "title"]
    assert [title.get("lang") for title in titles] == [None, "id"]
    stories = [link["href"] for link in elements.all("a") if "/items/" in link["href"]]
    assert stories == ["https://feeds.example.id/items/1", "https://feeds.example.id/items/2"]  # ours
    assert ">(tanpa judul)</a>" in page


def test_a_frame_changes_with_its_feed_and_with_time(newsroom: Newsroom) -> None:
    first = newsroom.ask(PATH)
    known = {"If-None-Match": first.headers["etag"]}
    assert newsroom.ask(PATH, headers=known).status_code == 304
    newsroom.now = NOW + timedelta(hours=1)
    later = newsroom.ask(PATH, headers=known)
    assert "3 jam lalu" in later.text
    newsroom.publish("logistik", make_entry(0, title="Kapal baru"))
    newsroom.store.serials["logistik"] = 1
    assert "Kapal baru" not in newsroom.ask(PATH).text
    newsroom.application().shelf.refresh()
    assert "Kapal baru" in newsroom.ask(PATH).text


def test_frames_cost_the_database_nothing(newsroom: Newsroom) -> None:
    newsroom.ask(PATH)
    asked = newsroom.store.asked
    for query in ("items=9", "theme=dark", "lang=en"):
        newsroom.ask(f"{PATH}?{query}")
    assert newsroom.store.asked == asked


def test_a_frame_is_compressed_and_can_be_asked_for_by_head(newsroom: Newsroom) -> None:
    plain = newsroom.ask(PATH)
    packed = newsroom.ask(PATH, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.extensions["sent"]) == plain.content
    head = newsroom.ask(PATH, "HEAD")
    assert head.content == b""
    assert head.headers["etag"] == plain.headers["etag"]
    assert newsroom.ask(PATH, "POST").status_code == 405


def test_without_the_database_a_frame_says_so(newsroom: Newsroom, broken_database: StoreError) -> None:
    newsroom.store.error = broken_database
    response = newsroom.ask(PATH)
    assert response.status_code == 503
    assert response.headers["content-type"].startswith("text/plain")
    assert "sqlite" not in response.text


def test_a_frame_below_a_path(newsroom: Newsroom) -> None:
    newsroom.site = replace(SITE, base_url="https://example.id/kabar")
    elements = Elements(newsroom.ask(PATH).text)
    assert elements.link("stylesheet")[0].startswith("/kabar/embed.css?v=")
    ours = [link["href"] for link in elements.all("a") if link["href"].startswith("/")]
    assert ours == ["/kabar/c/logistik/", "/kabar/", "/kabar/feeds/logistik.rss"]


def test_the_style_sheet(newsroom: Newsroom) -> None:
    [address] = Elements(newsroom.ask(PATH).text).link("stylesheet")
    style = newsroom.ask(address)
    assert style.headers["content-type"] == "text/css; charset=utf-8"
    assert style.headers["cache-control"] == "public, max-age=3600"
    assert "url(" not in style.text


def test_the_script(newsroom: Newsroom) -> None:
    response = newsroom.ask("/embed.js")
    assert response.status_code == 200
    headers = response.headers
    assert headers["content-type"] == "text/javascript; charset=utf-8"
    assert headers["cache-control"] == "public, max-age=86400"
    assert headers["access-control-allow-origin"] == "*"
    assert headers["cross-origin-resource-policy"] == "cross-origin"
    assert headers["x-content-type-options"] == "nosniff"
    known = {"If-None-Match": headers["etag"]}
    assert newsroom.ask("/embed.js", headers=known).status_code == 304


def test_the_script_is_small_and_writes_no_markup() -> None:
    script = files("aggregator.web").joinpath("embed.js").read_bytes()
    assert len(script) < 5000
    for word in (b"innerHTML", b"outerHTML", b"insertAdjacentHTML", b"document.write", b"eval", b".style"):
        assert word not in script


def test_the_script_reads_what_the_feed_has(newsroom: Newsroom) -> None:
    feed = json.loads(newsroom.ask("/feeds/logistik.json").content)
    assert {"title", "home_page_url", "language", "items"} <= feed.keys()
    assert {"url", "title", "language", "date_published", "_source"} <= feed["items"][0].keys()
    assert feed["items"][0]["_source"]["title"] == "Kabar Pelabuhan"
    assert newsroom.ask("/feeds/logistik.json").headers["access-control-allow-origin"] == "*"
