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
from aggregator.model.feed import ARCHIVE
from aggregator.model.report import Report
from aggregator.observe import Metrics
from aggregator.pipeline.archive import archive
from aggregator.pipeline.collect import Desk, collect
from aggregator.pipeline.compose import Composer
from aggregator.pipeline.deliver import PostOffice, subscriptions
from aggregator.pipeline.match import match
from aggregator.pipeline.moderate import release, take_down
from aggregator.pipeline.press import Press
from aggregator.pipeline.publish import let_out, publish
from aggregator.pipeline.rebuild import rebuild
from aggregator.pipeline.rolls import take_up
from aggregator.pipeline.tidy import tidy
from aggregator.pipeline.versions import read_by, spelled, tell, write_versions
from aggregator.rules.retries import GIVE_UP
from aggregator.rules.terms import variants
from aggregator.rules.urls import Tracking
from aggregator.sandbox.reader import Sandbox
from aggregator.store import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from aggregator.model.feed import Feed, FeedName, Publication
    from aggregator.model.report import Collected
    from aggregator.model.source import CategoryId, Source, SourceId
    from aggregator.model.story import Story, StoryId
    from aggregator.ports import Clock
    from aggregator.settings import Settings

LONGEST_WAIT = 60.0  # seconds until it is looked again whether a delay is over: clocks are set
EDITIONS_APART = 2.0  # seconds between two of one feed, while ticks of several categories change it
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
        #: called, from whatever thread, after feeds were published or their sources changed
        self.listeners: list[Callable[[], None]] = []
        self.reader = Sandbox()
        self._desk = Desk(
            fetcher=self.fetcher,
            reader=self.reader,
            store=self.store,
            site=settings.site,
            sources=self.sources,
            tracking=Tracking.of(settings.tracking),
        )
        self._press = Press(
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
        #: what is published, and what partners read in its place
        self.feeds = (*settings.feeds, *variants(settings.feeds, settings.partners))
        self._feeds = {feed.name: feed for feed in self.feeds}
        self._delayed = [feed for feed in self.feeds if feed.delay]
        self._read = read_by(settings.partners)
        self._versed: dict[FeedName, int] = {}  # up to which change of a feed versions are written
        self._busy: set[SourceId] = set()
        self._choosing = threading.Lock()
        self._publishing = threading.Lock()
        self._stamp = -1  # ``Store.stamp`` when all feeds were last looked at
        self._printed: dict[FeedName, float] = {}  # when a feed had its last edition, by the monotonic clock
        self._later: threading.Timer | None = None
        self._ripening: threading.Timer | None = None
        self._printing = threading.Lock()
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
        with self._publishing:
            held = let_out(now=self.clock(), press=self._press)
        self.metrics.held(held)
        return held

    def publish(self, *, on_demand: bool = False, hurry: bool = True) -> int:
        """Render every feed whose content changed; return how many did.

        Those that are rendered when they are asked for are left out, unless with ``on_demand``. Without
        ``hurry``, those that had an edition in the last ``EDITIONS_APART`` follow by themselves after it.

        Raises:
            StoreError: the database cannot be used.
        """
        with self._publishing:
            stamp = self.store.stamp()  # of before: what comes meanwhile is looked at next time
            if stamp == self._stamp and not on_demand:
                return 0
            wanted = [feed for feed in self.feeds if on_demand or not feed.on_demand]
            early = time.monotonic() - EDITIONS_APART
            ready = [feed for feed in wanted if hurry or self._printed.get(feed.name, early) <= early]
            count = self._print(ready)
            self._tell_partners()
            if ready == wanted:
                self._stamp = stamp
            elif self._later is None:
                self._later = threading.Timer(EDITIONS_APART, self._follow)
                self._later.daemon = True
                self._later.start()
            self._await_change()
        for listener in self.listeners:
            listener()
        return count

    def ripen(self) -> int:
        """Render the feeds that show each change after a delay, if one is over; return how many changed.

        Raises:
            StoreError: the database cannot be used.
        """
        with self._publishing:
            count = self._print(self._delayed)
            self._await_change()
        for listener in self.listeners:
            listener()
        return count

    def _await_change(self) -> None:
        """Let feeds ripen when the next change may be shown in one of them."""
        now = self.clock()
        due = [
            at + feed.delay
            for feed in self._delayed
            if (at := self.store.told_after(feed.address, now - feed.delay))
        ]
        if due:
            self._ripen_in((min(due) - now).total_seconds())

    def _ripen_in(self, seconds: float) -> None:
        if self._ripening:
            self._ripening.cancel()
        wait = min(max(seconds, EDITIONS_APART), LONGEST_WAIT)
        self._ripening = threading.Timer(wait, self._ripen)
        self._ripening.daemon = True
        self._ripening.start()

    def _ripen(self) -> None:
        """Render what is due; where that fails, try again."""
        try:
            self.ripen()
        except StoreError as error:
            log.error("publishing: %s; it is tried again", error)  # noqa: TRY400 # its words say it all
            self._ripen_in(LONGEST_WAIT)

    def _follow(self) -> None:
        """Publish what was put off."""
        self._later = None
        try:
            self.publish(hurry=False)
        except StoreError as error:
            log.error("publishing: %s; the next tick tries again", error)  # noqa: TRY400 # its words say it all

    def publication(self, name: FeedName, suffix: str) -> Publication | None:
        """Return the current bytes of a feed in a format, rendered now if that waits until it is asked for.

        So do archive documents, whose name is that of their feed, ``/archive/`` and their number.

        Raises:
            StoreError: the database cannot be used.
        """
        of, _, number = name.partition(ARCHIVE)
        if number:
            with self._printing:
                feed = self._feeds.get(of)
                if not feed or not archive(feed, int(number), now=self.clock(), press=self._press):
                    return None
        elif (feed := self._feeds.get(name)) and feed.on_demand:
            with self._printing:
                self._print([feed])
        return self.store.publication(name, suffix)

    def take_up(self, name: FeedName) -> None:
        """Let a feed that waits until it is asked for take up what came out for it; no other needs that.

        Raises:
            StoreError: the database cannot be used.
        """
        if (feed := self._feeds.get(name)) and feed.on_demand:
            with self._printing:
                take_up(feed, now=self.clock(), press=self._press)

    def items(self, stories: Collection[Story]) -> dict[StoryId, bytes]:
        """Return what those of ``stories`` that are published say now, as the API shows it whole.

        Raises:
            StoreError: the database cannot be used.
        """
        told = tell(stories, press=self._press)
        return {name: spelled(entry, press=self._press) for name, entry in told.items()}

    def _tell_partners(self) -> None:
        """Let the feeds that partners read have their changes, and write down what stories said in them."""
        for name in self._read:
            self.take_up(name)
        self._versed = write_versions(self._read, self._versed, press=self._press)

    def _print(self, feeds: Sequence[Feed]) -> int:
        count, started = 0, time.perf_counter()
        for edition in publish(feeds, now=self.clock(), press=self._press):
            finished = time.perf_counter()
            if not edition.feed.roll:  # what partners read has no name of its own to tell of
                self.metrics.published(edition.feed.name, edition.updated, finished - started)
            self._printed[edition.feed.name] = time.monotonic()
            started = finished
            count += 1
        return count

    def tidy(self) -> int:
        """Let go of what is over; return how many items went."""
        self.store.drop_editions(list(self._feeds))
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

    def never_collected(self, sources: Sequence[Source]) -> bool:
        """Tell whether one of ``sources`` was never asked for anything."""
        states = self.store.states([source.id for source in sources])
        return any(state.last_at is None for state in states.values())

    def close(self) -> None:
        """Abort what is under way and close the database. Idempotent."""
        for timer in (self._later, self._ripening):
            if timer:
                timer.cancel()
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
