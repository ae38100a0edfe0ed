"""The schema: built by migrations, equal to the tables, refused when it is newer than ours."""

from __future__ import annotations

import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import make_url, text

from aggregator.errors import ConfigError, StoreError
from aggregator.rules.cluster import retold
from aggregator.store import open_store, peek
from aggregator.store.engine import MIGRATIONS, VERSIONS, Database
from aggregator.store.tables import metadata
from tests.making import NOW, a_feed

if TYPE_CHECKING:
    from collections.abc import Callable

    from aggregator.store import SqlStore


#: Rows as the first version wrote them.
FIRST = """
INSERT INTO sources VALUES
    ('antara', 'https://k.id/', 1, 1, 1, 1, 'fetched', '', 0, '', '', '', 'Antara', '', 3);
INSERT INTO stories VALUES ('x', 'slug', 1732087800000000, 1732087800000000, 'antara', 'id:1', NULL, false);
INSERT INTO items VALUES (1, 'antara', 'id:1', 'x', '1', '', 'https://k.id/1', 'Kapal', '', '', '{}',
    '{"candidates": [["text", "2 jam lalu", 1732080600000000, 1732086000000000, "hour", "none", true]],
      "chosen": 0, "precision": "hour", "zone": "none",
      "earliest": 1732080600000000, "latest": 1732086000000000}',
    1732087800000000, 1732087800000000, 1732087800000000, NULL, 'raw', 'content', 0)
"""


#: What tells the schema, column by column, whatever their order.
DESCRIBED = {
    "sqlite": (
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
        "SELECT name, wr, strict FROM pragma_table_list WHERE type = 'table'",
        (
            'SELECT m.name, c.name, c.type, c."notnull", c.dflt_value, c.pk'
            " FROM sqlite_master AS m JOIN pragma_table_xinfo(m.name) AS c WHERE m.type = 'table'"
        ),
        (
            'SELECT m.name, f."table", f."from", f."to", f.on_delete'
            " FROM sqlite_master AS m JOIN pragma_foreign_key_list(m.name) AS f WHERE m.type = 'table'"
        ),
        (
            'SELECT m.name, i.name, i."unique", i.origin, i.partial'
            " FROM sqlite_master AS m JOIN pragma_index_list(m.name) AS i WHERE m.type = 'table'"
        ),
    ),
    "postgresql": (
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
        (
            "SELECT table_name, column_name, data_type, is_nullable, column_default, character_maximum_length"
            " FROM information_schema.columns WHERE table_schema = 'public'"
        ),
        (
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE connamespace = 'public'::regnamespace"
        ),
    ),
}


def described(url: str, make: Callable[[Database], object]) -> list[tuple[object, ...]]:
    """Return the schema of a database that ``make`` has built, and take it away again."""
    with closing(Database(url)) as database:
        make(database)
        with database.reading() as connection:
            queries = DESCRIBED[database.engine.dialect.name]
            rows = [tuple(row) for query in queries for row in connection.execute(text(query))]
        with database.writing() as connection:
            metadata.drop_all(connection)
            connection.execute(text("DROP TABLE alembic_version"))
    return sorted(rows, key=repr)


def test_what_is_built_at_once_is_what_the_migrations_build(url: str) -> None:
    at_once = described(url, Database.upgrade)
    assert len(at_once) > 100
    assert at_once == described(url, lambda database: upgrade_to("head", database))


def test_upgrading_twice_does_nothing(url: str) -> None:
    with closing(Database(url)) as database:
        assert database.version() == ""
        assert database.upgrade()
        assert not database.upgrade()
        assert database.version() == VERSIONS[-1]


def upgrade_from(version: str, rows: str, url: str) -> None:
    """Bring a database up to date that an earlier version left with these rows."""
    with closing(Database(url)) as database:
        upgrade_to(version, database, *rows.split(";\n"))
        assert database.upgrade()


def upgrade_to(version: str, database: Database, *statements: str) -> None:
    with database.writing() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, version)
        for statement in statements:
            connection.exec_driver_sql(statement)


