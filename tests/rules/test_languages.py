"""Languages as feeds can name them."""

from __future__ import annotations

import pytest

from aggregator.rules.languages import tag


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("id", "id"),
        ("en-GB", "en-GB"),
        ("zh-Hant-TW", "zh-Hant-TW"),
        ("ban", "ban"),
        (" id_ID ", "id-ID"),
        ("in", "id"),
        ("in_ID", "id-ID"),
        ("ID", "ID"),
        ("jw", "jv"),
        ("", ""),
        ("qq", ""),
        ("indonesia", ""),
        ("xx_YY!", ""),
        ("en-", ""),
        ("i", ""),
    ],
)
def test_a_language_is_a_tag_or_nothing(written: str, expected: str) -> None:
    assert tag(written) == expected
