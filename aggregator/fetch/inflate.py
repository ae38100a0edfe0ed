"""Undo a response's compression, never beyond a limit, never half of it (RFC 9110, 8.4.1).

Everything goes in bounded pieces: whatever a few kilobytes claim to be, no more than the limit and one piece
is ever held.
"""

from __future__ import annotations

import re
from io import BytesIO
from typing import TYPE_CHECKING, Any, Protocol

from isal import isal_zlib

from aggregator.coding import brotli, zstd
from aggregator.errors import FetchError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

ACCEPTED = "gzip, deflate, br, zstd"
MOST_CODINGS = 2  #: one upon the other
MOST_MEMBERS = 1000  #: gzip members or zstd frames in a row
PIECE = 256 * 1024  #: decoded bytes at a time
JOINED = 1_000_000  #: up to here the pieces that came are put together first
GZIP, ZLIB, RAW = 31, 15, -15  # zlib's window bits
_ZSTD = {int(zstd.DecompressionParameter.window_log_max): 23}  # 8 MB, all that a browser takes (RFC 9659)
_FAULTS: tuple[type[Exception], ...] = (
    isal_zlib.error,  # type: ignore[assignment] # its stub takes the class for one of its instances
    zstd.ZstdError,
)
_BROKEN = "its compressed answer is broken"
_SHORT = "its compressed answer was cut short"


def inflate(pieces: list[bytes], encoding: str, limit: int) -> bytes:
    """Return the body that came as ``pieces``, decoded by its ``Content-Encoding``.

    Raises:
        FetchError: we cannot undo that encoding and did not ask for it; the body is broken, cut short, or
            decodes to more than ``limit`` bytes.
    """
    codings = [name for name in re.split(r"[\s,]+", encoding.lower()) if name not in {"", "identity"}]
    if len(codings) > MOST_CODINGS or not all(name in _DECODERS for name in codings):
        raise FetchError(f"it is encoded as {encoding[:40]!r}, which we did not ask for")
    size = sum(map(len, pieces))
    if not codings and size > limit:
        raise too_long(limit)
    stream: Iterable[bytes] = [b"".join(pieces)] if size <= JOINED or not codings else pieces
    for name in reversed(codings):
        stream = _bounded(_DECODERS[name](stream), limit)
    return _whole(iter(stream))


def too_long(limit: int) -> FetchError:
    """Return what is wrong with a document of more than ``limit`` bytes."""
    return FetchError(f"its document is longer than {limit} bytes (fetch.max_bytes)")


def _whole(stream: Iterator[bytes]) -> bytes:
    first = next(stream, b"")
    second = next(stream, b"")
    if not second:  # as most documents: nothing to put together
        return first
    joined = BytesIO()  # gives its bytes without another copy of them
    joined.write(first)
    joined.write(second)
    joined.writelines(stream)
    return joined.getvalue()


def _bounded(stream: Iterable[bytes], limit: int) -> Iterator[bytes]:
    left = limit
    for piece in stream:
        left -= len(piece)
        if left < 0:
            raise too_long(limit)
        if piece:
            yield piece


def _gzip(stream: Iterable[bytes]) -> Iterator[bytes]:
    return _members(stream, lambda _: _Deflated(GZIP))


def _deflate(stream: Iterable[bytes]) -> Iterator[bytes]:
    # "deflate" means zlib's format, but some servers send it bare (RFC 9110, 8.4.1.2).
    return _members(stream, lambda head: _Deflated(ZLIB if _is_zlib(head) else RAW))


def _is_zlib(head: bytes) -> bool:
    return head[0] & 0x0F == 8 and int.from_bytes(head[:2], "big") % 31 == 0  # noqa: PLR2004 # RFC 1950, 2.2


def _zstd(stream: Iterable[bytes]) -> Iterator[bytes]:
    return _members(stream, lambda _: zstd.ZstdDecompressor(options=_ZSTD))


class _Member(Protocol):
    """A decoder of one member: what Python's ``bz2``, ``lzma`` and ``zstd`` all look like."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _Deflated:
    """gzip, zlib or bare deflate as a ``_Member``."""

    def __init__(self, window: int) -> None:
        self._stream: Any = isal_zlib.decompressobj(window)
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return bool(self._stream.eof)

    @property
    def unused_data(self) -> bytes:
        return bytes(self._stream.unused_data)

    def decompress(self, data: bytes, max_length: int) -> bytes:
        piece: bytes = self._stream.decompress(self._stream.unconsumed_tail + data, max_length)
        self.needs_input = not self._stream.unconsumed_tail and len(piece) < max_length
        return piece


def _members(stream: Iterable[bytes], start: Callable[[bytes], _Member]) -> Iterator[bytes]:
    """Decode members one after the other; zeros behind them are padding."""
    member: _Member | None = None
    members = 0
    for data in stream:
        while data:
            if member is None or member.eof:
                if member is not None and not data.strip(b"\0"):
                    break
                members += 1
                if members > MOST_MEMBERS:
                    raise FetchError(_BROKEN)
                member = start(data)
            yield from _decoded(member, data)
            data = member.unused_data if member.eof else b""  # noqa: PLW2901 # the rest of this piece
    if member is not None and not member.eof:
        raise FetchError(_SHORT)


def _decoded(member: _Member, data: bytes) -> Iterator[bytes]:
    """Give all that ``data`` decodes to, up to the end of the member."""
    try:
        yield member.decompress(data, PIECE)
        while not (member.eof or member.needs_input):
            yield member.decompress(b"", PIECE)
    except _FAULTS as error:
        raise FetchError(_BROKEN) from error


def _brotli(stream: Iterable[bytes]) -> Iterator[bytes]:
    decoder = brotli.Decompressor()
    came = False
    try:
        for data in stream:
            came = came or bool(data)
            yield (piece := decoder.process(data, output_buffer_limit=PIECE))
            # It takes all input at once, and may then still hold output back.
            while len(piece) >= PIECE or not decoder.can_accept_more_data():
                yield (piece := decoder.process(b"", output_buffer_limit=PIECE))
    except brotli.error as error:
        raise FetchError(_BROKEN) from error
    if came and not decoder.is_finished():
        raise FetchError(_SHORT)


_DECODERS: dict[str, Callable[[Iterable[bytes]], Iterator[bytes]]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
