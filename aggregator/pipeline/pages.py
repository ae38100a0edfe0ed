"""Look at the pages of new articles for better dates than their listing gives (``article: true``).

Each page is asked for once, a few at each collect; what was not reached waits for the next ones. A page
that cannot be had or read costs nothing but its date.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aggregator.errors import ParseError
from aggregator.model.fetch import Failed, Fetched, Request
from aggregator.parse import article

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aggregator.model.fetch import Outcome
    from aggregator.model.item import Claim
    from aggregator.model.source import Source
    from aggregator.pipeline.save import Harvest, Lookup
    from aggregator.ports import Fetcher

AT_ONCE = 10  #: pages of one source looked at in one collect


def look(harvests: Sequence[Harvest], fetcher: Fetcher) -> Iterator[Harvest]:
    """Ask for the pages that ``harvests`` want; yield each harvest, with its dates, once it is whole."""
    left = [len(harvest.lookups) for harvest in harvests]
    told: list[list[tuple[Lookup, Outcome]]] = [[] for _ in harvests]
    requests = [
        _request(lookup, harvest.source, tag=f"{number} {place}")
        for number, harvest in enumerate(harvests)
        for place, lookup in enumerate(harvest.lookups)
    ]
    for finished in fetcher.fetch(requests):
        for request, outcome in finished:
            number, place = map(int, request.tag.split())
            told[number].append((harvests[number].lookups[place], outcome))
            left[number] -= 1
            if not left[number]:
                yield _with_pages(harvests[number], told[number])


def _request(lookup: Lookup, source: Source, *, tag: str) -> Request:
    """What the operator's headers hold may be secret: only the source's own server gets them."""
    link = lookup.item.link
    own = urlsplit(link)[:2] == urlsplit(source.url)[:2]
    return Request(tag=tag, url=link, headers=source.headers if own else {})


def _with_pages(harvest: Harvest, told: Sequence[tuple[Lookup, Outcome]]) -> Harvest:
    items = {item.key: item for item in harvest.items}
    faults, size = list(harvest.faults), harvest.body_bytes
    for lookup, outcome in told:
        claims: tuple[Claim, ...] = ()
        try:
            if isinstance(outcome, Fetched):
                size += len(outcome.body)
                claims = article.claims(outcome.body, url=outcome.url, content_type=outcome.content_type)
            elif isinstance(outcome, Failed):
                faults.append(f"no date from the page {lookup.item.link}: {outcome.error}")
        except ParseError as error:
            faults.append(f"no date from the page {lookup.item.link}: {error}")
        items[lookup.item.key] = replace(lookup.again(claims), awaits_page=False)
    return replace(harvest, items=tuple(items.values()), faults=tuple(faults), lookups=(), body_bytes=size)
