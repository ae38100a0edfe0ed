"""What comes back, whatever a server does."""

from __future__ import annotations

import gzip
import threading
import zlib
from datetime import timedelta
from typing import TYPE_CHECKING
from unittest.mock import ANY

import pytest
from protego import Protego

from aggregator.fetch.client import CurlFetcher
from aggregator.fetch.limits import PLACES, Limits
from aggregator.fetch.transfer import Transfer
from aggregator.model.fetch import Failed, Fetched, NotModified, Request
from aggregator.model.source import Validators
from tests.fetch.conftest import LOOPBACK
from tests.fetch.raw import RawServer, ask
from tests.making import NOW

if TYPE_CHECKING:
    import socket

OK = b"HTTP/1.1 200 OK\r\nConnection: close\r\n"


def fetched(fetcher: CurlFetcher, url: str) -> Fetched:
    outcome = ask(fetcher, url)
    assert isinstance(outcome, Fetched), outcome
    return outcome


def failed(fetcher: CurlFetcher, url: str) -> Failed:
    outcome = ask(fetcher, url)
    assert isinstance(outcome, Failed), outcome
    return outcome


class TestAnswers:
    def test_a_document_with_its_validators(self, server: RawServer, fetcher: CurlFetcher) -> None:
        url = server.say(
            "/f", b"<rss/>", 'ETag: W/"x"', "Last-Modified: Wed", "Content-Type: text/xml; charset=utf-8"
        )
        assert fetched(fetcher, url) == Fetched(
            body=b"<rss/>",
            body_hash=ANY,
            url=url,
            content_type="text/xml; charset=utf-8",
            validators=Validators(etag='W/"x"', last_modified="Wed"),
            at=NOW,
            dated=NOW,
        )

    def test_validators_are_sent_back_verbatim(self, server: RawServer, fetcher: CurlFetcher) -> None:
        url = server.say("/f", status="304 Not Modified")
        validators = Validators(etag='W/"x"', last_modified="Wed, 20 Nov 2024 07:30:00 GMT")
        assert ask(fetcher, url, validators=validators) == NotModified(at=NOW)
        assert 'If-None-Match: W/"x"\r\n' in server.heads[0]
        assert "If-Modified-Since: Wed, 20 Nov 2024 07:30:00 GMT\r\n" in server.heads[0]

    def test_we_say_who_we_are_and_what_we_take(self, server: RawServer, fetcher: CurlFetcher) -> None:
        fetched(fetcher, server.say("/f", b"ok"))
        assert "User-Agent: aggregator/test\r\n" in server.heads[0]
        assert "Accept: application/rss+xml" in server.heads[0]
        assert "gzip" in server.heads[0]

    @pytest.mark.parametrize(
        ("encoding", "packed"),
        [
            pytest.param("gzip", gzip.compress(b"<rss/>" * 99), id="gzip"),
            pytest.param(
                "GZIP", gzip.compress(b"<rss/>" * 50) + gzip.compress(b"<rss/>" * 49), id="two members"
            ),
            pytest.param("gzip", gzip.compress(b"<rss/>" * 99) + b"\0" * 9, id="padded"),
            pytest.param("deflate", zlib.compress(b"<rss/>" * 99), id="deflate"),
            pytest.param("deflate", zlib.compress(b"<rss/>" * 99)[2:-4], id="bare deflate"),
            pytest.param("identity", b"<rss/>" * 99, id="identity"),
        ],
    )
    def test_compressed_documents_come_decoded(
        self, server: RawServer, fetcher: CurlFetcher, encoding: str, packed: bytes
    ) -> None:
        assert (
            fetched(fetcher, server.say("/f", packed, f"Content-Encoding: {encoding}")).body == b"<rss/>" * 99
        )

    @pytest.mark.parametrize(
        ("headers", "behind"),
        [
            pytest.param(["Date: Wed, 20 Nov 2024 07:29:00 GMT"], timedelta(minutes=1), id="date"),
            pytest.param(
                ["Date: Wed, 20 Nov 2024 07:29:00 GMT", "Age: 3600"],
                timedelta(minutes=60),
                id="a cache that writes its own date",
            ),
            pytest.param(
                ["Date: Wed, 20 Nov 2024 04:30:00 GMT", "Age: 10800"],
                timedelta(hours=3),
                id="a cache that leaves the origin's date",
            ),
            pytest.param(["Age: 3600"], timedelta(0), id="age without date"),
            pytest.param(["Date: Wed, 20 Nov 2024 07:31:00 GMT"], -timedelta(minutes=1), id="slightly ahead"),
            pytest.param(["Date: Wed, 20 Nov 2034 07:31:00 GMT"], timedelta(0), id="a broken clock"),
            pytest.param(["Date: Thu, 01 Jan 1970 00:00:00 GMT"], timedelta(0), id="no clock"),
            pytest.param(["Date: yesterday"], timedelta(0), id="no date"),
            pytest.param(["Date: Fri, 31 Dec 9999 23:59:59 -0500"], timedelta(0), id="after the end of time"),
            pytest.param([f"Date: Fri, 31 Dec 2024 23:59:59 -{'9' * 30}"], timedelta(0), id="a long offset"),
            pytest.param(["Date: Wed, 20 Nov 2024 07:30:00 GMT", "Age: many"], timedelta(0), id="no age"),
        ],
    )
    def test_the_base_of_relative_dates(
        self, server: RawServer, fetcher: CurlFetcher, headers: list[str], behind: timedelta
    ) -> None:
        assert fetched(fetcher, server.say("/f", b"ok", *headers)).dated == NOW - behind


