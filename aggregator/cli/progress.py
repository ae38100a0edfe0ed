"""Show a pass as it goes: a bar on a terminal, plain lines elsewhere; always on standard error."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

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
            if collected.error:
                progress.console.print(_words(collected), markup=False, highlight=False)

        yield (lambda total: progress.update(task, total=total)), note


def _line(collected: Collected) -> None:
    typer.echo(_words(collected), err=True)


def _words(collected: Collected) -> str:
    match collected.result:
        case "failed":
            return f"{collected.source}: failed: {collected.error}"
        case "fetched":
            return f"{collected.source}: {collected.items_new} new, {collected.items_updated} updated"
        case "not_modified":
            return f"{collected.source}: not modified"
        case _:
            return f"{collected.source}: unchanged"
