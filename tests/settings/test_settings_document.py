"""Reading YAML: scalars, positions, bounds."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from aggregator.errors import ConfigError
from aggregator.settings import document
from aggregator.settings.document import Document, Position, read

if TYPE_CHECKING:
    from collections.abc import Mapping


def parsed(text: str, environ: Mapping[str, str] | None = None) -> Document:
    return read(text.encode(), environ or {}, name="x.yaml")


def refusal(content: str | bytes) -> str:
    with pytest.raises(ConfigError) as caught:
        read(content if isinstance(content, bytes) else content.encode(), {}, name="x.yaml")
    return str(caught.value)


@pytest.fixture(params=["CSafeLoader", "SafeLoader"], autouse=True)
def _both_parsers(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run everything with the C parser and with the one in Python, which platforms without it get."""
    monkeypatch.setattr(document, "LOADER", getattr(yaml, request.param))


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("yes", "yes"),
        ("No", "No"),
        ("on", "on"),
        ("12:30:00", "12:30:00"),
        ("010", 10),
        ("0o10", 8),
        ("0x1F", 31),
        ("+7", 7),
        ("-1.5e3", -1500.0),
        ("1_000", "1_000"),
        ("2024-01-01", "2024-01-01"),
        ("true", True),
        ("FALSE", False),
        ("~", None),
        ("null", None),
        ("", None),
        ('""', ""),
        ("'12'", "12"),
        ('"true"', "true"),
        ("!!str 12", "12"),
        ("! 12", "12"),
        ("1" * 30, "1" * 30),
        ("=", "="),
        ("|\n  a\n  b\n", "a\nb\n"),
    ],
)
def test_scalars_are_those_of_yaml_1_2(written: str, value: object) -> None:
    data = parsed(f"key: {written}\n").data
    assert data == {"key": value}
    assert type(data["key"]) is type(value)


def test_a_huge_exponent_is_infinite_and_no_error() -> None:
    assert parsed("1e999").data == math.inf


def test_keys_are_text_as_written() -> None:
    assert parsed("{yes: 1, 010: 2, ~: 3, '': 4}").data == {"yes": 1, "010": 2, "~": 3, "": 4}


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "\ufeff"])
def test_an_empty_document_holds_nothing(text: str) -> None:
    assert parsed(text).data is None


def test_every_value_and_key_knows_its_place() -> None:
    read_ = parsed('a:\n  - é: "x"\n    b: [1, {c: 2}]\nd: &anchor {e: f}\ng: *anchor\n')
    places: dict[tuple[Any, ...], tuple[int, int]] = {
        (): (1, 1),
        ("a",): (2, 3),
        ("a", 0): (2, 5),
        ("a", 0, "é"): (2, 8),
        ("a", 0, "b", 1, "c"): (3, 16),
        ("d", "e"): (4, 16),
        ("g", "e"): (4, 16),  # through the alias
        ("a", 0, "missing", "deeper"): (2, 5),  # the nearest around it
    }
    assert {path: read_.at(path) for path in places} == {
        path: Position(*place) for path, place in places.items()
    }
    assert read_.key_at(("a",)) == Position(1, 1)
    assert read_.key_at(("a", 0, "b")) == Position(3, 5)
    assert read_.key_at(("a", 0)) == Position(2, 5)
    assert read_.key_at(("nowhere", "x")) == Position(1, 1)


def test_anchors_and_aliases_work() -> None:
    read_ = parsed("a: &x [1, 2]\nb: *x\nc: &y text\nd: *y\n")
    assert read_.data == {"a": [1, 2], "b": [1, 2], "c": "text", "d": "text"}


def test_duplicate_keys_are_mistakes_with_both_places() -> None:
    read_ = parsed("a:\n  b: 1\n  c: 2\n  b: 3\na: 4\n")
    assert [(str(each.at), each.path, each.message) for each in read_.mistakes] == [
        ("4:3", ("a", "b"), "this key is there twice, first at 2:3: keep one"),
        ("5:1", ("a",), "this key is there twice, first at 1:1: keep one"),
    ]
    assert read_.data == {"a": {"b": 1, "c": 2}}


