"""Publish what changed, when it is time: editions not too close together, late ones when their delay is over.

``pipeline.publish`` says how; here is when, and what is asked for meanwhile.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

from aggregator.errors import StoreError
from aggregator.model.feed import ARCHIVE
from aggregator.pipeline.archive import archive
from aggregator.pipeline.publish import let_out, publish
from aggregator.pipeline.rolls import take_up
from aggregator.pipeline.versions import read_by, spelled, tell, write_versions

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from aggregator.model.feed import Feed, FeedName, Publication
    from aggregator.model.story import Story, StoryId
    from aggregator.observe import Metrics
    from aggregator.pipeline.press import Press
    from aggregator.ports import Clock

EDITIONS_APART = 2.0  # seconds between two of one feed, while ticks of several categories change it
LONGEST_WAIT = 60.0  # seconds until it is looked again whether a delay is over: clocks are set

log = logging.getLogger(__name__)


class Publisher:
    """Renders feeds, and answers for them. Thread-safe."""

    def __init__(self, feeds: Sequence[Feed], *, press: Press, metrics: Metrics, clock: Clock) -> None:
        """Publish ``feeds``, those among them that partners read in place of others."""
        #: called, from whatever thread, after feeds were published or their sources changed
        self.listeners: list[Callable[[], None]] = []
        self._feeds = {feed.name: feed for feed in feeds}
        self._delayed = [feed for feed in feeds if feed.delay]
        self._read = read_by(press.partners)
        self._press = press
        self._store = press.store
        self._metrics = metrics
        self._clock = clock
        self._versed: dict[FeedName, int] = {}  # up to which change of a feed versions are written
        self._written = False  # what stories said when we began
        self._stamp = -1  # ``Store.stamp`` when all feeds were last looked at
        self._printed: dict[FeedName, float] = {}  # when a feed had its last edition, by the monotonic clock
        self._publishing = threading.Lock()
        self._printing = threading.Lock()
        self._later: threading.Timer | None = None
        self._ripening: threading.Timer | None = None

    def let_out(self) -> int:
        """Let the stories be published that nothing holds back; return how many the gate stopped.

        Raises:
            StoreError: the database cannot be used; they wait.
        """
        with self._publishing:
            return let_out(now=self._clock(), press=self._press)

    def publish(self, *, on_demand: bool = False, hurry: bool = True) -> int:
        """Render every feed whose content changed; return how many did.

        Those that are rendered when they are asked for are left out, unless with ``on_demand``. Without
        ``hurry``, those that had an edition in the last ``EDITIONS_APART`` follow by themselves after it.

        Raises:
            StoreError: the database cannot be used.
        """
        with self._publishing:
            stamp = self._store.stamp()  # of before: what comes meanwhile is looked at next time
            if stamp == self._stamp and not on_demand:
                return 0
            wanted = [feed for feed in self._feeds.values() if on_demand or not feed.on_demand]
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
        now = self._clock()
        due = [
            at + feed.delay
            for feed in self._delayed
            if (at := self._store.told_after(feed.address, now - feed.delay))
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
                if not feed or not archive(feed, int(number), now=self._clock(), press=self._press):
                    return None
        elif (feed := self._feeds.get(name)) and feed.on_demand:
            with self._printing:
                self._print([feed])
        return self._store.publication(name, suffix)

    def take_up(self, name: FeedName) -> None:
        """Let a feed that waits until it is asked for take up what came out for it; no other needs that.

        Raises:
            StoreError: the database cannot be used.
        """
        if (feed := self._feeds.get(name)) and feed.on_demand:
            with self._printing:
                take_up(feed, now=self._clock(), press=self._press)

    def items(self, stories: Collection[Story]) -> dict[StoryId, bytes]:
        """Return what those of ``stories`` that are published say now, as the API shows it whole.

        Raises:
            StoreError: the database cannot be used.
        """
        told = tell(stories, press=self._press)
        return {name: spelled(entry, press=self._press) for name, entry in told.items()}

    def write_down(self) -> None:
        """Write down what stories say in the feeds that a partner reads with a delay, if nobody did so yet.

        To be called before anything changes: what a story said before that is known by nothing else.

        Raises:
            StoreError: the database cannot be used; what was not written is so next time.
        """
        if not self._delayed or self._written:
            return
        with self._publishing:
            self._tell_partners()

    def _tell_partners(self) -> None:
        """Let the feeds that partners read have their changes, and write down what stories said in them."""
        for name in self._read:
            self.take_up(name)
        self._versed = write_versions(self._read, self._versed, press=self._press)
        self._written = True  # from now on with every edition

    def _print(self, feeds: Sequence[Feed]) -> int:
        count, started = 0, time.perf_counter()
        for edition in publish(feeds, now=self._clock(), press=self._press):
            finished = time.perf_counter()
            if not edition.feed.roll:  # what partners read has no name of its own to tell of
                self._metrics.published(edition.feed.name, edition.updated, finished - started)
            self._printed[edition.feed.name] = time.monotonic()
            started = finished
            count += 1
        return count

    def close(self) -> None:
        """Publish nothing by itself any more. Idempotent."""
        for timer in (self._later, self._ripening):
            if timer:
                timer.cancel()
