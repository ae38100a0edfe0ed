"""What was made of a source's date, as plain data: for JSON feeds, and for all else that programs read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aggregator.model.item import Candidate


def considered(candidate: Candidate) -> dict[str, Any]:
    """Return a date as the source wrote it and, where it could be read, the interval that it means (UTC)."""
    claim, reading = candidate.claim, candidate.reading
    if reading is None:
        return {"origin": claim.origin, "text": claim.text}
    return {
        "origin": claim.origin,
        "text": claim.text,
        "earliest": reading.earliest,
        "latest": reading.latest,
        "precision": reading.precision,
        "zone": reading.zone,
    }
