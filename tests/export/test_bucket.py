"""A bucket: headers as metadata, marks, and words for what the library says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import obstore
import pytest
from obstore.store import LocalStore, MemoryStore

from aggregator.errors import AggregatorError
from aggregator.export.bucket import Bucket, open_bucket
from aggregator.export.place import File

if TYPE_CHECKING:
    from pathlib import Path

FEED = File(
    body=b"<rss/>",
    media_type="application/rss+xml; charset=utf-8",
    coding="gzip",
    cache_control="public, max-age=60",
)


def test_headers_become_metadata() -> None:
    store = MemoryStore()
    Bucket(store, "s3://kabar").write("feeds/all.rss.gz", FEED)
    assert dict(obstore.get(store, "feeds/all.rss.gz").attributes) == {
        "Content-Type": "application/rss+xml; charset=utf-8",
        "Content-Encoding": "gzip",
        "Cache-Control": "public, max-age=60",
        "made-by": "aggregator",
    }


def test_what_is_not_said_is_not_stored() -> None:
    store = MemoryStore()
    Bucket(store, "s3://kabar").write("a", File(body=b"x"))
    assert set(obstore.get(store, "a").attributes) == {"Content-Type", "made-by"}


def test_only_what_carries_our_mark_is_ours() -> None:
    store = MemoryStore()
    obstore.put(store, "theirs", b"x")
    bucket = Bucket(store, "s3://kabar")
    bucket.write("ours", File(body=b"x"))
    assert bucket.unfinished("ours")
    assert not bucket.unfinished("theirs")
    assert not bucket.unfinished("nothing")
    bucket.remove("ours")
    assert bucket.stamp("ours") is None


@pytest.mark.parametrize("path", ["", "/a", "../a", "a//b", "a\\b", "a\x00"])
def test_paths_are_those_of_every_place(path: str) -> None:
    bucket = Bucket(MemoryStore(), "s3://kabar")
    with pytest.raises(ValueError, match="is no path of a file in an export"):
        bucket.write(path, FEED)


def test_what_the_library_says_is_said_in_a_line(tmp_path: Path) -> None:
    bucket = Bucket(LocalStore(tmp_path), "s3://kabar/situs")  # one that minds what is not there
    with pytest.raises(AggregatorError) as raised:
        bucket.remove("feeds/all.rss")
    [line] = str(raised.value).splitlines()
    assert line.startswith("s3://kabar/situs: cannot be used: ")
    assert "AWS_ENDPOINT" in line


def test_an_environment_that_cannot_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ALLOW_HTTP", "perhaps")
    with pytest.raises(AggregatorError, match="s3://kabar: cannot be used: "):
        open_bucket("s3://kabar").stamp("a")