def test_what_the_first_version_stored_is_kept(url: str) -> None:
    upgrade_from("0001", FIRST, url)
    with closing(open_store(url)) as store:
        [story] = store.stories_named("x", "")
        [candidate] = story.shown.dates.candidates
        assert candidate.claim.text == "2 jam lalu"
        assert candidate.reading is not None
        assert (candidate.reading.relative, candidate.reading.likely, candidate.reading.offset) == (
            True,
            None,
            None,
        )
        assert (story.shown.awaits_page, story.shown.dates.later) == (False, ())
        state = store.states()["antara"]
        assert (state.residuals, state.move, state.pace, state.rhythm) == ((), None, None, "")


SECOND = """
INSERT INTO sources VALUES
    ('kawat', 'https://w.id/', 1, 1, 1, 1, 'fetched', '', 0, '', '', '', 'Kawat', '', 3, '[]');
INSERT INTO stories VALUES
    ('tag:x', 'slug', 1732080000000000, 1732087800000000, 'kawat', 'id:9', NULL, false);
INSERT INTO items VALUES (1, 'antara', 'id:1', 'tag:x', '1', 'https://k.id/1', 'https://k.id/1',
    'Kapal', '', '', '{}', '{"candidates": [], "precision": "none", "zone": "none"}',
    1732087800000000, 1732087800000000, 1732087800000000, NULL, 'raw', 'content', 0, false);
INSERT INTO items VALUES (2, 'kawat', 'id:9', 'tag:x', '9', 'https://k.id/1', 'https://k.id/1?w',
    'Kapal', '', '', '{}', '{"candidates": [], "precision": "none", "zone": "none"}',
    1732080000000000, 1732080000000000, 1732087800000000, NULL, 'raw', 'content', 0, false)
"""


def test_stories_of_the_second_version_can_be_told_again(url: str) -> None:
    upgrade_from("0002", SECOND, url)
    with closing(open_store(url)) as store:
        [story] = store.stories_named("tag:x", "")
        assert story.out_at is not None
        assert [(copy.key, copy.joined and copy.joined.by) for copy in story.copies] == [
            ("id:9", "url"),
            ("id:1", None),
        ]
        again = retold(sorted(story.copies, key=lambda copy: copy.key), story.id, sources={})
        assert (again.published, again.updated, again.shown) == (
            story.published,
            story.published,
            story.shown,
        )
        with store.writing() as transaction:
            assert transaction.stories_by_url({"https://k.id/1"}) == {
                "https://k.id/1": ("tag:x", "antara", "id:1")
            }


FIFTH = """
INSERT INTO editions VALUES ('all', 'basis', 'content', 1732087800000000);
INSERT INTO publications VALUES
    ('all', 'rss', 'application/rss+xml', '<rss/>', 'packed', '"e"', 1732087800000000)
"""


def test_what_was_published_before_editions_had_numbers_is_served_on(url: str) -> None:
    upgrade_from("0005", FIFTH, url)
    with closing(open_store(url)) as store:
        publication = store.publication("all", "rss")
        assert publication is not None
        assert (publication.media_type, publication.etag) == ("application/rss+xml", '"e"')
        assert store.renewed(0) == {}
        new = replace(publication, body=b"<rss/>")
        store.put_edition("all", basis="b", content_hash="c", changed_at=new.changed_at, publications=[new])
        assert store.renewed(0) == {"all": 1}


def test_what_an_earlier_version_published_is_taken_up_by_feeds(url: str) -> None:
    upgrade_from("0002", SECOND, url)
    feed = a_feed("all", "kawat", limit=1)
    with closing(open_store(url)) as store:
        store.take_up(feed, at=NOW, carries=bool)
        top = store.top(feed)
        assert ([story for story, _ in top.stories], top.previous) == (["tag:x"], 1)
        with store.writing() as transaction:
            transaction.touch(["tag:x"], at=NOW)
        assert store.take_up(feed, at=NOW, carries=bool) > 1


