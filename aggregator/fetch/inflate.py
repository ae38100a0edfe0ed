"""Undo a response's compression as it comes in, never beyond a limit, never half of it (RFC 9110, 8.4.1)."""

from __future__ import annotations

import zlib

from aggregator.errors import FetchError

ACCEPTED = "gzip, deflate"
GZIP, ZLIB, RAW = 31, 15, -15  # zlib's window bits


class Inflater:
    """Takes a body in pieces and gives it decoded, ``limit`` bytes at most."""

    def __init__(self, encoding: str, limit: int) -> None:
        """Get ready for a ``Content-Encoding``.

        Raises:
            FetchError: we cannot undo that one, and did not ask for it.
        """
        self._encoding = encoding.strip().lower()
        self._left = limit
        self._limit = limit
        self._stream: zlib._Decompress | None = None
        if self._encoding not in {"", "identity", "gzip", "x-gzip", "deflate"}:
            raise FetchError(f"it is encoded as {encoding[:40]!r}, which we did not ask for")

    def feed(self, data: bytes) -> bytes:
        """Return what ``data`` decodes to.

        Raises:
            FetchError: it is broken, or more than the limit.
        """
        if self._encoding in {"", "identity"}:
            self._count(len(data))
            return data
        decoded = bytearray()
        while data:
            if self._stream is None or self._stream.eof:
                if self._stream is not None and not data.strip(b"\0"):
                    break  # padding behind the last member
                self._stream = zlib.decompressobj(self._window(data))
            try:
                piece = self._stream.decompress(data, self._left + 1)
            except zlib.error as error:
                raise FetchError("its compressed answer is broken") from error
            self._count(len(piece))
            decoded += piece
            data = self._stream.unused_data if self._stream.eof else self._stream.unconsumed_tail
        return bytes(decoded)

    def finish(self) -> None:
        """Raise FetchError unless the compressed body came to its end."""
        if self._stream is not None and not self._stream.eof:
            raise FetchError("its compressed answer was cut short")

    def _count(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise FetchError(f"its document is longer than {self._limit} bytes (fetch.max_bytes)")

    def _window(self, data: bytes) -> int:
        if self._encoding != "deflate":
            return GZIP
        # "deflate" means zlib's format, but some servers send it bare (RFC 9110, 8.4.1.2).
        return ZLIB if data[0] & 0x0F == 8 and int.from_bytes(data[:2], "big") % 31 == 0 else RAW  # noqa: PLR2004 # RFC 1950, 2.2
