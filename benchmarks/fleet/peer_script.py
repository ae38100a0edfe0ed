"""The script that one would write in an afternoon: threads, requests, feedparser, sqlite3.

It is honest: it asks conditionally, keeps connections, and stores validators with the items, not before.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeAlias

import feedparser
import requests

from benchmarks.fleet.peers import serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Feed: TypeAlias = tuple[str, str | None, str | None]  # address, ETag, Last-Modified

WORKERS = 10
TABLES = """
    CREATE TABLE feeds (url TEXT PRIMARY KEY, etag TEXT, modified TEXT);
    CREATE TABLE items (
        feed TEXT, id TEXT, title TEXT, link TEXT, author TEXT, published TEXT, updated TEXT,
        summary TEXT, content TEXT, categories TEXT, PRIMARY KEY (feed, id)
    );
"""
SAVE = """
    INSERT INTO items VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (feed, id) DO UPDATE SET
        title = excluded.title, link = excluded.link, author = excluded.author,
        published = excluded.published, updated = excluded.updated, summary = excluded.summary,
        content = excluded.content, categories = excluded.categories
"""
VALIDATE = "UPDATE feeds SET etag = ?, modified = ? WHERE url = ?"


def subscribe(database: str, addresses: Iterable[str]) -> None:
    """Enter the addresses in a new database."""
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.executescript(TABLES)
        connection.executemany("INSERT INTO feeds (url) VALUES (?)", [(each,) for each in addresses])


def prepare(database: str) -> Callable[[], int]:
    """Return what updates all feeds and says how many failed."""
    connection, asker = sqlite3.connect(database), Asker()

    def update() -> int:
        feeds: list[Feed] = connection.execute("SELECT url, etag, modified FROM feeds").fetchall()
        failed = 0
        with ThreadPoolExecutor(WORKERS) as pool:
            for (url, *_), (reply, entries) in zip(feeds, pool.map(asker.ask, feeds), strict=True):
                failed += reply is None
                if reply is None or reply.status_code == HTTPStatus.NOT_MODIFIED:
                    continue
                with connection:
                    connection.executemany(SAVE, [row(url, entry) for entry in entries])
                    headers = reply.headers
                    connection.execute(VALIDATE, (headers.get("ETag"), headers.get("Last-Modified"), url))
        return failed

    return update


class Asker:
    """Asks and parses; each thread has its own session, which keeps connections."""

    def __init__(self) -> None:
        self._mine = threading.local()

    def ask(self, feed: Feed) -> tuple[requests.Response | None, list[Any]]:
        """Return the reply, None if there is none, and the entries of its document."""
        url, etag, modified = feed
        if not hasattr(self._mine, "session"):
            self._mine.session = requests.Session()
        headers = {"If-None-Match": etag, "If-Modified-Since": modified}
        try:
            reply: requests.Response = self._mine.session.get(url, headers=headers, timeout=30)
            reply.raise_for_status()
        except requests.RequestException:
            return None, []
        return reply, feedparser.parse(reply.content).entries if reply.content else []


def row(url: str, entry: Any) -> tuple[Any, ...]:
    """Return an entry as it is saved."""
    return (
        url,
        entry.get("id") or entry.get("link"),
        entry.get("title"),
        entry.get("link"),
        entry.get("author"),
        entry.get("published"),
        entry.get("updated"),
        entry.get("summary"),
        entry.get("content", [{}])[0].get("value"),
        json.dumps([tag.get("term") for tag in entry.get("tags", ())]),
    )


if __name__ == "__main__":
    serve(subscribe, prepare)
