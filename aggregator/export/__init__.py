"""Static export: what the service would answer, as files for a web server, a CDN or a bucket."""

from aggregator.export.export import Exported, export
from aggregator.export.places import place_of

__all__ = ["Exported", "export", "place_of"]
