"""The configuration as pydantic models: which keys there are, what they may hold, what they mean.

Only what this version does is accepted. A key or value of a later version is a mistake that says so, never
ignored: a filter that silently does nothing is worse than none. Every field has a description, from which
``docs/configuration.md`` and ``config/aggregator.schema.json`` are made.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from aggregator.settings.forms import (
    Abbreviation,
    Cron,
    DatabaseUrl,
    Day,
    DuplicatesName,
    Duration,
    EngineName,
    FutureName,
    Gate,
    HeaderName,
    HeaderValue,
    Keep,
    KindName,
    Language,
    Limit,
    Listen,
    Name,
    Network,
    Offset,
    Parameter,
    PerHost,
    Priority,
    Rate,
    RobotsName,
    SiteUrl,
    Size,
    Text,
    Timeout,
    Truth,
    Url,
    Zone,
    ZoneFix,
)
from aggregator.settings.shape_feeds import FeedConfig
from aggregator.settings.shape_partners import PartnerConfig, WebhookConfig
from aggregator.settings.strict import Strict

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Keys that a later version will have wherever it is said how a source is read.
LATER = frozenset({"filters"})


class ServiceConfig(Strict):
    """Who publishes, and where."""

    title: Text = Field(
        default="News", description="The name of the whole service; the title of the combined feed."
    )
    base_url: SiteUrl | None = Field(
        default=None,
        description="The address under which readers reach the service. It is in the ids of items and in "
        "feeds' links to themselves, so choose it once and keep it. Left out, it is `http://` and `listen`, "
        "which only does while no other machine can reach that.",
    )
    language: Language = Field(default="id", description="The language of feeds and pages (BCP 47).")
    timezone: Zone = Field(
        description="The zone (an IANA name) of dates that name none, and of `cron`. Never guessed."
    )
    listen: Listen = Field(
        default=("127.0.0.1", 8080),
        description="Host and port to listen on; `0.0.0.0:8080` for all networks.",
    )
    trusted_proxies: tuple[Network, ...] = Field(
        default=(),
        description="Networks of the web servers in front, such as `127.0.0.1` for one on this machine: what "
        "they say in `X-Forwarded-For` is believed. By it those who try unknown keys are told apart; nothing "
        "else depends on it. Left empty: nobody is believed.",
    )
    contact: Text | None = Field(
        default=None,
        description="An address, e-mail or web, at which sources' owners reach you; in the User-Agent.",
    )
    tag_date: Day = Field(
        default="2024-01-01",
        description="A day on which the host of `base_url` was yours, for ids minted as `tag:` (RFC 4151). "
        "Changing it changes those ids.",
    )
    tracking: tuple[Parameter, ...] = Field(
        default=(),
        description="Query parameters that only count clicks, besides the well-known ones: dropped when "
        "addresses are compared. A `*` at the end stands for any ending.",
    )


class DatabaseConfig(Strict):
    """Where everything is kept."""

    url: DatabaseUrl = Field(
        default="sqlite:///var/aggregator.db",
        description="`sqlite:///` and a path, or `postgresql+psycopg://user:password@host/name`.",
    )
    url_file: Text | None = Field(
        default=None,
        description="A file that holds the address, instead of `url`; its path begins at this file's folder.",
    )


class FetchConfig(Strict):
    """How sources are asked."""

    timeout: Timeout = Field(
        default=timedelta(seconds=30), description="How long one answer may take, all in all."
    )
    max_bytes: Size = Field(default=10_000_000, description="How large a document may be, decoded.")
    per_host: PerHost = Field(default=2, description="How many documents are asked of one host at a time.")
    per_domain: PerHost = Field(
        default=4,
        description="How many documents are asked at a time of all hosts of one registrable domain, such as "
        "`example.co.id`.",
    )
    per_domain_rate: Rate = Field(
        default=5,
        description="How many documents a second are asked of one registrable domain, after the first 20. "
        "Not counted at addresses that only `allow_private_networks` lets through, where a source's address "
        "names them as numbers.",
    )
    allow_private_networks: tuple[Network, ...] = Field(
        default=(),
        description="Networks that are not public and may be connected to all the same, such as "
        "`10.0.0.0/8`. Left empty: public addresses only.",
    )


class DefaultsConfig(Strict):
    """What holds where a category or source says nothing else."""

    later: ClassVar[frozenset[str]] = LATER

    every: Duration = Field(
        default=timedelta(minutes=15), description="How often a source is asked at most, while it has news."
    )
    every_max: Duration | None = Field(
        default=None,
        description="How long may be waited at most between two looks. When, from `every` to `every_max`, a "
        "source is asked next follows from the hours and days at which it publishes and from what its server "
        "asks for. The same as `every`: always then. Left out: four times `every`.",
    )
    limit: Limit = Field(default=50, description="How many entries a category's feed holds.")
    keep: Keep = Field(
        default=timedelta(days=90),
        description="How long an item stays after it was last in its source's document; or a number: how "
        "many items stay, the newest, of each category's sources together. What a document still names "
        "stays in any case.",
    )
    gate: Gate = Field(
        default=20,
        description="How many suspect items of one collect are let through: items that look new although "
        "their dates or texts say that they are not. More of them are held back until you release them. "
        "`off`: none are held.",
    )
    duplicates: DuplicatesName = Field(
        default="report",
        description="What is done about texts that are nearly those of another source, under other "
        "addresses: `off`, they are not looked for; `report`, they are found and said; `merge`, they become "
        "one story.",
    )
    robots: RobotsName = Field(
        default="respect",
        description="Whether a site's `robots.txt` is heeded for listings and articles' pages: `respect` "
        "or `ignore`. Feeds are there for programs to read, and are read without asking.",
    )
    source_line: Truth = Field(
        default=False,
        description="Whether the text of an entry ends with a line that names its source and leads there: "
        "`Sumber: …` or `Source: …`, by the entry's language.",
    )
    article: Truth = Field(
        default=False,
        description="Whether the page of each new item is fetched, once, for a better date than its source's "
        "own document gives.",
    )
    zone_fix: ZoneFix = Field(
        default="off",
        description="What is done about a source that names a wrong time zone: `off`, it is found and said; "
        "`auto`, it is also mended, for new items; or the zone that its clock times are really in, whatever "
        'it names: `"+07:00"`, `Asia/Jakarta`.',
    )


class SelectConfig(Strict):
    """Which parts of an HTML listing are what.

    Each is a CSS selector, or `selector@attribute` for the value of an attribute; all but
    `container` are looked up inside one item.
    """

    item: Text = Field(description="One item of the listing.")
    container: Text | None = Field(default=None, description="The part of the page that holds the items.")
    title: Text | None = Field(default=None, description="The headline; left out, the text of the link.")
    link: Text = Field(default="a@href", description="The address of the article.")
    date: Text | None = Field(default=None, description="The date, absolute or relative (`2 jam yang lalu`).")
    category: Text | None = Field(default=None, description="The source's own label.")
    summary: Text | None = Field(default=None, description="The teaser.")
    author: Text | None = Field(default=None, description="Who wrote it.")
    image: Text | None = Field(default=None, description="The picture, such as `img@src`.")


class SourceConfig(Strict):
    """One upstream."""

    later: ClassVar[frozenset[str]] = LATER

    id: Name = Field(
        description="The source's name in addresses and ids; unique in the whole file. Changing it makes its "
        "items new ones."
    )
    url: Url = Field(description="The address of its feed or listing.")
    type: KindName | None = Field(
        default=None,
        description="`feed` (RSS or Atom), `json` (JSON Feed), `wordpress` (a WordPress site's posts, from "
        "its REST API), `sitemap` (a news sitemap) or `html` (a listing page, which needs `select`). Left "
        "out, it is found out from the document.",
    )
    title: Text | None = Field(
        default=None, description="The name to show; left out, the one it gives itself."
    )
    timezone: Zone | None = Field(
        default=None,
        description="The zone of its dates that name none; else its category's, else the service's.",
    )
    zones: dict[Abbreviation, Offset] = Field(
        default={},
        description='What ambiguous abbreviations of time zones mean in its dates: `{IST: "+05:30"}`.',
    )
    language: Language | None = Field(
        default=None, description="Its language; else its category's, else its own word."
    )
    priority: Priority = Field(
        default=0,
        description="Of several sources with one story, the copy of the one with the highest is shown.",
    )
    select: SelectConfig | None = Field(
        default=None, description="How to read a listing; only with `type: html`."
    )
    headers: dict[HeaderName, HeaderValue] = Field(
        default={}, description="HTTP headers to send along. Put secrets in as `${NAME}`.", repr=False
    )
    future: FutureName = Field(
        default="clamp",
        description="An item dated ahead of our clock is published at once under the time it was first seen "
        "(`clamp`) or held back until its date (`hold`).",
    )
    every: Duration | None = Field(
        default=None, description="How often it is asked at most; else as its category says."
    )
    every_max: Duration | None = Field(
        default=None, description="How long may be waited between two looks; else as its category says."
    )
    keep: Keep | None = Field(
        default=None,
        description="How long its items stay, or how many, counted by themselves; else as its category.",
    )
    gate: Gate | None = Field(
        default=None,
        description="How many suspect items of one collect are let through, or `off`; else as its category.",
    )
    duplicates: DuplicatesName | None = Field(
        default=None,
        description="What is done where its texts are nearly those of other sources; else as its category.",
    )
    tracking: tuple[Parameter, ...] = Field(
        default=(),
        description="Query parameters that only count clicks in its addresses, besides its category's and "
        "the service's.",
    )
    robots: RobotsName | None = Field(
        default=None, description="Whether its site's `robots.txt` is heeded; else as its category."
    )
    article: Truth | None = Field(
        default=None, description="Whether its articles' pages are looked at for dates; else as its category."
    )
    zone_fix: ZoneFix | None = Field(
        default=None,
        description="`off`, `auto`, or the zone that its dates are really in, whatever they name; else as "
        "its category.",
    )


class CategoryConfig(Strict):
    """A named group of sources with one pace, and the feed that is published of it."""

    later: ClassVar[frozenset[str]] = LATER

    title: Text | None = Field(default=None, description="The name to show; left out, the category's key.")
    every: Duration | None = Field(
        default=None, description="How often its sources are asked at most; else `defaults.every`."
    )
    every_max: Duration | None = Field(
        default=None,
        description="How long may be waited between two looks; else `defaults.every_max`.",
    )
    cron: Cron | None = Field(
        default=None,
        description="When its sources are asked, instead of `every`: minute, hour, day, month, weekday, in "
        "the service's time zone. Where both a day and a weekday are given, either will do, as in crontab.",
    )
    limit: Limit | None = Field(
        default=None, description="How many entries its feed holds; else `defaults.limit`."
    )
    timezone: Zone | None = Field(
        default=None, description="The zone of its sources' dates; else the service's."
    )
    language: Language | None = Field(
        default=None, description="The language of its sources, where they do not say."
    )
    keep: Keep | None = Field(
        default=None,
        description="How long its sources' items stay, or how many, counted together; sources with a `keep` "
        "of their own do not count. Else `defaults.keep`.",
    )
    gate: Gate | None = Field(default=None, description="`gate` for its sources; else `defaults.gate`.")
    duplicates: DuplicatesName | None = Field(
        default=None, description="`duplicates` for its sources; else `defaults.duplicates`."
    )
    tracking: tuple[Parameter, ...] = Field(
        default=(),
        description="Query parameters that only count clicks in its sources' addresses, besides the "
        "service's.",
    )
    robots: RobotsName | None = Field(
        default=None, description="`robots` for its sources; else `defaults.robots`."
    )
    article: Truth | None = Field(
        default=None, description="`article` for its sources; else `defaults.article`."
    )
    zone_fix: ZoneFix | None = Field(
        default=None, description="`zone_fix` for its sources; else `defaults.zone_fix`."
    )
    sources: tuple[SourceConfig, ...] = Field(description="Where its news come from.", min_length=1)


class Config(Strict):
    """The configuration of the aggregator."""

    service: ServiceConfig = Field(description="Who publishes, and where.")
    database: DatabaseConfig = Field(default=DatabaseConfig(), description="Where everything is kept.")
    fetch: FetchConfig = Field(default=FetchConfig(), description="How sources are asked.")
    engine: EngineName = Field(
        default="inprocess", description="What sets the pace: `inprocess`, the service itself."
    )
    defaults: DefaultsConfig = Field(
        default=DefaultsConfig(), description="What holds where a category or source says nothing else."
    )
    categories: dict[Name, CategoryConfig] = Field(
        description="The groups of sources, by name; each has its own feed.", min_length=1
    )
    feeds: dict[Name, FeedConfig] = Field(
        default={}, description="Feeds of your own choice, by name; `all` always exists."
    )
    partners: dict[Name, PartnerConfig] = Field(
        default={}, description="Partner sites, by name, with what each may read."
    )


#: The parts that have keys of their own, by the keys that lead there, names and indices left out.
PARTS: Mapping[tuple[str, ...], type[Strict]] = {
    (): Config,
    ("service",): ServiceConfig,
    ("database",): DatabaseConfig,
    ("fetch",): FetchConfig,
    ("defaults",): DefaultsConfig,
    ("categories",): CategoryConfig,
    ("categories", "sources"): SourceConfig,
    ("categories", "sources", "select"): SelectConfig,
    ("feeds",): FeedConfig,
    ("partners",): PartnerConfig,
    ("partners", "webhook"): WebhookConfig,
}


def part_at(path: tuple[str | int, ...]) -> type[Strict]:
    """Return the model of the mapping at ``path``, such as ``("categories", "news", "sources", 0)``."""
    return PARTS[tuple(str(key) for key in path[::2])]
