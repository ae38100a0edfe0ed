"""What tests of hostile input share: a server that must never be asked, and every text of a document."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_FEED = b'<rss version="2.0"><channel><title>Diambil</title></channel></rss>'


class Recorder(ThreadingHTTPServer):
    """Answers every request with a feed, and remembers its path in ``hits``."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.hits: list[str] = []
        self.address = f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Recorder)
        self.server.hits.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", str(len(_FEED)))
        self.end_headers()
        self.wfile.write(_FEED)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Keep quiet."""


def strings(value: Any) -> Iterator[str]:
    """Yield every text inside nested dicts, lists and tuples."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list | tuple):
        for one in value.values() if isinstance(value, dict) else value:
            yield from strings(one)
