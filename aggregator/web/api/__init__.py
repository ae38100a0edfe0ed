"""The API: what is published as JSON, and every change of it, in order."""

from __future__ import annotations

from aggregator.web.api.addresses import Api

__all__ = ["Api"]
