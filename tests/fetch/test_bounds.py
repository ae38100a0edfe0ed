"""What one answer, and all together, may cost; and what is not done twice."""

from __future__ import annotations

import gzip
import socket
import threading
from contextlib import closing, suppress
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from aggregator.fetch.client import BATCH_BYTES, CurlFetcher
from aggregator.fetch.limits import PLACES, Limits
from aggregator.fetch.loop import Loop
from aggregator.fetch.room import ALWAYS
from aggregator.model.fetch import Failed, Fetched, NotModified, Outcome, Request, Unchanged
from aggregator.model.source import Validators
from tests.fetch.conftest import LOOPBACK
from tests.fetch.raw import RawServer, ask
from tests.making import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator

OK = b"HTTP/1.1 200 OK\r\nConnection: close\r\n"
MB = 1_000_000


@pytest.fixture
def roomy() -> Iterator[CurlFetcher]:
    """Yield a client that takes large documents, many at a time."""
    limits = Limits(allow_private_networks=LOOPBACK, max_bytes=2 * MB, per_host=32, per_domain=32)
    with closing(CurlFetcher(limits, lambda: NOW)) as made:
        yield made


def failed(outcome: Outcome) -> Failed:
    assert isinstance(outcome, Failed), outcome
    return outcome


class TestTheSameAgain:
    def test_is_unchanged_and_not_even_decoded(self, server: RawServer, fetcher: CurlFetcher) -> None:
        packed = gzip.compress(b"<rss/>" * 99)
        url = server.say("/f", packed, "Content-Encoding: gzip", 'ETag: "1"', "Cache-Control: max-age=60")
        first = ask(fetcher, url)
        assert isinstance(first, Fetched)
        assert first.fresh_for == timedelta(minutes=1)
        server.say("/f", packed, "Content-Encoding: nobody-knows", 'ETag: "2"', "Cache-Control: max-age=90")
        [[(_, again)]] = list(fetcher.fetch([Request(tag="t", url=url, body_hash=first.body_hash)]))
        assert isinstance(again, Unchanged)
        assert again.size == len(packed)
        assert (again.url, again.validators.etag, again.at, again.dated) == (url, '"2"', NOW, NOW)
        assert again.fresh_for == timedelta(seconds=90)

    def test_is_not_what_only_decodes_to_the_same(self, server: RawServer, fetcher: CurlFetcher) -> None:
        first = ask(fetcher, server.say("/f", gzip.compress(b"ok", 1), "Content-Encoding: gzip"))
        assert isinstance(first, Fetched)
        url = server.say("/f", b"ok")
        [[(_, again)]] = list(fetcher.fetch([Request(tag="t", url=url, body_hash=first.body_hash)]))
        assert isinstance(again, Fetched)
        assert again.body == first.body
        assert again.body_hash != first.body_hash

    def test_what_the_server_says_of_time_with_nothing_new(
        self, server: RawServer, fetcher: CurlFetcher
    ) -> None:
        url = server.say("/f", b"", "Cache-Control: max-age=3600", "Age: 600", status="304 Not Modified")
        outcome = ask(fetcher, url, validators=Validators(etag='"x"'))
        assert outcome == NotModified(at=NOW, fresh_for=timedelta(minutes=50))


