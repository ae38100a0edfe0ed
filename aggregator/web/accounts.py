"""Turn what is known of partners into what the status page shows: never a key, never an address of theirs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from aggregator.model.partner import Partner, PartnerState
    from aggregator.web.moments import Moment
    from aggregator.web.words import Words

_KILO = 1000
_UNITS = ("kB", "MB", "GB", "TB")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A partner on the status page."""

    title: str
    feeds: str  #: that it may read, by name
    state: str  #: ``good``, ``bad``, ``new``
    remarks: tuple[str, ...]  #: what an operator should know
    remedy: str  #: the command that gives it a key; empty: it has one
    last: Moment | None  #: fetch
    fetches: int
    unmodified: str  #: how much of these brought nothing new; empty: there were none
    size: str  #: of what it was sent
    items: int
    lags: tuple[tuple[str, Moment | None], ...]  #: how far behind in which feed, and since when
    pushed: bool  #: changes are delivered to it
    waiting: int  #: deliveries
    failed: int
    keys: tuple[Moment | None, ...]  #: when each was made; None: it is configured


def account(
    partner: Partner,
    state: PartnerState,
    *,
    now: datetime,
    moment: Callable[[datetime], Moment],
    words: Words,
) -> Account:
    """Return ``partner`` for the status page, as seen at ``now``."""
    use, owed, share = state.use, state.owed, state.use.unmodified_share
    stopped, over = state.hook.stopped_since(partner.webhook), partner.has_expired(now)
    failing = state.hook.failing_at if partner.webhook and not stopped else None
    keys = (*(None for _ in partner.key_hashes), *map(moment, state.keys_made_at))
    remarks = []
    if partner.expires:
        said = words.contract_over if over else words.contract_until
        remarks.append(said.format(date=moment(partner.expires).full))
    if stopped:
        remarks.append(words.webhook_stopped.format(date=moment(stopped).full))
    if failing:
        remarks.append(words.webhook_failing.format(date=moment(failing).full))
    return Account(
        title=partner.title,
        feeds=", ".join(partner.feeds),
        state="bad"
        if over or stopped or failing or owed.failed or not keys
        else "good"
        if use.fetched_at
        else "new",
        remarks=tuple(remarks),
        remedy="" if keys else f"aggregator partners new-key {partner.id}",
        last=moment(use.fetched_at) if use.fetched_at else None,
        fetches=use.fetches,
        unmodified="" if share is None else words.unmodified.format(share=f"{share:.0%}"),
        size=_size(use.bytes, words),
        items=use.items,
        lags=tuple(
            (words.behind.format(n=lag.behind, feed=lag.feed), moment(lag.since) if lag.since else None)
            for lag in state.lags
            if lag.behind
        ),
        pushed=partner.webhook is not None,
        waiting=owed.waiting,
        failed=owed.failed,
        keys=keys,
    )


def _size(count: int, words: Words) -> str:
    """Return a number of bytes in the unit that suits it: ``1.5 MB``."""
    unit, size = "B", float(count)
    for larger in _UNITS:
        if size < _KILO:
            break
        unit, size = larger, size / _KILO
    return f"{count} B" if unit == "B" else f"{size:.1f} {unit}".replace(".", words.decimal_point)
