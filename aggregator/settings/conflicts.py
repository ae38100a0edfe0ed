"""Find values that are right by themselves and wrong together.

Works on the plain data rather than on checked settings, so that these mistakes are reported together
with those of single values. Whatever has the wrong shape is passed over: the schema reports it.
"""

from __future__ import annotations

from contextlib import suppress
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aggregator.model.feed import Extent, Part
from aggregator.rules.guard import allowed, excepted
from aggregator.rules.phrases import spelled
from aggregator.settings import contracts, values
from aggregator.settings.document import Mistake

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from aggregator.settings.document import Document, Path, Position

#: Names that would hide our own addresses, ``/feeds/source/…`` and ``/feeds/…/archive/…``.
RESERVED = frozenset({"source", "archive"})
USUAL = "15m"  # ``defaults.every`` where it is not written
_TAKEN = "is an address of its own: choose another name"


def conflicts(data: Any, document: Document) -> Iterator[Mistake]:
    """Yield the mistakes in ``data``, which is the document's with the environment's values put in."""
    top = _mapping(data)
    yield from _addresses(_mapping(top.get("service")), document)
    yield from _either(("database",), _mapping(top.get("database")), "url", document)
    categories, feeds = _mapping(top.get("categories")), _mapping(top.get("feeds"))
    yield from _names(categories, feeds, document)
    seen: dict[str, Position] = {}
    defaults = _mapping(top.get("defaults"))
    usual = defaults.get("every") or USUAL
    yield from _slowest(("defaults",), defaults, usual, document)
    for name, category in categories.items():
        path: Path = ("categories", name)
        yield from _paces(path, _mapping(category), usual, document)
        for index, source in enumerate(_list(_mapping(category).get("sources"))):
            yield from _source((*path, "sources", index), _mapping(source), document, seen)
    for name, feed in feeds.items():
        own = _mapping(feed)
        yield from _known(("feeds", name, "categories"), own, "category", categories, document)
        yield from _known(("feeds", name, "sources"), own, "source", seen, document)
        yield from _contradiction(("feeds", name), own, document)
        yield from _textless(("feeds", name), own, document)
    names = ["all", *feeds, *categories, *(f"source/{source}" for source in seen)]
    keys: dict[str, tuple[str, Position]] = {}
    for name, partner in _mapping(top.get("partners")).items():
        own = _mapping(partner)
        yield from _known(("partners", name, "feeds"), own, "feed", names, document)
        yield from _contract(("partners", name), own, document)
        yield from _reachable(("partners", name, "webhook", "url"), own, top, document)
        yield from _distinct(name, own, document, keys)


def _addresses(service: dict[str, Any], document: Document) -> Iterator[Mistake]:
    if service.get("base_url") is not None:
        return
    try:
        host, port = values.listen(service.get("listen") or "127.0.0.1:8080")
    except values.SettingError:
        return
    if port == 0 or not values.is_loopback(host):
        reason = (
            "since the service listens for other machines" if port else "since the port is not known before"
        )
        yield Mistake(
            document.at(("service",)),
            ("service", "base_url"),
            f"is required, {reason}: write the address readers use",
        )


def _either(path: Path, part: dict[str, Any], key: str, document: Document) -> Iterator[Mistake]:
    """Yield a value in ``part`` that stands beside the file that holds it."""
    if part.get(key) is not None and part.get(f"{key}_file") is not None:
        place = (*path, f"{key}_file")
        yield Mistake(document.key_at(place), place, f"excludes {key}: keep one of them")


def _names(categories: dict[str, Any], feeds: dict[str, Any], document: Document) -> Iterator[Mistake]:
    for name in categories:
        path: Path = ("categories", name)
        if name in RESERVED:
            yield Mistake(document.key_at(path), path, f"{name!r} {_TAKEN}")
        elif name == "all":
            yield Mistake(
                document.key_at(path), path, "'all' is the combined feed's name: choose another name"
            )
    for name in feeds:
        path = ("feeds", name)
        if name in RESERVED:
            yield Mistake(document.key_at(path), path, f"{name!r} {_TAKEN}")
        elif name in categories:
            first = document.key_at(("categories", name))
            yield Mistake(
                document.key_at(path),
                path,
                f"a category has this name already, at {first}: choose another name",
            )


def _paces(path: Path, category: dict[str, Any], usual: Any, document: Document) -> Iterator[Mistake]:
    cron, every = category.get("cron"), category.get("every")
    if every is not None and cron is not None:
        yield Mistake(document.key_at((*path, "cron")), (*path, "cron"), "excludes every: keep one of them")
    every = None if cron is not None else every or usual
    yield from _slowest(path, category, every, document)
    for index, source in enumerate(_list(category.get("sources"))):
        own = _mapping(source)
        yield from _slowest((*path, "sources", index), own, own.get("every") or every, document)


def _slowest(path: Path, part: dict[str, Any], every: Any, document: Document) -> Iterator[Mistake]:
    """Yield what is wrong with the ``every_max`` that is written in ``part``, where ``every`` holds."""
    written = part.get("every_max")
    if written is None:
        return
    place = (*path, "every_max")
    if every is None:
        yield Mistake(
            document.key_at(place), place, "does nothing beside cron: write it, and every, on single sources"
        )
        return
    try:
        shorter = values.duration(written) < values.duration(every)
    except values.SettingError:
        return
    if shorter:
        reason = f"must not be shorter than every, which is {every} here: no source is asked oftener"
        yield Mistake(document.at(place), place, reason)


