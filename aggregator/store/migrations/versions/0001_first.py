"""The tables of the first version."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

Instant = sa.BigInteger  # whole microseconds since 1970 UTC


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "sources",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("next_at", Instant),
        sa.Column("last_at", Instant),
        sa.Column("last_ok_at", Instant),
        sa.Column("changed_at", Instant),
        sa.Column("result", sa.Text, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("etag", sa.Text, nullable=False),
        sa.Column("last_modified", sa.Text, nullable=False),
        sa.Column("body_hash", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("home", sa.Text, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sources"),
    )
    op.create_table(
        "stories",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("slug", sa.Text, nullable=False),
        sa.Column("published_at", Instant, nullable=False),
        sa.Column("updated_at", Instant, nullable=False),
        sa.Column("shown_source", sa.Text, nullable=False),
        sa.Column("shown_key", sa.Text, nullable=False),
        sa.Column("hold_until", Instant),
        sa.Column("backfill", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_stories"),
        sa.UniqueConstraint("slug", name="uq_stories_slug"),
    )
    op.create_index("ix_stories_newest", "stories", [sa.text("published_at DESC"), "id"])
    held = sa.text("hold_until IS NOT NULL")
    op.create_index("ix_stories_held", "stories", ["hold_until"], sqlite_where=held, postgresql_where=held)
    op.create_table(
        "items",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("source_id", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("story_id", sa.Text, nullable=False),
        sa.Column("upstream_id", sa.Text, nullable=False),
        sa.Column("canonical_url", sa.Text, nullable=False),
        sa.Column("link", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("details", sa.Text, nullable=False),
        sa.Column("dates", sa.Text, nullable=False),
        sa.Column("published_at", Instant, nullable=False),
        sa.Column("updated_at", Instant, nullable=False),
        sa.Column("first_seen_at", Instant, nullable=False),
        sa.Column("gone_at", Instant),
        sa.Column("raw_hash", sa.Text, nullable=False),
        sa.Column("content_hash", sa.Text, nullable=False),
        sa.Column("revisions", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_items"),
        sa.UniqueConstraint("source_id", "key", name="uq_items_source_id_key"),
        sa.ForeignKeyConstraint(["story_id"], ["stories.id"], name="fk_items_story_id", ondelete="CASCADE"),
    )
    op.create_index("ix_items_story_id", "items", ["story_id"])
    op.create_index("ix_items_canonical_url", "items", ["canonical_url"])
    present = sa.text("gone_at IS NULL")
    op.create_index(
        "ix_items_present", "items", ["source_id"], sqlite_where=present, postgresql_where=present
    )
    op.create_table(
        "editions",
        sa.Column("feed", sa.Text, nullable=False),
        sa.Column("basis", sa.Text, nullable=False),
        sa.Column("content_hash", sa.Text, nullable=False),
        sa.Column("changed_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("feed", name="pk_editions"),
    )
    op.create_table(
        "publications",
        sa.Column("feed", sa.Text, nullable=False),
        sa.Column("suffix", sa.Text, nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("gzipped", sa.LargeBinary, nullable=False),
        sa.Column("etag", sa.Text, nullable=False),
        sa.Column("changed_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("feed", "suffix", name="pk_publications"),
        sa.ForeignKeyConstraint(["feed"], ["editions.feed"], name="fk_publications_feed", ondelete="CASCADE"),
    )
