"""Listings of what the service has."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aggregator.cli.options import DEFAULT, Config, Json, age, iso, print_json, print_table, settings_of

if TYPE_CHECKING:
    from collections.abc import Iterator

FORMATS = ("rss", "atom", "json")  #: suffixes of a feed's addresses


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
                    "last_at": iso(state.last_at) if state else None,
                    "last_ok_at": iso(state.last_ok_at) if state else None,
                    "next_at": iso(state.next_at) if state and state.next_at != NEVER else None,
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
    names = ("id", "category", "result", "items", "held", "last_at", "next_at", "failures", "error", "advice")
    titles = {"id": "source", "last_at": "last asked", "next_at": "next due"}
    for row in rows:
        row["advice"] = "; ".join(_advice(row))
    print_table(
        [
            {titles.get(name, name): "" if row[name] is None else str(row[name]) for name in names}
            for row in rows
        ]
    )


def feeds(
    config: Config = DEFAULT,
    *,
    sources: Annotated[bool, typer.Option("--sources", help="Also the feeds of single sources.")] = False,
    as_json: Json = False,
) -> None:
    """List the published feeds: where each is, how much is in it, when it last changed."""
    from aggregator.app import system_clock
    from aggregator.model.feed import Edition
    from aggregator.store import open_store

    settings, now = settings_of(config), system_clock()
    shown = [feed for feed in settings.feeds if sources or not feed.name.startswith("source/")]
    with closing(open_store(settings.database_url)) as store:
        editions, sizes = store.editions(), store.sizes()
        held = {feed.name: (len(store.top(feed).stories), store.stories_in(feed)) for feed in shown}
    rows: list[dict[str, Any]] = []
    for feed in shown:
        changed_at = editions[feed.name][2] if feed.name in editions else None
        edition = Edition(
            site=settings.site, feed=feed, id="", updated=now, entries=()
        )  # knows its addresses
        rows.append(
            {
                "name": feed.name,
                "title": feed.title,
                **{suffix: edition.url(suffix) for suffix in FORMATS},
                "on_demand": feed.on_demand,
                "entries": held[feed.name][0],
                "limit": feed.limit,
                "stories": held[feed.name][1],
                "changed_at": iso(changed_at),
                "age_seconds": max(int((now - changed_at).total_seconds()), 0) if changed_at else None,
                "bytes": {suffix: sizes.get(feed.name, {}).get(suffix) for suffix in FORMATS},
            }
        )
    if as_json:
        print_json(rows)
    else:
        print_table([_feed(row) for row in rows])


def _feed(row: dict[str, Any]) -> dict[str, str]:
    from datetime import timedelta

    from rich.filesize import decimal

    sizes = [size for size in row["bytes"].values() if size is not None]
    return {
        "feed": row["name"],
        "title": row["title"],
        "address": f"{row['rss'].removesuffix('rss')}{{{','.join(FORMATS)}}}",
        "entries": f"{row['entries']} of {row['limit']}",
        "stories": str(row["stories"]),
        "last change": row["changed_at"] or "",
        "age": age(timedelta(seconds=row["age_seconds"])) if row["changed_at"] else "",
        "size": " ".join(map(decimal, sizes)),
        "rendered": "when asked for" if row["on_demand"] else "at every change",
    }


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
