"""Handing something in: what is sent, what each answer means, and that nothing leads it elsewhere."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import closing, suppress
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from aggregator.fetch import dispatch, wire
from aggregator.fetch.client import CurlFetcher
from aggregator.fetch.limits import Limits
from aggregator.model.fetch import Failed, Fetched, Post, Reception, Taken
from tests.fetch.conftest import LOOPBACK
from tests.fetch.raw import RawServer, ask
from tests.making import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator

OK = b"HTTP/1.1 200 OK\r\nConnection: close\r\n"
SOON = 20  # seconds: how long a test waits before it gives up


def post(
    fetcher: CurlFetcher, url: str, body: bytes = b"{}", headers: dict[str, str] | None = None
) -> Reception:
    return fetcher.post(Post(url=url, body=body, headers=headers or {})).result(SOON)


def failed(fetcher: CurlFetcher, url: str) -> Failed:
    outcome = post(fetcher, url)
    assert isinstance(outcome, Failed), outcome
    return outcome


@pytest.fixture
def hasty() -> Iterator[CurlFetcher]:
    limits = Limits(allow_private_networks=LOOPBACK, timeout=timedelta(seconds=0.5), user_agent="a/test")
    with closing(CurlFetcher(limits, lambda: NOW)) as made:
        yield made


class TestWhatIsSent:
    def test_the_body_and_its_headers_and_no_wish_to_be_asked_for_it(
        self, server: RawServer, fetcher: CurlFetcher
    ) -> None:
        body = b"x" * 200_000
        headers = {"Content-Type": "application/json"}
        connected = post(fetcher, server.say("/hook"), body, headers)
        assert connected == Taken(status=200, at=NOW)
        [head] = server.heads
        assert head.startswith("POST /hook HTTP/1.1\r\n")
        assert "Content-Type: application/json\r\n" in head
        assert f"Content-Length: {len(body)}\r\n" in head
        assert "User-Agent: aggregator/test\r\n" in head
        assert "Expect" not in head
        assert "urlencoded" not in head
        assert server.bodies == [body]

    def test_a_login_in_the_address_goes_where_it_belongs(
        self, server: RawServer, fetcher: CurlFetcher
    ) -> None:
        post(fetcher, server.say("/hook").replace("//", "//me:secret@"))
        assert "Authorization: Basic bWU6c2VjcmV0\r\n" in server.heads[0]

    def test_a_header_begins_no_other_one(self, server: RawServer, fetcher: CurlFetcher) -> None:
        post(fetcher, server.say("/hook"), b"", {"webhook-id": "msg_1\r\nHost: elsewhere"})
        assert "webhook-id: msg_1Host: elsewhere\r\n" in server.heads[0]

    def test_what_is_asked_afterwards_is_asked_as_ever(self, server: RawServer, fetcher: CurlFetcher) -> None:
        post(fetcher, server.say("/hook"), b"body")
        document = ask(fetcher, server.say("/f", b"<rss/>"))
        assert isinstance(document, Fetched)
        assert document.body == b"<rss/>"
        head = server.heads[1]
        assert head.startswith("GET /f HTTP/1.1\r\n")
        assert "Content-Length" not in head
        assert "gzip" in head


class TestAnswers:
    @pytest.mark.parametrize(
        "status", ["200 OK", "201 Created", "202 Accepted", "204 No Content", "299 Fine"]
    )
    def test_taken(self, server: RawServer, fetcher: CurlFetcher, status: str) -> None:
        assert post(fetcher, server.say("/hook", status=status)) == Taken(status=int(status[:3]), at=NOW)

    @pytest.mark.parametrize(
        ("status", "error"),
        [
            pytest.param("410 Gone", "status 410 Gone", id="gone"),
            pytest.param("500 Oops", "status 500 Internal Server Error", id="broken"),
            pytest.param("299 ", None, id="any two hundred"),
            pytest.param("599 Odd", "status 599", id="a number without a name"),
        ],
    )
    def test_the_status_says_it(
        self, server: RawServer, fetcher: CurlFetcher, status: str, error: str | None
    ) -> None:
        outcome = post(fetcher, server.say("/hook", status=status))
        assert getattr(outcome, "error", None) == error
        assert outcome.status == int(status[:3])

    @pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Busy", "500 Oops"])
    def test_who_asks_us_to_wait_says_how_long(
        self, server: RawServer, fetcher: CurlFetcher, status: str
    ) -> None:
        outcome = failed(fetcher, server.say("/hook", b"", "Retry-After: 120", status=status))
        assert outcome.retry_after == timedelta(minutes=2)

    def test_nothing_has_changed_is_no_answer(self, server: RawServer, fetcher: CurlFetcher) -> None:
        assert "304" in failed(fetcher, server.say("/hook", status="304 Not Modified")).error

    def test_nobody_there(self, fetcher: CurlFetcher) -> None:
        outcome = failed(fetcher, "http://127.0.0.1:1/")
        assert outcome.status is None
        assert "connect" in outcome.error.lower()

    def test_no_address(self, fetcher: CurlFetcher) -> None:
        assert failed(fetcher, "ftp://k.id/").status is None


class TestHostile:
    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_a_redirect_is_followed_nowhere_and_named(
        self, server: RawServer, fetcher: CurlFetcher, status: int
    ) -> None:
        other = server.say("/other")
        url = server.say("/hook", b"", f"Location: {other}", status=f"{status} Elsewhere")
        outcome = failed(fetcher, url)
        assert outcome.status == status
        assert f"it points to {other}, and redirects are not followed" in outcome.error
        assert len(server.heads) == 1

    def test_a_redirect_to_nowhere(self, server: RawServer, fetcher: CurlFetcher) -> None:
        assert "it points to nowhere" in failed(fetcher, server.say("/hook", status="301 Moved")).error

    def test_an_answer_that_does_not_come(self, server: RawServer, hasty: CurlFetcher) -> None:
        outcome = failed(hasty, server.hold("/hook"))  # it would answer 200
        assert (outcome.status, outcome.error) == (None, "no answer in time")

    def test_no_limit_of_the_operator_waits_longer_than_fifteen_seconds(
        self, server: RawServer, fetcher: CurlFetcher, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(dispatch, "LONGEST", 0.2)
        assert failed(fetcher, server.hold("/hook")).error == "no answer in time"

    def test_only_a_go_on(self, server: RawServer, hasty: CurlFetcher) -> None:
        def go_on(connection: socket.socket) -> None:
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            server.gate.wait(SOON)

        server.answers["/hook"] = go_on
        assert failed(hasty, server.url("/hook")).error == "no answer in time"

    @pytest.mark.parametrize("status", [200, 500])
    def test_an_endless_body_is_not_read(self, server: RawServer, fetcher: CurlFetcher, status: int) -> None:
        sent = 0

        def pour(connection: socket.socket) -> None:
            nonlocal sent
            connection.sendall(b"HTTP/1.1 %d It\r\n\r\n" % status)
            with suppress(OSError):
                while sent < 200_000_000:
                    sent += connection.send(b"x" * 4096)

        server.answers["/hook"] = pour
        assert post(fetcher, server.url("/hook")).status == status
        assert sent < 50_000_000  # what buffers between us took

    @pytest.mark.parametrize("status", [200, 500])
    @pytest.mark.parametrize(
        ("length", "pieces"),
        [
            pytest.param(b"Content-Length: 900\r\n", [b"x"] * 900, id="a drip"),
            pytest.param(b"Transfer-Encoding: chunked\r\n", [b"1\r\nx\r\n"] * 900, id="chunks"),
            pytest.param(b"Content-Length: 900\r\n", [b""] * 900, id="none at all"),
        ],
    )
    def test_nobody_waits_for_a_body(
        self, server: RawServer, status: int, length: bytes, pieces: list[bytes]
    ) -> None:
        over = threading.Event()

        def drip(connection: socket.socket) -> None:
            connection.sendall(b"HTTP/1.1 %d It\r\n%s\r\n" % (status, length))
            with suppress(OSError):
                for piece in pieces:
                    connection.sendall(piece)
                    if over.wait(0.1):
                        return

        server.answers["/hook"] = drip
        with closing(CurlFetcher(Limits(allow_private_networks=LOOPBACK), lambda: NOW)) as patient:
            begun = time.monotonic()
            assert post(patient, server.url("/hook")).status == status
            assert time.monotonic() - begun < dispatch.LONGEST / 2
        over.set()

    def test_who_answers_before_all_is_out_is_given_all(
        self, fetcher: CurlFetcher, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(wire, "GRACE", 0.0)
        body, came = b"x" * 20_000_000, []

        with closing(socket.create_server(("127.0.0.1", 0))) as listener:

            def answer_and_read() -> None:
                connection, _ = listener.accept()
                with closing(connection):
                    came.append(len(connection.recv(1000)))
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
                    over.wait(1.5)  # longer than libcurl takes to look
                    while data := connection.recv(1_000_000):
                        came.append(len(data))

            over = threading.Event()
            thread = threading.Thread(target=answer_and_read)
            thread.start()
            url = f"http://127.0.0.1:{listener.getsockname()[1]}/hook"
            assert isinstance(post(fetcher, url, body), Taken)
            thread.join(SOON)
        assert sum(came) > len(body)

    def test_a_body_that_comes_with_its_head_costs_no_connection(self, fetcher: CurlFetcher) -> None:
        accepted = 0
        with closing(socket.create_server(("127.0.0.1", 0))) as listener:

            def serve() -> None:
                nonlocal accepted
                with suppress(OSError):
                    while True:
                        connection, _ = listener.accept()
                        accepted += 1
                        with closing(connection):
                            while connection.recv(65536):
                                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
                                connection.sendall(b"ok")

            threading.Thread(target=serve, daemon=True).start()
            url = f"http://127.0.0.1:{listener.getsockname()[1]}/hook"
            for _ in range(5):
                assert isinstance(post(fetcher, url), Taken)
            fetcher.close()
        assert accepted == 1

    def test_a_body_that_drips_for_ever(self, server: RawServer, hasty: CurlFetcher) -> None:
        def drip(connection: socket.socket) -> None:
            connection.sendall(OK + b"\r\nok")
            server.gate.wait(SOON)

        server.answers["/hook"] = drip
        assert isinstance(post(hasty, server.url("/hook")), Taken)  # it has said so

    @pytest.mark.parametrize(
        "answer",
        [
            pytest.param(b"", id="nothing"),
            pytest.param(b"HTTP/1.1 200 OK\r\nContent-Le", id="half a head"),
            pytest.param(b"hello\r\n\r\n", id="no HTTP"),
            pytest.param(
                b"HTTP/1.1 200 OK\r\n" + b"X: %s\r\n" % (b"y" * 9000) * 9 + b"\r\n", id="a long head"
            ),
        ],
    )
    def test_no_answer(self, server: RawServer, fetcher: CurlFetcher, answer: bytes) -> None:
        server.answers["/hook"] = answer
        outcome = failed(fetcher, server.url("/hook"))
        assert outcome.status is None
        assert outcome.error

    def test_a_private_address_is_refused(self, server: RawServer) -> None:
        with closing(CurlFetcher(Limits(), lambda: NOW)) as strict:
            outcome = failed(strict, server.say("/hook"))
            assert "127.0.0.1 is not a public address" in outcome.error
            by_name = failed(strict, server.url("/hook").replace("127.0.0.1", "localhost"))
            assert "is not a public address" in by_name.error
        assert server.heads == []

    def test_what_can_be_read_on_its_way_stays_in_the_operators_networks(self) -> None:
        with closing(CurlFetcher(Limits(), lambda: NOW)) as strict:
            outcome = failed(strict, "http://1.1.1.1/hook")
        assert outcome.error == "it is no https:// address: anybody could read what is handed in there"


def test_many_overlap_as_far_as_a_host_allows(server: RawServer) -> None:
    limits = Limits(allow_private_networks=LOOPBACK, per_host=3, per_domain=3)
    with closing(CurlFetcher(limits, lambda: NOW)) as many:
        sent = [many.post(Post(url=server.hold("/hook"), body=b"")) for _ in range(9)]
        other = post(many, server.say("/quick").replace("127.0.0.1", "localhost"))
        assert isinstance(other, Taken)  # the slow ones do not delay another host
        server.gate.set()
        assert {each.result(SOON) for each in sent} == {Taken(status=200, at=NOW)}
    assert server.most_at_once <= 4


def test_closing_cuts_off_what_is_under_way(server: RawServer) -> None:
    fetcher = CurlFetcher(Limits(allow_private_networks=LOOPBACK, per_host=1), lambda: NOW)
    under_way, waiting = (fetcher.post(Post(url=server.hold("/hook"), body=b"")) for _ in range(2))
    called = threading.Event()
    under_way.add_done_callback(lambda _: called.set())
    fetcher.close()
    assert called.wait(SOON)
    assert under_way.cancelled()
    assert waiting.cancelled()
    assert fetcher.post(Post(url=server.url("/hook"), body=b"")).cancelled()


def test_a_bug_of_ours_is_loud_and_costs_only_its_own(
    server: RawServer,
    fetcher: CurlFetcher,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(dispatch, "Taken", None)
        assert "itself failed" in failed(fetcher, server.say("/hook")).error
    assert "a bug in the aggregator" in caplog.text
    assert isinstance(post(fetcher, server.url("/hook")), Taken)
