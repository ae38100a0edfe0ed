"""The part of the configuration that says what is published, besides a feed for each category and source."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Field

from aggregator.settings.forms import (
    CategoryNames,
    ExtentName,
    Language,
    Limit,
    Name,
    Phrase,
    Text,
    Truth,
)
from aggregator.settings.strict import Strict

Names: TypeAlias = Annotated[tuple[Name, ...], Field(min_length=1)]
Phrases: TypeAlias = Annotated[tuple[Phrase, ...], Field(min_length=1)]


class FeedConfig(Strict):
    """A feed of your own choice, at `/feeds/{name}.rss`, `.atom` and `.json`.

    `categories` and `sources` say whose stories it holds; `language`, `words` and `without` keep
    those that fulfil all of them.
    """

    title: Text | None = Field(
        default=None, description="Its title; left out, the service's (`all`) or the feed's key (others)."
    )
    description: Text | None = Field(
        default=None, description="A sentence on what it is; left out, its title."
    )
    categories: CategoryNames | None = Field(
        default=None,
        description='The categories whose sources it combines; `"*"` is everything, and so is leaving out '
        "both `categories` and `sources`.",
    )
    sources: Names | None = Field(
        default=None, description="Single sources that it combines, besides `categories`."
    )
    language: Language | None = Field(
        default=None,
        description="Only stories in this language: `id` is also `id-ID`. A story that names none is in its "
        "source's, else in the service's.",
    )
    words: Phrases | None = Field(
        default=None,
        description="Only stories with one of these words or phrases in their title or text: whole words, in "
        "capitals or not, with accents or not. A `*` at the end stands for any ending.",
    )
    without: Phrases | None = Field(
        default=None, description="Only stories with none of these words or phrases."
    )
    content: ExtentName = Field(
        default="full",
        description="How much text its entries carry: `full`, `summary` (a teaser), or `none` (a title and a "
        "link).",
    )
    source_line: Truth | None = Field(
        default=None,
        description="Whether the text of an entry ends with a line that names its source; else "
        "`defaults.source_line`. With `content: none` there is no text, and no such line.",
    )
    limit: Limit = Field(default=100, description="How many entries it holds.")
