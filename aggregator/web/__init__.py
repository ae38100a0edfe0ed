"""The face of the service: stored feeds, readable pages, health. Decides nothing and writes nothing."""

from aggregator.web.site import build

__all__ = ["build"]