def _source(
    path: Path, source: dict[str, Any], document: Document, seen: dict[str, Position]
) -> Iterator[Mistake]:
    name, kind, select = source.get("id"), source.get("type"), source.get("select")
    if isinstance(name, str):
        at = document.at((*path, "id"))
        if name in seen:
            yield Mistake(
                at,
                (*path, "id"),
                f"another source has the id {name!r} already, at {seen[name]}: choose another",
            )
        seen.setdefault(name, at)
    if kind == "html" and select is None:
        yield Mistake(
            document.at((*path, "type")),
            (*path, "select"),
            "is required with type html: say what its items are",
        )
    if kind != "html" and select is not None:
        yield Mistake(
            document.key_at((*path, "select")),
            (*path, "select"),
            "is only read with type html: add type: html",
        )


def _known(
    path: Path, feed: dict[str, Any], what: str, known: Iterable[str], document: Document
) -> Iterator[Mistake]:
    """Yield the names in the list at ``path`` of ``feed`` that name nothing."""
    names = list(known)
    for index, name in enumerate(_list(feed.get(str(path[-1])))):
        if isinstance(name, str) and name not in names:
            hint = f': write {path[-1]}: "*"' if name == "*" else values.did_you_mean(name, names)
            yield Mistake(document.at((*path, index)), (*path, index), f"there is no {what} {name!r}{hint}")


def _contradiction(path: Path, feed: dict[str, Any], document: Document) -> Iterator[Mistake]:
    """Yield the words that a story must have and must not have at once."""
    wanted = {spelled(each): each for each in _list(feed.get("words")) if isinstance(each, str)}
    for index, each in enumerate(_list(feed.get("without"))):
        if isinstance(each, str) and (same := wanted.get(spelled(each))) is not None:
            place = (*path, "without", index)
            yield Mistake(document.at(place), place, f"is wanted by words too, as {same!r}: keep one of them")


def _textless(path: Path, feed: dict[str, Any], document: Document) -> Iterator[Mistake]:
    """Yield a wish for a line at the end of no text."""
    if feed.get("content") == Extent.NONE and feed.get("source_line") in (True, "true"):
        place = (*path, "source_line")
        yield Mistake(document.key_at(place), place, "does nothing with content none: entries have no text")


def _contract(path: Path, partner: dict[str, Any], document: Document) -> Iterator[Mistake]:
    """Yield what contradicts itself in a partner's contract, and what its webhook lacks."""
    yield from _either(path, partner, "key", document)
    content = partner.get("content")
    for index, part in enumerate(_list(partner.get("fields"))):
        place = (*path, "fields", index)
        if content == Extent.NONE and part in (Part.SUMMARY, Part.CONTENT):
            yield Mistake(document.at(place), place, "does nothing with content none: there is no text")
        if content == Extent.SUMMARY and part == Part.CONTENT:
            reason = "does nothing with content summary: all the text there is then is in summary"
            yield Mistake(document.at(place), place, reason)
    webhook, hook = _mapping(partner.get("webhook")), (*path, "webhook")
    yield from _either(hook, webhook, "secret", document)
    if webhook and webhook.get("secret") is None and webhook.get("secret_file") is None:
        reason = "is required, for by it the partner knows that a delivery is yours"
        yield Mistake(document.at(hook), (*hook, "secret"), f"{reason}: {contracts.ADVICE}")


def _reachable(
    path: Path, partner: dict[str, Any], top: dict[str, Any], document: Document
) -> Iterator[Mistake]:
    """Yield a webhook that nothing would be delivered to: as ``fetch`` decides, as far as its address tells.

    Where a name leads is known only when something is delivered.
    """
    written = _mapping(partner.get("webhook")).get("url")
    try:
        url = urlsplit(contracts.webhook_url(written))
    except values.SettingError:
        return
    networks = _networks(_mapping(top.get("fetch")).get("allow_private_networks"))
    address, bare = _literal(url.hostname or ""), url.scheme == "http"
    if bare and not (excepted(address, networks) if address else networks):
        reason = "must be https://: only inside fetch.allow_private_networks may deliveries go unencrypted"
        yield Mistake(document.at(path), path, reason)
    elif address and not allowed(address, networks):
        reason = (
            f"leads nowhere, for {address} is not a public address: if it is yours, "
            "list its network under fetch.allow_private_networks"
        )
        yield Mistake(document.at(path), path, reason)


def _networks(written: Any) -> tuple[values.Network, ...]:
    """Return those of the networks that are some."""
    found = []
    for each in _list(written):
        with suppress(values.SettingError):
            found.append(values.network(each))
    return tuple(found)


def _literal(host: str) -> str:
    """Return the address that ``host`` is; empty: it is a name."""
    try:
        return str(ip_address(host))
    except ValueError:
        return ""


def _distinct(
    name: str, partner: dict[str, Any], document: Document, seen: dict[str, tuple[str, Position]]
) -> Iterator[Mistake]:
    """Yield keys that are another's too; ``seen`` are those so far, with whose they are and where."""
    written = partner.get("key")
    for index, key in enumerate(written if isinstance(written, list) else [written]):
        try:
            digest = contracts.key(key)
        except values.SettingError:
            continue
        path: Path = ("partners", name, "key")
        if document.at(path) == document.at(path[:-1]):
            path = ("partners", name, "key_file")
        place = (*path, index) if isinstance(written, list) else path
        if digest in seen:
            whose, at = seen[digest]
            yield Mistake(document.at(place), place, f"partner {whose!r} has this key already, at {at}")
        seen.setdefault(digest, (name, document.at(place)))


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
