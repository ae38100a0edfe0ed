"""Where an export goes, as a protocol: folders and buckets are adapters, and decide nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from aggregator.errors import AggregatorError

if TYPE_CHECKING:
    from datetime import datetime


class ForeignError(AggregatorError):
    """At a path that we would write there is something that is not ours; it was left as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """An answer, ready to be kept."""

    body: bytes
    media_type: str = "application/octet-stream"  #: the whole ``Content-Type``
    coding: str = ""  #: ``Content-Encoding``; empty: none
    cache_control: str = ""  #: empty: none was said
    modified: datetime | None = None  #: ``Last-Modified``, UTC; None: none was said


class Place(Protocol):
    """A tree of files. Paths are relative, their parts joined by ``/``; see ``parts``.

    Every method raises ValueError for a path that ``parts`` refuses, ForeignError where one leads out of the
    place, and AggregatorError where the place cannot be used.
    """

    name: str  #: for a person

    def stamp(self, path: str) -> str | None:
        """Return what changes whenever the file does; None: there is nothing at this path."""
        ...

    def read(self, path: str) -> bytes | None:
        """Return the bytes of a file; None: there is no file at this path."""
        ...

    def holds(self, path: str, file: File) -> bool:
        """Tell whether this very ``file`` is there, with all that the place keeps of it."""
        ...

    def write(self, path: str, file: File) -> str:
        """Put ``file`` there, whole or not at all, in place of what was; return its stamp."""
        ...

    def remove(self, path: str) -> None:
        """Take a file away."""
        ...

    def unfinished(self, path: str) -> bool:
        """Tell whether an export that did not come to its end wrote there."""
        ...

    def finish(self) -> None:
        """Note that an export came to its end."""
        ...

    def close(self) -> None:
        """Let others use the place."""
        ...


def parts(path: str) -> list[str]:
    """Return the parts of a path that stays below where it begins, on every file system.

    Raises:
        ValueError: it is absolute, or empty, or has an empty part, ``.``, ``..``, a backslash, or a control
            character.
    """
    found = path.split("/")
    if any(part in {"", ".", ".."} for part in found) or "\\" in path or not path.isprintable():
        raise ValueError(f"{path!r} is no path of a file in an export")
    return found
