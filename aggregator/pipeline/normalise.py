"""Turn what a source claims into what we keep. Only new and changed items come here."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from aggregator.model.item import Candidate, Claim, Dates, Item, Origin, Text
from aggregator.parse import dates, html
from aggregator.rules import revise, timestamps

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.model.item import ParsedDocument, ParsedItem
    from aggregator.model.source import Source
    from aggregator.rules.identity import Identity


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """The circumstances under which a document was read. All instants are aware and in UTC."""

    source: Source
    document: ParsedDocument
    url: str  #: where the document came from in the end
    seen_at: datetime  #: our clock, whole seconds
    dated: datetime  #: the response's own time: the base of relative dates
    absent_at: datetime | None  #: the successful collect before; None: this is the first


def normalise(
    parsed: ParsedItem, identity: Identity, *, place: int, raw_hash: str, sighting: Sighting
) -> Item:
    """Return the item that ``parsed`` is, at ``place`` (0: the top) of its document."""
    source = sighting.source
    base = parsed.link or sighting.url
    title = html.plain(parsed.title)
    summary, content = _markup(parsed.summary, base), _markup(parsed.content, base)
    return Item(
        source=source.id,
        key=identity.key,
        upstream_id=parsed.id,
        canonical_url=identity.canonical_url,
        link=parsed.link,
        title=title,
        summary=summary,
        content=content,
        authors=parsed.authors,
        categories=parsed.categories,
        enclosures=parsed.enclosures,
        image=parsed.image,
        language=source.language or parsed.language or sighting.document.language,
        comments=parsed.comments,
        rights=parsed.rights,
        first_seen=sighting.seen_at,
        dates=_settle(parsed, place, sighting),
        raw_hash=raw_hash,
        content_hash=revise.content_hash(title, summary, content),
    )


def _settle(parsed: ParsedItem, place: int, sighting: Sighting) -> Dates:
    claims = list(parsed.dates)
    if day := dates.day_in_url(parsed.link):
        claims.append(Claim(origin=Origin.URL, text=day))
    zone = sighting.source.timezone
    candidates = [
        Candidate(
            claim=claim,
            reading=dates.read(claim.text, zone=zone, base=sighting.dated, zones=sighting.source.zones),
        )
        for claim in claims
    ]
    return timestamps.settle(
        candidates,
        first_seen=sighting.seen_at,
        place=place,
        absent_at=sighting.absent_at,
        first_collect=sighting.absent_at is None,
        future=sighting.source.future,
    )


def _markup(text: Text, base: str) -> str:
    if not text.html:
        paragraphs = (part.strip() for part in text.value.split("\n\n"))
        return "".join(f"<p>{escape(part, quote=False)}</p>" for part in paragraphs if part)
    return html.sanitise(text.value, base=base)
