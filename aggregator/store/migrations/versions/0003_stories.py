"""What stories need: when they came out, what holds or deletes them, how items joined them, who is alike."""

import hashlib
import json
from itertools import groupby
from operator import itemgetter

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

Instant = sa.BigInteger  # whole microseconds since 1970 UTC
RowId = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Add columns and tables. What was there is taken for published."""
    op.drop_index("ix_stories_held", "stories")
    op.drop_index("ix_items_canonical_url", "items")
    for name in ("out_at", "deleted_at", "told_until"):
        op.add_column("stories", sa.Column(name, Instant))
    op.add_column("stories", sa.Column("held", sa.Text, nullable=False, server_default=""))
    _flag("stories", "taken_down")
    op.execute("UPDATE stories SET out_at = published_at WHERE hold_until IS NULL")
    waiting = sa.text("out_at IS NULL AND deleted_at IS NULL")
    op.create_index("ix_stories_waiting", "stories", ["held"], sqlite_where=waiting, postgresql_where=waiting)
    told = sa.text("told_until IS NOT NULL")
    op.create_index("ix_stories_told", "stories", ["told_until"], sqlite_where=told, postgresql_where=told)
    op.add_column("items", sa.Column("joined", sa.Text))
    for name in ("leads_since", "withdrawn_at"):
        op.add_column("items", sa.Column(name, Instant))
    for name in ("suspect", "held", "unmatched", "missing"):
        _flag("items", name)
    for name, column in (("unmatched", "id"), ("missing", "source_id")):
        on, true = sa.text(f"{name} IS 1"), sa.text(f"{name} IS true")
        op.create_index(f"ix_items_{name}", "items", [column], sqlite_where=on, postgresql_where=true)
    _known_joinings()
    _names()
    _known_addresses()
    _texts()
    _ledger()


def _flag(table: str, name: str) -> None:
    op.add_column(table, sa.Column(name, sa.Boolean, nullable=False, server_default=sa.false()))


def _of_items(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["items.id"], name=f"fk_{table}_{column}", ondelete="CASCADE")


def _names() -> None:
    op.create_table(
        "aliases",
        sa.Column("item_id", RowId, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("item_id", "number", name="pk_aliases"),
        _of_items("aliases", "item_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_aliases_number", "aliases", ["number"])
    op.create_table(
        "tombstones",
        sa.Column("number", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("buried_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_tombstones"),
        sqlite_with_rowid=False,
    )


def _known_joinings() -> None:
    """Note with each copy how it came into its story: the oldest founded it, the others joined."""
    connection = op.get_bind()
    query = """
        SELECT items.story_id, items.id, items.source_id, items.key, items.canonical_url,
               items.published_at = stories.published_at AS dates_it,
               items.source_id = stories.shown_source AND items.key = stories.shown_key AS shown
        FROM items JOIN stories ON stories.id = items.story_id
        ORDER BY items.story_id, items.id
    """
    rows = connection.execute(sa.text(query)).fetchall()
    for story, copies in groupby(rows, key=itemgetter(0)):
        (_, _, source, key, url, *_), *others = copies
        for _, row, _, _, own_url, dates_it, shown in others:
            same = own_url == url != ""
            by = [
                "url" if same else "id",
                source,
                key,
                not dates_it,
                bool(shown),
                url if same else story,
                None,
            ]
            update = sa.text("UPDATE items SET joined = :joined WHERE id = :row")
            connection.execute(update, {"joined": json.dumps(by, ensure_ascii=False), "row": row})


def _known_addresses() -> None:
    """Give every stored item the alias of its address (rules.aliases); others come with its next change."""
    connection = op.get_bind()
    held = connection.execute(sa.text("SELECT id, canonical_url FROM items WHERE canonical_url <> ''"))
    while some := held.fetchmany(5_000):
        rows = [{"item": row, "number": _number(url)} for row, url in some]
        connection.execute(sa.text("INSERT INTO aliases (item_id, number) VALUES (:item, :number)"), rows)


def _number(url: str) -> int:
    digest = hashlib.blake2b(f"URL\0\0{url}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def _texts() -> None:
    op.create_table(
        "fingerprints",
        sa.Column("item_id", RowId, nullable=False),
        sa.Column("published_at", Instant, nullable=False),
        sa.Column("bands", sa.LargeBinary, nullable=False),
        sa.Column("shingles", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("item_id", name="pk_fingerprints"),
        sa.ForeignKeyConstraint(
            ["item_id"], ["items.id"], name="fk_fingerprints_item_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_fingerprints_published_at", "fingerprints", ["published_at"])
    op.create_table(
        "bands",
        sa.Column("band", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("item_id", sa.BigInteger, nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("band", "item_id", name="pk_bands"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "relations",
        sa.Column("item_id", RowId, nullable=False),
        sa.Column("other_id", RowId, nullable=False),
        sa.Column("likeness", sa.Float, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("item_id", "other_id", name="pk_relations"),
        _of_items("relations", "item_id"),
        _of_items("relations", "other_id"),
    )
    op.create_index("ix_relations_other_id", "relations", ["other_id"])


def _ledger() -> None:
    op.create_table(
        "decisions",
        sa.Column("id", RowId, nullable=False),
        sa.Column("story_id", sa.Text, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("source_id", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_decisions"),
    )
    op.create_index("ix_decisions_story_id", "decisions", ["story_id"])
    op.create_table(
        "takedowns",
        sa.Column("story_id", sa.Text, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("story_id", name="pk_takedowns"),
    )
