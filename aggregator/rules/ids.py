"""Mint the ids that we publish. They are made from configuration and content only.

RFC 4287, 4.2.6: an id never changes, whatever happens to the entry, the feed or the
server; so none is made from a database row, and a database built anew mints the same ids.
"""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from aggregator.rules.identity import digest
from aggregator.rules.iris import identity

if TYPE_CHECKING:
    from aggregator.model.feed import Site
    from aggregator.model.item import Item

LONGEST_ID = 500  # characters
IRI = re.compile(r"(?:https?://[^/?#\s]+(?:/|\?)|urn:uuid:|tag:[^,\s]+,\d{4})[!-~]+", re.IGNORECASE)


def mint(upstream_id: str, *, key: str, own_id: bool, source: str, site: Site) -> str:
    """Return the id under which an item is published.

    The upstream's own id where that is a globally unique IRI in its canonical form (RFC 4287, 4.2.6.1) and
    stands alone for the item, else a tag URI (RFC 4151) of ours: ``tag:HOST,DATE:SOURCE/UPSTREAM-ID``.
    """
    if (
        own_id
        and len(upstream_id) <= LONGEST_ID
        and IRI.fullmatch(upstream_id)
        and identity(upstream_id) == upstream_id
    ):
        return upstream_id
    name = upstream_id if own_id else key
    if len(quote(name)) > LONGEST_ID:
        name = digest(name)
    return _tag(site, f"{source}/{quote(name, safe='-._~:/@')}")


def mint_for(item: Item, site: Site) -> str:
    """Return the id under which the story that ``item`` founds is published."""
    own_id = item.key == f"id:{item.upstream_id}"
    return mint(item.upstream_id, key=item.key, own_id=own_id, source=item.source, site=site)


def feed_id(name: str, site: Site) -> str:
    """Return the id of our feed ``name``, the same in every format."""
    return _tag(site, f"feed/{name}")


def slug(story_id: str) -> str:
    """Return the name of a story's page: 16 letters and digits, made from its id."""
    return base64.b32encode(hashlib.sha256(story_id.encode()).digest()[:10]).decode().lower()


def _tag(site: Site, specific: str) -> str:
    host = urlsplit(site.base_url).hostname or "localhost"
    return f"tag:{host},{site.tag_date}:{specific}"
