"""Say whether an item is new, changed or the same (docs/timestamps.md, rule 11).

Two hashes keep the work small: ``raw_hash`` of all that the source sent (equal: nothing is
done at all) and ``content_hash`` of what a reader would notice (equal: ``updated`` stays), which
is made only of items that changed, and so is not kept.
"""

from __future__ import annotations

import re
from dataclasses import fields, replace
from operator import attrgetter
from typing import TYPE_CHECKING

from aggregator.model.item import ParsedItem
from aggregator.rules.identity import digest, plain
from aggregator.rules.timestamps import reconsider

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.model.item import Item

MOST_FORMER_KEYS = 8  # a source whose ids change with every look must not fill the store
MOST_REVISIONS = 24  # a page that changes with every look must not come back for ever

# Both are bounded, for a long run of digits, or of "https://", would be read anew from each of its places.
QUERY = re.compile(r"""(https?://[^\s"'<>?]{0,2000}+)\?[^\s"'<>]*""")
#: Numbers that tick beside a story: "12 komentar", "1.204 views", "2 jam yang lalu", "5 minutes ago".
TICKING = re.compile(
    # Looking back comes second, so that the search can leap from one digit to the next.
    r"[0-9.,](?<![\w.,].)[0-9.,]{0,14}+\s*+"
    r"(?:komentar|comments?|views?|kali dibaca|dibaca|shares?|suka|likes?"
    r"|(?:detik|menit|mnt|jam|hari|minggu|bulan|tahun)(?:\s+yang)?\s+lalu"
    r"|(?:second|sec|minute|min|hour|day|week|month|year)s?\s+ago)\b"
)


# What is not written out for a hash: a text as Python writes it takes as long to make as all else together.
_TEXTS = {"title", "summary", "content"}
_UNHEEDED = {"comments_count"}  # changes with every look
# What few items have: one that has none of it has the hash that it had before this was read at all.
_SELDOM = ("links", "original", "point", "episode", "podcast")
_small = attrgetter(
    *(field.name for field in fields(ParsedItem) if field.name not in {*_TEXTS, *_UNHEEDED, *_SELDOM})
)
_seldom = attrgetter(*_SELDOM)


def raw_hash(parsed: ParsedItem) -> str:
    """Return a hash of everything that a source claims for an item, but of how many comments it has."""
    texts = (parsed.title, parsed.summary, parsed.content)
    seldom = _seldom(parsed)
    return digest(
        *(text.value for text in texts),
        repr([text.html for text in texts]),
        repr(_small(parsed)),
        *([repr(seldom)] if any(seldom) else ()),
    )


def content_hash(item: Item) -> str:
    """Return a hash of what a reader would notice.

    Case, spacing, counters, relative labels and the query strings of links do not count.
    """
    texts = (item.title, item.summary, item.content)
    asked = (QUERY.sub(r"\1", text) if "?" in text else text for text in texts)
    return digest(*(TICKING.sub("", plain(text)) for text in asked))


def revise(old: Item, new: Item, *, now: datetime) -> Item:
    """Return ``old`` as it stands after its source sent ``new``.

    What is ours stays: first sight, and the published instant with the reasons for it, unless a better
    date turned up in time (``rules.timestamps.reconsider``). ``updated``
    moves only when the content changed, forward, and ``MOST_REVISIONS`` times at most: to the
    instant that the source gives for the change where it can be true, else to ``now`` (UTC).
    """
    significant = old.revisions < MOST_REVISIONS and content_hash(old) != content_hash(new)
    dates = reconsider(old.dates, new.dates, first_seen=old.first_seen, now=now)
    updated, revisions = dates.updated, old.revisions
    if significant:
        claimed = new.dates.updated
        # An update that is not after its own publication was never claimed: it is a date read anew.
        believed = max(dates.updated, new.dates.published) < claimed <= now
        updated = claimed if believed else max(now, dates.updated)
        revisions += 1
    return replace(
        new,
        upstream_id=old.upstream_id,
        link=_link(old, new),
        canonical_url=new.canonical_url or old.canonical_url,
        first_seen=old.first_seen,
        dates=replace(dates, updated=updated),
        language=new.language or old.language,
        revisions=revisions,
        awaits_page=old.awaits_page and new.awaits_page,
        former_keys=_former_keys(old, new),
        joined=old.joined,
        leads_since=old.leads_since,
        suspect=old.suspect,
        held=old.held,
        unmatched=old.unmatched,
    )


def _link(old: Item, new: Item) -> str:
    """Return the link to publish: one that only counts its clicks otherwise does not change it."""
    same = old.canonical_url == new.canonical_url != ""
    return old.link if same and old.link.partition(":")[0] == new.link.partition(":")[0] else new.link


def _former_keys(old: Item, new: Item) -> tuple[str, ...]:
    """Return what else the item has been called, its earlier addresses among them."""
    moved = old.canonical_url and new.canonical_url not in ("", old.canonical_url)
    keys = (*old.former_keys, *new.former_keys, *([f"url:{old.canonical_url}"] if moved else []))
    return tuple(dict.fromkeys(key for key in keys if key != old.key))[-MOST_FORMER_KEYS:]


def visible(old: Item, revised: Item) -> bool:
    """Tell whether a published feed looks different after the revision."""
    # How many comments there are goes out with the next real change. The rest only ``aggregator why`` shows:
    # how near a label has come by now, which dates came too late.
    quiet = replace(
        old.dates, earliest=revised.dates.earliest, latest=revised.dates.latest, later=revised.dates.later
    )
    return revised != replace(
        old,
        raw_hash=revised.raw_hash,
        awaits_page=revised.awaits_page,
        former_keys=revised.former_keys,
        canonical_url=revised.canonical_url,
        comments_count=revised.comments_count,
        dates=quiet,
    )
