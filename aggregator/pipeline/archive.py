"""Render an archive document when it is asked for: the past of a feed, a hundred stories at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aggregator import __version__
from aggregator.model.feed import Edition, archive_name
from aggregator.pipeline.entries import compose_all
from aggregator.pipeline.publish import content_of, printed
from aggregator.rules import ids, select

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.model.feed import Feed
    from aggregator.pipeline.press import Press


def archive(feed: Feed, number: int, *, now: datetime, press: Press) -> bool:
    """Bring the stored bytes of archive document ``number`` of ``feed`` up to date; False: there is none.

    Its date is that on which it was full, until something in it changes: an edit, or a story that was
    taken back. Made anew from the same stories it has the same bytes.

    Raises:
        StoreError: the database cannot be used.
    """
    store, site = press.store, press.site
    document = store.archive(feed, number)
    if document is None:
        return False
    name = archive_name(feed.name, number)
    basis = select.archive_basis(feed, site, document, version=__version__)
    before = store.editions([name]).get(name)
    if before and before[0] == basis:
        return True
    fronts = store.fronts()
    press.composer.meet(fronts)
    composed = compose_all(document.stories, feed, fronts, press=press)
    edition = Edition(
        site=site,
        feed=feed,
        id=ids.feed_id(feed.name, site),
        updated=document.full_at.replace(microsecond=0),
        entries=tuple(each.entry for each in composed),
        archive=number,
        previous=document.previous,
    )
    content = content_of(edition, composed)
    if before:
        updated = before[2] if before[1] == content else now.replace(microsecond=0)
        edition = replace(edition, updated=updated)
    store.put_edition(
        name,
        basis=basis,
        content_hash=content,
        changed_at=edition.updated,
        publications=printed(edition, composed),
    )
    return True
