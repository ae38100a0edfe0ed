"""What the API answers, for its description: ``/api/openapi.json`` is made from these.

What is answered is never built from them, only tested against them: it is made of bytes that are ready.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from aggregator.rules.cursor import SPELLING, Fault

StoryId = Annotated[str, Field(description="An IRI that never changes, and is never another story's.")]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class Author(_Model):
    """Who wrote it."""

    name: str | None = None
    url: str | None = None


class Attachment(_Model):
    """A file that belongs to a story, as JSON Feed 1.1 has it."""

    url: str
    mime_type: str
    title: str | None = None
    size_in_bytes: int | None = None
    duration_in_seconds: float | None = None
    media: dict[str, Any] | None = Field(None, alias="_media", description="What Media RSS says of it.")


class Credit(_Model):
    """A source, and an address there."""

    id: str = Field(description="As `/api/v1/sources` names it.")
    title: str
    url: str = Field(description="Of `source` its home page, of `also` the copy itself; may be empty.")


class Related(_Model):
    """Another story that tells something alike."""

    id: StoryId
    title: str | None = None
    url: str | None = None
    page: str = Field(description="Its page on this site.")
    likeness: float = Field(ge=0, le=1, description="Share of the text that both have.")


class Comments(_Model):
    """Where readers talk about it."""

    url: str | None = None
    count: int | None = None


class Item(_Model):
    """A story as it is now. A part is missing where the contract, or the feed, does not include it."""

    id: StoryId
    url: str = Field(description="Of the article at its source.")
    title: str = Field(description="Plain text, never empty.")
    date_published: datetime = Field(
        description="When the news is from. Never changes but once, for the better."
    )
    date_modified: datetime = Field(description="Of the last change that matters to readers.")
    source: Credit
    summary: str | None = Field(None, description="Plain text; may be empty.")
    content_html: str | None = Field(None, description="Sanitised HTML; may be empty.")
    authors: list[Author] | None = None
    categories: list[str] | None = None
    language: str | None = Field(None, description="BCP 47; empty where it is not known.")
    attachments: list[Attachment] | None = None
    also: list[Credit] | None = Field(None, description="The other sources that tell the same.")
    related: list[Related] | None = None
    image: str | None = None
    comments: Comments | None = None
    rights: str | None = None
    more: dict[str, Any] | None = Field(None, description="What podcasts and maps bring, and further links.")


class Given(Item):
    """A story that came into the feed, or changed in it."""

    change: Literal["new", "updated"]


class Removed(_Model):
    """A story that left the feed: show it no longer."""

    change: Literal["removed"]
    id: StoryId


class Changes(_Model):
    """Changes of a feed, in the order in which they were made."""

    items: list[Given | Removed]
    next: str = Field(
        description="Ask with it as `after` for what comes next. Keep it.", pattern=f"^{SPELLING}$"
    )
    more: bool = Field(description="There is more now: ask again at once.")


class Address(_Model):
    """Where a feed is."""

    rss: str
    atom: str
    json_: str = Field(alias="json")
    items: str = Field(description="Its changes, through this API.")


class PublishedFeed(_Model):
    """A feed of this site."""

    id: str = Field(description="What `feed=` takes.")
    title: str
    description: str
    home: str = Field(description="The readable page that belongs to it.")
    urls: Address
    changed: datetime | None = Field(description="When its content last changed; null: there is none yet.")


class Feeds(_Model):
    """The feeds that may be asked for."""

    feeds: list[PublishedFeed]


class Origin(_Model):
    """Who is read by this site."""

    id: str
    title: str
    home: str = Field(description="Its page; empty where it is not known.")
    category: str = Field(description="The category that it is read for.")
    changed: datetime | None = Field(description="When a story of it last changed; null: it never did.")


class Sources(_Model):
    """The sources of all feeds."""

    sources: list[Origin]


class Problem(_Model):
    """What went wrong, and what to do (RFC 9457)."""

    type: Literal["about:blank"]
    title: str
    status: int
    detail: str
    code: Literal[tuple(fault.value for fault in Fault)] | None = None  # type: ignore[valid-type] # their values
