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

    from aggregator.model.feed import Publication
    from aggregator.render.format import Format

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


def answer(
    request: Request,
    publication: Publication,
    instances: Sequence[tuple[str, bytes]],
    form: Format,
    headers: Mapping[str, str],
) -> Response | None:
    """Return the answer to who ``wants_delta``: 304, 226 with what is new, or None: the whole feed is due.

    The tags that are compared are those of the bytes before any content coding, and so is the one that is
    sent: a delta is not coded.
    """
    tags = ",".join(request.headers.getlist("if-none-match"))
    known = frozenset(f'"{tag}"' for tag in _TAG.findall(tags))
    fields = {**headers, **_HEADERS, "ETag": publication.etag}
    if publication.etag in known:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=fields)
    places = delta.news(instances, current=publication.etag, known=known)
    if places is None:
        return None
    media_type, _, _ = publication.media_type.partition(";")
    fields |= {"IM": "feed", "Content-Type": f"{media_type}; charset=utf-8"}
    return Response(form.only(publication.body, places), HTTPStatus.IM_USED, headers=fields)
