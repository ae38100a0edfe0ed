"""What is asked for, and what is kept out of it."""

from __future__ import annotations

import pytest

from aggregator.errors import FetchError
from aggregator.fetch.addresses import Address, read, target


@pytest.mark.parametrize(
    ("url", "address"),
    [
        pytest.param(
            "https://example.id/f?a=1",
            Address("https://example.id/f?a=1", "example.id", "https://example.id"),
            id="plain",
        ),
        pytest.param(
            "http://example.id", Address("http://example.id", "example.id", "http://example.id"), id="no path"
        ),
        pytest.param(
            "https://example.id:443/",
            Address("https://example.id:443/", "example.id", "https://example.id"),
            id="the scheme's own port",
        ),
        pytest.param(
            "http://example.id:443/",
            Address("http://example.id:443/", "example.id:443", "http://example.id:443"),
            id="another scheme's port",
        ),
        pytest.param(
            "HTTPS://Example.ID/F",
            Address("https://Example.ID/F", "example.id", "https://example.id"),
            id="capitals",
        ),
        pytest.param(
            "http://example.id/a#b",
            Address("http://example.id/a", "example.id", "http://example.id"),
            id="fragment",
        ),
        pytest.param(
            "http://example.id/kapal é?q=ü",
            Address("http://example.id/kapal%20%C3%A9?q=%C3%BC", "example.id", "http://example.id"),
            id="not ASCII",
        ),
        pytest.param(
            "http://bücher.example:81/",
            Address(
                "http://xn--bcher-kva.example:81/",
                "xn--bcher-kva.example:81",
                "http://xn--bcher-kva.example:81",
            ),
            id="a name that is not ASCII",
        ),
        pytest.param(
            "http://sari:p%40ss@example.id/a@b",
            Address("http://example.id/a@b", "example.id", "http://example.id", "Basic c2FyaTpwQHNz"),
            id="with a user",
        ),
    ],
)
def test_an_address(url: str, address: Address) -> None:
    assert read(url) == address


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "not a usable address"),
        ("example.id/feed", "not a usable address"),
        ("//example.id/feed", "not a usable address"),
        ("http://", "not a usable address"),
        ("http://sari:hush@[::1", "not a usable address"),
        ("http://sari:hush@\uff03.example/", "not a usable address"),
        ("http://" + "ü" * 80 + ".example/", "not a usable address"),
        ("ftp://example.id/f", "not an http or https address"),
        ("file:///etc/passwd", "not an http or https address"),
        ("javascript:alert(1)", "not an http or https address"),
    ],
)
def test_what_is_none(url: str, words: str) -> None:
    with pytest.raises(FetchError) as caught:
        read(url)
    assert str(caught.value) == words
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/b", "https://example.id/b"),
        ("c", "https://example.id/a/c"),
        ("//other.example/", "https://other.example/"),
        ("http://other.example/x#y", "http://other.example/x"),
        ("http://me:pw@other.example/", "http://other.example/"),
        ("?q=1", "https://example.id/a/b?q=1"),
    ],
)
def test_where_a_redirect_leads(location: str, url: str) -> None:
    found = target(location, read("https://sari:hush@example.id/a/b"))
    assert found.url == url
    assert found.login == ""


@pytest.mark.parametrize("location", ["http://[", "//[::1", "gopher://x/"])
def test_where_it_leads_nowhere(location: str) -> None:
    with pytest.raises(FetchError):
        target(location, read("https://example.id/"))
