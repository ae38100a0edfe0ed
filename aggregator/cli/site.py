"""The web of an ``App``: for serving it, and for exporting it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.web import build

if TYPE_CHECKING:
    from aggregator.app import App
    from aggregator.ports import Clock
    from aggregator.web.hot import HotPath


def site_of(app: App, clock: Clock | None = None) -> HotPath:
    """Return the application that answers all addresses of ``app``, as seen by ``clock`` (None: its own)."""
    settings = app.settings
    return build(
        site=settings.site,
        categories=settings.categories,
        feeds=settings.feeds,
        timezone=settings.timezone,
        store=app.store,
        publication=app.publisher.publication,
        take_up=app.publisher.take_up,
        written=app.publisher.items,
        clock=clock or app.clock,
        metrics=app.metrics,
        pulse=lambda: app.ticked_at,
        partners=app.settings.partners,
    )
