"""Listings of what the service has."""

from __future__ import annotations

import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

from aggregator.cli.options import DEFAULT, Config, Json, print_json, printable, settings_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime


def sources(config: Config = DEFAULT, *, as_json: Json = False) -> None:
    """List the sources: when they were and will be asked, what came of it, what is held back, advice."""
    from aggregator.rules.audit import advice, verdict
    from aggregator.rules.schedule import NEVER
    from aggregator.store import open_store

    settings = settings_of(config)
    with closing(open_store(settings.database_url)) as store:
        states, counts, held = store.states(), store.counts(), store.held()
    rows: list[dict[str, Any]] = []
    for category in settings.categories:
        for source in category.sources:
            state = states.get(source.id)
            wrong = verdict(state.residuals, source) if state else None
            rows.append(
                {
                    "id": source.id,
                    "category": category.id,
                    "url": source.url,
                    "moved_to": state.move.followed if state and state.move else "",
                    "result": state.result if state and state.result else "new",
                    "last_at": _iso(state.last_at) if state else None,
                    "last_ok_at": _iso(state.last_ok_at) if state else None,
                    "next_at": _iso(state.next_at) if state and state.next_at != NEVER else None,
                    "failures": state.failures if state else 0,
                    "error": state.error if state else "",
                    "items": counts.get(source.id, 0),
                    "held": held.get(source.id, 0),
                    "advice": advice(wrong, source) if wrong else "",
                    "remedy": wrong.remedy if wrong else "",
                }
            )
    if as_json:
        print_json(rows)
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    names = ("id", "category", "result", "items", "held", "last_at", "next_at", "failures", "error", "advice")
    titles = {"id": "source", "last_at": "last asked", "next_at": "next due"}
    table = Table(*(titles.get(name, name) for name in names), box=None)
    for row in rows:
        row["advice"] = "; ".join(_advice(row))
        table.add_row(*(Text("" if row[name] is None else printable(str(row[name]))) for name in names))
    # Into a file or a pipe every cell goes whole, however wide that makes the table.
    Console(width=None if sys.stdout.isatty() else 1000).print(table)


def _advice(row: dict[str, Any]) -> Iterator[str]:
    if row["held"]:
        yield f"{row['held']} held back; if they are news, let them out: aggregator release {row['id']}"
    if row["result"] == "gone":
        again = f"aggregator run --force --source {row['id']}"
        yield f"gone for good, and not asked again: correct its url or remove it; to ask once more: {again}"
    if row["moved_to"]:
        yield f"moved for good: write `url: {row['moved_to']}` under `id: {row['id']}`"
    if row["advice"]:
        yield row["advice"]


def _iso(instant: datetime | None) -> str | None:
    return instant.replace(microsecond=0).isoformat() if instant else None
