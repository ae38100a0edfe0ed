"""A service to export, and the places that it is exported to."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from obstore.store import MemoryStore

from aggregator.export import Exported, export
from aggregator.export.bucket import Bucket
from aggregator.export.folder import Folder
from aggregator.export.place import File, Place
from tests.export.service import Service

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SITE = "https://feeds.example.id"
WHOLE = {
    f"{path}{suffix}"
    for path in ("index.html", "feeds/all.rss", "items/satu")
    for suffix in ("", ".gz", ".br")
}


@dataclass
class Target:
    """A place to export to, opened anew for each export."""

    open: Callable[[], Place]
    marks: bool  #: its files say by themselves that they are ours

    def export(self, service: Service, site: str = SITE) -> Exported:
        with closing(self.open()) as place:
            return export(service, service.addresses, place, site=site)

    def put(self, path: str, body: bytes) -> None:
        """Be somebody else who writes a file."""
        with closing(self.open()) as place:
            if isinstance(place, Folder):
                file = place._root / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(body)
            elif isinstance(place, Bucket):
                import obstore  # noqa: PLC0415

                obstore.put(place._store, path, body)

    def read(self, path: str) -> bytes | None:
        with closing(self.open()) as place:
            return place.read(path)

    def stamps(self, *paths: str) -> dict[str, str | None]:
        with closing(self.open()) as place:
            return {path: place.stamp(path) for path in (paths or sorted(WHOLE))}


@pytest.fixture
def service() -> Service:
    return Service(
        pages={"/": b"the front page", "/feeds/all.rss": b"<rss/>", "/items/satu": b"one story"},
        links={"/": ["/feeds/all.rss", "/items/satu"]},
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "site"


@pytest.fixture(params=["folder", "bucket"])
def target(request: pytest.FixtureRequest, folder: Path) -> Target:
    if request.param == "folder":
        return Target(lambda: Folder(folder), marks=False)
    store = MemoryStore()
    return Target(lambda: Bucket(store, "s3://kabar/"), marks=True)


@pytest.fixture
def file() -> File:
    return File(body=b"what is said")
