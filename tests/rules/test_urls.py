"""Which addresses mean the same document (docs/duplicates.md, B)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.rules.urls import SETTLED, Tracking, canonical, host_of, is_front_page

TRACKING = Tracking.of(["utm_*", "fbclid", "GClid"])


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("https://kabar.id/a/b", "https://kabar.id/a/b", id="as it is"),
        pytest.param("http://kabar.id/a", "https://kabar.id/a", id="http is https"),
        pytest.param("HTTP://KABAR.id/A", "https://kabar.id/A", id="scheme and host in any case, path not"),
        pytest.param("https://kabar.id:443/a", "https://kabar.id/a", id="default port of https"),
        pytest.param("http://kabar.id:80/a", "https://kabar.id/a", id="default port of http"),
        pytest.param("https://kabar.id:8443/a", "https://kabar.id:8443/a", id="another port"),
        pytest.param("https://kabar.id./a", "https://kabar.id/a", id="dot at the host's end"),
        pytest.param("https://u:p@kabar.id/a", "https://kabar.id/a", id="user and password"),
        pytest.param("https://[2001:DB8::1]/a", "https://[2001:db8::1]/a", id="IPv6"),
        pytest.param("https://kabar.id/a/", "https://kabar.id/a", id="trailing slash"),
        pytest.param("https://kabar.id/a/./b/../c", "https://kabar.id/a/c", id="dot segments"),
        pytest.param("https://kabar.id/../../a", "https://kabar.id/a", id="dots above the root"),
        pytest.param("https://kabar.id/a#komentar", "https://kabar.id/a", id="fragment"),
        pytest.param("https://kabar.id/a#!/b", "https://kabar.id/a#!/b", id="fragment that names a document"),
        pytest.param("https://kabar.id/?p=12", "https://kabar.id?p=12", id="a WordPress post id stays"),
        pytest.param("https://kabar.id/a?page=2&id=7", "https://kabar.id/a?id=7&page=2", id="sorted"),
        pytest.param("https://kabar.id/a?utm_source=x&UTM_Medium=y", "https://kabar.id/a", id="prefix"),
        pytest.param("https://kabar.id/a?fbclid=1&b=2&gclid=3", "https://kabar.id/a?b=2", id="whole names"),
        pytest.param("https://kabar.id/a?fbclid_x=1", "https://kabar.id/a?fbclid_x=1", id="no prefix meant"),
        pytest.param("https://kabar.id/a?&&b=1&", "https://kabar.id/a?b=1", id="empty parameters"),
        pytest.param("https://kabar.id/%7ea%2fb%c3%a9", "https://kabar.id/~a%2Fb%C3%A9", id="escapes"),
        pytest.param("https://kabar.id/é b", "https://kabar.id/%C3%A9%20b", id="raw characters"),
        pytest.param("  https://kabar.id/a\n", "https://kabar.id/a", id="white space around"),
        pytest.param("https://kabar.id/", "", id="a front page is no document"),
        pytest.param("https://kabar.id/?utm_source=x", "", id="nor with tracking"),
        pytest.param("mailto:a@kabar.id", "", id="not http"),
        pytest.param("https:///a", "", id="no host"),
        pytest.param("https://kabar.id:port/a", "", id="no port number"),
        pytest.param("https://[::1/a", "", id="broken IPv6"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_canonical(url: str, expected: str) -> None:
    assert canonical(url, TRACKING) == expected


@given(st.from_regex(SETTLED, fullmatch=True))
def test_what_is_taken_for_settled_is(url: str) -> None:
    assert canonical(url, TRACKING) == canonical(f"{url}#", TRACKING)  # which is looked at closely


@given(st.text())
def test_any_text_has_a_canonical_form_or_none_and_that_form_is_its_own(text: str) -> None:
    for url in (text, f"https://kabar.id/{text}", f"https://kabar.id/a?{text}"):
        once = canonical(url, TRACKING)
        assert canonical(once, TRACKING) == once


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://www.kabar.id/a", "kabar.id"),
        ("https://KABAR.id:1/", "kabar.id"),
        ("x", ""),
        ("https://[", ""),
    ],
)
def test_host_of(url: str, host: str) -> None:
    assert host_of(url) == host


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://kabar.id", True),
        ("https://kabar.id/#atas", True),
        ("https://kabar.id/a", False),
        ("https://kabar.id/?p=12", False),
        ("/", False),
        ("https://[::1", False),
    ],
)
def test_what_is_a_front_page(url: str, *, expected: bool) -> None:
    assert is_front_page(url) is expected


def test_a_source_s_own_tracking_parameters_are_added_to_the_service_s() -> None:
    both = TRACKING.also(["from", "x_*"])
    assert canonical("https://kabar.id/a?utm_x=1&FROM=rss&x_y=2&id=3", both) == "https://kabar.id/a?id=3"
    assert canonical("https://kabar.id/a?from=rss", TRACKING) == "https://kabar.id/a?from=rss"
