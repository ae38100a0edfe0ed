"""How much of a story's JSON (``render.item``) somebody may see, and how its link counts readers."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote_plus

from aggregator.model.feed import Extent, Part
from aggregator.rules.abridge import teaser

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from aggregator.model.partner import Partner

#: From what shows much to what shows nothing.
_LESS = (Extent.FULL, Extent.SUMMARY, Extent.NONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """What of an item is seen."""

    extent: Extent = Extent.FULL
    parts: frozenset[Part] = frozenset(Part)
    link_parameters: tuple[tuple[str, str], ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether it is seen as it is."""
        return self.extent is Extent.FULL and not self.link_parameters and len(self.parts) == len(Part)

    def of(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """Return what is seen of ``item``; what is not seen has no name there, either."""
        unseen = {*Part} - self.parts
        if self.extent is not Extent.FULL:
            unseen |= {Part.CONTENT} if self.extent is Extent.SUMMARY else {Part.CONTENT, Part.SUMMARY}
        seen = {name: value for name, value in item.items() if name not in unseen}
        if self.extent is Extent.SUMMARY and Part.SUMMARY in seen:
            seen[Part.SUMMARY.value] = teaser(escape(item[Part.SUMMARY]), item[Part.CONTENT])
        if self.link_parameters:
            seen["url"] = with_parameters(item["url"], self.link_parameters)
        return seen


def portion(extent: Extent, partner: Partner | None) -> Portion:
    """Return what ``partner`` (None: everybody) sees of the items of a feed that shows ``extent`` to all.

    What its contract says goes before, also where that is more.
    """
    if partner is None:
        return Portion(extent=extent)
    parts = partner.terms.parts
    return Portion(
        extent=partner.terms.extent or extent,
        parts=frozenset(Part) if parts is None else parts,
        link_parameters=partner.link_parameters,
    )


def most(extents: Iterable[Extent]) -> Extent:
    """Return the extent that shows the most; of none, nothing."""
    return min(extents, key=_LESS.index, default=Extent.NONE)


def with_parameters(url: str, parameters: Sequence[tuple[str, str]]) -> str:
    """Return ``url`` with ``parameters`` at the end of its query, in place of any of the same names.

    What else is there stays as it is written (RFC 3986, 3.4); "" stays "".
    """
    if not url:
        return url
    address, hash_, fragment = url.partition("#")
    path, _, query = address.partition("?")
    names = {name for name, _ in parameters}
    pairs = [pair for pair in query.split("&") if pair and unquote_plus(pair.partition("=")[0]) not in names]
    pairs += (f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in parameters)
    return f"{path}?{'&'.join(pairs)}{hash_}{fragment}" if pairs else f"{path}{hash_}{fragment}"
