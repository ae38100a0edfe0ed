"""One attempt to get a source's document, or to hand something in, and what can come of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from aggregator.model.source import NO_VALIDATORS, Validators

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A document to ask for. ``tag`` is the asker's own and comes back with the outcome."""

    tag: str
    url: str
    validators: Validators = NO_VALIDATORS
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body_hash: str = ""  #: ``Fetched.body_hash`` of what we have: the same again is ``Unchanged``
    robots: bool = False  #: the site's robots.txt is asked first, and heeded (RFC 9309)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A whole document came back."""

    body: bytes  #: decoded (no gzip left), as many bytes as ``fetch.max_bytes`` at most
    body_hash: str  #: of the body as it came, before it was decoded
    url: str  #: where it came from in the end, after redirects
    content_type: str  #: the header, verbatim; may be empty or wrong
    validators: Validators
    at: datetime  #: our clock when the last byte was in; UTC
    dated: datetime  #: the response's ``Date`` less its ``Age``, else ``at``; UTC: the base of relative dates
    fresh_for: timedelta | None = None  #: how long the server says it stays good; None: it does not say
    moved_to: str = ""  #: the new address, where the server says that the old one is over (301, 308)
    seconds: float = field(default=0.0, compare=False)  #: from asking to the last byte


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchanged:
    """The same bytes came back as last time; they were not even decoded."""

    size: int  #: bytes that came
    url: str  #: where they came from in the end, after redirects
    validators: Validators
    at: datetime  #: our clock when the last byte was in; UTC
    dated: datetime  #: as in ``Fetched``
    fresh_for: timedelta | None = None
    moved_to: str = ""
    seconds: float = field(default=0.0, compare=False)  #: from asking to the last byte


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    """The server says that nothing changed (304)."""

    at: datetime
    fresh_for: timedelta | None = None
    moved_to: str = ""
    seconds: float = field(default=0.0, compare=False)  #: from asking to the last byte


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """Nothing usable came back; ``error`` says why, for a person."""

    error: str
    at: datetime
    retry_after: timedelta | None = None
    status: int | None = None
    seconds: float = field(default=0.0, compare=False)  #: from asking to the last byte


BARRED = "robots.txt of "  #: how ``Failed.error`` begins where robots.txt is why nothing was asked

Answer: TypeAlias = Fetched | Unchanged | NotModified  #: what a source that is there can say
Outcome: TypeAlias = Answer | Failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """Something to hand in at an address."""

    url: str
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The server took what was handed in (2xx); what else it answered is thrown away."""

    status: int
    at: datetime  #: our clock when the answer was in; UTC
    seconds: float = field(default=0.0, compare=False)  #: from asking to the last byte


Reception: TypeAlias = Taken | Failed
