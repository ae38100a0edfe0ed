"""Try sources: ask for them and say what would be collected. Stores nothing."""

from __future__ import annotations

import logging
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aggregator.app import system_clock
from aggregator.errors import SourceError
from aggregator.fetch.client import CurlFetcher
from aggregator.model.fetch import Failed, Fetched, Request
from aggregator.model.item import Flag
from aggregator.pipeline.collect import examine
from aggregator.rules.audit import advice, verdict
from aggregator.rules.urls import Tracking
from aggregator.store import peek

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aggregator.fetch.limits import Limits
    from aggregator.model.item import Item
    from aggregator.model.source import Source, SourceId
    from aggregator.settings import Settings

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a source would bring."""

    source: Source
    title: str = ""
    items: tuple[Item, ...] = ()
    faults: tuple[str, ...] = ()
    error: str = ""

    def summary(self) -> dict[str, Any]:
        """Return a line's worth of it."""
        newest = max((item.dates.published for item in self.items), default=None)
        return {
            "source": self.source.id,
            "url": self.source.url,
            "items": len(self.items),
            "newest": newest.isoformat(timespec="seconds") if newest else "",
            "ahead": sum(Flag.FUTURE in item.dates.flags for item in self.items),
            "faults": self.faults,
            "error": self.error,
        }


def known_advice(settings: Settings) -> dict[SourceId, str]:
    """Return what the service has found out about the time zones of its sources' dates so far, by source.

    Raises:
        StoreError: there is a database, and it does not answer.
    """
    store = peek(settings.database_url)
    if store is None:
        return {}
    with closing(store):
        states = store.states()
    sources = (source for category in settings.categories for source in category.sources)
    return {
        source.id: advice(wrong, source)
        for source in sources
        if source.id in states and (wrong := verdict(states[source.id].residuals, source))
    }


def try_sources(sources: Sequence[Source], limits: Limits, tracking: Sequence[str]) -> Iterator[Trial]:
    """Ask for every source and yield what it would bring, in the order they answer."""
    by_id = {source.id: source for source in sources}
    counted = Tracking.of(tracking)
    with closing(CurlFetcher(limits, system_clock)) as fetcher:
        requests = [Request(tag=source.id, url=source.url, headers=source.headers) for source in sources]
        for finished in fetcher.fetch(requests):
            for request, outcome in finished:
                source = by_id[request.tag]
                if isinstance(outcome, Fetched):
                    yield _read(source, outcome, counted)
                else:
                    why = (
                        outcome.error
                        if isinstance(outcome, Failed)
                        else "not modified, though nothing was asked"
                    )
                    yield Trial(source=source, error=why)


def _read(source: Source, fetched: Fetched, tracking: Tracking) -> Trial:
    try:
        document, items = examine(source, fetched, tracking)
    except SourceError as error:
        return Trial(source=source, error=str(error))
    except Exception as error:
        log.exception("a bug in the aggregator, set off by source %s: please report it", source.id)
        why = f"the aggregator itself failed on this document ({type(error).__name__})"
        return Trial(source=source, error=why)
    return Trial(source=source, title=document.title, items=items, faults=document.faults)
