"""What the operator decides about stories: let held ones out, take one down."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from aggregator.cli.items import meant_by
from aggregator.cli.options import DEFAULT, Config, Json, print_json, printable, settings_of
from aggregator.errors import ConfigError

if TYPE_CHECKING:
    from aggregator.model.story import Story


def release(
    source: Annotated[str, typer.Argument(help="Its id in the configuration.")],
    config: Config = DEFAULT,
    *,
    as_json: Json = False,
) -> None:
    """Let out what is held back of a source because too much of it looked like old items come back."""
    from aggregator.app import App

    with closing(App(settings_of(config))) as app:
        if source not in app.sources:
            raise ConfigError(f"no source {source!r} is configured; aggregator sources lists them")
        released = app.release(source)
    if as_json:
        print_json({"source": source, "released": released})
    else:
        typer.echo(
            f"{source}: {released} stories let out" if released else f"{source}: nothing was held back"
        )


def takedown(
    item: Annotated[
        str,
        typer.Argument(
            metavar="ID", help="Its id, the address of its page here or at its source, or its key."
        ),
    ],
    config: Config = DEFAULT,
    *,
    as_json: Json = False,
) -> None:
    """Remove an item from every feed and page at once, for good. Atom feeds say so for a week."""
    from aggregator.app import App

    settings = settings_of(config)
    with closing(App(settings)) as app:
        story = _only_one(meant_by(item, settings, app.store), item)
        app.take_down(story.id)
    if as_json:
        print_json({"id": story.id, "title": story.shown.title})
    else:
        typer.echo(f"taken down: {printable(story.shown.title or story.id)}")


def _only_one(stories: list[Story], item: str) -> Story:
    if len(stories) > 1:
        choice = "\n".join(f"  {printable(story.id)}  {printable(story.shown.title)}" for story in stories)
        raise ConfigError(f"{item[:200]}: means {len(stories)} items: give the id of one of them\n{choice}")
    return stories[0]
