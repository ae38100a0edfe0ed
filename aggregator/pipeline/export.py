"""Write what the service would serve as files, for a web server or a CDN."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from aggregator.render import FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from aggregator.model.feed import Feed
    from aggregator.ports import Store


def export(feeds: Iterable[Feed], folder: Path, *, store: Store) -> int:
    """Write every feed under ``folder`` as ``feeds/{name}.{suffix}``; return how many files changed.

    A file appears whole or not at all, and one whose bytes are the same is left untouched.

    Raises:
        OSError: the folder cannot be written to.
    """
    written = 0
    for feed in feeds:
        for suffix in FORMATS:
            publication = store.publication(feed.name, suffix)
            if publication is None:
                continue
            path = folder / "feeds" / f"{feed.name}.{suffix}"
            if path.exists() and path.read_bytes() == publication.body:
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_name(f".{path.name}.new")
            unfinished.write_bytes(publication.body)
            os.utime(unfinished, (publication.changed_at.timestamp(),) * 2)
            unfinished.replace(path)
            written += 1
    return written
