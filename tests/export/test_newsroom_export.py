"""A real newsroom, exported: every feed, every page that one of them leads to, and nothing twice."""

from __future__ import annotations

import json
import re
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from aggregator.export import Exported, export
from aggregator.export.folder import Folder
from aggregator.rules.ids import slug
from aggregator.store import open_store
from tests.export.newsroom import Newsroom
from tests.making import SITE
from tests.pipeline.house import item, rss

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def newsroom(tmp_path: Path) -> Iterator[Newsroom]:
    with closing(open_store(f"sqlite:///{tmp_path}/aggregator.db")) as store:
        yield Newsroom(store)


def exported(newsroom: Newsroom, folder: Path) -> Exported:
    with closing(Folder(folder)) as place:
        return export(newsroom.application, newsroom.addresses, place, site=SITE.base_url)


def test_every_story_that_a_feed_carries_has_its_page(newsroom: Newsroom, folder: Path) -> None:
    exported(newsroom, folder)
    feeds = {feed.name for feed in newsroom.feeds}
    assert feeds == {"all", "news", "logistik", "source/kawat"}
    carried = set()
    for feed in feeds:
        document = json.loads((folder / "feeds" / f"{feed}.json").read_bytes())
        carried |= {slug(entry["id"]) for entry in document["items"]}
    assert len(carried) > 12
    assert carried <= {path.name for path in (folder / "items").iterdir()}


def test_the_whole_past_is_exported(newsroom: Newsroom, folder: Path) -> None:
    exported(newsroom, folder)
    for suffix, older in (("atom", r'<link[^>]* rel="prev-archive"[^>]*>'), ("json", r'"next_url":"[^"]+"')):
        path, met = f"feeds/logistik.{suffix}", []
        while path:
            met.append(path)
            found = re.search(older, (folder / path).read_text(encoding="utf-8"))
            path = found[0].partition(f"{SITE.base_url}/")[2].partition('"')[0] if found else ""
        assert len(met) > 2, "the feed, and several documents behind it"
        assert met[-1] == f"feeds/logistik/archive/1.{suffix}"


def test_no_link_of_a_page_leads_nowhere_but_to_the_status(newsroom: Newsroom, folder: Path) -> None:
    exported(newsroom, folder)
    pages = [*folder.rglob("index.html"), *(path for path in (folder / "items").iterdir() if not path.suffix)]
    links = {link for page in pages for link in re.findall(r'(?:href|src)="(/[^"?#]*)', page.read_text())}
    assert links - {"/status"}
    dead = [
        link
        for link in links
        if not (folder / link.removeprefix("/") / "index.html").is_file()
        and not (folder / link.removeprefix("/")).is_file()
    ]
    assert dead == ["/status"]


def test_a_new_story_touches_only_what_carries_it(newsroom: Newsroom, folder: Path) -> None:
    exported(newsroom, folder)
    assert exported(newsroom, folder).written == 0
    before = {path: path.stat() for path in folder.rglob("*") if path.is_file()}
    newsroom.say("antara", rss(item("baru", "Kabar baru sekali", date="Wed, 20 Nov 2024 14:20:00 WIB")))
    newsroom.collect("antara")
    newsroom.publish()
    done = exported(newsroom, folder)
    assert done.in_the_way == done.unanswered == []
    untouched = {
        str(path.relative_to(folder))
        for path, status in before.items()
        if path.exists()
        and (path.stat().st_ino, path.stat().st_mtime_ns) == (status.st_ino, status.st_mtime_ns)
    }
    assert {"feeds/logistik.rss", "feeds/source/kawat.atom.gz", "assets/site.css"} <= untouched
    assert {"feeds/news.rss", "feeds/all.json.gz", "index.html"}.isdisjoint(untouched)
    assert not list(folder.rglob("*.new"))


def test_a_feed_that_is_no_longer_configured_goes(newsroom: Newsroom, folder: Path) -> None:
    exported(newsroom, folder)
    newsroom.feeds.pop()
    done = exported(newsroom, folder)
    assert done.removed >= 6, "three formats, each with what is compressed"
    assert not (folder / "feeds" / "source").exists()
    assert (folder / "feeds" / "logistik.rss.gz").exists()
