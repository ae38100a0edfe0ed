"""What else an item is known by: how a changed id is recognised, and who else has the same address.

An alias is a 64-bit number, so that millions of them stay small and quick to look up. Within one source
the whole name of what is meant enters the number; a canonical URL means the same in every source.
"""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple, assert_never

from aggregator.rules.identity import plain
from aggregator.rules.mentions import disagreement, mentions
from aggregator.rules.revise import content_hash
from aggregator.rules.similarity import body, fingerprint, jaccard
from aggregator.rules.urls import host_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from aggregator.model.item import Item
    from aggregator.model.source import SourceId

NEAR = timedelta(hours=48)  #: two items of one title further apart in time are two pieces of news
LEAST_OVERLAP = 0.9  #: Jaccard of five-word sequences that makes texts of one title the same text


#: An http address; its group is path and query.
HTTP = re.compile(
    r"https?://(?:\[[0-9a-f:.]*\]|[^/?#\[\]]*)(?::[0-9]*)?([/?][^#]*?)?\??(?:#|$)", re.IGNORECASE
)
POST = re.compile(r"/?\?(?:[^&]*&)*?p=([0-9]+)(?:&.*)?", re.ASCII)
LONGEST_POST = 200  #: characters; no short link is so long


class Kind(IntEnum):
    """What an alias is made of, the surest first."""

    KEY = 0  #: a key that the item's source gave it at another time
    URL = 1  #: a canonical address
    PATH = 2  #: the upstream id without scheme and host
    POST = 3  #: the number of a WordPress post, ``?p=``
    TITLE = 4  #: the title; by itself it proves nothing


class Alias(NamedTuple):
    """One of an item's other names."""

    kind: Kind
    number: int  #: 64 bits, signed


def aliases(item: Item) -> list[Alias]:
    """Return all that ``item`` is known by, besides its key."""
    ids = [item.upstream_id, *(key[3:] for key in item.former_keys if key.startswith("id:"))]
    paths = [_path(each) for each in (*ids, item.link)]
    named = [
        *[(Kind.KEY, key) for key in item.former_keys],
        *[(Kind.URL, url) for url in urls_of(item)],
        *[(Kind.PATH, path) for path in paths[:-1]],
        *[(Kind.POST, _post(path)) for path in paths],
        (Kind.TITLE, plain(item.title)),
    ]
    return list(dict.fromkeys([_alias(kind, item.source, name) for kind, name in named if name]))


def urls_of(item: Item) -> list[str]:
    """Return the canonical addresses that ``item`` has and had, the present one first."""
    former = [key[4:] for key in item.former_keys if key.startswith("url:")]
    return [url for url in (item.canonical_url, *former) if url]


def key_alias(source: SourceId, key: str) -> Alias:
    """Return the alias that ``key`` is when it no longer is an item's own key."""
    return _alias(Kind.KEY, source, key)


def url_alias(canonical_url: str) -> Alias:
    """Return the alias of an address; the same for every source."""
    return _alias(Kind.URL, "", canonical_url)


def burials(item: Item) -> list[int]:
    """Return the numbers under which a removed ``item`` is remembered: its keys, address and text."""
    keys = [_number(Kind.KEY, item.source, key) for key in (item.key, *item.former_keys)]
    return [*keys, *_signs(item)]


def reminders(item: Item) -> list[int]:
    """Return the numbers any of which, if it is buried, tells that ``item`` was removed and is named again.

    Its key says so for sure. An address may be used anew, and a text be the same every day, so those
    only count for what looks old.
    """
    key = _number(Kind.KEY, item.source, item.key)
    return [key, *_signs(item)] if item.suspect else [key]


def same_item(
    new: Item, names: Iterable[Alias], named: Mapping[int, Sequence[Item]], present: Collection[str]
) -> Item | None:
    """Return the stored item that ``new``, of an unknown key, really is; None: it is a new one.

    Args:
        new: the item as its source's document has it now.
        names: its aliases.
        named: stored items of the same source, by the number of an alias that they share with ``new``.
        present: keys that the document names; an item that is still there under its own is no other.
    """
    for alias in sorted(names, key=lambda alias: alias.kind):
        for old in named.get(alias.number, ()):
            if old.key not in present and old.source == new.source and _agrees(alias.kind, new, old):
                return old
    return None


def _agrees(kind: Kind, new: Item, old: Item) -> bool:
    match kind:
        case Kind.KEY | Kind.URL:
            return True
        case Kind.PATH | Kind.POST:  # sites that share a source number their posts alike
            moved = plain(old.title) == plain(new.title) or _path(old.link) == _path(new.link) != ""
            return moved or _same_host(old, new)
        case Kind.TITLE:
            return abs(old.dates.published - new.dates.published) <= NEAR and _same_text(new, old)
        case _:
            assert_never(kind)


def _same_host(one: Item, other: Item) -> bool:
    """Tell whether two items share a host; that of links alone may be a proxy's, which many sites share."""
    mine, theirs = host_of(one.upstream_id), host_of(other.upstream_id)
    shared = {mine, host_of(one.link)} & {theirs, host_of(other.link)} - {""}
    named = {mine, theirs} - {""}
    return not shared.isdisjoint(named) if named else bool(shared)


def _same_text(one: Item, other: Item) -> bool:
    """Tell whether two texts are one; a form that was filled in anew, a day later, is another."""
    prints = [fingerprint(body(item)) for item in (one, other)]
    if None in prints or jaccard(*(each.shingles for each in prints if each)) < LEAST_OVERLAP:
        return False
    return not disagreement(mentions(body(one)), mentions(body(other)))


def _signs(item: Item) -> list[int]:
    url = [_number(Kind.URL, item.source, item.canonical_url)] if item.canonical_url else []
    return [*url, _number(Kind.TITLE, item.source, content_hash(item))]


def _path(url: str) -> str:
    """Return an http address without scheme and host; "" for anything else, and for a bare host."""
    found = HTTP.match(url)
    path = (found[1] or "") if found else ""
    return "" if path in ("", "/") else path


def _post(path: str) -> str:
    """Return the number in ``?p=12``, as WordPress writes ids and short links; "" where there is none."""
    found = POST.fullmatch(path) if len(path) <= LONGEST_POST and "p=" in path else None
    return found[1] if found else ""


def _alias(kind: Kind, source: SourceId, name: str) -> Alias:
    return Alias(kind, _number(kind, "" if kind is Kind.URL else source, name))


def _number(kind: Kind, source: SourceId, name: str) -> int:
    text = f"{kind.name}\0{source}\0{name}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big", signed=True)
