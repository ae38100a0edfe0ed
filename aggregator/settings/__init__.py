"""YAML to checked settings: what the operator writes becomes the nouns of ``aggregator.model``.

``load`` reads a file and reports every mistake in it at once; ``Settings`` is what the rest of the
service sees.
"""

from __future__ import annotations

from aggregator.settings.domain import FetchSettings, Settings
from aggregator.settings.load import load
from aggregator.settings.show import effective, schema, starter

__all__ = ["FetchSettings", "Settings", "effective", "load", "schema", "starter"]
