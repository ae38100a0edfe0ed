"""A service of a few addresses, whose answers a test changes."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from dataclasses import dataclass, field
from email.utils import format_datetime
from typing import TYPE_CHECKING, cast

from tests.making import NOW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, MutableMapping

    from aggregator.export.asking import Receive, Send
    from aggregator.web.addresses import Addresses

#: Not brotli: what an export does with a coding does not depend on what it is.
CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": lambda body: gzip.compress(body, mtime=0),
    "br": zlib.compress,
}


@dataclass
class Service:
    """An ASGI application and the addresses that it has."""

    pages: dict[str, bytes] = field(default_factory=dict)
    statuses: dict[str, int] = field(default_factory=dict)  #: other than 200 and 404
    links: dict[str, list[str]] = field(default_factory=dict)
    codings: list[str] = field(default_factory=lambda: ["gzip", "br"])
    headers: dict[str, str] = field(default_factory=lambda: {"cache-control": "max-age=60"})
    broken: str = ""  #: the address at which the service raises
    asked: list[tuple[str, str]] = field(default_factory=list)

    def first(self) -> Iterator[str]:
        yield from ("/", "/feeds/all.rss")

    def linked(self, path: str, body: bytes) -> Iterator[str]:
        assert body == self.pages[path]
        yield from self.links.get(path, [])

    @property
    def addresses(self) -> Addresses:
        return cast("Addresses", self)

    async def __call__(self, scope: MutableMapping[str, object], receive: Receive, send: Send) -> None:
        path = str(scope["path"])
        fields = dict(cast("list[tuple[bytes, bytes]]", scope["headers"]))
        wanted = fields[b"accept-encoding"].decode()
        self.asked.append((path, wanted))
        assert (await receive())["type"] == "http.request"
        if path == self.broken:
            raise ZeroDivisionError(path)
        body = self.pages.get(path, b"nothing there")
        status = self.statuses.get(path, 200 if path in self.pages else 404)
        headers = {
            "etag": f'"{hashlib.sha256(body).hexdigest()}"',
            "content-type": "text/plain; charset=utf-8",
            "last-modified": format_datetime(NOW, usegmt=True),
            **self.headers,
        }
        if wanted in self.codings:
            body = CODINGS[wanted](body)
            headers |= {"content-encoding": wanted, "etag": f'{headers["etag"][:-1]}-{wanted}"'}
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": body[:3], "more_body": True})
        await send({"type": "http.response.body", "body": body[3:]})
