"""Single items: why they are published as they are, or are not."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from aggregator.cli.options import DEFAULT, Config, Json, print_json, printable, settings_of
from aggregator.errors import ConfigError

if TYPE_CHECKING:
    from aggregator.model.story import Story
    from aggregator.ports import Store
    from aggregator.settings import Settings


def why(
    item: Annotated[
        str, typer.Argument(help="Its id, the address of its page here or at its source, or its key.")
    ],
    config: Config = DEFAULT,
    *,
    as_json: Json = False,
) -> None:
    """Say why an item is published as it is: its dates, its copies, what is like it, what was decided."""
    from aggregator.app import system_clock
    from aggregator.cli.account import Accountant
    from aggregator.store import peek

    settings = settings_of(config)
    store = peek(settings.database_url)
    if store is None:
        raise ConfigError("nothing is stored yet, or by another version: collect first (aggregator run)")
    with closing(store):
        stories = meant_by(item, settings, store)
        relations = store.relations([story.id for story in stories])
        decisions = {story.id: store.decisions(story.id) for story in stories}
        accountant = Accountant(settings, store.states(), now=system_clock())
    found = [(story, relations.get(story.id, []), decisions[story.id]) for story in stories]
    if as_json:
        print_json([accountant.data(*each) for each in found])
        return
    for each in found:
        for line in accountant.lines(*each):
            typer.echo(printable(line))


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
