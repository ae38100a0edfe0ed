"""When what is published of a source last changed; and what follows from an item's texts is not kept."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the column, drop the other."""
    op.add_column("sources", sa.Column("revised_at", sa.BigInteger))
    op.drop_column("items", "content_hash")
