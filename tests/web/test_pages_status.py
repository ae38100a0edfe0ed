"""The status page."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from aggregator.model.source import Move, Residual
from aggregator.rules.audit import mark
from aggregator.rules.schedule import NEVER
from tests.web.newsroom import NOW

if TYPE_CHECKING:
    from tests.web.newsroom import Newsroom

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("language", "changes", "hours", "zoneless", "words"),
    [
        pytest.param(
            "en",
            {},
            7,
            False,
            "Its dates run 7 hours ahead of the clock: they are marked +00:00, and are really those of "
            "+07:00. To mend it, write under “id: kawat”: <code>zone_fix: Asia/Jakarta</code>",
            id="proven",
        ),
        pytest.param(
            "en", {"learn_zone": True}, 7, False, "New stories are mended by themselves.", id="mended"
        ),
        pytest.param(
            "en",
            {},
            -7,
            True,
            "they name no zone and were read in Asia/Jakarta. Either it publishes that late, or its clock",
            id="suggested",
        ),
        pytest.param(
            "en",
            {"zone_fix": ZoneInfo("Europe/Paris")},
            7,
            False,
            "they were read in Europe/Paris, as zone_fix says, and are really those of",
            id="a remedy that was wrong",
        ),
        pytest.param(
            "id", {}, 7, False, "Tanggalnya 7 jam mendahului waktu sekarang: ditandai +00:00", id="Indonesian"
        ),
    ],
)
def test_the_status_page_says_which_source_writes_a_wrong_zone(
    newsroom: Newsroom, language: str, changes: dict[str, Any], hours: int, words: str, *, zoneless: bool
) -> None:
    newsroom.site = replace(newsroom.site, language=language)
    [category, *others] = newsroom.categories
    [source, *rest] = category.sources
    source = replace(source, **changes)
    newsroom.categories = [replace(category, sources=(source, *rest)), *others]
    seen = tuple(
        Residual(
            dated=NOW + hours * HOUR + number * HOUR / 6,
            seen_at=NOW + number * HOUR / 6,
            gap=HOUR / 6,
            offset=0 * HOUR if hours > 0 else 7 * HOUR,
            zoneless=zoneless,
            mark=mark(source),
        )
        for number in range(8)
    )
    assert "advice" not in newsroom.ask("/status").text
    state = replace(newsroom.store.source_states[source.id], residuals=seen)
    newsroom.store.source_states[source.id] = state
    assert words in newsroom.ask("/status").text


def test_a_source_that_has_moved_is_named_without_the_path_of_its_new_address(newsroom: Newsroom) -> None:
    state = newsroom.store.source_states["pelabuhan"]
    assert state.move is None
    announced = replace(state, move=Move(url="https://baru.example.id/feed?key=hush", since=NOW, count=9))
    newsroom.store.source_states["pelabuhan"] = announced
    assert "baru.example.id" not in newsroom.ask("/status").text
    newsroom.store.source_states["pelabuhan"] = replace(
        state, move=Move(followed="https://baru.example.id/feed?key=hush")
    )
    page = newsroom.ask("/status").text
    assert "Pindah seterusnya ke baru.example.id" in page
    assert "<code>aggregator sources</code>" in page
    assert "hush" not in page


def test_a_source_that_is_gone_is_never_due(newsroom: Newsroom) -> None:
    state = newsroom.store.source_states["pelabuhan"]
    newsroom.store.source_states["pelabuhan"] = replace(state, next_at=NEVER, result="gone", failures=1)
    page = newsroom.ask("/status").text
    assert "Tiada lagi" in page
    assert "<code>aggregator run --force --source pelabuhan</code>" in page
    assert "9999" not in page


def test_status(newsroom: Newsroom) -> None:
    page = newsroom.ask("/status").text
    rows = re.findall(r'<tr role="row" class="is-(\w+)">(.*?)</tr>', page, re.DOTALL)
    assert [state for state, _ in rows] == ["bad", "good", "new"]
    wire, port, mosque = (row for _, row in rows)
    assert "Kawat Nusantara" in wire
    assert "status 503 from kawat.example.id" in wire
    assert "Gagal" in wire
    assert "30 menit lalu" in wire
    assert "sekarang" in wire
    assert "7 menit lagi" in port
    assert "Membawa dokumen baru" in port
    assert "Belum pernah dikumpulkan" in mosque
    assert "secret" not in page
