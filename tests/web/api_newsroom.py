"""A newsroom with a real store behind the API, asked without a socket."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from aggregator.observe import Metrics
from aggregator.pipeline.moderate import take_down
from aggregator.pipeline.rolls import take_up
from aggregator.pipeline.versions import spelled, tell, write_versions
from aggregator.rules.keys import digest
from aggregator.web import build
from aggregator.web.api import models
from tests.making import JAKARTA, SITE
from tests.pipeline.house import House, item, rss
from tests.web.newsroom import ask

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import httpx

    from aggregator.model.feed import Feed
    from aggregator.model.partner import Partner
    from aggregator.model.story import Story
    from aggregator.store import SqlStore
    from aggregator.web.hot import HotPath


class ApiHouse(House):
    """A house whose stories are read through the API."""

    def __init__(self, store: SqlStore) -> None:
        super().__init__(store)
        self._built: HotPath | None = None
        self.written = 0  #: stories that were written on the spot

    def news(self, *numbers: int, source: str = "antara", **more: Any) -> None:
        """Let a source name these items, and publish."""
        made = [item(f"{source}-{n}", f"Kapal {n} {source}", body=f"<p>Isi {n}</p>", **more) for n in numbers]
        self.say(source, rss(*made))
        self.collect(source)
        self.publish()

    def add(self, feed: Feed) -> None:
        """Publish another feed from now on."""
        self.feeds.append(feed)
        self._built = None

    def sign(self, partner: Partner) -> dict[str, str]:
        """Have another partner from now on; return the header that its requests have."""
        key = f"ak_{partner.id}"
        signed = replace(partner, key_hashes=frozenset({digest(key)}))
        self.partners = (*self.partners, signed)
        self._built = None
        return {"Authorization": f"Bearer {key}"}

    def write_down_use(self) -> None:
        """Let what partners used be written down, as it is every few seconds."""
        assert self._built is not None
        asyncio.run(self._built._gate.flush())

    def take_down(self, story: str) -> None:
        """Remove a story everywhere, and publish."""
        take_down(story, now=self.now, store=self.store)
        self.publish()

    def write_down(self, *feeds: str) -> None:
        """Write down what stories say in these feeds, as for partners."""
        write_versions(dict.fromkeys(feeds, False), {}, press=self.press)

    def items_of(self, stories: Collection[Story]) -> dict[str, bytes]:
        told = tell(stories, press=self.press)
        self.written += len(told)
        return {name: spelled(entry, press=self.press) for name, entry in told.items()}

    def application(self) -> HotPath:
        return build(
            site=SITE,
            categories=list(self.categories.values()),
            feeds=self.feeds,
            timezone=JAKARTA,
            store=self.store,
            publication=self.store.publication,
            take_up=self.take_up,
            written=self.items_of,
            clock=lambda: self.now,
            metrics=Metrics(),
            pulse=lambda: self.now,
            partners=self.partners,
        )

    def take_up(self, name: str) -> None:
        if (feed := self.feed(name)).on_demand:
            take_up(feed, now=self.now, press=self.press)

    def ask(self, path: str, method: str = "GET", headers: Mapping[str, str] | None = None) -> httpx.Response:
        self._built = self._built or self.application()
        return asyncio.run(ask(self._built, path, method, headers or {}))

    def page(
        self,
        after: str = "",
        *,
        feed: str = "all",
        limit: int = 50,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Return a page of changes, which has the form that is promised."""
        query = f"?feed={quote(feed)}&limit={limit}" + (f"&after={after}" if after else "")
        answer = self.ask(f"/api/v1/items{query}", headers=headers)
        assert answer.status_code == 200, answer.text
        models.Changes.model_validate_json(answer.content)
        made: dict[str, Any] = json.loads(answer.content)
        return made


def told(page: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what a page tells: each change, and the title of its story."""
    return [(each["change"], each.get("title", "")) for each in page["items"]]
