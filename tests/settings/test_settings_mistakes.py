"""Every kind of mistake, with the exact line an operator reads."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from aggregator.errors import ConfigError
from aggregator.settings import load

if TYPE_CHECKING:
    from collections.abc import Callable

    Finds = Callable[..., list[str]]

S = "service: {timezone: Asia/Jakarta}\n"
C = "categories: {news: {sources: [{id: one, url: https://one.example.id/}]}}\n"

#: Cases, each ``=== what``, a configuration, ``---``, and the lines to be read, without the file's name.
TABLE = Path(__file__).with_name("mistakes.txt").read_text(encoding="utf-8")
CASES = [block.split("\n", 1) for block in re.split(r"^=== ", TABLE, flags=re.MULTILINE)[1:]]


@pytest.mark.parametrize("case", [pytest.param(case, id=title) for title, case in CASES])
def test_mistake(finds: Finds, case: str) -> None:
    text, _, expected = case.partition("---\n")
    assert finds(text) == expected.strip().split("\n")


def test_all_mistakes_are_reported_in_the_order_of_the_file(finds: Finds) -> None:
    text = """\
categories:
  news:
    evry: 10m
    every: 10
    sources:
      - {id: one, url: https://one.example.id/, future: x}
service:
  timezone: Mars/Olympus
  timezone: Asia/Jakarta
  title: ${TITLE}
feeds:
  news: {}
"""
    assert finds(text) == [
        "3:5: categories.news.evry: unknown key; did you mean 'every'?",
        "4:12: categories.news.every: must be a duration with its unit, not 10: write 10s, 10m, 10h or 10d",
        "6:57: categories.news.sources[0].future: must be 'clamp' or 'hold', not 'x'",
        "8:13: service.timezone: 'Mars/Olympus' is not an IANA time zone such as Asia/Jakarta",
        "9:3: service.timezone: this key is there twice, first at 8:3: keep one",
        "10:10: service.title: the variable TITLE is not set: set it, or write ${TITLE:-default}",
        "12:3: feeds.news: a category has this name already, at 2:3: choose another name",
    ]


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("LISTEN", "8080", "'8080' is no host and port: write them as 127.0.0.1:8080 or [::1]:8080"),
        ("BASE_URL", "x", "must be an http:// or https:// address, such as https://www.example.id/feed/"),
        ("DATABASE_URL", "x:hush", "must begin with sqlite:/// or postgresql+psycopg://"),
        ("LOG_LEVEL", "loud", "must be 'debug', 'info', 'warning' or 'error', not 'loud'"),
        ("LOG_FORMAT", "jsn", "must be 'console' or 'json', not 'jsn'; did you mean 'json'?"),
    ],
)
def test_a_mistake_in_the_environment_names_the_variable(
    finds: Finds, variable: str, value: str, expected: str
) -> None:
    environ = {f"AGGREGATOR_{variable}": value}
    assert finds(S + C, environ) == [f"AGGREGATOR_{variable}: {expected}"]
    assert finds("x: 1\n" + S + C, environ) == ["1:1: x: unknown key", f"AGGREGATOR_{variable}: {expected}"]


def test_an_override_of_what_has_the_wrong_shape_is_left_to_the_schema(finds: Finds) -> None:
    expected = "must be a mapping, that is lines of `key: value`"
    environ = {"AGGREGATOR_LISTEN": "127.0.0.1:1", "AGGREGATOR_DATABASE_URL": "sqlite:///x"}
    assert finds("service: [x]\ndatabase: x\n" + C, environ) == [
        f"1:10: service: {expected}",
        f"2:11: database: {expected}",
    ]
    assert finds(S.replace("}", ", url_file: x}") + C, environ) == ["1:35: service.url_file: unknown key"]
    assert finds("- service\n", environ) == [f"1:1: {expected}"]


def test_a_secret_is_never_quoted(finds: Finds) -> None:
    text = (
        S
        + C.replace("}]", ', headers: {X: "${TOKEN}"}, urll: "${TOKEN}"}]')
        + "database: {url: '${TOKEN}'}\n"
    )
    mistakes = finds(text, {"TOKEN": "hush\x07hush"})
    assert len(mistakes) == 3
    assert not any("hush" in line for line in mistakes)


def test_a_database_address_in_a_file_is_checked(finds: Finds, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("mysql://me:hush@db/x\n")
    assert finds(S + C + "database: {url_file: secret}\n") == [
        "3:22: database.url_file: the address in 'secret' must begin with sqlite:/// or postgresql+psycopg://"
    ]
    (tmp_path / "secret").write_bytes(b"\xff\xfe")
    assert finds(S + C + "database: {url_file: secret}\n") == [
        "3:22: database.url_file: 'secret' holds no text"
    ]


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    path = tmp_path / "none.yaml"
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    assert str(caught.value) == (
        f"{path}: there is no such file: `aggregator init {path}` writes one to begin with, "
        "and -c or AGGREGATOR_CONFIG names another"
    )


def test_a_folder_is_no_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load(tmp_path, {})
