"""Answer a request from bytes that are ready: content coding, validators, 304, HEAD.

Everything that leaves this room with a body (feeds, OPML, the style sheet, pages) goes through
``serve``, so that conditional requests behave alike everywhere.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

_ENTITY_TAG = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')
_BODY_HEADERS = ("Content-Type", "Content-Encoding", "Content-Length")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """Bytes ready to be served."""

    body: bytes
    gzipped: bytes  #: the same body, compressed
    etag: str  #: strong, quoted: of ``body``
    media_type: str  #: the whole ``Content-Type``
    changed_at: datetime | None = None  #: UTC; None: no ``Last-Modified`` is sent


def document(body: bytes, media_type: str, *, changed_at: datetime | None = None) -> Document:
    """Return ``body`` with its hash as entity tag and its compressed form."""
    return Document(
        body=body,
        gzipped=gzip.compress(body, compresslevel=5, mtime=0),
        etag=f'"{hashlib.sha256(body).hexdigest()[:32]}"',
        media_type=media_type,
        changed_at=changed_at,
    )


def serve(request: Request, ready: Document, headers: Mapping[str, str]) -> Response:
    """Return the answer to a GET or HEAD of ``ready``: 200, or 304 where the asker has it already.

    ``headers`` come with both. The two content codings have entity tags of their own, because a
    strong tag names bytes (RFC 9110, 8.8.3.3).
    """
    compressed = prefers_gzip(",".join(request.headers.getlist("accept-encoding")))
    etag = f'{ready.etag[:-1]}-gzip"' if compressed else ready.etag
    body = ready.gzipped if compressed else ready.body
    fields = {
        "ETag": etag,
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
        "Content-Type": ready.media_type,
        "Content-Length": str(len(body)),
        **headers,
    }
    if compressed:
        fields["Content-Encoding"] = "gzip"
    if ready.changed_at is not None:
        fields["Last-Modified"] = format_datetime(ready.changed_at.astimezone(UTC), usegmt=True)
    if _is_current(request, etag, ready.changed_at):
        for name in _BODY_HEADERS:
            fields.pop(name, None)
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=fields)
    return Response(b"" if request.method == "HEAD" else body, headers=fields)


def prefers_gzip(accept_encoding: str) -> bool:
    """Return whether an ``Accept-Encoding`` wants gzip no less than no coding (RFC 9110, 12.5.3)."""
    weights: dict[str, float] = {}
    for part in accept_encoding.split(","):
        coding, _, parameter = part.partition(";")
        weights[coding.strip().lower()] = _weight(parameter)
    anything = weights.get("*", 0.0)
    wanted = weights.get("gzip", weights.get("x-gzip", anything))
    return wanted > 0 and wanted >= weights.get("identity", 0.0)


def _weight(parameter: str) -> float:
    """Return the ``q`` of one coding; a coding with an unreadable weight is not wanted."""
    name, separator, value = parameter.partition("=")
    if not separator:
        return 1.0
    if name.strip().lower() != "q" or not re.fullmatch(r"[01](\.[0-9]{0,3})?", value.strip()):
        return 0.0
    return float(value)


def _is_current(request: Request, etag: str, changed_at: datetime | None) -> bool:
    """Return whether the asker's copy is the one we would send (RFC 9110, 13.2.2, steps 3 and 4)."""
    tags = ",".join(request.headers.getlist("if-none-match"))
    if tags:
        return tags.strip() == "*" or etag in _ENTITY_TAG.findall(tags)
    since = request.headers.get("if-modified-since", "")
    if not since or changed_at is None:
        return False
    try:
        asked = parsedate_to_datetime(since)
    except (ValueError, OverflowError):  # not a date: as if the header were not there
        return False
    if asked.tzinfo is None:
        asked = asked.replace(tzinfo=UTC)
    return changed_at.replace(microsecond=0) <= asked
