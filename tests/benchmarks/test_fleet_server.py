from __future__ import annotations

import gzip
import ssl
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from benchmarks.fleet.corpus import Fleet
from benchmarks.fleet.server import FleetServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FLEET = Fleet(feeds=4, now=datetime(2024, 11, 20, 7, 30, tzinfo=UTC))
SECOND = 3  # the feed that has a second edition


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("fleet")
    FLEET.write(made)
    return made


@pytest.fixture(scope="module", params=[False, True], ids=["plain", "TLS"])
def server(folder: Path, request: pytest.FixtureRequest) -> Iterator[FleetServer]:
    with FleetServer(folder, feeds=4, tls=request.param, own=True) as server:
        yield server


def ask(server: FleetServer, number: int, **headers: str) -> tuple[HTTPResponse, bytes]:
    url = urlsplit(server.url(number, FLEET.name(number)))
    assert url.hostname
    connection = (
        HTTPConnection(url.hostname, url.port)
        if url.scheme == "http"
        else HTTPSConnection(
            url.hostname, url.port, context=ssl.create_default_context(cafile=server.authority)
        )
    )
    try:
        stated = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("GET", url.path, headers=stated)
        reply = connection.getresponse()
        return reply, reply.read()
    finally:
        connection.close()


def test_each_feed_is_served_plain_and_packed(server: FleetServer) -> None:
    server.serve()
    for number in range(4):
        _, body = ask(server, number)
        assert body == FLEET.document(number)
        reply, packed = ask(server, number, Accept_Encoding="deflate, gzip")
        assert reply.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(packed) == body


def test_validators_are_honoured(server: FleetServer) -> None:
    server.serve()
    reply, _ = ask(server, 0)
    etag, modified = reply.headers["ETag"], reply.headers["Last-Modified"]
    assert ask(server, 0, If_None_Match=etag)[0].status == 304
    assert ask(server, 0, If_Modified_Since=modified)[0].status == 304
    assert ask(server, 0, If_None_Match='"other"', If_Modified_Since=modified)[0].status == 200


def test_without_validators_it_sends_the_same_bytes_each_time(server: FleetServer) -> None:
    server.serve()
    known, before = ask(server, 0)
    server.serve(validators=False)
    reply, body = ask(server, 0, If_None_Match=known.headers["ETag"])
    assert (reply.status, body) == (200, before)
    assert not {"ETag", "Last-Modified"} & set(reply.headers)


def test_in_the_second_edition_one_feed_is_another(server: FleetServer) -> None:
    server.serve()
    etags = [ask(server, number)[0].headers["ETag"] for number in range(4)]
    server.serve(edition="changed")
    replies = [ask(server, number, If_None_Match=etag) for number, etag in enumerate(etags)]
    assert [reply.status for reply, _ in replies] == [304, 304, 304, 200]
    assert replies[SECOND][1] == FLEET.document(SECOND, changed=True)
