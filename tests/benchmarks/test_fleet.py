from __future__ import annotations

import gzip
from calendar import timegm
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import feedparser
import pytest

from aggregator.settings import load
from benchmarks.fleet.configuration import configuration
from benchmarks.fleet.corpus import Fleet

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2024, 11, 20, 7, 30, tzinfo=UTC)
FLEET = Fleet(feeds=1000, now=NOW)


def read(number: int, *, changed: bool = False) -> Any:
    return feedparser.parse(FLEET.document(number, changed=changed))


def test_a_thousand_feeds_have_30330_items_and_12_of_them_are_ill_formed() -> None:
    assert sum(FLEET.counts) == 30_330
    assert (min(FLEET.counts), max(FLEET.counts)) == (20, 40)
    assert sum(map(FLEET.ill_formed, range(1000))) == 12
    assert sum(FLEET.added(number) > 0 for number in range(1000)) == 100


def test_ten_thousand_feeds_have_ten_times_as_many() -> None:
    assert sum(Fleet(feeds=10_000, now=NOW).counts) == 303_300


def test_the_same_seed_gives_the_same_bytes_and_another_one_others() -> None:
    again, other = Fleet(feeds=1000, now=NOW), Fleet(feeds=1000, now=NOW, seed=6)
    for number in (0, 2, 3, 5, 41):
        for changed in (False, True):
            assert again.document(number, changed=changed) == FLEET.document(number, changed=changed)
        assert other.document(number) != FLEET.document(number)


@pytest.mark.parametrize("number", range(40, 50))
def test_every_document_is_read_whole(number: int) -> None:
    parsed = read(number)
    assert bool(parsed.bozo) is FLEET.ill_formed(number)
    assert len(parsed.entries) == len({entry.id for entry in parsed.entries}) == FLEET.counts[number]
    assert all(entry.title and entry.link and entry.author and entry.content for entry in parsed.entries)


@pytest.mark.parametrize("number", [number for number in range(1000) if FLEET.ill_formed(number)])
def test_an_ill_formed_document_loses_nothing(number: int) -> None:
    parsed = read(number)
    assert parsed.bozo
    assert len(parsed.entries) == FLEET.counts[number]


def test_the_kinds_are_about_seventy_twenty_and_ten_per_cent() -> None:
    roots = ("<rss", "<feed", "<rdf:RDF")
    starts = [FLEET.document(number)[:100].decode() for number in range(100, 120)]
    assert [sum(root in start for start in starts) for root in roots] == [14, 4, 2]


def test_items_are_recent_and_in_order() -> None:
    for number in range(40, 50):
        parts = [entry.get("published_parsed") or entry.updated_parsed for entry in read(number).entries]
        at = [datetime.fromtimestamp(timegm(each), UTC) for each in parts]
        assert at == sorted(at, reverse=True)
        assert timedelta() < NOW - at[0] < timedelta(hours=6)
        assert timedelta(days=2) < NOW - at[-1] < timedelta(days=50)


def test_a_twentieth_is_copied_and_a_third_of_that_with_its_link() -> None:
    fleet = Fleet(feeds=200, now=NOW)
    entries = [entry for number in range(200) for entry in fleet.entries(number)]
    assert 0.04 < 1 - len({entry.story for entry in entries}) / len(entries) < 0.06
    assert 0.01 < 1 - len({entry.link for entry in entries}) / len(entries) < 0.025


def test_the_fault_stays_with_its_item() -> None:
    number = next(each for each in range(1000) if FLEET.ill_formed(each) and FLEET.added(each))
    before, after = (
        {entry.id: dict(entry) for entry in read(number, changed=edition).entries}
        for edition in (False, True)
    )
    assert len(before.keys() & after.keys()) == len(before) - FLEET.added(number)
    assert all(before[each] == after[each] for each in before.keys() & after.keys())


def test_a_second_edition_has_new_items_on_top_and_as_many_fewer_below() -> None:
    before, after = ([entry.id for entry in read(13, changed=edition).entries] for edition in (False, True))
    added = FLEET.added(13)
    assert added
    assert after[added:] == before[:-added]
    assert not set(after[:added]) & set(before)


def test_files_are_packed_alike_each_time(tmp_path: Path) -> None:
    fleet = Fleet(feeds=20, now=NOW)
    for folder in (tmp_path / "one", tmp_path / "two"):
        fleet.write(folder)
    one, two = (
        {file.relative_to(folder): file.read_bytes() for file in folder.rglob("*.xml*")}
        for folder in (tmp_path / "one", tmp_path / "two")
    )
    assert one == two
    assert len(one) == 20 * 2 * 2
    for file, body in one.items():
        if file.suffix == ".xml":
            assert gzip.decompress(one[file.with_name(f"{file.name}.gz")]) == body
    differing = {file.name for file in one if one[file] != one["changed" / file.relative_to(file.parts[0])]}
    assert differing == {f"{fleet.name(number)}.xml{end}" for number in (3, 13) for end in ("", ".gz")}


def test_the_configuration_has_twenty_categories_of_fifty(tmp_path: Path) -> None:
    file = tmp_path / "fleet.yaml"
    addresses = {FLEET.name(number): f"http://127.1.0.1/{number}.xml" for number in range(1000)}
    file.write_text(configuration(addresses))
    settings = load(file, {})
    assert [len(category.sources) for category in settings.categories] == [50] * 20
