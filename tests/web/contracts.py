"""A newsroom with partners."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.rules.terms import variant
from tests.web.newsroom import Newsroom, make_publication

if TYPE_CHECKING:
    import httpx

    from aggregator.model.partner import Partner

KEY = "ak_Kunci-yang-sangat-rahasia_0123456789abcdefghi"
WAYS = ("own address", "Authorization")


def ask_for(
    newsroom: Newsroom,
    way: str,
    name: str = "all.rss",
    *,
    key: str = KEY,
    method: str = "GET",
    headers: dict[str, str] | None = None,
    client: str = "127.0.0.1",
    warm: bool = False,
) -> httpx.Response:
    """Ask for a feed with ``key``, in one of the two ``WAYS``."""
    path, fields = f"/p/{key}/{name}", dict(headers or {})
    if way == "Authorization":
        path, fields["Authorization"] = f"/feeds/{name}", f"Bearer {key}"
    return newsroom.ask(path, method, fields, client=client, warm=warm)


def sign(newsroom: Newsroom, *partners: Partner) -> None:
    """Let these be partners, with editions of what they read: each its name in each format."""
    newsroom.partners = list(partners)
    for partner in partners:
        for name in partner.feeds:
            for suffix in ("rss", "atom", "json"):
                of = read_by(newsroom, partner, name)
                newsroom.store.publications[of, suffix] = make_publication(of, suffix)


def read_by(newsroom: Newsroom, partner: Partner, name: str = "all") -> str:
    """Return the name of the feed that ``partner`` reads in place of another."""
    return variant(next(feed for feed in newsroom.feeds if feed.name == name), partner).name
