"""A line of a list of subscriptions (OPML): a feed, and in which folder a reader keeps it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """A feed as a reader has it in its list."""

    url: str  #: as it is written, without white space around it
    title: str = ""  #: plain text
    home: str = ""  #: the page that belongs to it; may be empty
    folder: tuple[str, ...] = ()  #: names of folders, plain text, the outermost first; empty: in none
