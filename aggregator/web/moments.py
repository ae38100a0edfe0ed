"""Say an instant the way a reader of the site would."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from aggregator.rules.audit import spell

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from aggregator.web.words import Words

_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One instant in every wording that a page uses."""

    machine: str  #: for ``<time datetime>``: UTC, whole seconds
    full: str  #: weekday, date, time and zone
    date: str  #: weekday and date
    clock: str  #: the time of day, and the zone
    brief: str  #: the time of day, and the zone, if it is today; else the day
    age: str  #: ``2 hours ago``, ``in 5 minutes``; beyond a week the day


def moment(instant: datetime, *, now: datetime, zone: ZoneInfo, words: Words) -> Moment:
    """Return ``instant`` (aware) in words, as seen at ``now`` by readers in ``zone``."""
    local = instant.astimezone(zone)
    parts = {
        "weekday": words.weekdays[local.weekday()],
        "day": local.day,
        "month": words.months[local.month - 1],
        "year": local.year,
        "hour": local.hour,
        "minute": local.minute,
        "zone": _zone(local),
    }
    day = words.day.format(**{**parts, "month": words.months_short[local.month - 1]})
    clock = f"{words.clock.format(**parts)} {parts['zone']}".strip()
    today = local.date() == now.astimezone(zone).date()
    return Moment(
        machine=instant.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        full=words.full_date.format(**parts),
        date=words.date.format(**parts),
        clock=clock,
        brief=clock if today else day,
        age=_age(now - instant, words) or day,
    )


def zone_in_full(zone: ZoneInfo, *, now: datetime, words: Words) -> str:
    """Return what the times of ``zone`` are called, in full: ``WIB (Western Indonesia Time, UTC+07:00)``."""
    local = now.astimezone(zone)
    name, place = _zone(local), zone.key.replace("_", " ")
    if name.startswith("UTC"):
        return name if name == place else f"{name} ({place})"
    return f"{name} ({words.zone_names.get(name, place)}, UTC{spell(local.utcoffset() or timedelta(0))})"


def _zone(local: datetime) -> str:
    """Return how a zone calls itself at an instant; where it has no name of its own, what it is off UTC."""
    name = local.tzname() or ""
    return f"UTC{name}" if name.startswith(("+", "-")) else name


def length(span: timedelta, words: Words) -> str:
    """Return how long ``span`` is, either way, in hours and minutes."""
    hours, minutes = divmod(abs(span) // _MINUTE, 60)
    parts = ((hours, words.hours), (minutes, words.minutes))
    return " ".join(f"{count} {one if count == 1 else many}" for count, (one, many) in parts if count)


def _age(since: timedelta, words: Words) -> str:
    """Return how long ago something was, rounded down; empty beyond a week either way."""
    distance = abs(since)
    if distance < _MINUTE:
        return words.now if since >= timedelta(0) else words.soon
    if distance >= _WEEK:
        return ""
    units = ((_DAY, words.days), (_HOUR, words.hours), (_MINUTE, words.minutes))
    unit, (one, many) = next(named for named in units if distance >= named[0])
    count = distance // unit
    phrase = words.ago if since > timedelta(0) else words.ahead
    return phrase.format(n=count, unit=one if count == 1 else many)
