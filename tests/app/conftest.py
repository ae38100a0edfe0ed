"""The whole service but for its web, on a server that says what a test tells it to, under a clock of ours."""

from __future__ import annotations

from contextlib import ExitStack, closing
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

import pytest

from aggregator.app import App
from aggregator.settings import load
from tests.fetch.raw import RawServer
from tests.making import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path


class Clock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


class Opens(Protocol):
    """Opens the service on these sources, an id and an address each, category by category."""

    def __call__(self, extra: str = "", **categories: dict[str, str]) -> App: ...


@pytest.fixture
def server() -> Iterator[RawServer]:
    with closing(RawServer()) as running:
        yield running


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def opens(tmp_path: Path, clock: Clock) -> Iterator[Opens]:
    with ExitStack() as stack:

        def opens(extra: str = "", **categories: dict[str, str]) -> App:
            lines = [
                "service:",
                "  {timezone: Asia/Jakarta, base_url: 'https://feeds.example.id', contact: ops@example.id}",
                f"database: {{url: 'sqlite:///{tmp_path}/aggregator.db'}}",
                "fetch: {allow_private_networks: [127.0.0.0/8], timeout: 20s}",
                extra,
                "categories:",
            ]
            for category, sources in categories.items():
                lines += [f"  {category}:", "    sources:"]
                lines += [f"      - {{id: {name}, url: '{url}'}}" for name, url in sources.items()]
            path = tmp_path / "aggregator.yaml"
            path.write_text("\n".join(lines), encoding="utf-8")
            app = App(load(path, {}), clock=clock)
            stack.callback(app.close)
            return app

        yield opens
