"""Serve the fleet on loopback: nginx where it is installed, else a small server of our own.

    python -m benchmarks.fleet.server FOLDER      # our own; what to do is in FOLDER/manners.json

Either is a process of its own, so what it costs is never counted as a collector's. Each feed has a host of
its own (127.1.0.1, 127.1.0.2, …), as strangers' feeds do, where the machine answers at all of 127/8; else all
are on 127.0.0.1. Documents are packed beforehand, so a server has next to nothing to do. ``Manners`` say
whether it answers 304: without validators it sends the same bytes each time.
"""

from __future__ import annotations

import asyncio
import getpass
import json
import os
import resource
import shutil
import socket
import ssl
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, replace
from email.utils import formatdate
from ipaddress import ip_address
from pathlib import Path
from typing import Self, cast

import certifi
import trustme
import uvloop

BEFORE_HOSTS = int(ip_address("127.1.0.0"))
TOGETHER = 40  # hosts that share a certificate: one with thousands of names would be slow for its size
OTHER_FILES = 1_000  # that may be open beside the listening sockets
PATIENCE = 30.0  # seconds until a server has to listen


@dataclass(frozen=True, kw_only=True)
class Manners:
    """How the fleet is served; a server is started anew to change them."""

    hosts: tuple[str, ...]
    port: int
    edition: str = "steady"  #: or ``changed``; which folder
    validators: bool = True  #: ETag and Last-Modified, and so 304
    tls: bool = False


