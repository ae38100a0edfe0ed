"""The real server under strangers' hands: raw sockets, on loopback."""

from __future__ import annotations

import asyncio
import logging
import resource
import socket
import threading
from contextlib import closing
from ipaddress import ip_network
from typing import TYPE_CHECKING, Self

import pytest

from aggregator.web.server import HEAD_BYTES, URL_BYTES, server
from tests.making import SITE, a_feed
from tests.web.newsroom import FakeStore, Newsroom, make_publication

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import ASGIApp

PATIENCE = 30  # seconds, for a machine that is busy
GET = b"GET /feeds/all.rss HTTP/1.1\r\nHost: x\r\n"
ENDLESS = 50 * HEAD_BYTES
LOGGERS = {"uvicorn.error", "aggregator.web.server", "aggregator.web.site"}


class Running:
    """The server in a thread, on a port of its own."""

    def __init__(
        self, application: ASGIApp, *, trusted: str = "", connections: int = 100, seconds: float = PATIENCE
    ) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.server = server(
            application,
            trusted_proxies=[ip_network(each) for each in trusted.split()],
            connections=connections,
            seconds=seconds,
        )
        self._thread = threading.Thread(target=self.server.run, args=([self._listener],), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.should_exit = True
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()

    def connect(self) -> socket.socket:
        return socket.create_connection(self._listener.getsockname(), timeout=PATIENCE)

    def empty(self) -> None:
        """Wait until there are no connections."""
        for _ in range(PATIENCE * 100):
            if not self.server.server_state.connections:
                return
            threading.Event().wait(0.01)
        pytest.fail("there are still connections")

    def ask(self, sent: bytes) -> bytes:
        """Return all that the server answers until it closes."""
        with closing(self.connect()) as connection:
            connection.sendall(sent)
            return rest(connection)


def rest(connection: socket.socket) -> bytes:
    """Return what comes until the server closes."""
    return b"".join(iter(lambda: connection.recv(65536), b""))


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


@pytest.fixture(scope="module", autouse=True)
def _levels_are_restored() -> Iterator[None]:
    loggers = [logging.getLogger(f"uvicorn.{name}") for name in ("error", "access", "asgi")]
    levels = [(logger, logger.level) for logger in loggers]  # uvicorn sets them for good
    yield
    for logger, level in levels:
        logger.setLevel(level)


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    store = FakeStore(publications={("all", "rss"): make_publication("all", "rss")})
    newsroom = Newsroom(site=SITE, categories=[], feeds=[a_feed("all")], store=store)
    with Running(newsroom.application()) as running:
        yield running


def logged(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what was said of requests; all of it fit for a terminal."""
    said = [record.getMessage() for record in caplog.records if record.name in LOGGERS]
    assert all(line.isprintable() for line in said)
    return said


BAD = {
    "a query of 100 kB": (b"GET /feeds/all.rss?" + b"q" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
    "an address a little too long": (b"GET /" + b"a" * URL_BYTES + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
    "an address without an end": (b"GET /" + b"a" * ENDLESS, 414),
    "a field too long": (GET + b"X-Long: " + b"x" * HEAD_BYTES + b"\r\n\r\n", 431),
    "a field without an end": (GET + b"X-Long: " + b"x" * ENDLESS, 431),
    "a field's name without an end": (GET + b"x" * ENDLESS, 431),
    "too many fields": (GET + b"X-Many: x\r\n" * HEAD_BYTES + b"\r\n", 431),
    "no request at all": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(40), 400),
    "a line of noise": (b"hello, world\r\n\r\n", 400),
    "a control character in a field": (GET + b"X-Bell: \x07\x00\r\n\r\n", 400),
    "a field without a name": (GET + b": x\r\n\r\n", 400),
    "a space before the colon": (GET + b"X-Space : x\r\n\r\n", 400),
    "a length that is none": (GET + b"Content-Length: -1\r\n\r\n", 400),
    "two lengths": (GET + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
    "a length and chunks": (GET + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
    "letters that are not ASCII": ("GET /feeds/é.rss HTTP/1.1\r\nHost: x\r\n\r\n".encode(), 400),
    "a tunnel": (b"CONNECT evil.example:443 HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "no host": (b"GET /feeds/all.rss HTTP/1.1\r\nAccept: */*\r\n\r\n", 400),
    "two hosts": (GET + b"Host: x\r\n\r\n", 400),
    "two hosts in the first version": (b"GET / HTTP/1.0\r\nHost: x\r\nHost: y\r\n\r\n", 400),
    "no host behind a good one": (GET + b"\r\nGET / HTTP/1.1\r\n\r\n", 400),
    "a host with a path": (b"GET / HTTP/1.1\r\nHost: a/status?b#c\r\n\r\n", 400),
    "a host with a space": (b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
    "a host with a user": (b"GET / HTTP/1.1\r\nHost: user@a\r\n\r\n", 400),
    "a host with a port that is none": (b"GET / HTTP/1.1\r\nHost: a:http\r\n\r\n", 400),
    "a host with half an escape": (b"GET / HTTP/1.1\r\nHost: a%4\r\n\r\n", 400),
    "an escape for the terminal": (b"GET /\x1b[2J HTTP/1.1\r\nHost: x\r\n\r\n", 400),
}


@pytest.mark.parametrize(("sent", "expected"), BAD.values(), ids=BAD)
def test_what_is_no_request_of_ours_is_refused_and_logged_once(
    running: Running, caplog: pytest.LogCaptureFixture, sent: bytes, expected: int
) -> None:
    answer = running.ask(sent)
    assert status(answer) == expected
    says_nothing_of_us(answer)
    assert b"connection: close" in answer
    assert len(logged(caplog)) == 1


def says_nothing_of_us(answer: bytes) -> None:
    head, _, body = answer.lower().partition(b"\r\n\r\n")
    assert b"server:" not in head
    for word in (b"traceback", b"uvicorn", b"starlette", b"python", b"aggregator", b".py", b"error:"):
        assert word not in body


@pytest.mark.parametrize(
    "path",
    [
        "/feeds/../../etc/passwd",
        "/feeds/..%2f..%2fetc%2fpasswd",
        "/feeds/%2e%2e/all.rss",
        "/feeds/all.rss%00",
        "/feeds/%00.rss",
        "/feeds/%0d%0aX-Injected:%20x.rss",
        "/feeds/%e2%80%ae.rss",
        "/feeds/%ff%fe.rss",
        "/feeds/%F0%9F%97%9E.rss",
        "/feeds/%zz.rss",
        "//feeds/all.rss",
        "/category/%2e%2e/feed/",
        "/items/%00",
        "/c/..%5c..%5c/",
        "/assets/..%2fsite.py",
        "/" + "a/" * 4000,
    ],
)
def test_a_path_that_leads_nowhere_is_not_found(
    running: Running, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    answer = running.ask(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert status(answer) == 404
    assert b"x-injected" not in answer.lower()
    assert b"cache-control: no-store\r\n" in answer
    says_nothing_of_us(answer)
    (line,) = logged(caplog)
    assert line.startswith("404: GET '/")
    assert len(line) < 300


def test_what_is_refused_is_logged_in_a_line(running: Running, caplog: pytest.LogCaptureFixture) -> None:
    for request in (b"GET /feeds/%0d%0anone.rss%1b[2J", b"POST /feeds/all.rss", b"GET /items/none"):
        running.ask(request + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert logged(caplog) == [
        r"404: GET '/feeds/\r\nnone.rss\x1b[2J'",
        "405: POST '/feeds/all.rss'",
        "404: GET '/items/none'",
    ]


def test_a_query_changes_nothing(running: Running) -> None:
    request = b"GET /feeds/all.rss%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    plain, queried = running.ask(request % b""), running.ask(request % (b"?" + b"q" * 8000))
    assert status(plain) == 200
    assert plain.split(b"\r\n\r\n")[1] == queried.split(b"\r\n\r\n")[1]


@pytest.mark.parametrize(
    "host", [b"", b"x", b"x:", b"feeds.example.id:8080", b"[::1]:80", b"a_b.x%20y", b"x \t"]
)
def test_a_host_is_taken_whatever_it_is_called(running: Running, host: bytes) -> None:
    head = b"GET /feeds/all.rss HTTP/1.1\r\nHost: %s\r\n"
    answer = running.ask(head % host + b"\r\n" + head % b"y" + b"Connection: close\r\n\r\n")
    assert answer.count(b"HTTP/1.1 200 ") == 2


def test_the_first_version_needs_no_host(running: Running) -> None:
    assert status(running.ask(b"GET /feeds/all.rss HTTP/1.0\r\n\r\n")) == 200


def test_an_offer_to_speak_otherwise_is_declined_in_silence(
    running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    for other in (b"websocket", b"h2c"):
        answer = running.ask(GET + b"Connection: Upgrade, close\r\nUpgrade: " + other + b"\r\n\r\n")
        assert status(answer) == 200
    assert logged(caplog) == []


def test_a_body_is_no_head(running: Running) -> None:
    body = b"x" * 3 * HEAD_BYTES
    head = b"POST /feeds/all.rss HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body)
    answer = running.ask(head + body + GET + b"Connection: close\r\n\r\n")
    assert [int(part[:3]) for part in answer.split(b"HTTP/1.1 ")[1:]] == [405, 200]


def test_lines_before_a_request_are_nothing(running: Running, caplog: pytest.LogCaptureFixture) -> None:
    with closing(running.connect()) as connection:
        connection.sendall(b"\r\n")
        connection.sendall(b"\r\n" + GET + b"Connection: close\r\n\r\n")
        assert status(rest(connection)) == 200
    assert logged(caplog) == []


def test_noise_behind_a_good_request_ends_the_connection(
    running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    answer = running.ask(GET + b"\r\n" + b"\x00" * 100)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert len(logged(caplog)) == 1


def test_requests_one_behind_the_other_are_answered_in_their_order(running: Running) -> None:
    last = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    count = 3 * HEAD_BYTES // len(GET)
    answer = running.ask((GET + b"\r\n") * count + last)
    assert answer.count(b"HTTP/1.1 200 ") == count + 1
    assert answer.endswith(b"\r\n\r\nok")


def test_a_mistake_of_ours_says_nothing_of_us(newsroom: Newsroom, caplog: pytest.LogCaptureFixture) -> None:
    newsroom.store.error = ZeroDivisionError("at /secret/path")
    with Running(newsroom.application()) as running:
        for path in (b"/status", b"/feeds/all.rss"):
            answer = running.ask(b"GET " + path + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert status(answer) == 500
            assert b"secret" not in answer
            says_nothing_of_us(answer)
    told = [record for record in caplog.records if record.getMessage().startswith("Exception in ASGI")]
    assert len(told) == 2


@pytest.mark.parametrize(
    ("before", "sent"),
    [
        pytest.param(b"", b"GE", id="the first"),
        pytest.param(b"", GET + b"X-Slow: ", id="its fields"),
        pytest.param(GET + b"\r\n", b"GET /feeds/all.rss HT", id="the second"),
    ],
)
def test_a_head_that_does_not_come_to_its_end_is_not_waited_for(
    newsroom: Newsroom, caplog: pytest.LogCaptureFixture, before: bytes, sent: bytes
) -> None:
    with Running(newsroom.application(), seconds=0.05) as running:
        answer = running.ask(before + sent)
    answers = answer.split(b"HTTP/1.1 ")[1:]
    assert answers[-1].startswith(b"408 ")
    assert len(answers) == (2 if before else 1)
    says_nothing_of_us(b"HTTP/1.1 " + answers[-1])
    assert logged(caplog) == ["the head of a request took longer than 0.05 seconds"]


def test_who_says_nothing_is_not_waited_for(newsroom: Newsroom, caplog: pytest.LogCaptureFixture) -> None:
    with Running(newsroom.application(), seconds=0.05) as running:
        assert running.ask(b"") == b""
    assert logged(caplog) == []


def test_a_body_without_an_end_is_not_waited_for(newsroom: Newsroom) -> None:
    with (
        Running(newsroom.application(), seconds=0.05) as running,
        closing(running.connect()) as connection,
    ):
        connection.sendall(b"POST /feeds/all.rss HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n")
        trickle = threading.Thread(target=trickled, args=(connection,))
        trickle.start()
        answer = rest_or_reset(connection)
        trickle.join(PATIENCE)
    assert status(answer) == 405


def trickled(connection: socket.socket) -> None:
    """Send a byte at a time until the server has had enough."""
    try:
        while True:
            connection.sendall(b"x")
            threading.Event().wait(0.01)
    except OSError:
        pass


def rest_or_reset(connection: socket.socket) -> bytes:
    parts = []
    try:
        while part := connection.recv(65536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def test_who_takes_nothing_of_an_answer_is_let_go_of() -> None:
    async def endless(_scope: object, _receive: object, send: object) -> None:
        head = [(b"content-length", b"100000000")]
        await send({"type": "http.response.start", "status": 200, "headers": head})  # type: ignore[operator]
        await send({"type": "http.response.body", "body": bytes(100_000_000)})  # type: ignore[operator]

    async def application(scope: dict[str, object], receive: object, send: object) -> None:
        if scope["type"] == "http":
            await endless(scope, receive, send)

    with Running(application, seconds=0.05) as running, closing(running.connect()) as connection:  # type: ignore[arg-type]
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert connection.recv(1)
        running.empty()
        assert len(rest_or_reset(connection)) < 100_000_000


async def large(scope: dict[str, object], _receive: object, send: object) -> None:
    """Answer with more than a system takes off our hands."""
    if scope["type"] == "http":
        head = [(b"content-length", b"10000000")]
        await send({"type": "http.response.start", "status": 200, "headers": head})  # type: ignore[operator]
        await send({"type": "http.response.body", "body": bytes(10_000_000)})  # type: ignore[operator]


def test_who_asks_again_and_again_and_takes_nothing_is_let_go_of_in_silence(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with Running(large, seconds=0.05) as running, closing(running.connect()) as connection:  # type: ignore[arg-type]
        connection.sendall((GET + b"\r\n") * 20)
        assert connection.recv(1)
        running.empty()
    assert logged(caplog) == []


def test_who_asks_again_and_again_and_goes_away_is_forgotten_in_silence(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with Running(large) as running:  # type: ignore[arg-type]
        with closing(running.connect()) as connection:
            connection.sendall((GET + b"\r\n") * 20)
            assert connection.recv(1)
        running.empty()
    assert logged(caplog) == []


def test_noise_behind_requests_ends_their_answers(caplog: pytest.LogCaptureFixture) -> None:
    with Running(large) as running:  # type: ignore[arg-type]
        answer = running.ask((GET + b"\r\n") * 3 + b"\x00" * 100)
        running.empty()
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert logged(caplog) == ["Invalid HTTP request received."]


def test_at_the_end_who_takes_nothing_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("aggregator.web.server.SHUTDOWN_SECONDS", 0.05)
    with Running(large) as running:  # type: ignore[arg-type]
        connection = running.connect()
        connection.sendall((GET + b"\r\n") * 20)
        assert connection.recv(1)
    connection.close()
    assert logged(caplog) == []


def test_an_answer_that_takes_long_to_make_is_waited_for() -> None:
    async def application(scope: dict[str, object], _receive: object, send: object) -> None:
        if scope["type"] == "http":
            await asyncio.sleep(0.3)
            await send({"type": "http.response.start", "status": 200, "headers": []})  # type: ignore[operator]
            await send({"type": "http.response.body", "body": b"at last"})  # type: ignore[operator]

    with Running(application, seconds=0.05) as running:  # type: ignore[arg-type]
        answer = running.ask(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert b"at last" in answer


def test_more_connections_than_are_taken(newsroom: Newsroom, caplog: pytest.LogCaptureFixture) -> None:
    with Running(newsroom.application(), connections=2) as running:
        with closing(running.connect()) as one, closing(running.connect()) as two:
            for connection in (one, two):
                connection.sendall(GET + b"\r\n")
                assert connection.recv(12) == b"HTTP/1.1 200"
            answer = running.ask(b"")
            assert status(answer) == 503
            says_nothing_of_us(answer)
            assert running.ask(b"").startswith(b"HTTP/1.1 503 ")
            assert logged(caplog)[0] == "more than 2 connections: no more are taken"
        running.empty()
        answer = running.ask(GET + b"Connection: close\r\n\r\n")
    assert status(answer) == 200


@pytest.mark.parametrize(
    ("limits", "wanted", "raised"),
    [
        pytest.param((64, 1000), 50, [(100, 1000)], id="as many as are wanted"),
        pytest.param((64, 80), 40, [(80, 80)], id="as many as may be opened"),
        pytest.param((64, resource.RLIM_INFINITY), 50, [(100, resource.RLIM_INFINITY)], id="without bound"),
        pytest.param((500, 1000), 50, [], id="more than are wanted already"),
        pytest.param((resource.RLIM_INFINITY,) * 2, 50, [], id="without any bound"),
    ],
)
def test_there_are_files_for_all_connections(
    monkeypatch: pytest.MonkeyPatch, limits: tuple[int, int], wanted: int, raised: list[tuple[int, int]]
) -> None:
    told: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits)
    monkeypatch.setattr(resource, "setrlimit", lambda _, new: told.append(new))
    protocol = server(nothing, connections=50).config.http
    assert isinstance(protocol, type)
    assert vars(protocol)["most"] == wanted
    assert told == raised


def test_a_proxy_is_trusted_at_a_socket_of_ipv6_too() -> None:
    trusted = [ip_network("10.0.0.0/8"), ip_network("fd12::/16")]
    told = {ip_network(each) for each in server(nothing, trusted_proxies=trusted).config.forwarded_allow_ips}
    assert told == {*trusted, ip_network("::ffff:10.0.0.0/104")}


async def nothing(_scope: object, _receive: object, _send: object) -> None:
    raise NotImplementedError


@pytest.fixture(autouse=True)
def _all_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "aggregator")
