"""Deliver: write down what a partner's webhook is owed, sign it, and decide what its answer means."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

from aggregator.model.feed import Extent
from aggregator.model.fetch import Failed, Post
from aggregator.model.partner import Attempt, ChangeKind, Subscription
from aggregator.render.item import message, removed, sample, shown
from aggregator.rules.portion import most, portion
from aggregator.rules.retries import GIVE_UP, next_attempt
from aggregator.rules.signing import message_id, signed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

    from aggregator.model.feed import FeedName, Site
    from aggregator.model.fetch import Reception
    from aggregator.model.partner import Delivery, Partner, PartnerId, Webhook
    from aggregator.ports import Store
    from aggregator.ports.partners import Version

UNWRITTEN = timedelta(seconds=5)  #: until it is looked again for what a story said
LONGEST_ERROR = 300  # characters kept of an error message


@dataclass(frozen=True, slots=True, kw_only=True)
class PostOffice:
    """What delivering needs, and nothing else."""

    store: Store
    partners: Mapping[PartnerId, Partner]  #: those with a webhook
    extents: Mapping[FeedName, Extent]  #: of all feeds, as they show their stories to everybody
    site: Site


class Letter(NamedTuple):
    """A delivery, ready to be sent."""

    delivery: Delivery
    post: Post


def subscriptions(partners: Iterable[Partner], *, now: datetime) -> list[Subscription]:
    """Return whom changes are to be delivered to."""
    return [
        Subscription(partner=partner.id, feeds=partner.feeds, delay=partner.terms.delay)
        for partner in partners
        if partner.webhook and not partner.has_expired(now)
    ]


def letters(deliveries: Collection[Delivery], *, now: datetime, office: PostOffice) -> list[Letter]:
    """Return what is to be sent for these deliveries; what there is nothing to send for is concluded.

    That is what a story said which has left, or which says something else by now and nobody has written down
    what it said then: a later delivery tells of either. What is only not written down yet is put off.

    Raises:
        StoreError: the database cannot be used; they are due again after their lease.
    """
    wanted = {(each.story, each.mark) for each in deliveries if each.kind is not ChangeKind.REMOVED}
    versions = office.store.versions(wanted) if wanted else {}
    ready: list[Letter] = []
    void: list[Delivery] = []
    unwritten: list[Attempt] = []
    for each in deliveries:
        partner = office.partners[each.partner]
        feeds = each.feeds.intersection(partner.feeds)
        version = versions.get((each.story, each.mark))
        if each.kind is ChangeKind.REMOVED:
            ready.append(_letter(each, partner, removed(each.story), now))
        elif version and feeds:
            ready.append(_letter(each, partner, _portion(version, partner, feeds, office), now))
        elif each.overtaken or not feeds:
            void.append(each)
        else:
            unwritten.append(Attempt(delivery=each, at=now, again_at=now + UNWRITTEN, tried=False))
    if void:
        office.store.drop_deliveries(void)
    if unwritten:
        office.store.conclude(unwritten, give_up=GIVE_UP)
    return ready


def trial(partner: Partner, webhook: Webhook, *, now: datetime, site: Site) -> Post:
    """Return what a partner's developer can try out with: a signed message of an item that is none."""
    item = shown(sample(site.base_url, now), portion(Extent.FULL, partner))
    body = message(item, ChangeKind.NEW, now, test=True)
    return _post(message_id("test", partner.id, now.isoformat()), body, webhook, now)


def judge(delivery: Delivery, reception: Reception) -> Attempt:
    """Return how an attempt ended, and when there is another one."""
    if not isinstance(reception, Failed):
        return Attempt(delivery=delivery, at=reception.at)
    return Attempt(
        delivery=delivery,
        at=reception.at,
        error=reception.error[:LONGEST_ERROR],
        again_at=next_attempt(delivery, reception),
        asked_until=reception.at + reception.retry_after if reception.retry_after else None,
    )


def wants_no_more(reception: Reception) -> bool:
    """Tell whether the webhook is gone for good (Standard Webhooks; RFC 9110, 15.5.11)."""
    return reception.status == HTTPStatus.GONE


def _portion(version: Version, partner: Partner, feeds: Iterable[FeedName], office: PostOffice) -> bytes:
    """Return what the partner may see of a story that is in these of its feeds: the most that any shows."""
    return shown(version.item, portion(most(office.extents[feed] for feed in feeds), partner))


def _letter(delivery: Delivery, partner: Partner, item: bytes, now: datetime) -> Letter:
    assert partner.webhook is not None  # noqa: S101 # only such partners are owed anything
    # Not the mark alone: a story that left and came back may have kept it.
    own = (delivery.story, str(delivery.mark), delivery.kind, delivery.at.isoformat())
    body = message(item, delivery.kind, delivery.at)
    return Letter(delivery, _post(message_id(partner.id, *own), body, partner.webhook, now))


def _post(name: str, body: bytes, webhook: Webhook, now: datetime) -> Post:
    headers = signed(name, body, at=now, secrets=webhook.secrets)
    return Post(url=webhook.url, body=body, headers={"content-type": "application/json", **headers})
