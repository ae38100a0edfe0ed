"""What operators see of a running service: log lines on stderr and Prometheus metrics.

Every room logs through the standard library; here its records, and those of the libraries we
run on, get one shape. What a source wrote may end up in a log line, so nothing that a terminal
would obey is printed as it is.
"""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING, TextIO

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from aggregator import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from structlog.typing import EventDict, Processor, WrappedLogger

    from aggregator.model.feed import FeedName
    from aggregator.model.partner import Owed, PartnerId
    from aggregator.model.report import Collected

_TALKATIVE = ("alembic", "apscheduler")  # their INFO is our DEBUG
_OWN_HANDLERS = ("uvicorn", "uvicorn.access", "uvicorn.error", *_TALKATIVE)
_MULTILINE = frozenset({"exception", "stack"})  # tracebacks keep their lines
_FETCH_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)  # seconds
_PUBLISH_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)  # seconds


class Metrics:
    """All metrics of docs/how-to.md on a registry of their own; thread-safe. No label names a source."""

    def __init__(self) -> None:
        registry = CollectorRegistry()
        self._registry = registry
        self._sources = Gauge(
            "aggregator_sources", "Sources by how their last collect ended.", ["status"], registry=registry
        )
        self._fetches = Counter(
            "aggregator_fetch", "Fetches by what came of them.", ["result"], registry=registry
        )
        self._fetch_seconds = Histogram(
            "aggregator_fetch_duration_seconds", "Time to fetch one source.",
            buckets=_FETCH_BUCKETS, registry=registry,
        )  # fmt: skip
        self._fetch_bytes = Counter(
            "aggregator_fetch_bytes", "Bytes of fetched documents, decoded.", registry=registry
        )
        self._items = Counter(
            "aggregator_items", "Items by what became of them.", ["outcome"], registry=registry
        )
        self._publish_seconds = Histogram(
            "aggregator_publish_duration_seconds", "Time to render and store one feed.",
            buckets=_PUBLISH_BUCKETS, registry=registry,
        )  # fmt: skip
        self._changed_at = Gauge(
            "aggregator_feed_last_changed_timestamp_seconds", "When a feed's content last changed.",
            ["feed"], registry=registry,
        )  # fmt: skip
        self._due_lag = Gauge(
            "aggregator_due_lag_seconds", "How long the longest overdue source has waited.", registry=registry
        )
        self._requests = Counter(
            "aggregator_http_requests", "Answered requests.", ["kind", "status"], registry=registry
        )
        self._partner_requests = Counter(
            "aggregator_partner_requests", "Answered requests of partners.", ["partner", "status"],
            registry=registry,
        )  # fmt: skip
        self._partner_bytes = Counter(
            "aggregator_partner_bytes", "Bytes of bodies sent to partners.", ["partner"], registry=registry
        )
        self._partner_deliveries = Counter(
            "aggregator_partner_deliveries", "Attempts to deliver changes to partners' webhooks.",
            ["partner", "result"], registry=registry,
        )  # fmt: skip
        self._webhook_up = Gauge(
            "aggregator_partner_webhook_up", "Whether a partner's webhook takes what is sent: 1 or 0.",
            ["partner"], registry=registry,
        )  # fmt: skip
        self._waiting = Gauge(
            "aggregator_partner_deliveries_waiting", "Deliveries that wait, also to be tried again.",
            ["partner"], registry=registry,
        )  # fmt: skip
        self._failed = Gauge(
            "aggregator_partner_deliveries_failed", "Deliveries given up, in the last month.",
            ["partner"], registry=registry,
        )  # fmt: skip
        Info("aggregator_build", "The running version.", registry=registry).info({"version": __version__})

    def collected(self, collected: Collected) -> None:
        """Count one collect of one source."""
        self._fetches.labels(collected.result).inc()
        self._fetch_seconds.observe(collected.fetch_seconds)
        self._fetch_bytes.inc(collected.body_bytes)
        self._items.labels("new").inc(collected.items_new)
        self._items.labels("updated").inc(collected.items_updated)
        self._items.labels("duplicate").inc(collected.duplicates)
        self._items.labels("held").inc(collected.items_held)

    def merged(self, count: int) -> None:
        """Count stories that turned out to be copies of others by their texts."""
        self._items.labels("duplicate").inc(count)

    def held(self, count: int) -> None:
        """Count items that the gate stopped."""
        self._items.labels("held").inc(count)

    def published(self, feed: FeedName, changed_at: datetime, seconds: float) -> None:
        """Count one rendered feed; ``seconds`` is how long that took."""
        self._publish_seconds.observe(seconds)
        self._changed_at.labels(feed).set(changed_at.timestamp())

    def sources(self, counts: Mapping[str, int]) -> None:
        """Set how many sources are in each status; a status that is not named has none."""
        self._sources.clear()
        for status, count in counts.items():
            self._sources.labels(status).set(count)

    def webhooks(self, states: Mapping[PartnerId, tuple[bool, Owed]]) -> None:
        """Set of each partner with a webhook whether that works, and what is owed to it; of no others."""
        for gauge in (self._webhook_up, self._waiting, self._failed):
            gauge.clear()
        for partner, (up, owed) in states.items():
            self._webhook_up.labels(partner).set(up)
            self._waiting.labels(partner).set(owed.waiting)
            self._failed.labels(partner).set(owed.failed)

    def due_lag(self, seconds: float) -> None:
        """Set how long the longest overdue source has waited; zero: none is overdue."""
        self._due_lag.set(seconds)

    def request(self, kind: str, status: int, count: int = 1) -> None:
        """Count one answered request, or several."""
        self._requests.labels(kind, str(status)).inc(count)

    def partner(self, partner: PartnerId, status: int, bytes: int, count: int = 1) -> None:  # noqa: A002 # what they are
        """Count one answered request of a partner, or several; ``bytes`` is what they sent in all."""
        self._partner_requests.labels(partner, str(status)).inc(count)
        self._partner_bytes.labels(partner).inc(bytes)

    def delivered(self, partner: PartnerId, result: str, count: int = 1) -> None:
        """Count one attempt to deliver a change to a partner, or several, by what came of it."""
        self._partner_deliveries.labels(partner, result).inc(count)

    def exposition(self) -> tuple[bytes, str]:
        """Return what Prometheus scrapes, and its media type."""
        return generate_latest(self._registry), CONTENT_TYPE_LATEST


