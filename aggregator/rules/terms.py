"""Say what a contract makes of a feed and of its entries (decision 24).

Equal terms make the same feed of the same one, so that partners share its editions. What is one partner's
own, the parameters of its links, is put into the finished bytes.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from aggregator.model.feed import Part
from aggregator.rules.abridge import headline
from aggregator.rules.identity import digest
from aggregator.rules.portion import portion, with_parameters

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from aggregator.model.feed import Entry, Feed
    from aggregator.model.partner import Partner

_NAME_DIGITS = 16
#: Stands behind a link. No text has it: it is no character (Unicode, 23.7), ``printable`` takes it out of
#: everything, and no format escapes it.
_MARK = "\ufdd0"
_BEFORE = (b'"', b">")  # a link, in every format
#: What an entry holds of each part, and what it holds without it.
_HELD: Mapping[Part, Mapping[str, Any]] = MappingProxyType(
    {
        Part.SUMMARY: {"summary": ""},
        Part.CONTENT: {"content": ""},
        Part.IMAGE: {"image": ""},
        Part.AUTHORS: {"authors": ()},
        Part.CATEGORIES: {"categories": ()},
        Part.LANGUAGE: {"language": ""},
        Part.ATTACHMENTS: {"enclosures": ()},
        Part.COMMENTS: {"comments": "", "comments_count": None},
        Part.RIGHTS: {"rights": ""},
        Part.ALSO: {"via": ()},
        Part.RELATED: {"related": ()},
        Part.MORE: {"links": (), "point": None, "episode": None, "podcast": ()},
    }
)


def variant(feed: Feed, partner: Partner) -> Feed:
    """Return the feed that ``partner`` reads for ``feed``: on the same roll, under a name of its own.

    No address can name it.
    """
    seen, delay = portion(feed.extent, partner), partner.terms.delay
    parts = tuple(sorted(seen.parts)) if len(seen.parts) < len(Part) else None
    marked = bool(seen.link_parameters)
    own = digest(seen.extent, repr(parts), str(delay), str(marked))[:_NAME_DIGITS]
    return replace(
        feed,
        name=f"{feed.name}~{own}",
        roll=feed.name,
        extent=seen.extent,
        parts=parts,
        delay=delay,
        marked=marked,
        on_demand=feed.on_demand and not delay,  # time alone changes it, too
    )


def variants(feeds: Iterable[Feed], partners: Collection[Partner]) -> list[Feed]:
    """Return the feeds that ``partners`` read for those of ``feeds`` in their contracts, each once."""
    made = (variant(feed, partner) for feed in feeds for partner in partners if feed.name in partner.feeds)
    return list(dict.fromkeys(made))


def cut(entry: Entry, parts: Collection[Part] | None) -> Entry:
    """Return ``entry`` with no more than these ``parts``; None: with all of them.

    What says which story it is, from when and by whom always stays; so does a source line below a text.
    """
    if parts is None:
        return entry
    without = chain.from_iterable(held.items() for part, held in _HELD.items() if part not in parts)
    title = entry.title if entry.title.strip() else headline(entry)  # while the text is there
    less = replace(entry, title=title, **dict(without))
    return less if less.summary or less.content else replace(less, foot="")


def mark(link: str) -> str:
    """Return ``link`` with a mark, by which ``filled`` knows it."""
    return link + _MARK


def filled(body: bytes, parameters: Sequence[tuple[str, str]], *, escaped: bool) -> bytes:
    """Return a document with ``parameters`` in each link that has a mark; ``escaped``: it is XML."""
    *pieces, last = body.split(_MARK.encode())
    whole = bytearray()
    for piece in pieces:
        start = max(map(piece.rfind, _BEFORE)) + 1
        link = piece[start:].decode()
        link = with_parameters(link.replace("&amp;", "&") if escaped else link, parameters)
        whole += piece[:start] + (link.replace("&", "&amp;") if escaped else link).encode()
    return bytes(whole + last)
