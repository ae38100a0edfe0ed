"""The tables. Migrations build them (``migrations/versions``); a test keeps the two equal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    and_,
    false,
    literal_column,
    text,
)

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
SECOND = timedelta(seconds=1)


class Instant(TypeDecorator[datetime]):
    """An aware instant, kept as whole microseconds since 1970 UTC: the same in every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:  # noqa: ARG002 # their signature
        """Return the microseconds."""
        return None if value is None else (value - EPOCH) // MICROSECOND

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002 # theirs
        """Return the aware instant in UTC."""
        return None if value is None else EPOCH + value * MICROSECOND


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

sources = Table(
    "sources",
    metadata,
    Column("id", Text, primary_key=True),
    Column("url", Text, nullable=False),
    Column("next_at", Instant),
    Column("last_at", Instant),
    Column("last_ok_at", Instant),
    Column("changed_at", Instant),
    Column("result", Text, nullable=False),
    Column("error", Text, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("etag", Text, nullable=False),
    Column("last_modified", Text, nullable=False),
    Column("body_hash", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("home", Text, nullable=False),
    Column("residuals", Text, nullable=False, server_default="[]"),  # JSON (codec)
    Column("revision", BigInteger, nullable=False),
    Column("revised_at", Instant),
    Column("move", Text, nullable=False, server_default=""),  # JSON; empty: none (codec)
    Column("pace", Text, nullable=False, server_default=""),  # likewise
    Column("rhythm", Text, nullable=False, server_default=""),  # rules.rhythm
)

stories = Table(
    "stories",
    metadata,
    Column("id", Text, primary_key=True),
    Column("slug", Text, nullable=False, unique=True),
    Column("published_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("shown_source", Text, nullable=False),
    Column("shown_key", Text, nullable=False),
    Column("hold_until", Instant),
    Column("backfill", Boolean, nullable=False),
    Column("out_at", Instant),  # when it was first published
    Column("held", Text, nullable=False, server_default=""),  # what keeps it from that
    Column("deleted_at", Instant),
    Column("told_until", Instant),  # until when feeds say that it was deleted
    Column("taken_down", Boolean, nullable=False, server_default=false()),
    Column("mark", BigInteger, nullable=False, server_default="0", index=True),  # grows with each change
)
Index("ix_stories_newest", stories.c.published_at.desc(), stories.c.id)
waiting = and_(stories.c.out_at.is_(None), stories.c.deleted_at.is_(None))
Index("ix_stories_waiting", stories.c.held, sqlite_where=waiting, postgresql_where=waiting)
told = stories.c.told_until.is_not(None)
Index("ix_stories_told", stories.c.told_until, sqlite_where=told, postgresql_where=told)

items = Table(
    "items",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("source_id", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("story_id", Text, ForeignKey("stories.id", ondelete="CASCADE"), nullable=False),
    Column("upstream_id", Text, nullable=False),
    Column("canonical_url", Text, nullable=False),
    Column("link", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("details", Text, nullable=False),  # JSON: authors, categories, enclosures and the like (codec)
    Column("dates", Text, nullable=False),  # JSON: why the dates are what they are (codec)
    Column("published_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("first_seen_at", Instant, nullable=False),
    Column("gone_at", Instant),  # since when its source's document no longer names it
    Column("raw_hash", Text, nullable=False),
    Column("revisions", Integer, nullable=False),
    Column("awaits_page", Boolean, nullable=False, server_default=false()),
    Column("joined", Text),  # JSON: how it came into its story; NULL: it founded it (codec)
    Column("leads_since", Instant),
    Column("withdrawn_at", Instant),
    Column("suspect", Boolean, nullable=False, server_default=false()),
    Column("held", Boolean, nullable=False, server_default=false()),
    Column("unmatched", Boolean, nullable=False, server_default=false()),
    Column("missing", Boolean, nullable=False, server_default=false()),  # from inside its document
    UniqueConstraint("source_id", "key"),
)
# Whether a story has a living copy of some source is seen here; an item's own row is as large as its text.
Index("ix_items_copies", items.c.story_id, items.c.source_id, items.c.withdrawn_at)
present = items.c.gone_at.is_(None)
Index("ix_items_present", items.c.source_id, sqlite_where=present, postgresql_where=present)
awaits = items.c.awaits_page.is_(True)
Index("ix_items_awaits", items.c.source_id, sqlite_where=awaits, postgresql_where=awaits)
unmatched = items.c.unmatched.is_(True)
Index("ix_items_unmatched", items.c.id, sqlite_where=unmatched, postgresql_where=unmatched)
missing = items.c.missing.is_(True)
Index("ix_items_missing", items.c.source_id, sqlite_where=missing, postgresql_where=missing)

aliases = Table(
    "aliases",
    metadata,
    Column("item_id", ForeignKey("items.id", ondelete="CASCADE"), primary_key=True),
    Column("number", BigInteger, primary_key=True),  # rules.aliases
    sqlite_with_rowid=False,
)
Index("ix_aliases_number", aliases.c.number)

tombstones = Table(
    "tombstones",  # of items that were removed by age, so that they never come back as new
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),  # rules.aliases
    Column("buried_at", Instant, nullable=False),
    sqlite_with_rowid=False,
)

fingerprints = Table(
    "fingerprints",  # of the texts inside the window of comparison
    metadata,
    Column("item_id", ForeignKey("items.id", ondelete="CASCADE"), primary_key=True),
    Column("published_at", Instant, nullable=False, index=True),
    Column("bands", LargeBinary, nullable=False),  # where it stands below, to be taken away from there
    Column("shingles", LargeBinary, nullable=False),  # rules.similarity
)

bands = Table(
    "bands",  # where candidates for near-duplicates are looked up
    metadata,
    Column("band", BigInteger, primary_key=True, autoincrement=False),
    Column("item_id", BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

relations = Table(
    "relations",  # texts that are alike and not the same; each pair once, the newer item first
    metadata,
    Column("item_id", ForeignKey("items.id", ondelete="CASCADE"), primary_key=True),
    Column("other_id", ForeignKey("items.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("likeness", Float, nullable=False),
    Column("reason", Text, nullable=False),
)

decisions = Table(
    "decisions",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("story_id", Text, nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("kind", Text, nullable=False),
    Column("source_id", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("detail", Text, nullable=False),
)

takedowns = Table(
    "takedowns",
    metadata,
    Column("story_id", Text, primary_key=True),
    Column("at", Instant, nullable=False),
)

editions = Table(
    "editions",
    metadata,
    Column("feed", Text, primary_key=True),
    Column("basis", Text, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("serial", BigInteger, nullable=False, server_default="0"),  # of all editions, the newest greatest
)
Index("ix_editions_serial", editions.c.serial)

publications = Table(
    "publications",
    metadata,
    Column("feed", Text, ForeignKey("editions.feed", ondelete="CASCADE"), primary_key=True),
    Column("suffix", Text, primary_key=True),
    Column("media_type", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("etag", Text, nullable=False),
    Column("changed_at", Instant, nullable=False),
)

instances = Table(
    "instances",  # the last editions of a feed, so that a subscriber can be told what is new since
    metadata,
    Column("feed", Text, ForeignKey("editions.feed", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("etags", Text, nullable=False),  # of all formats, a space between
    Column("entries", LargeBinary, nullable=False),  # a digest of each, in their order
)

rolls = Table(
    "rolls",  # which stories a feed took up: how far it looked, and by what it chose
    metadata,
    Column("feed", Text, primary_key=True),
    Column("choice", Text, nullable=False),  # rules.select
    Column("seen", BigInteger, nullable=False),  # the highest mark when it last looked
    Column("news", BigInteger, nullable=False),  # another number whenever a story came, went or changed
    Column("lost", Boolean, nullable=False),  # a story of it was removed since
    Column("epoch", BigInteger, nullable=False, server_default="0"),  # random: whose numbers these are
    Column("told", BigInteger, nullable=False, server_default="0"),  # the last number among its changes
    Column("horizon", BigInteger, nullable=False, server_default="0"),  # leavings are forgotten up to it
)

places = Table(
    "places",  # the stories of a roll, in the order in which the feed took them up
    metadata,
    Column("feed", Text, ForeignKey("rolls.feed", ondelete="CASCADE"), primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("story_id", Text, ForeignKey("stories.id", ondelete="CASCADE"), nullable=False),
    Column("published_at", Instant, nullable=False),  # the story's
    UniqueConstraint("story_id", "feed"),
    sqlite_with_rowid=False,
)
Index("ix_places_newest", places.c.feed, places.c.published_at.desc(), places.c.story_id)

archives = Table(
    "archives",  # full documents: each has the places after those of the one before
    metadata,
    Column("feed", Text, ForeignKey("rolls.feed", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("last", BigInteger, nullable=False),  # place
    Column("full_at", Instant, nullable=False),
)

changes = Table(
    "changes",  # of a roll, in the order in which they were committed (decision 24)
    metadata,
    Column("feed", Text, ForeignKey("rolls.feed", ondelete="CASCADE"), primary_key=True),
    Column("serial", BigInteger, primary_key=True, autoincrement=False),
    Column("story_id", Text, nullable=False),  # may be gone
    Column("mark", BigInteger, nullable=False),  # of the story, as it was then
    Column("came", BigInteger, nullable=False),  # the serial with which the story came into the roll
    Column("at", Instant, nullable=False),  # never before that of an earlier serial
    Column("gone", Boolean, nullable=False),  # it left the roll
    Column("superseded_at", Instant),  # since when a later change of the same story is known
    sqlite_with_rowid=False,
)
Index("ix_changes_story", changes.c.story_id, changes.c.feed, changes.c.serial)
superseded = changes.c.superseded_at.is_not(None)
Index("ix_changes_superseded", changes.c.superseded_at, sqlite_where=superseded, postgresql_where=superseded)
taken_back = text("gone IS true")  # in the same words as its migration
Index("ix_changes_gone", changes.c.at, sqlite_where=taken_back, postgresql_where=taken_back)

versions = Table(
    "versions",  # what a story said under a mark, written down for partners
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("story_id", Text, ForeignKey("stories.id", ondelete="CASCADE"), nullable=False),
    Column("mark", BigInteger, nullable=False),
    Column("item", LargeBinary, nullable=False),  # as the API shows it whole
    Column("entry", LargeBinary),  # as feeds show it whole; NULL: no embargo needs it
    UniqueConstraint("story_id", "mark"),
)

deliveries = Table(
    "deliveries",  # of changes to partners' webhooks
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("partner", Text, nullable=False),
    Column("story_id", Text, nullable=False),
    Column("mark", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),  # of the change
    Column("at", Instant, nullable=False),  # when the change was committed
    Column("due_at", Instant),  # when it is tried next; NULL: it is delivered, or failed
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("tried_at", Instant),  # first; of what is sent again, when that was asked for
    Column("ended_at", Instant),
    Column("error", Text, nullable=False, server_default=""),  # of the last attempt; empty: it was taken
    sqlite_autoincrement=True,  # a story's are sent in the order of their ids, and no id ever comes back
)
pending = deliveries.c.due_at.is_not(None)
Index(
    "ix_deliveries_due",
    *(deliveries.c.partner, deliveries.c.due_at, deliveries.c.id),
    sqlite_where=pending,
    postgresql_where=pending,
)
Index(
    "ix_deliveries_story",
    *(deliveries.c.story_id, deliveries.c.partner, deliveries.c.id),
    sqlite_where=pending,
    postgresql_where=pending,
)
failed = and_(deliveries.c.due_at.is_(None), deliveries.c.error != literal_column("''"))
Index("ix_deliveries_failed", deliveries.c.partner, sqlite_where=failed, postgresql_where=failed)
Index("ix_deliveries_ended", deliveries.c.ended_at)

partners = Table(
    "partners",  # what each has taken, and what it may still take
    metadata,
    Column("partner", Text, primary_key=True),
    Column("tokens", Float),  # of its bucket at ``tokens_at``; NULL: it is full
    Column("tokens_at", Instant),
    Column("fetches", BigInteger, nullable=False, server_default="0"),
    Column("unmodified", BigInteger, nullable=False, server_default="0"),  # of the fetches
    Column("refused", BigInteger, nullable=False, server_default="0"),  # over its rate, or its contract
    Column("bytes", BigInteger, nullable=False, server_default="0"),  # of bodies, as sent
    Column("items", BigInteger, nullable=False, server_default="0"),  # through the API and the webhook
    Column("fetched_at", Instant),  # last
    Column("failing_at", Instant),  # since when its webhook took nothing of what was sent; NULL: it did
    Column("asked_until", Instant),  # it has said to be sent nothing before; NULL: it has not
    Column("stopped_at", Instant),  # since when its webhook wants no more
    Column("stopped_url", Text, nullable=False, server_default=""),  # which one
)

partner_keys = Table(
    "partner_keys",
    metadata,
    Column("hash", Text, primary_key=True),  # SHA-256, in hexadecimal digits; the key itself is nowhere
    Column("partner", Text, nullable=False, index=True),
    Column("made_at", Instant, nullable=False),
)

partner_cursors = Table(
    "partner_cursors",  # how far a partner has read a feed through the API
    metadata,
    Column("partner", Text, primary_key=True),
    Column("feed", Text, ForeignKey("rolls.feed", ondelete="CASCADE"), primary_key=True),
    Column("serial", BigInteger, nullable=False),
    Column("at", Instant, nullable=False),
)
