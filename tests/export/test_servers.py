"""nginx and Caddy, with the snippets of ``config/``, answer from an exported folder as the service does.

Their entity tags have another form, and they say of pages, too, when they last changed; all else is compared.
"""

from __future__ import annotations

import asyncio
import http.client
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from aggregator.export import export
from aggregator.export.asking import Answer, ask
from aggregator.export.folder import Folder
from aggregator.store import open_store
from tests.export.newsroom import Newsroom
from tests.making import SITE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from aggregator.export.asking import Application

ROOT = Path(__file__).parents[2]
AROUND_NGINX = """
daemon off; master_process off; pid {work}/pid; error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {work}/1; proxy_temp_path {work}/2; fastcgi_temp_path {work}/3;
    uwsgi_temp_path {work}/4; scgi_temp_path {work}/5;
    {block}
}}
"""
AROUND_CADDY = """
{{
    admin off
    auto_https off
}}
{block}
"""


class Kind(NamedTuple):
    """A web server: how it is configured around what the page says, and started; what Debian's speaks."""

    program: str
    around: str
    language: str  #: of its block in docs/publishing.md
    changes: Mapping[str, str]  #: expression -> what this test needs in its place
    command: Sequence[str]
    codings: Sequence[str]


KINDS = [
    Kind(
        "nginx",
        AROUND_NGINX,
        "nginx",
        {
            r"listen 443 ssl;": "listen unix:{work}/socket;",
            r"ssl_\w+ .*;": "",
            r"/srv/www/kabar;": "{work}/site;",
            r"/etc/nginx/": f"{ROOT}/config/",
        },
        ["-c", "{work}/config"],
        ["identity", "gzip"],
    ),
    Kind(
        "caddy",
        AROUND_CADDY,
        "caddyfile",
        {
            r"feeds\.example\.id \{": "http://feeds.example.id {{\n\tbind unix/{work}/socket",
            r"/srv/www/kabar": "{work}/site",
            r"/etc/caddy/": f"{ROOT}/config/",
        },
        ["run", "--adapter", "caddyfile", "--config", "{work}/config"],
        ["identity", "gzip", "br"],
    ),
]
OURS = ("content-type", "content-location", "content-encoding", "cache-control", "vary", "link",
        "access-control-allow-origin", "x-content-type-options", "content-security-policy",
        "referrer-policy")  # fmt: skip


ALIASES = ["/feed", "/feed/", "/feed/atom", "/feed/atom/", "/category/news/feed/", "/category/logistik/feed",
           "/category/logistik/feed/atom/", "/category/news/feed/atom", "/c/news"]  # fmt: skip


class Connection(http.client.HTTPConnection):
    """Over a socket that is a file: no other program can have taken its port."""

    def __init__(self, file: Path) -> None:
        super().__init__("feeds.example.id", timeout=20)
        self._file = file

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._file))


class Running(NamedTuple):
    """A web server that serves the export of a newsroom."""

    application: Application
    folder: Path
    socket: Path
    codings: Sequence[str]

    def get(self, path: str, method: str = "GET", **headers: str) -> Answer:
        with closing(Connection(self.socket)) as connection:
            connection.putrequest(method, path, skip_accept_encoding=True)
            for name, value in headers.items():
                connection.putheader(name.replace("_", "-"), value)
            connection.endheaders()
            answer = connection.getresponse()
            said: dict[str, str] = {}
            for name, value in answer.getheaders():
                said[name.lower()] = f"{said[name.lower()]}, {value}" if name.lower() in said else value
            return Answer(answer.status, said, answer.read())

    def served(self, path: str, coding: str) -> Answer:
        return asyncio.run(ask(self.application, path, coding=coding))


@pytest.fixture(scope="module")
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    with closing(open_store(f"sqlite:///{tmp_path_factory.mktemp('newsroom')}/aggregator.db")) as store:
        yield Newsroom(store)


