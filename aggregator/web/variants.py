"""The feeds that partners read, under their contracts: at ``/p/{key}/…``, and at everybody's addresses."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import cache, partial
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from aggregator.render import FORMATS
from aggregator.rules.terms import filled, variant
from aggregator.web.partners import Refused
from aggregator.web.serving import Document, by_name, fields_of, preferred, respond
from aggregator.web.shelf import Resource

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from aggregator.model.feed import Feed, FeedName, Publication, Site
    from aggregator.web.partners import Gatekeeper
    from aggregator.web.serving import Fields
    from aggregator.web.shelf import Shelf
    from aggregator.web.words import Words

    Parameters = tuple[tuple[str, str], ...]

VARY = "Accept-Encoding, Authorization"  #: of what a key may change
_DIGEST_BYTES = 6
_PRIVATE = {"Cache-Control": "private, max-age=60", "Vary": VARY, "Referrer-Policy": "no-referrer"}


class Variants:
    """Answers partners from the editions that are made for their terms: all that ``HotPath`` leaves to us.

    Partners with the same terms are answered with the same bytes, but for the parameters of their links,
    which are put in once for each partner and edition.
    """

    def __init__(
        self,
        *,
        site: Site,
        feeds: Sequence[Feed],
        publication: Callable[[FeedName, str], Publication | None],
        words: Words,
        shelf: Shelf,
        gate: Gatekeeper,
    ) -> None:
        self._site = site
        self._feeds = {feed.name: feed for feed in feeds}
        self._publication = publication
        self._words = words
        self._shelf = shelf
        self._gate = gate
        self._resources: dict[tuple[FeedName, str, Parameters], Resource] = {}
        self._fields = cache(self._fields_at)  # the same for all partners

    @property
    def has_partners(self) -> bool:
        """Whether a key may change an answer."""
        return bool(self._gate)

    def routes(self) -> list[Route]:
        """Return the routes of partners' own addresses."""
        return [Route("/p/{key}/{file:path}", self.own, methods=("GET", "HEAD"))]

    async def own(self, request: Request) -> Response:
        """Answer ``/p/{key}/{feed}.{suffix}``."""
        name, _, suffix = request.path_params["file"].rpartition(".")
        try:
            return await self.answer(request, request.path_params["key"], name, suffix)
        except Refused as refused:
            if refused.status_code != HTTPStatus.NOT_FOUND:
                raise
            raise HTTPException(HTTPStatus.NOT_FOUND) from None  # as where there never was anything

    async def answer(self, request: Request, key: str, name: FeedName, suffix: str) -> Response:
        """Answer who asks with ``key`` for a feed in a format.

        Raises:
            Refused: under no contract.
            StoreError: the database cannot be used.
        """
        client = request.client.host if request.client else ""
        account = await self._gate.admit(key, client, feed=name)
        if suffix not in FORMATS or name not in self._feeds:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        feed, parameters = variant(self._feeds[name], account.partner), account.partner.link_parameters
        resource = self._resource(name, feed.name, suffix, parameters)
        asked = by_name(request.headers.raw)
        found = await self._shelf.ready(resource, preferred(asked))
        if found is None:
            return self._not_yet()
        account.resources[f"{name}.{suffix}"] = resource
        response = respond(request, asked, *found)
        self._gate.used(account.partner, status=response.status_code, size=len(response.body))
        return response

    def _resource(self, name: FeedName, of: FeedName, suffix: str, parameters: Parameters) -> Resource:
        """Return what is read for the feed ``name``: the one ``of`` certain terms, with ``parameters``."""
        resource = self._resources.get((of, suffix, parameters))
        if resource is None:
            fields = self._fields(f"/feeds/{name}.{suffix}")
            if parameters:
                basis = self._resource(name, of, suffix, ())
                load = partial(_filled, suffix=suffix, parameters=parameters)
                resource = Resource(of, load, fields, basis=basis)
            else:
                resource = Resource(of, partial(self._document, of, suffix), fields)
            self._resources[of, suffix, parameters] = resource
        return resource

    def _fields_at(self, path: str) -> Fields:
        return fields_of({**_PRIVATE, "Link": f'<{self._site.base_url}{quote(path)}>; rel="self"'})

    def _document(self, name: FeedName, suffix: str) -> Document | None:
        edition = self._publication(name, suffix)
        if edition is None:
            return None
        return Document(
            body=edition.body,
            etag=edition.etag,
            media_type=FORMATS[suffix].media_type,
            changed_at=edition.changed_at,
        )

    def _not_yet(self) -> Response:
        headers = {"Retry-After": "2", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        return PlainTextResponse(self._words.not_yet, HTTPStatus.SERVICE_UNAVAILABLE, headers=headers)


def _filled(edition: Document, *, suffix: str, parameters: Parameters) -> Document:
    """Return an edition with ``parameters`` in its links."""
    own = hashlib.blake2b(repr(parameters).encode(), digest_size=_DIGEST_BYTES).hexdigest()
    return replace(
        edition,
        body=filled(edition.body, parameters, escaped=suffix != "json"),
        etag=f'{edition.etag[:-1]}.{own}"',  # the edition's and theirs name the bytes together
    )
