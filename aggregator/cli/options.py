"""Options that several commands share, and what they stand for."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aggregator.fetch.guard import Network
    from aggregator.settings import Settings

DEFAULT = Path("config/aggregator.yaml")

Config = Annotated[
    Path,
    typer.Option(
        "--config", "-c", envvar="AGGREGATOR_CONFIG", help="The configuration file.", show_default=True
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def settings_of(config: Path, environ: Mapping[str, str] | None = None) -> Settings:
    """Read ``config`` and set the log up as it says.

    Raises:
        ConfigError: every mistake in it.
    """
    from aggregator.observe import configure_logging
    from aggregator.settings import load

    settings = load(config, os.environ if environ is None else environ)
    configure_logging(settings.log_level, settings.log_format)
    return settings


def anywhere() -> tuple[Network, ...]:
    """Return what allows every address: for one that a person has typed, and for our own."""
    from ipaddress import ip_network

    return ip_network("0.0.0.0/0"), ip_network("::/0")


def printable(text: str) -> str:
    """Return ``text``, which a source may have written, without anything that a terminal would obey."""
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode("ascii") for sign in text
    )


def print_json(value: Any) -> None:
    """Print ``value`` on standard output."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))
