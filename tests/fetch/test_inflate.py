"""Compressed bodies: whole or not at all, and never more than the limit."""

from __future__ import annotations

import gzip
import sys
import tracemalloc
import zlib
from random import Random
from typing import TYPE_CHECKING

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.errors import FetchError
from aggregator.fetch.inflate import JOINED, MOST_MEMBERS, PIECE, inflate

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Callable

BODY = b"<rss>" + b"<item>kapal</item>" * 99
LIMIT = 100_000
PACKED = [
    pytest.param("", BODY, id="nothing"),
    pytest.param("identity", BODY, id="identity"),
    pytest.param("gzip", gzip.compress(BODY), id="gzip"),
    pytest.param("X-GZip", gzip.compress(BODY), id="by its old name"),
    pytest.param("gzip", gzip.compress(BODY[:50]) + gzip.compress(BODY[50:]), id="two members"),
    pytest.param("gzip", gzip.compress(BODY) + gzip.compress(b""), id="an empty member"),
    pytest.param("gzip", gzip.compress(BODY) + b"\0" * 9, id="padded"),
    pytest.param("deflate", zlib.compress(BODY), id="deflate"),
    pytest.param("deflate", zlib.compress(BODY)[2:-4], id="bare deflate"),
    pytest.param("br", brotli.compress(BODY), id="br"),
    pytest.param("zstd", zstd.compress(BODY), id="zstd"),
    pytest.param("zstd", zstd.compress(BODY[:50]) + zstd.compress(BODY[50:]), id="two frames"),
    pytest.param("gzip, br", brotli.compress(gzip.compress(BODY)), id="br upon gzip"),
    pytest.param("gzip,identity , gzip", gzip.compress(gzip.compress(BODY)), id="gzip upon gzip"),
]
ONE = [
    pytest.param("gzip", gzip.compress, id="gzip"),
    pytest.param("deflate", zlib.compress, id="deflate"),
    pytest.param("br", lambda data: brotli.compress(data, quality=3), id="br"),
    pytest.param("zstd", zstd.compress, id="zstd"),
]


def cut(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


@pytest.mark.parametrize(("encoding", "packed"), PACKED)
@pytest.mark.parametrize("size", [1, 7, 16_384])
def test_however_it_is_cut(encoding: str, packed: bytes, size: int) -> None:
    assert inflate(cut(packed, size), encoding, LIMIT) == BODY


@pytest.mark.parametrize(("encoding", "pack"), ONE)
def test_a_large_document_that_came_in_pieces(encoding: str, pack: Callable[[bytes], bytes]) -> None:
    body = Random(1).randbytes(2 * JOINED) + b"0" * 2 * PIECE  # noqa: S311 # a document, no secret
    packed = pack(body)
    assert len(packed) > JOINED
    assert inflate(cut(packed, 16_384), encoding, len(body)) == body
    with pytest.raises(FetchError, match="longer than"):
        inflate(cut(packed, 16_384), encoding, len(body) - 1)


@pytest.mark.parametrize(("encoding", "pack"), ONE)
def test_cut_short_anywhere(encoding: str, pack: Callable[[bytes], bytes]) -> None:
    packed = pack(BODY)
    for length in range(1, len(packed)):
        with pytest.raises(FetchError, match=r"cut short|broken"):
            inflate([packed[:length]], encoding, LIMIT)


@pytest.mark.parametrize(("encoding", "pack"), ONE)
@given(data=st.data())
def test_damage_is_an_error_or_does_nothing_worse(
    encoding: str, pack: Callable[[bytes], bytes], data: st.DataObject
) -> None:
    packed = bytearray(pack(BODY))
    packed[data.draw(st.integers(0, len(packed) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        found = inflate([bytes(packed)], encoding, LIMIT)
    except FetchError:
        return
    assert len(found) <= LIMIT


@pytest.mark.parametrize(("encoding", "pack"), ONE)
def test_a_bomb_takes_no_more_memory_than_the_limit(encoding: str, pack: Callable[[bytes], bytes]) -> None:
    bomb = pack(b"\0" * 50_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(FetchError, match="longer than 1000000 bytes"):
            inflate([bomb], encoding, 1_000_000)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000 + 8 * PIECE


def test_what_lies_between_two_encodings_is_bounded_too() -> None:
    many = gzip.compress(b"") * 500  # decodes to nothing
    assert inflate([gzip.compress(many)], "gzip, gzip", LIMIT) == b""
    with pytest.raises(FetchError, match="longer than"):
        inflate([gzip.compress(many)], "gzip, gzip", 1000)


def test_members_without_end_are_given_up() -> None:
    with pytest.raises(FetchError, match="broken"):
        inflate([gzip.compress(b"") * (MOST_MEMBERS + 1)], "gzip", LIMIT)


@pytest.mark.parametrize(
    "encoding", ["compress", "gzip, gzip, gzip", "gzip, compress", "aes128gcm", "gzip;q=1"]
)
def test_what_we_did_not_ask_for(encoding: str) -> None:
    with pytest.raises(FetchError, match="which we did not ask for"):
        inflate([b"x"], encoding, LIMIT)


@pytest.mark.parametrize("encoding", ["", "gzip", "deflate", "br", "zstd"])
def test_an_empty_body_stays_empty(encoding: str) -> None:
    assert inflate([], encoding, LIMIT) == b""


def test_a_plain_body_over_the_limit() -> None:
    with pytest.raises(FetchError, match="longer than 10 bytes"):
        inflate([b"x" * 6, b"x" * 6], "", 10)


def test_a_window_that_no_browser_would_hold_is_refused() -> None:
    packer = zstd.ZstdCompressor(options={int(zstd.CompressionParameter.window_log): 27})
    wide = packer.compress(b"0" * 1000) + packer.flush()
    with pytest.raises(FetchError, match="broken"):
        inflate([wide], "zstd", LIMIT)
