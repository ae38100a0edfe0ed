"""What a site asks robots not to read is not read, where the request heeds it."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from aggregator.fetch import addresses
from aggregator.fetch.client import CurlFetcher
from aggregator.fetch.limits import Limits
from aggregator.fetch.robots import LONGEST, MOST_BYTES, MOST_HELD, RETRY, SHORTEST, Robots, question
from aggregator.model.fetch import Failed, Fetched, Outcome, Request
from aggregator.model.source import NO_VALIDATORS
from tests.fetch.conftest import LOOPBACK
from tests.making import NOW

if TYPE_CHECKING:
    from tests.fetch.raw import RawServer

SITE = "https://kabar.example.id"


def said(text: str | bytes, fresh_for: timedelta | None = None) -> Fetched:
    return Fetched(
        body=text if isinstance(text, bytes) else text.encode(),
        body_hash="",
        url=f"{SITE}/robots.txt",
        content_type="text/plain",
        validators=NO_VALIDATORS,
        at=NOW,
        dated=NOW,
        fresh_for=fresh_for,
    )


def refusal(outcome: Outcome, path: str = "/a", *, at: float = 0.0) -> str | None:
    robots = Robots("aggregator/1.0 (+https://feeds.example.id/)")
    address = addresses.read(f"{SITE}{path}")
    assert robots.refusal(address, 0.0) is None
    robots.learn(address, outcome, 0.0)
    return robots.refusal(address, at)


@pytest.mark.parametrize(
    ("text", "path", "may"),
    [
        pytest.param("", "/a", True, id="nothing"),
        pytest.param("User-agent: *\nDisallow: /", "/a", False, id="nobody, anything"),
        pytest.param("User-agent: *\nDisallow:", "/a", True, id="nothing is disallowed"),
        pytest.param("User-agent: *\nDisallow: /a", "/b", True, id="elsewhere"),
        pytest.param("User-agent: *\nDisallow: /\nAllow: /a", "/a", True, id="the longer rule"),
        pytest.param("User-agent: *\nDisallow: /*.php$", "/a.php", False, id="wildcards"),
        pytest.param("User-agent: *\nDisallow: /*?s=", "/a?s=kapal", False, id="a query"),
        pytest.param("User-agent: other\nDisallow: /", "/a", True, id="others"),
        pytest.param(
            "User-agent: other\nUser-agent: AGGREGATOR\nDisallow: /", "/a", False, id="others and us"
        ),
        pytest.param(
            "User-agent: *\nDisallow: /\n\nUser-agent: aggregator/2 # us\nDisallow: /x",
            "/a",
            True,
            id="ours comes first",
        ),
        pytest.param("User-agent: agg\nDisallow: /", "/a", True, id="a shorter name"),
        pytest.param("user agent other\nDisallow: /", "/a", True, id="without a colon"),
        pytest.param(
            "User-agent: a\nUser-agent: b\nDisallow: /\nUser-agent: *\nDisallow: /x", "/a", True, id="groups"
        ),
        pytest.param("\ufeffUser-agent: *\nDisallow: /", "/a", False, id="a byte order mark"),
        pytest.param("User-agent: *\rDisallow: /", "/a", False, id="old line ends"),
        pytest.param("<html><body>Disallow: /</body></html>", "/a", True, id="a page"),
        pytest.param(b"\xff\xfe\x00", "/a", True, id="no text"),
        pytest.param("User-agent: *\nDisallow: /%C3%A9", "/\u00e9", False, id="escaped"),
    ],
)
def test_who_may_read_what(text: str | bytes, path: str, may: bool) -> None:  # noqa: FBT001 # a case
    assert (refusal(said(text), path) == "") is may


def test_the_refusal_says_what_to_do() -> None:
    assert refusal(said("User-agent: *\nDisallow: /"), "/a?q=1") == (
        "robots.txt of kabar.example.id asks us not to read /a?q=1 "
        "(robots: ignore on the source reads it all the same)"
    )


@pytest.mark.parametrize(
    ("status", "may"),
    [
        (404, True),
        (403, True),
        (401, True),
        (429, True),
        (301, True),
        (204, True),
        (500, False),
        (503, False),
    ],
)
def test_where_there_is_none(status: int, may: bool) -> None:  # noqa: FBT001 # a case
    why = refusal(Failed(error=f"status {status}", at=NOW, status=status))
    assert (why == "") is may
    assert may or "robots.txt of kabar.example.id cannot be had (status " in str(why)


def test_where_nobody_answers() -> None:
    outcome = Failed(error="its host name does not resolve", at=NOW)
    assert "its host name does not resolve" in str(refusal(outcome))
    assert refusal(outcome, at=RETRY - 1) is not None
    assert refusal(outcome, at=RETRY) is None


@pytest.mark.parametrize(
    ("fresh_for", "lasts"),
    [
        (None, LONGEST),
        (timedelta(hours=2), 7200.0),
        (timedelta(0), SHORTEST),
        (timedelta(days=300), LONGEST),
    ],
)
def test_how_long_it_is_believed(fresh_for: timedelta | None, lasts: float) -> None:
    outcome = said("User-agent: *\nDisallow: /", fresh_for)
    assert refusal(outcome, at=lasts - 1)
    assert refusal(outcome, at=lasts) is None


@pytest.mark.parametrize(
    ("text", "gap"),
    [
        ("User-agent: *\nCrawl-delay: 3", 3.0),
        ("User-agent: *\nCrawl-delay: 3600", 10.0),
        ("User-agent: *\nCrawl-delay: -1", 0.0),
        ("User-agent: other\nCrawl-delay: 3", 0.0),
        ("User-agent: aggregator\nCrawl-delay: .5", 0.5),
    ],
)
def test_a_delay_between_requests(text: str, gap: float) -> None:
    robots, address = Robots("aggregator"), addresses.read(SITE)
    assert robots.gap(address) == 0.0
    robots.learn(address, said(text), 0.0)
    assert robots.gap(address) == gap


def test_thousands_of_robots_with_thousands_of_rules_cost_little() -> None:
    """The parser keeps the rules once for each robot: nine million of them here, were it given all."""
    many = "".join(f"User-agent: r{number}\n" for number in range(3000)) + "Disallow: /\n" * 3000
    assert refusal(said(many)) == ""


def test_only_so_much_is_remembered() -> None:
    robots = Robots("aggregator")
    sites = [addresses.read(f"https://s{number}.example/") for number in range(12)]
    for site in sites:
        robots.learn(site, said(b"#" * (MOST_HELD // 10)), 0.0)
    known = [robots.refusal(site, 0.0) is not None for site in sites]
    assert known == [False] * 2 + [True] * 10
    robots.learn(sites[-1], said(b""), 0.0)
    assert robots._held == 9 * (MOST_HELD // 10)


def test_each_origin_has_its_own() -> None:
    assert question(addresses.read("http://a.example:81/x?y#z")).url == "http://a.example:81/robots.txt"


def heeding(fetcher: CurlFetcher, *urls: str) -> list[Outcome]:
    """Return what becomes of requests that heed robots.txt, in the order of the requests."""
    requests = [Request(tag=str(number), url=url, robots=True) for number, url in enumerate(urls)]
    found = {request.tag: outcome for finished in fetcher.fetch(requests) for request, outcome in finished}
    return [found[request.tag] for request in requests]


def paths(server: RawServer) -> list[str]:
    return [head.split(" ")[1] for head in server.heads]


class TestThroughTheClient:
    def test_it_is_asked_once_and_heeded(self, server: RawServer, fetcher: CurlFetcher) -> None:
        server.say("/robots.txt", b"User-agent: *\nDisallow: /secret")
        secret, free = server.say("/secret", b"no"), server.say("/free", b"ok")
        first, second, third = heeding(fetcher, free, secret, free)
        assert isinstance(first, Fetched)
        assert isinstance(second, Failed)
        assert second.error.startswith(f"robots.txt of {server.host} asks us not to read /secret")
        assert isinstance(third, Fetched)
        heeding(fetcher, secret)
        assert sorted(paths(server)) == ["/free", "/free", "/robots.txt"]

    def test_who_does_not_heed_it_does_not_ask_for_it(self, server: RawServer, fetcher: CurlFetcher) -> None:
        request = Request(tag="t", url=server.say("/f", b"ok"))
        assert len(list(fetcher.fetch([request]))) == 1
        assert paths(server) == ["/f"]

    def test_a_redirect_s_target_is_asked_of_its_own_site(
        self, server: RawServer, fetcher: CurlFetcher
    ) -> None:
        port = server.host.partition(":")[2]
        server.say("/robots.txt", b"User-agent: *\nDisallow: /there")
        url = server.say("/here", b"", f"Location: http://localhost:{port}/there", status="302 Found")
        [outcome] = heeding(fetcher, url)
        assert isinstance(outcome, Failed)
        assert outcome.error.startswith(f"robots.txt of localhost:{port} asks us not to read /there")
        assert paths(server) == ["/robots.txt", "/here", "/robots.txt"]

    def test_its_own_redirects_are_followed(self, server: RawServer, fetcher: CurlFetcher) -> None:
        server.say("/robots.txt", b"", "Location: /r", status="301 Moved Permanently")
        server.say("/r", b"User-agent: *\nDisallow: /")
        [outcome] = heeding(fetcher, server.say("/f", b"ok"))
        assert isinstance(outcome, Failed)
        assert paths(server) == ["/robots.txt", "/r"]

    def test_redirects_without_end_are_as_if_there_were_none(
        self, server: RawServer, fetcher: CurlFetcher
    ) -> None:
        server.say("/robots.txt", b"", "Location: /robots.txt", status="302 Found")
        [outcome] = heeding(fetcher, server.say("/f", b"ok"))
        assert isinstance(outcome, Fetched)
        assert len(server.heads) == 7

    def test_of_an_endless_one_the_beginning_counts(self, server: RawServer, fetcher: CurlFetcher) -> None:
        server.say("/robots.txt", b"User-agent: *\nDisallow: /secret\n" + b"#" * 2 * MOST_BYTES)
        secret, free = heeding(fetcher, server.say("/secret", b"no"), server.say("/free", b"ok"))
        assert isinstance(secret, Failed)
        assert isinstance(free, Fetched)

    def test_the_operator_s_headers_are_not_sent_for_it(
        self, server: RawServer, fetcher: CurlFetcher
    ) -> None:
        server.say("/robots.txt", status="404 Not Found")
        request = Request(tag="t", url=server.say("/f", b"ok"), headers={"X-Key": "hush"}, robots=True)
        assert len(list(fetcher.fetch([request]))) == 1
        assert ["hush" in head for head in server.heads] == [False, True]

    def test_a_server_error_is_taken_for_a_no(self, server: RawServer, fetcher: CurlFetcher) -> None:
        server.say("/robots.txt", status="503 Service Unavailable")
        [outcome] = heeding(fetcher, server.say("/f", b"ok"))
        assert isinstance(outcome, Failed)
        assert "cannot be had (status 503 Service Unavailable)" in outcome.error

    def test_it_passes_the_same_guard(self, server: RawServer) -> None:
        with closing(CurlFetcher(Limits(), lambda: NOW)) as strict:
            [outcome] = heeding(strict, server.say("/f", b"ok"))
        assert isinstance(outcome, Failed)
        assert "127.0.0.1 is not a public address" in outcome.error
        assert server.heads == []

    def test_closing_while_it_is_asked_leaves_nobody_waiting(self, server: RawServer) -> None:
        fetcher = CurlFetcher(Limits(allow_private_networks=LOOPBACK), lambda: NOW)
        asked = server.hold("/robots.txt")
        assert asked
        request = Request(tag="t", url=server.say("/f", b"ok"), robots=True)
        quick = Request(tag="q", url=server.say("/q", b"ok"))
        outcomes = fetcher.fetch([request, quick])
        assert [request.tag for request, _ in next(outcomes)] == ["q"]
        fetcher.close()
        assert list(outcomes) == []
