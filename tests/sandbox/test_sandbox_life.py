"""Children end when they should, and leave nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from aggregator.errors import ParseError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox.conftest import Box, Fifo

ROOT = Path(__file__).parent.parent.parent
#: A service that does not close its sandbox.
SERVICE = """
import sys
from tests.sandbox.conftest import Box, MISBEHAVING
Box(module=MISBEHAVING).ask("open", sys.argv[1].encode())
sys.stdin.read()
"""


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def open_files() -> int:
    return len(os.listdir("/dev/fd"))  # noqa: PTH208 - numbers, not paths


def test_nothing_starts_before_the_first_document(box: Callable[..., Box]) -> None:
    before = threading.active_count(), open_files()
    sandbox = box()
    assert (threading.active_count(), open_files()) == before
    sandbox.close()
    sandbox.close()


def test_two_hundred_documents_take_two_children_and_leave_nothing(box: Callable[..., Box]) -> None:
    before = open_files()
    sandbox = box()
    asked = [sandbox.ask("pid") for _ in range(200)]
    pids = {int(future.result().title) for future in asked}
    sandbox.close()
    assert len(pids) <= 2
    assert not any(map(is_there, pids))
    assert open_files() == before


@pytest.mark.parametrize("path", ["hog", "segfault", "much", "nonsense", "bug", "exit"])
def test_a_bad_end_leaves_nothing_either(box: Callable[..., Box], path: str) -> None:
    before = open_files()
    sandbox = box(memory_bytes=100_000_000, answer_bytes=1_000_000)
    pid = sandbox.pid()
    assert sandbox.ask(path).exception()
    sandbox.close()
    assert not is_there(pid)
    assert open_files() == before


def test_close_ends_what_is_being_read_and_what_waits(alone: Box, fifo: Fifo) -> None:
    busy, waiting, cancelled = alone.ask("hang", fifo.path), alone.ask(""), alone.ask("")
    pid = fifo.pid()
    assert cancelled.cancel()
    alone.close()
    for future in (busy, waiting, alone.ask("")):
        with pytest.raises(ParseError, match="the service is stopping"):
            future.result()
    assert not is_there(pid)


def test_close_lets_go_who_waits_to_bring_more(box: Callable[..., Box], fifo: Fifo) -> None:
    sandbox = box(processes=1, held_bytes=1)
    sandbox.ask("hang", fifo.path)
    fifo.pid()
    failures: list[BaseException | None] = []
    threads = [
        threading.Thread(target=lambda: failures.append(sandbox.ask("").exception())) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    sandbox.close()
    for thread in threads:
        thread.join()
    assert [type(failure) for failure in failures] == [ParseError] * 4


def test_many_may_close(alone: Box) -> None:
    pid = alone.pid()
    threads = [threading.Thread(target=alone.close) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not is_there(pid)


def test_an_idle_child_is_ended_and_another_is_there_when_needed(box: Callable[..., Box]) -> None:
    sandbox = box(idle=timedelta(0))
    pid = sandbox.pid()
    for thread in threading.enumerate():
        if thread.name.startswith("reader-"):
            thread.join()
    assert not is_there(pid)
    assert sandbox.ask("").result().title == "Kabar"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_that_are_meant_for_the_service_do_not_end_a_child(alone: Box, number: int) -> None:
    pid = alone.pid()
    os.kill(pid, number)
    assert alone.pid() == pid


def test_a_child_is_in_no_terminals_foreground(alone: Box) -> None:
    pid = alone.pid()
    assert os.getpgid(pid) == pid != os.getpgrp()


@pytest.mark.parametrize("end", ["killed", "at its end"])
def test_a_child_ends_with_its_service(fifo: Fifo, end: str) -> None:
    service = [sys.executable, "-W", "error", "-c", SERVICE, fifo.path.decode()]
    with subprocess.Popen(service, cwd=ROOT, stdin=subprocess.PIPE) as running:
        with open(fifo.path, "rb") as said:  # noqa: PTH123 - the path is bytes, as a document is
            assert int(said.readline())
            assert running.stdin
            if end == "killed":
                running.kill()
            running.stdin.close()
            assert said.read() == b""  # the child, which had it open, is gone
        assert running.wait() == (-signal.SIGKILL if end == "killed" else 0)
