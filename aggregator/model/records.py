"""Values of the model as JSON, checked when they are read: only what is of the declared types comes out.

Instants are whole microseconds since 1970 UTC, and are to be aware.
"""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import cache, partial
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, TypeVar, cast, get_args, get_origin, get_type_hints

from aggregator.model import item

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed import DataclassInstance

_TICK = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAMES = {  # that annotations of the model use, and its modules import for type checkers only
    **{name: kind for name, kind in vars(item).items() if isinstance(kind, type)},
    "datetime": datetime,
    "timedelta": timedelta,
    "SourceId": str,
    "StoryId": str,
}
_Type = TypeVar("_Type")


def encode(value: Any) -> bytes:
    """Return a value of the model as JSON: a dataclass as the list of its fields, in their order."""
    return _ENCODER.encode(value).encode("utf-8", "surrogatepass")


def decode(payload: bytes | bytearray, kind: type[_Type]) -> _Type:
    """Return what ``encode`` was given.

    Raises:
        ValueError: it is not a ``kind``, all the way down.
    """
    value: _Type = _builder(cast("Any", kind))(json.loads(payload.decode("utf-8", "surrogatepass")))
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, timedelta):
        return value // _TICK
    if isinstance(value, datetime):
        return (value - _EPOCH) // _TICK
    if isinstance(value, frozenset):
        return list(value)
    return [getattr(value, name) for name in _fields(value.__class__)]


_ENCODER = json.JSONEncoder(default=_plain, ensure_ascii=False, check_circular=False, separators=(",", ":"))


@cache
def _fields(kind: type[DataclassInstance]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


@cache
def _builder(kind: Any) -> Callable[[Any], Any]:
    """Return what makes a ``kind`` of plain JSON, or raises ValueError."""
    if kind in {str, int, float, bool, NoneType}:
        return partial(_exactly, kind)
    if kind is timedelta:
        return lambda value: timedelta(microseconds=_exactly(int, value))
    if kind is datetime:
        return lambda value: _EPOCH + timedelta(microseconds=_exactly(int, value))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind
    if isinstance(kind, type) and is_dataclass(kind):
        return partial(_record, kind)
    return _compound(kind)


@cache
def _members(kind: type[DataclassInstance]) -> dict[str, Callable[[Any], Any]]:
    """Return what makes each field of a dataclass; asked for late, for one may hold others of its kind."""
    hints = get_type_hints(kind, localns=_NAMES)
    return {name: _builder(hints[name]) for name in _fields(kind)}


def _compound(kind: Any) -> Callable[[Any], Any]:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is tuple and Ellipsis not in arguments:
        return partial(_each, tuple(map(_builder, arguments)))
    if origin in {tuple, frozenset}:
        return partial(_many, origin, _builder(arguments[0]))
    if origin is UnionType and arguments[1:] == (NoneType,):
        return partial(_optional, _builder(arguments[0]))
    raise TypeError(f"there is no form for {kind}: give it one")


def _exactly(kind: type, value: Any) -> Any:
    if type(value) is not kind:
        raise ValueError(f"expected {kind.__name__}, got {type(value).__name__}")
    return value


def _optional(build: Callable[[Any], Any], value: Any) -> Any:
    return None if value is None else build(value)


def _many(kind: Callable[[Any], Any], build: Callable[[Any], Any], value: Any) -> Any:
    return kind(map(build, _exactly(list, value)))


def _each(builders: tuple[Callable[[Any], Any], ...], value: Any) -> Any:
    return tuple(build(given) for build, given in zip(builders, _exactly(list, value), strict=True))


def _record(kind: type[DataclassInstance], value: Any) -> Any:
    pairs = zip(_members(kind).items(), _exactly(list, value), strict=True)
    return kind(**{name: build(given) for (name, build), given in pairs})
