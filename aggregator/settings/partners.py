"""Say who the partners are: what of the configuration stands in each contract."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from aggregator.model.feed import Extent, Part
from aggregator.model.partner import Partner, Terms, Webhook

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from zoneinfo import ZoneInfo

    from aggregator.model.feed import Feed, FeedName
    from aggregator.settings.contracts import Expiry
    from aggregator.settings.shape import Config
    from aggregator.settings.shape_partners import PartnerConfig, WebhookConfig


def partners(config: Config, feeds: Sequence[Feed]) -> Iterator[Partner]:
    """Yield every partner, in the order of the file; ``feeds`` are all that are published."""
    for name, partner in config.partners.items():
        yield Partner(
            id=name,
            title=partner.title or name,
            feeds=_readable(partner, feeds),
            terms=_terms(partner),
            link_parameters=tuple(partner.link_parameters.items()),
            rate=partner.rate,
            expires=_end(partner.expires, config.service.timezone) if partner.expires else None,
            key_hashes=frozenset(partner.key or ()),
            webhook=_webhook(partner.webhook) if partner.webhook else None,
        )


def _readable(partner: PartnerConfig, feeds: Sequence[Feed]) -> tuple[FeedName, ...]:
    if partner.feeds == ("*",):
        return tuple(feed.name for feed in feeds)
    return tuple(dict.fromkeys(partner.feeds))


def _terms(partner: PartnerConfig) -> Terms:
    return Terms(
        extent=Extent(partner.content) if partner.content else None,
        parts=None if partner.fields is None else frozenset(Part(name) for name in partner.fields),
        delay=partner.delay,
    )


def _end(expires: Expiry, zone: ZoneInfo) -> datetime:
    """Return the first instant after the contract; a day belongs to it to its end."""
    if isinstance(expires, datetime):
        return expires
    return datetime.combine(expires + timedelta(days=1), time(), zone).astimezone(UTC)


def _webhook(webhook: WebhookConfig) -> Webhook:
    return Webhook(url=webhook.url, secrets=webhook.secret or ())
