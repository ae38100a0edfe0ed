"""Every feed's changes in their order; what partners have taken, their keys, what they are owed."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make the tables; let what feeds have taken up so far be their first changes, from long ago."""
    for name in ("epoch", "told", "horizon"):
        op.add_column("rolls", sa.Column(name, sa.BigInteger, nullable=False, server_default="0"))
    _journal()
    _partners()
    op.execute(
        "INSERT INTO changes (feed, serial, story_id, mark, came, at, gone)"
        " SELECT places.feed, places.number, stories.id, stories.mark, places.number, 0, false"
        " FROM places JOIN stories ON stories.id = places.story_id WHERE stories.deleted_at IS NULL"
    )
    op.execute(
        "UPDATE rolls SET told ="
        " COALESCE((SELECT max(places.number) FROM places WHERE places.feed = rolls.feed), 0)"
    )
    rolls = sa.table("rolls", sa.column("feed", sa.Text), sa.column("epoch", sa.BigInteger))
    connection = op.get_bind()
    for feed in connection.execute(sa.select(rolls.c.feed)).scalars().all():
        meant = sa.update(rolls).where(rolls.c.feed == feed)
        connection.execute(meant.values(epoch=secrets.randbits(62)))


def _journal() -> None:
    op.create_table(
        "changes",
        sa.Column(
            "feed",
            sa.Text,
            sa.ForeignKey("rolls.feed", name="fk_changes_feed", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("serial", sa.BigInteger, nullable=False),
        sa.Column("story_id", sa.Text, nullable=False),
        sa.Column("mark", sa.BigInteger, nullable=False),
        sa.Column("came", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("gone", sa.Boolean, nullable=False),
        sa.Column("superseded_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("feed", "serial", name="pk_changes"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_changes_story", "changes", ["story_id", "feed", "serial"])
    for name, column, condition in (
        ("ix_changes_superseded", "superseded_at", sa.text("superseded_at IS NOT NULL")),
        ("ix_changes_gone", "at", sa.text("gone IS true")),
    ):
        op.create_index(name, "changes", [column], sqlite_where=condition, postgresql_where=condition)
    op.create_table(
        "versions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column(
            "story_id",
            sa.Text,
            sa.ForeignKey("stories.id", name="fk_versions_story_id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("mark", sa.BigInteger, nullable=False),
        sa.Column("item", sa.LargeBinary, nullable=False),
        sa.Column("entry", sa.LargeBinary),
        sa.PrimaryKeyConstraint("id", name="pk_versions"),
        sa.UniqueConstraint("story_id", "mark", name="uq_versions_story_id_mark"),
    )


def _partners() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("partner", sa.Text, nullable=False),
        sa.Column("story_id", sa.Text, nullable=False),
        sa.Column("mark", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("due_at", sa.BigInteger),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("tried_at", sa.BigInteger),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("error", sa.Text, nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sqlite_autoincrement=True,
    )
    pending = sa.text("due_at IS NOT NULL")
    for name, columns in (
        ("ix_deliveries_due", ["partner", "due_at", "id"]),
        ("ix_deliveries_story", ["story_id", "partner", "id"]),
    ):
        op.create_index(name, "deliveries", columns, sqlite_where=pending, postgresql_where=pending)
    failed = sa.text("due_at IS NULL AND error != ''")
    op.create_index(
        "ix_deliveries_failed", "deliveries", ["partner"], sqlite_where=failed, postgresql_where=failed
    )
    op.create_index("ix_deliveries_ended", "deliveries", ["ended_at"])
    op.create_table(
        "partners",
        sa.Column("partner", sa.Text, nullable=False),
        sa.Column("tokens", sa.Float),
        sa.Column("tokens_at", sa.BigInteger),
        *(
            sa.Column(name, sa.BigInteger, nullable=False, server_default="0")
            for name in ("fetches", "unmodified", "refused", "bytes", "items")
        ),
        sa.Column("fetched_at", sa.BigInteger),
        sa.Column("failing_at", sa.BigInteger),
        sa.Column("asked_until", sa.BigInteger),
        sa.Column("stopped_at", sa.BigInteger),
        sa.Column("stopped_url", sa.Text, nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("partner", name="pk_partners"),
    )
    op.create_table(
        "partner_keys",
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("partner", sa.Text, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("hash", name="pk_partner_keys"),
    )
    op.create_index("ix_partner_keys_partner", "partner_keys", ["partner"])
    op.create_table(
        "partner_cursors",
        sa.Column("partner", sa.Text, nullable=False),
        sa.Column(
            "feed",
            sa.Text,
            sa.ForeignKey("rolls.feed", name="fk_partner_cursors_feed", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("serial", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("partner", "feed", name="pk_partner_cursors"),
    )
