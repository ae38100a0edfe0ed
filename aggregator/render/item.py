"""A story as the API and webhooks show it (docs/syndication.md): JSON, made once and cut to what may be seen.

The item whole has every name of the API, also where there is nothing to say, but for the image, comments,
rights and what is ``more``. A name that is missing from one that was cut is none that the asker may see.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from aggregator.render.jsonfeed import attachment, authors, beside, encode, given, related, tags
from aggregator.rules.plain import plain

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.model.feed import Credit, Entry
    from aggregator.model.partner import ChangeKind
    from aggregator.rules.portion import Portion


def item(entry: Entry) -> bytes:
    """Return a printable entry as the item that the API shows, whole."""
    members: dict[str, Any] = {
        "id": entry.id,
        "url": entry.link,
        "title": entry.title,
        "summary": plain(entry.summary),
        "content_html": entry.content or entry.summary,
        "date_published": entry.published,
        "date_modified": entry.updated,
        "authors": authors(entry),
        "categories": tags(entry),
        "language": entry.language,
        "attachments": [attachment(file, entry) for file in entry.enclosures],
        "source": {**_credit(entry.source), "url": entry.source.home or entry.source.feed_url},
        "also": [_credit(credit) for credit in entry.via],
        "related": [related(other) for other in entry.related],
    }
    more = {name.removeprefix("_"): value for name, value in beside(entry)}
    besides = {
        "image": entry.image,
        "comments": more.pop("comments", None),
        "rights": entry.rights,
        "more": {name: value for name, value in more.items() if name != "rights"},
    }
    return encode(members | given(besides))


def _credit(credit: Credit) -> dict[str, Any]:
    return {"id": credit.source, "title": credit.title, "url": credit.link}


def removed(story: str) -> bytes:
    """Return what is said of a story that left: that it did."""
    return encode({"id": story})


def shown(whole: bytes, portion: Portion) -> bytes:
    """Return as much of an item as an asker may see."""
    return whole if portion.is_whole else orjson.dumps(portion.of(orjson.loads(whole)))


def told(shown: bytes, kind: ChangeKind) -> bytes:
    """Return an item with what happened to it."""
    return b'{"change":"%b",%b' % (kind.encode(), shown[1:])


def message(item: bytes, kind: ChangeKind, at: datetime, *, test: bool = False) -> bytes:
    """Return what a webhook is told: that this happened to ``item`` (see ``told``), and when.

    ``test``: that it did not, and this is for trying out only.
    """
    return b'{"type":"item.%b","timestamp":%b,%b"data":%b}' % (
        kind.encode(),
        orjson.dumps(at),
        b'"test":true,' if test else b"",
        told(item, kind),
    )


def sample(base_url: str, at: datetime) -> bytes:
    """Return an item that is none, to try out what is made for items."""
    return encode(
        {
            "id": f"{base_url}/#test",
            "url": f"{base_url}/",
            "title": "Test",
            "summary": "This is a test.",
            "content_html": "<p>This is a test.</p>",
            "date_published": at,
            "date_modified": at,
            "authors": [],
            "categories": [],
            "language": "en",
            "attachments": [],
            "source": {"id": "test", "title": "Test", "url": f"{base_url}/"},
            "also": [],
            "related": [],
        }
    )
