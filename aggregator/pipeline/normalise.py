"""Turn what a source claims into what we keep. Only new and changed items come here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING

from aggregator.model.item import Candidate, Claim, Dates, Item, Origin, Text
from aggregator.parse import dates, html
from aggregator.rules import audit, revise, timestamps

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime, timedelta

    from aggregator.model.item import ParsedItem
    from aggregator.model.source import Source
    from aggregator.rules.identity import Identity


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """The circumstances under which a source was asked. All instants are aware and in UTC."""

    source: Source
    url: str  #: where the document came from in the end
    language: str  #: that the document says it is in; may be empty
    seen_at: datetime  #: our clock, whole seconds
    dated: datetime  #: the response's own time: the base of relative dates
    absent_at: datetime | None  #: the successful collect before; None: this is the first
    shift: timedelta  #: what its clock times are wrong by, as far as that is to be mended


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
        language=source.language or parsed.language or sighting.language,
        comments=parsed.comments,
        rights=parsed.rights,
        first_seen=sighting.seen_at,
        dates=_settle(parsed, (), place, sighting),
        raw_hash=raw_hash,
        content_hash=revise.content_hash(title, summary, content),
        awaits_page=source.article and bool(parsed.link),
    )


def with_page(
    page: Sequence[Claim], *, item: Item, parsed: ParsedItem, place: int, sighting: Sighting
) -> Item:
    """Return ``item``, just made of ``parsed``, with the dates that its article's page gives."""
    return replace(item, dates=_settle(parsed, page, place, sighting))


def revisited(page: Sequence[Claim], *, item: Item, sighting: Sighting) -> Item:
    """Return the stored ``item`` as its source would send it with the dates that its article's page gives."""
    candidates = (*item.dates.candidates, *_read(page, sighting.source, sighting.dated))
    settled = timestamps.settle(
        candidates,
        first_seen=item.first_seen,
        place=0,
        absent_at=None,
        first_collect=False,
        future=sighting.source.future,
        shift=sighting.shift,
    )
    return replace(item, dates=settled, first_seen=sighting.seen_at)


def _settle(parsed: ParsedItem, page: Sequence[Claim], place: int, sighting: Sighting) -> Dates:
    claims = [*parsed.dates, *page]
    if day := dates.day_in_url(parsed.link):
        claims.append(Claim(origin=Origin.URL, text=day))
    return timestamps.settle(
        _read(claims, sighting.source, sighting.dated),
        first_seen=sighting.seen_at,
        place=place,
        absent_at=sighting.absent_at,
        first_collect=sighting.absent_at is None,
        future=sighting.source.future,
        shift=sighting.shift,
    )


def _read(claims: Iterable[Claim], source: Source, base: datetime) -> list[Candidate]:
    candidates = []
    for claim in claims:
        reading = dates.read(claim.text, zone=source.timezone, base=base, zones=source.zones)
        if reading and source.zone_fix:
            reading = audit.read_in(reading, source.zone_fix)
        candidates.append(Candidate(claim=claim, reading=reading))
    return candidates


def _markup(text: Text, base: str) -> str:
    if not text.html:
        paragraphs = (part.strip() for part in text.value.split("\n\n"))
        return "".join(f"<p>{escape(part, quote=False)}</p>" for part in paragraphs if part)
    return html.sanitise(text.value, base=base)
