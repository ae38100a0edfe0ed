"""Look at articles' pages: for better dates than their listing gives, and whether they are there at all.

The pages of new items are asked for once (``article: true``), those of items that vanished from inside their
document until they answer; a few at each collect, and what was not reached waits for the next ones. A page
that cannot be had or read costs nothing but its date, and slow ones do not hold a pass up for long.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from aggregator.errors import ParseError
from aggregator.model.fetch import BARRED, Failed, Fetched, Request
from aggregator.model.item import Article
from aggregator.pipeline.reading import read_as_they_come
from aggregator.pipeline.save import Absent, Lookup
from aggregator.rules.removal import Page
from aggregator.rules.urls import is_front_page

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from concurrent.futures import Future
    from datetime import datetime

    from aggregator.model.fetch import Outcome
    from aggregator.model.item import Item
    from aggregator.model.source import Source
    from aggregator.pipeline.save import Harvest
    from aggregator.ports import Fetcher, Reader

AT_ONCE = 10  #: pages of one source looked at in one collect
PATIENCE = timedelta(seconds=15)  #: for all pages of a pass together; a page that is under way gets its time
log = logging.getLogger(__name__)
_SILENT = Article(claims=(), canonical="")


class _Told(NamedTuple):
    """What a page said. Its bytes are not kept: of hundreds of pages they would be gigabytes."""

    about: Lookup | Absent
    page: Page
    article: Article
    fault: str
    size: int  # bytes


def look(harvests: Sequence[Harvest], fetcher: Fetcher, reader: Reader) -> Iterator[Harvest]:
    """Ask for the pages that ``harvests`` want; yield each harvest, with its dates, once it is whole.

    When ``PATIENCE`` is over, what is still wanted stays so, and every harvest goes out as it is.
    """
    wanted = [_wanted(harvest) for harvest in harvests]
    left = {number: len(each) for number, each in enumerate(wanted)}
    told: list[list[_Told]] = [[] for _ in harvests]
    requests = [
        _request(about.item, harvests[number].source, tag=f"{number} {place}")
        for number, each in enumerate(wanted)
        for place, about in enumerate(each)
    ]
    finished = _in_time(requests, _begun(harvests), fetcher)
    for each in read_as_they_come(finished, partial(_begin, wanted=wanted, reader=reader)):
        for request, outcome, page in each:
            number, place = map(int, request.tag.split())
            told[number].append(_tell(wanted[number][place], outcome, page))
            left[number] -= 1
            if not left[number]:
                del left[number]
                yield _with_pages(harvests[number], told[number])
                told[number].clear()
    for number in left:
        yield _with_pages(harvests[number], told[number])


def _wanted(harvest: Harvest) -> list[Lookup | Absent]:
    """Return whose pages are asked for; of those that vanished, the longest missed first."""
    absent = sorted(
        (each for each in harvest.absences if each.page is Page.UNASKED), key=lambda each: not each.before
    )
    return [*harvest.lookups, *absent[:AT_ONCE]]


def _begun(harvests: Iterable[Harvest]) -> datetime | None:
    return max((harvest.state.last_at for harvest in harvests if harvest.state.last_at), default=None)


def _in_time(
    requests: Sequence[Request], begun: datetime | None, fetcher: Fetcher
) -> Iterator[list[tuple[Request, Outcome]]]:
    """Yield the requests with their outcomes, until one of them comes too late to wait for others."""
    for finished in fetcher.fetch(requests) if requests else ():
        yield finished
        if begun and any(outcome.at > begun + PATIENCE for _, outcome in finished):
            return


def _begin(
    request: Request, outcome: Outcome, *, wanted: Sequence[Sequence[Lookup | Absent]], reader: Reader
) -> Future[Article] | None:
    """Begin to read a page; whether the page of an item that vanished is there, shows without that."""
    number, place = map(int, request.tag.split())
    if isinstance(outcome, Fetched) and isinstance(wanted[number][place], Lookup):
        return reader.article(outcome.body, url=outcome.url, content_type=outcome.content_type)
    return None


def _request(item: Item, source: Source, *, tag: str) -> Request:
    """What the operator's headers hold may be secret: only the source's own server gets them."""
    link = item.link
    own = urlsplit(link)[:2] == urlsplit(source.url)[:2]
    return Request(tag=tag, url=link, headers=source.headers if own else {}, robots=source.robots)


def _tell(about: Lookup | Absent, outcome: Outcome, page: Future[Article] | None) -> _Told:
    """Return what a page said; the one place where its errors, and ours about it, become a fault."""
    link, size = about.item.link, 0
    if isinstance(about, Absent):
        return _Told(about, _page(outcome, link), _SILENT, "", 0)
    try:
        if isinstance(outcome, Fetched) and page:
            size = len(outcome.body)
            return _Told(about, Page.THERE, page.result(), "", size)
        why = outcome.error if isinstance(outcome, Failed) else ""
    except ParseError as error:
        why = str(error)
    except Exception as error:
        log.exception("a bug in the aggregator, set off by the page %s: please report it", link)
        why = f"the aggregator itself failed on it ({type(error).__name__})"
    return _Told(about, Page.SILENT, _SILENT, f"no date from the page {link}: {why}", size)


def _page(outcome: Outcome, link: str) -> Page:
    """Return whether a page is there; one that has become the site's front page is not."""
    match outcome:
        case Failed(status=404 | 410):
            return Page.GONE
        case Failed(status=int(status)):  # 403 refuses us, not the news; 429 and 503 say: not now
            later = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS
            return Page.UNASKED if later else Page.THERE
        case Failed(error=why) if why.startswith(BARRED):
            return Page.THERE
        case Failed():
            return Page.SILENT
        case Fetched(url=url) if is_front_page(url) and not is_front_page(link):
            return Page.GONE
        case _:
            return Page.THERE


def _with_pages(harvest: Harvest, told: Iterable[_Told]) -> Harvest:
    items = {item.key: item for item in harvest.items}
    absences = {absent.item.key: absent for absent in harvest.absences}
    faults, size = list(harvest.faults), harvest.body_bytes
    for one in told:
        size += one.size
        faults += [one.fault] if one.fault else []
        if isinstance(one.about, Lookup):
            items[one.about.item.key] = replace(one.about.again(one.article), awaits_page=False)
        else:
            absences[one.about.item.key] = replace(one.about, page=one.page)
    return replace(
        harvest,
        items=tuple(items.values()),
        lookups=(),
        absences=tuple(absences.values()),
        faults=tuple(faults),
        body_bytes=size,
    )