class TestRedirects:
    def test_followed_and_told(self, server: RawServer, fetcher: CurlFetcher) -> None:
        final = server.say("/b/c", b"ok")
        url = server.say("/a", b"", "Location: /b/c", status="301 Moved Permanently")
        assert fetched(fetcher, url).url == final

    def test_raw_utf8_in_a_location(self, server: RawServer, fetcher: CurlFetcher) -> None:
        server.say("/kapal%C3%A9", b"ok")
        url = server.say("/a", b"", "Location: /kapal" + "é".encode().decode("latin-1"), status="302 Found")
        assert fetched(fetcher, url).body == b"ok"

    def test_a_loop_ends(self, server: RawServer, fetcher: CurlFetcher) -> None:
        url = server.say("/a", b"", "Location: /a", status="302 Found")
        assert "more than 5 redirects" in failed(fetcher, url).error
        assert len(server.heads) == 6

    def test_one_that_names_nothing(self, server: RawServer, fetcher: CurlFetcher) -> None:
        assert "names no address" in failed(fetcher, server.say("/a", status="302 Found")).error

    @pytest.mark.parametrize("target", ["http://[", "//[", "http://[::1"])
    def test_one_that_is_no_address(self, server: RawServer, fetcher: CurlFetcher, target: str) -> None:
        url = server.say("/a", b"", f"Location: {target}", status="302 Found")
        assert "names no address" in failed(fetcher, url).error
        assert fetched(fetcher, server.say("/b", b"ok")).body == b"ok"

    @pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/"])
    def test_only_to_http(self, server: RawServer, fetcher: CurlFetcher, target: str) -> None:
        url = server.say("/a", b"", f"Location: {target}", status="302 Found")
        assert "not an http or https address" in failed(fetcher, url).error

    def test_secret_headers_stay_with_their_server(self, server: RawServer, fetcher: CurlFetcher) -> None:
        server.say(
            "/same",
            b"",
            f"Location: http://localhost:{server.host.partition(':')[2]}/other",
            status="302 Found",
        )
        server.say("/other", b"ok")
        url = server.say("/a", b"", "Location: /same", status="302 Found")
        outcome = ask(fetcher, url, headers={"X-Key": "geheim"})
        assert isinstance(outcome, Fetched)
        assert ["geheim" in head for head in server.heads] == [True, True, False]


class TestCredentials:
    def test_a_user_in_the_address_becomes_a_header_and_is_not_shown(
        self, server: RawServer, fetcher: CurlFetcher
    ) -> None:
        url = server.say("/f", b"ok")
        got = fetched(fetcher, url.replace("//", "//sari:p%40ss@"))
        assert got.url == url
        assert "Authorization: Basic c2FyaTpwQHNz\r\n" in server.heads[0]


