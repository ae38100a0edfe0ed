"""Read what a response's headers say: what it is, how old, how long it holds, and when to come again."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from aggregator.model.source import Validators

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LONGEST_WAIT = timedelta(days=1)  # of a Retry-After
LONGEST_FRESH = timedelta(days=365)  # longer is nonsense (RFC 9111, 5.3 allows as much)
OLDEST_RESPONSE = timedelta(days=7)  # a Date further back is a broken clock, not a cache
NEWEST_RESPONSE = timedelta(minutes=5)
MOST_BYTES = 64 * 1024  #: of the headers of one hop; libcurl takes 300 KB, interim responses included
TOO_LONG = f"its headers are longer than {MOST_BYTES} bytes"
LONGEST_VALIDATOR = 1000  # characters; we would have to send it each time
LISTS = frozenset({"cache-control", "content-encoding"})  # those that may come in several lines
_DIRECTIVE = re.compile(r'([a-z-]+)(?:\s*=\s*("[^"]*"|[^\s,]*))?')
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_EMPTY = frozenset({b"\r\n", b"\n"})  # the line that ends a head
_LENGTH = b"content-length:"
_LONG_LENGTH = len(_LENGTH) + 18  # digits that libcurl can count


def read(lines: Sequence[bytes]) -> dict[str, str]:
    """Return the headers of the last response in ``lines``, names in lower case.

    Not those of an interim response (100, 103) before it, nor what comes behind its body (trailers):
    too late to say what the body is.
    """
    headers: dict[str, str] = {}
    for line in lines[status_line(lines) + 1 :]:
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon:
            if not name.strip():
                break
            continue
        name, value = name.strip().lower(), value.strip()
        headers[name] = f"{headers[name]}, {value}" if name in LISTS and name in headers else value
    return headers


def status(lines: Sequence[bytes]) -> int:
    """Return the status of the last response in ``lines``, as libcurl reads it; 0 where there is none."""
    words = lines[status_line(lines)].split(None, 2) if lines else []
    digits = words[1][:3] if len(words) > 1 else b""
    return int(digits) if digits.isdigit() else 0


def status_line(lines: Sequence[bytes]) -> int:
    """Return which of ``lines`` begins the last response."""
    for number in range(len(lines) - 1, 0, -1):
        if lines[number].startswith(b"HTTP/") and lines[number - 1] in _EMPTY:
            return number
    return 0


def fault(lines: Sequence[bytes]) -> str:
    """Return what is wrong with the headers in ``lines``, all responses of one hop; "" if nothing.

    libcurl takes a head that ends in the middle for one with no body, and a length of more than 18 digits
    for none: the first document would be empty and the second perhaps cut, and both would look whole.
    """
    if sum(map(len, lines)) > MOST_BYTES:
        return TOO_LONG
    last = lines[status_line(lines) :]
    if not any(line in _EMPTY for line in reversed(last)):
        return "the answer was cut short, in its headers"
    for line in last:
        if len(line) > _LONG_LENGTH and line[: len(_LENGTH)].lower() == _LENGTH:
            return "its Content-Length is no length that a document can have"
    return ""


def validators(headers: Mapping[str, str]) -> Validators:
    """Return what to send with the next request; nothing that is no fit to be sent."""
    return Validators(
        etag=_sendable(headers.get("etag", "")), last_modified=_sendable(headers.get("last-modified", ""))
    )


def _sendable(value: str) -> str:
    return "" if len(value) > LONGEST_VALIDATOR or _CONTROL.search(value) else value


def dated(headers: Mapping[str, str], now: datetime) -> datetime:
    """Return when the response was made, as far as that can be true, else ``now``.

    That is its ``Date``; but some caches write their own time there, and only ``Age`` tells how old it is
    (RFC 9111, 5.1). Where ``Date`` is the origin's, the two say the same.
    """
    found = _http_date(headers.get("date", ""))
    if found is None:
        return now
    if age := _age(headers):
        found = min(found, now - age)
    return found if now - OLDEST_RESPONSE <= found <= now + NEWEST_RESPONSE else now


def fresh_for(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Return how long the server says that its answer stays good, a year at most; None: it does not say.

    We are a private cache (RFC 9111, 4.2.1): ``max-age``, else ``Expires`` less ``Date``, both less ``Age``;
    ``s-maxage`` is for those who share. What may not be kept, and what nobody can read, is good for no time.
    """
    control = headers.get("cache-control")
    if control is not None:
        directives: dict[str, str] = {}
        for name, value in _DIRECTIVE.findall(control.lower()):
            directives.setdefault(name, value.strip('"'))
        if "no-store" in directives or directives.get("no-cache") == "":
            return timedelta(0)
        if (most := directives.get("max-age")) is not None:
            return _less_age(_seconds(most, LONGEST_FRESH) or timedelta(0), headers)
    expires = headers.get("expires")
    if expires is None:
        return None
    until = _http_date(expires)
    if until is None:
        return timedelta(0)
    return _less_age(until - (_http_date(headers.get("date", "")) or now), headers)


def _less_age(lifetime: timedelta, headers: Mapping[str, str]) -> timedelta:
    return min(max(lifetime - _age(headers), timedelta(0)), LONGEST_FRESH)


def wait(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Return how long ``Retry-After`` asks us to wait, a day at most (RFC 9110, 10.2.3)."""
    value = headers.get("retry-after", "")
    if (seconds := _seconds(value, LONGEST_WAIT)) is not None:
        return min(seconds, LONGEST_WAIT)
    until = _http_date(value)
    return min(max(until - now, timedelta(0)), LONGEST_WAIT) if until else None


def _age(headers: Mapping[str, str]) -> timedelta:
    return _seconds(headers.get("age", ""), timedelta(0)) or timedelta(0)  # a longer one is nonsense


def _seconds(value: str, most: timedelta) -> timedelta | None:
    if not (value.isascii() and value.isdecimal()):
        return None
    return timedelta(seconds=int(value)) if len(value) < 9 else most  # noqa: PLR2004 # over three years either way


def _http_date(value: str) -> datetime | None:
    if not value:
        return None
    try:
        found = parsedate_to_datetime(value)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):  # the year 9999 in New York, an offset of thirty digits
        return None
