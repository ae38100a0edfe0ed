"""Single items: why they are published as they are."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import typer

from aggregator.cli.options import DEFAULT, Config, Json, print_json, printable, settings_of
from aggregator.errors import ConfigError

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.model.item import Item
    from aggregator.model.source import SourceId
    from aggregator.model.story import Story
    from aggregator.ports import Store
    from aggregator.settings import Settings
    from aggregator.web.provenance import Explainer, Explanation


def why(
    item: Annotated[
        str, typer.Argument(help="Its id, the address of its page here or at its source, or its key.")
    ],
    config: Config = DEFAULT,
    *,
    as_json: Json = False,
) -> None:
    """Say why an item has its date: every date considered, which one was taken, and what came later."""
    from aggregator.rules.cluster import dated_by
    from aggregator.store import peek
    from aggregator.web.provenance import Explainer
    from aggregator.web.words import ENGLISH

    settings = settings_of(config)
    store = peek(settings.database_url)
    if store is None:
        raise ConfigError("nothing is stored yet, or by another version: collect first (aggregator run)")
    with closing(store):
        stories = meant_by(item, settings, store)
        states = store.states()
    from aggregator.app import system_clock

    explainer = Explainer(words=ENGLISH, zone=settings.timezone, now=system_clock())
    configured = {source.id: source for category in settings.categories for source in category.sources}
    titles = {name: (name in configured and configured[name].title) or state.title or name
              for name, state in states.items()}  # fmt: skip
    if as_json:
        print_json([_as_data(story, explainer, titles) for story in stories])
        return
    for story in stories:
        dated = dated_by(story)
        for line in (
            story.shown.title or "(no title)",
            f"  published {_local(story.published, explainer)}, updated {_local(story.updated, explainer)}",
            f"  id {story.id}",
            f"  page {settings.site.base_url}/items/{story.slug}",
        ):
            typer.echo(printable(line))
        for copy in (story.shown, *story.others):
            told = explainer.explain(copy, source=titles.get(copy.source, copy.source))
            head = f"{copy.source}, {copy.key}" + (
                "" if copy is dated else "  (the story has another copy's date)"
            )
            _print(copy, told, head)


def meant_by(item: str, settings: Settings, store: Store) -> list[Story]:
    """Return the stories that ``item`` may mean, one at least.

    Raises:
        ConfigError: it means none.
    """
    item = item.encode("utf-8", "replace").decode()  # a terminal may pass on any bytes
    stories = store.stories_named(*_names(item, settings))
    if not stories:
        raise ConfigError(
            f"{item[:200]}: no such item is stored: give its id, its link or its page's address, "
            "as a feed has it"
        )
    return stories


def _names(item: str, settings: Settings) -> tuple[str, str]:
    """Return what an item may be called, and the canonical form of its address."""
    from aggregator.rules.urls import Tracking, canonical

    if item.startswith(("/items/", f"{settings.site.base_url}/items/")):
        return urlsplit(item).path.rpartition("/")[2], ""
    return item, canonical(item, Tracking.of(settings.tracking))


def _local(instant: datetime, explainer: Explainer) -> str:
    return f"{instant.astimezone(explainer.zone):%Y-%m-%d %H:%M:%S %z}"


def _print(copy: Item, told: Explanation, head: str) -> None:
    lines = ["", f"  {head}", f"    {copy.link or '(no link)'}", f"    {told.reason}"]
    lines += [
        f"    {'*' if date.chosen else '-'} {date.text!r}, {date.origin}: {date.meaning}"
        for date in told.considered
    ]
    lines += [f"    {note}" for note in told.notes]
    for line in lines:
        typer.echo(printable(line))


def _as_data(story: Story, explainer: Explainer, titles: dict[SourceId, str]) -> dict[str, Any]:
    from aggregator.rules.cluster import dated_by

    return {
        "id": story.id,
        "slug": story.slug,
        "title": story.shown.title,
        "published": story.published.isoformat(),
        "updated": story.updated.isoformat(),
        "copies": [
            {
                "source": copy.source,
                "key": copy.key,
                "link": copy.link,
                "shown": copy is story.shown,
                "dates_the_story": copy is dated_by(story),
                "reason": explainer.explain(copy, source=titles.get(copy.source, copy.source)).reason,
                **_dates(copy),
            }
            for copy in (story.shown, *story.others)
        ],
    }


def _dates(item: Item) -> dict[str, Any]:
    from aggregator.render.provenance import considered
    from aggregator.rules.timestamps import disbelieved

    dates = item.dates
    return {
        "first_seen": item.first_seen.isoformat(),
        "published": dates.published.isoformat(),
        "updated": dates.updated.isoformat(),
        "considered": [considered(candidate) for candidate in dates.candidates],
        "chosen": None if disbelieved(dates) else dates.chosen,
        "precision": dates.precision,
        "zone": dates.zone,
        "earliest": dates.earliest and dates.earliest.isoformat(),
        "latest": dates.latest and dates.latest.isoformat(),
        "flags": dates.flags,
        "upgrade": dates.upgrade
        and {"at": dates.upgrade.at.isoformat(), "before": dates.upgrade.before.isoformat()},
        "later": [{"at": later.at.isoformat(), **considered(later.candidate)} for later in dates.later],
    }
