"""Every error this project raises on purpose, sorted by who must act.

::

    AggregatorError
    ├── ConfigError      the operator: the configuration or the command line is wrong (exit 2)
    ├── SourceError      the upstream: recorded, backed off, turned into ``Failed`` in one place
    │   ├── FetchError   nothing usable came back
    │   └── ParseError   something came back, and it is not what a source should send
    └── StoreError       the machine: the database is missing, locked or full; the job runs again

Anything else that is raised is a bug of ours and is loud. A library's exceptions are
translated in the room that owns the library, with ``raise … from error``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta


class AggregatorError(Exception):
    """What went wrong, where, and what to do about it, in words for a person."""


class ConfigError(AggregatorError):
    """The operator's mistakes, all of them at once; ``mistakes`` holds one line for each."""

    def __init__(self, mistakes: str | Sequence[str]) -> None:
        self.mistakes: tuple[str, ...] = (mistakes,) if isinstance(mistakes, str) else tuple(mistakes)
        super().__init__("\n".join(self.mistakes))


class SourceError(AggregatorError):
    """A source did not do what a source should; costs only that source."""


class FetchError(SourceError):
    """Nothing usable came back from a source.

    Attributes:
        status: the HTTP status, where there was an answer at all.
        retry_after: how long the server asked us to stay away (RFC 9110, 10.2.3).
    """

    def __init__(
        self, message: str, *, status: int | None = None, retry_after: timedelta | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after


class ParseError(SourceError):
    """A source sent something that cannot be read as what it should be."""


class StoreError(AggregatorError):
    """The database cannot be used now; nothing was half-written."""
