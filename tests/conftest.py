"""What every test folder shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    import pytest


#: They begin first, so that nobody waits for them in the end.
LONG = (
    "test_newsroom_shift",
    "test_hostile_service",
    "test_embed_browser",
    "test_cli_service",
    "test_listing_replay",
    "test_pages_browser",
    "test_cli_run",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests of long files first."""
    items.sort(key=lambda item: item.path.stem not in LONG)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--accept``, which rewrites the golden files to what the code says now."""
    parser.addoption("--accept", action="store_true", help="rewrite golden files; review the diff")


# No test depends on time: a busy machine is no failure.
# The same examples every time: no change is judged by luck. `--hypothesis-profile hunt` looks further.
settings.register_profile(
    "steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("hunt", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")
