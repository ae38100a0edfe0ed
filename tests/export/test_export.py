"""What is written, left, and removed, in either place."""

from __future__ import annotations

import gzip
import json
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from aggregator.errors import AggregatorError
from aggregator.export import manifest
from aggregator.export.manifest import MANIFEST
from tests.export.conftest import SITE, WHOLE, Target

if TYPE_CHECKING:
    from tests.export.service import Service


def test_every_address_is_written_in_every_coding(target: Target, service: Service) -> None:
    done = target.export(service)
    assert (done.written, done.unchanged, done.removed) == (9, 0, 0)
    assert target.read("index.html") == b"the front page"
    assert target.read("feeds/all.rss") == b"<rss/>"
    assert target.read("items/satu") == b"one story", "an address that only another leads to"
    assert gzip.decompress(target.read("items/satu.gz") or b"") == b"one story"
    assert {path for path, stamp in target.stamps().items() if stamp} == WHOLE
    assert len(service.asked) == len(set(service.asked)) == 9


def test_what_did_not_change_is_neither_touched_nor_compressed_again(
    target: Target, service: Service
) -> None:
    target.export(service)
    before = target.stamps(*WHOLE, MANIFEST)
    service.asked.clear()
    done = target.export(service)
    assert (done.written, done.unchanged, done.removed) == (0, 9, 0)
    assert target.stamps(*WHOLE, MANIFEST) == before
    assert {coding for _, coding in service.asked} == {"identity"}


def test_only_what_changed_is_written(target: Target, service: Service) -> None:
    target.export(service)
    before = target.stamps()
    service.pages["/items/satu"] = b"one story, corrected"
    done = target.export(service)
    assert (done.written, done.unchanged) == (3, 6)
    after = target.stamps()
    assert {path for path in WHOLE if after[path] != before[path]} == {
        "items/satu", "items/satu.gz", "items/satu.br",
    }  # fmt: skip
    assert gzip.decompress(target.read("items/satu.gz") or b"") == b"one story, corrected"


@pytest.mark.parametrize("how", ["no longer linked", "not found", "gone", "not to be stored"])
def test_what_is_no_longer_served_is_removed(target: Target, service: Service, how: str) -> None:
    target.export(service)
    target.put("items/robots.txt", b"somebody's")
    if how == "no longer linked":
        service.links.clear()
    elif how == "not to be stored":
        service.headers["cache-control"] = "no-store"
        service.links.clear()
    else:
        service.statuses["/items/satu"] = 404 if how == "not found" else 410
    done = target.export(service)
    kept = 0 if how == "not to be stored" else 6
    assert (done.written, done.unchanged, done.removed) == (0, kept, 9 - kept)
    assert target.read("items/satu") is None
    assert target.read("items/satu.gz") is None
    assert target.read("items/robots.txt") == b"somebody's"
    assert (target.read("index.html") is not None) == bool(kept)


def test_a_coding_that_is_no_longer_spoken_leaves_no_file(target: Target, service: Service) -> None:
    target.export(service)
    service.codings.remove("br")
    service.pages["/"] = b"a new front page"
    done = target.export(service)
    assert (done.written, done.removed) == (2, 1)
    assert target.read("index.html.br") is None


def test_a_failing_address_keeps_its_files_and_those_that_it_may_lead_to(
    target: Target, service: Service
) -> None:
    target.export(service)
    before = target.stamps()
    service.statuses["/"] = 503
    for _ in range(2):
        done = target.export(service)
        assert done.unanswered == ["/ (503)"]
        assert done.removed == 0
        assert target.stamps() == before
    del service.statuses["/"]
    assert target.export(service).unchanged == 9


def test_what_others_wrote_is_left_and_named(target: Target, service: Service) -> None:
    target.put("index.html", b"a page by hand")
    done = target.export(service)
    assert done.in_the_way == ["index.html: no export of this site wrote what is there"]
    assert done.written == 6
    assert target.read("index.html") == b"a page by hand"
    assert target.read("index.html.gz") is None, "it would be sent in place of the page by hand"
    service.pages.clear()
    done = target.export(service)
    assert done.removed == 6
    assert target.read("index.html") == b"a page by hand"


