"""Counting a pass."""

from __future__ import annotations

from aggregator.model.report import Collected, Report


def test_each_result_is_counted_once_and_failures_are_named() -> None:
    report = Report()
    for name, result in (("a", "fetched"), ("b", "not_modified"), ("c", "unchanged"), ("d", "failed")):
        report.add(
            Collected(
                source=name, result=result, items_new=1, items_updated=2, duplicates=3, error=f"{name}!"
            )
        )
    assert (report.sources, report.fetched, report.not_modified, report.unchanged, report.failed) == (
        4,
        1,
        1,
        1,
        1,
    )
    assert (report.items_new, report.items_updated, report.duplicates) == (4, 8, 12)
    assert report.errors == {"d": "d!"}
