"""The running service: all in one, with the sample newsroom or without."""

from __future__ import annotations

import os
import signal
import socket
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aggregator.cli.options import DEFAULT, Config, anywhere, settings_of
from aggregator.errors import AggregatorError, ConfigError

if TYPE_CHECKING:
    from aggregator.settings import Settings


def serve(config: Config = DEFAULT) -> None:
    """Run the service: scheduler, collecting, publishing, web. Ctrl-C ends it."""
    _serve(settings_of(config))


def demo(
    config: Annotated[
        Path | None,
        typer.Option("--config", "-c", help="Another configuration; its sources use ${NEWSROOM}."),
    ] = None,
    pace: Annotated[float, typer.Option(help="Seconds between new stories.", min=0.5)] = 6.0,
    port: Annotated[int, typer.Option(help="The newsroom's port; another one if it is taken.")] = 8090,
) -> None:
    """Run the sample newsroom, and the service on it. Needs no network."""
    from importlib.resources import as_file, files

    from aggregator.app import system_clock
    from aggregator.demo.newsroom import Newsroom
    from aggregator.demo.server import NewsroomServer

    newsroom = Newsroom(pace=timedelta(seconds=pace))
    try:
        server = NewsroomServer(newsroom, clock=system_clock, port=port)
    except ConfigError:
        server = NewsroomServer(newsroom, clock=system_clock)
    with server, as_file(files("aggregator.demo") / "demo.yaml") as bundled:
        settings = settings_of(config or bundled, {**os.environ, "NEWSROOM": server.url})
        typer.echo(f"the sample newsroom is at {server.url}/", err=True)
        _serve(settings)


def _serve(settings: Settings) -> None:
    from aggregator.app import App
    from aggregator.cli.site import site_of
    from aggregator.engines.courier import Courier
    from aggregator.engines.inprocess import InProcess
    from aggregator.web.server import server

    # Containers end with SIGTERM what a person ends with Ctrl-C: the same way out for both.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with closing(_listen(settings.listen)) as listener, closing(App(settings)) as app:
        site = site_of(app)
        app.publisher.listeners.append(site.shelf.refresh)
        engine, courier = InProcess(app), Courier(app)
        host, port = listener.getsockname()[:2]
        # uvicorn ends in order on either signal and then passes it on, to us and not to the system's default.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            courier.start()
            engine.start()
            typer.echo(f"open {_address(host, port)}/   (Ctrl-C ends)", err=True)
            server(site, trusted_proxies=settings.trusted_proxies).run(sockets=[listener])
        except KeyboardInterrupt:
            pass  # Ctrl-C or a polite kill: what follows ends the rest
        finally:
            engine.stop()
            courier.stop()


def _address(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _listen(address: tuple[str, int]) -> socket.socket:
    """Return a socket that listens, so that a port in use is said before anything else happens."""
    host, port = address
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(1024)
    except OSError as error:
        listener.close()
        raise ConfigError(
            f"service.listen: cannot listen on {host}:{port}: {error.strerror}; "
            "stop what does, or set AGGREGATOR_LISTEN=HOST:PORT"
        ) from error
    return listener


def healthcheck(
    config: Config = DEFAULT,
    timeout: Annotated[float, typer.Option(help="Seconds to wait.", min=0.1)] = 3.0,
) -> None:
    """Ask the running service whether it is ready: exit 0 if so, 1 if not. For containers."""
    from aggregator.app import system_clock
    from aggregator.fetch.client import CurlFetcher
    from aggregator.fetch.limits import Limits
    from aggregator.model.fetch import Fetched, Request

    host, port = settings_of(config).listen
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 # where it listens on all, ask here
    url = f"{_address(host, port)}/readyz"
    limits = Limits(timeout=timedelta(seconds=timeout), allow_private_networks=anywhere())
    with closing(CurlFetcher(limits, system_clock)) as fetcher:
        [[(_, outcome)]] = filter(None, fetcher.fetch([Request(tag="ready", url=url)]))
    if not isinstance(outcome, Fetched):
        raise AggregatorError(f"{url}: {getattr(outcome, 'error', 'not modified')}")
    typer.echo(outcome.body.decode("utf-8", "replace").strip())
