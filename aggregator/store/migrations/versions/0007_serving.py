"""Editions are numbered, so that it shows which are new; what is compressed is no longer stored."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Number the editions, drop the compressed bytes."""
    op.add_column("editions", sa.Column("serial", sa.BigInteger, nullable=False, server_default="0"))
    op.create_index("ix_editions_serial", "editions", ["serial"])
    op.drop_column("publications", "gzipped")
