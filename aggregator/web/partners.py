"""Who asks: partners are known by their keys, and kept within their contracts and rates (decision 24).

A key is looked for by its hash, so that the time this takes tells nothing of any key. Its bucket of requests
is kept in the database; what it allows is taken from there for about a second at a time, so that a restart
and a second process are neither forgotten nor asked about with each request.

Everything but ``refresh`` belongs to the event loop.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections import Counter, OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException

from aggregator.errors import StoreError
from aggregator.model.partner import Use
from aggregator.rules.keys import digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from aggregator.model.feed import FeedName
    from aggregator.model.partner import Cursor, Partner, PartnerId, Rate
    from aggregator.observe import Metrics
    from aggregator.ports import Clock, Store
    from aggregator.web.shelf import Resource
    from aggregator.web.words import Words

LONGEST_KEY = 200  #: characters; more is not looked at
TRIES = 20  #: unknown keys from one address in ``TRIES_APART``
TRIES_APART = timedelta(minutes=1)
ADDRESSES = 10_000  #: of those that tried unknown keys, the last
LEASED = timedelta(seconds=1)  #: for how long requests are taken from a bucket at a time
PATIENCE_SECONDS = 2.0  #: for a bucket, while something else is being written
UNASKED = timedelta(seconds=10)  #: how long no bucket is asked for after one that did not answer
LOOK_SECONDS = 3.0  #: between two looks at the keys; then what was used is written down, too
NAMED = 20  #: feeds of a contract that a refusal names
IPV6_NETWORK = 64  #: bits that a site has to itself
log = logging.getLogger(__name__)


class Refused(HTTPException):  # as starlette's: an answer, not a fault
    """A request that is not answered under any contract: says why, and what to do."""

    def __init__(
        self,
        status: HTTPStatus,
        said: Callable[[Words], str],
        words: Words,
        *,
        wait: float = 0,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Refuse for so many seconds (0: for good); ``said`` says why, in the language of any ``Words``."""
        fields = dict(headers or {})
        if wait:
            fields["Retry-After"] = str(ceil(wait))
        super().__init__(status, said(words), fields)
        self.said = said


class Account:
    """What is kept of one partner between its requests."""

    __slots__ = ("empty", "feeds", "leasing", "partner", "resources", "tally", "tokens")

    def __init__(self, partner: Partner) -> None:
        self.partner = partner
        self.feeds = frozenset(partner.feeds)
        self.resources: dict[str, Resource] = {}  #: by the name of the feed, a dot and the suffix
        self.tokens = 0  #: requests that were taken from the bucket
        self.empty: tuple[datetime, datetime] | None = None  #: the bucket, from when until when
        self.leasing: asyncio.Task[None] | None = None
        self.tally = Tally()

    def enters(self, now: datetime) -> bool:
        """Tell whether a request may be answered at once, and count it against the rate."""
        if self.partner.has_expired(now):
            return False
        if self.partner.rate is None:
            return True
        if not self.tokens:
            return False
        self.tokens -= 1
        return True


@dataclass(slots=True)
class Tally:
    """What a partner used since that was last written down."""

    answers: Counter[int] = field(default_factory=Counter)  #: by status
    bytes: int = 0  #: of bodies, as sent
    items: int = 0
    at: datetime | None = None  #: of the last answer that was no refusal

    def count(self, status: int, size: int, now: datetime, *, items: int = 0) -> None:
        """Count one answer with a body of ``size`` bytes."""
        self.answers[status] += 1
        self.bytes += size
        self.items += items
        if status < HTTPStatus.BAD_REQUEST:
            self.at = now

    def use(self) -> Use:
        """Return it as it is written down."""
        answers = self.answers
        refused = sum(count for status, count in answers.items() if status >= HTTPStatus.BAD_REQUEST)
        return Use(
            fetches=answers.total() - refused,
            unmodified=answers[HTTPStatus.NOT_MODIFIED],
            refused=refused,
            bytes=self.bytes,
            items=self.items,
            fetched_at=self.at,
        )

    def add(self, earlier: Tally) -> None:
        """Count what was counted before us."""
        self.answers += earlier.answers
        self.bytes += earlier.bytes
        self.items += earlier.items
        self.at = self.at or earlier.at


