"""Whom the client believes over TLS."""

from __future__ import annotations

import ssl
import threading
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import certifi
import pytest
import trustme

from aggregator.fetch import trust
from aggregator.fetch.client import CurlFetcher
from aggregator.fetch.limits import Limits
from aggregator.fetch.trust import authorities
from aggregator.model.fetch import Failed, Fetched
from tests.fetch.conftest import LOOPBACK
from tests.fetch.raw import ask
from tests.making import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def secure(authority: trustme.CA) -> Iterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"https://localhost:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_authority_that_the_operator_adds_is_believed(
    secure: str, authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with closing(CurlFetcher(Limits(allow_private_networks=LOOPBACK), lambda: NOW)) as fetcher:
        outcome = ask(fetcher, secure)
        assert isinstance(outcome, Fetched)
        assert outcome.body == b"ok"
        wrong_name = ask(fetcher, secure.replace("localhost", "127.0.0.1"))
        assert isinstance(wrong_name, Failed)


def test_anybody_else_is_not(secure: str) -> None:
    with closing(CurlFetcher(Limits(allow_private_networks=LOOPBACK), lambda: NOW)) as fetcher:
        outcome = ask(fetcher, secure)
    assert isinstance(outcome, Failed)
    assert "its certificate cannot be believed" in outcome.error


def test_the_environment_comes_first_then_the_system_then_certifi(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stated, system = tmp_path / "stated.pem", tmp_path / "system.pem"
    stated.touch()
    system.touch()
    monkeypatch.setattr(trust, "BUNDLES", (str(tmp_path / "none.pem"), str(system)))
    monkeypatch.setenv("SSL_CERT_FILE", str(stated))
    assert authorities() == str(stated)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    assert authorities() == str(system)
    system.unlink()
    assert authorities() == certifi.where()


def test_there_are_authorities_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    assert "BEGIN CERTIFICATE" in Path(authorities()).read_text(encoding="utf-8")
