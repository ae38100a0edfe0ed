"""Show a pass as it goes: a bar on a terminal, plain lines elsewhere; always on standard error."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from aggregator.cli.options import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aggregator.model.report import Collected


@contextmanager
def shown() -> Iterator[tuple[Callable[[int], None], Callable[[Collected], None]]]:
    """Yield what is to be told: how many sources are asked, then each one's result."""
    if not sys.stderr.isatty():
        yield (lambda _: None), _line
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("collecting", total=None)

        def note(collected: Collected) -> None:
            progress.advance(task)
            for line in _words(collected) if collected.error or collected.faults else ():
                progress.console.print(line, markup=False, highlight=False)

        yield (lambda total: progress.update(task, total=total)), note


def _line(collected: Collected) -> None:
    for line in _words(collected):
        typer.echo(line, err=True)


def _words(collected: Collected) -> list[str]:
    told = {
        "failed": f"failed: {collected.error}",
        "fetched": f"{collected.items_new} new, {collected.items_updated} updated, "
        f"{collected.duplicates} duplicates",
        "not_modified": "not modified",
    }
    lines = [told.get(collected.result, collected.result), *(f"! {fault}" for fault in collected.faults)]
    return [f"{collected.source}: {printable(line)}" for line in lines]