class FleetServer:
    """The fleet at addresses of this machine, in the folder that ``Fleet.write`` filled."""

    def __init__(self, folder: Path, *, feeds: int, tls: bool, own: bool = False) -> None:
        """Choose hosts and a port; ``own``: do not take nginx although it is there."""
        self._folder = folder
        nginx = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
        self._nginx = None if own else nginx
        self._manners = Manners(hosts=_hosts(feeds), port=_free_port(), tls=tls)
        self._process: subprocess.Popen[bytes] | None = None
        self.authority = folder / "authority.pem"  #: file of whom to believe; only with TLS
        if tls:
            _certify(folder, self._manners.hosts)

    @property
    def software(self) -> str:
        """What serves: ``nginx`` or ``own``."""
        return "nginx" if self._nginx else "own"

    def url(self, number: int, name: str) -> str:
        """Return the address of the feed ``name``, the ``number``-th."""
        scheme, hosts = "https" if self._manners.tls else "http", self._manners.hosts
        return f"{scheme}://{hosts[number % len(hosts)]}:{self._manners.port}/{name}.xml"

    def serve(self, *, edition: str = "steady", validators: bool = True) -> None:
        """Serve so from now on; returns when every host listens."""
        wanted = replace(self._manners, edition=edition, validators=validators)
        if self._process is not None and wanted == self._manners:
            return
        self.close()
        self._manners = wanted
        self._process = subprocess.Popen(self._command(), stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + PATIENCE
        while not _listens(wanted.hosts[-1], wanted.port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"the fleet's server ({self.software}) does not start; see above")
            time.sleep(0.05)

    def _command(self) -> list[str]:
        if self._nginx:
            (self._folder / "nginx.conf").write_text(_nginx_conf(self._folder, self._manners))
            return [self._nginx, "-p", str(self._folder), "-c", "nginx.conf", "-e", "stderr"]
        (self._folder / "manners.json").write_text(json.dumps(asdict(self._manners)))
        return [sys.executable, "-m", "benchmarks.fleet.server", str(self._folder)]

    def close(self) -> None:
        """Stop serving."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _hosts(feeds: int) -> tuple[str, ...]:
    """Return a host for each feed, as many as this machine has and as sockets may listen."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = max(1, min(hard if hard != resource.RLIM_INFINITY else 100_000, 100_000) - OTHER_FILES)
    hosts = tuple(str(ip_address(BEFORE_HOSTS + 1 + number)) for number in range(min(feeds, most)))
    try:
        with socket.socket() as trial:
            trial.bind((hosts[-1], 0))
    except OSError:  # macOS has 127.0.0.1 only, unless told
        return ("127.0.0.1",)
    if soft < len(hosts) + OTHER_FILES:  # servers inherit it
        resource.setrlimit(resource.RLIMIT_NOFILE, (len(hosts) + OTHER_FILES, hard))
    return hosts


def _free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port: int = trial.getsockname()[1]
    return port


def _listens(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


def _groups(hosts: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [hosts[start : start + TOGETHER] for start in range(0, len(hosts), TOGETHER)]


def _certify(folder: Path, hosts: tuple[str, ...]) -> None:
    authority = trustme.CA()
    trusted = folder / "authority.pem"  # among as many others as there are in real life: reading them costs
    trusted.write_text(certifi.contents(), encoding="utf-8")
    authority.cert_pem.write_to_path(str(trusted), append=True)
    for number, group in enumerate(_groups(hosts)):
        certificate = authority.issue_cert(*group)
        certificate.private_key_and_cert_chain_pem.write_to_path(str(folder / f"certificate-{number}.pem"))


def _nginx_conf(folder: Path, manners: Manners) -> str:
    """Return a configuration that keeps everything in ``folder`` and listens on loopback only."""
    files = len(manners.hosts) + OTHER_FILES
    user = f"user {getpass.getuser()};" if os.geteuid() == 0 else ""
    secure = " ssl" if manners.tls else ""
    forgetful = (
        "" if manners.validators else 'etag off; if_modified_since off; add_header Last-Modified "" always;'
    )
    blocks = []
    for number, group in enumerate(_groups(manners.hosts)):
        listens = "".join(f" listen {host}:{manners.port}{secure};" for host in group)
        pem = f"{folder}/certificate-{number}.pem"
        keys = f" ssl_certificate {pem}; ssl_certificate_key {pem};" if manners.tls else ""
        blocks.append(f"  server {{{listens}{keys} }}\n")
    spare = "".join(
        f"{kind}_temp_path {folder}/spare; " for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return f"""{user}
daemon off;
worker_processes 1;
worker_rlimit_nofile {files};
pid {folder}/nginx.pid;
error_log stderr error;
events {{ worker_connections {files}; }}
http {{
  types {{ application/rss+xml xml; }}
  access_log off;
  {spare}
  root {folder}/{manners.edition};
  gzip_static on;
  gzip_vary on;
  ssl_protocols TLSv1.2 TLSv1.3;
  server_names_hash_max_size 65536;
  {forgetful}
{"".join(blocks)}}}
"""


class _Answering(asyncio.Protocol):
    """One connection, kept alive."""

    def __init__(self, manners: Manners, root: Path) -> None:
        self._manners, self._root = manners, root
        self._waiting = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but name

    def data_received(self, data: bytes) -> None:
        *requests, self._waiting = (self._waiting + data).split(b"\r\n\r\n")
        for request in requests:
            self._transport.write(self._answer(request.decode("latin-1")))

    def _answer(self, request: str) -> bytes:
        first, *lines = request.split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        path = self._root / Path(first.split()[1]).name
        packed = path.with_name(f"{path.name}.gz")
        coding = ""
        if "gzip" in headers.get("accept-encoding", ""):
            path, coding = packed, "Content-Encoding: gzip\r\n"
        try:
            seen = path.stat()
        except FileNotFoundError:
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        etag, modified = f'"{seen.st_mtime_ns:x}-{seen.st_size:x}"', formatdate(seen.st_mtime, usegmt=True)
        validators = f"ETag: {etag}\r\nLast-Modified: {modified}\r\n" if self._manners.validators else ""
        known = headers.get("if-none-match", "") == etag or (
            "if-none-match" not in headers and headers.get("if-modified-since", "") == modified
        )
        if validators and known:
            return f"HTTP/1.1 304 Not Modified\r\n{validators}\r\n".encode()
        body = path.read_bytes()
        head = (
            f"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nContent-Length: {len(body)}\r\n"
            f"Vary: Accept-Encoding\r\n{coding}{validators}\r\n"
        )
        return head.encode() + body


async def _listen(folder: Path, manners: Manners) -> None:
    loop, servers = asyncio.get_running_loop(), []
    for number, group in enumerate(_groups(manners.hosts)):
        context = None
        if manners.tls:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(folder / f"certificate-{number}.pem")
        for host in group:  # one at a time: given a list, a loop would resolve each as a name
            servers.append(  # noqa: PERF401 - each waits for the one before
                await loop.create_server(
                    lambda: _Answering(manners, folder / manners.edition),
                    host,
                    manners.port,
                    ssl=context,
                    reuse_address=True,
                )
            )
    await asyncio.gather(*(each.serve_forever() for each in servers))


def main(folder: Path) -> None:
    """Serve ``folder`` as its ``manners.json`` says, until terminated."""
    stated = json.loads((folder / "manners.json").read_text())
    uvloop.run(_listen(folder, Manners(**{**stated, "hosts": tuple(stated["hosts"])})))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
