"""That we connect nowhere else than where we may."""

from __future__ import annotations

from contextlib import closing
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

import pycurl
import pytest

from aggregator.fetch.client import CurlFetcher
from aggregator.fetch.limits import Limits
from aggregator.fetch.wire import Wire
from aggregator.model.fetch import Failed, Fetched, Outcome
from aggregator.rules.guard import allowed
from tests.fetch.raw import RawServer, ask
from tests.making import NOW

if TYPE_CHECKING:
    from collections.abc import Callable


def strictly(url: str) -> Outcome:
    """Return what becomes of a request by a client without exceptions."""
    with closing(CurlFetcher(Limits(), lambda: NOW)) as strict:
        return ask(strict, url)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "localhost", "LOCALHOST", "localhost.", "2130706433", "0x7f000001", "0x7F.0.0.1",
        "0177.0.0.1",
        "017700000001", "127.1", "127.0.1", "0", "0.0.0.0", "127%2e0.0.1", "%31%32%37.0.0.1",
        "[::1]", "[0:0:0:0:0:0:0:1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "\u2460\u2461\u2466.0.0.1",  # circled digits
        "127\u30020\u30020\u30021",  # ideographic full stops
    ],
)  # fmt: skip
def test_no_spelling_of_loopback_gets_through(server: RawServer, host: str) -> None:
    outcome = strictly(server.url("/").replace("127.0.0.1", host))
    assert isinstance(outcome, Failed)
    assert "is not a public address" in outcome.error or "not a usable address" in outcome.error
    assert server.heads == []


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://[fd00:ec2::254]/latest/meta-data/",
        "http://10.0.0.1:6379/",
        "https://192.168.0.1:8443/",
        "http://public.example@10.0.0.1/",
        "http://10.0.0.1#@public.example/",
        "http://10.0.0.1\\@public.example/",
    ],
)
def test_no_inner_address_is_asked_by_any_port_or_disguise(url: str) -> None:
    outcome = strictly(url)
    assert isinstance(outcome, Failed)
    assert "is not a public address" in outcome.error or "does not resolve" in outcome.error


@pytest.mark.parametrize(
    "target",
    ["http://10.0.0.1/", "//10.0.0.1/", "http://0xa000001/", "https://[::ffff:10.0.0.1]/", "http://10.1:22/"],
)
def test_a_redirect_to_a_private_address_is_refused(
    server: RawServer, fetcher: CurlFetcher, target: str
) -> None:
    url = server.say("/", b"", f"Location: {target}", status="302 Found")
    outcome = ask(fetcher, url)
    assert isinstance(outcome, Failed)
    assert "10.0.0.1 is not a public address" in outcome.error


class Resolving:
    """Names that resolve as a test wants it, for all clients made meanwhile."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.names: dict[str, list[str]] = {}
        set_up: Callable[..., None] = Wire._set_up
        names = self.names

        def known(wire: Wire, share: Any) -> None:
            set_up(wire, share)
            wire.handle.setopt(
                pycurl.RESOLVE, [f"{host}:{','.join(addresses)}" for host, addresses in names.items()]
            )

        monkeypatch.setattr(Wire, "_set_up", known)


@pytest.fixture
def resolving(monkeypatch: pytest.MonkeyPatch) -> Resolving:
    return Resolving(monkeypatch)


def test_of_several_addresses_only_the_good_ones_are_used(
    server: RawServer, fetcher: CurlFetcher, resolving: Resolving
) -> None:
    port = server.host.partition(":")[2]
    resolving.names[f"mixed.example:{port}"] = ["10.0.0.1", "169.254.169.254", "127.0.0.1"]
    server.say("/", b"ok")
    outcome = ask(fetcher, f"http://mixed.example:{port}/")
    assert isinstance(outcome, Fetched)
    assert outcome.body == b"ok"


def test_a_name_with_inner_addresses_only_is_refused(resolving: Resolving) -> None:
    resolving.names["inner.example:80"] = ["10.0.0.1", "127.0.0.1"]
    outcome = strictly("http://inner.example/")
    assert isinstance(outcome, Failed)
    assert "is not a public address" in outcome.error


def test_where_a_good_address_does_not_answer_the_bad_one_is_not_named(
    fetcher: CurlFetcher, resolving: Resolving
) -> None:
    resolving.names["half.example:1"] = ["10.0.0.1", "127.0.0.1"]
    outcome = ask(fetcher, "http://half.example:1/")
    assert isinstance(outcome, Failed)
    assert "10.0.0.1" not in outcome.error


def test_the_address_that_is_checked_is_the_one_that_is_connected_to(
    server: RawServer, fetcher: CurlFetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No name is looked up between the check and the connect: what is checked is a number."""
    checked = []

    def note(address: str, exceptions: Any = ()) -> bool:
        checked.append(address)
        return allowed(address, exceptions)

    monkeypatch.setattr("aggregator.fetch.wire.allowed", note)
    assert isinstance(ask(fetcher, server.say("/", b"ok").replace("127.0.0.1", "localhost")), Fetched)
    assert all(ip_address(address).is_loopback for address in checked)
    assert checked


def test_a_proxy_in_the_environment_is_not_used(
    server: RawServer, fetcher: CurlFetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTPS_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert isinstance(ask(fetcher, server.say("/", b"ok")), Fetched)