class _Stderr(logging.StreamHandler[TextIO]):
    """Writes to what ``sys.stderr`` is at that moment, so that a progress bar may take its place."""

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


def configure_logging(level: str, format: str) -> None:  # noqa: A002 (the setting's own name)
    """Send every log record to stderr, one line each, as JSON or for a person; called again, start over.

    Args:
        level: ``debug``, ``info``, ``warning``, ``error`` or ``critical``, in any case.
        format: ``json`` for machines, ``console`` for people (coloured on a terminal unless NO_COLOR is set).

    Raises:
        ValueError: ``level`` is no level.
    """
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    handler = _Stderr()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                _escape,
                _renderer(format),
            ],
        )
    )
    root = logging.getLogger()
    root.setLevel(level.upper())
    root.handlers = [kept for kept in root.handlers if not isinstance(kept, _Stderr)]
    root.addHandler(handler)
    for name in _OWN_HANDLERS:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    for name in _TALKATIVE:
        quiet = logging.NOTSET if root.level <= logging.DEBUG else max(root.level, logging.WARNING)
        logging.getLogger(name).setLevel(quiet)


def _renderer(format: str) -> Processor:  # noqa: A002 (as above)
    if format == "json":
        return structlog.processors.JSONRenderer()
    return structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty() and not os.environ.get("NO_COLOR"),
        exception_formatter=structlog.dev.plain_traceback,  # the pretty one prints locals, and so secrets
    )


def _escape(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Write out what a terminal or a line-based reader would obey: controls, line ends, bidi overrides."""
    for key, value in event.items():
        if isinstance(value, str) and not value.isprintable():
            kept = "\n" if key in _MULTILINE else ""
            event[key] = "".join(
                sign if sign in kept or sign.isprintable() else sign.encode("unicode_escape").decode("ascii")
                for sign in value
            )
    return event
