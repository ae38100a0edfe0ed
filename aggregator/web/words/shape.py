"""What a language has to have words for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aggregator.model.item import Flag, JoinedBy, Origin, Precision, ZoneOrigin
    from aggregator.model.story import DecisionKind

Plural: TypeAlias = tuple[str, str]  #: for one, for any other number


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Everything that a page says by itself. Names in braces are put in where it is said."""

    language: str  #: BCP 47
    locale: str  #: as OpenGraph has it
    months: tuple[str, ...]
    months_short: tuple[str, ...]
    weekdays: tuple[str, ...]  #: Monday first
    date: str
    full_date: str
    day: str
    clock: str
    now: str
    soon: str
    ago: str
    ahead: str
    minutes: Plural
    hours: Plural
    days: Plural
    times_in: str
    zone_names: Mapping[str, str]  #: by abbreviation

    skip: str
    front_page: str
    sections: str
    latest: str
    nothing_yet: str
    nothing_here: str
    all_of: str
    older: str
    newest: str
    before: str
    paging: str
    subscribe: str
    subscribe_how: str
    opml: str
    add_to: str
    program_here: str
    feed_address: str
    sources: str
    more_sources: str
    status: str
    promise: str

    updated: str
    by: str
    read_at: str
    other_copies: str
    withdrawn: str
    related: str
    alike: str
    files: str
    topics: str
    table: str
    picture: str
    audio: str
    video: str
    why: str
    why_claim: str
    why_future: str
    why_none: str
    considered: str
    chosen: str
    no_date: str
    between: str
    first_seen: str
    mended: str
    narrowed: str
    upgraded: str
    later: str
    origins: Mapping[Origin, str]
    zones: Mapping[ZoneOrigin, str]
    precisions: Mapping[Precision, str]
    flags: Mapping[Flag, str]
    history: str
    joined: Mapping[JoinedBy, str]
    decided: Mapping[DecisionKind, str]
    grounds: Mapping[str, str]  #: by ``Ground``

    source: str
    last_collect: str
    next_collect: str
    outcome: str
    results: Mapping[str, str]
    items: str
    last_news: str
    failures: str
    healthy: str
    failing: str
    due: str
    never: str
    zone_ahead: str
    zone_behind: str
    zone_mended: str
    zone_write: str
    zone_marked: str
    zone_missing: str
    zone_fixed: str
    held: str
    held_back: str
    moved_to: str
    stopped: str
    decimal_point: str
    partners: str
    partner: str
    last_fetch: str
    fetches: str
    unmodified: str
    size: str
    taken: str
    lag: str
    behind: str
    deliveries: str
    deliveries_waiting: str
    deliveries_failed: str
    keys: str
    key_configured: str
    no_key: str
    contract_until: str
    contract_over: str
    webhook_stopped: str
    webhook_failing: str

    no_page: str
    no_page_how: str
    gone: str
    gone_how: str
    not_allowed: str
    broken: str
    broken_how: str
    unavailable: str
    unavailable_how: str
    no_feed: str
    not_yet: str
    embed_limits: str

    key_unknown: str
    key_elsewhere: str
    key_expired: str
    key_too_often: str
    key_tries: str