class TestFailures:
    @pytest.mark.parametrize(
        "status", ["404 Not Found", "410 Gone", "500 Internal Server Error", "204 No Content"]
    )
    def test_a_status_is_told(self, server: RawServer, fetcher: CurlFetcher, status: str) -> None:
        outcome = failed(fetcher, server.say("/f", status=status))
        assert outcome.error == f"status {status}"
        assert outcome.status == int(status[:3])

    @pytest.mark.parametrize(
        ("value", "wait"),
        [
            ("120", timedelta(minutes=2)),
            ("Wed, 20 Nov 2024 08:00:00 GMT", timedelta(minutes=30)),
            ("Wed, 20 Nov 2024 07:00:00 GMT", timedelta(0)),
            ("999999999999999999999", timedelta(days=1)),
            ("Fri, 31 Dec 9999 23:59:59 GMT", timedelta(days=1)),
            ("Fri, 31 Dec 9999 23:59:59 -0500", None),
            ("soon", None),
            ("-5", None),
        ],
    )
    def test_retry_after(
        self, server: RawServer, fetcher: CurlFetcher, value: str, wait: timedelta | None
    ) -> None:
        url = server.say("/f", b"", f"Retry-After: {value}", status="503 Service Unavailable")
        assert failed(fetcher, url).retry_after == wait

    @pytest.mark.parametrize(
        ("answer", "words"),
        [
            pytest.param(OK + b"Content-Length: 10\r\n\r\nhalf", "cut short", id="short of its length"),
            pytest.param(OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhal", "", id="short of its chunk"),
            pytest.param(OK + b"Content-Encoding: gzip\r\n\r\nno gzip", "compressed", id="not gzip"),
            pytest.param(
                OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"x" * 5000)[:-12],
                "",
                id="gzip cut short",
            ),
            pytest.param(
                OK + b"Content-Encoding: compress\r\n\r\n12345",
                "'compress', which we did not ask",
                id="not asked for",
            ),
            pytest.param(b"", "without an answer", id="nothing"),
            pytest.param(b"\x00\xff garbage\r\n\r\n", "", id="garbage"),
            pytest.param(
                OK + b"Content-Length: 200000\r\n\r\n" + b"x" * 200_000, "longer than 100000", id="large"
            ),
            pytest.param(
                OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"0" * 9_000_000),
                "longer than",
                id="gzip bomb",
            ),
            pytest.param(OK + b"X: " + b"y" * 70_000 + b"\r\n\r\n", "", id="huge headers"),
        ],
    )
    def test_never_half_a_document(
        self, server: RawServer, fetcher: CurlFetcher, answer: bytes, words: str
    ) -> None:
        server.answers["/f"] = answer
        assert words in failed(fetcher, server.url("/f")).error

    @pytest.mark.parametrize(
        ("url", "words"),
        [
            ("http://nowhere.invalid/", "does not resolve"),
            ("ftp://127.0.0.1/f", "not an http or https address"),
            ("http://[::1", "not a usable address"),
            ("", "not a usable address"),
            ("http://127.0.0.1:1/", "connect"),
        ],
    )
    def test_addresses_that_lead_nowhere(self, fetcher: CurlFetcher, url: str, words: str) -> None:
        assert words in failed(fetcher, url).error

    def test_a_silent_server_is_left_after_the_time_limit(self, server: RawServer) -> None:
        hasty = CurlFetcher(
            Limits(timeout=timedelta(milliseconds=200), allow_private_networks=LOOPBACK), lambda: NOW
        )
        assert "no whole answer within 0.2 s" in failed(hasty, server.hold("/f")).error
        hasty.close()


