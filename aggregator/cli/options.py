"""Options that several commands share, and what they stand for."""

from __future__ import annotations

import json
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import timedelta

    from aggregator.rules.guard import Network
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
    """Print ``value`` on standard output; instants in it as RFC 3339 has them."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False, default=_plain))


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def print_table(rows: Sequence[Mapping[str, str]]) -> None:
    """Print ``rows``, one at least, as a table on standard output; their keys are its head."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*rows[0], box=None)
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row.values()))
    # Into a file or a pipe every cell goes whole, however wide that makes the table.
    Console(width=None if sys.stdout.isatty() else 1000).print(table)


def age(span: timedelta) -> str:
    """Return an age in its largest whole unit: ``12d``."""
    seconds = max(int(span.total_seconds()), 0)
    units = {"d": 86_400, "h": 3600, "m": 60, "s": 1}
    unit = next((unit for unit, length in units.items() if seconds >= length), "s")
    return f"{seconds // units[unit]}{unit}"


def iso(instant: datetime | None) -> str | None:
    """Return an instant in whole seconds, as ISO 8601 has it."""
    return instant.replace(microsecond=0).isoformat() if instant else None
