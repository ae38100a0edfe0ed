"""What follows from contracts."""

from __future__ import annotations

from datetime import timedelta

from aggregator.model.partner import Partner, Terms, known_until
from tests.making import NOW


def test_who_has_a_delay_knows_what_was_told_before_it() -> None:
    hour = timedelta(hours=1)
    late = Partner(id="late", title="", feeds=("all",), terms=Terms(delay=hour))
    prompt = Partner(id="prompt", title="", feeds=("all",), terms=Terms())
    assert known_until([late, prompt], now=NOW) == {"late": NOW - hour}
