"""Ask the service for every address, and keep its answers where a web server finds them.

So the files are what the service serves. What is written, left and removed is decided here; only what an
earlier export wrote, or would have written just so, is ever overwritten or removed.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import deque
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from aggregator.export.asking import ask
from aggregator.export.manifest import MANIFEST, Kept, Manifest, load
from aggregator.export.place import File, ForeignError

if TYPE_CHECKING:
    from aggregator.export.asking import Answer, Application
    from aggregator.export.place import Place
    from aggregator.web.addresses import Addresses

#: content coding -> what is added to the name of the file that holds it: where nginx and Caddy look for it
SIBLINGS = {"gzip": ".gz", "br": ".br"}
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Exported:
    """What an export did."""

    written: int = 0
    unchanged: int = 0
    removed: int = 0
    in_the_way: list[str] = field(default_factory=list)  #: what is not ours where we would write, in words
    unanswered: list[str] = field(
        default_factory=list
    )  #: addresses that failed; their files stay as they were


def export(application: Application, addresses: Addresses, place: Place, *, site: str) -> Exported:
    """Write the answer of every address to ``place``; return what that changed.

    An address that ends in ``/`` becomes ``index.html`` there. Beside each file is one for every content
    coding in ``SIBLINGS`` in which the application answers. What may not be stored is not (``no-store``).

    Args:
        application: the service, as ``web.build`` returns it.
        addresses: which addresses it has.
        place: where to.
        site: the base address, so that no export removes another's files.

    Raises:
        AggregatorError: the place cannot be used, or its manifest is not ours.
    """
    document = place.read(MANIFEST)
    if document is None and place.stamp(MANIFEST) is not None:
        raise ForeignError(f"{place.name}: {MANIFEST} is not a file; nothing was changed")
    manifest = load(document, site=site, place=place.name)
    return asyncio.run(_Export(application, addresses, place, manifest).run())


class _Export:
    def __init__(
        self, application: Application, addresses: Addresses, place: Place, manifest: Manifest
    ) -> None:
        self._application = application
        self._addresses = addresses
        self._place = place
        self._before = manifest.files
        self._now = Manifest(manifest.site)
        self._done = Exported()

    async def run(self) -> Exported:
        waiting = deque(dict.fromkeys(self._addresses.first()))
        met = set(waiting)
        while waiting:
            address = waiting.popleft()
            body = await self._address(address)
            for found in self._addresses.linked(address, body) if body else ():
                if found not in met:
                    met.add(found)
                    waiting.append(found)
        self._done.in_the_way = list(dict.fromkeys(self._done.in_the_way))  # one thing, many addresses
        self._remove()
        document = self._now.dump()
        if self._place.read(MANIFEST) != document:
            self._place.write(MANIFEST, File(body=document, media_type="application/json"))
        self._place.finish()
        return self._done

    async def _address(self, address: str) -> bytes:
        """Keep what ``address`` answers, in every coding; return its body, empty where there is none."""
        answer = await ask(self._application, address)
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            self._done.unanswered.append(f"{address} ({answer.status})")
        if answer.status != HTTPStatus.OK or "no-store" in answer.headers.get("cache-control", ""):
            return b""
        path = address.removeprefix("/") + ("index.html" if address.endswith("/") else "")
        try:
            await self._keep_all(address, path, answer)
        except ForeignError as error:
            self._done.in_the_way.append(str(error))
        return answer.body

    async def _keep_all(self, address: str, path: str, answer: Answer) -> None:
        left = self._left(path)
        same = left is not None and left.etag == answer.etag
        self._keep(path, answer)
        for coding, suffix in SIBLINGS.items():
            sibling = path + suffix
            if same and (left := self._left(sibling)):  # made of the same bytes: nothing is compressed again
                self._take(sibling, left)
                continue
            coded = await ask(self._application, address, coding=coding)
            if coded.status == HTTPStatus.OK and coded.headers.get("content-encoding") == coding:
                self._keep(sibling, coded)

    def _left(self, path: str) -> Kept | None:
        """Return what an earlier export of this version left at ``path``, if it is still there."""
        kept = self._before.get(path)
        return kept if kept and kept.etag and kept.stamp == self._place.stamp(path) else None

    def _keep(self, path: str, answer: Answer) -> None:
        """See to it that ``path`` holds ``answer``; raise ForeignError where something else is in the way."""
        left = self._left(path)
        if left and left.etag == answer.etag:
            self._take(path, left)
            return
        file, stamp = _file(answer), self._place.stamp(path)
        digest = hashlib.sha256(answer.body).hexdigest()
        if stamp is not None and self._place.holds(path, file):
            self._take(path, Kept(answer.etag, digest, stamp))
            return
        if stamp is not None and not self._is_ours(path, stamp):
            raise ForeignError(f"{path}: no export of this site wrote what is there")
        self._now.files[path] = Kept(answer.etag, digest, self._place.write(path, file))
        self._done.written += 1

    def _take(self, path: str, kept: Kept) -> None:
        self._now.files[path] = kept
        self._done.unchanged += 1

    def _is_ours(self, path: str, stamp: str | None) -> bool:
        kept = self._before.get(path)
        if (kept and kept.stamp == stamp) or self._place.unfinished(path):
            return True
        body = self._place.read(path) if kept else None
        return kept is not None and body is not None and kept.sha256 == hashlib.sha256(body).hexdigest()

    def _remove(self) -> None:
        """Remove what is no longer served; where an address failed, what it leads to cannot be known."""
        for path, kept in self._before.items():
            if path in self._now.files:
                continue
            if self._done.unanswered:
                self._now.files[path] = kept
                continue
            try:
                if self._is_ours(path, self._place.stamp(path)):
                    self._place.remove(path)
                    self._done.removed += 1
            except ForeignError as error:
                _log.warning("%s: is no longer exported, and was not removed: %s", self._place.name, error)


def _file(answer: Answer) -> File:
    headers = answer.headers
    modified = headers.get("last-modified")
    return File(
        body=answer.body,
        media_type=headers.get("content-type", "application/octet-stream"),
        coding=headers.get("content-encoding", ""),
        cache_control=headers.get("cache-control", ""),
        modified=parsedate_to_datetime(modified) if modified else None,
    )
