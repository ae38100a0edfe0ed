"""What follows from an item's texts in a moment is not kept."""

from alembic import op

revision = "0005"
down_revision = "0003"


def upgrade() -> None:
    """Drop the column."""
    op.drop_column("items", "content_hash")
