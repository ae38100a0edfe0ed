from __future__ import annotations

import http.client
import socket
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from aggregator.demo.newsroom import Newsroom, Section
from aggregator.demo.server import NewsroomServer
from aggregator.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator


class Hand:
    """A clock that somebody moves."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock(now: datetime) -> Hand:
    return Hand(now)


@pytest.fixture
def server(newsroom: Newsroom, clock: Hand) -> Iterator[NewsroomServer]:
    with NewsroomServer(newsroom, clock=clock) as running:
        yield running


@pytest.fixture
def connection(server: NewsroomServer) -> Iterator[http.client.HTTPConnection]:
    parts = urlsplit(server.url)
    assert parts.hostname == "127.0.0.1"
    opened = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
    yield opened
    opened.close()


def ask(
    connection: http.client.HTTPConnection, path: str, method: str = "GET", **headers: str
) -> tuple[http.client.HTTPResponse, bytes]:
    connection.request(
        method, path, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )
    response = connection.getresponse()
    return response, response.read()


def test_one_connection_serves_many_requests(connection: http.client.HTTPConnection) -> None:
    first, body = ask(connection, "/news/feed/")
    assert first.status == 200
    assert first.version == 11
    assert int(first.headers["Content-Length"]) == len(body)
    kept = connection.sock
    assert kept is not None
    for path, status in (("/logistik/", 200), ("/nowhere", 404), ("/", 200), ("/wire/feed/", 200)):
        assert ask(connection, path)[0].status == status
    assert connection.sock is kept


def test_the_date_header_follows_the_clock(connection: http.client.HTTPConnection, clock: Hand) -> None:
    assert ask(connection, "/")[0].headers["Date"] == "Wed, 20 Nov 2024 07:30:00 GMT"
    clock.at += timedelta(hours=1)
    assert ask(connection, "/")[0].headers["Date"] == "Wed, 20 Nov 2024 08:30:00 GMT"


def test_validators_work_over_the_wire_whatever_their_case(connection: http.client.HTTPConnection) -> None:
    first, _ = ask(connection, "/news/feed/")
    again, body = ask(connection, "/news/feed/", if_none_match=first.headers["ETag"])
    assert (again.status, body) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    dated, _ = ask(connection, "/news/feed/", If_Modified_Since=first.headers["Last-Modified"])
    assert dated.status == 304


def test_head_is_get_without_the_body(connection: http.client.HTTPConnection) -> None:
    whole, body = ask(connection, "/ruang-sujud/feed/atom/")
    head, nothing = ask(connection, "/ruang-sujud/feed/atom/", "HEAD")
    assert nothing == b""
    assert head.status == 200
    assert head.headers.items() == whole.headers.items()
    assert int(head.headers["Content-Length"]) == len(body)


def test_the_query_of_the_wires_links_is_accepted(
    connection: http.client.HTTPConnection, newsroom: Newsroom, now: datetime
) -> None:
    story = newsroom.stories(Section.WIRE, now)[0]
    response, body = ask(connection, f"{story.path}?utm_source=kawat-mitra&utm_medium=rss")
    assert response.status == 200
    assert story.text.lead.encode() in body


def test_busy_minutes_come_and_go(connection: http.client.HTTPConnection, clock: Hand) -> None:
    seen = {}
    for _ in range(4):
        response, _ = ask(connection, "/kadang-sibuk/feed/")
        seen[response.status] = response.headers["Retry-After"]
        clock.at += timedelta(minutes=1)
    assert seen == {200: None, 503: "5"}


def test_documents_name_the_address_that_is_served(
    server: NewsroomServer, connection: http.client.HTTPConnection
) -> None:
    _, body = ask(connection, "/news/feed/")
    assert f"<link>{server.url}/berita/".encode() in body


def test_other_methods_are_refused_quietly(
    connection: http.client.HTTPConnection, capfd: pytest.CaptureFixture[str]
) -> None:
    assert ask(connection, "/news/feed/", "POST")[0].status == 501
    assert capfd.readouterr() == ("", "")


def test_a_stopped_newsroom_is_silent_also_on_open_connections(newsroom: Newsroom, clock: Hand) -> None:
    server = NewsroomServer(newsroom, clock=clock)
    server.start()
    parts = urlsplit(server.url)
    assert parts.hostname is not None
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
    assert ask(connection, "/news/feed/")[0].status == 200
    server.stop()
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        ask(connection, "/news/feed/")
    connection.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((parts.hostname, parts.port or 0), timeout=10)
    server.stop()


def test_stopping_what_never_started_gives_the_port_back(newsroom: Newsroom, clock: Hand) -> None:
    server = NewsroomServer(newsroom, clock=clock)
    port = urlsplit(server.url).port or 0
    server.stop()
    again = NewsroomServer(newsroom, clock=clock, port=port)
    assert again.url == server.url
    again.stop()


def test_a_client_that_goes_away_makes_no_noise(
    server: NewsroomServer, connection: http.client.HTTPConnection, capfd: pytest.CaptureFixture[str]
) -> None:
    parts = urlsplit(server.url)
    rude = socket.create_connection((parts.hostname or "", parts.port or 0), timeout=10)
    rude.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # close by reset
    rude.sendall(b"GET /wire/feed/ HTTP/1.1\r\nHost: x\r\n\r\nGET /wire/feed/ HTTP/1.1\r\nHo")
    rude.close()
    assert ask(connection, "/wire/feed/")[0].status == 200
    assert capfd.readouterr().err == ""


def test_our_own_mistakes_are_loud(newsroom: Newsroom, capfd: pytest.CaptureFixture[str]) -> None:
    def stopped() -> datetime:
        raise RuntimeError("the clock has stopped")

    with NewsroomServer(newsroom, clock=stopped) as server:
        parts = urlsplit(server.url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
        with pytest.raises(http.client.RemoteDisconnected):
            ask(connection, "/")
        connection.close()
    assert "the clock has stopped" in capfd.readouterr().err


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::1", "localhost", ""])  # refused
def test_only_loopback_is_listened_on(host: str, newsroom: Newsroom, clock: Hand) -> None:
    with pytest.raises(ConfigError, match="not loopback"):
        NewsroomServer(newsroom, clock=clock, host=host)


def test_a_taken_port_is_the_operators_to_change(
    server: NewsroomServer, newsroom: Newsroom, clock: Hand
) -> None:
    port = urlsplit(server.url).port or 0
    with pytest.raises(ConfigError, match=f"cannot listen on 127.0.0.1:{port} .* choose another port"):
        NewsroomServer(newsroom, clock=clock, port=port)
    with pytest.raises(ConfigError, match="choose another port"):
        NewsroomServer(newsroom, clock=clock, port=70000)
