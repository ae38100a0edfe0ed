"""The only constructor: settings in, a working service out. The clock starts here.

Everything above asks the ``App`` to do things; everything below takes what it needs as arguments.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from aggregator import __version__
from aggregator.errors import StoreError
from aggregator.fetch.client import CurlFetcher
from aggregator.fetch.limits import Limits
from aggregator.model.partner import Hook, Owed
from aggregator.model.report import Report
from aggregator.observe import Metrics
from aggregator.pipeline.collect import Desk, collect
from aggregator.pipeline.compose import Composer
from aggregator.pipeline.deliver import PostOffice, subscriptions
from aggregator.pipeline.match import match
from aggregator.pipeline.moderate import release, take_down
from aggregator.pipeline.press import Press
from aggregator.pipeline.rebuild import rebuild
from aggregator.pipeline.tidy import tidy
from aggregator.publisher import Publisher
from aggregator.rules.retries import GIVE_UP
from aggregator.rules.terms import variants
from aggregator.rules.urls import Tracking
from aggregator.sandbox.reader import Sandbox
from aggregator.store import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from aggregator.model.report import Collected
    from aggregator.model.source import CategoryId, Source, SourceId
    from aggregator.model.story import StoryId
    from aggregator.ports import Clock
    from aggregator.settings import Settings

DELIVERED_KEPT, FAILED_KEPT = timedelta(days=7), timedelta(days=30)  # how long it is known of deliveries
SENDING_TIMEOUT = timedelta(seconds=15)
#: Messages under way at once to all partners; how many to one of them is the courier's to say. Partners may
#: share a host: of those, too, none has to wait for another.
SENDING_PLACES = 256
ARCHIVES_READY = 20  # archive documents of each feed whose bytes stay

log = logging.getLogger(__name__)


def system_clock() -> datetime:
    """Return now, in UTC. The one place where the machine's clock is read."""
    return datetime.now(UTC)  # noqa: TID251 # this is the clock that all else is given


