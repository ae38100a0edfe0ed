"""One pass and its parts: collect once, publish, try an address."""

from __future__ import annotations

from contextlib import ExitStack, closing
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aggregator.cli.options import DEFAULT, Config, Json, anywhere, print_json, printable, settings_of
from aggregator.errors import ConfigError

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from aggregator.app import App
    from aggregator.cli.trial import Trial
    from aggregator.export import Exported
    from aggregator.export.place import Place
    from aggregator.model.item import Item
    from aggregator.model.source import Select, SourceId


def run(
    config: Config = DEFAULT,
    *,
    category: Annotated[list[str] | None, typer.Option(help="Only this category; may be repeated.")] = None,
    source: Annotated[list[str] | None, typer.Option(help="Only this source; may be repeated.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Ask all of them, due or not.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what is due; ask nobody.")] = False,
    as_json: Json = False,
) -> None:
    """Make one pass over what is due, publish what changed, tell partners' webhooks, and end."""
    from aggregator.app import App
    from aggregator.cli.progress import shown
    from aggregator.engines.courier import Courier

    with closing(App(settings_of(config))) as app:
        wanted = _wanted(app, category or [], source or [])
        if dry_run:
            due = wanted if force else app.store.due(wanted, app.clock())
            if as_json:
                print_json(due)
            else:
                typer.echo("\n".join(due) or "nothing is due")
            return
        with shown() as (expect, progress):
            report = app.run(wanted, force=force, expect=expect, progress=progress)
        Courier(app).send_due()
    if as_json:
        print_json(asdict(report))
    elif not report.sources and not report.feeds_published:
        typer.echo("nothing is due; --force asks all the same")
    else:
        typer.echo(
            f"{report.sources} sources: {report.fetched} fetched, {report.not_modified} not modified, "
            f"{report.unchanged} unchanged, {report.failed} failed; "
            f"{report.items_new} new items, {report.items_updated} updated, {report.duplicates} duplicates; "
            f"{report.feeds_published} feeds published; "
            f"{report.seconds:.1f} s, {report.cpu_seconds:.1f} s CPU"
        )
    if report.items_held and not as_json:
        typer.echo(f"{report.items_held} items are held back: see aggregator sources, aggregator release")
    if report.failed:
        raise typer.Exit(1)


def _wanted(app: App, categories: list[str], sources: list[str]) -> list[SourceId]:
    unknown = [f"no category {name!r} is configured" for name in categories if name not in app.categories]
    unknown += [f"no source {name!r} is configured" for name in sources if name not in app.sources]
    if unknown:
        raise ConfigError(unknown)
    if not categories and not sources:
        return list(app.sources)
    return [each.id for each in app.sources.values() if each.category in categories or each.id in sources]


def publish(
    config: Config = DEFAULT,
    *,
    to: Annotated[
        str | None,
        typer.Option(
            metavar="DIR or s3://…", help="Also write what the service would serve there, address by address."
        ),
    ] = None,
) -> None:
    """Render every feed whose content changed."""
    from aggregator.app import App
    from aggregator.export import place_of

    settings = settings_of(config)
    with ExitStack() as stack:
        place = stack.enter_context(closing(place_of(to))) if to is not None else None
        app = stack.enter_context(closing(App(settings)))
        app.match()
        app.let_out()
        typer.echo(f"{app.publish(on_demand=True)} feeds published")
        if place:
            _tell(_export(app, place), place.name)


def _export(app: App, place: Place) -> Exported:
    from aggregator.cli.site import site_of
    from aggregator.export import export
    from aggregator.web.addresses import Addresses

    settings = app.settings
    # Pages say how old a story is. They say so as of the last change: what did not change stays as it is.
    changed_at = max((edition[2] for edition in app.store.editions().values()), default=app.clock())
    addresses = Addresses(site=settings.site, categories=settings.categories, feeds=settings.feeds)
    return export(site_of(app, lambda: changed_at), addresses, place, site=settings.site.base_url)


def _tell(done: Exported, name: str) -> None:
    typer.echo(
        f"{done.written} files written, {done.removed} removed, {done.unchanged} unchanged under {name}"
    )
    if done.in_the_way:
        typer.echo("These are not ours and were left as they are; move them away:", err=True)
    for line in done.in_the_way:
        typer.echo(f"  {printable(line)}", err=True)
    if done.unanswered:
        typer.echo("These failed, and their files stay as they were; the log says why:", err=True)
    for line in done.unanswered:
        typer.echo(f"  {printable(line)}", err=True)
    if done.in_the_way or done.unanswered:
        raise typer.Exit(1)


