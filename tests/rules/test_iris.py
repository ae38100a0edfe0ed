"""Addresses and ids as feeds can have them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.rules.iris import identity, web
from tests.validity import values


@pytest.mark.parametrize(
    "address",
    [
        "https://kabar.id",
        "https://kabar.id/",
        "http://kabar.id/2024/a%20b;c/?d=e&f=g:h@i#j!k",
        "http://127.0.0.1/?a=(b)",
        "http://127.0.0.1:8090/a",
        "http://[::1]:8090/a",
        "https://my_host.kabar.id/",
    ],
)
def test_a_good_address_stays(address: str) -> None:
    assert web(address) == address


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (" https://kabar.id/a\n", "https://kabar.id/a"),
        ("HTTPS://Kabar.ID/A", "https://kabar.id/A"),
        ("https://kabar.id/é?ü=ö#ä", "https://kabar.id/%C3%A9?%C3%BC=%C3%B6#%C3%A4"),
        ("https://bücher.id/", "https://xn--bcher-kva.id/"),
        ("https://kabar.id/a b?c[]=d|e", "https://kabar.id/a%20b?c%5B%5D=d%7Ce"),
        ("https://kabar.id/100%?a=%zz", "https://kabar.id/100%25?a=%25zz"),
        ("https://kabar.id/a#b#c", "https://kabar.id/a#b%23c"),
        ("https://kabar.id/\ud800", "https://kabar.id/?"),
        ("https://kabar.id:443/", "https://kabar.id/"),
        ("http://kabar.id:443/", "http://kabar.id:443/"),
        ("https://ops:secret@kabar.id/feed", "https://kabar.id/feed"),
    ],
)
def test_an_address_is_written_for_every_reader(address: str, expected: str) -> None:
    assert web(address) == expected


@pytest.mark.parametrize(
    "address",
    [
        "",
        "kabar",
        "/a",
        "//kabar.id/a",
        "javascript:alert(1)",
        "mailto:a@kabar.id",
        "ftp://kabar.id/",
        "https://",
        "https:///a",
        "http://[",
        "http://[::x]/",
        "http://kabar.id:http/",
        "http://kabar.id:99999/",
        "http://" + "é" * 70 + "/",
        "http://-/",
        "http://a b/",
    ],
)
def test_what_is_no_address_is_left_out(address: str) -> None:
    assert web(address) == ""


@pytest.mark.parametrize(
    ("iri", "expected"),
    [
        ("tag:kabar.id,2024:a", "tag:kabar.id,2024:a"),
        ("tag:Kabar.id,2024:a", ""),
        ("urn:isbn:0451450523", "urn:isbn:0451450523"),
        ("urn:uuid:0b6e2c7e-6a53-4d8c-8a5b-0d7f0e6b9a11", "urn:uuid:0b6e2c7e-6a53-4d8c-8a5b-0d7f0e6b9a11"),
        ("urn:uuid:12", ""),
        ("12", ""),
        ("https://kabar.id", "https://kabar.id/"),
        ("https://Kabar.id/a/../b/./c", "https://kabar.id/b/c"),
        ("https://kabar.id/%7ea%c3%a9", "https://kabar.id/~a%C3%A9"),
        ("http://kabar.id:80/?a=b", "http://kabar.id/?a=b"),
        ("http://127.0.0.1:8090/a", "http://127.0.0.1:8090/a"),
    ],
)
def test_an_id_has_one_form(iri: str, expected: str) -> None:
    assert identity(iri) == expected


anything = st.one_of(st.text(), st.text().map("https://kabar.id/".__add__), st.text().map("http://".__add__))


@given(anything)
def test_an_address_is_good_and_stays_so(address: str) -> None:
    found = web(address)
    assert found == web(found)
    assert found == "" or values.url(found) == ""


@given(anything)
def test_an_id_is_canonical_and_stays_so(iri: str) -> None:
    found = identity(iri)
    assert found == identity(found)
    assert found == "" or (values.identifier(found) or values.canonical(found)) == ""
