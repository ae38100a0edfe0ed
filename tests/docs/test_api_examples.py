"""What docs/syndication.md says of the API is true: its examples run."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from socket import create_server
from typing import TYPE_CHECKING, Any

import feedparser
import pytest

from aggregator.rules.cursor import place_of
from aggregator.rules.terms import variants
from aggregator.store import open_store
from aggregator.web.api import models
from aggregator.web.api.addresses import LIMIT, MOST
from aggregator.web.server import server
from tests.docs.test_docs import ROOT, cells
from tests.making import SITE, a_partner
from tests.web.api_newsroom import ApiHouse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGE = (ROOT / "docs" / "syndication.md").read_text(encoding="utf-8")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[ApiHouse]:
    with closing(open_store(f"sqlite:///{tmp_path}/aggregator.db")) as store:
        yield ApiHouse(store)


def below(heading: str) -> str:
    """Return what stands below a heading, up to the next one."""
    return re.split(r"^#+ ", PAGE.partition(f"# {heading}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]


def example(language: str, heading: str) -> str:
    found: str = re.findall(rf"^```{language}\n(.*?)^```$", below(heading), re.MULTILINE | re.DOTALL)[0]
    return found


@contextmanager
def served(house: ApiHouse) -> Iterator[str]:
    """Serve the house's site on a socket; yield its address."""
    with create_server(("127.0.0.1", 0)) as listener:
        running = server(house.application())
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            while not running.started:
                time.sleep(0.01)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            running.should_exit = True
            thread.join()


def test_the_answer_that_is_shown_has_the_form_that_is_promised() -> None:
    page = models.Changes.model_validate_json(example("json", "The API"))
    assert place_of(page.next)


def test_each_request_that_is_shown_is_answered(house: ApiHouse) -> None:
    house.news(1, 2, 3)
    with served(house) as url:
        for line in example("sh", "The API").splitlines():
            command = f"set -e; {line.replace(SITE.base_url, url).replace('curl ', 'curl -sSf ', 1)}"
            answer = subprocess.run(["bash", "-c", command], capture_output=True, check=True, timeout=60)  # noqa: S607
            assert len(models.Changes.model_validate_json(answer.stdout).items) == 2


def test_each_feed_that_is_shown_is_read_with_a_key(house: ApiHouse) -> None:
    house.sign(a_partner("KEY"))
    house.feeds += variants(house.feeds, house.partners)
    house.news(1, 2, 3)
    with served(house) as url:
        lines = example("sh", "Feeds").splitlines()
        for line in lines:
            command = line.replace(SITE.base_url, url).replace("curl ", "curl -sSf ", 1)
            answer = subprocess.run(["bash", "-c", command], capture_output=True, check=True, timeout=60)  # noqa: S607
            assert len(feedparser.parse(answer.stdout).entries) == 3
        assert len(lines) == 2


def test_the_reader_that_is_shown_keeps_what_is_published(house: ApiHouse, tmp_path: Path) -> None:
    program = tmp_path / "reader.py"
    house.news(*range(1, 4))

    def read(url: str) -> list[str]:
        program.write_text(example("python", "Follow a feed").replace(SITE.base_url, url), encoding="utf-8")
        subprocess.run([sys.executable, str(program)], cwd=tmp_path, check=True, timeout=60)
        kept: dict[str, Any] = json.loads((tmp_path / "kabar.json").read_text(encoding="utf-8"))
        return sorted(item["title"] for item in kept["stories"].values())

    def published() -> list[str]:
        return sorted(story.shown.title for story in house.stories())

    with served(house) as url:
        assert read(url) == published() != []
        house.take_down(house.stories()[0].id)
        house.news(7, source="kawat")
        assert read(url) == published()
        house.later(days=100)
        house.news(8, source="tempo")
        house.take_down(house.stories("kawat")[0].id)
        house.take_down(house.stories("antara")[0].id)
        house.store.shed_changes(superseded_before=house.now, gone_before=house.now)
        assert read(url) == published(), "it was away for too long, and began again"


def test_the_reader_that_is_shown_waits_as_long_as_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = json.dumps({"items": [], "next": "x", "more": False}).encode()
    answers = [
        (429, b"", {"Retry-After": "21"}),
        (503, b"", {"Retry-After": "5"}),
        (503, b"", {}),
        (200, page, {}),
    ]
    waits: list[int] = []

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body, fields = answers.pop(0)
            self.send_response(status)
            for name, value in {**fields, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(time, "sleep", waits.append)
    with HTTPServer(("127.0.0.1", 0), Answers) as asked:
        thread = threading.Thread(target=asked.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            url = f"http://127.0.0.1:{asked.server_port}"
            text = example("python", "Follow a feed").replace(SITE.base_url, url)
            exec(compile(text, "docs/syndication.md", "exec"), {})  # noqa: S102 # it is our own
        finally:
            asked.shutdown()
            thread.join()
    assert waits == [21, 5, 60]
    assert json.loads((tmp_path / "kabar.json").read_text(encoding="utf-8"))["next"] == "x"


def test_every_name_of_an_item_is_explained_and_no_other() -> None:
    rows = cells(below("What it means"))
    told = {name for first, *_ in rows for name in re.findall(r"`(\w+)`", first)}
    plain = {"title", "authors", "categories", "language", "attachments"}  # what their names say
    assert told | plain == set(models.Item.model_fields)


def test_the_sizes_of_a_page_are_told() -> None:
    assert f"at most {MOST} of them ({LIMIT}, where nothing is said)" in below("The API")