EIGHTH = """
INSERT INTO stories (id, slug, published_at, updated_at, shown_source, shown_key, backfill) VALUES
    ('x', 'slug', 1732087800000000, 1732087800000000, 'antara', 'id:1', false);
INSERT INTO items (id, source_id, key, story_id, upstream_id, canonical_url, link, title, summary, content,
    details, dates, published_at, updated_at, first_seen_at, raw_hash, revisions) VALUES
    (1, 'antara', 'id:1', 'x', '1', '', 'https://k.id/1', 'Kapal', '', '', '{}', '{}',
    1732087800000000, 1732087800000000, 1732087800000000, 'raw', 0),
    (2, 'kawat', 'id:2', 'x', '2', '', 'https://w.id/2', 'Kapal', '', '', '{}', '{}',
    1732087800000000, 1732087800000000, 1732087800000000, 'raw', 0);
INSERT INTO fingerprints VALUES (2, 1732087800000000, '12345678', '1234567812345678');
INSERT INTO bands VALUES (12, 2);
INSERT INTO relations VALUES (2, 1, 0.7, 'names differ')
"""


def test_longer_fingerprints_are_made_anew(url: str) -> None:
    upgrade_from("0008", EIGHTH, url)
    with closing(open_store(url)) as store:
        assert [text.row for text in store.unmatched(9)] == [2]
        assert store.sharing([12], before=9) == {}
        with store.writing() as transaction:  # as after a comparison
            transaction.put_texts((), [(2, 1, 0.7, "names differ")], matched=[2], expired_before=NOW)


def test_a_look_at_a_database_neither_makes_nor_changes_it(url: str) -> None:
    assert peek(url) is None
    path = make_url(url).database or ""
    assert not path.endswith(".db") or not Path(path).exists()
    open_store(url).close()
    store = peek(url)
    assert store is not None
    with closing(store):
        assert store.states() == {}
        with store.database.writing() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    assert peek(url) is None
    with closing(Database(url)) as database:
        assert database.version() == "0001"


def test_a_look_at_a_database_that_does_not_answer_says_so() -> None:
    with pytest.raises(StoreError, match=r"127\.0\.0\.1:1"):
        peek("postgresql+psycopg://someone@127.0.0.1:1/news")


def test_two_that_start_at_once_both_start(url: str) -> None:
    opened: list[SqlStore] = []
    threads = [threading.Thread(target=lambda: opened.append(open_store(url))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 2
    for each in opened:
        each.check()
        each.close()


def test_a_newer_schema_is_refused(store: SqlStore, url: str) -> None:
    with store.database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match=r"9999, newer than ours .* run a newer aggregator"):
        open_store(url)


def test_a_database_without_tables_is_said_to_be_so(url: str) -> None:
    from aggregator.store import SqlStore  # noqa: PLC0415 # only here at run time

    with closing(SqlStore(Database(url))) as empty:
        with pytest.raises(StoreError, match="aggregator db upgrade"):
            empty.check()
        with pytest.raises(StoreError, match="aggregator db upgrade"):
            empty.states()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("nonsense", "not a database address"),
        ("mysql://localhost/x", "mysql is not supported"),
        ("sqlite://", "name a file"),
        ("sqlite:///:memory:", "name a file"),
        ("sqlite:////proc/none/x.db", "cannot make the folder"),
    ],
)
def test_an_unusable_address_is_a_configuration_error(url: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        open_store(url)


def test_a_database_that_does_not_answer_is_named_without_its_password() -> None:
    with pytest.raises(StoreError) as caught:
        open_store("postgresql://someone:secret@127.0.0.1:1/news")
    assert "127.0.0.1:1" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_file_that_is_no_database_is_said_to_be_so(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    path.write_text("not a database at all, but long enough to look like one\n" * 100)
    with pytest.raises(StoreError, match="not a database"):
        open_store(f"sqlite:///{path}")
