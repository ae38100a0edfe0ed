"""Answer a subscriber with what is new since the edition that it has (RFC 3229, with ``feed``).

``A-IM: feed`` with an ``If-None-Match`` asks for it. An answer that is none of these is left to others.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.responses import Response

from aggregator.rules import delta

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request

    from aggregator.render.format import Format
    from aggregator.web.serving import Document

_TAG = re.compile(r'"([0-9a-f]+)(?:-[a-z]+)?"')  # ours, whatever its content coding
_HEADERS = {
    "Vary": "Accept-Encoding, A-IM, If-None-Match",
    "X-Content-Type-Options": "nosniff",
    # Who keeps it would give it to others; `im` is for those that know better (RFC 3229, 10.8.1).
    "Cache-Control": "no-store, im",
}


def wants_delta(request: Request) -> bool:
    """Tell whether the asker takes a delta of a feed, and says of what."""
    if request.method != "GET" or "if-none-match" not in request.headers:
        return False
    for part in ",".join(request.headers.getlist("a-im")).split(","):
        name, _, parameter = part.partition(";")
        if name.strip().lower() == "feed":
            return not re.fullmatch(r"\s*q\s*=\s*0(\.0*)?\s*", parameter)
    return False


def known(request: Request) -> frozenset[str]:
    """Return the entity tags that the asker has, as they are before any content coding."""
    tags = ",".join(request.headers.getlist("if-none-match"))
    return frozenset(f'"{tag}"' for tag in _TAG.findall(tags))


def unmodified(etag: str, headers: Mapping[str, str]) -> Response:
    """Return the answer to who ``wants_delta`` and has what there is."""
    return Response(status_code=HTTPStatus.NOT_MODIFIED, headers={**headers, **_HEADERS, "ETag": etag})


def answer(
    document: Document,
    instances: Sequence[tuple[str, bytes]],
    tags: frozenset[str],
    form: Format,
    headers: Mapping[str, str],
) -> Response | None:
    """Return the answer to who ``wants_delta`` and knows ``tags``: 226 with what is new.

    None: the whole feed is due. The tag that is sent is that of the bytes before any content coding: a delta
    is not coded.
    """
    places = delta.news(instances, current=document.etag, known=tags)
    if places is None:
        return None
    fields = {**headers, **_HEADERS, "ETag": document.etag, "IM": "feed", "Content-Type": document.media_type}
    fields.pop("Content-Location", None)  # a delta is no representation of what is there (RFC 9110, 8.7)
    return Response(form.only(document.body, places), HTTPStatus.IM_USED, headers=fields)
