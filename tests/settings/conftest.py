"""A configuration file to be filled, and the mistakes in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pytest

from aggregator.errors import ConfigError
from aggregator.settings import Settings, load

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class Loads(Protocol):
    """Writes a configuration and loads it."""

    def __call__(self, text: str | bytes, environ: Mapping[str, str] = ...) -> Settings: ...


class Finds(Protocol):
    """Writes a configuration and returns the mistakes found in it, without the file's name."""

    def __call__(self, text: str | bytes, environ: Mapping[str, str] = ...) -> list[str]: ...


@pytest.fixture
def loads(tmp_path: Path) -> Loads:
    def loads(text: str | bytes, environ: Mapping[str, str] | None = None) -> Settings:
        path = tmp_path / "news.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load(path, environ or {})

    return loads


@pytest.fixture
def finds(tmp_path: Path, loads: Loads) -> Finds:
    def finds(text: str | bytes, environ: Mapping[str, str] | None = None) -> list[str]:
        with pytest.raises(ConfigError) as caught:
            loads(text, environ or {})
        return [line.removeprefix(f"{tmp_path / 'news.yaml'}:") for line in caught.value.mistakes]

    return finds


SMALLEST = """\
service:
  timezone: Asia/Jakarta
categories:
  news:
    sources:
      - id: one
        url: https://one.example.id/feed/
"""


@pytest.fixture
def smallest() -> str:
    """The least that is a configuration; seven lines, to which more can be added."""
    return SMALLEST
