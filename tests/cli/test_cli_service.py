"""``serve`` and ``demo`` as the programs that a user starts and ends."""

from __future__ import annotations

import json
import signal
import threading
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from aggregator.demo.newsroom import Newsroom
from aggregator.demo.server import NewsroomServer
from tests.cli.commands import AT, STARTS_WITHIN, Clock, Commands, Service, command, configuration, program
from tests.fetch.raw import RawServer

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator
    from pathlib import Path

COLLECTED = 'aggregator_sources{status="fetched"} 7.0'
CATEGORIES = ("news", "logistik", "ruang-sujud", "sportechment")


@pytest.fixture(scope="module")
def config(newsroom: NewsroomServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return configuration(tmp_path_factory.mktemp("service"), newsroom.url)


@pytest.fixture(scope="module")
def service(config: Path) -> Iterator[Service]:
    with Service("serve", "-c", config) as running:
        running.once("/metrics", COLLECTED)
        assert Commands(config)("publish").exit_code == 0  # whatever the first ticks have not published yet
        yield running


def test_every_feed_carries_stories(service: Service) -> None:
    for feed in ("all", *CATEGORIES):
        assert len(service.items(feed)) >= 20
        service.once(f"/feeds/{feed}.atom", "<entry")
        service.once(f"/feeds/{feed}.rss", "<item")
        assert service.get(f"/feeds/{feed}.rss").startswith(b"<?xml")


def test_the_pages_are_there(service: Service) -> None:
    titles = {item["title"] for item in service.items("news")}
    front = service.once("/", "News")
    assert "Sportechment" in front
    assert any(title in service.get("/c/news/").decode() for title in titles)
    assert "Kadang Sibuk" in service.get("/status").decode()


def test_what_another_process_takes_down_is_soon_served_no_longer(service: Service, config: Path) -> None:
    feeds = ("all", "news", "source/portal-news")
    [taken, *_] = service.items("source/portal-news")
    for feed in feeds:
        assert taken["id"] in {item["id"] for item in service.items(feed)}
    assert Commands(config)("takedown", taken["id"]).exit_code == 0
    pause = threading.Event()
    for _ in range(STARTS_WITHIN * 20):
        if not any(taken["id"] in {item["id"] for item in service.items(feed)} for feed in feeds):
            break
        pause.wait(0.05)
    else:
        pytest.fail("it is still served")
    assert service.get("/healthz") == b"ok"


def test_it_is_ready_and_counts(service: Service) -> None:
    state = json.loads(service.once("/readyz", '"ticking":true'))
    assert state["database"] == "ok"
    assert service.get("/healthz") == b"ok"
    text = service.get("/metrics").decode()
    lines = text.splitlines()
    assert 'aggregator_fetch_total{result="fetched"} 7.0' in lines
    assert "aggregator_due_lag_seconds 0.0" in lines
    assert any(line.startswith("aggregator_feed_last_changed_timestamp_seconds{") for line in lines)


def test_healthcheck_finds_it_ready(service: Service, config: Path) -> None:
    service.once("/readyz", '"ticking":true')
    told = command("healthcheck", "-c", config, AGGREGATOR_LISTEN=urlsplit(service.url).netloc)
    assert told.exit_code == 0
    assert json.loads(told.stdout)["ticking"] is True


def test_a_port_in_use(service: Service, config: Path, tmp_path: Path) -> None:
    address = urlsplit(service.url).netloc
    ended = program(
        "serve", "-c", config, AGGREGATOR_LISTEN=address, AGGREGATOR_DATABASE_URL=f"sqlite:///{tmp_path}/x.db"
    )
    assert ended.returncode == 2
    assert ended.stderr == (
        f"service.listen: cannot listen on {address}: Address already in use; "
        "stop what does, or set AGGREGATOR_LISTEN=HOST:PORT\n"
    )
    assert not (tmp_path / "x.db").exists(), "said before anything else happens"
    assert service.get("/healthz") == b"ok"


def test_a_wrong_configuration_leaves_a_running_service_alone(
    service: Service, config: Path, tmp_path: Path
) -> None:
    before = service.items()
    wrong = tmp_path / "wrong.yaml"
    text = config.read_text(encoding="utf-8")
    wrong.write_text(text.replace("categories: [logistik,", "categories: [logistic,"), encoding="utf-8")
    for asked in (["serve"], ["run", "--force"]):
        ended = program(*asked, "-c", wrong)
        assert ended.returncode == 2
        assert ended.stderr.startswith(f"{wrong}:")
        assert "logistik" in ended.stderr
        assert ended.stdout == ""
    assert service.items() == before
    assert "Traceback" not in "".join(service.said)


def test_a_second_start_finds_everything(tmp_path: Path) -> None:
    clock = Clock()
    with NewsroomServer(Newsroom(pace=clock.pace), clock=clock) as newsroom:
        path = configuration(tmp_path, newsroom.url)
        with Service("serve", "-c", path) as first:
            ids = {feed: {item["id"] for item in first.items(feed)} for feed in CATEGORIES}
            first.once("/metrics", COLLECTED)
            assert first.end() == 0
    assert Commands(path)("publish", "--to", tmp_path / "site").exit_code == 0
    # The newsroom is gone: what was collected is there all the same, from the first request on.
    with Service("serve", "-c", path) as second:
        files = [
            file for file in (tmp_path / "site" / "feeds").rglob("*.*") if file.suffix not in {".gz", ".br"}
        ]
        assert len(files) > 39
        for file in files:
            assert second.get(f"/{file.relative_to(tmp_path / 'site')}") == file.read_bytes()
        for feed, before in ids.items():
            assert before <= {item["id"] for item in second.items(feed)}
        assert second.end() == 0


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM], ids=lambda by: by.name)
def test_it_ends_at_once_though_a_source_hangs(tmp_path: Path, by: signal.Signals) -> None:
    asked = threading.Event()
    with closing(RawServer()) as server:

        def never(_connection: socket.socket) -> None:
            asked.set()
            server.gate.wait(60)

        server.answers["/feed"] = never
        path = tmp_path / "slow.yaml"
        path.write_text(
            "service: {timezone: Asia/Jakarta, listen: '127.0.0.1:0', base_url: 'http://x.example.id'}\n"
            f"database: {{url: 'sqlite:///{tmp_path}/x.db'}}\n"
            "fetch: {allow_private_networks: [127.0.0.0/8], timeout: 60s}\n"
            f"categories: {{news: {{sources: [{{id: slow, url: '{server.url('/feed')}'}}]}}}}\n",
            encoding="utf-8",
        )
        with Service("serve", "-c", path) as running:
            assert asked.wait(15)
            assert running.get("/healthz") == b"ok"
            assert running.end(by) == 0
        assert "Traceback" not in "".join(running.said)
        [row] = Commands(path).json("sources")
        assert (row["result"], row["failures"]) == ("new", 0), "being stopped is no failure of the source"


def test_the_demo_needs_nothing_not_even_its_port(newsroom: NewsroomServer, tmp_path: Path) -> None:
    with Service(
        "demo", "--port", urlsplit(newsroom.url).port,
        AGGREGATOR_LISTEN="127.0.0.1:0", AGGREGATOR_DATABASE_URL=f"sqlite:///{tmp_path}/demo.db",
    ) as demo:  # fmt: skip
        assert demo.said[0].startswith("the sample newsroom is at http://127.0.0.1:")
        assert newsroom.url not in demo.said[0]
        for category in CATEGORIES:
            assert demo.items(category)
        dated = [item["date_published"] for item in demo.items()]
        assert dated == sorted(dated, reverse=True)
        assert all(day[:4] > str(AT.year) for day in dated[:5]), "its clock is this machine's"
        assert demo.end() == 0
    assert "Traceback" not in "".join(demo.said)
