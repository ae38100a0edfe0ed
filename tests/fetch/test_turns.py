"""Who may start, and when."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.fetch import turns
from aggregator.fetch.limits import Limits
from aggregator.fetch.turns import BURST, Turns, owner


def made(*, per_host: int = 2, per_domain: int = 4) -> Turns[str]:
    return Turns(Limits(per_host=per_host, per_domain=per_domain, per_domain_rate=10, authorities=""))


def start_all(queue: Turns[str], now: float = 0.0) -> list[str]:
    started = []
    while (job := queue.pop(now)) is not None:
        started.append(job)
    return started


@pytest.mark.parametrize(
    ("host", "named"),
    [
        ("news.example.co.id", "example.co.id"),
        ("a.b.example.com:8080", "example.com"),
        ("blog.github.io", "blog.github.io"),
        ("localhost:1", "localhost"),
        ("127.0.0.1:8080", "127.0.0.1:8080"),
        ("[::1]:80", "[::1]:80"),
        ("co.id", "co.id"),
    ],
)
def test_who_owns_a_host(host: str, named: str) -> None:
    assert owner(host) == named


def test_a_host_is_asked_so_many_things_at_once_the_oldest_first() -> None:
    queue = made()
    for job in "abcd":
        queue.push("one.example", job)
    assert start_all(queue) == ["a", "b"]
    queue.done("one.example")
    assert start_all(queue) == ["c"]
    queue.push("one.example", "e", first=True)
    queue.done("one.example")
    queue.done("one.example")
    assert start_all(queue) == ["e", "d"]


def test_hosts_take_turns() -> None:
    queue = made()
    for job in ("a1", "a2", "b1", "b2"):
        queue.push(f"{job[0]}.example", job)
    assert start_all(queue) == ["a1", "b1", "a2", "b2"]


def test_an_owner_s_hosts_share_its_places() -> None:
    queue = made()
    for number in range(6):
        queue.push(f"h{number}.example.co.id", str(number))
    queue.push("other.example", "else")
    assert start_all(queue) == ["0", "1", "2", "3", "else"]
    queue.done("h0.example.co.id")
    assert start_all(queue) == ["4"]
    queue.done("h4.example.co.id")
    assert start_all(queue) == ["5"]
    assert queue.wake_at() is None


def test_after_the_first_ones_an_owner_s_come_evenly() -> None:
    queue = made(per_host=32, per_domain=32)
    for number in range(BURST + 3):
        queue.push("one.example", str(number))
    assert len(start_all(queue, now=100.0)) == BURST
    assert queue.wake_at() == pytest.approx(100.1)
    assert start_all(queue, now=100.05) == []
    assert start_all(queue, now=100.11) == ["20"]
    assert start_all(queue, now=100.21) == ["21"]
    queue.push("two.example", "of another")
    assert start_all(queue, now=100.21) == ["of another"]
    assert start_all(queue, now=103.0) == ["22"]
    assert queue.wake_at() is None


def test_an_owner_that_was_left_alone_may_be_asked_at_once_again() -> None:
    queue = made(per_host=32, per_domain=32)
    for round_ in (0.0, 2.0):
        for number in range(BURST):
            queue.push("one.example", str(number))
        assert len(start_all(queue, now=round_)) == BURST
        for _ in range(BURST):
            queue.done("one.example")


def test_the_operator_s_own_addresses_are_not_asked_slowly() -> None:
    limits = Limits(
        per_host=32, per_domain=32, allow_private_networks=(ip_network("127.0.0.0/8"), ip_network("::1"))
    )
    for host in ("127.0.0.1:80", "[::1]:80", "[::1]"):
        queue: Turns[str] = Turns(limits)
        for number in range(32):
            queue.push(host, str(number))
        assert len(start_all(queue)) == 32


def test_a_host_that_asks_for_it_is_given_time() -> None:
    queue = made()
    queue.slow_down("one.example", 5.0)
    for job in "abc":
        queue.push("one.example", job)
    assert start_all(queue, now=1.0) == ["a"]
    assert queue.wake_at() == 6.0
    assert start_all(queue, now=6.0) == ["b"]
    queue.done("one.example")
    queue.done("one.example")
    assert start_all(queue, now=10.9) == []
    assert start_all(queue, now=11.0) == ["c"]


def test_what_waits_can_be_taken_back() -> None:
    queue = made(per_host=1)
    for job in "abc":
        queue.push("one.example", job)
    assert start_all(queue) == ["a"]
    assert sorted(queue.drain()) == ["b", "c"]
    assert queue.pop(0.0) is None


def test_hosts_that_nobody_asks_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "MOST_IDLE", 10)
    queue = made()
    queue.push("busy.example", "stays")
    for number in range(100):
        queue.push(f"h{number}.example", "job")
        assert queue.pop(0.0)
        queue.done(f"h{number}.example" if number else "busy.example")
    assert len(queue._hosts) <= 22
    assert len(queue._owners) <= 22


@given(
    hosts=st.lists(
        st.sampled_from(["a.one.example", "b.one.example", "c.one.example", "two.example", "127.0.0.1"])
    ),
    choices=st.data(),
)
def test_every_job_starts_once_and_no_limit_is_broken(hosts: list[str], choices: st.DataObject) -> None:
    """Whatever comes and ends in whatever order, nothing is lost, doubled, too much or too fast."""
    queue: Turns[int] = Turns(Limits(per_host=2, per_domain=3, per_domain_rate=2, authorities=""))
    where = dict(enumerate(hosts))
    waiting = dict(where)
    running: dict[int, str] = {}
    starts: dict[str, list[float]] = {}
    started: set[int] = set()
    now = 0.0
    while len(started) < len(hosts) or running:
        for job in list(waiting)[: choices.draw(st.integers(0, 3)) + 1]:
            queue.push(waiting.pop(job), job)
        while (found := queue.pop(now)) is not None:
            assert found not in started
            started.add(found)
            running[found] = where[found]
            starts.setdefault(owner(where[found]), []).append(now)
        for host in set(hosts):
            at_once = list(running.values())
            assert at_once.count(host) <= 2
            assert sum(owner(other) == owner(host) for other in at_once) <= 3
        end: bool = choices.draw(st.booleans())
        if running and end:
            place: int = choices.draw(st.integers(0, len(running) - 1))
            ended = sorted(running)[place]
            queue.done(running.pop(ended))
        elif (wake := queue.wake_at()) is not None:
            now = max(now, wake)
        elif running:
            queue.done(running.popitem()[1])
        else:
            assert waiting or len(started) == len(hosts)
    for times in starts.values():
        for first, last in zip(times, times[BURST:], strict=False):
            assert last - first >= 0.499


def test_a_zone_in_brackets_is_no_name() -> None:
    assert owner("[fe80::1%25eth0]") == "[fe80::1%25eth0]"
