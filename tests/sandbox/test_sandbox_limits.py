"""A document that costs too much, or breaks its reader, costs only itself."""

from __future__ import annotations

import logging
import os
import signal
import threading
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from aggregator.errors import ParseError
from aggregator.model.item import ParsedDocument
from aggregator.sandbox.limits import Limits
from aggregator.sandbox.process import Child, ChildError
from tests.sandbox.conftest import FEED, MISBEHAVING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox.conftest import Box, Fifo

SECOND = timedelta(seconds=1)
HARDLY = timedelta(seconds=0.5)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        pytest.param("spin", "took more than 1 seconds of processor time", id="spins"),
        pytest.param("hog", "took more than 100 MB of memory", id="takes memory without end"),
        pytest.param("segfault", r"sudden end \(Segmentation fault", id="crashes"),
        pytest.param("kill", r"sudden end \(Killed", id="is killed"),
        pytest.param("fault", "<rss version", id="says what is wrong"),
        pytest.param("much", "holds more than 1 MB of text", id="is too large"),
    ],
)
def test_a_document_that_cannot_be_read_is_the_sources_fault(
    box: Callable[..., Box], path: str, words: str
) -> None:
    sandbox = box(processes=1, cpu=SECOND, memory_bytes=100_000_000, answer_bytes=1_000_000)
    with pytest.raises(ParseError, match=words):
        sandbox.ask(path).result()
    assert sandbox.ask("").result().title == "Kabar"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        pytest.param("bug", "KeyError: 'kursi'", id="raises"),
        pytest.param("exit", "ended with status 1: kursi patah", id="leaves"),
        pytest.param("nonsense", "expected str, got int", id="answers what is of another type"),
        pytest.param("strange", "a frame of kind", id="answers what is not known"),
    ],
)
def test_a_bug_of_ours_is_told_from_a_bad_document(alone: Box, path: str, words: str) -> None:
    with pytest.raises(ChildError, match=words):
        alone.ask(path).result()
    assert alone.ask("").result().title == "Kabar"


def test_where_a_child_crashed_is_in_the_log(alone: Box, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "aggregator.sandbox")
    assert alone.ask("segfault").exception()
    assert "misbehaving.py" in caplog.text


def test_a_child_that_cannot_start_says_why(box: Callable[..., Box]) -> None:
    with pytest.raises(ChildError, match=r"No module named 'tests\.sandbox\.nowhere'"):
        box("tests.sandbox.nowhere").ask("").result()


def ask(child: Child, path: str, body: bytes = FEED) -> str:
    arguments = {"url": f"https://kabar.example.id/{path}", "content_type": "", "kind": None, "select": None}
    read = child.ask("document", body, arguments)
    assert isinstance(read, ParsedDocument)
    return read.title


def test_a_child_that_hangs_ends_even_when_nobody_ends_it() -> None:
    with closing(Child(Limits(wall=HARDLY), MISBEHAVING)) as child:
        child._limits = Limits()  # only its own clock is short
        with pytest.raises(ParseError, match="sudden end"):
            ask(child, "hang", b"")
        assert child.spent


@pytest.mark.parametrize("state", ["hangs", "takes nothing in"])
def test_a_child_that_does_not_answer_is_ended(state: str) -> None:
    with closing(Child(Limits(), MISBEHAVING)) as child:
        pid = int(ask(child, "pid"))
        if state == "takes nothing in":
            os.kill(pid, signal.SIGSTOP)
        child._limits = Limits(wall=HARDLY)
        with pytest.raises(ParseError, match=r"not done after 0\.5 seconds"):
            ask(child, "hang", bytes(0 if state == "hangs" else 10_000_000))
        assert child.spent
        assert not child.alive


def test_a_real_document_that_is_made_to_be_slow(box: Callable[..., Box]) -> None:
    attributes = b" ".join(b"a%d='x'" % number for number in range(100_000))
    sandbox = box("aggregator.sandbox.reading", processes=1, cpu=SECOND)
    with pytest.raises(ParseError):
        sandbox.ask("", FEED.replace(b"<item>", b"<item %s>" % attributes)).result()
    assert sandbox.ask("", FEED).result().title == "Kabar"


def test_a_child_that_is_killed_in_the_middle_costs_one_document(alone: Box, fifo: Fifo) -> None:
    future, later = alone.ask("hang", fifo.path), alone.ask("")
    os.kill(fifo.pid(), signal.SIGKILL)
    with pytest.raises(ParseError, match="Killed"):
        future.result()
    assert later.result().title == "Kabar"


def test_a_child_that_is_killed_while_idle_costs_nothing(alone: Box) -> None:
    pid = alone.pid()
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert alone.pid() != pid


def test_a_child_that_has_grown_is_replaced(alone: Box) -> None:
    grown = int(alone.ask("keep").result().title)
    assert alone.pid() != grown


def test_a_slow_document_does_not_hold_up_the_others(box: Callable[..., Box], fifo: Fifo) -> None:
    sandbox = box(patience=timedelta(0))
    slow = sandbox.ask("hang", fifo.path)
    pid = fifo.pid()
    assert [sandbox.ask("").result().title for _ in range(20)] == ["Kabar"] * 20
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(ParseError):
        slow.result()


def test_who_brings_too_much_waits(box: Callable[..., Box], fifo: Fifo) -> None:
    sandbox = box(processes=1, held_bytes=1)
    slow = sandbox.ask("hang", fifo.path)
    pid = fifo.pid()
    brought: list[str] = []
    threads = [
        threading.Thread(target=lambda: brought.append(sandbox.ask("").result().title)) for _ in range(9)
    ]
    for thread in threads:
        thread.start()
    os.kill(pid, signal.SIGKILL)
    for thread in threads:
        thread.join()
    assert brought == ["Kabar"] * 9
    assert slow.exception()


def test_what_is_cancelled_is_not_read(alone: Box, fifo: Fifo) -> None:
    slow, cancelled, later = alone.ask("hang", fifo.path), alone.ask("kill"), alone.ask("")
    pid = fifo.pid()
    assert cancelled.cancel()
    os.kill(pid, signal.SIGKILL)
    assert slow.exception()
    assert later.result().title == "Kabar"


def test_what_a_library_prints_does_not_get_between_the_answers(alone: Box) -> None:
    assert alone.ask("loud").result().title == "keras"
    assert alone.ask("").result().title == "Kabar"


def test_a_child_has_little(alone: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KABAR_TOKEN", "rahasia")
    seen = alone.ask("surroundings").result()
    assert seen.home == "/"
    assert seen.title == "0 64"  # bytes of a core dump, open files
    assert seen.language == "0 1 2 3 4"  # the standard three, and the pipes of requests and answers
    assert "KABAR_TOKEN" not in seen.faults
    assert "PYTHONPATH" in seen.faults


def test_the_module_of_these_tests_is_not_what_the_service_reads_with(box: Callable[..., Box]) -> None:
    assert box(MISBEHAVING).ask("pid").result().title != "Kabar"
    assert box("aggregator.sandbox.reading").ask("pid").result().title == "Kabar"
