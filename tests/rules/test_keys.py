"""What keys are known by."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from aggregator.rules.keys import digest


def test_a_key_is_known_by_its_sha_256() -> None:
    # FIPS 180-4's own example
    assert digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@given(st.text(alphabet=st.characters()))  # lone surrogates too
def test_whatever_strangers_send_is_known_by_something(key: str) -> None:
    assert re.fullmatch("[0-9a-f]{64}", digest(key))
