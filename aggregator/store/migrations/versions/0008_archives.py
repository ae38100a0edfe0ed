"""Which stories a feed took up and in which order, for its archives; its last editions, for deltas."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Let marks grow from here; make the tables. Feeds take stories up when they are published."""
    op.execute("UPDATE stories SET mark = 0")
    op.create_index("ix_stories_mark", "stories", ["mark"])
    op.create_table(
        "instances",
        sa.Column(
            "feed",
            sa.Text,
            sa.ForeignKey("editions.feed", name="fk_instances_feed", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("etags", sa.Text, nullable=False),
        sa.Column("entries", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("feed", "number", name="pk_instances"),
    )
    op.create_table(
        "rolls",
        sa.Column("feed", sa.Text, nullable=False),
        sa.Column("choice", sa.Text, nullable=False),
        sa.Column("seen", sa.BigInteger, nullable=False),
        sa.Column("news", sa.BigInteger, nullable=False),
        sa.Column("lost", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("feed", name="pk_rolls"),
    )
    op.create_table(
        "places",
        sa.Column(
            "feed",
            sa.Text,
            sa.ForeignKey("rolls.feed", name="fk_places_feed", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column(
            "story_id",
            sa.Text,
            sa.ForeignKey("stories.id", name="fk_places_story_id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("published_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("feed", "number", name="pk_places"),
        sa.UniqueConstraint("story_id", "feed", name="uq_places_story_id_feed"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_places_newest", "places", ["feed", sa.text("published_at DESC"), "story_id"])
    op.create_table(
        "archives",
        sa.Column(
            "feed",
            sa.Text,
            sa.ForeignKey("rolls.feed", name="fk_archives_feed", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("last", sa.BigInteger, nullable=False),
        sa.Column("full_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("feed", "number", name="pk_archives"),
    )
