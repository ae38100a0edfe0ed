"""The command line: read, call one function, print. One module a group of commands.

Heavy libraries are imported inside the commands, so that ``--help`` answers at once.
"""

from __future__ import annotations

import sys

import typer

from aggregator.cli import listings, passes, service, setup
from aggregator.errors import AggregatorError, ConfigError

app = typer.Typer(
    name="aggregator",
    help="Collect feeds, keep each story once, publish it under its true date.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (setup.init, setup.check, service.serve, passes.run, passes.publish, passes.test):
    app.command()(command)
for command in (listings.sources, service.demo, service.healthcheck):
    app.command()(command)
app.add_typer(setup.config, name="config")
app.add_typer(setup.database, name="db")


def main() -> None:
    """Run a command.

    Exit status: 0 fine, 1 some sources failed or the machine did, 2 usage or configuration.
    """
    try:
        app()
    except ConfigError as error:
        for mistake in error.mistakes:
            print(mistake, file=sys.stderr)  # noqa: T201 # a command's own words
        sys.exit(2)
    except AggregatorError as error:
        print(error, file=sys.stderr)  # noqa: T201 # likewise
        sys.exit(1)
