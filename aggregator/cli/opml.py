"""Lists of subscriptions (OPML): take those of another reader over, hand ours on."""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aggregator.cli.options import DEFAULT, Config, printable, settings_of
from aggregator.errors import ConfigError, ParseError

if TYPE_CHECKING:
    from aggregator.parse.opml import Outlines
    from aggregator.settings import Settings
    from aggregator.settings.additions import Additions, Block

opml = typer.Typer(
    help="Lists of subscriptions (OPML), to move from or to other readers.", no_args_is_help=True
)


@opml.command("import")
def take_over(
    file: Annotated[Path, typer.Argument(help="The list that another reader wrote; - is standard input.")],
    config: Config = DEFAULT,
    *,
    category: Annotated[
        str,
        typer.Option(metavar="NAME", help="Put all of them into this category, whatever their folders are."),
    ] = "",
    write: Annotated[
        bool, typer.Option("--write", help="Add the lines to the configuration itself; all others stay.")
    ] = False,
) -> None:
    """Print the lines that a list of subscriptions adds to the configuration; say what is left out."""
    from aggregator.settings import values
    from aggregator.settings.additions import Importer
    from aggregator.settings.document import read

    listed = _listed(file)
    # Whoever has no configuration yet gets the part of one.
    there = write or config != DEFAULT or config.exists()
    settings = settings_of(config) if there else None
    content = config.read_bytes() if there else b""
    lines = content.decode("utf-8-sig").split("\n")
    document = read(content, os.environ, name=str(config)) if there else None
    try:
        added = Importer(settings, document, lines).additions(listed.feeds, category=category)
    except values.SettingError as error:
        raise ConfigError(f"--category: {error}") from error
    for line in (*listed.faults, *added.told):
        typer.echo(f"not taken over: {printable(line)}", err=True)
    if write and settings:
        _write(config, lines, added, settings)
    else:
        _print(added, config)
    done = f"written to {config}" if write else "printed, and written nowhere"
    typer.echo(f"{file}: {len(added.sources)} new sources, {done}", err=True)


@opml.command("export")
def hand_on(
    config: Config = DEFAULT,
    *,
    feeds: Annotated[
        bool, typer.Option("--feeds", help="List the feeds that are published here, not the sources.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A file to write; else it is printed.")
    ] = None,
) -> None:
    """Print the sources as a list of subscriptions, a folder for each category, without any secrets."""
    settings = settings_of(config)
    body = _feeds(settings) if feeds else _sources(settings, config)
    if output is None:
        sys.stdout.buffer.write(body + b"\n")
        sys.stdout.buffer.flush()
        return
    try:
        output.write_bytes(body + b"\n")
    except OSError as error:
        raise ConfigError(f"{output}: cannot be written: {error.strerror}; name another place") from error


def _listed(file: Path) -> Outlines:
    from aggregator.parse.opml import BYTES_MAX, read

    try:
        if str(file) == "-":
            body = sys.stdin.buffer.read(BYTES_MAX + 1)
        else:
            with file.open("rb") as opened:
                body = opened.read(BYTES_MAX + 1)
        return read(body)
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from error
    except ParseError as error:
        raise ConfigError(f"{file}: {error}") from error


def _print(added: Additions, config: Path) -> None:
    for block in added.blocks:
        if block.below:
            typer.echo(f"# {config}, below line {block.below}, {_where(block)}")
        elif block.category or not block.text.startswith("categories:"):
            typer.echo(f"# {config}, in {_where(block)}, which is not written in lines of its own")
        typer.echo(block.text, nl=False)


def _write(config: Path, lines: list[str], added: Additions, settings: Settings) -> None:
    """Put the lines into the file, once it is sure that it is right with them.

    Raises:
        ConfigError: it is not, or cannot be written; nothing is changed.
    """
    from aggregator.settings.additions import insert

    if nowhere := [block for block in added.blocks if not block.below]:
        raise ConfigError(
            f"{config}: {_where(nowhere[0])} is not written in lines of its own: leave out --write"
        )
    if not added.blocks:
        return
    path = config.resolve()
    draft = path.with_name(f".{path.name}.new")
    try:
        draft.write_bytes(insert(lines, added.blocks).encode())
        shutil.copymode(path, draft)
        if not _holds(draft, _ids(settings) | set(added.sources)):
            raise ConfigError(f"{config}: would not be right with these lines: leave out --write")
        draft.replace(path)
    except OSError as error:
        raise ConfigError(f"{config}: cannot be written: {error.strerror}; leave out --write") from error
    finally:
        draft.unlink(missing_ok=True)


def _holds(config: Path, sources: set[str]) -> bool:
    """Tell whether a file is a configuration of these sources."""
    from aggregator.settings import load

    try:
        return _ids(load(config, os.environ)) == sources
    except ConfigError:
        return False


def _where(block: Block) -> str:
    return f"`sources:` of {block.category}" if block.category else "`categories:`"


def _ids(settings: Settings) -> set[str]:
    return {source.id for category in settings.categories for source in category.sources}


def _sources(settings: Settings, config: Path) -> bytes:
    from aggregator.render.opml import subscriptions
    from aggregator.settings.sharing import shareable
    from aggregator.store import peek

    store = peek(settings.database_url)
    states = {}
    if store:
        with closing(store):
            states = store.states()
    shared = shareable(config.read_bytes(), settings, states)
    for line in shared.told:
        typer.echo(printable(line), err=True)
    changed_at = datetime.fromtimestamp(config.stat().st_mtime, UTC)
    return subscriptions(shared.title, shared.outlines, changed_at=changed_at)


def _feeds(settings: Settings) -> bytes:
    from aggregator.app import system_clock
    from aggregator.render.opml import opml as of_feeds
    from aggregator.store import peek

    changed = []
    if store := peek(settings.database_url):
        with closing(store):
            editions = store.editions()
            changed = [editions[feed.name][2] for feed in settings.feeds if feed.name in editions]
    return of_feeds(settings.site, settings.feeds, changed_at=max(changed, default=system_clock()))
