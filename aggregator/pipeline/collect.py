"""Collect: ask the sources, read what changed, decide, save. Running it twice saves nothing new."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, assert_never

from aggregator import __version__
from aggregator.errors import SourceError
from aggregator.model.fetch import Failed, Fetched, NotModified, Request
from aggregator.model.source import NO_VALIDATORS
from aggregator.parse import syndication
from aggregator.pipeline.normalise import Sighting, normalise
from aggregator.pipeline.save import Harvest, save
from aggregator.rules.identity import digest, identify
from aggregator.rules.revise import raw_hash
from aggregator.rules.schedule import next_fetch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from aggregator.model.feed import Site
    from aggregator.model.fetch import Outcome
    from aggregator.model.item import Item, Known, ParsedDocument
    from aggregator.model.report import Collected
    from aggregator.model.source import Source, SourceId, SourceState
    from aggregator.ports import Fetcher, Store
    from aggregator.rules.urls import Tracking

LONGEST_ERROR = 500  # characters kept of an error message
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What collecting needs, and nothing else."""

    fetcher: Fetcher
    store: Store
    site: Site
    sources: Mapping[SourceId, Source]
    tracking: Tracking


def collect(wanted: Sequence[SourceId], *, now: datetime, desk: Desk) -> Iterator[Collected]:
    """Collect the ``wanted`` sources, all at once, and yield what each brought as it is saved.

    A source's failure costs only that source: it is recorded, backed off, and reported.

    Raises:
        StoreError: the database cannot be used; the sources not yet yielded stay due.
    """
    states = desk.store.states(wanted)
    requests = [_request(desk.sources[source], states[source]) for source in wanted]
    for finished in desk.fetcher.fetch(requests):
        harvests = [
            replace(
                _harvest(desk.sources[request.tag], states[request.tag], outcome, now=now, desk=desk),
                fetch_seconds=outcome.seconds,
            )
            for request, outcome in finished
        ]
        with desk.store.writing() as transaction:
            collected = save(harvests, transaction, site=desk.site, sources=desk.sources)
        yield from collected


def _request(source: Source, state: SourceState) -> Request:
    """Ask whether the document changed, unless we would read it otherwise than last time."""
    same_reading = state.body_hash.startswith(_reading(source))
    return Request(
        tag=source.id,
        url=source.url,
        validators=state.validators if same_reading else NO_VALIDATORS,
        headers=source.headers,
    )


def _reading(source: Source) -> str:
    """Return a mark of how a source's document is read: a new one makes an old document news."""
    return digest(__version__, repr(source.kind), repr(source.select))[:8]


def _harvest(source: Source, state: SourceState, outcome: Outcome, *, now: datetime, desk: Desk) -> Harvest:
    """Read the outcome of a fetch. The one place where an upstream's errors become ``Failed``."""
    try:
        match outcome:
            case Fetched():
                return _read(source, state, outcome, now=now, desk=desk)
            case NotModified(at=at):
                return Harvest(source=source, result="not_modified", state=_succeeded(source, state, at, now))
            case Failed():
                failed = outcome
            case _:
                assert_never(outcome)
    except SourceError as error:
        failed = Failed(error=str(error), at=outcome.at)
    except Exception as error:
        # A bug of ours, and loud; but a source that sets it off must not take its neighbours along.
        log.exception("a bug in the aggregator, set off by source %s: please report it", source.id)
        failed = Failed(
            error=f"the aggregator itself failed on this document ({type(error).__name__})", at=outcome.at
        )
    failures = state.failures + 1
    why = failed.error.encode("utf-8", "replace").decode()[:LONGEST_ERROR]
    state = replace(
        state,
        url=source.url,
        next_at=next_fetch(source, failed, failures=failures, now=now),
        last_at=failed.at,
        result="failed",
        error=why,
        failures=failures,
    )
    return Harvest(source=source, result="failed", state=state, error=why)


def _succeeded(source: Source, state: SourceState, at: datetime, now: datetime) -> SourceState:
    return replace(
        state,
        url=source.url,
        next_at=next_fetch(source, NotModified(at=at), failures=0, now=now),
        last_at=at,
        last_ok_at=at,
        result="not_modified",
        error="",
        failures=0,
    )


def _read(source: Source, state: SourceState, fetched: Fetched, *, now: datetime, desk: Desk) -> Harvest:
    """Read a document to its end; the same bytes as last time are not read at all."""
    body_hash = _reading(source) + hashlib.blake2b(fetched.body, digest_size=16).hexdigest()
    succeeded = replace(_succeeded(source, state, fetched.at, now), validators=fetched.validators)
    if body_hash == state.body_hash:
        unchanged = replace(succeeded, result="unchanged")
        return Harvest(source=source, result="unchanged", state=unchanged, body_bytes=len(fetched.body))
    document = _parse(source, fetched)
    sighting = _sighting(source, document, fetched, absent_at=state.last_ok_at)
    items, present = _news(sighting, desk.tracking, partial(desk.store.known, source.id))
    return Harvest(
        source=source,
        result="fetched",
        state=replace(
            succeeded, result="fetched", body_hash=body_hash, title=document.title, home=document.home
        ),
        items=items,
        present=present,
        faults=document.faults,
        body_bytes=len(fetched.body),
    )


def examine(source: Source, fetched: Fetched, tracking: Tracking) -> tuple[ParsedDocument, tuple[Item, ...]]:
    """Return the document of ``source`` and the items that a first collect would bring. Stores nothing.

    Raises:
        ParseError: it is not what a source should send.
    """
    document = _parse(source, fetched)
    items, _ = _news(_sighting(source, document, fetched, absent_at=None), tracking, lambda _: {})
    return document, items


def _parse(source: Source, fetched: Fetched) -> ParsedDocument:
    return syndication.parse(
        fetched.body,
        url=fetched.url,
        content_type=fetched.content_type,
        kind=source.kind,
        select=source.select,
    )


def _sighting(
    source: Source, document: ParsedDocument, fetched: Fetched, *, absent_at: datetime | None
) -> Sighting:
    return Sighting(
        source=source,
        document=document,
        url=fetched.url,
        seen_at=fetched.at.replace(microsecond=0),
        dated=fetched.dated.replace(microsecond=0),
        absent_at=absent_at,
    )


def _news(
    sighting: Sighting, tracking: Tracking, known_of: Callable[[tuple[str, ...]], Mapping[str, Known]]
) -> tuple[tuple[Item, ...], tuple[str, ...]]:
    """Return the document's new and changed items, and the keys of all its items."""
    parsed = sighting.document.items
    identities = identify(parsed, tracking)
    present = tuple(identity.key for identity in identities if identity)
    known = known_of(present)
    items = []
    for place, (claims, identity) in enumerate(zip(parsed, identities, strict=True)):
        if identity is None:
            continue
        fingerprint = raw_hash(claims)
        if identity.key not in known or known[identity.key].raw_hash != fingerprint:
            items.append(normalise(claims, identity, place=place, raw_hash=fingerprint, sighting=sighting))
    return tuple(items), present
