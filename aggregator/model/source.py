"""Where news comes from: categories, their sources, and what we remember of a source."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta, tzinfo
    from zoneinfo import ZoneInfo

    from aggregator.model.item import Pace

SourceId: TypeAlias = str  #: as written in the configuration; unique in the whole service
CategoryId: TypeAlias = str


class Kind(StrEnum):
    """How a source's document is read."""

    FEED = "feed"  #: RSS, RDF or Atom, whatever it says it is
    JSON = "json"  #: JSON Feed
    HTML = "html"  #: a listing page, read by CSS selectors
    SITEMAP = "sitemap"  #: a news sitemap
    WORDPRESS = "wordpress"  #: the posts of a WordPress site, from its REST API


class Duplicates(StrEnum):
    """What is done about near-duplicate texts of other sources."""

    OFF = "off"  #: they are not looked for
    REPORT = "report"  #: they are found and said, and published each by itself
    MERGE = "merge"  #: they become one story


class Future(StrEnum):
    """What to do with an item dated ahead of our clock (docs/timestamps.md, rule 6)."""

    CLAMP = "clamp"  #: publish it now, under the instant we first saw it
    HOLD = "hold"  #: keep it back until its date


@dataclass(frozen=True, slots=True, kw_only=True)
class Select:
    """CSS selectors that find the items of an HTML listing.

    Each is a selector, or ``selector@attribute`` to take an attribute's value; all but
    ``container`` are looked up inside one item. An empty string means: not there.
    """

    item: str
    container: str = ""
    title: str = ""
    link: str = "a@href"
    date: str = ""
    category: str = ""
    summary: str = ""
    author: str = ""
    image: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One upstream, as configured."""

    id: SourceId
    category: CategoryId
    url: str
    title: str = ""  #: ours; empty: the title that the source gives itself
    kind: Kind | None = None  #: None: found out from the bytes
    every: timedelta | None = None  #: the fastest pace; None: whenever the category's cron fires
    every_max: timedelta | None = None  #: the slowest; None: as ``every``, whatever its rhythm is
    timezone: ZoneInfo  #: the zone of dates that name none
    zones: Mapping[str, str] = field(default_factory=dict)  #: ambiguous abbreviation -> offset ``+HH:MM``
    language: str = ""  #: BCP 47; empty: as the source says
    priority: int = 0  #: the higher one's copy of a story is shown
    select: Select | None = None  #: only for ``Kind.HTML``
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)  #: may carry secrets: never logged
    future: Future = Future.CLAMP
    zone_fix: tzinfo | None = None  #: read its clock times here, whatever zone they name
    learn_zone: bool = False  #: mend a zone that it mislabels by what its own dates show (``zone_fix: auto``)
    robots: bool = True  #: heed the site's robots.txt for listings and articles' pages
    article: bool = False  #: look for better dates on the page of each new item
    tracking: tuple[str, ...] = ()  #: query parameters that only count clicks, besides the service's
    gate: int | None = 20  #: how many suspect items of one collect are let through; None: all
    duplicates: Duplicates = Duplicates.REPORT


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Which items of some sources, counted together, are let go of; one of the two limits is set.

    Those that left their document longer than ``age`` ago, or that are not among the ``newest``;
    what a document still names stays.
    """

    sources: tuple[SourceId, ...]
    age: timedelta | None = None  #: since an item was last in its source's document
    newest: int | None = None  #: how many items stay


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """A named group of sources with one pace: either ``every`` or ``cron`` is set."""

    id: CategoryId
    title: str
    every: timedelta | None
    cron: str = ""  #: five fields, in the service's time zone
    limit: int  #: entries in its feed
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What a server gave us to ask "has it changed?" with, verbatim (RFC 9110, 8.8)."""

    etag: str = ""
    last_modified: str = ""


NO_VALIDATORS = Validators()


class Front(NamedTuple):
    """What feeds say of a source, and when that last changed."""

    url: str
    title: str  #: the one that it gives itself
    home: str
    revision: int  #: without another one no feed of its stories changes
    revised_at: datetime | None  #: UTC; None: nothing of it was published yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Residual:
    """How a new item's date compares with our clock; of several, the zone that is really meant shows."""

    dated: datetime  #: what the date says; UTC
    seen_at: datetime  #: our clock at the collect that first saw the item; UTC
    gap: timedelta  #: since the collect before, which did not have the item
    offset: timedelta  #: from UTC, of the zone that the date was read in
    zoneless: bool  #: that zone was the configured one, because the date named none
    mark: str  #: how the source was read then; what was read otherwise no longer counts

    @property
    def ahead(self) -> timedelta:
        """How far the date is ahead of our clock; negative: behind it."""
        return self.dated - self.seen_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What a server has said of a new address, again and again (rules.moves)."""

    followed: str = ""  #: the address that is asked instead of the configured one; empty: none yet
    url: str = ""  #: the new address that is being announced; empty: none is
    since: datetime | None = None  #: the first of the announcements in a row; UTC
    count: int = 0  #: of them


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """What we remember of a source between collects. All instants are aware and in UTC."""

    id: SourceId
    url: str = ""  #: the address that the rest of this state belongs to
    next_at: datetime | None = None  #: None: never asked, so due now
    last_at: datetime | None = None  #: the last fetch, whatever came of it
    last_ok_at: datetime | None = None  #: the last fetch that told us what the source has
    changed_at: datetime | None = None  #: the last collect that brought a new or changed item
    #: the last outcome in a word: ``fetched``, ``not_modified``, ``unchanged``, ``failed``, ``gone``
    result: str = ""
    error: str = ""  #: why the last fetch failed, for a person; empty when it did not
    failures: int = 0  #: in a row
    validators: Validators = NO_VALIDATORS
    body_hash: str = ""  #: of the last document that was read to its end
    title: str = ""  #: what the source calls itself
    home: str = ""  #: the page that the source names as its own
    residuals: tuple[Residual, ...] = ()  #: of the newest few items, the oldest first (rules.audit)
    move: Move | None = None  #: None: its server names no other address
    pace: Pace | None = None  #: what its document asks for; None: nothing
    rhythm: str = ""  #: when it publishes, as ``rules.rhythm`` writes it
    revision: int = 0  #: counts the changes of what is published of this source
    revised_at: datetime | None = None  #: the last of them
