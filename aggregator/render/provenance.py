"""What was made of a source's date, as plain data: for JSON feeds, and for all else that programs read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aggregator.model.item import Candidate


def considered(candidate: Candidate) -> dict[str, Any]:
    """Return a date as the source wrote it and, where it could be read, the interval that it means (UTC)."""
    claim, reading = candidate.claim, candidate.reading
    said = {"origin": claim.origin, "text": claim.text}
    if reading is None:
        return said
    interval = {"earliest": reading.earliest.isoformat(), "latest": reading.latest.isoformat()}
    return said | interval | {"precision": reading.precision, "zone": reading.zone}
