"""Turn what a source claims into what we keep. Only new and changed items come here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING

from aggregator.model.item import Article, Candidate, Claim, Dates, Item, Origin, Text
from aggregator.parse import dates, html
from aggregator.rules import audit, timestamps
from aggregator.rules.identity import LONGEST_URL
from aggregator.rules.urls import canonical

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime, tzinfo

    from aggregator.model.item import ParsedItem
    from aggregator.model.source import Source
    from aggregator.rules.identity import Identity
    from aggregator.rules.urls import Tracking


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """The circumstances under which a source was asked. All instants are aware and in UTC."""

    source: Source
    url: str  #: where the document came from in the end
    language: str  #: that the document says it is in; may be empty
    seen_at: datetime  #: our clock, whole seconds
    dated: datetime  #: the response's own time: the base of relative dates
    absent_at: datetime | None  #: the successful collect before; None: this is the first
    mend: timestamps.Mend | None  #: what its clock times are wrong by, as far as that is to be mended
    tracking: Tracking  #: what only counts clicks in its addresses


def normalise(
    parsed: ParsedItem, identity: Identity, *, place: int, raw_hash: str, sighting: Sighting
) -> Item:
    """Return the item that ``parsed`` is, at ``place`` (0: the top) of its document."""
    source = sighting.source
    base = parsed.link or sighting.url
    title = html.plain(parsed.title)
    summary, content = _markup(parsed.summary, base), _markup(parsed.content, base)
    settled = _settle(parsed, (), place, sighting)
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
        dates=settled,
        raw_hash=raw_hash,
        awaits_page=source.article and bool(parsed.link) and not timestamps.is_final(settled),
        comments_count=parsed.comments_count,
        links=parsed.links,
        original=parsed.original,
        point=parsed.point,
        episode=parsed.episode,
        podcast=parsed.podcast,
    )


def with_page(article: Article, *, item: Item, parsed: ParsedItem, place: int, sighting: Sighting) -> Item:
    """Return ``item``, just made of ``parsed``, with what its article's page gives."""
    return _addressed(
        replace(item, dates=_settle(parsed, article.claims, place, sighting)), article, sighting
    )


def revisited(article: Article, *, item: Item, sighting: Sighting) -> Item:
    """Return the stored ``item`` as its source would send it with what its article's page gives."""
    candidates = (*item.dates.candidates, *_read(article.claims, sighting))
    settled = timestamps.settle(
        candidates,
        first_seen=item.first_seen,
        place=0,
        absent_at=None,
        first_collect=False,
        future=sighting.source.future,
        mend=sighting.mend,
    )
    return _addressed(replace(item, dates=settled, first_seen=sighting.seen_at), article, sighting)


def _addressed(item: Item, article: Article, sighting: Sighting) -> Item:
    """Return ``item`` under the address that its page names as its proper one; its own stays known."""
    proper = canonical(article.canonical, sighting.tracking) if article.canonical else ""
    if not proper or len(proper) > LONGEST_URL or proper == item.canonical_url:
        return item
    own = [f"url:{item.canonical_url}"] if item.canonical_url else []
    return replace(item, canonical_url=proper, former_keys=(*item.former_keys, *own))


def _settle(parsed: ParsedItem, page: Sequence[Claim], place: int, sighting: Sighting) -> Dates:
    day = dates.day_in_url(parsed.link)
    in_url = [Claim(origin=Origin.URL, text=day)] if day else []
    return timestamps.settle(
        [
            *_read(parsed.dates, sighting, zone_fix=sighting.source.zone_fix),
            *_read(page, sighting),
            *_read(in_url, sighting),
        ],
        first_seen=sighting.seen_at,
        place=place,
        absent_at=sighting.absent_at,
        first_collect=sighting.absent_at is None,
        future=sighting.source.future,
        mend=sighting.mend,
    )


def _read(claims: Iterable[Claim], sighting: Sighting, zone_fix: tzinfo | None = None) -> Iterator[Candidate]:
    """Yield the claims with what they say; what the source's document says, in the zone that it means."""
    source = sighting.source
    for claim in claims:
        reading = dates.read(claim.text, zone=source.timezone, base=sighting.dated, zones=source.zones)
        if reading and zone_fix:
            reading = audit.read_in(reading, zone_fix)
        yield Candidate(claim=claim, reading=reading)


def _markup(text: Text, base: str) -> str:
    if not text.html:
        paragraphs = (part.strip() for part in text.value.split("\n\n"))
        return "".join(f"<p>{escape(part, quote=False)}</p>" for part in paragraphs if part)
    return html.sanitise(text.value, base=base)