class App:
    """The service without its engine and its web: what can be asked of it. Thread-safe."""

    def __init__(self, settings: Settings, *, clock: Clock = system_clock) -> None:
        """Open the database and get ready to fetch.

        Raises:
            ConfigError: the database's address is unusable.
            StoreError: the database does not answer.
        """
        self.settings = settings
        self.clock = clock
        self.categories = {category.id: category for category in settings.categories}
        self.sources = {source.id: source for category in settings.categories for source in category.sources}
        self.metrics: Metrics = _Live(self.measure)
        self.store = open_store(settings.database_url)
        self.fetcher = CurlFetcher(limits(settings), clock)
        self.ticked_at: datetime | None = None
        self.reader = Sandbox()
        self._desk = Desk(
            fetcher=self.fetcher,
            reader=self.reader,
            store=self.store,
            site=settings.site,
            sources=self.sources,
            tracking=Tracking.of(settings.tracking),
        )
        press = Press(
            store=self.store,
            site=settings.site,
            sources=self.sources,
            categories=self.categories,
            composer=Composer(settings.site.language),
            partners=settings.partners,
        )
        self.sender = CurlFetcher(sending_limits(settings), clock)
        self.office = PostOffice(
            store=self.store,
            partners={partner.id: partner for partner in settings.partners if partner.webhook},
            extents={feed.name: feed.extent for feed in settings.feeds},
            site=settings.site,
        )
        feeds = (*settings.feeds, *variants(settings.feeds, settings.partners))
        self.publisher = Publisher(feeds, press=press, metrics=self.metrics, clock=clock)
        self._kept = [feed.name for feed in feeds]
        self._busy: set[SourceId] = set()
        self._choosing = threading.Lock()
        self._matching = threading.Lock()
        try:
            self.store.enroll(tuple(self.sources.values()))
        except BaseException:
            self.close()
            raise

    def tick(self, category: CategoryId) -> Report:
        """Collect what is due in ``category`` and publish what changed. What engines call."""
        self.ticked_at = self.clock()
        return self.run([source.id for source in self.categories[category].sources], hurry=False)

    def run(
        self,
        wanted: Collection[SourceId],
        *,
        force: bool = False,
        hurry: bool = True,
        progress: Callable[[Collected], None] | None = None,
        expect: Callable[[int], None] = lambda _: None,
    ) -> Report:
        """Collect those of ``wanted`` that are due (``force``: all), publish what changed, report.

        Sources that another pass is just collecting are left to it. Without ``hurry``, feeds that had an
        edition a moment ago are published when that is over. ``expect`` is told how many
        are asked, ``progress`` each one's result; without ``progress`` they are logged.

        Raises:
            StoreError: the database cannot be used; what was not saved stays due.
        """
        self.publisher.write_down()
        report, told = Report(), progress or _log
        started, cpu = time.perf_counter(), self._cpu_seconds()
        now = self.clock()
        chosen = self._choose(wanted, now, force=force)
        held = set(chosen)
        try:
            expect(len(chosen))
            for collected in collect(chosen, now=now, desk=self._desk) if chosen else ():
                report.add(collected)
                self.metrics.collected(collected)
                told(collected)
                held.discard(collected.source)
                self._give_back([collected.source])  # others of this pass may take long
        finally:
            self._give_back(held)
        report.duplicates += self.match()
        report.items_held += self.let_out()
        report.feeds_published = self.publish(hurry=hurry)
        report.seconds = round(time.perf_counter() - started, 3)
        report.cpu_seconds = round(self._cpu_seconds() - cpu, 3)
        return report

    def _cpu_seconds(self) -> float:
        return time.process_time() + self.reader.cpu_seconds

    def _choose(self, wanted: Collection[SourceId], now: datetime, *, force: bool) -> list[SourceId]:
        with self._choosing:
            due = list(wanted) if force else self.store.due(wanted, now)
            chosen = [source for source in due if source not in self._busy]
            self._busy.update(chosen)
        return chosen

    def _give_back(self, sources: Iterable[SourceId]) -> None:
        with self._choosing:
            self._busy.difference_update(sources)

    def match(self) -> int:
        """Compare the texts of new items with those of other sources; return how many stories were merged.

        Raises:
            StoreError: the database cannot be used; what was not compared is so next time.
        """
        with self._matching:
            merged = match(now=self.clock(), store=self.store, sources=self.sources)
        self.metrics.merged(merged)
        return merged

    def let_out(self) -> int:
        """Let the stories be published that nothing holds back; return how many the gate stopped.

        Raises:
            StoreError: the database cannot be used; they wait.
        """
        held = self.publisher.let_out()
        self.metrics.held(held)
        return held

    def publish(self, *, on_demand: bool = False, hurry: bool = True) -> int:
        """Render every feed whose content changed; return how many did (``Publisher.publish``).

        Raises:
            StoreError: the database cannot be used.
        """
        return self.publisher.publish(on_demand=on_demand, hurry=hurry)

    def tidy(self) -> int:
        """Let go of what is over; return how many items went."""
        self.store.drop_editions(self._kept)
        self.store.shed_archives(keep=ARCHIVES_READY)
        self.store.drop_partners(keep=[partner.id for partner in self.settings.partners])
        now = self.clock()
        self.store.shed_deliveries(
            keep=[each.partner for each in subscriptions(self.settings.partners, now=now)],
            delivered_before=now - DELIVERED_KEPT,
            failed_before=now - FAILED_KEPT,
            stopped_before=now - GIVE_UP,
        )
        late = max((partner.terms.delay for partner in self.settings.partners), default=timedelta())
        removed = tidy(self.settings.retentions, now=now, store=self.store, late=late)
        if removed:
            log.info("tidy: %d items removed that `keep` no longer keeps", removed)
        return removed

    def rebuild(self) -> tuple[int, int]:
        """Tell all stories again from the stored items; return how many stories and items that are.

        Raises:
            StoreError: the database cannot be used; nothing is changed.
        """
        told = rebuild(now=self.clock(), site=self.settings.site, store=self.store, sources=self.sources)
        self.match()
        self.let_out()
        self.publish()
        return told

    def release(self, source: SourceId) -> int:
        """Let out what the gate holds back of ``source``, and publish it; return how many stories that are.

        Raises:
            StoreError: the database cannot be used; nothing is let out.
        """
        released = release(source, now=self.clock(), store=self.store)
        self.let_out()
        self.publish()
        return released

    def take_down(self, story: StoryId) -> None:
        """Remove a story from every feed and page, for good, and publish them without it.

        Raises:
            StoreError: the database cannot be used; nothing is removed.
        """
        take_down(story, now=self.clock(), store=self.store)
        self.publish()

    def measure(self) -> None:
        """Bring the metrics that describe a state, not an event, up to date."""
        now = self.clock()
        states = self.store.states(list(self.sources))
        self.metrics.sources(Counter(state.result or "new" for state in states.values()))
        lags = [(now - state.next_at).total_seconds() for state in states.values() if state.next_at]
        self.metrics.due_lag(max(0.0, *lags) if lags else 0.0)
        if self.office.partners:
            hooks, owed = self.store.hooks(), self.store.outstanding()
            self.metrics.webhooks(
                {
                    name: (hooks.get(name, Hook()).works(partner.webhook), owed.get(name, Owed()))
                    for name, partner in self.office.partners.items()
                    if not partner.has_expired(now)
                }
            )

    def never_collected(self, sources: Sequence[Source]) -> bool:
        """Tell whether one of ``sources`` was never asked for anything."""
        states = self.store.states([source.id for source in sources])
        return any(state.last_at is None for state in states.values())

    def close(self) -> None:
        """Abort what is under way and close the database. Idempotent."""
        self.publisher.close()
        self.fetcher.close()
        self.sender.close()
        self.reader.close()
        self.store.close()


