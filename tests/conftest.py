"""What every test folder shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--accept``, which rewrites the golden files to what the code says now."""
    parser.addoption("--accept", action="store_true", help="rewrite golden files; review the diff")
