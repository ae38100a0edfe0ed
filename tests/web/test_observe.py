"""Log lines and metrics."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from aggregator import __version__
from aggregator.model.partner import Owed
from aggregator.model.report import Collected
from aggregator.observe import Metrics, configure_logging

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES = ("", "alembic", "apscheduler", "uvicorn", "uvicorn.error", "uvicorn.access")


@pytest.fixture(autouse=True)
def untouched_logging() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in NAMES]
    before = [(logger, logger.level, logger.handlers[:], logger.propagate) for logger in loggers]
    yield
    for logger, level, handlers, propagate in before:
        logger.setLevel(level)
        logger.handlers[:] = handlers
        logger.propagate = propagate


def test_json_lines(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info", "json")
    logging.getLogger("aggregator.pipeline").warning("collected %s", "kawat", extra={"items": 3})
    logging.getLogger("aggregator.pipeline").debug("not said")
    out, err = capsys.readouterr()
    assert out == ""
    [line] = err.splitlines()
    record = json.loads(line)
    assert datetime.fromisoformat(record.pop("timestamp")).tzinfo is not None
    said = {"event": "collected kawat", "items": 3, "level": "warning", "logger": "aggregator.pipeline"}
    assert record.items() >= said.items()


def test_console_lines_are_plain_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("INFO", "console")
    logging.getLogger("aggregator.fetch").info("asked", extra={"source": "kawat"})
    line = capsys.readouterr().err
    assert "asked" in line
    assert "source=kawat" in line
    assert "\x1b" not in line


@pytest.mark.parametrize("form", ["json", "console"])
def test_what_a_terminal_would_obey_is_written_out(capsys: pytest.CaptureFixture[str], form: str) -> None:
    configure_logging("info", "json" if form == "json" else "console")
    evil = "a\x1b[2Jb\nlevel=critical\r\x00\x9b\u202e\u2028"
    logging.getLogger("x").info("title %s", evil, extra={"source": evil, "nested": [evil]})
    err = capsys.readouterr().err
    assert len(err.splitlines()) == 1
    assert err.rstrip("\n").isprintable()


def fail(secret: str) -> None:
    if secret:
        raise ValueError("bad \x1b[31mtitle")


def test_a_traceback_keeps_its_lines_and_shows_no_locals(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info", "console")
    try:
        fail("pass" + "word")
    except ValueError:
        logging.getLogger("x").exception("failed")
    err = capsys.readouterr().err
    assert "Traceback" in err
    assert len(err.splitlines()) > 3
    assert "\x1b" not in err
    assert "password" not in err


def test_configuring_again_starts_over(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info", "json")
    configure_logging("warning", "json")
    logging.getLogger("x").info("quiet")
    logging.getLogger("x").warning("once")
    assert capsys.readouterr().err.count("\n") == 1


def test_libraries_pass_through_and_keep_their_chatter_to_themselves(
    capsys: pytest.CaptureFixture[str],
) -> None:
    own = logging.StreamHandler(sys.stdout)
    logging.getLogger("uvicorn").addHandler(own)
    logging.getLogger("uvicorn.error").setLevel(logging.NOTSET)  # which a server changes that ran before
    configure_logging("info", "json")
    logging.getLogger("apscheduler.scheduler").info("Added job")
    logging.getLogger("alembic.runtime.migration").info("Context impl")
    logging.getLogger("apscheduler.executors").error("Job raised")
    logging.getLogger("uvicorn.error").info("Started")
    out, err = capsys.readouterr()
    assert out == ""
    assert [json.loads(line)["event"] for line in err.splitlines()] == ["Job raised", "Started"]
    configure_logging("debug", "json")
    logging.getLogger("apscheduler.scheduler").info("Added job")
    assert "Added job" in capsys.readouterr().err


def test_an_unknown_level_is_refused() -> None:
    with pytest.raises(ValueError, match="LOUD"):
        configure_logging("loud", "json")


def test_metrics() -> None:
    metrics = Metrics()
    metrics.collected(
        Collected(source="kawat", result="fetched", items_new=3, items_updated=1, duplicates=2,
                  fetch_seconds=0.2, body_bytes=1000)
    )  # fmt: skip
    metrics.collected(Collected(source="ruang", result="failed", error="status 503"))
    metrics.published("all", datetime(2024, 11, 20, 7, 30, tzinfo=UTC), 0.02)
    metrics.sources({"ok": 5, "failing": 1})
    metrics.sources({"ok": 6})
    metrics.due_lag(12.5)
    body, media_type = metrics.exposition()
    lines = body.decode().splitlines()
    assert media_type.startswith("text/plain")
    for line in (
        'aggregator_fetch_total{result="fetched"} 1.0',
        'aggregator_fetch_total{result="failed"} 1.0',
        "aggregator_fetch_bytes_total 1000.0",
        "aggregator_fetch_duration_seconds_count 2.0",
        'aggregator_items_total{outcome="new"} 3.0',
        'aggregator_items_total{outcome="updated"} 1.0',
        'aggregator_items_total{outcome="duplicate"} 2.0',
        "aggregator_publish_duration_seconds_sum 0.02",
        'aggregator_feed_last_changed_timestamp_seconds{feed="all"} 1.7320878e+09',
        'aggregator_sources{status="ok"} 6.0',
        "aggregator_due_lag_seconds 12.5",
        f'aggregator_build_info{{version="{__version__}"}} 1.0',
    ):
        assert line in lines
    assert not any("failing" in line or "kawat" in line for line in lines)


def test_partners_are_counted_by_their_names() -> None:
    metrics = Metrics()
    metrics.partner("warta", 200, 5000)
    metrics.partner("warta", 304, 0, count=3)
    metrics.partner("gema", 429, 120)
    metrics.delivered("warta", "delivered", count=2)
    metrics.delivered("warta", "failed")
    lines = metrics.exposition()[0].decode().splitlines()
    for line in (
        'aggregator_partner_requests_total{partner="warta",status="200"} 1.0',
        'aggregator_partner_requests_total{partner="warta",status="304"} 3.0',
        'aggregator_partner_requests_total{partner="gema",status="429"} 1.0',
        'aggregator_partner_bytes_total{partner="warta"} 5000.0',
        'aggregator_partner_bytes_total{partner="gema"} 120.0',
        'aggregator_partner_deliveries_total{partner="warta",result="delivered"} 2.0',
        'aggregator_partner_deliveries_total{partner="warta",result="failed"} 1.0',
    ):
        assert line in lines


def test_webhooks_are_shown_as_they_are_now() -> None:
    metrics = Metrics()
    metrics.webhooks({"warta": (True, Owed()), "gema": (True, Owed())})
    metrics.webhooks({"warta": (False, Owed(waiting=7, failed=2))})
    lines = metrics.exposition()[0].decode().splitlines()
    for line in (
        'aggregator_partner_webhook_up{partner="warta"} 0.0',
        'aggregator_partner_deliveries_waiting{partner="warta"} 7.0',
        'aggregator_partner_deliveries_failed{partner="warta"} 2.0',
    ):
        assert line in lines
    assert not any("gema" in line for line in lines)


def test_two_services_in_one_process_do_not_share_metrics() -> None:
    one, other = Metrics(), Metrics()
    one.request("feed", 200)
    assert b'kind="feed"' not in other.exposition()[0]
