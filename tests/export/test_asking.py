"""The application is asked as a server would ask it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from aggregator.export.asking import ask

if TYPE_CHECKING:
    from aggregator.export.asking import Message, Receive, Send


class Recorder:
    """Answers in pieces, and then listens until the asker is gone."""

    def __init__(self) -> None:
        self.scope: Message = {}
        self.heard: list[Any] = []

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        self.scope = scope
        self.heard.append((await receive())["type"])
        waiting = asyncio.ensure_future(receive())
        await asyncio.sleep(0)
        self.heard.append(waiting.done())
        headers = [(b"ETag", b'"x"'), (b"vary", b"Accept-Encoding"), (b"Vary", b"Origin")]
        await send({"type": "http.response.start", "status": 203, "headers": headers})
        await send({"type": "http.response.body", "body": b"one ", "more_body": True})
        await send({"type": "http.response.body", "body": b"two"})
        self.heard.append((await waiting)["type"])


def test_an_answer_in_pieces_is_put_together() -> None:
    answer = asyncio.run(ask(Recorder(), "/"))
    assert (answer.status, answer.body, answer.etag) == (203, b"one two", '"x"')
    assert answer.headers["vary"] == "Accept-Encoding, Origin"


def test_nobody_hangs_up_before_the_answer_is_there() -> None:
    recorder = Recorder()
    asyncio.run(ask(recorder, "/"))
    assert recorder.heard == ["http.request", False, "http.disconnect"]


def test_the_path_is_decoded_and_the_coding_said() -> None:
    recorder = Recorder()
    asyncio.run(ask(recorder, "/c/ruang sujud/é", coding="br"))
    assert recorder.scope["path"] == "/c/ruang sujud/é"
    assert recorder.scope["raw_path"] == b"/c/ruang%20sujud/%C3%A9"
    assert (b"accept-encoding", b"br") in recorder.scope["headers"]
    assert recorder.scope["method"] == "GET"
