"""The library ``reader``, used as its documentation says."""

from __future__ import annotations

import os
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Any

from reader import UpdateError, make_reader

from benchmarks.fleet.peers import serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

WORKERS = 10


def subscribe(database: str, addresses: Iterable[str]) -> None:
    """Enter the addresses in a new database."""
    with closing(make_reader(database)) as reader:
        for address in addresses:
            reader.add_feed(address)


def prepare(database: str) -> Callable[[], int]:
    """Return what updates all feeds and says how many failed."""
    reader = make_reader(database)
    if trusted := os.environ.get("REQUESTS_CA_BUNDLE"):  # which reader does not heed
        reader._parser.lazy_init(partial(believe, trusted=trusted))  # noqa: SLF001 - as its own plugins do

    def update() -> int:
        results = reader.update_feeds_iter(workers=WORKERS, scheduled=False)  # all, as --force does
        return sum(isinstance(result.value, UpdateError) for result in results)

    return update


def believe(parser: Any, *, trusted: str) -> None:
    """Make ``reader`` believe the certificate authorities of a file."""
    parser.get_retriever("https://").session.verify = trusted


if __name__ == "__main__":
    serve(subscribe, prepare)
