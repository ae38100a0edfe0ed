"""Collect: ask the sources, read what changed, decide, save. Running it twice saves nothing new."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, assert_never

from aggregator import __version__
from aggregator.errors import SourceError
from aggregator.model.fetch import Failed, Fetched, NotModified, Request, Unchanged
from aggregator.model.item import Pace, ParsedDocument
from aggregator.model.source import NO_VALIDATORS, Duplicates, Kind, SourceState
from aggregator.parse import syndication
from aggregator.pipeline import pages
from aggregator.pipeline.normalise import Sighting, revisited
from aggregator.pipeline.reading import failed, read_as_they_come, there
from aggregator.pipeline.recognise import recognise
from aggregator.pipeline.save import Absent, Harvest, Lookup, save
from aggregator.rules import audit, moves, removal, rhythm, timestamps
from aggregator.rules.identity import digest
from aggregator.rules.removal import Page, Place, Sight
from aggregator.rules.schedule import is_gone, next_fetch
from aggregator.rules.similarity import WINDOW, body, fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from concurrent.futures import Future
    from datetime import datetime

    from aggregator.model.feed import Site
    from aggregator.model.fetch import Answer, Outcome
    from aggregator.model.item import Item
    from aggregator.model.report import Collected
    from aggregator.model.source import Residual, Source, SourceId
    from aggregator.pipeline.recognise import Draft, Recognised
    from aggregator.ports import Fetcher, Reader, Store
    from aggregator.rules.similarity import Fingerprint
    from aggregator.rules.urls import Tracking

LONGEST_ERROR = 500  # characters kept of an error message
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What collecting needs, and nothing else."""

    fetcher: Fetcher
    reader: Reader
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
    states, missing = desk.store.states(wanted), desk.store.missing(wanted)
    requests = [_request(desk.sources[source], states[source]) for source in wanted]
    unfinished: list[Harvest] = []
    fetched = desk.fetcher.fetch(requests)
    for finished in read_as_they_come(fetched, partial(_begun, desk=desk)):
        harvests = [
            replace(
                _harvest(
                    desk.sources[request.tag],
                    states[request.tag],
                    outcome,
                    document,
                    now=now,
                    desk=desk,
                    missed=[
                        _absent(item, Place.INSIDE, before=True) for item in missing.get(request.tag, ())
                    ],
                ),
                fetch_seconds=outcome.seconds,
            )
            for request, outcome, document in finished
        ]
        unfinished += [harvest for harvest in harvests if harvest.asks]
        yield from _saved([harvest for harvest in harvests if not harvest.asks], desk)
    # Only now: a fetch inside a fetch could wait for a place that the outer one holds.
    for harvest in pages.look(unfinished, desk.fetcher, desk.reader):
        yield from _saved([harvest], desk)


def _begun(request: Request, outcome: Outcome, *, desk: Desk) -> Future[ParsedDocument] | None:
    """Begin to read a document: a plain feed at once, all else where it can be stopped."""
    if not isinstance(outcome, Fetched):
        return None
    source, url, content_type = desk.sources[request.tag], outcome.url, outcome.content_type
    try:
        document = syndication.quick(outcome.body, url=url, content_type=content_type, kind=source.kind)
    except Exception as bug:  # noqa: BLE001 # of ours: it is loud where outcomes are judged
        return failed(bug)
    if document:
        return there(document)
    return desk.reader.document(
        outcome.body, url=url, content_type=content_type, kind=source.kind, select=source.select
    )


def _saved(harvests: Sequence[Harvest], desk: Desk) -> list[Collected]:
    if not harvests:
        return []
    with desk.store.writing() as transaction:
        return save(harvests, transaction, site=desk.site, sources=desk.sources)


def _request(source: Source, state: SourceState) -> Request:
    """Ask whether the document changed, unless we would read it otherwise than last time."""
    reading = _reading(source)
    same_reading = state.body_hash.startswith(reading)
    return Request(
        tag=source.id,
        url=moves.address(source, state),
        validators=state.validators if same_reading else NO_VALIDATORS,
        headers=source.headers,
        body_hash=state.body_hash.removeprefix(reading) if same_reading else "",
        robots=source.robots and source.kind is Kind.HTML,  # feeds are there to be read by programs
    )


