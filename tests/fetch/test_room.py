"""How much is held of all bodies together."""

from __future__ import annotations

from aggregator.fetch.room import ALWAYS, Room


def test_where_nothing_would_end_one_is_let_through() -> None:
    room: Room[str] = Room(100)
    assert room.take("a", 60, has=ALWAYS)
    assert room.take("b", 40, has=ALWAYS)
    assert room.take("b", 10, has=ALWAYS)  # is let through
    assert not room.take("a", 1, has=ALWAYS)
    assert not room.take("c", 1, has=ALWAYS)
    assert room.pausing()
    assert room.resume() == []
    assert room.take("b", 1000, has=ALWAYS)
    room.end("b", 1050)
    assert room.resume() == []  # somebody will take it
    room.give_back(1050)
    assert room.held == 60
    assert room.resume() == ["a", "c"]
    assert not room.pausing()


def test_one_after_the_other_is_let_through() -> None:
    room: Room[str] = Room(10)
    assert room.take("a", 11, has=ALWAYS)
    assert not room.take("b", 11, has=ALWAYS)
    assert not room.take("c", 11, has=ALWAYS)
    room.end("a", 11)
    assert not room.take("d", 1, has=ALWAYS)
    room.give_back(11)
    assert room.resume() == ["b", "c", "d"]
    assert room.take("b", 11, has=ALWAYS)
    assert not room.take("c", 11, has=ALWAYS)
    room.end("c", 0)  # its server gave up
    room.end("b", 11)
    room.give_back(11)
    assert not room.pausing()
    assert room.resume() == []


def test_two_that_fill_the_room_between_them() -> None:
    room: Room[str] = Room(10)
    assert room.take("a", 5, has=ALWAYS)
    assert room.take("b", 5, has=ALWAYS)
    assert room.take("a", 1, has=ALWAYS)
    assert not room.take("b", 1, has=ALWAYS)
    room.end("a", 6)
    room.give_back(6)
    assert room.resume() == ["b"]
    assert room.take("b", 5, has=ALWAYS)
    assert room.take("b", 5, has=ALWAYS)
    assert not room.take("c", 1, has=ALWAYS)
    room.end("b", 15)
    room.give_back(15)
    assert room.resume() == ["c"]


def test_the_first_of_those_that_pause_goes_on_when_the_other_fails() -> None:
    room: Room[str] = Room(10)
    assert room.take("a", 10, has=ALWAYS)
    assert room.take("b", 5, has=ALWAYS)
    assert not room.take("a", 5, has=ALWAYS)
    room.end("b", 5)
    room.give_back(5)
    assert room.held == 10
    assert room.resume() == ["a"]
    assert room.take("a", 5, has=ALWAYS)


def test_small_bodies_do_not_wait_for_large_ones() -> None:
    room: Room[str] = Room(10)
    assert room.take("large", 11, has=ALWAYS)
    assert not room.take("other", 1, has=ALWAYS)
    assert room.take("small", ALWAYS - 5, has=5)
    assert not room.take("small", 1, has=ALWAYS)
