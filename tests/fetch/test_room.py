"""How much is held of all bodies together."""

from __future__ import annotations

from aggregator.fetch.room import Room


def test_there_is_room_for_so_much_and_one_is_let_through() -> None:
    room: Room[str] = Room(100)
    assert room.take("a", 60)
    assert room.take("b", 40)
    assert room.take("b", 10)  # is let through
    assert not room.take("a", 1)
    assert not room.take("c", 1)
    assert room.pausing()
    assert room.resume() is None
    assert room.take("b", 1000)
    room.end("b")
    assert room.resume() == "a"  # the next one that is let through
    assert room.take("a", 1)
    assert room.resume() is None
    room.give_back(1100)
    assert room.held < 100
    assert room.resume() == "c"
    assert not room.pausing()
    assert room.resume() is None


def test_one_that_ends_while_it_pauses_is_not_resumed() -> None:
    room: Room[str] = Room(10)
    assert room.take("a", 20)
    assert not room.take("b", 20)
    assert not room.take("c", 20)
    room.end("b")
    room.end("a")
    room.end("nobody")
    assert room.resume() == "c"
    assert not room.pausing()
