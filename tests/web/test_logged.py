"""What is logged of a path: whatever a key stands in or beside, it is not."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from aggregator.web.logged import LONGEST, without_keys
from tests.making import a_partner
from tests.web.contracts import KEY, sign
from tests.web.test_partner_server import HOST, _levels_are_restored  # noqa: F401 # a fixture, used by all
from tests.web.test_server import Running

if TYPE_CHECKING:
    from tests.web.newsroom import Newsroom

OWN_KEY = "Kunci.pilihan-sendiri~2027"  # as a configuration may have it
KEYS = {KEY, OWN_KEY}
WRONG_PLACES = (
    "/p/KEY/all.rss",
    "/p//KEY/all.rss",
    "//p//KEY/all.rss",
    "/p/%2fKEY/all.rss",
    "/p/a/../KEY/all.rss",
    "/./p/KEY/all.rss",
    "/p%20/KEY/all.rss",
    "/p;/KEY/all.rss",
    "/pKEY/all.rss",
    "/p/%250a/KEY",
    "/%70/KEY/all.rss",
    "/%2570/KEY/all.rss",
    "/KEY",
    "/KEY/all.rss",
    "/%20p/KEY",
    "/feeds/all.rss/KEY",
    "/feeds/KEY.rss",
    "/feeds/KEY;all.rss",
    "/feeds/p%2fKEY%2fall.rss",
    "/feeds/p%252fKEY%252fall.rss",
    "/api/v1/items/KEY",
    "/api/v1/items/key=KEY&x",
    "/items/KEY.",
    "/embed/KEY",
)


@pytest.mark.parametrize("key", [KEY, OWN_KEY], ids=["made", "configured"])
def test_at_the_server_no_key_is_logged_wherever_it_stands(
    newsroom: Newsroom, caplog: pytest.LogCaptureFixture, key: str
) -> None:
    sign(newsroom, a_partner("warta", "all", key=key))
    caplog.set_level(logging.DEBUG)
    escaped = "".join(f"%25{ord(letter):02x}" for letter in key)
    with Running(newsroom.application()) as running:
        for path in WRONG_PLACES:
            for written in (key, escaped, escaped.replace("%25", "%2525")):
                target = path.replace("KEY", written)
                for method in ("GET", "POST"):
                    running.ask(f"{method} {target} HTTP/1.1\r\n{HOST}Connection: close\r\n\r\n".encode())
        newsroom.store.error = ValueError("a bug")
        running.ask(f"GET /items/{key} HTTP/1.1\r\n{HOST}Connection: close\r\n\r\n".encode())
    assert len(caplog.records) > len(WRONG_PLACES)
    assert key not in caplog.text
    assert escaped.replace("%25", "%") not in caplog.text
    assert escaped not in caplog.text


@pytest.mark.parametrize(
    ("path", "logged"),
    [
        ("/p/key/all.rss", "/p…"),
        ("//p/key/x/p/y", "//p…"),
        ("/P/key/all.rss", "/P…"),
        ("/p", "/p…"),
        ("/feeds/p/all.rss", "/feeds/p…"),
        ("/feeds/all.rss", "/feeds/all.rss"),
        ("/feeds/pemilu.rss", "/feeds/pemilu.rss"),
        (f"/feeds/{KEY}.rss", "/feeds/…"),
        (f"/items/{KEY[:-1]}/x", "/items/…/x"),  # of nobody, and like one
        (f"/items/{OWN_KEY}.html/x", "/items/…/x"),
        (f"/items/{OWN_KEY}x", f"/items/{OWN_KEY}x"),
        ("/", "/"),
        ("", ""),
    ],
)
def test_what_is_logged_of_a_path(path: str, logged: str) -> None:
    assert without_keys(path, KEYS.__contains__) == logged


def test_no_more_is_looked_at_than_is_logged() -> None:
    asked: list[str] = []
    said = without_keys("/a" * 5000, asked.append)
    assert said == "/a" * (LONGEST // 2)
    assert len(asked) <= 2 * LONGEST
    assert without_keys("/" + "a" * 180 + "/" + OWN_KEY, KEYS.__contains__) == "/" + "a" * 180 + "/…"
    assert len(without_keys("/" + "b" * 5000, KEYS.__contains__)) == LONGEST
