"""A mark on each story that changes with what is published of it."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the column."""
    op.add_column("stories", sa.Column("mark", sa.BigInteger, nullable=False, server_default="0"))
