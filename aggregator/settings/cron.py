"""Check cron expressions: a wrong one is the operator's mistake to hear of, not a time that never comes."""

from __future__ import annotations

import re
from typing import NamedTuple

from aggregator.settings.values import SettingError

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_LONGEST_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_PART = re.compile(
    r"(?:(?P<all>\*)|(?P<first>[a-z0-9]{1,9})(?:-(?P<last>[a-z0-9]{1,9}))?)(?:/(?P<step>[0-9]{1,3}))?"
)


class _Field(NamedTuple):
    name: str
    least: int
    most: int
    names: tuple[str, ...] = ()


_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of the month", 1, 31),
    _Field("month", 1, 12, _MONTHS),
    _Field("weekday", 0, 7, _WEEKDAYS),
)


def cron(value: object) -> str:
    """Return a five-field cron expression (crontab(5)) in lower case.

    Fields are minute, hour, day of the month, month, weekday; each a list of ``*``, ``*/n``, ``a``,
    ``a-b`` or ``a-b/n``. Months and weekdays may be names; Sunday is 0, 7 or ``sun``.

    Raises:
        SettingError: it is no such expression, or a time that never comes.
    """
    fields = value.lower().split() if isinstance(value, str) else []
    if len(fields) != len(_FIELDS):
        raise SettingError(
            'must have five fields (minute, hour, day, month, weekday), such as "*/10 6-22 * * *"'
        )
    _, _, days, months, _ = (_values(text, field) for text, field in zip(fields, _FIELDS, strict=True))
    if fields[4] == "*" and min(days) > max(_LONGEST_MONTHS[month - 1] for month in months):
        raise SettingError("never comes: none of these months has such a day")
    return " ".join(fields)


def _values(text: str, field: _Field) -> set[int]:
    """Return all that a field stands for."""
    values: set[int] = set()
    for part in text.split(","):
        match = _PART.fullmatch(part)
        if not match:
            raise SettingError(f"{field.name} {part!r}: must be *, */n, a, a-b or a-b/n")
        if match["step"] and not match["all"] and not match["last"]:
            raise SettingError(f"{field.name} {part!r}: a step needs a range, as in 0-30/10")
        first = field.least if match["all"] else _number(match["first"], field)
        last = field.most if match["all"] else _number(match["last"], field) if match["last"] else first
        if field.names is _WEEKDAYS:
            # Sunday stands at either end of a week, and counts once in "*".
            last = 6 if match["all"] else 7 if match["last"] == "sun" else last
        step = int(match["step"] or 1)
        if last < first or step < 1:
            raise SettingError(f"{field.name} {part!r}: stands for nothing")
        values.update(range(first, last + 1, step))
    return values


def _number(text: str, field: _Field) -> int:
    if text in field.names:
        return field.names.index(text) + (1 if field.names is _MONTHS else 0)
    if not text.isdecimal() or not field.least <= int(text) <= field.most:
        raise SettingError(f"{field.name} {text!r}: must be from {field.least} to {field.most}")
    return int(text)
