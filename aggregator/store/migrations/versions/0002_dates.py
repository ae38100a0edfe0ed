"""What dates need: how far they are from our clock, and which items still await a look at their page."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the columns."""
    op.add_column("sources", sa.Column("residuals", sa.Text, nullable=False, server_default="[]"))
    op.add_column("items", sa.Column("awaits_page", sa.Boolean, nullable=False, server_default=sa.false()))
    awaits = sa.text("awaits_page IS true")
    op.create_index(
        "ix_items_awaits",
        "items",
        ["source_id"],
        sqlite_where=sa.text("awaits_page IS 1"),
        postgresql_where=awaits,
    )
