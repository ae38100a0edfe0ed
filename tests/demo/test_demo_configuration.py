from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import yaml

from aggregator.demo.site import BY_PATH
from aggregator.settings import load

if TYPE_CHECKING:
    from collections.abc import Callable

    from aggregator.demo.site import Reply

    Ask: TypeAlias = Callable[..., Reply]

REPOSITORY = Path(__file__).parents[2]


def configuration() -> dict[str, Any]:
    text = (resources.files("aggregator.demo") / "demo.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


def test_the_shipped_file_is_the_packages() -> None:
    link = REPOSITORY / "config" / "demo.yaml"
    assert link.is_symlink()
    assert not link.readlink().is_absolute()
    assert link.samefile(REPOSITORY / "aggregator" / "demo" / "demo.yaml")


def test_every_document_of_the_newsroom_is_a_source_once(ask: Ask) -> None:
    sources = [each for category in configuration()["categories"].values() for each in category["sources"]]
    assert len({source["id"] for source in sources}) == len(sources)
    paths = [source["url"].removeprefix("${NEWSROOM:-http://127.0.0.1:8090}") for source in sources]
    assert sorted(paths) == sorted(BY_PATH)
    assert all(ask(path).status == 200 for path in paths)


def test_the_service_finds_no_mistake_in_it() -> None:
    settings = load(REPOSITORY / "config" / "demo.yaml", {"NEWSROOM": "http://127.0.0.1:9000"})
    sources = [source for category in settings.categories for source in category.sources]
    assert {
        source.url.removesuffix(path) for source in sources for path in BY_PATH if path in source.url
    } == {"http://127.0.0.1:9000"}
    assert {"all", "pilihan"} <= {feed.name for feed in settings.feeds}


def test_the_categories_are_the_portals_four() -> None:
    titles = {name: category["title"] for name, category in configuration()["categories"].items()}
    assert titles == {
        "news": "News",
        "logistik": "Logistik",
        "ruang-sujud": "Ruang Sujud",
        "sportechment": "Sportechment",
    }
