"""The tables. Migrations build them (``migrations/versions``); a test keeps the two equal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
)

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
SECOND = timedelta(seconds=1)


class Instant(TypeDecorator[datetime]):
    """An aware instant, kept as whole microseconds since 1970 UTC: the same in every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:  # noqa: ARG002 # their signature
        """Return the microseconds."""
        return None if value is None else (value - EPOCH) // MICROSECOND

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002 # theirs
        """Return the aware instant in UTC."""
        return None if value is None else EPOCH + value * MICROSECOND


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

sources = Table(
    "sources",
    metadata,
    Column("id", Text, primary_key=True),
    Column("url", Text, nullable=False),
    Column("next_at", Instant),
    Column("last_at", Instant),
    Column("last_ok_at", Instant),
    Column("changed_at", Instant),
    Column("result", Text, nullable=False),
    Column("error", Text, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("etag", Text, nullable=False),
    Column("last_modified", Text, nullable=False),
    Column("body_hash", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("home", Text, nullable=False),
    Column("residuals", Text, nullable=False, server_default="[]"),  # JSON (codec)
    Column("revision", BigInteger, nullable=False),
)

stories = Table(
    "stories",
    metadata,
    Column("id", Text, primary_key=True),
    Column("slug", Text, nullable=False, unique=True),
    Column("published_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("shown_source", Text, nullable=False),
    Column("shown_key", Text, nullable=False),
    Column("hold_until", Instant),
    Column("backfill", Boolean, nullable=False),
)
Index("ix_stories_newest", stories.c.published_at.desc(), stories.c.id)
held = stories.c.hold_until.is_not(None)
Index("ix_stories_held", stories.c.hold_until, sqlite_where=held, postgresql_where=held)

items = Table(
    "items",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("source_id", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("story_id", Text, ForeignKey("stories.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("upstream_id", Text, nullable=False),
    Column("canonical_url", Text, nullable=False),
    Column("link", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("details", Text, nullable=False),  # JSON: authors, categories, enclosures and the like (codec)
    Column("dates", Text, nullable=False),  # JSON: why the dates are what they are (codec)
    Column("published_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("first_seen_at", Instant, nullable=False),
    Column("gone_at", Instant),  # since when its source's document no longer names it
    Column("raw_hash", Text, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("revisions", Integer, nullable=False),
    Column("awaits_page", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("source_id", "key"),
)
Index("ix_items_canonical_url", items.c.canonical_url)
present = items.c.gone_at.is_(None)
Index("ix_items_present", items.c.source_id, sqlite_where=present, postgresql_where=present)
awaits = items.c.awaits_page.is_(True)
Index("ix_items_awaits", items.c.source_id, sqlite_where=awaits, postgresql_where=awaits)

editions = Table(
    "editions",
    metadata,
    Column("feed", Text, primary_key=True),
    Column("basis", Text, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("changed_at", Instant, nullable=False),
)

publications = Table(
    "publications",
    metadata,
    Column("feed", Text, ForeignKey("editions.feed", ondelete="CASCADE"), primary_key=True),
    Column("suffix", Text, primary_key=True),
    Column("media_type", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("gzipped", LargeBinary, nullable=False),
    Column("etag", Text, nullable=False),
    Column("changed_at", Instant, nullable=False),
)
