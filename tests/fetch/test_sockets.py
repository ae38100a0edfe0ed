"""Waiting for sockets, in both ways."""

from __future__ import annotations

import os
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from aggregator.fetch.sockets import READ, WRITE, Sockets, _Epoll, _Selected, sockets

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize("make", [_Epoll, _Selected, sockets])
def test_watch_and_forget(make: Callable[[], Sockets]) -> None:
    read, write = os.pipe()
    with closing(make()) as watched:
        watched.watch(read, READ)
        assert watched.ready(0) == []
        os.write(write, b"x")
        assert watched.ready(None) == [read]
        watched.watch(write, READ | WRITE)
        assert sorted(watched.ready(1)) == sorted([read, write])
        watched.watch(write, WRITE)
        watched.forget(read)
        assert watched.ready(1) == [write]
        watched.forget(read)
        os.close(write)
        watched.forget(write)
        assert watched.ready(0) == []
    os.close(read)
