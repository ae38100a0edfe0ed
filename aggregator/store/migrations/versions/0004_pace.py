"""What the pace of a source needs: where it has moved to, what its document asks for, when it publishes."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the columns. A rhythm is learned from new items only."""
    for name in ("move", "pace", "rhythm"):
        op.add_column("sources", sa.Column(name, sa.Text, nullable=False, server_default=""))
