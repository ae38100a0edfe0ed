"""Publish: render the feeds whose content changed, once, and store their bytes."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from aggregator import __version__
from aggregator.model.feed import ARCHIVED, Deleted, Edition, Publication
from aggregator.model.story import Decision, DecisionKind, Ground
from aggregator.pipeline.entries import compose_all, compose_delayed
from aggregator.pipeline.rolls import on_top, rolled, take_up
from aggregator.render import FORMATS
from aggregator.render.printable import printable
from aggregator.rules import delta, ids, select
from aggregator.rules.gate import too_many
from aggregator.rules.identity import digest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from aggregator.model.feed import Feed
    from aggregator.model.source import Front, SourceId
    from aggregator.pipeline.compose import Composed
    from aggregator.pipeline.press import Press

SOME_DATE = datetime(2000, 1, 1, tzinfo=UTC)
FEEDS = 1024  # whose heads are known
log = logging.getLogger(__name__)


def let_out(*, now: datetime, press: Press) -> int:
    """Let the stories be published that nothing holds back; return how many the gate stopped.

    Raises:
        StoreError: the database cannot be used; they wait.
    """
    store = press.store
    waiting, told = store.waiting(now), store.told(now)
    if not waiting and not told:
        return 0
    gates = {source.id: source.gate for source in press.sources.values()}
    stopped = too_many(store.suspects(now), gates)
    held = {each.story for each in stopped}
    with store.writing() as transaction:
        transaction.hold(held)
        transaction.put_decisions(
            Decision(
                story=each.story,
                at=now,
                kind=DecisionKind.HELD,
                source=each.source,
                key=each.key,
                detail=Ground.TOO_MANY,
            )
            for each in stopped
        )
        transaction.let_out([story for story in waiting if story not in held], at=now)
        transaction.hush(told, at=now)
    for source, count in Counter(each.source for each in stopped).items():
        log.warning(
            "source %s: %d new items are undated or older than the last look at it, and held back: "
            "see whether they are news, and let them out with: aggregator release %s",
            source,
            count,
            source,
        )
    return len(stopped)


def publish(feeds: Sequence[Feed], *, now: datetime, press: Press) -> Iterator[Edition]:
    """Render every one of ``feeds`` whose content changed, and yield its new edition once it is stored.

    What was not let out before is not in it. A feed none of whose sources changed is not looked at;
    one whose entries turn out the same keeps its bytes and its date. That date is ``now``; of a feed that
    is rendered only when it is asked for, the last change of its sources.

    Raises:
        StoreError: the database cannot be used; what was not yielded is rendered next time.
    """
    store, site, composer = press.store, press.site, press.composer
    # Read before the stories: what comes in between is rendered once more next time, never missed.
    single = len(feeds) == 1
    fronts = store.fronts(feeds[0].sources if single else None)
    standing = store.editions([feeds[0].name] if single else None)
    revisions = {source: front.revision for source, front in fronts.items()}
    stale = {
        feed: basis
        for feed in feeds
        if (basis := select.basis(feed, site, revisions, version=__version__))
        != standing.get(feed.name, ("",))[0].partition(" ")[0]
        or feed.delay  # time alone changes it
    }
    if not stale:
        return
    if single:
        fronts = store.fronts() | fronts
    composer.meet(fronts)
    for feed, basis in stale.items():
        news = take_up(feed, now=now, press=press)
        shown = store.as_of(rolled(feed), until=now - feed.delay) if feed.delay else None
        state = select.state(feed, site, news if shown is None else shown, version=__version__)
        put = partial(store.put_edition, feed.name, basis=f"{basis} {state}")
        before = standing.get(feed.name)
        if before and before[0].endswith(state):  # what changed of its sources is none of its stories
            if not before[0].startswith(basis):
                put(content_hash=before[1], changed_at=before[2], publications=None)
            continue
        edition, composed = _edition(feed, fronts, now=now, press=press)
        content = content_of(edition, composed)
        if before and before[1] == content:
            put(content_hash=content, changed_at=before[2], publications=None)
            continue
        put(
            content_hash=content,
            changed_at=edition.updated,
            publications=printed(edition, composed),
            # Partners are sent no deltas.
            entries=None if feed.roll else b"".join(delta.mark(entry.digest) for entry in composed),
        )
        yield edition


def _edition(
    feed: Feed, fronts: Mapping[SourceId, Front], *, now: datetime, press: Press
) -> tuple[Edition, list[Composed]]:
    """Return the present edition of ``feed``, and its entries written down."""
    if feed.delay:
        previous, composed = 0, compose_delayed(feed, fronts, until=now - feed.delay, press=press)
    else:
        newest, previous = on_top(feed, now=now, press=press)
        composed = compose_all(newest, feed, fronts, press=press)
    revised = [at for source in feed.sources if (at := fronts[source].revised_at)]
    updated = max(revised, default=now) if feed.on_demand else now
    deleted = press.store.deleted(feed.sources, roll=feed.address if feed.picks else None)
    edition = Edition(
        site=press.site,
        feed=feed,
        id=ids.feed_id(feed.address, press.site),
        updated=updated.replace(microsecond=0),
        entries=tuple(each.entry for each in composed),
        deleted=tuple(Deleted(id=name, at=at) for name, at in deleted),
        previous=previous,
    )
    return edition, composed


def content_of(edition: Edition, composed: Sequence[Composed]) -> str:
    """Return a hash of an edition's documents without their own date: equal means that nothing changed."""
    return digest(_head(replace(edition, updated=SOME_DATE, entries=())), _entries(composed))


@lru_cache(maxsize=FEEDS)
def _head(dateless: Edition) -> str:
    """Return a hash of all that stands around the entries: with most editions of a feed it is the same."""
    ready = printable(dateless)
    return digest(*("".join(form.frame(ready)) for form in FORMATS.values()))


def printed(edition: Edition, composed: Sequence[Composed]) -> list[Publication]:
    """Return the edition in every format that it comes in."""
    publications, ready = [], printable(replace(edition, entries=()))
    for suffix, form in FORMATS.items():
        if edition.archive and suffix not in ARCHIVED:
            continue
        frame = form.frame(ready)
        name = digest(*frame, _entries(composed))  # to hash the whole, which is long, would tell no more
        publications.append(
            Publication(
                feed=edition.name,
                suffix=suffix,
                media_type=form.media_type,
                body=form.join(frame, [entry.texts[suffix] for entry in composed]),
                etag=f'"{name}"',
                changed_at=edition.updated,
            )
        )
    return publications


def _entries(composed: Sequence[Composed]) -> str:
    return b"".join(entry.digest for entry in composed).hex()
