"""What was made is kept as long as there is room."""

from __future__ import annotations

from aggregator.web.api.memory import Memory


def test_what_was_asked_for_last_stays() -> None:
    memory: Memory[str, int] = Memory(10)
    memory.put("a", 1, 4)
    memory.put("b", 2, 4)
    assert memory.get("a") == 1
    memory.put("c", 3, 4)
    assert (memory.get("a"), memory.get("b"), memory.get("c")) == (1, None, 3)
    memory.put("c", 4, 6)
    assert (memory.get("a"), memory.get("c")) == (1, 4)
    memory.put("d", 5, 11)
    assert [memory.get(key) for key in "acd"] == [None, None, None]
    memory.put("e", 6, 10)
    assert memory.get("e") == 6
