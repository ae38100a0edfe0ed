"""A day in the sample newsroom: the real service over real HTTP, under a clock that the test moves.

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
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import pytest

from aggregator.app import App
from aggregator.demo.newsroom import Newsroom, Section
from aggregator.demo.server import NewsroomServer
from aggregator.rules.audit import verdict
from aggregator.settings import load
from tests.validity import atom, jsonfeed, rss

if TYPE_CHECKING:
    from pathlib import Path

    from aggregator.model.source import Source, SourceState

ATOM = "{http://www.w3.org/2005/Atom}"
START = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
STEP = timedelta(minutes=13)
STEPS = 112  # a day and a little
RSS_DATE = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000")
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{6})?\+00:00")


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
    editions: int = 0
    states: dict[str, SourceState] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    base_url: str = ""


@pytest.fixture(scope="session")  # tests of other modules come between, and it takes long
def newsroom() -> Newsroom:
    return Newsroom(pace=timedelta(days=30))  # only the stream that brings a story every half hour or so


@pytest.fixture(scope="session")  # tests of other modules come between, and it takes long
def shift(newsroom: Newsroom, tmp_path_factory: pytest.TempPathFactory) -> Shift:
    """Work the day and return what was seen."""
    seen = Shift()
    folder: Path = tmp_path_factory.mktemp("shift")
    with (
        NewsroomServer(newsroom, clock=lambda: seen.now) as server,
        as_file(files("aggregator.demo") / "demo.yaml") as config,
    ):
        database = f"sqlite:///{folder}/shift.db"
        settings = load(config, {"NEWSROOM": server.url, "AGGREGATOR_DATABASE_URL": database})
        for half in range(2):  # with a restart at noon
            with closing(App(settings, clock=lambda: seen.now)) as app:
                for step in range(STEPS // 2):
                    report = app.run(list(app.sources), force=True)
                    seen.failures.update(report.errors.values())
                    seen.duplicates += report.duplicates
                    if step == 0 and half == 1:
                        assert report.items_new < 10  # a restart brings no backlog again
                    look(app, seen)
                    assert app.publish() == 0  # nothing changed since
                    seen.now += STEP
                seen.states, seen.sources = app.store.states(), app.sources
                seen.base_url = app.settings.site.base_url
    return seen


def look(app: App, seen: Shift) -> None:
    """Read every new edition of every feed in every format, and note what it says."""
    for feed in app.settings.feeds:
        for suffix, read in (("atom", read_atom), ("rss", read_rss), ("json", read_json)):
            publication = app.publisher.publication(feed.name, suffix)
            assert publication is not None
            name = f"{feed.name}.{suffix}"
            if seen.last.get(name) != publication.body:
                seen.last[name] = publication.body
                seen.editions += 1
                read(publication.body, name, seen)


def read_atom(body: bytes, name: str, seen: Shift) -> None:
    root = ET.fromstring(body)  # noqa: S314 # our own document
    entries = [
        (
            entry.findtext(f"{ATOM}id") or "",
            instant(entry.findtext(f"{ATOM}published")),
            instant(entry.findtext(f"{ATOM}updated")),
        )
        for entry in root.findall(f"{ATOM}entry")
    ]
    note(name, entries, instant(root.findtext(f"{ATOM}updated")), seen)
    for entry in root.findall(f"{ATOM}entry"):
        alternate = entry.find(f"{ATOM}link[@rel='alternate']")
        assert alternate is not None
        seen.links[entry.findtext(f"{ATOM}id") or ""] = alternate.attrib["href"]


def read_rss(body: bytes, name: str, seen: Shift) -> None:
    root = ET.fromstring(body)  # noqa: S314 # our own document
    entries = [
        (
            item.findtext("guid") or "",
            rss_instant(item.findtext("pubDate")),
            instant(item.findtext(f"{ATOM}updated")),
        )
        for item in root.iter("item")
    ]
    note(name, entries, rss_instant(root.findtext("channel/lastBuildDate")), seen)


def read_json(body: bytes, name: str, seen: Shift) -> None:
    entries = [
        (item["id"], instant(item["date_published"]), instant(item["date_modified"]))
        for item in json.loads(body)["items"]
    ]
    note(name, entries, seen.now, seen)  # a JSON Feed has no date of its own


def note(name: str, entries: list[tuple[str, datetime, datetime]], built: datetime, seen: Shift) -> None:
    """Note an edition's instants, and what is wrong with them."""
    previous = None
    for entry, published, updated in entries:
        seen.published.setdefault(entry, set()).add(published.isoformat())
        seen.updated.setdefault(entry, []).append(updated.isoformat())
        if not published <= updated <= built <= seen.now:
            seen.ahead.append(f"{name} {entry}: {published} {updated} {built} {seen.now}")
        if previous is not None and (
            published > previous[0] or (published == previous[0] and entry < previous[1])
        ):
            seen.out_of_order.append(f"{name} {entry}")
        previous = (published, entry)


def instant(text: str | None) -> datetime:
    assert text is not None
    assert RFC_3339.fullmatch(text), text
    return datetime.fromisoformat(text).replace(microsecond=0)  # Atom's fractions only tell entries apart


def rss_instant(text: str | None) -> datetime:
    assert text is not None
    assert RSS_DATE.fullmatch(text), text
    return parsedate_to_datetime(text)


def number(link: str) -> str:
    return urlsplit(link).path


def test_no_published_instant_ever_moves(shift: Shift) -> None:
    assert len(shift.published) > 300
    assert shift.editions > 1000
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


def test_the_source_that_calls_local_time_utc_is_found_and_no_other_is_blamed(shift: Shift) -> None:
    blamed = {
        name: wrong.remedy
        for name, source in shift.sources.items()
        if (wrong := verdict(shift.states[name].residuals, source))
    }
    assert blamed == {"zona-keliru": "zone_fix: Asia/Jakarta"}


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


def test_every_feed_is_valid(shift: Shift) -> None:
    checks: Any = {"rss": rss.check, "atom": atom.check, "json": jsonfeed.check}
    for name, body in shift.last.items():
        check = checks[name.rpartition(".")[2]]
        found = check(body, url=f"{shift.base_url}/feeds/{name}", now=shift.now)
        chosen = {"namespaces_are_known_to_the_service"} if b"<at:deleted-entry" in body else set()
        assert {fault.rule for fault in found} == chosen, name


def test_every_json_feed_says_why(shift: Shift) -> None:
    for name, body in shift.last.items():
        if name.endswith(".json"):
            for entry in json.loads(body)["items"]:
                told = entry["_dates"]
                assert instant(told["first_seen"]) <= shift.now
                if "chosen" in told:
                    assert told["considered"][told["chosen"]]["text"]