def _reading(source: Source) -> str:
    """Return a mark of how a source's document is read: a new one makes an old document news."""
    return digest(__version__, repr(source.kind), repr(source.select))[:8]


def _harvest(
    source: Source,
    state: SourceState,
    outcome: Outcome,
    document: Future[ParsedDocument] | None,
    *,
    now: datetime,
    desk: Desk,
    missed: Sequence[Absent],
) -> Harvest:
    """Say what a fetch brought. The one place where an upstream's errors become ``Failed``.

    ``missed`` are the items that an earlier collect missed in the document, and that are not judged yet.
    """
    try:
        match outcome:
            case Fetched():
                found = document.result() if document else ParsedDocument()
                return _compared(source, state, outcome, found, now=now, desk=desk, missed=missed)
            case Unchanged() | NotModified():
                sighting = _sighting(source, state, outcome, desk.tracking)
                succeeded = _succeeded(source, state, outcome, now)
                return Harvest(
                    source=source,
                    result=succeeded.result,
                    state=succeeded,
                    lookups=_lookups((), sighting, desk.store),
                    absences=tuple(missed),
                    body_bytes=outcome.size if isinstance(outcome, Unchanged) else 0,
                )
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
    gone = is_gone(state, failed)
    why = f"{failed.error}: gone for good, and not asked again" if gone else failed.error
    why = why.encode("utf-8", "replace").decode()[:LONGEST_ERROR]
    state = replace(
        state,
        url=source.url,
        next_at=next_fetch(source, state, failed, failures=failures, now=now),
        last_at=failed.at,
        result="gone" if gone else "failed",
        error=why,
        failures=failures,
        move=moves.lost(state.move, failed, failures=failures),
    )
    return Harvest(source=source, result="failed", state=state, error=why)


def _succeeded(source: Source, state: SourceState, answer: Answer, now: datetime) -> SourceState:
    results = {Fetched: "fetched", Unchanged: "unchanged", NotModified: "not_modified"}
    return replace(
        state,
        url=source.url,
        next_at=next_fetch(source, state, answer, failures=0, now=now),
        last_at=answer.at,
        last_ok_at=answer.at,
        result=results[type(answer)],
        error="",
        failures=0,
        validators=state.validators if isinstance(answer, NotModified) else answer.validators,
        move=moves.announced(source, state.move, answer.moved_to, now),
        rhythm=state.rhythm or rhythm.learn("", source, (), seen_at=answer.at, absent_at=None),
    )


def _compared(
    source: Source,
    state: SourceState,
    fetched: Fetched,
    document: ParsedDocument,
    *,
    now: datetime,
    desk: Desk,
    missed: Sequence[Absent],
) -> Harvest:
    """Say what is new in a document that was read to its end."""
    sighting = replace(_sighting(source, state, fetched, desk.tracking), language=document.language)
    archive = desk.store if state.last_ok_at or state.changed_at else None
    found = recognise(
        document,
        sighting,
        archive=archive,
        since=state.changed_at if state.last_ok_at else None,
    )
    present = frozenset(found.present)
    lost, vanished = _lost(source, found, present, archive) if archive and not document.cut else ((), ())
    state = replace(
        state,
        pace=document.pace if document.pace != Pace() else None,
        rhythm=rhythm.learn(
            state.rhythm,
            source,
            [draft.item.dates for draft in found.drafts if draft.new],
            seen_at=fetched.at,
            absent_at=state.last_ok_at,
        ),
    )
    return Harvest(
        source=source,
        result="fetched",
        state=replace(
            _succeeded(source, state, fetched, now),
            body_hash=_reading(source) + fetched.body_hash,
            title=document.title,
            home=document.home,
            residuals=_residuals(found.drafts, sighting, state),
        ),
        items=tuple(draft.item for draft in found.drafts),
        lookups=_lookups(found.drafts, sighting, desk.store),
        absences=(*(absent for absent in missed if absent.item.key not in present), *lost),
        present=found.present,
        cut=document.cut,
        repeated=found.repeated,
        size=found.size,
        prints=_prints(found.drafts, sighting),
        faults=(*document.faults, *vanished),
        body_bytes=len(fetched.body),
    )


