"""Ask an ASGI application inside this process, without a socket (https://asgi.readthedocs.io, HTTP 2.3)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, MutableMapping

    Message: TypeAlias = MutableMapping[str, Any]
    Receive: TypeAlias = Callable[[], Awaitable[Message]]
    Send: TypeAlias = Callable[[Message], Awaitable[None]]
    Application: TypeAlias = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What an address answered."""

    status: int
    headers: Mapping[str, str]  #: the names in lower case; of a name that came twice, the values in a list
    body: bytes

    @property
    def etag(self) -> str:
        """The entity tag, quoted; empty where there is none."""
        return self.headers.get("etag", "")


async def ask(application: Application, path: str, *, coding: str = "identity") -> Answer:
    """Return what ``application`` answers to a GET of the decoded ``path``.

    ``coding`` is the one content coding that is accepted besides none (RFC 9110, 12.5.3).

    Raises:
        Exception: whatever the application lets out; a bug of ours.
    """
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": quote(path).encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"localhost"), (b"accept-encoding", coding.encode())],
        "client": None,
        "server": ("localhost", 80),
    }
    begin: Message = {}
    parts: list[bytes] = []
    requests: list[Message] = [{"type": "http.request", "body": b"", "more_body": False}]
    answered = asyncio.Event()

    async def receive() -> Message:
        if requests:
            return requests.pop()
        await answered.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            begin.update(message)
        elif message["type"] == "http.response.body":
            parts.append(message.get("body", b""))
            if not message.get("more_body"):
                answered.set()

    await application(scope, receive, send)
    headers: dict[str, str] = {}
    for raw, value in begin["headers"]:
        name, said = raw.decode("latin-1").lower(), value.decode("latin-1")
        headers[name] = f"{headers[name]}, {said}" if name in headers else said
    return Answer(begin["status"], headers, b"".join(parts))
