"""What is a proper date, address, language, type, and what is not."""

# ruff: noqa: E501 - what is wrong is read in one line

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.validity import values

if TYPE_CHECKING:
    from collections.abc import Callable

GOOD = [
    (values.rfc_822, "Wed, 20 Nov 2024 07:30:00 +0700"),
    (values.rfc_822, "Sun, 3 Nov 2024 07:30:00 GMT"),
    (values.rfc_3339, "2024-11-20T07:30:00Z"),
    (values.rfc_3339, "2024-11-20T07:30:00.25+07:00"),
    (values.url, "https://x.example"),
    (values.url, "http://user:pw@x.example:8080/a%20b/c;d?e=f&g=(h)#i!"),
    (values.url, "http://[::1]/"),
    (values.web_iri, "https://kabar.example/é?ü=1"),
    (values.web_iri, "https://bücher.example/"),
    (values.identifier, "tag:x.example,2024:a/b"),
    (values.identifier, "tag:a@x.example,2024-01-02:"),
    (values.identifier, "urn:uuid:9be1a4e0-8bb8-11ef-8e5b-0242ac120002"),
    (values.identifier, "urn:isbn:0451450523"),
    (values.identifier, "https://x.example/?p=1"),
    (values.canonical, "https://x.example/?p=1"),
    (values.canonical, "tag:x.example,2024:a"),
    *(
        (values.language, tag)
        for tag in ("id", "en-GB", "zh-Hant-TW", "jv", "ban", "sr-Latn", "de-1996", "en-x-a")
    ),
    *(
        (values.media_type, kind)
        for kind in ("audio/mpeg", "application/atom+xml; type=entry", 'a/b; c="d e"')
    ),
    (values.number, "0"),
    (values.positive, "1"),
    (values.email, "a.b+c@x.example.id"),
    (values.named_email, "a@x.example (A B)"),
    (values.point, "-6.1 106.88"),
    (values.one_of("a", "b"), "b"),
]
BAD = [
    *((values.rfc_822, text) for text in (
        "", "20 Nov 2024", "Thu, 20 Nov 2024 07:30:00 GMT", "Wed, 20 Nov 2024 07:30 WIB", "Sun, 31 Nov 2024 07:30:00 GMT",
        "Wed, 20 Nov 2024 25:30:00 GMT")),
    *((values.rfc_3339, text) for text in (
        "", "2024-11-20", "2024-11-20 07:30:00Z", "2024-11-20T07:30Z", "2024-11-20T07:30:00", "2024-02-30T07:30:00Z")),
    *((values.url, text) for text in (
        "", "x.example", "//x.example/", "/a", "ftp://x.example/", "https://", "https:///a", "https://x.example/a b",
        "https://x.example/é", "https://x.example/a[]", "https://x.example/100%", "https://x.example/%zz",
        "https://x.example/a#b#c", "https://x.example:99999/", "https://x.example:a/", "https://[::1/", "https://é.example/",
        "javascript:alert(1)", "https://x.example/<b>", "https://x y/", "HTTP://x.example/", "https://x.example/a\n")),
    *((values.web_iri, text) for text in ("é", "https://x.example/\ue000 a", "https://x.example/\x85")),
    *((values.identifier, text) for text in (
        "", "4711", "tag:x.example:a", "tag:X.example,2024:a", "tag:x.example,24:a", "tag:x.example,2024:a b",
        "tag:x.example,2024:a[1]", "urn:x", "urn:uuid:4711", "mailto:a@x.example")),
    *((values.canonical, text) for text in (
        "https://X.example/", "https://x.example", "https://x.example:443/", "https://x.example/./a", "https://x.example/%7ea",
        "https://x.example/%c3%a9", "TAG:x.example,2024:a")),
    *((values.language, tag) for tag in ("", "id_ID", "indonesia", "xx_YY!", "e", "qq", "en-", "en-a")),
    *((values.media_type, kind) for kind in ("", "foo", "a/b/c", "audio/", "a b/c", "a/b;")),
    *((values.number, text) for text in ("", "-1", "1.5", "\uff11")),
    (values.positive, "0"),
    *((values.email, text) for text in ("", "a", "a@b", "a b@x.example", "<a@x.example>")),
    *((values.named_email, text) for text in ("", "a@x.example", "a@x.example ()", "A (a@x.example)")),
    *((values.point, text) for text in ("", "1", "1,2", "91 0", "0 181", "a b")),
    (values.one_of("a", "b"), "c"),
]  # fmt: skip


@pytest.mark.parametrize(("check", "text"), GOOD)
def test_what_is_proper(check: Callable[[str], str], text: str) -> None:
    assert check(text) == ""


@pytest.mark.parametrize(("check", "text"), BAD)
def test_what_is_not(check: Callable[[str], str], text: str) -> None:
    assert check(text)


@pytest.mark.parametrize(
    ("text", "plausible"),
    [
        ("1990-01-01T00:00:00Z", True),
        ("Wed, 20 Nov 2024 07:40:00 +0000", True),
        ("Wed, 20 Nov 2024 07:41:00 +0000", False),
        ("no date at all", True),
    ],
)
def test_what_is_plausible(text: str, plausible: bool) -> None:  # noqa: FBT001
    now = datetime(2024, 11, 20, 7, 30, tzinfo=UTC)
    assert (values.ahead(text, now) == "") is plausible


@pytest.mark.parametrize(
    ("text", "found"),
    [("1990-01-01T00:00:00Z", False), ("1989-12-31T23:59:59Z", True), ("no date at all", False)],
)
def test_what_is_early(text: str, found: bool) -> None:  # noqa: FBT001
    assert bool(values.early(text)) is found
