"""Ways to give a command: inside this process, or as the program that a user starts."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Self

from typer.testing import CliRunner

from aggregator.cli import app
from aggregator.demo.newsroom import Newsroom, Section
from aggregator.model.source import Residual
from aggregator.rules.audit import mark
from aggregator.settings import load
from aggregator.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from typer.testing import Result

    from aggregator.store import SqlStore

STARTS_WITHIN = 15  # seconds, as promised for the first start
ENDS_WITHIN = 5  # seconds, as promised for Ctrl-C
AT = datetime(2024, 11, 20, 7, 30, tzinfo=UTC)


class Clock:
    """The newsroom's, standing still: nothing changes unless a test moves it."""

    pace = timedelta(days=1)  # between live stories: none comes in

    def __init__(self) -> None:
        self.now = AT

    def __call__(self) -> datetime:
        return self.now

    def reset(self) -> None:
        self.now = AT

    def to_a_busy_minute(self) -> None:
        newsroom = Newsroom(pace=self.pace)
        minutes = (AT + timedelta(minutes=minute) for minute in range(10))
        self.now = next(minute for minute in minutes if newsroom.busy(Section.KADANG_SIBUK, minute))


def configuration(folder: Path, newsroom: str) -> Path:
    """Write the demo's configuration, with a pace at which nothing is due again during a test."""
    text = (files("aggregator.demo") / "demo.yaml").read_text(encoding="utf-8")
    for old, new in (
        ("every: 5s", "every: 15m"),
        ("listen: 127.0.0.1:8080", "listen: 127.0.0.1:0"),
        ("sqlite:///var/demo.db", f"sqlite:///{folder}/aggregator.db"),
        ("${NEWSROOM:-http://127.0.0.1:8090}", newsroom),
    ):
        assert old in text
        text = text.replace(old, new)
    path = folder / "aggregator.yaml"
    path.write_text(text, encoding="utf-8")
    return path


class Commands:
    """Gives commands with one configuration."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __call__(self, *arguments: object, **environ: str) -> Result:
        """Give a command with this configuration, in this process."""
        return command(*arguments, AGGREGATOR_CONFIG=str(self.path), **environ)

    @contextmanager
    def store(self) -> Iterator[SqlStore]:
        """Open the database, with a state for every source."""
        settings = load(self.path, {})
        with closing(open_store(settings.database_url)) as store:
            store.enroll([source for category in settings.categories for source in category.sources])
            yield store

    def convict(self, source_id: str) -> None:
        """Let the database hold what eight new items, dated seven hours ahead, leave behind."""
        settings = load(self.path, {})
        [source] = [
            each for category in settings.categories for each in category.sources if each.id == source_id
        ]
        seen = tuple(
            Residual(
                dated=AT + timedelta(hours=7, minutes=10 * number),
                seen_at=AT + timedelta(minutes=10 * number),
                gap=timedelta(minutes=10),
                offset=timedelta(0),
                zoneless=False,
                mark=mark(source),
            )
            for number in range(8)
        )
        with closing(open_store(settings.database_url)) as store, store.writing() as transaction:
            transaction.put_states([replace(store.states()[source_id], residuals=seen)])

    def json(self, *arguments: object, exit_code: int = 0, **environ: str) -> Any:
        """Give a command with ``--json``; return what it printed."""
        result = self(*arguments, "--json", **environ)
        assert result.exit_code == exit_code, result.output
        return json.loads(result.stdout)


def command(*arguments: object, **environ: str) -> Result:
    """Give a command in this process; a mistake of ours is raised."""
    result = CliRunner(env=environ).invoke(app, [str(each) for each in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def program(*arguments: object, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the program to its end."""
    return subprocess.run(
        [sys.executable, "-m", "aggregator", *map(str, arguments)],
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


class Service:
    """The program, running until it is told to end."""

    def __init__(self, *arguments: object, **environ: str) -> None:
        self.said: list[str] = []
        self.url = ""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "aggregator", *map(str, arguments)],
            env={**os.environ, **environ},
            stderr=subprocess.PIPE,
            text=True,
        )
        self._open = threading.Event()
        self._reader = threading.Thread(target=self._listen)
        self._reader.start()

    def _listen(self) -> None:
        assert self._process.stderr
        with self._process.stderr as lines:
            for line in lines:
                self.said.append(line)
                if found := re.match(r"open (http://\S+)/ ", line):
                    self.url = found[1]
                    self._open.set()
        self._open.set()  # it ended: whoever waits shall look at what it said

    def __enter__(self) -> Self:
        assert self._open.wait(STARTS_WITHIN), "it did not say its address in time"
        assert self.url, "".join(self.said)
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._reader.join()

    def end(self, by: signal.Signals = signal.SIGINT) -> int:
        """Ask it to end; return its exit status."""
        self._process.send_signal(by)
        status = self._process.wait(timeout=ENDS_WITHIN)
        self._reader.join()
        return status

    def get(self, path: str) -> bytes:
        """Return what it answers with 200."""
        with urllib.request.urlopen(f"{self.url}{path}", timeout=STARTS_WITHIN) as answer:
            body: bytes = answer.read()
        return body

    def items(self, feed: str = "all") -> list[dict[str, Any]]:
        """Return the items of a feed, once there are any."""
        items: list[dict[str, Any]] = json.loads(self.once(f"/feeds/{feed}.json", '"id":'))["items"]
        return items

    def once(self, path: str, sign: str) -> str:
        """Return what it answers as soon as that holds ``sign``; asks until the time for a start is over."""
        pause, answer = threading.Event(), ""
        for _ in range(STARTS_WITHIN * 20):
            try:
                answer = self.get(path).decode()
            except urllib.error.HTTPError as error:  # not yet there, not yet ready
                with error:
                    answer = error.read().decode()
            if sign in answer:
                return answer
            pause.wait(0.05)
        raise AssertionError(f"{path} never had {sign!r}: {answer[:500]}")
