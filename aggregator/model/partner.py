"""Partner sites: what each may read, and how it learns what is new (decision 24)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from aggregator.model.feed import Extent, FeedName, Part
    from aggregator.model.story import StoryId

PartnerId: TypeAlias = str  #: its key under ``partners:``


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What of a story a partner sees, and when. Equal terms share their editions."""

    extent: Extent | None = None  #: None: as much as the feed shows to everybody
    parts: frozenset[Part] | None = None  #: a white list; None: all
    delay: timedelta = timedelta()  #: how long after everybody else each change appears


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How often a partner may ask: a bucket of ``count`` tokens that fills up once in ``period``."""

    count: int
    period: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Where changes are delivered to."""

    url: str
    #: each signs (Standard Webhooks, ``whsec_…``): two while they are exchanged
    secrets: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """A partner's contract."""

    id: PartnerId
    title: str
    feeds: tuple[FeedName, ...]  #: that it may read
    terms: Terms
    link_parameters: tuple[tuple[str, str], ...] = ()  #: are added to the links of its copies
    rate: Rate | None = None  #: None: as often as it likes
    expires: datetime | None = None  #: UTC; from then on nothing is given; None: never
    key_hashes: frozenset[str] = frozenset()  #: of the configured keys: SHA-256 in hexadecimal digits
    webhook: Webhook | None = None

    def has_expired(self, now: datetime) -> bool:
        """Tell whether the contract is over."""
        return self.expires is not None and now >= self.expires


def known_until(partners: Iterable[Partner], *, now: datetime) -> dict[PartnerId, datetime]:
    """Return until when those have been told everything who are told later than everybody else."""
    return {partner.id: now - partner.terms.delay for partner in partners if partner.terms.delay}


class ChangeKind(StrEnum):
    """What happened to a story in a feed."""

    NEW = "new"
    UPDATED = "updated"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A story came into a feed, changed in it, or left it."""

    serial: int  #: in the order in which a feed's changes were committed
    story: str
    mark: int  #: of the story as it was then: names what it said
    kind: ChangeKind
    at: datetime  #: when it was committed; UTC, never before that of an earlier one


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """How far the changes of a feed go."""

    epoch: int  #: another one where the numbers began anew
    told: int  #: the last serial; 0: none
    horizon: int  #: who has read no further may have missed that a story left


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A partner that changes are delivered to, as far as the store must know it."""

    partner: PartnerId
    feeds: tuple[FeedName, ...]
    delay: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What a partner has taken."""

    fetches: int = 0  #: answers that were given, with something or with nothing new
    unmodified: int = 0  #: of these, the ones that it had already (304)
    refused: int = 0  #: over its rate, or outside of its contract
    bytes: int = 0  #: of bodies, as sent
    items: int = 0  #: through the API and the webhook
    fetched_at: datetime | None = None  #: the last of the ``fetches``; UTC

    @property
    def unmodified_share(self) -> float | None:
        """How much of the fetches brought nothing new, 0 to 1; None: there were none."""
        return self.unmodified / self.fetches if self.fetches else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """How far a partner has read a feed through the API."""

    partner: PartnerId
    feed: FeedName
    serial: int  #: of the last change that it was given
    at: datetime  #: when it asked; UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """How far a partner is behind in a feed that it reads through the API."""

    feed: FeedName
    behind: int  #: changes that it was not given yet
    since: datetime | None  #: when the first of them was committed; UTC; None: there are none, or forgotten
    read_at: datetime  #: when it last asked; UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """How deliveries to a partner's webhook stand."""

    waiting: int = 0  #: for their time, or to be tried again
    delivered: int = 0  #: of those that are still remembered
    failed: int = 0  #: given up, of those that are still remembered
    oldest_at: datetime | None = None  #: when the first change that waits was committed; UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """How a partner's webhook has behaved."""

    failing_at: datetime | None = None  #: since when it took nothing of what was sent; None: it did
    asked_until: datetime | None = None  #: it has said to be sent nothing before; it may be over
    stopped_at: datetime | None = None  #: since when it wants no more; None: it does
    stopped_url: str = ""  #: the address that said so

    def stopped_since(self, webhook: Webhook | None) -> datetime | None:
        """Return since when ``webhook`` wants no more; another address begins anew."""
        return self.stopped_at if webhook and webhook.url == self.stopped_url else None

    def works(self, webhook: Webhook | None) -> bool:
        """Tell whether ``webhook`` takes what is sent, as far as is known."""
        return not self.failing_at and not self.stopped_since(webhook)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerState:
    """What is known of a partner besides its contract."""

    use: Use = Use()
    lags: tuple[Lag, ...] = ()  #: by feed
    owed: Owed = Owed()
    hook: Hook = Hook()
    keys_made_at: tuple[datetime, ...] = ()  #: of the keys that were made for it, the oldest first; UTC

    @property
    def lag(self) -> Lag | None:
        """The feed in which it is furthest behind; None: it reads none through the API."""
        return max(self.lags, key=lambda lag: lag.behind, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A change that is to be delivered to a partner now."""

    id: int  #: of a story the lower first; none ever comes back
    partner: PartnerId
    story: StoryId
    mark: int  #: of the story at that change: names what it said
    kind: ChangeKind
    at: datetime  #: when the change was committed; UTC
    tried_at: datetime  #: when it was first tried; UTC
    attempts: int  #: this one included
    overtaken: bool = False  #: a later change of the story is to be delivered to the partner, too
    feeds: frozenset[FeedName] = frozenset()  #: that carry the story now


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """How an attempt to deliver ended."""

    delivery: Delivery
    at: datetime  #: when; UTC
    error: str = ""  #: empty: it was taken
    again_at: datetime | None = None  #: when it is tried again; None: never
    asked_until: datetime | None = None  #: the partner has said to be sent nothing before
    tried: bool = True  #: something was sent
