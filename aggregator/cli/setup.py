"""Setting up: write, check and show a configuration; bring the database up to date."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from aggregator.cli.options import DEFAULT, Config, Json, print_json, printable, settings_of
from aggregator.cli.partners import hints
from aggregator.errors import ConfigError

config = typer.Typer(help="Show the configuration, or its JSON Schema.", no_args_is_help=True)
database = typer.Typer(help="The database's schema.", no_args_is_help=True)


def init(path: Annotated[Path, typer.Argument(help="Where to write it.")] = DEFAULT) -> None:
    """Write a commented starter configuration."""
    from aggregator.settings.show import starter

    if path.exists():
        raise ConfigError(f"{path}: exists already, and was left as it is; name another")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(starter())
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror}; name another place") from error
    typer.echo(f"{path}: written. Next: edit it, then: aggregator check -c {path}")


def check(
    config: Config = DEFAULT,
    *,
    online: Annotated[bool, typer.Option("--online", help="Also try each source; store nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Check a configuration: every mistake at once, as file:line:column: path: message."""
    settings = settings_of(config)
    sources = [source for category in settings.categories for source in category.sources]
    if not online:
        found = {
            "categories": len(settings.categories),
            "sources": len(sources),
            "feeds": len(settings.feeds),
        }
        if settings.partners:
            found["partners"] = len(settings.partners)
        if as_json:
            print_json(found)
        else:
            numbers = ", ".join(f"{count} {noun}" for noun, count in found.items())
            typer.echo(f"{config}: {numbers}, no mistakes")
        for hint in hints(settings):
            typer.echo(hint, err=True)
        return
    from aggregator.app import limits
    from aggregator.cli.trial import known_advice, try_sources

    advice = known_advice(settings)
    rows = [
        {**trial.summary(), "advice": advice.get(trial.source.id, "")}
        for trial in try_sources(sources, limits(settings), settings.tracking)
    ]
    if as_json:
        print_json(rows)
    else:
        for row in rows:
            told = row["error"] or f"{row['items']} items, newest {row['newest'] or 'none'}"
            typer.echo(f"{row['source']}: {printable(told)}")
            if row["ahead"]:
                typer.echo(f"{row['source']}: {row['ahead']} of them are dated ahead of the clock")
            if row["advice"]:
                typer.echo(f"{row['source']}: {row['advice']}")
    if any(row["error"] for row in rows):
        raise typer.Exit(1)


@config.command("show")
def show(config: Config = DEFAULT) -> None:
    """Print the effective configuration, secrets masked."""
    import os

    from aggregator.settings.show import effective

    print_json(effective(config, os.environ))


@config.command("schema")
def schema() -> None:
    """Print the configuration's JSON Schema, for editors."""
    from aggregator.settings.show import schema as of_settings

    print_json(of_settings())


@database.command("upgrade")
def upgrade(config: Config = DEFAULT) -> None:
    """Bring the database's schema up to date. A starting service does so by itself."""
    from aggregator.store.engine import Database

    with closing(Database(settings_of(config).database_url)) as database:
        done = database.upgrade()
        told = "brought up to date" if done else "was up to date"
        typer.echo(f"{database.name}: {told} ({database.version()})")


@database.command("rebuild")
def rebuild(config: Config = DEFAULT) -> None:
    """Tell all stories again from the stored items: the same ids, the same dates. Stop the service first."""
    from aggregator.app import App

    with closing(App(settings_of(config))) as app:
        stories, items = app.rebuild()
        typer.echo(f"{stories} stories told again from {items} items")