class _Live(Metrics):
    """Metrics whose states are looked up when they are scraped: a tick that hangs shows, too."""

    def __init__(self, measure: Callable[[], None]) -> None:
        super().__init__()
        self._measure = measure

    def exposition(self) -> tuple[bytes, str]:
        """Return what Prometheus scrapes, and its media type."""
        try:
            self._measure()
        except StoreError as error:
            log.warning("metrics: the states are the last known ones: %s", error)
        return super().exposition()


def _log(collected: Collected) -> None:
    if collected.result == "failed":
        log.warning("source %s failed: %s", collected.source, collected.error)
    for fault in collected.faults:
        log.info("source %s: %s", collected.source, fault)
    if collected.items_new or collected.items_updated:
        log.info(
            "source %s: %d new, %d updated, %d duplicates",
            collected.source,
            collected.items_new,
            collected.items_updated,
            collected.duplicates,
        )


def limits(settings: Settings) -> Limits:
    """Return what a request of the service may cost, and how it introduces itself."""
    contact = f"; {settings.contact}" if settings.contact else ""
    return Limits(
        timeout=settings.fetch.timeout,
        max_bytes=settings.fetch.max_bytes,
        per_host=settings.fetch.per_host,
        per_domain=settings.fetch.per_domain,
        per_domain_rate=settings.fetch.per_domain_rate,
        allow_private_networks=settings.fetch.allow_private_networks,
        user_agent=f"aggregator/{__version__} (+{settings.site.base_url}/{contact})",
    )


def sending_limits(settings: Settings) -> Limits:
    """Return what handing something in may cost: those who are told have asked for it, at any pace."""
    usual = limits(settings)
    return replace(
        usual,
        timeout=min(usual.timeout, SENDING_TIMEOUT),
        per_host=SENDING_PLACES,
        per_domain=SENDING_PLACES,
        per_domain_rate=1000.0,
        places=SENDING_PLACES,
    )
