"""Turn a checked configuration into the nouns of ``aggregator.model``, with every default filled in."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING

from aggregator.model.feed import Site
from aggregator.model.source import Category, Duplicates, Future, Kind, Retention, Select, Source
from aggregator.settings import values
from aggregator.settings.document import read
from aggregator.settings.feeds import published
from aggregator.settings.partners import partners

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta
    from zoneinfo import ZoneInfo

    from aggregator.model.feed import Feed
    from aggregator.model.partner import Partner
    from aggregator.model.source import SourceId
    from aggregator.settings.shape import CategoryConfig, Config, SelectConfig, SourceConfig


UNHURRIED = 4  #: how many times ``every`` is waited at most, where nothing is said (benchmarks/pace.py)


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchSettings:
    """How sources are asked."""

    timeout: timedelta  #: for one answer, from connecting to the last byte
    max_bytes: int  #: of a decoded body
    per_host: int  #: requests under way at one host
    per_domain: int  #: and at all hosts of one registrable domain
    per_domain_rate: int  #: requests a second to one registrable domain, in the long run
    allow_private_networks: tuple[values.Network, ...]  #: may be connected to though they are not public


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that the operator decides, checked."""

    site: Site
    listen: tuple[str, int]  #: host and port
    trusted_proxies: tuple[values.Network, ...]  #: are believed when they say for whom they ask
    contact: str  #: for the User-Agent; may be empty
    database_url: str = field(repr=False)  #: may hold a password: never logged
    fetch: FetchSettings
    timezone: ZoneInfo  #: of cron expressions
    categories: tuple[Category, ...]
    retentions: tuple[Retention, ...]  #: each source is in one of them
    feeds: tuple[Feed, ...]  #: ``all`` first, the others of ``feeds:``, one a category, one a source
    partners: tuple[Partner, ...] = field(repr=False)  #: may hold secrets that sign: never logged
    tracking: tuple[str, ...]  #: query parameters that only count clicks; a trailing ``*`` is a prefix
    log_level: str  #: ``debug``, ``info``, ``warning``, ``error``
    log_format: str  #: ``json``, ``console``
    config: Config = field(repr=False)  #: what was written, checked; may hold secrets: never logged


def settle(config: Config, *, log_level: str, log_format: str) -> Settings:
    """Return the settings that ``config`` stands for."""
    service = config.service
    site = Site(
        title=service.title,
        base_url=service.base_url or f"http://{values.spell_listen(service.listen)}",
        language=service.language,
        tag_date=service.tag_date,
    )
    categories = tuple(_category(name, each, config) for name, each in config.categories.items())
    feeds = tuple(published(config, site, categories))
    return Settings(
        site=site,
        listen=service.listen,
        trusted_proxies=service.trusted_proxies,
        contact=service.contact or "",
        database_url=config.database.url,
        fetch=FetchSettings(
            timeout=config.fetch.timeout,
            max_bytes=config.fetch.max_bytes,
            per_host=config.fetch.per_host,
            per_domain=config.fetch.per_domain,
            per_domain_rate=config.fetch.per_domain_rate,
            allow_private_networks=config.fetch.allow_private_networks,
        ),
        timezone=service.timezone,
        categories=categories,
        retentions=tuple(_retentions(config)),
        feeds=feeds,
        partners=tuple(partners(config, feeds)),
        tracking=tuple(dict.fromkeys((*well_known_tracking(), *service.tracking))),
        log_level=log_level,
        log_format=log_format,
        config=config,
    )


def well_known_tracking() -> tuple[str, ...]:
    """Return our own list of tracking parameters (``tracking.yaml``)."""
    listed = files("aggregator.settings").joinpath("tracking.yaml")
    return tuple(read(listed.read_bytes(), {}, name="tracking.yaml").data)


def _category(name: str, config: CategoryConfig, whole: Config) -> Category:
    every = None if config.cron else config.every or whole.defaults.every
    return Category(
        id=name,
        title=config.title or name,
        every=every,
        cron=config.cron or "",
        limit=config.limit or whole.defaults.limit,
        sources=tuple(_source(name, every, source, config, whole) for source in config.sources),
    )


def _source(
    category: str, every: timedelta | None, config: SourceConfig, group: CategoryConfig, whole: Config
) -> Source:
    fix = config.zone_fix or group.zone_fix or whole.defaults.zone_fix
    gate = config.gate or group.gate or whole.defaults.gate
    articles = (config.article, group.article, whole.defaults.article)
    every = config.every or every
    every_max = config.every_max or group.every_max or whole.defaults.every_max
    return Source(
        id=config.id,
        category=category,
        url=config.url,
        title=config.title or "",
        kind=Kind(config.type) if config.type else None,
        every=every,
        every_max=max(every_max or every * UNHURRIED, every) if every else None,
        timezone=config.timezone or group.timezone or whole.service.timezone,
        zones=config.zones,
        language=config.language or group.language or "",
        priority=config.priority,
        select=_select(config.select) if config.select else None,
        headers=config.headers,
        future=Future(config.future),
        zone_fix=None if isinstance(fix, str) else fix,
        learn_zone=fix == "auto",
        robots=(config.robots or group.robots or whole.defaults.robots) == "respect",
        article=next(chosen for chosen in articles if chosen is not None),
        tracking=tuple(dict.fromkeys((*group.tracking, *config.tracking))),
        gate=None if gate == "off" else gate,
        duplicates=Duplicates(config.duplicates or group.duplicates or whole.defaults.duplicates),
    )


def _retentions(config: Config) -> Iterator[Retention]:
    """Yield one for a category's sources without a ``keep`` of their own, and one for each of the others."""
    for category in config.categories.values():
        sharing = tuple(source.id for source in category.sources if not source.keep)
        if sharing:
            yield _retention(sharing, category.keep or config.defaults.keep)
        for source in category.sources:
            if source.keep:
                yield _retention((source.id,), source.keep)


def _retention(sources: tuple[SourceId, ...], keep: values.Keep) -> Retention:
    if isinstance(keep, int):
        return Retention(sources=sources, newest=keep)
    return Retention(sources=sources, age=keep)


def _select(config: SelectConfig) -> Select:
    return Select(
        item=config.item,
        container=config.container or "",
        title=config.title or "",
        link=config.link,
        date=config.date or "",
        category=config.category or "",
        summary=config.summary or "",
        author=config.author or "",
        image=config.image or "",
    )
