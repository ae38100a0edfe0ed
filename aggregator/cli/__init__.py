"""The command line: read, call one function, print. One module a group of commands.

Heavy libraries are imported inside the commands, so that ``--help`` answers at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup

from aggregator.cli import (
    deliveries,
    items,
    listings,
    memory,
    moderation,
    opml,
    partners,
    passes,
    service,
    setup,
)
from aggregator.errors import AggregatorError, ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable


class _Commands(TyperGroup):
    """Says an error in its own words, and by whose it is gives the exit status.

    0 fine, 1 some sources failed or the machine did, 2 usage or configuration.
    """

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except AggregatorError as error:
            typer.echo(error, err=True)
            raise typer.Exit(2 if isinstance(error, ConfigError) else 1) from error


app = typer.Typer(
    name="aggregator",
    cls=_Commands,
    help="Collect feeds, keep each story once, publish it under its true date.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
COMMANDS: tuple[Callable[..., None], ...] = (
    *(setup.init, setup.check, service.serve, passes.run, passes.publish, passes.test),
    *(listings.sources, listings.feeds, items.why, moderation.release, moderation.takedown),
    *(service.demo, service.healthcheck),
)
for command in COMMANDS:
    app.command()(command)
app.add_typer(setup.config, name="config")
app.add_typer(setup.database, name="db")
partners.partners.command("test")(deliveries.try_out)
partners.partners.command("replay")(deliveries.replay)
app.add_typer(partners.partners, name="partners")
app.add_typer(opml.opml, name="opml")


def main() -> None:
    """Run a command."""
    memory.tune()
    app()
