"""Items to rows and back. What no query asks for is kept as JSON in two columns."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from aggregator.model.item import (
    Candidate,
    Claim,
    Dates,
    Flag,
    Item,
    Joined,
    JoinedBy,
    Later,
    Origin,
    Pace,
    Precision,
    Reading,
    Upgrade,
    ZoneOrigin,
)
from aggregator.model.source import Move, Residual, SourceState, Validators
from aggregator.model.story import Held, Story
from aggregator.store.details import details, details_of
from aggregator.store.tables import EPOCH, MICROSECOND, SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import RowMapping

_json = json.JSONEncoder(ensure_ascii=False).encode
TOLD = timedelta(days=7)  #: how long feeds say that a story was deleted


def item_row(item: Item, story_id: str) -> dict[str, Any]:
    """Return the row of ``item`` in the story ``story_id``."""
    return {
        "source_id": item.source,
        "key": item.key,
        "story_id": story_id,
        "upstream_id": item.upstream_id,
        "canonical_url": item.canonical_url,
        "link": item.link,
        "title": item.title,
        "summary": item.summary,
        "content": item.content,
        "details": details(item),
        "dates": _dates(item.dates),
        "published_at": item.dates.published,
        "updated_at": item.dates.updated,
        "first_seen_at": item.first_seen,
        "gone_at": None,
        "raw_hash": item.raw_hash,
        "revisions": item.revisions,
        "awaits_page": item.awaits_page,
        "joined": item.joined and _joined(item.joined),
        "leads_since": item.leads_since,
        "withdrawn_at": item.withdrawn_at,
        "suspect": item.suspect,
        "held": item.held,
        "unmatched": item.unmatched,
        "missing": False,
    }


def item_of(row: RowMapping) -> Item:
    """Return the item that ``row`` keeps."""
    return Item(
        source=row["source_id"],
        key=row["key"],
        upstream_id=row["upstream_id"],
        canonical_url=row["canonical_url"],
        link=row["link"],
        title=row["title"],
        summary=row["summary"],
        content=row["content"],
        first_seen=row["first_seen_at"],
        dates=_dates_of(json.loads(row["dates"]), row["published_at"], row["updated_at"]),
        raw_hash=row["raw_hash"],
        revisions=row["revisions"],
        awaits_page=row["awaits_page"],
        joined=_joined_of(json.loads(row["joined"])) if row["joined"] else None,
        leads_since=row["leads_since"],
        withdrawn_at=row["withdrawn_at"],
        suspect=row["suspect"],
        held=row["held"],
        unmatched=row["unmatched"],
        **details_of(row["details"]),
    )


def story_row(story: Story) -> dict[str, Any]:
    """Return the row of ``story``, without its items."""
    told = story.deleted_at is not None and story.out_at is not None
    return {
        "id": story.id,
        "slug": story.slug,
        "published_at": story.published,
        "updated_at": story.updated,
        "shown_source": story.shown.source,
        "shown_key": story.shown.key,
        "hold_until": story.hold_until,
        "backfill": Flag.BACKFILL in story.shown.dates.flags,
        "out_at": story.out_at,
        "held": story.held,
        "deleted_at": story.deleted_at,
        "told_until": story.deleted_at + TOLD if told and story.deleted_at else None,
        "taken_down": story.taken_down,
    }


def story_of(row: RowMapping, copies: Sequence[Item]) -> Story:
    """Return the story that ``row`` keeps, with ``copies``, which are all its items."""
    key = (row["shown_source"], row["shown_key"])
    shown = next(item for item in copies if (item.source, item.key) == key)
    return Story(
        id=row["id"],
        slug=row["slug"],
        published=row["published_at"],
        updated=row["updated_at"],
        shown=shown,
        others=tuple(item for item in copies if item is not shown),
        out_at=row["out_at"],
        deleted_at=row["deleted_at"],
        taken_down=row["taken_down"],
        held=Held(row["held"]),
    )


def state_row(state: SourceState) -> dict[str, Any]:
    """Return the row of ``state``, without its revision."""
    return {
        "id": state.id,
        "url": state.url,
        "next_at": state.next_at,
        "last_at": state.last_at,
        "last_ok_at": state.last_ok_at,
        "changed_at": state.changed_at,
        "result": state.result,
        "error": state.error,
        "failures": state.failures,
        "etag": state.validators.etag,
        "last_modified": state.validators.last_modified,
        "body_hash": state.body_hash,
        "title": state.title,
        "home": state.home,
        "residuals": json.dumps([_residual(residual) for residual in state.residuals]),
        "move": _move(state.move) if state.move else "",
        "pace": _pace(state.pace) if state.pace else "",
        "rhythm": state.rhythm,
    }


def state_of(row: RowMapping) -> SourceState:
    """Return the state that ``row`` keeps."""
    columns = dict(row)
    validators = Validators(etag=columns.pop("etag"), last_modified=columns.pop("last_modified"))
    residuals = tuple(_residual_of(kept) for kept in json.loads(columns.pop("residuals")))
    move, pace = columns.pop("move"), columns.pop("pace")
    return SourceState(
        validators=validators,
        residuals=residuals,
        move=_move_of(json.loads(move)) if move else None,
        pace=_pace_of(json.loads(pace)) if pace else None,
        **columns,
    )


def _move(move: Move) -> str:
    return json.dumps([move.followed, move.url, _micros(move.since), move.count])


def _move_of(kept: list[Any]) -> Move:
    followed, url, since, count = kept
    return Move(followed=followed, url=url, since=_instant(since), count=count)


def _pace(pace: Pace) -> str:
    every = None if pace.every is None else pace.every // SECOND
    return json.dumps([every, sorted(pace.skip_hours), sorted(pace.skip_days)])


def _pace_of(kept: list[Any]) -> Pace:
    every, hours, days = kept
    return Pace(
        every=None if every is None else every * SECOND,
        skip_hours=frozenset(hours),
        skip_days=frozenset(days),
    )


def _residual(residual: Residual) -> list[Any]:
    instants = [_micros(residual.dated), _micros(residual.seen_at)]
    spans = [residual.gap // SECOND, residual.offset // SECOND]
    return [*instants, *spans, residual.zoneless, residual.mark]


def _residual_of(kept: list[Any]) -> Residual:
    dated, seen_at, gap, offset, zoneless, mark = kept
    return Residual(
        dated=EPOCH + dated * MICROSECOND,
        seen_at=EPOCH + seen_at * MICROSECOND,
        gap=gap * SECOND,
        offset=offset * SECOND,
        zoneless=zoneless,
        mark=mark,
    )


def _joined(how: Joined) -> str:
    kept = [how.by, how.source, how.key, how.settled, how.leads, how.detail, _micros(how.at)]
    return _json(kept)


def _joined_of(kept: list[Any]) -> Joined:
    by, source, key, settled, leads, detail, at = kept
    return Joined(
        by=JoinedBy(by),
        source=source,
        key=key,
        settled=settled,
        leads=leads,
        detail=detail,
        at=_instant(at),
    )


def _dates(dates: Dates) -> str:
    kept = {
        "candidates": tuple(map(_candidate, dates.candidates)),
        "chosen": dates.chosen,
        "precision": dates.precision,
        "zone": dates.zone,
        "earliest": _micros(dates.earliest),
        "latest": _micros(dates.latest),
        "flags": dates.flags,
        "hold_until": _micros(dates.hold_until),
        "upgrade": dates.upgrade and [_micros(dates.upgrade.at), _micros(dates.upgrade.before)],
        "later": tuple((_micros(later.at), _candidate(later.candidate)) for later in dates.later),
    }
    return _json({name: value for name, value in kept.items() if value is not None and value != ()})


def _dates_of(kept: Mapping[str, Any], published: datetime, updated: datetime) -> Dates:
    return Dates(
        published=published,
        updated=updated,
        candidates=tuple(_candidate_of(candidate) for candidate in kept.get("candidates", ())),
        chosen=kept.get("chosen"),
        precision=Precision(kept["precision"]),
        zone=ZoneOrigin(kept["zone"]),
        earliest=_instant(kept.get("earliest")),
        latest=_instant(kept.get("latest")),
        flags=tuple(Flag(flag) for flag in kept.get("flags", ())),
        hold_until=_instant(kept.get("hold_until")),
        upgrade=_upgrade_of(kept.get("upgrade")),
        later=tuple(
            Later(at=EPOCH + at * MICROSECOND, candidate=_candidate_of(candidate))
            for at, candidate in kept.get("later", ())
        ),
    )


def _upgrade_of(kept: list[int] | None) -> Upgrade | None:
    if kept is None:
        return None
    at, before = kept
    return Upgrade(at=EPOCH + at * MICROSECOND, before=EPOCH + before * MICROSECOND)


def _candidate(candidate: Candidate) -> list[Any]:
    claim, reading = candidate.claim, candidate.reading
    if reading is None:
        return [claim.origin, claim.text]
    interval = [_micros(reading.earliest), _micros(reading.latest)]
    offset = None if reading.offset is None else reading.offset // SECOND
    zone = [reading.precision, reading.zone, reading.relative, offset]
    return [claim.origin, claim.text, *interval, *zone, _micros(reading.likely)]


def _candidate_of(kept: list[Any]) -> Candidate:
    claim = Claim(origin=Origin(kept[0]), text=kept[1])
    if len(kept) == 2:  # noqa: PLR2004 # origin and text: it could not be read
        return Candidate(claim=claim, reading=None)
    earliest, latest, precision, zone, relative, *more = kept[2:]
    offset, likely = more or (None, None)  # the first version kept neither
    reading = Reading(
        earliest=EPOCH + earliest * MICROSECOND,
        latest=EPOCH + latest * MICROSECOND,
        precision=Precision(precision),
        zone=ZoneOrigin(zone),
        relative=relative,
        offset=None if offset is None else offset * SECOND,
        likely=_instant(likely),
    )
    return Candidate(claim=claim, reading=reading)


def _micros(instant: datetime | None) -> int | None:
    return None if instant is None else (instant - EPOCH) // MICROSECOND


def _instant(micros: int | None) -> datetime | None:
    return None if micros is None else EPOCH + micros * MICROSECOND
