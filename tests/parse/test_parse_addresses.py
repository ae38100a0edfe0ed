"""Addresses: the common ones take a shorter way, to the same end."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.parse.html import absolute

PIECES = st.lists(
    st.sampled_from([*"ab/.?#:@%&=; A-_(\n[é", "http://", "https://", "//", "/../", "/./", "k.id"]),
    max_size=8,
).map("".join)
STARTS = st.sampled_from(["", "/", "http://k.id", "https://a:1/"])
BASES = st.sampled_from(
    ["http://k.id/a/b?c", "https://u:p@k.id/", "", "http://k.id", "HTTP://k.id/a", "http://k.id:8/a;b#c"]
)


@given(start=STARTS, rest=PIECES, base=BASES)
def test_an_address_is_resolved_as_the_standard_library_does(start: str, rest: str, base: str) -> None:
    href = start + rest
    given_ = absolute(href, base)
    try:
        url = urljoin(base, href.strip().replace("\n", "")).strip()
        usable = href.strip() and urlsplit(url).scheme in {"http", "https"} and urlsplit(url).hostname
    except ValueError:
        usable, url = False, ""
    escaped = url.translate({ord(char): f"%{ord(char):02X}" for char in ' "<>\\^`{|}'})
    assert given_ == (escaped if usable else "")


@pytest.mark.parametrize("href", ["https://k.id/a?b=c&d", "http://k.id", "https://k.id:8443/a/"])
def test_a_whole_one_stays_as_it_is(href: str) -> None:
    assert absolute(href, "https://lain.id/") == href


def test_one_too_long_is_none() -> None:
    assert absolute(f"https://k.id/{'a' * 5_000}", "") == absolute(f"/{'a' * 5_000}", "https://k.id/") == ""
