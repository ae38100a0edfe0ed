"""Every request of the service goes through this room: no other one opens a connection, or can."""

from __future__ import annotations

import ast
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import aggregator
from aggregator.errors import ParseError
from aggregator.model.source import Kind
from aggregator.parse.syndication import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.fetch.raw import RawServer

ROOT = Path(aggregator.__file__).parent
#: What can open a connection, of the standard library and of what is installed with the tests.
NETWORK = {
    "_socket", "aiohttp", "asyncio", "asyncore", "ftplib", "http.client", "http.server", "httpcore", "httpx",
    "imaplib", "nntplib", "obstore", "poplib", "pycurl", "requests", "smtplib", "socket", "socketserver",
    "ssl", "telnetlib", "urllib.request", "urllib3", "webbrowser", "xmlrpc", "xmlrpc.client",
}  # fmt: skip
#: The rooms that may, and what for.
DOORS = {
    "fetch": {"pycurl", "socket", "ssl"},  # ask
    "rules/guard.py": {"socket"},  # read addresses: only inet_pton
    "cli/service.py": {"socket"},  # listen
    "web": {"asyncio"},  # answer, and wait for what is loaded
    "export": {"asyncio"},  # ask our own application, in this process
    "export/bucket.py": {"obstore"},  # to the operator's bucket, by the operator's command
    "demo/server.py": {"socket", "socketserver", "http.server"},  # listen, on loopback
}
#: Who talks to a database, and may only do that.
DATABASE = {"psycopg", "sqlalchemy", "sqlite3", "alembic"}


def modules() -> list[Path]:
    return sorted(ROOT.rglob("*.py"))


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imported(tree: ast.AST) -> Iterator[str]:
    """Yield every module that is imported, also by name, and every name that may be one."""
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                yield from (alias.name for alias in node.names)
            case ast.ImportFrom(module=str(module), level=0):
                yield module
                yield from (f"{module}.{alias.name}" for alias in node.names)
            case ast.Call(
                func=ast.Name(id="__import__" | "import_module") | ast.Attribute(attr="import_module"),
                args=[ast.Constant(value=str(module)), *_],
            ):
                yield module


def calls(tree: ast.AST, *names: str) -> Iterator[ast.Call]:
    """Yield the calls of functions and methods with these names."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in names:
                yield node


def read(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def test_there_is_something_to_look_at() -> None:
    assert len(modules()) > 50
    assert "socket" in set(imported(ast.parse("import socket")))
    assert "urllib.request" in set(imported(ast.parse("from urllib import request")))
    assert "http.client" in set(imported(ast.parse("import_module('http.client')")))


@pytest.mark.parametrize("path", modules(), ids=named)
def test_no_other_room_can_open_a_connection(path: Path) -> None:
    name = named(path)
    door = DOORS.get(name) or DOORS.get(name.partition("/")[0], set())
    names = set(imported(read(path)))
    assert names & NETWORK <= door
    if name.partition("/")[0] not in {"store", "errors.py"}:
        assert not {found.partition(".")[0] for found in names} & DATABASE


@pytest.mark.parametrize("path", modules(), ids=named)
def test_nobody_but_the_fetching_room_connects(path: Path) -> None:
    if named(path).startswith("fetch/"):
        return
    connecting = calls(
        read(path), "create_connection", "connect_ex", "urlopen", "urlretrieve", "open_connection",
        "open_unix_connection", "create_unix_connection", "create_datagram_endpoint", "sock_connect",
    )  # fmt: skip
    assert not list(connecting)


@pytest.mark.parametrize("path", modules(), ids=named)
def test_parsers_are_given_bytes_and_never_an_address(path: Path) -> None:
    tree, lxml = read(path), False
    for module in imported(tree):
        lxml = lxml or module.startswith("lxml")
    for call in calls(tree, "parse"):
        if isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) == "feedparser":
            assert ast.unparse(call.args[0]).removeprefix("io.").startswith("BytesIO("), (
                "feedparser opens what looks like an address"
            )
        if isinstance(call.func, ast.Attribute) and lxml:
            assert ast.unparse(call.func.value) not in {"etree", "html"}, (
                "lxml opens what it is given the name of"
            )
    if lxml:
        for call in calls(tree, "XMLParser", "XMLPullParser", "iterparse", "HTMLParser"):
            written = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
            assert written.get("no_network") == "True", "lxml may load what a document names"


@pytest.mark.parametrize("kind", [None, Kind.FEED, Kind.SITEMAP, Kind.JSON])
@pytest.mark.parametrize(
    "document",
    [
        pytest.param("{url}", id="an address alone"),
        pytest.param('<!DOCTYPE rss SYSTEM "{url}"><rss version="2.0"><channel/></rss>', id="a DTD"),
        pytest.param(
            '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY x SYSTEM "{url}">]>'
            '<rss version="2.0"><channel><title>&x;</title><item><title>&x;</title></item></channel></rss>',
            id="an entity",
        ),
        pytest.param(
            '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY % x SYSTEM "{url}"> %x;]>'
            '<rss version="2.0"><channel/></rss>',
            id="a parameter entity",
        ),
        pytest.param(
            '<?xml-stylesheet href="{url}"?><feed xmlns="http://www.w3.org/2005/Atom">'
            '<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="{url}"/></feed>',
            id="an inclusion",
        ),
    ],
)  # fmt: skip
def test_nothing_that_a_document_names_is_loaded(server: RawServer, document: str, kind: Kind | None) -> None:
    body = document.replace("{url}", server.say("/named", b"<!ENTITY y 'leaked'>")).encode()
    with suppress(ParseError):
        parse(body, url="http://source.example/", content_type="text/xml", kind=kind, select=None)
    assert server.heads == []