def test(
    url: str,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config", "-c", envvar="AGGREGATOR_CONFIG", help="Take limits and the time zone from here."
        ),
    ] = None,
    *,
    select: Annotated[
        list[str] | None, typer.Option(help="For an HTML listing: part=selector, such as item=li.story.")
    ] = None,
    timezone: Annotated[str, typer.Option(help="The zone of dates that name none.")] = "",
    allow_private: Annotated[bool, typer.Option("--allow-private", help="Also private addresses.")] = False,
    as_json: Json = False,
) -> None:
    """Say what would be collected from an address: items, dates and why, keys. Stores nothing."""
    from aggregator.app import limits as limits_of
    from aggregator.cli.trial import try_sources
    from aggregator.fetch.limits import Limits
    from aggregator.model.source import Kind, Source
    from aggregator.settings.domain import well_known_tracking

    settings = settings_of(config) if config else None
    limits = limits_of(settings) if settings else Limits()
    if allow_private:
        limits = replace(limits, allow_private_networks=anywhere())
    zone = _zone(timezone) if timezone or not settings else settings.timezone
    source = Source(
        id="test",
        category="test",
        url=url,
        timezone=zone,
        kind=Kind.HTML if select else None,
        select=_select(select or []),
    )
    tracking = settings.tracking if settings else well_known_tracking()
    [trial] = try_sources([source], limits, tracking)
    if "allow_private_networks" in trial.error:
        trial = replace(trial, error=f"{trial.error}, or try it with --allow-private")
    if as_json:
        print_json(_as_data(trial))
    else:
        _print(trial)
    if trial.error:
        raise typer.Exit(1)


def _zone(name: str) -> ZoneInfo:
    from aggregator.settings.values import SettingError, zone

    try:
        return zone(name or "Asia/Jakarta")
    except SettingError as error:
        raise ConfigError(f"--timezone {name}: {error}") from error


def _select(parts: list[str]) -> Select | None:
    from dataclasses import fields

    from aggregator.model.source import Select

    if not parts:
        return None
    names = [field.name for field in fields(Select)]
    chosen = dict(part.partition("=")[::2] for part in parts)
    if wrong := [
        f"--select {part}" for part, selector in chosen.items() if part not in names or not selector
    ]:
        raise ConfigError([f"{each}: write PART=SELECTOR, PART one of {', '.join(names)}" for each in wrong])
    if "item" not in chosen:
        raise ConfigError("--select: one part is needed: item=SELECTOR")
    return Select(**chosen)


def _as_data(trial: Trial) -> dict[str, Any]:
    return {
        "url": trial.source.url,
        "title": trial.title,
        "error": trial.error,
        "faults": trial.faults,
        "items": [
            {
                "key": item.key,
                "title": item.title,
                "link": item.link,
                "published": item.dates.published,
                "updated": item.dates.updated,
                "why": _why(item),
                "canonical_url": item.canonical_url,
                "categories": item.categories,
            }
            for item in trial.items
        ],
    }


def _print(trial: Trial) -> None:
    if trial.error:
        typer.echo(f"{trial.source.url}: {printable(trial.error)}", err=True)
        return
    typer.echo(f"{printable(trial.title) or trial.source.url}: {len(trial.items)} items")
    for fault in trial.faults:
        typer.echo(f"  ! {printable(fault)}", err=True)
    for item in trial.items:
        published = item.dates.published.astimezone(trial.source.timezone)
        for line in (
            "",
            item.title or "(no title)",
            f"  {published:%Y-%m-%d %H:%M:%S %z}  because {_why(item)}",
            f"  {item.link or '(no link)'}",
            f"  {item.key}",
        ):
            typer.echo(printable(line))


def _why(item: Item) -> str:
    dates = item.dates
    flags = f" ({', '.join(dates.flags)})" if dates.flags else ""
    if dates.chosen is None:
        return f"it was first seen then{flags}"
    claim = dates.candidates[dates.chosen].claim
    return f"{claim.origin} says {claim.text!r}, zone from {dates.zone}, to the {dates.precision}{flags}"
