"""Partners' webhooks: try one, and deliver again."""

from __future__ import annotations

from contextlib import closing
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated

import typer

from aggregator.cli.options import DEFAULT, Config, Json, print_json, printable, settings_of
from aggregator.cli.partners import PartnerName, named
from aggregator.errors import ConfigError

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.model.fetch import Reception
    from aggregator.model.partner import Partner, Webhook
    from aggregator.settings import Settings

#: What to do about an answer, by its status.
ADVICE = {
    **dict.fromkeys((401, 403), "does it check with the secret that is configured, and over the raw body?"),
    **dict.fromkeys(
        (301, 302, 303, 307, 308), "write the address that it names as partners.{id}.webhook.url"
    ),
    400: "does it check the signature over the raw body, before it is read as JSON?",
    404: "is partners.{id}.webhook.url right?",
    405: "it takes no POST there: is partners.{id}.webhook.url right?",
    410: "it wants nothing any more: ask the partner for another address",
    429: "it is asked too often: try again later",
}


def try_out(partner: PartnerName, config: Config = DEFAULT, *, as_json: Json = False) -> None:
    """Send a partner's webhook a signed sample, say what it answers, and let it go on if it was stopped."""
    from aggregator.app import sending_limits, system_clock
    from aggregator.fetch.client import CurlFetcher
    from aggregator.model.fetch import Taken
    from aggregator.pipeline.deliver import trial
    from aggregator.store import open_store

    settings = settings_of(config)
    meant = named(partner, settings)
    webhook = _webhook(meant)
    post = trial(meant, webhook, now=system_clock(), site=settings.site)
    with closing(CurlFetcher(sending_limits(settings), system_clock)) as sender:
        reception = sender.post(post).result()
    resumed = False
    if isinstance(reception, Taken):
        with closing(open_store(settings.database_url)) as store:
            if resumed := meant.id in store.hooks():
                store.resume(meant.id, now=system_clock())
    if as_json:
        print_json(
            {
                "partner": meant.id,
                "url": webhook.url,
                "id": post.headers["webhook-id"],
                "status": reception.status,
                "seconds": round(reception.seconds, 3),
                "error": "" if isinstance(reception, Taken) else reception.error,
                "resumed": resumed,
            }
        )
    else:
        _tell(meant, webhook, reception, resumed=resumed)
    if not isinstance(reception, Taken):
        raise typer.Exit(1)


def replay(
    partner: PartnerName,
    since: Annotated[
        str, typer.Option(help="From when on: a duration such as 2d, a day, or an instant with its zone.")
    ],
    config: Config = DEFAULT,
    *,
    as_json: Json = False,
) -> None:
    """Deliver again what changed since then: each story once, as it is now. A stopped webhook goes on."""
    from aggregator.app import system_clock
    from aggregator.pipeline.deliver import subscriptions
    from aggregator.store import open_store

    settings, now = settings_of(config), system_clock()
    meant = named(partner, settings)
    _webhook(meant)
    owed = subscriptions([meant], now=now)
    if not owed:
        raise ConfigError(f"{meant.id}: its contract is over; correct partners.{meant.id}.expires")
    begin = _instant(since, settings, now)
    if begin > now:
        raise ConfigError(f"--since {since}: that is still to come; name a time that is past")
    with closing(open_store(settings.database_url)) as store:
        store.resume(meant.id, now=now)
        count = store.replay(owed[0], since=begin, now=now)
    if as_json:
        print_json({"partner": meant.id, "since": begin, "stories": count})
    else:
        typer.echo(
            f"{meant.id}: {count} stories are delivered again by the running service, or by the next "
            "aggregator run; what still waited is left in its order"
        )


def _webhook(partner: Partner) -> Webhook:
    if partner.webhook is None:
        raise ConfigError(f"{partner.id}: has no webhook; configure partners.{partner.id}.webhook")
    return partner.webhook


def _instant(since: str, settings: Settings, now: datetime) -> datetime:
    from datetime import UTC, datetime, time

    from aggregator.settings import contracts, values

    try:
        return now - values.duration(since)
    except values.SettingError:
        pass
    try:
        begin = contracts.expiry(since)
    except values.SettingError as error:
        raise ConfigError(
            f"--since {printable(since[:80])}: write a duration such as 2d, a day such as 2027-01-31, or an "
            "instant such as 2027-01-31T18:00+07:00"
        ) from error
    if isinstance(begin, datetime):
        return begin
    return datetime.combine(begin, time(), settings.timezone).astimezone(UTC)


def _tell(partner: Partner, webhook: Webhook, reception: Reception, *, resumed: bool) -> None:
    from aggregator.model.fetch import Taken

    if isinstance(reception, Taken):
        typer.echo(f"{partner.id}: taken with status {reception.status} in {reception.seconds:.2f} s")
        if resumed:
            typer.echo("it was stopped, or failing: what waits is delivered now")
        return
    typer.echo(f"{partner.id}: {webhook.url}: {printable(reception.error)}", err=True)
    status = reception.status or 0
    advice = ADVICE.get(status)
    if advice is None and status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        advice = "its server failed: its log knows why"
    if advice:
        typer.echo(advice.format(id=partner.id), err=True)
