"""Say which feeds are published: those of ``feeds:``, one for each category, one for each source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.model.feed import Extent, Feed
from aggregator.settings.shape_feeds import FeedConfig

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aggregator.model.feed import Site
    from aggregator.model.source import Category, SourceId
    from aggregator.settings.shape import Config


def published(config: Config, site: Site, categories: Sequence[Category]) -> Iterator[Feed]:
    """Yield every feed: ``all``, the others of ``feeds:``, one for every category, one for every source."""
    yield from _chosen(config, site, categories)
    yield from _single(site, categories, source_line=config.defaults.source_line)


def _chosen(config: Config, site: Site, categories: Sequence[Category]) -> Iterator[Feed]:
    """Yield the feeds of ``feeds:``, ``all`` first. Undated backlog would swamp them: left out."""
    for name, feed in {"all": FeedConfig(), **config.feeds}.items():
        title = feed.title or (site.title if name == "all" else name)
        source_line = config.defaults.source_line if feed.source_line is None else feed.source_line
        yield Feed(
            name=name,
            title=title,
            description=feed.description or _beside(title, site),
            sources=tuple(_sources(feed, categories)),
            language=feed.language or "",
            words=feed.words or (),
            without=feed.without or (),
            extent=Extent(feed.content),
            source_line=source_line,
            limit=feed.limit,
            page="/",
            backfill=False,
        )


def _sources(feed: FeedConfig, categories: Sequence[Category]) -> Iterator[SourceId]:
    """Yield the sources whose stories ``feed`` holds, in the order of the file."""
    names = feed.categories or (() if feed.sources else ("*",))
    for category in categories:
        whole = "*" in names or category.id in names
        yield from (source.id for source in category.sources if whole or source.id in (feed.sources or ()))


def _single(site: Site, categories: Sequence[Category], *, source_line: bool) -> Iterator[Feed]:
    """Yield the feed of every category, then of every source."""
    for category in categories:
        yield Feed(
            name=category.id,
            title=category.title,
            description=_beside(category.title, site),
            sources=tuple(source.id for source in category.sources),
            source_line=source_line,
            limit=category.limit,
            page=f"/c/{category.id}/",
        )
    for category in categories:
        for source in category.sources:
            title = source.title or source.id
            yield Feed(
                name=f"source/{source.id}",
                title=title,
                description=_beside(title, site),
                sources=(source.id,),
                source_line=source_line,
                limit=category.limit,
                page=f"/c/{category.id}/",
                on_demand=True,
            )


def _beside(title: str, site: Site) -> str:
    return title if title == site.title else f"{title} · {site.title}"
