"""Answer a request from bytes that are ready: content coding, validators, 304, HEAD.

Everything that leaves this room with a body (feeds, OPML, the style sheet, pages) is a ``Document``,
and is sent as one of its ``Representation``s, so that conditional requests behave alike everywhere.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeAlias

from starlette.responses import Response

from aggregator.coding import CODINGS, IDENTITY, QUICK

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request

Fields: TypeAlias = "list[tuple[bytes, bytes]]"  #: of an answer, as ASGI has them: the names in lower case
Asked: TypeAlias = "Mapping[bytes, bytes]"  #: the header fields of a request

LONGEST_ACCEPT = 1000  #: bytes of an ``Accept-Encoding`` that are worth reading
_ENTITY_TAG = re.compile(rb'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')
_WEIGHT = re.compile(r"[01](\.[0-9]{0,3})?")
_VARY = b"vary"
_COMMON: Fields = [(_VARY, b"Accept-Encoding"), (b"x-content-type-options", b"nosniff")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """Bytes ready to be served."""

    body: bytes
    etag: str  #: strong, quoted: of ``body``
    media_type: str  #: the whole ``Content-Type``
    changed_at: datetime | None = None  #: UTC; None: no ``Last-Modified`` is sent
    quick: bool = False  #: compressed quickly rather than well: sent a few times at most
    _encoded: dict[str, bytes] = field(default_factory=dict, init=False, repr=False, compare=False)

    def encoded(self, coding: str) -> bytes:
        """Return the body in a content coding, compressed at the first call."""
        body = self._encoded.get(coding)
        if body is None:
            body = self._encoded[coding] = (QUICK if self.quick else CODINGS)[coding](self.body)
        return body


def document(
    body: bytes, media_type: str, *, changed_at: datetime | None = None, quick: bool = False
) -> Document:
    """Return ``body`` with its hash as entity tag."""
    etag = f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'
    return Document(body=body, etag=etag, media_type=media_type, changed_at=changed_at, quick=quick)


def by_name(fields: Sequence[tuple[bytes, bytes]]) -> Asked:
    """Return the header fields of a request by name; a list may come in several of them (RFC 9110, 5.3)."""
    asked = dict(fields)
    if len(asked) < len(fields):
        asked = {}
        for name, value in fields:
            asked[name] = asked[name] + b"," + value if name in asked else value
    return asked


class Representation:
    """A document in one content coding, with its header fields made: what a million answers are sent from.

    Each coding has an entity tag of its own, because a strong tag names bytes (RFC 9110, 8.8.3.3).

    Attributes:
        document: what it represents.
        unmodified: the fields of a 304.
        fields: those of a 200; to be used only where there is a ``body``.
        body: None: not made yet, or let go of.
    """

    __slots__ = ("_changed_at", "_etag", "_head", "_modified", "body", "document", "fields", "unmodified")

    def __init__(self, ready: Document, coding: str, fields: Fields) -> None:
        etag = ready.etag if coding == IDENTITY else f'{ready.etag[:-1]}-{coding}"'
        self.document = ready
        self._etag = etag.encode()
        self._changed_at = ready.changed_at
        self._modified = b""
        common = _COMMON[1:] if any(name == _VARY for name, _ in fields) else _COMMON
        self.unmodified: Fields = [(b"etag", self._etag), *common, *fields]
        if ready.changed_at is not None:
            self._modified = format_datetime(ready.changed_at.astimezone(UTC), usegmt=True).encode()
            self.unmodified.append((b"last-modified", self._modified))
        self._head: Fields = [(b"content-type", ready.media_type.encode())]
        if coding != IDENTITY:
            self._head.append((b"content-encoding", coding.encode()))
        self.fields: Fields = []
        self.body: bytes | None = None

    def fill(self, body: bytes) -> None:
        """Take the encoded bytes."""
        self.fields = [*self.unmodified, *self._head, (b"content-length", b"%d" % len(body))]
        self.body = body

    def is_current(self, asked: Asked) -> bool:
        """Return whether the asker's copy is this one (RFC 9110, 13.2.2, steps 3 and 4)."""
        tags = asked.get(b"if-none-match")
        if tags:
            if tags == self._etag:
                return True
            return tags.strip() == b"*" or self._etag in _ENTITY_TAG.findall(tags)
        since = asked.get(b"if-modified-since")
        if not since or self._changed_at is None:
            return False
        return since == self._modified or self._changed_at.replace(microsecond=0) <= _instant(since)


def serve(request: Request, ready: Document, headers: Mapping[str, str]) -> Response:
    """Return the answer to a GET or HEAD of ``ready``: 200, or 304 where the asker has it already.

    ``headers`` come with both.
    """
    asked = by_name(request.headers.raw)
    coding = preferred(asked)
    representation = Representation(ready, coding, fields_of(headers))
    body = b""
    if not representation.is_current(asked):
        body = ready.encoded(coding)
        representation.fill(body)
    return respond(request, asked, representation, body)


def respond(request: Request, asked: Asked, representation: Representation, body: bytes) -> Response:
    """Return the answer to a GET or HEAD of a representation with this body: 200 or 304."""
    if representation.is_current(asked):
        response, fields = Response(status_code=HTTPStatus.NOT_MODIFIED), representation.unmodified
    else:
        response, fields = Response(b"" if request.method == "HEAD" else body), representation.fields
    response.raw_headers = list(fields)
    return response


def fields_of(headers: Mapping[str, str]) -> Fields:
    """Return ``headers`` as fields of an answer, but for those that every answer has."""
    fields = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    return [each for each in fields if each not in _COMMON]


def preferred(asked: Asked) -> str:
    """Return the content coding that a request's ``Accept-Encoding`` likes best (RFC 9110, 12.5.3).

    Of those that it likes equally, the one that is smallest. Bytes as they are will always do.
    """
    accept = asked.get(b"accept-encoding")
    return _preferred(accept) if accept and len(accept) <= LONGEST_ACCEPT else IDENTITY


@lru_cache(maxsize=256)
def _preferred(accept_encoding: bytes) -> str:
    weights: dict[str, float] = {}
    for part in accept_encoding.decode("latin-1").lower().split(","):
        coding, _, parameter = part.partition(";")
        weights[coding.strip().removeprefix("x-")] = _weight(parameter)
    anything = weights.pop("*", 0.0)
    weights.setdefault(IDENTITY, 0.0)  # the last resort, unless it is asked for
    best = max(CODINGS, key=lambda coding: weights.get(coding, anything))
    return best if weights.get(best, anything) > 0 else IDENTITY


def _weight(parameter: str) -> float:
    """Return the ``q`` of one coding; a coding with an unreadable weight is not wanted."""
    name, separator, value = parameter.partition("=")
    if not separator:
        return 1.0
    if name.strip() != "q" or not _WEIGHT.fullmatch(value.strip()):
        return 0.0
    return float(value)


def _instant(text: bytes) -> datetime:
    """Return the instant that an HTTP date names; long ago where it names none."""
    try:
        instant = parsedate_to_datetime(text.decode("latin-1"))
    except (ValueError, OverflowError):  # not a date: as if the header were not there
        return datetime.min.replace(tzinfo=UTC)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