def test_a_file_of_ours_that_another_hand_changed_is_theirs(target: Target, service: Service) -> None:
    target.export(service)
    target.put("index.html", b"a page improved by hand")
    assert target.export(service).in_the_way != []
    target.put("items/satu", b"improved, too")
    service.links.clear()
    target.export(service)
    assert target.read("index.html") == b"a page improved by hand"
    assert target.read("items/satu") == b"improved, too"


def test_a_file_that_was_only_touched_is_still_ours(target: Target, service: Service) -> None:
    target.export(service)
    target.put("index.html", b"the front page")
    service.pages["/"] = b"a new front page"
    assert target.export(service).in_the_way == []
    assert target.read("index.html") == b"a new front page"


def test_a_lost_manifest_is_made_again(target: Target, service: Service) -> None:
    target.export(service)
    before = target.stamps()
    with closing(target.open()) as place:
        place.remove(MANIFEST)
    assert target.export(service).unchanged == 9
    assert target.stamps() == before
    with closing(target.open()) as place:
        place.remove(MANIFEST)
    service.pages["/"] = b"a new front page"
    done = target.export(service)
    assert (done.written, len(done.in_the_way)) == ((3, 0) if target.marks else (0, 1))


@pytest.mark.parametrize(
    ("document", "sign"),
    [
        (b"", "JSONDecodeError"),
        (b"\xff{", "UnicodeDecodeError"),
        (b"[]", "TypeError"),
        (b"{}", "'aggregator_export'"),
        (b'{"aggregator_export": 2}', "its form is 2"),
        (b'{"aggregator_export": 1, "version": "1", "site": "x", "files": {"a": {}}}', "etag"),
        (b'{"aggregator_export": 1, "version": "1", "site": "x", "files": {"a": 1}}', "TypeError"),
        (b'{"aggregator_export": 1, "version": "1", "site": "x", "files": {"../a": {}}}', "'../a'"),
        (b'{"aggregator_export": 1, "version": "1", "site": "https://other.id", "files": {}}',
         "holds the export of https://other.id, not of https://feeds.example.id"),
    ],
)  # fmt: skip
def test_a_manifest_that_is_not_ours_changes_nothing(
    target: Target, service: Service, document: bytes, sign: str
) -> None:
    target.export(service)
    target.put(MANIFEST, document)
    before = target.stamps(*WHOLE, MANIFEST)
    service.pages["/"] = b"a new front page"
    with pytest.raises(AggregatorError) as raised:
        target.export(service)
    assert sign in str(raised.value)
    assert "nothing was changed" in str(raised.value)
    assert target.stamps(*WHOLE, MANIFEST) == before


def test_two_sites_do_not_remove_each_others_files(target: Target, service: Service) -> None:
    target.export(service)
    with pytest.raises(AggregatorError, match=r"of https://feeds\.example\.id, not of https://other\.id"):
        target.export(service, site="https://other.id")


def test_an_export_that_was_cut_short_is_taken_up_again(target: Target, service: Service) -> None:
    service.broken = "/items/satu"
    with pytest.raises(ZeroDivisionError):
        target.export(service)
    assert target.read("index.html") == b"the front page"
    assert target.read(MANIFEST) is None
    service.broken, service.pages["/"] = "", b"a new front page"
    done = target.export(service)
    assert done.in_the_way == []
    assert target.read("index.html") == b"a new front page"
    assert target.export(service).unchanged == 9


def test_another_version_asks_for_everything_and_rewrites_what_differs(
    target: Target, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    target.export(service)
    monkeypatch.setattr(manifest, "__version__", "99.0")
    service.asked.clear()
    assert target.export(service).unchanged == 9
    assert len(service.asked) == 9
    assert json.loads(target.read(MANIFEST) or b"")["version"] == "99.0"
    monkeypatch.setattr(manifest, "__version__", "99.1")
    service.headers["cache-control"] = "max-age=30"
    assert target.export(service).written == (9 if target.marks else 0), "a folder keeps no headers"


def test_the_manifest_says_what_is_where(target: Target, service: Service) -> None:
    target.export(service)
    document = json.loads(target.read(MANIFEST) or b"")
    assert document["site"] == SITE
    assert set(document["files"]) == WHOLE
    assert document["files"]["index.html.gz"]["etag"].endswith('-gzip"')