def examine(source: Source, fetched: Fetched, tracking: Tracking) -> tuple[ParsedDocument, tuple[Item, ...]]:
    """Return the document of ``source`` and the items that a first collect would bring. Stores nothing.

    Raises:
        ParseError: it is not what a source should send.
    """
    document = syndication.parse(
        fetched.body,
        url=fetched.url,
        content_type=fetched.content_type,
        kind=source.kind,
        select=source.select,
    )
    sighting = _sighting(source, SourceState(id=source.id), fetched, tracking)
    sighting = replace(sighting, language=document.language)
    found = recognise(document, sighting, archive=None, since=None)
    return document, tuple(draft.item for draft in found.drafts)


def _sighting(source: Source, state: SourceState, outcome: Answer, tracking: Tracking) -> Sighting:
    if isinstance(outcome, NotModified):
        url, dated = source.url, outcome.at
    else:
        url, dated = outcome.url, outcome.dated
    verdict = audit.verdict(state.residuals, source) if source.learn_zone else None
    return Sighting(
        source=source,
        url=url,
        language="",
        seen_at=outcome.at.replace(microsecond=0),
        dated=dated.replace(microsecond=0),
        absent_at=state.last_ok_at,
        mend=verdict.mend if verdict and verdict.sure else None,
        tracking=tracking.also(source.tracking) if source.tracking else tracking,
    )


def _prints(drafts: Sequence[Draft], sighting: Sighting) -> dict[str, Fingerprint]:
    """Return the fingerprints of new items by key, of those whose texts are compared at all."""
    if sighting.source.duplicates is Duplicates.OFF:
        return {}
    since = sighting.seen_at - WINDOW
    new = (draft.item for draft in drafts if draft.new and draft.item.dates.published > since)
    return {item.key: made for item in new if (made := fingerprint(body(item)))}


def _residuals(drafts: Sequence[Draft], sighting: Sighting, state: SourceState) -> tuple[Residual, ...]:
    """Return the state's residuals with those of the new items; say so when they show a wrong zone."""
    source = sighting.source
    seen = (
        audit.observe(
            draft.item.dates.candidates,
            source,
            first_seen=sighting.seen_at,
            absent_at=sighting.absent_at,
        )
        for draft in reversed(drafts)  # documents begin with the newest
        if draft.new
    )
    residuals = audit.remember(state.residuals, filter(None, seen))
    verdict = audit.verdict(residuals, source)
    if verdict and verdict != audit.verdict(state.residuals, source):
        log.warning("source %s: %s", source.id, audit.advice(verdict, source))
    return residuals


def _lookups(drafts: Sequence[Draft], sighting: Sighting, store: Store) -> tuple[Lookup, ...]:
    """Return the items whose pages are looked at in this collect: new ones first, then those that wait."""
    source = sighting.source
    if not source.article:
        return ()
    since = sighting.seen_at - timestamps.FIRST_DAY
    waiting = {item.key: item for item in store.awaiting_page(source.id, since=since, limit=pages.AT_ONCE)}
    fresh = [
        Lookup(item=draft.item, again=draft.again)
        for draft in drafts
        if draft.item.awaits_page and (draft.new or draft.item.key in waiting)
    ]
    taken = {lookup.item.key for lookup in fresh}
    late = [
        Lookup(item=item, again=partial(revisited, item=item, sighting=sighting))
        for item in waiting.values()
        if item.key not in taken
    ]
    return (*fresh, *late)[: pages.AT_ONCE]


def _absent(item: Item, place: Place, *, before: bool) -> Absent:
    page = Page.UNASKED if item.link else Page.SILENT
    return Absent(item=item, place=place, before=before, page=page)


def _lost(
    source: Source, found: Recognised, present: frozenset[str], store: Store
) -> tuple[tuple[Absent, ...], tuple[str, ...]]:
    """Return the items that the document has lost though older ones are there, and what is odd about them."""
    within = removal.window(found.sights)
    if within is None:
        return (), ()
    lost = [
        _absent(item, place, before=False)
        for item in store.absent(source.id, present=present, since=within.oldest)
        if (place := within.place(Sight(item.dates.published, item.first_seen)))
    ]
    inside = sum(absent.place is Place.INSIDE for absent in lost)
    if removal.is_mass(inside, len(within.sights)):
        fault = (
            f"{inside} items vanished at once from inside the document: taken for a change of the "
            "document, not for withdrawals"
        )
        return (), (fault,)
    return tuple(lost), ()
