"""The shelf: what feed addresses answer with, kept in memory, made once for each change.

No request asks the database about a feed that did not change. ``Shelf.refresh`` does, once a second and
whenever this process published. What a request finds missing is loaded and compressed in a worker thread,
once, however many ask for it at the same moment.

Everything but ``refresh`` belongs to the event loop. ``refresh`` only counts up the marks of feeds: what was
loaded under an earlier mark is no longer current.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING

from aggregator.coding import CODINGS, IDENTITY, QUICK
from aggregator.errors import StoreError
from aggregator.model.feed import ARCHIVE
from aggregator.web.serving import Representation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from aggregator.model.feed import Feed, FeedName
    from aggregator.model.source import SourceId
    from aggregator.ports import Store
    from aggregator.web.serving import Document, Fields

    Ready = tuple[Representation, bytes]

LIMIT_BYTES = 64_000_000  #: of all bodies: some hundred feeds in every format and coding
ONES_BYTES = 16_000_000  #: beside that, of what one reader each reads, and mostly once
LOOK_SECONDS = 1.0  #: between two looks at what other processes published
ANY: FeedName = ""  #: stands for every feed: what is made from all of them changes with each
log = logging.getLogger(__name__)


class Resource:
    """What is served at one address and its aliases."""

    __slots__ = ("basis", "document", "feed", "fields", "load", "mark", "representations")

    def __init__(
        self,
        feed: FeedName,
        load: Callable[..., Document | None],
        fields: Fields,
        *,
        basis: Resource | None = None,
    ) -> None:
        """Serve what ``load`` returns, with these header ``fields``, for as long as ``feed`` does not change.

        ``load`` is called in a worker thread; None: there is nothing to serve yet. With a ``basis``, of the
        same feed, it makes what one reader reads, and mostly once, of the document of that.
        """
        self.feed = feed
        self.load = load
        self.fields = fields
        self.basis = basis
        self.mark = -1  #: of the feed, when ``document`` was loaded
        self.document: Document | None = None  #: without its body
        self.representations: dict[str, Representation] = {}  #: by coding

    def represent(self, coding: str) -> Representation:
        """Return the representation in ``coding``, with its body or without."""
        representation = self.representations.get(coding)
        if representation is None:
            assert self.document is not None  # noqa: S101 # only what there is is represented
            representation = Representation(self.document, coding, self.fields)
            self.representations[coding] = representation
        return representation

    def whole(self) -> Document | None:
        """Return the document, if its body is at hand."""
        plain = self.representations.get(IDENTITY)
        if self.document is None or plain is None or plain.body is None:
            return None
        return replace(self.document, body=plain.body)


class _Bodies(OrderedDict["Representation", None]):
    """Representations that have their bodies, as many as there is room for; the first to go comes first."""

    def __init__(self, limit_bytes: int) -> None:
        super().__init__()
        self._room = limit_bytes

    def keep(self, representation: Representation, body: bytes, *, first_to_go: bool = False) -> None:
        """Give a representation its body, and take theirs from others for that."""
        self.drop(representation)
        representation.fill(body)
        self._room -= len(body)
        self[representation] = None
        self.move_to_end(representation, last=not first_to_go)
        while self._room < 0:
            self.drop(next(iter(self)))

    def drop(self, representation: Representation) -> None:
        """Take its body from a representation, if it has one."""
        if representation.body is not None:
            del self[representation]
            self._room += len(representation.body)
            representation.body = None


class Shelf:
    """Keeps the representations of all feeds; of the bodies those that were asked for last."""

    def __init__(self, feeds: Iterable[Feed], store: Store, *, limit_bytes: int = LIMIT_BYTES) -> None:
        self.resources: dict[str, Resource] = {}  #: by decoded path: every one that was ever asked for
        self._store = store
        self._bodies = _Bodies(limit_bytes)
        self._ones = _Bodies(ONES_BYTES)
        self._making: dict[object, asyncio.Task[Ready | None]] = {}
        self._marks: dict[FeedName, int] = {}
        self._on_demand: dict[SourceId, list[FeedName]] = {}
        for feed in feeds:
            names = [feed.name + ARCHIVE, *([feed.name] if feed.on_demand else ())]
            for source in feed.sources:
                self._on_demand.setdefault(source, []).extend(names)
        self._looking = threading.Lock()
        self._serial, self._stamp = 0, -1
        self._revisions: Mapping[SourceId, int] = {}
        self._blind = False

    def at_hand(self, resource: Resource, coding: str) -> Representation | None:
        """Return the current representation in ``coding`` if it is known; its body may still be missing."""
        if resource.mark != self._marks.get(resource.feed, 0):
            return None
        return resource.representations.get(coding)

    async def described(self, resource: Resource) -> Document | None:
        """Return the current document, its body empty; None: there is nothing to serve yet.

        Raises:
            StoreError: the database cannot be used.
        """
        if resource.mark != self._marks.get(resource.feed, 0):
            await self.ready(resource, IDENTITY)
        return resource.document

    def touch(self, representation: Representation) -> None:
        """Note that a body was sent: it is let go of later than others."""
        kept = self._bodies if representation in self._bodies else self._ones
        kept.move_to_end(representation)

    async def ready(self, resource: Resource, coding: str) -> Ready | None:
        """Return the current representation in ``coding``, and its body; None: there is nothing to serve yet.

        Raises:
            StoreError: the database cannot be used.
        """
        mark = self._marks.get(resource.feed, 0)
        key = (resource, coding, mark)
        task = self._making.get(key)
        if task is None:
            task = self._making[key] = asyncio.create_task(self._make(resource, coding, mark))
            task.add_done_callback(lambda done: self._made(key, done))
        return await asyncio.shield(task)  # others may wait for it, too

    def _made(self, key: object, task: asyncio.Task[Ready | None]) -> None:
        del self._making[key]
        if not task.cancelled():
            task.exception()  # looked at, also where nobody waits for it any more

    async def _make(self, resource: Resource, coding: str, mark: int) -> Ready | None:
        document = None
        if resource.mark == mark:
            if resource.document is None:
                return None
            found = resource.represent(coding)
            if found.body is not None:
                return found, found.body
            document = resource.whole()
        if document is None:
            document = await self._load(resource)
        if document is None:
            if resource.mark <= mark:
                self._put(resource, None, mark)
            return None
        encode = (QUICK if resource.basis else CODINGS)[coding]
        body = await asyncio.to_thread(encode, document.body)
        if resource.mark > mark:  # a newer edition was faster
            representation = Representation(document, coding, resource.fields)
            representation.fill(body)
            return representation, body
        self._put(resource, document, mark)
        bodies = self._ones if resource.basis else self._bodies
        if not resource.basis and coding != IDENTITY:  # perhaps another coding is asked for
            plain = resource.represent(IDENTITY)
            if plain.body is None:
                bodies.keep(plain, document.body, first_to_go=True)
        representation = resource.represent(coding)
        bodies.keep(representation, body)
        return representation, body

    async def _load(self, resource: Resource) -> Document | None:
        if resource.basis is None:
            return await asyncio.to_thread(resource.load)
        found = await self.ready(resource.basis, IDENTITY)
        if found is None:
            return None
        representation, body = found
        return await asyncio.to_thread(resource.load, replace(representation.document, body=body))

    def _put(self, resource: Resource, document: Document | None, mark: int) -> None:
        resource.mark = mark
        described = document and replace(document, body=b"")
        if resource.document == described:  # the same bytes: what is compressed stays so
            return
        resource.document = described
        bodies = self._ones if resource.basis else self._bodies
        for old in resource.representations.values():
            bodies.drop(old)
        resource.representations = {}

    async def watch(self, seconds: float = LOOK_SECONDS) -> None:
        """Refresh again and again, until cancelled."""
        while True:
            try:
                await asyncio.to_thread(self.refresh)
            except Exception:
                log.exception("feeds are served as they were: a bug in the aggregator: please report it")
            await asyncio.sleep(seconds)

    def refresh(self) -> None:
        """Look which feeds changed since the last look. While the database does not answer, none has."""
        with self._looking:
            try:
                for feed in self._changed():
                    self._marks[feed] = self._marks.get(feed, 0) + 1
            except StoreError as error:
                if not self._blind:
                    log.warning("feeds are served as they were: %s", error)
                self._blind = True
            else:
                self._blind = False

    def _changed(self) -> set[FeedName]:
        renewed = self._store.renewed(self._serial)
        changed = {*renewed, ANY} if renewed else set()
        stamp = self._store.stamp()  # before the revisions: what comes in between is seen at the next look
        if stamp != self._stamp:
            revisions = {source: front.revision for source, front in self._store.fronts().items()}
            for source, revision in revisions.items():
                if revision != self._revisions.get(source):
                    changed.update(self._on_demand.get(source, ()))
            self._revisions = revisions
        self._stamp = stamp
        self._serial = max(renewed.values(), default=self._serial)
        return changed
