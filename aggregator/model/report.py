"""What a pass over the sources did."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aggregator.model.source import SourceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What one collect of one source brought."""

    source: SourceId
    result: str  #: ``fetched``, ``not_modified``, ``unchanged``, ``failed``
    items_new: int = 0
    items_updated: int = 0
    duplicates: int = 0  #: new items that joined a story we already had
    items_held: int = 0  #: new items that the gate stopped at once
    faults: tuple[str, ...] = ()  #: what was wrong in the document and survived
    error: str = ""
    fetch_seconds: float = 0.0
    body_bytes: int = 0


@dataclass(slots=True, kw_only=True)
class Report:
    """The sum of a pass; its fields are those that are printed by ``aggregator run --json``."""

    sources: int = 0
    fetched: int = 0
    not_modified: int = 0
    unchanged: int = 0
    failed: int = 0
    items_new: int = 0
    items_updated: int = 0
    duplicates: int = 0
    feeds_published: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    errors: dict[SourceId, str] = field(default_factory=dict)
    items_held: int = 0  #: by the gate, in this pass

    def add(self, collected: Collected) -> None:
        """Count one source's collect."""
        self.sources += 1
        match collected.result:
            case "fetched":
                self.fetched += 1
            case "not_modified":
                self.not_modified += 1
            case "unchanged":
                self.unchanged += 1
            case _:
                self.failed += 1
                self.errors[collected.source] = collected.error
        self.items_new += collected.items_new
        self.items_updated += collected.items_updated
        self.duplicates += collected.duplicates
        self.items_held += collected.items_held