class Gatekeeper:
    """Knows partners by their keys, and counts what they use."""

    def __init__(
        self, partners: Iterable[Partner], *, store: Store, clock: Clock, metrics: Metrics, words: Words
    ) -> None:
        self._accounts = {partner.id: Account(partner) for partner in partners}
        self._store = store
        self._clock = clock
        self._metrics = metrics
        self._words = words
        self._keys: dict[str, tuple[str, Account]] = {}
        self._cursors: dict[tuple[PartnerId, FeedName], Cursor] = {}
        self._tries: OrderedDict[str, tuple[datetime, int]] = OrderedDict()
        self._lender = ThreadPoolExecutor(1, "leases")  # one writes at a time anyway
        self._unasked: tuple[datetime, datetime] | None = None  # from when until when buckets are left alone
        self._know({})

    def _know(self, made: Mapping[str, PartnerId]) -> None:
        """Know the configured keys, and those that were ``made``."""
        configured = {
            name: account for account in self._accounts.values() for name in account.partner.key_hashes
        }
        others = {name: self._accounts[of] for name, of in made.items() if of in self._accounts}
        self._keys = {name: (name, account) for name, account in {**others, **configured}.items()}

    def known(self, key: str) -> Account | None:
        """Return whose ``key`` that is; None: nobody's."""
        if len(key) > LONGEST_KEY:
            return None
        name = digest(key)
        found = self._keys.get(name)
        return found[1] if found and hmac.compare_digest(found[0], name) else None

    async def admit(self, key: str, client: str, *, feed: FeedName | None = None) -> Account:
        """Return who asks with ``key`` from the address ``client``, and may do so now.

        ``feed``: what it asks for; None: nothing in particular.

        Raises:
            Refused: 404: nobody's key; 403: the contract is over, or is not about ``feed``; 429: too often.
        """
        now = self._clock()
        account = self.known(key)
        if account is None:
            raise self._unknown(client, now)
        if account.partner.has_expired(now):
            raise self._over(account, now)
        if feed is not None and feed not in account.feeds:
            account.tally.count(HTTPStatus.FORBIDDEN, 0, now)
            names = ", ".join(account.partner.feeds[:NAMED]) + (", …" if len(account.feeds) > NAMED else "")
            raise self._refused(HTTPStatus.FORBIDDEN, lambda words: words.key_elsewhere.format(feeds=names))
        while not account.enters(now):
            await self._lease(account, now)
        return account

    def __bool__(self) -> bool:
        """Tell whether there are partners."""
        return bool(self._accounts)

    def used(self, partner: Partner, *, status: int, size: int = 0, items: int = 0) -> None:
        """Count one answer to ``partner``: ``size`` bytes of body, as sent, with so many ``items``."""
        self._accounts[partner.id].tally.count(status, size, self._clock(), items=items)

    def read(self, cursor: Cursor) -> None:
        """Note how far a partner has read a feed through the API."""
        self._cursors[cursor.partner, cursor.feed] = cursor

    def _unknown(self, client: str, now: datetime) -> Refused:
        address = network(client)
        first, count = self._tries.pop(address, (now, 0))
        if not now - TRIES_APART < first <= now:
            first, count = now, 0
        self._tries[address] = first, count + 1
        if len(self._tries) > ADDRESSES:
            self._tries.popitem(last=False)
        if count < TRIES:
            challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'}  # RFC 9110, 11.6.1; RFC 6750, 3
            return self._refused(HTTPStatus.NOT_FOUND, lambda words: words.key_unknown, headers=challenge)
        wait = (first + TRIES_APART - now).total_seconds()
        return self._refused(HTTPStatus.TOO_MANY_REQUESTS, lambda words: words.key_tries, wait=wait)

    def _over(self, account: Account, now: datetime) -> Refused:
        account.tally.count(HTTPStatus.FORBIDDEN, 0, now)
        ended = account.partner.expires or now
        day = ended.strftime("%Y-%m-%d %H:%M UTC")
        return self._refused(HTTPStatus.FORBIDDEN, lambda words: words.key_expired.format(ended=day))

    def _refused(self, status: HTTPStatus, said: Callable[[Words], str], **more: Any) -> Refused:
        return Refused(status, said, self._words, **more)

    async def _lease(self, account: Account, now: datetime) -> None:
        """Take some requests from a bucket, for all who wait for that.

        Who has a contract is no worse off than others, for whom nothing is asked: while the database does
        not answer, or is busy for long, requests are let in.
        """
        rate = account.partner.rate
        assert rate is not None  # noqa: S101 # else nobody comes here
        if account.empty and _within(account.empty, now):
            account.tally.count(HTTPStatus.TOO_MANY_REQUESTS, 0, now)
            period = int(rate.period.total_seconds())
            wait = (account.empty[1] - now).total_seconds()
            raise self._refused(
                HTTPStatus.TOO_MANY_REQUESTS,
                lambda words: words.key_too_often.format(count=rate.count, seconds=period),
                wait=wait,
            )
        if _within(self._unasked, now):
            account.tokens += 1
            return
        if account.leasing is None:
            account.leasing = asyncio.create_task(self._borrow(account, rate, now))
        try:
            await asyncio.wait_for(asyncio.shield(account.leasing), PATIENCE_SECONDS)
        except TimeoutError:
            account.tokens += 1
            self._leave_alone("the database is busy")

    async def _borrow(self, account: Account, rate: Rate, now: datetime) -> None:
        wanted = min(rate.count, max(1, int(rate.count * (LEASED / rate.period))))
        lease, loop = self._store.lease, asyncio.get_running_loop()
        try:
            granted, next_at = await loop.run_in_executor(
                self._lender, partial(lease, account.partner.id, rate, wanted, now=now)
            )
        except StoreError as error:
            self._leave_alone(error)
            granted, next_at = 1, now
        finally:
            account.leasing = None
        account.tokens += granted
        if not granted:
            account.empty = now, max(next_at, now + timedelta(milliseconds=1))

    def _leave_alone(self, reason: object) -> None:
        now = self._clock()
        if not _within(self._unasked, now):  # of many who waited, the first says it
            self._unasked = now, now + UNASKED
            seconds = int(UNASKED.total_seconds())
            log.warning("for %d seconds partners' rates are not looked at: %s", seconds, reason)

    async def watch(self, seconds: float = LOOK_SECONDS) -> None:
        """Look at the keys and write down what was used, again and again, until cancelled."""
        while self._accounts:
            await asyncio.sleep(seconds)
            await asyncio.to_thread(self.refresh)
            await self.flush()

    def refresh(self) -> None:
        """Look which keys there are. While the database does not answer, the known ones stay."""
        if not self._accounts:
            return
        try:
            self._know({name: partner for name, (partner, _) in self._store.keys().items()})
        except StoreError as error:
            log.warning("partners' keys are those that were known: %s", error)
        except Exception:
            log.exception(
                "partners' keys are those that were known: a bug in the aggregator: please report it"
            )

    async def flush(self) -> None:
        """Write down what was used."""
        used = {}
        for account in self._accounts.values():
            if account.tally.answers:
                used[account], account.tally = account.tally, Tally()
        uses = {account.partner.id: tally.use() for account, tally in used.items()}
        if not uses:
            return
        cursors, self._cursors = self._cursors, {}
        try:
            if cursors:
                await asyncio.to_thread(self._store.put_cursors, cursors.values())
            await asyncio.to_thread(self._store.use, uses)
        except StoreError as error:
            log.warning("what partners used is counted later: %s", error)
            for account, tally in used.items():
                account.tally.add(tally)
            self._cursors = cursors | self._cursors
            return
        for account, tally in used.items():
            size = tally.bytes
            for status, count in tally.answers.items():
                self._metrics.partner(account.partner.id, status, size, count)
                size = 0

    async def close(self) -> None:
        """Write down what was used, and end."""
        await self.flush()
        self._lender.shutdown(wait=False)


def _within(span: tuple[datetime, datetime] | None, now: datetime) -> bool:
    """Tell whether that goes on; a clock that was set back ends it."""
    return span is not None and span[0] <= now < span[1]


def bearer(authorization: str) -> str | None:
    """Return the key in an ``Authorization`` (RFC 6750, 2.1); None: it is of another scheme, or empty."""
    scheme, _, key = authorization.partition(" ")
    return key.strip() if scheme.lower() == "bearer" else None


def network(client: str) -> str:
    """Return what one site has to itself of the internet: an IPv4 address, or a network of IPv6."""
    try:
        address = ip_address(client)
    except ValueError:  # a socket of another kind
        return ""
    if isinstance(address, IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped or ip_network((int(address), IPV6_NETWORK), strict=False))
    return str(address)
