"""Partner sites: what each has taken, and keys for them."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aggregator.cli.options import (
    DEFAULT,
    Config,
    Json,
    age,
    iso,
    print_json,
    print_table,
    printable,
    settings_of,
)
from aggregator.errors import ConfigError, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from aggregator.model.partner import Partner, PartnerState
    from aggregator.settings import Settings

PREFIX = "ak_"  #: tells whoever finds a key in a file what it is
PartnerName = Annotated[str, typer.Argument(metavar="ID", help="Its name under `partners:`.")]

partners = typer.Typer(invoke_without_command=True)


@partners.callback()
def listing(context: typer.Context, config: Config = DEFAULT, *, as_json: Json = False) -> None:
    """List the partners: what each may read and has taken, how far it is behind, what is owed to it."""
    if context.invoked_subcommand is not None:
        given = [name for name in ("config", "as_json") if _is_given(context, name)]
        if given:
            raise ConfigError(
                f"write options behind the command: aggregator partners {context.invoked_subcommand} …"
            )
        return
    from aggregator.app import system_clock
    from aggregator.model.partner import PartnerState, known_until
    from aggregator.store import open_store

    settings, now = settings_of(config), system_clock()
    with closing(open_store(settings.database_url)) as store:
        states = store.partner_states(known_until(settings.partners, now=now))
    found = [(partner, states.get(partner.id) or PartnerState()) for partner in settings.partners]
    if as_json:
        print_json([_data(partner, state, now) for partner, state in found])
    else:
        _print_table([_cells(partner, state, settings, now) for partner, state in found])


@partners.command("new-key")
def new_key(partner: PartnerName, config: Config = DEFAULT) -> None:
    """Make a key for a partner and print it, once. Of its made keys the newest two are valid."""
    import secrets

    from aggregator.app import system_clock
    from aggregator.rules.keys import digest
    from aggregator.store import open_store

    settings = settings_of(config)
    meant = named(partner, settings)
    key = PREFIX + secrets.token_urlsafe(32)
    with closing(open_store(settings.database_url)) as store:
        ended = store.put_key(meant.id, digest(key), at=system_clock())
    typer.echo(key)
    feed = meant.feeds[0]
    told = [
        f"{meant.id}: this key is shown once and kept nowhere; hand it over where nobody else reads it",
        f"  in addresses:    {settings.site.base_url}/p/KEY/{feed}.rss",
        "  or in a header:  Authorization: Bearer KEY",
        "  the older of the two keys made before is no longer valid; the newer one is"
        if ended
        else "  the key made before it, if any, stays valid until the next one is made",
    ]
    typer.echo("\n".join(told), err=True)


def named(partner: str, settings: Settings) -> Partner:
    """Return the partner of that name.

    Raises:
        ConfigError: there is none.
    """
    from aggregator.settings.values import did_you_mean

    by_id = {each.id: each for each in settings.partners}
    if partner not in by_id:
        hint = did_you_mean(partner, list(by_id)) or "; aggregator partners lists them"
        raise ConfigError(f"no partner {printable(partner[:80])!r} is configured{hint}")
    return by_id[partner]


def hints(settings: Settings) -> Iterator[str]:
    """Yield what is no mistake, and yet keeps a partner from reading anything.

    Whether a key was made for it is only known where the database is there and answers.
    """
    from aggregator.app import system_clock
    from aggregator.store import peek

    made: set[str] | None = None
    if not all(partner.key_hashes for partner in settings.partners):
        try:
            if store := peek(settings.database_url):
                with closing(store):
                    made = {partner for partner, _ in store.keys().values()}
            else:
                made = set()
        except (ConfigError, StoreError):
            made = None
    for partner in settings.partners:
        if made is not None and not partner.key_hashes and partner.id not in made:
            yield f"partners.{partner.id}: has no key yet; make one: aggregator partners new-key {partner.id}"
        if partner.has_expired(system_clock()):
            yield f"partners.{partner.id}: its contract is over since {iso(partner.expires)}"


def _is_given(context: typer.Context, option: str) -> bool:
    source = context.get_parameter_source(option)
    return source is not None and source.name == "COMMANDLINE"


def _data(partner: Partner, state: PartnerState, now: datetime) -> dict[str, Any]:
    use, owed = state.use, state.owed
    return {
        "id": partner.id,
        "title": partner.title,
        "feeds": list(partner.feeds),
        "expires": iso(partner.expires),
        "expired": partner.has_expired(now),
        "last_fetch_at": iso(use.fetched_at),
        "fetches": use.fetches,
        "unmodified": use.unmodified,
        "unmodified_share": use.unmodified_share,
        "refused": use.refused,
        "bytes": use.bytes,
        "items": use.items,
        "cursors": [
            {
                "feed": lag.feed,
                "behind": lag.behind,
                "since": iso(lag.since),
                "read_at": iso(lag.read_at),
            }
            for lag in state.lags
        ],
        "deliveries": {
            "waiting": owed.waiting,
            "delivered": owed.delivered,
            "failed": owed.failed,
            "oldest_waiting_at": iso(owed.oldest_at),
        },
        "webhook": _webhook(partner, state),
        "stopped_at": iso(state.hook.stopped_since(partner.webhook)),
        "failing_at": iso(state.hook.failing_at),
        "keys": [
            *({"configured": True, "made_at": None} for _ in partner.key_hashes),
            *({"configured": False, "made_at": iso(made_at)} for made_at in state.keys_made_at),
        ],
    }


def _cells(partner: Partner, state: PartnerState, settings: Settings, now: datetime) -> dict[str, str]:
    from rich.filesize import decimal

    use, owed, lag, share = state.use, state.owed, state.lag, state.use.unmodified_share
    every = set(partner.feeds) == {feed.name for feed in settings.feeds}
    keys = ["configured" for _ in partner.key_hashes] + [age(now - at) for at in state.keys_made_at]
    return {
        "partner": partner.id,
        "feeds": "*" if every else ", ".join(partner.feeds),
        "expires": (iso(partner.expires) or "") + (" (over)" if partner.has_expired(now) else ""),
        "last fetch": iso(use.fetched_at) or "",
        "fetches": str(use.fetches),
        "304": "" if share is None else f"{share:.0%}",
        "refused": str(use.refused),
        "bytes": decimal(use.bytes),
        "items": str(use.items),
        "behind": f"{lag.behind} in {lag.feed}" if lag else "",
        "waiting": str(owed.waiting),
        "failed": str(owed.failed),
        "webhook": _webhook(partner, state),
        "keys": ", ".join(keys) or f"none: aggregator partners new-key {partner.id}",
    }


def _print_table(rows: list[dict[str, str]]) -> None:
    if not rows:
        typer.echo("no partners are configured; docs/partners.md says how", err=True)
        return
    print_table(rows)


def _webhook(partner: Partner, state: PartnerState) -> str:
    if partner.webhook is None:
        return "none"
    if state.hook.stopped_since(partner.webhook):
        return "stopped"
    return "failing" if state.hook.failing_at else "active"