class TestOneAnswer:
    @pytest.mark.parametrize("status", ["404 Not Found", "500 Internal Server Error", "403 Forbidden"])
    def test_only_who_is_busy_says_when_to_come_again(
        self, server: RawServer, fetcher: CurlFetcher, status: str
    ) -> None:
        assert (
            failed(ask(fetcher, server.say("/f", b"", "Retry-After: 60", status=status))).retry_after is None
        )

    @pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
    def test_and_who_is_does(self, server: RawServer, fetcher: CurlFetcher, status: str) -> None:
        outcome = failed(ask(fetcher, server.say("/f", b"", "Retry-After: 60", status=status)))
        assert outcome.retry_after == timedelta(minutes=1)

    def test_an_error_s_endless_page_is_an_error(self, server: RawServer, fetcher: CurlFetcher) -> None:
        outcome = failed(ask(fetcher, server.say("/f", b"x" * 5 * MB, status="404 Not Found")))
        assert (outcome.error, outcome.status) == ("status 404 Not Found", 404)

    def test_a_body_over_the_limit_is_cut_off_while_it_comes(
        self, server: RawServer, fetcher: CurlFetcher
    ) -> None:
        sent = 0
        ended = threading.Event()

        def stream(connection: socket.socket) -> None:
            nonlocal sent
            with suppress(OSError):
                connection.sendall(OK + b"\r\n")
                while sent < 100 * MB:
                    sent += connection.send(b"x" * 65_536)
            ended.set()

        server.answers["/f"] = stream
        assert "longer than 100000 bytes" in failed(ask(fetcher, server.url("/f"))).error
        assert ended.wait(10)
        assert sent < 50 * MB

    def test_interim_answers_without_end(self, server: RawServer, fetcher: CurlFetcher) -> None:
        def hint(connection: socket.socket) -> None:
            with suppress(OSError):
                while True:
                    connection.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 100)

        server.answers["/f"] = hint
        assert failed(ask(fetcher, server.url("/f"))).error

    def test_trailers_do_not_say_what_the_body_was(self, server: RawServer, fetcher: CurlFetcher) -> None:
        server.answers["/f"] = (
            OK + b"Transfer-Encoding: chunked\r\nTrailer: ETag\r\n\r\n2\r\nok\r\n0\r\n"
            b'Content-Encoding: gzip\r\nETag: "late"\r\n\r\n'
        )
        outcome = ask(fetcher, server.url("/f"))
        assert isinstance(outcome, Fetched)
        assert (outcome.body, outcome.validators.etag) == (b"ok", "")

    @pytest.mark.parametrize("answer", [b"<rss/>", b"SSH-2.0-OpenSSH_9.2\r\n", b"220 mail ESMTP\r\n"])
    def test_what_is_not_http_is_no_document(
        self, server: RawServer, fetcher: CurlFetcher, answer: bytes
    ) -> None:
        server.answers["/f"] = answer
        assert failed(ask(fetcher, server.url("/f"))).status is None


class TestAllTogether:
    def test_bodies_that_nobody_takes_wait_at_their_servers(
        self, server: RawServer, roomy: CurlFetcher, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("aggregator.fetch.loop.MOST_HELD", 2 * MB)
        most = 0
        collect = Loop._collect

        def watching(loop: Loop) -> None:
            nonlocal most
            collect(loop)
            most = max(most, loop._room.held)
            assert not any(wire.pieces for wire in loop._spare)

        monkeypatch.setattr(Loop, "_collect", watching)
        url = server.say("/f", b"x" * MB)
        requests = [Request(tag=str(number), url=url) for number in range(20)]
        outcomes = [outcome for finished in roomy.fetch(requests) for _, outcome in finished]
        assert len(outcomes) == 20
        assert all(isinstance(outcome, Fetched) and len(outcome.body) == MB for outcome in outcomes)
        assert most <= 2 * MB + 2 * MB + len(requests) * ALWAYS  # the beginning of each has room

    def test_no_more_is_decoded_at_once_than_will_be_held(
        self, server: RawServer, roomy: CurlFetcher
    ) -> None:
        url = server.say("/f", gzip.compress(b"0" * 2 * MB), "Content-Encoding: gzip")
        for finished in roomy.fetch([Request(tag="t", url=url)] * 20):
            size = sum(len(outcome.body) for _, outcome in finished if isinstance(outcome, Fetched))
            assert size <= BATCH_BYTES + 2 * MB

    def test_a_slow_consumer_gets_all_in_the_end(self, server: RawServer, roomy: CurlFetcher) -> None:
        url = server.say("/f", b"ok")
        outcomes = roomy.fetch([Request(tag=str(number), url=url) for number in range(3 * PLACES)])
        found = len(next(outcomes))
        while len(server.heads) < PLACES:
            server.gate.wait(0.01)
        assert found + sum(len(finished) for finished in outcomes) == 3 * PLACES

    def test_what_nobody_waits_for_any_longer_is_not_asked(
        self, server: RawServer, fetcher: CurlFetcher
    ) -> None:
        """Two of a host are under way when the consumer gives up: the others are never started."""
        slow = [Request(tag="slow", url=server.hold("/slow")) for _ in range(9)]
        with closing(RawServer()) as other:
            quick = Request(tag="quick", url=other.say("/q", b"ok"))
            outcomes = fetcher.fetch([*slow, quick])
            assert [request.tag for request, _ in next(outcomes)] == ["quick"]
        outcomes.close()  # type: ignore[attr-defined] # a generator
        server.gate.set()
        assert isinstance(ask(fetcher, server.say("/last", b"ok")), Fetched)
        assert len(server.heads) == 3

    def test_a_connection_is_used_again(self, fetcher: CurlFetcher) -> None:
        accepted = 0

        def serve(listener: socket.socket) -> None:
            nonlocal accepted
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    accepted += 1
                    with connection:
                        while connection.recv(65_536):
                            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

        with socket.create_server(("127.0.0.1", 0)) as listener:
            threading.Thread(target=serve, args=[listener], daemon=True).start()
            url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
            for _ in range(5):
                assert isinstance(ask(fetcher, url), Fetched)
        fetcher.close()
        assert accepted == 1
