"""What can be read in the sandbox, by name. Runs in the child."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aggregator.model.source import Kind, Select
from aggregator.parse import article as articles
from aggregator.parse import syndication

if TYPE_CHECKING:
    from aggregator.model.item import Article, ParsedDocument


def document(
    body: bytes, *, url: str, content_type: str, kind: str | None, select: dict[str, Any] | None
) -> ParsedDocument:
    """Read a source's document (``parse.syndication.parse``)."""
    return syndication.parse(
        body,
        url=url,
        content_type=content_type,
        kind=None if kind is None else Kind(kind),
        select=None if select is None else Select(**select),
    )


def article(body: bytes, *, url: str, content_type: str) -> Article:
    """Read an article's page (``parse.article.read``)."""
    return articles.read(body, url=url, content_type=content_type)