@pytest.fixture(scope="module", params=KINDS, ids=[kind.program for kind in KINDS])
def server(request: pytest.FixtureRequest, newsroom: Newsroom) -> Iterator[Running]:
    kind: Kind = request.param
    program = shutil.which(kind.program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if program is None:
        pytest.skip(f"{kind.program} is not installed")
    with tempfile.TemporaryDirectory() as name:  # not pytest's: a worker of nginx may be another user
        work = Path(name)
        work.chmod(0o755)
        application = newsroom.application
        with closing(Folder(work / "site")) as place:
            export(application, newsroom.addresses, place, site=SITE.base_url)
        with started(kind, program, work):
            yield Running(application, work / "site", work / "socket", kind.codings)


@contextmanager
def started(kind: Kind, program: str, work: Path) -> Iterator[None]:
    """Run a web server that listens at ``work/socket``."""
    (work / "config").write_text(configuration(kind, work), encoding="utf-8")
    command = [program, *(part.format(work=work) for part in kind.command)]
    home = dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"), str(work))
    with (work / "log").open("w", encoding="utf-8") as log:
        running = subprocess.Popen(command, env={**os.environ, **home}, stdout=log, stderr=log)
        try:
            while not listens(work / "socket"):
                assert running.poll() is None, (work / "log").read_text(encoding="utf-8")
                time.sleep(0.02)
            yield
        finally:
            running.terminate()
            running.wait()


def listens(file: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as trial:
        return trial.connect_ex(str(file)) == 0


def configuration(kind: Kind, work: Path) -> str:
    """Return what docs/publishing.md tells the reader to write, for our folder and our socket."""
    page = (ROOT / "docs" / "publishing.md").read_text(encoding="utf-8")
    _, _, text = page.partition(f"```{kind.language}\n")
    block, _, _ = text.partition("```\n")
    for old, new in kind.changes.items():
        block, count = re.subn(old, new.format(work=work), block)
        assert count, f"docs/publishing.md, {kind.language}: no {old}"
    return kind.around.format(work=work, block=block)


def exported(folder: Path) -> list[str]:
    """Return the addresses whose answers the folder holds."""
    names = [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()]
    plain = [name for name in names if not name.endswith((".gz", ".br")) and not name.startswith(".")]
    return [f"/{name.removesuffix('index.html')}" for name in plain]


def test_every_address_answers_as_the_service_does(server: Running) -> None:
    paths = exported(server.folder)
    assert len(paths) > 30
    for path in (*paths, *ALIASES):
        for coding in server.codings:
            ours, theirs = server.served(path, coding), server.get(path, Accept_Encoding=coding)
            assert (theirs.status, theirs.body) == (ours.status, ours.body) == (200, ours.body), path
            for name in OURS:
                assert theirs.headers.get(name) == ours.headers.get(name), (path, coding, name)
            if "last-modified" in ours.headers:
                assert theirs.headers["last-modified"] == ours.headers["last-modified"]


@pytest.mark.parametrize("path", ["/feeds/all.rss", "/feed/", "/", "/assets/site.css"])
@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_who_has_it_already_is_told_so(server: Running, path: str, coding: str) -> None:
    first = server.get(path, Accept_Encoding=coding)
    assert first.etag.startswith('"'), "a strong one"
    for condition in (
        {"If_None_Match": first.etag},
        {"If_None_Match": f'"other", W/{first.etag}'},
        {"If_Modified_Since": first.headers["last-modified"]},
    ):
        again = server.get(path, Accept_Encoding=coding, **condition)
        assert (again.status, again.body) == (304, b""), condition
        for name in ("cache-control", "vary", "link", "access-control-allow-origin"):
            assert again.headers.get(name) == first.headers.get(name), name
    assert server.get(path, Accept_Encoding=coding, If_None_Match='"other"').status == 200
    other = "gzip" if coding == "identity" else "identity"
    assert server.get(path, Accept_Encoding=other).etag != first.etag, "a strong tag names bytes"


def test_head_is_get_without_the_body(server: Running) -> None:
    story = next(path for path in exported(server.folder) if path.startswith("/items/"))
    for path in ("/feeds/all.rss", "/", story, "/items/none"):
        get, head = server.get(path), server.get(path, "HEAD")
        assert head.body == b""
        assert head.status == get.status
        drop = {"date", "transfer-encoding", "content-length"}
        assert {name: value for name, value in head.headers.items() if name not in drop} == {
            name: value for name, value in get.headers.items() if name not in drop
        }


@pytest.mark.parametrize(
    "path",
    ["/feeds/none.rss", "/feeds/", "/items/", "/items/none", "/c/none/", "/feedx", "/category/none/feed/",
     "/category/news/", "/status", "/.aggregator-export.json", "/index.html", "/c/news/index.html",
     "/feeds/all.rss.gz", "/feeds/..%2f..%2fetc/passwd", "/category/..%2f..%2fx/feed/"],
)  # fmt: skip
def test_what_is_not_there(server: Running, path: str) -> None:
    answer = server.get(path)
    assert answer.status in {400, 403, 404}
    assert "cache-control" not in answer.headers
