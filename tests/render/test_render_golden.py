"""The sample edition in every format. To accept a change: ``pytest --accept``, and review the diff."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from aggregator.model.outline import Outline
from aggregator.render import FORMATS
from aggregator.render.opml import opml, subscriptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from aggregator.model.feed import Edition

GOLDEN = Path(__file__).with_name("golden")


def compare(name: str, actual: bytes, config: pytest.Config) -> None:
    golden = GOLDEN / name
    if config.getoption("accept"):
        golden.write_bytes(actual)
    assert actual.decode() == golden.read_bytes().decode()


@pytest.mark.parametrize("suffix", ["rss", "atom", "json"])
def test_the_sample_edition_is_published_like_this(
    suffix: str, edition: Edition, valid: Callable[[str, bytes], list[str]], pytestconfig: pytest.Config
) -> None:
    body = FORMATS[suffix].render(edition)
    compare(f"sample.{suffix}", body, pytestconfig)
    assert valid(suffix, body) == [entry.id for entry in edition.entries]


def test_the_list_of_feeds_is_published_like_this(edition: Edition, pytestconfig: pytest.Config) -> None:
    body = opml(edition.site, [edition.feed], changed_at=datetime(2024, 11, 20, 9, 16, 5, tzinfo=UTC))
    compare("feeds.opml", body, pytestconfig)


def test_a_list_of_subscriptions_is_written_like_this(pytestconfig: pytest.Config) -> None:
    listed = [
        Outline(
            url="https://a.id/rss?a=1&b=2", title="A & B", home="https://a.id/", folder=("Laut & Darat",)
        ),
        Outline(url="https://b.id/rss", title="1 < 2", folder=("Laut & Darat", "Kapal")),
        Outline(url="https://c.id/rss", folder=()),
        Outline(url="https://d.id/rss", title="&copy; D", folder=("Laut & Darat",)),
    ]
    at = datetime(2024, 11, 20, 9, 16, 5, tzinfo=UTC)
    compare("subscriptions.opml", subscriptions("Kabar \x0b", listed, changed_at=at), pytestconfig)
