"""A shift in the sample newsroom: the real service over real HTTP, under a clock that the test moves.

Every quarter of an hour or so the service collects and publishes; whatever it publishes is then read as a
subscriber would read it, and held against what the newsroom knows to be true.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from importlib.resources import as_file, files
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import pytest

from aggregator.app import App
from aggregator.demo.newsroom import Newsroom, Section
from aggregator.demo.server import NewsroomServer
from aggregator.settings import load

if TYPE_CHECKING:
    from pathlib import Path

ATOM = "{http://www.w3.org/2005/Atom}"
START = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
STEP = timedelta(minutes=13)
STEPS = 36


@dataclass
class Shift:
    """What was seen in all editions of the shift."""

    now: datetime = START
    published: dict[str, set[str]] = field(default_factory=dict)  #: every instant an id was published under
    updated: dict[str, list[str]] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    out_of_order: list[str] = field(default_factory=list)
    ahead: list[str] = field(default_factory=list)
    last: dict[str, bytes] = field(default_factory=dict)
    failures: Counter[str] = field(default_factory=Counter)
    duplicates: int = 0


@pytest.fixture(scope="module")
def newsroom() -> Newsroom:
    return Newsroom(pace=timedelta(days=30))  # only the stream that brings a story every half hour or so


@pytest.fixture(scope="module")
def shift(newsroom: Newsroom, tmp_path_factory: pytest.TempPathFactory) -> Shift:
    """Work the shift and return what was seen."""
    seen = Shift()
    folder: Path = tmp_path_factory.mktemp("shift")
    with (
        NewsroomServer(newsroom, clock=lambda: seen.now) as server,
        as_file(files("aggregator.demo") / "demo.yaml") as config,
    ):
        database = f"sqlite:///{folder}/shift.db"
        settings = load(config, {"NEWSROOM": server.url, "AGGREGATOR_DATABASE_URL": database})
        for half in range(2):  # with a restart in the middle
            with closing(App(settings, clock=lambda: seen.now)) as app:
                for step in range(STEPS // 2):
                    report = app.run(list(app.sources), force=True)
                    seen.failures.update(report.errors.values())
                    seen.duplicates += report.duplicates
                    if step == 0 and half == 1:
                        assert report.items_new < 10  # a restart brings no backlog again
                    look(app, seen)
                    seen.now += STEP
    return seen


def look(app: App, seen: Shift) -> None:
    """Read the Atom and JSON editions of every feed and note what they say."""
    for feed in app.settings.feeds:
        for suffix in ("atom", "json", "rss"):
            publication = app.store.publication(feed.name, suffix)
            assert publication is not None
            seen.last[f"{feed.name}.{suffix}"] = publication.body
        root = ET.fromstring(seen.last[f"{feed.name}.atom"])  # noqa: S314 # our own document
        feed_updated = instant(root, "updated")
        previous = None
        for entry in root.findall(f"{ATOM}entry"):
            name = entry.findtext(f"{ATOM}id") or ""
            published, updated = instant(entry, "published"), instant(entry, "updated")
            seen.published.setdefault(name, set()).add(published.isoformat())
            seen.updated.setdefault(name, []).append(updated.isoformat())
            alternate = entry.find(f"{ATOM}link[@rel='alternate']")
            assert alternate is not None
            seen.links[name] = alternate.attrib["href"]
            if not published <= updated <= feed_updated <= seen.now:
                seen.ahead.append(f"{feed.name} {name}: {published} {updated} {feed_updated} {seen.now}")
            if previous is not None and (
                published > previous[0] or (published == previous[0] and name < previous[1])
            ):
                seen.out_of_order.append(f"{feed.name} {name}")
            previous = (published, name)


def instant(element: ET.Element, name: str) -> datetime:
    text = element.findtext(f"{ATOM}{name}") or ""
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|\+00:00)", text), text
    return datetime.fromisoformat(text)


def number(link: str) -> str:
    return urlsplit(link).path


def test_no_published_instant_ever_moves(shift: Shift) -> None:
    assert len(shift.published) > 150
    assert {name: instants for name, instants in shift.published.items() if len(instants) > 1} == {}


def test_published_is_not_after_updated_nor_that_after_the_edition_nor_that_after_the_clock(
    shift: Shift,
) -> None:
    assert shift.ahead == []


def test_every_feed_is_in_order(shift: Shift) -> None:
    assert shift.out_of_order == []


@pytest.mark.parametrize("section", [Section.NEWS, Section.RUANG_SUJUD, Section.SPORTECHMENT])
def test_absolute_dates_are_the_truth(shift: Shift, newsroom: Newsroom, section: Section) -> None:
    truth = {story.path: story.published for story in newsroom.stories(section, shift.now)}
    told = {
        number(link): shift.published[name] for name, link in shift.links.items() if number(link) in truth
    }
    assert len(told) >= 12
    assert told == {path: {truth[path].isoformat()} for path in told}


def test_relative_dates_of_what_came_during_the_shift_are_near_the_truth(
    shift: Shift, newsroom: Newsroom
) -> None:
    stories = [story for story in newsroom.stories(Section.LOGISTIK, shift.now) if story.published > START]
    told = {number(link): shift.published[name] for name, link in shift.links.items()}
    errors = [
        abs(datetime.fromisoformat(next(iter(told[story.path]))) - story.published)
        for story in stories
        if story.path in told
    ]
    assert len(errors) >= 8
    assert max(errors) <= timedelta(minutes=30)


def test_a_source_that_calls_local_time_utc_never_publishes_ahead(shift: Shift, newsroom: Newsroom) -> None:
    paths = {story.path for story in newsroom.stories(Section.ZONA_KELIRU, shift.now)}
    told = [shift.published[name] for name, link in shift.links.items() if number(link) in paths]
    assert len(told) >= 10
    assert all(datetime.fromisoformat(each) <= shift.now for instants in told for each in instants)


def test_what_two_sources_carry_is_one_entry_in_both_categories(shift: Shift) -> None:
    assert shift.duplicates >= 10
    for feed in ("all", "news", "logistik"):
        document = json.loads(shift.last[f"{feed}.json"])
        ids = [entry["id"] for entry in document["items"]]
        paths = [number(entry["url"]) for entry in document["items"]]
        assert len(ids) == len(set(ids))
        assert len(paths) == len(set(paths))
    both = [
        entry
        for entry in json.loads(shift.last["all.json"])["items"]
        if {"News", "Logistik"} <= set(entry.get("tags", []))
    ]
    assert both
    assert all(entry["_via"] for entry in both)


def test_edits_move_updated_and_keep_the_id(shift: Shift) -> None:
    moved = [name for name, instants in shift.updated.items() if len(set(instants)) > 1]
    assert moved
    for name in moved:
        assert shift.updated[name] == sorted(shift.updated[name])


def test_the_busy_source_failed_now_and_then_and_lost_nothing(shift: Shift) -> None:
    assert set(shift.failures) == {"status 503 Service Unavailable"}
    assert len(json.loads(shift.last["source/kadang-sibuk.json"])["items"]) >= 20


def test_rss_and_json_say_the_same_instants(shift: Shift) -> None:
    for feed in ("all", "news", "source/portal-logistik"):
        root = ET.fromstring(shift.last[f"{feed}.rss"])  # noqa: S314 # our own document
        rss = {
            item.findtext("guid"): parsedate_to_datetime(item.findtext("pubDate") or "")
            for item in root.iter("item")
        }
        document = json.loads(shift.last[f"{feed}.json"])
        assert rss == {
            entry["id"]: datetime.fromisoformat(entry["date_published"]) for entry in document["items"]
        }
        assert all((item.findtext("pubDate") or "").endswith("+0000") for item in root.iter("item"))
