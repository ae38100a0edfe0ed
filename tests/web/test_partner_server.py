"""Partners at the real server: their keys come, go and are counted while it runs, and are in no log."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from aggregator.rules.keys import digest
from tests.making import a_partner
from tests.web.contracts import KEY, sign
from tests.web.test_server import Running, status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.web.newsroom import Newsroom

HOST = "Host: feeds.example.id\r\n"
STRANGE = {
    "an address too long": f"GET /p/{KEY}/{'x' * 9000}.rss HTTP/1.1\r\n{HOST}\r\n",
    "no host": f"GET /p/{KEY}/all.rss HTTP/1.1\r\n\r\n",
    "no version": f"GET /p/{KEY}/all.rss\r\n\r\n",
    "another protocol": f"GET /p/{KEY}/all.rss HTTP/1.1\r\n{HOST}Upgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
    "a field that is none": f"GET /p/{KEY}/all.rss HTTP/1.1\r\n{HOST}Authorization Bearer {KEY}\r\n\r\n",
    "too much of a field": f"GET /feeds/all.rss HTTP/1.1\r\n{HOST}Authorization: Bearer {KEY * 1000}\r\n\r\n",
    "a body that does not come": f"POST /p/{KEY}/all.rss HTTP/1.1\r\n{HOST}Content-Length: 9\r\n\r\n",
    "a key and spaces": f"GET /p/{KEY} /all.rss HTTP/1.1\r\n{HOST}\r\n",
    "the address of a proxy": f"GET http://feeds.example.id/p/{KEY}/all.rss HTTP/1.1\r\n{HOST}\r\n",
}


@pytest.fixture(autouse=True)
def _levels_are_restored() -> Iterator[None]:
    loggers = [logging.getLogger(f"uvicorn.{name}") for name in ("error", "access", "asgi")]
    levels = [(logger, logger.level) for logger in loggers]  # uvicorn sets them for good
    yield
    for logger, level in levels:
        logger.setLevel(level)


def request(*, key: str = KEY, name: str = "all.rss", own: bool) -> bytes:
    """Return a request after whose answer the connection ends."""
    path, more = (f"/p/{key}/{name}", "") if own else (f"/feeds/{name}", f"Authorization: Bearer {key}\r\n")
    return f"GET {path} HTTP/1.1\r\n{HOST}{more}Connection: close\r\n\r\n".encode()


@pytest.mark.parametrize("own", [True, False], ids=["own address", "Authorization"])
def test_made_keys_are_known_from_the_start_and_what_was_used_is_written_down_at_the_end(
    newsroom: Newsroom, *, own: bool
) -> None:
    sign(newsroom, a_partner("warta", "all"))
    newsroom.store.made_keys = {digest(KEY): "warta"}
    with Running(newsroom.application()) as running:
        answers = [running.ask(request(own=own)) for _ in range(3)]
        answers.append(running.ask(request(own=own, name="news.rss")))
        answers.append(running.ask(request(own=own, key=KEY[:-1])))
    assert [status(answer) for answer in answers] == [200, 200, 200, 403, 404]
    assert sum(uses["warta"].fetches for uses in newsroom.store.uses) == 3
    assert sum(uses["warta"].refused for uses in newsroom.store.uses) == 1


GUESSER = "X-Forwarded-For: 203.0.113.9"
OTHER = "X-Forwarded-For: 203.0.113.10"


@pytest.mark.parametrize(
    ("trusted", "guessing", "asking", "expected"),
    [
        pytest.param("127.0.0.1", GUESSER, OTHER, 404, id="each client for itself"),
        pytest.param("127.0.0.1", GUESSER, f"{GUESSER}, 127.0.0.1", 429, id="past two proxies"),
        pytest.param("127.0.0.0/8 10.0.0.0/8", GUESSER, f"{OTHER}, 10.0.0.7", 404, id="of two networks"),
        pytest.param(
            "127.0.0.1", GUESSER, "X-Forwarded-For: 1.1.1.1, 203.0.113.9", 429, id="a lie before it"
        ),
        pytest.param(
            "127.0.0.1", GUESSER, f"X-Forwarded-For: 1.1.1.1\r\n{GUESSER}", 429, id="in a line above"
        ),
        pytest.param("127.0.0.1", GUESSER, "X-Other: x", 404, id="the proxy itself"),
        pytest.param("127.0.0.1", "X-Forwarded-For: a", "X-Forwarded-For: b", 429, id="what is no address"),
        pytest.param("10.0.0.0/8", GUESSER, OTHER, 429, id="of whom nobody is told"),
        pytest.param("", GUESSER, OTHER, 429, id="nobody is believed"),
    ],
)
def test_who_guesses_behind_a_proxy_spoils_it_for_nobody_else(
    newsroom: Newsroom, trusted: str, guessing: str, asking: str, expected: int
) -> None:
    sign(newsroom, a_partner("warta", "all", key=KEY))

    def asked(fields: str) -> bytes:
        sent = f"GET /feeds/all.rss HTTP/1.1\r\n{HOST}Authorization: Bearer x\r\n{fields}\r\n"
        return f"{sent}Connection: close\r\n\r\n".encode()

    with Running(newsroom.application(), trusted=trusted) as running:
        answers = [status(running.ask(asked(guessing))) for _ in range(21)]
        assert answers == [404] * 20 + [429]
        assert status(running.ask(asked(asking))) == expected


def test_no_log_has_a_key_whatever_comes_along_with_it(
    newsroom: Newsroom, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    sign(newsroom, a_partner("warta", "all", key=KEY))
    caplog.set_level(logging.DEBUG)
    with Running(newsroom.application(), seconds=0.2) as running:
        for sent in STRANGE.values():
            with running.connect() as connection:
                connection.sendall(sent.encode())
                connection.recv(65536)
        running.empty()
    assert caplog.records
    assert KEY not in "".join((caplog.text, *capsys.readouterr()))