class TestManyAtOnce:
    def test_every_request_comes_back_once(self, server: RawServer, fetcher: CurlFetcher) -> None:
        url = server.say("/f", b"ok")
        requests = [Request(tag=str(number), url=url) for number in range(3 * PLACES)]
        tags = [request.tag for finished in fetcher.fetch(requests) for request, _ in finished]
        assert sorted(tags, key=int) == [request.tag for request in requests]

    def test_a_host_is_asked_two_things_at_once(self, server: RawServer, fetcher: CurlFetcher) -> None:
        requests = [Request(tag=str(number), url=server.say("/f", b"ok")) for number in range(20)]
        assert sum(len(finished) for finished in fetcher.fetch(requests)) == 20
        assert server.most_at_once <= 2

    def test_a_slow_server_holds_nobody_up(self, server: RawServer, fetcher: CurlFetcher) -> None:
        slow = Request(tag="slow", url=server.hold("/slow"))
        quick = Request(tag="quick", url=server.say("/quick", b"ok"))
        order = []
        for finished in fetcher.fetch([slow, quick]):
            order += [request.tag for request, _ in finished]
            server.gate.set()
        assert order == ["quick", "slow"]

    def test_a_consumer_that_gives_up_blocks_nobody(self, server: RawServer, fetcher: CurlFetcher) -> None:
        url = server.say("/f", b"ok")
        for _ in range(3):
            outcomes = fetcher.fetch([Request(tag=str(number), url=url) for number in range(PLACES)])
            next(outcomes)
            outcomes.close()  # type: ignore[attr-defined] # a generator
        assert isinstance(ask(fetcher, url), Fetched)

    def test_a_consumer_that_gives_up_does_not_wait_for_a_slow_server(
        self, server: RawServer, fetcher: CurlFetcher
    ) -> None:
        slow = Request(tag="slow", url=server.hold("/slow"))
        outcomes = fetcher.fetch([slow, Request(tag="quick", url=server.say("/quick", b"ok"))])
        next(outcomes)
        outcomes.close()  # type: ignore[attr-defined] # a generator
        assert not server.gate.is_set()
        assert isinstance(ask(fetcher, server.url("/quick")), Fetched)

    def test_threads_share_one_client(self, server: RawServer, fetcher: CurlFetcher) -> None:
        url = server.say("/f", b"ok")
        counts: list[int] = []

        def use() -> None:
            requests = [Request(tag=str(number), url=url) for number in range(30)]
            counts.append(sum(len(finished) for finished in fetcher.fetch(requests)))

        threads = [threading.Thread(target=use) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert counts == [30] * 4

    def test_a_bug_that_an_answer_sets_off_is_loud_and_ends_nothing(
        self,
        server: RawServer,
        fetcher: CurlFetcher,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        url = server.say("/f", b"ok")
        with monkeypatch.context() as patch:
            patch.setattr(Transfer, "outcome", lambda *_, **__: 1 / 0)
            assert "itself failed on this answer (ZeroDivisionError)" in failed(fetcher, url).error
        assert "please report it" in caplog.text
        assert fetched(fetcher, url).body == b"ok"

    def test_nor_does_one_in_the_fetching_thread(
        self,
        server: RawServer,
        fetcher: CurlFetcher,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        url = server.say("/f", b"ok")
        server.say("/robots.txt", b"")
        heeding = Request(tag="t", url=url, robots=True)
        with monkeypatch.context() as patch:
            patch.setattr(Transfer, "sent_on", lambda _: 1 / 0)
            assert "itself failed on this answer" in failed(fetcher, url).error
        with monkeypatch.context() as patch:
            patch.setattr(Protego, "parse", lambda _: 1 / 0)
            [[(_, outcome)]] = list(fetcher.fetch([heeding]))
            assert isinstance(outcome, Failed)
            assert "itself failed on this answer" in outcome.error
        assert caplog.text.count("please report it") == 2
        assert fetched(fetcher, url).body == b"ok"

    def test_closing_cuts_off_what_is_under_way(self, server: RawServer, fetcher: CurlFetcher) -> None:
        asked = threading.Event()

        def never(_connection: socket.socket) -> None:
            asked.set()
            server.gate.wait(20)

        server.answers["/never"] = never
        request = Request(tag="never", url=server.url("/never"))

        def close() -> None:
            asked.wait(10)
            fetcher.close()

        closer = threading.Thread(target=close)
        closer.start()
        assert list(fetcher.fetch([request])) == []
        closer.join()
        assert list(fetcher.fetch([request])) == []
        fetcher.close()
