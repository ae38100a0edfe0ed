"""Lists of subscriptions as other readers write them, and as nobody should.

To add a case, drop in a document and run ``pytest --accept``; review the diff.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.errors import ParseError
from aggregator.model.outline import Outline
from aggregator.parse import ITEMS_MAX
from aggregator.parse.opml import BYTES_MAX, FAULTS_MAX, read

if TYPE_CHECKING:
    from tests.parse.guards import Recorder

FOLDER = Path(__file__).parent / "lists"
CASES = sorted(FOLDER.glob("*.opml"))


def a_list(*outlines: str) -> bytes:
    return f'<opml version="2.0"><body>{"".join(outlines)}</body></opml>'.encode()


def a_feed(number: int) -> str:
    return f'<outline text="{number}" xmlUrl="https://k.example.id/{number}"/>'


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_case(case: Path, pytestconfig: pytest.Config) -> None:
    actual = json.dumps(asdict(read(case.read_bytes())), indent=2, ensure_ascii=False) + "\n"
    golden = case.with_suffix(".expected.json")
    if pytestconfig.getoption("accept"):
        golden.write_text(actual, encoding="utf-8")
    assert actual == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("body", "why"),
    [
        pytest.param(b"", "no OPML;", id="empty"),
        pytest.param(b"Berita", "no OPML;", id="text"),
        pytest.param(b"\xff\xfe\x00\x01", "no OPML;", id="bytes"),
        pytest.param(b"<rss version='2.0'><channel/></rss>", "its first element is 'rss'", id="a feed"),
        pytest.param(b"<html><body>Masuk</body></html>", "its first element is 'html'", id="a page"),
        pytest.param(b"<!DOCTYPE html><html></html>", "document type declaration", id="a proper page"),
        pytest.param(b" " * (BYTES_MAX + 1), "more than 10000000 bytes", id="too large"),
    ],
)
def test_what_is_no_list_is_refused(body: bytes, why: str) -> None:
    with pytest.raises(ParseError, match=why):
        read(body)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-32"])
@pytest.mark.parametrize("declaration", ["<!DOCTYPE opml [%s]>", "<!doctype opml [%s]>", "<! DOCTYPE x>%s"])
def test_declarations_are_refused_in_any_disguise_and_nothing_is_loaded(
    declaration: str, encoding: str, server: Recorder
) -> None:
    entity = f'<!ENTITY x SYSTEM "{server.address}/secret">'
    body = f'<?xml version="1.0"?>{declaration.replace("%s", entity)}<opml><body>&x;</body></opml>'
    with pytest.raises(ParseError, match="document type declaration"):
        read(body.encode(encoding))
    assert server.hits == []


def test_an_encoding_that_is_none_is_read_as_utf_8() -> None:
    body = b'<?xml version="1.0" encoding="base64"?>' + a_list(
        '<outline text="Caf\u00e9" xmlUrl="https://k.id/"/>'
    )
    assert [feed.title for feed in read(body).feeds] == ["Caf\u00e9"]


def test_depth_is_bounded() -> None:
    assert len(read(a_list("<outline text='a'>" * 200, a_feed(1), "</outline>" * 200)).feeds) == 1
    deep = read(a_list("<outline text='a'>" * 100_000, a_feed(1), "</outline>" * 100_000))
    assert deep.feeds == ()
    assert "its XML is broken" in deep.faults[0]


def test_feeds_and_faults_are_bounded() -> None:
    assert read(a_list(*map(a_feed, range(ITEMS_MAX)))).faults == ()
    many = read(a_list(*map(a_feed, range(ITEMS_MAX + 1))))
    assert len(many.feeds) == ITEMS_MAX
    assert many.faults == (f"there are more than {ITEMS_MAX} feeds: only the first so many are taken",)
    wrong = read(a_list(*(f'<outline text="{number}"/>' for number in range(FAULTS_MAX + 9))))
    assert (len(wrong.faults), wrong.faults[-1]) == (FAULTS_MAX + 1, "and 9 others")


def test_a_namespace_is_none_of_our_business() -> None:
    body = b'<opml xmlns="https://example.id/x"><body>' + a_feed(1).encode() + b"</body></opml>"
    assert read(body).feeds == (Outline(url="https://k.example.id/1", title="1"),)


@given(st.binary(max_size=60).map(lambda some: b"<opml><body>" + some) | st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    with suppress(ParseError):
        assert all(feed.url for feed in read(body).feeds)
