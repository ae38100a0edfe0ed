"""Turn an edition of a feed into bytes, in every format that is published.

A format is one module of this package with one ``FORMAT``; it is found here by being there.
Pure: no clock, no zone and no locale of the machine's enters the bytes.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType
from typing import TYPE_CHECKING

from aggregator.render.format import Format

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["FORMATS", "Format"]


def _formats() -> Iterator[Format]:
    for module in iter_modules(__path__):
        found = getattr(import_module(f"{__name__}.{module.name}"), "FORMAT", None)
        if isinstance(found, Format):
            yield found


#: Every format, by the suffix of its address.
FORMATS: Mapping[str, Format] = MappingProxyType({found.suffix: found for found in _formats()})
