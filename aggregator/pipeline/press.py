"""What publishing works with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aggregator.model.feed import Site
    from aggregator.model.partner import Partner
    from aggregator.model.source import Category, Source, SourceId
    from aggregator.pipeline.compose import Composer
    from aggregator.ports import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """What publishing needs, and nothing else."""

    store: Store
    site: Site
    sources: Mapping[SourceId, Source]
    categories: Mapping[str, Category]
    composer: Composer
    partners: tuple[Partner, ...] = ()  #: may be owed what changes
