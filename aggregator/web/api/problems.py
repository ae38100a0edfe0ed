"""What the API says when it does not answer: problem details (RFC 9457)."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import Response

from aggregator.render.jsonfeed import encode
from aggregator.rules.cursor import Fault
from aggregator.web.partners import Refused
from aggregator.web.words import ENGLISH

if TYPE_CHECKING:
    from collections.abc import Mapping

MEDIA_TYPE = "application/problem+json"
ANEW = (
    "Start again without `after`, take all that comes until `more` is false, and forget every story that was "
    "not among it."
)
_DETAILS = {
    Fault.MALFORMED: "`after` is no cursor of this API: send `next` of an earlier answer, as it is. " + ANEW,
    Fault.FOREIGN: "`after` is of another feed, or of this one before it was set up anew. " + ANEW,
    Fault.EXPIRED: "`after` is too old: that some stories left since then is no longer known. " + ANEW,
}
_ADVICE = {
    HTTPStatus.NOT_FOUND: "There is nothing at this address. All addresses are in /api/openapi.json.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This address is only read: ask by GET.",
    HTTPStatus.GONE: "This story was removed: show it no longer.",
    HTTPStatus.SERVICE_UNAVAILABLE: "The database does not answer: ask again in some seconds.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "A mistake of ours, which is in the log. Asking again may help.",
}


class ProblemError(HTTPException):
    """A request that cannot be answered as it is."""

    def __init__(self, status: HTTPStatus, detail: str, *, code: Fault | None = None) -> None:
        """Say in ``detail`` what to do."""
        super().__init__(status, detail)
        self.code = code


def faulty(fault: Fault) -> ProblemError:
    """Return what is said of a cursor that cannot be gone on from."""
    return ProblemError(HTTPStatus.BAD_REQUEST, _DETAILS[fault], code=fault)


def problem(
    status: int, error: Exception | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    """Return the answer that says what went wrong: what ``error`` says of it, or else what can be said."""
    phrase = HTTPStatus(status).phrase
    detail = error.detail if isinstance(error, HTTPException) else ""
    if isinstance(error, Refused):  # the API speaks one language, whatever the site does
        detail = error.said(ENGLISH).strip()
    told: dict[str, object] = {
        "type": "about:blank",
        "title": phrase,
        "status": status,
        "detail": _ADVICE.get(HTTPStatus(status), phrase) if detail in {"", phrase} else detail,
    }
    if isinstance(error, ProblemError) and error.code:
        told["code"] = error.code.value
    fields = {
        "Cache-Control": "no-store",
        "Access-Control-Allow-Origin": "*",
        "X-Content-Type-Options": "nosniff",
        **(headers or {}),
    }
    return Response(encode(told), status, headers=fields, media_type=MEDIA_TYPE)