@pytest.mark.parametrize(
    ("text", "at", "message"),
    [
        ("a: {[x]: 1}", "1:5", "a key must be plain text"),
        ("a: !!int 3", "1:4", "the tag !!int means nothing here: remove it"),
        ("a: !!python/name:os {}", "1:4", "the tag !!python/name:os means nothing here: remove it"),
        ("a: !mine [1]", "1:4", "the tag !mine means nothing here: remove it"),
    ],
)  # fmt: skip
def test_what_means_nothing_is_a_mistake(text: str, at: str, message: str) -> None:
    assert [(str(each.at), each.message) for each in parsed(text).mistakes] == [(at, message)]


def test_an_alias_bomb_is_refused_at_once() -> None:
    lines = ["l0: &l0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 40)]
    begun = time.perf_counter()
    assert refusal("\n".join(lines)) == (
        "x.yaml:5:5: its aliases expand to more than 10000 values: write fewer of them"
    )
    assert time.perf_counter() - begun < 1


def test_a_reasonable_number_of_aliases_is_none() -> None:
    text = "a: &a [1, 2, 3, 4, 5, 6, 7, 8, 9]\nb:\n" + "  - *a\n" * 900
    assert len(parsed(text).data["b"]) == 900


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a: &a [*a]", "1:8: the alias *a stands inside what it names: remove it"),
        ("a: *nobody", "1:4: the alias *nobody names no anchor &nobody above it"),
        ("a: 1\n---\nb: 2\n", "2:1: a second document begins here: keep one in a file"),
        ("[" * 60, "1:52: nested more than 50 levels deep"),
        ("[" * 900_000, "1:52: nested more than 50 levels deep"),
        ("a: &a " + "[" * 30 + "]" * 30 + "\nb: " + "[" * 30 + "*a", "2:34: nested more than 50 levels deep"),
        ("a: " + "x" * 1_000_000, "1:1: the file has more than 1000000 bytes: no more are read"),
        (b"a: 1\nb: \xe9\n", "2:4: this is not UTF-8: save the file in that encoding"),
        ("a: 1\n".encode("utf-16"), "1:1: this is not UTF-8: save the file in that encoding"),
        ("é: 1\r\nb: \x07", "2:4: the character U+0007 is not allowed in YAML: remove it"),
        ("a:\n\tb: 1\n", "2:1: a tab cannot indent in YAML: use spaces"),
        ("cron: */10 * * * *\n", None),
        ("a: @b\n", "1:4: a value that begins with *, &, @, % or ` must stand in quotes"),
        ("a: b: c\n", "1:5: YAML syntax: mapping values are not allowed"),
        ("a: [1\nb: 2\n", None),
        ('a: "b\n', "2:1: YAML syntax: found unexpected end of stream while scanning a quoted scalar"),
        ("%YAML 2.0\n---\na\n", "1:1: YAML syntax: found incompatible YAML document"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(content: str | bytes, expected: str | None) -> None:
    message = refusal(content)
    assert message.startswith(f"x.yaml:{expected or ''}")
    assert "\n" not in message


def test_a_cron_without_quotes_is_told_what_it_needs() -> None:
    message = refusal("cron: */10 * * * *\n")
    assert message.endswith(": a value that begins with *, &, @, % or ` must stand in quotes")


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("${NAME}", "Kabar"),
        ("'a ${NAME} b ${NAME}'", "a Kabar b Kabar"),
        ("${EMPTY}", ""),
        ("${EMPTY:-x}", "x"),
        ("${NONE:-}", ""),
        ("${NONE:-a: b}", "a: b"),
        ("${NAME:-x}", "Kabar"),
        ("$${NAME}", "${NAME}"),
        ("$NAME $$ $5", "$NAME $$ $5"),
        ("${MARKUP}", "${NAME} {a: 1}\n- b"),
        ("${NUMBER}", "12"),
    ],
)
def test_variables_are_put_in_after_parsing(written: str, value: str) -> None:
    environ = {"NAME": "Kabar", "EMPTY": "", "MARKUP": "${NAME} {a: 1}\n- b", "NUMBER": "12"}
    # A default that holds ": " is text only inside quotes.
    text = f"key: '{written}'" if ": " in written else f"key: {written}"
    read_ = parsed(text, environ)
    assert read_.data == {"key": value}
    assert not read_.mistakes


def test_keys_hold_no_variables() -> None:
    assert parsed("${NAME}: 1", {"NAME": "x"}).data == {"${NAME}": 1}
