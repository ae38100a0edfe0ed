"""Where redirects lead, what goes with them, and what is remembered of them."""

from __future__ import annotations

import logging
import ssl
from contextlib import ExitStack, closing
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import trustme

from aggregator.fetch.client import CurlFetcher
from aggregator.fetch.limits import Limits
from aggregator.model.fetch import Failed, Fetched, NotModified, Outcome, Request, Unchanged
from aggregator.model.source import Validators
from tests.fetch.conftest import LOOPBACK
from tests.fetch.raw import RawServer, ask
from tests.making import NOW

if TYPE_CHECKING:
    from pathlib import Path

MOVED, FOUND, GONE_TO = "301 Moved Permanently", "302 Found", "308 Permanent Redirect"


def elsewhere(server: RawServer, path: str) -> str:
    """Return the address of ``path`` under another name of the same server: another origin."""
    return server.url(path).replace("127.0.0.1", "localhost")


def chain(server: RawServer, *hops: tuple[str, str, str]) -> str:
    """Make paths that send on (path, status, target); return the address of the first."""
    for path, status, target in hops:
        server.say(path, b"", f"Location: {target}", status=status)
    return server.url(hops[0][0])


@pytest.mark.parametrize(
    ("statuses", "moved"),
    [
        pytest.param([MOVED], "/1", id="301"),
        pytest.param([GONE_TO], "/1", id="308"),
        pytest.param([FOUND], "", id="302"),
        pytest.param(["303 See Other"], "", id="303"),
        pytest.param(["307 Temporary Redirect"], "", id="307"),
        pytest.param([MOVED, GONE_TO], "/2", id="both"),
        pytest.param([MOVED, FOUND], "/1", id="for good, then for now"),
        pytest.param([FOUND, MOVED], "", id="for now, then for good"),
        pytest.param([MOVED, FOUND, MOVED], "/1", id="in between"),
        pytest.param([], "", id="none"),
    ],
)
@pytest.mark.parametrize("last", ["200 OK", "304 Not Modified", "same"])
def test_where_a_source_has_moved(
    server: RawServer, fetcher: CurlFetcher, statuses: list[str], moved: str, last: str
) -> None:
    first = fetched(ask(fetcher, server.say("/hash", b"ok")))
    for number, status in enumerate(statuses):
        server.say(f"/{number}", b"", f"Location: /{number + 1}#part", status=status)
    server.say(f"/{len(statuses)}", b"ok", status="200 OK" if last == "same" else last)
    known = first.body_hash if last == "same" else ""
    validators = Validators(etag='"x"')
    request = Request(tag="t", url=server.url("/0"), body_hash=known, validators=validators)
    [[(_, outcome)]] = list(fetcher.fetch([request]))
    assert isinstance(outcome, {"200 OK": Fetched, "304 Not Modified": NotModified, "same": Unchanged}[last])
    assert not isinstance(outcome, Failed)
    assert outcome.moved_to == (server.url(moved) if moved else "")


def fetched(outcome: Outcome) -> Fetched:
    assert isinstance(outcome, Fetched), outcome
    return outcome


def test_five_are_followed_and_a_sixth_is_not(server: RawServer, fetcher: CurlFetcher) -> None:
    url = chain(server, *((f"/{number}", FOUND, f"/{number + 1}") for number in range(5)))
    server.say("/5", b"ok")
    assert fetched(ask(fetcher, url)).url == server.url("/5")
    server.say("/5", b"", "Location: /6", status=FOUND)
    outcome = ask(fetcher, url)
    assert isinstance(outcome, Failed)
    assert outcome.error == "more than 5 redirects (status 302)"
    assert not any(head.startswith("GET /6") for head in server.heads)


def test_the_operator_s_headers_go_to_their_origin_only(server: RawServer, fetcher: CurlFetcher) -> None:
    url = chain(
        server, ("/a", FOUND, "/b"), ("/b", FOUND, elsewhere(server, "/c")), ("/c", FOUND, server.url("/d"))
    )
    server.say("/d", b"ok")
    headers = {"X-Key": "hush", "Authorization": "Bearer hush", "Cookie": "hush"}
    fetched(ask(fetcher, url, headers=headers))
    assert [head.count("hush") for head in server.heads] == [3, 3, 0, 3]


def test_a_user_in_the_address_is_one_for_its_origin_only(
    server: RawServer, fetcher: CurlFetcher, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    url = chain(server, ("/a", MOVED, "/b"), ("/b", MOVED, elsewhere(server, "/c")))
    server.say("/c", b"ok")
    outcome = fetched(ask(fetcher, url.replace("//", "//sari:hush@")))
    assert ["Authorization: Basic c2FyaTpodXNo\r\n" in head for head in server.heads] == [True, True, False]
    assert "hush" not in repr(outcome)
    assert outcome.moved_to == elsewhere(server, "/c")
    server.say("/b", status="403 Forbidden")
    refused = ask(fetcher, url.replace("//", "//sari:hush@"))
    assert isinstance(refused, Failed)
    assert "hush" not in repr(refused)
    assert "hush" not in caplog.text


def test_the_operator_s_own_authorization_comes_first(server: RawServer, fetcher: CurlFetcher) -> None:
    url = server.say("/f", b"ok").replace("//", "//sari:hush@")
    fetched(ask(fetcher, url, headers={"authorization": "Bearer mine", "ACCEPT": "text/x-mine"}))
    assert "authorization: Bearer mine\r\n" in server.heads[0]
    assert server.heads[0].lower().count("authorization:") == 1
    assert server.heads[0].lower().count("accept:") == 1


def test_a_user_in_a_location_is_not_sent(server: RawServer, fetcher: CurlFetcher) -> None:
    url = chain(server, ("/a", MOVED, elsewhere(server, "/b").replace("//", "//evil:pw@")))
    server.say("/b", b"ok")
    outcome = fetched(ask(fetcher, url))
    assert outcome.moved_to == outcome.url == elsewhere(server, "/b")
    assert "Authorization" not in server.heads[1]


def test_from_https_to_http_nothing_secret_goes_along(
    server: RawServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with (
        closing(RawServer(context)) as secure,
        closing(CurlFetcher(Limits(allow_private_networks=LOOPBACK), lambda: NOW)) as fetcher,
    ):
        secure.say("/a", b"", f"Location: {elsewhere(server, '/b')}", status=MOVED)
        server.say("/b", b"ok")
        url = elsewhere(secure, "/a").replace("http://", "https://sari:hush@")
        outcome = fetched(ask(fetcher, url, headers={"X-Key": "hush"}))
    assert outcome.moved_to == elsewhere(server, "/b")
    assert "hush" in secure.heads[0]
    assert "hush" not in server.heads[0]
    assert "Authorization" not in server.heads[0]


def test_a_redirect_s_own_body_is_not_read_to_its_end(server: RawServer, fetcher: CurlFetcher) -> None:
    server.say("/a", b"x" * 5_000_000, "Location: /b", status=FOUND)
    server.say("/b", b"ok")
    assert fetched(ask(fetcher, server.url("/a"))).body == b"ok"


def test_all_hops_share_one_time_limit(server: RawServer) -> None:
    server.hold("/b")
    url = chain(server, ("/a", FOUND, "/b"))
    limits = Limits(timeout=timedelta(milliseconds=300), allow_private_networks=LOOPBACK)
    with closing(CurlFetcher(limits, lambda: NOW)) as hasty:
        outcome = ask(hasty, url)
    assert isinstance(outcome, Failed)
    assert "no whole answer within 0.3 s" in outcome.error


def test_validators_go_along(server: RawServer, fetcher: CurlFetcher) -> None:
    url = chain(server, ("/a", FOUND, elsewhere(server, "/b")))
    server.say("/b", status="304 Not Modified")
    assert isinstance(ask(fetcher, url, validators=Validators(etag='"x"')), NotModified)
    assert all('If-None-Match: "x"\r\n' in head for head in server.heads)


def test_a_hop_waits_for_its_turn_at_its_host(server: RawServer, fetcher: CurlFetcher) -> None:
    """Nine hosts that all send on to one do not fall upon it together."""
    target = server.say("/target", b"ok")
    with ExitStack() as running:
        senders = [running.enter_context(closing(RawServer())) for _ in range(9)]
        requests = [Request(tag="t", url=chain(sender, ("/go", FOUND, target))) for sender in senders]
        outcomes = [outcome for finished in fetcher.fetch(requests) for _, outcome in finished]
    assert [fetched(outcome).url for outcome in outcomes] == [target] * 9
    assert server.most_at_once <= 2
